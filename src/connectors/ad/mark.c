/*
 * connectors/ad/mark.c -- see mark.h.
 *
 *   dirsync all 6c9a3e5d-... 1763900000000 8e05f922-...:4711,... TVNEUwM...
 *   usn all 6c9a3e5d-... 1763900000000 8e05f922-...:4711 -
 */
#include "connectors/ad/mark.h"

#include <string.h>

#include "base/buf.h"

#define WORDS        6U
#define TEXT_MAX     (2U << 20)
#define DAY_MS       INT64_C(86400000)
#define OLD_DAYS_MIN 1

static int
unknown(struct err *e, const char *why)
{
	return err_type(e, ERR_NOENT, AD_FULL_REQUIRED,
	    "the watermark of the last import cannot be used: %s", why);
}

/* ---- Text ---- */

/* Exactly WORDS words, one blank between. */
static bool
words_split(struct text t, struct text out[WORDS])
{
	size_t n = 0, from = 0;

	for (size_t i = 0; i <= t.len; i++) {
		if (i < t.len && t.data[i] != ' ')
			continue;
		if (n == WORDS || i == from)
			return false;
		out[n++] = (struct text){t.data + from, i - from};
		from = i + 1;
	}
	return n == WORDS;
}

/* "guid:usn" */
static bool
server_parse(struct text t, struct ad_server *out)
{
	struct text usn;
	int64_t n = 0;

	*out = (struct ad_server){.usn = 0};
	if (t.len <= GUID_TEXT_LEN + 1 || t.data[GUID_TEXT_LEN] != ':' ||
	    guid_parse((struct text){t.data, GUID_TEXT_LEN}, &out->invocation,
		NULL) != 0)
		return false;
	usn = (struct text){
	    t.data + GUID_TEXT_LEN + 1, t.len - GUID_TEXT_LEN - 1};
	if (text_to_int64(usn, &n) != 0 || n < 0)
		return false;
	out->usn = (uint64_t)n;
	return true;
}

static bool
servers_parse(struct text t, struct ad_mark *out)
{
	size_t from = 0;

	for (size_t i = 0; i <= t.len; i++) {
		struct text one = {t.data + from, i - from};

		if (i < t.len && t.data[i] != ',')
			continue;
		if (out->server_count == AD_MARK_SERVERS ||
		    !server_parse(one, &out->servers[out->server_count]))
			return false;
		out->server_count++;
		from = i + 1;
	}
	return true;
}

static bool
how_parse(const struct text w[WORDS], struct ad_mark *out)
{
	if (text_is(w[0], "dirsync"))
		out->how = AD_DIRSYNC;
	else if (text_is(w[0], "usn"))
		out->how = AD_USN;
	else
		return false;
	out->secured = text_is(w[1], "readable");
	return out->secured || text_is(w[1], "all");
}

int
ad_mark_parse(
    struct arena *a, struct text t, struct ad_mark *out, struct err *e)
{
	struct ad_mark m = {.how = AD_DIRSYNC};
	struct text w[WORDS];
	int r = 0;

	if (t.len > TEXT_MAX || !words_split(t, w) || !how_parse(w, &m) ||
	    guid_parse(w[2], &m.nc, NULL) != 0 ||
	    text_to_int64(w[3], &m.at_ms) != 0 || !servers_parse(w[4], &m))
		return unknown(e, "it is none of this kind of connector");
	if (m.how == AD_DIRSYNC)
		r = base64_decode(a, w[5], &m.cookie, NULL);
	if (r == ERR_NOMEM)
		return r;
	if (r != 0 || (m.how == AD_DIRSYNC && m.cookie.len == 0))
		return unknown(e, "its cookie is broken");
	*out = m;
	return 0;
}

int
ad_mark_format(struct arena *a, const struct ad_mark *m, struct text *out)
{
	char guid[GUID_TEXT_LEN + 1];
	struct text cookie = TEXT("-"), t;
	struct buf b;
	int r = 0;

	if (m->how == AD_DIRSYNC)
		r = base64_encode(a, m->cookie, &cookie);
	if (r != 0)
		return r;
	buf_init(&b, TEXT_MAX);
	guid_format(&m->nc, guid);
	buf_printf(&b, "%s %s %s %lld ",
	    m->how == AD_DIRSYNC ? "dirsync" : "usn",
	    m->secured ? "readable" : "all", guid, (long long)m->at_ms);
	for (size_t i = 0; i < m->server_count; i++) {
		guid_format(&m->servers[i].invocation, guid);
		buf_printf(&b, "%s%s:%llu", i != 0 ? "," : "", guid,
		    (unsigned long long)m->servers[i].usn);
	}
	buf_putc(&b, ' ');
	buf_text_add(&b, cookie);
	t = buf_text(&b);
	r = buf_error(&b);
	if (r == 0)
		*out = text_dup(a, t);
	buf_clear(&b);
	return r == 0 && out->data == NULL ? ERR_NOMEM : r;
}

/* ---- Servers ---- */

static const struct ad_server *
known(const struct ad_mark *m, const struct ad_server *s)
{
	for (size_t i = 0; i < m->server_count; i++)
		if (guid_equal(&m->servers[i].invocation, &s->invocation))
			return &m->servers[i];
	return NULL;
}

void
ad_mark_note(struct ad_mark *m, const struct ad_server *s)
{
	const struct ad_server *have = known(m, s);
	size_t at =
	    have != NULL ? (size_t)(have - m->servers) : m->server_count;

	if (have == NULL && m->server_count < AD_MARK_SERVERS)
		m->server_count++;
	if (at == AD_MARK_SERVERS) /* the oldest is forgotten */
		at--;
	memmove(&m->servers[1], &m->servers[0], at * sizeof(m->servers[0]));
	m->servers[0] = *s;
}

static int
check_server(const struct ad_mark *m, const struct ad_server *s, struct err *e)
{
	const struct ad_server *have = known(m, s);

	if (have == NULL && m->how == AD_USN)
		return unknown(e,
		    "it counts the changes of another domain controller, and "
		    "each has numbers of its own");
	if (have != NULL && have->usn > s->usn)
		return err_type(e, ERR_NOENT, AD_FULL_REQUIRED,
		    "the domain controller was put back to an earlier state: "
		    "it had made %llu changes when it was read last, and has "
		    "made %llu now (USN rollback); what it tells as changes is "
		    "not all, and its replication partners miss changes too",
		    (unsigned long long)have->usn, (unsigned long long)s->usn);
	return 0;
}

int
ad_mark_check(const struct ad_mark *m, const struct ad_server *s,
    int64_t now_ms, struct err *e)
{
	int64_t days = (now_ms - m->at_ms) / DAY_MS;

	if (!guid_equal(&m->nc, &s->nc))
		return unknown(e, "it is of another domain");
	if (s->tombstone_days >= OLD_DAYS_MIN && days >= s->tombstone_days)
		return err_type(e, ERR_NOENT, AD_FULL_REQUIRED,
		    "the last import was %lld days ago, and the directory "
		    "forgets what was deleted after %lld (tombstoneLifetime)",
		    (long long)days, (long long)s->tombstone_days);
	return check_server(m, s, e);
}
