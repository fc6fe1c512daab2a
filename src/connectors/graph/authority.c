/* connectors/graph/authority.c -- who masters an object, or all of them. */
#include "connectors/authority.h"

#include "base/clock.h"
#include "connectors/graph/gconn_int.h"

#define MEMORY (1U << 20)

/* ---- The organisation ---- */

static int
time_of(const struct json *org, const char *name, int64_t *out_ms)
{
	struct text t = json_get_text(org, name);

	*out_ms = 0;
	return t.len == 0 ? 0 : clock_parse(t, out_ms);
}

static int
organization(struct connector *c, struct arena *a,
    struct organization_authority *out, struct err *e)
{
	CLEANUP(json_freep)
	struct json *root = NULL;
	const struct json *org, *on;
	int r = fetch_json((struct gconn *)c, TEXT("/organization"), &root, e);

	if (r < 0)
		return r;
	org = json_at(json_get(root, "value"), 0);
	on = json_get(org, "onPremisesSyncEnabled");
	*out = (struct organization_authority){
	    .id = text_dup(a, json_get_text(org, "id")),
	    .on_premises = json_bool(on, false),
	    .ever = json_type(on) == JSON_BOOLEAN};
	if (!gurl_is_id(out->id))
		return err_set(
		    e, ERR_PROTOCOL, "Graph names no organization of ours");
	if (time_of(org, "onPremisesLastSyncDateTime", &out->last_sync_ms) <
		0 ||
	    time_of(org, "onPremisesLastPasswordSyncDateTime",
		&out->last_password_ms) < 0)
		return err_set(e, ERR_PROTOCOL,
		    "the organization's last synchronisation is no time");
	return 0;
}

/* ---- One PATCH ---- */

struct patch {
	const char *url;
	struct json *body;      /* taken */
	const char *permission; /* that it needs */
	const struct answer *answer;
};

/* 0: done; the answer of what was refused is in p, and e says it. */
static int
patch_send(struct ops *ops, struct patch *p, struct err *e)
{
	const struct op op = {
	    .method = "PATCH", .url = p->url, .body = p->body};
	const struct op *sent;
	int r = ops_add(ops, &op, e);

	if (r == 0)
		r = ops_run(ops, e);
	if (r < 0)
		return r;
	sent = &ops->items[0];
	p->answer = &sent->answer;
	if (sent->state != OP_ANSWERED)
		return op_error(sent, e);
	if (sent->answer.status == 403)
		return err_set(e, ERR_ACCESS,
		    "the application lacks the permission %s, or its "
		    "administrator's consent",
		    p->permission);
	return answer_kind(&sent->answer) == ANSWER_DONE
		   ? 0
		   : answer_error(&sent->answer, e);
}

static int
turn(struct connector *c, struct text id, bool on_premises, struct err *e)
{
	struct gconn *g = (struct gconn *)c;
	CLEANUP(arena_freep)
	struct arena *a = arena_new(MEMORY);
	OPS_CLEANUP struct ops ops;
	struct patch p = {.permission = "Organization.ReadWrite.All"};
	int r;

	ops_init(&ops, g);
	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	p.url = arena_printf(a, "/organization/%.*s", TEXT_ARGS(id));
	p.body = json_new_object();
	json_set_bool(p.body, "onPremisesSyncEnabled", on_premises);
	r = patch_send(&ops, &p, e);
	if (r == ERR_REJECTED && e != NULL)
		e->code = ERR_REFUSED;
	return r == ERR_REJECTED ? ERR_REFUSED : r;
}

/* ---- One object ---- */

static const char *const behavior_permission[GT_COUNT] = {
    [GT_USER] = "User-OnPremisesSyncBehavior.ReadWrite.All",
    [GT_GROUP] = "Group-OnPremisesSyncBehavior.ReadWrite.All",
    [GT_CONTACT] = "Contacts-OnPremisesSyncBehavior.ReadWrite.All",
};

