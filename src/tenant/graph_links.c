/* tenant/graph_links.c -- members, owners, manager; see graph.h. */
#include "tenant/graph.h"
#include "tenant/rules.h"
#include "tenant/syncobj.h"

#define BIND_MAX 20U

/* groups/{id}/members... : the link that segment 2 names. */
static int
find_source(struct gcall *c, struct dirobj *out_o, enum link_kind *out_kind)
{
	const struct entity_info *info = entity_by_segment(gcall_segment(c, 0));
	int r = graph_find(c, info->entity, gcall_segment(c, 1), out_o);

	if (r == 0)
		*out_kind = link_find(info, gcall_segment(c, 2));
	return r;
}

/* ".../microsoft.graph.user" behind a list narrows it. */
static int
cast_of(struct gcall *c, size_t segment, unsigned *out_kinds)
{
	struct text t = gcall_segment(c, segment);
	const struct entity_info *info = entity_by_type(t);
	const struct refusal r = {404, "ResourceNotFound", NULL, NULL};

	*out_kinds = ~0U;
	if (t.len == 0 || t.data[0] == '$')
		return 0;
	if (info == NULL)
		return gcall_refuse(c, &r,
		    "Resource not found for the segment '%.*s'.",
		    (int)(t.len > 128 ? 128 : t.len), t.data);
	*out_kinds = 1U << info->entity;
	return 0;
}

static int
list_links(struct gcall *c, enum tdb_sql sql, enum link_kind kind, int64_t row)
{
	struct cursor cur = {
	    .c = c, .sql = sql, .arg1 = (int64_t)kind, .arg2 = row};
	struct query q;
	int r = cast_of(c, 3, &cur.kinds);

	if (r == 0)
		r = query_parse(
		    c, cur.kinds, Q_SELECT | Q_TOP | Q_COUNT | Q_SKIPTOKEN, &q);
	return r == 0
		   ? query_page(c, &q, &cur,
			 graph_context(c, "directoryObjects", &q.select, false),
			 EMIT_TYPE)
		   : r;
}

int
graph_link_list(struct gcall *c)
{
	struct dirobj o = {0};
	enum link_kind kind;
	int r = find_source(c, &o, &kind);

	if (r == 0)
		r = list_links(c, SQL_REF_TARGETS, kind, o.row);
	dirobj_clear(&o);
	return r;
}

int
graph_link_sources(struct gcall *c)
{
	struct dirobj o = {0};
	enum link_kind kind;
	int r = find_source(c, &o, &kind);
	struct text name = gcall_segment(c, 2);

	kind = text_is_nocase(name, "directReports")  ? LINK_MANAGER
	       : text_is_nocase(name, "ownedObjects") ? LINK_OWNERS
						      : LINK_MEMBERS;
	if (r == 0)
		r = list_links(c, SQL_REF_SOURCES, kind, o.row);
	dirobj_clear(&o);
	return r;
}

int
graph_link_count(struct gcall *c)
{
	const struct refusal refused = {
	    400, "Request_UnsupportedQuery", NULL, NULL};
	struct dirobj o = {0};
	enum link_kind kind;
	int r;

	if (!c->eventual)
		return gcall_refuse(c, &refused,
		    "$count is not currently supported. Set the request header "
		    "ConsistencyLevel to eventual.");
	r = find_source(c, &o, &kind);
	if (r != 0)
		return r;
	r = tdb_run(c->t->db, SQL_REF_COUNT, "ii", (int64_t)kind, o.row);
	if (r == 1)
		buf_printf(c->out, "%lld",
		    (long long)tdb_int(c->t->db, SQL_REF_COUNT, 0));
	tdb_done(c->t->db, SQL_REF_COUNT);
	dirobj_clear(&o);
	c->plain = true;
	c->status = 200;
	return r == 1 ? 0 : gcall_failed(c, r);
}

int
graph_link_refs(struct gcall *c)
{
	struct dirobj o = {0}, target;
	enum link_kind kind;
	struct cursor cur = {
	    .c = c, .kinds = ~0U, .sql = SQL_REF_TARGETS, .bare = true};
	bool first = true;
	int r = find_source(c, &o, &kind);

	if (r != 0)
		return r;
	cur.arg1 = (int64_t)kind;
	cur.arg2 = o.row;
	dirobj_clear(&o);
	buf_puts(c->out, "{\"@odata.context\":");
	emit_text(
	    c->out, text_of(graph_context(c, "Collection($ref)", NULL, false)));
	buf_puts(c->out, ",\"value\":[");
	while ((r = cursor_next(&cur, 0, &target)) == 1) {
		buf_printf(c->out,
		    "%s{\"@odata.id\":\"%.*s/directoryObjects/%s\"}",
		    first ? "" : ",", TEXT_ARGS(c->base), target.id);
		first = false;
		dirobj_clear(&target);
	}
	cursor_done(&cur);
	buf_puts(c->out, "]}");
	c->status = 200;
	return r == 0 ? 0 : gcall_failed(c, r);
}

