/*
 * engine/need.h -- what a connector has to do in full, and why.
 *
 * Purpose:   docs/engine/model.md 5.2 and 5.4: a full import, or a full
 *            synchronisation, that is required; kept until it was done.
 * Touches:   store/.
 * Ownership: texts live in the arena given.
 * Errors:    those of the store.
 */
#ifndef ENGINE_NEED_H
#define ENGINE_NEED_H

#include "store/store.h"

enum need {
	NEED_FULL_IMPORT = 0,
	NEED_FULL_SYNC = 1,
};

/* "full-import", "full-sync". */
const char *need_name(enum need n);

/* Why; empty: it is not needed. */
int need_get(struct store *s, struct arena *a, int64_t connector, enum need n,
    struct text *out_why, struct err *e) MUST_CHECK;

/* What a person put off: mark is what it was needed for (a digest), the empty
 * text ends it. */
int need_deferred(struct store *s, struct arena *a, int64_t connector,
    enum need n, struct text *out_mark, struct err *e) MUST_CHECK;
int need_defer(struct store *s, int64_t connector, enum need n,
    struct text mark, struct err *e) MUST_CHECK;

/* A transaction of its own; the empty text: done. */
int need_set(struct store *s, int64_t connector, enum need n, struct text why,
    struct err *e) MUST_CHECK;

/* It was made: neither needed nor put off. */
int need_done(
    struct store *s, int64_t connector, enum need n, struct err *e) MUST_CHECK;

#endif /* ENGINE_NEED_H */
