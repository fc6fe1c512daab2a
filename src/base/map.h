/*
 * base/map.h -- text to pointer, hashed.
 *
 * Purpose:   names to things, where there are more than a handful.
 * Touches:   malloc.
 * Ownership: keys are copied; what is mapped stays the caller's.
 * Errors:    ERR_NOMEM.
 */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/text.h"

struct map;

/* nocase: ASCII letters in keys are the same in either case. */
struct map *map_new(bool nocase);
struct map *map_free(struct map *m);
DEFINE_CLEANUP(map, map_free);

/* NULL where there is none. */
void *map_get(const struct map *m, struct text key);

/* Sets or replaces; value may be NULL, which is as if it were not there. */
int map_put(struct map *m, struct text key, void *value) MUST_CHECK;

size_t map_count(const struct map *m);

/* Visits every entry in no order; stop by returning non-zero, which is
 * returned. */
int map_each(const struct map *m,
    int (*visit)(void *ctx, struct text key, void *value), void *ctx);

#endif /* BASE_MAP_H */