/* What may be linked to what. */
static int
may_target(struct gcall *c, const struct dirobj *source, enum link_kind kind,
    const struct dirobj *target)
{
	bool bad = source->row == target->row;

	if (kind == LINK_MANAGER)
		bad = bad || (target->kind != ENTITY_USER &&
				 target->kind != ENTITY_CONTACT);
	else if (kind != LINK_MEMBERS)
		bad = bad || target->kind != ENTITY_USER;
	else
		bad = bad ||
		      (rules_is_unified(source) && target->kind != ENTITY_USER);
	if (bad)
		return gcall_bad(c,
		    "The reference to '%s' is invalid for property '%s' of "
		    "resource '%s'.",
		    target->id, link_name(kind),
		    entity_info(source->kind)->name);
	return 0;
}

/* Section 7: owners of a group. */
static int
owners_check(struct gcall *c, const struct dirobj *source, enum link_kind kind)
{
	const struct refusal full = {
	    403, "Directory_QuotaExceeded", NULL, link_name(kind)};
	struct sync_settings s;
	int r;

	if (kind != LINK_OWNERS || c->service)
		return 0;
	r = sync_settings_load(c->t, c->a, &s);
	if (r == 0)
		r = tdb_run(
		    c->t->db, SQL_REF_COUNT, "ii", (int64_t)kind, source->row);
	if (r == 1 && tdb_int(c->t->db, SQL_REF_COUNT, 0) >= s.limits.owners)
		r = gcall_refuse(c, &full,
		    "A group can have at most %lld owners.",
		    (long long)s.limits.owners);
	tdb_done(c->t->db, SQL_REF_COUNT);
	return r == ERR_REJECTED ? r : r < 0 ? gcall_failed(c, r) : 0;
}

static int
link_one(struct gcall *c, const struct dirobj *source, enum link_kind kind,
    struct text url)
{
	struct dirobj target = {0};
	int r = graph_find_url(c, url, &target);

	if (r == 0)
		r = may_target(c, source, kind, &target);
	if (r == 0)
		r = owners_check(c, source, kind);
	if (r == 0) {
		r = dirobj_link(c->t->db, source, kind, &target);
		if (r == ERR_EXIST)
			r = gcall_bad(c,
			    "One or more added object references already exist "
			    "for the following modified properties: '%s'.",
			    link_name(kind));
		else if (r < 0)
			r = gcall_failed(c, r);
	}
	dirobj_clear(&target);
	return r;
}

static int
reference_of(struct gcall *c, struct text *out_url)
{
	*out_url = json_get_text(c->body, "@odata.id");
	if (out_url->len == 0)
		return gcall_bad(c,
		    "The request body must hold '@odata.id' with the URL of an "
		    "object.");
	return 0;
}

int
graph_link_add(struct gcall *c)
{
	struct dirobj o = {0};
	enum link_kind kind;
	struct text url = {0};
	int r = find_source(c, &o, &kind);

	if (r == 0)
		r = rules_may_link(c, &o, kind);
	if (r == 0)
		r = reference_of(c, &url);
	if (r == 0)
		r = link_one(c, &o, kind, url);
	if (r == 0)
		c->status = 204;
	dirobj_clear(&o);
	return r;
}

int
graph_link_remove(struct gcall *c)
{
	struct text id = gcall_segment(c, 3);
	struct dirobj o = {0}, target = {0};
	enum link_kind kind;
	int r = find_source(c, &o, &kind);

	if (r == 0)
		r = rules_may_link(c, &o, kind);
	if (r == 0)
		r = graph_find(c, (enum entity)0, id, &target);
	if (r == 0) {
		r = dirobj_unlink(c->t->db, &o, kind, target.row);
		if (r == ERR_NOENT)
			r = gcall_not_found(c, id);
		else if (r < 0)
			r = gcall_failed(c, r);
	}
	if (r == 0)
		c->status = 204;
	dirobj_clear(&o);
	dirobj_clear(&target);
	return r;
}

/* Without /$ref the path names the member itself, and that goes. */
int
graph_link_delete(struct gcall *c)
{
	struct dirobj o = {0}, target = {0};
	struct text id = gcall_segment(c, 3);
	enum link_kind kind;
	int r = find_source(c, &o, &kind);

	if (r == 0)
		r = graph_find(c, (enum entity)0, id, &target);
	if (r == 0) {
		r = tdb_run(c->t->db, SQL_REF_HAS, "iii", (int64_t)kind, o.row,
		    target.row);
		tdb_done(c->t->db, SQL_REF_HAS);
		r = r == 1   ? rules_delete(c, &target)
		    : r == 0 ? gcall_not_found(c, id)
			     : gcall_failed(c, r);
	}
	if (r == 0)
		c->status = 204;
	dirobj_clear(&o);
	dirobj_clear(&target);
	return r;
}

