/*
 * store/history.h -- runs, steps, their counters and errors; the journal.
 *
 * Purpose:   what happened, kept until purged.
 * Touches:   store/store.h.
 * Ownership, errors: as store/store.h.
 */
#ifndef STORE_HISTORY_H
#define STORE_HISTORY_H

#include "store/store.h"

/* A counter by its XML name (docs/engine/model.md 7), in the order it was
 * given. */
struct counter {
	const char *name;   /* "stage-add"; outbound: "connector-flow" */
	struct text target; /* outbound-flow-counters: the connector's name */
	uint64_t n;
};

struct run_record {
	int64_t id;
	int64_t connector;
	int64_t number; /* per connector, rising */
	struct text connector_name;
	struct text profile;
	struct text result;
	int64_t start_ms, end_ms; /* end 0: in progress (or it died) */
};

struct step_record {
	int64_t id;
	int64_t run;
	int number;       /* from 1 */
	struct text type; /* "full-import", "delta-sync", "export", ... */
	struct text partition;
	struct text result; /* docs/engine/model.md 6 */
	struct text detail; /* why, for a person; empty when all went well */
	int64_t start_ms, end_ms;
	struct counter *counters;
	size_t counter_count;
};

int run_begin(struct store *s, int64_t connector, const char *profile,
    int64_t *out_run, struct err *e) MUST_CHECK;
int run_end(
    struct store *s, int64_t run, const char *result, struct err *e) MUST_CHECK;
int step_begin(struct store *s, int64_t run, const char *type,
    struct text partition, int64_t *out_step, struct err *e) MUST_CHECK;
int step_end(
    struct store *s, const struct step_record *step, struct err *e) MUST_CHECK;

/* A page of a list, newest first: ids below before (0: from the newest). */
struct history_page {
	int64_t connector; /* 0: all */
	int64_t before;
	size_t max;
};
int run_list(struct store *s, struct arena *a, const struct history_page *p,
    struct run_record **out, size_t *out_count, struct err *e) MUST_CHECK;
int run_get(struct store *s, struct arena *a, int64_t run,
    struct run_record *out, struct err *e) MUST_CHECK;
int run_steps(struct store *s, struct arena *a, int64_t run,
    struct step_record **out, size_t *out_count, struct err *e) MUST_CHECK;
/* Runs that began before, with their steps, step errors and journal; and plans
 * made before that nobody waits for any more. */
int run_purge(struct store *s, int64_t older_than_ms, uint64_t *out_runs,
    struct err *e) MUST_CHECK;

/* ---- Errors on objects ---- */

enum error_stage {
	ERROR_IMPORT = 1,
	ERROR_SYNC = 2,
	ERROR_EXPORT = 3
};

struct object_error {
	int64_t cs; /* 0: an entry that became no object */
	int64_t connector;
	enum error_stage stage;
	int64_t step;
	struct text dn;
	struct text type; /* "sync-rule-error-function-triggered", ... */
	struct text text;
	struct text algorithm_step; /* "join", "import-flow", "export", ... */
	struct text rule;
	struct text attribute;
	int64_t first_ms, last_ms;
	int64_t count; /* times in a row */
};

/* The error an object has now (one a stage); first and count go on while it
 * stays the same type.  Written to the step's list as well. */
int error_put(
    struct store *s, const struct object_error *err, struct err *e) MUST_CHECK;
int error_clear(struct store *s, int64_t cs, enum error_stage stage,
    struct err *e) MUST_CHECK;
/* step 0: the errors objects have now; else those of the step.  cs and
 * connector 0: any. */
struct error_query {
	int64_t connector;
	int64_t step;
	int64_t cs;
	size_t max;
};
int error_list(struct store *s, struct arena *a, const struct error_query *want,
    struct object_error **out, size_t *out_count, struct err *e) MUST_CHECK;

/* ---- Journal: every export, with what was before and after ---- */

struct journal_entry {
	int64_t id;
	int64_t run;
	int64_t connector;
	int64_t cs;
	int64_t ms;
	enum delta_op op;
	uint32_t type;
	struct text dn;
	struct text anchor;
	struct text display; /* what a person calls it */
	struct delta delta;  /* scalars and references (by REF_ANCHOR or DN):
				add is after, del is before */
	/* "done", "adopted", "uncertain" (no answer, and not read back yet),
	 * "not-done" (that, and the directory does not show it), or the
	 * error's type */
	struct text result;
};

int journal_add(
    struct store *s, const struct journal_entry *j, struct err *e) MUST_CHECK;
/* The next of a run with an id above after; 1: there is one, 0: none more. */
int journal_next(struct store *s, struct arena *a, int64_t run, int64_t after,
    struct journal_entry *out, struct err *e) MUST_CHECK;
/* Entries of a run that are uncertain, by object. */
struct journal_open {
	int64_t cs, entry;
};
int journal_open_list(struct store *s, struct arena *a, int64_t run,
    struct journal_open **out, size_t *out_count, struct err *e) MUST_CHECK;
/* What became of one: result, DN and anchor, and, where it has an operation,
 * the change. */
int journal_settle(struct store *s, int64_t entry,
    const struct journal_entry *now, struct err *e) MUST_CHECK;
int journal_list(struct store *s, struct arena *a, const struct history_page *p,
    struct journal_entry **out, size_t *out_count, struct err *e) MUST_CHECK;

#endif /* STORE_HISTORY_H */
