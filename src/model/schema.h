/*
 * model/schema.h -- which attributes and object types a directory has.
 *
 * Purpose:   the type, and one value or many, of each attribute: of a
 *            connected directory, and of the metaverse.
 * Touches:   model/names.h, model/value.h.
 * Ownership: a struct schema owns its tables; schema_free().
 * Errors:    ERR_NOMEM, ERR_EXIST (an attribute declared twice differently).
 */
#ifndef MODEL_SCHEMA_H
#define MODEL_SCHEMA_H

#include "model/names.h"
#include "model/value.h"

struct schema_attr {
	uint32_t name;
	enum value_type type;
	bool multi;
	bool read_only; /* the directory sets it */
	bool indexed;   /* metaverse: at most 448 characters, joins use it */
};

struct schema;

struct schema *schema_new(void);
struct schema *schema_free(struct schema *s);
DEFINE_CLEANUP(schema, schema_free);

/* The same declaration twice is no error. */
int schema_add(
    struct schema *s, struct schema_attr attr, struct err *e) MUST_CHECK;
/* The same, in the place of what was declared before. */
int schema_set(struct schema *s, struct schema_attr attr) MUST_CHECK;
const struct schema_attr *schema_find(const struct schema *s, uint32_t name);
size_t schema_count(const struct schema *s);
const struct schema_attr *schema_at(const struct schema *s, size_t i);

/* Object types ("user", "group"). */
int schema_add_type(struct schema *s, uint32_t type) MUST_CHECK;
bool schema_has_type(const struct schema *s, uint32_t type);
size_t schema_type_count(const struct schema *s);
uint32_t schema_type_at(const struct schema *s, size_t i);

#endif /* MODEL_SCHEMA_H */
