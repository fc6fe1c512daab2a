/*
 * proto/ldap_int.h -- what the LDAP files of this room share.
 *
 * Purpose:   the inside of a session.
 * Touches:   libldap, Kerberos, GSSAPI.
 */
#ifndef PROTO_LDAP_INT_H
#define PROTO_LDAP_INT_H

#include <gssapi/gssapi_krb5.h>
#include <krb5.h>
#include <ldap.h>

#include "proto/ldap_session.h"
#include "proto/ldap_sync.h"

#define LDAP_DEFAULT_TIMEOUT_MS 30000
#define LDAP_SYSTEM_CA          "/etc/ssl/certs/ca-certificates.crt"
#define LDAP_OID_EXTENDED_DN    "1.2.840.113556.1.4.529"
#define LDAP_OID_SHOW_DELETED   "1.2.840.113556.1.4.417"

/* A ticket in this process's memory alone. */
struct krb_ticket {
	krb5_context ctx;
	krb5_principal who;
	krb5_ccache cache;
	char *name; /* of the cache */
};

enum ldap_scheme {
	LDAP_CLEAR, /* ldap:// */
	LDAP_TLS,   /* ldaps:// */
	LDAP_LOCAL, /* ldapi:// */
};

struct ldap_server {
	struct text url;
	enum ldap_scheme scheme;
	char *host; /* LDAP_LOCAL: unused */
	uint16_t port;
};

/* Reads of the socket fail after until_ms (monotonic); 0: never. */
struct net_deadline {
	int fd;
	int64_t until_ms;
	bool expired;
};

struct ldap_session {
	struct arena *arena; /* settings and servers */
	struct ldap_settings set;
	struct ldap_server *servers;
	size_t at; /* the server in use */
	LDAP *ld;
	struct net_deadline deadline; /* the socket's, during a handshake */
	struct krb_ticket ticket;
	struct arena *root_arena;
	struct ldap_item root;
};

/* The library's structs have char * for what it only reads. */
static inline char *
unconst(const char *s)
{
	union {
		const char *in;
		char *out;
	} u = {.in = s};

	return u.out;
}

/* ldap_net.c: a connected socket, or ERR_CONNECT with the reason. */
int net_connect(const struct ldap_server *v, int64_t timeout_ms, struct err *e);

/* ldap_deadline.c: w lives as long as sb; 0 or -1. */
int deadline_add(Sockbuf *sb, struct net_deadline *w);

/* ldap_tls.c */
int tls_prepare(struct ldap_session *s, struct err *e);
int tls_start(struct ldap_session *s, struct err *e);
/* Shakes hands once more, alone to say why it failed; ERR_TLS. */
int tls_why(const struct ldap_settings *set, const struct ldap_server *v,
    const char *what, struct err *e);

/* ldap_krb5.c */
int krb_ticket_get(
    struct krb_ticket *t, const struct ldap_settings *set, struct err *e);
void krb_ticket_clear(struct krb_ticket *t);

/* ldap_bind.c */
int session_bind(struct ldap_session *s, struct err *e);

/* ldap_error.c: rc is the library's code or the server's; what was tried. */
int ldap_fail(
    const struct ldap_session *s, int rc, const char *what, struct err *e);
/* The same with what the server wrote beside its code. */
int ldap_fail_diag(const struct ldap_session *s, int rc, const char *diag,
    const char *what, struct err *e);

/* ldap_cursor.c: the next message that answers id.  ERR_CONNECT when the
 * server is silent for longer than the timeout. */
int session_wait(struct ldap_session *s, int id, LDAPMessage **out,
    const char *what, struct err *e);

#define QUERY_CONTROLS_MAX 6U /* with the NULL behind them */

/* Adds behind what list has; the library's code. */
int query_controls(unsigned flags, LDAPControl **list);
void query_controls_free(LDAPControl **list);

/* ldap_sync_read.c: what a cursor keeps of content synchronisation. */
struct sync_reading {
	bool on;
	struct ldap_sync_query query;
	struct ldap_sync_reply reply;
	/* of a message: objects that were told by their UUIDs */
	struct text set;
	bool set_deleted;
	struct arena *arena; /* cookies */
};

int content_begin(struct sync_reading *y, const struct ldap_sync_query *q,
    struct arena *a, struct err *e);
/* Adds the request's control; the library's code. */
int content_control(const struct sync_reading *y, LDAPControl **list);
/* What is said of the entry m; borrows from *out_held. */
int content_entry(struct sync_reading *y, LDAP *ld, LDAPMessage *m,
    struct ldap_sync_state *out, LDAPControl ***out_held);
/* An intermediate message: y->set borrows from *out_held. */
int content_info(
    struct sync_reading *y, LDAP *ld, LDAPMessage *m, struct berval **out_held);
/* The next of y->set; false: none left. */
bool content_next(struct sync_reading *y, struct ldap_item *item);
int content_done(struct sync_reading *y, LDAPControl **controls);
/* Whether the server says by rc that it cannot go on from our cookie. */
bool content_lost(const struct sync_reading *y, int rc);

/* ldap_entry.c: a message to an entry that borrows from it. */
struct entry_job {
	struct ldap_session *s;
	struct arena *arena; /* lists, and values of follow-up reads */
	unsigned flags;
	struct ldap_item *item;
	uint64_t *ranges;
};

int entry_parse(const struct entry_job *j, LDAPMessage *m, struct err *e);

#endif /* PROTO_LDAP_INT_H */
