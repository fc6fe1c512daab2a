/*
 * service/child.h -- processes of one role each, and what they say.
 *
 * Purpose:   `causewayd` starts itself again for each role (a cycle's engine,
 *            one bell a connector): what reads foreign data, or blocks, is not
 *            the process that keeps the schedule.  A message is one packet of
 *            a fixed size on a socket pair.
 * Touches:   fork, exec of ourselves, a socket; docs/adr/daemon.md.
 * Ownership: struct child is the caller's; child_clear() ends and closes.
 * Errors:    ERR_PROTOCOL for a packet that is none: the child is ended.
 */
#ifndef SERVICE_CHILD_H
#define SERVICE_CHILD_H

#include <sys/types.h>

#include "base/err.h"

enum message_kind {
	/* From the daemon to the engine. */
	MESSAGE_CYCLE = 1, /* flags: MESSAGE_INITIAL, MESSAGE_HELD */

	/* From the engine. */
	MESSAGE_READY,    /* the configuration is good */
	MESSAGE_REFUSED,  /* it is not; text says why; the process ends */
	MESSAGE_PROGRESS, /* text; n: done */
	MESSAGE_WAITING,  /* text: who holds the run lock */
	MESSAGE_DONE,     /* code, text; n: changes sent, mask: to whom */

	/* From a bell. */
	MESSAGE_LISTENS, /* it has subscribed */
	MESSAGE_RANG,
	MESSAGE_LOST, /* text; the process ends */
};

#define MESSAGE_INITIAL (1U << 0)
#define MESSAGE_HELD    (1U << 1) /* with the configuration it has */

struct message {
	uint32_t kind; /* enum message_kind */
	uint32_t flags;
	int32_t code;
	uint32_t runs;
	uint64_t n;
	uint64_t errors;
	uint64_t mask;
	char text[512]; /* ends in a zero byte */
};

struct child {
	pid_t pid; /* 0: none */
	int fd;
	int64_t kill_at_ms; /* monotonic: ended by force then; 0: not */
};

/* role: "engine" or "bell"; what: the bell's connector, or NULL. */
struct child_role {
	const char *role;
	const char *what;
	const char *config;
	const char *log_level;
};
int child_start(
    struct child *c, const struct child_role *role, struct err *e) MUST_CHECK;

/* Asks it to end; by force after grace_ms. */
void child_stop(struct child *c, int64_t grace_ms);
/* Whether it has ended by now; then it is forgotten, *out_status as waitpid().
 * Ends it by force where its time is over. */
bool child_gone(struct child *c, int *out_status);
/* At once. */
void child_clear(struct child *c);

/* ---- Messages, both sides ---- */

int message_send(int fd, const struct message *m, struct err *e) MUST_CHECK;
/* 1 with a message, 0 where there is none now, ERR_CONNECT where the other
 * side is gone. */
int message_take(int fd, struct message *out, struct err *e) MUST_CHECK;

/* The daemon's end in a child's process. */
#define CHILD_FD 3

#endif /* SERVICE_CHILD_H */
