/* tests/unit/rules/world.h -- rules made by hand, and objects to try them on.
 *
 * Connectors: "ad" (0), "hr" (1), "cloud" (2), all with a schema; metaverse
 * types person and group. */
#ifndef TESTS_UNIT_RULES_WORLD_H
#define TESTS_UNIT_RULES_WORLD_H

#include "rules/plan.h"

#define WORLD_RULES 32
#define WORLD_ITEMS 16

struct world {
	struct arena *arena;
	struct names *names;
	struct schema *cs;
	struct schema *mv;
	struct plan_connector connectors[3];
	struct rule rules[WORLD_RULES];
	size_t rule_count;
	struct plan *plan;
	struct plan_problem *problems;
	size_t problem_count;
	struct err e;
	struct attrs object;
	struct attrs other;
	struct flow_memo *memo; /* of the source; NULL: none */
	struct flow_result *results;
	size_t result_count;
};

struct world *world_new(void);
struct world *world_free(struct world *w);

uint32_t world_name(struct world *w, const char *name);

/* A rule user -> person of connector "ad" (person -> user of "cloud"
 * outbound), link type Join, without scope, join and flows. */
struct rule *world_rule(
    struct world *w, enum rule_direction direction, int precedence);
/* To the last group, or to a new one. */
void world_scope(struct world *w, struct rule *r, bool new_group,
    const char *name, enum scope_op op, const char *value);
void world_join(struct world *w, struct rule *r, bool new_group, const char *cs,
    const char *mv, bool case_sensitive);
/* "[x]" direct, "=text" constant, else an expression. */
struct flow *world_flow(
    struct world *w, struct rule *r, const char *target, const char *source);

/* 0 or ERR_CONFIG; the plan in w->plan. */
int world_build(struct world *w);
/* Whether some problem's text contains part. */
bool world_problem(const struct world *w, const char *part);

/* Values of w->object: text; "#5"; "?true"; "@CN=x" a reference; "*6869"
 * octets in hex. */
void world_set(struct world *w, const char *name, const char *value);
void world_clear(struct world *w);

/* Whether the rule with this precedence is in scope for the object. */
int world_in_scope(struct world *w, int precedence);

/* Runs the flows of every rule of the direction over the object.  0 or
 * negative with w->e. */
int world_run(struct world *w, enum rule_direction direction);
/* "a|b" of a target's values, "-" removed, "." left alone, "" no mapping. */
const char *world_result(struct world *w, const char *target);
/* The precedence of the rule that won; -1: none. */
int world_winner(struct world *w, const char *target);

#endif /* TESTS_UNIT_RULES_WORLD_H */
