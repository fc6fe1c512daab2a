/*
 * tenant/value.h -- is this value one that Graph would take?
 *
 * Purpose:   types, lengths and forms of property values, as the property
 *            table says them.
 * Touches:   tenant/tenant_int.h.
 * Errors:    ERR_REJECTED, with the refusal written to the call.
 */
#ifndef TENANT_VALUE_H
#define TENANT_VALUE_H

#include "tenant/tenant_int.h"

/* v may be a null; target is the name to complain of. */
int value_check(struct gcall *c, const struct entity_info *info,
    const struct prop *p, const struct json *v) MUST_CHECK;

/* Refuses with InvalidValue. */
int value_refuse(
    struct gcall *c, const struct entity_info *info, const char *name);

/* The part before and the part behind the one "@"; false: not of that form. */
bool value_split_address(
    struct text t, struct text *out_local, struct text *out_domain);

size_t value_characters(struct text t);             /* not octets */
bool value_has_any(struct text t, const char *set); /* or a zero octet */
bool value_is_ascii(struct text t);
bool value_is_mail(struct text t); /* of the form of RFC 5322, with a dot */
bool value_is_upn(struct text t);

#endif /* TENANT_VALUE_H */
