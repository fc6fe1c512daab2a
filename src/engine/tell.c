/*
 * engine/tell.c -- runs, steps and cycles as events of the log.
 *
 * Attribute values are in none of them.  All are told from the level info up,
 * whatever the level of one: a command says by itself what went wrong.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/log.h"
#include "engine/tell.h"

#define FIELDS_MAX 64U

struct event {
	struct arena *arena;
	struct log_field fields[FIELDS_MAX];
	size_t count;
};

static void
put(struct event *ev, const char *key, const char *value)
{
	if (ev->count < FIELDS_MAX && value != NULL)
		ev->fields[ev->count++] = (struct log_field){key, value};
}

static void
put_text(struct event *ev, const char *key, struct text value)
{
	put(ev, key, arena_strndup(ev->arena, value.data, value.len));
}

static void
put_number(struct event *ev, const char *key, int64_t n)
{
	put(ev, key, arena_printf(ev->arena, "%" PRId64, n));
}

static void
put_run(struct event *ev, const struct run_record *run)
{
	put_text(ev, "connector", run->connector_name);
	put_number(ev, "run", run->id);
	put_text(ev, "profile", run->profile);
}

void
tell_run(struct arena *a, const struct engine_report *rep, bool begins)
{
	struct event ev = {.arena = a};
	bool bad = rep->code < 0;

	if (!log_enabled(LOG_INFO))
		return;
	put_run(&ev, &rep->run);
	if (!begins) {
		put_text(&ev, "result", rep->run.result);
		put_number(&ev, "ms", rep->run.end_ms - rep->run.start_ms);
		put_number(&ev, "object_errors", (int64_t)rep->object_errors);
		if (bad)
			put(&ev, "why", rep->err.text);
	}
	log_fields(bad ? LOG_WARN : LOG_INFO, begins ? "run.begin" : "run.end",
	    ev.fields, ev.count);
}

/* Names of our own; the vendor's number is a field, where it has one. */
static const char *
step_event(
    const struct step_record *rec, enum log_level *level, const char **vendor)
{
	*level = LOG_WARN;
	*vendor = NULL;
	if (text_is(rec->result, "stopped-deletion-threshold-exceeded")) {
		*vendor = "116";
		return "guard.deletions";
	}
	if (text_is(rec->result, "no-start-credentials") ||
	    text_is(rec->result, "failed-authentication")) {
		*vendor = "6000";
		return "step.credentials";
	}
	if (text_starts_nocase(rec->result, "stopped-") ||
	    text_starts_nocase(rec->result, "no-start-"))
		return "step.stopped";
	*level = LOG_INFO;
	return "step.end";
}

void
tell_step(struct arena *a, const struct run_record *run,
    const struct step_record *rec, uint64_t object_errors)
{
	struct event ev = {.arena = a};
	enum log_level level;
	const char *vendor;
	const char *name = step_event(rec, &level, &vendor);

	if (!log_enabled(LOG_INFO))
		return;
	put_run(&ev, run);
	put_text(&ev, "step", rec->type);
	put_number(&ev, "number", rec->number);
	if (rec->partition.len != 0)
		put_text(&ev, "partition", rec->partition);
	put_text(&ev, "result", rec->result);
	put(&ev, "vendor_event", vendor);
	put_number(&ev, "ms", rec->end_ms - rec->start_ms);
	put_number(&ev, "object_errors", (int64_t)object_errors);
	if (rec->detail.len != 0)
		put_text(&ev, "detail", rec->detail);
	for (size_t i = 0; i < rec->counter_count; i++)
		if (rec->counters[i].target.len == 0)
			put_number(&ev, rec->counters[i].name,
			    (int64_t)rec->counters[i].n);
	log_fields(level, name, ev.fields, ev.count);
}

void
tell_cycle(struct arena *a, bool initial, const struct engine_cycle_report *rep,
    int64_t took_ms)
{
	struct event ev = {.arena = a};
	bool begins = took_ms < 0;
	bool bad = !begins && rep->code < 0;

	if (!log_enabled(LOG_INFO))
		return;
	put(&ev, "policy", initial ? "initial" : "delta");
	if (!begins) {
		put(&ev, "result", engine_cycle_result(rep));
		put_number(&ev, "ms", took_ms);
		put_number(&ev, "runs", (int64_t)rep->count);
		put_number(&ev, "sent", (int64_t)rep->sent);
		put_number(&ev, "object_errors", (int64_t)rep->object_errors);
		if (bad)
			put(&ev, "why", rep->err.text);
	}
	log_fields(bad ? LOG_WARN : LOG_INFO,
	    begins ? "cycle.begin" : "cycle.end", ev.fields, ev.count);
}
