/* tests/fuzz/fuzz_ad_access.c -- any octets as an access list: the answer is
 * yes, no or broken, and more SIDs in the token never make it unreadable. */
#include <assert.h>

#include "connectors/ad/access.h"
#include "fuzz.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char everyone[] = "\x01\x01\0\0\0\0\0\x01\0\0\0";
	const struct text token[] = {{everyone, 12}};
	const struct guid class = {{0xbf, 0x96}};
	struct access_question q = {.descriptor = {(const char *)data, size},
	    .right = ACCESS_DELETE_CHILD,
	    .class = &class};
	enum access_answer none, some, passes;
	int r = access_allows(&q, &none, NULL);

	assert(r == 0 || r == ERR_SYNTAX || r == ERR_LIMIT);
	q.token = token;
	q.token_count = 1;
	assert(r == ERR_SYNTAX || access_allows(&q, &some, NULL) <= 0);
	assert(r != 0 || access_passes_on(&q, &passes, NULL) <= 0);
	return 0;
}
