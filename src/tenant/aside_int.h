/*
 * tenant/aside_int.h -- the parts of the administration service.
 *
 * Purpose:   one request of it, answers and faults; users and groups, which
 *            are read by Graph (aside_people.c).
 * Touches:   tenant/aside.h, tenant/oauth.h, tenant/syncobj.h.
 * Ownership: all in the arena of the call.
 * Errors:    ERR_REJECTED where a fault is written.
 */
#ifndef TENANT_ASIDE_INT_H
#define TENANT_ASIDE_INT_H

#include "tenant/aside.h"
#include "tenant/oauth.h"
#include "tenant/syncobj.h"

#define ASIDE_NS_ADMIN \
	"http://schemas.datacontract.org/2004/07/Microsoft.Online."

struct company_call {
	struct aside_call *c;
	struct text operation, message_id, bearer;
	const struct xml_node *request; /* in the element of the operation */
	struct oauth_caller caller;
	struct sync_settings settings;
	struct xml_writer w;
};

int aside_refuse(
    struct company_call *q, const char *type, const char *reason) MUST_CHECK;
int aside_denied(struct company_call *q) MUST_CHECK;
/* Everything around what an operation gives. */
void aside_answer_begin(struct company_call *q);
int aside_answer_end(struct company_call *q) MUST_CHECK;

int aside_users(struct company_call *q) MUST_CHECK;
int aside_user(struct company_call *q) MUST_CHECK;
int aside_groups(struct company_call *q) MUST_CHECK;
int aside_group(struct company_call *q) MUST_CHECK;
int aside_members(struct company_call *q) MUST_CHECK;
int aside_licences(struct company_call *q) MUST_CHECK;

/* aside_put.c: an object of Graph's as the service writes it; kind: 'u' a user,
 * 'g' a group, 'm' a member of one. */
void aside_object_put(struct xml_writer *w, char kind, const struct json *o);
/* The properties of Graph that it needs, with commas; a failure stays in the
 * buffer. */
void aside_names(char kind, struct buf *out);

#endif /* TENANT_ASIDE_INT_H */
