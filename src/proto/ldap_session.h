/*
 * proto/ldap_session.h -- a bound connection to a directory, and reading it.
 *
 * Purpose:   one place that knows the LDAP library: several servers in order,
 *            TLS that is verified, every kind of bind, timeouts on connect
 *            and on each answer, and one streamed search at a time that hides
 *            pages and ranged attributes.
 * Touches:   libldap, liblber, SASL, MIT Kerberos (tickets in memory of this
 *            process alone), OpenSSL (to say why a handshake failed).
 * Ownership: ldap_session_open() copies its settings, but the secret is
 *            borrowed and must outlive the session, which needs it again
 *            when it moves to the next server.
 * Errors:    ERR_CONNECT (no server, or lost), ERR_TLS, ERR_AUTH, ERR_ACCESS,
 *            ERR_CONFIG, ERR_NOENT (no such base), ERR_LIMIT (the server cut
 *            the answer, or it is larger than we accept), ERR_UNSUPPORTED,
 *            ERR_PROTOCOL, ERR_CANCELLED, ERR_NOMEM; the text names the
 *            server, and what to change.
 * Threads:   a session is used by one thread at a time.
 */
#ifndef PROTO_LDAP_SESSION_H
#define PROTO_LDAP_SESSION_H

#include "base/secret.h"
#include "base/text.h"

#define LDAP_SERVERS_MAX   16U
#define LDAP_ATTRS_MAX     4096U
#define LDAP_VALUES_MAX    1000000U
#define LDAP_MESSAGE_BYTES (256U << 20) /* one answer of the server */

struct ldap_session;
struct ldap_cursor;

enum ldap_bind_kind {
	LDAP_BIND_SIMPLE,   /* user and password; both empty: anonymous */
	LDAP_BIND_GSSAPI,   /* Kerberos: keytab, or user and password */
	LDAP_BIND_EXTERNAL, /* the socket's user, or a TLS certificate */
};

struct ldap_settings {
	const struct text *servers; /* ldaps://, ldap://, ldapi:// */
	size_t server_count;
	enum ldap_bind_kind bind;
	struct text user;              /* DN, UPN or principal */
	const struct secret *password; /* NULL: none */
	struct text keytab;            /* file */
	struct text realm;             /* where user has none */
	struct text ca;                /* file; empty: the system's */
	struct text certificate;       /* PEM files: who we are in TLS */
	struct text key;
	bool starttls; /* on ldap:// */
	bool verify;
	bool clear_password;          /* a simple bind may go in clear text */
	int64_t timeout_ms;           /* connect, and every answer; 0: 30 s */
	uint32_t page_size;           /* 0: no paging */
	bool (*cancelled)(void *ctx); /* may be NULL */
	void *cancel_ctx;
};

/* One entry; all of it is borrowed until the next call on its cursor. */
struct ldap_attr {
	struct text name; /* without options */
	struct text *values;
	size_t count;
	size_t room; /* the reader's own */
};

/* What content synchronisation says of an object (RFC 4533 2.2). */
enum ldap_told {
	LDAP_TOLD_NOTHING, /* it was an ordinary search */
	LDAP_TOLD_PRESENT, /* it is there, unchanged; nothing but uuid */
	LDAP_TOLD_ADDED,
	LDAP_TOLD_CHANGED,
	LDAP_TOLD_DELETED, /* or not in the content any more; but uuid */
};

#define LDAP_UUID_BYTES 16U

struct ldap_item {
	enum ldap_told told;
	const unsigned char *uuid; /* LDAP_UUID_BYTES; NULL: told nothing */
	struct text dn;
	struct ldap_attr *attrs;
	size_t count;
	size_t room;    /* the reader's own, as what follows */
	uint64_t names; /* a bit for each name that is there */
};

/* NULL where it has none; names are the same in either case. */
const struct ldap_attr *ldap_item_find(
    const struct ldap_item *i, const char *name);
/* The first value; the empty text where there is none. */
struct text ldap_item_first(const struct ldap_item *i, const char *name);

/* Connects to the first server that answers and binds there.  A server that
 * is not there or whose certificate is refused is passed over; a refused
 * password ends it, since trying it elsewhere only locks the account. */
int ldap_session_open(const struct ldap_settings *set,
    struct ldap_session **out, struct err *e) MUST_CHECK;
struct ldap_session *ldap_session_free(struct ldap_session *s);
DEFINE_CLEANUP(ldap_session, ldap_session_free);

