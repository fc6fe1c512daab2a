/* base/clock.c -- see clock.h. */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

static int64_t fixed_ms = -1;

static int64_t
read_clock(clockid_t id)
{
	struct timespec ts;

	(void)clock_gettime(id, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_now_ms(void)
{
	return fixed_ms >= 0 ? fixed_ms : read_clock(CLOCK_REALTIME);
}

int64_t
clock_monotonic_ms(void)
{
	return read_clock(CLOCK_MONOTONIC);
}

int64_t
clock_boot_ms(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

int64_t
clock_cpu_ms(void)
{
	return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

void
clock_set_ms(int64_t ms)
{
	fixed_ms = ms;
}

const char *
clock_format(int64_t ms, bool with_ms, char out[static 32])
{
	int64_t part = (ms % 1000 + 1000) % 1000; /* before 1970 too */
	time_t s = (time_t)((ms - part) / 1000);
	struct tm tm;
	size_t n;

	if (gmtime_r(&s, &tm) == NULL)
		tm = (struct tm){.tm_mday = 1, .tm_year = 70};
	n = strftime(out, 32, "%Y-%m-%dT%H:%M:%S", &tm);
	if (with_ms)
		(void)snprintf(out + n, 32 - n, ".%03dZ", (int)part);
	else
		(void)snprintf(out + n, 32 - n, "Z");
	return out;
}

/* Reads n digits at *pos. */
static bool
digits(struct text t, size_t *pos, size_t n, int *out)
{
	int v = 0;

	for (size_t i = 0; i < n; i++, (*pos)++) {
		if (*pos >= t.len || t.data[*pos] < '0' || t.data[*pos] > '9')
			return false;
		v = v * 10 + (t.data[*pos] - '0');
	}
	*out = v;
	return true;
}

static bool
letter(struct text t, size_t *pos, char c)
{
	return *pos < t.len && t.data[(*pos)++] == c;
}

static bool
fraction(struct text t, size_t *pos, int64_t *out_ms)
{
	int64_t scale = 100;
	size_t first;

	*out_ms = 0;
	if (*pos >= t.len || t.data[*pos] != '.')
		return true;
	for (first = ++*pos; *pos < t.len; (*pos)++) {
		if (t.data[*pos] < '0' || t.data[*pos] > '9')
			break;
		*out_ms += (t.data[*pos] - '0') * scale;
		scale /= 10;
	}
	return *pos > first;
}

int
clock_parse(struct text t, int64_t *out_ms)
{
	struct tm tm = {0};
	size_t p = 0;
	int64_t ms;
	int seconds, month;

	if (!digits(t, &p, 4, &tm.tm_year) || !letter(t, &p, '-') ||
	    !digits(t, &p, 2, &tm.tm_mon) || !letter(t, &p, '-') ||
	    !digits(t, &p, 2, &tm.tm_mday) || !letter(t, &p, 'T') ||
	    !digits(t, &p, 2, &tm.tm_hour) || !letter(t, &p, ':') ||
	    !digits(t, &p, 2, &tm.tm_min) || !letter(t, &p, ':') ||
	    !digits(t, &p, 2, &tm.tm_sec) || !fraction(t, &p, &ms) ||
	    !letter(t, &p, 'Z') || p != t.len)
		return ERR_SYNTAX;
	if (tm.tm_mon < 1 || tm.tm_mon > 12 || tm.tm_mday < 1 ||
	    tm.tm_mday > 31 || tm.tm_hour > 23 || tm.tm_min > 59 ||
	    tm.tm_sec > 60)
		return ERR_SYNTAX;
	tm.tm_year -= 1900;
	month = --tm.tm_mon;
	seconds = tm.tm_sec;
	tm.tm_sec = 0; /* a leap second may end a month */
	ms += ((int64_t)timegm(&tm) + seconds) * 1000;
	if (tm.tm_mon != month) /* no such day: timegm() went on */
		return ERR_SYNTAX;
	*out_ms = ms;
	return 0;
}

void
clock_sleep_ms(int64_t ms)
{
	struct timespec ts = {
	    .tv_sec = (time_t)(ms / 1000), .tv_nsec = ms % 1000 * 1000000};

	if (ms > 0)
		(void)nanosleep(&ts, NULL);
}
