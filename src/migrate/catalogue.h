/*
 * migrate/catalogue.h -- whether a built-in rule of the vendor is as it came.
 *
 * Purpose:   digests of the parts of built-in rules by their tags: head,
 *            scope, join, and each flow.  A rule with a known tag is
 *            untouched or changed, and where it is changed the parts are
 *            named; of any other tag nobody can tell.
 * Touches:   rules/; base/hash.h.
 * Ownership: results live in the arena given.
 * Errors:    ERR_NOMEM.
 * Source:    catalogue.def holds digests and names of attributes, no text of
 *            any rule; catalogue-make (src/bin) makes it from an export.
 */
#ifndef MIGRATE_CATALOGUE_H
#define MIGRATE_CATALOGUE_H

#include "base/buf.h"
#include "conf/conf.h"
#include "rules/rule.h"

enum catalogue_part {
	CATALOGUE_TAG = 1, /* begins a rule; name is the tag */
	CATALOGUE_HEAD,    /* direction, types, link, password flag */
	CATALOGUE_SCOPE,
	CATALOGUE_JOIN,
	CATALOGUE_FLOW, /* name is the target attribute */
};

struct catalogue_row {
	enum catalogue_part part;
	const char *name;
	uint64_t digest;
};

enum catalogue_answer {
	CATALOGUE_UNTOUCHED,
	CATALOGUE_CHANGED,
	CATALOGUE_UNKNOWN, /* the tag, or what it was made for */
	CATALOGUE_NO_TAG,  /* none, or not one of the vendor's */
};

/* What the installation chose decides parts of built-in rules. */
struct catalogue_site {
	bool other_anchor; /* not objectGUID */
	bool other_upn;    /* not userPrincipalName */
	bool other_join;   /* users are not matched by SID */
	bool no_exchange;  /* the forest's schema has no mailNickname */
};

/* *out_detail: what differs, or why nobody can tell; sentences. */
int catalogue_ask(const struct names *names, const struct rule *rule,
    const struct catalogue_site *site, struct arena *a,
    enum catalogue_answer *out, struct conf_texts *out_detail) MUST_CHECK;

/* The rows of one rule as catalogue.def has them. */
int catalogue_write(const struct names *names, const struct rule *rule,
    struct arena *a, struct buf *out) MUST_CHECK;

#endif /* MIGRATE_CATALOGUE_H */
