/*
 * engine/plan/plan.h -- plans: freeze what is pending, send exactly that.
 *
 * Purpose:   what was reviewed under a number is what is sent, and nothing
 *            else.
 * Touches:   engine/engine.h, store/frozen.h.
 * Ownership: reports live in the arena given.
 * Errors:    those of engine/engine.h; ERR_NOENT: no plan of that number.
 */
#ifndef ENGINE_PLAN_PLAN_H
#define ENGINE_PLAN_PLAN_H

#include "engine/engine.h"
#include "store/frozen.h"

/* ---- Making one ---- */

struct plan_wish {
	size_t connector; /* PLAN_EVERY: all that can be written */
	struct text who;
};
#define PLAN_EVERY SIZE_MAX

/* Freezes what the next export would send; out->id is 0 where that is
 * nothing.  The same content has the same hash. */
int engine_plan_freeze(struct engine *g, const struct plan_wish *w,
    struct arena *a, struct frozen *out, struct err *e) MUST_CHECK;

/* It is not to be applied. */
int engine_plan_drop(struct engine *g, int64_t plan, struct err *e) MUST_CHECK;

/* ---- A part of one ---- */

struct plan_selection;

/*
 * "type=user;operation=update": terms that all have to hold, each with values
 * of which one has to ("type=user|group").  type, operation (add, update,
 * rename, delete), ou (at or below), object (DN, anchor, UPN or display name),
 * attribute and rule; "*" in a value stands for any text.  attribute and rule
 * choose single changes of an object.  ERR_SYNTAX says where.
 */
int plan_selection_parse(struct arena *a, struct text t,
    struct plan_selection **out, struct err *e) MUST_CHECK;

/* ---- Applying one ---- */

struct plan_apply {
	int64_t plan;
	const struct plan_selection *only, *except; /* NULL: everything */
	bool dry_run;                               /* compares alone */
	bool as_is; /* does not look first what changed since: the store says */
	/* Of a plan that undoes a run: what the run was allowed to do may be
	 * undone, whatever our own limits say of the inverse; the directory's
	 * own limit holds.  Noted in the journal where it was needed. */
	bool limits_passed;
	struct text who;
};

/* An object that was held back because its state moved. */
struct plan_moved {
	struct text display, dn;
	struct text note; /* what moved */
};

struct plan_report {
	struct frozen plan;      /* as it is now */
	uint64_t matched;        /* as they were planned, and selected */
	uint64_t done;           /* the directory is as planned already */
	uint64_t left_out;       /* by the selection */
	uint64_t moved;          /* held back */
	struct plan_moved *list; /* the first PLAN_MOVED_MAX of them */
	struct engine_cycle_report refresh;
	struct engine_report *runs; /* exports, one a connector */
	size_t run_count;
	uint64_t object_errors;
	int code;
	struct err err;
};
#define PLAN_MOVED_MAX 1000U

/*
 * Sends what the plan has and is as it was: an object whose pending change is
 * not the same any more is held back and named.  Looks first what changed
 * since (imports by deltas, synchronisation).  Again, it goes on where it
 * stopped.  ERR_REFUSED in staging, or of a plan that was dropped.
 */
int engine_plan_apply(struct engine *g, const struct plan_apply *w,
    struct arena *a, struct plan_report *out, struct err *e) MUST_CHECK;

#endif /* ENGINE_PLAN_PLAN_H */
