/* base/hash.c -- see hash.h. */
#include "base/hash.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sys/random.h>

int
hash_sha1(struct text in, unsigned char out[static 20])
{
	return EVP_Digest(in.data, in.len, out, NULL, EVP_sha1(), NULL) == 1
		   ? 0
		   : ERR_INTERNAL;
}

int
hash_sha256(struct text in, unsigned char out[static 32])
{
	return EVP_Digest(in.data, in.len, out, NULL, EVP_sha256(), NULL) == 1
		   ? 0
		   : ERR_INTERNAL;
}

int
hash_hmac_sha256(struct text key, struct text in, unsigned char out[static 32])
{
	return HMAC(EVP_sha256(), key.data, (int)key.len,
		   (const unsigned char *)in.data, in.len, out, NULL) != NULL
		   ? 0
		   : ERR_INTERNAL;
}

void
random_bytes(void *out, size_t n)
{
	unsigned char *p = out;

	while (n > 0) {
		ssize_t got = getrandom(p, n, 0);

		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			abort();
		p += got;
		n -= (size_t)got;
	}
}
