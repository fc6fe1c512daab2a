/*
 * service/service.h -- causewayd: cycles by the clock, by a bell, on request.
 *
 * Purpose:   the daemon's main loop, and the roles it starts itself for.
 * Touches:   everything in this room.
 * Errors:    service_run() returns when it was told to stop (0), or could not
 *            begin: ERR_CONFIG, ERR_BUSY (another daemon), those of the store.
 */
#ifndef SERVICE_SERVICE_H
#define SERVICE_SERVICE_H

#include "base/err.h"

struct service_options {
	const char *config;    /* conf_default_path() */
	const char *log_level; /* for the processes that are started */
};
int service_run(const struct service_options *o, struct err *e) MUST_CHECK;

#endif /* SERVICE_SERVICE_H */
