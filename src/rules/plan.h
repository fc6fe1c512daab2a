/*
 * rules/plan.h -- rules compiled, and what they say about one object.
 *
 * Purpose:   scope, join and flow of docs/engine/rules.md 3, 4 and 7 as pure
 *            functions: no store, no connector, no I/O.  The engine's sync
 *            step asks in the order of rules.md section 2.
 * Touches:   model/, expr/, rules/rule.h.
 * Ownership: a plan is immutable and counted by reference; it borrows what
 *            struct plan_input names (rules, schemas, parameters, names), which
 *            must live longer.  What a call returns lives in the arena given,
 *            or borrows from its input.
 * Errors:    ERR_CONFIG at building (every problem is told, see
 *            struct plan_problem); ERR_RULE at evaluation, with err.type the
 *            record name ("sync-rule-error-function-triggered", ...) and the
 *            text naming rule, attribute and position.
 */
#ifndef RULES_PLAN_H
#define RULES_PLAN_H

#include "expr/expr.h"
#include "model/attrs.h"
#include "rules/rule.h"

struct plan;

/* ---- Building ---- */

struct plan_connector {
	struct text name;
	struct text kind;
	const struct schema *schema; /* NULL: not known, names unchecked */
	struct text id; /* "{guid}"; empty: the name stands for it */
	/* Names of its partitions; empty: not known. */
	const struct text *partitions;
	size_t partition_count;
	/* %parameters% of the connector: pairs of name and value; of one of its
	 * partitions: "name@partition". */
	const struct text *params; /* 2 * param_count texts */
	size_t param_count;
	/* Go before all others: `rule test` alone. */
	const struct text *overrides; /* 2 * override_count texts */
	size_t override_count;
};

struct plan_problem {
	bool blocks; /* else a warning */
	struct text file;
	int line;
	struct text rule;
	struct text attribute;
	size_t position; /* in the expression, from 1; 0 none */
	struct text text;
};

struct plan_input {
	struct names *names;
	const struct rule *rules;
	size_t rule_count;
	const struct plan_connector *connectors;
	size_t connector_count;
	const struct schema *mv_schema;
	/* %parameters% that the administrator set, for every connector. */
	const struct text *params;
	size_t param_count;
};

/* ERR_CONFIG when any problem blocks; *out_problems (in a) holds all. */
int plan_build(const struct plan_input *in, struct arena *a, struct plan **out,
    struct plan_problem **out_problems, size_t *out_problem_count) MUST_CHECK;

/* Expressions of a rule alone, without a site to build it for: tell each that
 * no run could read, with the position in it.  ERR_NOMEM. */
int rule_check_expressions(const struct rule *r, struct names *names,
    struct arena *a,
    void (*tell)(void *ctx, const struct flow *f, size_t at, const char *why),
    void *ctx) MUST_CHECK;

struct plan *plan_ref(struct plan *p);
struct plan *plan_free(struct plan *p); /* drops one reference */
DEFINE_CLEANUP(plan, plan_free);

const struct schema *plan_mv_schema(const struct plan *p);

/* A compiled rule; order of lists is rising precedence. */
struct plan_rule {
	const struct rule *rule;
	size_t connector; /* index into plan_input.connectors */
	size_t index;     /* of the rule, unique in the plan */
	const void *code; /* rules/ alone knows */
};

/* Rules of a connector and direction for a source type (inbound: CS type;
 * outbound: MV type), "*" included. */
int plan_rules(const struct plan *p, size_t connector,
    enum rule_direction direction, uint32_t source_type,
    const struct plan_rule *const **out, size_t *out_count) MUST_CHECK;

/* Every rule of the plan, by precedence. */
const struct plan_rule *const *plan_all(const struct plan *p, size_t *count);

/* Attributes of the connector that some rule reads or joins on, for imports:
 * sorted, no doubles. */
const uint32_t *plan_wanted(
    const struct plan *p, size_t connector, size_t *count);

/* What inbound rules of the connector do with an attribute of references. */
enum plan_read {
	PLAN_READ_NOT,
	PLAN_READ_VALUES, /* flow it, or count its values */
	PLAN_READ_NAMES,  /* look at what the targets are called */
};
enum plan_read plan_reads(
    const struct plan *p, size_t connector, uint32_t name);

/* Attributes in join clauses: of connector spaces, and of the metaverse. */
const uint32_t *plan_join_cs(const struct plan *p, size_t *count);
const uint32_t *plan_join_mv(const struct plan *p, size_t *count);

/* A digest of everything that decides, in hex: what changed needs a full
 * synchronisation. */
struct text plan_digest(const struct plan *p, size_t connector);

/* ---- Evaluating ---- */

/* Where in the rules an error is. */
struct plan_where {
	const struct rule *rule; /* NULL: of none */
	uint32_t attribute;      /* 0: of none */
	size_t position;         /* in the expression, from 1; 0 none */
};

/* What a rule reads.  Inbound: attrs is the top of the tower, imported the
 * imported view; outbound: both the metaverse object's values.  Reference
 * values are by REF_ID, with the DN in text where plan_reads() says that it is
 * read; unresolved ones (placeholders) are there too, with id of the
 * placeholder: ValueCount() counts them. */
