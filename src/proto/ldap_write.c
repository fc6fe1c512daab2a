/*
 * proto/ldap_write.c -- see ldap_write.h.
 *
 * One connection, any number of requests under way.  The library numbers
 * them; ldap_result() gives the answers as they come.
 */
#include "proto/ldap_write.h"

#include "base/clock.h"
#include "proto/ldap_int.h"

#define WAIT_SLICE_US  200000L
#define SCRATCH_MAX    (256U << 20)
#define SAID_MAX       300U
#define OID_PERMISSIVE "1.2.840.113556.1.4.1413"

_Static_assert((int)WRITE_RC_NO_ATTRIBUTE == LDAP_NO_SUCH_ATTRIBUTE &&
		   (int)WRITE_RC_VALUE_EXISTS == LDAP_TYPE_OR_VALUE_EXISTS &&
		   (int)WRITE_RC_NO_OBJECT == LDAP_NO_SUCH_OBJECT &&
		   (int)WRITE_RC_ACCESS == LDAP_INSUFFICIENT_ACCESS &&
		   (int)WRITE_RC_EXISTS == LDAP_ALREADY_EXISTS &&
		   (int)WRITE_RC_NOT_LEAF == LDAP_NOT_ALLOWED_ON_NONLEAF,
    "the numbers of RFC 4511");

bool
ldap_write_reads_back(const struct ldap_session *s)
{
	return ldap_session_supports(s, LDAP_CONTROL_POST_READ);
}

bool
ldap_write_permissive(const struct ldap_session *s)
{
	return ldap_session_supports(s, OID_PERMISSIVE);
}

const char *
ldap_write_rc_text(int rc)
{
	return ldap_err2string(rc);
}

/* ---- Sending ---- */

static int
mod_op(const struct ldap_write *w, const struct write_mod *m)
{
	if (w->kind == WRITE_ADD)
		return LDAP_MOD_ADD | LDAP_MOD_BVALUES;
	switch (m->change) {
	case WRITE_VALUES_ADD:
		return LDAP_MOD_ADD | LDAP_MOD_BVALUES;
	case WRITE_VALUES_DELETE:
		return LDAP_MOD_DELETE | LDAP_MOD_BVALUES;
	case WRITE_VALUES_REPLACE:
		break;
	}
	return LDAP_MOD_REPLACE | LDAP_MOD_BVALUES;
}

static int
mod_fill(struct arena *a, const struct ldap_write *w, const struct write_mod *m,
    LDAPMod *out)
{
	struct berval *values = arena_raw(a, m->count + 1, sizeof(*values));
	struct berval **list =
	    arena_raw(a, m->count + 1, sizeof(struct berval *));

	if (values == NULL || list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < m->count; i++) {
		values[i] = (struct berval){
		    m->values[i].len, unconst(m->values[i].data)};
		list[i] = &values[i];
	}
	list[m->count] = NULL;
	out->mod_op = mod_op(w, m);
	out->mod_type = unconst(m->name);
	out->mod_bvalues = list;
	return 0;
}

static LDAPMod **
mods_make(struct arena *a, const struct ldap_write *w)
{
	LDAPMod *mods = arena_array(a, w->mod_count + 1, sizeof(*mods));
	LDAPMod **list = arena_array(a, w->mod_count + 1, sizeof(LDAPMod *));

	if (mods == NULL || list == NULL)
		return NULL;
	for (size_t i = 0; i < w->mod_count; i++) {
		if (mod_fill(a, w, &w->mods[i], &mods[i]) != 0)
			return NULL;
		list[i] = &mods[i];
	}
	return list;
}

/* SEQUENCE OF the one attribute wanted; not critical. */
static int
post_read_make(const char *attribute, LDAPControl **out)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	struct berval value = {0, NULL};
	int rc = LDAP_NO_MEMORY;

	if (ber != NULL && ber_printf(ber, "{s}", attribute) >= 0 &&
	    ber_flatten2(ber, &value, 0) == 0)
		rc = ldap_control_create(
		    LDAP_CONTROL_POST_READ, 0, &value, 1, out);
	ber_free(ber, 1);
	return rc;
}

static int
controls_make(const struct ldap_session *s, const struct ldap_write *w,
    LDAPControl **list)
{
	struct berval none = {0, NULL};

	if (w->kind == WRITE_ADD && w->read != NULL && ldap_write_reads_back(s))
		return post_read_make(w->read, list);
	if (w->show_deleted)
		return ldap_control_create(
		    LDAP_OID_SHOW_DELETED, 1, &none, 0, list);
	if (w->kind == WRITE_MODIFY && w->permissive &&
	    ldap_write_permissive(s))
		return ldap_control_create(OID_PERMISSIVE, 0, &none, 0, list);
	return LDAP_SUCCESS;
}

