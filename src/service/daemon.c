/*
 * service/daemon.c -- the daemon's loop; see service.h.
 *
 * One thread that waits for signals, for its processes, for the command line
 * and for the time; it reads no directory, holds no secret and never blocks.
 */
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "service/daemon_int.h"
#include "service/system.h"

/* The clock that poll() waits by stands still while the machine sleeps: after
 * that it is this late at most. */
#define TICK_MS 15000

/* ---- Signals ---- */

static int
open_signals(struct daemon *d, struct err *e)
{
	sigset_t set;

	(void)sigemptyset(&set);
	(void)sigaddset(&set, SIGTERM);
	(void)sigaddset(&set, SIGINT);
	(void)sigaddset(&set, SIGHUP);
	(void)sigaddset(&set, SIGCHLD);
	(void)signal(SIGPIPE, SIG_IGN);
	if (pthread_sigmask(SIG_BLOCK, &set, NULL) != 0)
		return err_set(e, ERR_INTERNAL, "signals cannot be blocked");
	d->signal_fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return d->signal_fd >= 0 ? 0 : err_set(e, -errno, "signals: %m");
}

static void
end(struct daemon *d, const char *why)
{
	if (d->ending)
		return;
	d->ending = true;
	system_stopping();
	log_event(LOG_INFO, "daemon.stopping", "why", why, NULL);
}

static void
take_signals(struct daemon *d)
{
	struct signalfd_siginfo info;

	while (read(d->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGTERM || info.ssi_signo == SIGINT)
			end(d,
			    info.ssi_signo == SIGTERM ? "SIGTERM" : "SIGINT");
		else if (info.ssi_signo == SIGHUP && !d->ending) {
			log_event(LOG_INFO, "config.reload", NULL);
			system_reloading();
			d->reload = d->reloading = true;
		}
	}
}

/* ---- Processes ---- */

typedef void take_fn(struct daemon *d, const struct message *m);

static void
take_messages(struct daemon *d, struct child *c, take_fn *take)
{
	struct message m;
	struct err e = {0};
	int r;

	while (c->pid != 0 && (r = message_take(c->fd, &m, &e)) != 0) {
		if (r == ERR_PROTOCOL)
			log_event(LOG_ERROR, "process.nonsense", NULL);
		if (r < 0) { /* it ends by itself, or now */
			child_stop(c, 1000);
			return;
		}
		take(d, &m);
	}
}

static void
take_bell(struct daemon *d, struct bell *b)
{
	struct message m;
	int r;

	while (b->child.pid != 0 &&
	       (r = message_take(b->child.fd, &m, NULL)) != 0) {
		if (r < 0) {
			child_stop(&b->child, 1000);
			return;
		}
		bell_message(d, b, &m);
	}
}

static void
reap(struct daemon *d)
{
	int status = 0;

	(void)child_gone(&d->old, NULL);
	if (child_gone(&d->next.engine, &status) && d->next.arena != NULL)
		config_died(d, status);
	if (child_gone(&d->now.engine, &status) && !d->ending)
		cycle_died(d, status);
}

/* ---- The loop ---- */

static int
wait_ms(const struct daemon *d)
{
	int64_t now = clock_monotonic_ms(), left = TICK_MS;
	int64_t dog = system_watchdog_ms() / 3;
	int64_t retry = bells_next_ms(d);
	struct schedule_next n;

	if (d->ending)
		return 50;
	if (d->old.pid != 0 || d->now.engine.kill_at_ms != 0)
		left = 500;
	if (d->now.engine.pid == 0 && d->retry_at_ms < retry)
		retry = d->retry_at_ms;
	if (retry - now < left)
		left = retry - now;
	if (dog > 0 && dog < left)
		left = dog;
	if (!d->cycling && d->now.engine.pid != 0 && d->next.arena == NULL) {
		n = cycle_next(d);
		if (n.why != SCHEDULE_NOT && n.at_ms - clock_boot_ms() < left)
			left = n.at_ms - clock_boot_ms();
	}
	return left > 0 ? (int)left : 0;
}

#define FDS_MAX (4 + CONF_MAX_CONNECTORS)

