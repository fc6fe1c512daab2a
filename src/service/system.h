/*
 * service/system.h -- the system's service manager and its journal.
 *
 * Purpose:   sd_notify and the watchdog; events of base/log.h as structured
 *            entries of the journal where standard error goes there, else
 *            lines on standard error.
 * Touches:   libsystemd; nothing happens where systemd is not.
 */
#ifndef SERVICE_SYSTEM_H
#define SERVICE_SYSTEM_H

#include "base/defs.h"

/* Events go where they belong from now on. */
void system_log(void);

void system_ready(void);
void system_reloading(void);
void system_stopping(void);
void system_status(const char *text);

/* How often it wants to hear from us; 0: never. */
int64_t system_watchdog_ms(void);
void system_watchdog(void);

#endif /* SERVICE_SYSTEM_H */
