/* tests/unit/base/test_fold.c -- what base/fold.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/fold.h"

static const struct {
	const char *a, *b;
	bool same;
} pairs[] = {
    {"", "", true}, {"abc", "ABC", true}, {"abc", "abd", false},
    {"abc", "ab", false},
    {"\xc3\xa4\xc3\x96", "\xc3\x84\xc3\xb6", true}, /* ae oe */
    {"\xc3\x9f", "ss", false},                      /* one to one: sharp s */
    {"\xe1\xba\x9e", "\xc3\x9f", true},             /* capital sharp s */
    {"\xcf\x83", "\xcf\x82", true},                 /* sigma, final sigma */
    {"\xce\xa3", "\xcf\x82", true}, {"\xd0\x96", "\xd0\xb6", true}, /* zhe */
    {"I", "i", true}, {"I", "\xc4\xb1", false}, /* dotless i stays */
    {"\xc4\xb0", "i", false},                   /* dotted I stays */
    {"\xc8\xba", "\xe2\xb1\xa5", true},         /* grows by a byte */
    {"\xff", "\xff", true},                     /* no UTF-8 */
    {"\xff", "\xfe", false},
    {"a\xcc\x88", "\xc3\xa4", false}, /* not normalised */
};

static void
folds_one_to_one(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		struct text x, y;

		assert_int_equal(fold_text(a, text_of(pairs[i].a), &x), 0);
		assert_int_equal(fold_text(a, text_of(pairs[i].b), &y), 0);
		if (text_equal(x, y) != pairs[i].same)
			fail_msg("%s %s", pairs[i].a, pairs[i].b);
		assert_int_equal(
		    fold_equal(text_of(pairs[i].a), text_of(pairs[i].b)),
		    pairs[i].same);
		assert_int_equal(x.data[x.len], 0);
	}
}

static void
folding_again_changes_nothing(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);

	(void)state;
	for (uint32_t c = 0; c < 0x110000; c++) {
		char in[8];
		struct text one, two;

		if (c >= 0xd800 && c <= 0xdfff)
			continue;
		assert_int_equal(
		    fold_text(a, (struct text){in, utf8_put(in, c)}, &one), 0);
		assert_int_equal(fold_text(a, one, &two), 0);
		if (!text_equal(one, two) || !text_is_utf8(one))
			fail_msg("U+%04X", c);
		arena_reset(a);
	}
}

static void
knows_kinds(void **state)
{
	(void)state;
	assert_int_equal(char_kind('a'), CHAR_LETTER);
	assert_int_equal(char_kind(0xe4), CHAR_LETTER);
	assert_int_equal(char_kind('7'), CHAR_INNER);
	assert_int_equal(char_kind(0x301), CHAR_INNER);
	assert_int_equal(char_kind(' '), CHAR_BLANK);
	assert_int_equal(char_kind(0x3000), CHAR_BLANK);
	assert_int_equal(char_kind('-'), CHAR_OTHER);
	assert_int_equal(char_upper(0xe4), 0xc4);
	assert_int_equal(char_lower(0xc4), 0xe4);
	assert_int_equal(char_upper(0x1100ff), 0x1100ff);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(folds_one_to_one),
	    cmocka_unit_test(folding_again_changes_nothing),
	    cmocka_unit_test(knows_kinds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
