/*
 * engine/lease.h -- one active instance for each target.
 *
 * Purpose:   what an export asks before it sends: whether the lease in the
 *            target is ours, and whether another product synchronises it.
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

#endif /* ENGINE_LEASE_H */
