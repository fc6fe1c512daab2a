/*
 * store/sqlite/migrate.h -- the numbered steps that make the schema.
 *
 * Purpose:   a file of any older version becomes one of this version.
 * Touches:   the text of store/migrations/, compiled in.
 * Errors:    ERR_STORE, ERR_NOSPACE, ERR_VERSION.
 */
#ifndef STORE_SQLITE_MIGRATE_H
#define STORE_SQLITE_MIGRATE_H

#include "base/err.h"

struct store;

extern const char *const migrate_steps[];
extern const int migrate_count;         /* also the version of the schema */
extern const char *const migrate_fresh; /* what all steps come to */
extern const char *const migrate_indexes;

/* From the version that is there to migrate_count, and the indexes that are
 * missing (all in a new file; those of a first load that was cut off); in one
 * transaction.  Nothing is written where nothing is to do. */
int migrate_run(struct store *s, struct err *e) MUST_CHECK;

#endif /* STORE_SQLITE_MIGRATE_H */
