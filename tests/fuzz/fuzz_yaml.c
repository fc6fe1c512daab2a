/* tests/fuzz/fuzz_yaml.c -- every node stands in the text where it says, and
 * no map has a key twice. */
#include <assert.h>

#include "codec/yaml.h"
#include "fuzz.h"

// NOLINTNEXTLINE(misc-no-recursion): at most YAML_MAX_DEPTH
static void
check(const struct yaml_node *n, unsigned lines, unsigned depth)
{
	size_t count = 0;

	assert(depth <= YAML_MAX_DEPTH);
	assert(n->line >= 1 && n->line <= lines && n->column >= 1);
	assert(n->kind != YAML_SCALAR || n->text.data != NULL);
	for (const struct yaml_node *i = n->first; i != NULL; i = i->next) {
		if (n->kind == YAML_MAP && count < 50)
			assert(yaml_get(n, i->key.data) == i ||
			       text_of(i->key.data).len != i->key.len);
		check(i, lines, depth + 1);
		count++;
	}
	assert(count == n->count);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(64U << 20);
	const struct yaml_node *n = NULL;
	unsigned lines = 2;

	for (size_t i = 0; i < size; i++) /* NEL, LS and PS break lines too */
		if (data[i] == '\n' || data[i] == '\r' || data[i] >= 0x80)
			lines++;
	if (a == NULL ||
	    yaml_parse(a, "fuzz", (struct text){(const char *)data, size}, &n,
		NULL) < 0)
		return 0;
	check(n, lines, 0);
	return 0;
}
