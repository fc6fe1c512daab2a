/*
 * proto/ldap_net.c -- a TCP connection, with its own reason for failing.
 *
 * The library reports every failure of a connection as "Can't contact LDAP
 * server"; connecting here says which of name, route, port and time it was.
 */
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "proto/ldap_int.h"

static int
net_fail(const struct ldap_server *v, const char *why, struct err *e)
{
	return err_type(e, ERR_CONNECT, "failed-connection", "%.*s: %s",
	    TEXT_ARGS(v->url), why);
}

/* 0, or the errno of the attempt. */
static int
net_wait(int fd, int64_t until_ms)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};
	socklen_t len = sizeof(int);
	int error = 0;

	for (;;) {
		int64_t left = until_ms - clock_monotonic_ms();
		int r = poll(&p, 1, left > 0 ? (int)left : 0);

		if (r > 0)
			break;
		if (r == 0)
			return ETIMEDOUT;
		if (errno != EINTR)
			return errno;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		return errno;
	return error;
}

static int
net_try(const struct addrinfo *ai, int64_t until_ms, int *out_fd)
{
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);
	int flags, error = 0, on = 1;

	if (fd < 0)
		return errno;
	flags = fcntl(fd, F_GETFL);
	if (flags < 0 || fcntl(fd, F_SETFL, flags | O_NONBLOCK) != 0)
		error = errno;
	else if (connect(fd, ai->ai_addr, ai->ai_addrlen) != 0)
		error = errno == EINPROGRESS ? net_wait(fd, until_ms) : errno;
	if (error == 0 && fcntl(fd, F_SETFL, flags) != 0)
		error = errno;
	if (error != 0) {
		(void)close(fd);
		return error;
	}
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	*out_fd = fd;
	return 0;
}

/* A blocking read or write may not outlast the timeout either. */
static void
net_limit(int fd, int64_t timeout_ms)
{
	struct timeval tv = {
	    .tv_sec = timeout_ms / 1000, .tv_usec = timeout_ms % 1000 * 1000};

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &tv, sizeof(tv));
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &tv, sizeof(tv));
}

int
net_connect(const struct ldap_server *v, int64_t timeout_ms, struct err *e)
{
	struct addrinfo hint = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	int64_t until_ms = clock_monotonic_ms() + timeout_ms;
	char port[8], reason[128];
	int error = ENOENT, fd = -1, r;

	(void)snprintf(port, sizeof(port), "%u", v->port);
	r = getaddrinfo(v->host, port, &hint, &list);
	if (r != 0)
		return net_fail(v, gai_strerror(r), e);
	for (const struct addrinfo *ai = list; ai != NULL; ai = ai->ai_next) {
		error = net_try(ai, until_ms, &fd);
		if (error == 0)
			break;
	}
	freeaddrinfo(list);
	if (error != 0)
		return net_fail(
		    v, strerror_r(error, reason, sizeof(reason)), e);
	net_limit(fd, timeout_ms);
	return fd;
}
