/*
 * tenant/sync_check.h -- which attributes and values the service takes.
 *
 * Purpose:   the schema of what can be exported, the rules of single values,
 *            counts and sizes of a whole object, the rules of source anchors.
 * Touches:   tenant/syncobj.h, tenant/value.h.
 * Ownership: values live in the arena of the call.
 * Errors:    a refusal is in the result (0 is returned); ERR_NOMEM.
 */
#ifndef TENANT_SYNC_CHECK_H
#define TENANT_SYNC_CHECK_H

#include "tenant/syncobj.h"

#define SYNC_EXTENSION_MAX 256U /* characters, or octets of a binary one */

enum sync_form {
	SYNC_IS_TEXT,
	SYNC_IS_TEXTS,
	SYNC_IS_FLAG,
	SYNC_IS_NUMBER,
	SYNC_IS_OCTETS,
	SYNC_IS_OCTETS_LIST,
	SYNC_IS_REF,
	SYNC_IS_REFS,
	SYNC_IS_EXTENSION, /* whatever type was sent */
};

enum sync_check {
	CHECK_ANY = 0,
	CHECK_UPN,
	CHECK_PROXIES,
	CHECK_MAIL,
	CHECK_NICKNAME,
	CHECK_TARGET,
	CHECK_TRIMMED,
	CHECK_COUNTRY,
	CHECK_USER_TYPE,
};

struct sync_rule {
	const char *name;
	enum sync_form form;
	unsigned kinds; /* of objects, a bit each */
	unsigned max;
	enum sync_check check;
	unsigned items;
};

/* NULL where no object has it; names in any case. */
const struct sync_rule *sync_rule_of(struct text name);
const struct sync_rule *sync_rule_at(size_t i); /* NULL behind the last */

/* The attribute in the type that the schema gives it; refuses one that objects
 * of the kind do not have, and values that break a rule. */
int sync_check_attr(struct sync_call *c, enum entity kind,
    const struct sync_attr *in, struct sync_attr *out_v,
    struct sync_item_result *out) MUST_CHECK;

/* What can be told only of the object as it will be: counts, sizes, what is
 * needed. */
struct sync_before {
	const struct json *old; /* exported values, NULL: none */
	bool is_new;
};
int sync_check_whole(struct sync_call *c, const struct syncobj *s,
    const struct sync_before *b, struct sync_item_result *out) MUST_CHECK;

/* Section 2: length and characters. */
int sync_check_anchor(struct sync_call *c, struct text anchor,
    struct sync_item_result *out) MUST_CHECK;

#endif /* TENANT_SYNC_CHECK_H */
