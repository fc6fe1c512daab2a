/*
 * tenant/emit.h -- objects as Graph writes them.
 *
 * Purpose:   the properties asked for, in JSON, straight into a buffer.
 * Touches:   tenant/dirobj.h, codec/json.h.
 * Errors:    stick in the buffer.
 */
#ifndef TENANT_EMIT_H
#define TENANT_EMIT_H

#include "tenant/dirobj.h"

/* Values of directory extensions that an object may have, and a query name. */
#define EXTENSIONS_MAX 100U

/* Which properties: one bit a row of the entity's table. */
struct select {
	uint64_t bits[ENTITY_MAX + 1];
	unsigned links;    /* 1 << enum link_kind */
	struct text names; /* as they were asked for, empty: defaults */
	struct text extensions[EXTENSIONS_MAX];
	size_t nextensions;
};

/* Among the names of properties that a change had. */
#define CHANGED_EXTENSIONS "extension_"

/* "extension_<32 hex digits of an application>_<name>" */
bool extension_is_name(struct text name);
/* The value of one, its name in any case; NULL where there is none. */
const struct json *extension_value(const struct json *doc, struct text name);

/* The defaults of every entity. */
void select_defaults(struct select *s);

/* names: "displayName,id".  A name is known where any of the entities in
 * kinds (1 << enum entity) has it; *out_bad is the one that is not. */
int select_parse(struct select *s, struct text names, unsigned kinds,
    struct text *out_bad) MUST_CHECK;

/* True where no document has to be read. */
bool select_id_alone(const struct select *s);

void emit_text(struct buf *b, struct text t);
void emit_json(struct buf *b, const struct json *j);

enum emit_flag {
	EMIT_TYPE = 1 << 0,      /* with @odata.type */
	EMIT_ID = 1 << 1,        /* with id, selected or not */
	EMIT_SKIP_NULL = 1 << 2, /* without properties that have no value */
	EMIT_OPEN = 1 << 3,      /* without the closing brace */
};
/* context: value of @odata.context, or NULL. */
void emit_object(struct buf *b, const struct dirobj *o, const struct select *s,
    unsigned flags, const char *context);

/* "S-1-12-1-..." of an id. */
void emit_sid(const char *id, char out[static 64]);

#endif /* TENANT_EMIT_H */
