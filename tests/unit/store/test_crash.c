/* tests/unit/store/test_crash.c -- a process killed at any point leaves whole
 * transactions behind; so does a disk that is full. */
#include "store_test.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#define PER_COMMIT 7
#define ROUNDS     24

/* One transaction: PER_COMMIT objects, each with a reference to the first of
 * them and a metaverse object, and the count of all that. */
static int
transaction(struct fixture *f, int done, int progress)
{
	bool later = done % 5 != 0;
	struct attrs refs = {0};
	char count[16];
	int r = store_begin(f->s, NULL);

	for (int i = 0; i < PER_COMMIT && r == 0; i++) {
		struct cs_object o = object_for(f, done * PER_COMMIT + i);
		struct mv_object m = {.type = f->user, .values = o.image};
		size_t changed;

		r = mv_put(f->s, &m, true, NULL);
		o.mv = m.id;
		o.link = CS_CONNECTOR;
		if (r == 0)
			r = cs_put(f->s, &o, CS_ALL, NULL);
		if (r == 0 && i == 0)
			r = attrs_add(
			    f->a, &refs, f->member, value_reference_dn(o.dn));
		if (r == 0)
			r = cs_refs_stage(f->s, &o, &refs, &changed, NULL);
		if (progress >= 0 && write(progress, "o", 1) != 1)
			r = ERR_IO;
	}
	(void)snprintf(count, sizeof(count), "%d", done + 1);
	if (r == 0)
		r = store_meta_set(f->s, "done", text_of(count), NULL);
	if (r == 0)
		r = later ? store_commit_later(f->s, NULL)
			  : store_commit(f->s, NULL);
	if (progress >= 0 && write(progress, "c", 1) != 1)
		r = ERR_IO;
	return r;
}

static int
done_so_far(struct fixture *f)
{
	int64_t n = 0;
	struct text t;

	OK(store_meta_get(f->s, f->a, "done", &t, &e));
	if (t.len != 0)
		assert_int_equal(text_to_int64(t, &n), 0);
	return (int)n;
}

/* All of each transaction that says so is there, and nothing of another. */
static void
check(struct fixture *f)
{
	struct cs_walk w = {.connector = f->connector};
	int done = done_so_far(f);
	uint64_t n, mv;
	size_t refs = 0;

	OK(cs_count(f->s, &w, &n, &e));
	assert_int_equal(n, done * PER_COMMIT);
	OK(mv_count(f->s, 0, &mv, &e));
	assert_int_equal(mv, done * PER_COMMIT);
	for (int i = 0; i < done * PER_COMMIT; i++) {
		struct cs_object o = object_for(f, i), got;
		struct mv_object m;
		size_t count;

		OK(cs_find_anchor(f->s, f->a,
		    (struct cs_key){f->connector, o.anchor}, CS_ALL, &got, &e));
		assert_true(attrs_equal(&o.image, &got.image));
		OK(mv_get(f->s, f->a, got.mv, true, &m, &e));
		assert_true(attrs_equal(&o.image, &m.values));
		OK(cs_refs_count(
		    f->s, got.id, f->member, REF_IMAGE, &count, &e));
		refs += count;
	}
	assert_int_equal(refs, done * PER_COMMIT);
	w.which = CS_PLACEHOLDERS;
	OK(cs_count(f->s, &w, &n, &e));
	assert_int_equal(n, 0);
}

static void
reopen(struct fixture *f)
{
	OK(store_open(f->path, STORE_WRITE, &f->s, &e));
}

static _Noreturn void
write_for_ever(struct fixture *f, int progress)
{
	int done;

	if (store_open(f->path, STORE_WRITE, &f->s, NULL) < 0 ||
	    store_lock(f->s, "first load", NULL) < 0)
		_exit(1);
	done = done_so_far(f);
	while (transaction(f, done++, progress) == 0)
		;
	_exit(1);
}

