/* proto/ldap_dirsync.c -- see ldap_dirsync.h. */
#include "proto/ldap_dirsync.h"

#include <lber.h>
#include <string.h>

/* SEQUENCE { flags INTEGER, maxBytes INTEGER, cookie OCTET STRING } */
int
ldap_dirsync_format(
    struct arena *a, const struct ldap_dirsync *d, struct text *out)
{
	BerElement *ber = ber_alloc_t(LBER_USE_DER);
	struct berval v = {0, NULL};
	int r = ERR_NOMEM;

	if (ber != NULL &&
	    ber_printf(ber, "{iio}", (ber_int_t)d->flags,
		(ber_int_t)d->max_bytes,
		d->cookie.data != NULL ? d->cookie.data : "",
		(ber_len_t)d->cookie.len) >= 0 &&
	    ber_flatten2(ber, &v, 0) >= 0) {
		*out = text_dup(a, (struct text){v.bv_val, v.bv_len});
		r = out->data != NULL ? 0 : ERR_NOMEM;
	}
	ber_free(ber, 1);
	return r;
}

/* SEQUENCE { moreData INTEGER, unused INTEGER, cookie OCTET STRING } */
int
ldap_dirsync_parse(
    struct arena *a, struct text value, struct ldap_dirsync *out, struct err *e)
{
	union {
		const char *in;
		char *out;
	} u = {.in = value.data};
	struct berval v = {value.len, u.out}, cookie = {0, NULL};
	BerElement *ber;
	ber_int_t more = 0, unused = 0;
	int r = 0;

	if (value.len > LDAP_DIRSYNC_COOKIE_MAX)
		return err_set(
		    e, ERR_LIMIT, "a cookie of %zu octets", value.len);
	ber = value.len != 0 ? ber_init(&v) : NULL;
	if (ber == NULL)
		return err_set(e, ERR_PROTOCOL, "no DirSync control came back");
	if (ber_scanf(ber, "{iim}", &more, &unused, &cookie) == LBER_ERROR) {
		r = err_set(e, ERR_PROTOCOL, "a broken DirSync control");
	} else {
		*out = (struct ldap_dirsync){.more = more != 0,
		    .cookie = text_dup(
			a, (struct text){cookie.bv_val, cookie.bv_len})};
		r = out->cookie.data != NULL ? 0 : ERR_NOMEM;
	}
	ber_free(ber, 1);
	return r;
}

enum ldap_dirsync_values
ldap_dirsync_attribute(struct text full, struct text *out_name)
{
	const char *semicolon = memchr(full.data, ';', full.len);
	struct text option;

	*out_name = full;
	if (semicolon == NULL)
		return LDAP_DIRSYNC_ALL;
	out_name->len = (size_t)(semicolon - full.data);
	option = (struct text){semicolon + 1, full.len - out_name->len - 1};
	if (text_is_nocase(option, "range=1-1"))
		return LDAP_DIRSYNC_CAME;
	if (text_is_nocase(option, "range=0-0"))
		return LDAP_DIRSYNC_WENT;
	return text_is_nocase(option, "binary") ? LDAP_DIRSYNC_ALL
						: LDAP_DIRSYNC_OTHER;
}
