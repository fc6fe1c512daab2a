/*
 * store/sqlite/later.h -- rows of a first load that are written many at a time.
 *
 * Purpose:   a statement costs SQLite as much as the row it writes.  While a
 *            connector space is loaded, references and join values of new
 *            objects wait here; one statement writes many.
 * Touches:   store/sqlite/sqlite_int.h.  For this folder alone.
 * Ownership: keys are copied.
 * Errors:    those of the store, at the writing.
 * Safety:    what waits belongs to the transaction that goes on.  It is written
 *            before that commits or sets a save point, and before any statement
 *            that names one of the two tables (query.c); it is dropped with a
 *            rollback.  So nobody reads a table without it.
 */
#ifndef STORE_SQLITE_LATER_H
#define STORE_SQLITE_LATER_H

#include "store/sqlite/sqlite_int.h"

struct pairs;
struct later; /* 2 MiB at most */

/* NULL: out of memory. */
struct later *later_new(void);
struct later *later_free(struct later *l);

/* Whether something waits; l may be NULL. */
bool later_waits(const struct later *l);
/* Whether the statement reads or writes what may wait. */
bool later_concerns(const char *sql);

/* An owner without rows, in order, each target once. */
int later_refs(struct store *s, struct later *l, int64_t owner,
    const struct pairs *rows, struct err *e) MUST_CHECK;
int later_join(struct store *s, struct later *l, struct join_owner owner,
    const struct join_entry *x, struct err *e) MUST_CHECK;

int later_write(struct store *s, struct later *l, struct err *e) MUST_CHECK;
void later_drop(struct later *l);

#endif /* STORE_SQLITE_LATER_H */
