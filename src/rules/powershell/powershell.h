/*
 * rules/powershell/powershell.h -- the rule editor's PowerShell export.
 *
 * Purpose:   `New-ADSyncRule ... Add-ADSyncRule` to struct rule and back.
 *            The text is read as data: nothing is executed, and a script that
 *            does anything else is refused by line and word.
 * Touches:   rules/rule.h, codec/encoding.h.
 * Ownership: everything in the arena given.
 * Errors:    every problem as a struct plan_problem with file and line.
 * Source:    docs/engine/formats.md 2.1.
 */
#ifndef RULES_POWERSHELL_H
#define RULES_POWERSHELL_H

#include "base/buf.h"
#include "rules/plan.h"

#define POWERSHELL_MAX_BYTES (16U << 20)

struct rule_list {
	struct rule *rules; /* their connector is what -Connector says: a GUID
			       in lower case with braces */
	size_t count;
	struct plan_problem *problems;
	size_t problem_count;
};

/* name is for the messages.  ERR_CONFIG when a problem blocks. */
int powershell_read(const char *name, struct text in, struct names *names,
    struct arena *a, struct rule_list *out) MUST_CHECK;

/* Rules in the form that the rule editor writes, which reads back to the same
 * rules.  connector_id gives what -Connector says of a rule's connector. */
struct powershell_output {
	struct names *names; /* what expressions read is looked up in it */
	struct text (*connector_id)(void *ctx, struct text connector);
	void *ctx;
};
int powershell_write(const struct powershell_output *how,
    const struct rule *rules, size_t count, struct buf *out) MUST_CHECK;

#endif /* RULES_POWERSHELL_H */
