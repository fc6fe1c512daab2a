/* tenant/aside_company.c -- the administration service, as far as clients of
 * the synchronisation service ask it: the company, and the switch. */
#include "base/clock.h"
#include "tenant/aside_int.h"
#include "tenant/oauth.h"

#define NS_SOAP "http://www.w3.org/2003/05/soap-envelope"
#define NS_ADDR "http://www.w3.org/2005/08/addressing"
#define NS_OWN  "http://provisioning.microsoftonline.com/"
#define NS_XSI  "http://www.w3.org/2001/XMLSchema-instance"
#define ACTION  NS_OWN "IProvisioningWebService/"
#define CLIENT  "1651564e-7ce4-4d99-88be-0a65050d8dc3"

/* ---- Answers ---- */

static void
envelope_begin(struct company_call *q, const char *action)
{
	struct xml_writer *w = &q->w;

	buf_reset(q->c->out);
	xml_writer_init(w, q->c->out);
	xml_begin(w, "s:Envelope");
	xml_put_attr(w, "xmlns:s", TEXT(NS_SOAP));
	xml_put_attr(w, "xmlns:a", TEXT(NS_ADDR));
	xml_begin(w, "s:Header");
	xml_begin(w, "a:Action");
	xml_put_attr(w, "s:mustUnderstand", TEXT("1"));
	xml_put_text(w, text_of(action));
	xml_end(w, "a:Action");
	if (q->message_id.len != 0)
		xml_put_element(w, "a:RelatesTo", q->message_id);
	xml_end(w, "s:Header");
	xml_begin(w, "s:Body");
}

static int
envelope_end(struct company_call *q)
{
	xml_end(&q->w, "s:Body");
	xml_end(&q->w, "s:Envelope");
	return xml_end_document(&q->w);
}

static void
fault_detail(struct xml_writer *w, const char *type, struct text reason)
{
	xml_begin(w, type);
	xml_put_attr(
	    w, "xmlns", TEXT(ASIDE_NS_ADMIN "Administration.WebService"));
	xml_put_element(w, "Message", reason);
	xml_end(w, type);
}

int
aside_refuse(struct company_call *q, const char *type, const char *reason)
{
	struct xml_writer *w = &q->w;

	envelope_begin(q, ACTION "MsolFault");
	xml_begin(w, "s:Fault");
	xml_begin(w, "s:Code");
	xml_put_element(w, "s:Value", TEXT("s:Sender"));
	xml_end(w, "s:Code");
	xml_begin(w, "s:Reason");
	xml_begin(w, "s:Text");
	xml_put_attr(w, "xml:lang", TEXT("en-US"));
	xml_put_text(w, text_of(reason));
	xml_end(w, "s:Text");
	xml_end(w, "s:Reason");
	xml_begin(w, "s:Detail");
	fault_detail(w, type, text_of(reason));
	xml_end(w, "s:Detail");
	xml_end(w, "s:Fault");
	q->c->status = 500;
	return envelope_end(q) == 0 ? ERR_REJECTED : ERR_NOMEM;
}

int
aside_denied(struct company_call *q)
{
	return aside_refuse(q, "AccessDeniedException",
	    "Access Denied. You do not have permissions to call this cmdlet.");
}

void
aside_answer_begin(struct company_call *q)
{
	struct arena *a = q->c->a;
	char *name = arena_printf(a, "%.*sResponse", TEXT_ARGS(q->operation));
	char *result = arena_printf(a, "%.*sResult", TEXT_ARGS(q->operation));

	envelope_begin(q, arena_printf(a, ACTION "%s", name));
	xml_begin(&q->w, name);
	xml_put_attr(&q->w, "xmlns", TEXT(NS_OWN));
	xml_begin(&q->w, result);
	xml_put_attr(
	    &q->w, "xmlns:b", TEXT(ASIDE_NS_ADMIN "Administration.WebService"));
	xml_put_attr(&q->w, "xmlns:i", TEXT(NS_XSI));
}

int
aside_answer_end(struct company_call *q)
{
	struct arena *a = q->c->a;

	xml_end(&q->w, arena_printf(a, "%.*sResult", TEXT_ARGS(q->operation)));
	xml_end(
	    &q->w, arena_printf(a, "%.*sResponse", TEXT_ARGS(q->operation)));
	q->c->status = 200;
	return envelope_end(q);
}

/* ---- GetCompanyInformation ---- */

static const char *
status_name(enum sync_switch s)
{
	switch (s) {
	case SYNC_ON:
		return "Enabled";
	case SYNC_TURNING_ON:
		return "PendingEnabled";
	case SYNC_TURNING_OFF:
		return "PendingDisabled";
	case SYNC_OFF:
		break;
	}
	return "Disabled";
}

static void
put_time(struct xml_writer *w, const char *name, int64_t ms)
{
	char date[32];

	if (ms == 0)
		aside_put_nil(w, name);
	else
		xml_put_element(
		    w, name, text_of(clock_format(ms, false, date)));
}

/* What this tenant keeps of a company, in the order of the alphabet; what it
 * does not keep (addresses, licences, portals) has no value. */
