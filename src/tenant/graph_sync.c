/* tenant/graph_sync.c -- onPremisesSyncBehavior: who masters an object (T1.5);
 * see graph.h. */
#include "tenant/graph.h"
#include "tenant/sync_int.h"

/* Of users any client knows it, of others those from this build on. */
#define KNOWS_BUILD "2.5.76.0"

static int
find_synced(struct gcall *c, struct dirobj *out_o)
{
	const struct entity_info *info = entity_by_segment(gcall_segment(c, 0));
	struct syncobj s = {0};
	int r = graph_find(c, info->entity, gcall_segment(c, 1), out_o);

	if (r != 0)
		return r;
	r = syncobj_by_row(c->t->db, c->a, out_o->row, &s);
	syncobj_clear(&s);
	if (r == ERR_NOENT)
		return gcall_bad(
		    c, "The object was never synchronized from on premises.");
	return r == 0 ? 0 : gcall_failed(c, r);
}

int
graph_sync_behavior(struct gcall *c)
{
	struct dirobj o = {0};
	int r = find_synced(c, &o);

	if (r == 0) {
		buf_printf(c->out, "{\"id\":\"%s\",\"isCloudManaged\":%s}",
		    o.id, dirobj_flag(&o, "isCloudManaged") ? "true" : "false");
		c->status = 200;
	}
	dirobj_clear(&o);
	return r;
}

static int
authority_write(struct gcall *c, struct dirobj *o, bool cloud)
{
	struct dirobj before = *o;
	struct dirobj_write w = {.before = &before,
	    .after = o,
	    .op = CHANGE_UPDATE,
	    .changed = TEXT("onPremisesSyncEnabled")};
	int r;

	if (dirobj_flag(o, "isCloudManaged") == cloud)
		return 0;
	before.doc = json_dup(o->doc);
	json_set_bool(o->doc, "isCloudManaged", cloud);
	json_set_bool(o->doc, "onPremisesSyncEnabled", !cloud);
	r = dirobj_write(c->t->db, c->a, &w);
	dirobj_clear(&before);
	return r == 0 ? 0 : gcall_failed(c, r);
}

/* A client that does not know of it would go on writing the object. */
static int
client_check(struct gcall *c, const struct dirobj *o)
{
	struct sync_settings s;
	int r = sync_settings_load(c->t, c->a, &s);

	if (r != 0)
		return gcall_failed(c, r);
	if (o->kind == ENTITY_USER || s.last_build.len == 0 ||
	    !sync_build_below(s.last_build, TEXT(KNOWS_BUILD)))
		return 0;
	return gcall_bad(c,
	    "The source of authority of groups and contacts can be "
	    "transferred once the synchronization client is of "
	    "build " KNOWS_BUILD " or later; the last one was of build %.*s.",
	    TEXT_ARGS(s.last_build));
}

int
graph_sync_behavior_update(struct gcall *c)
{
	const struct json *v = json_get(c->body, "isCloudManaged");
	struct dirobj o = {0};
	int r;

	if (json_type(v) != JSON_BOOLEAN)
		return gcall_bad(c, "isCloudManaged is true or false.");
	r = find_synced(c, &o);
	if (r == 0 && json_bool(v, false))
		r = client_check(c, &o);
	if (r == 0)
		r = authority_write(c, &o, json_bool(v, false));
	if (r == 0)
		c->status = 204;
	dirobj_clear(&o);
	return r;
}
