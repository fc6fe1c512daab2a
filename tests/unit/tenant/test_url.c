/* tests/unit/tenant/test_url.c -- request targets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tenant/url.h"

static void
takes_apart(void **state)
{
	static const struct {
		const char *target;
		const char *segments[5];
	} cases[] = {
	    {"/users", {"users"}},
	    {"users/", {"users"}},
	    {"//users//x", {"users", "x"}},
	    {"/users/a%40b.example", {"users", "a@b.example"}},
	    {"/users('a@b.example')/manager/$ref",
		{"users", "a@b.example", "manager", "$ref"}},
	    {"/users('o''x')", {"users", "o'x"}},
	    {"/users('a%2Fb')", {"users", "a/b"}},
	    {"/users/delta()", {"users", "delta"}},
	    {"/groups/x/members/$count", {"groups", "x", "members", "$count"}},
	    {"https://h.example/v1.0/users/x", {"v1.0", "users", "x"}},
	    {"https://h.example", {NULL}},
	    {"", {NULL}},
	};
	struct arena *a = arena_new(0);
	struct url u;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = 0;

		assert_int_equal(
		    url_parse(a, text_of(cases[i].target), &u, NULL), 0);
		for (; cases[i].segments[n] != NULL; n++)
			if (n >= u.nsegments ||
			    !text_is(u.segments[n], cases[i].segments[n]))
				fail_msg("%s: segment %zu", cases[i].target, n);
		assert_int_equal(u.nsegments, n);
	}
	arena_free(a);
}

static void
reads_options(void **state)
{
	struct arena *a = arena_new(0);
	struct url u;

	(void)state;
	assert_int_equal(
	    url_parse(a,
		TEXT("/users?$filter=a%20eq%20%27x%2By%27&top=5&$Select=a+b&x"
		     "&=z&&$count=a=b#frag"),
		&u, NULL),
	    0);
	assert_int_equal(u.noptions, 5);
	assert_true(text_is(url_option(&u, "filter")->value, "a eq 'x+y'"));
	assert_true(text_is(url_option(&u, "top")->value, "5"));
	assert_true(text_is(url_option(&u, "select")->value, "a b"));
	assert_true(text_is(url_option(&u, "x")->value, ""));
	assert_true(text_is(url_option(&u, "count")->value, "a=b"));
	assert_null(url_option(&u, "expand"));
	assert_true(text_is(u.path, "/users"));
	arena_free(a);
}

static void
refuses(void **state)
{
	static const char *const bad[] = {"/users/%", "/users/%4", "/users/%zz",
	    "/users/%00", "/users/%ff", "/users('x)", "/users(x)",
	    "/users('a'b')", "/u?$filter=%f", "/1/2/3/4/5/6/7/8/9/10/11/12/13"};
	struct arena *a = arena_new(0);
	struct buf b;
	struct url u;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (url_parse(a, text_of(bad[i]), &u, NULL) == 0)
			fail_msg("taken: %s", bad[i]);
	buf_init(&b, 1U << 20);
	buf_puts(&b, "/u?");
	for (int i = 0; i < 25; i++)
		buf_puts(&b, "a=b&");
	assert_int_equal(url_parse(a, buf_text(&b), &u, NULL), ERR_LIMIT);
	for (int i = 0; i < 20000; i++)
		buf_putc(&b, 'x');
	assert_int_equal(url_parse(a, buf_text(&b), &u, NULL), ERR_LIMIT);
	buf_clear(&b);
	arena_free(a);
}

static void
encodes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	url_encode(TEXT("a-Z_.~9 +'/\xc3\xbc"), &b);
	assert_true(text_is(buf_text(&b), "a-Z_.~9%20%2B%27%2F%C3%BC"));
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(takes_apart),
	    cmocka_unit_test(reads_options),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(encodes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
