#include "proto/http_server_int.h"

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <event2/event.h>
#include <event2/http.h>
#include <event2/http_struct.h>
#include <event2/keyvalq_struct.h>
#include <event2/listener.h>
#include <event2/util.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <sys/queue.h>
#include <sys/socket.h>

#define STOP_WAIT_S 2

struct http_call {
	TAILQ_ENTRY(http_call) link;
	struct http_server *server;
	struct evhttp_request *req;
	struct event *timer; /* a delayed answer waits for it */
	bool continued;      /* "100 Continue" is out */
	int status;
	struct evbuffer *body;
};

TAILQ_HEAD(call_list, http_call);

struct http_server {
	struct event_base *base;
	struct evhttp *http;
	struct evconnlistener *listener; /* evhttp's own */
	struct event *on_term, *on_int;
	SSL_CTX *tls, *names_tls; /* names_tls: NULL where there is none */
	const char *const *names;
	size_t nnames;
	struct call_list calls; /* given to the handler, not yet answered */
	unsigned connections, max_connections;
	unsigned unsent; /* answered, not yet written out */
	bool stopping;
	uint16_t port;
	void (*handle)(void *ctx, struct http_call *c);
	void *ctx;
};

static struct text
tls_reason(void)
{
	const char *s = ERR_reason_error_string(ERR_peek_last_error());

	return text_of(s == NULL ? "unknown reason" : s);
}

/* An SSL object lives exactly as long as its connection, so it does the
 * counting: evhttp has no callback for the end of one without a request. */
static void
connection_gone(
    void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx, long argl, void *argp)
{
	struct http_server *s = ptr;

	(void)parent, (void)ad, (void)idx, (void)argl, (void)argp;
	if (s == NULL)
		return;
	s->connections--;
	if (s->listener != NULL && !s->stopping)
		(void)evconnlistener_enable(s->listener);
}

static int
server_index(void)
{
	static int index = -1;

	if (index < 0)
		index =
		    SSL_get_ex_new_index(0, NULL, NULL, NULL, connection_gone);
	return index;
}

static struct bufferevent *
connection_new(struct event_base *base, void *arg)
{
	struct http_server *s = arg;
	SSL *ssl = SSL_new(s->tls);
	struct bufferevent *bev;

	/* With NULL evhttp would go on without TLS. */
	if (ssl == NULL || SSL_set_ex_data(ssl, server_index(), s) != 1)
		abort();
	bev = bufferevent_openssl_socket_new(
	    base, -1, ssl, BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE);
	if (bev == NULL)
		abort();
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	if (++s->connections >= s->max_connections)
		(void)evconnlistener_disable(s->listener);
	return bev;
}

static void
timer_free(struct http_call *c)
{
	if (c->timer != NULL)
		event_free(c->timer);
	c->timer = NULL;
}

static struct http_call *
call_free(struct http_call *c)
{
	if (c == NULL)
		return NULL;
	TAILQ_REMOVE(&c->server->calls, c, link);
	timer_free(c);
	if (c->body != NULL)
		evbuffer_free(c->body);
	free(c);
	return NULL;
}

static void
stop_if_idle(struct http_server *s)
{
	if (s->stopping && s->unsent == 0 && TAILQ_EMPTY(&s->calls))
		(void)event_base_loopbreak(s->base);
}

static void
request_sent(struct evhttp_request *req, void *arg)
{
	struct http_server *s = arg;

	(void)req;
	s->unsent--;
	stop_if_idle(s);
}

/* evhttp does not read the body of these: what follows would be taken for
 * the next request. */
static bool
has_unread_body(struct evhttp_request *req)
{
	enum evhttp_cmd_type type = evhttp_request_get_command(req);
	struct evkeyvalq *in = evhttp_request_get_input_headers(req);
	const char *length = evhttp_find_header(in, "Content-Length");

	if (type == EVHTTP_REQ_POST || type == EVHTTP_REQ_PUT ||
	    type == EVHTTP_REQ_PATCH)
		return false;
	return evhttp_find_header(in, "Transfer-Encoding") != NULL ||
	       (length != NULL && !text_is(text_of(length), "0"));
}

