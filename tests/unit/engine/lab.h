/* tests/unit/engine/lab.h -- a store, rules and three directories in memory:
 * "ad" is the source, "ldap" a target with names of people (renames), "cloud"
 * a target with anchors of its own. */
#ifndef TESTS_UNIT_ENGINE_LAB_H
#define TESTS_UNIT_ENGINE_LAB_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "engine/engine.h"
#include "fake.h"

#define LAB_RULES 24

enum {
	AD = 0,
	LDAP = 1,
	CLOUD = 2
};

struct lab {
	struct arena *arena;
	struct store *store;
	struct names *names;
	struct schema *cs, *mv;
	struct rule rules[LAB_RULES];
	size_t rule_count;
	struct plan *plan;
	struct fake *dirs[3];
	struct engine_connector connectors[3];
	struct engine_guard guard;
	struct engine_policy policy;
	bool staging;
	int64_t history_ms;
	bool cancel; /* the next question is answered with yes */
	struct engine *engine;
	struct engine_cycle_report cycle; /* the last */
	struct engine_report run;         /* the last */
	struct err e;
};

/* With the rules of lab_default_rules(). */
struct lab *lab_new(void);
struct lab *lab_free(struct lab *l);
/* Rules, guard or staging changed: a new engine on the same store; the process
 * that died is started again. */
void lab_restart(struct lab *l);

struct rule *lab_rule(struct lab *l, enum rule_direction direction,
    int connector, int precedence);
void lab_types(struct lab *l, struct rule *r, const char *cs, const char *mv);
void lab_scope(struct lab *l, struct rule *r, const char *name,
    enum scope_op op, const char *value);
void lab_join(struct lab *l, struct rule *r, const char *cs, const char *mv);
/* "[x]" direct, "=text" constant, else an expression. */
void lab_flow(
    struct lab *l, struct rule *r, const char *target, const char *source);

/* A person p with anchor p of "ad"; more: further attributes. */
void lab_person(struct lab *l, const char *id, const char *more);
void lab_group(struct lab *l, const char *id, const char *members);

/* Fails the test where it does not end with code. */
void lab_cycle(struct lab *l, int code);
void lab_run(struct lab *l, int connector, const char *profile, int code);
/* Of the last lab_run(): the result of its last step. */
const char *lab_result(const struct lab *l);
uint64_t lab_counter(const struct lab *l, const char *name);
/* Items that engine_pending() tells, "op dn attr+n-n" a line. */
char *lab_pending(struct lab *l, int connector);

void lab_cloud_is(struct lab *l, const char *want);
void lab_dir_is(struct lab *l, int connector, const char *want);

/* ---- Chance ---- */

/* Seeds of random worlds: from SEED (1) on, WORLDS of them, both from the
 * environment; printed, so that a failure can be run again. */
struct lab_seeds {
	uint32_t first, end;
};
struct lab_seeds lab_seeds(uint32_t worlds);

/* ---- Faults: store_commit(), store_commit_later() and store_begin() are
 * wrapped by the linker ---- */

/* From the nth commit on (0: never) the store fails; after: the commit itself
 * still happens. */
void lab_die_at(unsigned n, bool after);
bool lab_died(void);

#endif /* TESTS_UNIT_ENGINE_LAB_H */
