/* tenant/graph_deleted.c -- directory/deletedItems; see graph.h. */
#include "tenant/graph.h"
#include "tenant/rules.h"

/* The segment is a type (a list) or an id. */
int
graph_deleted_list(struct gcall *c)
{
	const struct entity_info *info = entity_by_type(gcall_segment(c, 2));
	struct cursor cur = {.c = c,
	    .kinds = 1U << info->entity,
	    .sql = SQL_OBJECT_PAGE,
	    .arg1 = info->entity,
	    .arg2 = DIROBJ_DELETED};
	struct query q;
	int r = query_parse(c, cur.kinds, Q_LIST, &q);

	return r == 0
		   ? query_page(c, &q, &cur,
			 graph_context(c, "directoryObjects", &q.select, false),
			 EMIT_TYPE)
		   : r;
}

static int
find_deleted(struct gcall *c, struct dirobj *out_o)
{
	struct text id = gcall_segment(c, 2);
	int r = dirobj_by_id(c->t->db, id, out_o);

	if (r == 0 && out_o->state != DIROBJ_DELETED) {
		dirobj_clear(out_o);
		r = ERR_NOENT;
	}
	if (r == ERR_NOENT)
		return gcall_not_found(c, id);
	return r == 0 ? 0 : gcall_failed(c, r);
}

static int
answer(struct gcall *c, const struct dirobj *o)
{
	struct query q;
	int r = query_parse(c, 1U << o->kind, Q_SELECT, &q);

	if (r != 0)
		return r;
	emit_object(c->out, o, &q.select, EMIT_TYPE,
	    graph_context(c, "directoryObjects", &q.select, true));
	c->status = 200;
	return 0;
}

int
graph_deleted_get(struct gcall *c)
{
	struct dirobj o = {0};
	int r;

	if (entity_by_type(gcall_segment(c, 2)) != NULL)
		return graph_deleted_list(c);
	r = find_deleted(c, &o);
	if (r == 0)
		r = answer(c, &o);
	dirobj_clear(&o);
	return r;
}

int
graph_deleted_purge(struct gcall *c)
{
	struct dirobj o = {0};
	int r = find_deleted(c, &o);

	if (r == 0)
		r = rules_purge(c, &o);
	if (r == 0)
		c->status = 204;
	dirobj_clear(&o);
	return r;
}

int
graph_deleted_restore(struct gcall *c)
{
	struct dirobj o = {0};
	int r = find_deleted(c, &o);

	if (r == 0)
		r = rules_restore(c, &o);
	if (r == 0)
		r = answer(c, &o);
	dirobj_clear(&o);
	return r;
}
