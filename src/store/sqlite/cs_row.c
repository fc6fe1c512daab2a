/* store/sqlite/cs_row.c -- a row of the connector space: to and from an
 * object, found, inserted, and updated by the groups of columns that differ. */
#include <string.h>

#include "model/dn.h"
#include "store/blob.h"
#include "store/sqlite/bulk.h"
#include "store/sqlite/keys.h"

/* The groups: what is written together because the same indexes stand on it.
 * An index is touched when any of its columns is set, even to what it was. */
static const struct {
	unsigned part;    /* written with this part alone; 0: always */
	const char *text; /* "a=?,b=?" */
} sets[CS_SETS] = {
    {0, "dn=?,dn_key=?"}, /* CS_SET_DN */
    {0, "anchor=?"},      /* CS_SET_ANCHOR */
    {0, "kind=?,partition=?"}, {0, "flags=?"}, {0, "link=?,import_op=?"},
    {0, "unapplied_op=?,renames=?"}, {0, "escrowed_op=?"},
    /* no index */
    {0, "unconfirmed_op=?,type=?,import_ms=?,export_ms=?"}, {0, "mv=?"},
    {CS_LINEAGE, "lineage=?"}, {CS_IMPORT, "import=?"},
    {CS_EXPORT, "unapplied=?,escrowed=?,unconfirmed=?"},
    {CS_IMAGE, "image=?"}, /* CS_SET_IMAGE */
};

/* Which part each blob belongs to, in the order of enum cs_blob. */
static const struct {
	unsigned part;
	const char *column;
} blobs[BLOBS] = {
    {CS_LINEAGE, "lineage"},
    {CS_IMPORT, "import"},
    {CS_EXPORT, "unapplied"},
    {CS_EXPORT, "escrowed"},
    {CS_EXPORT, "unconfirmed"},
    {CS_IMAGE, "image"},
};

#define FIXED_COLUMNS 19
#define FIXED                                                         \
	"id,connector,guid,kind,type,partition,flags,link,import_op," \
	"unapplied_op,escrowed_op,unconfirmed_op,renames,import_ms,"  \
	"export_ms,mv,dn,dn_key,anchor"

/* ---- From an object ---- */

static int
encode_delta(const struct delta *d, struct buf *b)
{
	/* The op has a column of its own; a delta of nothing else is NULL. */
	return delta_is_empty(d) ? 0 : delta_encode(d, true, b);
}

static int
encode_blobs(struct store *s, const struct cs_object *o, unsigned parts)
{
	struct buf *b = s->blob;
	int r = 0;

	for (size_t i = 0; i < BLOBS; i++)
		buf_reset(&b[i]);
	if (parts & CS_LINEAGE)
		r = lineage_encode(
		    o->lineage, o->lineage_count, &b[BLOB_LINEAGE]);
	if (r == 0 && parts & CS_IMPORT)
		r = encode_delta(&o->import, &b[BLOB_IMPORT]);
	if (r == 0 && parts & CS_EXPORT)
		r = encode_delta(&o->unapplied, &b[BLOB_UNAPPLIED]);
	if (r == 0 && parts & CS_EXPORT)
		r = encode_delta(&o->escrowed, &b[BLOB_ESCROWED]);
	if (r == 0 && parts & CS_EXPORT)
		r = encode_delta(&o->unconfirmed, &b[BLOB_UNCONFIRMED]);
	if (r == 0 && parts & CS_IMAGE && o->image.count != 0)
		r = attrs_encode(&o->image, true, &b[BLOB_IMAGE]);
	return r;
}

int
cs_row_of(struct store *s, const struct cs_object *o, unsigned parts,
    struct cs_row *out, struct err *e)
{
	int r = encode_blobs(s, o, parts);

