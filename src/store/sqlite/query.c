/* store/sqlite/query.c -- statements: prepare once, bind, step, reset; and
 * what SQLite says of a failure, as an error of ours. */
#include <limits.h>
#include <string.h>

#include "store/sqlite/bulk.h"

static const char *const statement_text[STMT_COUNT] = {
#define STATEMENT(name, sql)   [STMT_##name] = (sql),
#define ALONG_INDEX(name, sql) [STMT_##name] = (sql),
#include "store/sqlite/statement_list.def"
#undef STATEMENT
#undef ALONG_INDEX
};

static const bool along_index[STMT_COUNT] = {
#define STATEMENT(name, sql)   [STMT_##name] = false,
#define ALONG_INDEX(name, sql) [STMT_##name] = true,
#include "store/sqlite/statement_list.def"
#undef STATEMENT
#undef ALONG_INDEX
};

/* ---- Errors ---- */

/* What the system said, when an operation on the file failed. */
static int
io_code(int system_errno)
{
	switch (system_errno) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_NOSPACE;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_ACCESS;
	case ENOENT:
		return ERR_NOENT;
	default:
		return ERR_STORE;
	}
}

static int
last_errno(sqlite3 *db, int which)
{
	sqlite3_file *file = NULL;
	int n = 0;

	if (sqlite3_file_control(db, "main", which, (void *)&file) !=
		SQLITE_OK ||
	    file == NULL || file->pMethods == NULL)
		return 0;
	(void)file->pMethods->xFileControl(file, SQLITE_FCNTL_LAST_ERRNO, &n);
	return n;
}

/* SQLite knows a full disk by ENOSPC alone; a quota that is used up is an I/O
 * error to it, and the number of the system is kept with the file. */
static int
io_failure(sqlite3 *db)
{
	static const int files[] = {
	    SQLITE_FCNTL_JOURNAL_POINTER, SQLITE_FCNTL_FILE_POINTER};
	int code = io_code(sqlite3_system_errno(db));

	for (size_t i = 0; i < 2 && code == ERR_STORE; i++)
		if (io_code(last_errno(db, files[i])) == ERR_NOSPACE)
			code = ERR_NOSPACE;
	return code;
}

static int
code_of(sqlite3 *db)
{
	switch (sqlite3_extended_errcode(db) & 0xff) {
	case SQLITE_FULL:
		return ERR_NOSPACE;
	case SQLITE_NOMEM:
		return ERR_NOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_TOOBIG:
		return ERR_LIMIT;
	case SQLITE_READONLY:
	case SQLITE_PERM:
		return ERR_ACCESS;
	case SQLITE_CONSTRAINT:
		return ERR_EXIST;
	case SQLITE_IOERR:
	case SQLITE_CANTOPEN:
		return io_failure(db);
	default:
		return ERR_STORE;
	}
}

int
db_failed(sqlite3 *db, const char *path, const char *doing, struct err *e)
{
	int code = code_of(db);
	const char *why =
	    code == ERR_NOSPACE ? "no space left on the disk, " : "";

	return err_set(e, code, "store %s: %.160s: %s%s (SQLite %d)", path,
	    doing, why, sqlite3_errmsg(db), sqlite3_extended_errcode(db));
}

int
store_failed(struct store *s, const char *doing, struct err *e)
{
	return db_failed(s->db, s->path, doing, e);
}

/* ---- Preparing ---- */

static int
prepare_text(struct store *s, const char *sql, sqlite3_stmt **slot)
{
	return sqlite3_prepare_v3(
	    s->db, sql, -1, SQLITE_PREPARE_PERSISTENT, slot, NULL);
}

/* The same without the indexes it names. */
static int
prepare_without(struct store *s, const char *sql, sqlite3_stmt **slot)
{
	static const char by[] = " INDEXED BY ";
	const char *found;
	struct buf b;
	int rc;

	buf_init(&b, 65536);
	while ((found = strstr(sql, by)) != NULL) {
		buf_add(&b, sql, (size_t)(found - sql));
		sql = found + sizeof(by) - 1;
		sql += strcspn(sql, " ");
	}
	buf_puts(&b, sql);
	rc = buf_error(&b) < 0 ? SQLITE_NOMEM
			       : prepare_text(s, buf_text(&b).data, slot);
	buf_clear(&b);
	return rc;
}

/* A reader beside a first load (bulk.c) finds some indexes missing: slower
 * then, but it must not fail. */
static int
prepare(struct store *s, const char *sql, sqlite3_stmt **slot, struct err *e)
{
	int rc = prepare_text(s, sql, slot);

	if (rc == SQLITE_ERROR && strstr(sql, " INDEXED BY ") != NULL)
		rc = prepare_without(s, sql, slot);
	return rc != SQLITE_OK ? store_failed(s, sql, e) : 0;
}

static int
keep(struct store *s, const char *sql, sqlite3_stmt **slot, struct query *q,
    struct err *e)
{
	int r = *slot != NULL ? 0 : prepare(s, sql, slot, e);

	*q = (struct query){.s = s};
	if (r == 0)
		q->st = *slot;
	return r;
}

/* After a full disk SQLite may have rolled back by itself: what follows must
 * not be written on its own. */
static int
allowed(struct query *q, struct err *e)
{
	struct store *s = q->s;

	if (store_in_transaction(s) || sqlite3_stmt_readonly(q->st) != 0)
		return 0;
	(void)err_set(e, ERR_INTERNAL,
	    "store %s: a change outside a transaction: %.160s", s->path,
	    sqlite3_sql(q->st));
	q->st = NULL;
	return ERR_INTERNAL;
}

