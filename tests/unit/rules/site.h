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
	struct plan_connector *connectors;
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
 * Every connector has the schema of its kind; one of kind graph that is called
 * "service" stands for the synchronisation web service, kind sync.  r is what
 * loading gave. */
struct site *site_new(const char *dir, const char *yaml, int *r);
struct site *site_free(struct site *s);
bool site_problem(const struct site *s, const char *part);
/* Every blocking problem on standard error. */
void site_print_problems(const struct site *s);
const struct plan_rule *site_rule(const struct site *s, const char *id);

/* What to begin with beside the object. */
struct start {
	bool linked;     /* object and metaverse know each other already */
	uint32_t target; /* not 0: so do metaverse and a target of this type */
	struct attrs more; /* what others have contributed to the metaverse */
};

/* The first connector is the source, the last the target.  Where the pair is
 * linked, rules that only join have their say as well. */
int site_sync(struct site *s, uint32_t type, const struct attrs *object,
    struct text dn, const struct start *start, struct outcome *out);

#endif /* TESTS_UNIT_RULES_SITE_H */
