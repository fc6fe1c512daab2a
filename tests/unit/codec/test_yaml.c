/* tests/unit/codec/test_yaml.c -- what codec/yaml.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "codec/yaml.h"

/* The tree in one line: map {k:v}, list [v], quoted scalar 'v', else v. */
static void
show(const struct yaml_node *n, struct buf *b)
{
	const char *quote = n->quoted ? "'" : "";

	if (n->kind == YAML_SCALAR) {
		buf_printf(b, "%s%.*s%s", quote, TEXT_ARGS(n->text), quote);
		return;
	}
	buf_putc(b, n->kind == YAML_MAP ? '{' : '[');
	for (const struct yaml_node *i = n->first; i != NULL; i = i->next) {
		if (i != n->first)
			buf_putc(b, ',');
		if (n->kind == YAML_MAP)
			buf_printf(b, "%.*s:", TEXT_ARGS(i->key));
		show(i, b);
	}
	buf_putc(b, n->kind == YAML_MAP ? '}' : ']');
}

static const struct {
	const char *in;
	int code;
	const char *out; /* as show() has it, or the error text */
} cases[] = {
    {"", 0, "{}"},
    {"# nothing\n", 0, "{}"},
    {"a: 1\nb: '2'\nc: \"3\"\n", 0, "{a:1,b:'2',c:'3'}"},
    {"a:\n  - x\n  - y: z\n    w: [1, 2]\n  - {k: v}\n", 0,
	"{a:[x,{y:z,w:[1,2]},{k:v}]}"},
    {"- a\n- |\n  two\n  lines\n", 0, "[a,'two\nlines\n']"},
    {"\xef\xbb\xbfk: \xc3\xa4\n", 0, "{k:\xc3\xa4}"},
    {"--- \nk: v\n...\n", 0, "{k:v}"},
    {"k:\n", 0, "{k:}"},
    {"text", 0, "text"},
    {"{a: 1, A: 2}", 0, "{a:1,A:2}"},
    {"a: 1\nb: 2\na: 3\n", ERR_SYNTAX,
	"f:3:1: key \"a\" is there twice, first in line 1"},
    {"x:\n  a: {}\n  'a': []\n", ERR_SYNTAX,
	"f:3:3: key \"a\" is there twice, first in line 2"},
    {"a: &x 1\n", ERR_SYNTAX,
	"f:1:4: anchors (&) and aliases (*) are not taken here"},
    {"a: &x {}\n", ERR_SYNTAX, "f:1:4: anchors"},
    {"a: &x []\n", ERR_SYNTAX, "f:1:4: anchors"},
    {"a: *x\n", ERR_SYNTAX, "f:1:4: anchors"},
    {"a: !!str 1\n", ERR_SYNTAX, "f:1:4: tags (!) are not taken here"},
    {"a: ! 1\n", ERR_SYNTAX, "f:1:4: tags"},
    {"a: !x [1]\n", ERR_SYNTAX, "f:1:4: tags"},
    {"%TAG ! tag:x,2000:\n--- a\n", ERR_SYNTAX, "f:1:1: tags"},
    {"a: 1\n---\nb: 2\n", ERR_SYNTAX, "f:2:1: a second document"},
    {"? [a]\n: b\n", ERR_SYNTAX, "f:1:3: a key is text"},
    {"? {a: b}\n: b\n", ERR_SYNTAX, "f:1:3: a key is text"},
    {"a: b: c\n", ERR_SYNTAX, "f:1:5: mapping values are not allowed"},
    {"a: [1, 2\n", ERR_SYNTAX, "f:2:1: did not find expected"},
    {"a:\n\t- b\n", ERR_SYNTAX, "f:2:1: found character"},
    {"a: \"b\n", ERR_SYNTAX, "f:2:1: found unexpected end of stream"},
    {"a: \xff\n", ERR_SYNTAX, "f:1:1: invalid leading UTF-8 octet (byte 3)"},
    {"a: \x01\n", ERR_SYNTAX, "f:1:1: control characters"},
};

static void
parses_or_refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(1U << 20);
		const struct yaml_node *n = NULL;
		struct err e = {0};
		struct buf b;
		int r = yaml_parse(a, "f", text_of(cases[i].in), &n, &e);

		if (r != cases[i].code)
			print_message("# %s: %s\n", cases[i].in, e.text);
		assert_int_equal(r, cases[i].code);
		if (r < 0) {
			assert_null(n);
			if (strncmp(e.text, cases[i].out,
				strlen(cases[i].out)) != 0)
				fail_msg("%s: %s", cases[i].in, e.text);
			continue;
		}
		buf_init(&b, 1000);
		show(n, &b);
		assert_string_equal(buf_text(&b).data, cases[i].out);
		buf_clear(&b);
	}
}

