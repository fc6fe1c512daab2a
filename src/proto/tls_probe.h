/*
 * proto/tls_probe.h -- what certificates a server shows, and what time it has.
 *
 * Purpose:   a handshake that trusts nobody and sends nothing secret, to tell a
 *            person when a certificate ends: TLS at once, or after StartTLS of
 *            LDAP; of an HTTPS server its Date as well.
 * Touches:   sockets, OpenSSL.
 * Ownership: texts live in the arena given.
 * Errors:    ERR_CONNECT, ERR_TLS, ERR_PROTOCOL, ERR_NOMEM.
 */
#ifndef PROTO_TLS_PROBE_H
#define PROTO_TLS_PROBE_H

#include "base/text.h"

#define TLS_PROBE_CERTS 8U

enum tls_probe_kind {
	TLS_PROBE_LDAPS,
	TLS_PROBE_LDAP_STARTTLS,
	TLS_PROBE_HTTPS,
};

struct tls_probe {
	enum tls_probe_kind kind;
	struct text host;
	unsigned port;
	int timeout_ms;
};

struct tls_seen_cert {
	struct text subject;
	int64_t end_s; /* since 1970, UTC */
};

struct tls_seen {
	struct tls_seen_cert certs[TLS_PROBE_CERTS]; /* its own first */
	size_t cert_count;
	int64_t date_ms; /* 0: not told */
};

/* "ldaps://host:port/..." and the like to host and port; port 0 where none is
 * written.  false: no URL. */
bool tls_probe_url(struct text url, struct text *out_host, unsigned *out_port);

int tls_probe(const struct tls_probe *p, struct arena *a, struct tls_seen *out,
    struct err *e) MUST_CHECK;

#endif /* PROTO_TLS_PROBE_H */