/* "100 Continue" is written by evhttp, and what it does behind it must not
 * meet the answer: that would be taken for sent, and stay where it is.  So the
 * call is handled a turn of the loop after the output is empty. */
static void
continue_over(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval next = {0};
	struct http_call *c = arg;
	struct evhttp_connection *conn = evhttp_request_get_connection(c->req);
	bool empty =
	    conn == NULL || evbuffer_get_length(bufferevent_get_output(
				evhttp_connection_get_bufferevent(conn))) == 0;

	(void)fd, (void)what;
	if (!c->continued) {
		c->continued = empty;
		if (evtimer_add(c->timer, &next) == 0)
			return;
	}
	timer_free(c);
	c->server->handle(c->server->ctx, c);
}

static void
request_in(struct evhttp_request *req, void *arg)
{
	struct http_server *s = arg;
	struct http_call *c = calloc(1, sizeof(*c));

	if (c == NULL) {
		evhttp_send_error(req, HTTP_SERVUNAVAIL, "out of memory");
		return;
	}
	c->server = s;
	c->req = req;
	TAILQ_INSERT_TAIL(&s->calls, c, link);
	if (has_unread_body(req))
		http_call_header_set(c, "Connection", "close");
	if (http_call_header(c, "Expect").len != 0)
		c->timer = evtimer_new(s->base, continue_over, c);
	if (c->timer == NULL)
		s->handle(s->ctx, c);
	else
		continue_over(-1, 0, c);
}

static void
signal_in(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	http_server_stop(arg);
}

static int
context_make(
    const char *cert_file, const char *key_file, SSL_CTX **out, struct err *e)
{
	SSL_CTX *tls = *out = SSL_CTX_new(TLS_server_method());

	if (tls == NULL || server_index() < 0)
		return err_set(e, ERR_NOMEM, "no memory for TLS");
	(void)SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION);
	if (SSL_CTX_use_certificate_chain_file(tls, cert_file) != 1)
		return err_set(e, ERR_CONFIG, "%s: no certificate: %.*s",
		    cert_file, TEXT_ARGS(tls_reason()));
	if (SSL_CTX_use_PrivateKey_file(tls, key_file, SSL_FILETYPE_PEM) != 1)
		return err_set(e, ERR_CONFIG, "%s: no key of %s: %.*s",
		    key_file, cert_file, TEXT_ARGS(tls_reason()));
	return 0;
}

bool
http_name_is_listed(struct text host, const char *const *names, size_t nnames)
{
	for (size_t i = 0; i < nnames; i++) {
		if (text_is_nocase(host, names[i]))
			return true;
		/* One label, as in certificates. */
		if (names[i][0] == '*' &&
		    text_ends_nocase(host, names[i] + 1) &&
		    host.len > strlen(names[i] + 1) &&
		    memchr(host.data, '.', host.len - strlen(names[i] + 1)) ==
			NULL)
			return true;
	}
	return false;
}

/* Who asks for one of the names gets the certificate that has them. */
static int // NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL's type
name_asked(SSL *ssl, int *alert, void *arg)
{
	struct http_server *s = arg;
	const char *name = SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name);

	(void)alert;
	if (name != NULL &&
	    http_name_is_listed(text_of(name), s->names, s->nnames))
		(void)SSL_set_SSL_CTX(ssl, s->names_tls);
	return SSL_TLSEXT_ERR_OK;
}

static int
tls_set_up(
    struct http_server *s, const struct http_server_options *o, struct err *e)
{
	/* OpenSSL's macro casts away what it takes: this is its type. */
	int (*const choose)(SSL *, int *, void *) = name_asked;
	int r = context_make(o->cert_file, o->key_file, &s->tls, e);

	if (r != 0 || o->names_cert_file == NULL)
		return r;
	s->names = o->names;
	s->nnames = o->nnames;
	r = context_make(
	    o->names_cert_file, o->names_key_file, &s->names_tls, e);
	if (r != 0)
		return r;
	(void)SSL_CTX_set_tlsext_servername_callback(s->tls, choose);
	(void)SSL_CTX_set_tlsext_servername_arg(s->tls, s);
	return 0;
}

