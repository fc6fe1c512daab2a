/* tests/unit/base/test_text.c -- what base/text.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"

static void
compares(void **state)
{
	(void)state;
	assert_true(text_equal(TEXT(""), (struct text){NULL, 0}));
	assert_true(text_equal(TEXT("a\0b"), TEXT("a\0b")));
	assert_false(text_equal(TEXT("a\0b"), TEXT("a\0c")));
	assert_false(text_is(TEXT("a\0"), "a"));
	assert_true(text_is_nocase(TEXT("aBc-\xc3\x84"), "AbC-\xc3\x84"));
	assert_false(text_is_nocase(TEXT("\xc3\x84"), "\xc3\xa4"));
	assert_false(text_is_nocase(TEXT("["), "{"));
	assert_true(text_compare(TEXT("a"), TEXT("b")) < 0);
	assert_true(text_compare(TEXT("a"), TEXT("aa")) < 0);
	assert_true(text_compare(TEXT("\x80"), TEXT("a")) > 0);
	assert_int_equal(text_compare(TEXT(""), (struct text){NULL, 0}), 0);
	assert_true(text_starts_nocase(TEXT("LDAPS://x"), "ldaps://"));
	assert_false(text_starts_nocase(TEXT("ldap"), "ldaps"));
	assert_true(text_ends_nocase(TEXT("a;BINARY"), ";binary"));
	assert_false(text_ends_nocase(TEXT("y"), ";binary"));
	assert_int_equal(text_of(NULL).len, 0);
}

static void
copies(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct text t = text_dup(a, TEXT("abc"));

	(void)state;
	assert_true(text_is(t, "abc"));
	assert_int_equal(t.data[3], '\0');
	t = text_dup(a, (struct text){NULL, 0});
	assert_non_null(t.data);
	assert_int_equal(t.len, 0);
	arena_fail_nth(a, 1);
	t = text_dup(a, TEXT("abc"));
	assert_null(t.data);
	assert_int_equal(t.len, 0);
	assert_true(arena_failed(a));
}

static const struct {
	const char *in;
	int code;
	int64_t n;
} numbers[] = {
    {"0", 0, 0},
    {"-0", 0, 0},
    {"007", 0, 7},
    {"9223372036854775807", 0, INT64_MAX},
    {"-9223372036854775808", 0, INT64_MIN},
    {"9223372036854775808", ERR_LIMIT, 0},
    {"-9223372036854775809", ERR_LIMIT, 0},
    {"99999999999999999999999", ERR_LIMIT, 0},
    {"", ERR_SYNTAX, 0},
    {"-", ERR_SYNTAX, 0},
    {"+1", ERR_SYNTAX, 0},
    {" 1", ERR_SYNTAX, 0},
    {"1 ", ERR_SYNTAX, 0},
    {"1.5", ERR_SYNTAX, 0},
    {"0x10", ERR_SYNTAX, 0},
};

static void
reads_numbers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		int64_t n = 0;

		assert_int_equal(
		    text_to_int64(text_of(numbers[i].in), &n), numbers[i].code);
		assert_true(n == numbers[i].n);
	}
}

static void
knows_utf8(void **state)
{
	static const char *const good[] = {"", "a", "\xc2\x80", "\xdf\xbf",
	    "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf",
	    "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf",
	    "\xc2", "\xc2z", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82",
	    "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
	    "a\xe2\x82z"};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(text_is_utf8(text_of(good[i])));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(text_is_utf8(text_of(bad[i])));
}

static void
code_points_come_back(void **state)
{
	char out[4];

	(void)state;
	for (uint32_t c = 0; c < 0x110000 + 256; c++) {
		size_t pos = 0, n;

		/* a surrogate is no text; a byte below 0x80 is itself */
		if ((c >= 0xd800 && c <= 0xdfff) ||
		    (c >= 0x110000 && c < 0x110080))
			continue;
		n = utf8_put(out, c);
		if (utf8_next((struct text){out, n}, &pos) != c || pos != n)
			fail_msg("U+%04X", c);
	}
}

