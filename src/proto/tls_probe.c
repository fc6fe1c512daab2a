/* proto/tls_probe.c -- see tls_probe.h. */
#include "proto/tls_probe.h"

#include <errno.h>
#include <netdb.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "base/cert.h"
#include "proto/tls_answer.h"

#define HOST_MAX 256U

/* One probe while it goes on. */
struct probing {
	const struct tls_probe *p;
	struct arena *arena;
	struct tls_seen *out;
	struct err *e;
	char host[HOST_MAX];
	int fd;
	SSL_CTX *ctx;
	SSL *ssl;
};

bool
tls_probe_url(struct text url, struct text *out_host, unsigned *out_port)
{
	const char *from = memmem(url.data, url.len, "://", 3);
	const char *end = url.data + url.len, *p;
	unsigned port = 0;

	if (url.len == 0 || from == NULL)
		return false;
	from += 3;
	if (from < end && *from == '[') {
		p = memchr(from, ']', (size_t)(end - from));
		if (p == NULL)
			return false;
		*out_host = (struct text){from + 1, (size_t)(p - from) - 1};
		p++;
	} else {
		for (p = from; p < end && *p != ':' && *p != '/'; p++)
			;
		*out_host = (struct text){from, (size_t)(p - from)};
	}
	if (p < end && *p == ':')
		for (p++; p < end && *p >= '0' && *p <= '9' && port < 65536;
		     p++)
			port = port * 10 + (unsigned)(*p - '0');
	*out_port = port;
	return out_host->len != 0 && out_host->len < HOST_MAX && port < 65536;
}

/* ---- Connecting ---- */

static int
connect_one(const struct probing *x, const struct addrinfo *ai)
{
	int fd = socket(ai->ai_family, ai->ai_socktype | SOCK_CLOEXEC, 0);
	struct timeval t = {.tv_sec = x->p->timeout_ms / 1000,
	    .tv_usec = x->p->timeout_ms % 1000 * 1000L};

	if (fd < 0)
		return -1;
	/* SO_SNDTIMEO holds for connect() as well (socket(7)) */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t)) == 0 &&
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof(t)) == 0 &&
	    connect(fd, ai->ai_addr, ai->ai_addrlen) == 0)
		return fd;
	(void)close(fd);
	return -1;
}

static int
open_socket(struct probing *x)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list = NULL;
	char port[16];
	int r;

	memcpy(x->host, x->p->host.data, x->p->host.len);
	x->host[x->p->host.len] = '\0';
	(void)snprintf(port, sizeof(port), "%u", x->p->port);
	r = getaddrinfo(x->host, port, &hints, &list);
	if (r != 0)
		return err_set(
		    x->e, ERR_CONNECT, "%s: %s", x->host, gai_strerror(r));
	for (const struct addrinfo *i = list; i != NULL && x->fd < 0;
	     i = i->ai_next)
		x->fd = connect_one(x, i);
	freeaddrinfo(list);
	if (x->fd < 0)
		return err_set(x->e, ERR_CONNECT, "%s:%s: %s", x->host, port,
		    strerrordesc_np(errno));
	return 0;
}

/* RFC 4511 4.14: the extended request, and success for an answer. */
static int
start_tls(struct probing *x)
{
	static const char request[] = "\x30\x1d\x02\x01\x01\x77\x18\x80\x16"
				      "1.3.6.1.4.1.1466.20037";
	char answer[TLS_ANSWER_MAX];
	struct err why = {0};
	size_t len = 0;
	int r = 0;

	if (send(x->fd, request, sizeof(request) - 1, MSG_NOSIGNAL) !=
	    (ssize_t)sizeof(request) - 1)
		return err_set(
		    x->e, ERR_CONNECT, "%s: cannot be written to", x->host);
	while (r == 0) {
		ssize_t n = recv(x->fd, answer + len, sizeof(answer) - len, 0);

		if (n <= 0)
			return err_set(x->e, ERR_CONNECT,
			    "%s: no answer to StartTLS", x->host);
		len += (size_t)n;
		r = starttls_answer((struct text){answer, len}, &why);
	}
	return r == 1 ? 0 : err_set(x->e, r, "%s: %s", x->host, why.text);
}

