/*
 * rules/compare.h -- what differs between two rules, and between two sets.
 *
 * Purpose:   rules of different installations are matched by what people call
 *            them (name, connector, tag without its number), never by id, and
 *            compared by field, condition and flow.
 * Touches:   rules/rule.h.
 * Ownership: results live in the arena given and borrow from the rules.
 * Errors:    ERR_NOMEM.
 */
#ifndef RULES_COMPARE_H
#define RULES_COMPARE_H

#include "base/buf.h"
#include "rules/rule.h"

enum change_kind {
	CHANGE_ADDED = 1,
	CHANGE_REMOVED,
	CHANGE_CHANGED,
};

enum change_part {
	PART_FIELD = 1, /* name says which: "link", "precedence", ... */
	PART_SCOPE,     /* a group of clauses */
	PART_JOIN,      /* a group of clauses; changed: their order */
	PART_FLOW,      /* name is the target attribute */
};

struct rule_change {
	enum change_kind kind;
	enum change_part part;
	struct text name;
	struct text before, after; /* as people read it; empty: none */
	/* A precedence that moved with its neighbours: the order is the same.
	 */
	bool moved;
};

struct rule_changes {
	struct rule_change *items;
	size_t count, size;
};

/* Both rules have their names in names.  Ids, files and lines are no
 * difference, blanks in expressions neither. */
int rule_compare(const struct names *names, const struct rule *a,
    const struct rule *b, struct arena *arena,
    struct rule_changes *out) MUST_CHECK;

/* "User Join", in: a rule of set a, its like in set b, or one of them. */
struct rule_pair {
	const struct rule *a, *b; /* NULL: there is none */
	bool renamed;             /* alike in all but the name */
	struct rule_changes changes;
};

struct rule_side {
	const struct rule *rules;
	size_t count;
	/* What the connector is called on both sides: equal texts are the same
	 * connector. */
	struct text (*connector)(void *ctx, struct text name);
	void *ctx;
};

/* Every rule of both sides is in one pair: those of a in their order, then
 * what b has besides. */
int rules_compare(const struct names *names, const struct rule_side *a,
    const struct rule_side *b, struct arena *arena, struct rule_pair **out,
    size_t *out_count) MUST_CHECK;

/* One clause, one flow, as people read it. */
struct text scope_clause_text(
    const struct names *names, const struct scope_clause *c, struct arena *a);
struct text join_clause_text(
    const struct names *names, const struct join_clause *c, struct arena *a);
struct text flow_text(
    const struct names *names, const struct flow *f, struct arena *a);

#endif /* RULES_COMPARE_H */