/* After ERR_CONNECT: the next server in order, the lost one last. */
int ldap_session_move(struct ldap_session *s, struct err *e) MUST_CHECK;

/* The URL in use. */
struct text ldap_session_server(const struct ldap_session *s);

/* The root DSE, read after the bind; until the next move. */
const struct ldap_item *ldap_session_root(const struct ldap_session *s);
bool ldap_session_supports(const struct ldap_session *s, const char *control);

/* ---- Reading ---- */

enum ldap_depth {
	LDAP_DEPTH_BASE,
	LDAP_DEPTH_CHILDREN,
	LDAP_DEPTH_TREE,
};

enum ldap_query_flag {
	/* Asked for where the server has it: names come as <GUID=..>;DN. */
	LDAP_QUERY_EXTENDED_DN = 1U << 0,
	LDAP_QUERY_SHOW_DELETED = 1U << 1,
	/* Attributes as they come: names keep their options, and those without
	 * a value are there (count 0). */
	LDAP_QUERY_AS_IT_IS = 1U << 2,
	LDAP_QUERY_NO_PAGES = 1U << 3,
};

/* A further control of a query, critical; its answer: ldap_cursor_answer(). */
struct ldap_extra {
	const char *oid;
	struct text value;
};

/* The search is one of content synchronisation, without pages. */
struct ldap_sync_query {
	struct text cookie; /* of the last one; empty: the first */
	bool persist;       /* goes on for ever */
};

/* What it said in its course. */
struct ldap_sync_reply {
	struct text cookie; /* for the next one; empty: as it was */
	bool present;   /* all that is there was told: the others are gone */
	bool refreshed; /* persist: from here on changes come as they are
			   made */
};

struct ldap_query {
	const char *base;
	enum ldap_depth depth;
	const char *filter;       /* NULL: everything */
	const char *const *attrs; /* ends in NULL; NULL: all of the user's */
	unsigned flags;
	const struct ldap_extra *extra;     /* NULL: none; borrowed */
	const struct ldap_sync_query *sync; /* NULL: an ordinary search */
};

struct ldap_counts {
	uint64_t entries;
	uint64_t pages;
	uint64_t references; /* to other servers: not followed */
	uint64_t ranges;     /* follow-up reads of one long attribute */
};

/* The query is copied, but not its extra.  One cursor at a time on a session;
 * ldap_session_read() may be called while it goes on. */
int ldap_cursor_begin(struct ldap_session *s, const struct ldap_query *q,
    struct ldap_cursor **out, struct err *e) MUST_CHECK;

/* 1 and *out, 0 at the end of a whole answer (of one that goes on: of its
 * refresh stage), or an error.  Where the server
 * cannot go on from the cookie of a sync query: type
 * "no-start-full-import-required".  An answer that
 * was cut is never an end.  After ERR_REJECTED the one entry in *out is not
 * whole (it went away while it was read) and the search goes on. */
int ldap_cursor_next(struct ldap_cursor *c, const struct ldap_item **out,
    struct err *e) MUST_CHECK;
const struct ldap_counts *ldap_cursor_counts(const struct ldap_cursor *c);
/* At the end: what the server answered to the query's extra control; the empty
 * text where it did not.  Lives as long as the cursor. */
struct text ldap_cursor_answer(const struct ldap_cursor *c);
/* Of a search that never ends: 1 where an entry came within timeout_ms (which
 * is taken away), 0 where none did, ERR_CONNECT, ERR_CANCELLED. */
int ldap_cursor_wait(
    struct ldap_cursor *c, int timeout_ms, struct err *e) MUST_CHECK;
/* Of a query with sync; its texts live as long as the cursor. */
const struct ldap_sync_reply *ldap_cursor_sync(const struct ldap_cursor *c);
struct ldap_cursor *ldap_cursor_free(struct ldap_cursor *c);
DEFINE_CLEANUP(ldap_cursor, ldap_cursor_free);

/* One entry, copied into a; ERR_NOENT where it is not there. */
int ldap_session_read(struct ldap_session *s, const struct ldap_query *q,
    struct arena *a, struct ldap_item *out, struct err *e) MUST_CHECK;

/* A comparison, of which nothing counts but whether it may be made. */
struct ldap_question {
	struct text dn;
	const char *name; /* of the attribute */
	struct text value;
};
int ldap_session_may_compare(struct ldap_session *s,
    const struct ldap_question *q, bool *out_refused, struct err *e) MUST_CHECK;

#endif /* PROTO_LDAP_SESSION_H */
