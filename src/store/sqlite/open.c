/* store/sqlite/open.c -- opening a store: never touch what is newer, never
 * touch what is not ours. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store/sqlite/bulk.h"
#include "store/sqlite/migrate.h"
#include "store/sqlite/sqlite_int.h"

#define PAGE_BYTES    8192
#define MMAP_BYTES    2147418112L /* the most Debian's build allows */
#define SLOT_BYTES    4096
#define SLOTS         64
#define BUSY_MS       15000
#define TMP_MAX_BYTES (1UL << 30)
#define BLOB_MAX      (256U << 20)

/* Once in the process, before the first connection: what a save point may take
 * back stays in memory.  (With a limit there SQLite 3.40 takes the limit at
 * once for each, and fails where one passes it.) */
static void
configure_library(void)
{
	static bool done;

	if (!done) {
		(void)sqlite3_config(SQLITE_CONFIG_STMTJRNL_SPILL, -1);
		/* nobody asks how much it holds: no lock a malloc */
		(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
	}
	done = true;
}

static struct store *
store_new(const char *path, enum store_mode mode)
{
	struct store *s = calloc(1, sizeof(*s));

	if (s == NULL)
		return NULL;
	s->mode = mode;
	s->lock_fd = -1;
	s->path = strdup(mode == STORE_MEMORY ? ":memory:" : path);
	s->tmp = arena_new(TMP_MAX_BYTES);
	s->scratch = arena_new(TMP_MAX_BYTES);
	s->names = names_new();
	for (size_t i = 0; i < sizeof(s->blob) / sizeof(s->blob[0]); i++)
		buf_init(&s->blob[i], BLOB_MAX);
	if (s->path == NULL || s->tmp == NULL || s->scratch == NULL ||
	    s->names == NULL)
		return store_close(s);
	return s;
}

struct store *
store_close(struct store *s)
{
	if (s == NULL)
		return NULL;
	if (s->db != NULL)
		store_settle(s);
	bulk_drop(s);
	store_forget_statements(s);
	if (s->db != NULL)
		(void)sqlite3_close_v2(s->db);
	lock_drop(s);
	for (size_t i = 0; i < sizeof(s->blob) / sizeof(s->blob[0]); i++)
		buf_clear(&s->blob[i]);
	(void)names_free(s->names);
	(void)arena_free(s->tmp);
	(void)arena_free(s->scratch);
	free(s->path);
	free(s);
	return NULL;
}

/* The file holds people's data: nobody else may read it.  SQLite gives its
 * side files the same mode. */
static int
make_file(const char *path, struct err *e)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_set(e, -errno, "store %s: cannot open: %m", path);
	(void)close(fd);
	return 0;
}

