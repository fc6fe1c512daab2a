/* store/sqlite/cs.c -- objects of the connector space: read, flagged, removed.
 */
#include "model/dn.h"
#include "store/sqlite/bulk.h"

/* The row under the key as an object. */
static int
get(struct store *s, struct arena *a, const struct cs_at *at, unsigned parts,
    struct cs_object *out, struct err *e)
{
	struct cs_row row;
	struct query q;
	int r = cs_row_find(s, at, parts, &q, e);

	if (r < 0)
		return r;
	cs_row_read(&q, &row);
	r = cs_row_object(a, &row, out, e);
	query_end(&q);
	return r;
}

int
cs_get(struct store *s, struct arena *a, int64_t id, unsigned parts,
    struct cs_object *out, struct err *e)
{
	struct cs_at at = {.by = CS_BY_ID, .number = id};

	return get(s, a, &at, parts, out, e);
}

static int
no_key(const char *what, int64_t connector, struct err *e)
{
	return err_set(e, ERR_NOENT, "store: connector %lld: no %s to look for",
	    (long long)connector, what);
}

int
cs_find_anchor(struct store *s, struct arena *a, struct cs_key anchor,
    unsigned parts, struct cs_object *out, struct err *e)
{
	struct cs_at at = {
	    .by = CS_BY_ANCHOR, .number = anchor.connector, .key = anchor.text};

	if (anchor.text.len == 0)
		return no_key("anchor", anchor.connector, e);
	return get(s, a, &at, parts, out, e);
}

int
cs_find_dn(struct store *s, struct arena *a, struct cs_key dn, unsigned parts,
    struct cs_object *out, struct err *e)
{
	struct cs_at at = {.by = CS_BY_DN, .number = dn.connector};
	int r;

	if (dn.text.len == 0)
		return no_key("DN", dn.connector, e);
	(void)call_begin(s);
	r = cs_dn_key(s, dn.text, &at.key, e);
	return r == 0 ? get(s, a, &at, parts, out, e) : r;
}

int
cs_below(struct store *s, struct cs_key dn, int64_t after, struct ids *out,
    struct err *e)
{
	struct text key;
	struct query q;
	int r;

	out->count = 0;
	if (dn.text.len == 0)
		return 0;
	if (dn_key(call_begin(s), dn.text, &key) < 0)
		return nomem(e);
	if (key.len == 0 || key.data[0] == '?')
		return 0;
	r = query_begin(&q, s, STMT_CS_BELOW, e);
	if (r < 0)
		return r;
	query_int(&q, dn.connector);
	query_octets(&q, key);
	query_int(&q, after);
	return query_ids(&q, out, e);
}

int
cs_set_flags(
    struct store *s, int64_t id, unsigned set, unsigned clear, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_CS_SET_FLAGS, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	query_int(&q, set);
	query_int(&q, clear);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

/* ---- Removal ---- */

static int
run_for(struct store *s, enum stmt id, int64_t cs, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, id, e);

	if (r < 0)
		return r;
	query_int(&q, cs);
	return query_run(&q, e);
}

static int
unjoin(struct store *s, const struct cs_row *row, struct err *e)
{
	struct join_owner owner = {row->connector, row->id};
	struct join_list old, none = {0};
	struct attrs image;
	int r;

	if (row->blobs[BLOB_IMAGE].len == 0 || !s->cs_joined.any)
		return 0;
	r = attrs_decode(s->tmp, row->blobs[BLOB_IMAGE], &image, e);
	if (r == 0 && join_list_of(s->tmp, &s->cs_joined, &image, &old) < 0)
		r = nomem(e);
	return r == 0 ? join_change(s, owner, &old, &none, e) : r;
}

static int
unjoin_id(struct store *s, int64_t id, struct err *e)
{
	struct cs_at at = {.by = CS_BY_ID, .number = id};
	struct cs_row row;
	struct query q;
	int r = cs_row_find(s, &at, CS_IMAGE, &q, e);

	if (r < 0)
		return r;
	cs_row_read(&q, &row);
	r = unjoin(s, &row, e);
	query_end(&q);
	return r;
}

int
cs_remove(struct store *s, int64_t id, struct err *e)
{
	static const enum stmt rows[] = {
	    STMT_CS_REF_REMOVE_OWNER, STMT_CS_ERROR_REMOVE};
	int r;

	(void)call_begin(s);
	r = unjoin_id(s, id, e);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]) && r >= 0; i++)
		r = run_for(s, rows[i], id, e);
	if (r < 0)
		return r;
	r = run_for(s, STMT_CS_TO_PLACEHOLDER, id, e);
	if (r == 0) /* nothing points to it */
		r = run_for(s, STMT_CS_REMOVE, id, e);
	bulk_unsure(s);
	return r < 0 ? r : 0;
}
