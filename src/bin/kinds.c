/* bin/kinds.c -- the connectors that this program is built with. */
#include "connectors/ad/ad.h"
#include "connectors/connector.h"
#include "connectors/file/file.h"
#include "connectors/graph/graph.h"
#include "connectors/ldap/ldap.h"
#include "connectors/sync/sync.h"

const struct connector_kind *const connector_kinds[] = {
    &ad_connector_kind,
    &ldap_connector_kind,
    &graph_connector_kind,
    &sync_connector_kind,
    &file_connector_kind,
    NULL,
};
