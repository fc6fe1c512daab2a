/*
 * proto/ldap_krb5.c -- a Kerberos ticket without a kinit outside.
 *
 * The ticket lives in a cache in this process's memory.  GSSAPI is told of it
 * for the time of the bind and for this thread alone, not by the environment,
 * so that two connectors with different users do not meet.
 */
#include <string.h>

#include "base/buf.h"
#include "proto/ldap_int.h"

#define NAME_MAX_BYTES 1024

static int
krb_code(krb5_error_code k)
{
	switch (k) {
	case KRB5_REALM_UNKNOWN:
	case KRB5_CONFIG_BADFORMAT:
	case KRB5_CONFIG_CANTOPEN:
	case KRB5_CONFIG_NODEFREALM:
	case KRB5_KT_NOTFOUND:
	case KRB5_PARSE_MALFORMED:
	case ENOENT:
		return ERR_CONFIG;
	case KRB5_KDC_UNREACH:
		return ERR_CONNECT;
	case ENOMEM:
		return ERR_NOMEM;
	default:
		return ERR_AUTH;
	}
}

static const char *
krb_means(krb5_error_code k)
{
	switch (k) {
	case KRB5KDC_ERR_PREAUTH_FAILED:
	case KRB5KRB_AP_ERR_BAD_INTEGRITY:
		return "wrong password or outdated keytab";
	case KRB5KDC_ERR_C_PRINCIPAL_UNKNOWN:
		return "there is no such user";
	case KRB5KDC_ERR_CLIENT_REVOKED:
		return "the account is disabled or locked out";
	case KRB5KDC_ERR_KEY_EXP:
		return "the password has expired";
	case KRB5KRB_AP_ERR_SKEW:
		return "the clocks of this machine and the domain differ by "
		       "more than five minutes";
	case KRB5_KT_NOTFOUND:
		return "the keytab has no key for this user";
	default:
		return NULL;
	}
}

static int
krb_fail(struct krb_ticket *t, krb5_error_code k,
    const struct ldap_settings *set, struct err *e)
{
	const char *said = krb5_get_error_message(t->ctx, k);
	const char *means = krb_means(k);
	int r = err_type(e, krb_code(k), "failed-authentication",
	    "kerberos: %.*s: %s%s%s%s", TEXT_ARGS(set->user),
	    means != NULL ? means : said, means != NULL ? " (" : "",
	    means != NULL ? said : "", means != NULL ? ")" : "");

	krb5_free_error_message(t->ctx, said);
	return r;
}

static krb5_error_code
krb_principal(struct krb_ticket *t, const struct ldap_settings *set)
{
	bool has_realm = memchr(set->user.data, '@', set->user.len) != NULL;
	struct buf name;
	krb5_error_code k = ENOMEM;

	buf_init(&name, NAME_MAX_BYTES);
	buf_text_add(&name, set->user);
	if (!has_realm && set->realm.len != 0) {
		buf_putc(&name, '@');
		buf_text_add(&name, set->realm);
	}
	if (buf_error(&name) == 0)
		k = krb5_parse_name(t->ctx, buf_text(&name).data, &t->who);
	buf_clear(&name);
	return k;
}

static krb5_error_code
krb_by_keytab(
    struct krb_ticket *t, const struct ldap_settings *set, krb5_creds *creds)
{
	krb5_keytab keytab = NULL;
	krb5_error_code k = krb5_kt_resolve(t->ctx, set->keytab.data, &keytab);

	if (k == 0)
		k = krb5_get_init_creds_keytab(
		    t->ctx, creds, t->who, keytab, 0, NULL, NULL);
	if (keytab != NULL)
		(void)krb5_kt_close(t->ctx, keytab);
	return k;
}

static krb5_error_code
krb_fetch(struct krb_ticket *t, const struct ldap_settings *set)
{
	krb5_creds creds;
	krb5_error_code k;

	memset(&creds, 0, sizeof(creds));
	if (set->keytab.len != 0)
		k = krb_by_keytab(t, set, &creds);
	else
		k = krb5_get_init_creds_password(t->ctx, &creds, t->who,
		    secret_text(set->password).data, NULL, NULL, 0, NULL, NULL);
	if (k == 0)
		k = krb5_cc_new_unique(t->ctx, "MEMORY", NULL, &t->cache);
	if (k == 0)
		k = krb5_cc_initialize(t->ctx, t->cache, t->who);
	if (k == 0)
		k = krb5_cc_store_cred(t->ctx, t->cache, &creds);
	krb5_free_cred_contents(t->ctx, &creds);
	return k;
}

int
krb_ticket_get(
    struct krb_ticket *t, const struct ldap_settings *set, struct err *e)
{
	krb5_error_code k;

	if (set->user.len == 0 ||
	    (set->keytab.len == 0 && set->password == NULL))
		return err_type(e, ERR_CONFIG, "no-start-credentials",
		    "a gssapi bind needs user, and keytab or password");
	krb_ticket_clear(t);
	k = krb5_init_context(&t->ctx);
	if (k == 0)
		k = krb_principal(t, set);
	if (k == 0)
		k = krb_fetch(t, set);
	if (k == 0)
		k = krb5_cc_get_full_name(t->ctx, t->cache, &t->name);
	return k == 0 ? 0 : krb_fail(t, k, set, e);
}

void
krb_ticket_clear(struct krb_ticket *t)
{
	if (t->name != NULL)
		krb5_free_string(t->ctx, t->name);
	if (t->cache != NULL)
		(void)krb5_cc_destroy(t->ctx, t->cache);
	if (t->who != NULL)
		krb5_free_principal(t->ctx, t->who);
	if (t->ctx != NULL)
		krb5_free_context(t->ctx);
	*t = (struct krb_ticket){0};
}
