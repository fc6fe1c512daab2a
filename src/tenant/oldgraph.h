/*
 * tenant/oldgraph.h -- the directory's interface that came before Graph.
 *
 * Purpose:   "/{tenant}/users?api-version=1.6" for clients that were written
 *            for it: each request becomes a call of Graph, and its answer is
 *            written with the names and in the form of then.  What may be done
 *            is therefore said once, by Graph.
 * Touches:   tenant/tenant_int.h, tenant/oauth.h.
 * Ownership: borrows; the answer is in the buffer given.
 * Errors:    a refusal is an answer.
 */
#ifndef TENANT_OLDGRAPH_H
#define TENANT_OLDGRAPH_H

#include "tenant/tenant_int.h"

#define OLDGRAPH_TYPE                             \
	"application/json;odata=minimalmetadata;" \
	"streaming=true;charset=utf-8"

struct oldgraph_call {
	struct tenant *t;
	struct arena *a;
	const char *method;
	struct text target, body;
	struct text bearer; /* the header "Authorization" */
	struct text roles;  /* of who calls, where that is known already */
	struct text origin; /* "https://graph.windows.net" */
	struct text client_request_id;
	const char *request_id;
	int status;
	int retry_after_s;
	struct buf *out;
};

/* True where the path is one of its own, and then it is answered. */
bool oldgraph_handle(struct oldgraph_call *c);

#endif /* TENANT_OLDGRAPH_H */
