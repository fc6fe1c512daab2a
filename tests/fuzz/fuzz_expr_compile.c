/* tests/fuzz/fuzz_expr_compile.c -- any bytes as the source of an expression,
 * with a scope that knows some names: compiled twice it gives the same; a fault
 * lies within the text; attributes come sorted and once. */
#include <assert.h>

#include "expr/expr.h"
#include "fuzz.h"

static bool
attribute(void *ctx, uint32_t name)
{
	(void)ctx;
	return name % 4 != 0;
}

static bool
parameter(void *ctx, struct text name)
{
	(void)ctx;
	return name.len % 3 != 0;
}

static void
check(const struct expr *x)
{
	size_t n;
	const uint32_t *list = expr_attributes(x, &n);

	for (size_t i = 1; i < n; i++)
		assert(list[i - 1] < list[i]);
	assert(expr_warning(x) == NULL || expr_warning(x)[0] != '\0');
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(128U << 20);
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct expr_scope scope = {
	    .names = names, .attribute = attribute, .parameter = parameter};
	struct text source = {(const char *)data, size};
	const struct expr *x = NULL, *y = NULL;
	size_t p1 = 0, p2 = 0;
	struct err e1 = {0}, e2 = {0};
	int r1, r2;

	if (a == NULL || names == NULL)
		return 0;
	r1 = expr_compile(&scope, source, a, &x, &p1, &e1);
	r2 = expr_compile(&scope, source, a, &y, &p2, &e2);
	if (r1 == ERR_NOMEM || r2 == ERR_NOMEM)
		return 0;
	assert(r1 == r2 && p1 == p2);
	assert(strcmp(e1.type, e2.type) == 0);
	if (r1 < 0) {
		assert(r1 == ERR_SYNTAX || r1 == ERR_RULE);
		assert(e1.type[0] != '\0' && p1 <= size + 1);
		return 0;
	}
	check(x);
	return 0;
}
