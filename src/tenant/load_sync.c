/* tenant/load_sync.c -- what a predecessor left, from a file; see
 * load_int.h. */
#include "tenant/load_int.h"

#include "base/clock.h"
#include "tenant/open.h"
#include "tenant/rules.h"

static const char *const ours[] = {
    "sync", "passwordHash", "roles", "deleted", "@row"};

#define NOURS (sizeof(ours) / sizeof(ours[0]))

static bool
is_ours(struct text name)
{
	for (size_t i = 0; i < NOURS; i++)
		if (text_is(name, ours[i]))
			return true;
	return false;
}

struct json *
load_plain(const struct json *j)
{
	struct json *copy = json_dup(j);

	for (size_t i = 0; copy != NULL && i < NOURS; i++)
		json_remove(copy, ours[i]);
	return copy;
}

static int
date_of(struct load *l, const struct json *v, const char *name, int64_t *out)
{
	if (v == NULL || json_type(v) == JSON_NULL)
		return 0;
	if (clock_parse(json_text(v), out) != 0)
		return gcall_bad(
		    &l->c, "%s is no time like 2026-11-30T12:00:00Z", name);
	return 0;
}

/* ---- The organisation ---- */

static int
switches_take(struct load *l, const struct json *j, struct sync_settings *s)
{
	const struct json *on = json_get(j, "onPremisesSyncEnabled");
	struct text type = json_get_text(j, "synchronizationPreventionType");
	int r = 0;

	if (json_type(on) == JSON_BOOLEAN)
		s->state = json_bool(on, false) ? SYNC_ON : SYNC_OFF;
	s->until_ms = 0;
	s->features = json_int(json_get(j, "features"), s->features);
	s->threshold = json_int(json_get(j, "alertThreshold"), s->threshold);
	if (type.len != 0 && sync_prevention_of(type, &s->prevention) != 0)
		return gcall_bad(&l->c,
		    "synchronizationPreventionType is disabled, "
		    "enabledForCount or enabledForPercentage");
	if (json_has(j, "clientVersion"))
		s->last_build = json_get_text(j, "clientVersion");
	if (json_has(j, "machine"))
		s->machine = json_get_text(j, "machine");
	r = date_of(l, json_get(j, "onPremisesLastSyncDateTime"),
	    "onPremisesLastSyncDateTime", &s->last_sync_ms);
	return r == 0 ? date_of(l,
			    json_get(j, "onPremisesLastPasswordSyncDateTime"),
			    "onPremisesLastPasswordSyncDateTime",
			    &s->last_password_ms)
		      : r;
}

struct members {
	struct load *l;
	const char *const *names;
	size_t n;
};

static int
member_known(void *ctx, struct text key, struct json *value)
{
	struct members *m = ctx;

	(void)value;
	for (size_t i = 0; i < m->n; i++)
		if (text_is(key, m->names[i]))
			return 0;
	return gcall_bad(&m->l->c, "\"%.*s\" is unknown here",
	    (int)(key.len > 64 ? 64 : key.len), key.data);
}

static int
members_known(
    struct load *l, const struct json *j, const char *const *names, size_t n)
{
	struct members m = {l, names, n};

	return json_each(j, member_known, &m);
}

int
load_organization(struct load *l, const struct json *j)
{
	static const char *const names[] = {"onPremisesSyncEnabled", "features",
	    "alertThreshold", "synchronizationPreventionType", "clientVersion",
	    "machine", "onPremisesLastSyncDateTime",
	    "onPremisesLastPasswordSyncDateTime"};
	int r = members_known(l, j, names, sizeof(names) / sizeof(names[0]));

	if (r == 0)
		r = switches_take(l, j, &l->sync.settings);
	return r == 0 ? sync_settings_save(l->c.t, &l->sync.settings) : r;
}

int
load_domains(struct load *l, const struct json *list)
{
	static const char *const names[] = {"name", "federated"};
	struct tenant *t = l->c.t;
	int r = 0;

	for (size_t i = 0; r == 0 && i < json_count(list); i++) {
		const struct json *j = json_at(list, i);
		struct text name = json_get_text(j, "name");

		r = members_known(l, j, names, 2);
		if (r == 0 && (name.len == 0 || name.len > 48 ||
				  t->ndomains == DOMAINS_MAX))
			r = gcall_bad(&l->c, "domains[%zu] has no name", i);
		if (r == 0 && tenant_domain(t, name) == NULL)
			r = tdb_run(t->db, SQL_DOMAIN_ADD, "tiii", name,
			    (int64_t)0, (int64_t)0,
			    (int64_t)json_bool(
				json_get(j, "federated"), false));
		if (r == 0)
			r = tenant_domains_load(t);
	}
	return r;
}

