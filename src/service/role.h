/*
 * service/role.h -- what a process that causewayd has started does.
 *
 * Purpose:   "engine": runs cycles when it is told to; "bell": waits for one
 *            directory's changes.  Each talks to the daemon on CHILD_FD.
 * Touches:   engine/setup.h; connectors/.
 * Errors:    are told; the exit code is 0, or 1 where it could not even speak.
 */
#ifndef SERVICE_ROLE_H
#define SERVICE_ROLE_H

#include "service/child.h"

int role_engine(const char *config);
int role_bell(const char *config, const char *connector);

/* ---- What both share (role.c) ---- */

/* SIGTERM and SIGINT are noted; the second flag is SIGTERM alone. */
void role_catch_signals(void);
bool role_stopped(void *ctx); /* for connectors and the engine */
bool role_ended(void);
void role_go_on(void); /* after a cycle that was stopped */

/* Where nobody listens any more, the process is to end. */
void role_send(const struct message *m);
void role_tell(enum message_kind kind, const char *text);

#endif /* SERVICE_ROLE_H */
