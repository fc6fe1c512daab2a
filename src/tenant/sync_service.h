/*
 * tenant/sync_service.h -- the synchronisation web service.
 *
 * Purpose:   one request in .NET binary XML, its answer or fault.
 * Touches:   tenant/tenant_int.h.
 * Ownership: borrows; the answer is in the buffer given.
 */
#ifndef TENANT_SYNC_SERVICE_H
#define TENANT_SYNC_SERVICE_H

#include "tenant/tenant_int.h"

#define SYNC_PATH "/provisioningservice.svc" /* in any case */

struct sync_exchange {
	struct tenant *t;
	struct arena *a;
	struct text body;    /* of the request */
	struct text machine; /* x-ms-aadmsods-machineid */
	struct text action;  /* x-ms-aadmsods-apiaction */
	bool busy;           /* a fault that a test asked for: code 81 */
	int status;
	const char *warning; /* NULL, or text for the header Warning */
	struct buf *out;
};
void sync_serve(struct sync_exchange *x);

#endif /* TENANT_SYNC_SERVICE_H */