	if (r < 0)
		return err_set(e, r,
		    "store %s: object %lld \"%.*s\": too large to store",
		    s->path, (long long)o->id, TEXT_ARGS(o->dn));
	*out = (struct cs_row){
	    .id = o->id,
	    .connector = o->connector,
	    .guid = {(const char *)o->guid.octets, sizeof(o->guid.octets)},
	    .kind = o->kind,
	    .partition = o->partition,
	    .flags = o->flags,
	    .link = o->link,
	    .ops = {o->import.op, o->unapplied.op, o->escrowed.op,
		o->unconfirmed.op},
	    .renames = o->unapplied.new_dn.len != 0,
	    .type = o->type,
	    .import_ms = o->import_ms,
	    .export_ms = o->export_ms,
	    .mv = o->mv,
	    .dn = o->dn,
	    .anchor = o->anchor,
	};
	for (size_t i = 0; i < BLOBS; i++)
		out->blobs[i] = buf_text(&s->blob[i]);
	return 0;
}

/* ---- Finding ---- */

static void
dn_keep(struct dn_kept *k, struct text dn, struct text key)
{
	k->dn_len = 0;
	if (dn.len > DN_KEPT || key.len > DN_KEPT)
		return;
	memcpy(k->dn, dn.data, dn.len);
	memcpy(k->key, key.data, key.len);
	k->dn_len = dn.len;
	k->key_len = key.len;
}

int
cs_dn_key(struct store *s, struct text dn, struct text *out, struct err *e)
{
	struct dn_kept *k = &s->dn_kept;

	if (dn.len != 0 && dn.len == k->dn_len &&
	    memcmp(dn.data, k->dn, dn.len) == 0) {
		*out = text_dup(s->tmp, (struct text){k->key, k->key_len});
		return out->data != NULL ? 0 : nomem(e);
	}
	if (dn_key(s->tmp, dn, out) < 0)
		return nomem(e);
	dn_keep(k, dn, *out);
	return 0;
}

static int
select_text(enum cs_lookup by, unsigned parts, struct buf *sql)
{
	static const char *const where[CS_LOOKUPS] = {
	    [CS_BY_ID] = "id=?",
	    [CS_BY_ANCHOR] = "connector=? AND anchor=?",
	    [CS_BY_DN] = "connector=? AND dn_key=?",
	};

	buf_puts(sql, "SELECT " FIXED);
	for (size_t i = 0; i < BLOBS; i++)
		buf_printf(sql, ",%s",
		    parts & blobs[i].part ? blobs[i].column : "NULL");
	buf_printf(sql, " FROM cs WHERE %s", where[by]);
	return buf_error(sql);
}

static int
select_begin(struct store *s, enum cs_lookup by, unsigned parts,
    struct query *q, struct err *e)
{
	sqlite3_stmt **slot = &s->cs_select[by][parts & CS_ALL];
	struct buf sql;
	int r;

	if (*slot != NULL)
		return query_begin_text(q, s, slot, "", e);
	buf_init(&sql, 4096);
	r = select_text(by, parts, &sql);
	if (r == 0)
		r = query_begin_text(q, s, slot, buf_text(&sql).data, e);
	else
		r = nomem(e);
	buf_clear(&sql);
	return r;
}

static int
none_there(const struct cs_at *at, struct err *e)
{
	return err_set(e, ERR_NOENT,
	    at->by == CS_BY_ID ? "store: no object %lld"
			       : "store: no such object in connector %lld",
	    (long long)at->number);
}

/* By id, or along an index. */
static int
find_by_statement(struct store *s, const struct cs_at *at, unsigned parts,
    struct query *q, struct err *e)
{
	int r = select_begin(s, at->by, parts, q, e);

	if (r < 0)
		return r;
	query_int(q, at->number);
	if (at->by != CS_BY_ID)
		query_octets(q, at->key);
	r = query_step(q, e);
	return r == 0 ? none_there(at, e) : r < 0 ? r : 0;
}

/* While there is no index: the rows that the table in memory names. */
static int
find_by_probe(struct store *s, const struct cs_at *at, unsigned parts,
    struct query *q, struct err *e)
{
	struct cs_at by_id = {.by = CS_BY_ID};
	struct key_probe p;
	int r = bulk_probe(s, at, &p, e);

