/* tests/fuzz/fuzz_token_reply.c -- what an authority may answer, and the small
 * texts that a peer puts into headers and links. */
#include <assert.h>

#include "fuzz.h"
#include "proto/oauth.h"

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const int statuses[] = {200, 400, 401, 429, 500};
	struct text in = {(const char *)data, size};
	struct text host = http_url_host(in);

	for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
		struct secret *token = NULL;
		struct err e = {0};
		int64_t until = 0;
		int r = oauth_reply(statuses[i], in, &token, &until, &e);

		/* a token, or an error with a text; never both, never none */
		assert((r == 0) == (token != NULL));
		assert(r == 0 ? statuses[i] == 200 : e.text[0] != '\0');
		secret_free(token);
	}
	assert(http_retry_after_ms(in) >= -1);
	/* a URL has the origin of its own scheme and host, or of nothing */
	assert(!http_url_same_origin(in, TEXT("https://evil.test/")) ||
	       text_starts_nocase(host, "evil.test"));
	return 0;
}
