/*
 * engine/discover.h -- what connectors have told of themselves, kept.
 *
 * Purpose:   a connector's schema and partitions are asked for once and kept
 *            in the store, so that rules are checked, and runs begin, without
 *            asking again.
 * Touches:   store/, connectors/.
 * Ownership: as engine/setup.h.
 */
#ifndef ENGINE_DISCOVER_H
#define ENGINE_DISCOVER_H

#include "engine/setup.h"

/* Fills in the row id of connector i; makes the row where write. */
int discover_row(
    struct setup *s, size_t i, bool write, struct err *e) MUST_CHECK;

/* Loads each connector's kept schema; asks those that have none or are to be
 * read anew, where ask.  One that cannot be reached is told by a warning and
 * goes without: its rules are not checked against it. */
int discover_schemas(struct setup *s, bool ask, struct err *e) MUST_CHECK;

/* The connector as the plan wants it: schema, and %parameters% Connector.ID,
 * Domain.*, Forest.* and those of its configuration. */
int discover_parameters(
    struct setup *s, size_t i, struct plan_connector *out) MUST_CHECK;

#endif /* ENGINE_DISCOVER_H */
