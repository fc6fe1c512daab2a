/* tenant/graph_objects.c -- users, groups, devices, contacts; see graph.h. */
#include "base/fold.h"
#include "tenant/graph.h"
#include "tenant/rules.h"

#define IDS_MAX 1000U

static const struct entity_info *
entity_of(const struct gcall *c)
{
	return entity_by_segment(gcall_segment(c, 0));
}

const char *
graph_context(
    struct gcall *c, const char *what, const struct select *s, bool entity)
{
	struct text names = s == NULL ? (struct text){"", 0} : s->names;

	return arena_printf(c->a, "%.*s/$metadata#%s%s%.*s%s%s",
	    TEXT_ARGS(c->base), what, names.len != 0 ? "(" : "",
	    TEXT_ARGS(names), names.len != 0 ? ")" : "",
	    entity ? "/$entity" : "");
}

/* A user by the name it signs in with. */
static int
find_by_upn(struct gcall *c, struct text upn, struct dirobj *o)
{
	struct text key;
	int64_t row = 0;
	int r = dirobj_key(c->a, UNIQUE_ADDRESS, upn, &key);

	if (r == 0)
		r = dirobj_by_unique(c->t->db, UNIQUE_ADDRESS, key, &row);
	if (r == 0)
		r = dirobj_by_row(c->t->db, row, o);
	if (r == 0 && !fold_equal(dirobj_text(o, "userPrincipalName"), upn)) {
		dirobj_clear(o);
		r = ERR_NOENT;
	}
	return r;
}

#define UNIQUE_KEY "uniqueName="

static bool
is_unique_name(enum entity kind, struct text key)
{
	return kind == ENTITY_GROUP && text_starts_nocase(key, UNIQUE_KEY);
}

static struct text
unique_name(struct text key)
{
	size_t n = sizeof(UNIQUE_KEY) - 1;

	return (struct text){key.data + n, key.len - n};
}

static int
find_by_unique_name(struct gcall *c, struct text name, struct dirobj *o)
{
	struct text key;
	int64_t row = 0;
	int r = dirobj_key(c->a, UNIQUE_NAME, name, &key);

	if (r == 0)
		r = dirobj_by_unique(c->t->db, UNIQUE_NAME, key, &row);
	return r == 0 ? dirobj_by_row(c->t->db, row, o) : r;
}

int
graph_find(
    struct gcall *c, enum entity kind, struct text key, struct dirobj *out_o)
{
	int r;

	if (kind == ENTITY_USER && memchr(key.data, '@', key.len) != NULL)
		r = find_by_upn(c, key, out_o);
	else if (is_unique_name(kind, key))
		r = find_by_unique_name(c, unique_name(key), out_o);
	else
		r = dirobj_by_id(c->t->db, key, out_o);
	if (r == 0 &&
	    ((kind != 0 && out_o->kind != kind) || out_o->kind > ENTITY_MAX ||
		out_o->state != DIROBJ_LIVE)) {
		dirobj_clear(out_o);
		r = ERR_NOENT;
	}
	if (r == ERR_NOENT)
		return gcall_not_found(c, key);
	return r == 0 ? 0 : gcall_failed(c, r);
}

int
graph_find_url(struct gcall *c, struct text url, struct dirobj *out_o)
{
	const struct entity_info *info = NULL;
	struct url u;
	struct text set;

	if (url_parse(c->a, url, &u, NULL) != 0 || u.nsegments < 2)
		return gcall_bad(c,
		    "Invalid URL specified for a reference: '%.*s'.",
		    (int)(url.len > 128 ? 128 : url.len), url.data);
	set = u.segments[u.nsegments - 2];
	info = entity_by_segment(set);
	if (info == NULL && !text_is_nocase(set, "directoryObjects"))
		return gcall_bad(c,
		    "Invalid URL specified for a reference: '%.*s'.",
		    (int)(url.len > 128 ? 128 : url.len), url.data);
	return graph_find(c, info == NULL ? (enum entity)0 : info->entity,
	    u.segments[u.nsegments - 1], out_o);
}

static int
plan_cursor(struct gcall *c, const struct query *q, struct cursor *cur)
{
	int r;

	if (q->filter == NULL)
		return 0;
	r = filter_plan(q->filter, c->t->db, c->a, &cur->rows, &cur->nrows);
	cur->by_rows = r == 1;
	return r < 0 ? gcall_failed(c, r) : 0;
}

int
graph_list(struct gcall *c)
{
	const struct entity_info *info = entity_of(c);
	struct cursor cur = {.c = c,
	    .kinds = 1U << info->entity,
	    .sql = SQL_OBJECT_PAGE,
	    .arg1 = info->entity,
	    .arg2 = DIROBJ_LIVE};
	struct query q;
	int r = query_parse(c, cur.kinds, Q_LIST | Q_EXPAND, &q);

	if (r == 0)
		r = plan_cursor(c, &q, &cur);
	return r == 0
		   ? query_page(c, &q, &cur,
			 graph_context(c, info->segment, &q.select, false), 0)
		   : r;
}

