/* tests/fuzz/fuzz_ad_name.c -- a name that parses is plain, and parses again
 * to itself. */
#include <assert.h>

#include "connectors/ad/name.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 22);
	struct text in = {(const char *)data, size}, dn = {0}, again = {0};
	struct value v = {.type = VALUE_STRING};
	int r;

	if (a == NULL)
		return 0;
	r = ad_name_parse(a, in, &dn, &v);
	assert(r == 1 || r == 0 || r == ERR_TYPE || r == ERR_NOMEM);
	if (r == 1) {
		assert(dn.len != 0 && dn.len <= size);
		assert(dn.data[0] != '<');
		assert(v.by == REF_DN || v.text.len == 16);
		assert(ad_name_parse(a, dn, &again, NULL) == 1);
		assert(text_equal(dn, again));
	}
	r = ad_name_anchor(a, in, &v);
	assert(r == 1 || r == 0 || r == ERR_TYPE || r == ERR_NOMEM);
	assert(r != 1 || (v.by == REF_ANCHOR && v.text.len == 16));
	return 0;
}
