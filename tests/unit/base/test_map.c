/* tests/unit/base/test_map.c -- what base/map.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/map.h"

static void
holds_many(void **state)
{
	CLEANUP(map_freep)
	struct map *m = map_new(false);
	static int values[10000];
	char key[16];

	(void)state;
	for (int i = 0; i < 10000; i++) {
		int n = snprintf(key, sizeof(key), "key%d", i);

		assert_null(map_get(m, (struct text){key, (size_t)n}));
		assert_int_equal(
		    map_put(m, (struct text){key, (size_t)n}, &values[i]), 0);
		memset(key, 'z', sizeof(key)); /* keys are copied */
	}
	assert_int_equal(map_count(m), 10000);
	for (int i = 0; i < 10000; i++) {
		int n = snprintf(key, sizeof(key), "key%d", i);

		assert_ptr_equal(
		    map_get(m, (struct text){key, (size_t)n}), &values[i]);
	}
}

static void
replaces_and_takes_any_key(void **state)
{
	CLEANUP(map_freep)
	struct map *m = map_new(false);
	int a, b;

	(void)state;
	assert_null(map_get(m, TEXT("x")));
	assert_int_equal(map_put(m, TEXT("x"), &a), 0);
	assert_int_equal(map_put(m, TEXT("x"), &b), 0);
	assert_int_equal(map_count(m), 1);
	assert_ptr_equal(map_get(m, TEXT("x")), &b);
	assert_null(map_get(m, TEXT("X")));
	assert_int_equal(map_put(m, TEXT(""), &a), 0);
	assert_ptr_equal(map_get(m, (struct text){NULL, 0}), &a);
	assert_int_equal(map_put(m, TEXT("x\0y"), &a), 0);
	assert_ptr_equal(map_get(m, TEXT("x")), &b);
	assert_int_equal(map_put(m, TEXT("x"), NULL), 0);
	assert_null(map_get(m, TEXT("x")));
}

static void
ignores_case_of_ascii(void **state)
{
	CLEANUP(map_freep)
	struct map *m = map_new(true);
	int a;

	(void)state;
	assert_int_equal(map_put(m, TEXT("sAMAccountName\xc3\x84"), &a), 0);
	assert_ptr_equal(map_get(m, TEXT("SAMACCOUNTNAME\xc3\x84")), &a);
	assert_null(map_get(m, TEXT("samaccountname\xc3\xa4")));
	/* '@' and '`' differ by the same bit as letters do */
	assert_int_equal(map_put(m, TEXT("@["), &a), 0);
	assert_null(map_get(m, TEXT("`{")));
}

static int
visit(void *ctx, struct text key, void *value)
{
	int *sum = ctx;

	(void)key;
	*sum += *(int *)value;
	return *sum > 100 ? 5 : 0;
}

static void
visits_each(void **state)
{
	CLEANUP(map_freep)
	struct map *m = map_new(false);
	int one = 1, two = 2, big = 1000, sum = 0;

	(void)state;
	assert_int_equal(map_each(m, visit, &sum), 0);
	assert_int_equal(map_put(m, TEXT("a"), &one), 0);
	assert_int_equal(map_put(m, TEXT("b"), &two), 0);
	assert_int_equal(map_put(m, TEXT("gone"), NULL), 0);
	assert_int_equal(map_each(m, visit, &sum), 0);
	assert_int_equal(sum, 3);
	assert_int_equal(map_put(m, TEXT("c"), &big), 0);
	assert_int_equal(map_each(m, visit, &sum), 5);
	assert_null(map_free(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(holds_many),
	    cmocka_unit_test(replaces_and_takes_any_key),
	    cmocka_unit_test(ignores_case_of_ascii),
	    cmocka_unit_test(visits_each),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
