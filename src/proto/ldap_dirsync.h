/*
 * proto/ldap_dirsync.h -- the DirSync control (MS-ADTS 3.1.1.3.4.1.3), parsed.
 *
 * Purpose:   its value in a request and in an answer, and what the names of
 *            attributes say in one: "member;range=1-1" are values that came.
 * Touches:   liblber; no connection.
 * Ownership: results live in the arena given, or borrow where it says so.
 * Errors:    ERR_PROTOCOL, ERR_LIMIT (a cookie longer than we accept),
 *            ERR_NOMEM.
 */
#ifndef PROTO_LDAP_DIRSYNC_H
#define PROTO_LDAP_DIRSYNC_H

#include "base/text.h"

#define LDAP_DIRSYNC_OID        "1.2.840.113556.1.4.841"
#define LDAP_DIRSYNC_COOKIE_MAX (1U << 20)

enum ldap_dirsync_flag {
	/* What the user may read, where it has no right to replicate. */
	LDAP_DIRSYNC_SECURITY = 1,
	/* Of linked attributes the values that came and went. */
	LDAP_DIRSYNC_VALUES = (int)0x80000000,
};

struct ldap_dirsync {
	int32_t flags; /* of a request */
	int32_t max_bytes;
	bool more; /* of an answer: ask again with this cookie */
	struct text cookie;
};

int ldap_dirsync_format(
    struct arena *a, const struct ldap_dirsync *d, struct text *out) MUST_CHECK;
int ldap_dirsync_parse(struct arena *a, struct text value,
    struct ldap_dirsync *out, struct err *e) MUST_CHECK;

enum ldap_dirsync_values {
	LDAP_DIRSYNC_ALL = 1, /* all that the attribute has */
	LDAP_DIRSYNC_CAME,
	LDAP_DIRSYNC_WENT,
	LDAP_DIRSYNC_OTHER, /* an option of another kind */
};

/* *out_name borrows. */
enum ldap_dirsync_values ldap_dirsync_attribute(
    struct text full, struct text *out_name);

#endif /* PROTO_LDAP_DIRSYNC_H */