static void
knows_places(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const struct yaml_node *n = NULL, *list;

	(void)state;
	assert_int_equal(
	    yaml_parse(a, "f", TEXT("# c\none:\n  two: [x, 'y']\n"), &n, NULL),
	    0);
	assert_non_null(n);
	assert_int_equal(n->line, 2);
	assert_int_equal(n->column, 1);
	assert_int_equal(n->count, 1);
	list = yaml_get(yaml_get(n, "one"), "two");
	if (list == NULL || list->count != 2) {
		fail();
		return;
	}
	assert_int_equal(list->key_line, 3);
	assert_int_equal(list->key_column, 3);
	assert_int_equal(list->line, 3);
	assert_int_equal(list->column, 8);
	assert_int_equal(list->first->next->column, 12);
	assert_null(yaml_get(n, "two"));
	assert_null(yaml_get(list, "x"));
	assert_null(yaml_get(NULL, "x"));
}

static void
tells_types_of_scalars(void **state)
{
	static const char in[] = "[true, false, yes, 'true', 12, -3, '4', 5x, "
				 "99999999999999999999, ~, null, '', [], "
				 "\"\\0z\"]";
	static const int is_bool[] = {1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0};
	static const int int_code[] = {ERR_TYPE, ERR_TYPE, ERR_TYPE, ERR_TYPE,
	    0, 0, ERR_TYPE, ERR_TYPE, ERR_LIMIT, ERR_TYPE, ERR_TYPE, ERR_TYPE,
	    ERR_TYPE, ERR_TYPE};
	static const int is_null[] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0};
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const struct yaml_node *n = NULL, *last = NULL;
	int64_t num = 0, sum = 0;
	size_t i = 0;
	bool b;

	(void)state;
	assert_int_equal(yaml_parse(a, "f", TEXT(in), &n, NULL), 0);
	assert_int_equal(n->count, 14);
	for (n = n->first; n != NULL; n = n->next, i++) {
		assert_int_equal(yaml_to_bool(n, &b) == 0, is_bool[i]);
		assert_int_equal(yaml_to_int64(n, &num), int_code[i]);
		assert_int_equal(yaml_is_null(n), is_null[i]);
		if (int_code[i] == 0)
			sum += num;
		last = n;
	}
	assert_int_equal(sum, 9);
	assert_true(last != NULL && last->text.len == 2 &&
		    memcmp(last->text.data, "\0z", 3) == 0);
}

static void
keeps_its_limits(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(512U << 20);
	const struct yaml_node *n = NULL;
	struct err e = {0};
	struct buf b;

	(void)state;
	buf_init(&b, YAML_MAX_BYTES + 10);
	for (unsigned i = 0; i <= YAML_MAX_DEPTH; i++)
		buf_putc(&b, '[');
	assert_int_equal(yaml_parse(a, "f", buf_text(&b), &n, &e), ERR_LIMIT);
	assert_string_equal(e.text, "f:1:33: nested deeper than 32 levels");
	buf_reset(&b);
	buf_putc(&b, '[');
	for (unsigned i = 0; i <= YAML_MAX_NODES; i++)
		buf_puts(&b, "a,");
	assert_int_equal(yaml_parse(a, "f", buf_text(&b), &n, &e), ERR_LIMIT);
	while (b.len <= YAML_MAX_BYTES)
		buf_puts(&b, "# a comment\n");
	assert_int_equal(yaml_parse(a, "f", buf_text(&b), &n, &e), ERR_LIMIT);
	assert_string_equal(e.text, "f: longer than 16777216 bytes");
	assert_null(n);
	buf_clear(&b);
}

/* Every allocation fails once, in turn, until the work succeeds. */
static void
survives_every_failed_allocation(void **state)
{
	int r = ERR_NOMEM;
	unsigned nth;

	(void)state;
	for (nth = 1; r != 0 && nth < 100; nth++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(0);
		const struct yaml_node *n = NULL;
		struct err e = {0};

		arena_fail_nth(a, nth);
		r = yaml_parse(a, "f", TEXT("a: [b, {c: d}]\ne: f\n"), &n, &e);
		if (r < 0) {
			assert_int_equal(r, ERR_NOMEM);
			assert_int_equal(e.code, ERR_NOMEM);
			assert_null(n);
		}
	}
	assert_int_equal(r, 0);
	assert_in_range(nth, 8, 99);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parses_or_refuses),
	    cmocka_unit_test(knows_places),
	    cmocka_unit_test(tells_types_of_scalars),
	    cmocka_unit_test(keeps_its_limits),
	    cmocka_unit_test(survives_every_failed_allocation),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
