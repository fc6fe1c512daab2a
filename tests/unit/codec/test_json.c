/* tests/unit/codec/test_json.c -- what codec/json.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/json.h"

static const struct {
	const char *in;
	int code;
	const char *out; /* written again, or part of the error text */
} cases[] = {
    {"{}", 0, "{}"},
    {" [ ] \r\n", 0, "[]"},
    {"12", 0, "12"},
    {" -0 ", 0, "0"},
    {"\"\"", 0, "\"\""},
    {"null", 0, "null"},
    {"true", 0, "true"},
    {"[1,2.50,-3e2]", 0, "[1,2.50,-3e2]"},
    {"9223372036854775807", 0, "9223372036854775807"},
    {"-9223372036854775808", 0, "-9223372036854775808"},
    {"9223372036854775808", ERR_LIMIT, "64 bits at byte 0"},
    {"[1,-9223372036854775809]", ERR_LIMIT, "64 bits at byte 3"},
    {"1e999", ERR_LIMIT, "double"},
    {"[{\"a\":-1e999}]", ERR_LIMIT, "double"},
    {"\"a\\u0000b\"", 0, "\"a\\u0000b\""},
    {"\"\\u00e4\\ud83d\\ude00\"", 0, "\"\xc3\xa4\xf0\x9f\x98\x80\""},
    {"\"\\/\\b\\f\\n\\r\\t\\\\\\\"\"", 0,
	"\"/\\u0008\\u000c\\n\\r\\t\\\\\\\"\""},
    {"{\"b\":1,\"a\":{\"b\":1}}", 0, "{\"b\":1,\"a\":{\"b\":1}}"},
    {"{\"a\":1,\"b\":2,\"a\":3}", ERR_SYNTAX, "\"a\" is there twice"},
    {"[{\"x\":{\"a\":1}},{\"a\":[{\"k\":1,\"k\":1}]}]", ERR_SYNTAX,
	"\"k\" is there twice"},
    {"{\"a\":1,\"\\u0061\":3}", ERR_SYNTAX, "twice"},
    {"{\"a\\u0000b\":1}", ERR_SYNTAX, "key with a zero byte"},
    {"\"\\ud800\"", ERR_SYNTAX, "surrogate"},
    {"\"\\udc00\\ud800\"", ERR_SYNTAX, "surrogate"},
    {"\"\\ud800\\u0041\"", ERR_SYNTAX, "surrogate"},
    {"\"\\u12\"", ERR_SYNTAX, "escape"},
    {"\"\\x\"", ERR_SYNTAX, "bad escape at byte 2"},
    {"\"a\nb\"", ERR_SYNTAX, "control byte in a string at byte 2"},
    {"\"abc", ERR_SYNTAX, "without an end"},
    {"\"\xff\"", ERR_SYNTAX, "not UTF-8 at byte 1"},
    {"\"\xed\xa0\x80\"", ERR_SYNTAX, "not UTF-8"},
    {"\xef\xbb\xbf{}", ERR_SYNTAX, "no JSON value"},
    {"", ERR_SYNTAX, "nothing"},
    {" \n", ERR_SYNTAX, "nothing"},
    {"[1,]", ERR_SYNTAX, "byte 3"},
    {"{\"a\":1,}", ERR_SYNTAX, "byte 7"},
    {"[1", ERR_SYNTAX, "too early"},
    {"{\"a\"", ERR_SYNTAX, "too early"},
    {"1 2", ERR_SYNTAX, "byte"},
    {"{}x", ERR_SYNTAX, "byte 2"},
    {"{}{}", ERR_SYNTAX, "byte 2"},
    {"]", ERR_SYNTAX, "bracket"},
    {"[}", ERR_SYNTAX, "byte 1"},
    {"01", ERR_SYNTAX, "begins with 0"},
    {"+1", ERR_SYNTAX, "no JSON value"},
    {"1.", ERR_SYNTAX, "no digit"},
    {".5", ERR_SYNTAX, "no JSON value"},
    {"-", ERR_SYNTAX, "no digit"},
    {"NaN", ERR_SYNTAX, "no JSON value"},
    {"-Infinity", ERR_SYNTAX, "no digit"},
    {"True", ERR_SYNTAX, "no JSON value"},
    {"nul", ERR_SYNTAX, "no JSON value"},
    {"'a'", ERR_SYNTAX, "no JSON value"},
    {"{a:1}", ERR_SYNTAX, "no JSON value"},
    {"{1:1}", ERR_SYNTAX, "byte 1"},
    {"[1]/* c */", ERR_SYNTAX, "no JSON value"},
};

