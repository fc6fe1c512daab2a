/* tests/fuzz/fuzz_attrs.c -- damaged stored forms of sets and deltas. */
#include <assert.h>

#include "fuzz.h"
#include "model/delta.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 24);
	struct text in = {(const char *)data, size};
	struct attrs s, again;
	struct delta d;
	struct buf b;

	if (a == NULL)
		return 0;
	buf_init(&b, 1U << 22);
	if (attrs_decode(a, in, &s, NULL) == 0 &&
	    attrs_encode(&s, false, &b) == 0) {
		assert(attrs_decode(a, buf_text(&b), &again, NULL) == 0);
		assert(attrs_equal(&s, &again));
	}
	buf_reset(&b);
	if (delta_decode(a, in, &d, NULL) == 0)
		(void)!delta_encode(&d, true, &b);
	buf_clear(&b);
	return 0;
}
