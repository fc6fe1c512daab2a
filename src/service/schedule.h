/*
 * service/schedule.h -- when the next cycle begins, and which.
 *
 * Purpose:   a pure decision from the settings, from what is known of the last
 *            cycles, and from two clocks.  Intervals are measured on the clock
 *            that never jumps and goes on while the machine sleeps; the wall's
 *            clock (UTC, so that summer time means nothing) serves for what
 *            happened before this process began, and for days.
 * Touches:   base/ alone.
 */
#ifndef SERVICE_SCHEDULE_H
#define SERVICE_SCHEDULE_H

#include "base/defs.h"

#define SCHEDULE_OFF     (-1)
#define SCHEDULE_NEVER   INT64_MAX
#define SCHEDULE_AGE_MS  (INT64_C(7) * 86400000)
#define SCHEDULE_BACKOFF 300000 /* a bell waits at most this long */

/* What the configuration and the store say. */
struct schedule {
	int64_t interval_ms; /* SCHEDULE_OFF: not by the clock */
	int64_t minimum_ms;
	int64_t told_ms;   /* as a directory wants it at least; 0: none does */
	int64_t custom_ms; /* asked for by a person; 0: not */
	int64_t bell_ms;   /* from a ring to the cycle; SCHEDULE_OFF */
	bool enabled;
	bool suspended; /* somebody changes the configuration */
	bool next_initial;
	int64_t started_ms; /* wall: the last cycle began; 0: never */
	int64_t whole_ms;   /* wall: one came to its end; 0: never */
};

struct schedule_clock {
	int64_t wall_ms;
	int64_t boot_ms;
};

/* What the daemon knows by itself, on the boot clock. */
struct schedule_state {
	int64_t began_ms; /* the last cycle, or attempt at one */
	int64_t rang_ms;  /* the first ring that no cycle has answered; or
			     SCHEDULE_NEVER */
	unsigned again;   /* cycles in a row that a bell began and that were
			     for nothing, see schedule_ended() */
	bool asked;       /* by a person: at once */
	bool asked_initial;
};

enum schedule_why {
	SCHEDULE_NOT = 0, /* no cycle is to come */
	SCHEDULE_CLOCK,
	SCHEDULE_BELL,
	SCHEDULE_ASKED,
};

struct schedule_next {
	int64_t at_ms; /* boot clock, may be past; SCHEDULE_NEVER */
	enum schedule_why why;
	bool initial;
	bool aged; /* initial, as the last cycle is too long ago */
};

struct schedule_next schedule_decide(const struct schedule *s,
    const struct schedule_state *st, struct schedule_clock now);

/* From one start to the next: what was asked for, never below the minimum. */
int64_t schedule_interval(const struct schedule *s);

/* Where the last cycle began on the boot clock, from when it began by the
 * wall's: for a process that was not there.  A clock that was set back counts
 * from now; never: due at once. */
int64_t schedule_began(int64_t started_ms, struct schedule_clock now);

/* Of a cycle that ended: by_bell, it was begun by rings alone, all of them
 * from directories to which the cycle before had written (what rang may be
 * our own change); wrote: to one of them again; failed: it did not come about.
 * Own changes that ring for ever are waited for longer and longer. */
struct schedule_outcome {
	bool own_ring;
	bool wrote;
	bool failed;
};
void schedule_ended(
    struct schedule_state *st, const struct schedule_outcome *o);

const char *schedule_why_name(enum schedule_why why);

#endif /* SERVICE_SCHEDULE_H */
