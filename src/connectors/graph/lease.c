/* connectors/graph/lease.c -- who writes to the tenant: an open extension of
 * the organisation; and whether another product synchronises it. */
#include "base/clock.h"
#include "connectors/graph/gconn_int.h"

#define NAME "org.causeway.lease"
#define TYPE "microsoft.graph.openTypeExtension"

/* "/organization/<id>/extensions", and when others synchronised last. */
static int
organization_read(struct gconn *g, struct arena *a, const char **out_url,
    int64_t *out_foreign_ms, struct err *e)
{
	CLEANUP(json_freep)
	struct json *root = NULL;
	const struct json *org;
	struct text id, last;
	int r = fetch_json(g, TEXT("/organization"), &root, e);

	if (r < 0)
		return r;
	org = json_at(json_get(root, "value"), 0);
	id = json_get_text(org, "id");
	last = json_get_text(org, "onPremisesLastSyncDateTime");
	if (id.len == 0)
		return err_set(
		    e, ERR_PROTOCOL, "Graph names no organization of ours");
	*out_foreign_ms = 0;
	if (last.len != 0 && clock_parse(last, out_foreign_ms) < 0)
		*out_foreign_ms = 0;
	*out_url =
	    arena_printf(a, "/organization/%.*s/extensions", TEXT_ARGS(id));
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
graph_lease_get(struct connector *c, struct arena *a,
    struct connector_lease *out, struct err *e)
{
	struct gconn *g = (struct gconn *)c;
	CLEANUP(json_freep)
	struct json *root = NULL;
	const struct json *list;
	const char *url = NULL;
	int r;

	*out = (struct connector_lease){.since_ms = 0};
	r = organization_read(g, a, &url, &out->foreign_ms, e);
	if (r == 0)
		r = fetch_json(g, text_of(url), &root, e);
	if (r < 0)
		return r;
	list = json_get(root, "value");
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

static int
send_one(struct gconn *g, const char *method, const char *url,
    const struct connector_lease *l, struct err *e)
{
	OPS_CLEANUP struct ops ops;
	struct op op = {
	    .method = method, .url = url, .body = extension_json(l)};
	enum answer_kind kind;
	int r;

	ops_init(&ops, g);
	r = ops_add(&ops, &op, e);
	if (r == 0)
		r = ops_run(&ops, e);
	if (r < 0)
		return r;
	if (ops.items[0].state != OP_ANSWERED)
		return op_error(&ops.items[0], e);
	if (ops.items[0].answer.status == 403)
		return err_set(e, ERR_ACCESS,
		    "the application lacks the permission "
		    "Organization.ReadWrite.All, which a lease needs");
	kind = answer_kind(&ops.items[0].answer);
	if (kind == ANSWER_MISSING)
		return ERR_NOENT;
	return kind == ANSWER_DONE ? 0 : op_error(&ops.items[0], e);
}

int
graph_lease_set(
    struct connector *c, const struct connector_lease *lease, struct err *e)
{
	struct gconn *g = (struct gconn *)c;
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 20);
	const char *url = NULL, *one;
	int64_t foreign_ms;
	int r = a == NULL ? err_set(e, ERR_NOMEM, "out of memory")
			  : organization_read(g, a, &url, &foreign_ms, e);

	if (r < 0)
		return r;
	one = arena_printf(a, "%s/" NAME, url);
	if (one == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = send_one(g, "PATCH", one, lease, e);
	return r == ERR_NOENT ? send_one(g, "POST", url, lease, e) : r;
}
