/* proto/ldap_session.c -- see ldap_session.h. */
#include "proto/ldap_session.h"

#include <openldap.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/buf.h"
#include "proto/ldap_int.h"

#define READAHEAD_BYTES 65536
#define ROOT_MAX_BYTES  (4U << 20)

/* ---- Settings ---- */

/* Files and variables of whoever starts us must not switch verification off:
 * the library then reads neither ldap.conf, ~/.ldaprc, ./ldaprc nor LDAP*.
 * And it writes to a connection that the server may have closed: that is an
 * error to report, not a reason to die. */
static void
library_alone(void)
{
	struct sigaction now;

	(void)setenv("LDAPNOINIT", "1", 1); // NOLINT(concurrency-mt-unsafe)
	if (sigaction(SIGPIPE, NULL, &now) == 0 &&
	    (now.sa_flags & SA_SIGINFO) == 0 && now.sa_handler == SIG_DFL) {
		now.sa_handler = SIG_IGN;
		(void)sigaction(SIGPIPE, &now, NULL);
	}
}

static int
server_parse(
    struct arena *a, struct text url, struct ldap_server *out, struct err *e)
{
	LDAPURLDesc *d = NULL;
	int rc = ldap_url_parse(url.data, &d);
	int r = 0;

	if (rc != LDAP_URL_SUCCESS)
		return err_type(e, ERR_CONFIG, "failed-connection",
		    "server \"%.*s\" is no URL of the form ldaps://host, "
		    "ldap://host or ldapi://path",
		    TEXT_ARGS(url));
	out->url = url;
	out->port = (uint16_t)d->lud_port;
	out->host = arena_strdup(a, d->lud_host != NULL ? d->lud_host : "");
	if (strcmp(d->lud_scheme, "ldaps") == 0)
		out->scheme = LDAP_TLS;
	else if (strcmp(d->lud_scheme, "ldapi") == 0)
		out->scheme = LDAP_LOCAL;
	else
		out->scheme = LDAP_CLEAR;
	if (out->scheme != LDAP_LOCAL && out->host != NULL &&
	    out->host[0] == '\0')
		r = err_type(e, ERR_CONFIG, "failed-connection",
		    "server \"%.*s\" names no host", TEXT_ARGS(url));
	if (out->host == NULL)
		r = ERR_NOMEM;
	ldap_free_urldesc(d);
	return r;
}

/* Empty texts stay without data: some calls tell NULL from "". */
static void
setting_dup(struct arena *a, struct text *t)
{
	*t = t->len != 0 ? text_dup(a, *t) : (struct text){NULL, 0};
}

static int
settings_dup(struct ldap_session *s, struct err *e)
{
	struct ldap_settings *set = &s->set;

	if (set->server_count == 0 || set->server_count > LDAP_SERVERS_MAX)
		return err_type(e, ERR_CONFIG, "failed-connection",
		    "%zu servers are named: 1 to %u are possible",
		    set->server_count, LDAP_SERVERS_MAX);
	if (set->timeout_ms <= 0)
		set->timeout_ms = LDAP_DEFAULT_TIMEOUT_MS;
	setting_dup(s->arena, &set->user);
	setting_dup(s->arena, &set->keytab);
	setting_dup(s->arena, &set->realm);
	setting_dup(s->arena, &set->ca);
	setting_dup(s->arena, &set->certificate);
	setting_dup(s->arena, &set->key);
	s->servers = arena_array(
	    s->arena, set->server_count, sizeof(struct ldap_server));
	for (size_t i = 0; s->servers != NULL && i < set->server_count; i++) {
		struct text url = text_dup(s->arena, set->servers[i]);
		int r;

		if (url.data == NULL)
			break;
		r = server_parse(s->arena, url, &s->servers[i], e);
		if (r != 0)
			return r;
	}
	set->servers = NULL; /* the caller's */
	return arena_failed(s->arena) ? ERR_NOMEM : 0;
}

/* ---- One server ---- */

static void
session_close(struct ldap_session *s)
{
	if (s->ld != NULL)
		(void)ldap_unbind_ext(s->ld, NULL, NULL);
	s->ld = NULL;
	krb_ticket_clear(&s->ticket);
	s->root = (struct ldap_item){0};
	arena_reset(s->root_arena);
}

static int
session_options(struct ldap_session *s)
{
	int version = LDAP_VERSION3;
	struct timeval tv = {.tv_sec = s->set.timeout_ms / 1000,
	    .tv_usec = s->set.timeout_ms % 1000 * 1000};

	return ldap_set_option(s->ld, LDAP_OPT_PROTOCOL_VERSION, &version) |
	       ldap_set_option(s->ld, LDAP_OPT_REFERRALS, LDAP_OPT_OFF) |
	       ldap_set_option(s->ld, LDAP_OPT_X_SASL_NOCANON, LDAP_OPT_ON) |
	       ldap_set_option(s->ld, LDAP_OPT_NETWORK_TIMEOUT, &tv) |
	       ldap_set_option(s->ld, LDAP_OPT_TIMEOUT, &tv);
}

/* The library reads the length and the body of each message alone: with this
 * layer the socket is read in large pieces (two calls an entry less). */
static int
session_sockbuf(struct ldap_session *s)
{
	Sockbuf *sb = NULL;
	ber_len_t ahead = READAHEAD_BYTES, max = LDAP_MESSAGE_BYTES;

	(void)ldap_get_option(s->ld, LDAP_OPT_SOCKBUF, &sb);
	if (sb == NULL || deadline_add(sb, &s->deadline) != 0)
		return -1;
	(void)ber_sockbuf_add_io(sb, &ber_sockbuf_io_readahead,
	    LBER_SBIOD_LEVEL_PROVIDER + 2, &ahead);
	(void)ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_READAHEAD, &ahead);
	(void)ber_sockbuf_ctrl(sb, LBER_SB_OPT_SET_MAX_INCOMING, &max);
	return 0;
}

