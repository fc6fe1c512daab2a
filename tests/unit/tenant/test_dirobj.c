/* tests/unit/tenant/test_dirobj.c -- an object and the tables beside it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <sqlite3.h>

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "tenant/filter.h"

struct fixture {
	struct arena *a;
	struct tdb *db;
};

static int
set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->a = arena_new(0);
	assert_int_equal(tdb_open(":memory:", true, &f->db, NULL), 0);
	*state = f;
	return 0;
}

static int
tear_down(void **state)
{
	struct fixture *f = *state;

	f->db = tdb_close(f->db);
	f->a = arena_free(f->a);
	free(f);
	return 0;
}

static struct dirobj
user(const char *doc)
{
	struct dirobj o = {.kind = ENTITY_USER};

	assert_int_equal(json_parse(text_of(doc), 65536, &o.doc, NULL), 0);
	return o;
}

static int
put(struct fixture *f, const struct dirobj *before, struct dirobj *o,
    const char **out_conflict)
{
	struct dirobj_write w = {.before = before,
	    .after = o,
	    .op = before == NULL ? CHANGE_CREATE : CHANGE_UPDATE};
	int r = dirobj_write(f->db, f->a, &w);

	if (out_conflict != NULL)
		*out_conflict = w.conflict;
	return r;
}

static void
writes_and_finds(void **state)
{
	struct fixture *f = *state;
	struct dirobj o = user("{\"userPrincipalName\":\"Ada@x.example\","
			       "\"mail\":\"ada@x.example\"}");
	struct dirobj back = {0};
	struct text key;
	int64_t row = 0;

	assert_int_equal(put(f, NULL, &o, NULL), 0);
	assert_true(dirobj_is_id(text_of(o.id)));
	assert_int_equal(dirobj_by_id(f->db, text_of(o.id), &back), 0);
	assert_int_equal(back.row, o.row);
	assert_true(json_equal(back.doc, o.doc));
	assert_int_equal(
	    dirobj_key(f->a, UNIQUE_ADDRESS, TEXT("ADA@X.example"), &key), 0);
	assert_int_equal(dirobj_by_unique(f->db, UNIQUE_ADDRESS, key, &row), 0);
	assert_int_equal(row, o.row);
	assert_int_equal(dirobj_by_id(f->db, TEXT("no id"), &back), ERR_NOENT);
	dirobj_clear(&o);
	dirobj_clear(&back);
}

static void
values_are_unique_and_come_free(void **state)
{
	struct fixture *f = *state;
	struct dirobj a = user("{\"userPrincipalName\":\"a@x.example\","
			       "\"proxyAddresses\":[\"SMTP:b@x.example\"]}");
	struct dirobj b = user("{\"userPrincipalName\":\"B@x.example\"}");
	struct dirobj before;
	const char *conflict = NULL;

	assert_int_equal(put(f, NULL, &a, NULL), 0);
	assert_int_equal(tdb_begin(f->db, true), 0);
	assert_int_equal(put(f, NULL, &b, &conflict), ERR_EXIST);
	assert_string_equal(conflict, "userPrincipalName");
	tdb_rollback(f->db);
	before = a;
	before.doc = json_dup(a.doc);
	json_remove(a.doc, "proxyAddresses");
	assert_int_equal(put(f, &before, &a, NULL), 0);
	memset(b.id, 0, sizeof(b.id));
	assert_int_equal(put(f, NULL, &b, NULL), 0);
	dirobj_clear(&before);
	dirobj_clear(&a);
	dirobj_clear(&b);
}

static void
a_filter_is_planned(void **state)
{
	static const struct {
		const char *filter;
		int planned;
		size_t n;
	} cases[] = {
	    {"userPrincipalName eq 'U3@x.example'", 1, 1},
	    {"displayName eq 'same'", 1, 5},
	    {"startswith(userPrincipalName,'u')", 1, 5},
	    {"startswith(userPrincipalName,'v')", 1, 0},
	    {"displayName eq 'same' and city eq 'x'", 1, 5},
	    {"city eq 'x' and displayName eq 'same'", 1, 5},
	    {"city eq 'x' or displayName eq 'same'", 0, 0},
	    {"userPrincipalName in ('u1@x.example','u2@x.example') or "
	     "userPrincipalName eq 'u1@x.example'",
		1, 2},
	    {"city eq 'x'", 0, 0},
	    {"not displayName eq 'same'", 0, 0},
	};
	struct fixture *f = *state;

	for (int i = 0; i < 5; i++) {
		struct dirobj o = user(arena_printf(f->a,
		    "{\"userPrincipalName\":\"u%d@x.example\","
		    "\"displayName\":\"Same\"}",
		    i));

		assert_int_equal(put(f, NULL, &o, NULL), 0);
		dirobj_clear(&o);
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct filter *flt = NULL;
		int64_t *rows = NULL;
		size_t n = 0;

		assert_int_equal(filter_parse(f->a, text_of(cases[i].filter),
				     entity_info(ENTITY_USER), &flt, NULL),
		    0);
		if (filter_plan(flt, f->db, f->a, &rows, &n) !=
			cases[i].planned ||
		    n != cases[i].n)
			fail_msg("%s: %zu", cases[i].filter, n);
	}
}

static void
links_are_logged(void **state)
{
	struct fixture *f = *state;
	struct dirobj g = user("{\"displayName\":\"g\"}");
	struct dirobj u = user("{\"displayName\":\"u\"}");

	g.kind = ENTITY_GROUP;
	assert_int_equal(put(f, NULL, &g, NULL), 0);
	assert_int_equal(put(f, NULL, &u, NULL), 0);
	assert_int_equal(dirobj_link(f->db, &g, LINK_MEMBERS, &u), 0);
	assert_int_equal(dirobj_link(f->db, &g, LINK_MEMBERS, &u), ERR_EXIST);
	assert_int_equal(dirobj_unlink(f->db, &g, LINK_MEMBERS, u.row), 0);
	assert_int_equal(
	    dirobj_unlink(f->db, &g, LINK_MEMBERS, u.row), ERR_NOENT);
	assert_int_equal(tdb_run(f->db, SQL_CHANGE_LINKS, "iiii", g.row,
			     (int64_t)0, (int64_t)LINK_MEMBERS, (int64_t)0),
	    1);
	assert_int_equal(tdb_int(f->db, SQL_CHANGE_LINKS, 1), CHANGE_UNLINK);
	assert_int_equal(tdb_next(f->db, SQL_CHANGE_LINKS), 0);
	dirobj_clear(&g);
	dirobj_clear(&u);
}

static void
a_part_goes_back_alone(void **state)
{
	struct fixture *f = *state;
	struct dirobj a = user("{\"displayName\":\"a\"}");
	struct dirobj b = user("{\"displayName\":\"b\"}"), back = {0};

	assert_int_equal(tdb_begin(f->db, true), 0);
	assert_int_equal(tdb_save(f->db), 0);
	assert_int_equal(put(f, NULL, &a, NULL), 0);
	assert_int_equal(tdb_save_end(f->db, true), 0);
	assert_int_equal(tdb_save(f->db), 0);
	assert_int_equal(put(f, NULL, &b, NULL), 0);
	assert_int_equal(tdb_save_end(f->db, false), 0);
	assert_int_equal(tdb_commit(f->db), 0);
	assert_int_equal(dirobj_by_id(f->db, text_of(a.id), &back), 0);
	dirobj_clear(&back);
	assert_int_equal(dirobj_by_id(f->db, text_of(b.id), &back), ERR_NOENT);
	dirobj_clear(&a);
	dirobj_clear(&b);
}

/* A file of a later release is left as it is. */
static void
refuses_a_newer_schema(void **state)
{
	struct err e = {0};
	struct tdb *db = NULL;
	char path[] = "/tmp/causeway-tdb-XXXXXX";
	int fd = mkstemp(path);
	FILE *file;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(tdb_open(path, true, &db, &e), 0);
	db = tdb_close(db);
	/* user_version is the big-endian word at 60 of the header. */
	file = fopen(path, "r+be");
	assert_non_null(file);
	assert_int_equal(fseek(file, 63, SEEK_SET), 0);
	assert_int_equal(fputc(99, file), 99);
	assert_int_equal(fclose(file), 0);
	assert_int_equal(tdb_open(path, false, &db, &e), ERR_VERSION);
	assert_non_null(strstr(e.text, "99"));
	assert_int_equal(unlink(path), 0);
	assert_int_equal(
	    tdb_open("/nonexistent/tenant.db", false, &db, NULL), ERR_NOENT);
}

