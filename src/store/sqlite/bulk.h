/*
 * store/sqlite/bulk.h -- the first load of an empty connector space.
 *
 * Purpose:   the indexes on cs and on targets of references are dropped at the
 *            first object and made again in one sorting each as soon as
 *            somebody needs them; until then anchors and DNs are found through
 *            a table in memory of bounded size.  Rows that nobody asks for yet
 *            are written many at a time (later.h).
 * Touches:   store/sqlite/sqlite_int.h.  For this folder alone.
 * Safety:    dropping and making are in transactions.  A load that was cut
 *            off leaves a store without these indexes: migrate_run() makes
 *            them when it is next opened for writing, and readers do without.
 *            Only under the run lock: nobody else writes meanwhile.
 */
#ifndef STORE_SQLITE_BULK_H
#define STORE_SQLITE_BULK_H

#include "store/sqlite/sqlite_int.h"

/* At an insert: begins where no object was ever there. */
int bulk_consider(struct store *s, struct err *e) MUST_CHECK;

/* Makes the indexes and forgets the table; in the caller's transaction, or in
 * one of its own. */
int bulk_finish(struct store *s, struct err *e) MUST_CHECK;
void bulk_drop(struct store *s);

/* After a rollback, to a save point or of all, that took the indexes back. */
int bulk_mend(struct store *s, struct err *e) MUST_CHECK;

/* The keys of a row that was written.  Keys it had before stay in the table:
 * bulk_unsure(), and whoever finds one looks at the row. */
int bulk_note(
    struct store *s, const struct cs_row *row, struct err *e) MUST_CHECK;

/* The id that has the key; *out stays where there is none. */
int bulk_lookup(struct store *s, const struct cs_at *at, int64_t *out,
    struct err *e) MUST_CHECK;

/* A key that was noted has no row any more, or another one. */
void bulk_unsure(struct store *s);

/* The ids that may have the key, one by one; 0 at the end. */
struct key_probe;
int bulk_probe(struct store *s, const struct cs_at *at, struct key_probe *out,
    struct err *e) MUST_CHECK;
int64_t bulk_next(const struct store *s, struct key_probe *p);

/* During a load: rows of a new object, written before anybody asks for them. */
struct pairs;
int bulk_refs(struct store *s, int64_t owner, const struct pairs *rows,
    struct err *e) MUST_CHECK;
int bulk_join(struct store *s, struct join_owner owner,
    const struct join_entry *x, struct err *e) MUST_CHECK;
/* Writes what waits; a statement that does not read it may go before. */
int bulk_write(struct store *s, struct err *e) MUST_CHECK;
int bulk_write_for(struct store *s, const char *sql, struct err *e) MUST_CHECK;
/* The transaction, or all since the save point, is taken back. */
void bulk_undone(struct store *s);

#endif /* STORE_SQLITE_BULK_H */
