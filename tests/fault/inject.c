/* tests/fault/inject.c -- see inject.h: the wish, the counters, the report. */
#include "fault/inject.h"

#include <execinfo.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const names[FAULT_KINDS] = {
    [FAULT_MEMORY] = "memory",
    [FAULT_STORE] = "store",
    [FAULT_DISK] = "disk",
    [FAULT_FULL] = "full",
    [FAULT_LDAP] = "ldap",
    [FAULT_HTTP] = "http",
    [FAULT_COMMIT] = "commit",
};

static atomic_ulong counted[FAULT_KINDS];
static enum fault_kind kind = FAULT_KINDS;
static unsigned long at;
static bool stays, after;
static int report = -1;

static bool
is_set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && strcmp(value, "1") == 0;
}

static void
read_kind(const char *value)
{
	for (kind = 0; kind < FAULT_KINDS; kind++)
		if (strcmp(value, names[kind]) == 0)
			return;
	(void)fprintf(stderr, "FAULT_KIND: no \"%s\"\n", value);
	_exit(99);
}

__attribute__((constructor)) static void
read_wish(void)
{
	const char *what = getenv("FAULT_KIND"), *n = getenv("FAULT_AT");
	const char *path = getenv("FAULT_REPORT");

	stays = is_set("FAULT_STAYS");
	after = is_set("FAULT_AFTER");
	if (path != NULL)
		report =
		    open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	at = n != NULL ? strtoul(n, NULL, 10) : 0;
	if (what != NULL)
		read_kind(what);
}

void
fault_mark(const char *what)
{
	char line[512];
	size_t len = (size_t)snprintf(line, 64, "mark %.40s", what);

	for (int i = 0; i < FAULT_KINDS; i++)
		len += (size_t)snprintf(line + len, sizeof(line) - len,
		    " %s=%lu", names[i], atomic_load(&counted[i]));
	if (report >= 0 && dprintf(report, "%s\n", line) < 0)
		_exit(99);
}

__attribute__((destructor)) static void
mark_end(void)
{
	fault_mark("end");
}

/* Where it is: the addresses tell addr2line. */
static void
tell_where(unsigned long n)
{
	static atomic_bool told;
	void *frames[32];
	int count;

	if (report < 0 || atomic_exchange(&told, true))
		return;
	(void)dprintf(report, "hit %s %lu\n", names[kind], n);
	count = backtrace(frames, 32);
	backtrace_symbols_fd(frames, count, report);
}

bool
fault_due(enum fault_kind what)
{
	unsigned long n = atomic_fetch_add(&counted[what], 1) + 1;
	bool due = what == kind && at != 0 && (stays ? n >= at : n == at);

	if (due)
		tell_where(n);
	return due;
}

bool
fault_after(void)
{
	return after;
}
