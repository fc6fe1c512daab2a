/* tests/unit/base/test_err.c -- what base/err.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"

static void
sets_and_prefixes(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(err_set(&e, ERR_SYNTAX, "bad %d", 7), ERR_SYNTAX);
	assert_int_equal(e.code, ERR_SYNTAX);
	assert_string_equal(e.text, "bad 7");
	assert_string_equal(e.type, "");
	assert_int_equal(
	    err_type(&e, ERR_RULE, "sync-x", "rule %s", "r"), ERR_RULE);
	assert_string_equal(e.type, "sync-x");
	assert_int_equal(err_prefix(&e, "file %s", "f"), ERR_RULE);
	assert_string_equal(e.text, "file f: rule r");
	assert_string_equal(e.type, "sync-x");
	assert_int_equal(err_set(NULL, ERR_IO, "x"), ERR_IO);
	assert_int_equal(err_type(NULL, ERR_IO, "t", "x"), ERR_IO);
}

static void
cuts_what_is_too_long(void **state)
{
	char big[2000];
	struct err e = {0};

	(void)state;
	memset(big, 'x', sizeof(big) - 1);
	big[sizeof(big) - 1] = '\0';
	(void)err_set(&e, ERR_SYNTAX, "%s", big);
	assert_int_equal(strlen(e.text), sizeof(e.text) - 1);
	(void)err_type(&e, ERR_SYNTAX, big, "tail");
	assert_int_equal(strlen(e.type), sizeof(e.type) - 1);
	(void)err_prefix(&e, "%s", big);
	/* the reason outlives a long context */
	assert_non_null(strstr(e.text, ": tail"));
	(void)err_set(&e, ERR_SYNTAX, "%s", big);
	(void)err_prefix(&e, "head");
	assert_int_equal(strncmp(e.text, "head: xxx", 9), 0);
	assert_true(strlen(e.text) < sizeof(e.text));
}

static void
every_code_has_a_name_and_a_class(void **state)
{
	(void)state;
	for (int code = ERR_CANCELLED; code <= ERR_SYNTAX; code++)
		assert_string_not_equal(err_name(code), "unknown");
	assert_string_equal(err_name(-9999), "unknown");
	assert_int_equal(err_class(-9999), ERR_CLASS_BUG);
	assert_int_equal(err_class(ERR_INTERNAL), ERR_CLASS_BUG);
	assert_int_equal(err_class(ERR_UNCERTAIN), ERR_CLASS_REREAD);
	assert_int_equal(err_class(ERR_BUSY), ERR_CLASS_RETRY);
	assert_int_equal(err_class(ERR_CONNECT), ERR_CLASS_RETRY);
	assert_int_equal(err_class(ERR_CONFIG), ERR_CLASS_CONFIG);
	assert_int_equal(err_class(ERR_GUARD), ERR_CLASS_CONFIG);
	assert_int_equal(err_class(ERR_REJECTED), ERR_CLASS_OBJECT);
	assert_int_equal(err_class(ERR_RULE), ERR_CLASS_OBJECT);
	assert_string_equal(err_name(ERR_NOENT), "noent");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sets_and_prefixes),
	    cmocka_unit_test(cuts_what_is_too_long),
	    cmocka_unit_test(every_code_has_a_name_and_a_class),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
