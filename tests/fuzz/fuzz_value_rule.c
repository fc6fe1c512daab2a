/* tests/fuzz/fuzz_value_rule.c -- "attribute value": a fault is always told,
 * and what is cut to the length that is allowed is not too long. */
#include <assert.h>
#include <string.h>

#include "fuzz.h"
#include "model/value_rule.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text in = {(const char *)data, size}, name, value;
	const char *blank = size != 0 ? memchr(in.data, ' ', size) : NULL;
	struct value_fault f;
	struct value v;

	if (blank == NULL)
		return 0;
	name = (struct text){in.data, (size_t)(blank - in.data)};
	value = (struct text){blank + 1, size - name.len - 1};
	v = value_string(value);
	for (int group = 0; group < 2; group++) {
		struct text type = group != 0 ? TEXT("group") : TEXT("user");

		if (!value_rule_broken(type, name, &v, &f))
			continue;
		assert(f.text != NULL && f.type != NULL);
		assert(f.max == 0 || value.len > f.max);
	}
	return 0;
}
