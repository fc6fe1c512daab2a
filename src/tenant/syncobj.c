/* tenant/syncobj.c -- records of what was exported; see syncobj.h. */
#include "tenant/syncobj.h"

#include <stdarg.h>

static const struct {
	enum entity kind;
	const char *name;
} kinds[] = {
    {ENTITY_USER, "User"},
    {ENTITY_GROUP, "Group"},
    {ENTITY_CONTACT, "Contact"},
    {ENTITY_DEVICE, "Device"},
    {ENTITY_FOLDER, "PublicFolder"},
};
#define NKINDS (sizeof(kinds) / sizeof(kinds[0]))

const char *
sync_kind_name(enum entity kind)
{
	for (size_t i = 0; i < NKINDS; i++)
		if (kinds[i].kind == kind)
			return kinds[i].name;
	return "";
}

enum entity
sync_kind_of(struct text name)
{
	for (size_t i = 0; i < NKINDS; i++)
		if (text_is_nocase(name, kinds[i].name))
			return kinds[i].kind;
	return (enum entity)0;
}

struct text
sync_cloud_anchor(struct arena *a, enum entity kind, const char *id)
{
	return text_of(arena_printf(a, "%s_%s", sync_kind_name(kind), id));
}

int
sync_cloud_anchor_read(
    struct text anchor, enum entity *out_kind, struct text *out_id)
{
	const char *bar =
	    anchor.len == 0 ? NULL : memchr(anchor.data, '_', anchor.len);
	size_t n = bar == NULL ? 0 : (size_t)(bar - anchor.data);

	*out_kind = sync_kind_of((struct text){anchor.data, n});
	if (bar == NULL || *out_kind == (enum entity)0)
		return ERR_SYNTAX;
	*out_id = (struct text){bar + 1, anchor.len - n - 1};
	return dirobj_is_id(*out_id) ? 0 : ERR_SYNTAX;
}

const struct sync_attr *
sync_item_attr(const struct sync_item *in, const char *name)
{
	for (size_t i = 0; i < in->nattrs; i++)
		if (text_is_nocase(in->attrs[i].name, name))
			return &in->attrs[i];
	return NULL;
}

int
sync_refuse(struct sync_call *c, struct sync_item_result *out,
    const char *error, const char *fmt, ...)
{
	struct buf b;
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	buf_init(&b, sizeof(line) * 2);
	buf_puts(&b, line);
	out->error = error;
	out->code = 1;
	out->description = text_dup(c->a, buf_text(&b));
	buf_clear(&b);
	return 0;
}

void
syncobj_clear(struct syncobj *s)
{
	s->doc = json_free(s->doc);
}

int
syncobj_from_row(
    struct tdb *db, struct arena *a, enum tdb_sql id, struct syncobj *out_s)
{
	struct syncobj s = {.row = tdb_int(db, id, 0)};
	struct text guid = tdb_text(db, id, 6);
	int r;

	s.kind = (enum entity)tdb_int(db, id, 1);
	s.anchor = text_dup(a, tdb_text(db, id, 2));
	s.state = (enum dirobj_state)tdb_int(db, id, 3);
	s.seq = tdb_int(db, id, 4);
	if (guid.len != DIROBJ_ID_LEN || s.anchor.data == NULL)
		return ERR_STORE;
	memcpy(s.id, guid.data, guid.len);
	r = json_parse(tdb_text(db, id, 5), BODY_MAX_BYTES, &s.doc, NULL);
	if (r == 0)
		*out_s = s;
	return r;
}

static int
one_row(struct tdb *db, struct arena *a, enum tdb_sql id, int found,
    struct syncobj *out_s)
{
	int r = found == 1   ? syncobj_from_row(db, a, id, out_s)
		: found == 0 ? ERR_NOENT
			     : found;

	tdb_done(db, id);
	return r;
}

int
syncobj_by_anchor(struct tdb *db, struct arena *a, enum entity kind,
    struct text anchor, struct syncobj *out_s)
{
	return one_row(db, a, SQL_SYNC_BY_ANCHOR,
	    tdb_run(db, SQL_SYNC_BY_ANCHOR, "it", (int64_t)kind, anchor),
	    out_s);
}

