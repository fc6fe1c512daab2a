/*
 * migrate/swing/swing.h -- what would change when this server takes over.
 *
 * Purpose:   the staging server against the cloud as it is, or object by object
 *            against what the old server held and would have sent: every object
 *            and attribute that differs, with its cause; a line is open until
 *            it is gone or acknowledged by a person.
 * Touches:   the store, engine_pending(), a csexport file; no directory but
 *            what engine_pending() asks of it.
 * Ownership: a report and its texts live in the arena given.
 * Errors:    ERR_LIMIT: more than SWING_MAX_LINES; those of the file (with its
 *            name and line), the store, the engine.
 * Source:    docs/upgrade/compare.md.
 */
#ifndef MIGRATE_SWING_SWING_H
#define MIGRATE_SWING_SWING_H

#include "engine/setup.h"

#define SWING_MAX_LINES 2000000U
#define SWING_ID_LEN    12 /* hex digits */

/* What would happen to the object, or to one attribute of it. */
enum swing_op {
	SWING_ADD,       /* the old one did not have it */
	SWING_DELETE,    /* it would go */
	SWING_KEEP,      /* the old one was about to delete it */
	SWING_UNMANAGED, /* the old one kept it, this one leaves it alone */
	SWING_GONE,      /* the old one kept it, it is not in the directory */
	SWING_CHANGE,    /* an attribute */
	SWING_RENAME,
	SWING_UNUSED, /* an attribute that no rule here flows, of all objects */
};
#define SWING_OPS 8U

enum swing_cause {
	SWING_RULE,   /* another value: rule says which one gives it */
	SWING_FILTER, /* in scope of one server alone */
	SWING_JOIN,   /* not recognised as the same object */
	SWING_FORMAT, /* the same value in other letters, blanks or order */
	SWING_CLOUD,  /* the directory has changed since the old one looked */
};
#define SWING_CAUSES 5U

struct swing_values {
	struct text *items;
	size_t count;
};

struct swing_line {
	char id[SWING_ID_LEN + 1]; /* the same as long as the line says the
				      same */
	enum swing_op op;
	enum swing_cause cause;
	struct text type, dn, name, anchor;
	struct text attribute; /* SWING_CHANGE, SWING_UNUSED */
	struct swing_values was, will;
	struct text rule;
	uint64_t objects; /* SWING_UNUSED: how many have it */
	/* Acknowledged: by whom; empty: open. */
	struct text by, reason;
	int64_t acked_ms;
};

/* Lines with the same operation, cause, attribute and rule. */
struct swing_group {
	const struct swing_line *first;
	uint64_t count, open;
};

struct swing_report {
	struct text connector;
	struct text old; /* the file; empty: the directory as it is */
	uint64_t objects;
	uint64_t same; /* objects without a line */
	struct swing_line *lines;
	size_t count, size;
	struct swing_group *groups;
	size_t group_count;
	uint64_t open, open_deletes;
	/* What the directory never takes, by reason. */
	const struct pending_skip *skips;
	size_t skip_count;
	uint64_t uncertain;
};

const char *swing_op_name(enum swing_op op);
const char *swing_cause_name(enum swing_cause c);

/* old: a csexport file of the old server's connector to the same directory, or
 * NULL.  s: SETUP_LOOK or SETUP_RUN. */
int swing_compare(struct setup *s, size_t connector, const char *old,
    struct arena *a, struct swing_report *out, struct err *e) MUST_CHECK;

/*
 * Acknowledges lines of the report: one by its id, or all of a group by the id
 * of one of them and whole.  Deletions are acknowledged one by one: whole with
 * one of those is ERR_REFUSED.  s: SETUP_RUN.  *out_count: lines.
 */
struct swing_ack {
	struct text id;
	bool whole;
	struct text by, reason;
};
int swing_acknowledge(struct setup *s, struct swing_report *r,
    const struct swing_ack *ack, size_t *out_count, struct err *e) MUST_CHECK;

#endif /* MIGRATE_SWING_SWING_H */
