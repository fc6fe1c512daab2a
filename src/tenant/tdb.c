#include "tenant/tdb.h"

#include <sqlite3.h>
#include <stdarg.h>

#include "tenant/tdb_int.h"

#define BUSY_MS        10000
#define RECOUNT_EVERY  10000
#define QUARTER_MS     (30LL * 86400 * 1000)
#define APPLICATION_ID 0x43577954 /* CWyT */

struct tdb {
	sqlite3 *db;
	sqlite3_stmt *stmts[SQL_N];
	int64_t objects;
	int added; /* since objects was counted */
	int64_t counted_ms;
};

static int
code_of(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_CONSTRAINT:
		return ERR_EXIST;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_FULL:
		return ERR_NOSPACE;
	case SQLITE_NOMEM:
		return ERR_NOMEM;
	default:
		return ERR_STORE;
	}
}

static int
set_up(struct tdb *db, const char *path, struct err *e)
{
	/* WAL with FULL: what was answered is on the disk.  A $batch is one
	 * commit, so the cost is one sync for twenty objects. */
	static const char pragmas[] =
	    "PRAGMA page_size=4096; PRAGMA journal_mode=WAL;"
	    "PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
	    "PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456;"
	    "PRAGMA wal_autocheckpoint=8000; PRAGMA temp_store=MEMORY;"
	    "PRAGMA trusted_schema=OFF;";

	(void)sqlite3_busy_timeout(db->db, BUSY_MS);
	if (sqlite3_exec(db->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
		return err_set(
		    e, ERR_STORE, "%s: %s", path, sqlite3_errmsg(db->db));
	return 0;
}

static int
pragma_int(struct tdb *db, const char *sql)
{
	sqlite3_stmt *st = NULL;
	int n = -1;

	if (sqlite3_prepare_v2(db->db, sql, -1, &st, NULL) == SQLITE_OK &&
	    sqlite3_step(st) == SQLITE_ROW)
		n = sqlite3_column_int(st, 0);
	(void)sqlite3_finalize(st);
	return n;
}

static int
schema_check(struct tdb *db, const char *path, struct err *e)
{
	int version = pragma_int(db, "PRAGMA user_version");

	if (pragma_int(db, "PRAGMA application_id") != APPLICATION_ID)
		return err_set(
		    e, ERR_CONFIG, "%s is not the database of a tenant", path);
	if (version > TDB_SCHEMA_VERSION)
		return err_set(e, ERR_VERSION,
		    "%s has schema %d, written by a newer release; this one "
		    "knows %d",
		    path, version, TDB_SCHEMA_VERSION);
	return 0;
}

/* The steps that are still to do, each whole or not at all; another who made
 * them first is no error. */
static int
schema_steps(struct tdb *db, int have)
{
	for (int v = have; v < TDB_SCHEMA_VERSION; v++) {
		char *sql = sqlite3_mprintf(
		    "%s PRAGMA user_version=%d;", tdb_schema[v], v + 1);
		int rc = sql == NULL
			     ? SQLITE_NOMEM
			     : sqlite3_exec(db->db, sql, NULL, NULL, NULL);

		sqlite3_free(sql);
		if (rc != SQLITE_OK)
			return rc;
	}
	return SQLITE_OK;
}

static int
schema_exec(struct tdb *db, bool create)
{
	char sql[64];
	int rc = sqlite3_exec(db->db, "BEGIN IMMEDIATE", NULL, NULL, NULL);

	(void)snprintf(
	    sql, sizeof(sql), "PRAGMA application_id=%d", APPLICATION_ID);
	if (rc == SQLITE_OK && create)
		rc = sqlite3_exec(db->db, sql, NULL, NULL, NULL);
	if (rc == SQLITE_OK)
		rc = schema_steps(
		    db, create ? 0 : pragma_int(db, "PRAGMA user_version"));
	return rc == SQLITE_OK
		   ? sqlite3_exec(db->db, "COMMIT", NULL, NULL, NULL)
		   : rc;
}

static int
schema_bring_up(struct tdb *db, const char *path, bool create, struct err *e)
{
	int rc;

	if (!create &&
	    pragma_int(db, "PRAGMA user_version") >= TDB_SCHEMA_VERSION)
		return 0;
	rc = schema_exec(db, create);
	if (rc == SQLITE_OK)
		return 0;
	rc = err_set(e, code_of(rc), "%s: schema %d could not be made: %s",
	    path, TDB_SCHEMA_VERSION, sqlite3_errmsg(db->db));
	(void)sqlite3_exec(db->db, "ROLLBACK", NULL, NULL, NULL);
	return rc;
}

int
tdb_open(const char *path, bool create, struct tdb **out_db, struct err *e)
{
	CLEANUP(tdb_closep)
	struct tdb *db = calloc(1, sizeof(*db));
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX |
		    SQLITE_OPEN_EXRESCODE | (create ? SQLITE_OPEN_CREATE : 0);
	int r;

	if (db == NULL)
		return err_set(e, ERR_NOMEM, "%s: out of memory", path);
	if (sqlite3_open_v2(path, &db->db, flags, NULL) != SQLITE_OK)
		return err_set(
		    e, ERR_NOENT, "%s: %s", path, sqlite3_errmsg(db->db));
	r = create ? 0 : schema_check(db, path, e);
	if (r == 0)
		r = set_up(db, path, e);
	if (r == 0)
		r = schema_bring_up(db, path, create, e);
	if (r != 0)
		return r;
	tdb_objects_recount(db, INT64_MAX);
	*out_db = TAKE_PTR(db);
	return 0;
}

struct tdb *
tdb_close(struct tdb *db)
{
	if (db == NULL)
		return NULL;
	for (size_t i = 0; i < SQL_N; i++)
		(void)sqlite3_finalize(db->stmts[i]);
	(void)sqlite3_close(db->db);
	free(db);
	return NULL;
}

static int
bind_all(sqlite3_stmt *st, const char *args, va_list ap)
{
	struct text t;
	int rc = SQLITE_OK;

	for (int i = 1; rc == SQLITE_OK && args[i - 1] != '\0'; i++) {
		switch (args[i - 1]) {
		case 'i':
			rc = sqlite3_bind_int64(st, i, va_arg(ap, int64_t));
			break;
		case 't':
			t = va_arg(ap, struct text);
			rc = sqlite3_bind_text64(st, i,
			    t.data == NULL ? "" : t.data, t.len,
			    SQLITE_TRANSIENT, SQLITE_UTF8);
			break;
		default:
			rc = sqlite3_bind_null(st, i);
		}
	}
	return rc;
}

int
tdb_next(struct tdb *db, enum tdb_sql id)
{
	int rc = sqlite3_step(db->stmts[id]);

	if (rc == SQLITE_ROW)
		return 1;
	(void)sqlite3_reset(db->stmts[id]);
	return rc == SQLITE_DONE ? 0 : code_of(rc);
}

int
tdb_run(struct tdb *db, enum tdb_sql id, const char *args, ...)
{
	sqlite3_stmt *st = db->stmts[id];
	va_list ap;
	int rc;

	if (st == NULL) {
		rc = sqlite3_prepare_v3(db->db, tdb_texts[id], -1,
		    SQLITE_PREPARE_PERSISTENT, &st, NULL);
		if (rc != SQLITE_OK)
			return code_of(rc);
		db->stmts[id] = st;
	}
	(void)sqlite3_reset(st);
	va_start(ap, args);
	rc = bind_all(st, args, ap);
	va_end(ap);
	return rc == SQLITE_OK ? tdb_next(db, id) : code_of(rc);
}

void
tdb_done(struct tdb *db, enum tdb_sql id)
{
	if (db->stmts[id] != NULL)
		(void)sqlite3_reset(db->stmts[id]);
}

int64_t
tdb_int(struct tdb *db, enum tdb_sql id, int column)
{
	return sqlite3_column_int64(db->stmts[id], column);
}

struct text
tdb_text(struct tdb *db, enum tdb_sql id, int column)
{
	const unsigned char *s = sqlite3_column_text(db->stmts[id], column);

	return (struct text){s == NULL ? "" : (const char *)s,
	    (size_t)sqlite3_column_bytes(db->stmts[id], column)};
}

bool
tdb_null(struct tdb *db, enum tdb_sql id, int column)
{
	return sqlite3_column_type(db->stmts[id], column) == SQLITE_NULL;
}

int64_t
tdb_last_row(struct tdb *db)
{
	return sqlite3_last_insert_rowid(db->db);
}

const char *
tdb_message(struct tdb *db)
{
	return sqlite3_errmsg(db->db);
}

int
tdb_begin(struct tdb *db, bool write)
{
	return tdb_run(db, write ? SQL_BEGIN_WRITE : SQL_BEGIN, "");
}

/* A reader left open would keep the log from being written back. */
static void
reset_all(struct tdb *db)
{
	for (unsigned i = 0; i < SQL_N; i++)
		tdb_done(db, (enum tdb_sql)i);
}

int
tdb_commit(struct tdb *db)
{
	reset_all(db);
	return tdb_run(db, SQL_COMMIT, "");
}

void
tdb_rollback(struct tdb *db)
{
	reset_all(db);
	/* It may be rolled back already, by a full disk for instance. */
	if (tdb_run(db, SQL_ROLLBACK, "") != 0)
		tdb_done(db, SQL_ROLLBACK);
}

int
tdb_save(struct tdb *db)
{
	return tdb_run(db, SQL_SAVE, "");
}

int
tdb_save_end(struct tdb *db, bool keep)
{
	int r;

	reset_all(db);
	r = keep ? 0 : tdb_run(db, SQL_ROLLBACK_TO, "");
	return r == 0 ? tdb_run(db, SQL_RELEASE, "") : r;
}

int
tdb_meta_get(
    struct tdb *db, struct arena *a, const char *key, struct text *out_value)
{
	int r = tdb_run(db, SQL_META_GET, "t", text_of(key));

	if (r < 0)
		return r;
	if (r == 0)
		return ERR_NOENT;
	*out_value = text_dup(a, tdb_text(db, SQL_META_GET, 0));
	tdb_done(db, SQL_META_GET);
	return out_value->data == NULL ? ERR_NOMEM : 0;
}

int
tdb_meta_put(struct tdb *db, const char *key, struct text value)
{
	return tdb_run(db, SQL_META_PUT, "tt", text_of(key), value);
}

void
tdb_objects_recount(struct tdb *db, int64_t now_ms)
{
	db->counted_ms = now_ms;
	if (tdb_run(db, SQL_OBJECT_TOTAL, "i", now_ms - QUARTER_MS) == 1)
		db->objects = tdb_int(db, SQL_OBJECT_TOTAL, 0);
	tdb_done(db, SQL_OBJECT_TOTAL);
	db->added = 0;
}

int64_t
tdb_objects_estimate(struct tdb *db)
{
	if (db->added >= RECOUNT_EVERY)
		tdb_objects_recount(db, db->counted_ms);
	return db->objects + db->added;
}

void
tdb_objects_added(struct tdb *db)
{
	db->added++;
}
