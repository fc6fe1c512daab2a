/* tests/unit/store/test_migrate.c -- files of every earlier schema, and what is
 * kept of them. */
#include "store_test.h"

#include <glob.h>
#include <sqlite3.h>
#include <sys/stat.h>

#include "base/clock.h"
#include "store/sqlite/migrate.h"

#define APPLICATION 0x43535759 /* "CSWY" */
#define NOW         1800000000000

/* A folder with nothing in it; the store is made by the test. */
static int
setup(void **state)
{
	struct fixture *f;

	(void)fixture_file(state);
	f = *state;
	f->s = store_close(f->s);
	assert_int_equal(unlink(f->path), 0);
	clock_set_ms(NOW);
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;
	char all[160];
	glob_t g;

	(void)snprintf(all, sizeof(all), "%s/*", f->dir);
	if (glob(all, 0, NULL, &g) == 0) {
		for (size_t i = 0; i < g.gl_pathc; i++)
			(void)remove(g.gl_pathv[i]);
		globfree(&g);
	}
	clock_set_ms(-1);
	return fixture_end(state);
}

/* As the release with that schema left it, with one thing to recognise. */
static void
make_old(const char *path, int version)
{
	char sql[200];
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	for (int i = 0; i < version; i++)
		assert_int_equal(
		    sqlite3_exec(db, migrate_steps[i], NULL, NULL, NULL),
		    SQLITE_OK);
	(void)snprintf(sql, sizeof(sql),
	    "PRAGMA application_id = %d; PRAGMA user_version = %d;"
	    "PRAGMA journal_mode = WAL;"
	    "INSERT INTO meta VALUES (x'6d696e65', x'%02x')",
	    APPLICATION, version, (unsigned)version);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static int
number_in(const char *path, const char *sql)
{
	sqlite3_stmt *st;
	sqlite3 *db;
	int n = -1;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) ==
		SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &st, NULL) == SQLITE_OK) {
		if (sqlite3_step(st) == SQLITE_ROW)
			n = sqlite3_column_int(st, 0);
		(void)sqlite3_finalize(st);
	}
	(void)sqlite3_close(db);
	return n;
}

static const char *
kept_path(struct fixture *f, int version, const char *end)
{
	char when[32];

	return arena_printf(f->a, "%s.schema-%d.%s%s", f->path, version,
	    clock_format(NOW, true, when), end);
}

static void
every_earlier_schema_is_brought_up_and_kept(void **state)
{
	struct fixture *f = *state;

	for (int version = 1; version < migrate_count; version++) {
		const char *kept = kept_path(f, version, "");
		struct stat st;
		struct text t;

		make_old(f->path, version);
		FAILS(store_open(f->path, STORE_READ, &f->s, &e), ERR_STORE,
		    "is older than this release");
		OK(store_open(f->path, STORE_WRITE, &f->s, &e));
		OK(store_meta_get(f->s, f->a, "mine", &t, &e));
		assert_int_equal(t.len, 1);
		assert_int_equal(t.data[0], version);
		f->s = store_close(f->s);
		assert_int_equal(
		    number_in(f->path, "PRAGMA user_version"), migrate_count);
		assert_int_equal(stat(kept, &st), 0);
		assert_int_equal(st.st_mode & 0777, 0600);
		assert_int_equal(
		    number_in(kept, "PRAGMA user_version"), version);
		assert_int_equal(
		    number_in(kept, "SELECT count(*) FROM meta"), 1);
		assert_int_equal(
		    number_in(kept, "SELECT count(*) FROM pragma_integrity_"
				    "check WHERE integrity_check = 'ok'"),
		    1);
		/* opened again there is nothing to keep */
		assert_int_equal(unlink(kept), 0);
		OK(store_open(f->path, STORE_WRITE, &f->s, &e));
		f->s = store_close(f->s);
		assert_int_not_equal(access(kept, F_OK), 0);
		assert_int_equal(unlink(f->path), 0);
	}
}

