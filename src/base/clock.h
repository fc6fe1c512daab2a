/*
 * base/clock.h -- what time it is, and the time a test wants it to be.
 *
 * Purpose:   the only place that asks the system for the time, so that a test
 *            can set it.
 * Touches:   clock_gettime.
 * Units:     milliseconds; wall time since 1970-01-01 UTC.
 */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/text.h"

int64_t clock_now_ms(void);
int64_t clock_monotonic_ms(void);
int64_t clock_boot_ms(void); /* the same, and goes on while asleep */
int64_t clock_cpu_ms(void);  /* of this process, all threads */

/* Tests: wall time stands still at ms; -1 lets it run again. */
void clock_set_ms(int64_t ms);

/* "2026-11-23T20:43:00Z", or with .123 where with_ms; at least 32 bytes.
 * Returns out. */
const char *clock_format(int64_t ms, bool with_ms, char out[static 32]);

/* The reverse, RFC 3339 with Z alone; fraction optional. */
int clock_parse(struct text t, int64_t *out_ms) MUST_CHECK;

/* Sleeps, but not past a signal that asks to stop: returns early then. */
void clock_sleep_ms(int64_t ms);

#endif /* BASE_CLOCK_H */
