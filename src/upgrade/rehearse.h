/*
 * upgrade/rehearse.h -- the new release on a copy of the store.
 *
 * Purpose:   what a release would make of what is known: its migrations and,
 *            where its rules are others, the full synchronisations that they
 *            ask for; before it may touch the store itself.
 * Touches:   the copy; the store for reading; no directory.
 * Errors:    ERR_EXIST: the copy is there already; those of the store and of
 *            the engine.
 */
#ifndef UPGRADE_REHEARSE_H
#define UPGRADE_REHEARSE_H

#include "engine/setup.h"

struct rehearsal {
	size_t connectors; /* that were synchronised in full */
	uint64_t object_errors;
};

/* s: with what setup_open() wants to know before; opened here on the copy, in
 * staging mode, and left open for setup_clear(). */
int upgrade_rehearse(struct setup *s, const char *config, const char *copy,
    struct rehearsal *out, struct err *e) MUST_CHECK;

#endif /* UPGRADE_REHEARSE_H */