static int
request(struct ldap_session *s, const struct ldap_write *w, LDAPMod **mods,
    LDAPControl **controls, int *out_id)
{
	char *attrs[] = {unconst(w->read), NULL};

	switch (w->kind) {
	case WRITE_ADD:
		return ldap_add_ext(s->ld, w->dn, mods, controls, NULL, out_id);
	case WRITE_MODIFY:
		return ldap_modify_ext(
		    s->ld, w->dn, mods, controls, NULL, out_id);
	case WRITE_RENAME:
		return ldap_rename(s->ld, w->dn, w->rdn, w->parent,
		    !w->keep_rdn, controls, NULL, out_id);
	case WRITE_DELETE:
		return ldap_delete_ext(s->ld, w->dn, controls, NULL, out_id);
	case WRITE_READ:
		break;
	}
	return ldap_search_ext(s->ld, w->dn, LDAP_SCOPE_BASE, "(objectClass=*)",
	    attrs, 0, controls, NULL, NULL, 1, out_id);
}

int
ldap_write_send(struct ldap_session *s, const struct ldap_write *w, int *out_id,
    struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(SCRATCH_MAX);
	LDAPControl *list[] = {NULL, NULL};
	LDAPMod **mods = a != NULL ? mods_make(a, w) : NULL;
	int rc;

	if (mods == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	rc = controls_make(s, w, list);
	if (rc == LDAP_SUCCESS)
		rc = request(s, w, mods, list[0] != NULL ? list : NULL, out_id);
	if (list[0] != NULL)
		ldap_control_free(list[0]);
	if (rc == LDAP_SUCCESS)
		return 0;
	if (rc == LDAP_ENCODING_ERROR || rc == LDAP_PARAM_ERROR ||
	    rc == LDAP_INVALID_DN_SYNTAX)
		return err_set(
		    e, ERR_REJECTED, "%s: %s", w->dn, ldap_err2string(rc));
	return ldap_fail(s, rc, "write", e);
}

/* ---- Answers ---- */

static struct text
one_line(struct arena *a, const char *said)
{
	size_t n = said != NULL ? strnlen(said, SAID_MAX) : 0;
	char *out = arena_strndup(a, said != NULL ? said : "", n);

	if (out == NULL)
		return TEXT("");
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)out[i] < 0x20 || out[i] == 0x7f)
			out[i] = ' ';
	while (n > 0 && out[n - 1] == ' ')
		n--;
	return (struct text){out, n};
}

int
ldap_post_read_parse(
    struct arena *a, struct text control, struct text *out_value, struct err *e)
{
	struct berval in = {control.len, unconst(control.data)}, dn, name;
	struct berval *values = NULL;
	BerElement *ber = ber_init(&in);
	struct text found = TEXT("");
	bool good = ber != NULL && ber_scanf(ber, "{m{", &dn) != LBER_ERROR;
	ber_len_t len = 0;

	if (good && ber_peek_tag(ber, &len) == LBER_SEQUENCE) {
		good = ber_scanf(ber, "{m[W]}", &name, &values) != LBER_ERROR;
		if (good && values != NULL && values[0].bv_val != NULL)
			found = text_dup(a,
			    (struct text){values[0].bv_val, values[0].bv_len});
		ber_bvarray_free(values);
	}
	ber_free(ber, 1);
	if (!good)
		return err_set(
		    e, ERR_SYNTAX, "the answer's control cannot be read");
	if (found.data == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*out_value = found;
	return 0;
}

/* An answer without a control that can be read is one without a value: the
 * object was made all the same. */
static int
post_read_take(struct arena *a, LDAPControl **controls, struct text *out)
{
	LDAPControl *p =
	    ldap_control_find(LDAP_CONTROL_POST_READ, controls, NULL);
	int r = 0;

	*out = TEXT("");
	if (p != NULL)
		r = ldap_post_read_parse(a,
		    (struct text){p->ldctl_value.bv_val, p->ldctl_value.bv_len},
		    out, NULL);
	return r == ERR_NOMEM ? r : 0;
}

static enum write_kind
kind_of(int type)
{
	switch (type) {
	case LDAP_RES_ADD:
		return WRITE_ADD;
	case LDAP_RES_MODIFY:
		return WRITE_MODIFY;
	case LDAP_RES_MODDN:
		return WRITE_RENAME;
	case LDAP_RES_DELETE:
		return WRITE_DELETE;
	default:
		return WRITE_READ;
	}
}

static int
take_result(struct ldap_session *s, struct arena *a, LDAPMessage *m,
    struct ldap_answer *out, struct err *e)
{
	LDAPControl **controls = NULL;
	char *matched = NULL, *said = NULL;
	int rc = LDAP_SUCCESS;
	int parse = ldap_parse_result(
	    s->ld, m, &rc, &matched, &said, NULL, &controls, 0);
	int r = 0;

