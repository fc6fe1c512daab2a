/* tests/unit/store/test_open.c -- opening, refusing, settings, names, and the
 * run lock. */
#include "store_test.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <sys/wait.h>

/* ---- Files ---- */

static size_t
slurp(const char *path, char **out)
{
	FILE *f = fopen(path, "rbe");
	long n;

	assert_non_null(f);
	(void)fseek(f, 0, SEEK_END);
	n = ftell(f);
	rewind(f);
	*out = malloc((size_t)n + 1);
	assert_non_null(*out);
	assert_int_equal(fread(*out, 1, (size_t)n, f), (size_t)n);
	(void)fclose(f);
	return (size_t)n;
}

static void
overwrite(const char *path, long at, const void *data, size_t n)
{
	FILE *f = fopen(path, "r+be");

	assert_non_null(f);
	(void)fseek(f, at, SEEK_SET);
	assert_int_equal(fwrite(data, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void
overwrite_new(const char *path)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fclose(f), 0);
}

static void
a_new_store_is_private(void **state)
{
	struct fixture *f = *state;
	struct stat st;

	assert_int_equal(stat(f->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
}

static void
what_is_no_store_is_refused(void **state)
{
	static const char text[] = "this is a text and no database at all";
	struct fixture *f = *state;
	unsigned char zero[4] = {0};
	struct store *s = NULL;
	char path[128];

	(void)snprintf(path, sizeof(path), "%s/none", f->dir);
	FAILS(store_open(path, STORE_READ, &s, &e), ERR_NOENT, path);
	(void)snprintf(path, sizeof(path), "%s/none/s.db", f->dir);
	FAILS(store_open(path, STORE_WRITE, &s, &e), ERR_NOENT, path);
	FAILS(store_open(f->dir, STORE_READ, &s, &e), ERR_STORE, "not a file");
	/* made, and its first transaction not committed yet */
	(void)snprintf(path, sizeof(path), "%s/new.db", f->dir);
	overwrite_new(path);
	FAILS(store_open(path, STORE_READ, &s, &e), ERR_NOENT, "yet");
	assert_int_equal(unlink(path), 0);
	f->s = store_close(f->s);
	overwrite(f->path, 68, zero, 4); /* application id */
	FAILS(store_open(f->path, STORE_WRITE, &s, &e), ERR_STORE,
	    "not one of Causeway");
	overwrite(f->path, 0, text, sizeof(text));
	FAILS(store_open(f->path, STORE_WRITE, &s, &e), ERR_STORE,
	    "not a database");
}

static void
a_newer_schema_is_left_as_it_is(void **state)
{
	static const unsigned char newer[4] = {0, 0, 3, 0};
	struct fixture *f = *state;
	struct store *s = NULL;
	char *before, *after, path[128];
	size_t n;

	f->s = store_close(f->s);
	overwrite(f->path, 60, newer, 4); /* user version */
	n = slurp(f->path, &before);
	FAILS(store_open(f->path, STORE_WRITE, &s, &e), ERR_VERSION,
	    "768 was written by a newer release");
	FAILS(store_open(f->path, STORE_READ, &s, &e), ERR_VERSION, "newer");
	assert_int_equal(slurp(f->path, &after), n);
	assert_memory_equal(before, after, n);
	(void)snprintf(path, sizeof(path), "%s-wal", f->path);
	if (access(path, F_OK) == 0) {
		struct stat st;

		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, 0);
	}
	free(before);
	free(after);
}

static void
damage_is_an_error_of_the_store(void **state)
{
	struct fixture *f = *state;
	static unsigned char junk[8192];
	size_t failed = 0, n;
	char *file;

	OK(store_begin(f->s, &e));
	for (int i = 0; i < 500; i++)
		(void)object_add(f, i);
	OK(store_commit(f->s, &e));
	f->s = store_close(f->s);
	n = slurp(f->path, &file);
	memset(junk, 0xa5, sizeof(junk));
	for (size_t page = 20; page < n / sizeof(junk); page++) {
		const char *at = file + page * sizeof(junk);

		/* without its tables it cannot be opened at all */
		if (memmem(at, sizeof(junk), "CREATE ", 7) == NULL)
			overwrite(f->path, (long)(page * sizeof(junk)), junk,
			    sizeof(junk));
	}
	free(file);
	OK(store_open(f->path, STORE_READ, &f->s, &e));
	for (int i = 1; i <= 500; i++) {
		struct cs_object o;
		int r;

		e = (struct err){0};
		r = cs_get(f->s, f->a, i, CS_ALL, &o, &e);

		assert_true(r == 0 || r == ERR_STORE || r == ERR_NOENT);
		failed += r == ERR_STORE;
		assert_true(r != ERR_STORE || strlen(e.text) > 10);
	}
	assert_true(failed > 0);
}

/* ---- Modes and transactions ---- */

static void
nothing_changes_outside_a_transaction(void **state)
{
	struct fixture *f = *state;
	struct cs_object o = object_for(f, 1);

	FAILS(cs_put(f->s, &o, CS_ALL, &e), ERR_INTERNAL, "outside");
	FAILS(
	    store_meta_set(f->s, "a", TEXT("b"), &e), ERR_INTERNAL, "outside");
	FAILS(store_commit(f->s, &e), ERR_STORE, "rolled back");
	FAILS(store_save(f->s, &e), ERR_INTERNAL, "outside");
	OK(store_begin(f->s, &e));
	FAILS(store_begin(f->s, &e), ERR_INTERNAL, "within");
	store_rollback(f->s);
	assert_false(store_in_transaction(f->s));
}

static void
change_file(const char *path, const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* New names are refused while the transaction ends: nothing of it is there, and
 * the next one can begin. */
static void
a_commit_that_fails_takes_all_back(void **state)
{
	struct fixture *f = *state;
	struct cs_walk w = {.connector = f->connector};
	struct cs_object o = object_for(f, 2);
	uint64_t n;

	change_file(f->path, "CREATE TRIGGER refuse BEFORE INSERT ON name "
			     "BEGIN SELECT RAISE(FAIL, 'no names'); END");
	for (int held = 0; held < 2; held++) {
		OK(store_begin(f->s, &e));
		o.id = 0;
		o.type = name_of(f, "a new name");
		OK(cs_put(f->s, &o, CS_ALL, &e));
		if (held)
			OK(store_commit_later(f->s, &e));
		if (held)
			OK(store_begin(f->s, &e));
		FAILS(store_commit(f->s, &e), ERR_EXIST, "no names");
		assert_false(store_in_transaction(f->s));
	}
	change_file(f->path, "DROP TRIGGER refuse");
	OK(store_begin(f->s, &e));
	OK(cs_count(f->s, &w, &n, &e));
	assert_int_equal(n, 0);
	o.id = 0;
	OK(cs_put(f->s, &o, CS_ALL, &e));
	OK(store_commit(f->s, &e));
	OK(cs_count(f->s, &w, &n, &e));
	assert_int_equal(n, 1);
}

static void
small_batches_are_committed_together(void **state)
{
	struct fixture *f = *state;
	struct cs_walk w = {.connector = f->connector};
	struct store *reader;
	uint64_t n;

	OK(store_open(f->path, STORE_READ, &reader, &e));
	OK(store_begin(f->s, &e));
	(void)object_add(f, 1);
	OK(store_commit_later(f->s, &e));
	assert_false(store_in_transaction(f->s));
	FAILS(cs_set_flags(f->s, 1, 1, 2, &e), ERR_INTERNAL, "outside");
	OK(cs_count(reader, &w, &n, &e));
	assert_int_equal(n, 0);
	OK(cs_count(f->s, &w, &n, &e));
	assert_int_equal(n, 1);
	OK(store_begin(f->s, &e));
	(void)object_add(f, 2);
	OK(store_commit(f->s, &e));
	OK(cs_count(reader, &w, &n, &e));
	assert_int_equal(n, 2);
	/* taken back together */
	OK(store_begin(f->s, &e));
	(void)object_add(f, 3);
	OK(store_commit_later(f->s, &e));
	OK(store_begin(f->s, &e));
	store_rollback(f->s);
	OK(cs_count(f->s, &w, &n, &e));
	assert_int_equal(n, 2);
	/* or settled when the store is closed */
	OK(store_begin(f->s, &e));
	(void)object_add(f, 4);
	OK(store_commit_later(f->s, &e));
	f->s = store_close(f->s);
	OK(cs_count(reader, &w, &n, &e));
	assert_int_equal(n, 3);
	reader = store_close(reader);
}

static void
a_reader_sees_what_was_committed(void **state)
{
	struct fixture *f = *state;
	struct cs_object o = object_for(f, 2);
	struct cs_walk w = {.connector = f->connector};
	struct store *reader;
	uint64_t n;

	OK(store_begin(f->s, &e));
	(void)object_add(f, 1);
	OK(store_open(f->path, STORE_READ, &reader, &e));
	OK(store_begin(reader, &e));
	OK(cs_count(reader, &w, &n, &e));
	assert_int_equal(n, 0);
	o.type = name_of(f, "a new name");
	OK(cs_put(f->s, &o, CS_ALL, &e));
	OK(store_commit(f->s, &e));
	OK(cs_count(reader, &w, &n, &e));
	assert_int_equal(n, 0);
	OK(store_commit(reader, &e));
	OK(store_begin(reader, &e)); /* new names come with it */
	OK(cs_count(reader, &w, &n, &e));
	assert_int_equal(n, 2);
	assert_true(
	    text_is(names_text(store_names(reader), o.type), "a new name"));
	o.id = 0;
	FAILS(cs_put(reader, &o, CS_ALL, &e), ERR_ACCESS, "readonly");
	FAILS(store_lock(reader, "x", &e), ERR_REFUSED, "reading alone");
	reader = store_close(reader);
}

static void
names_mean_the_same_for_ever(void **state)
{
	struct fixture *f = *state;
	struct store *other;
	uint32_t lost, kept, theirs;

	OK(store_begin(f->s, &e));
	lost = name_of(f, "rolled back");
	store_rollback(f->s);
	OK(store_begin(f->s, &e));
	kept = name_of(f, "kept");
	OK(store_commit(f->s, &e)); /* and the one that waited */
	f->s = store_close(f->s);
	OK(store_open(f->path, STORE_WRITE, &f->s, &e));
	assert_int_equal(
	    names_find(store_names(f->s), TEXT("rolled back")), lost);
	assert_int_equal(names_find(store_names(f->s), TEXT("kept")), kept);
	/* two processes give one number to two names: one must open again */
	OK(store_open(f->path, STORE_WRITE, &other, &e));
	OK(names_intern(store_names(other), TEXT("theirs"), &theirs));
	OK(store_begin(other, &e));
	OK(store_commit(other, &e));
	assert_int_equal(name_of(f, "ours"), theirs);
	FAILS(store_begin(f->s, &e), ERR_BUSY, "open the store again");
	assert_false(store_in_transaction(f->s));
	other = store_close(other);
}

static void
settings_and_watermarks(void **state)
{
	struct fixture *f = *state;
	struct store_connector c, *list;
	struct text t;
	size_t n;

	OK(store_begin(f->s, &e));
	OK(store_meta_get(f->s, f->a, "staging", &t, &e));
	assert_int_equal(t.len, 0);
	OK(store_meta_set(f->s, "staging", TEXT("on"), &e));
	OK(store_meta_set(f->s, "staging", TEXT("off"), &e));
	OK(store_meta_get(f->s, f->a, "staging", &t, &e));
	assert_true(text_is(t, "off"));
	OK(store_watermark_get(f->s, f->a, 1, TEXT("DC=x"), &t, &e));
	assert_int_equal(t.len, 0);
	OK(store_watermark_set(
	    f->s, 1, TEXT("DC=x"), (struct text){"a\0b", 3}, &e));
	OK(store_watermark_get(f->s, f->a, 1, TEXT("DC=x"), &t, &e));
	assert_int_equal(t.len, 3);
	OK(store_connector_ensure(f->s, TEXT("ad"), TEXT("ldap"), &c, &e));
	assert_int_equal(c.id, f->connector);
	OK(store_connector_ensure(f->s, TEXT("cloud"), TEXT("graph"), &c, &e));
	OK(store_connector_list(f->s, f->a, &list, &n, &e));
	assert_int_equal(n, 2);
	assert_true(text_is(list[1].name, "cloud"));
	assert_true(text_is(list[1].kind, "graph"));
	assert_true(guid_equal(&list[1].guid, &c.guid));
	OK(store_commit(f->s, &e));
}

static void
save_points_take_one_object_back(void **state)
{
	struct fixture *f = *state;
	struct cs_walk w = {.connector = f->connector};
	uint64_t n;

	OK(store_begin(f->s, &e));
	OK(store_save(f->s, &e));
	(void)object_add(f, 1);
	OK(store_release(f->s, &e));
	OK(store_save(f->s, &e));
	(void)object_add(f, 2);
	OK(store_save(f->s, &e));
	(void)object_add(f, 3);
	OK(store_release(f->s, &e));
	OK(store_undo(f->s, &e));
	OK(store_commit(f->s, &e));
	OK(cs_count(f->s, &w, &n, &e));
	assert_int_equal(n, 1);
}

/* ---- The run lock ---- */

static void
one_process_at_a_time(void **state)
{
	struct fixture *f = *state;
	char holder[64], byte;
	int ready[2];
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		struct store *s;

		if (store_open(f->path, STORE_WRITE, &s, NULL) < 0 ||
		    store_lock(s, "full import of ad", NULL) < 0)
			_exit(1);
		if (write(ready[1], "x", 1) != 1)
			_exit(1);
		(void)pause();
		_exit(0);
	}
	(void)close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	(void)snprintf(
	    holder, sizeof(holder), "full import of ad, pid %ld,", (long)pid);
	FAILS(store_lock(f->s, "mine", &e), ERR_BUSY, holder);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	OK(store_lock(f->s, "mine", &e));
	OK(store_lock(f->s, "mine", &e));
	store_unlock(f->s);
	store_unlock(f->s);
	OK(store_lock(f->s, "mine", &e));
	(void)close(ready[0]);
}

/* ---- */

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_file, fixture_end)
	const struct CMUnitTest tests[] = {
	    T(a_new_store_is_private),
	    T(what_is_no_store_is_refused),
	    T(a_newer_schema_is_left_as_it_is),
	    T(damage_is_an_error_of_the_store),
	    T(nothing_changes_outside_a_transaction),
	    T(a_commit_that_fails_takes_all_back),
	    T(small_batches_are_committed_together),
	    T(a_reader_sees_what_was_committed),
	    T(names_mean_the_same_for_ever),
	    T(settings_and_watermarks),
	    T(save_points_take_one_object_back),
	    T(one_process_at_a_time),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
