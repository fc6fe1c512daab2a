/*
 * tenant/tdb.h -- the tenant's database: statements, transactions, schema.
 *
 * Purpose:   the one place with SQL.  Objects are rows with a JSON document;
 *            links, unique values, looked-up values and changes have tables
 *            of their own, so that one more member costs one row.
 * Touches:   SQLite; the file given.
 * Ownership: tdb_open() .. tdb_close().  Column text is borrowed until the
 *            same statement runs again or the transaction ends.
 * Errors:    ERR_EXIST (a value that must be unique is there), ERR_BUSY,
 *            ERR_NOSPACE, ERR_STORE, ERR_VERSION (made by a newer release).
 */
#ifndef TENANT_TDB_H
#define TENANT_TDB_H

#include "base/text.h"

struct tdb;

enum tdb_sql {
	SQL_BEGIN,
	SQL_BEGIN_WRITE,
	SQL_COMMIT,
	SQL_ROLLBACK,
	SQL_SAVE,
	SQL_RELEASE,
	SQL_ROLLBACK_TO,

	SQL_META_GET,
	SQL_META_PUT,
	SQL_DOMAINS,
	SQL_DOMAIN_ADD,
	SQL_DOMAIN_REMOVE,
	SQL_APP_ADD,
	SQL_APP_GET,
	SQL_APPS,
	SQL_APP_SECRET_ADD,
	SQL_APP_SECRETS,
	SQL_APP_CERT_ADD,
	SQL_APP_CERTS,

	SQL_DEVICE_ADD,
	SQL_DEVICE_GET,
	SQL_DEVICE_APPROVE,
	SQL_DEVICE_DONE, /* and all that are too old */

	SQL_OBJECT_ADD,
	SQL_OBJECT_SAVE,
	SQL_OBJECT_BY_ID,
	SQL_OBJECT_BY_ROW,
	SQL_OBJECT_PAGE,  /* of a kind and state, behind a row */
	SQL_OBJECT_COUNT, /* of a kind and state */
	SQL_OBJECT_TOTAL,
	SQL_OBJECT_EXPIRED, /* deleted before, one */
	SQL_OBJECT_FORGET,  /* gone before */

	SQL_UNIQUE_ADD,
	SQL_UNIQUE_GET,
	SQL_UNIQUE_REMOVE,
	SQL_UNIQUE_RANGE,
	SQL_INDEX_ADD,
	SQL_INDEX_REMOVE,
	SQL_INDEX_EQUAL,
	SQL_INDEX_RANGE,

	SQL_REF_ADD,
	SQL_REF_REMOVE,
	SQL_REF_CLEAR, /* all of a kind and source */
	SQL_REF_HAS,
	SQL_REF_TARGETS, /* live ones of a source, behind a row */
	SQL_REF_SOURCES, /* live ones that name a target, behind a row */
	SQL_REF_COUNT,
	SQL_REF_ALL_SOURCES, /* kind and source, live or not */
	SQL_REF_DROP_SOURCE,
	SQL_REF_DROP_TARGET,

	SQL_CHANGE_ADD,
	SQL_CHANGE_LAST,
	SQL_CHANGE_OBJECTS, /* of a kind since, by their last change */
	SQL_CHANGE_PROPS,   /* names changed on an object since */
	SQL_CHANGE_LINKS,   /* links changed on an object since */
	SQL_CHANGE_TOTALS,
	SQL_CHANGE_PER_OBJECT,
	SQL_CHANGE_PRUNE,

	SQL_SYNC_PUT,
	SQL_SYNC_BY_ROW,
	SQL_SYNC_BY_ANCHOR, /* of a kind; the newest */
	SQL_SYNC_SINCE,     /* changed behind a place of the log, in order */
	SQL_SYNC_ALL,       /* behind a row */
	SQL_SYNC_COUNT,
	SQL_SYNC_STATE,
	SQL_CHANGE_MADE_SINCE,
	SQL_ROLE_ADD,
	SQL_ROLE_REMOVE,
	SQL_ROLES,
	SQL_ROLES_OF,
	SQL_SYNC_WAIT_ADD,
	SQL_SYNC_WAIT_FOR, /* links that wait for an anchor */
	SQL_SYNC_WAIT_CLEAR,
	SQL_SYNC_WAIT_DROP,
	SQL_QUARANTINE_DUE, /* a value came free */
	SQL_QUARANTINE_DUE_ALL,
	SQL_QUARANTINE_NEXT,
	SQL_QUARANTINE_SEEN,
	SQL_QUARANTINE_ADD,
	SQL_QUARANTINE_OF,
	SQL_QUARANTINE_ALL, /* behind a row */
	SQL_QUARANTINE_REMOVE,
	SQL_QUARANTINE_CLEAR,
	SQL_CREDENTIAL_PUT,
	SQL_CREDENTIAL_GET,
	SQL_N /* how many there are */
};

int tdb_open(const char *path, bool create, struct tdb **out_db,
    struct err *e) MUST_CHECK;
struct tdb *tdb_close(struct tdb *db);
DEFINE_CLEANUP(tdb, tdb_close);

/*
 * Runs a statement from its start; args has one letter for each value that
 * follows: i int64_t, t struct text, b struct text as blob, n (no value) NULL.
 * 1: a row is there, 0: done, negative: ERR_*.
 */
int tdb_run(struct tdb *db, enum tdb_sql id, const char *args, ...) MUST_CHECK;
int tdb_next(struct tdb *db, enum tdb_sql id) MUST_CHECK; /* as tdb_run() */
void tdb_done(struct tdb *db, enum tdb_sql id);

int64_t tdb_int(struct tdb *db, enum tdb_sql id, int column);
struct text tdb_text(struct tdb *db, enum tdb_sql id, int column);
bool tdb_null(struct tdb *db, enum tdb_sql id, int column);

int64_t tdb_last_row(struct tdb *db);
const char *tdb_message(struct tdb *db); /* of the last failure */

/* write: takes the write lock now, so that no later statement is refused. */
int tdb_begin(struct tdb *db, bool write) MUST_CHECK;
int tdb_commit(struct tdb *db) MUST_CHECK;
void tdb_rollback(struct tdb *db);

/* Part of a transaction that can be taken back alone; not nested. */
int tdb_save(struct tdb *db) MUST_CHECK;
int tdb_save_end(struct tdb *db, bool keep) MUST_CHECK;

/* Values of the table meta. */
int tdb_meta_get(struct tdb *db, struct arena *a, const char *key,
    struct text *out_value) MUST_CHECK; /* ERR_NOENT */
int tdb_meta_put(struct tdb *db, const char *key, struct text value) MUST_CHECK;

/* Objects that count against the quota; cheap, refreshed now and then. */
int64_t tdb_objects_estimate(struct tdb *db);
/* now_ms: the tenant's, by which objects that are gone count less (T6.6). */
void tdb_objects_recount(struct tdb *db, int64_t now_ms);
void tdb_objects_added(struct tdb *db);

#endif /* TENANT_TDB_H */
