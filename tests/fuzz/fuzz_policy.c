/* tests/fuzz/fuzz_policy.c -- a settings file: every rule belongs to a
 * connector, rules are in order, flows have targets. */
#include <assert.h>

#include "fuzz.h"
#include "rules/policy/policy.h"

static void
check(const struct vendor *v)
{
	for (size_t i = 0; i < v->rule_count; i++) {
		const struct rule *r = &v->rules[i];

		assert(vendor_find(v, r->connector) != NULL);
		assert(i == 0 || r[-1].precedence <= r->precedence);
		for (size_t k = 0; k < r->flow_count; k++)
			assert(r->flows[k].target != 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(256U << 20);
	CLEANUP(names_freep)
	struct names *names = names_new();
	struct text in = {(const char *)data, size};
	struct vendor v;
	bool whole = false;
	int rc;

	if (a == NULL || names == NULL || !policy_is(in, a, &whole))
		return 0;
	rc = policy_read("fuzz", in, names, a, &v);
	assert(rc == 0 || v.problem_count > 0 || rc == ERR_NOMEM ||
	       rc == ERR_LIMIT);
	if (rc == 0)
		check(&v);
	vendor_clear(&v);
	return 0;
}
