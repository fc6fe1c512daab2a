/* service/role.c -- see role.h: signals, and speaking to the daemon. */
#include "service/role.h"

#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t stopped, ended;

static void
on_signal(int number)
{
	stopped = 1;
	if (number == SIGTERM)
		ended = 1;
}

void
role_catch_signals(void)
{
	struct sigaction sa = {.sa_handler = on_signal};

	(void)sigaction(SIGINT, &sa, NULL);
	(void)sigaction(SIGTERM, &sa, NULL);
	/* the daemon's, which a terminal or a manager sends to the group */
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGPIPE, SIG_IGN);
}

bool
role_stopped(void *ctx)
{
	(void)ctx;
	return stopped != 0;
}

bool
role_ended(void)
{
	return ended != 0;
}

void
role_go_on(void)
{
	stopped = ended;
}

void
role_send(const struct message *m)
{
	if (message_send(CHILD_FD, m, NULL) < 0)
		ended = stopped = 1;
}

void
role_tell(enum message_kind kind, const char *text)
{
	struct message m = {.kind = kind};

	(void)snprintf(m.text, sizeof(m.text), "%s", text);
	role_send(&m);
}
