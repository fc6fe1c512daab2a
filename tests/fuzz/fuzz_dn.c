/* tests/fuzz/fuzz_dn.c -- what parses must format, parse again the same, and
 * have the same key in both spellings. */
#include <assert.h>

#include "fuzz.h"
#include "model/dn.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 22);
	struct text in = {(const char *)data, size}, text, text2, k1, k2;
	struct dn dn, again;

	if (a == NULL || dn_key(a, in, &k1) < 0)
		return 0;
	if (dn_parse(a, in, &dn, NULL) < 0) {
		assert(k1.len > 0 && k1.data[0] == '?');
		return 0;
	}
	if (dn_format(a, &dn, &text) < 0 || text.len > DN_MAX_TEXT)
		return 0; /* escapes may grow it past what we accept */
	assert(dn_parse(a, text, &again, NULL) == 0);
	assert(dn_format(a, &again, &text2) == 0);
	assert(text_equal(text, text2));
	assert(dn.depth == again.depth);
	if (dn_key(a, text, &k2) == 0)
		assert(text_equal(k1, k2));
	return 0;
}
