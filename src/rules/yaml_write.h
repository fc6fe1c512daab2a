/*
 * rules/yaml_write.h -- rules in our own YAML, as a person would write them.
 *
 * Purpose:   what any reader made of a rule becomes a file that reads back to
 *            the same rule: defaults left out, equal flows grouped, a comment
 *            that says where each rule came from.
 * Touches:   rules/rule.h.
 * Errors:    ERR_NOMEM, ERR_LIMIT by the buffer.
 * Source:    docs/rules/format.md.
 */
#ifndef RULES_YAML_WRITE_H
#define RULES_YAML_WRITE_H

#include "base/buf.h"
#include "rules/rule.h"

/* "rules:" with the rules in their order.  origin: text for the comment of
 * each, or empty. */
struct yaml_rules {
	const struct names *names;
	struct text (*origin)(void *ctx, const struct rule *rule);
	void *ctx;
};
int yaml_write_rules(const struct yaml_rules *how,
    const struct rule *const *rules, size_t count, struct buf *out) MUST_CHECK;

/* "metaverse:" and "metaverse_types:": what the built-in schema lacks or has
 * otherwise; nothing is written where there is nothing. */
int yaml_write_metaverse(
    const struct schema *mv, struct names *names, struct buf *out) MUST_CHECK;

#endif /* RULES_YAML_WRITE_H */
