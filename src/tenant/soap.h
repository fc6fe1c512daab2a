/*
 * tenant/soap.h -- envelopes of the synchronisation service.
 *
 * Purpose:   what a request says of itself, and answers and faults around
 *            what the service writes.
 * Touches:   codec/soap.h.
 * Ownership: all of a request lives in the arena given and borrows from its
 *            octets.
 * Errors:    ERR_SYNTAX, ERR_LIMIT, with a text.
 */
#ifndef TENANT_SOAP_H
#define TENANT_SOAP_H

#include "codec/soap.h"

struct soap_request {
	struct text operation;  /* the last part of the action */
	struct text message_id; /* "urn:uuid:..." */
	struct text bearer;     /* the token alone */
	struct text build;      /* DirSyncBuildNumber */
	struct text app_id;     /* ApplicationId */
	struct text tracking;
	const struct xml_node *body; /* the element of the operation */
};

int soap_parse(struct arena *a, struct text octets, struct soap_request *out_q,
    struct err *e) MUST_CHECK;

/* Opens everything down to the result, which the service fills; soap_end()
 * closes it. */
void soap_answer_begin(
    struct nbfx_writer *w, struct arena *a, const struct soap_request *q);
int soap_answer_end(struct nbfx_writer *w) MUST_CHECK;

struct soap_fault {
	bool receiver; /* our failure, not the sender's */
	int code;      /* ErrorCode */
	struct text text;
	struct text redirect_url; /* set: a BindingRedirectionFault */
};
int soap_fault_write(struct buf *out, const struct soap_request *q,
    const struct soap_fault *f) MUST_CHECK;

#endif /* TENANT_SOAP_H */
