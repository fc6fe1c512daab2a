/* store/sqlite/migrate.c -- see migrate.h. */
#include "store/sqlite/migrate.h"

#include <stdio.h>

#include "store/sqlite/backup.h"
#include "store/sqlite/sqlite_int.h"

static int
number_of(struct store *s, const char *sql, int64_t *out, struct err *e)
{
	sqlite3_stmt *st = NULL;
	struct query q;
	int r = query_begin_text(&q, s, &st, sql, e);

	*out = 0;
	if (r == 0)
		r = query_step(&q, e);
	if (r > 0)
		*out = query_get_int(&q, 0);
	query_end(&q);
	(void)sqlite3_finalize(st);
	return r < 0 ? r : 0;
}

static int
step_all(struct store *s, int version, struct err *e)
{
	char sql[128];
	int r = version == 0 ? store_exec(s, migrate_fresh, e) : 0;

	for (int i = version; version != 0 && i < migrate_count && r == 0;
	     i++) {
		r = store_exec(s, migrate_steps[i], e);
		if (r < 0)
			(void)err_prefix(e, "migration %04d", i + 1);
	}
	if (r < 0 || version == migrate_count)
		return r;
	(void)snprintf(sql, sizeof(sql),
	    "PRAGMA application_id = %d; PRAGMA user_version = %d;",
	    STORE_APPLICATION_ID, migrate_count);
	return store_exec(s, sql, e);
}

/* The version is read again: another process may have been here between our
 * look and our lock. */
static int
run_locked(struct store *s, struct err *e)
{
	int64_t version;
	int r = number_of(s, "PRAGMA user_version", &version, e);

	if (r == 0 && version > migrate_count)
		r = err_set(e, ERR_VERSION,
		    "store %s: a newer release has just changed it", s->path);
	if (r == 0 && version > 0 && version < migrate_count)
		r = backup_take(s, (int)version, e);
	if (r == 0)
		r = step_all(s, (int)version, e);
	if (r == 0)
		r = store_exec(s, migrate_indexes, e);
	return r;
}

int
migrate_run(struct store *s, struct err *e)
{
	int64_t version, indexes = 0;
	int r = number_of(s, "PRAGMA user_version", &version, e);

	if (r == 0)
		r = number_of(s,
		    "SELECT count(*) FROM sqlite_schema WHERE type = 'index'"
		    " AND name IN ('cs_anchor', 'cs_ref_target')",
		    &indexes, e);
	if (r < 0 || (version == migrate_count && indexes == 2))
		return r;
	r = store_exec(s, "BEGIN IMMEDIATE", e);
	if (r < 0)
		return r;
	r = run_locked(s, e);
	if (r == 0)
		r = store_exec(s, "COMMIT", e);
	if (r < 0)
		(void)sqlite3_exec(s->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}
