/*
 * model/dn.h -- distinguished names: text to parts and back, and their order.
 *
 * Purpose:   the one place that knows the escapes of RFC 4514, and how two
 *            spellings of one name are found to be the same.
 * Touches:   base/ only.  No LDAP library, no I/O.
 * Ownership: results live in the arena given.
 * Errors:    ERR_SYNTAX with the byte offset, ERR_LIMIT, ERR_NOMEM.
 * Threads:   none kept.
 */
#ifndef MODEL_DN_H
#define MODEL_DN_H

#include "base/text.h"

#define DN_MAX_RDNS 128U
#define DN_MAX_TEXT 8192U

/* One type=value of an RDN; a multi-valued RDN ("a=1+b=2") has several with
 * the same depth. */
struct ava {
	struct text type;
	struct text value; /* escapes resolved, octets */
	struct text raw;   /* as written, escapes kept ("\0A" stays) */
	uint32_t depth;    /* 0 is the leftmost RDN */
};

struct dn {
	struct ava *avas;
	uint32_t count; /* avas */
	uint32_t depth; /* RDNs */
};

/* The empty text is the empty DN (depth 0). */
int dn_parse(
    struct arena *a, struct text t, struct dn *out, struct err *e) MUST_CHECK;

/* Canonical text: dn_parse() of it gives an equal dn. */
int dn_format(
    struct arena *a, const struct dn *dn, struct text *out) MUST_CHECK;

/*
 * The key under which a DN is looked up: types and values folded
 * (base/fold.h), inner runs of blanks one blank, outer blanks dropped, RDNs
 * in the order root first, so that the key of a child begins with the key of
 * its parent.  Text that is no DN gives its folded self with a leading '?':
 * every directory name has a key.
 */
int dn_key(struct arena *a, struct text t, struct text *out) MUST_CHECK;

/* Whether the object with key lies at or below the one with base_key. */
bool dn_key_is_below(struct text key, struct text base_key);

/* The text of the parent, borrowed from t; empty for depth 0 and 1. */
int dn_parent(
    struct arena *a, struct text t, struct text *out, struct err *e) MUST_CHECK;

/* Escapes a value for use behind "type=" (RFC 4514 section 2.4). */
int dn_escape(struct arena *a, struct text value, struct text *out) MUST_CHECK;

#endif /* MODEL_DN_H */
