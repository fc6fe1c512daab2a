/*
 * store/sqlite/carry.h -- what a load has committed goes from the log to the
 * file while the load goes on.
 *
 * Purpose:   a first load writes all of the store: carried at its end, all of
 *            it would be read and written again while nothing else happens.
 * Touches:   <sqlite3.h>, POSIX threads.  For this folder alone.
 * Ownership: a thread with a connection of its own, gone when carry_end()
 *            returns; it shares nothing but the file, and gets no signals.
 * Errors:    none: what is not carried now is carried later.
 */
#ifndef STORE_SQLITE_CARRY_H
#define STORE_SQLITE_CARRY_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

struct carry {
	const char *path; /* of the file */
	pthread_t thread;
	bool started;
	atomic_bool busy;
};

/* Carries what is committed now, unless it is being done already. */
void carry_on(struct carry *c, const char *path);
void carry_end(struct carry *c);

#endif /* STORE_SQLITE_CARRY_H */
