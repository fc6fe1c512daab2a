/*
 * connectors/sync/sync.h -- the synchronisation web service, as a connector.
 *
 * Purpose:   objects mastered on premises: users, groups, contacts, devices,
 *            public folders; read back and exported.
 * Touches:   connectors/connector.h.
 */
#ifndef CONNECTORS_SYNC_SYNC_H
#define CONNECTORS_SYNC_SYNC_H

#include "connectors/connector.h"

extern const struct connector_kind sync_connector_kind;

#endif /* CONNECTORS_SYNC_SYNC_H */
