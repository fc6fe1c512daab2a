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

/*
 * A hash for tables whose keys come from outside: who does not know the key,
 * which is drawn at random, cannot make two texts of one value.  SipHash-2-4
 * with 128 bits (Aumasson and Bernstein, 2012).  Threads: one.
 */
struct hash_keyed;
struct hash_keyed *hash_keyed_new(void); /* NULL: no memory, or refused */
struct hash_keyed *hash_keyed_free(struct hash_keyed *h);
/* Of a number and a text. */
int hash_keyed(struct hash_keyed *h, uint64_t number, struct text in,
    unsigned char out[static 16]) MUST_CHECK;

/* From the kernel; stops the program when the kernel has none to give. */
void random_bytes(void *out, size_t n);

#endif /* BASE_HASH_H */
