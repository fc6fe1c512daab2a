/*
 * proto/ldap_wire.h -- attributes as they lie in the message of an entry.
 *
 * Purpose:   SEQUENCE OF PartialAttribute (RFC 4511 4.1.7, 4.5.2) to names and
 *            values, where they lie.  libldap makes a list on the heap for each
 *            attribute and reads each length twice, which would be a sixth of
 *            an import.
 * Touches:   base/ alone; writes nothing, not even into the message.
 * Ownership: everything borrows from the text that was given.
 * Errors:    ERR_SYNTAX: cut, another tag than that of RFC 4511, a length with
 *            no end or of more than four octets.
 */
#ifndef PROTO_LDAP_WIRE_H
#define PROTO_LDAP_WIRE_H

#include "base/text.h"

struct ldap_wire {
	struct text name;
	struct text values; /* for ldap_wire_value() */
	size_t count;
};

/* The next attribute of *rest, which moves behind it; all of its values are
 * whole.  1, or 0 at the end. */
int ldap_wire_next(struct text *rest, struct ldap_wire *out) MUST_CHECK;

/* The next value of w->values, which moves; of those there are w->count. */
struct text ldap_wire_value(struct ldap_wire *w);

#endif /* PROTO_LDAP_WIRE_H */