/* libevent takes no port 0 (any that is free): it is read as 1, then set. */
static int
address_parse(const char *where, struct sockaddr_storage *ss, int *len)
{
	struct text t = text_of(where);
	bool any = text_ends_nocase(t, ":0");
	char copy[128];

	if (t.len >= sizeof(copy))
		return -1;
	(void)snprintf(copy, sizeof(copy), "%s", where);
	if (any)
		copy[t.len - 1] = '1';
	if (evutil_parse_sockaddr_port(copy, (struct sockaddr *)ss, len) != 0)
		return -1;
	if (any && ss->ss_family == AF_INET6)
		((struct sockaddr_in6 *)ss)->sin6_port = 0;
	else if (any)
		((struct sockaddr_in *)ss)->sin_port = 0;
	return 0;
}

int
http_listen(struct event_base *base, const char *where,
    evconnlistener_cb accept, void *ctx, struct evconnlistener **out_l,
    struct err *e)
{
	struct sockaddr_storage ss = {0};
	int len = sizeof(ss), one = 1;
	evutil_socket_t fd;

	if (address_parse(where, &ss, &len) < 0)
		return err_set(e, ERR_CONFIG,
		    "%s: not an address with a port, as 127.0.0.1:8443", where);
	*out_l = evconnlistener_new_bind(base, accept, ctx,
	    LEV_OPT_REUSEABLE | LEV_OPT_CLOSE_ON_FREE | LEV_OPT_CLOSE_ON_EXEC,
	    128, (struct sockaddr *)&ss, len);
	if (*out_l == NULL)
		return err_set(e, ERR_CONNECT, "%s: cannot listen: %s", where,
		    evutil_socket_error_to_string(EVUTIL_SOCKET_ERROR()));
	fd = evconnlistener_get_fd(*out_l);
	/* Inherited: headers and body go out as two TLS records, and the
	 * second must not wait for the answer to the first. */
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return 0;
}

int
http_listener_address(struct evconnlistener *l, struct sockaddr_storage *out_ss,
    socklen_t *out_len)
{
	evutil_socket_t fd = evconnlistener_get_fd(l);

	*out_len = sizeof(*out_ss);
	return getsockname(fd, (struct sockaddr *)out_ss, out_len) == 0
		   ? 0
		   : -errno;
}

int
http_server_address(const struct http_server *s,
    struct sockaddr_storage *out_ss, socklen_t *out_len)
{
	return http_listener_address(s->listener, out_ss, out_len);
}

uint16_t
http_address_port(const struct sockaddr_storage *ss)
{
	struct sockaddr_in6 v6;
	struct sockaddr_in v4;

	memcpy(&v6, ss, sizeof(v6));
	memcpy(&v4, ss, sizeof(v4));
	return ntohs(ss->ss_family == AF_INET6 ? v6.sin6_port : v4.sin_port);
}

struct event_base *
http_server_base(const struct http_server *s)
{
	return s->base;
}

static int
listen_set_up(struct http_server *s, const char *where, struct err *e)
{
	struct sockaddr_storage ss = {0};
	socklen_t len;
	int r = http_listen(s->base, where, NULL, NULL, &s->listener, e);

	if (r != 0)
		return r;
	if (http_server_address(s, &ss, &len) != 0)
		return err_set(e, ERR_CONNECT, "%s: no port", where);
	s->port = http_address_port(&ss);
	if (evhttp_bind_listener(s->http, s->listener) == NULL)
		return err_set(e, ERR_NOMEM, "no memory to listen");
	return 0;
}

