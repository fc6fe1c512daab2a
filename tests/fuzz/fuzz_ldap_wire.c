/* tests/fuzz/fuzz_ldap_wire.c -- attributes of an entry off the wire: what we
 * take, liblber reads the same way. */
#include <assert.h>
#include <lber.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "proto/ldap_wire.h"

static void
same(const struct berval *theirs, struct text ours)
{
	assert(theirs->bv_len == ours.len);
	assert(
	    ours.len == 0 || memcmp(theirs->bv_val, ours.data, ours.len) == 0);
}

static void
compare(BerElement *ber, struct ldap_wire w)
{
	struct berval name, value;
	ber_len_t len;

	assert(ber_scanf(ber, "{mt", &name, &len) != LBER_ERROR);
	same(&name, w.name);
	assert(ber_skip_tag(ber, &len) == LBER_SET);
	assert(len == w.values.len);
	for (size_t i = 0; i < w.count; i++) {
		assert(ber_skip_element(ber, &value) == LBER_OCTETSTRING);
		same(&value, ldap_wire_value(&w));
	}
	assert(w.values.len == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text rest = {(const char *)data, size}, before = rest;
	struct ldap_wire w;

	while (ldap_wire_next(&rest, &w) > 0) {
		size_t n = before.len - rest.len;
		struct berval one = {n, malloc(n)};
		BerElement *ber;

		if (one.bv_val == NULL)
			return 0;
		memcpy(one.bv_val, before.data, n);
		ber = ber_init(&one);
		assert(ber != NULL);
		compare(ber, w);
		ber_free(ber, 1);
		free(one.bv_val);
		before = rest;
	}
	return 0;
}
