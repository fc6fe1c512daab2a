/* service/schedule.c -- see schedule.h. */
#include "service/schedule.h"

#define AGAIN_MAX 12U /* 200 ms doubled so often is beyond every limit */

int64_t
schedule_interval(const struct schedule *s)
{
	int64_t ms = s->custom_ms > 0 ? s->custom_ms : s->interval_ms;
	int64_t least = s->told_ms > s->minimum_ms ? s->told_ms : s->minimum_ms;

	if (ms == SCHEDULE_OFF)
		return SCHEDULE_OFF;
	return ms > least ? ms : least;
}

int64_t
schedule_began(int64_t started_ms, struct schedule_clock now)
{
	int64_t ago = now.wall_ms - started_ms;

	if (started_ms == 0)
		return -SCHEDULE_AGE_MS * 100; /* longer than any interval */
	return now.boot_ms - (ago > 0 ? ago : 0);
}

/* How long a ring waits: a moment, so that the changes that come together are
 * taken together. */
static int64_t
bell_pause(const struct schedule *s, const struct schedule_state *st)
{
	int64_t interval = schedule_interval(s);
	int64_t most = interval != SCHEDULE_OFF && interval < SCHEDULE_BACKOFF
			   ? interval
			   : SCHEDULE_BACKOFF;
	unsigned again = st->again < AGAIN_MAX ? st->again : AGAIN_MAX;
	int64_t pause = s->bell_ms;

	if (again > 0)
		pause = (pause > 100 ? pause : 100) * (INT64_C(1) << again);
	return again > 0 && pause > most ? most : pause;
}

static void
earlier(struct schedule_next *next, int64_t at_ms, enum schedule_why why)
{
	if (at_ms >= next->at_ms)
		return;
	next->at_ms = at_ms;
	next->why = why;
}

struct schedule_next
schedule_decide(const struct schedule *s, const struct schedule_state *st,
    struct schedule_clock now)
{
	struct schedule_next next = {.at_ms = SCHEDULE_NEVER};
	int64_t interval = schedule_interval(s);

	/* 1. Nothing begins while somebody changes the configuration. */
	if (s->suspended)
		return next;
	/* 2. A person asked: at once, also where the clock is off. */
	if (st->asked)
		earlier(&next, now.boot_ms, SCHEDULE_ASKED);
	/* 3. A bell, then the clock: one cycle for all that was missed. */
	if (s->enabled && st->rang_ms != SCHEDULE_NEVER &&
	    s->bell_ms != SCHEDULE_OFF)
		earlier(&next, st->rang_ms + bell_pause(s, st), SCHEDULE_BELL);
	if (s->enabled && interval != SCHEDULE_OFF)
		earlier(&next, st->began_ms + interval, SCHEDULE_CLOCK);
	/* 4. In full where it was asked for, or deltas are too old. */
	next.aged =
	    s->whole_ms != 0 && now.wall_ms - s->whole_ms > SCHEDULE_AGE_MS;
	next.initial = s->next_initial || next.aged ||
		       (next.why == SCHEDULE_ASKED && st->asked_initial);
	return next;
}

void
schedule_ended(struct schedule_state *st, const struct schedule_outcome *o)
{
	if (o->failed || (o->own_ring && o->wrote))
		st->again++;
	else
		st->again = 0;
}

const char *
schedule_why_name(enum schedule_why why)
{
	static const char *const names[] = {
	    [SCHEDULE_NOT] = "none",
	    [SCHEDULE_CLOCK] = "interval",
	    [SCHEDULE_BELL] = "bell",
	    [SCHEDULE_ASKED] = "asked",
	};

	return names[why];
}
