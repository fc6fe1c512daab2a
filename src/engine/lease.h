/*
 * engine/lease.h -- one active instance for each target.
 *
 * Purpose:   what an export asks before it sends: whether the lease in the
 *            target is ours, and whether another server synchronises it.
 * Touches:   engine/engine_int.h.
 * Ownership: nothing is kept.
 * Errors:    ERR_REFUSED names the holder, its host, since when, last seen;
 *            those of the connector and the store.
 */
#ifndef ENGINE_LEASE_H
#define ENGINE_LEASE_H

#include "engine/engine_int.h"

bool lease_kind(const struct engine_connector *c);

/* Whether this store has never asked for it: then an export asks, also where
 * there is nothing to send. */
int lease_is_due(
    struct engine *g, size_t connector, bool *out, struct err *e) MUST_CHECK;

/* Takes it where nobody has it, says that we are alive where it is ours. */
int lease_keep(struct engine *g, size_t connector, struct connector *conn,
    struct err *e) MUST_CHECK;

/* After an export, also one that failed: the time that it moved is ours. */
int lease_sent(struct engine *g, size_t connector, struct connector *conn,
    struct err *e) MUST_CHECK;

/* ---- lease_synced.c: when a target was synchronised last ---- */

struct lease_synced {
	bool noted;
	int64_t ms;
	bool own;     /* we moved it */
	bool sending; /* an export that moves it began, and did not end */
};
int lease_synced_get(struct engine *g, struct text place, struct arena *a,
    struct lease_synced *out, struct err *e) MUST_CHECK;
int lease_synced_put(struct engine *g, struct text place,
    const struct lease_synced *s, struct err *e) MUST_CHECK;
/* Whether another server moved it since. */
bool lease_synced_foreign(
    const struct lease_synced *known, const struct connector_lease *l);
/* What it is now is known; moves: the export that follows moves it. */
int lease_synced_keep(struct engine *g, bool moves, struct lease_synced *known,
    const struct connector_lease *l, struct err *e) MUST_CHECK;

#endif /* ENGINE_LEASE_H */
