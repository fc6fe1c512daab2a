/*
 * rules/policy/policy_int.h -- what the files of this reader share.
 *
 * Purpose:   policy.c walks the document, rules.c reads one rule.
 * Touches:   rules/policy/policy.h, rules/vendor/vendor_int.h.
 */
#ifndef RULES_POLICY_INT_H
#define RULES_POLICY_INT_H

#include "codec/json.h"
#include "rules/policy/policy.h"
#include "rules/vendor/vendor_int.h"

#define POLICY_MAX_DEPTH 16U

struct policy {
	struct vendor *v;
	struct arena *a;
	struct vendor_file *f;
	const char *path; /* where in the document */
	const struct vendor_connector *connector;
	size_t settings_size;
};

/* Items of a list; what is no list is the only one.  0: nothing, or null. */
size_t policy_count(const struct json *j);
const struct json *policy_at(const struct json *j, size_t i);
/* Keys are the same in any case.  NULL where there is none. */
struct json *policy_get(const struct json *j, const char *key);
struct text policy_text(const struct json *j, const char *key);
/* A scalar as text, copied; lists of texts with ", " between. */
struct text policy_line(struct policy *p, const struct json *j);
/* Tells of members that are not among known (names with blanks between). */
int policy_unknown(
    struct policy *p, const struct json *j, const char *known) MUST_CHECK;
void policy_problem(struct policy *p, bool blocks, struct text attribute,
    const char *fmt, ...) PRINTF(4, 5);
/* p->path for the time of a member. */
const char *policy_enter(struct policy *p, const char *key, size_t index);

/* rules.c */
int policy_custom_rules(struct policy *p, const struct json *list) MUST_CHECK;
int policy_standard_rules(struct policy *p, const struct json *list) MUST_CHECK;

#endif /* RULES_POLICY_INT_H */
