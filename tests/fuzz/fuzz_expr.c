/* tests/fuzz/fuzz_expr.c -- the first line is an expression, the others are
 * values of [x], [y] and [z] in turn: what compiles must run or fail cleanly,
 * twice with the same outcome. */
#include <assert.h>

#include "expr/expr.h"
#include "fuzz.h"

static struct text
next_line(struct text *rest)
{
	const char *end = memchr(rest->data, '\n', rest->len);
	size_t n = end == NULL ? rest->len : (size_t)(end - rest->data);
	struct text line = {rest->data, n};
	size_t skip = end == NULL ? n : n + 1;

	*rest = (struct text){rest->data + skip, rest->len - skip};
	return line;
}

static void
fill(struct arena *a, struct names *names, struct text rest, struct attrs *out)
{
	static const char *const letters[] = {"x", "y", "z"};
	uint32_t name;

	for (unsigned i = 0; rest.len > 0 && i < 64; i++) {
		struct value v = value_string(next_line(&rest));
		int64_t n;

		if (text_to_int64(v.text, &n) == 0)
			v = value_integer(n);
		else if (!text_is_utf8(v.text))
			v.type = VALUE_BINARY;
		assert(
		    names_intern(names, text_of(letters[i % 3]), &name) == 0);
		if (attrs_add(a, out, name, v) < 0)
			return;
	}
}

static bool
parameter(void *ctx, struct text name, struct text *out)
{
	(void)ctx;
	*out = name;
	return name.len % 2 == 0;
}

static void
run_twice(const struct expr *x, const struct expr_input *in, struct arena *a,
    size_t len)
{
	struct expr_value one = {0}, two = {0};
	size_t position = 0;
	struct err e;
	int r1 = expr_run(x, in, a, &one, &position, &e);
	int r2 = expr_run(x, in, a, &two, NULL, &e);

	assert(r1 == 0 || (position >= 1 && position <= len + 1));
	assert(one.type != EXPR_LIST || one.count > 0);
	assert(r1 == r2 || r2 == ERR_NOMEM);
	assert(r1 < 0 || r2 < 0 || one.type == two.type);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(128U << 20);
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct text rest = {(const char *)data, size};
	struct text source = next_line(&rest);
	struct expr_scope scope = {.names = names};
	struct attrs attrs = {0};
	struct expr_input in = {.attrs = &attrs, .parameter = parameter};
	const struct expr *x;
	size_t position = 0;
	struct err e;

	if (a == NULL || names == NULL)
		return 0;
	if (expr_compile(&scope, source, a, &x, &position, &e) < 0) {
		assert(e.code == ERR_NOMEM || position <= source.len + 1);
		return 0;
	}
	fill(a, names, rest, &attrs);
	run_twice(x, &in, a, source.len);
	return 0;
}