static void
parses_or_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct json *j = NULL;
		struct err e = {0};
		struct buf b;
		int r = json_parse(text_of(cases[i].in), 1000, &j, &e);

		if (r != cases[i].code)
			print_message("# %s: %s\n", cases[i].in, e.text);
		assert_int_equal(r, cases[i].code);
		if (r < 0) {
			assert_null(j);
			assert_int_equal(e.code, r);
			if (strstr(e.text, cases[i].out) == NULL)
				fail_msg("%s: %s", cases[i].in, e.text);
			continue;
		}
		buf_init(&b, 1000);
		assert_int_equal(json_write(j, false, &b), 0);
		assert_string_equal(buf_text(&b).data, cases[i].out);
		buf_clear(&b);
		(void)json_free(j);
	}
}

static void
stops_at_zero_bytes_and_limits(void **state)
{
	char deep[2 * JSON_MAX_DEPTH + 3];
	struct json *j = NULL;
	struct err e = {0};

	(void)state;
	assert_int_equal(
	    json_parse((struct text){"1\0", 2}, 9, &j, &e), ERR_SYNTAX);
	assert_int_equal(
	    json_parse((struct text){"\"\0\"", 3}, 9, &j, &e), ERR_SYNTAX);
	assert_int_equal(json_parse(TEXT("[1,2]"), 4, &j, &e), ERR_LIMIT);
	memset(deep, '[', JSON_MAX_DEPTH + 1);
	memset(deep + JSON_MAX_DEPTH + 1, ']', JSON_MAX_DEPTH + 1);
	assert_int_equal(json_parse((struct text){deep, 2 * JSON_MAX_DEPTH + 2},
			     999, &j, &e),
	    ERR_LIMIT);
	assert_int_equal(json_parse((struct text){deep + 1, 2 * JSON_MAX_DEPTH},
			     999, &j, &e),
	    0);
	(void)json_free(j);
}

static int
join_keys(void *ctx, struct text key, struct json *value)
{
	buf_text_add(ctx, key);
	return json_type(value) == JSON_NULL ? 7 : 0;
}

static void
gives_what_is_there(void **state)
{
	struct json *j = NULL;
	struct buf b;

	(void)state;
	assert_int_equal(
	    json_parse(TEXT("{\"s\":\"a\\u0000b\",\"i\":-5,\"t\":true,"
			    "\"d\":1.5,\"l\":[null,1],\"n\":null,\"z\":1}"),
		1000, &j, NULL),
	    0);
	assert_int_equal(json_count(j), 7);
	assert_int_equal(json_get_text(j, "s").len, 3);
	assert_memory_equal(json_get_text(j, "s").data, "a\0b", 3);
	assert_int_equal(json_int(json_get(j, "i"), 0), -5);
	assert_int_equal(json_int(json_get(j, "s"), 9), 9);
	assert_int_equal(json_int(json_get(j, "d"), 9), 9);
	assert_int_equal(json_type(json_get(j, "d")), JSON_DOUBLE);
	assert_true(json_bool(json_get(j, "t"), false));
	assert_true(json_bool(json_get(j, "absent"), true));
	assert_int_equal(json_get_text(j, "i").len, 0);
	assert_true(json_has(j, "n"));
	assert_false(json_has(j, "absent"));
	assert_int_equal(json_type(json_get(j, "n")), JSON_NULL);
	assert_null(json_get(j, "absent"));
	assert_null(json_get(json_get(j, "l"), "x"));
	assert_int_equal(json_count(json_get(j, "l")), 2);
	assert_non_null(json_at(json_get(j, "l"), 0));
	assert_int_equal(json_type(json_at(json_get(j, "l"), 0)), JSON_NULL);
	assert_int_equal(json_int(json_at(json_get(j, "l"), 1), 0), 1);
	assert_null(json_at(json_get(j, "l"), 2));
	assert_null(json_at(j, 0));
	buf_init(&b, 100);
	assert_int_equal(json_each(j, join_keys, &b), 7);
	assert_string_equal(buf_text(&b).data, "sitdln");
	buf_clear(&b);
	(void)json_free(j);
}

