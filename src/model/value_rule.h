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

struct value_fault {
	const char *type; /* as the service calls it, for an error record */
	const char *text; /* the rule that is broken: "has more characters" */
	size_t max;       /* with a length: how many are allowed; else 0 */
};

/* False where the value is good.  type is the object's ("user", "group"). */
bool value_rule_broken(struct text type, struct text attribute,
    const struct value *v, struct value_fault *out);

#endif /* MODEL_VALUE_RULE_H */
