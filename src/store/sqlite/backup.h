/*
 * store/sqlite/backup.h -- a copy of the store before its schema changes.
 *
 * Purpose:   what a migration would change is kept beside the store, so that
 *            the release before can be gone back to.
 * Touches:   <sqlite3.h>, the folder of the store.
 * Errors:    those of store_copy().
 */
#ifndef STORE_SQLITE_BACKUP_H
#define STORE_SQLITE_BACKUP_H

#include "base/err.h"

struct store;

/* Inside the transaction that is going to migrate: what was committed before
 * it, as PATH.schema-VERSION.TIME.  A store in memory has nothing to keep. */
int backup_take(struct store *s, int version, struct err *e) MUST_CHECK;

#endif /* STORE_SQLITE_BACKUP_H */