int
query_begin_text(struct query *q, struct store *s, sqlite3_stmt **slot,
    const char *sql, struct err *e)
{
	int r = bulk_write_for(s, sql, e);

	if (r == 0)
		r = keep(s, sql, slot, q, e);
	return r == 0 ? allowed(q, e) : r;
}

int
query_begin(struct query *q, struct store *s, enum stmt id, struct err *e)
{
	int r = 0;

	if (s->bulk != NULL && along_index[id])
		r = bulk_finish(s, e);
	else if (s->bulk != NULL)
		r = bulk_write_for(s, statement_text[id], e);
	if (r < 0)
		return r;
	r = keep(s, statement_text[id], &s->kept[id], q, e);
	return r == 0 && id != STMT_BEGIN ? allowed(q, e) : r;
}

void
store_forget_statements(struct store *s)
{
	for (size_t i = 0; i < STMT_COUNT; i++)
		(void)sqlite3_finalize(s->kept[i]);
	for (size_t i = 0; i < CS_LOOKUPS; i++)
		for (size_t k = 0; k < 1U << CS_PARTS; k++)
			(void)sqlite3_finalize(s->cs_select[i][k]);
	for (size_t i = 0; i < sizeof(s->cs_update) / sizeof(s->cs_update[0]);
	     i++)
		(void)sqlite3_finalize(s->cs_update[i].statement);
	memset(s->kept, 0, sizeof(s->kept));
	memset(s->cs_select, 0, sizeof(s->cs_select));
	memset(s->cs_update, 0, sizeof(s->cs_update));
	s->cs_updates = 0;
}

/* ---- Binding: the first failure is kept for query_step() ---- */

static void
bound(struct query *q, int rc)
{
	if (q->rc == SQLITE_OK)
		q->rc = rc;
}

void
query_int(struct query *q, int64_t n)
{
	bound(q, sqlite3_bind_int64(q->st, ++q->bound, n));
}

void
query_null(struct query *q)
{
	bound(q, sqlite3_bind_null(q->st, ++q->bound));
}

void
query_octets(struct query *q, struct text t)
{
	/* A NULL pointer would bind NULL. */
	const char *data = t.data != NULL ? t.data : "";

	bound(q,
	    sqlite3_bind_blob64(q->st, ++q->bound, data, t.len, SQLITE_STATIC));
}

void
query_zeroes(struct query *q, size_t n)
{
	bound(q, sqlite3_bind_zeroblob64(q->st, ++q->bound, n));
}

void
query_octets_or_null(struct query *q, struct text t)
{
	if (t.len == 0)
		query_null(q);
	else
		query_octets(q, t);
}

/* ---- Running ---- */

int
query_step(struct query *q, struct err *e)
{
	int rc = q->rc;
	int r;

	if (rc == SQLITE_OK)
		rc = sqlite3_step(q->st);
	if (rc == SQLITE_ROW)
		return 1;
	r = 0;
	if (rc != SQLITE_DONE)
		r = store_failed(q->s, sqlite3_sql(q->st), e);
	query_end(q);
	return r;
}

void
query_end(struct query *q)
{
	if (q->st != NULL)
		(void)sqlite3_reset(q->st);
	q->st = NULL;
}

int
query_run(struct query *q, struct err *e)
{
	int r;

	do
		r = query_step(q, e);
	while (r > 0);
	return r < 0 ? r : sqlite3_changes(q->s->db);
}

int64_t
query_get_int(const struct query *q, int column)
{
	return sqlite3_column_int64(q->st, column);
}

struct text
query_get_octets(const struct query *q, int column)
{
	const char *data = sqlite3_column_blob(q->st, column);
	int len = sqlite3_column_bytes(q->st, column);

	return data != NULL ? (struct text){data, (size_t)len} : TEXT("");
}

int
query_get_copy(
    const struct query *q, int column, struct arena *a, struct text *out)
{
	*out = text_dup(a, query_get_octets(q, column));
	return out->data != NULL ? 0 : ERR_NOMEM;
}

int
query_number(
    struct store *s, enum stmt id, int64_t none, int64_t *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, id, e);

	if (r == 0)
		r = query_step(&q, e);
	if (r < 0)
		return r;
	*out = r > 0 ? query_get_int(&q, 0) : none;
	query_end(&q);
	return 0;
}

int
query_ids(struct query *q, struct ids *out, struct err *e)
{
	int r;

	out->count = 0;
	query_int(q, out->max > INT_MAX ? INT_MAX : (int64_t)out->max);
	while ((r = query_step(q, e)) > 0 && out->count < out->max)
		out->id[out->count++] = query_get_int(q, 0);
	query_end(q);
	return r < 0 ? r : 0;
}

int
query_page(struct query *q, struct store *s, enum stmt id,
    const struct history_page *p, struct err *e)
{
	int r = query_begin(q, s, id, e);

	if (r < 0)
		return r;
	query_int(q, p->connector);
	query_int(q, p->before != 0 ? p->before : INT64_MAX);
	query_int(q, p->max > INT_MAX ? INT_MAX : (int64_t)p->max);
	return 0;
}

int
store_exec(struct store *s, const char *sql, struct err *e)
{
	if (sqlite3_exec(s->db, sql, NULL, NULL, NULL) != SQLITE_OK)
		return store_failed(s, sql, e);
	return 0;
}
