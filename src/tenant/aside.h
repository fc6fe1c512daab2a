/*
 * tenant/aside.h -- services beside Graph and the synchronisation service.
 *
 * Purpose:   what clients of others ask by the vendor's names, in XML text:
 *            the company by the administration service (SOAP 1.2), and the
 *            registration of sign-in on the desktop and by agents.
 * Touches:   tenant/tenant_int.h, tenant/oauth.h, codec/xml.h.
 * Ownership: borrows; the answer is in the buffer given.
 * Errors:    a refusal is an answer; negative codes are failures of ours.
 */
#ifndef TENANT_ASIDE_H
#define TENANT_ASIDE_H

#include "codec/xml.h"
#include "tenant/tenant_int.h"

#define ASIDE_COMPANY  "/provisioningwebservice.svc" /* in any case */
#define ASIDE_REGISTER "/register/"

struct aside_call {
	struct tenant *t;
	struct arena *a;
	const char *method;
	struct text target, body;
	struct text roles; /* of who calls, where that is known already */
	const char *type;  /* of the answer */
	int status;
	struct buf *out;
};

/* True where the path is one of theirs, and then it is answered. */
bool aside_handle(struct aside_call *c);

/* One request within a transaction: 0, ERR_REJECTED where it is answered by a
 * refusal, or a failure. */
int aside_company(struct aside_call *c) MUST_CHECK;
int aside_register(struct aside_call *c) MUST_CHECK;

/* "<prefix:name>text</...>" on a writer; nil without a text. */
void aside_put(struct xml_writer *w, const char *name, struct text t);
void aside_put_bool(struct xml_writer *w, const char *name, bool b);
/* An element without a value, by the prefix "i". */
void aside_put_nil(struct xml_writer *w, const char *name);

#endif /* TENANT_ASIDE_H */
