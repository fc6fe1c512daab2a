/*
 * rules/confsrc.h -- a configuration of any form that can be read.
 *
 * Purpose:   one view of a Causeway directory, an export of the vendor's
 *            server or of its predecessors, and a rule editor's script, for
 *            what compares and converts them.
 * Touches:   conf/, rules/; the files named.
 * Ownership: in the arena and names given; confsrc_clear() frees the rest.
 * Errors:    ERR_CONFIG with every problem in source->problems, ERR_NOENT,
 *            ERR_UNSUPPORTED where it is none of the forms, ERR_NOMEM.
 */
#ifndef RULES_CONFSRC_H
#define RULES_CONFSRC_H

#include "conf/conf.h"
#include "rules/ruleset.h"
#include "rules/vendor/vendor.h"

enum confsrc_form {
	CONFSRC_CAUSEWAY = 1,
	CONFSRC_EXPORT,     /* of the vendor's server */
	CONFSRC_POWERSHELL, /* of its rule editor */
	CONFSRC_FIM,        /* of FIM, MIM and DirSync */
	CONFSRC_POLICY,     /* settings JSON of the vendor's server */
};

struct confsrc_connector {
	struct text name; /* as in the rules */
	struct text kind; /* "ad", "graph", ...; empty: not known */
	struct text id;   /* its GUID in the source; empty: none */
	struct conf_texts known_as;
	struct conf_partitions partitions;
	struct conf_texts classes;    /* object types that are read */
	struct conf_texts attributes; /* that are selected; none: not known */
	struct conf_map settings;     /* what else there is, by name */
	const struct vendor_connector *vendor; /* of the forms that have it */
};

struct confsrc {
	enum confsrc_form form;
	struct text path;
	struct names *names;
	struct arena *arena;

	const struct rule *rules; /* by precedence */
	size_t rule_count;
	const struct schema *mv; /* NULL: not known */
	struct confsrc_connector *connectors;
	size_t connector_count;
	/* Names that every form shares ("staging", "guard.deletions",
	 * "schedule.interval"), then those of the form itself. */
	struct conf_map settings;

	struct plan_problem *problems;
	size_t problem_count;

	struct conf *conf;    /* CONFSRC_CAUSEWAY */
	struct vendor vendor; /* CONFSRC_EXPORT, _FIM, _POLICY */
	struct ruleset set;
};

/* Both sides of a comparison share names.  To be cleared in any case. */
int confsrc_open(const char *path, struct names *names, struct arena *a,
    struct confsrc *out, struct err *e) MUST_CHECK;
/* One of another system's forms from texts; path is for the messages.  With
 * ERR_CONFIG out has what could be read. */
struct confsrc_texts {
	const char *path;
	const struct vendor_text *items; /* a script or JSON: one */
	size_t count;
};
int confsrc_read(enum confsrc_form form, const struct confsrc_texts *files,
    struct names *names, struct arena *a, struct confsrc *out,
    struct err *e) MUST_CHECK;
void confsrc_clear(struct confsrc *s);
const char *confsrc_form_name(enum confsrc_form form);

/* NULL: there is none of that name. */
const struct confsrc_connector *confsrc_connector_find(
    const struct confsrc *s, struct text name);

/* Which connector of b is which of a: out[i] is the index in b of a's i-th,
 * or b's count.  By GUID, else kind and name, else the only one of a kind,
 * else (where the kind is not known) by the rules they have in common. */
int confsrc_match(const struct confsrc *a, const struct confsrc *b,
    struct arena *arena, size_t **out) MUST_CHECK;

#endif /* RULES_CONFSRC_H */
