/*
 * connectors/ldap/ldap.h -- OpenLDAP, 389 Directory Server and their kin.
 *
 * Touches: connectors/ldap/core.h.
 */
#ifndef CONNECTORS_LDAP_LDAP_H
#define CONNECTORS_LDAP_LDAP_H

#include "connectors/connector.h"

extern const struct connector_kind ldap_connector_kind;

#endif /* CONNECTORS_LDAP_LDAP_H */
