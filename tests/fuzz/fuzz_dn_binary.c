/* tests/fuzz/fuzz_dn_binary.c -- octets with a name: what can be split can be
 * put together again, and is then the same. */
#include <assert.h>

#include "fuzz.h"
#include "model/dn_binary.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 22);
	struct text in = {(const char *)data, size}, octets;
	struct value v = {.type = VALUE_DN_BINARY, .text = in}, again, own;
	struct dn_binary b, back;
	int r;

	if (a == NULL)
		return 0;
	r = dn_binary_split(in, &b);
	assert(r == 0 || r == ERR_TYPE);
	if (r < 0)
		return 0;
	assert(b.head.len + b.dn.len <= size && b.hex.len % 2 == 0);
	r = dn_binary_octets(a, &v, &octets);
	if (r == 0)
		r = dn_binary_make(a, octets, b.dn, b.anchor, &again);
	if (r == ERR_NOMEM)
		return 0;
	assert(r == 0);
	assert(dn_binary_split(again.text, &back) == 0);
	assert(text_equal(back.dn, b.dn) &&
	       (b.dn.len == 0 || text_equal(back.anchor, b.anchor)));
	assert(value_equal(&v, &again) && value_equal(&again, &v));
	own = again;
	dn_binary_settle(&own, 1, b.anchor, b.dn);
	assert(dn_binary_split(own.text, &back) == 0 && back.dn.len == 0);
	assert(text_equal_nocase(back.hex, b.hex));
	return 0;
}
