/* tests/fuzz/fuzz_ldap_post_read.c -- the control that comes with the answer
 * to an add (RFC 4527). */
#include <assert.h>

#include "fuzz.h"
#include "proto/ldap_write.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(1U << 20);
	struct text in = {(const char *)data, size}, value;
	struct err e = {0};

	if (a == NULL)
		return 0;
	if (ldap_post_read_parse(a, in, &value, &e) == 0)
		assert(value.data != NULL && value.len <= size);
	return 0;
}
