/* tests/unit/base/test_file.c -- base/file.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/file.h"

struct fixture {
	struct arena *a;
	char dir[64], path[128];
};

static int
setup(void **state)
{
	static struct fixture f;
	FILE *out;

	f.a = arena_new(0);
	(void)snprintf(f.dir, sizeof(f.dir), "/tmp/causeway-file.XXXXXX");
	if (f.a == NULL || mkdtemp(f.dir) == NULL)
		return -1;
	(void)snprintf(f.path, sizeof(f.path), "%s/one", f.dir);
	out = fopen(f.path, "w");
	if (out == NULL || fputs("some text", out) < 0 || fclose(out) != 0)
		return -1;
	*state = &f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	(void)unlink(f->path);
	(void)rmdir(f->dir);
	(void)arena_free(f->a);
	return 0;
}

static void
all_of_it_up_to_the_limit(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	struct text t;

	assert_int_equal(file_read(f->a, f->path, 9, &t, &e), 0);
	assert_true(text_is(t, "some text"));
	assert_int_equal(t.data[t.len], '\0');
	assert_int_equal(file_read(f->a, f->path, 8, &t, &e), ERR_LIMIT);
	assert_non_null(strstr(e.text, f->path));
	assert_non_null(strstr(e.text, "too large"));
}

static void
what_is_none_is_said(void **state)
{
	struct fixture *f = *state;
	struct err e = {0};
	struct text t = TEXT("as it was");
	char fifo[128];

	assert_int_equal(
	    file_read(f->a, "/nowhere/at/all", 9, &t, &e), ERR_NOENT);
	assert_non_null(strstr(e.text, "/nowhere/at/all"));
	assert_int_equal(file_read(f->a, f->dir, 9, &t, &e), ERR_UNSUPPORTED);
	/* and nobody waits for who writes to it */
	(void)snprintf(fifo, sizeof(fifo), "%s/fifo", f->dir);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(file_read(f->a, fifo, 9, &t, &e), ERR_UNSUPPORTED);
	assert_int_equal(unlink(fifo), 0);
	assert_true(text_is(t, "as it was"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		all_of_it_up_to_the_limit, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		what_is_none_is_said, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
