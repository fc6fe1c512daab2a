/*
 * codec/ldap_filter.h -- LDAP search filters, text to tree and back.
 *
 * Purpose:   a filter that a person wrote is understood before a server sees
 *            it: what is wrong is told with its place, the attributes that it
 *            names can be looked up, and what is sent is written by us.
 *            RFC 4515; blanks and line ends are allowed between the filters
 *            of a list and around the whole, so that a long one can be
 *            written over several lines.
 * Touches:   base/ only.  No LDAP library, no schema; nothing is evaluated.
 * Ownership: the tree lives in the arena given; text without an escape
 *            borrows from the input.
 * Errors:    ERR_SYNTAX with the position (bytes, from 1), ERR_LIMIT,
 *            ERR_NOMEM.
 */
#ifndef CODEC_LDAP_FILTER_H
#define CODEC_LDAP_FILTER_H

#include "base/buf.h"

#define LDAP_FILTER_MAX_BYTES 16384U
#define LDAP_FILTER_MAX_DEPTH 32U
#define LDAP_FILTER_MAX_NODES 1000U /* parts between parentheses */

enum ldap_filter_kind {
	LDAP_FILTER_AND,
	LDAP_FILTER_OR,
	LDAP_FILTER_NOT,
	LDAP_FILTER_EQUAL,
	LDAP_FILTER_APPROX,
	LDAP_FILTER_GREATER, /* or equal */
	LDAP_FILTER_LESS,    /* or equal */
	LDAP_FILTER_PRESENT,
	LDAP_FILTER_SUBSTRING,
	LDAP_FILTER_EXTENSIBLE,
};

/* A value, or of a substring filter what stands between two asterisks. */
struct ldap_filter_part {
	struct text bytes; /* escapes resolved; may hold zero bytes */
	struct ldap_filter_part *next;
};

struct ldap_filter {
	enum ldap_filter_kind kind;
	/* AND, OR, NOT: the first of a list. */
	struct ldap_filter *first;
	struct ldap_filter *next; /* beside this one */
	/* All others: the attribute as it is written, options included; empty
	 * where an extensible match names a rule alone. */
	struct text attr;
	/* The value; none for PRESENT.  SUBSTRING: all of it, with an empty
	 * part at either end where the filter begins or ends in "*". */
	struct ldap_filter_part *value;
	struct text rule; /* EXTENSIBLE: OID or name; may be empty */
	bool dn;          /* EXTENSIBLE: ":dn" */
};

int ldap_filter_parse(struct arena *a, struct text in, struct ldap_filter **out,
    struct err *e) MUST_CHECK;

/* Normal form: no blanks, and escaped (lower-case hex) is what has to be, and
 * besides it control characters, a blank at either end of a value, and bytes
 * that are no UTF-8.  The same tree always gives the same text, which may be
 * longer than what was parsed.  Errors stay in out. */
void ldap_filter_format(const struct ldap_filter *f, struct buf *out);

/* The attribute's name or OID without options. */
struct text ldap_filter_attr_name(const struct ldap_filter *f);

/* Calls back for each item (neither AND, OR nor NOT) in the order of the text,
 * until one gives something other than 0, which is returned. */
int ldap_filter_each(const struct ldap_filter *f,
    int (*item)(void *ctx, const struct ldap_filter *f), void *ctx) MUST_CHECK;

#endif /* CODEC_LDAP_FILTER_H */
