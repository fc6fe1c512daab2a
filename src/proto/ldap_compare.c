/* proto/ldap_compare.c -- whether an attribute may be looked at; see
 * ldap_session.h. */
#include "proto/ldap_int.h"

static int
compare_answer(struct ldap_session *s, int id, int *out_rc, struct err *e)
{
	struct timeval tv = {.tv_sec = s->set.timeout_ms / 1000,
	    .tv_usec = s->set.timeout_ms % 1000 * 1000};
	LDAPMessage *m = NULL;
	int rc = ldap_result(s->ld, id, LDAP_MSG_ALL, &tv, &m);

	if (rc == 0)
		return ldap_fail_diag(s, LDAP_TIMEOUT, NULL, "compare", e);
	if (rc < 0) {
		(void)ldap_get_option(s->ld, LDAP_OPT_RESULT_CODE, &rc);
		return ldap_fail(s, rc == LDAP_SUCCESS ? LDAP_SERVER_DOWN : rc,
		    "compare", e);
	}
	rc = ldap_parse_result(s->ld, m, out_rc, NULL, NULL, NULL, NULL, 1);
	return rc == LDAP_SUCCESS ? 0 : ldap_fail(s, rc, "compare", e);
}

int
ldap_session_may_compare(struct ldap_session *s, const struct ldap_question *q,
    bool *out_refused, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const char *dn =
	    a != NULL ? arena_strndup(a, q->dn.data, q->dn.len) : NULL;
	struct berval value = {q->value.len, unconst(q->value.data)};
	int id = 0, rc, r;

	if (dn == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	rc = ldap_compare_ext(s->ld, dn, q->name, &value, NULL, NULL, &id);
	if (rc != LDAP_SUCCESS)
		return ldap_fail(s, rc, "compare", e);
	r = compare_answer(s, id, &rc, e);
	if (r == 0)
		*out_refused = rc == LDAP_INSUFFICIENT_ACCESS;
	return r;
}
