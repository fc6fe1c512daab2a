/*
 * proto/http_server.h -- an HTTPS server on one event loop.
 *
 * Purpose:   accepts, reads whole requests within limits, gives each to one
 *            handler, sends what it answers.  Knows no URL and no content.
 * Touches:   libevent (evhttp, bufferevent_openssl), OpenSSL's TLS, sockets,
 *            SIGTERM and SIGINT while it runs.
 * Ownership: a struct http_call is the server's; it ends with exactly one of
 *            the http_call_reply calls or http_call_drop(), after which it
 *            must not be touched.  What http_call_... gives is borrowed.
 * Errors:    ERR_CONFIG (certificate, key, address), ERR_CONNECT (the address
 *            is taken), ERR_TLS, ERR_NOMEM.
 * Threads:   one: the handler runs in the loop and nothing else does then.
 */
#ifndef PROTO_HTTP_SERVER_H
#define PROTO_HTTP_SERVER_H

#include "base/text.h"

struct http_server;
struct http_call;

struct http_server_options {
	const char *listen;    /* "127.0.0.1:8443", "[::1]:0"; 0: any free */
	const char *cert_file; /* PEM, the chain with the server's first */
	const char *key_file;
	/* NULL, or another certificate, for who asks for one of these names
	 * ("a.example", "*.b.example"). */
	const char *names_cert_file, *names_key_file;
	const char *const *names;
	size_t nnames;
	size_t max_header_bytes;
	size_t max_body_bytes;
	unsigned max_connections; /* more wait in the kernel's queue */
	int timeout_s;            /* idle or slow peers are dropped */
	void (*handle)(void *ctx, struct http_call *c);
	void *ctx;
};

int http_server_new(const struct http_server_options *o,
    struct http_server **out_s, struct err *e) MUST_CHECK;
struct http_server *http_server_free(struct http_server *s);
DEFINE_CLEANUP(http_server, http_server_free);

/* Is it one of these, in any case?  "*" stands for one label. */
bool http_name_is_listed(
    struct text host, const char *const *names, size_t nnames);

uint16_t http_server_port(const struct http_server *s);

/* Until SIGTERM, SIGINT or http_server_stop(); answers that are on their way
 * are finished first, for at most two seconds. */
int http_server_run(struct http_server *s, struct err *e) MUST_CHECK;
void http_server_stop(struct http_server *s);

const char *http_call_method(const struct http_call *c);
const char *http_call_target(const struct http_call *c); /* as it was sent */
struct text http_call_header(const struct http_call *c, const char *name);
struct text http_call_body(const struct http_call *c);
bool http_call_from_loopback(const struct http_call *c);

/* A header of the answer; one that holds a line end is left out. */
void http_call_header_set(
    struct http_call *c, const char *name, const char *value);

/* Answers, delay_ms from now. */
void http_call_reply(
    struct http_call *c, int status, struct text body, unsigned delay_ms);

/* For tests of clients: announces the whole body, sends half, closes. */
void http_call_reply_half(struct http_call *c, int status, struct text body);

/* For tests of clients: closes the connection without an answer. */
void http_call_drop(struct http_call *c);

#endif /* PROTO_HTTP_SERVER_H */