/* What a folder of schema 1 lacks is made when it is opened. */
static void
brings_schema_1_up(void **state)
{
	static const char *const drop =
	    "ALTER TABLE app DROP COLUMN grants; DROP TABLE role;"
	    "DROP TABLE device_code; DELETE FROM app;"
	    "DROP TABLE sync_object; DROP TABLE sync_wait;"
	    "DROP TABLE quarantine; DROP TABLE credential;"
	    "PRAGMA user_version=1;";
	struct err e = {0};
	struct tdb *db = NULL;
	sqlite3 *raw = NULL;
	char path[] = "/tmp/causeway-tdb-XXXXXX";
	int fd = mkstemp(path);

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(close(fd), 0);
	assert_int_equal(tdb_open(path, true, &db, &e), 0);
	db = tdb_close(db);
	assert_int_equal(sqlite3_open(path, &raw), SQLITE_OK);
	assert_int_equal(sqlite3_exec(raw, drop, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(raw), SQLITE_OK);
	for (int i = 0; i < 2; i++) { /* the second finds nothing to do */
		assert_int_equal(tdb_open(path, false, &db, &e), 0);
		assert_int_equal(tdb_run(db, SQL_SYNC_COUNT, ""), 1);
		assert_int_equal(tdb_int(db, SQL_SYNC_COUNT, 0), 0);
		tdb_done(db, SQL_SYNC_COUNT);
		assert_int_equal(
		    tdb_run(db, SQL_CREDENTIAL_GET, "i", (int64_t)1), 0);
		assert_int_equal(tdb_run(db, SQL_APPS, ""), 1);
		tdb_done(db, SQL_APPS);
		db = tdb_close(db);
	}
	assert_int_equal(unlink(path), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		writes_and_finds, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		values_are_unique_and_come_free, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_filter_is_planned, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		links_are_logged, set_up, tear_down),
	    cmocka_unit_test_setup_teardown(
		a_part_goes_back_alone, set_up, tear_down),
	    cmocka_unit_test(refuses_a_newer_schema),
	    cmocka_unit_test(brings_schema_1_up),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
