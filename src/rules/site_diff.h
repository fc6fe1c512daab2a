/*
 * rules/site_diff.h -- what differs between two configurations of any form.
 *
 * Purpose:   connectors, partitions, containers, object types, settings and
 *            rules of one beside those of the other.
 * Touches:   rules/confsrc.h, rules/compare.h.
 * Ownership: results live in the arena given and borrow from both sources.
 * Errors:    ERR_NOMEM.
 */
#ifndef RULES_SITE_DIFF_H
#define RULES_SITE_DIFF_H

#include "rules/compare.h"
#include "rules/confsrc.h"

struct setting_change {
	struct text name; /* "staging"; "DC=x: include"; "object types" */
	enum change_kind kind;
	struct text before, after;
};

struct setting_changes {
	struct setting_change *items;
	size_t count, size;
};

struct connector_pair {
	const struct confsrc_connector *a, *b; /* NULL: there is none */
	struct setting_changes changes;
};

struct site_diff {
	struct connector_pair *connectors;
	size_t connector_count;
	struct setting_changes settings;
	struct rule_pair *rules;
	size_t rule_count;
};

/* Settings that one form has and the other has not are no difference. */
int site_compare(const struct confsrc *a, const struct confsrc *b,
    struct arena *arena, struct site_diff *out) MUST_CHECK;

/* Whether there is anything to say; rules that only moved with their
 * neighbours are no difference. */
bool site_differs(const struct site_diff *d);
bool rule_pair_differs(const struct rule_pair *p);

#endif /* RULES_SITE_DIFF_H */