static void
wait_for_something(const struct daemon *d)
{
	struct pollfd fds[FDS_MAX] = {
	    {.fd = d->signal_fd, .events = POLLIN},
	    {.fd = control_wait_fd(&d->control), .events = POLLIN},
	    {.fd = d->now.engine.fd, .events = POLLIN},
	    {.fd = d->next.engine.fd, .events = POLLIN},
	};
	nfds_t n = 4;

	for (size_t i = 0; i < d->bell_count; i++)
		fds[n++] = (struct pollfd){
		    .fd = d->bells[i].child.fd, .events = POLLIN};
	(void)poll(fds, n, wait_ms(d));
}

/* What has to be done about the configuration. */
static void
tend_config(struct daemon *d)
{
	int64_t now = clock_monotonic_ms();

	if (d->ending)
		return;
	config_take_if_ready(d);
	if (d->next.arena != NULL)
		return;
	/* no engine: again, also where another configuration has come */
	if (d->now.arena != NULL && d->now.engine.pid == 0 &&
	    (d->retry_at_ms <= now || !config_is_current(d)))
		d->reload = true;
	if (d->reload)
		config_begin(d);
}

static void
one_turn(struct daemon *d)
{
	wait_for_something(d);
	take_signals(d);
	take_messages(d, &d->now.engine, cycle_message);
	take_messages(d, &d->next.engine, config_message);
	for (size_t i = 0; i < d->bell_count; i++)
		take_bell(d, &d->bells[i]);
	control_serve(&d->control, status_answer, d);
	reap(d);
	bells_tend(d);
	tend_config(d);
	cycle_begin_if_due(d);
	status_tell(d);
	if (system_watchdog_ms() > 0)
		system_watchdog();
}

/* The engine ends its step cleanly, the rest may go at once. */
static void
end_all(struct daemon *d)
{
	bells_stop(d);
	child_clear(&d->next.engine);
	child_stop(&d->now.engine, GRACE_MS);
	while (d->now.engine.pid != 0 || d->old.pid != 0) {
		wait_for_something(d);
		take_messages(d, &d->now.engine, cycle_message);
		take_signals(d);
		(void)child_gone(&d->old, NULL);
		(void)child_gone(&d->now.engine, NULL);
		if (system_watchdog_ms() > 0)
			system_watchdog();
	}
}

/* ---- Beginning ---- */

static int
first_look(struct daemon *d, struct err *e)
{
	static struct conf_problems problems;
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct conf *c = NULL;
	const char *path;
	int r = a != NULL ? conf_load(d->options->config, a, &c, &problems)
			  : ERR_NOMEM;

	if (r < 0 && problems.count > 0)
		return err_set(e, r, "%.*s", TEXT_ARGS(problems.items[0].text));
	if (r < 0)
		return err_set(e, r, "%s: %s", d->options->config, err_name(r));
	path = settings_beside(c, a, "");
	d->store_path = path != NULL ? strdup(path) : NULL;
	if (d->store_path == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	return control_open(&d->control, d->store_path, e);
}

static void
clear(struct daemon *d)
{
	control_close(&d->control);
	loaded_clear(&d->next);
	loaded_clear(&d->bad);
	loaded_clear(&d->now);
	child_clear(&d->old);
	if (d->signal_fd >= 0)
		(void)close(d->signal_fd);
	free(d->store_path);
}

int
service_run(const struct service_options *o, struct err *e)
{
	static struct daemon d;
	int r;

	d = (struct daemon){.options = o,
	    .signal_fd = -1,
	    .control = {.fd = -1, .lock_fd = -1, .client = -1},
	    .now = {.engine = {.fd = -1}},
	    .next = {.engine = {.fd = -1}},
	    .bad = {.engine = {.fd = -1}},
	    .old = {.fd = -1},
	    .state = {.rang_ms = SCHEDULE_NEVER},
	    .reload = true};
	r = open_signals(&d, e);
	if (r == 0)
		r = first_look(&d, e);
	if (r == 0)
		tend_config(&d);
	while (r == 0 && !d.ending)
		one_turn(&d);
	if (r == 0)
		end_all(&d);
	if (r == 0 && d.code < 0) {
		*e = d.err;
		r = d.code;
	}
	if (r == 0)
		log_event(LOG_INFO, "daemon.stopped", NULL);
	clear(&d);
	return r;
}
