/*
 * store/idset.h -- sets of rows, one bit each.
 *
 * Purpose:   which rows a step has met, marked or tried: memory that hardly
 *            grows with the number of objects.
 * Touches:   store/store.h (struct seen_set).
 * Ownership: begins zeroed; idset_clear() frees.
 * Errors:    ERR_NOMEM.
 */
#ifndef STORE_IDSET_H
#define STORE_IDSET_H

#include "store/store.h"

/* 1: added, 0: was in it. */
int idset_add(struct seen_set *s, int64_t id) MUST_CHECK;
bool idset_has(const struct seen_set *s, int64_t id);
void idset_remove(struct seen_set *s, int64_t id);
void idset_clear(struct seen_set *s);

#endif /* STORE_IDSET_H */
