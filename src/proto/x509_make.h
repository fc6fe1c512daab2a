/*
 * proto/x509_make.h -- makes keys and certificates, and reads what names one.
 *
 * Purpose:   a private CA and its server certificates (demo, tests, sites
 *            without a network), self-signed certificates for applications,
 *            and the thumbprints by which tokens name a certificate.
 * Touches:   OpenSSL's libcrypto.  No files.
 * Ownership: certificate text lives in the arena given; the key is the
 *            caller's secret, freed with x509_pair_clear().
 * Errors:    ERR_SYNTAX (text that is no certificate), ERR_INTERNAL.
 */
#ifndef PROTO_X509_MAKE_H
#define PROTO_X509_MAKE_H

#include "base/secret.h"

struct x509_pair {
	struct text cert_pem;
	struct secret *key_pem;
};
void x509_pair_clear(struct x509_pair *p);

enum x509_key {
	X509_KEY_EC_P256,
	X509_KEY_RSA_2048,
};

/* What to make.  issuer NULL: signed by itself. */
struct x509_wish {
	const char *name; /* common name */
	enum x509_key key;
	bool is_ca;
	const char *const *hosts; /* DNS names and addresses it is good for */
	size_t nhosts;
	int days;
	const struct x509_pair *issuer;
};

int x509_make(struct arena *a, const struct x509_wish *w,
    struct x509_pair *out_p, struct err *e) MUST_CHECK;

/* A private key alone, PEM (PKCS #8). */
int x509_make_key(
    enum x509_key kind, struct secret **out_key_pem, struct err *e) MUST_CHECK;

struct x509_names {
	unsigned char sha1[20]; /* of the DER form: "x5t" */
	unsigned char sha256[32];
	int64_t not_before_ms, not_after_ms;
};

/* Of the first certificate in the text. */
int x509_names_read(
    struct text cert_pem, struct x509_names *out_n, struct err *e) MUST_CHECK;

#endif /* PROTO_X509_MAKE_H */