static int
connect_local(struct ldap_session *s, struct err *e)
{
	int rc = ldap_initialize(&s->ld, s->servers[s->at].url.data);

	if (rc == LDAP_SUCCESS && session_options(s) != 0)
		rc = LDAP_LOCAL_ERROR;
	if (rc == LDAP_SUCCESS)
		rc = ldap_connect(s->ld);
	if (rc == LDAP_SUCCESS)
		return 0;
	return err_type(e, ERR_CONNECT, "failed-connection",
	    "%.*s: no server listens at this socket",
	    TEXT_ARGS(s->servers[s->at].url));
}

static int
connect_network(struct ldap_session *s, struct err *e)
{
	const struct ldap_server *v = &s->servers[s->at];
	int fd = net_connect(v, s->set.timeout_ms, e);
	int rc;

	if (fd < 0)
		return fd;
	rc = ldap_init_fd(fd, LDAP_PROTO_TCP, v->url.data, &s->ld);
	if (rc != LDAP_SUCCESS) {
		(void)close(fd);
		s->ld = NULL;
		return ldap_fail(s, rc, "connect", e);
	}
	s->deadline = (struct net_deadline){.fd = fd};
	if (session_options(s) != 0 || session_sockbuf(s) != 0)
		return err_set(e, ERR_INTERNAL, "an LDAP option was refused");
	if (v->scheme != LDAP_TLS && !s->set.starttls)
		return 0;
	rc = tls_prepare(s, e);
	return rc != 0 ? rc : tls_start(s, e);
}

static int
session_root_read(struct ldap_session *s, struct err *e)
{
	static const char *const attrs[] = {"*", "+", NULL};
	const struct ldap_query q = {.base = "", .attrs = attrs};
	int r = ldap_session_read(s, &q, s->root_arena, &s->root, e);

	if (r == ERR_NOENT)
		return err_type(e, ERR_ACCESS, "failed-permission",
		    "%.*s: the root DSE cannot be read",
		    TEXT_ARGS(s->servers[s->at].url));
	return r;
}

static int
session_try(struct ldap_session *s, struct err *e)
{
	int r;

	if (s->servers[s->at].scheme == LDAP_LOCAL)
		r = connect_local(s, e);
	else
		r = connect_network(s, e);
	if (r == 0)
		r = session_bind(s, e);
	if (r == 0)
		r = session_root_read(s, e);
	if (r != 0)
		session_close(s);
	return r;
}

/* Tries the servers from first on, round the list.  The first failure gives
 * the code; the text says what each of them said. */
static int
session_any(struct ldap_session *s, size_t first, struct err *e)
{
	struct err one = {0};
	struct buf all;
	size_t n = s->set.server_count;
	char type[sizeof(one.type)] = "";
	int code = 0, r = ERR_CONNECT;

	buf_init(&all, LDAP_SERVERS_MAX * sizeof(one.text));
	for (size_t i = 0; i < n; i++) {
		s->at = (first + i) % n;
		r = session_try(s, &one);
		if (r == 0)
			break;
		if (code == 0 || (r != ERR_CONNECT && r != ERR_TLS)) {
			code = r;
			memcpy(type, one.type, sizeof(type));
		}
		buf_printf(&all, "%s%s", i != 0 ? "; " : "", one.text);
		if (r != ERR_CONNECT && r != ERR_TLS)
			break;
	}
	if (r != 0)
		r = err_type(e, code, type, "%.*s", TEXT_ARGS(buf_text(&all)));
	buf_clear(&all);
	return r;
}

/* ---- Public ---- */

int
ldap_session_open(
    const struct ldap_settings *set, struct ldap_session **out, struct err *e)
{
	static pthread_once_t once = PTHREAD_ONCE_INIT;
	struct ldap_session *s;
	int r;

	(void)pthread_once(&once, library_alone);
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return ERR_NOMEM;
	s->arena = arena_new(0);
	s->root_arena = arena_new(ROOT_MAX_BYTES);
	s->set = *set;
	if (s->arena == NULL || s->root_arena == NULL)
		r = ERR_NOMEM;
	else
		r = settings_dup(s, e);
	if (r == 0)
		r = session_any(s, 0, e);
	if (r != 0) {
		(void)ldap_session_free(s);
		return r;
	}
	*out = s;
	return 0;
}

struct ldap_session *
ldap_session_free(struct ldap_session *s)
{
	if (s != NULL) {
		if (s->root_arena != NULL)
			session_close(s);
		(void)arena_free(s->root_arena);
		(void)arena_free(s->arena);
		free(s);
	}
	return NULL;
}

int
ldap_session_move(struct ldap_session *s, struct err *e)
{
	session_close(s);
	return session_any(s, (s->at + 1) % s->set.server_count, e);
}

struct text
ldap_session_server(const struct ldap_session *s)
{
	return s->servers[s->at].url;
}

const struct ldap_item *
ldap_session_root(const struct ldap_session *s)
{
	return &s->root;
}

bool
ldap_session_supports(const struct ldap_session *s, const char *control)
{
	const struct ldap_attr *a =
	    ldap_item_find(&s->root, "supportedControl");

	for (size_t i = 0; a != NULL && i < a->count; i++)
		if (text_is(a->values[i], control))
			return true;
	return false;
}
