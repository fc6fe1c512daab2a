/*
 * migrate/lists.h -- lists of sentences and settings that grow.
 *
 * Purpose:   what analysis and import gather, a sentence at a time.
 * Touches:   conf/conf.h (the structs).
 * Ownership: everything in the arena given.
 * Errors:    ERR_NOMEM.
 */
#ifndef MIGRATE_LISTS_H
#define MIGRATE_LISTS_H

#include "conf/conf.h"

int texts_push(
    struct arena *a, struct conf_texts *list, struct text t) MUST_CHECK;
int texts_say(struct arena *a, struct conf_texts *list, const char *fmt, ...)
    PRINTF(3, 4) MUST_CHECK;
bool texts_have(const struct conf_texts *list, struct text t);
/* "a, b and 7 more" */
struct text texts_join(
    struct arena *a, const struct conf_texts *list, size_t most);

/* A second pair of a name replaces nothing: the first is found. */
int map_push(struct arena *a, struct conf_map *m, struct text name,
    struct text value) MUST_CHECK;
/* The empty text where there is none; names in any case. */
struct text map_value(const struct conf_map *m, const char *name);

#endif /* MIGRATE_LISTS_H */
