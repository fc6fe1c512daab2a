/*
 * conf/conf_int.h -- the form of the table of settings, and the loader.
 *
 * Touches: codec/yaml.h.
 */
#ifndef CONF_CONF_INT_H
#define CONF_CONF_INT_H

#include "codec/yaml.h"
#include "conf/conf.h"

#define CONF_MAX_BYTES (1U << 20)
#define CONF_MAX_TEXT  4096U
#define CONF_MAX_ITEMS 10000U

#define KIND(k)       (1U << CONF_KIND_##k)
#define KINDS_LDAP    (KIND(AD) | KIND(LDAP))
#define KINDS_CLOUD   (KIND(GRAPH) | KIND(SYNC))
#define KINDS_UNKNOWN 0U

/* What a value may be, and what it is read into. */
enum setting_type {
	SETTING_TEXT,     /* struct text */
	SETTING_PATH,     /* struct text, made absolute */
	SETTING_FILTER,   /* struct text: an LDAP filter in normal form */
	SETTING_SECRET,   /* struct text: a reference */
	SETTING_BOOL,     /* bool */
	SETTING_INT,      /* int64_t */
	SETTING_DURATION, /* int64_t, milliseconds */
	SETTING_ENUM,     /* int: index into choices */
	SETTING_TEXTS,    /* struct conf_texts; one text is a list of one */
	SETTING_MAP,      /* struct conf_map */
	SETTING_SECTION,  /* the section's struct */
	SETTING_SECTIONS, /* pointer and count of such structs */
};

struct setting {
	const char *name;
	enum setting_type type;
	bool required;
	bool may_be_off;       /* numbers and durations */
	unsigned kinds;        /* of connectors; 0: wherever it stands */
	const char *otherwise; /* the default as it would be written */
	int64_t min, max;
	const char *const *choices; /* of a text or of each; ends in NULL */
	const struct section *section;
	size_t offset;
	const char *help; /* one sentence, no full stop */
};

struct section {
	const struct setting *settings;
	size_t count;
	size_t size; /* of the struct it is read into */
};

/* In the order of enum conf_kind; ends in NULL. */
extern const char *const conf_kinds[];

extern const struct section section_top;
extern const struct section section_default_rules;

struct loader {
	struct arena *arena;
	const char *path;
	struct text dir;
	unsigned kinds; /* the kind of the connector being read, as a mask */
	struct conf_problems *problems;
	bool blocked;
	bool no_memory;
	const struct yaml_node *connectors;
};

/* Whether s is a setting where the connector is one of kinds. */
static inline bool
setting_applies(const struct setting *s, unsigned kinds)
{
	return s->kinds == 0 || (s->kinds & kinds) != 0;
}

const struct setting *setting_find(
    const struct section *section, unsigned mask, struct text name);

/* Notes a problem at a place (line 0: the whole file). */
void problem_add(struct loader *l, bool blocks, unsigned line, unsigned column,
    const char *fmt, ...) PRINTF(5, 6);

/* The same at the value of a setting. */
#define PROBLEM(l, n, ...) \
	problem_add((l), true, (n)->line, (n)->column, __VA_ARGS__)

/* Reads map along the table into out. */
void section_load(struct loader *l, const struct section *section,
    const struct yaml_node *map, void *out);

/* The value's node where it is set, else the connector's. */
static inline const struct yaml_node *
place(const struct yaml_node *n, const char *name)
{
	const struct yaml_node *value = yaml_get(n, name);

	return value != NULL ? value : n;
}

/* check_cloud.c: kinds graph and sync, and that each type has one way. */
void check_graph(struct loader *l, const struct conf_connector *k,
    const struct yaml_node *n);
void check_sync(struct loader *l, const struct conf_connector *k,
    const struct yaml_node *n);
void check_ways(struct loader *l, const struct conf *c);

/* What concerns more than one setting. */
void conf_check(struct loader *l, const struct conf *c);

#endif /* CONF_CONF_INT_H */
