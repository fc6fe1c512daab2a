/*
 * proto/ldap_tls.c -- TLS under a directory session, and why it failed.
 *
 * The library's TLS says little more than "certificate verify failed", if
 * that.  After a failure the same handshake is made once more here, in a
 * connection of its own, to name the reason; nothing is sent over it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "proto/ldap_int.h"

#define NAMES_MAX_BYTES 4096

/* Extended request 1.3.6.1.4.1.1466.20037, message 1 (RFC 4511 4.14). */
static const unsigned char starttls_request[] = {0x30, 0x1d, 0x02, 0x01, 0x01,
    0x77, 0x18, 0x80, 0x16, '1', '.', '3', '.', '6', '.', '1', '.', '4', '.',
    '1', '.', '1', '4', '6', '6', '.', '2', '0', '0', '3', '7'};

static int
file_check(struct text path, const char *setting, struct err *e)
{
	if (path.len == 0 || access(path.data, R_OK) == 0)
		return 0;
	return err_type(e, ERR_CONFIG, "failed-connection", "%s: %.*s: %s",
	    setting, TEXT_ARGS(path),
	    errno == ENOENT ? "no such file" : "cannot be read");
}

static const char *
tls_ca(const struct ldap_settings *set)
{
	return set->ca.len != 0 ? set->ca.data : LDAP_SYSTEM_CA;
}

int
tls_prepare(struct ldap_session *s, struct err *e)
{
	const struct ldap_settings *set = &s->set;
	int demand = set->verify ? LDAP_OPT_X_TLS_DEMAND : LDAP_OPT_X_TLS_NEVER;
	int min = LDAP_OPT_X_TLS_PROTOCOL_TLS1_2, client = 0;
	int r = file_check(set->ca, "tls ca", e);

	if (r == 0)
		r = file_check(set->certificate, "tls certificate", e);
	if (r == 0)
		r = file_check(set->key, "tls key", e);
	if (r != 0)
		return r;
	if (ldap_set_option(s->ld, LDAP_OPT_X_TLS_REQUIRE_CERT, &demand) != 0 ||
	    (set->verify && ldap_set_option(s->ld, LDAP_OPT_X_TLS_CACERTFILE,
				tls_ca(set)) != 0) ||
	    (set->certificate.len != 0 &&
		ldap_set_option(s->ld, LDAP_OPT_X_TLS_CERTFILE,
		    set->certificate.data) != 0) ||
	    (set->key.len != 0 && ldap_set_option(s->ld, LDAP_OPT_X_TLS_KEYFILE,
				      set->key.data) != 0) ||
	    ldap_set_option(s->ld, LDAP_OPT_X_TLS_PROTOCOL_MIN, &min) != 0)
		return err_set(e, ERR_INTERNAL, "a TLS option was refused");
	if (ldap_set_option(s->ld, LDAP_OPT_X_TLS_NEWCTX, &client) != 0)
		return err_type(e, ERR_CONFIG, "failed-connection",
		    "the TLS files cannot be used: %s%s%s",
		    set->verify ? tls_ca(set) : "",
		    set->certificate.len != 0 ? ", " : "",
		    set->certificate.len != 0 ? set->certificate.data : "");
	return 0;
}

int
tls_start(struct ldap_session *s, struct err *e)
{
	const struct ldap_server *v = &s->servers[s->at];
	char *diag = NULL, said[200];
	int rc;

	s->deadline.until_ms = clock_monotonic_ms() + s->set.timeout_ms;
	if (v->scheme == LDAP_TLS)
		rc = ldap_install_tls(s->ld);
	else
		rc = ldap_start_tls_s(s->ld, NULL, NULL);
	s->deadline.until_ms = 0;
	if (rc == LDAP_SUCCESS)
		return 0;
	if (rc == LDAP_TIMEOUT || s->deadline.expired)
		return ldap_fail_diag(
		    s, LDAP_TIMEOUT, NULL, "TLS handshake", e);
	if (rc > 0 && rc != LDAP_CONNECT_ERROR) /* the server's own answer */
		return ldap_fail(s, rc, "starttls", e);
	(void)ldap_get_option(s->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diag);
	(void)snprintf(said, sizeof(said), "%s",
	    diag != NULL && *diag != '\0' ? diag : ldap_err2string(rc));
	ldap_memfree(diag);
	return tls_why(&s->set, v, said, e);
}

