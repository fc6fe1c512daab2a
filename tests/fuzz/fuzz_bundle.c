/* tests/fuzz/fuzz_bundle.c -- an archive: what comes out has names that lead
 * nowhere, each once, and no more than was promised. */
#include <assert.h>
#include <string.h>

#include "codec/bundle.h"
#include "fuzz.h"

static void
check_name(struct text name)
{
	assert(name.len > 0 && name.len <= BUNDLE_MAX_NAME);
	assert(name.data[0] != '/' && name.data[name.len - 1] != '/');
	assert(memmem(name.data, name.len, "//", 2) == NULL);
	assert(name.len < 3 || memcmp(name.data, "../", 3) != 0);
	assert(memmem(name.data, name.len, "/../", 4) == NULL);
	assert(memchr(name.data, '\\', name.len) == NULL);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 30);
	struct bundle b;
	size_t total = 0;

	if (a == NULL ||
	    bundle_read("fuzz", (struct text){(const char *)data, size}, a, &b,
		NULL) < 0)
		return 0;
	assert(b.count <= BUNDLE_MAX_FILES);
	for (size_t i = 0; i < b.count; i++) {
		check_name(b.items[i].name);
		assert(b.items[i].content.len <= BUNDLE_MAX_FILE);
		total += b.items[i].content.len;
		for (size_t k = 0; k < i; k++)
			assert(!text_equal_nocase(
			    b.items[i].name, b.items[k].name));
	}
	assert(total <= BUNDLE_MAX_TOTAL);
	return 0;
}
