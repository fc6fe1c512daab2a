/*
 * engine/import/import.h -- the import step: a directory to its connector
 * space.
 *
 * Purpose:   docs/engine/model.md 5.1 and 5.2: staging, the confirming import,
 *            obsoletion, and the guard against a source that lost too much.
 * Touches:   store/, connectors/connector.h.  No rules.
 * Ownership: the job is the caller's; nothing is kept.
 * Errors:    those of the connector and the store; ERR_GUARD; ERR_CANCELLED.
 *            Entries that cannot be staged are discovery errors of the step.
 */
#ifndef ENGINE_IMPORT_IMPORT_H
#define ENGINE_IMPORT_IMPORT_H

#include "base/buf.h"
#include "connectors/connector.h"
#include "store/step.h"

struct import_guard {
	unsigned percent; /* of the objects known that may be gone */
	uint64_t minimum; /* up to this many may be gone in any case */
	/* So many percent of the objects that had an attribute may not lose it
	 * at once; 0, or above 100: they may. */
	unsigned attribute_percent;
	bool acked; /* a person allowed it */
};

struct import_job {
	struct step *step;
	/* NULL: the partition is no longer there; nothing is read, and all
	 * that was read from it is gone. */
	struct connector *conn;
	const struct connector_ops *ops;
	struct text partition;
	struct text notice;   /* a good import has this to say nevertheless */
	struct text base_now; /* without conn: what is read in its place */
	bool delta;
	struct text watermark;  /* delta */
	const uint32_t *wanted; /* attributes to read */
	size_t wanted_count;
	const struct schema *schema; /* NULL: not known */
	struct import_guard guard;
	/* Entries of the journal that this import settles, by object. */
	const struct journal_open *open;
	size_t open_count;
	bool refs_by_anchor; /* as the journal has them */
};

/* What is said of the next import. */
struct import_outcome {
	bool complete;         /* a full import that saw all there is */
	bool went_on;          /* from where an earlier one broke off */
	bool all_told;         /* a delta import that did */
	bool ack_used;         /* what a person allowed was lost */
	char full_needed[256]; /* why a full import comes next, or empty */
};

/* Sets the step's counters and result; transactions of its own.  *out is
 * filled in either way. */
int import_run(const struct import_job *job, struct import_outcome *out,
    struct err *e) MUST_CHECK;

#endif /* ENGINE_IMPORT_IMPORT_H */
