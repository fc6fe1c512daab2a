/*
 * tenant/oauth.h -- OpenID discovery, the token endpoint, bearer tokens.
 *
 * Purpose:   client credentials with a secret or a certificate assertion;
 *            who calls, and what the caller may.
 * Touches:   tenant/tenant_int.h, proto/jwt.h.
 * Errors:    a refusal is an answer; negative codes are failures of ours.
 */
#ifndef TENANT_OAUTH_H
#define TENANT_OAUTH_H

#include "tenant/tenant_int.h"

struct oauth_call {
	struct tenant *t;
	struct arena *a;
	const char *method;
	struct url url; /* the path with the tenant in front */
	struct text body;
	struct text origin; /* "https://host:port" */
	struct text correlation_id;
	bool v1; /* the endpoints before v2.0: a resource, not a scope */
	const char *type;     /* NULL: JSON */
	const char *location; /* NULL: none */
	int status;
	struct buf *out;
};

/* True where the path is one of ours, and then it is answered. */
bool oauth_handle(struct oauth_call *c);

/* Who was asked for a code signed in elsewhere: ERR_NOENT. */
int oauth_device_approve(
    struct tenant *t, struct text user_code, int64_t user) MUST_CHECK;

struct oauth_caller {
	struct text app_id;
	struct text roles; /* " A B " */
};

/* Checks "Bearer ..."; ERR_AUTH with the reason. */
int oauth_check(struct tenant *t, struct arena *a, struct text header,
    struct oauth_caller *out_c, struct err *e) MUST_CHECK;

/* The same of a token alone, made for the synchronisation service or for the
 * directory that came before Graph. */
int oauth_check_sync(struct tenant *t, struct arena *a, struct text token,
    struct oauth_caller *out_c, struct err *e) MUST_CHECK;

/* Checks "Bearer ..." for the directory that came before Graph. */
int oauth_check_directory(struct tenant *t, struct arena *a, struct text header,
    struct oauth_caller *out_c, struct err *e) MUST_CHECK;

/* And of one for the registration of sign-in on the desktop. */
int oauth_check_register(struct tenant *t, struct arena *a, struct text token,
    struct oauth_caller *out_c, struct err *e) MUST_CHECK;

#endif /* TENANT_OAUTH_H */