static int
http_set_up(
    struct http_server *s, const struct http_server_options *o, struct err *e)
{
	s->base = event_base_new();
	s->http = s->base == NULL ? NULL : evhttp_new(s->base);
	if (s->http == NULL)
		return err_set(e, ERR_NOMEM, "no memory for the event loop");
	evhttp_set_bevcb(s->http, connection_new, s);
	evhttp_set_gencb(s->http, request_in, s);
	evhttp_set_timeout(s->http, o->timeout_s);
	evhttp_set_max_headers_size(s->http, (ev_ssize_t)o->max_header_bytes);
	evhttp_set_max_body_size(s->http, (ev_ssize_t)o->max_body_bytes);
	evhttp_set_default_content_type(s->http, NULL);
	evhttp_set_allowed_methods(
	    s->http, EVHTTP_REQ_GET | EVHTTP_REQ_POST | EVHTTP_REQ_PUT |
			 EVHTTP_REQ_PATCH | EVHTTP_REQ_DELETE |
			 EVHTTP_REQ_HEAD | EVHTTP_REQ_OPTIONS);
	return 0;
}

int
http_server_new(const struct http_server_options *o, struct http_server **out_s,
    struct err *e)
{
	CLEANUP(http_server_freep)
	struct http_server *s = calloc(1, sizeof(*s));
	int r;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a server");
	TAILQ_INIT(&s->calls);
	s->max_connections = o->max_connections;
	s->handle = o->handle;
	s->ctx = o->ctx;
	r = tls_set_up(s, o, e);
	if (r == 0)
		r = http_set_up(s, o, e);
	if (r == 0)
		r = listen_set_up(s, o->listen, e);
	if (r != 0)
		return r;
	*out_s = TAKE_PTR(s);
	return 0;
}

struct http_server *
http_server_free(struct http_server *s)
{
	if (s == NULL)
		return NULL;
	s->stopping = true;
	for (struct http_call *c = TAILQ_FIRST(&s->calls), *next; c != NULL;
	     c = next) {
		next = TAILQ_NEXT(c, link);
		(void)call_free(c);
	}
	if (s->on_term != NULL)
		event_free(s->on_term);
	if (s->on_int != NULL)
		event_free(s->on_int);
	s->listener = NULL;
	if (s->http != NULL)
		evhttp_free(s->http);
	if (s->base != NULL)
		event_base_free(s->base);
	SSL_CTX_free(s->tls);
	SSL_CTX_free(s->names_tls);
	free(s);
	return NULL;
}

uint16_t
http_server_port(const struct http_server *s)
{
	return s->port;
}

int
http_server_run(struct http_server *s, struct err *e)
{
	(void)signal(SIGPIPE, SIG_IGN);
	s->on_term = evsignal_new(s->base, SIGTERM, signal_in, s);
	s->on_int = evsignal_new(s->base, SIGINT, signal_in, s);
	if (s->on_term == NULL || s->on_int == NULL ||
	    event_add(s->on_term, NULL) != 0 || event_add(s->on_int, NULL) != 0)
		return err_set(e, ERR_NOMEM, "no memory to watch signals");
	if (event_base_dispatch(s->base) < 0)
		return err_set(e, ERR_INTERNAL, "the event loop failed");
	return 0;
}

void
http_server_stop(struct http_server *s)
{
	const struct timeval wait = {.tv_sec = STOP_WAIT_S};

	s->stopping = true;
	(void)evconnlistener_disable(s->listener);
	(void)event_base_loopexit(s->base, &wait);
	stop_if_idle(s);
}

const char *
http_call_method(const struct http_call *c)
{
	static const struct {
		enum evhttp_cmd_type type;
		const char *name;
	} names[] = {
	    {EVHTTP_REQ_GET, "GET"},
	    {EVHTTP_REQ_POST, "POST"},
	    {EVHTTP_REQ_PUT, "PUT"},
	    {EVHTTP_REQ_PATCH, "PATCH"},
	    {EVHTTP_REQ_DELETE, "DELETE"},
	    {EVHTTP_REQ_HEAD, "HEAD"},
	    {EVHTTP_REQ_OPTIONS, "OPTIONS"},
	};
	enum evhttp_cmd_type type = evhttp_request_get_command(c->req);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (names[i].type == type)
			return names[i].name;
	return "";
}

const char *
http_call_target(const struct http_call *c)
{
	return evhttp_request_get_uri(c->req);
}

