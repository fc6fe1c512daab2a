/*
 * tenant/url.h -- a request target taken apart.
 *
 * Purpose:   path segments, the keys in them ("users('x')" is "users", "x"),
 *            and query options, all percent-decoded once.
 * Touches:   base/ only.
 * Ownership: all text lives in the arena given.
 * Errors:    ERR_SYNTAX (a bad escape, quote or zero octet), ERR_LIMIT.
 */
#ifndef TENANT_URL_H
#define TENANT_URL_H

#include "base/buf.h"

#define URL_MAX_BYTES    16384U
#define URL_MAX_SEGMENTS 12U
#define URL_MAX_OPTIONS  24U

struct url_option {
	struct text name, value;
};

struct url {
	struct text segments[URL_MAX_SEGMENTS];
	size_t nsegments;
	struct url_option options[URL_MAX_OPTIONS];
	size_t noptions;
	struct text path, query; /* as they came */
};

/* target: "/v1.0/users?$top=5"; a leading "scheme://host" is passed over. */
int url_parse(struct arena *a, struct text target, struct url *out_u,
    struct err *e) MUST_CHECK;

/* Names of options are the same in either case, with or without "$".
 * NULL where there is none. */
const struct url_option *url_option(const struct url *u, const char *name);

/* Percent-encodes all but RFC 3986 unreserved characters; a failure stays in
 * the buffer. */
void url_encode(struct text in, struct buf *out);

/* A form (application/x-www-form-urlencoded) as options. */
int url_parse_form(struct arena *a, struct text body, struct url *out_u,
    struct err *e) MUST_CHECK;

#endif /* TENANT_URL_H */
