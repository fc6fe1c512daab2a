/*
 * proto/http_server_int.h -- what http_proxy needs of a server.
 *
 * Purpose:   the loop that both run on, and where the server listens.
 * Touches:   libevent.
 * Ownership: borrowed from the server.
 */
#ifndef PROTO_HTTP_SERVER_INT_H
#define PROTO_HTTP_SERVER_INT_H

#include <event2/event.h>
#include <event2/listener.h>
#include <sys/socket.h>

#include "proto/http_server.h"

struct event_base *http_server_base(const struct http_server *s);

/* A listener at "127.0.0.1:8443"; port 0: any that is free. */
int http_listen(struct event_base *base, const char *where,
    evconnlistener_cb accept, void *ctx, struct evconnlistener **out_l,
    struct err *e) MUST_CHECK;

/* Where a listener really listens. */
int http_listener_address(struct evconnlistener *l,
    struct sockaddr_storage *out_ss, socklen_t *out_len) MUST_CHECK;
int http_server_address(const struct http_server *s,
    struct sockaddr_storage *out_ss, socklen_t *out_len) MUST_CHECK;
uint16_t http_address_port(const struct sockaddr_storage *ss);

#endif /* PROTO_HTTP_SERVER_INT_H */
