/* tests/fault/wrap_memory.c -- malloc() and its kind, arenas and SQLite's
 * memory: the n-th is NULL. */
#include <errno.h>
#include <sqlite3.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/arena.h"
#include "fault/inject.h"

// NOLINTBEGIN(readability-identifier-naming): the linker names them
#define WRAP(type, name, parameters, arguments) \
	type __real_##name parameters;          \
	type __wrap_##name parameters;          \
	type __wrap_##name parameters           \
	{                                       \
		if (fault_due(FAULT_MEMORY)) {  \
			errno = ENOMEM;         \
			return NULL;            \
		}                               \
		return __real_##name arguments; \
	}

WRAP(void *, malloc, (size_t n), (n))
WRAP(void *, calloc, (size_t n, size_t size), (n, size))
WRAP(void *, realloc, (void *p, size_t n), (p, n))
WRAP(void *, reallocarray, (void *p, size_t n, size_t size), (p, n, size))
WRAP(char *, strdup, (const char *s), (s))
WRAP(char *, strndup, (const char *s, size_t n), (s, n))

/* An arena fails by its own seam: it remembers. */
#define WRAP_ARENA(type, name, parameters, arguments) \
	type __real_##name parameters;                \
	type __wrap_##name parameters;                \
	type __wrap_##name parameters                 \
	{                                             \
		if (fault_due(FAULT_MEMORY))          \
			arena_fail_nth(a, 1);         \
		return __real_##name arguments;       \
	}

WRAP_ARENA(void *, arena_alloc, (struct arena * a, size_t n), (a, n))
WRAP_ARENA(void *, arena_array, (struct arena * a, size_t n, size_t size),
    (a, n, size))
WRAP_ARENA(
    void *, arena_raw, (struct arena * a, size_t n, size_t size), (a, n, size))
WRAP_ARENA(char *, arena_strndup, (struct arena * a, const char *s, size_t n),
    (a, s, n))
WRAP_ARENA(char *, arena_strdup, (struct arena * a, const char *s), (a, s))

PRINTF(2, 3) char *__real_arena_printf(struct arena *a, const char *fmt, ...);
PRINTF(2, 3) char *__wrap_arena_printf(struct arena *a, const char *fmt, ...);

char *
__wrap_arena_printf(struct arena *a, const char *fmt, ...)
{
	char *text = NULL, *out;
	va_list ap;
	int n;

	if (fault_due(FAULT_MEMORY))
		arena_fail_nth(a, 1);
	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	out = n < 0 ? NULL : __real_arena_printf(a, "%s", text);
	free(text);
	return out;
}
// NOLINTEND(readability-identifier-naming)

/* ---- SQLite ---- */

static sqlite3_mem_methods plain;

static void *
counted_malloc(int n)
{
	return fault_due(FAULT_MEMORY) ? NULL : plain.xMalloc(n);
}

static void *
counted_realloc(void *p, int n)
{
	return fault_due(FAULT_MEMORY) ? NULL : plain.xRealloc(p, n);
}

__attribute__((constructor)) static void
take_sqlite_memory(void)
{
	sqlite3_mem_methods m;

	if (sqlite3_config(SQLITE_CONFIG_GETMALLOC, &plain) != SQLITE_OK)
		abort();
	m = plain;
	m.xMalloc = counted_malloc;
	m.xRealloc = counted_realloc;
	if (sqlite3_config(SQLITE_CONFIG_MALLOC, &m) != SQLITE_OK)
		abort();
}
