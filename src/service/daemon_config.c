/*
 * service/daemon_config.c -- a configuration is looked at, taken, or refused.
 *
 * What is on disk is read by a new engine process first.  Where that finds it
 * good, it takes the place of the old one, between two cycles; where not, the
 * old one goes on with what it has.
 */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "service/daemon_int.h"
#include "service/fingerprint.h"
#include "service/system.h"

#define RETRY_MOST_MS 60000

void
loaded_clear(struct loaded *l)
{
	child_clear(&l->engine);
	(void)arena_free(l->arena);
	*l = (struct loaded){.engine = {.fd = -1}};
}

static void
told(struct daemon *d)
{
	if (d->reloading)
		system_ready();
	d->reloading = false;
}

/* Nothing is held against what is on disk. */
static void
accept_again(struct daemon *d)
{
	d->held = false;
	d->problem[0] = '\0';
	loaded_clear(&d->bad);
}

static void
refused(struct daemon *d, int code, const char *why)
{
	accept_again(d);
	child_clear(&d->next.engine);
	d->bad = d->next;
	d->next = (struct loaded){.engine = {.fd = -1}};
	if (d->now.arena == NULL) {
		d->ending = true;
		d->code = err_set(&d->err, code, "%s", why);
		return;
	}
	d->held = true;
	d->rejected = fingerprint(d->now.conf);
	(void)snprintf(d->problem, sizeof(d->problem), "%s", why);
	log_event(LOG_ERROR, "config.rejected", "why", why, "holds",
	    d->now.engine.pid != 0 ? "the configuration before" : "none", NULL);
	d->retry_at_ms = INT64_MAX; /* until it is another */
	told(d);
}

static int
load(struct loaded *l, const char *path, struct err *e)
{
	static struct conf_problems problems;
	int r;

	l->arena = arena_new(0);
	if (l->arena == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = conf_load(path, l->arena, &l->conf, &problems);
	if (r < 0 && problems.count > 0)
		return err_set(e, r, "%.*s", TEXT_ARGS(problems.items[0].text));
	if (r < 0)
		return err_set(e, r, "%s: %s", path, err_name(r));
	l->print = fingerprint(l->conf);
	return 0;
}

static int
check_store(const struct daemon *d, struct arena *a, const struct conf *c,
    struct err *e)
{
	const char *path = settings_beside(c, a, "");

	if (path == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (strcmp(path, d->store_path) == 0)
		return 0;
	return err_set(e, ERR_CONFIG,
	    "store: path is another: causewayd has to be started anew for it");
}

void
config_begin(struct daemon *d)
{
	struct child_role role = {.role = "engine",
	    .config = d->options->config,
	    .log_level = d->options->log_level};
	struct err e = {0};
	int r;

	d->reload = false;
	r = load(&d->next, d->options->config, &e);
	if (r == 0)
		r = check_store(d, d->next.arena, d->next.conf, &e);
	if (r == 0)
		r = child_start(&d->next.engine, &role, &e);
	if (r < 0)
		refused(d, r, e.text);
}

static void
take(struct daemon *d)
{
	bool first = d->now.arena == NULL;

	bells_stop(d);
	child_clear(&d->old);
	d->old = d->now.engine;
	child_stop(&d->old, GRACE_MS);
	d->now.engine = (struct child){.fd = -1};
	loaded_clear(&d->now);
	d->now = d->next;
	d->next = (struct loaded){.engine = {.fd = -1}};
	accept_again(d);
	d->failures = 0;
	log_event(
	    LOG_INFO, "config.accepted", "path", d->now.conf->path.data, NULL);
	cycle_settings(d);
	if (first) {
		d->state.began_ms = schedule_began(
		    d->settings.schedule.started_ms, clock_both());
		log_event(
		    LOG_INFO, "daemon.ready", "store", d->store_path, NULL);
		system_ready();
	}
	told(d);
	bells_start(d);
}

void
config_take_if_ready(struct daemon *d)
{
	if (d->next.ready && !d->cycling)
		take(d);
}

void
config_message(struct daemon *d, const struct message *m)
{
	if (m->kind == MESSAGE_READY)
		d->next.ready = true;
	else if (m->kind == MESSAGE_REFUSED)
		refused(d, m->code, m->text);
}

void
config_died(struct daemon *d, int status)
{
	char why[128];

	(void)snprintf(why, sizeof(why),
	    "the process that reads it ended (%s %d)",
	    WIFSIGNALED(status) ? "signal" : "exit code",
	    WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	refused(d, ERR_INTERNAL, why);
	d->retry_at_ms = clock_monotonic_ms() + RETRY_MOST_MS;
}

bool
config_is_current(struct daemon *d)
{
	uint64_t print = fingerprint(d->now.conf);

	if (print == d->now.print) {
		accept_again(d);
		return true;
	}
	if (d->held && print == d->rejected &&
	    (d->bad.conf == NULL || fingerprint(d->bad.conf) == d->bad.print))
		return true; /* the same again, and no better */
	d->reload = true;
	return false;
}
