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

#include "connectors/connector.h"
#include "store/step.h"

#define EXPORT_NO_LIMIT UINT64_MAX

struct export_job {
	struct step *step;
	int64_t run; /* for the journal */
	const struct connector_kind *kind;
	struct connector *conn; /* NULL: export_pending() alone */
	uint64_t max_deletions; /* more stop the step; EXPORT_NO_LIMIT */
	/* Of the directory, as imports name them: a new object gets its own. */
	const struct partition *partitions;
	size_t partition_count;
};

/* Sets the step's counters and result; transactions of its own. */
int export_run(const struct export_job *job, struct err *e) MUST_CHECK;

/* ---- The same without sending ---- */

struct export_visit {
	/* item as it would be sent; o has CS_ALL.  Both live until it
	 * returns; non-zero stops, and is returned. */
	int (*item)(void *ctx, const struct export_item *item,
	    const struct cs_object *o, struct err *e);
	/* One that can never be sent, and why. */
	void (*unsupported)(void *ctx, const char *reason);
	void *ctx;
};

/* In the order of export_run(), which would send exactly these, and besides
 * references to objects that it adds first.  Reads alone.  *out_uncertain:
 * objects whose last export has no answer yet; they are left out. */
int export_pending(const struct export_job *job,
    const struct export_visit *visit, uint64_t *out_uncertain,
    struct err *e) MUST_CHECK;

#endif /* ENGINE_EXPORT_EXPORT_H */
