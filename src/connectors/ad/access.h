/*
 * connectors/ad/access.h -- what a security descriptor lets an account do.
 *
 * Purpose:   the one place that reads access lists (MS-DTYP 2.4.5, 2.4.6) and
 *            decides by them as a domain controller does (MS-ADTS 5.1.3.3.2).
 * Touches:   model/guid.h.  No I/O.
 * Ownership: borrows what it is given.
 * Errors:    ERR_SYNTAX with the byte offset, ERR_LIMIT.
 */
#ifndef CONNECTORS_AD_ACCESS_H
#define CONNECTORS_AD_ACCESS_H

#include "base/err.h"
#include "base/text.h"
#include "model/guid.h"

#define ACCESS_BYTES_MAX 65536U /* a descriptor: its parts have 16 bits */

enum access_right {
	ACCESS_CREATE_CHILD = 0x00000001,
	ACCESS_DELETE_CHILD = 0x00000002,
	ACCESS_DELETE = 0x00010000,
};

enum access_answer {
	ACCESS_NO = 0, /* no entry allows it */
	ACCESS_YES = 1,
	ACCESS_DENIED = 2, /* an entry denies it, before one that allows */
};

struct access_question {
	struct text descriptor;   /* self-relative, as nTSecurityDescriptor */
	const struct text *token; /* SIDs, as octets */
	size_t token_count;
	enum access_right right;
	/* CREATE_CHILD, DELETE_CHILD: of the children; NULL: of any class. */
	const struct guid *class;
};

/* Whether the object lets the account do it. */
int access_allows(const struct access_question *q, enum access_answer *out,
    struct err *e) MUST_CHECK;

/* Whether an object of q->class that is made below would let it. */
int access_passes_on(const struct access_question *q, enum access_answer *out,
    struct err *e) MUST_CHECK;

#endif /* CONNECTORS_AD_ACCESS_H */