static void
builds_and_writes(void **state)
{
	struct json *j = json_new_object(), *l = json_new_list(), *copy;
	struct buf b;

	(void)state;
	json_set_str(j, "name", "A \"b\"\n");
	json_set_int(j, "n", INT64_MIN);
	json_set_int(j, "n", INT64_MAX);
	json_set_bool(j, "on", false);
	json_push(l, json_new_null());
	json_push(l, json_new_text((struct text){"\0\x7f", 2}));
	json_push(l, json_new_list());
	json_push(l, json_new_object());
	json_set(j, "list", l);
	json_set_text(j, "gone", TEXT("x"));
	json_remove(j, "gone");
	buf_init(&b, 1000);
	assert_int_equal(json_write(j, true, &b), 0);
	assert_string_equal(buf_text(&b).data,
	    "{\n  \"name\": \"A \\\"b\\\"\\n\",\n"
	    "  \"n\": 9223372036854775807,\n  \"on\": false,\n"
	    "  \"list\": [\n    null,\n    \"\\u0000\x7f\",\n    [],\n"
	    "    {}\n  ]\n}\n");
	copy = json_dup(j);
	assert_true(json_equal(copy, j));
	json_push(json_get(copy, "list"), json_new_int(1));
	assert_false(json_equal(copy, j));
	(void)json_free(copy);
	(void)json_free(j);
	buf_clear(&b);
}

static void
remembers_what_was_lost(void **state)
{
	struct json *j = json_new_object(), *l = json_new_list();
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	json_set(j, "l", l);
	assert_int_equal(json_write(j, false, &b), 0);
	json_push(l, NULL);
	assert_int_equal(json_write(j, false, &b), ERR_NOMEM);
	assert_int_equal(json_write(NULL, false, &b), ERR_NOMEM);
	(void)json_free(j);
	j = json_new_object();
	json_set_text(j, "bad", TEXT("\xff"));
	assert_int_equal(json_write(j, false, &b), ERR_SYNTAX);
	(void)json_free(j);
	buf_clear(&b);
	buf_init(&b, 3);
	j = json_new_text(TEXT("abcd"));
	assert_int_equal(json_write(j, false, &b), ERR_LIMIT);
	(void)json_free(j);
	buf_clear(&b);
}

static void
does_not_write_what_it_would_not_read(void **state)
{
	struct json *j = json_new_list();
	struct buf b;

	(void)state;
	for (unsigned i = 1; i < JSON_MAX_DEPTH; i++) {
		struct json *outer = json_new_list();

		json_push(outer, j);
		j = outer;
	}
	buf_init(&b, 1000);
	assert_int_equal(json_write(j, false, &b), 0);
	struct json *outer = json_new_list();
	json_push(outer, j);
	assert_int_equal(json_write(outer, false, &b), ERR_LIMIT);
	(void)json_free(outer);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parses_or_refuses),
	    cmocka_unit_test(stops_at_zero_bytes_and_limits),
	    cmocka_unit_test(gives_what_is_there),
	    cmocka_unit_test(builds_and_writes),
	    cmocka_unit_test(remembers_what_was_lost),
	    cmocka_unit_test(does_not_write_what_it_would_not_read),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
