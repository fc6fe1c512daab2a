/* tests/unit/upgrade/test_compare.c -- two lists of pending changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "upgrade/compare.h"

#define ITEM(dn, changes)                                    \
	"{\"connector\":\"cloud\",\"operation\":\"update\"," \
	"\"type\":\"user\",\"dn\":\"" dn "\",\"changes\":[" changes "]}"
#define CHANGE(name, was, is)                                        \
	"{\"attribute\":\"" name "\",\"old\":[" was "],\"new\":[" is \
	"],\"rule\":\"R\"}"

static int
compare(const char *before, const char *after, struct arena *a,
    struct compare_result *out, struct err *e)
{
	CLEANUP(json_freep)
	struct json *x = NULL;
	CLEANUP(json_freep)
	struct json *y = NULL;

	assert_int_equal(json_parse(text_of(before), 65536, &x, e), 0);
	assert_int_equal(json_parse(text_of(after), 65536, &y, e), 0);
	return compare_pending(x, y, a, out, e);
}

static void
order_ids_and_rules_do_not_count(void **state)
{
	struct arena *a = arena_new(0);
	struct compare_result r;
	struct err e = {0};

	(void)state;
	assert_int_equal(
	    compare("[" ITEM("CN=1",
			CHANGE("title", "\"a\"", "\"b\"") "," CHANGE("phones",
			    "", "\"1\",\"2\"")) "," ITEM("CN=2", "") "]",
		"[" ITEM("CN=2", "") ",{\"id\":\"new\",\"connector\":\"cloud\","
				     "\"operation\":\"update\",\"type\":"
				     "\"user\",\"dn\":\"CN=1\",\"changes\":"
				     "[{\"attribute\":\"phones\",\"old\":[],"
				     "\"new\":[\"2\",\"1\"],\"rule\":\"S\"}"
				     "," CHANGE(
					 "title", "\"a\"", "\"b\"") "]}]",
		a, &r, &e),
	    0);
	assert_int_equal(r.same, 2);
	assert_int_equal(r.line_count, 0);
	assert_null(arena_free(a));
}

static void
what_differs_is_named_on_its_side(void **state)
{
	struct arena *a = arena_new(0);
	struct compare_result r;
	struct err e = {0};

	(void)state;
	assert_int_equal(
	    compare("[" ITEM("CN=1", CHANGE("title", "\"a\"", "\"b\"")) "]",
		"[" ITEM("CN=1", CHANGE("title", "\"a\"", "\"c\"")) "," ITEM(
		    "CN=9", "") "]",
		a, &r, &e),
	    0);
	assert_int_equal(r.same, 0);
	assert_int_equal(r.line_count, 3);
	assert_false(r.lines[0].after);
	assert_true(text_is(
	    r.lines[0].text, "cloud update user CN=1  title: \"a\" -> \"b\""));
	assert_true(r.lines[1].after);
	assert_true(text_is(
	    r.lines[1].text, "cloud update user CN=1  title: \"a\" -> \"c\""));
	assert_true(r.lines[2].after);
	assert_null(arena_free(a));
}

static void
the_same_twice_is_two(void **state)
{
	struct arena *a = arena_new(0);
	struct compare_result r;
	struct err e = {0};

	(void)state;
	assert_int_equal(compare("[" ITEM("CN=1", "") "," ITEM("CN=1", "") "]",
			     "[" ITEM("CN=1", "") "]", a, &r, &e),
	    0);
	assert_int_equal(r.same, 1);
	assert_int_equal(r.line_count, 1);
	assert_null(arena_free(a));
}

static void
other_documents_are_refused(void **state)
{
	struct arena *a = arena_new(0);
	struct compare_result r;
	struct err e = {0};

	(void)state;
	assert_int_equal(compare("{\"error\":{}}", "[]", a, &r, &e), ERR_INVAL);
	assert_non_null(strstr(e.text, "no list"));
	assert_int_equal(
	    compare("[]", "[{\"name\":\"x\"}]", a, &r, &e), ERR_INVAL);
	assert_non_null(strstr(e.text, "item 1"));
	assert_null(arena_free(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(order_ids_and_rules_do_not_count),
	    cmocka_unit_test(what_differs_is_named_on_its_side),
	    cmocka_unit_test(the_same_twice_is_two),
	    cmocka_unit_test(other_documents_are_refused),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