	if (r < 0)
		return r;
	while ((by_id.number = bulk_next(s, &p)) != 0) {
		struct cs_row row;

		r = find_by_statement(s, &by_id, parts, q, NULL);
		if (r == ERR_NOENT)
			continue; /* removed, or taken back */
		if (r < 0)
			return store_failed(s, "looking up a key", e);
		cs_row_read(q, &row);
		if (row.connector == at->number &&
		    text_equal(
			at->by == CS_BY_DN ? row.dn_key : row.anchor, at->key))
			return 0;
		query_end(q);
	}
	return none_there(at, e);
}

int
cs_row_find(struct store *s, const struct cs_at *at, unsigned parts,
    struct query *q, struct err *e)
{
	if (s->bulk != NULL && at->by != CS_BY_ID)
		return find_by_probe(s, at, parts, q, e);
	return find_by_statement(s, at, parts, q, e);
}

void
cs_row_read(const struct query *q, struct cs_row *out)
{
	out->id = query_get_int(q, 0);
	out->connector = query_get_int(q, 1);
	out->guid = query_get_octets(q, 2);
	out->kind = query_get_int(q, 3);
	out->type = query_get_int(q, 4);
	out->partition = query_get_int(q, 5);
	out->flags = query_get_int(q, 6);
	out->link = query_get_int(q, 7);
	for (int i = 0; i < 4; i++)
		out->ops[i] = query_get_int(q, 8 + i);
	out->renames = query_get_int(q, 12);
	out->import_ms = query_get_int(q, 13);
	out->export_ms = query_get_int(q, 14);
	out->mv = query_get_int(q, 15);
	out->dn = query_get_octets(q, 16);
	out->dn_key = query_get_octets(q, 17);
	out->anchor = query_get_octets(q, 18);
	for (int i = 0; i < BLOBS; i++)
		out->blobs[i] = query_get_octets(q, FIXED_COLUMNS + i);
}

/* ---- To an object ---- */

/* All octets of the row in one piece of the arena. */
static int
copy_octets(struct arena *a, struct cs_row *row)
{
	struct text *list[3 + BLOBS] = {&row->dn, &row->dn_key, &row->anchor};
	size_t n = 0;
	char *p;

	for (size_t i = 0; i < BLOBS; i++)
		list[3 + i] = &row->blobs[i];
	for (size_t i = 0; i < 3 + BLOBS; i++)
		n += list[i]->len;
	p = arena_alloc(a, n + 1);
	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < 3 + BLOBS; i++) {
		if (list[i]->len != 0)
			memcpy(p, list[i]->data, list[i]->len);
		list[i]->data = p;
		p += list[i]->len;
	}
	return 0;
}

static int
decode_layer(struct arena *a, struct text blob, int64_t op, struct delta *out,
    struct err *e)
{
	int r = 0;

	*out = (struct delta){0};
	if (op < DELTA_NONE || op > DELTA_DELETE_ADD)
		return err_set(
		    e, ERR_STORE, "unknown operation %lld", (long long)op);
	if (blob.len != 0)
		r = delta_decode(a, blob, out, e);
	out->op = (enum delta_op)op;
	return r;
}

static int
decode_blobs(struct arena *a, const struct cs_row *row, struct cs_object *out,
    struct err *e)
{
	const struct text *b = row->blobs;
	struct delta *layers[4] = {
	    &out->import, &out->unapplied, &out->escrowed, &out->unconfirmed};
	int r = lineage_decode(
	    a, b[BLOB_LINEAGE], &out->lineage, &out->lineage_count, e);

	for (size_t i = 0; i < 4 && r == 0; i++)
		r = decode_layer(
		    a, b[BLOB_IMPORT + i], row->ops[i], layers[i], e);
	if (r == 0)
		r = attrs_decode(a, b[BLOB_IMAGE], &out->image, e);
	return r;
}

