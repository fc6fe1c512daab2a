/*
 * engine/limits_int.h -- what the files of the limits share.
 *
 * Purpose:   which limit is for which slice of an export.
 * Touches:   engine/export/limits.h, store/guard.h.
 * Ownership: a limiter lives in the arena it was made in.
 * Errors:    those of the store; ERR_NOMEM; ERR_CONFIG: a container that is no
 *            DN.
 */
#ifndef ENGINE_LIMITS_INT_H
#define ENGINE_LIMITS_INT_H

#include "engine/engine_int.h"
#include "engine/export/limits.h"
#include "store/guard.h"

/* What earlier exports did of one kind. */
struct learned {
	uint64_t runs; /* that sent anything */
	uint64_t median, largest;
};

struct limiter {
	struct engine *g;
	size_t connector;
	struct arena *arena;
	struct guard_sample *samples;
	size_t sample_count;
	struct slices pending, sent;
	struct slice_places places;          /* limits of containers */
	const struct guard_limit **of_scope; /* the limit of each */
	struct slice **found;                /* of one part */
	bool acked;   /* a person allowed it, or undoes a run */
	bool undoing; /* the second of these */
	bool passed;  /* only because of that */
};

struct verdict {
	int64_t count, percent; /* -1: any */
	uint64_t minimum;       /* percent is not asked for so many */
	struct text from;
};

int limiter_new(struct engine *g, size_t connector, struct arena *a,
    struct limiter **out, struct err *e) MUST_CHECK;
/* NULL: there is none in the list. */
struct limiter *limits_of(const struct gates *gates);
/* limits_places.c: the limits of containers, and where objects come from. */
int limits_places(struct limiter *l, struct err *e) MUST_CHECK;

int limits_learned(const struct limiter *l, const struct slice *k,
    struct learned *out) MUST_CHECK;
/* The one set by hand; NULL: none is. */
const struct guard_limit *limits_set_for(
    const struct limiter *l, const struct slice *s);
int limits_verdict(const struct limiter *l, const struct slice *s,
    struct verdict *out) MUST_CHECK;
/* change_percent; -1: any. */
int64_t limits_share(const struct engine_guard *g);

#endif /* ENGINE_LIMITS_INT_H */
