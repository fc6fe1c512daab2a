/*
 * rules/plan_int.h -- the compiled form of rules.
 *
 * Purpose:   what check.c makes and scope.c, flow.c and plan.c use.
 * Touches:   rules/plan.h, expr/.
 */
#ifndef RULES_PLAN_INT_H
#define RULES_PLAN_INT_H

#include "expr/expr.h"
#include "rules/plan.h"

#define PLAN_MAX_RULES    10000U
#define PLAN_MAX_PROBLEMS 1000U

/* The value of a scope clause, read in each way an attribute may need. */
struct scope_value {
	struct text text;
	struct text bare; /* without braces, where it is a GUID in braces */
	bool is_number;
	bool is_boolean;
	bool boolean;
	int64_t number;
	struct text dn_key;
	struct text octets[3]; /* as base64, hex, GUID */
	unsigned octets_count;
};

struct code_clause {
	uint32_t name;
	enum scope_op op; /* the positive form */
	bool negative;
	bool boolean; /* the source's schema has it as boolean */
	bool expand;  /* value holds %parameters%: read at evaluation */
	struct scope_value value;
};

struct code_group {
	struct code_clause *clauses;
	size_t count;
};

struct code_flow {
	const struct flow *flow;
	enum flow_kind kind; /* "[x]" alone is FLOW_DIRECT */
	uint32_t target;
	uint32_t source; /* FLOW_DIRECT */
	bool source_dn;
	const struct expr *expr;
	uint32_t slot; /* in a memo, from 1; 0: run each time */
	struct value constant;
};

struct code {
	struct code_group *groups;
	size_t group_count;
	struct code_flow *flows; /* sorted by target */
	size_t flow_count;
};

static inline const struct code *
code_of(const struct plan_rule *r)
{
	return r->code;
}

/* Rules of one source type; type 0: those for "*" alone. */
struct type_rules {
	uint32_t type;
	const struct plan_rule **rules;
	size_t count;
};

struct connector_rules {
	const struct plan_connector *connector;
	struct type_rules *types[2]; /* by direction - 1 */
	size_t type_count[2];
	const uint32_t *wanted;
	size_t wanted_count;
	/* What inbound rules read at all, and what of it by name: of a
	 * reference not which object it is alone, but what it is called. */
	const uint32_t *reads, *names;
	size_t read_count, name_count;
	uint32_t slots[2]; /* different expressions, by direction - 1 */
	struct text digest;
};

struct plan {
	unsigned references;
	struct arena *arena;
	struct plan_input in;
	struct connector_rules *connectors;
	const struct plan_rule **all; /* by precedence */
	size_t count;
	const uint32_t *join_cs;
	size_t join_cs_count;
	const uint32_t *join_mv;
	size_t join_mv_count;
};

/* ---- Building ---- */

struct builder {
	struct plan *plan;
	struct arena *arena; /* of the problems */
	struct plan_problem *problems;
	size_t count;
	size_t size;
	bool blocked;
	int failed;              /* ERR_NOMEM sticks */
	struct map *expressions; /* direction, connector, text: code_flow */
	/* the rule at hand */
	const struct rule *rule;
	const struct plan_connector *connector;
	const struct schema *source;
	const struct schema *target;
};

void problem(struct builder *b, bool blocks, int line, struct text attribute,
    size_t position, const char *fmt, ...) PRINTF(6, 7);

/* Compiles one rule into *out; problems go to b.  1: the rule does not apply
 * here (a rule of ours for a type that the directory does not have), 0, or
 * negative out of memory. */
int code_build(struct builder *b, struct code **out) MUST_CHECK;

/* A rule of our own set: what a directory's schema lacks is left out. */
static inline bool
rule_is_ours(const struct rule *r)
{
	return r->tag.len > 0 && !r->exact;
}

/* ---- Flows ---- */

/* What a mapping says. */
enum said {
	SAID_IGNORE,
	SAID_NULL,
	SAID_NOTHING_AT_ALL, /* AuthoritativeNull */
	SAID_VALUE,
};

struct answer {
	enum said said;
	struct value *values;
	size_t count;
	bool kept; /* of a flow that applied once, earlier */
};

/* Expressions of one text read from one side of one connector share a slot. */
int memo_number(
    struct builder *b, size_t connector, struct code *code) MUST_CHECK;

/* Forgets what src no longer holds for. */
void memo_look(struct flow_memo *m, const struct plan_source *src);
bool memo_get(
    const struct flow_memo *m, const struct code_flow *f, struct answer *out);
void memo_put(struct flow_memo *m, const struct code_flow *f,
    const struct answer *answer);

/* ---- Parameters ---- */

/* partition empty: none known.  Results may be made in a. */
bool params_find(const struct plan *p, size_t connector, struct text partition,
    struct text name, struct arena *a, struct text *out);

/* Whether a rule of the connector may name it. */
bool params_known(
    const struct plan *p, const struct plan_connector *c, struct text name);

/* Replaces %name% in t. */
int params_expand(const struct plan *p, const struct plan_source *src,
    struct text t, struct arena *a, struct text *out, struct err *e) MUST_CHECK;

/* ---- Scope ---- */

int scope_value_read(
    struct arena *a, struct text t, struct scope_value *out) MUST_CHECK;
bool scope_op_is_negative(enum scope_op op);
enum scope_op scope_op_positive(enum scope_op op);

/* "&HFF", "0xff" or decimal. */
bool scope_number(struct text t, int64_t *out);

/* ---- Values on writing (rules.md 7.4) ---- */

/* To the type wanted; ERR_TYPE where it does not convert. */
int value_convert(struct arena *a, enum value_type want, const struct value *in,
    struct value *out) MUST_CHECK;

/* Drops repeated values, keeps order; nocase: strings that differ in case
 * alone are repeated. */
int values_unique(struct arena *a, struct value *values, size_t *count,
    bool nocase) MUST_CHECK;

#endif /* RULES_PLAN_INT_H */
