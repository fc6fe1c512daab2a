#include "tenant/sync_service.h"

#include <stdarg.h>

#include "tenant/oauth.h"
#include "tenant/sync_check.h"
#include "tenant/sync_int.h"

#define ROLE        " ADSynchronization.ReadWrite.All "
#define ITEMS_MAX   1000U
#define CODE_BUILD  2 /* this build is not served */
#define CODE_SWITCH 5
#define CODE_OURS   82
#define CODE_BUSY   81
#define CODE_DENIED 115

int
sync_fault(struct sync_request *q, int code, const char *fmt, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	q->fault.code = code;
	q->fault.text = text_of(arena_strdup(q->call.a, line));
	return ERR_REJECTED;
}

/* ---- Operations ---- */

static int
op_finalize(struct sync_request *q)
{
	struct sync_settings *s = &q->call.settings;
	const struct xml_node *b = q->soap.body;
	int r;

	if (text_to_int64(xml_child_text(b, "totalExported"), &s->exported) !=
		0 ||
	    text_to_int64(
		xml_child_text(b, "successfulExportCount"), &s->succeeded) != 0)
		return sync_fault(q, SYNC_CODE_SYNTAX,
		    "totalExported and successfulExportCount are numbers.");
	s->last_sync_ms = q->call.now_ms;
	s->deletions = 0;
	r = syncobj_log_end(q->call.t->db, &s->run_seq);
	if (r != 0)
		return r;
	s->last_build = q->soap.build;
	s->machine = q->machine;
	return sync_settings_save(q->call.t, s);
}

/* ---- Provisioning ---- */

static enum sync_type
type_of(const struct xml_node *v)
{
	static const struct {
		const char *name;
		enum sync_type type;
	} types[] = {
	    {"string", SYNC_STRING},
	    {"long", SYNC_LONG},
	    {"int", SYNC_LONG},
	    {"boolean", SYNC_BOOLEAN},
	    {"base64Binary", SYNC_BINARY},
	    {"ArrayOfstring", SYNC_STRINGS},
	    {"ArrayOfbase64Binary", SYNC_BINARIES},
	    {"SyncReferenceChangeCollection", SYNC_CHANGES},
	};
	struct text t = xml_attr(v, "type");
	struct text nil = xml_attr(v, "nil");
	const char *colon = t.len == 0 ? NULL : memchr(t.data, ':', t.len);

	if (text_is(nil, "true") || text_is(nil, "1"))
		return SYNC_NIL;
	if (colon != NULL)
		t = (struct text){
		    colon + 1, t.len - (size_t)(colon + 1 - t.data)};
	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++)
		if (text_is(t, types[i].name))
			return types[i].type;
	return v->first == NULL ? SYNC_STRING : SYNC_STRINGS;
}

static int
list_read(struct arena *a, const struct xml_node *v, struct sync_attr *out)
{
	struct text *list = arena_array(a, v->count + 1, sizeof(*list));

	if (list == NULL)
		return ERR_NOMEM;
	for (const struct xml_node *n = v->first; n != NULL; n = n->next)
		list[out->n++] = n->text;
	out->list = list;
	return 0;
}

