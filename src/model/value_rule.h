/*
 * model/value_rule.h -- which values a cloud directory takes.
 *
 * Purpose:   lengths, characters and forms of the attributes of users, groups
 *            and contacts in Entra ID, by the names of Graph and of the
 *            synchronisation service, in one table.
 * Touches:   model/value.h.
 * Ownership: results are literals.
 * Errors:    none: an attribute that is not in the table takes everything.
 */
#ifndef MODEL_VALUE_RULE_H
#define MODEL_VALUE_RULE_H

#include "model/value.h"

/* ---- What the lists of characters and lengths are; also for those who look at
 * values before they are sent (engine/doctor/values.c) ---- */

#define VALUE_NOT_IN_UPN    " \\%&*+/=?{}|<>();:,[]\""
#define VALUE_NOT_IN_PROXY  " <>();,[]\""
#define VALUE_NOT_IN_TARGET " \\<>();,[]\""
#define VALUE_NOT_IN_NICK   " \\!#$%&*+/=?^`{}|~<>()';:,[]\"@"
#define VALUE_UPN_LOCAL     64U  /* before the @ */
#define VALUE_UPN_DOMAIN    48U  /* behind it */
#define VALUE_UPN_MAX       113U /* with it */
#define VALUE_ADDRESS_MAX   256U
#define VALUE_NICK_MAX      64U

/* ---- The rules ---- */

struct value_fault {
	const char *type; /* as the service calls it, for an error record */
	const char *text; /* the rule that is broken: "has more characters" */
	size_t max;       /* with a length: how many are allowed; else 0 */
};

/* False where the value is good.  type is the object's ("user", "group"). */
bool value_rule_broken(struct text type, struct text attribute,
    const struct value *v, struct value_fault *out);

#endif /* MODEL_VALUE_RULE_H */
