/*
 * base/hash.h -- digests and random octets.
 *
 * Purpose:   the one door to the digest functions of the crypto library.
 * Touches:   OpenSSL's libcrypto (EVP), getrandom.
 * Errors:    ERR_INTERNAL when the library refuses.
 */
#ifndef BASE_HASH_H
#define BASE_HASH_H

#include "base/text.h"

int hash_sha1(struct text in, unsigned char out[static 20]) MUST_CHECK;
int hash_sha256(struct text in, unsigned char out[static 32]) MUST_CHECK;

int hash_hmac_sha256(
    struct text key, struct text in, unsigned char out[static 32]) MUST_CHECK;

/* From the kernel; stops the program when the kernel has none to give. */
void random_bytes(void *out, size_t n);

#endif /* BASE_HASH_H */
