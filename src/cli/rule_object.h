/*
 * cli/rule_object.h -- the object that `rule test` reads.
 *
 * Purpose:   {"objectType", "cs": {attribute: value}, "parameters": {}} from
 *            a file or standard input; its values by the connector's schema.
 * Touches:   one file or standard input, model/.
 * Ownership: the JSON until rule_object_clear(); all else in the arena.
 * Errors:    ERR_SYNTAX, ERR_TYPE, ERR_NOENT with what is wrong.
 */
#ifndef CLI_RULE_OBJECT_H
#define CLI_RULE_OBJECT_H

#include "cli/cli.h"
#include "model/attrs.h"
#include "model/names.h"
#include "model/schema.h"

struct rule_object {
	struct json *root;
	struct text type;
	struct text dn;
	/* Pairs of name and value. */
	struct text *params;
	size_t param_count;
};

/* path "-": standard input. */
int rule_object_read(struct arena *a, const char *path, struct rule_object *out,
    struct err *e) MUST_CHECK;
void rule_object_clear(struct rule_object *o);

/* The attributes of "cs", named and typed as the schema has them (NULL: as
 * they are written).  One that the schema lacks is told by unknown(). */
struct rule_object_attrs {
	struct names *names;
	const struct schema *schema;
	void (*unknown)(void *ctx, struct text name);
	void *ctx;
};
int rule_object_attributes(const struct rule_object *o, struct arena *a,
    const struct rule_object_attrs *how, struct attrs *out,
    struct err *e) MUST_CHECK;

#endif /* CLI_RULE_OBJECT_H */
