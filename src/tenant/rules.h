/*
 * tenant/rules.h -- what may be done to an object, and what follows from it.
 *
 * Purpose:   create, change, delete, restore: who may write what, values that
 *            must be there, values that follow (mail gives an address).
 * Touches:   tenant/tenant_int.h, tenant/value.h.
 * Errors:    ERR_REJECTED with the refusal written to the call.
 */
#ifndef TENANT_RULES_H
#define TENANT_RULES_H

#include "tenant/tenant_int.h"

/* Both read c->body.  *out_o is the caller's to clear, also on failure. */
int rules_create(
    struct gcall *c, enum entity kind, struct dirobj *out_o) MUST_CHECK;
int rules_update(struct gcall *c, struct dirobj *o) MUST_CHECK;

/* Keeps the password of c->body, where there is one (rules_password.c). */
int rules_password(struct gcall *c, const struct dirobj *o) MUST_CHECK;

int rules_delete(struct gcall *c, struct dirobj *o) MUST_CHECK;
int rules_restore(struct gcall *c, struct dirobj *o) MUST_CHECK;
/* The name of a deleted user without the id before it (T6.4). */
void rules_upn_back(struct dirobj *o);
/* Of an object that is deleted already: for good. */
int rules_purge(struct gcall *c, struct dirobj *o) MUST_CHECK;

/* Refuses where o's links are mastered elsewhere (T1.3, graph 7). */
int rules_may_link(
    struct gcall *c, const struct dirobj *o, enum link_kind kind) MUST_CHECK;

bool rules_is_unified(const struct dirobj *group);

/* Security and Microsoft 365 groups; the rest belongs to the mail service. */
bool rules_is_mail_group(const struct dirobj *group);

/* Refuses: the value of this property belongs to another object. */
int rules_conflict(struct gcall *c, const char *prop);

#endif /* TENANT_RULES_H */
