#include "tenant/dirobj.h"

#include "base/clock.h"
#include "base/fold.h"
#include "base/hash.h"

#define KEYS_MAX 1024U

/* A row of unique_value or index_value that an object must have. */
struct key {
	bool unique;
	unsigned number;
	struct text text;
	const char *prop;
};

struct keys {
	struct arena *a;
	struct key *all;
	size_t n, size;
	int error;
};

void
dirobj_clear(struct dirobj *o)
{
	o->doc = json_free(o->doc);
}

void
dirobj_new_id(char out[static DIROBJ_ID_LEN + 1])
{
	unsigned char b[16];

	random_bytes(b, sizeof(b));
	b[6] = (unsigned char)((b[6] & 0x0f) | 0x40); /* RFC 4122 section 4.4 */
	b[8] = (unsigned char)((b[8] & 0x3f) | 0x80);
	(void)snprintf(out, DIROBJ_ID_LEN + 1,
	    "%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-"
	    "%02x%02x%02x%02x%02x%02x",
	    b[0], b[1], b[2], b[3], b[4], b[5], b[6], b[7], b[8], b[9], b[10],
	    b[11], b[12], b[13], b[14], b[15]);
}

static bool
is_hex(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') ||
	       (c >= 'A' && c <= 'F');
}

bool
dirobj_is_id(struct text t)
{
	if (t.len != DIROBJ_ID_LEN)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		bool dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (dash ? t.data[i] != '-' : !is_hex(t.data[i]))
			return false;
	}
	return true;
}

int
dirobj_from_row(
    struct tdb *db, enum tdb_sql id, bool bare, struct dirobj *out_o)
{
	struct dirobj o = {0};
	struct text guid = tdb_text(db, id, 1);
	int r = 0;

	o.row = tdb_int(db, id, 0);
	if (guid.len != DIROBJ_ID_LEN)
		return ERR_STORE;
	memcpy(o.id, guid.data, guid.len);
	o.kind = (enum entity)tdb_int(db, id, 2);
	o.state = (enum dirobj_state)tdb_int(db, id, 3);
	o.deleted_ms = tdb_int(db, id, 4);
	if (!bare)
		r = json_parse(
		    tdb_text(db, id, 5), DIROBJ_MAX_BYTES, &o.doc, NULL);
	if (r == 0)
		*out_o = o;
	return r;
}

static int
one_row(struct tdb *db, enum tdb_sql id, int found, struct dirobj *out_o)
{
	int r = found == 1   ? dirobj_from_row(db, id, false, out_o)
		: found == 0 ? ERR_NOENT
			     : found;

	tdb_done(db, id);
	return r;
}

int
dirobj_by_id(struct tdb *db, struct text id, struct dirobj *out_o)
{
	char low[DIROBJ_ID_LEN];

	if (!dirobj_is_id(id))
		return ERR_NOENT;
	for (size_t i = 0; i < DIROBJ_ID_LEN; i++)
		low[i] = (char)(id.data[i] >= 'A' && id.data[i] <= 'F'
				    ? id.data[i] + 32
				    : id.data[i]);
	return one_row(db, SQL_OBJECT_BY_ID,
	    tdb_run(
		db, SQL_OBJECT_BY_ID, "t", (struct text){low, DIROBJ_ID_LEN}),
	    out_o);
}

int
dirobj_by_row(struct tdb *db, int64_t row, struct dirobj *out_o)
{
	return one_row(db, SQL_OBJECT_BY_ROW,
	    tdb_run(db, SQL_OBJECT_BY_ROW, "i", row), out_o);
}

int
dirobj_by_unique(
    struct tdb *db, enum unique_scope scope, struct text key, int64_t *out_row)
{
	int r = tdb_run(db, SQL_UNIQUE_GET, "it", (int64_t)scope, key);

	if (r < 0)
		return r;
	if (r == 0)
		return ERR_NOENT;
	*out_row = tdb_int(db, SQL_UNIQUE_GET, 0);
	tdb_done(db, SQL_UNIQUE_GET);
	return 0;
}

