/*
 * rules/words.h -- the words of a rule, as its forms spell them.
 *
 * Purpose:   one table for operators, link types, merge types and flow kinds,
 *            for readers and writers of every form.
 * Touches:   rules/rule.h.
 * Source:    docs/engine/rules.md 1, 3.1 and 7; docs/engine/formats.md 2.
 */
#ifndef RULES_WORDS_H
#define RULES_WORDS_H

#include "rules/rule.h"

/* Our own YAML, or what rule editor and server write. */
enum rule_form {
	FORM_YAML,
	FORM_VENDOR,
};

/* Exact spelling; *out_other: as some documents spell it ("ISNOTBITSET"). */
bool scope_op_find(struct text t, enum scope_op *out, bool *out_other);
const char *scope_op_text(enum scope_op op);
/* ISNULL and ISNOTNULL take no value, the two of groups no attribute. */
bool scope_op_has_value(enum scope_op op);
bool scope_op_has_name(enum scope_op op);

/* "provision" and "Provision": YAML is exact, the vendor's form is not. */
bool link_find(struct text t, enum rule_form form, enum rule_link *out);
const char *link_text(enum rule_link link, enum rule_form form);

/* "merge-nocase" and "MergeCaseInsensitive", likewise. */
bool merge_find(struct text t, enum rule_form form, enum flow_merge *out);
const char *merge_text(enum flow_merge merge, enum rule_form form);

/* "Direct", "Constant", "Expression", in any case. */
bool flow_kind_find(struct text t, enum flow_kind *out);
const char *flow_kind_text(enum flow_kind kind);

/* "Inbound", "Outbound", in any case; "in" and "out" of YAML are exact. */
bool direction_find(
    struct text t, enum rule_form form, enum rule_direction *out);
const char *direction_text(enum rule_direction d, enum rule_form form);

/* "Microsoft.InfromADUserJoin.003" without the number behind the last dot:
 * what names the same rule in another release or installation. */
struct text rule_tag_stem(struct text tag);

/* "0", "hh:mm:ss" or "d.hh:mm:ss", with a fraction perhaps; false where it is
 * none, or over 10,000 days. */
bool timespan_parse(struct text t, int64_t *out_ms);
/* "00:30:00", "7.00:00:00". */
void timespan_format(int64_t ms, char out[static 32]);

/* A GUID in lower case with braces, as rules are exported; other text as it
 * is. */
struct text rule_guid(struct arena *a, struct text t);

#endif /* RULES_WORDS_H */