	out->last = true;
	out->rc = rc;
	out->said = one_line(a, said);
	out->matched = text_dup(a, text_of(matched));
	r = post_read_take(a, controls, &out->value);
	ldap_memfree(matched);
	ldap_memfree(said);
	ldap_controls_free(controls);
	if (parse != LDAP_SUCCESS)
		return ldap_fail(s, parse, "answer", e);
	return r < 0 || arena_failed(a) ? err_set(e, ERR_NOMEM, "out of memory")
					: 0;
}

static int
take_entry(struct ldap_session *s, struct arena *a, LDAPMessage *m,
    struct ldap_answer *out, struct err *e)
{
	BerElement *ber = NULL;
	struct berval dn, name, *values = NULL;
	int rc = ldap_get_dn_ber(s->ld, m, &ber, &dn);

	out->last = false;
	out->value = TEXT("");
	if (rc == LDAP_SUCCESS)
		out->dn = text_dup(a, (struct text){dn.bv_val, dn.bv_len});
	if (rc == LDAP_SUCCESS)
		rc = ldap_get_attribute_ber(s->ld, m, ber, &name, &values);
	if (rc == LDAP_SUCCESS && values != NULL && values[0].bv_val != NULL)
		out->value = text_dup(
		    a, (struct text){values[0].bv_val, values[0].bv_len});
	ber_memfree(values);
	ber_free(ber, 0);
	if (rc != LDAP_SUCCESS)
		return ldap_fail(s, rc, "answer", e);
	return !arena_failed(a) ? 0 : err_set(e, ERR_NOMEM, "out of memory");
}

/* The next message of any request: 1; 0: none is there, and nobody waits. */
static int
next_of_any(struct ldap_session *s, bool wait, LDAPMessage **out, struct err *e)
{
	int64_t until_ms = clock_monotonic_ms() + s->set.timeout_ms;

	for (;;) {
		struct timeval tv = {.tv_usec = wait ? WAIT_SLICE_US : 0};
		LDAPMessage *m = NULL;
		int rc =
		    ldap_result(s->ld, LDAP_RES_ANY, LDAP_MSG_ONE, &tv, &m);

		if (rc > 0) {
			*out = m;
			return 1;
		}
		if (rc < 0) {
			(void)ldap_get_option(s->ld, LDAP_OPT_RESULT_CODE, &rc);
			return ldap_fail(s,
			    rc == LDAP_SUCCESS ? LDAP_SERVER_DOWN : rc, "write",
			    e);
		}
		if (!wait)
			return 0;
		if (clock_monotonic_ms() >= until_ms)
			return ldap_fail_diag(
			    s, LDAP_TIMEOUT, NULL, "write", e);
	}
}

static int
answer_next(struct ldap_session *s, bool wait, struct arena *a,
    struct ldap_answer *out, struct err *e)
{
	LDAPMessage *m = NULL;
	int r = next_of_any(s, wait, &m, e);

	while (r > 0 && ldap_msgtype(m) == LDAP_RES_SEARCH_REFERENCE) {
		(void)ldap_msgfree(m);
		m = NULL;
		r = next_of_any(s, wait, &m, e);
	}
	if (r <= 0)
		return r;
	*out = (struct ldap_answer){
	    .id = ldap_msgid(m), .kind = kind_of(ldap_msgtype(m))};
	r = ldap_msgtype(m) == LDAP_RES_SEARCH_ENTRY
		? take_entry(s, a, m, out, e)
		: take_result(s, a, m, out, e);
	(void)ldap_msgfree(m);
	return r < 0 ? r : 1;
}

int
ldap_write_next(struct ldap_session *s, struct arena *a,
    struct ldap_answer *out, struct err *e)
{
	int r = answer_next(s, true, a, out, e);

	return r < 0 ? r : 0;
}

int
ldap_write_poll(struct ldap_session *s, struct arena *a,
    struct ldap_answer *out, struct err *e)
{
	return answer_next(s, false, a, out, e);
}
