/* tests/unit/tenant/test_page.c -- paging tokens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tenant/page.h"

static const struct text key = {"0123456789abcdef0123456789abcdef", 32};

static void
round_trip(void **state)
{
	struct arena *a = arena_new(0);
	struct page_token t = {.kind = PAGE_DELTA,
	    .issued_ms = UINT64_C(1800000000000),
	    .n = {0, 1, UINT64_MAX, 4},
	    .extra = TEXT("id,displayName\nid eq 'x'")};
	struct page_token back;
	struct text token;

	(void)state;
	assert_int_equal(page_format(a, key, &t, &token), 0);
	for (size_t i = 0; i < token.len; i++)
		assert_non_null(memchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijkl"
				       "mnopqrstuvwxyz0123456789-_",
		    token.data[i], 64));
	assert_int_equal(page_parse(a, key, token, &back), 0);
	assert_int_equal(back.kind, t.kind);
	assert_int_equal(back.issued_ms, t.issued_ms);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(back.n[i], t.n[i]);
	assert_true(text_equal(back.extra, t.extra));
	arena_free(a);
}

static void
every_octet_is_sealed(void **state)
{
	struct arena *a = arena_new(0);
	struct page_token t = {.kind = PAGE_LIST, .n = {77}}, back;
	struct text token;

	(void)state;
	assert_int_equal(page_format(a, key, &t, &token), 0);
	for (size_t i = 0; i < token.len; i++) {
		struct text bad = text_dup(a, token);
		char *s = arena_strndup(a, bad.data, bad.len);

		s[i] = s[i] == 'A' ? 'B' : 'A';
		/* The last letter has bits that mean nothing. */
		if (i + 1 < token.len)
			assert_int_equal(
			    page_parse(
				a, key, (struct text){s, token.len}, &back),
			    ERR_SYNTAX);
	}
	assert_int_equal(page_parse(a, key, TEXT(""), &back), ERR_SYNTAX);
	assert_int_equal(page_parse(a, key, TEXT("abc"), &back), ERR_SYNTAX);
	assert_int_equal(page_parse(a, key, TEXT("!!!"), &back), ERR_SYNTAX);
	assert_int_equal(
	    page_parse(a, TEXT("another key"), token, &back), ERR_SYNTAX);
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(round_trip),
	    cmocka_unit_test(every_octet_is_sealed),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
