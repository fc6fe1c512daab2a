/* service/daemon_status.c -- what the daemon says of itself, and what it does
 * when it is asked to. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "codec/json.h"
#include "service/daemon_int.h"
#include "service/system.h"

static int64_t
wall_of(int64_t boot_ms)
{
	struct schedule_clock now = clock_both();

	return boot_ms <= now.boot_ms ? now.wall_ms
				      : now.wall_ms + (boot_ms - now.boot_ms);
}

void
status_tell(const struct daemon *d)
{
	static char last[600];
	struct schedule_next n = cycle_next(d);
	char text[600], when[32];

	if (d->ending)
		return;
	if (d->waiting[0] != '\0')
		(void)snprintf(text, sizeof(text), "waiting: %s", d->waiting);
	else if (d->cycling)
		(void)snprintf(text, sizeof(text), "%s cycle: %s",
		    d->current.initial ? "initial" : "delta", d->progress);
	else if (n.why == SCHEDULE_NOT)
		(void)snprintf(text, sizeof(text), "idle; no cycle is to come");
	else
		(void)snprintf(text, sizeof(text), "idle; next cycle %s",
		    clock_format(wall_of(n.at_ms), false, when));
	if (strcmp(text, last) == 0)
		return;
	memcpy(last, text, sizeof(last));
	system_status(text);
}

/* ---- Requests of the command line ---- */

static struct json *
bells_json(const struct daemon *d)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < d->bell_count; i++) {
		const struct bell *b = &d->bells[i];
		struct json *j = json_new_object();

		json_set_str(j, "connector", b->connector);
		json_set_bool(j, "listens", b->listens);
		json_set_int(j, "rings", (int64_t)b->rings);
		json_set_str(j, "why", b->why);
		json_push(list, j);
	}
	return list;
}

static struct json *
cycle_json(const struct daemon *d)
{
	struct json *j = json_new_object();
	char when[32];

	json_set_str(j, "policy", d->current.initial ? "initial" : "delta");
	json_set_str(j, "why", schedule_why_name(d->current.why));
	json_set_str(j, "since", clock_format(d->current_ms, false, when));
	json_set_str(j, "at", d->progress);
	json_set_str(j, "waiting", d->waiting);
	return j;
}

static struct json *
next_json(const struct daemon *d)
{
	struct schedule_next n = cycle_next(d);
	struct json *j = json_new_object();
	char when[32];

	json_set_str(j, "policy", n.initial ? "initial" : "delta");
	json_set_str(j, "why", schedule_why_name(n.why));
	json_set_bool(j, "aged", n.aged);
	json_set_str(j, "start",
	    n.why == SCHEDULE_NOT
		? ""
		: clock_format(wall_of(n.at_ms), false, when));
	return j;
}

static int
put_status(const struct daemon *d, char *out, size_t size)
{
	struct json *j = json_new_object();
	struct buf b;
	int r;

	json_set_int(j, "pid", getpid());
	if (d->cycling)
		json_set(j, "cycle", cycle_json(d));
	json_set(j, "next", next_json(d));
	json_set_str(j, "configuration-problem", d->problem);
	json_set(j, "bells", bells_json(d));
	buf_init(&b, size);
	r = json_write(j, false, &b);
	(void)json_free(j);
	(void)snprintf(out, size, "%s", r == 0 ? buf_text(&b).data : "{}");
	buf_clear(&b);
	return r;
}

static int
ask_start(struct daemon *d, bool initial, char *out, size_t size)
{
	char when[32];

	cycle_settings(d);
	if (d->settings.schedule.suspended) {
		(void)snprintf(out, size,
		    "the schedule is suspended (causeway sched set "
		    "--suspended off)");
		return ERR_REFUSED;
	}
	if (d->cycling) {
		(void)snprintf(out, size, "a cycle runs since %s",
		    clock_format(d->current_ms, false, when));
		return ERR_BUSY;
	}
	if (d->now.engine.pid == 0) {
		(void)snprintf(out, size, "there is no engine: %s", d->problem);
		return ERR_REFUSED;
	}
	d->state.asked = true;
	d->state.asked_initial = initial;
	(void)snprintf(out, size, "started");
	return 0;
}

static int
ask_stop(struct daemon *d, char *out, size_t size)
{
	bool cycling = d->cycling;

	cycle_stop(d);
	(void)snprintf(out, size, "%s",
	    cycling ? "the cycle is being stopped; what is pending goes with "
		      "the next"
		    : "no cycle runs");
	return cycling ? 0 : ERR_REFUSED;
}

int
status_answer(void *ctx, enum control_word w, char *out, size_t size)
{
	struct daemon *d = ctx;

	out[0] = '\0';
	if (d->now.arena == NULL || d->ending) {
		(void)snprintf(out, size, "it is just %s",
		    d->ending ? "ending" : "beginning");
		return ERR_REFUSED;
	}
	switch (w) {
	case CONTROL_START_DELTA:
		return ask_start(d, false, out, size);
	case CONTROL_START_INITIAL:
		return ask_start(d, true, out, size);
	case CONTROL_STOP:
		return ask_stop(d, out, size);
	case CONTROL_CHANGED:
		cycle_settings(d);
		return 0;
	case CONTROL_STATUS:
		return put_status(d, out, size);
	case CONTROL_NONE:
		break;
	}
	return ERR_INVAL;
}
