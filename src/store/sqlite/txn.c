/* store/sqlite/txn.c -- transactions, and what is carried over from one to
 * the next: names, and the ids not given out yet. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "store/sqlite/bulk.h"

/* ---- Names ---- */

static int
take_name(struct store *s, int64_t id, struct text t, struct err *e)
{
	uint32_t number;
	int r = names_intern(s->names, t, &number);

	if (r == ERR_NOMEM)
		return nomem(e);
	if (r < 0)
		return err_set(e, ERR_STORE,
		    "store %s: name %" PRId64 " is damaged", s->path, id);
	if (number != id)
		return err_set(e, ERR_BUSY,
		    "store %s: another process has given number %" PRId64
		    " to \"%.*s\"; open the store again",
		    s->path, id, TEXT_ARGS(t));
	return 0;
}

/* Those that are in the store and that we do not have yet. */
int
names_load(struct store *s, struct err *e)
{
	uint32_t seen = s->names_saved;
	struct query q;
	int r = query_begin(&q, s, STMT_NAMES_AFTER, e);

	if (r < 0)
		return r;
	query_int(&q, seen);
	while ((r = query_step(&q, e)) > 0) {
		int64_t id = query_get_int(&q, 0);

		r = take_name(s, id, query_get_octets(&q, 1), e);
		if (r < 0)
			break;
		seen = (uint32_t)id;
	}
	query_end(&q);
	if (r == 0)
		s->names_saved = seen;
	return r;
}

static int
names_save(struct store *s, struct err *e)
{
	struct query q;
	int r = 0;

	for (uint32_t i = s->names_saved + 1;
	     i <= names_count(s->names) && r >= 0; i++) {
		r = query_begin(&q, s, STMT_NAME_ADD, e);
		if (r < 0)
			return r;
		query_int(&q, i);
		query_octets(&q, names_text(s->names, i));
		r = query_run(&q, e);
	}
	return r < 0 ? r : 0;
}

struct names *
store_names(struct store *s)
{
	return s->names;
}

/* ---- Ids ---- */

static int
meta_number(struct store *s, const char *key, int64_t *out, struct err *e)
{
	struct text t;
	int r = store_meta_get(s, call_begin(s), key, &t, e);

	*out = 1;
	if (r == 0 && t.len != 0 && text_to_int64(t, out) < 0)
		return err_set(e, ERR_STORE, "store %s: setting %s is damaged",
		    s->path, key);
	return r;
}

/* Rows that were removed must not give their number to another object: runs,
 * errors and the journal go on naming them. */
static int
ids_load(struct store *s, struct err *e)
{
	int64_t next_cs = 1, next_mv = 1;
	int r = meta_number(s, "next.cs", &next_cs, e);

	if (r == 0)
		r = meta_number(s, "next.mv", &next_mv, e);
	if (r < 0)
		return r;
	s->next_cs = next_cs;
	s->next_mv = next_mv;
	s->next_changed = false;
	return 0;
}

static int
ids_save(struct store *s, struct err *e)
{
	char n[24];
	int r;

	if (!s->next_changed)
		return 0;
	(void)snprintf(n, sizeof(n), "%" PRId64, s->next_cs);
	r = store_meta_set(s, "next.cs", text_of(n), e);
	(void)snprintf(n, sizeof(n), "%" PRId64, s->next_mv);
	if (r == 0)
		r = store_meta_set(s, "next.mv", text_of(n), e);
	return r;
}

/* ---- Transactions ---- */

static int
plain(struct store *s, enum stmt id, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, id, e);

	if (r == 0)
		r = query_run(&q, e);
	return r < 0 ? r : 0;
}

#define HOLD_MS   2000
#define HOLD_ROWS 100000

bool
store_in_transaction(const struct store *s)
{
	return sqlite3_get_autocommit(s->db) == 0 && !s->held;
}

/* SQLite ends a transaction by itself where the disk is full. */
static int
lost(struct store *s, struct err *e)
{
	return err_set(e, ERR_STORE,
	    "store %s: the transaction was rolled back before its commit",
	    s->path);
}

int
store_begin(struct store *s, struct err *e)
{
	int r;

	if (store_in_transaction(s))
		return err_set(e, ERR_INTERNAL,
		    "store %s: a transaction within a transaction", s->path);
	if (s->held) { /* it goes on */
		s->held = false;
		return store_in_transaction(s) ? 0 : lost(s, e);
	}
	r = plain(s, s->mode == STORE_READ ? STMT_BEGIN_READ : STMT_BEGIN, e);
	if (r < 0)
		return r;
	s->held_since_ms = clock_monotonic_ms();
	s->held_changes = sqlite3_total_changes64(s->db);
	r = names_load(s, e);
	if (r == 0)
		r = ids_load(s, e);
	if (r == 0)
		r = bulk_mend(s, e);
	if (r < 0)
		store_rollback(s);
	return r;
}

/* What is written once, at the end of a transaction. */
static int
write_rest(struct store *s, struct err *e)
{
	int r = bulk_write(s, e);

	if (r == 0)
		r = names_save(s, e);
	return r == 0 ? ids_save(s, e) : r;
}

int
store_commit(struct store *s, struct err *e)
{
	int r = 0;

	if (!store_in_transaction(s))
		return lost(s, e);
	if (s->mode != STORE_READ)
		r = write_rest(s, e);
	if (r == 0)
		r = plain(s, STMT_COMMIT, e);
	if (r < 0) {
		store_rollback(s);
		return r;
	}
	if (s->mode != STORE_READ) {
		s->names_saved = names_count(s->names);
		s->next_changed = false;
		s->indexed = false;
	}
	return 0;
}

int
store_commit_later(struct store *s, struct err *e)
{
	if (!store_in_transaction(s) || s->mode == STORE_READ ||
	    clock_monotonic_ms() - s->held_since_ms >= HOLD_MS ||
	    sqlite3_total_changes64(s->db) - s->held_changes >= HOLD_ROWS)
		return store_commit(s, e);
	s->held = true;
	return 0;
}

int
store_commit_held(struct store *s, struct err *e)
{
	if (!s->held)
		return 0;
	s->held = false;
	return store_commit(s, e);
}

void
store_settle(struct store *s)
{
	int r = store_commit_held(s, NULL);

	(void)r;
}

void
store_rollback(struct store *s)
{
	s->held = false;
	bulk_undone(s);
	if (store_in_transaction(s))
		(void)plain(s, STMT_ROLLBACK, NULL);
}

int
store_save(struct store *s, struct err *e)
{
	int r;

	if (!store_in_transaction(s))
		return err_set(e, ERR_INTERNAL,
		    "store %s: a save point outside a transaction", s->path);
	r = bulk_write(s, e);
	return r < 0 ? r : plain(s, STMT_SAVE, e);
}

int
store_release(struct store *s, struct err *e)
{
	return plain(s, STMT_RELEASE, e);
}

int
store_undo(struct store *s, struct err *e)
{
	int r;

	bulk_undone(s);
	r = plain(s, STMT_UNDO, e);
	if (r == 0)
		r = plain(s, STMT_RELEASE, e);
	return r == 0 ? bulk_mend(s, e) : r;
}
