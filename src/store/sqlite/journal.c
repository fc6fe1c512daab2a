/* store/sqlite/journal.c -- every export with what was before and after. */
#include "base/clock.h"
#include "store/sqlite/sqlite_int.h"

#define LARGE ((size_t)1 << 20)

/* Of the change, to the first buffer of the store. */
static int
encode(struct store *s, const struct journal_entry *j, struct err *e)
{
	int r;

	buf_reset(&s->blob[0]);
	r = delta_encode(&j->delta, false, &s->blob[0]);
	return r == 0 ? 0
		      : err_set(e, r,
			    "store %s: journal of \"%.*s\": too large to store",
			    s->path, TEXT_ARGS(j->dn));
}

/* Of a group of 250,000 it is 12 MB: a column that is bound is copied into its
 * row, one of zeroes is not, and its octets are written where they will lie. */
static int
write_in_place(struct store *s, struct text t, struct err *e)
{
	sqlite3_blob *b = NULL;
	int rc = sqlite3_blob_open(s->db, "main", "journal", "delta",
	    sqlite3_last_insert_rowid(s->db), 1, &b);

	if (rc == SQLITE_OK)
		rc = sqlite3_blob_write(b, t.data, (int)t.len, 0);
	if (rc != SQLITE_OK)
		(void)store_failed(s, "writing the journal", e);
	(void)sqlite3_blob_close(b);
	return rc == SQLITE_OK ? 0 : ERR_STORE;
}

static int
add(struct store *s, const struct journal_entry *j, struct text delta,
    struct err *e)
{
	bool large = delta.len > LARGE;
	struct query q;
	int r = query_begin(&q, s, STMT_JOURNAL_ADD, e);

	if (r < 0)
		return r;
	query_int(&q, j->run);
	query_int(&q, j->connector);
	query_int(&q, j->cs);
	query_int(&q, j->ms != 0 ? j->ms : clock_now_ms());
	query_int(&q, j->op);
	query_int(&q, j->type);
	query_octets(&q, j->dn);
	query_octets(&q, j->anchor);
	query_octets(&q, j->display);
	query_octets(&q, j->result);
	if (large)
		query_zeroes(&q, delta.len);
	else
		query_octets(&q, delta);
	r = query_run(&q, e);
	return r >= 0 && large ? write_in_place(s, delta, e) : r;
}

int
journal_add(struct store *s, const struct journal_entry *j, struct err *e)
{
	struct buf *b = &s->blob[0];
	int r = encode(s, j, e);

	if (r == 0)
		r = add(s, j, buf_text(b), e);
	if (b->size > LARGE) /* not kept for what comes after */
		buf_clear(b);
	return r < 0 ? r : 0;
}

static int
damaged(const struct query *q, int64_t id, struct err *e)
{
	return err_set(e, ERR_STORE, "store %s: journal entry %lld is damaged",
	    q->s->path, (long long)id);
}

static int
read_entry(const struct query *q, struct arena *a, struct journal_entry *out,
    struct err *e)
{
	int64_t op = query_get_int(q, 5), type = query_get_int(q, 6);
	struct text delta;

	out->id = query_get_int(q, 0);
	out->run = query_get_int(q, 1);
	out->connector = query_get_int(q, 2);
	out->cs = query_get_int(q, 3);
	out->ms = query_get_int(q, 4);
	if (op < DELTA_NONE || op > DELTA_DELETE_ADD || type < 0 ||
	    type > NAMES_MAX)
		return damaged(q, out->id, e);
	out->op = (enum delta_op)op;
	out->type = (uint32_t)type;
	if (query_get_copy(q, 7, a, &out->dn) < 0 ||
	    query_get_copy(q, 8, a, &out->anchor) < 0 ||
	    query_get_copy(q, 9, a, &out->display) < 0 ||
	    query_get_copy(q, 10, a, &out->result) < 0 ||
	    query_get_copy(q, 11, a, &delta) < 0)
		return nomem(e);
	return delta_decode(a, delta, &out->delta, NULL) < 0
		   ? damaged(q, out->id, e)
		   : 0;
}

int
journal_list(struct store *s, struct arena *a, const struct history_page *p,
    struct journal_entry **out, size_t *out_count, struct err *e)
{
	struct journal_entry *list = arena_array(a, p->max, sizeof(*list));
	size_t count = 0;
	struct query q;
	int r;

	if (list == NULL)
		return nomem(e);
	r = query_page(&q, s, STMT_JOURNAL_LIST, p, e);
	while (r == 0 && count < p->max && (r = query_step(&q, e)) > 0)
		r = read_entry(&q, a, &list[count++], e);
	query_end(&q);
	if (r < 0)
		return r;
	*out = list;
	*out_count = count;
	return 0;
}

int
journal_next(struct store *s, struct arena *a, int64_t run, int64_t after,
    struct journal_entry *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_JOURNAL_NEXT, e);

	if (r < 0)
		return r;
	query_int(&q, run);
	query_int(&q, after);
	r = query_step(&q, e);
	if (r > 0) {
		r = read_entry(&q, a, out, e);
		r = r < 0 ? r : 1;
	}
	query_end(&q);
	return r;
}

/* ---- What has no answer ---- */

static int
open_add(const struct query *q, struct arena *a, struct journal_open **list,
    size_t *count, size_t *room)
{
	if (*count == *room) {
		size_t more = *room != 0 ? 2 * *room : 64;
		struct journal_open *l = arena_array(a, more, sizeof(*l));

		if (l == NULL)
			return ERR_NOMEM;
		for (size_t i = 0; i < *count; i++)
			l[i] = (*list)[i];
		*list = l;
		*room = more;
	}
	(*list)[(*count)++] =
	    (struct journal_open){query_get_int(q, 0), query_get_int(q, 1)};
	return 0;
}

int
journal_open_list(struct store *s, struct arena *a, int64_t run,
    struct journal_open **out, size_t *out_count, struct err *e)
{
	struct query q;
	size_t room = 0;
	int r = query_begin(&q, s, STMT_JOURNAL_OPEN, e);

	*out = NULL;
	*out_count = 0;
	if (r < 0)
		return r;
	query_int(&q, run);
	while ((r = query_step(&q, e)) > 0)
		if (open_add(&q, a, out, out_count, &room) < 0) {
			query_end(&q);
			return nomem(e);
		}
	query_end(&q);
	return r;
}

int
journal_settle(struct store *s, int64_t entry, const struct journal_entry *now,
    struct err *e)
{
	struct query q;
	int r = encode(s, now, e);

	if (r == 0)
		r = query_begin(&q, s, STMT_JOURNAL_SETTLE, e);
	if (r < 0)
		return r;
	query_int(&q, entry);
	query_octets(&q, now->result);
	query_octets(&q, now->dn);
	query_octets(&q, now->anchor);
	if (now->op == DELTA_NONE)
		query_null(&q);
	else
		query_octets(&q, buf_text(&s->blob[0]));
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}
