/*
 * migrate/task/anchor_int.h -- the parts of the anchor's task.
 *
 * Purpose:   the note, writing one attribute of many users, one setting of the
 *            configuration's file.
 * Touches:   migrate/task/anchor.h, task_int.h.
 * Ownership, errors: as there.
 */
#ifndef MIGRATE_TASK_ANCHOR_INT_H
#define MIGRATE_TASK_ANCHOR_INT_H

#include "migrate/task/anchor.h"
#include "migrate/task/task_int.h"

#define ANCHOR_KEY  "migrate.anchor"
#define ANCHOR_ATTR "mS-DS-ConsistencyGuid"

/* ---- anchor_write.c ---- */

/* A user, by what an export needs to know. */
struct anchor_target {
	struct text connector, type, dn, name;
	struct text anchor; /* in base64 */
};

struct anchor_targets {
	const struct anchor_target *list; /* those of a connector together */
	size_t count;
	bool clear; /* take it away again */
};

/* Writes the objectGUID of each, or takes it away again.  What a directory
 * refuses of one is in out->failures; out->written and cleared count. */
int anchor_write(struct setup *s, const struct anchor_targets *t,
    struct arena *a, struct anchor_report *out, struct err *e) MUST_CHECK;

/* ---- anchor_file.c ---- */

/* The text of a configuration with default_rules.source_anchor set.
 * ERR_UNSUPPORTED: it stands where no line can be put. */
int anchor_text(const struct conf *c, struct arena *a, struct text *out,
    struct err *e) MUST_CHECK;
/* In the place of the file, if that is was octet by octet; else ERR_REFUSED. */
int anchor_file_put(const struct conf *c, struct text was, struct text now,
    struct arena *a, struct err *e) MUST_CHECK;

#endif /* MIGRATE_TASK_ANCHOR_INT_H */
