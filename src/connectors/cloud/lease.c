/* connectors/cloud/lease.c -- who writes to the tenant: an open extension of
 * the organisation; and when it was synchronised last. */
#include "base/clock.h"
#include "connectors/cloud/request.h"

#define NAME      "org.causeway.lease"
#define PLACE_MAX 64U
#define TYPE      "microsoft.graph.openTypeExtension"

/* "/organization/<id>/extensions"; the id, and when somebody synchronised
 * last, to out. */
static int
organization_read(const struct cloud_session *s, struct arena *a,
    const char **out_url, struct connector_lease *out, struct err *e)
{
	REQUEST_CLEANUP struct request q = {
	    .method = "GET", .path = "/organization"};
	const struct json *org;
	struct text last;
	int r = request_run(s, &q, e);

	if (r < 0)
		return r;
	org = json_at(json_get(q.answer, "value"), 0);
	last = json_get_text(org, "onPremisesLastSyncDateTime");
	out->place = text_dup(a, json_get_text(org, "id"));
	if (out->place.len == 0 || out->place.len > PLACE_MAX)
		return err_set(
		    e, ERR_PROTOCOL, "Graph names no organization of ours");
	out->synced_ms = 0;
	if (last.len != 0 && clock_parse(last, &out->synced_ms) < 0)
		out->synced_ms = 0;
	*out_url = arena_printf(
	    a, "/organization/%.*s/extensions", TEXT_ARGS(out->place));
	return *out_url != NULL ? 0 : err_set(e, ERR_NOMEM, "out of memory");
}

static int
time_of(const struct json *x, const char *name, int64_t *out_ms)
{
	struct text t = json_get_text(x, name);

	*out_ms = 0;
	return t.len != 0 ? clock_parse(t, out_ms) : 0;
}

static int
extension_read(const struct json *x, struct arena *a,
    struct connector_lease *out, struct err *e)
{
	out->holder = text_dup(a, json_get_text(x, "holder"));
	out->host = text_dup(a, json_get_text(x, "host"));
	if (arena_failed(a))
		return err_set(e, ERR_NOMEM, "out of memory");
	if (time_of(x, "since", &out->since_ms) < 0 ||
	    time_of(x, "seen", &out->seen_ms) < 0)
		return err_set(e, ERR_PROTOCOL,
		    "the extension " NAME " of the organization holds a time "
		    "that is none");
	return out->holder.len != 0;
}

int
cloud_lease_get(const struct cloud_session *s, struct arena *a,
    struct connector_lease *out, struct err *e)
{
	REQUEST_CLEANUP struct request q = {.method = "GET"};
	const struct json *list;
	int r;

	*out = (struct connector_lease){.since_ms = 0};
	r = organization_read(s, a, &q.path, out, e);
	if (r == 0)
		r = request_run(s, &q, e);
	if (r < 0)
		return r;
	list = json_get(q.answer, "value");
	for (size_t i = 0; i < json_count(list); i++) {
		const struct json *x = json_at(list, i);

		if (text_is(json_get_text(x, "extensionName"), NAME) ||
		    text_is(json_get_text(x, "id"), NAME))
			return extension_read(x, a, out, e);
	}
	return 0;
}

static struct json *
extension_json(const struct connector_lease *l)
{
	struct json *j = json_new_object();
	char t[32];

	json_set_str(j, "@odata.type", TYPE);
	json_set_str(j, "extensionName", NAME);
	json_set_text(j, "holder", l->holder);
	json_set_text(j, "host", l->host);
	json_set_str(j, "since", clock_format(l->since_ms, true, t));
	json_set_str(j, "seen", clock_format(l->seen_ms, true, t));
	return j;
}

/* ERR_NOENT where a PATCH finds none.  What a POST finds made already was
 * made by us, without an answer, or by another one: reading it tells. */
static int
write_one(const struct cloud_session *s, const char *method, const char *path,
    const struct json *body, struct err *e)
{
	REQUEST_CLEANUP struct request q = {
	    .method = method, .path = path, .body = body};
	struct err why = {0};
	int r = request_run(s, &q, &why);

	if (r < 0 && q.kind == ANSWER_MISSING)
		return ERR_NOENT;
	if (r < 0 && q.kind == ANSWER_CONFLICT)
		return 0;
	if (r == ERR_ACCESS)
		return err_set(e, ERR_ACCESS,
		    "the application lacks the permission "
		    "Organization.ReadWrite.All, which a lease needs");
	if (r < 0 && e != NULL)
		*e = why;
	return r;
}

int
cloud_lease_set(const struct cloud_session *s,
    const struct connector_lease *lease, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 20);
	CLEANUP(json_freep)
	struct json *body = extension_json(lease);
	struct connector_lease there;
	const char *url = NULL, *one;
	int r = a == NULL ? err_set(e, ERR_NOMEM, "out of memory")
			  : organization_read(s, a, &url, &there, e);

	if (r < 0)
		return r;
	one = arena_printf(a, "%s/" NAME, url);
	if (one == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = write_one(s, "PATCH", one, body, e);
	return r == ERR_NOENT ? write_one(s, "POST", url, body, e) : r;
}