/* ---- Why ---- */

struct tls_probe {
	SSL_CTX *ctx;
	SSL *ssl;
	int fd;
};

/* Sends StartTLS and reads its answer; false where the server refuses. */
static bool
probe_starttls(int fd)
{
	unsigned char in[512];
	size_t have = 0, need = 2;
	const unsigned char *code = NULL;

	if (write(fd, starttls_request, sizeof(starttls_request)) !=
	    (ssize_t)sizeof(starttls_request))
		return false;
	while (have < need) {
		ssize_t n = read(fd, in + have, need - have);

		if (n <= 0)
			return false;
		have += (size_t)n;
		if (have < 2)
			continue;
		if (in[1] > 0x7f) /* longer than such an answer ever is */
			return false;
		need = 2U + in[1];
	}
	code = memmem(in, have, "\x0a\x01", 2); /* resultCode ENUMERATED */
	return code != NULL && code + 2 < in + have && code[2] == 0;
}

static bool
probe_setup(struct tls_probe *p, const struct ldap_settings *set,
    const struct ldap_server *v)
{
	struct in6_addr addr;
	bool numeric = inet_pton(AF_INET, v->host, &addr) == 1 ||
		       inet_pton(AF_INET6, v->host, &addr) == 1;
	X509_VERIFY_PARAM *param;

	p->ctx = SSL_CTX_new(TLS_client_method());
	if (p->ctx == NULL ||
	    SSL_CTX_load_verify_file(p->ctx, tls_ca(set)) != 1)
		return false;
	SSL_CTX_set_verify(p->ctx, SSL_VERIFY_PEER, NULL);
	p->ssl = SSL_new(p->ctx);
	if (p->ssl == NULL || SSL_set_fd(p->ssl, p->fd) != 1)
		return false;
	param = SSL_get0_param(p->ssl);
	if (numeric)
		return X509_VERIFY_PARAM_set1_ip_asc(param, v->host) == 1;
	return SSL_set_tlsext_host_name(p->ssl, v->host) == 1 &&
	       X509_VERIFY_PARAM_set1_host(param, v->host, 0) == 1;
}

/* The names a certificate is for: "dc1.example.com, dc2.example.com". */
static void
cert_names(X509 *cert, struct buf *out)
{
	GENERAL_NAMES *names =
	    X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	char common[128];

	for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

		if (g->type != GEN_DNS)
			continue;
		if (out->len != 0)
			buf_puts(out, ", ");
		buf_add(out, ASN1_STRING_get0_data(g->d.dNSName),
		    (size_t)ASN1_STRING_length(g->d.dNSName));
	}
	GENERAL_NAMES_free(names);
	if (out->len == 0 &&
	    X509_NAME_get_text_by_NID(X509_get_subject_name(cert),
		NID_commonName, common, (int)sizeof(common)) > 0)
		buf_puts(out, common);
}

static int
why_name(const struct ldap_server *v, X509 *cert, struct err *e)
{
	struct buf names;
	struct text t;
	int r;

	buf_init(&names, NAMES_MAX_BYTES);
	cert_names(cert, &names);
	t = buf_text(&names);
	r = err_type(e, ERR_TLS, "failed-connection",
	    "%.*s: the server's certificate is for another host name: it is "
	    "for %.*s, not for %s",
	    TEXT_ARGS(v->url), TEXT_ARGS(t), v->host);
	buf_clear(&names);
	return r;
}

