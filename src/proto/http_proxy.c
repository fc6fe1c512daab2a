#include "proto/http_proxy.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/queue.h>

#include "proto/http_server_int.h"

#define HEAD_MAX   8192U
#define QUEUED_MAX (256U << 10) /* octets that wait for one side */

struct tunnel {
	TAILQ_ENTRY(tunnel) link;
	struct http_proxy *proxy;
	struct bufferevent *client, *server; /* server: NULL until asked for */
	bool open;                           /* the client was told so */
	bool over; /* closed when what waits is sent */
};

TAILQ_HEAD(tunnel_list, tunnel);

struct http_proxy {
	struct event_base *base;
	struct evconnlistener *listener;
	struct tunnel_list tunnels;
	unsigned count, max;
	struct timeval timeout;
	const char *const *hosts;
	size_t nhosts;
	struct sockaddr_storage to;
	socklen_t to_len;
	uint16_t port;
};

/* ---- Which requests ---- */

struct text
http_proxy_host(struct text line)
{
	const struct text none = {"", 0};
	struct text host;
	const char *space;
	size_t n;

	if (line.len < 8 || memcmp(line.data, "CONNECT ", 8) != 0)
		return none;
	host = (struct text){line.data + 8, line.len - 8};
	space = memchr(host.data, ' ', host.len);
	if (space == NULL)
		return none;
	n = (size_t)(space - host.data);
	if (host.len - n < 6 || memcmp(space, " HTTP/", 6) != 0)
		return none;
	host.len = n;
	while (n > 0 && host.data[n - 1] >= '0' && host.data[n - 1] <= '9')
		n--;
	if (n == 0 || n == host.len || host.data[n - 1] != ':')
		return none;
	host.len = n - 1;
	if (host.len > 2 && host.data[0] == '[' &&
	    host.data[host.len - 1] == ']')
		host = (struct text){host.data + 1, host.len - 2};
	return host;
}

/* ---- Tunnels ---- */

static void
tunnel_close(struct tunnel *t)
{
	struct http_proxy *p = t->proxy;

	TAILQ_REMOVE(&p->tunnels, t, link);
	p->count--;
	if (t->client != NULL)
		bufferevent_free(t->client);
	if (t->server != NULL)
		bufferevent_free(t->server);
	free(t);
	if (p->listener != NULL)
		(void)evconnlistener_enable(p->listener);
}

static void pump(struct bufferevent *from, void *arg);

/* The other side took what waited for it: go on reading. */
static void
drained(struct bufferevent *to, void *arg)
{
	struct tunnel *t = arg;
	struct bufferevent *from = to == t->client ? t->server : t->client;

	if (t->over)
		tunnel_close(t);
	else if (from != NULL)
		(void)bufferevent_enable(from, EV_READ);
}

static void
pump(struct bufferevent *from, void *arg)
{
	struct tunnel *t = arg;
	struct bufferevent *to = from == t->client ? t->server : t->client;
	struct evbuffer *out;

	if (to == NULL)
		return;
	out = bufferevent_get_output(to);
	if (evbuffer_add_buffer(out, bufferevent_get_input(from)) != 0) {
		tunnel_close(t);
		return;
	}
	if (evbuffer_get_length(out) > QUEUED_MAX)
		(void)bufferevent_disable(from, EV_READ);
}

/* What one side had sent before it ended is for the other still. */
static void
ended(struct bufferevent *bev, short what, void *arg)
{
	struct tunnel *t = arg;
	struct bufferevent *to = bev == t->client ? t->server : t->client;

	if ((what & BEV_EVENT_CONNECTED) != 0)
		return;
	if (to == NULL || (what & BEV_EVENT_EOF) == 0 ||
	    evbuffer_get_length(bufferevent_get_output(to)) == 0) {
		tunnel_close(t);
		return;
	}
	if (bev == t->client)
		t->client = NULL;
	else
		t->server = NULL;
	bufferevent_free(bev);
	t->over = true;
	(void)bufferevent_disable(to, EV_READ);
}

static void
answer(struct tunnel *t, const char *line)
{
	(void)evbuffer_add_printf(bufferevent_get_output(t->client),
	    "HTTP/1.1 %s\r\n%s\r\n", line,
	    t->open ? "" : "Content-Length: 0\r\nConnection: close\r\n");
}

static void
refuse(struct tunnel *t, const char *line)
{
	t->over = true;
	(void)bufferevent_disable(t->client, EV_READ);
	answer(t, line);
}

static void
tunnel_open(struct tunnel *t)
{
	struct http_proxy *p = t->proxy;
	int one = 1;

	t->server = bufferevent_socket_new(p->base, -1, BEV_OPT_CLOSE_ON_FREE);
	if (t->server == NULL ||
	    bufferevent_socket_connect(
		t->server, (struct sockaddr *)&p->to, (int)p->to_len) != 0) {
		if (t->server != NULL)
			bufferevent_free(t->server);
		t->server = NULL;
		refuse(t, "502 Bad Gateway");
		return;
	}
	(void)setsockopt(bufferevent_getfd(t->server), IPPROTO_TCP, TCP_NODELAY,
	    &one, sizeof(one));
	t->open = true;
	answer(t, "200 Connection established");
	bufferevent_setcb(t->server, pump, drained, ended, t);
	bufferevent_setcb(t->client, pump, drained, ended, t);
	bufferevent_set_timeouts(t->server, &p->timeout, &p->timeout);
	(void)bufferevent_enable(t->server, EV_READ | EV_WRITE);
	if (evbuffer_get_length(bufferevent_get_input(t->client)) != 0)
		pump(t->client, t);
}

