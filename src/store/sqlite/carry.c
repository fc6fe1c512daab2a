/* store/sqlite/carry.c -- see carry.h. */
#include "store/sqlite/carry.h"

#include <signal.h>
#include <sqlite3.h>

static void
carry(const char *path)
{
	sqlite3 *db = NULL;

	/* the first statement opens the log */
	if (sqlite3_open_v2(path, &db,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
		NULL) == SQLITE_OK &&
	    sqlite3_exec(db, "SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL,
		NULL) == SQLITE_OK)
		(void)sqlite3_wal_checkpoint_v2(
		    db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	(void)sqlite3_close_v2(db);
}

static void *
run(void *ctx)
{
	struct carry *c = ctx;

	carry(c->path);
	atomic_store(&c->busy, false);
	return NULL;
}

/* Signals go to the thread that was there before. */
static int
start(struct carry *c)
{
	sigset_t all, before;
	int rc;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = pthread_create(&c->thread, NULL, run, c);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	return rc;
}

void
carry_on(struct carry *c, const char *path)
{
	if (atomic_load(&c->busy))
		return;
	carry_end(c);
	c->path = path;
	atomic_store(&c->busy, true);
	c->started = start(c) == 0;
	if (!c->started)
		atomic_store(&c->busy, false);
}

void
carry_end(struct carry *c)
{
	if (c->started)
		(void)pthread_join(c->thread, NULL);
	c->started = false;
}
