/* store/sqlite/cs_put.c -- one object written: only what differs, and a
 * placeholder that stood for it gives way. */
#include "store/sqlite/bulk.h"

/* ---- A key that is taken ---- */

struct holder {
	int64_t id;
	int64_t kind;
	bool same_anchor; /* it has none, or the same */
};

/* Who has the DN or anchor of row; 0: nobody but row itself. */
static int
find_holder(struct store *s, const struct cs_row *row, enum cs_lookup by,
    struct holder *out, struct err *e)
{
	struct cs_at at = {.by = by,
	    .number = row->connector,
	    .key = by == CS_BY_DN ? row->dn_key : row->anchor};
	struct cs_row found;
	struct query q;
	int r;

	*out = (struct holder){0};
	if (at.key.len == 0)
		return 0;
	r = cs_row_find(s, &at, 0, &q, NULL);
	if (r == ERR_NOENT)
		return 0;
	if (r < 0)
		return store_failed(s, "looking up a key", e);
	cs_row_read(&q, &found);
	if (found.id != row->id)
		*out = (struct holder){found.id, found.kind,
		    found.anchor.len == 0 ||
			text_equal(found.anchor, row->anchor)};
	query_end(&q);
	return 0;
}

static int
run_pair(struct store *s, enum stmt id, int64_t one, int64_t two, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, id, e);

	if (r < 0)
		return r;
	query_int(&q, one);
	if (two != 0)
		query_int(&q, two);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

/*
 * A placeholder that stood for this object: what points to it points to the
 * object from now on.  One with an anchor of its own stands for another object
 * (deleted, still referenced) and gives up its DN alone.
 */
static int
absorb(struct store *s, const struct holder *h, int64_t id, struct err *e)
{
	int r;

	bulk_unsure(s);
	if (!h->same_anchor)
		return run_pair(s, STMT_CS_DROP_DN, h->id, 0, e);
	r = run_pair(s, STMT_CS_REF_MOVE, h->id, id, e);
	if (r == 0)
		r = run_pair(s, STMT_CS_REF_REMOVE_TARGET, h->id, 0, e);
	if (r == 0)
		r = run_pair(s, STMT_CS_REMOVE, h->id, 0, e);
	return r;
}

/* Frees one key; ERR_EXIST where a staged object has it. */
static int
free_key(
    struct store *s, const struct cs_row *row, enum cs_lookup by, struct err *e)
{
	struct holder h;
	int r = find_holder(s, row, by, &h, e);

	if (r < 0 || h.id == 0)
		return r;
	if (h.kind == CS_PLACEHOLDER)
		return absorb(s, &h, row->id, e);
	return err_set(e, ERR_EXIST,
	    "store: object %lld \"%.*s\": its %s belongs to object %lld",
	    (long long)row->id, TEXT_ARGS(row->dn),
	    by == CS_BY_DN ? "DN" : "anchor", (long long)h.id);
}

static int
free_keys(struct store *s, const struct cs_row *row, struct err *e)
{
	int r = free_key(s, row, CS_BY_ANCHOR, e);

	return r == 0 ? free_key(s, row, CS_BY_DN, e) : r;
}

/* Inserts (sets 0) or updates, and once more after a placeholder gave way:
 * so an object whose keys are free costs no extra lookup. */
static int
write_along_index(
    struct store *s, const struct cs_row *row, unsigned sets, struct err *e)
{
	for (int once = 0;; once++) {
		struct err why = {0};
		int r = sets == 0 ? cs_row_insert(s, row, &why)
				  : cs_row_update(s, row, sets, &why);

		if (r == ERR_EXIST && once == 0) {
			r = free_keys(s, row, e);
			if (r < 0)
				return r;
			continue;
		}
		return r < 0 ? err_set(e, r, "%s", why.text) : 0;
	}
}

static int
write_row(
    struct store *s, const struct cs_row *row, unsigned sets, struct err *e)
{
	bool keys = sets == 0 || sets & CS_SET_KEYS;
	int r = 0;

	/* nothing else would say that a key is taken */
	if (s->bulk != NULL && keys)
		r = free_keys(s, row, e);
	if (r == 0)
		r = write_along_index(s, row, sets, e);
	return r == 0 && keys ? bulk_note(s, row, e) : r;
}

static int
key_of(struct store *s, struct cs_row *row, struct err *e)
{
	row->dn_key = TEXT("");
	return row->dn.len != 0 ? cs_dn_key(s, row->dn, &row->dn_key, e) : 0;
}

/* ---- New ---- */

static int
join_new(struct store *s, const struct cs_object *o, struct err *e)
{
	struct join_owner owner = {o->connector, o->id};
	struct join_list none = {0}, list;

	if (!s->cs_joined.any)
		return 0;
	if (join_list_of(s->tmp, &s->cs_joined, &o->image, &list) < 0)
		return nomem(e);
	return join_change(s, owner, &none, &list, e);
}

