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

/*
 * The parameters that the directory itself gives to rules: Domain.FQDN,
 * Domain.LDAP and Domain.Netbios of the partition, Forest.FQDN, Forest.LDAP
 * and Forest.Netbios.  connector is open and of this kind.  A non-zero return
 * of each() stops and is returned.
 */
int ad_parameters(struct connector *connector, struct text partition,
    int (*each)(void *ctx, const char *name, struct text value), void *ctx,
    struct err *e) MUST_CHECK;

#endif /* CONNECTORS_AD_AD_H */
