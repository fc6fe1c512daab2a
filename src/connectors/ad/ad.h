/*
 * connectors/ad/ad.h -- Active Directory, Microsoft's and Samba's.
 *
 * Purpose:   the flavour of connectors/ldap/core.h for a domain controller:
 *            objects are named by objectGUID, references come as the GUID of
 *            their target, what was deleted is never taken for alive.
 * Touches:   connectors/ldap/core.h.
 * Errors:    as connectors/connector.h.
 */
#ifndef CONNECTORS_AD_AD_H
#define CONNECTORS_AD_AD_H

#include "connectors/connector.h"

extern const struct connector_kind ad_connector_kind;

#endif /* CONNECTORS_AD_AD_H */
