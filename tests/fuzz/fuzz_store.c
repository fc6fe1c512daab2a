/* tests/fuzz/fuzz_store.c -- octets where the store keeps its encodings: read
 * back they are an object or damage (ERR_STORE), never a crash; what is read
 * can be written and reads the same. */
#include <assert.h>

#include "fuzz.h"
#include "store/blob.h"
#include "store/frozen.h"
#include "store/sqlite/sqlite_int.h"

struct rows {
	struct store *s;
	int64_t cs, mv, run;
};

static void
check(int r)
{
	assert(r >= 0);
}

static struct rows
make_rows(void)
{
	struct rows rows = {0};
	struct cs_object o = {.connector = 1, .kind = CS_STAGING};
	struct mv_object m = {0};
	struct journal_entry j = {0};
	struct frozen_item i = {.state = FROZEN_ITEM_WAITS};
	struct hold h = {0};
	struct store_connector c;
	int64_t step;

	check(store_open("", STORE_MEMORY, &rows.s, NULL));
	check(store_begin(rows.s, NULL));
	check(
	    store_connector_ensure(rows.s, TEXT("c"), TEXT("file"), &c, NULL));
	check(cs_put(rows.s, &o, CS_ALL, NULL));
	check(mv_put(rows.s, &m, true, NULL));
	check(run_begin(rows.s, c.id, "p", &rows.run, NULL));
	check(step_begin(rows.s, rows.run, "t", TEXT(""), &step, NULL));
	check(journal_add(rows.s, &j, NULL));
	check(frozen_item_add(rows.s, &i, NULL));
	check(hold_add(rows.s, &h, NULL));
	check(store_commit(rows.s, NULL));
	rows.cs = o.id;
	rows.mv = m.id;
	return rows;
}

static void
put_octets(sqlite3 *db, const char *sql, struct text t)
{
	sqlite3_stmt *st;

	assert(sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK);
	assert(sqlite3_bind_blob64(st, 1, t.data, t.len, SQLITE_STATIC) ==
	       SQLITE_OK);
	assert(sqlite3_step(st) == SQLITE_DONE);
	(void)sqlite3_finalize(st);
}

static bool
sound(int r, const struct err *e)
{
	assert(r == 0 || r == ERR_STORE || r == ERR_LIMIT || r == ERR_NOMEM);
	assert(r == 0 || e->code == r);
	return r == 0;
}

static bool
sound_row(int r, const struct err *e)
{
	return sound(r == 1 ? 0 : r, e);
}

/* References are rows: an image that holds one was not written by us. */
static bool
holds_reference(const struct attrs *image)
{
	for (uint32_t i = 0; i < image->count; i++)
		for (uint32_t k = 0; k < image->items[i].count; k++)
			if (image->items[i].values[k].type == VALUE_REFERENCE)
				return true;
	return false;
}

static void
as_object(const struct rows *rows, struct arena *a, unsigned part)
{
	struct cs_object o, again;
	struct err e = {0};

	if (!sound(cs_get(rows->s, a, rows->cs, part, &o, &e), &e))
		return;
	check(cs_put(rows->s, &o, part, NULL));
	check(cs_get(rows->s, a, rows->cs, part, &again, NULL));
	assert(
	    holds_reference(&o.image) || attrs_equal(&o.image, &again.image));
	assert(o.lineage_count == again.lineage_count);
}

static void
as_the_rest(const struct rows *rows, struct arena *a)
{
	struct history_page page = {.max = 10};
	struct journal_entry *entries;
	struct step_record *steps;
	struct frozen_item item;
	struct mv_object m;
	struct hold hold;
	struct err e = {0};
	size_t n;

	(void)sound(mv_get(rows->s, a, rows->mv, true, &m, &e), &e);
	(void)sound(run_steps(rows->s, a, rows->run, &steps, &n, &e), &e);
	(void)sound(journal_list(rows->s, a, &page, &entries, &n, &e), &e);
	(void)sound_row(frozen_item_next(rows->s, a, 0, -1, &item, &e), &e);
	(void)sound_row(hold_next(rows->s, a, 0, 0, &hold, &e), &e);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct {
		const char *sql;
		unsigned part;
	} columns[] = {
	    {"UPDATE cs SET image = ?", CS_IMAGE},
	    {"UPDATE cs SET import = ?", CS_IMPORT},
	    {"UPDATE cs SET lineage = ?", CS_LINEAGE},
	    {"UPDATE cs SET unapplied = ?1, escrowed = ?1, unconfirmed = ?1",
		CS_EXPORT},
	    {"UPDATE cs SET guid = ?", 0},
	};
	static const char *const others[] = {"UPDATE mv SET image = ?",
	    "UPDATE mv SET origins = ?", "UPDATE step SET counters = ?",
	    "UPDATE journal SET delta = ?", "UPDATE frozen_item SET delta = ?",
	    "UPDATE frozen_item SET targets = ?",
	    "UPDATE frozen_item SET rules = ?",
	    "UPDATE frozen_item SET delta = ?1, targets = ?1, rules = ?1",
	    "UPDATE hold SET delta = ?1, targets = ?1"};
	static struct rows rows;
	struct text in = {(const char *)data, size};
	struct arena *a = arena_new(64U << 20);

	if (rows.s == NULL)
		rows = make_rows();
	for (size_t i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {
		check(store_begin(rows.s, NULL));
		put_octets(rows.s->db, columns[i].sql, in);
		as_object(&rows, a, columns[i].part);
		store_rollback(rows.s);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		check(store_begin(rows.s, NULL));
		put_octets(rows.s->db, others[i], in);
		as_the_rest(&rows, a);
		store_rollback(rows.s);
	}
	(void)arena_free(a);
	return 0;
}