static int
insert(struct store *s, struct cs_object *o, unsigned parts, struct err *e)
{
	struct cs_object fresh = *o;
	struct cs_row row;
	int r;

	r = bulk_consider(s, e);
	if (r < 0)
		return r;
	fresh.id = s->next_cs;
	fresh.guid = guid_random();
	r = cs_row_of(s, &fresh, parts, &row, e);
	if (r == 0)
		r = key_of(s, &row, e);
	if (r == 0)
		r = write_row(s, &row, 0, e);
	if (r == 0 && parts & CS_IMAGE)
		r = join_new(s, &fresh, e);
	if (r < 0)
		return r;
	s->next_cs++;
	s->next_changed = true;
	o->id = fresh.id;
	o->guid = fresh.guid;
	return 0;
}

int
cs_placeholder_make(
    struct store *s, const struct cs_row *from, int64_t *out, struct err *e)
{
	struct guid guid = guid_random();
	struct cs_row row = *from;
	int r;

	row.id = s->next_cs;
	row.guid =
	    (struct text){(const char *)guid.octets, sizeof(guid.octets)};
	row.kind = CS_PLACEHOLDER;
	r = cs_row_insert(s, &row, e);
	if (r == 0)
		r = bulk_note(s, &row, e);
	if (r < 0)
		return r;
	s->next_cs++;
	s->next_changed = true;
	*out = row.id;
	return 0;
}

/* ---- There already ---- */

struct change_set {
	unsigned sets;
	struct join_list from, to;
};

/* Both join lists, from the image stored and the image given. */
static int
join_lists(struct store *s, const struct cs_row *stored,
    const struct cs_object *o, struct change_set *out, struct err *e)
{
	struct attrs image;
	int r;

	if (!(out->sets & CS_SET_IMAGE) || !s->cs_joined.any)
		return 0;
	r = attrs_decode(s->tmp, stored->blobs[BLOB_IMAGE], &image, e);
	if (r == 0)
		r = join_list_of(s->tmp, &s->cs_joined, &image, &out->from);
	if (r == 0)
		r = join_list_of(s->tmp, &s->cs_joined, &o->image, &out->to);
	return r;
}

static bool
loses_key(const struct cs_row *stored, const struct cs_row *row)
{
	return (stored->dn_key.len != 0 &&
		   !text_equal(stored->dn_key, row->dn_key)) ||
	       (stored->anchor.len != 0 &&
		   !text_equal(stored->anchor, row->anchor));
}

/* Compares with what is stored; fills what only the stored row knows. */
static int
compare(struct store *s, const struct cs_object *o, unsigned parts,
    struct cs_row *row, struct change_set *out)
{
	struct cs_at at = {.by = CS_BY_ID, .number = o->id};
	struct cs_row stored;
	struct query q;
	struct err *e = NULL;
	int r = cs_row_find(s, &at, parts, &q, e);

	if (r < 0)
		return r;
	cs_row_read(&q, &stored);
	if (!(parts & CS_EXPORT))
		row->renames = stored.renames;
	*out = (struct change_set){.sets = cs_row_differs(&stored, row, parts)};
	/* what stood for a deleted object had a name that finds nothing */
	if (stored.dn_key.len == 0 && row->dn.len != 0 && o->kind == CS_STAGING)
		out->sets |= CS_SET_DN;
	if (out->sets & CS_SET_KEYS)
		r = key_of(s, row, e);
	if (out->sets & CS_SET_KEYS && loses_key(&stored, row))
		bulk_unsure(s);
	if (r == 0)
		r = join_lists(s, &stored, o, out, e);
	query_end(&q);
	return r;
}

static int
update(
    struct store *s, const struct cs_object *o, unsigned parts, struct err *e)
{
	struct join_owner owner = {o->connector, o->id};
	struct change_set change;
	struct cs_row row;
	int r = cs_row_of(s, o, parts, &row, e);

	if (r < 0)
		return r;
	r = compare(s, o, parts, &row, &change);
	if (r < 0)
		return err_set(e, r, "store %s: object %lld \"%.*s\": %s",
		    s->path, (long long)o->id, TEXT_ARGS(o->dn),
		    r == ERR_NOENT ? "not there" : sqlite3_errmsg(s->db));
	if (change.sets != 0)
		r = write_row(s, &row, change.sets, e);
	if (r == 0)
		r = join_change(s, owner, &change.from, &change.to, e);
	return r;
}

int
cs_put(struct store *s, struct cs_object *o, unsigned parts, struct err *e)
{
	(void)call_begin(s);
	if (!store_in_transaction(s))
		return err_set(e, ERR_INTERNAL,
		    "store %s: a change outside a transaction", s->path);
	return o->id == 0 ? insert(s, o, parts, e) : update(s, o, parts, e);
}
