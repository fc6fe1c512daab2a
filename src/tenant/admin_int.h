/*
 * tenant/admin_int.h -- the parts of /_causeway.
 *
 * Purpose:   one request of a test, and the handlers of what concerns
 *            synchronisation.
 * Touches:   tenant/admin.h, tenant/url.h.
 * Ownership: the body is the request's.
 */
#ifndef TENANT_ADMIN_INT_H
#define TENANT_ADMIN_INT_H

#include "tenant/admin.h"
#include "tenant/url.h"

struct admin_request {
	struct admin_call *c;
	struct url url;
	struct json *body;
};

void admin_fail(struct admin_call *c, int status, const char *text);

/* admin_sync.c */
void admin_clock_show(struct admin_request *q);
void admin_clock_set(struct admin_request *q);
void admin_clients_show(struct admin_request *q);
void admin_sync_set(struct admin_request *q);
void admin_device(struct admin_request *q);
void admin_sweep(struct admin_request *q);
void admin_domain_add(struct admin_request *q);
void admin_domain_remove(struct admin_request *q);

/* admin_device.c */
void admin_register(struct admin_request *q);

#endif /* TENANT_ADMIN_INT_H */
