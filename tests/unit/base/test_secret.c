/* tests/unit/base/test_secret.c -- what base/secret.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/secret.h"

static char dir[] = "/tmp/test_secret.XXXXXX";

static int
make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) != NULL ? 0 : -1;
}

static int
remove_dir(void **state)
{
	char path[64];

	(void)state;
	(void)snprintf(path, sizeof(path), "%s/s", dir);
	(void)unlink(path);
	return rmdir(dir);
}

/* Resolves file:DIR/s that holds text, with mode. */
static int
resolve_file(
    struct text content, mode_t mode, struct secret **out, struct err *e)
{
	char ref[80];
	FILE *f;

	(void)snprintf(ref, sizeof(ref), "file:%s/s", dir);
	(void)unlink(ref + 5);
	f = fopen(ref + 5, "we");
	assert_non_null(f);
	assert_int_equal(fwrite(content.data, 1, content.len, f), content.len);
	(void)fclose(f);
	assert_int_equal(chmod(ref + 5, mode), 0);
	return secret_resolve(text_of(ref), out, e);
}

static void
reads_files(void **state)
{
	static char big[SECRET_MAX + 1];
	struct secret *s = NULL;
	struct err e = {0};

	(void)state;
	assert_int_equal(resolve_file(TEXT("pw"), 0600, &s, &e), 0);
	assert_true(secret_equal(s, TEXT("pw")));
	s = secret_free(s);
	assert_int_equal(resolve_file(TEXT("pw \r\n"), 0640, &s, &e), 0);
	assert_true(secret_equal(s, TEXT("pw ")));
	s = secret_free(s);
	assert_int_equal(resolve_file(TEXT("a\n\n"), 0400, &s, &e), 0);
	assert_string_equal(secret_text(s).data, "a\n");
	s = secret_free(s);
	assert_int_equal(resolve_file(TEXT(""), 0600, &s, &e), 0);
	assert_int_equal(secret_text(s).len, 0);
	assert_false(secret_equal(s, TEXT("x")));
	s = secret_free(s);
	/* no name that mkdtemp() makes can hold it: the message has the path */
	assert_int_equal(resolve_file(TEXT("p w!"), 0604, &s, &e), ERR_ACCESS);
	assert_non_null(strstr(e.text, "others may read"));
	assert_null(strstr(e.text, "p w!"));
	assert_int_equal(
	    resolve_file((struct text){big, sizeof(big)}, 0600, &s, &e),
	    ERR_LIMIT);
	assert_int_equal(
	    resolve_file((struct text){big, SECRET_MAX}, 0600, &s, &e), 0);
	assert_int_equal(secret_text(s).len, SECRET_MAX);
	s = secret_free(s);
}

static void
reads_environment_and_credentials(void **state)
{
	struct secret *s = NULL;
	struct err e = {0};

	(void)state;
	assert_int_equal(setenv("TEST_SECRET", "from env", 1), 0);
	assert_int_equal(secret_resolve(TEXT("env:TEST_SECRET"), &s, &e), 0);
	assert_true(secret_equal(s, TEXT("from env")));
	s = secret_free(s);
	assert_int_equal(unsetenv("CREDENTIALS_DIRECTORY"), 0);
	assert_int_equal(
	    secret_resolve(TEXT("credential:s"), &s, &e), ERR_NOENT);
	assert_int_equal(setenv("CREDENTIALS_DIRECTORY", dir, 1), 0);
	assert_int_equal(resolve_file(TEXT("cred\n"), 0400, &s, &e), 0);
	s = secret_free(s);
	assert_int_equal(secret_resolve(TEXT("credential:s"), &s, &e), 0);
	assert_true(secret_equal(s, TEXT("cred")));
	s = secret_free(s);
	assert_int_equal(
	    secret_resolve(TEXT("credential:../s"), &s, &e), ERR_CONFIG);
}

static void
refuses_what_is_no_reference(void **state)
{
	static char longer[2000];
	struct secret *s = NULL;
	struct err e = {0};

	(void)state;
	assert_int_equal(secret_resolve(TEXT("hunter2"), &s, &e), ERR_CONFIG);
	assert_null(strstr(e.text, "hunter2"));
	assert_int_equal(
	    secret_resolve(TEXT("env:NO_SUCH_THING"), &s, &e), ERR_NOENT);
	assert_int_equal(
	    secret_resolve(TEXT("file:/nowhere/x"), &s, &e), ERR_NOENT);
	assert_int_equal(secret_resolve(TEXT("file:/tmp"), &s, &e), ERR_ACCESS);
	/* a name that the system would cut */
	assert_int_equal(
	    secret_resolve(TEXT("env:TEST_SECRET\0x"), &s, &e), ERR_CONFIG);
	(void)snprintf(longer, sizeof(longer), "file:%01900d", 0);
	assert_int_equal(secret_resolve(text_of(longer), &s, &e), ERR_LIMIT);
	assert_null(s);
}

static void
compares_and_wipes(void **state)
{
	struct secret *s = secret_new(TEXT("a\0b"));
	char copy[4] = "abc";

	(void)state;
	assert_true(secret_equal(s, TEXT("a\0b")));
	assert_false(secret_equal(s, TEXT("a\0c")));
	assert_false(secret_equal(s, TEXT("a")));
	assert_false(secret_equal(s, TEXT("a\0ba")));
	assert_false(secret_equal(s, TEXT("")));
	assert_int_equal(secret_text(s).data[3], 0);
	s = secret_free(s);
	assert_null(secret_free(s));
	secret_wipe(copy, sizeof(copy));
	assert_memory_equal(copy, "\0\0\0\0", 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_files),
	    cmocka_unit_test(reads_environment_and_credentials),
	    cmocka_unit_test(refuses_what_is_no_reference),
	    cmocka_unit_test(compares_and_wipes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
