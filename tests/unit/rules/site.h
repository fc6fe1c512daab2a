/* tests/unit/rules/site.h -- a configuration with its rules compiled, and one
 * object taken through them: an empty metaverse, empty targets. */
#ifndef TESTS_UNIT_RULES_SITE_H
#define TESTS_UNIT_RULES_SITE_H

#include "conf/conf.h"
#include "rules/ruleset.h"

#define SITE_CONNECTORS 8

struct site {
	struct arena *arena;
	struct names *names;
	struct conf *conf;
	struct schema *schemas[SITE_CONNECTORS];
	struct ruleset rules;
	struct plan *plan;
	struct plan_problem *problems;
	size_t problem_count;
	struct err e;
};

/* What became of the object. */
struct outcome {
	bool projected;
	uint32_t mv_type;
	struct attrs mv;
	int64_t winners; /* rules in scope inbound */
	bool provisioned;
	uint32_t target_type;
	struct attrs target;
};

/* connectors and the rest of causeway.yaml; dir: where "rules:" is looked for.
 * Every connector has the schema of its kind.  r is what loading gave. */
struct site *site_new(const char *dir, const char *yaml, int *r);
struct site *site_free(struct site *s);
bool site_problem(const struct site *s, const char *part);
/* Every blocking problem on standard error. */
void site_print_problems(const struct site *s);
const struct plan_rule *site_rule(const struct site *s, const char *id);

/* The first connector is the source, the last the target. */
int site_sync(struct site *s, struct arena *a, uint32_t type,
    const struct attrs *object, struct text dn, struct outcome *out);

#endif /* TESTS_UNIT_RULES_SITE_H */
