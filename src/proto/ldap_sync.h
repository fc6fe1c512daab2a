/*
 * proto/ldap_sync.h -- what content synchronisation says (RFC 4533), parsed.
 *
 * Purpose:   the values of its controls and of its intermediate message
 *            (RFC 4533 2), from octets to plain structs.
 * Touches:   nothing; no connection.
 * Ownership: results borrow from the octets given.
 * Errors:    ERR_PROTOCOL; ERR_LIMIT (a cookie longer than we keep).
 */
#ifndef PROTO_LDAP_SYNC_H
#define PROTO_LDAP_SYNC_H

#include "proto/ldap_session.h"

#define LDAP_SYNC_COOKIE_MAX 65536U

/* With an entry (2.2). */
struct ldap_sync_state {
	enum ldap_told told;
	const unsigned char *uuid; /* LDAP_UUID_BYTES */
	struct text cookie;        /* empty: none */
};

int ldap_sync_state_parse(
    struct text value, struct ldap_sync_state *out) MUST_CHECK;

/* With the end of the search (2.3). */
struct ldap_sync_done {
	struct text cookie;
	bool deletes; /* deletions were told, or there is nothing to compare */
};

int ldap_sync_done_parse(
    struct text value, struct ldap_sync_done *out) MUST_CHECK;

/* Between entries (2.4). */
enum ldap_sync_info_kind {
	LDAP_SYNC_IS_COOKIE = 1,
	LDAP_SYNC_IS_DELETED, /* the deletions were told */
	LDAP_SYNC_IS_PRESENT, /* all that is there was told */
	LDAP_SYNC_IS_SET,     /* of objects */
};

struct ldap_sync_info {
	enum ldap_sync_info_kind kind;
	struct text cookie;
	bool done;       /* IS_DELETED, IS_PRESENT: the refresh stage is over */
	bool deletes;    /* IS_SET: they are gone, else they are there */
	struct text set; /* ldap_sync_set_next() */
};

int ldap_sync_info_parse(
    struct text value, struct ldap_sync_info *out) MUST_CHECK;

/* The next UUID of a set that was parsed, NULL at its end; moves *set. */
const unsigned char *ldap_sync_set_next(struct text *set);

#endif /* PROTO_LDAP_SYNC_H */
