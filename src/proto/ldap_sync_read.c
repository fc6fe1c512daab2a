/* proto/ldap_sync_read.c -- content synchronisation (RFC 4533) in the course of
 * a search: its control, what comes with entries and between them, its end. */
#include "proto/ldap_int.h"

int
content_begin(struct sync_reading *y, const struct ldap_sync_query *q,
    struct arena *a, struct err *e)
{
	*y = (struct sync_reading){.on = q != NULL, .arena = a};
	if (q == NULL)
		return 0;
	y->query = *q;
	y->query.cookie = text_dup(a, q->cookie);
	return y->query.cookie.data != NULL
		   ? 0
		   : err_set(e, ERR_NOMEM, "out of memory");
}

/* SEQUENCE { mode, cookie OPTIONAL, reloadHint FALSE } (RFC 4533 2.1). */
int
content_control(const struct sync_reading *y, LDAPControl **list)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	struct text cookie = y->query.cookie;
	ber_int_t mode = y->query.persist ? LDAP_SYNC_REFRESH_AND_PERSIST
					  : LDAP_SYNC_REFRESH_ONLY;
	struct berval v = {0, NULL};
	int rc = LDAP_NO_MEMORY;

	while (*list != NULL)
		list++;
	if (ber == NULL)
		return rc;
	if (ber_printf(ber, "{e", mode) >= 0 &&
	    (cookie.len == 0 || ber_printf(ber, "o", cookie.data,
				    (ber_len_t)cookie.len) >= 0) &&
	    ber_printf(ber, "N}") >= 0 && ber_flatten2(ber, &v, 0) >= 0)
		rc = ldap_control_create(LDAP_CONTROL_SYNC, 1, &v, 1, list);
	ber_free(ber, 1);
	return rc;
}

static struct text
text_of_value(const struct berval *v)
{
	return (struct text){v->bv_val != NULL ? v->bv_val : "",
	    v->bv_val != NULL ? v->bv_len : 0};
}

static int
keep_cookie(struct sync_reading *y, struct text cookie)
{
	if (cookie.len == 0)
		return 0;
	y->reply.cookie = text_dup(y->arena, cookie);
	return y->reply.cookie.data != NULL ? 0 : ERR_NOMEM;
}

int
content_entry(struct sync_reading *y, LDAP *ld, LDAPMessage *m,
    struct ldap_sync_state *out, LDAPControl ***out_held)
{
	LDAPControl *p;
	int r;

	*out_held = NULL;
	if (ldap_get_entry_controls(ld, m, out_held) != LDAP_SUCCESS)
		return ERR_PROTOCOL;
	p = ldap_control_find(LDAP_CONTROL_SYNC_STATE, *out_held, NULL);
	if (p == NULL)
		return ERR_PROTOCOL;
	r = ldap_sync_state_parse(text_of_value(&p->ldctl_value), out);
	return r == 0 ? keep_cookie(y, out->cookie) : r;
}

static int
info_take(struct sync_reading *y, const struct ldap_sync_info *info)
{
	switch (info->kind) {
	case LDAP_SYNC_IS_COOKIE:
		break;
	case LDAP_SYNC_IS_PRESENT:
		y->reply.present = true;
		y->reply.refreshed = y->reply.refreshed || info->done;
		break;
	case LDAP_SYNC_IS_DELETED:
		y->reply.refreshed = y->reply.refreshed || info->done;
		break;
	case LDAP_SYNC_IS_SET:
		y->set = info->set;
		y->set_deleted = info->deletes;
		break;
	}
	return keep_cookie(y, info->cookie);
}

int
content_info(
    struct sync_reading *y, LDAP *ld, LDAPMessage *m, struct berval **out_held)
{
	struct ldap_sync_info info = {.kind = LDAP_SYNC_IS_COOKIE};
	char *oid = NULL;
	bool is = false;
	int r = 0;

	*out_held = NULL;
	if (ldap_parse_intermediate(ld, m, &oid, out_held, NULL, 0) !=
	    LDAP_SUCCESS)
		return ERR_PROTOCOL;
	is = oid != NULL && text_is(text_of(oid), LDAP_SYNC_INFO);
	ldap_memfree(oid);
	if (!is)
		return 0; /* of something else */
	if (*out_held == NULL)
		return ERR_PROTOCOL;
	r = ldap_sync_info_parse(text_of_value(*out_held), &info);
	return r == 0 ? info_take(y, &info) : r;
}

bool
content_next(struct sync_reading *y, struct ldap_item *item)
{
	const unsigned char *uuid = ldap_sync_set_next(&y->set);

	if (uuid == NULL)
		return false;
	*item = (struct ldap_item){
	    .told = y->set_deleted ? LDAP_TOLD_DELETED : LDAP_TOLD_PRESENT,
	    .uuid = uuid};
	return true;
}

int
content_done(struct sync_reading *y, LDAPControl **controls)
{
	LDAPControl *p =
	    ldap_control_find(LDAP_CONTROL_SYNC_DONE, controls, NULL);
	struct ldap_sync_done done = {.deletes = false};
	int r;

	if (p == NULL)
		return ERR_PROTOCOL;
	r = ldap_sync_done_parse(text_of_value(&p->ldctl_value), &done);
	if (r != 0)
		return r;
	y->reply.present = y->reply.present || !done.deletes;
	return keep_cookie(y, done.cookie);
}

/* OpenLDAP is unwilling where its own state is older than the cookie; a cookie
 * that cannot be read is a protocol error (RFC 4533 3.3). */
bool
content_lost(const struct sync_reading *y, int rc)
{
	return y->on && y->query.cookie.len != 0 &&
	       (rc == LDAP_SYNC_REFRESH_REQUIRED ||
		   rc == LDAP_X_SYNC_REFRESH_REQUIRED ||
		   rc == LDAP_UNWILLING_TO_PERFORM ||
		   rc == LDAP_PROTOCOL_ERROR);
}
