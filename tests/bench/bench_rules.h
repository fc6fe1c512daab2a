/* tests/bench/bench_rules.h -- what bench_rules is measured on: any
 * configuration, and objects made for it. */
#ifndef TESTS_BENCH_BENCH_RULES_H
#define TESTS_BENCH_BENCH_RULES_H

#include "base/err.h"
#include "model/names.h"
#include "rules/plan.h"

struct site;
struct vendor;

struct rule_bench {
	struct arena *arena;
	struct names *names;
	struct plan *plan;
	const struct plan_connector *connectors;
	size_t connector_count;
	size_t source;            /* the connector that objects come from */
	struct text partition;    /* of its objects */
	const char *user, *group; /* its object types */
	size_t rules, mappings, expressions;

	/* whose the above is: one of the two */
	struct site *site;
	struct vendor *vendor;
};

/* folder NULL: the default rules.  Both end the program on a failure. */
void bench_open(struct rule_bench *b, const char *folder);
void bench_close(struct rule_bench *b);

struct bench_object {
	uint32_t type;
	struct text dn;
	struct attrs attrs;
};

/* n different users, enabled and with a mailbox, or groups of 100 members:
 * the attributes that the source's schema has. */
void bench_objects(
    const struct rule_bench *b, bool group, struct bench_object *out, size_t n);

_Noreturn void bench_fail(const char *what, const struct err *e);

#endif /* TESTS_BENCH_BENCH_RULES_H */
