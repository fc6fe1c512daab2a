/*
 * migrate/swing/switch_int.h -- what switch.c and rollback.c share.
 *
 * Purpose:   the note of the switch, which connectors it is about, and their
 *            leases.
 * Touches:   migrate/swing/switch.h.
 * Errors:    those of the store.
 */
#ifndef MIGRATE_SWING_SWITCH_INT_H
#define MIGRATE_SWING_SWITCH_INT_H

#include "migrate/swing/switch.h"

/* Staging mode and the note, in one transaction; who empty: no note. */
int switch_note(struct setup *s, bool staging, struct text who, int64_t run,
    struct err *e) MUST_CHECK;
/* A directory that keeps a lease. */
bool switch_is_target(const struct setup *s, size_t i);

/* f of each lease that may be kept. */
typedef int switch_lease_fn(
    struct engine *g, size_t connector, struct text who, struct err *e);
int switch_leases(struct setup *s, switch_lease_fn *f, struct text who,
    struct err *e) MUST_CHECK;

#endif /* MIGRATE_SWING_SWITCH_INT_H */
