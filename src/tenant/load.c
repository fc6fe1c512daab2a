/* tenant/load.c -- fills a tenant from a JSON file; see tenant.h.
 *
 * {"users": [{..., "manager": KEY}], "groups": [{..., "members": [KEY],
 *  "owners": [KEY]}], "devices": [...], "contacts": [...],
 *  "organization": {...}, "domains": [...]}; load_sync.c has the last two and
 * what an entry may have beside its properties.
 * Objects are written as the service itself would: properties that are
 * read-only for others (onPremisesSyncEnabled, proxyAddresses, ...) are taken.
 * KEY is an id, a userPrincipalName or a display name.  The file is taken
 * whole or not at all. */
#include "base/file.h"
#include "tenant/load_int.h"
#include "tenant/open.h"
#include "tenant/rules.h"

#define FILE_MAX_BYTES (1U << 30)

static const struct {
	const char *name;
	enum entity kind;
} lists[] = {
    {"users", ENTITY_USER},
    {"contacts", ENTITY_CONTACT},
    {"devices", ENTITY_DEVICE},
    {"groups", ENTITY_GROUP},
};

/* What the refusal said, with the place in the file. */
static int
object_error(struct load *l, int r, const char *list, size_t i)
{
	struct json *j = NULL;
	struct text why = {"", 0};

	if (r == ERR_REJECTED &&
	    json_parse(buf_text(l->c.out), BODY_MAX_BYTES, &j, NULL) == 0)
		why = json_get_text(json_get(j, "error"), "message");
	r = err_set(l->e, r, "%s: %s[%zu]: %.*s", l->file, list, i,
	    (int)(why.len == 0 ? strlen(err_name(r)) : why.len),
	    why.len == 0 ? err_name(r) : why.data);
	(void)json_free(j);
	return r;
}

static void
count(struct load *l, enum entity kind)
{
	switch (kind) {
	case ENTITY_USER:
		l->n->users++;
		break;
	case ENTITY_GROUP:
		l->n->groups++;
		break;
	case ENTITY_DEVICE:
		l->n->devices++;
		break;
	case ENTITY_CONTACT:
		l->n->contacts++;
		break;
	case ENTITY_FOLDER: /* not in a file */
		break;
	}
}

static int
remember(struct load *l, const struct dirobj *o)
{
	struct text name = dirobj_text(o, "displayName");
	bool twice = map_get(l->rows, name) != NULL;

	return map_put(l->rows, name,
	    // NOLINTNEXTLINE(performance-no-int-to-ptr): a row, not a place
	    (void *)(uintptr_t)(twice ? UINTPTR_MAX : (uintptr_t)o->row));
}

static int
object_add(struct load *l, enum entity kind, struct json *j)
{
	CLEANUP(json_freep)
	struct json *plain = NULL;
	struct dirobj o = {0};
	int r;

	arena_reset(l->each);
	buf_reset(l->c.out);
	if (json_has(j, "sync")) {
		r = load_exported(l, kind, j, &o);
	} else {
		plain = load_plain(j);
		l->c.body = plain;
		r = plain == NULL ? ERR_NOMEM : rules_create(&l->c, kind, &o);
		l->c.body = NULL;
	}
	if (r == 0)
		r = load_beside(l, j, &o);
	if (r == 0)
		r = remember(l, &o);
	/* Its row stays with it, for the links. */
	if (r == 0)
		json_set_int(j, "@row", o.row);
	if (r == 0)
		count(l, kind);
	dirobj_clear(&o);
	return r;
}

static int
find_key(struct load *l, struct text key, struct dirobj *out_o)
{
	uintptr_t row;

	if (dirobj_is_id(key) || memchr(key.data, '@', key.len) != NULL)
		return graph_find(&l->c,
		    dirobj_is_id(key) ? (enum entity)0 : ENTITY_USER, key,
		    out_o);
	row = (uintptr_t)map_get(l->rows, key);
	if (row == 0 || row == UINTPTR_MAX)
		return gcall_bad(&l->c, "%.*s: %s", TEXT_ARGS(key),
		    row == 0 ? "nothing has this name"
			     : "more than one has this name");
	return dirobj_by_row(l->c.t->db, (int64_t)row, out_o);
}

static int
link_add(struct load *l, const struct dirobj *source, enum link_kind kind,
    struct text key)
{
	struct dirobj target = {0};
	int r = find_key(l, key, &target);

	if (r == 0)
		r = dirobj_link(l->c.t->db, source, kind, &target);
	if (r == ERR_EXIST)
		r = gcall_bad(&l->c, "%s: %.*s is there twice", link_name(kind),
		    TEXT_ARGS(key));
	dirobj_clear(&target);
	if (r == 0)
		l->n->links++;
	return r;
}