int
dirobj_key(struct arena *a, enum unique_scope scope, struct text value,
    struct text *out_key)
{
	if (scope != UNIQUE_ANCHOR)
		return fold_text(a, value, out_key);
	*out_key = value;
	return 0;
}

static void
key_add(struct keys *k, bool unique, unsigned number, struct text value,
    const char *prop)
{
	struct key *new = &k->all[k->n];
	int r = k->n == k->size ? ERR_LIMIT : 0;

	if (r == 0)
		r = dirobj_key(k->a,
		    unique ? (enum unique_scope)number : UNIQUE_NONE, value,
		    &new->text);
	if (r != 0) {
		k->error = k->error == 0 ? r : k->error;
		return;
	}
	new->unique = unique;
	new->number = number;
	new->prop = prop;
	/* A user's UPN is often its address as well. */
	for (size_t i = 0; i < k->n; i++)
		if (k->all[i].unique == unique && k->all[i].number == number &&
		    text_equal(k->all[i].text, new->text))
			return;
	k->n++;
}

static void
address_keys(struct keys *k, const struct json *doc)
{
	struct json *list = json_get(doc, "proxyAddresses");
	struct text upn = json_get_text(doc, "userPrincipalName");
	struct text mail = json_get_text(doc, "mail");
	struct json *names = json_get(doc, "signInNames");

	for (size_t i = 0; i < json_count(names); i++)
		key_add(k, true, UNIQUE_ADDRESS, json_text(json_at(names, i)),
		    "signInNames");
	if (upn.len != 0)
		key_add(k, true, UNIQUE_ADDRESS, upn, "userPrincipalName");
	if (mail.len != 0)
		key_add(k, true, UNIQUE_ADDRESS, mail, "proxyAddresses");
	for (size_t i = 0; i < json_count(list); i++) {
		struct text t = json_text(json_at(list, i));
		struct text rest;

		if (t.len < 6)
			continue;
		rest = (struct text){t.data + 5, t.len - 5};
		if (text_starts_nocase(t, "smtp:"))
			key_add(
			    k, true, UNIQUE_ADDRESS, rest, "proxyAddresses");
		else if (text_starts_nocase(t, "sip:"))
			key_add(k, true, UNIQUE_SIP, t, "proxyAddresses");
	}
}

/* A user that can be restored is found by its anchor (T6.2). */
static int
deleted_keys(struct keys *k, const struct dirobj *o)
{
	struct text anchor = json_get_text(o->doc, "onPremisesImmutableId");

	if (o->kind != ENTITY_USER || anchor.len == 0)
		return 0;
	k->size = 1;
	k->all = arena_array(k->a, 1, sizeof(*k->all));
	if (k->all == NULL)
		return ERR_NOMEM;
	key_add(
	    k, false, INDEX_DELETED_ANCHOR, anchor, "onPremisesImmutableId");
	return k->error;
}

/* All keys of a document; none to speak of where the object is not live. */
static int
keys_of(struct keys *k, struct arena *a, const struct dirobj *o)
{
	const struct entity_info *info;

	*k = (struct keys){.a = a, .size = KEYS_MAX};
	if (o != NULL && o->state == DIROBJ_DELETED)
		return deleted_keys(k, o);
	if (o == NULL || o->state != DIROBJ_LIVE)
		return 0;
	k->size = 32 + json_count(json_get(o->doc, "proxyAddresses")) +
		  json_count(json_get(o->doc, "signInNames"));
	k->all = arena_array(a, k->size, sizeof(*k->all));
	if (k->all == NULL)
		return ERR_NOMEM;
	info = entity_info(o->kind);
	for (size_t i = 0; i < info->nprops; i++) {
		const struct prop *p = &info->props[i];
		struct text t;

		if (p->unique == UNIQUE_NONE && p->index == 0)
			continue;
		t = json_get_text(o->doc, p->name);
		if (t.len != 0 && p->unique != UNIQUE_NONE)
			key_add(k, true, p->unique, t, p->name);
		if (t.len != 0 && p->index != 0)
			key_add(k, false, p->index, t, p->name);
	}
	address_keys(k, o->doc);
	return k->error;
}

