/*
 * proto/jwt.h -- signed JSON web tokens (RFC 7515, 7517, 7519).
 *
 * Purpose:   sign and check RS256 and PS256 in compact form.  What the claims
 *            mean is the caller's business.
 * Touches:   OpenSSL's libcrypto; codec/json.h for the header.
 * Ownership: results live in the arena given; a key is freed by
 *            jwt_key_free().
 * Errors:    ERR_SYNTAX (not a token), ERR_UNSUPPORTED (another algorithm),
 *            ERR_AUTH (the signature is wrong), ERR_LIMIT, ERR_INTERNAL.
 */
#ifndef PROTO_JWT_H
#define PROTO_JWT_H

#include "base/secret.h"

#define JWT_MAX_BYTES 16384U

enum jwt_alg {
	JWT_RS256,
	JWT_PS256,
};

struct jwt_key;

int jwt_key_private(
    const struct secret *pem, struct jwt_key **out_k, struct err *e) MUST_CHECK;
/* The public key of a certificate. */
int jwt_key_certificate(
    struct text cert_pem, struct jwt_key **out_k, struct err *e) MUST_CHECK;
struct jwt_key *jwt_key_free(struct jwt_key *k);
DEFINE_CLEANUP(jwt_key, jwt_key_free);

/* Which key signed: each may be empty.  The thumbprints are base64url. */
struct jwt_header {
	enum jwt_alg alg;
	struct text kid;
	struct text x5t;
	struct text x5t_s256;
};

/* claims is a JSON object as text. */
int jwt_sign(struct arena *a, const struct jwt_key *k,
    const struct jwt_header *h, struct text claims, struct text *out_token,
    struct err *e) MUST_CHECK;

struct jwt {
	struct jwt_header header;
	struct text claims; /* decoded, not yet parsed and NOT YET TRUSTED */
	struct text signing_input;
	struct text signature;
};

int jwt_parse(struct arena *a, struct text token, struct jwt *out_t,
    struct err *e) MUST_CHECK;

/* ERR_AUTH unless k signed it. */
int jwt_verify(
    const struct jwt *t, const struct jwt_key *k, struct err *e) MUST_CHECK;

/* The public half as a JWK object in JSON, with use "sig" and this kid. */
int jwt_key_jwk(struct arena *a, const struct jwt_key *k, struct text kid,
    struct text *out_json, struct err *e) MUST_CHECK;

#endif /* PROTO_JWT_H */
