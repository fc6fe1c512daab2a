/*
 * proto/oauth.h -- access tokens by the OAuth 2.0 client credentials grant.
 *
 * Purpose:   finds the token endpoint (OpenID discovery), proves who we are
 *            with a secret or with a certificate (RFC 7523, PS256), keeps the
 *            token and renews it before it ends.
 * Touches:   proto/http_client.h, proto/jwt.h.
 * Ownership: the options' text and secrets are borrowed until oauth_free();
 *            a token is borrowed until the next call.
 * Errors:    ERR_AUTH (the authority refused; type "failed-authentication"),
 *            ERR_CONFIG, ERR_PROTOCOL, and those of http_client.h.
 * Security:  secrets and tokens live in struct secret, and go to the host of
 *            the authority alone, whatever its discovery document says.
 */
#ifndef PROTO_OAUTH_H
#define PROTO_OAUTH_H

#include "proto/http_client.h"

struct oauth;

struct oauth_options {
	struct http_client *http;
	struct text authority; /* "https://login.example/TENANT" */
	struct text client_id;
	struct text scope; /* "https://graph.microsoft.com/.default" */
	/* One of the two ways. */
	const struct secret *secret;
	const struct secret *key; /* PEM */
	struct text certificate;  /* PEM, the one registered */
};

int oauth_new(const struct oauth_options *o, struct oauth **out,
    struct err *e) MUST_CHECK;
struct oauth *oauth_free(struct oauth *o);
DEFINE_CLEANUP(oauth, oauth_free);

/* A token with five minutes left, or a quarter of its life where that is
 * shorter; asks for one when needed. */
int oauth_token(
    struct oauth *o, const struct secret **out, struct err *e) MUST_CHECK;

/* After a 401: the next oauth_token() asks again. */
void oauth_forget(struct oauth *o);

/* ---- For tests ---- */

/* The signed assertion that goes with a request to endpoint. */
int oauth_assertion(struct arena *a, const struct oauth_options *o,
    struct text endpoint, struct text *out, struct err *e) MUST_CHECK;

/* What an answer of the token endpoint means: 0 and the token, or the error
 * in plain words. */
int oauth_reply(int status, struct text body, struct secret **out_token,
    int64_t *out_expires_ms, struct err *e) MUST_CHECK;

#endif /* PROTO_OAUTH_H */