static int
connect(struct store *s, bool writing, struct err *e)
{
	int flags = writing ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE
			    : SQLITE_OPEN_READONLY;
	int rc =
	    sqlite3_open_v2(s->path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (s->db == NULL)
		return nomem(e);
	if (rc != SQLITE_OK)
		return store_failed(s, "opening", e);
	(void)sqlite3_extended_result_codes(s->db, 1);
	(void)sqlite3_busy_timeout(s->db, BUSY_MS);
	/* rows of ours are larger than SQLite expects: no malloc for each */
	(void)sqlite3_db_config(
	    s->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, SLOT_BYTES, SLOTS);
	(void)sqlite3_limit(s->db, SQLITE_LIMIT_ATTACHED, 0);
	return 0;
}

static int
pragma_int(struct store *s, const char *pragma, int64_t *out, struct err *e)
{
	sqlite3_stmt *st = NULL;
	struct query q;
	int r = query_begin_text(&q, s, &st, pragma, e);

	if (r == 0)
		r = query_step(&q, e);
	if (r > 0)
		*out = query_get_int(&q, 0);
	query_end(&q);
	(void)sqlite3_finalize(st);
	if (r == 0)
		return err_set(e, ERR_STORE, "store %s: %s gives nothing",
		    s->path, pragma);
	return r < 0 ? r : 0;
}

/* Sets *out_version; 0 is a file of no content yet. */
static int
look(struct store *s, int64_t *out_version, struct err *e)
{
	int64_t application = 0, tables = 0;
	int r = pragma_int(s, "PRAGMA application_id", &application, e);

	if (r == 0)
		r = pragma_int(s, "PRAGMA user_version", out_version, e);
	if (r == 0)
		r = pragma_int(
		    s, "SELECT count(*) FROM sqlite_schema", &tables, e);
	if (r < 0)
		return r;
	if (application == 0 && *out_version == 0 && tables == 0)
		return 0;
	if (application != STORE_APPLICATION_ID)
		return err_set(e, ERR_STORE,
		    "store %s: a database, but not one of Causeway", s->path);
	if (*out_version > migrate_count)
		return err_set(e, ERR_VERSION,
		    "store %s: schema %lld was written by a newer release "
		    "(this one knows %d); nothing was changed",
		    s->path, (long long)*out_version, migrate_count);
	return 0;
}

/* Looks first through a connection that cannot write, so that a store of a
 * newer release is left as it is, to the byte. */
static int
look_first(struct store *s, int64_t *out_version, struct err *e)
{
	struct stat st;
	int r;

	*out_version = 0;
	if (stat(s->path, &st) != 0)
		return err_set(e, -errno, "store %s: %m", s->path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_STORE, "store %s: not a file", s->path);
	if (st.st_size == 0)
		return 0;
	r = connect(s, false, e);
	if (r == 0)
		r = look(s, out_version, e);
	(void)sqlite3_close_v2(s->db);
	s->db = NULL;
	return r;
}

int
store_cache(struct store *s, int kib, struct err *e)
{
	char sql[64];

	(void)snprintf(sql, sizeof(sql), "PRAGMA cache_size = -%d;", kib);
	return store_exec(s, sql, e);
}

static int
tune(struct store *s, struct err *e)
{
	char sql[512];
	int r = store_cache(s, STORE_CACHE_KIB, e);

	(void)snprintf(sql, sizeof(sql),
	    "PRAGMA mmap_size = %ld;"
	    "PRAGMA temp_store = FILE; PRAGMA trusted_schema = OFF;"
	    "PRAGMA foreign_keys = OFF;",
	    MMAP_BYTES);
	return r == 0 ? store_exec(s, sql, e) : r;
}

static int
make_durable(struct store *s, bool fresh, struct err *e)
{
	char sql[256];
	int r = 0;

	if (fresh) {
		(void)snprintf(
		    sql, sizeof(sql), "PRAGMA page_size = %d;", PAGE_BYTES);
		r = store_exec(s, sql, e);
	}
	(void)snprintf(sql, sizeof(sql),
	    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
	    "PRAGMA wal_autocheckpoint = %d;"
	    "PRAGMA journal_size_limit = 67108864;",
	    STORE_LOG_PAGES);
	return r == 0 ? store_exec(s, sql, e) : r;
}

static int
open_writing(struct store *s, struct err *e)
{
	int64_t version = 0;
	int r = 0;

	if (s->mode == STORE_WRITE) {
		r = make_file(s->path, e);
		if (r == 0)
			r = look_first(s, &version, e);
	}
	if (r == 0)
		r = connect(s, true, e);
	if (r == 0)
		r = tune(s, e);
	if (r == 0)
		r = make_durable(s, version == 0, e);
	if (r == 0)
		r = migrate_run(s, e);
	return r;
}

static int
open_reading(struct store *s, struct err *e)
{
	int64_t version = 0;
	int r = look_first(s, &version, e);

	/* another process is making it */
	if (r == 0 && version == 0)
		r = err_set(
		    e, ERR_NOENT, "store %s: nothing is in it yet", s->path);
	if (r == 0 && version < migrate_count)
		r = err_set(e, ERR_STORE,
		    "store %s: schema %lld is older than this release (%d); "
		    "a command that writes brings it up to date",
		    s->path, (long long)version, migrate_count);
	if (r == 0)
		r = connect(s, false, e);
	if (r == 0)
		r = tune(s, e);
	return r;
}

int
store_open(
    const char *path, enum store_mode mode, struct store **out, struct err *e)
{
	struct store *s;
	int r;

	configure_library();
	s = store_new(path, mode);
	if (s == NULL)
		return err_set(e, ERR_NOMEM, "store: out of memory");
	r = mode == STORE_READ ? open_reading(s, e) : open_writing(s, e);
	if (r == 0)
		r = names_load(s, e);
	if (r == 0)
		r = join_load(s, e);
	if (r < 0) {
		(void)store_close(s);
		return r;
	}
	*out = s;
	return 0;
}
