/*
 * migrate/swing/switch.h -- taking over, and handing back.
 *
 * Purpose:   a staging server becomes the active one when nothing unexpected
 *            would happen; and goes back, with what it sent taken back.
 * Touches:   the store, the target's lease, what engine/plan sends.
 * Ownership: reports live in the arena given.
 * Errors:    ERR_REFUSED: not now, and why; ERR_GUARD: differences are open;
 *            those of the engine.
 * Source:    docs/upgrade/switch.md.
 */
#ifndef MIGRATE_SWING_SWITCH_H
#define MIGRATE_SWING_SWITCH_H

#include "engine/plan/plan.h"
#include "engine/plan/undo.h"
#include "migrate/swing/swing.h"

/* What was noted of the switch; at_ms 0: there was none, or it went back. */
struct swing_switched {
	int64_t at_ms;
	int64_t run; /* the last run before it */
	struct text by;
};
int swing_switched(struct setup *s, struct arena *a, struct swing_switched *out,
    struct err *e) MUST_CHECK;

struct swing_switch {
	const char *old; /* a csexport to compare with as well, or NULL */
	bool old_is_off; /* a person says so, though it synchronised lately */
	struct text who;
};

/* From staging to active: every connector read and synchronised in full, no
 * difference open, no other product at work, the lease of each target taken.
 * Nothing is sent by it.  s: SETUP_RUN. */
int swing_take_over(
    struct setup *s, const struct swing_switch *w, struct err *e) MUST_CHECK;

/* Read and synchronised in full since its configuration changed; else
 * ERR_REFUSED says what it needs. */
int swing_is_whole(struct setup *s, size_t i, struct err *e) MUST_CHECK;

struct swing_undone {
	struct run_record run;
	struct undo_report undo;
	struct plan_report sent;
};

struct swing_rollback {
	struct swing_undone *runs; /* newest first */
	size_t run_count;
	uint64_t object_errors;
	uint64_t held; /* moved since: left as they are, see sent.list */
};

/* The exports since the switch are taken back, newest first, then staging mode
 * is on and the leases are free.  Cut off, it goes on where it was. */
int swing_roll_back(struct setup *s, struct text who, struct arena *a,
    struct swing_rollback *out, struct err *e) MUST_CHECK;

#endif /* MIGRATE_SWING_SWITCH_H */