struct plan_source {
	const struct attrs *attrs;
	const struct attrs *imported;
	struct text dn;        /* inbound: of the CS object; outbound: empty */
	size_t connector;      /* whose parameters hold */
	struct text partition; /* for Domain.*; empty: none */
	/* ISMEMBEROF: asks whether the object is a direct member of the group
	 * with this DN; NULL: false. */
	bool (*member_of)(void *ctx, struct text group_dn);
	void *ctx;
	/* Filled at an error; NULL: not wanted. */
	struct plan_where *where;
	/* For what a clause needs for a moment; NULL: the heap. */
	struct arena *scratch;
	/* What expressions gave for this source, to be given again; NULL: each
	 * is run each time. */
	struct flow_memo *memo;
};

/* A memo for the sources of one direction and connector, in a, where the
 * results of plan_flow() that use it must live too.  It may go from a source
 * to its next state (the object after a change): what reads an attribute that
 * differs is run again.  So attrs and imported are not changed in place while
 * there is one; a changed object is another struct attrs.  NULL: no memory. */
struct flow_memo *flow_memo_new(const struct plan *p, size_t connector,
    enum rule_direction direction, struct arena *a) MUST_CHECK;

/* 1 in scope, 0 not, negative: the clause cannot be evaluated. */
int plan_in_scope(const struct plan *p, const struct plan_rule *r,
    const struct plan_source *src, struct err *e) MUST_CHECK;

/* Of one group of a scope, the first clause that does not hold. */
struct plan_miss {
	const struct scope_clause *clause;
	struct text value; /* of the clause, with its %parameters% filled in */
	const struct attr *has; /* what the object has; NULL: no value */
	size_t met, of; /* clauses of the group before it; all of them */
};

/* One for each group, in the order of the rule; *out_count 0: r is in scope.
 * In src->scratch, which must be there.  For people. */
int plan_scope_misses(const struct plan *p, const struct plan_rule *r,
    const struct plan_source *src, struct plan_miss **out, size_t *out_count,
    struct err *e) MUST_CHECK;

/* 1 when the object on both sides of the pair satisfies the group; case and
 * type rules of rules.md 4.1.  References are equal by identity: cs side
 * values carry the MV id of their target in id. */
int plan_join_matches(const struct join_group *g, const struct attrs *cs,
    const struct attrs *mv) MUST_CHECK;

/* Whether some attribute used in the join criteria has a value on the source
 * side (docs/engine/rules.md 5, inbound Provision); true for no criteria. */
bool plan_join_has_value(const struct plan_rule *r, const struct attrs *source);

/* One rule that contributes, with what it reads.  Sorted by precedence by the
 * callee. */
struct flow_input {
	const struct plan_rule *rule;
	const struct plan_source *src;
	int64_t origin; /* the CS object it reads (inbound), given back */
	bool created; /* the target was made in this pass: execute-once runs */
	/* What the mapping to target gave when the target was made, for one
	 * that applies once; NULL, or giving NULL: nothing. */
	const struct attr *(*gave)(
	    void *ctx, const struct flow_input *in, uint32_t target);
	void *gave_ctx;
};

enum flow_outcome {
	FLOW_LEAVE = 0,  /* as it is: all were IgnoreThisFlow */
	FLOW_REMOVE = 1, /* no value */
	FLOW_VALUE = 2,
	FLOW_MERGED = 3, /* outbound merge: union with what is there */
};

struct flow_result {
	uint32_t target;
	enum flow_outcome outcome;
	struct value *values;
	size_t count;
	const struct plan_rule *rule; /* the winner; of a merge the first */
	int64_t origin;
	bool kept; /* applied once, earlier: as the target has it */
};

struct flow_request {
	const struct plan *plan;
	enum rule_direction direction;
	const struct flow_input *inputs;
	size_t input_count;
	/* Types and single or multi of the targets: the metaverse's schema or
	 * the connector's; NULL: take what comes. */
	const struct schema *schema;
	/* 0: every target attribute that some input has; else this alone. */
	uint32_t only;
	int64_t now_ms; /* Now(): one value for the whole pass */
};

/* One result a target attribute, sorted by attribute. */
int plan_flow(const struct flow_request *req, struct arena *a,
    struct flow_result **out, size_t *out_count, struct err *e) MUST_CHECK;

/* Explains: the same, telling each mapping that was looked at.  For preview
 * and rule test. */
enum flow_status {
	FLOW_APPLIED = 1,
	FLOW_SKIPPED_BY_PRECEDENCE = 2,
	FLOW_IGNORED = 3, /* IgnoreThisFlow, or execute-once */
	FLOW_WAS_NULL = 4,
	FLOW_FAILED = 5, /* the error that ended the walk */
};
struct flow_trace {
	const struct plan_rule *rule;
	const struct flow *flow;
	int64_t origin;
	enum flow_status status;
	struct value *values;
	size_t count;
	const struct expr_step *steps; /* of its expression, innermost first */
	size_t step_count;
};

/* The list is there after an error too: it ends where the error was. */
int plan_flow_trace(const struct flow_request *req, struct arena *a,
    struct flow_trace **out, size_t *out_count, struct err *e) MUST_CHECK;

#endif /* RULES_PLAN_H */