static int
changes_read(struct arena *a, const struct xml_node *v, struct sync_attr *out)
{
	const struct xml_node *all = xml_child(v, "referenceChanges");
	const struct xml_node *n;
	struct sync_change *list;

	if (all == NULL)
		all = v;
	list = arena_array(a, all->count + 1, sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	for (n = xml_child(all, "SyncReferenceChange"); n != NULL;
	     n = xml_next(n, "SyncReferenceChange")) {
		const struct xml_node *ref = xml_child(n, "Reference");

		list[out->n++] = (struct sync_change){
		    .anchor = xml_child_text(ref, "Anchor"),
		    .cloud =
			text_is(xml_child_text(ref, "referenceTypeInt"), "1"),
		    .remove = text_is(xml_child_text(n, "operationInt"), "2")};
	}
	out->changes = list;
	return 0;
}

/* What clients were told of references in one request holds (T7). */
static int
links_count(struct sync_request *q, const struct sync_attr *v)
{
	const struct sync_rule *rule = sync_rule_of(v->name);
	int64_t max = q->call.settings.limits.links;

	if (!q->call.version2 || rule == NULL || v->type == SYNC_NIL)
		return 0;
	if (rule->form == SYNC_IS_REFS)
		q->links += (int64_t)v->n;
	else if (rule->form == SYNC_IS_REF)
		q->links++;
	if (q->links <= max)
		return 0;
	return sync_fault(q, SYNC_CODE_SYNTAX,
	    "A request holds at most %lld references.", (long long)max);
}

static int
attr_read(struct arena *a, const struct xml_node *pair, struct sync_attr *out)
{
	const struct xml_node *v = xml_child(pair, "Value");

	*out = (struct sync_attr){
	    .name = xml_child_text(pair, "Key"), .type = SYNC_NIL};
	if (v == NULL)
		return 0;
	out->type = type_of(v);
	out->text = v->text;
	if (out->type == SYNC_STRINGS || out->type == SYNC_BINARIES)
		return list_read(a, v, out);
	return out->type == SYNC_CHANGES ? changes_read(a, v, out) : 0;
}

static int
op_read(struct sync_request *q, struct text name, enum sync_op *out)
{
	if (text_is(name, "Add"))
		*out = SYNC_ADD;
	else if (text_is(name, "Set"))
		*out = SYNC_SET;
	else if (text_is(name, "Delete"))
		*out = SYNC_DELETE;
	else
		return sync_fault(q, SYNC_CODE_SYNTAX,
		    "%.*s is not an operation on an object.",
		    (int)(name.len > 64 ? 64 : name.len), name.data);
	return 0;
}

static int
item_read(
    struct sync_request *q, const struct xml_node *n, struct sync_item *out)
{
	const struct xml_node *pairs = xml_child(n, "PropertyValues");
	const struct xml_node *p = pairs == NULL ? NULL : pairs->first;
	size_t count = pairs == NULL ? 0 : pairs->count;
	struct sync_attr *attrs;
	int r;

	if (count > SYNC_ITEM_ATTRS)
		return sync_fault(q, SYNC_CODE_SYNTAX,
		    "An object has at most %u attributes.", SYNC_ITEM_ATTRS);
	attrs = arena_array(q->call.a, count + 1, sizeof(*attrs));
	*out = (struct sync_item){.attrs = attrs,
	    .kind_name = xml_child_text(n, "SyncObjectType"),
	    .op = SYNC_SET};
	out->kind = sync_kind_of(out->kind_name);
	r = attrs == NULL
		? ERR_NOMEM
		: op_read(q, xml_child_text(n, "SyncOperation"), &out->op);
	for (; r == 0 && p != NULL; p = p->next) {
		struct sync_attr *v = &attrs[out->nattrs++];

		r = attr_read(q->call.a, p, v);
		if (r == 0)
			r = links_count(q, v);
		if (text_is_nocase(v->name, "sourceAnchor"))
			out->source_anchor = v->text;
		else if (text_is_nocase(v->name, "cloudAnchor"))
			out->cloud_anchor = v->text;
	}
	return r;
}

static void
details_put(struct nbfx_writer *w, const struct sync_item_result *res)
{
	if (res->ndetails == 0) {
		soap_nil(w, "b", "ErrorDetails");
		return;
	}
	soap_begin(w, "b", "ErrorDetails");
	soap_ns(w, "c", SOAP_NS_ARRAYS);
	for (size_t i = 0; i < res->ndetails; i++) {
		soap_begin(w, "c", "KeyValueOfstringArrayOfstring");
		soap_text(w, "c", "Key", text_of(res->details[i].key));
		soap_begin(w, "c", "Value");
		for (size_t n = 0; n < res->details[i].nvalues; n++)
			soap_text(w, "c", "string", res->details[i].values[n]);
		nbfx_end(w);
		nbfx_end(w);
	}
	nbfx_end(w);
}

static void
result_put(struct sync_request *q, const struct sync_item *in,
    const struct sync_item_result *res)
{
	static const char *const ops[] = {
	    [SYNC_ADD] = "Add", [SYNC_SET] = "Set", [SYNC_DELETE] = "Delete"};
	struct nbfx_writer *w = &q->w;
	bool ok = res->error == NULL;
	struct text d = {"", 0};

	if (res->description.data != NULL)
		d = res->description;
	if (!ok)
		d = text_of(arena_printf(
		    q->call.a, "%s: %.*s", res->error, TEXT_ARGS(d)));
	soap_begin(w, "b", "AzureADSyncObjectResult");
	if (res->cloud_anchor.len == 0)
		soap_nil(w, "b", "CloudAnchor");
	else
		soap_text(w, "b", "CloudAnchor", res->cloud_anchor);
	details_put(w, res);
	soap_text(w, "b", "ObjectType", in->kind_name);
	soap_text(w, "b", "ResultCode", ok ? TEXT("Success") : TEXT("Failure"));
	soap_int(w, "b", "ResultErrorCode", ok ? 0 : res->code);
	if (d.len == 0)
		soap_nil(w, "b", "ResultErrorDescription");
	else
		soap_text(w, "b", "ResultErrorDescription", d);
	if (res->source_anchor.len == 0)
		soap_nil(w, "b", "SourceAnchor");
	else
		soap_text(w, "b", "SourceAnchor", res->source_anchor);
	soap_text(w, "b", "SyncOperation", text_of(ops[in->op]));
	nbfx_end(w);
}

static int
op_provision(struct sync_request *q)
{
	const struct xml_node *all =
	    xml_path(q->soap.body, "syncRequest/SyncObjects");
	const struct xml_node *n = xml_child(all, "AzureADSyncObject");
	int r = 0;

	if (all == NULL || all->count > ITEMS_MAX)
		return sync_fault(q, SYNC_CODE_SYNTAX,
		    "A request holds at most %u objects.", ITEMS_MAX);
	soap_ns(&q->w, "b", SOAP_NS_OBJ);
	soap_ns(&q->w, "i", SOAP_NS_XSI);
	soap_begin(&q->w, "b", "SyncObjectResults");
	for (; r == 0 && n != NULL; n = xml_next(n, "AzureADSyncObject")) {
		struct sync_item in = {.kind_name = {"", 0}};
		struct sync_item_result out = {0};

		r = item_read(q, n, &in);
		if (r == 0)
			r = sync_apply(&q->call, &in, &out);
		if (r == 0)
			result_put(q, &in, &out);
	}
	nbfx_end(&q->w);
	return r;
}

/* ---- What this tenant has nothing of: no managed domain, no devices that it
 * issues certificates to ---- */

static int
op_nothing(struct sync_request *q)
{
	soap_ns(&q->w, "i", SOAP_NS_XSI);
	nbfx_put_attr(&q->w, TEXT("i"), TEXT("nil"), TEXT("true"));
	return 0;
}

static int
op_windows_credentials(struct sync_request *q)
{
	soap_ns(&q->w, "b", SOAP_NS_CRED);
	soap_ns(&q->w, "i", SOAP_NS_XSI);
	soap_bool(&q->w, "b", "EnableWindowsLegacyCredentials", false);
	soap_bool(&q->w, "b", "EnableWindowsSupplementaCredentials", false);
	soap_nil(&q->w, "b", "SecretEncryptionCertificate");
	return 0;
}

static int
op_device_configuration(struct sync_request *q)
{
	soap_ns(&q->w, "b", SOAP_NS_CRED);
	soap_begin(&q->w, "b", "CloudPublicIssuerCertificates");
	nbfx_end(&q->w);
	soap_begin(&q->w, "b", "PublicIssuerCertificates");
	nbfx_end(&q->w);
	return 0;
}

/* ---- The table, and who may ---- */

enum op_need {
	OP_ALWAYS = 1 << 0, /* also while synchronisation is off */
};

static const struct operation {
	const char *name;
	int (*run)(struct sync_request *q);
	unsigned needs;
} operations[] = {
    {"Capabilities", sync_op_capabilities, OP_ALWAYS},
    {"GetCompanyConfiguration", sync_op_company, OP_ALWAYS},
    {"SetCompanyDirsyncFeatures", sync_op_features, 0},
    {"ProvisionAzureADSyncObjects", op_provision, 0},
    {"ProvisionAzureADSyncObjects2", op_provision, 0},
    {"ReadBackAzureADSyncObjects", sync_read_back, 0},
    {"ReadBackAzureADSyncObjects2", sync_read_back, 0},
    {"ProvisionCredentials", sync_provision_credentials, 0},
    {"FinalizeExport", op_finalize, 0},
    {"GetDeviceConfiguration", op_device_configuration, OP_ALWAYS},
    {"GetKerberosDomain", op_nothing, OP_ALWAYS},
    {"GetKerberosDomainSyncConfig", op_nothing, OP_ALWAYS},
    {"GetMonitoringTenantCertificate", op_nothing, OP_ALWAYS},
    {"GetWindowsCredentialsSyncConfig", op_windows_credentials, OP_ALWAYS},
};

static int
may_call(struct sync_request *q)
{
	struct oauth_caller caller = {0};
	struct err e = {0};

	if (oauth_check_sync(
		q->call.t, q->call.a, q->soap.bearer, &caller, &e) != 0 ||
	    memmem(caller.roles.data, caller.roles.len, ROLE,
		sizeof(ROLE) - 1) == NULL)
		return sync_fault(q, CODE_DENIED,
		    "Access to Azure Active Directory has been denied. "
		    "Contact Technical Support. %s",
		    e.text);
	q->call.app_id = caller.app_id;
	return 0;
}

static int
client_check(struct sync_request *q, struct sync_exchange *x)
{
	struct client_verdict v;
	int r = sync_client_judge(&q->call, &v);

	if (r != 0)
		return r;
	if (v.state == CLIENT_REFUSED)
		return sync_fault(q, CODE_BUILD,
		    "This version of the synchronization client is no longer "
		    "supported. %.*s",
		    TEXT_ARGS(v.warning));
	if (v.warning.len != 0)
		x->warning =
		    arena_printf(x->a, "299 - \"%.*s\"", TEXT_ARGS(v.warning));
	return 0;
}

static int
redirect_check(struct sync_request *q)
{
	if (q->call.settings.redirect_url.len == 0)
		return 0;
	q->fault.redirect_url = q->call.settings.redirect_url;
	return sync_fault(q, 0, "Binding redirection");
}

static int
dispatch(struct sync_request *q)
{
	for (size_t i = 0; i < sizeof(operations) / sizeof(operations[0]);
	     i++) {
		const struct operation *op = &operations[i];

		if (!text_is(q->soap.operation, op->name))
			continue;
		if ((op->needs & OP_ALWAYS) == 0 &&
		    q->call.settings.state != SYNC_ON)
			return sync_fault(q, CODE_SWITCH,
			    "Identity synchronization is not yet activated "
			    "for this company.");
		return op->run(q);
	}
	return sync_fault(q, SYNC_CODE_SYNTAX,
	    "The operation %.*s is not offered.",
	    (int)(q->soap.operation.len > 64 ? 64 : q->soap.operation.len),
	    q->soap.operation.data);
}

static int
serve_within(struct sync_request *q, struct sync_exchange *x)
{
	int r = sync_settings_load(x->t, x->a, &q->call.settings);

	q->call.now_ms = tenant_now_ms(x->t);
	q->call.build = q->soap.build;
	q->call.version2 =
	    text_is(q->soap.operation, "ProvisionAzureADSyncObjects2");
	if (r == 0)
		r = redirect_check(q);
	if (r == 0)
		r = may_call(q);
	if (r == 0)
		r = client_check(q, x);
	if (r != 0)
		return r;
	nbfx_writer_init(&q->w, x->out);
	soap_answer_begin(&q->w, x->a, &q->soap);
	r = dispatch(q);
	return r == 0 ? soap_answer_end(&q->w) : r;
}

static int
serve_whole(struct sync_request *q, struct sync_exchange *x)
{
	struct err e = {0};
	int r = soap_parse(x->a, x->body, &q->soap, &e);

	if (r != 0)
		return sync_fault(q, SYNC_CODE_SYNTAX, "%s", e.text);
	if (x->action.len != 0 && !text_equal(x->action, q->soap.operation))
		return sync_fault(q, SYNC_CODE_SYNTAX,
		    "The header says %.*s, the message %.*s.",
		    (int)(x->action.len > 64 ? 64 : x->action.len),
		    x->action.data,
		    (int)(q->soap.operation.len > 64 ? 64
						     : q->soap.operation.len),
		    q->soap.operation.data);
	if (x->busy) {
		q->fault.receiver = true;
		return sync_fault(q, CODE_BUSY,
		    "The service is busy; the request will be retried "
		    "automatically.");
	}
	r = tdb_begin(x->t->db, true);
	if (r != 0)
		return r;
	r = serve_within(q, x);
	if (r == 0)
		r = tdb_commit(x->t->db);
	if (r != 0)
		tdb_rollback(x->t->db);
	return r;
}

void
sync_serve(struct sync_exchange *x)
{
	struct sync_request q = {.machine = x->machine};
	int r;

	q.call.t = x->t;
	q.call.a = x->a;
	r = serve_whole(&q, x);
	x->status = 200;
	if (r == 0)
		return;
	if (r != ERR_REJECTED) {
		q.fault = (struct soap_fault){.receiver = true};
		(void)sync_fault(&q, CODE_OURS,
		    "The service failed: %s. It will be retried "
		    "automatically.",
		    err_name(r));
	}
	buf_reset(x->out);
	x->out->error = 0;
	x->status = 500;
	r = soap_fault_write(x->out, &q.soap, &q.fault);
	if (r != 0)
		buf_reset(x->out);
}
