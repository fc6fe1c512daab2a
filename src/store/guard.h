/*
 * store/guard.h -- what guards remember.
 *
 * Purpose:   how much of each kind of change earlier exports made, for limits
 *            that are learned; and acknowledgements: who allowed what a guard
 *            would stop, why, and until when.
 * Touches:   store/store.h.
 * Ownership, errors: as store/store.h.
 */
#ifndef STORE_GUARD_H
#define STORE_GUARD_H

#include "store/store.h"

#define GUARD_SAMPLES 200000U /* that a list gives at most, the newest */

/* What one export sent of one kind of change; the kinds are the engine's.
 * kind 0: the export itself, n is all that it sent. */
struct guard_sample {
	int64_t run;
	int kind;
	uint32_t type, name; /* 0 where the kind has none */
	int64_t ms;
	uint64_t n;
};

int guard_sample_add(struct store *s, int64_t connector,
    const struct guard_sample *sample, struct err *e) MUST_CHECK;
/* Newest run first. */
int guard_sample_list(struct store *s, struct arena *a, int64_t connector,
    struct guard_sample **out, size_t *out_count, struct err *e) MUST_CHECK;
int guard_sample_purge(
    struct store *s, int64_t older_than_ms, struct err *e) MUST_CHECK;

struct guard_ack {
	int64_t id;
	int64_t connector;
	struct text who, reason;
	int64_t ms, until_ms;
	bool once;       /* over when it was used */
	int64_t used_ms; /* the last time; 0: never */
};

int guard_ack_add(
    struct store *s, const struct guard_ack *ack, struct err *e) MUST_CHECK;
/* Those that hold at now_ms, of all connectors, newest first, at most 1,000. */
int guard_ack_list(struct store *s, struct arena *a, int64_t now_ms,
    struct guard_ack **out, size_t *out_count, struct err *e) MUST_CHECK;
/* The newest of a connector that holds at now_ms; id 0: none does. */
int guard_ack_get(struct store *s, struct arena *a, int64_t connector,
    int64_t now_ms, struct guard_ack *out, struct err *e) MUST_CHECK;
int guard_ack_used(
    struct store *s, int64_t id, int64_t ms, struct err *e) MUST_CHECK;

#endif /* STORE_GUARD_H */
