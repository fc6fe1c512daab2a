/*
 * proto/tls_answer.h -- what a server says around a handshake, octets to facts.
 *
 * Purpose:   the answer to StartTLS of LDAP (RFC 4511 4.14.2), and the Date of
 * an HTTP answer (RFC 9110 6.6.1): for tls_probe.c, which trusts neither.
 * Touches:   base/; libcurl's dates.
 * Ownership: nothing is kept.
 * Errors:    ERR_PROTOCOL.
 */
#ifndef PROTO_TLS_ANSWER_H
#define PROTO_TLS_ANSWER_H

#include "base/err.h"
#include "base/text.h"

#define TLS_ANSWER_MAX 4096U /* of either */

/* 1: the server goes on with TLS; 0: the answer has not come whole;
 * ERR_PROTOCOL: it refuses, or is no LDAP. */
int starttls_answer(struct text in, struct err *e) MUST_CHECK;

/* Milliseconds since 1970; 0: there is no date that can be read.  The head may
 * be cut. */
int64_t http_answer_date(struct text head);

#endif /* PROTO_TLS_ANSWER_H */
