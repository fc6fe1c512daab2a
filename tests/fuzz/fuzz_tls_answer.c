/* tests/fuzz/fuzz_tls_answer.c -- what servers say around a handshake: the
 * answer to StartTLS, and the head of an HTTP answer with its date. */
#include <assert.h>

#include "fuzz.h"
#include "proto/tls_answer.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text in = {(const char *)data, size};
	struct err e = {0};
	int r = starttls_answer(in, &e), before = 0;

	assert(r == 1 || r == 0 || r == ERR_PROTOCOL);
	assert((r < 0) == (e.text[0] != '\0'));
	/* what comes in pieces is decided once, and as it is in one piece */
	for (size_t n = 0; n < size && n < 64; n++) {
		in.len = n;
		before = starttls_answer(in, NULL);
		assert(before == 0 || before == r);
	}
	in.len = size;
	assert(http_answer_date(in) >= 0);
	return 0;
}
