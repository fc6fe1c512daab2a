/*
 * tests/fault/inject.h -- the n-th operation of a kind fails.
 *
 * Purpose:   counts what causeway asks of others, and breaks one of it: the
 *            program is the product's, with the calls led here by the linker
 *            (--wrap), so that the product carries nothing of it.
 * Touches:   nothing of ours but the headers of what it wraps.
 * Ownership: one set of counters for the process.
 * Errors:    a wish that cannot be read ends the process with 99.
 * Threads:   the counters are atomic; one fault for the process.
 *
 * The environment says what is wished:
 *
 *   FAULT_KIND    memory, store, disk, full, ldap, http or commit; none: only
 *                 count
 *   FAULT_AT      which of them, from 1
 *   FAULT_STAYS   1: and all after it
 *   FAULT_AFTER   1: the operation is carried out, and its answer lost
 *   FAULT_REPORT  a file: what was counted when each step began and at the
 *                 end, and where the fault was
 */
#ifndef TESTS_FAULT_INJECT_H
#define TESTS_FAULT_INJECT_H

#include <stdbool.h>

enum fault_kind {
	FAULT_MEMORY, /* an allocation: ours, an arena's, SQLite's */
	FAULT_STORE,  /* a statement of the store */
	FAULT_DISK,   /* an operation of SQLite on a file */
	FAULT_FULL,   /* a write of SQLite: no space left */
	FAULT_LDAP,   /* a call of libldap: the connection breaks */
	FAULT_HTTP,   /* a request: no connection, or no answer */
	FAULT_COMMIT, /* a commit: the process is killed */
	FAULT_KINDS
};

/* Counts one; true where it is to fail. */
bool fault_due(enum fault_kind kind);

/* Whether the operation is to be carried out before it fails. */
bool fault_after(void);

/* Writes what was counted so far into the report. */
void fault_mark(const char *what);

#endif /* TESTS_FAULT_INJECT_H */
