/*
 * proto/ldap_error.c -- result codes of a directory, in words.
 */
#include <stdio.h>
#include <string.h>

#include "proto/ldap_int.h"

/* What Active Directory means by "data 52e" in a refused bind (the codes of
 * Windows' logon errors). */
static const struct {
	const char *data;
	const char *means;
} logon_reasons[] = {
    {"525", "there is no such user"},
    {"52e", "wrong user name or password"},
    {"52f", "this account is restricted"},
    {"530", "this account may not log on at this time"},
    {"531", "this account may not log on from this machine"},
    {"532", "the password has expired"},
    {"533", "the account is disabled"},
    {"568", "too many context identifiers"},
    {"701", "the account has expired"},
    {"773", "the password must be changed before the first logon"},
    {"775", "the account is locked out"},
};

static const struct {
	int rc;
	int code;
	const char *type;
	const char *means; /* NULL: what the library calls it */
} reasons[] = {
    {LDAP_SERVER_DOWN, ERR_CONNECT, "dropped-connection",
	"the connection was lost"},
    {LDAP_CONNECT_ERROR, ERR_CONNECT, "failed-connection", NULL},
    {LDAP_TIMEOUT, ERR_CONNECT, "dropped-connection",
	"no answer within the timeout"},
    {LDAP_UNAVAILABLE, ERR_CONNECT, "dropped-connection",
	"the server is shutting down or not available"},
    {LDAP_BUSY, ERR_CONNECT, "failed-connection", "the server is busy"},
    {LDAP_INVALID_CREDENTIALS, ERR_AUTH, "failed-authentication",
	"wrong user name or password"},
    {LDAP_INAPPROPRIATE_AUTH, ERR_AUTH, "failed-authentication",
	"this user cannot bind in this way"},
    {LDAP_AUTH_METHOD_NOT_SUPPORTED, ERR_CONFIG, "failed-authentication",
	"the server does not offer this kind of bind"},
    {LDAP_STRONG_AUTH_REQUIRED, ERR_CONFIG, "failed-authentication",
	"the server wants more protection: use ldaps://, starttls or a "
	"gssapi bind"},
    {LDAP_CONFIDENTIALITY_REQUIRED, ERR_CONFIG, "failed-authentication",
	"the server wants an encrypted connection: use ldaps:// or starttls"},
    {LDAP_INSUFFICIENT_ACCESS, ERR_ACCESS, "failed-permission",
	"the bound user has no right to do this"},
    {LDAP_OPERATIONS_ERROR, ERR_ACCESS, "failed-permission",
	"the server refuses this before a bind, or in this state"},
    {LDAP_NO_SUCH_OBJECT, ERR_NOENT, "failed-search",
	"there is no such object, or the bound user may not see it"},
    {LDAP_INVALID_DN_SYNTAX, ERR_CONFIG, "failed-search",
	"this is no distinguished name"},
    {LDAP_REFERRAL, ERR_CONFIG, "failed-search",
	"the server does not hold this and names another one"},
    {LDAP_SIZELIMIT_EXCEEDED, ERR_LIMIT, "failed-search",
	"the server cut the answer at its size limit: raise it for the bound "
	"user, or set page_size"},
    {LDAP_TIMELIMIT_EXCEEDED, ERR_LIMIT, "failed-search",
	"the server cut the answer at its time limit: raise it for the bound "
	"user"},
    {LDAP_ADMINLIMIT_EXCEEDED, ERR_LIMIT, "failed-search",
	"the server cut the answer at a limit of its administrator: raise it "
	"for the bound user, or set a smaller page_size"},
    {LDAP_UNAVAILABLE_CRITICAL_EXTENSION, ERR_UNSUPPORTED, "failed-search",
	"the server does not know a control that is needed"},
    {LDAP_UNWILLING_TO_PERFORM, ERR_UNSUPPORTED, "failed-search", NULL},
    {LDAP_NO_MEMORY, ERR_NOMEM, "", "out of memory"},
};

static const char *
logon_reason(const char *diag)
{
	const char *p = strstr(diag, ", data ");

	if (p == NULL)
		return NULL;
	p += strlen(", data ");
	for (size_t i = 0; i < sizeof(logon_reasons) / sizeof(logon_reasons[0]);
	     i++) {
		size_t n = strlen(logon_reasons[i].data);

		if (strncasecmp(p, logon_reasons[i].data, n) == 0 &&
		    (p[n] == ',' || p[n] == '\0'))
			return logon_reasons[i].means;
	}
	return NULL;
}

/* The server's own words, cut, without its line ends. */
static void
diag_clean(const char *diag, char *out, size_t size)
{
	size_t n = 0;

	for (; diag != NULL && *diag != '\0' && n + 1 < size; diag++) {
		out[n] = *diag;
		if ((unsigned char)*diag < 0x20 || *diag == 0x7f)
			out[n] = ' ';
		n++;
	}
	while (n > 0 && out[n - 1] == ' ')
		n--;
	out[n] = '\0';
}

int
ldap_fail_diag(const struct ldap_session *s, int rc, const char *diag,
    const char *what, struct err *e)
{
	int code = ERR_PROTOCOL;
	const char *type = "", *means = NULL;
	struct text url = s->servers[s->at].url;
	char said[160];

	diag_clean(diag, said, sizeof(said));
	for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++) {
		if (reasons[i].rc != rc)
			continue;
		code = reasons[i].code;
		type = reasons[i].type;
		means = reasons[i].means;
		break;
	}
	if (rc == LDAP_INVALID_CREDENTIALS && logon_reason(said) != NULL)
		means = logon_reason(said);
	if (means == NULL)
		means = ldap_err2string(rc);
	if (said[0] == '\0')
		return err_type(
		    e, code, type, "%.*s: %s: %s", TEXT_ARGS(url), what, means);
	return err_type(e, code, type, "%.*s: %s: %s (%s)", TEXT_ARGS(url),
	    what, means, said);
}

int
ldap_fail(const struct ldap_session *s, int rc, const char *what, struct err *e)
{
	char *diag = NULL;
	int r;

	if (s->ld != NULL)
		(void)ldap_get_option(
		    s->ld, LDAP_OPT_DIAGNOSTIC_MESSAGE, &diag);
	r = ldap_fail_diag(s, rc, diag, what, e);
	ldap_memfree(diag);
	return r;
}
