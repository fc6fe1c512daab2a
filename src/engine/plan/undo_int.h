/*
 * engine/plan/undo_int.h -- what the files of an undo share.
 *
 * Purpose:   what was sent of each object, and its inverse.
 * Touches:   engine/plan/undo.h, engine/plan/plan_int.h.
 */
#ifndef ENGINE_PLAN_UNDO_INT_H
#define ENGINE_PLAN_UNDO_INT_H

#include "engine/plan/plan_int.h"
#include "engine/plan/undo.h"

/* All that was sent of one object. */
struct sent {
	struct sent *next;
	int64_t cs, connector;
	uint32_t type;
	struct text dn, anchor, display;
	struct text old_dn; /* before the first rename */
	enum delta_op first, last;
	bool adopted, renamed;
	bool uncertain;       /* no answer, and not read back yet */
	struct delta net;     /* as one change */
	struct delta inverse; /* op NONE: nothing can be undone */
};

struct undoing {
	struct engine *g;
	const struct undo_wish *wish;
	struct undo_report *report;
	struct arena *arena; /* of the report */
	struct map *map;     /* by row */
	struct sent *list, **tail;
	size_t note_size;
	int64_t number;
};

/* note: text and in_part. */
int undo_note(struct undoing *u, const struct sent *s, struct undo_note note);

/* invert.c: s->inverse, without what somebody changed since. */
int undo_invert(struct undoing *u, struct sent *s, struct err *e) MUST_CHECK;
/* invert.c: asks the directories which of their deleted objects come back. */
int undo_ask_restore(struct undoing *u, struct err *e) MUST_CHECK;

#endif /* ENGINE_PLAN_UNDO_INT_H */
