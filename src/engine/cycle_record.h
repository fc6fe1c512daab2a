/*
 * engine/cycle_record.h -- the last cycles, and the next one's policy.
 *
 * Purpose:   what the schedule goes by; kept in the store, so that it holds
 *            for cycles of the daemon and of the command line.
 * Touches:   store/.
 * Ownership: texts live in the arena given.
 * Errors:    those of the store.
 */
#ifndef ENGINE_CYCLE_RECORD_H
#define ENGINE_CYCLE_RECORD_H

#include "store/store.h"

/* The store's: milliseconds between cycles that a directory asked for. */
#define ENGINE_META_INTERVAL "sched.told"
int engine_interval_note(struct store *s, int64_t ms, struct err *e) MUST_CHECK;

struct engine_cycles {
	int64_t start_ms; /* of the last; 0: there was none */
	int64_t end_ms;   /* 0: it goes on, or its process died */
	int64_t whole_ms; /* when one last came to its end, */
	int64_t full_ms;  /* and an initial one */
	struct text policy;
	struct text result;
	bool next_initial; /* asked for; until an initial one came to its end */
};
int engine_cycles_get(struct store *s, struct arena *a,
    struct engine_cycles *out, struct err *e) MUST_CHECK;

/* Transactions of their own. */
int cycle_note_begin(
    struct store *s, bool initial, int64_t now_ms, struct err *e) MUST_CHECK;

struct cycle_note {
	int64_t now_ms;
	bool initial;
	bool whole; /* it came to its end, whatever single runs did */
	const char *result;
};
int cycle_note_end(
    struct store *s, const struct cycle_note *n, struct err *e) MUST_CHECK;

#endif /* ENGINE_CYCLE_RECORD_H */
