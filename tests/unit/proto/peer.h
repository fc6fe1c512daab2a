/*
 * tests/unit/proto/peer.h -- an HTTPS server in a child process, for tests.
 *
 * Touches: fork, pipes, files below /tmp; proto/http_server.h.
 */
#ifndef TESTS_UNIT_PROTO_PEER_H
#define TESTS_UNIT_PROTO_PEER_H

#include <sys/types.h>

#include "proto/http_server.h"

struct peer {
	char dir[64];
	char ca[96];
	char url[64]; /* "https://localhost:PORT" */
	pid_t pid;
};

/* days: life of the certificate, which is for "localhost" alone. */
void peer_start(
    struct peer *p, int days, void (*handle)(void *ctx, struct http_call *c));
void peer_stop(struct peer *p);

#endif /* TESTS_UNIT_PROTO_PEER_H */