/* ---- One exported object ---- */

static int
list_make(struct arena *a, const struct json *v, struct sync_attr *out)
{
	struct text *list = arena_array(a, json_count(v) + 1, sizeof(*list));

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < json_count(v); i++)
		list[out->n++] = json_text(json_at(v, i));
	out->list = list;
	return 0;
}

/* In the form in which values are kept: {"b": base64} for octets. */
static int
attr_make(struct arena *a, const struct json *v, struct sync_attr *out)
{
	const struct json *b = json_get(v, "b");

	switch (json_type(v)) {
	case JSON_STRING:
		out->type = SYNC_STRING;
		out->text = json_text(v);
		return 0;
	case JSON_INTEGER:
		out->type = SYNC_LONG;
		out->text =
		    text_of(arena_printf(a, "%lld", (long long)json_int(v, 0)));
		return 0;
	case JSON_BOOLEAN:
		out->type = SYNC_BOOLEAN;
		out->text = json_bool(v, false) ? TEXT("true") : TEXT("false");
		return 0;
	case JSON_LIST:
		out->type = SYNC_STRINGS;
		return list_make(a, v, out);
	case JSON_NULL:
		out->type = SYNC_NIL;
		return 0;
	case JSON_OBJECT:
	case JSON_DOUBLE:
		break;
	}
	if (json_type(b) == JSON_LIST) {
		out->type = SYNC_BINARIES;
		return list_make(a, b, out);
	}
	out->type = SYNC_BINARY;
	out->text = json_text(b);
	return b == NULL ? ERR_SYNTAX : 0;
}

struct item_visit {
	struct load *l;
	struct sync_attr *attrs;
	size_t n;
};

static int
value_add(void *ctx, struct text key, struct json *value)
{
	struct item_visit *v = ctx;
	struct sync_attr *a = &v->attrs[v->n++];
	int r;

	*a = (struct sync_attr){.name = key};
	r = attr_make(v->l->each, value, a);
	return r == ERR_SYNTAX ? gcall_bad(&v->l->c,
				     "%.*s: not a value: text, number, true, "
				     "false, a list of texts, {\"b\": base64}",
				     TEXT_ARGS(key))
			       : r;
}

static int
item_make(struct load *l, const struct json *sync, struct sync_item *in)
{
	static const char *const names[] = {"sourceAnchor", "values"};
	const struct json *values = json_get(sync, "values");
	struct item_visit v = {.l = l};
	int r = members_known(l, sync, names, 2);

	in->source_anchor = json_get_text(sync, "sourceAnchor");
	if (r == 0 && (in->source_anchor.len == 0 ||
			  json_count(values) > SYNC_ITEM_ATTRS))
		r = gcall_bad(&l->c,
		    "sync has a sourceAnchor, and at most %u values",
		    SYNC_ITEM_ATTRS);
	v.attrs =
	    arena_array(l->each, json_count(values) + 2, sizeof(*v.attrs));
	if (r == 0 && v.attrs == NULL)
		r = ERR_NOMEM;
	if (r == 0)
		r = json_each(values, value_add, &v);
	if (r != 0)
		return r;
	v.attrs[v.n++] = (struct sync_attr){.name = TEXT("SourceAnchor"),
	    .type = SYNC_STRING,
	    .text = in->source_anchor};
	in->attrs = v.attrs;
	in->nattrs = v.n;
	return 0;
}

struct rest {
	const struct entity_info *info;
	struct json *body;
};

static int
rest_add(void *ctx, struct text key, struct json *value)
{
	struct rest *r = ctx;
	const struct prop *p = prop_find(r->info, key);

	if (p != NULL && !text_is(text_of(p->name), "id"))
		json_set(r->body, p->name, json_dup(value));
	else if (p == NULL && !is_ours(key) &&
		 link_find(r->info, key) == LINK_NONE)
		json_set_text(r->body, "unknown", key);
	return 0;
}