static bool
row_is_sound(const struct cs_row *r)
{
	return (r->kind == CS_STAGING || r->kind == CS_PLACEHOLDER) &&
	       r->link >= CS_DISCONNECTOR &&
	       r->link <= CS_FILTERED_DISCONNECTOR && r->type >= 0 &&
	       r->type <= NAMES_MAX && r->partition >= 0 &&
	       r->partition <= NAMES_MAX && r->flags >= 0 &&
	       r->flags <= INT32_MAX &&
	       r->guid.len == sizeof(((struct guid *)0)->octets);
}

/* Damage found by a decoder is damage of the store. */
static int
damaged(const struct cs_row *row, int r, struct err *e)
{
	if (r == ERR_NOMEM)
		return nomem(e);
	if (e != NULL)
		e->code = ERR_STORE;
	(void)err_prefix(e, "store: object %lld", (long long)row->id);
	return ERR_STORE;
}

int
cs_row_object(struct arena *a, const struct cs_row *from, struct cs_object *out,
    struct err *e)
{
	struct cs_row row = *from;
	struct cs_object o = {0};
	int r;

	if (!row_is_sound(&row))
		return err_set(e, ERR_STORE, "store: object %lld is damaged",
		    (long long)row.id);
	memcpy(o.guid.octets, row.guid.data, sizeof(o.guid.octets));
	if (copy_octets(a, &row) < 0)
		return nomem(e);
	o.id = row.id;
	o.connector = row.connector;
	o.kind = (enum cs_kind)row.kind;
	o.type = (uint32_t)row.type;
	o.partition = (uint32_t)row.partition;
	o.flags = (unsigned)row.flags;
	o.link = (enum cs_link)row.link;
	o.mv = row.mv;
	o.import_ms = row.import_ms;
	o.export_ms = row.export_ms;
	o.dn = row.dn;
	o.dn_key = row.dn_key;
	o.anchor = row.anchor;
	r = decode_blobs(a, &row, &o, e);
	if (r < 0)
		return damaged(&row, r, e);
	*out = o;
	return 0;
}

/* ---- Writing ---- */

/* Binds the columns of set, in the order of its text. */
static void
bind_set(struct query *q, const struct cs_row *row, size_t set)
{
	switch (set) {
	case 0:
		query_octets_or_null(q, row->dn);
		query_octets_or_null(q, row->dn_key);
		return;
	case 1:
		query_octets_or_null(q, row->anchor);
		return;
	case 2:
		query_int(q, row->kind);
		query_int(q, row->partition);
		return;
	case 3:
		query_int(q, row->flags);
		return;
	case 4:
		query_int(q, row->link);
		query_int(q, row->ops[0]);
		return;
	case 5:
		query_int(q, row->ops[1]);
		query_int(q, row->renames);
		return;
	case 6:
		query_int(q, row->ops[2]);
		return;
	case 7:
		query_int(q, row->ops[3]);
		query_int(q, row->type);
		query_int(q, row->import_ms);
		query_int(q, row->export_ms);
		return;
	case 8:
		if (row->mv != 0)
			query_int(q, row->mv);
		else
			query_null(q);
		return;
	default:
		for (size_t i = 0; i < BLOBS; i++)
			if (blobs[i].part == sets[set].part)
				query_octets_or_null(q, row->blobs[i]);
	}
}

/* Half as many columns to bind as a row has. */
static bool
is_new(const struct cs_row *row)
{
	bool blobs_empty = true;

	for (size_t i = 0; i < BLOBS; i++)
		blobs_empty =
		    blobs_empty && (i == BLOB_IMAGE || row->blobs[i].len == 0);
	return blobs_empty && row->link == 0 && row->ops[1] == 0 &&
	       row->ops[2] == 0 && row->ops[3] == 0 && row->renames == 0 &&
	       row->export_ms == 0 && row->mv == 0;
}

