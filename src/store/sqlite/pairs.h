/*
 * store/sqlite/pairs.h -- sorted lists of (attribute, target).
 *
 * Purpose:   the rows that a set of references should be, compared with the
 *            rows that are there, so that only the difference is written.
 * Touches:   base/ only.
 * Ownership: items live in the arena given.
 * Errors:    ERR_NOMEM.
 */
#ifndef STORE_SQLITE_PAIRS_H
#define STORE_SQLITE_PAIRS_H

#include "base/arena.h"

struct pair {
	uint32_t name;
	int64_t target;
};

struct pairs {
	struct pair *items;
	size_t count;
	size_t size;
};

/* Room for n more; pairs_add() makes it too, a larger list each time. */
int pairs_reserve(struct arena *a, struct pairs *l, size_t n) MUST_CHECK;
int pairs_add(struct arena *a, struct pairs *l, struct pair p) MUST_CHECK;

/* In order, each once. */
void pairs_sort(struct pairs *p);

/* What is there comes in order, one at a time: what is not wanted goes to
 * gone, what is wanted leaves wanted.  Begin with {.wanted, .gone}. */
struct pairs_compare {
	struct pairs *wanted;
	struct pairs *gone;
	size_t at, kept;
};
int pairs_there(
    struct arena *a, struct pairs_compare *c, struct pair there) MUST_CHECK;
void pairs_end(struct pairs_compare *c);

#endif /* STORE_SQLITE_PAIRS_H */