struct text
http_call_header(const struct http_call *c, const char *name)
{
	const char *value =
	    evhttp_find_header(evhttp_request_get_input_headers(c->req), name);

	return text_of(value == NULL ? "" : value);
}

struct text
http_call_body(const struct http_call *c)
{
	struct evbuffer *in = evhttp_request_get_input_buffer(c->req);
	size_t len = evbuffer_get_length(in);
	const unsigned char *data = evbuffer_pullup(in, -1);

	return data == NULL ? (struct text){"", 0}
			    : (struct text){(const char *)data, len};
}

bool
http_call_from_loopback(const struct http_call *c)
{
	struct evhttp_connection *conn = evhttp_request_get_connection(c->req);
	char *address = NULL;
	ev_uint16_t port = 0;

	if (conn == NULL)
		return false;
	evhttp_connection_get_peer(conn, &address, &port);
	return address != NULL &&
	       (text_starts_nocase(text_of(address), "127.") ||
		   text_is(text_of(address), "::1"));
}

void
http_call_header_set(struct http_call *c, const char *name, const char *value)
{
	/* evhttp refuses what holds a line end. */
	(void)evhttp_add_header(
	    evhttp_request_get_output_headers(c->req), name, value);
}

static void
send_now(struct http_call *c)
{
	struct evhttp_request *req = c->req;

	c->server->unsent++;
	evhttp_request_set_on_complete_cb(req, request_sent, c->server);
	/* The peer may have gone meanwhile: then the request has no connection
	 * and no completion will be told. */
	if (evhttp_request_get_connection(req) == NULL)
		c->server->unsent--;
	evhttp_send_reply(req, c->status, NULL, c->body);
	(void)call_free(c);
}

static void
delay_over(evutil_socket_t fd, short what, void *arg)
{
	(void)fd, (void)what;
	send_now(arg);
}

void
http_call_reply(
    struct http_call *c, int status, struct text body, unsigned delay_ms)
{
	struct timeval wait = {.tv_sec = delay_ms / 1000,
	    .tv_usec = (suseconds_t)(delay_ms % 1000) * 1000};

	c->status = status;
	c->body = evbuffer_new();
	if (c->body == NULL ||
	    evbuffer_add(c->body, body.data, body.len) != 0) {
		http_call_drop(c);
		return;
	}
	if (delay_ms != 0)
		c->timer = evtimer_new(c->server->base, delay_over, c);
	if (c->timer == NULL || evtimer_add(c->timer, &wait) != 0)
		send_now(c);
}

/* The connection itself is left to evhttp, which meets the end of it and
 * frees all that hangs on it. */
static void
socket_shut(struct evhttp_connection *conn)
{
	evutil_socket_t fd =
	    bufferevent_getfd(evhttp_connection_get_bufferevent(conn));

	if (fd >= 0)
		(void)shutdown(fd, SHUT_RDWR);
}

static void
half_sent(struct evhttp_connection *conn, void *arg)
{
	socket_shut(conn);
	evhttp_send_reply_end(arg);
}

void
http_call_reply_half(struct http_call *c, int status, struct text body)
{
	struct evbuffer *half = evbuffer_new();
	char length[24];

	(void)snprintf(length, sizeof(length), "%zu", body.len);
	http_call_header_set(c, "Content-Length", length);
	if (half == NULL || evbuffer_add(half, body.data, body.len / 2) != 0) {
		if (half != NULL)
			evbuffer_free(half);
		http_call_drop(c);
		return;
	}
	evhttp_send_reply_start(c->req, status, NULL);
	evhttp_send_reply_chunk_with_cb(c->req, half, half_sent, c->req);
	evbuffer_free(half);
	(void)call_free(c);
}

void
http_call_drop(struct http_call *c)
{
	struct evhttp_connection *conn = evhttp_request_get_connection(c->req);

	if (conn != NULL)
		socket_shut(conn);
	evhttp_send_reply(c->req, HTTP_SERVUNAVAIL, NULL, NULL);
	(void)call_free(c);
}
