/*
 * engine/plan/undo.h -- taking back what was sent.
 *
 * Purpose:   the inverse plan of a plan or a run, made from the journal; and
 *            what is held from then on, so that no rule sends it again at once.
 * Touches:   engine/engine.h, store/frozen.h.
 * Ownership: reports live in the arena given.
 * Errors:    those of engine/engine.h; ERR_NOENT: no plan or run of that
 *            number, or it sent nothing.
 */
#ifndef ENGINE_PLAN_UNDO_H
#define ENGINE_PLAN_UNDO_H

#include "engine/engine.h"
#include "store/frozen.h"

struct undo_wish {
	int64_t plan; /* or, where it is 0: */
	int64_t run;
	struct text who;
};

/* What cannot be undone, or not as it was. */
struct undo_note {
	struct text display, dn;
	struct text text;
	bool in_part; /* the rest of the object is in the plan */
};

struct undo_report {
	struct frozen plan; /* the inverse; id 0: nothing can be undone */
	struct undo_note *notes;
	size_t note_count;
};

/* Makes the inverse plan; engine_plan_apply() sends it.  Asks the directories
 * what of their deleted objects can be restored. */
int engine_plan_undo(struct engine *g, const struct undo_wish *w,
    struct arena *a, struct undo_report *out, struct err *e) MUST_CHECK;

/* Lets what a plan undid be sent again: of one object (its DN, anchor or
 * display name), or of all (empty). */
int engine_undo_release(struct engine *g, int64_t plan, struct text object,
    uint64_t *out_count, struct err *e) MUST_CHECK;

#endif /* ENGINE_PLAN_UNDO_H */
