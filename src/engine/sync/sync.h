/*
 * engine/sync/sync.h -- the synchronisation step: the deciding one.
 *
 * Purpose:   docs/engine/rules.md 2 for each object that has work (delta) or
 *            for all (full): scope, join, flow into the metaverse, deletion,
 *            and what each connector is to be sent.
 * Touches:   store/, rules/plan.h.  No connector, no I/O but the store's.
 * Ownership: the job is the caller's; nothing is kept.
 * Errors:    those of the store; ERR_CANCELLED.  An object that fails is
 *            rolled back alone, recorded, and tried again next time.
 */
#ifndef ENGINE_SYNC_SYNC_H
#define ENGINE_SYNC_SYNC_H

#include "rules/plan.h"
#include "store/step.h"

struct sync_connector {
	int64_t id; /* in the store */
	struct text name;
	const struct schema *schema; /* of export targets; NULL: any */
};

struct sync_job {
	struct step *step;
	struct plan *plan;
	const struct sync_connector *connectors; /* in the plan's order */
	size_t connector_count;
	size_t connector; /* the one to synchronise */
	bool full;
	/* Objects of this partition, and where unplaced of none; 0: all. */
	uint32_t partition;
	bool unplaced;
};

/* Sets the step's counters and result; transactions of its own. */
int sync_run(const struct sync_job *job, struct err *e) MUST_CHECK;

/* The rule behind each attribute that flows out to an object, for people;
 * an object that is not linked has none. */
struct sync_flow {
	uint32_t name;
	struct text rule;
};
int sync_explain(const struct sync_job *job, int64_t cs, struct arena *a,
    struct sync_flow **out, size_t *out_count, struct err *e) MUST_CHECK;

#endif /* ENGINE_SYNC_SYNC_H */