static int
links_add(struct load *l, enum entity entity, struct json *j)
{
	static const enum link_kind kinds[] = {LINK_MEMBERS, LINK_OWNERS,
	    LINK_MANAGER, LINK_DEVICE_OWNERS, LINK_DEVICE_USERS};
	struct dirobj source = {
	    .row = json_int(json_get(j, "@row"), 0), .kind = entity};
	int r = 0;

	for (size_t k = 0; r == 0 && k < sizeof(kinds) / sizeof(kinds[0]);
	     k++) {
		struct json *v = json_get(j, link_name(kinds[k]));

		arena_reset(l->each);
		buf_reset(l->c.out);
		if (json_type(v) == JSON_STRING)
			r = link_add(l, &source, kinds[k], json_text(v));
		for (size_t i = 0; r == 0 && i < json_count(v); i++)
			r = link_add(
			    l, &source, kinds[k], json_text(json_at(v, i)));
	}
	return r;
}

static int
deleted_do(struct load *l, enum entity kind, struct json *j)
{
	(void)kind;
	arena_reset(l->each);
	buf_reset(l->c.out);
	return load_deleted(l, j);
}

/* Something with every object of the file. */
static int
with_each(struct load *l,
    int (*run)(struct load *l, enum entity kind, struct json *j))
{
	for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++) {
		struct json *list = json_get(l->root, lists[k].name);

		for (size_t i = 0; i < json_count(list); i++) {
			int r = run(l, lists[k].kind, json_at(list, i));

			if (r != 0)
				return object_error(l, r, lists[k].name, i);
		}
	}
	return 0;
}

static int
organization_load(struct load *l)
{
	const struct json *org = json_get(l->root, "organization");
	const struct json *domains = json_get(l->root, "domains");
	int r;

	l->sync.t = l->c.t;
	l->sync.a = l->each;
	l->sync.now_ms = tenant_now_ms(l->c.t);
	l->sync.version2 = true;
	l->sync.own_values = true;
	r = sync_settings_load(l->c.t, l->c.t->a, &l->sync.settings);
	if (r == 0 && org != NULL) {
		r = load_organization(l, org);
		if (r != 0)
			return object_error(l, r, "organization", 0);
	}
	if (r == 0 && domains != NULL) {
		r = load_domains(l, domains);
		if (r != 0)
			return object_error(l, r, "domains", 0);
	}
	return r;
}

static int
load_all(struct load *l)
{
	int r = organization_load(l);

	if (r == 0)
		r = with_each(l, object_add);
	if (r == 0)
		r = with_each(l, links_add);
	return r == 0 ? with_each(l, deleted_do) : r;
}

static int
load_in_one(struct load *l)
{
	struct tdb *db = l->c.t->db;
	int r = tdb_begin(db, true);

	if (r == 0)
		r = load_all(l);
	if (r == 0)
		r = tdb_commit(db);
	if (r != 0) {
		if (l->e != NULL && l->e->code == 0)
			(void)err_set(l->e, r, "the tenant's database: %s",
			    tdb_message(db));
		tdb_rollback(db);
	}
	return r;
}

static int
list_known(void *ctx, struct text key, struct json *value)
{
	struct load *l = ctx;

	for (size_t k = 0; k < sizeof(lists) / sizeof(lists[0]); k++)
		if (text_is(key, lists[k].name))
			return json_type(value) == JSON_LIST
				   ? 0
				   : err_set(l->e, ERR_SYNTAX,
					 "%s: %s is no list", l->file,
					 lists[k].name);
	if (text_is(key, "organization") && json_type(value) == JSON_OBJECT)
		return 0;
	if (text_is(key, "domains") && json_type(value) == JSON_LIST)
		return 0;
	return err_set(l->e, ERR_SYNTAX,
	    "%s: \"%.*s\" is unknown: users, groups, devices, contacts, "
	    "organization, domains",
	    l->file, TEXT_ARGS(key));
}

static int
read_file(struct load *l, struct arena *a)
{
	struct text text;
	int r = file_read(a, l->file, FILE_MAX_BYTES, &text, l->e);

	if (r == 0) {
		r = json_parse(text, FILE_MAX_BYTES, &l->root, l->e);
		if (r != 0)
			(void)err_prefix(l->e, "%s", l->file);
	}
	return r == 0 ? json_each(l->root, list_known, l) : r;
}

int
tenant_load(const char *dir, const char *file, struct tenant_load_counts *out_n,
    struct err *e)
{
	CLEANUP(tenant_closep)
	struct tenant *t = NULL;
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	CLEANUP(arena_freep)
	struct arena *each = arena_new(64U << 20);
	CLEANUP(map_freep)
	struct map *rows = map_new(true);
	struct buf out;
	struct err why = {0};
	struct tenant_load_counts n = {0};
	struct load l = {
	    .each = each, .rows = rows, .file = file, .n = &n, .e = &why};
	int r = a == NULL || each == NULL || rows == NULL
		    ? err_set(&why, ERR_NOMEM, "no memory")
		    : tenant_open(dir, &t, &why);

	buf_init(&out, BODY_MAX_BYTES);
	l.c = (struct gcall){.t = t,
	    .a = each,
	    .out = &out,
	    .service = true,
	    .method = "POST",
	    .request_id = ""};
	if (r == 0)
		r = read_file(&l, a);
	if (r == 0)
		r = load_in_one(&l);
	(void)json_free(l.root);
	buf_clear(&out);
	if (r == 0)
		*out_n = n;
	else if (e != NULL)
		*e = why;
	return r;
}
