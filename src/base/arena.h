/*
 * base/arena.h -- memory that lives and dies together.
 *
 * Purpose:   one arena per lifetime (run, object, expression); everything
 *            made for it is given back at once.
 * Touches:   malloc only.
 * Ownership: the arena owns all it returns; nothing in it is freed alone.
 * Errors:    allocation returns NULL, and arena_failed() stays true until
 *            arena_reset(), so that a builder may check once at its end.
 * Never:     secrets.  They go in base/secret.h, which wipes them.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/defs.h"

struct arena;

/* limit is the most this arena may ever hold, in bytes; 0 is no limit. */
struct arena *arena_new(size_t limit);
struct arena *arena_free(struct arena *a);
DEFINE_CLEANUP(arena, arena_free);

/* Zeroed and aligned for any type. */
void *arena_alloc(struct arena *a, size_t n) MUST_CHECK;

/* n items of size bytes, zeroed; NULL also where the product overflows. */
void *arena_array(struct arena *a, size_t n, size_t size) MUST_CHECK;

/* The same, not zeroed: for what is written whole before it is read. */
void *arena_raw(struct arena *a, size_t n, size_t size) MUST_CHECK;

/* A copy of n bytes with a zero byte behind it. */
char *arena_strndup(struct arena *a, const char *s, size_t n) MUST_CHECK;
char *arena_strdup(struct arena *a, const char *s) MUST_CHECK;
char *arena_printf(struct arena *a, const char *fmt, ...)
    PRINTF(2, 3) MUST_CHECK;

bool arena_failed(const struct arena *a);

/* Forgets all that is in it; keeps up to 4 MB, so that the next object or batch
 * needs no malloc. */
void arena_reset(struct arena *a);

/* Bytes taken from malloc now. */
size_t arena_held(const struct arena *a);

/* Tests only: the nth allocation from now fails (1 is the next), 0 never. */
void arena_fail_nth(struct arena *a, unsigned nth);

#endif /* BASE_ARENA_H */
