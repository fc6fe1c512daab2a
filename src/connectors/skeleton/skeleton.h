/*
 * connectors/skeleton/skeleton.h -- a connector to begin from.
 *
 * Purpose:   the smallest whole connector: a directory of three objects that
 *            is compiled in.  docs/CONNECTOR.md goes through skeleton.c from
 *            top to bottom; copy the folder, rename, replace the table.
 * Touches:   connectors/connector.h.  No program of ours is built with it,
 *            but tests/unit/connectors/test_skeleton.c holds it against the
 *            contract.
 */
#ifndef CONNECTORS_SKELETON_SKELETON_H
#define CONNECTORS_SKELETON_SKELETON_H

#include "connectors/connector.h"

extern const struct connector_kind skeleton_connector_kind;

#endif /* CONNECTORS_SKELETON_SKELETON_H */
