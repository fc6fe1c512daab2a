/* cli/session.c -- see session.h. */
#include "cli/session.h"

#include <inttypes.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"

#define SHOW_AFTER_MS 1000
#define DRAW_EVERY_MS 200

static volatile sig_atomic_t asked_to_stop;

static void
on_signal(int number)
{
	(void)number;
	asked_to_stop = 1;
}

/* The first signal stops at the next safe point; the second ends at once,
 * which loses nothing either. */
static void
catch_signals(void)
{
	struct sigaction sa = {
	    .sa_handler = on_signal, .sa_flags = (int)SA_RESETHAND};

	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static bool
cancelled(void *ctx)
{
	(void)ctx;
	return asked_to_stop != 0;
}

static void
wipe_line(struct session *s)
{
	if (s->shown)
		(void)fputs("\r\033[K", stderr);
	s->shown = false;
}

/* "ad full-import  12 345 of 100 000  8 210/s  10 s left" */
static void
draw(struct session *s, const struct engine_progress *p, int64_t elapsed_ms)
{
	char done[32], total[32], rate[32], left[32];
	uint64_t per_s =
	    elapsed_ms > 0 ? p->done * 1000U / (uint64_t)elapsed_ms : 0;

	(void)fprintf(stderr, "\r\033[K%.*s %s  %s", TEXT_ARGS(p->connector),
	    p->step, cli_count(p->done, done));
	if (p->total >= p->done) /* more may have come than there were */
		(void)fprintf(stderr, " of %s", cli_count(p->total, total));
	(void)fprintf(stderr, "  %s/s", cli_count(per_s, rate));
	if (p->total > p->done && per_s != 0)
		(void)fprintf(stderr, "  %s left",
		    cli_duration(
			(int64_t)((p->total - p->done) * 1000U / per_s), left));
	s->shown = true;
}

static void
progress(void *ctx, const struct engine_progress *p)
{
	struct session *s = ctx;
	int64_t now = clock_monotonic_ms();

	if (s->step != p->step) {
		wipe_line(s);
		s->step = p->step;
		s->began_ms = now;
		s->drawn_ms = now;
	}
	if (now - s->began_ms < SHOW_AFTER_MS ||
	    now - s->drawn_ms < DRAW_EVERY_MS)
		return;
	s->drawn_ms = now;
	draw(s, p, now - s->began_ms);
}

void
session_prepare(struct session *s, const struct cli *c)
{
	s->cli = c;
	s->show = !c->quiet && isatty(STDERR_FILENO) != 0;
	s->setup.progress = s->show ? progress : NULL;
	s->setup.cancelled = cancelled;
	s->setup.ctx = s;
	s->setup.store_path = c->store;
}

int
session_open(struct session *s, const struct cli *c, enum setup_want want,
    bool refresh, struct err *e)
{
	session_prepare(s, c);
	s->setup.refresh_all = refresh;
	if (want == SETUP_RUN)
		catch_signals();
	return setup_open(&s->setup, conf_default_path(c->config), want, e);
}

void
session_close(struct session *s)
{
	wipe_line(s);
	setup_clear(&s->setup);
}

int
session_read(struct cli *c, int (*show)(struct session *s, struct err *e))
{
	struct session s = {0};
	struct err e = {0};
	int code = CLI_OK;
	int r = session_open(&s, c, SETUP_READ, false, &e);

	if (r == 0)
		r = show(&s, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

int
session_own_store(const struct cli *c, struct err *e)
{
	if (c->store == NULL)
		return 0;
	return err_set(e, ERR_REFUSED,
	    "--store %s is for looking at a copy: %s is about the "
	    "configuration's own store, and what goes with it",
	    c->store, c->command->name);
}

struct text
session_person(struct arena *a, const char *by)
{
	// NOLINTNEXTLINE(concurrency-mt-unsafe): nobody sets the environment
	const char *name = getenv("SUDO_USER");
	struct passwd pw, *p = NULL;
	char room[4096];

	if (by != NULL)
		return text_of(by);
	if (geteuid() == 0 && name != NULL && name[0] != '\0')
		return text_of(name);
	(void)getpwuid_r(getuid(), &pw, room, sizeof(room), &p);
	name = p != NULL ? arena_printf(a, "%s", p->pw_name)
			 : arena_printf(a, "uid %u", (unsigned)getuid());
	return text_of(name != NULL ? name : "unknown");
}

int
session_set(
    struct session *s, const char *key, struct text value, struct err *e)
{
	int r = store_lock(s->setup.store, key, e);

	if (r < 0)
		return r;
	r = store_meta_keep(s->setup.store, key, value, e);
	store_unlock(s->setup.store);
	return r;
}

void
session_say_problems(const struct session *s)
{
	const struct conf_problems *conf = s->setup.conf_problems;

	for (size_t i = 0; conf != NULL && i < conf->count; i++)
		(void)fprintf(stderr, "%s%.*s\n",
		    conf->items[i].blocks ? "" : "warning: ",
		    TEXT_ARGS(conf->items[i].text));
	if (conf != NULL && conf->more != 0)
		(void)fprintf(stderr, "and %zu more\n", conf->more);
	for (size_t i = 0; i < s->setup.problem_count; i++) {
		const struct plan_problem *p = &s->setup.problems[i];

		(void)fprintf(stderr, "%s%.*s:%d: ",
		    p->blocks ? "" : "warning: ", TEXT_ARGS(p->file), p->line);
		if (p->rule.len != 0)
			(void)fprintf(
			    stderr, "rule %.*s: ", TEXT_ARGS(p->rule));
		if (p->attribute.len != 0)
			(void)fprintf(
			    stderr, "%.*s: ", TEXT_ARGS(p->attribute));
		(void)fprintf(stderr, "%.*s", TEXT_ARGS(p->text));
		if (p->position != 0)
			(void)fprintf(stderr, " (at %zu)", p->position);
		(void)fputc('\n', stderr);
	}
}
