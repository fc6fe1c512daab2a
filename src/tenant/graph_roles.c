/* tenant/graph_roles.c -- roleManagement: who has which directory role, which
 * keeps a user from being matched (T2.4); see graph.h. */
#include "tenant/emit.h"
#include "tenant/graph.h"

static void
emit_assignment(
    struct gcall *c, struct text id, struct text role, struct text principal)
{
	buf_printf(c->out,
	    "{\"id\":\"%.*s\",\"principalId\":\"%.*s\","
	    "\"roleDefinitionId\":\"%.*s\",\"directoryScopeId\":\"/\"}",
	    TEXT_ARGS(id), TEXT_ARGS(principal), TEXT_ARGS(role));
}

int
graph_roles(struct gcall *c)
{
	struct tdb *db = c->t->db;
	bool first = true;
	int r = tdb_run(db, SQL_ROLES, "");

	buf_puts(c->out, "{\"@odata.context\":");
	emit_text(c->out,
	    text_of(graph_context(
		c, "roleManagement/directory/roleAssignments", NULL, false)));
	buf_puts(c->out, ",\"value\":[");
	for (; r == 1; r = tdb_next(db, SQL_ROLES)) {
		buf_puts(c->out, first ? "" : ",");
		emit_assignment(c, tdb_text(db, SQL_ROLES, 0),
		    tdb_text(db, SQL_ROLES, 1), tdb_text(db, SQL_ROLES, 2));
		first = false;
	}
	buf_puts(c->out, "]}");
	c->status = 200;
	return r == 0 ? 0 : gcall_failed(c, r);
}

int
graph_role_add(struct gcall *c)
{
	struct text role = json_get_text(c->body, "roleDefinitionId");
	struct text principal = json_get_text(c->body, "principalId");
	const struct refusal twice = {
	    400, "Request_BadRequest", "ObjectConflict", NULL};
	struct dirobj o = {0};
	char id[DIROBJ_ID_LEN + 1];
	int r;

	if (!dirobj_is_id(role) || !dirobj_is_id(principal) ||
	    !text_is(json_get_text(c->body, "directoryScopeId"), "/"))
		return gcall_bad(c, "roleDefinitionId and principalId are ids, "
				    "directoryScopeId is \"/\".");
	r = graph_find(c, ENTITY_USER, principal, &o);
	if (r != 0)
		return r;
	dirobj_new_id(id);
	r = tdb_run(c->t->db, SQL_ROLE_ADD, "tti", text_of(id), role, o.row);
	dirobj_clear(&o);
	if (r == ERR_EXIST)
		return gcall_refuse(c, &twice,
		    "A conflicting object with one or more of the specified "
		    "property values is present in the directory.");
	if (r != 0)
		return gcall_failed(c, r);
	emit_assignment(c, text_of(id), role, principal);
	c->status = 201;
	return 0;
}

int
graph_role_remove(struct gcall *c)
{
	struct text id = gcall_segment(c, 3);
	int r = tdb_run(c->t->db, SQL_ROLE_REMOVE, "t", id);

	tdb_done(c->t->db, SQL_ROLE_REMOVE);
	if (r == 0)
		return gcall_not_found(c, id);
	if (r < 0)
		return gcall_failed(c, r);
	c->status = 204;
	return 0;
}