static const struct {
	struct text in;
	const char *hex, *base64, *base64url;
} octets[] = {
    {{"", 0}, "", "", ""},
    {{"f", 1}, "66", "Zg==", "Zg"},
    {{"fo", 2}, "666f", "Zm8=", "Zm8"},
    {{"foo", 3}, "666f6f", "Zm9v", "Zm9v"},
    {{"foobar", 6}, "666f6f626172", "Zm9vYmFy", "Zm9vYmFy"},
    {{"\0\xff\xfe\xfb\xef", 5}, "00fffefbef", "AP/+++8=", "AP_--8-8"},
};

static void
encodes_and_decodes(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(octets) / sizeof(octets[0]); i++) {
		struct text t, back;

		assert_int_equal(hex_encode(a, octets[i].in, &t), 0);
		assert_true(text_is(t, octets[i].hex));
		assert_int_equal(hex_decode(a, t, &back, NULL), 0);
		assert_true(text_equal(back, octets[i].in));
		assert_int_equal(base64_encode(a, octets[i].in, &t), 0);
		assert_true(text_is(t, octets[i].base64));
		assert_int_equal(base64_decode(a, t, &back, NULL), 0);
		assert_true(text_equal(back, octets[i].in));
		assert_int_equal(base64url_encode(a, octets[i].in, &t), 0);
		if (i + 1 < sizeof(octets) / sizeof(octets[0]))
			assert_true(text_is(t, octets[i].base64url));
		assert_int_equal(base64url_decode(a, t, &back, NULL), 0);
		assert_true(text_equal(back, octets[i].in));
	}
}

static void
refuses_bad_encodings(void **state)
{
	static const char *const bad64[] = {"Z", "Zg", "Zg=", "Zg===", "=",
	    "====", "Zm9v=", "Zm8==", "Zm8=====", "Zg==Zg==", "Zm-_", "Zm9\x80",
	    "Z!=="};
	static const char *const bad64url[] = {
	    "Z", "Zg==", "Zm+/", "Z g", "Zm9v\n"};
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct err e = {0};
	struct text t = {NULL, 0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad64) / sizeof(bad64[0]); i++)
		if (base64_decode(a, text_of(bad64[i]), &t, &e) != ERR_SYNTAX)
			fail_msg("%s", bad64[i]);
	for (size_t i = 0; i < sizeof(bad64url) / sizeof(bad64url[0]); i++)
		if (base64url_decode(a, text_of(bad64url[i]), &t, &e) !=
		    ERR_SYNTAX)
			fail_msg("%s", bad64url[i]);
	assert_int_equal(base64_decode(a, TEXT("Zg\0="), &t, &e), ERR_SYNTAX);
	assert_int_equal(hex_decode(a, TEXT("abc"), &t, &e), ERR_SYNTAX);
	assert_int_equal(hex_decode(a, TEXT("ag"), &t, &e), ERR_SYNTAX);
	assert_null(t.data);
	assert_int_equal(base64_decode(a, TEXT(" Zm\r\n9v\t"), &t, &e), 0);
	assert_true(text_is(t, "foo"));
	assert_int_equal(hex_decode(a, TEXT("aBcD"), &t, &e), 0);
	assert_memory_equal(t.data, "\xab\xcd", 2);
	arena_fail_nth(a, 1);
	assert_int_equal(base64_decode(a, TEXT("Zg=="), &t, &e), ERR_NOMEM);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(compares),
	    cmocka_unit_test(copies),
	    cmocka_unit_test(reads_numbers),
	    cmocka_unit_test(knows_utf8),
	    cmocka_unit_test(code_points_come_back),
	    cmocka_unit_test(encodes_and_decodes),
	    cmocka_unit_test(refuses_bad_encodings),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