int
syncobj_by_row(
    struct tdb *db, struct arena *a, int64_t row, struct syncobj *out_s)
{
	return one_row(db, a, SQL_SYNC_BY_ROW,
	    tdb_run(db, SQL_SYNC_BY_ROW, "i", row), out_s);
}

int
syncobj_log_end(struct tdb *db, int64_t *out_seq)
{
	int r = tdb_run(db, SQL_CHANGE_LAST, "");

	if (r == 1)
		*out_seq = tdb_int(db, SQL_CHANGE_LAST, 0);
	tdb_done(db, SQL_CHANGE_LAST);
	return r < 0 ? r : 0;
}

int
syncobj_state(struct tdb *db, const struct dirobj *o)
{
	int64_t seq = 0;
	int r = syncobj_log_end(db, &seq);

	return r == 0 ? tdb_run(db, SQL_SYNC_STATE, "iii", o->row,
			    (int64_t)o->state, seq)
		      : r;
}

int
syncobj_save(struct tdb *db, struct syncobj *s)
{
	struct buf b;
	int r = syncobj_log_end(db, &s->seq);

	if (r != 0)
		return r;
	buf_init(&b, BODY_MAX_BYTES);
	r = json_write(s->doc, false, &b);
	if (r == 0)
		r = tdb_run(db, SQL_SYNC_PUT, "iitiit", s->row,
		    (int64_t)s->kind, s->anchor, (int64_t)s->state, s->seq,
		    buf_text(&b));
	buf_clear(&b);
	return r;
}

/* ---- Exported values ---- */

struct named {
	const char *name;
	struct text key;
	struct json *value;
};

static int
named_visit(void *ctx, struct text key, struct json *value)
{
	struct named *n = ctx;

	if (!text_is_nocase(key, n->name))
		return 0;
	n->key = key;
	n->value = value;
	return 1;
}

struct json *
syncobj_get(const struct json *doc, const char *name)
{
	struct named n = {.name = name};

	(void)json_each(doc, named_visit, &n);
	return n.value;
}

static struct json *
list_value(const struct sync_attr *v)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < v->n; i++)
		json_push(list, json_new_text(v->list[i]));
	return list;
}

static struct json *
binary_value(struct json *inner)
{
	struct json *j = json_new_object();

	json_set(j, "b", inner);
	return j;
}

static struct json *
value_of(const struct sync_attr *v)
{
	int64_t n = 0;

	switch (v->type) {
	case SYNC_STRING:
		return json_new_text(v->text);
	case SYNC_LONG:
		return text_to_int64(v->text, &n) == 0 ? json_new_int(n) : NULL;
	case SYNC_BOOLEAN:
		return json_new_bool(
		    text_is_nocase(v->text, "true") || text_is(v->text, "1"));
	case SYNC_BINARY:
		return binary_value(json_new_text(v->text));
	case SYNC_STRINGS:
		return list_value(v);
	case SYNC_BINARIES:
		return binary_value(list_value(v));
	case SYNC_NIL:
	case SYNC_CHANGES:
		break;
	}
	return NULL;
}

int
syncobj_put(struct arena *a, struct json *doc, const struct sync_attr *v)
{
	const char *sent = text_dup(a, v->name).data;
	struct named n = {.name = sent};
	const char *key = sent;
	struct json *value;

	if (sent == NULL)
		return ERR_NOMEM;
	/* The first spelling stays. */
	if (json_each(doc, named_visit, &n) != 0)
		key = text_dup(a, n.key).data;
	if (key == NULL)
		return ERR_NOMEM;
	if (v->type == SYNC_NIL) {
		json_remove(doc, key);
		return 0;
	}
	value = value_of(v);
	if (value == NULL)
		return ERR_SYNTAX;
	json_set(doc, key, value);
	return 0;
}

/* ---- Quarantine ---- */

int
sync_quarantine_add(struct tdb *db, const struct sync_quarantine *q)
{
	return tdb_run(db, SQL_QUARANTINE_ADD, "ittti", q->object, q->prop,
	    q->key, q->value, q->since_ms);
}

int
sync_quarantine_remove(struct tdb *db, const struct sync_quarantine *q)
{
	return tdb_run(
	    db, SQL_QUARANTINE_REMOVE, "itt", q->object, q->prop, q->key);
}
