/*
 * store/sqlite/mv_int.h -- reference rows of metaverse objects.
 *
 * Purpose:   references of an object as part of its values.
 * Touches:   store/sqlite/sqlite_int.h.  For this folder alone.
 */
#ifndef STORE_SQLITE_MV_INT_H
#define STORE_SQLITE_MV_INT_H

#include "store/sqlite/sqlite_int.h"

/* Adds the rows of id to values. */
int mv_refs_load(struct store *s, struct arena *a, int64_t id,
    struct attrs *values, struct err *e) MUST_CHECK;

/* Adds a row for each reference in values (by REF_ID) of a new object. */
int mv_refs_add(struct store *s, int64_t id, const struct attrs *values,
    struct err *e) MUST_CHECK;

/* Makes the rows of id equal to the references in values (by REF_ID). */
int mv_refs_store(struct store *s, int64_t id, const struct attrs *values,
    struct err *e) MUST_CHECK;

#endif /* STORE_SQLITE_MV_INT_H */