static int
object_of(struct arena *a, struct text anchor, enum gtype *out_type,
    const char **out_url, struct err *e)
{
	struct text id;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (anchor_parse(anchor, out_type, &id) < 0)
		return err_set(e, ERR_SYNTAX, "%.*s is no anchor of Graph",
		    TEXT_ARGS(anchor));
	*out_url = gurl_object(a, *out_type, id);
	return *out_url == NULL ? err_set(e, ERR_NOMEM, "out of memory") : 0;
}

static int
behavior_of(struct arena *a, struct text anchor, enum gtype *out_type,
    const char **out_url, struct err *e)
{
	const char *one = NULL;
	int r = object_of(a, anchor, out_type, &one, e);

	if (r < 0)
		return r;
	if (behavior_permission[*out_type] == NULL)
		return err_set(e, ERR_UNSUPPORTED,
		    "a %s has no authority of its own: it follows that of the "
		    "organisation",
		    gtypes[*out_type].name);
	*out_url = arena_printf(a, "%s/onPremisesSyncBehavior", one);
	return *out_url == NULL ? err_set(e, ERR_NOMEM, "out of memory") : 0;
}

static int
object_get(
    struct connector *c, struct text anchor, bool *out_cloud, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(MEMORY);
	CLEANUP(json_freep)
	struct json *root = NULL;
	enum gtype type = GT_USER;
	const char *url = NULL;
	int r = behavior_of(a, anchor, &type, &url, e);

	if (r == 0)
		r = fetch_json((struct gconn *)c, text_of(url), &root, e);
	if (r == ERR_ACCESS)
		return err_set(e, r, "the application lacks the permission %s",
		    behavior_permission[type]);
	if (r == 0)
		*out_cloud = json_bool(json_get(root, "isCloudManaged"), false);
	return r;
}

static int
object_set(struct connector *c, struct text anchor, bool cloud, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(MEMORY);
	OPS_CLEANUP struct ops ops;
	struct patch p = {.url = NULL};
	enum gtype type = GT_USER;
	int r = behavior_of(a, anchor, &type, &p.url, e);

	ops_init(&ops, (struct gconn *)c);
	if (r < 0)
		return r;
	p.permission = behavior_permission[type];
	p.body = json_new_object();
	json_set_bool(p.body, "isCloudManaged", cloud);
	return patch_send(&ops, &p, e);
}

/* What Graph answers where another one masters the object: 400, and not for
 * the value, which is the one that is there. */
static int
writable(struct connector *c, struct text anchor, struct text display_name,
    struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(MEMORY);
	OPS_CLEANUP struct ops ops;
	struct patch p = {.permission = "User.ReadWrite.All (of a group "
					"Group.ReadWrite.All)"};
	enum gtype type = GT_USER;
	int r = object_of(a, anchor, &type, &p.url, e);

	ops_init(&ops, (struct gconn *)c);
	if (r < 0)
		return r;
	if (type != GT_USER && type != GT_GROUP)
		return err_set(e, ERR_UNSUPPORTED,
		    "Graph writes no %s, whoever masters it",
		    gtypes[type].name);
	p.body = json_new_object();
	json_set_text(p.body, "displayName", display_name);
	r = patch_send(&ops, &p, e);
	if (r == 0)
		return 1;
	return p.answer != NULL && p.answer->status == 400 ? 0 : r;
}

static int
claim(
    struct connector *c, struct text anchor, struct text source, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(MEMORY);
	OPS_CLEANUP struct ops ops;
	struct patch p = {.permission = "Group.ReadWrite.All"};
	enum gtype type = GT_USER;
	struct text name = {0};
	int r = object_of(a, anchor, &type, &p.url, e);

	ops_init(&ops, (struct gconn *)c);
	if (r < 0)
		return r;
	if (type != GT_GROUP)
		return err_set(e, ERR_UNSUPPORTED,
		    "the source anchor of a %s comes with it",
		    gtypes[type].name);
	name = unique_of_source(a, source);
	if (name.data == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	p.body = json_new_object();
	json_set_text(p.body, "uniqueName", name);
	return patch_send(&ops, &p, e);
}

const struct authority_ops graph_authority = {
    .organization = organization,
    .turn = turn,
    .object_get = object_get,
    .object_set = object_set,
    .writable = writable,
    .claim = claim,
};
