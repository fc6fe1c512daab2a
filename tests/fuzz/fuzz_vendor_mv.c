/* tests/fuzz/fuzz_vendor_mv.c -- a metaverse file: every class has but
 * attributes of the schema, sorted. */
#include <assert.h>

#include "fuzz.h"
#include "rules/vendor/vendor_int.h"

static void
check_class(const struct vendor *v, const struct vendor_names *n)
{
	for (size_t k = 0; k < n->count; k++) {
		assert(schema_find(v->mv_schema, n->items[k]) != NULL);
		assert(k == 0 || n->items[k - 1] < n->items[k]);
	}
}

static void
check(const struct vendor *v)
{
	for (size_t i = 0; i < v->mv_class_count; i++)
		check_class(v, &v->mv_classes[i].attributes);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(256U << 20);
	CLEANUP(names_freep)
	struct names *names = names_new();
	CLEANUP(map_freep)
	struct map *told = map_new(false);
	struct vendor v = {.names = names, .arena = a};
	struct vendor_file f = {.v = &v, .name = TEXT("fuzz"), .told = told};
	const struct xml_node *root = NULL;

	if (a == NULL || names == NULL || told == NULL ||
	    xml_parse(a, "fuzz", (struct text){(const char *)data, size}, &root,
		NULL) < 0)
		return 0;
	if (vendor_metaverse_read(&f, root) == 0 && !v.blocked)
		check(&v);
	vendor_clear(&v);
	return 0;
}
