/*
 * base/cert.h -- what an X.509 certificate says, as text.
 *
 * Purpose:   the fields that expressions ask for, written as .NET's
 *            X509Certificate2 writes them.  Nothing is verified: no
 *            signature, no chain, no validity.
 * Touches:   OpenSSL's libcrypto.
 * Ownership: cert_open() .. cert_close(); texts live in the arena given.
 * Errors:    ERR_SYNTAX for octets that are no certificate, ERR_LIMIT for
 *            more than CERT_MAX_OCTETS, ERR_NOMEM.
 */
#ifndef BASE_CERT_H
#define BASE_CERT_H

#include "base/text.h"

#define CERT_MAX_OCTETS 65536U /* of its DER */

struct cert;

/* DER, or the base64 text of it with or without BEGIN and END lines; nothing
 * may stand behind it. */
int cert_open(struct arena *a, struct text octets, struct cert **out,
    struct err *e) MUST_CHECK;
struct cert *cert_close(struct cert *c);
DEFINE_CLEANUP(cert, cert_close);

enum cert_field {
	CERT_SHA1,       /* upper-case hex of the digest of its DER */
	CERT_SERIAL,     /* upper-case hex of its octets, the first first */
	CERT_SUBJECT,    /* "CN=Ann, OU=x, C=NL" */
	CERT_ISSUER,     /* the same form */
	CERT_KEY_OID,    /* of the public key's algorithm */
	CERT_KEY_PARAMS, /* its parameters, upper-case hex of the DER */
	CERT_KEY_CURVE,  /* the parameters where they are one OID */
	CERT_SIGNATURE_OID,
};

/* *out is {NULL, 0} where the certificate has no such thing. */
int cert_text(const struct cert *c, enum cert_field field, struct arena *a,
    struct text *out) MUST_CHECK;

int cert_version(const struct cert *c); /* 1, 2, 3 */

/* Seconds since 1970-01-01 UTC; ERR_SYNTAX where the time is none. */
int cert_time(const struct cert *c, bool end, int64_t *out_s) MUST_CHECK;

/* OIDs of the critical extensions in the order of the certificate. */
int cert_critical_oids(const struct cert *c, struct arena *a, struct text **out,
    size_t *out_count) MUST_CHECK;

enum cert_name {
	CERT_NAME_SIMPLE, /* CN, else OU, O, E, else a mail address */
	CERT_NAME_EMAIL,  /* alternative name, else E of the name */
	CERT_NAME_UPN,    /* alternative name alone */
	CERT_NAME_DNS,    /* alternative name, else CN */
	CERT_NAME_DNS_ALTERNATIVE,
	CERT_NAME_URL, /* alternative name alone */
};

/* Of the subject or the issuer; *out is {NULL, 0} where there is none. */
int cert_name_info(const struct cert *c, enum cert_name type, bool issuer,
    struct arena *a, struct text *out) MUST_CHECK;

#endif /* BASE_CERT_H */