static void
company_put(struct company_call *q)
{
	const struct tenant *t = q->c->t;
	const struct sync_settings *s = &q->settings;
	struct xml_writer *w = &q->w;
	bool was = s->last_sync_ms != 0;

	aside_put_nil(w, "c:City");
	xml_put_element(w, "c:CompanyType", TEXT("CompanyTenant"));
	aside_put_nil(w, "c:Country");
	aside_put_nil(w, "c:CountryLetterCode");
	aside_put(w, "c:DirSyncApplicationType", was ? TEXT(CLIENT) : TEXT(""));
	aside_put(w, "c:DirSyncClientMachineName", s->machine);
	aside_put(w, "c:DirSyncClientVersion", s->last_build);
	aside_put_nil(w, "c:DirSyncServiceAccount");
	aside_put_bool(
	    w, "c:DirectorySynchronizationEnabled", s->state != SYNC_OFF);
	xml_put_element(w, "c:DirectorySynchronizationStatus",
	    text_of(status_name(s->state)));
	aside_put(w, "c:DisplayName", t->display_name);
	xml_put_element(w, "c:InitialDomain", tenant_initial_domain(t)->name);
	put_time(w, "c:LastDirSyncTime", s->last_sync_ms);
	put_time(w, "c:LastPasswordSyncTime", s->last_password_ms);
	xml_put_element(w, "c:ObjectId", text_of(t->id));
	aside_put_bool(w, "c:PasswordSynchronizationEnabled",
	    (s->features & SYNC_PASSWORD_HASH) != 0);
	aside_put_nil(w, "c:PostalCode");
	aside_put_nil(w, "c:PreferredLanguage");
	aside_put_nil(w, "c:State");
	aside_put_nil(w, "c:Street");
	aside_put_nil(w, "c:TelephoneNumber");
	put_time(w, "c:WhenCreated", t->created_ms);
}

static int
op_company(struct company_call *q)
{
	aside_answer_begin(q);
	xml_begin(&q->w, "b:ReturnValue");
	xml_put_attr(&q->w, "xmlns:c", TEXT(ASIDE_NS_ADMIN "Administration"));
	company_put(q);
	xml_end(&q->w, "b:ReturnValue");
	return aside_answer_end(q);
}

/* ---- SetCompanyDirSyncEnabled (T8.2) ---- */

static int
op_switch(struct company_call *q)
{
	struct text on = xml_child_text(q->request, "EnableDirSync");
	int r;

	if (!text_is_nocase(on, "true") && !text_is_nocase(on, "false"))
		return aside_refuse(q, "RequiredPropertyNotSetException",
		    "EnableDirSync is true or false.");
	r = sync_turn(q->c->t, &q->settings, text_is_nocase(on, "true"));
	if (r == ERR_BUSY)
		return aside_refuse(q, "DirSyncStatusChangeNotAllowedException",
		    "Directory synchronization is being turned off; it cannot "
		    "be turned on before that has ended.");
	if (r != 0)
		return r;
	aside_answer_begin(q);
	return aside_answer_end(q);
}

/* ---- The table, and who may ---- */

/* Without a role: Graph says who may. */
static const struct operation {
	const char *name, *role;
	int (*run)(struct company_call *q);
} operations[] = {
    {"GetCompanyInformation", " ADSynchronization.ReadWrite.All ", op_company},
    {"SetCompanyDirSyncEnabled", " Organization.ReadWrite.All ", op_switch},
    {"ListUsers", NULL, aside_users},
    {"NavigateUserResults", NULL, aside_users},
    {"GetUser", NULL, aside_user},
    {"GetUserByUpn", NULL, aside_user},
    {"ListGroups", NULL, aside_groups},
    {"NavigateGroupResults", NULL, aside_groups},
    {"GetGroup", NULL, aside_group},
    {"ListGroupMembers", NULL, aside_members},
    {"NavigateGroupMemberResults", NULL, aside_members},
    {"SetUserLicenses", NULL, aside_licences},
};

static bool
may(struct company_call *q, const char *role)
{
	struct text t = q->bearer;
	struct oauth_caller caller = {0};

	if (text_starts_nocase(t, "Bearer "))
		t = (struct text){t.data + 7, t.len - 7};
	caller.roles = q->c->roles;
	if (caller.roles.len == 0 &&
	    oauth_check_sync(q->c->t, q->c->a, t, &caller, NULL) != 0)
		return false;
	q->caller = caller;
	return role == NULL || memmem(caller.roles.data, caller.roles.len, role,
				   strlen(role)) != NULL;
}

static int
dispatch(struct company_call *q)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]);
	     i++) {
		const struct operation *op = &operations[i];

		if (!text_is(q->operation, op->name))
			continue;
		if (!may(q, op->role))
			return aside_denied(q);
		return op->run(q);
	}
	return aside_refuse(q, "OperationNotSupportedException",
	    "This operation is not offered any more.");
}

static int
request_read(struct company_call *q)
{
	const struct xml_node *root = NULL, *head, *body;
	int r = xml_parse(q->c->a, "request", q->c->body, &root, NULL);

	if (r != 0)
		return r;
	head = xml_child(root, "Header");
	body = xml_child(root, "Body");
	if (!text_is(root->name, "Envelope") || body == NULL ||
	    body->first == NULL)
		return ERR_SYNTAX;
	q->message_id = xml_child_text(head, "MessageID");
	q->bearer = xml_text(xml_path(head, "UserIdentityHeader/BearerToken"));
	q->operation = body->first->name;
	q->request = xml_child(body->first, "request");
	return 0;
}

int
aside_company(struct aside_call *c)
{
	struct company_call q = {.c = c};
	int r = request_read(&q);

	if (r == ERR_NOMEM)
		return r;
	if (r != 0)
		return aside_refuse(&q, "InvalidHeaderException",
		    "The request is no SOAP envelope with an operation.");
	r = sync_settings_load(c->t, c->a, &q.settings);
	return r == 0 ? dispatch(&q) : r;
}