int
graph_count(struct gcall *c)
{
	const struct entity_info *info = entity_of(c);
	const struct refusal refused = {
	    400, "Request_UnsupportedQuery", NULL, NULL};
	struct cursor cur = {.c = c,
	    .kinds = 1U << info->entity,
	    .sql = SQL_OBJECT_PAGE,
	    .arg1 = info->entity,
	    .arg2 = DIROBJ_LIVE};
	struct query q;
	int64_t n = 0;
	int r;

	if (!c->eventual)
		return gcall_refuse(c, &refused,
		    "$count is not currently supported. Set the request header "
		    "ConsistencyLevel to eventual.");
	c->url.options[c->url.noptions].name = TEXT("$count");
	c->url.options[c->url.noptions].value = TEXT("true");
	c->url.noptions++;
	r = query_parse(c, cur.kinds, Q_FILTER | Q_COUNT, &q);
	if (r == 0)
		r = plan_cursor(c, &q, &cur);
	if (r == 0) {
		r = query_count(c, &q, &cur, &n);
		r = r == 0 ? 0 : gcall_failed(c, r);
	}
	if (r != 0)
		return r;
	buf_printf(c->out, "%lld", (long long)n);
	c->plain = true;
	c->status = 200;
	return 0;
}

int
graph_create(struct gcall *c)
{
	const struct entity_info *info = entity_of(c);
	struct dirobj o = {0};
	struct select s;
	int r = rules_create(c, info->entity, &o);

	if (r == 0)
		r = graph_bind(c, &o);
	if (r == 0) {
		select_defaults(&s);
		emit_object(c->out, &o, &s, 0,
		    graph_context(c, info->segment, NULL, true));
		c->location = arena_printf(c->a, "%.*s/%s/%s",
		    TEXT_ARGS(c->base), info->segment, o.id);
		c->status = 201;
	}
	dirobj_clear(&o);
	return r;
}

/* "users/x" of one kind, "directoryObjects/x" of any. */
static int
find_named(struct gcall *c, struct dirobj *out_o)
{
	const struct entity_info *info = entity_of(c);

	return graph_find(c, info == NULL ? (enum entity)0 : info->entity,
	    gcall_segment(c, 1), out_o);
}

int
graph_get(struct gcall *c)
{
	struct dirobj o = {0};
	struct query q;
	const char *context;
	int r = find_named(c, &o);

	if (r != 0)
		return r;
	r = query_parse(c, 1U << o.kind, Q_SELECT | Q_EXPAND, &q);
	if (r == 0) {
		context = graph_context(
		    c, entity_info(o.kind)->segment, &q.select, true);
		r = query_one(c, &q, &o, context);
	}
	dirobj_clear(&o);
	return r;
}

/* PATCH of a key that the client chose, with leave to make the object: true
 * where there is none yet. */
static int
upsert_wanted(struct gcall *c, bool *out_wanted)
{
	struct text key = gcall_segment(c, 1);
	struct dirobj o = {0};
	int r;

	*out_wanted = false;
	if (!c->upsert || c->body == NULL ||
	    !is_unique_name(entity_of(c)->entity, key))
		return 0;
	r = find_by_unique_name(c, unique_name(key), &o);
	*out_wanted = r == ERR_NOENT;
	dirobj_clear(&o);
	return r == ERR_NOENT || r == 0 ? 0 : gcall_failed(c, r);
}

int
graph_update(struct gcall *c)
{
	struct dirobj o = {0};
	bool create;
	int r = upsert_wanted(c, &create);

	if (r == 0 && create) {
		json_set_text(
		    c->body, "uniqueName", unique_name(gcall_segment(c, 1)));
		return graph_create(c);
	}
	if (r == 0)
		r = find_named(c, &o);
	if (r == 0)
		r = rules_update(c, &o);
	if (r == 0)
		r = graph_bind(c, &o);
	if (r == 0)
		c->status = 204;
	dirobj_clear(&o);
	return r;
}

int
graph_delete(struct gcall *c)
{
	struct dirobj o = {0};
	int r = find_named(c, &o);

	if (r == 0)
		r = rules_delete(c, &o);
	if (r == 0)
		c->status = 204;
	dirobj_clear(&o);
	return r;
}

int
graph_get_by_ids(struct gcall *c)
{
	struct json *ids = json_get(c->body, "ids");
	struct select s;
	bool first = true;

	if (json_type(ids) != JSON_LIST || json_count(ids) > IDS_MAX)
		return gcall_bad(
		    c, "A list of at most %u ids is required.", IDS_MAX);
	select_defaults(&s);
	buf_puts(c->out, "{\"@odata.context\":");
	emit_text(
	    c->out, text_of(graph_context(c, "directoryObjects", NULL, false)));
	buf_puts(c->out, ",\"value\":[");
	for (size_t i = 0; i < json_count(ids); i++) {
		struct dirobj o = {0};
		int r = dirobj_by_id(c->t->db, json_text(json_at(ids, i)), &o);

		if (r < 0 && r != ERR_NOENT)
			return gcall_failed(c, r);
		if (r == 0 && o.state == DIROBJ_LIVE && o.kind <= ENTITY_MAX) {
			buf_puts(c->out, first ? "" : ",");
			emit_object(c->out, &o, &s, EMIT_TYPE, NULL);
			first = false;
		}
		dirobj_clear(&o);
	}
	buf_puts(c->out, "]}");
	c->status = 200;
	return 0;
}