static int
bind_list(struct gcall *c, const struct dirobj *o, enum link_kind kind,
    const struct json *list)
{
	const struct refusal bad = {
	    400, "Request_BadRequest", "InvalidValue", link_name(kind)};
	int r;

	if (json_type(list) != JSON_LIST)
		return gcall_bad(c, "'%s@odata.bind' must be a list of URLs.",
		    link_name(kind));
	if (json_count(list) > BIND_MAX)
		return gcall_refuse(c, &bad,
		    "The maximum number of references that can be added in one "
		    "request is %u.",
		    BIND_MAX);
	r = rules_may_link(c, o, kind);
	for (size_t i = 0; r == 0 && i < json_count(list); i++)
		r = link_one(c, o, kind, json_text(json_at(list, i)));
	return r;
}

struct bind_visit {
	struct gcall *c;
	const struct dirobj *o;
};

static int
bind_member(void *ctx, struct text key, struct json *value)
{
	struct bind_visit *v = ctx;
	struct text name = key;
	enum link_kind kind;

	if (!text_ends_nocase(key, "@odata.bind"))
		return 0;
	name.len -= sizeof("@odata.bind") - 1;
	kind = link_find(entity_info(v->o->kind), name);
	if (kind == LINK_MEMBERS || kind == LINK_OWNERS)
		return bind_list(v->c, v->o, kind, value);
	return gcall_bad(v->c, "'%.*s' is not supported here.",
	    (int)(key.len > 128 ? 128 : key.len), key.data);
}

int
graph_bind(struct gcall *c, const struct dirobj *o)
{
	struct bind_visit v = {c, o};

	return json_each(c->body, bind_member, &v);
}

static int
find_manager(struct gcall *c, const struct dirobj *o, struct dirobj *out_m)
{
	struct cursor cur = {.c = c,
	    .kinds = ~0U,
	    .sql = SQL_REF_TARGETS,
	    .arg1 = LINK_MANAGER,
	    .arg2 = o->row};
	int r = cursor_next(&cur, 0, out_m);

	cursor_done(&cur);
	return r == 1 ? 0 : r == 0 ? ERR_NOENT : r;
}

static int
no_manager(struct gcall *c, int r)
{
	return r == ERR_NOENT ? gcall_not_found(c, TEXT("manager"))
			      : gcall_failed(c, r);
}

int
graph_manager_get(struct gcall *c)
{
	struct dirobj o = {0}, manager = {0};
	enum link_kind kind;
	struct query q;
	int r = find_source(c, &o, &kind);

	if (r == 0)
		r = query_parse(c, ~0U, Q_SELECT, &q);
	if (r == 0) {
		r = find_manager(c, &o, &manager);
		r = r == 0 ? 0 : no_manager(c, r);
	}
	if (r == 0 && text_is(gcall_segment(c, 3), "$ref")) {
		buf_printf(c->out,
		    "{\"@odata.id\":\"%.*s/directoryObjects/%s\"}",
		    TEXT_ARGS(c->base), manager.id);
		c->status = 200;
	} else if (r == 0) {
		emit_object(c->out, &manager, &q.select, EMIT_TYPE,
		    graph_context(c, "directoryObjects", &q.select, true));
		c->status = 200;
	}
	dirobj_clear(&o);
	dirobj_clear(&manager);
	return r;
}

static int
manager_drop(struct gcall *c, const struct dirobj *o)
{
	struct dirobj old = {0};
	int r = find_manager(c, o, &old);

	if (r == 0)
		r = dirobj_unlink(c->t->db, o, LINK_MANAGER, old.row);
	dirobj_clear(&old);
	return r;
}

int
graph_manager_put(struct gcall *c)
{
	struct dirobj o = {0};
	enum link_kind kind;
	struct text url = {0};
	int r = find_source(c, &o, &kind);

	if (r == 0)
		r = rules_may_link(c, &o, LINK_MANAGER);
	if (r == 0)
		r = reference_of(c, &url);
	if (r == 0) {
		r = manager_drop(c, &o);
		/* One that is deleted and not seen goes as well. */
		if (r == 0 || r == ERR_NOENT)
			r = tdb_run(c->t->db, SQL_REF_CLEAR, "ii",
			    (int64_t)LINK_MANAGER, o.row);
		r = r == 0 ? 0 : gcall_failed(c, r);
	}
	if (r == 0)
		r = link_one(c, &o, LINK_MANAGER, url);
	if (r == 0)
		c->status = 204;
	dirobj_clear(&o);
	return r;
}

int
graph_manager_delete(struct gcall *c)
{
	struct dirobj o = {0};
	enum link_kind kind;
	int r = find_source(c, &o, &kind);

	if (r == 0)
		r = rules_may_link(c, &o, LINK_MANAGER);
	if (r == 0) {
		r = manager_drop(c, &o);
		r = r == 0 ? 0 : no_manager(c, r);
	}
	if (r == 0)
		c->status = 204;
	dirobj_clear(&o);
	return r;
}