/* Kills a writer after so many objects and commits. */
static void
kill_a_writer(struct fixture *f, unsigned steps)
{
	int progress[2];
	char byte;
	pid_t pid;

	assert_int_equal(pipe(progress), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		write_for_ever(f, progress[1]);
	(void)close(progress[1]);
	for (unsigned i = 0; i < steps; i++)
		assert_int_equal(read(progress[0], &byte, 1), 1);
	(void)kill(pid, SIGKILL);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	(void)close(progress[0]);
}

static unsigned
next_random(unsigned *seed)
{
	*seed = *seed * 1664525U + 1013904223U;
	return *seed >> 8;
}

/* Without its indexes yet: they are there when it is opened again. */
static void
killed_in_the_first_load(void **state)
{
	struct fixture *f = *state;
	unsigned seed = (unsigned)getpid() * 2654435761U;

	print_message("# seed %u\n", seed);
	for (int round = 0; round < 6; round++) {
		struct cs_object o = object_for(f, 0);

		f->s = store_close(f->s);
		(void)unlink(f->path);
		reopen(f);
		fixture_fill(f);
		f->s = store_close(f->s);
		kill_a_writer(f, next_random(&seed) % 80);
		reopen(f);
		check(f);
		if (done_so_far(f) == 0)
			continue;
		OK(store_begin(f->s, &e));
		FAILS(cs_put(f->s, &o, CS_ALL, &e), ERR_EXIST, "belongs");
		store_rollback(f->s);
	}
}

static void
killed_at_any_point(void **state)
{
	struct fixture *f = *state;
	unsigned seed = (unsigned)getpid() * 2654435761U;
	int last = 0;

	print_message("# seed %u\n", seed);
	f->s = store_close(f->s);
	for (int round = 0; round < ROUNDS; round++) {
		kill_a_writer(f, next_random(&seed) % 60);
		reopen(f);
		check(f);
		assert_true(done_so_far(f) >= last);
		last = done_so_far(f);
		f->s = store_close(f->s);
	}
	assert_true(last > 0);
}

/* ---- A full disk ---- */

/* Writes until it cannot, rolls back, and goes on reading. */
static int
fill_the_disk(struct fixture *f)
{
	struct rlimit limit = {1U << 20, 1U << 20};
	int done = 0, r;

	(void)signal(SIGXFSZ, SIG_IGN);
	if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
		return 10;
	if (store_open(f->path, STORE_WRITE, &f->s, NULL) < 0)
		return 11;
	while ((r = transaction(f, done, -1)) == 0)
		done++;
	if (r != ERR_NOSPACE)
		return 12;
	store_rollback(f->s);
	/* what was to be committed later is lost, and no more than that */
	if (done < 6 || done_so_far(f) > done || done_so_far(f) < done - 5)
		return 13;
	f->s = store_close(f->s);
	return 0;
}

static void
a_full_disk_loses_nothing(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid;

	f->s = store_close(f->s);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0)
		_exit(fill_the_disk(f));
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
	reopen(f);
	assert_true(done_so_far(f) >= 1);
	check(f);
	assert_int_equal(transaction(f, done_so_far(f), -1), 0);
	check(f);
}

static void
a_full_disk_names_the_file(void **state)
{
	struct fixture *f = *state;
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct rlimit limit = {1U << 18, 1U << 18};
		int r = 0;

		(void)signal(SIGXFSZ, SIG_IGN);
		f->s = NULL;
		if (setrlimit(RLIMIT_FSIZE, &limit) != 0 ||
		    store_open(f->path, STORE_WRITE, &f->s, NULL) < 0 ||
		    store_begin(f->s, NULL) < 0)
			_exit(10);
		for (int i = 0; r == 0 && i < 100000; i++) {
			struct cs_object o = object_for(f, i);

			r = cs_put(f->s, &o, CS_ALL, &e);
			if (r == 0 && i % 500 == 499)
				r = store_commit(f->s, &e);
			if (r == 0 && i % 500 == 499)
				r = store_begin(f->s, &e);
		}
		if (r != ERR_NOSPACE || e.code != ERR_NOSPACE)
			_exit(11);
		_exit(strstr(e.text, f->path) != NULL &&
			      strstr(e.text, "no space left") != NULL
			  ? 0
			  : 12);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, fixture_file, fixture_end)
	const struct CMUnitTest tests[] = {
	    T(killed_at_any_point),
	    T(killed_in_the_first_load),
	    T(a_full_disk_loses_nothing),
	    T(a_full_disk_names_the_file),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