/* The head of the request, when it is whole; the rest is the tunnel's. */
static void
head_in(struct bufferevent *bev, void *arg)
{
	struct tunnel *t = arg;
	struct http_proxy *p = t->proxy;
	struct evbuffer *in = bufferevent_get_input(bev);
	struct evbuffer_ptr end = evbuffer_search(in, "\r\n\r\n", 4, NULL);
	size_t len = 0;
	char *line;
	struct text host;

	if (end.pos < 0) {
		if (evbuffer_get_length(in) > HEAD_MAX)
			refuse(t, "431 Request Header Fields Too Large");
		return;
	}
	line = evbuffer_readln(in, &len, EVBUFFER_EOL_CRLF_STRICT);
	if (line == NULL) {
		tunnel_close(t);
		return;
	}
	host = http_proxy_host((struct text){line, len});
	if (host.len == 0)
		refuse(t, "405 Method Not Allowed");
	else if (!http_name_is_listed(host, p->hosts, p->nhosts))
		refuse(t, "403 Forbidden");
	else {
		(void)evbuffer_drain(in, (size_t)end.pos + 4 - len - 2);
		tunnel_open(t);
	}
	free(line);
}

static void
accepted(struct evconnlistener *l, evutil_socket_t fd, struct sockaddr *from,
    int from_len, void *arg)
{
	struct http_proxy *p = arg;
	struct tunnel *t = calloc(1, sizeof(*t));
	struct bufferevent *bev =
	    bufferevent_socket_new(p->base, fd, BEV_OPT_CLOSE_ON_FREE);

	(void)from, (void)from_len;
	if (t == NULL || bev == NULL) {
		if (bev != NULL)
			bufferevent_free(bev);
		else
			(void)evutil_closesocket(fd);
		free(t);
		return;
	}
	t->proxy = p;
	t->client = bev;
	TAILQ_INSERT_TAIL(&p->tunnels, t, link);
	if (++p->count >= p->max)
		(void)evconnlistener_disable(l);
	bufferevent_setcb(bev, head_in, drained, ended, t);
	bufferevent_set_timeouts(bev, &p->timeout, &p->timeout);
	(void)bufferevent_enable(bev, EV_READ | EV_WRITE);
}

/* ---- The proxy ---- */

static bool
is_loopback(const struct sockaddr_storage *ss)
{
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)ss;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)ss;

	return ss->ss_family == AF_INET6
		   ? IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr) != 0
		   : ntohl(v4->sin_addr.s_addr) >> 24 == 127;
}

/* A server that listens everywhere is reached at home. */
static void
go_home(struct sockaddr_storage *ss)
{
	struct sockaddr_in *v4 = (struct sockaddr_in *)ss;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)ss;

	if (ss->ss_family == AF_INET && v4->sin_addr.s_addr == INADDR_ANY)
		v4->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	else if (ss->ss_family == AF_INET6 &&
		 IN6_IS_ADDR_UNSPECIFIED(&v6->sin6_addr))
		v6->sin6_addr = in6addr_loopback;
}

static int
proxy_set_up(struct http_proxy *p, struct http_server *s,
    const struct http_proxy_options *o, struct err *e)
{
	struct sockaddr_storage own;
	socklen_t len;
	int r = http_server_address(s, &p->to, &p->to_len);

	if (r != 0)
		return err_set(e, r, "the server's address is unknown");
	go_home(&p->to);
	r = http_listen(p->base, o->listen, accepted, p, &p->listener, e);
	if (r != 0)
		return r;
	if (http_listener_address(p->listener, &own, &len) != 0 ||
	    !is_loopback(&own))
		return err_set(e, ERR_CONFIG,
		    "%s: the proxy is for this machine alone: 127.0.0.1 or "
		    "[::1]",
		    o->listen);
	p->port = http_address_port(&own);
	return 0;
}

int
http_proxy_new(struct http_server *s, const struct http_proxy_options *o,
    struct http_proxy **out_p, struct err *e)
{
	CLEANUP(http_proxy_freep)
	struct http_proxy *p = calloc(1, sizeof(*p));
	int r;

	if (p == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a proxy");
	TAILQ_INIT(&p->tunnels);
	p->base = http_server_base(s);
	p->max = o->max_connections;
	p->timeout.tv_sec = o->timeout_s;
	p->hosts = o->hosts;
	p->nhosts = o->nhosts;
	r = proxy_set_up(p, s, o, e);
	if (r == 0)
		*out_p = TAKE_PTR(p);
	return r;
}

struct http_proxy *
http_proxy_free(struct http_proxy *p)
{
	if (p == NULL)
		return NULL;
	if (p->listener != NULL)
		evconnlistener_free(p->listener);
	p->listener = NULL;
	for (struct tunnel *t = TAILQ_FIRST(&p->tunnels), *next; t != NULL;
	     t = next) {
		next = TAILQ_NEXT(t, link);
		tunnel_close(t);
	}
	free(p);
	return NULL;
}

uint16_t
http_proxy_port(const struct http_proxy *p)
{
	return p->port;
}
