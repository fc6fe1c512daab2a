/*
 * tenant/sync_int.h -- what the parts of the synchronisation service share.
 *
 * Purpose:   one request on its way through the service.
 * Touches:   tenant/syncobj.h, tenant/soap.h.
 * Errors:    ERR_REJECTED with the fault filled in.
 */
#ifndef TENANT_SYNC_INT_H
#define TENANT_SYNC_INT_H

#include "tenant/soap.h"
#include "tenant/syncobj.h"

struct sync_request {
	struct sync_call call;
	struct soap_request soap;
	struct nbfx_writer w; /* in the result of the operation */
	struct soap_fault fault;
	struct text machine; /* header of the client */
	int64_t links;       /* references of this request so far */
};

/* Fills the fault; always ERR_REJECTED. */
int sync_fault(struct sync_request *q, int code, const char *fmt, ...)
    PRINTF(3, 4);

#define SYNC_CODE_SYNTAX 1 /* a fault: what came is of another form */

/* sync_company.c: Capabilities, GetCompanyConfiguration,
 * SetCompanyDirsyncFeatures. */
int sync_op_capabilities(struct sync_request *q) MUST_CHECK;
int sync_op_company(struct sync_request *q) MUST_CHECK;
int sync_op_features(struct sync_request *q) MUST_CHECK;

/* sync_readback.c: writes the result. */
int sync_read_back(struct sync_request *q) MUST_CHECK;

/* sync_credential.c */
int sync_provision_credentials(struct sync_request *q) MUST_CHECK;

/* sync_clients.c: is this build one that is served? */
enum client_state {
	CLIENT_SERVED = 0,
	CLIENT_ANNOUNCED,     /* its end is known: a warning */
	CLIENT_NOT_SUPPORTED, /* still served: a warning */
	CLIENT_REFUSED,
};
struct client_verdict {
	enum client_state state;
	const char *family;
	struct text warning; /* or why it is refused */
};
int sync_client_judge(
    const struct sync_call *c, struct client_verdict *out_v) MUST_CHECK;
/* The table as JSON, with what is true today, for the tests' side door. */
void sync_clients_emit(struct buf *out, int64_t now_ms);
/* "2.4.21.0": ERR_SYNTAX. */
int sync_build_parse(struct text t, uint32_t out[static 4]) MUST_CHECK;
/* Compared as numbers; false also where one of them is none. */
bool sync_build_below(struct text build, struct text floor);

#endif /* TENANT_SYNC_INT_H */
