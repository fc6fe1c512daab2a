/*
 * proto/http_proxy.h -- a CONNECT proxy before one HTTPS server.
 *
 * Purpose:   clients that have the names of a service compiled in reach a
 *            server of our own: the names that are listed lead there, no
 *            other does, and nothing ever leaves the machine.
 * Touches:   libevent, a listening socket on loopback.
 * Ownership: http_proxy_new() .. http_proxy_free(), before the server's.
 * Errors:    ERR_CONFIG (address, or one that is not on loopback),
 *            ERR_CONNECT (taken), ERR_NOMEM.
 * Threads:   the loop of the server.
 */
#ifndef PROTO_HTTP_PROXY_H
#define PROTO_HTTP_PROXY_H

#include "proto/http_server.h"

struct http_proxy;

struct http_proxy_options {
	const char *listen;       /* "127.0.0.1:3128"; port 0: any free */
	const char *const *hosts; /* "a.example", "*.b.example" */
	size_t nhosts;
	unsigned max_connections;
	int timeout_s; /* idle tunnels and slow heads are dropped */
};

int http_proxy_new(struct http_server *s, const struct http_proxy_options *o,
    struct http_proxy **out_p, struct err *e) MUST_CHECK;
struct http_proxy *http_proxy_free(struct http_proxy *p);
DEFINE_CLEANUP(http_proxy, http_proxy_free);

uint16_t http_proxy_port(const struct http_proxy *p);

/* The host of "CONNECT host:443 HTTP/1.1", empty where the line is none;
 * names in brackets without them. */
struct text http_proxy_host(struct text line);
#endif /* PROTO_HTTP_PROXY_H */