/* The tables of a file, as SQLite wrote them down. */
static const char *
schema_of(struct fixture *f)
{
	struct buf b;
	sqlite3_stmt *st;
	sqlite3 *db;
	const char *copy;

	buf_init(&b, 1 << 20);
	assert_int_equal(sqlite3_open(f->path, &db), SQLITE_OK);
	assert_int_equal(
	    sqlite3_prepare_v2(db,
		"SELECT type || ' ' || name || ' ' || ifnull(sql, '') FROM"
		" sqlite_schema WHERE name <> 'sqlite_sequence'"
		" ORDER BY type, name",
		-1, &st, NULL),
	    SQLITE_OK);
	while (sqlite3_step(st) == SQLITE_ROW)
		buf_printf(
		    &b, "%s\n", (const char *)sqlite3_column_text(st, 0));
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(db);
	assert_int_equal(buf_error(&b), 0);
	copy = arena_strndup(f->a, buf_text(&b).data, buf_text(&b).len);
	buf_clear(&b);
	return copy;
}

static void
a_new_file_is_as_one_that_was_brought_up(void **state)
{
	struct fixture *f = *state;
	const char *fresh;

	OK(store_open(f->path, STORE_WRITE, &f->s, &e));
	f->s = store_close(f->s);
	fresh = schema_of(f);
	assert_non_null(strstr(fresh, "table cs "));
	assert_null(strstr(fresh, "is_work"));
	for (int version = 1; version < migrate_count; version++) {
		assert_int_equal(unlink(f->path), 0);
		make_old(f->path, version);
		OK(store_open(f->path, STORE_WRITE, &f->s, &e));
		f->s = store_close(f->s);
		assert_string_equal(schema_of(f), fresh);
	}
}

static void
what_cannot_be_kept_is_not_changed(void **state)
{
	struct fixture *f = *state;
	const char *in_the_way = kept_path(f, 1, ".part");

	make_old(f->path, 1);
	assert_int_equal(mkdir(in_the_way, 0700), 0);
	FAILS(store_open(f->path, STORE_WRITE, &f->s, &e), ERR_EXIST,
	    "before the migration of schema 1");
	assert_int_equal(number_in(f->path, "PRAGMA user_version"), 1);
	assert_int_equal(rmdir(in_the_way), 0);
	OK(store_open(f->path, STORE_WRITE, &f->s, &e));
}

static void
a_copy_that_was_cut_off_is_made_again(void **state)
{
	struct fixture *f = *state;
	FILE *part = fopen(kept_path(f, 1, ".part"), "we");

	assert_non_null(part);
	(void)fputs("half of a copy", part);
	assert_int_equal(fclose(part), 0);
	make_old(f->path, 1);
	OK(store_open(f->path, STORE_WRITE, &f->s, &e));
	assert_int_equal(
	    number_in(kept_path(f, 1, ""), "PRAGMA user_version"), 1);
}

/* Also of a store that somebody writes to: what was committed. */
static void
a_copy_has_what_was_committed(void **state)
{
	struct fixture *f = *state;
	const char *to = arena_printf(f->a, "%s.copy", f->path);
	struct store *copy = NULL;
	struct text t;

	OK(store_open(f->path, STORE_WRITE, &f->s, &e));
	OK(store_begin(f->s, &e));
	OK(store_meta_set(f->s, "a", TEXT("committed"), &e));
	OK(store_commit(f->s, &e));
	OK(store_begin(f->s, &e));
	OK(store_meta_set(f->s, "a", TEXT("not yet"), &e));
	OK(store_copy(f->path, to, &e));
	store_rollback(f->s);
	FAILS(store_copy(f->path, to, &e), ERR_EXIST, "there already");
	OK(store_open(to, STORE_WRITE, &copy, &e));
	OK(store_meta_get(copy, f->a, "a", &t, &e));
	assert_true(text_is(t, "committed"));
	copy = store_close(copy);
	FAILS(store_copy("/none/s.db", to, &e), ERR_EXIST, "there already");
	FAILS(store_copy(
		  "/none/s.db", arena_printf(f->a, "%s.other", f->path), &e),
	    ERR_NOENT, "unable to open");
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    T(every_earlier_schema_is_brought_up_and_kept),
	    T(a_new_file_is_as_one_that_was_brought_up),
	    T(what_cannot_be_kept_is_not_changed),
	    T(a_copy_that_was_cut_off_is_made_again),
	    T(a_copy_has_what_was_committed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
