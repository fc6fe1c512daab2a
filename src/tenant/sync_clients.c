/* tenant/sync_clients.c -- families of clients, and when each ends. */
#include "base/clock.h"
#include "tenant/emit.h"
#include "tenant/sync_int.h"

/* Builds tell the family; days as the vendor announced them, empty: not
 * announced.  The first two were given a year of notice on 13 April 2016. */
struct family {
	const char *name, *first, *last;
	const char *announced, *unsupported, *refused;
};

static const struct family families[] = {
    {"Azure AD Sync", "1.0.0.0", "1.0.499.65535", "2016-04-13T00:00:00Z",
	"2017-04-13T00:00:00Z", "2017-12-31T00:00:00Z"},
    {"DirSync", "1.0.500.0", "1.0.7999.65535", "2016-04-13T00:00:00Z",
	"2017-04-13T00:00:00Z", "2017-12-31T00:00:00Z"},
    {"Azure AD Connect 1", "1.0.8000.0", "1.65535.65535.65535",
	"2021-08-31T00:00:00Z", "2022-08-31T00:00:00Z", "2023-10-01T00:00:00Z"},
    {"Azure AD Connect 2", "2.0.0.0", "2.65535.65535.65535", "", "", ""},
};
#define NFAMILIES (sizeof(families) / sizeof(families[0]))

int
sync_build_parse(struct text t, uint32_t out[static 4])
{
	size_t part = 0;
	bool digit = false;

	memset(out, 0, 4 * sizeof(out[0]));
	for (size_t i = 0; i < t.len; i++) {
		char ch = t.data[i];

		if (ch == '.' && digit && part < 3) {
			part++;
			digit = false;
			continue;
		}
		if (ch < '0' || ch > '9' || out[part] > 999999)
			return ERR_SYNTAX;
		out[part] = out[part] * 10 + (uint32_t)(ch - '0');
		digit = true;
	}
	return digit && part == 3 ? 0 : ERR_SYNTAX;
}

static int
build_compare(const uint32_t a[static 4], const uint32_t b[static 4])
{
	for (size_t i = 0; i < 4; i++)
		if (a[i] != b[i])
			return a[i] < b[i] ? -1 : 1;
	return 0;
}

bool
sync_build_below(struct text build, struct text floor)
{
	uint32_t a[4], b[4];

	return sync_build_parse(build, a) == 0 &&
	       sync_build_parse(floor, b) == 0 && build_compare(a, b) < 0;
}

static const struct family *
family_of(const uint32_t build[static 4])
{
	uint32_t first[4], last[4];

	for (size_t i = 0; i < NFAMILIES; i++)
		if (sync_build_parse(text_of(families[i].first), first) == 0 &&
		    sync_build_parse(text_of(families[i].last), last) == 0 &&
		    build_compare(build, first) >= 0 &&
		    build_compare(build, last) <= 0)
			return &families[i];
	return NULL;
}

static bool
is_past(const char *date, int64_t now_ms)
{
	int64_t ms;

	return date[0] != '\0' && clock_parse(text_of(date), &ms) == 0 &&
	       now_ms >= ms;
}

static enum client_state
state_of(const struct family *f, int64_t now_ms)
{
	if (is_past(f->refused, now_ms))
		return CLIENT_REFUSED;
	if (is_past(f->unsupported, now_ms))
		return CLIENT_NOT_SUPPORTED;
	return is_past(f->announced, now_ms) ? CLIENT_ANNOUNCED : CLIENT_SERVED;
}

static const char *
warning_of(struct arena *a, const struct family *f, enum client_state state)
{
	switch (state) {
	case CLIENT_ANNOUNCED:
		return arena_printf(a,
		    "%s is deprecated; support ends on %.10s and the service "
		    "refuses it from %.10s on.",
		    f->name, f->unsupported, f->refused);
	case CLIENT_NOT_SUPPORTED:
		return arena_printf(a,
		    "%s is not supported since %.10s; the service refuses it "
		    "from %.10s on.",
		    f->name, f->unsupported, f->refused);
	case CLIENT_REFUSED:
	case CLIENT_SERVED:
		break;
	}
	return "";
}

int
sync_client_judge(const struct sync_call *c, struct client_verdict *out_v)
{
	struct text floor = c->settings.minimum_build;
	uint32_t build[4];
	const struct family *f;

	*out_v = (struct client_verdict){CLIENT_REFUSED, "", {"", 0}};
	if (sync_build_parse(c->build, build) != 0)
		return 0;
	f = family_of(build);
	if (sync_build_below(c->build, floor)) {
		out_v->warning = text_of(arena_printf(c->a,
		    "The lowest build that is served is %.*s.",
		    TEXT_ARGS(floor)));
		return arena_failed(c->a) ? ERR_NOMEM : 0;
	}
	out_v->state = f == NULL ? CLIENT_SERVED : state_of(f, c->now_ms);
	out_v->family = f == NULL ? "" : f->name;
	if (f != NULL)
		out_v->warning = text_of(warning_of(c->a, f, out_v->state));
	return arena_failed(c->a) ? ERR_NOMEM : 0;
}

void
sync_clients_emit(struct buf *out, int64_t now_ms)
{
	static const char *const names[] = {
	    [CLIENT_SERVED] = "served",
	    [CLIENT_ANNOUNCED] = "announced",
	    [CLIENT_NOT_SUPPORTED] = "notSupported",
	    [CLIENT_REFUSED] = "refused",
	};

	buf_puts(out, "{\"families\":[");
	for (size_t i = 0; i < NFAMILIES; i++) {
		const struct family *f = &families[i];

		buf_printf(out,
		    "%s{\"name\":\"%s\",\"firstBuild\":\"%s\","
		    "\"lastBuild\":\"%s\",\"announced\":\"%s\","
		    "\"notSupported\":\"%s\",\"refused\":\"%s\","
		    "\"state\":\"%s\"}",
		    i == 0 ? "" : ",", f->name, f->first, f->last, f->announced,
		    f->unsupported, f->refused, names[state_of(f, now_ms)]);
	}
	buf_puts(out, "]}\n");
}
