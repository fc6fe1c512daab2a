/*
 * proto/ldap_bind.c -- saying who we are: simple, GSSAPI, EXTERNAL.
 */
#include <sasl/sasl.h>
#include <stdio.h>
#include <string.h>

#include "proto/ldap_int.h"

static int
bind_result(struct ldap_session *s, int id, const char *what, struct err *e)
{
	LDAPMessage *m = NULL;
	char *diag = NULL;
	int rc = LDAP_SUCCESS, parse, r;

	r = session_wait(s, id, &m, what, e);
	if (r != 0)
		return r;
	parse = ldap_parse_result(s->ld, m, &rc, NULL, &diag, NULL, NULL, 1);
	if (parse != LDAP_SUCCESS)
		rc = parse;
	if (rc == LDAP_NO_SUCH_OBJECT) /* of the user, not of a base */
		rc = LDAP_INVALID_CREDENTIALS;
	if (rc != LDAP_SUCCESS)
		r = ldap_fail_diag(s, rc, diag, what, e);
	ldap_memfree(diag);
	return r;
}

static int
bind_simple(struct ldap_session *s, struct err *e)
{
	const struct ldap_settings *set = &s->set;
	struct text pass = set->password != NULL ? secret_text(set->password)
						 : (struct text){"", 0};
	struct berval cred = {pass.len, unconst(pass.data)};
	char what[300];
	int id, rc;

	/* RFC 4513 5.1.2: a name without a password binds as nobody, and the
	 * server says it went well. */
	if (set->user.len != 0 && pass.len == 0)
		return err_type(e, ERR_CONFIG, "no-start-credentials",
		    "the password for %.*s is empty", TEXT_ARGS(set->user));
	(void)snprintf(what, sizeof(what), "bind as %.200s",
	    set->user.len != 0 ? set->user.data : "anonymous");
	rc = ldap_sasl_bind(
	    s->ld, set->user.data, LDAP_SASL_SIMPLE, &cred, NULL, NULL, &id);
	if (rc != LDAP_SUCCESS)
		return ldap_fail(s, rc, what, e);
	return bind_result(s, id, what, e);
}

static int
bind_external(struct ldap_session *s, struct err *e)
{
	struct berval cred = {0, unconst("")};
	int id, rc;

	rc = ldap_sasl_bind(s->ld, NULL, "EXTERNAL", &cred, NULL, NULL, &id);
	if (rc != LDAP_SUCCESS)
		return ldap_fail(s, rc, "external bind", e);
	return bind_result(s, id, "external bind", e);
}

/* Nobody is there to ask: the defaults, or nothing. */
static int
bind_no_questions(LDAP *ld, unsigned flags, void *defaults, void *in)
{
	(void)ld;
	(void)flags;
	(void)defaults;
	for (sasl_interact_t *i = in; i->id != SASL_CB_LIST_END; i++) {
		i->result = i->defresult != NULL ? i->defresult : "";
		i->len = (unsigned)strlen(i->result);
	}
	return LDAP_SUCCESS;
}

/* What SASL says of a failure on our side. */
static int
gssapi_fail(const struct ldap_session *s, struct err *e)
{
	static const char noise[] =
	    "Unspecified GSS failure.  Minor code may provide more "
	    "information ";
	char *diag = NULL;
	const char *said = "", *hint = "";
	int r;

	(void)ldap_get_option(s->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diag);
	if (diag != NULL)
		said = diag;
	if (strstr(said, "Server not found in Kerberos database") != NULL)
		hint = ": write the server by the name that it has in "
		       "Kerberos, not by address or alias";
	if (strstr(said, noise) != NULL)
		said = strstr(said, noise) + sizeof(noise) - 1;
	r = err_type(e, ERR_AUTH, "failed-authentication",
	    "%.*s: gssapi bind: %.200s%s", TEXT_ARGS(s->servers[s->at].url),
	    said, hint);
	ldap_memfree(diag);
	return r;
}

static int
bind_gssapi(struct ldap_session *s, struct err *e)
{
	bool tls = ldap_tls_inplace(s->ld) != 0;
	OM_uint32 minor;
	int rc, binding = LDAP_OPT_X_SASL_CBINDING_TLS_ENDPOINT;
	int r = krb_ticket_get(&s->ticket, &s->set, e);

	if (r != 0)
		return r;
	/* Active Directory takes no sealing inside TLS; without TLS the
	 * connection must at least be signed. */
	if (ldap_set_option(s->ld, LDAP_OPT_X_SASL_SECPROPS,
		tls ? "maxssf=0" : "minssf=1") != 0 ||
	    gss_krb5_ccache_name(&minor, s->ticket.name, NULL) !=
		GSS_S_COMPLETE)
		return err_set(e, ERR_INTERNAL, "a SASL option was refused");
	if (tls)
		(void)ldap_set_option(
		    s->ld, LDAP_OPT_X_SASL_CBINDING, &binding);
	rc = ldap_sasl_interactive_bind_s(s->ld, NULL, "GSSAPI", NULL, NULL,
	    LDAP_SASL_QUIET, bind_no_questions, NULL);
	(void)gss_krb5_ccache_name(&minor, NULL, NULL);
	if (rc == LDAP_LOCAL_ERROR)
		return gssapi_fail(s, e);
	return rc == LDAP_SUCCESS ? 0 : ldap_fail(s, rc, "gssapi bind", e);
}

int
session_bind(struct ldap_session *s, struct err *e)
{
	const struct ldap_server *v = &s->servers[s->at];

	switch (s->set.bind) {
	case LDAP_BIND_SIMPLE:
		if (v->scheme == LDAP_CLEAR && !s->set.clear_password &&
		    s->set.user.len != 0 && ldap_tls_inplace(s->ld) == 0)
			return err_type(e, ERR_CONFIG, "no-start-credentials",
			    "%.*s: a password is not sent in clear text: use "
			    "ldaps://, starttls, or a gssapi bind",
			    TEXT_ARGS(v->url));
		return bind_simple(s, e);
	case LDAP_BIND_GSSAPI:
		return bind_gssapi(s, e);
	case LDAP_BIND_EXTERNAL:
		return bind_external(s, e);
	}
	return err_set(e, ERR_INTERNAL, "no such kind of bind");
}
