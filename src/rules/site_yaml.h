/*
 * rules/site_yaml.h -- a configuration of any form as files of our own.
 *
 * Purpose:   causeway.yaml and files of rules that read back to the same
 *            configuration, with a comment where each rule came from, and a
 *            list of what a person has to fill in.
 * Touches:   rules/confsrc.h; nothing outside memory.
 * Ownership: everything in the arena given.
 * Errors:    ERR_NOMEM, ERR_LIMIT.
 */
#ifndef RULES_SITE_YAML_H
#define RULES_SITE_YAML_H

#include "rules/confsrc.h"

struct site_file {
	const char *name; /* "causeway.yaml", "rules/10-corp-in.yaml" */
	struct text text;
};

struct site_files {
	struct site_file *items;
	size_t count;
	/* What the source does not tell, one sentence each. */
	struct conf_texts open;
};

/* connectors: GUID or name in the source, and the name it is to get; NULL:
 * none.  A script makes rules alone, and all its connectors must be named. */
int site_yaml(const struct confsrc *s, const struct conf_map *connectors,
    struct site_files *out, struct err *e) MUST_CHECK;

struct site_how {
	const struct conf_map *connectors; /* as above */
	const char *cloud;                 /* its kind: "graph" or "sync" */
	const char *secrets; /* where references lead: "file", "env",
				"credential" */
	struct text more;    /* lines for causeway.yaml */
	/* What stands above a rule besides where it came from; empty:
	 * nothing.  NULL: nothing above any. */
	struct text (*note)(void *ctx, const struct rule *rule);
	void *ctx;
};

/* The same, told more of it. */
int site_yaml_how(const struct confsrc *s, const struct site_how *how,
    struct site_files *out, struct err *e) MUST_CHECK;

#endif /* RULES_SITE_YAML_H */
