/*
 * proto/ldap_write.h -- writing to a directory, many requests under way.
 *
 * Purpose:   sends a request without waiting for its answer, and gives back
 *            whichever answer comes next, by number; whose order counts is
 *            the caller's to know.
 * Touches:   libldap, by proto/ldap_session.h.
 * Ownership: a request is copied into the message before ldap_write_send()
 *            returns; an answer lives in the arena given.
 * Errors:    ERR_CONNECT (lost, or silent beyond the timeout: what was sent
 *            and not answered may have happened), ERR_CANCELLED, ERR_NOMEM,
 *            ERR_PROTOCOL, ERR_REJECTED (cannot be put into a message; not
 *            sent).  What the server refuses is no error here: rc says it.
 * Threads:   as the session: one.
 */
#ifndef PROTO_LDAP_WRITE_H
#define PROTO_LDAP_WRITE_H

#include "proto/ldap_session.h"

/* Result codes (RFC 4511 appendix A) that writers tell apart. */
enum write_rc {
	WRITE_RC_SUCCESS = 0,
	WRITE_RC_TIME_LIMIT = 3,
	WRITE_RC_STRONG_AUTH = 8,
	WRITE_RC_REFERRAL = 10,
	WRITE_RC_ADMIN_LIMIT = 11,
	WRITE_RC_CONFIDENTIALITY = 13,
	WRITE_RC_NO_ATTRIBUTE = 16,
	WRITE_RC_UNDEFINED_TYPE = 17,
	WRITE_RC_NO_MATCHING = 18,
	WRITE_RC_CONSTRAINT = 19,
	WRITE_RC_VALUE_EXISTS = 20,
	WRITE_RC_SYNTAX = 21,
	WRITE_RC_NO_OBJECT = 32,
	WRITE_RC_DN_SYNTAX = 34,
	WRITE_RC_ACCESS = 50,
	WRITE_RC_BUSY = 51,
	WRITE_RC_UNAVAILABLE = 52,
	WRITE_RC_UNWILLING = 53,
	WRITE_RC_NAMING = 64,
	WRITE_RC_OBJECT_CLASS = 65,
	WRITE_RC_NOT_LEAF = 66,
	WRITE_RC_ON_RDN = 67,
	WRITE_RC_EXISTS = 68,
	WRITE_RC_CLASS_CHANGE = 69,
};

enum write_kind {
	WRITE_ADD = 1,
	WRITE_MODIFY,
	WRITE_RENAME,
	WRITE_DELETE,
	WRITE_READ, /* the object itself, for one attribute of it */
};

enum write_change {
	WRITE_VALUES_ADD = 1,
	WRITE_VALUES_DELETE,
	WRITE_VALUES_REPLACE, /* without values: the attribute goes */
};

struct write_mod {
	enum write_change change; /* of an ADD: ignored */
	const char *name;
	const struct text *values;
	size_t count;
};

struct ldap_write {
	enum write_kind kind;
	const char *dn;
	const struct write_mod *mods; /* ADD, MODIFY */
	size_t mod_count;
	const char *rdn;    /* RENAME: the first part of the new name */
	const char *parent; /* RENAME: NULL: where it is */
	bool keep_rdn;      /* RENAME: values of the old name stay */
	/* MODIFY: a value that is there, or gone, already is no error, where
	 * the server lists the control (1.2.840.113556.1.4.1413). */
	bool permissive;
	/* READ, MODIFY: the object may be one that was deleted
	 * (1.2.840.113556.1.4.417). */
	bool show_deleted;
	/* READ: this attribute; ADD: the same of the new object, where the
	 * server can (RFC 4527). */
	const char *read;
};

struct ldap_answer {
	int id;
	enum write_kind kind;
	bool last;        /* false: the entry of a READ; its end comes */
	int rc;           /* of the server */
	struct text said; /* by the server beside it, cut; one line */
	struct text
	    matched;       /* the nearest object that is there; may be empty */
	struct text value; /* what was read; empty: nothing */
	struct text dn;    /* READ: of the entry, as the server writes it */
};

/* Whether an ADD can give an attribute back. */
bool ldap_write_reads_back(const struct ldap_session *s);
bool ldap_write_permissive(const struct ldap_session *s);

int ldap_write_send(struct ldap_session *s, const struct ldap_write *w,
    int *out_id, struct err *e) MUST_CHECK;

/* The next answer, whosever it is. */
int ldap_write_next(struct ldap_session *s, struct arena *a,
    struct ldap_answer *out, struct err *e) MUST_CHECK;
/* The same without waiting: 1, or 0 where none is there yet. */
int ldap_write_poll(struct ldap_session *s, struct arena *a,
    struct ldap_answer *out, struct err *e) MUST_CHECK;

/* Of a result code: what the library calls it. */
const char *ldap_write_rc_text(int rc);

/* The first value in the answer's control of RFC 4527; empty: none.
 * ERR_SYNTAX where it is not one. */
int ldap_post_read_parse(struct arena *a, struct text control,
    struct text *out_value, struct err *e) MUST_CHECK;

#endif /* PROTO_LDAP_WRITE_H */
