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
	/* Those of one name are doors to one directory; empty: the only one. */
	struct text door;
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

/* What the rules make of one object, seen from inside its pass. */
struct sync_target {
	size_t connector; /* in the plan */
	uint32_t type;
	bool linked; /* an object of it is there now; else as if there were */
	const struct plan_rule **rules; /* in scope */
	size_t rule_count;
	const struct flow_result *results;
	size_t result_count;
	const struct flow_trace *traces;
	size_t trace_count;
};

struct sync_verdict {
	const struct plan_rule **inbound; /* in scope, by precedence */
	size_t inbound_count;
	bool projected;
	int64_t mv_id; /* 0: not linked */
	uint32_t mv_type;
	struct attrs mv;              /* references by REF_ID */
	const struct origin *origins; /* sorted by name */
	size_t origin_count;
	const struct flow_trace *traces; /* of the inbound flow */
	size_t trace_count;
	struct sync_target *targets; /* by connector, then type's first rule */
	size_t target_count;
	/* The object failed: code is ERR_RULE; what is above is as far as it
	 * came. */
	struct err failure;
	struct plan_where where;
};

/* One pass over an object, told in full: for `rule test`.  What the targets
 * would give back to the metaverse in the same pass is not in it.  It writes to
 * the job's store as any pass does: give it one in memory.  Everything in *out
 * lives in a, borrows from plan and store.  An object that fails is no error
 * of the call. */
int sync_evaluate(const struct sync_job *job, int64_t cs, struct arena *a,
    struct sync_verdict *out, struct err *e) MUST_CHECK;

/* ---- One object alone ---- */

struct sync_done {
	const char *outcome; /* "projected", "joined", "linked", ... */
	int64_t mv;          /* linked to it after the pass; 0: to none */
	bool mv_deleted;
	int64_t *links; /* connector space objects that the pass touched */
	size_t link_count;
	struct err failure; /* code is ERR_RULE: undo what it did */
	struct plan_where where;
};

/* One pass, the real one, inside the caller's transaction.  *out in a.  An
 * object that fails is no error of the call. */
int sync_object(const struct sync_job *job, int64_t cs, struct arena *a,
    struct sync_done *out, struct err *e) MUST_CHECK;

/* ---- An object as it stands: why, and why not ---- */

/* A rule that is not in scope. */
struct sync_missed {
	const struct plan_rule *rule;
	int64_t cs; /* inbound: of this object; outbound: 0 */
	const struct plan_miss *misses; /* one for each group */
	size_t count;
};

/* A join rule in scope, and what it found. */
enum sync_found {
	SYNC_FOUND_NONE = 0, /* nobody has the value */
	SYNC_FOUND_NO_VALUE, /* nor has the object one to look for */
	SYNC_FOUND_ONE,
	SYNC_FOUND_SEVERAL,
};
struct sync_try {
	const struct plan_rule *rule;
	enum sync_found outcome;
	/* Metaverse objects (inbound) or connector space objects. */
	int64_t found, other;
};

struct sync_review {
	struct sync_verdict verdict;
	struct sync_missed *missed;
	size_t missed_count;
	struct sync_try *tries;
	size_t try_count;
};

/* One object of the two, the other is 0. */
struct sync_subject {
	int64_t cs;
	int64_t mv;
};

/* What the rules say of it with what is stored now; reads alone.  A connector
 * space object that is linked is looked at with all that it is linked to.
 * Lives in a, borrows from plan and store.  An object that fails is no error of
 * the call: verdict.failure. */
int sync_review(const struct sync_job *job, struct sync_subject what,
    struct arena *a, struct sync_review *out, struct err *e) MUST_CHECK;

#endif /* ENGINE_SYNC_SYNC_H */
