/* tests/unit/base/test_arena.c -- what base/arena.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"

static void
gives_zeroed_aligned_memory(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t n = 1; n < 3000; n += 37) {
		unsigned char *p = arena_alloc(a, n);

		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, n);
	}
	/* what an earlier life wrote is not seen again */
	arena_reset(a);
	for (size_t n = 1; n < 3000; n += 37) {
		unsigned char *p = arena_alloc(a, n);

		assert_true(p != NULL && p[0] == 0 && p[n - 1] == 0);
	}
}

static void
keeps_its_limit(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(10000);

	(void)state;
	assert_non_null(arena_alloc(a, 4000));
	assert_non_null(arena_alloc(a, 5000));
	assert_true(arena_held(a) <= 10000);
	assert_false(arena_failed(a));
	assert_null(arena_alloc(a, 5000));
	assert_true(arena_failed(a));
	/* it stays failed, though a small one would fit again */
	assert_non_null(arena_strdup(a, "x"));
	assert_true(arena_failed(a));
	arena_reset(a);
	assert_false(arena_failed(a));
	assert_non_null(arena_alloc(a, 5000));
}

static void
refuses_sizes_that_overflow(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);

	(void)state;
	assert_null(arena_array(a, SIZE_MAX / 8, 16));
	assert_true(arena_failed(a));
	arena_reset(a);
	assert_null(arena_alloc(a, SIZE_MAX));
	assert_true(arena_failed(a));
	arena_reset(a);
	assert_null(arena_strndup(a, "", SIZE_MAX));
	assert_true(arena_failed(a));
	arena_reset(a);
	assert_non_null(arena_array(a, 0, 16));
	assert_non_null(arena_array(a, 16, 0));
	assert_false(arena_failed(a));
}

static void
copies_text(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	static char big[5000];

	(void)state;
	assert_string_equal(arena_strdup(a, "abc"), "abc");
	assert_string_equal(arena_strndup(a, "abc", 2), "ab");
	assert_memory_equal(arena_strndup(a, "a\0c", 3), "a\0c", 4);
	assert_string_equal(arena_strndup(a, NULL, 0), "");
	assert_string_equal(arena_printf(a, "%d-%s", 7, "x"), "7-x");
	memset(big, 'y', sizeof(big) - 1);
	assert_string_equal(arena_printf(a, "%s", big), big);
}

static void
keeps_some_over_a_reset(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	size_t held;

	(void)state;
	assert_int_equal(arena_held(a), 0);
	for (int i = 0; i < 100; i++)
		assert_non_null(arena_alloc(a, 10000));
	held = arena_held(a);
	assert_true(held >= 1000000);
	arena_reset(a);
	assert_int_equal(arena_held(a), held);
	/* and takes from it first */
	for (int i = 0; i < 100; i++)
		assert_non_null(arena_alloc(a, 10000));
	assert_int_equal(arena_held(a), held);
	/* a chunk of a size of its own is given back, and what is too much */
	for (int i = 0; i < 1000; i++)
		assert_non_null(arena_alloc(a, 10000));
	assert_non_null(arena_alloc(a, 8U << 20));
	assert_true(arena_held(a) > 16U << 20);
	arena_reset(a);
	assert_true(arena_held(a) <= 4U << 20);
	assert_true(arena_held(a) >= held);
}

static void
fails_the_nth(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);

	(void)state;
	arena_fail_nth(a, 3);
	assert_non_null(arena_alloc(a, 1));
	assert_non_null(arena_strdup(a, "x"));
	assert_false(arena_failed(a));
	assert_null(arena_printf(a, "x"));
	assert_true(arena_failed(a));
	assert_non_null(arena_alloc(a, 1));
	assert_null(arena_free(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(gives_zeroed_aligned_memory),
	    cmocka_unit_test(keeps_its_limit),
	    cmocka_unit_test(refuses_sizes_that_overflow),
	    cmocka_unit_test(copies_text),
	    cmocka_unit_test(keeps_some_over_a_reset),
	    cmocka_unit_test(fails_the_nth),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
