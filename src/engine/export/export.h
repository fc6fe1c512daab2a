/*
 * engine/export/export.h -- the export step: what waits, to its directory.
 *
 * Purpose:   docs/engine/model.md 5.5: the deletion threshold before the first
 *            write, what is sent noted before it is sent, an answer for each
 *            object, references again in a second pass, a journal of it all.
 * Touches:   store/, connectors/connector.h.  No rules.
 * Ownership: the job is the caller's; nothing is kept.
 * Errors:    those of the connector and the store; ERR_GUARD; ERR_CANCELLED.
 *            What the directory refuses is an error of the object.
 */
#ifndef ENGINE_EXPORT_EXPORT_H
#define ENGINE_EXPORT_EXPORT_H

#include "engine/export/gate.h"
#include "store/step.h"

#define EXPORT_NO_LIMIT UINT64_MAX

struct export_job {
	struct step *step;
	int64_t run; /* for the journal */
	const struct connector_kind *kind;
	struct connector *conn; /* NULL: export_pending() alone */
	uint64_t max_deletions; /* more stop the step; EXPORT_NO_LIMIT */
	bool directory_limit;   /* it is the directory that says so */
	/* Of the directory, as imports name them: a new object gets its own. */
	const struct partition *partitions;
	size_t partition_count;
	/* Asked in this order, at most GATES_MAX. */
	const struct export_gate *gates;
	size_t gate_count;
};

/* Sets the step's counters and result; transactions of its own.  What gates
 * held is in step->held and in its detail. */
int export_run(const struct export_job *job, struct err *e) MUST_CHECK;

/* ---- The same without sending ---- */

struct export_seen {
	const struct export_item *item; /* what would be sent of it */
	const struct cs_object *object; /* CS_ALL */
	bool is_held;                   /* nothing is sent: item is all of it */
	const struct delta *held;       /* what is held of an item that goes */
	const struct gate_hold *holds;
	size_t hold_count;
};

/* The hold that keeps back a value, an attribute (v NULL) or (name 0) the
 * object or its new DN; NULL: none. */
const struct gate_hold *export_hold_of(const struct export_seen *seen,
    uint32_t name, const struct value *v, bool add);

struct export_visit {
	/* seen lives until it returns; non-zero stops, and is returned. */
	int (*item)(void *ctx, const struct export_seen *seen, struct err *e);
	/* One that can never be sent, and why. */
	void (*unsupported)(void *ctx, const char *reason);
	void *ctx;
	const int64_t *only; /* these alone; NULL: all */
	size_t only_count;
};

/* In the order of export_run(), which would send exactly these, and besides
 * references to objects that it adds first.  Reads alone.  *out_uncertain:
 * objects whose last export has no answer yet; they are left out. */
int export_pending(const struct export_job *job,
    const struct export_visit *visit, uint64_t *out_uncertain,
    struct err *e) MUST_CHECK;

/* ---- What was sent by a process that died before the answer ---- */

/* It is noted with the objects before it is sent; the journal has an entry of
 * it once somebody asks: uncertain, with all that was sent. */
struct export_unanswered {
	struct store *store;
	struct arena *arena; /* entries live in it */
	const struct connector_kind *kind;
	int64_t connector;
	/* Non-zero stops, and is returned. */
	int (*entry)(void *ctx, const struct journal_entry *j, struct err *e);
	void *ctx;
};
int export_unanswered(
    const struct export_unanswered *u, struct err *e) MUST_CHECK;
/* The run that sent to the connector last; 0: none did. */
int export_last_run(struct store *s, struct arena *a, int64_t connector,
    int64_t *out, struct err *e) MUST_CHECK;

#endif /* ENGINE_EXPORT_EXPORT_H */
