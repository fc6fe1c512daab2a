/*
 * rules/ruleset.h -- reading rules into the one model.
 *
 * Purpose:   our YAML (files or folders, or the built-in default set) to
 *            struct rule; a rule for "kind: ad" becomes one rule for each
 *            connector of that kind.  Other formats come beside it.
 * Touches:   codec/, conf/, rules/rule.h.
 * Ownership: everything in the arena given.
 * Errors:    every problem as a struct plan_problem with file and line.
 */
#ifndef RULES_RULESET_H
#define RULES_RULESET_H

#include "base/defs.h"
#include "rules/plan.h"

struct conf; /* conf/conf.h */

#define RULESET_MAX_RULES 10000U

struct ruleset {
	struct rule *rules;
	size_t count;
	struct schema *mv_schema; /* built-in, plus what the files declare */
};

/* Reads what conf names under "rules:"; relative to the configuration. */
int ruleset_load(const struct conf *conf, struct names *names, struct arena *a,
    struct ruleset *out, struct plan_problem **out_problems,
    size_t *out_problem_count) MUST_CHECK;
void ruleset_clear(struct ruleset *r);

/* The built-in default set as the text of one file, to show and to copy. */
struct text ruleset_default_text(void);

#endif /* RULES_RULESET_H */