static void
bind_new(struct query *q, const struct cs_row *row)
{
	for (size_t i = 0; i < 4; i++) /* names to flags */
		bind_set(q, row, i);
	query_int(q, row->ops[0]);
	query_int(q, row->type);
	query_int(q, row->import_ms);
	query_octets_or_null(q, row->blobs[BLOB_IMAGE]);
}

int
cs_row_insert(struct store *s, const struct cs_row *row, struct err *e)
{
	bool fresh = is_new(row);
	struct query q;
	int r =
	    query_begin(&q, s, fresh ? STMT_CS_INSERT_NEW : STMT_CS_INSERT, e);

	if (r < 0)
		return r;
	query_int(&q, row->id);
	query_int(&q, row->connector);
	query_octets(&q, row->guid);
	if (fresh)
		bind_new(&q, row);
	for (size_t i = 0; i < CS_SETS && !fresh; i++)
		bind_set(&q, row, i);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

static unsigned
differing_blobs(const struct cs_row *a, const struct cs_row *b, unsigned parts)
{
	unsigned part = 0, found = 0;

	for (size_t i = 0; i < BLOBS; i++)
		if (parts & blobs[i].part &&
		    !text_equal(a->blobs[i], b->blobs[i]))
			part |= blobs[i].part;
	for (unsigned i = 0; i < CS_SETS; i++)
		if (sets[i].part & part)
			found |= 1U << i;
	return found;
}

unsigned
cs_row_differs(const struct cs_row *a, const struct cs_row *b, unsigned parts)
{
	const bool differs[] = {
	    !text_equal(a->dn, b->dn),
	    !text_equal(a->anchor, b->anchor),
	    a->kind != b->kind || a->partition != b->partition,
	    a->flags != b->flags,
	    a->link != b->link || a->ops[0] != b->ops[0],
	    a->ops[1] != b->ops[1] || a->renames != b->renames,
	    a->ops[2] != b->ops[2],
	    a->ops[3] != b->ops[3] || a->type != b->type ||
		a->import_ms != b->import_ms || a->export_ms != b->export_ms,
	    a->mv != b->mv,
	};
	unsigned found = differing_blobs(a, b, parts);

	for (unsigned i = 0; i < sizeof(differs) / sizeof(differs[0]); i++)
		if (differs[i])
			found |= 1U << i;
	return found;
}

/* The statement of those groups, or room for it: that of others goes. */
static sqlite3_stmt **
update_slot(struct store *s, unsigned which)
{
	size_t n = sizeof(s->cs_update) / sizeof(s->cs_update[0]);
	struct cs_update *u = s->cs_update;

	for (size_t i = 0; i < n && u[i].statement != NULL; i++)
		if (u[i].which == which)
			return &u[i].statement;
	u += s->cs_updates++ % n;
	(void)sqlite3_finalize(u->statement);
	*u = (struct cs_update){.which = which};
	return &u->statement;
}

static int
update_begin(struct store *s, unsigned which, struct query *q, struct err *e)
{
	sqlite3_stmt **slot = update_slot(s, which);
	const char *comma = "";
	struct buf sql;
	int r;

	if (*slot != NULL)
		return query_begin_text(q, s, slot, "UPDATE cs", e);
	buf_init(&sql, 4096);
	buf_puts(&sql, "UPDATE cs SET ");
	for (unsigned i = 0; i < CS_SETS; i++)
		if (which & 1U << i) {
			buf_printf(&sql, "%s%s", comma, sets[i].text);
			comma = ",";
		}
	buf_puts(&sql, " WHERE id=?");
	r = buf_error(&sql) < 0
		? nomem(e)
		: query_begin_text(q, s, slot, buf_text(&sql).data, e);
	buf_clear(&sql);
	return r;
}

int
cs_row_update(
    struct store *s, const struct cs_row *row, unsigned which, struct err *e)
{
	struct query q;
	int r = update_begin(s, which, &q, e);

	if (r < 0)
		return r;
	for (unsigned i = 0; i < CS_SETS; i++)
		if (which & 1U << i)
			bind_set(&q, row, i);
	query_int(&q, row->id);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}
