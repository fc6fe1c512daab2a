/* store/sqlite/bulk.c -- see bulk.h. */
#include "store/sqlite/bulk.h"

#include <malloc.h>

#include "store/sqlite/carry.h"
#include "store/sqlite/keys.h"
#include "store/sqlite/later.h"
#include "store/sqlite/migrate.h"

struct bulk {
	struct keys *keys;
	struct later *later;
	struct carry carry;
	bool unsure; /* a key that is noted may not be its row's any more */
};

/* In the log, before it is worth a thread: 16 MB. */
#define CARRY_PAGES 2048

/* ---- Keys ---- */

int
bulk_note(struct store *s, const struct cs_row *row, struct err *e)
{
	struct bulk *b = s->bulk;
	const struct cs_at anchor = {CS_BY_ANCHOR, row->connector, row->anchor};
	const struct cs_at dn = {CS_BY_DN, row->connector, row->dn_key};
	int r = 0;

	if (b == NULL)
		return 0;
	if (anchor.key.len != 0)
		r = keys_add(b->keys, &anchor, row->id);
	if (r == 0 && dn.key.len != 0)
		r = keys_add(b->keys, &dn, row->id);
	/* no more room: from here on along the indexes */
	return r < 0 ? bulk_finish(s, e) : 0;
}

void
bulk_unsure(struct store *s)
{
	if (s->bulk != NULL)
		s->bulk->unsure = true;
}

int
bulk_probe(struct store *s, const struct cs_at *at, struct key_probe *out,
    struct err *e)
{
	return keys_probe(s->bulk->keys, at, out) < 0
		   ? err_set(e, ERR_INTERNAL, "store: no hash of a key")
		   : 0;
}

int64_t
bulk_next(const struct store *s, struct key_probe *p)
{
	return keys_next(s->bulk->keys, p);
}

/* Whether the row has the key. */
static int
row_has(struct store *s, int64_t id, const struct cs_at *at, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_CS_KEYS, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	r = query_step(&q, e);
	if (r > 0)
		r = query_get_int(&q, 0) == at->number &&
		    text_equal(
			query_get_octets(&q, at->by == CS_BY_ANCHOR ? 1 : 2),
			at->key);
	query_end(&q);
	return r;
}

int
bulk_lookup(
    struct store *s, const struct cs_at *at, int64_t *out, struct err *e)
{
	struct key_probe p;
	int64_t id;
	int r = bulk_probe(s, at, &p, e);

	while (r == 0 && (id = bulk_next(s, &p)) != 0) {
		r = s->bulk->unsure ? row_has(s, id, at, e) : 1;
		if (r > 0)
			*out = id;
	}
	return r < 0 ? r : 0;
}

/* ---- What is written later ---- */

int
bulk_refs(
    struct store *s, int64_t owner, const struct pairs *rows, struct err *e)
{
	return later_refs(s, s->bulk->later, owner, rows, e);
}

int
bulk_join(struct store *s, struct join_owner owner, const struct join_entry *x,
    struct err *e)
{
	return later_join(s, s->bulk->later, owner, x, e);
}

/* Also between two batches of one transaction; what then cannot be written
 * takes all of it back, for its rows are gone. */
int
bulk_write(struct store *s, struct err *e)
{
	bool held = s->held;
	int r;

	if (s->bulk == NULL || !later_waits(s->bulk->later))
		return 0;
	s->held = false;
	r = later_write(s, s->bulk->later, e);
	if (r < 0 && held)
		store_rollback(s);
	else
		s->held = held;
	return r;
}

int
bulk_write_for(struct store *s, const char *sql, struct err *e)
{
	if (s->bulk == NULL || !later_waits(s->bulk->later) ||
	    !later_concerns(sql))
		return 0;
	return bulk_write(s, e);
}

void
bulk_undone(struct store *s)
{
	if (s->bulk == NULL)
		return;
	later_drop(s->bulk->later);
	s->bulk->unsure = true;
}

/* ---- Beginning and end ---- */

static struct bulk *
bulk_free(struct bulk *b)
{
	carry_end(&b->carry);
	(void)keys_free(b->keys);
	(void)later_free(b->later);
	free(b);
	return NULL;
}

static struct bulk *
bulk_new(void)
{
	struct bulk *b = calloc(1, sizeof(*b));

	if (b == NULL)
		return NULL;
	b->keys = keys_new();
	b->later = later_new();
	return b->keys != NULL && b->later != NULL ? b : bulk_free(b);
}

/* After a commit. */
static int
committed(void *ctx, sqlite3 *db, const char *name, int pages)
{
	struct store *s = ctx;

	(void)db;
	(void)name;
	if (s->bulk != NULL && pages >= CARRY_PAGES)
		carry_on(&s->bulk->carry, s->path);
	return SQLITE_OK;
}

int
bulk_consider(struct store *s, struct err *e)
{
	int r;

	if (s->bulk != NULL || s->next_cs != 1 ||
	    (s->lock_fd < 0 && s->mode != STORE_MEMORY))
		return 0;
	r = store_exec(s,
	    "DROP INDEX IF EXISTS cs_anchor; DROP INDEX IF EXISTS cs_dn;"
	    "DROP INDEX IF EXISTS cs_kind; DROP INDEX IF EXISTS cs_work;"
	    "DROP INDEX IF EXISTS cs_ref_target;",
	    e);
	if (r == 0)
		r = store_cache(s, STORE_CACHE_LOAD_KIB, e);
	if (r < 0)
		return r;
	s->bulk = bulk_new();
	if (s->bulk == NULL)
		return nomem(e);
	(void)sqlite3_wal_hook(s->db, committed, s);
	return 0;
}

void
bulk_drop(struct store *s)
{
	if (s->bulk == NULL)
		return;
	s->bulk = bulk_free(s->bulk);
	(void)sqlite3_wal_autocheckpoint(s->db, STORE_LOG_PAGES);
}

/* Each index reads the whole table.  In the file that is the mapping; what is
 * in the log alone would be copied page by page, once for each index.  Closing
 * would write it there anyway. */
static void
bring_home(struct store *s)
{
	carry_end(&s->bulk->carry);
	(void)sqlite3_wal_checkpoint_v2(
	    s->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
}

/* In the transaction that goes on, or in one of its own. */
static int
make_indexes(struct store *s, struct err *e)
{
	bool own = sqlite3_get_autocommit(s->db) != 0;
	int r = 0;

	if (own) {
		bring_home(s);
		r = store_exec(s, "BEGIN IMMEDIATE", e);
	}
	if (r == 0)
		r = store_exec(s, migrate_indexes, e);
	if (r == 0 && own)
		r = store_exec(s, "COMMIT", e);
	if (r < 0 && own)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	if (r == 0)
		s->indexed = !own;
	return r;
}

int
bulk_finish(struct store *s, struct err *e)
{
	int r;

	if (s->bulk == NULL)
		return 0;
	r = bulk_write(s, e);
	if (r == 0)
		r = store_commit_held(s, e);
	if (r == 0)
		r = make_indexes(s, e);
	if (r < 0)
		return r;
	bulk_drop(s);
	(void)malloc_trim(0); /* what the sorting took */
	return store_cache(s, STORE_CACHE_KIB, e);
}

int
bulk_mend(struct store *s, struct err *e)
{
	return s->indexed ? store_exec(s, migrate_indexes, e) : 0;
}
