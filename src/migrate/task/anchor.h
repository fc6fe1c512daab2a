/*
 * migrate/task/anchor.h -- from objectGUID to mS-DS-ConsistencyGuid: the guided
 * task after the upgrade.
 *
 * Purpose:   every user of Active Directory that the cloud knows by its
 *            objectGUID gets that value in mS-DS-ConsistencyGuid; it is read
 *            back, compared with what the cloud has, octet by octet, and only
 *            then default_rules.source_anchor is set: no immutable ID changes.
 * Touches:   the directories and the cloud (for reading), one attribute of
 *            users, causeway.yaml, notes in the store under "migrate.anchor".
 * Ownership: what is reported lives in the arena given.
 * Errors:    ERR_REFUSED: not now, and why, *out says whom; ERR_UNSUPPORTED:
 *            the file has to be changed by hand; those of the connectors.
 * Source:    docs/upgrade/anchor.md.
 */
#ifndef MIGRATE_TASK_ANCHOR_H
#define MIGRATE_TASK_ANCHOR_H

#include "migrate/directories.h"

enum anchor_state {
	ANCHOR_EMPTY, /* it will be written */
	ANCHOR_EQUAL,
	ANCHOR_OTHER, /* another value: nothing is written anywhere */
};

/* A user of a directory that the cloud knows by its objectGUID. */
struct anchor_user {
	const struct seen_object *object;
	enum anchor_state state;
};

struct anchor_report {
	const char *task; /* "", "writing", "switched": what was noted */
	bool set;         /* source_anchor is mS-DS-ConsistencyGuid */
	struct anchor_user *users;
	size_t count;
	uint64_t equal, empty, other;
	uint64_t by_consistency; /* known by it already, not by objectGUID */
	/* What came of it. */
	uint64_t written, failed;
	struct anchor_failure {
		struct text dn, why;
	} * failures;
	uint64_t proved;  /* immutable IDs of the cloud that stay */
	struct text file; /* that was changed */
	uint64_t cleared; /* by the way back */
};

struct anchor_wish {
	struct text by, reason;
};

/* s: SETUP_READ or more. */
int anchor_look(struct setup *s, struct arena *a, struct anchor_report *out,
    struct err *e) MUST_CHECK;

/* All of it, or nothing but values that are equal to objectGUID.  Cut off, the
 * same goes on.  s: SETUP_RUN. */
int anchor_apply(struct setup *s, const struct anchor_wish *w, struct arena *a,
    struct anchor_report *out, struct err *e) MUST_CHECK;

/* Until the first run after it: the file as it was, and the values that were
 * written gone.  s: SETUP_RUN. */
int anchor_return(struct setup *s, const struct anchor_wish *w, struct arena *a,
    struct anchor_report *out, struct err *e) MUST_CHECK;

#endif /* MIGRATE_TASK_ANCHOR_H */
