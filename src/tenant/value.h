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

#endif /* TENANT_VALUE_H */