static bool
keys_have(const struct keys *k, const struct key *want)
{
	for (size_t i = 0; i < k->n; i++)
		if (k->all[i].unique == want->unique &&
		    k->all[i].number == want->number &&
		    text_equal(k->all[i].text, want->text))
			return true;
	return false;
}

static int
keys_move(struct tdb *db, const struct keys *old, const struct keys *new,
    struct dirobj_write *w)
{
	int64_t row = w->after->row;
	int r = 0;

	for (size_t i = 0; r == 0 && i < old->n; i++) {
		const struct key *k = &old->all[i];

		if (keys_have(new, k))
			continue;
		r = tdb_run(db,
		    k->unique ? SQL_UNIQUE_REMOVE : SQL_INDEX_REMOVE, "iti",
		    (int64_t)k->number, k->text, row);
		/* Who waits for it is looked at again (T4.5). */
		if (r == 0 && k->unique && k->number == UNIQUE_ADDRESS)
			r = tdb_run(db, SQL_QUARANTINE_DUE, "t", k->text);
	}
	for (size_t i = 0; r == 0 && i < new->n; i++) {
		if (keys_have(old, &new->all[i]))
			continue;
		r = tdb_run(db,
		    new->all[i].unique ? SQL_UNIQUE_ADD : SQL_INDEX_ADD, "iti",
		    (int64_t) new->all[i].number, new->all[i].text, row);
		if (r == ERR_EXIST)
			w->conflict = new->all[i].prop;
	}
	return r;
}

static int
change_add(struct tdb *db, const struct dirobj *o, enum change_op op,
    enum link_kind link, int64_t target, struct text props)
{
	return tdb_run(db, SQL_CHANGE_ADD, "iiiiiit", clock_now_ms(), o->row,
	    (int64_t)o->kind, (int64_t)op, (int64_t)link, target, props);
}

int
dirobj_log(struct tdb *db, const struct dirobj *o, enum change_op op,
    enum link_kind link, int64_t target)
{
	return change_add(db, o, op, link, target, (struct text){"", 0});
}

static int
row_write(struct tdb *db, struct dirobj_write *w)
{
	struct dirobj *o = w->after;
	struct buf b;
	int r;

	buf_init(&b, DIROBJ_MAX_BYTES);
	r = json_write(o->doc, false, &b);
	if (r == 0 && w->before == NULL) {
		if (o->id[0] == '\0')
			dirobj_new_id(o->id);
		r = tdb_run(db, SQL_OBJECT_ADD, "tit", text_of(o->id),
		    (int64_t)o->kind, buf_text(&b));
		o->row = tdb_last_row(db);
	} else if (r == 0) {
		r = tdb_run(db, SQL_OBJECT_SAVE, "iiit", o->row,
		    (int64_t)o->state, o->deleted_ms, buf_text(&b));
	}
	buf_clear(&b);
	if (r == ERR_EXIST)
		w->conflict = "id";
	return r;
}

int
dirobj_write(struct tdb *db, struct arena *a, struct dirobj_write *w)
{
	struct keys old, new;
	int r;

	r = keys_of(&old, a, w->before);
	if (r == 0)
		r = keys_of(&new, a, w->after);
	if (r == 0)
		r = row_write(db, w);
	if (r == 0)
		r = keys_move(db, &old, &new, w);
	if (r == 0)
		r = change_add(db, w->after, w->op, LINK_NONE, 0, w->changed);
	if (r == 0 && w->before == NULL)
		tdb_objects_added(db);
	return r;
}

struct text
dirobj_text(const struct dirobj *o, const char *name)
{
	return json_get_text(o->doc, name);
}

bool
dirobj_flag(const struct dirobj *o, const char *name)
{
	return json_bool(json_get(o->doc, name), false);
}
