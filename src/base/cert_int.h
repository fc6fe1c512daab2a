/*
 * base/cert_int.h -- what cert.c and cert_name.c share.
 *
 * Purpose:   the parsed certificate, and small steps from OpenSSL to text.
 * Touches:   OpenSSL's libcrypto.
 */
#ifndef BASE_CERT_INT_H
#define BASE_CERT_INT_H

#include <openssl/x509v3.h>

#include "base/cert.h"

struct cert {
	X509 *x509;
};

/* "2.5.4.3" */
int cert_oid(
    struct arena *a, const ASN1_OBJECT *o, struct text *out) MUST_CHECK;

/* Upper-case hex. */
int cert_hex(struct arena *a, struct text octets, struct text *out) MUST_CHECK;

/* A name as .NET writes it. */
int cert_name_format(
    struct arena *a, const X509_NAME *name, struct text *out) MUST_CHECK;

#endif /* BASE_CERT_INT_H */
