/* base/hash.c -- see hash.h. */
#include "base/hash.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/params.h>
#include <stdlib.h>
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

/* ---- Keyed ---- */

#define KEYED_OCTETS 16U

struct hash_keyed {
	EVP_MAC_CTX *ctx;
};

struct hash_keyed *
hash_keyed_free(struct hash_keyed *h)
{
	if (h != NULL)
		EVP_MAC_CTX_free(h->ctx);
	free(h);
	return NULL;
}

static bool
draw_key(struct hash_keyed *h)
{
	unsigned char key[KEYED_OCTETS];
	unsigned size = KEYED_OCTETS;
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_construct_uint(OSSL_MAC_PARAM_SIZE, &size),
	    OSSL_PARAM_construct_end()};

	random_bytes(key, sizeof(key));
	return EVP_MAC_init(h->ctx, key, sizeof(key), params) == 1;
}

struct hash_keyed *
hash_keyed_new(void)
{
	struct hash_keyed *h = calloc(1, sizeof(*h));
	EVP_MAC *mac = EVP_MAC_fetch(NULL, "SIPHASH", NULL);

	if (h != NULL && mac != NULL)
		h->ctx = EVP_MAC_CTX_new(mac);
	EVP_MAC_free(mac);
	if (h != NULL && h->ctx != NULL && draw_key(h))
		return h;
	return hash_keyed_free(h);
}

/* Begins anew with the key that it has. */
int
hash_keyed(struct hash_keyed *h, uint64_t number, struct text in,
    unsigned char out[static 16])
{
	size_t n = 0;

	if (EVP_MAC_init(h->ctx, NULL, 0, NULL) == 1 &&
	    EVP_MAC_update(
		h->ctx, (const unsigned char *)&number, sizeof(number)) == 1 &&
	    EVP_MAC_update(h->ctx, (const unsigned char *)in.data, in.len) ==
		1 &&
	    EVP_MAC_final(h->ctx, out, &n, KEYED_OCTETS) == 1 &&
	    n == KEYED_OCTETS)
		return 0;
	return ERR_INTERNAL;
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
