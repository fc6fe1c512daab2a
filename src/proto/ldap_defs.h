/*
 * proto/ldap_defs.h -- definitions and descriptions of attributes, parsed.
 *
 * Purpose:   "( 2.5.4.3 NAME 'cn' SUP name )" to its parts (RFC 4512 4.1),
 *            and "member;range=0-1499" to its own (RFC 4512 2.5).
 * Touches:   libldap's schema parser; no connection.
 * Ownership: results live in the arena given.
 * Errors:    ERR_SYNTAX, ERR_LIMIT (a definition longer than we accept),
 *            ERR_NOMEM.
 */
#ifndef PROTO_LDAP_DEFS_H
#define PROTO_LDAP_DEFS_H

#include "base/text.h"

#define LDAP_DEFINITION_MAX 65536U

struct ldap_attr_def {
	struct text oid;
	struct text *names;
	size_t name_count;
	struct text sup;    /* empty: none */
	struct text syntax; /* OID; empty: that of sup */
	bool single;
	bool read_only;
	bool operational;
};

struct ldap_class_def {
	struct text oid;
	struct text *names;
	size_t name_count;
	struct text *sups;
	size_t sup_count;
	struct text *musts; /* attributes that an object of it has to have */
	size_t must_count;
	bool auxiliary;
};

struct ldap_rule_def {
	struct text oid;
	struct text *names;
	size_t name_count;
};

int ldap_attr_def_parse(struct arena *a, struct text t,
    struct ldap_attr_def *out, struct err *e) MUST_CHECK;
int ldap_class_def_parse(struct arena *a, struct text t,
    struct ldap_class_def *out, struct err *e) MUST_CHECK;

/* A matching rule. */
int ldap_rule_def_parse(struct arena *a, struct text t,
    struct ldap_rule_def *out, struct err *e) MUST_CHECK;

/* An attribute as an entry names it, with its options. */
struct ldap_option {
	struct text name; /* borrowed, without options */
	bool foreign;     /* a language or other kind: not the attribute */
	bool range;
	bool last;     /* of a range: up to the end */
	uint64_t next; /* of a range: the first value not given */
};

/* False where a range cannot be read. */
bool ldap_option_parse(struct text full, struct ldap_option *out) MUST_CHECK;

#endif /* PROTO_LDAP_DEFS_H */
