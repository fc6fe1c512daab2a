/*
 * tenant/hosts.h -- names of the vendor's hosts that lead to this tenant.
 *
 * Purpose:   the names that clients have compiled in, and a certificate for
 *            them, by the tenant's own CA.
 * Touches:   tenant/open.h, the tenant's folder.
 * Errors:    as open.h and x509_make.h.
 */
#ifndef TENANT_HOSTS_H
#define TENANT_HOSTS_H

#include "base/text.h"

extern const char *const hosts_names[];
extern const size_t hosts_count;

/* Makes the certificate and its key anew. */
int hosts_certificate(
    struct arena *a, const char *dir, struct err *e) MUST_CHECK;

#endif /* TENANT_HOSTS_H */
