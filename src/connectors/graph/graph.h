/*
 * connectors/graph/graph.h -- a cloud directory behind Microsoft Graph v1.0.
 *
 * Purpose:   users, groups with members, contacts and devices in; users and
 *            security groups out.  README.md beside this file tells the how.
 * Touches:   proto/http_client.h, proto/oauth.h, codec/json.h.
 */
#ifndef CONNECTORS_GRAPH_GRAPH_H
#define CONNECTORS_GRAPH_GRAPH_H

#include "connectors/connector.h"

extern const struct connector_kind graph_connector_kind;

#endif /* CONNECTORS_GRAPH_GRAPH_H */
