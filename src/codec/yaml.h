/*
 * codec/yaml.h -- YAML text to a tree whose nodes know where they stood.
 *
 * Purpose:   the one door to the YAML library, for configuration and rules:
 *            maps, lists and scalars, and nothing that makes a file mean more
 *            than it says (no anchors, aliases, tags or second documents).
 * Touches:   libyaml.
 * Ownership: the tree and all its text live in the arena given.
 * Errors:    ERR_SYNTAX, ERR_LIMIT with "name:line:column: ", ERR_NOMEM.
 */
#ifndef CODEC_YAML_H
#define CODEC_YAML_H

#include "base/text.h"

#define YAML_MAX_DEPTH 32U
#define YAML_MAX_NODES 500000U
#define YAML_MAX_BYTES (16U << 20)

enum yaml_kind {
	YAML_SCALAR,
	YAML_LIST,
	YAML_MAP,
};

struct yaml_node {
	enum yaml_kind kind;
	bool quoted;           /* a scalar in quotes, or a block of | or > */
	unsigned line, column; /* from 1 */
	struct text text;      /* of a scalar, with a zero byte behind it */

	/* in a map: the key and its place */
	struct text key;
	unsigned key_line, key_column;

	const struct yaml_node *first; /* items of a list, members of a map */
	const struct yaml_node *next;  /* sibling, in document order */
	size_t count;                  /* items or members */
};

/* name is used in error texts alone.  A repeated key is an error that names
 * both lines; a file with nothing in it gives a map without members. */
int yaml_parse(struct arena *a, const char *name, struct text in,
    const struct yaml_node **out_root, struct err *e) MUST_CHECK;

/* The member of a map; NULL where there is none or n is no map (or NULL). */
const struct yaml_node *yaml_get(const struct yaml_node *n, const char *key);

/* An empty scalar without quotes, "~" or "null": a key without a value. */
bool yaml_is_null(const struct yaml_node *n);

/* Scalars without quotes.  ERR_TYPE where it is something else, ERR_LIMIT
 * for a number of more than 64 bits.  A boolean is true or false: what YAML
 * 1.1 took besides (yes, no, on, off) is text. */
int yaml_to_bool(const struct yaml_node *n, bool *out_b) MUST_CHECK;
int yaml_to_int64(const struct yaml_node *n, int64_t *out_n) MUST_CHECK;

#endif /* CODEC_YAML_H */
