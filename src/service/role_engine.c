/*
 * service/role_engine.c -- the process that runs cycles.
 *
 * Before each cycle it reads configuration and store anew, as the command line
 * does, so that what other processes changed holds.  What it has read last is
 * kept: where the configuration on disk is no good any more, it goes on with
 * that (MESSAGE_HELD).
 */
#include <malloc.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/setup.h"
#include "service/role.h"

#define LOCK_RETRY_MS 500
#define PROGRESS_MS   1000

struct worker {
	const char *config;
	struct setup setup;
	bool open; /* setup is that of the last cycle */
	int64_t told_ms;
	char waiting[512]; /* what was told of the lock */
};

static void
progress(void *ctx, const struct engine_progress *p)
{
	struct worker *w = ctx;
	struct message m = {.kind = MESSAGE_PROGRESS, .n = p->done};
	int64_t now = clock_monotonic_ms();

	if (now - w->told_ms < PROGRESS_MS)
		return;
	w->told_ms = now;
	(void)snprintf(m.text, sizeof(m.text), "%.*s %s",
	    (int)(p->connector.len < 200 ? p->connector.len : 200),
	    p->connector.data, p->step);
	role_send(&m);
}

static void
close_setup(struct worker *w)
{
	setup_clear(&w->setup);
	w->setup = (struct setup){0};
	w->open = false;
	(void)malloc_trim(0);
}

static int
open_setup(struct worker *w, bool initial, struct err *e)
{
	int r;

	close_setup(w);
	w->setup = (struct setup){.progress = progress,
	    .cancelled = role_stopped,
	    .ctx = w,
	    .refresh_all = initial};
	r = setup_open(&w->setup, w->config, SETUP_RUN, e);
	w->open = r == 0;
	if (r < 0)
		close_setup(w);
	return r;
}

/* As it was, but with what the store says now: staging, guards. */
static int
keep_setup(struct worker *w, struct err *e)
{
	if (!w->open)
		return err_set(e, ERR_CONFIG,
		    "the configuration is no good, and there is none from "
		    "before");
	return setup_engine_again(&w->setup, e);
}

static void
say_waiting(struct worker *w, const struct err *e)
{
	if (strcmp(w->waiting, e->text) == 0)
		return;
	(void)snprintf(w->waiting, sizeof(w->waiting), "%s", e->text);
	role_tell(MESSAGE_WAITING, e->text);
}

static int
try_cycle(struct worker *w, const struct message *m,
    struct engine_cycle_report *out, struct err *e)
{
	bool initial = (m->flags & MESSAGE_INITIAL) != 0;
	int r;

	*out = (struct engine_cycle_report){0};
	r = (m->flags & MESSAGE_HELD) != 0 ? keep_setup(w, e)
					   : open_setup(w, initial, e);
	if (r < 0)
		return r;
	return engine_cycle(w->setup.engine, initial, w->setup.arena, out, e);
}

/* Another process may have the run lock: it is waited for. */
static void
run_cycle(struct worker *w, const struct message *m)
{
	struct message done = {.kind = MESSAGE_DONE};
	struct engine_cycle_report report = {0};
	struct err e = {0};
	int r;

	w->waiting[0] = '\0';
	for (;;) {
		r = try_cycle(w, m, &report, &e);
		if (r != ERR_BUSY || report.count != 0)
			break;
		say_waiting(w, &e);
		clock_sleep_ms(LOCK_RETRY_MS);
		if (role_stopped(NULL)) {
			r = err_set(&e, ERR_CANCELLED, "stopped");
			break;
		}
	}
	done.code = r;
	done.runs = (uint32_t)report.count;
	done.n = report.sent;
	done.errors = report.object_errors;
	done.mask = report.sent_to;
	(void)snprintf(done.text, sizeof(done.text), "%s", r < 0 ? e.text : "");
	role_send(&done);
	role_go_on();
}

/* Reads all of it, and asks nobody: whether it is good. */
static int
check(const char *config, struct err *e)
{
	struct setup s = {0};
	int r = setup_open(&s, config, SETUP_CHECK, e);

	setup_clear(&s);
	return r;
}

/* 1: a message came; 0: a signal; negative: the daemon is gone. */
static int
wait_message(struct message *out, struct err *e)
{
	struct pollfd fd = {.fd = CHILD_FD, .events = POLLIN};

	if (poll(&fd, 1, -1) < 0)
		return 0;
	return message_take(CHILD_FD, out, e);
}

int
role_engine(const char *config)
{
	struct worker w = {.config = config};
	struct message m = {.kind = MESSAGE_REFUSED};
	struct err e = {0};
	int r;

	role_catch_signals();
	m.code = r = check(config, &e);
	if (r < 0) {
		(void)snprintf(m.text, sizeof(m.text), "%s", e.text);
		role_send(&m);
		return 0;
	}
	role_tell(MESSAGE_READY, "");
	/* For the case that what is on disk is no good before the first
	 * cycle; where this fails (a lock, a directory), that one says so. */
	if (open_setup(&w, false, &e) < 0)
		close_setup(&w);
	while (r >= 0 && !role_ended()) {
		role_go_on();
		r = wait_message(&m, &e);
		if (r > 0 && m.kind == MESSAGE_CYCLE)
			run_cycle(&w, &m);
	}
	close_setup(&w);
	return 0;
}
