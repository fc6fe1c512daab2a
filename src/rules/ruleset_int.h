/*
 * rules/ruleset_int.h -- what the reader's files share.
 *
 * Purpose:   ruleset.c finds the files, expands rules over connectors and
 *            numbers them; rule_yaml.c reads one rule for one connector;
 *            expand.c knows what $(names) stand for.
 * Touches:   codec/yaml.h, conf/conf.h, rules/ruleset.h.
 */
#ifndef RULES_RULESET_INT_H
#define RULES_RULESET_INT_H

#include "codec/yaml.h"
#include "conf/conf.h"
#include "rules/ruleset.h"

#define RULESET_MAX_FILE  (1U << 20) /* bytes of one file */
#define RULESET_MAX_FILES 1000U
#define RULESET_MAX_ITEMS 5000U /* clauses or flows of one rule */
#define RULESET_MAX_DEPTH 8U    /* $(names) in each other */

/* A file of the built-in set; made at build from rules/default/. */
struct default_file {
	const char *name;
	const char *text;
	size_t len;
};
extern const struct default_file default_files[];
extern const size_t default_file_count;
extern const char default_rules_text[];
extern const size_t default_rules_len;

struct reader {
	const struct conf *conf;
	struct names *names;
	struct arena *arena;
	struct schema *mv;
	struct rule *rules;
	bool *numbered; /* rules whose file gives the precedence */
	size_t count;
	size_t size;
	struct plan_problem *problems;
	size_t problem_count;
	size_t problem_size;
	bool blocked;
	int failed; /* ERR_NOMEM sticks */
	/* the file at hand */
	struct text file;
	bool builtin;
	const struct yaml_node *define; /* its define: map, or NULL */
	/* the rule and connector at hand */
	struct text rule_name;
	const struct conf_connector *connector;
	size_t from;                        /* which of several types, from 0 */
	struct text each;                   /* which of for_each:, or empty */
	const struct yaml_node *rules_node; /* the file's list of rules */
};

void reader_problem(struct reader *r, bool blocks, unsigned line,
    struct text attribute, const char *fmt, ...) PRINTF(5, 6);

/* Replaces $(name): by a parameter of the connector, one for all, what follows
 * from the connector ("anchor", "connector", "kind", "kinds", "each"), a
 * setting of default_rules, or a define: of the file.  What is not known is a
 * problem. */
struct text reader_expand(struct reader *r, struct text t, unsigned line);
uint32_t reader_name(struct reader *r, struct text t, unsigned line);

/* Whether what stands at when: holds here; NULL does. */
bool reader_when(struct reader *r, const struct yaml_node *when);

/* Takes the next of "a, b" from *list; false: there is none. */
bool list_next(struct text *list, struct text *out);

/* Reads a rule for r->connector.  1: its when: does not hold here. */
int rule_read(struct reader *r, const struct yaml_node *n, struct rule *out,
    bool *out_numbered) MUST_CHECK;

/* "string", "reference list", "binary indexed": for metaverse:; "instead"
 * behind it: in the place of what is built in. */
bool metaverse_type(struct text t, struct schema_attr *out, bool *out_instead);

/* The attributes and types that are built in. */
int metaverse_fill(struct schema *s, struct names *names) MUST_CHECK;

#endif /* RULES_RULESET_INT_H */
