/*
 * store/step.h -- a step while it runs: counters, errors, result.
 *
 * Purpose:   what import, sync and export share: the counters of
 *            docs/engine/model.md 7 and the result strings of section 6, error
 *            records of objects, progress, and the wish to stop.
 * Touches:   store/history.h.
 * Ownership: plain struct of the caller's; the store keeps the record.
 * Errors:    those of the store.
 */
#ifndef STORE_STEP_H
#define STORE_STEP_H

#include "store/history.h"

#define STEP_COUNTERS   1024U
#define STEP_MAX_ERRORS 5000U /* more: "stopped-error-limit" */

struct step {
	struct store *store;
	int64_t connector;
	struct text connector_name;
	const char *type; /* "full-import", "delta-sync", "export", ... */
	int64_t id;       /* of the record; 0: not begun */

	struct counter counters[STEP_COUNTERS];
	size_t counter_count;
	uint64_t errors;
	uint64_t warnings;
	/* Thresholds of the run; 0: none. */
	uint64_t max_objects; /* that are read, synchronised, sent */
	uint64_t max_deletes; /* that are staged, sent */
	uint64_t objects, deletes;
	/* Export: what gates held (engine/export/gate.h); held_code is what the
	 * run returns because of it, 0: nothing.  held says it in one line. */
	uint64_t held_objects, held_changes;
	int held_code;
	char held[400];
	const char *result; /* NULL until something decided it */
	char detail[512];   /* why, for a person */

	void (*progress)(
	    void *ctx, const char *phase, uint64_t done, uint64_t total);
	bool (*cancelled)(void *ctx);
	void *ctx;
};

/* name is a literal; target: the connector's name, or empty. */
void step_count(struct step *s, const char *name, struct text target);
void step_add(struct step *s, const char *name, struct text target, uint64_t n);
uint64_t step_counted(const struct step *s, const char *name);

void step_progress(
    struct step *s, const char *phase, uint64_t done, uint64_t total);

/* ERR_CANCELLED where a person or a signal wants to stop. */
int step_check(struct step *s, struct err *e) MUST_CHECK;

/* One object more, or (deletes) one deletion; ERR_GUARD where that is more than
 * the threshold: nothing is done of it, and the step ends. */
int step_object(struct step *s, bool deletes, struct err *e) MUST_CHECK;

/* The step ends because of what it counted: what it did so far stays. */
bool step_is_full(const struct step *s, int r);

/* Decides the result; the first call wins. */
void step_stop(struct step *s, const char *result, const char *fmt, ...)
    PRINTF(3, 4);

/* The result for an error that stopped it ("stopped-connectivity"); began:
 * something was read or written before ("no-start-..." else). */
const char *step_failure(const struct err *why, bool began);

/* Where it happened to an object. */
struct step_where {
	enum error_stage stage;
	const char *algorithm_step; /* "staging", "join", "export", ... */
	int64_t cs;                 /* 0: no object */
	struct text dn;
	struct text rule;
	struct text attribute;
};

/* Records it, inside a transaction; ERR_LIMIT after STEP_MAX_ERRORS. */
int step_error(struct step *s, const struct step_where *at,
    const struct err *why, struct err *e) MUST_CHECK;

/* The same for what worked, and of which the directory has something to say: it
 * counts as no error. */
int step_warning(struct step *s, const struct step_where *at,
    const struct err *why, struct err *e) MUST_CHECK;

#endif /* STORE_STEP_H */