static int
shake_hands(struct probing *x)
{
	x->ctx = SSL_CTX_new(TLS_client_method());
	if (x->ctx == NULL)
		return err_set(x->e, ERR_NOMEM, "out of memory");
	SSL_CTX_set_verify(x->ctx, SSL_VERIFY_NONE, NULL);
	x->ssl = SSL_new(x->ctx);
	if (x->ssl == NULL || SSL_set_fd(x->ssl, x->fd) != 1)
		return err_set(x->e, ERR_NOMEM, "out of memory");
	(void)SSL_set_tlsext_host_name(x->ssl, x->host);
	if (SSL_connect(x->ssl) != 1)
		return err_set(
		    x->e, ERR_TLS, "%s: the TLS handshake failed", x->host);
	return 0;
}

/* ---- What it shows ---- */

static int
keep_cert(struct probing *x, X509 *from)
{
	CLEANUP(cert_closep)
	struct cert *c = NULL;
	unsigned char *der = NULL;
	struct tls_seen_cert *to = &x->out->certs[x->out->cert_count];
	int n = i2d_X509(from, &der);
	int r = 0;

	if (n <= 0)
		return 0;
	if (cert_open(x->arena, (struct text){(char *)der, (size_t)n}, &c,
		NULL) == 0 &&
	    cert_time(c, true, &to->end_s) == 0) {
		r = cert_text(c, CERT_SUBJECT, x->arena, &to->subject);
		x->out->cert_count += r == 0;
	}
	OPENSSL_free(der);
	return r == ERR_NOMEM ? err_set(x->e, r, "out of memory") : 0;
}

static int
keep_certs(struct probing *x)
{
	STACK_OF(X509) *chain = SSL_get_peer_cert_chain(x->ssl);
	int r = 0;

	for (int i = 0; chain != NULL && i < sk_X509_num(chain) && r == 0 &&
			x->out->cert_count < TLS_PROBE_CERTS;
	     i++)
		r = keep_cert(x, sk_X509_value(chain, i));
	return r;
}

/* The Date of any answer will do. */
static void
ask_date(struct probing *x)
{
	char text[TLS_ANSWER_MAX];
	size_t len = 0;
	int n = snprintf(text, sizeof(text),
	    "HEAD / HTTP/1.1\r\nHost: %s\r\nConnection: close\r\n\r\n",
	    x->host);

	if (n <= 0 || SSL_write(x->ssl, text, n) <= 0)
		return;
	while (len + 1 < sizeof(text)) {
		n = SSL_read(x->ssl, text + len, (int)(sizeof(text) - 1 - len));
		if (n <= 0)
			break;
		len += (size_t)n;
		text[len] = '\0';
		if (strstr(text, "\r\n\r\n") != NULL)
			break;
	}
	x->out->date_ms = http_answer_date((struct text){text, len});
}

int
tls_probe(const struct tls_probe *p, struct arena *a, struct tls_seen *out,
    struct err *e)
{
	struct probing x = {.p = p, .arena = a, .out = out, .e = e, .fd = -1};
	int r;

	*out = (struct tls_seen){0};
	if (p->host.len == 0 || p->host.len >= HOST_MAX)
		return err_set(e, ERR_INVAL, "no name of a host");
	r = open_socket(&x);
	if (r == 0 && p->kind == TLS_PROBE_LDAP_STARTTLS)
		r = start_tls(&x);
	if (r == 0)
		r = shake_hands(&x);
	if (r == 0)
		r = keep_certs(&x);
	if (r == 0 && p->kind == TLS_PROBE_HTTPS)
		ask_date(&x);
	SSL_free(x.ssl);
	SSL_CTX_free(x.ctx);
	if (x.fd >= 0)
		(void)close(x.fd);
	return r;
}