/* Properties beside what was exported, as the directory has them. */
static int
rest_write(struct load *l, const struct json *j, struct dirobj *o)
{
	CLEANUP(json_freep)
	struct json *body = json_new_object();
	struct rest rest = {entity_info(o->kind), body};
	int r;

	(void)json_each(j, rest_add, &rest);
	if (json_has(body, "unknown"))
		return gcall_bad(&l->c, "\"%.*s\" is no property",
		    TEXT_ARGS(json_get_text(body, "unknown")));
	if (json_count(body) == 0)
		return 0;
	l->c.body = body;
	r = rules_update(&l->c, o);
	l->c.body = NULL;
	return r;
}

static int
made_object(
    struct load *l, const struct sync_item_result *res, struct dirobj *out_o)
{
	enum entity kind;
	struct text id;
	int r = sync_cloud_anchor_read(res->cloud_anchor, &kind, &id);

	return r == 0 ? dirobj_by_id(l->c.t->db, id, out_o) : r;
}

int
load_exported(
    struct load *l, enum entity kind, struct json *j, struct dirobj *out_o)
{
	struct sync_item in = {.kind = kind,
	    .kind_name = text_of(sync_kind_name(kind)),
	    .op = SYNC_SET};
	struct sync_item_result res = {0};
	int r = item_make(l, json_get(j, "sync"), &in);

	l->sync.a = l->each;
	l->sync.new_id = json_get_text(j, "id");
	if (r == 0 && l->sync.new_id.len != 0 && !dirobj_is_id(l->sync.new_id))
		r = gcall_bad(&l->c, "the id is none");
	if (r == 0)
		r = sync_apply(&l->sync, &in, &res);
	if (r == 0 && res.error != NULL)
		r = gcall_bad(
		    &l->c, "%s: %.*s", res.error, TEXT_ARGS(res.description));
	if (r == 0)
		r = made_object(l, &res, out_o);
	return r == 0 ? rest_write(l, j, out_o) : r;
}

/* ---- Beside it, and after it ---- */

int
load_beside(struct load *l, const struct json *j, const struct dirobj *o)
{
	struct text hash = json_get_text(j, "passwordHash");
	const struct json *roles = json_get(j, "roles");
	struct tdb *db = l->c.t->db;
	char id[DIROBJ_ID_LEN + 1];
	int r = 0;

	if (hash.len != 0 && sync_credential_check(hash) != 0)
		return gcall_bad(&l->c, "passwordHash is none");
	if (hash.len != 0)
		r = tdb_run(db, SQL_CREDENTIAL_PUT, "itii", o->row, hash,
		    l->sync.now_ms, (int64_t)0);
	for (size_t i = 0; r == 0 && i < json_count(roles); i++) {
		struct text role = json_text(json_at(roles, i));

		if (!dirobj_is_id(role) || o->kind != ENTITY_USER)
			return gcall_bad(&l->c, "roles are ids, and of users");
		dirobj_new_id(id);
		r = tdb_run(db, SQL_ROLE_ADD, "tti", text_of(id), role, o->row);
	}
	return r;
}

static int
deleted_since(struct load *l, struct dirobj *o, int64_t since_ms)
{
	struct dirobj before = *o;
	struct dirobj_write w = {
	    .before = &before, .after = o, .op = CHANGE_DELETE};
	int r;

	if (o->state != DIROBJ_DELETED)
		return gcall_bad(&l->c,
		    "only users and groups that can be restored are kept when "
		    "they are deleted");
	before.doc = json_dup(o->doc);
	o->deleted_ms = since_ms;
	r = before.doc == NULL ? ERR_NOMEM
			       : dirobj_write(l->c.t->db, l->each, &w);
	dirobj_clear(&before);
	return r;
}

int
load_deleted(struct load *l, const struct json *j)
{
	struct tdb *db = l->c.t->db;
	struct dirobj o = {0};
	int64_t since_ms = 0;
	int r = date_of(l, json_get(j, "deleted"), "deleted", &since_ms);

	if (r != 0 || since_ms == 0)
		return r;
	r = dirobj_by_row(db, json_int(json_get(j, "@row"), 0), &o);
	if (r == 0)
		r = rules_delete(&l->c, &o);
	if (r == 0)
		r = deleted_since(l, &o, since_ms);
	if (r == 0)
		r = tdb_run(db, SQL_QUARANTINE_CLEAR, "i", o.row);
	dirobj_clear(&o);
	return r;
}
