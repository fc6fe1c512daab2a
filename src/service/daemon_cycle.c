/* service/daemon_cycle.c -- cycles: begun when due, told of, ended. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "service/daemon_int.h"

#define RETRY_FIRST_MS 1000
#define RETRY_DOUBLES  6U

struct schedule_clock
clock_both(void)
{
	return (struct schedule_clock){
	    .wall_ms = clock_now_ms(), .boot_ms = clock_boot_ms()};
}

/* A store that is just being made cannot be read for a moment. */
static void
unreadable(struct daemon *d, struct arena *a, const struct err *e)
{
	if (d->settings.schedule.minimum_ms == 0) /* never read */
		(void)!settings_get(NULL, d->now.conf, a, &d->settings, NULL);
	if (d->settings_failed++ == 1)
		log_event(
		    LOG_ERROR, "settings.unreadable", "why", e->text, NULL);
}

/* What other processes say holds too; where it cannot be read, what was. */
void
cycle_settings(struct daemon *d)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct settings s;
	struct err e = {0};
	int64_t before = d->settings.schedule.started_ms;
	int r = a != NULL ? settings_read(d->now.conf, a, &s, &e) : ERR_NOMEM;

	if (r < 0) {
		unreadable(d, a, &e);
		return;
	}
	s.cycles.policy = s.cycles.result = TEXT(""); /* of the arena */
	d->settings_failed = 0;
	d->settings = s;
	/* A cycle of the command line counts. */
	if (s.schedule.started_ms > before && before != 0 && !d->cycling) {
		int64_t began =
		    schedule_began(s.schedule.started_ms, clock_both());

		if (began > d->state.began_ms)
			d->state.began_ms = began;
	}
}

struct schedule_next
cycle_next(const struct daemon *d)
{
	return schedule_decide(&d->settings.schedule, &d->state, clock_both());
}

static bool
is_due(const struct schedule_next *n)
{
	return n->why != SCHEDULE_NOT && n->at_ms <= clock_boot_ms();
}

static void
log_due(const struct schedule_next *n)
{
	log_event(LOG_INFO, "cycle.due", "why", schedule_why_name(n->why),
	    "policy", n->initial ? "initial" : "delta", "aged",
	    n->aged ? "yes" : "no", NULL);
}

static void
begin(struct daemon *d, struct schedule_next n)
{
	struct message m = {.kind = MESSAGE_CYCLE};
	struct err e = {0};

	m.flags =
	    (n.initial ? MESSAGE_INITIAL : 0) | (d->held ? MESSAGE_HELD : 0);
	log_due(&n);
	if (message_send(d->now.engine.fd, &m, &e) < 0)
		return; /* it is about to be found gone */
	d->own_ring =
	    n.why == SCHEDULE_BELL && (d->rang_from & ~d->wrote_to) == 0;
	d->rang_from = 0;
	d->state.rang_ms = SCHEDULE_NEVER;
	d->state.asked = d->state.asked_initial = false;
	d->state.began_ms = clock_boot_ms();
	d->current = n;
	d->current_ms = clock_now_ms();
	d->progress[0] = d->waiting[0] = '\0';
	d->cycling = true;
}

void
cycle_begin_if_due(struct daemon *d)
{
	struct schedule_next n;

	if (d->cycling || d->now.engine.pid == 0 || d->next.arena != NULL ||
	    d->ending)
		return;
	n = cycle_next(d);
	if (!is_due(&n) || !config_is_current(d))
		return;
	cycle_settings(d);
	n = cycle_next(d);
	if (is_due(&n))
		begin(d, n);
}

/* ---- What it says ---- */

/* It did not come about: it is tried again, later and later. */
static void
try_again(struct daemon *d)
{
	if (d->state.rang_ms == SCHEDULE_NEVER)
		d->state.rang_ms = clock_boot_ms();
	if (d->current.why == SCHEDULE_ASKED)
		d->settings.schedule.next_initial |= d->current.initial;
}

static void
ended(struct daemon *d, const struct message *m)
{
	struct schedule_outcome o = {
	    .own_ring = d->own_ring,
	    .wrote = m->n != 0,
	    .failed = m->code < 0 && m->runs == 0 && m->code != ERR_CANCELLED,
	};

	d->cycling = false;
	d->wrote_to = m->mask;
	d->progress[0] = d->waiting[0] = '\0';
	schedule_ended(&d->state, &o);
	if (o.failed) {
		log_event(LOG_ERROR, "cycle.failed", "error", err_name(m->code),
		    "why", m->text, NULL);
		try_again(d);
	}
	cycle_settings(d);
}

void
cycle_message(struct daemon *d, const struct message *m)
{
	if (!d->cycling)
		return;
	switch ((enum message_kind)m->kind) {
	case MESSAGE_PROGRESS:
		(void)snprintf(d->progress, sizeof(d->progress),
		    "%.200s %" PRIu64, m->text, m->n);
		d->waiting[0] = '\0';
		break;
	case MESSAGE_WAITING:
		memcpy(d->waiting, m->text, sizeof(d->waiting));
		log_event(LOG_INFO, "cycle.waiting", "why", m->text, NULL);
		break;
	case MESSAGE_DONE:
		ended(d, m);
		break;
	case MESSAGE_CYCLE:
	case MESSAGE_READY:
	case MESSAGE_REFUSED:
	case MESSAGE_LISTENS:
	case MESSAGE_RANG:
	case MESSAGE_LOST:
		break;
	}
}

void
cycle_died(struct daemon *d, int status)
{
	struct message m = {.kind = MESSAGE_DONE, .code = ERR_INTERNAL};
	unsigned doubles =
	    d->failures < RETRY_DOUBLES ? d->failures : RETRY_DOUBLES;
	char what[64];

	(void)snprintf(what, sizeof(what), "%s %d",
	    WIFSIGNALED(status) ? "signal" : "exit code",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	log_event(LOG_ERROR, "engine.died", "status", what, NULL);
	(void)snprintf(m.text, sizeof(m.text), "its process ended: %s", what);
	if (d->cycling)
		ended(d, &m);
	d->failures++;
	d->retry_at_ms =
	    clock_monotonic_ms() + RETRY_FIRST_MS * (INT64_C(1) << doubles);
}

void
cycle_stop(struct daemon *d)
{
	if (d->cycling && d->now.engine.pid != 0)
		(void)kill(d->now.engine.pid, SIGINT);
}
