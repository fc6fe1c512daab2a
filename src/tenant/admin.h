/*
 * tenant/admin.h -- /_causeway: what tests ask of the tenant.
 *
 * Purpose:   the journal of writes, faults on request, limits.  From loopback
 *            only, with the token of the file admin_token.
 * Touches:   tenant/tenant_int.h.
 */
#ifndef TENANT_ADMIN_H
#define TENANT_ADMIN_H

#include "tenant/tenant_int.h"

struct admin_call {
	struct tenant *t;
	struct arena *a;
	const char *method;
	struct text target;
	struct text body;
	struct text bearer;
	bool from_loopback;
	int status;
	struct buf *out;
};

void admin_handle(struct admin_call *c);

#endif /* TENANT_ADMIN_H */