static void
cert_time(const ASN1_TIME *t, char *out, size_t size)
{
	struct tm tm = {0};

	out[0] = '\0';
	if (ASN1_TIME_to_tm(t, &tm) == 1)
		(void)strftime(out, size, "%Y-%m-%d %H:%M UTC", &tm);
}

static int
why_cert(const struct ldap_server *v, X509 *cert, long verify, struct err *e)
{
	char detail[160] = "";

	switch (verify) {
	case X509_V_ERR_CERT_HAS_EXPIRED:
		cert_time(X509_get0_notAfter(cert), detail, sizeof(detail));
		return err_type(e, ERR_TLS, "failed-connection",
		    "%.*s: the server's certificate has expired (on %s)",
		    TEXT_ARGS(v->url), detail);
	case X509_V_ERR_CERT_NOT_YET_VALID:
		cert_time(X509_get0_notBefore(cert), detail, sizeof(detail));
		return err_type(e, ERR_TLS, "failed-connection",
		    "%.*s: the server's certificate is not valid before %s",
		    TEXT_ARGS(v->url), detail);
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return why_name(v, cert, e);
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
		(void)X509_NAME_get_text_by_NID(X509_get_issuer_name(cert),
		    NID_commonName, detail, (int)sizeof(detail));
		return err_type(e, ERR_TLS, "failed-connection",
		    "%.*s: the server's certificate comes from an unknown "
		    "authority (%s): name its CA in tls ca",
		    TEXT_ARGS(v->url), detail);
	default:
		return err_type(e, ERR_TLS, "failed-connection",
		    "%.*s: the server's certificate is refused: %s",
		    TEXT_ARGS(v->url), X509_verify_cert_error_string(verify));
	}
}

static int
why_shake(struct tls_probe *p, const struct ldap_settings *set,
    const struct ldap_server *v, const char *what, struct err *e)
{
	X509 *cert = NULL;
	long verify;
	int r;

	if (!probe_setup(p, set, v))
		return err_type(e, ERR_CONFIG, "failed-connection",
		    "tls ca: %s holds no certificate that can be used",
		    tls_ca(set));
	/* Not to stop at the first fault, so that the certificate is there. */
	SSL_set_verify(p->ssl, SSL_VERIFY_NONE, NULL);
	r = SSL_connect(p->ssl);
	verify = SSL_get_verify_result(p->ssl);
	cert = SSL_get1_peer_certificate(p->ssl);
	if (cert != NULL && set->verify && verify != X509_V_OK)
		r = why_cert(v, cert, verify, e);
	else if (r != 1 && cert == NULL)
		r = err_type(e, ERR_TLS, "failed-connection",
		    "%.*s: no TLS at this port, or the server broke off the "
		    "handshake (%s)",
		    TEXT_ARGS(v->url), what);
	else if (strcmp(v->host, "localhost") == 0)
		r = err_type(e, ERR_TLS, "failed-connection",
		    "%.*s: for localhost the LDAP library wants a certificate "
		    "for this machine's own name: write that name, or "
		    "127.0.0.1",
		    TEXT_ARGS(v->url));
	else
		r = err_type(e, ERR_TLS, "failed-connection",
		    "%.*s: the TLS handshake failed: %s", TEXT_ARGS(v->url),
		    what);
	X509_free(cert);
	return r;
}

int
tls_why(const struct ldap_settings *set, const struct ldap_server *v,
    const char *what, struct err *e)
{
	struct tls_probe p = {.fd = net_connect(v, set->timeout_ms, e)};
	int r;

	if (p.fd < 0)
		return p.fd;
	if (v->scheme == LDAP_CLEAR && !probe_starttls(p.fd))
		r = err_type(e, ERR_TLS, "failed-connection",
		    "%.*s: the server does not offer starttls (%s)",
		    TEXT_ARGS(v->url), what);
	else
		r = why_shake(&p, set, v, what, e);
	SSL_free(p.ssl);
	SSL_CTX_free(p.ctx);
	(void)close(p.fd);
	ERR_clear_error();
	return r;
}
