#include "tenant/soap.h"

#define NS_SOAP "http://www.w3.org/2003/05/soap-envelope"
#define NS_ADDR "http://www.w3.org/2005/08/addressing"
#define ACTION                                                    \
	"http://schemas.microsoft.com/online/aws/change/2010/01/" \
	"IProvisioningWebService/"

static struct text
last_part(struct text action)
{
	size_t i = action.len;

	while (i > 0 && action.data[i - 1] != '/')
		i--;
	return (struct text){action.data + i, action.len - i};
}

int
soap_parse(struct arena *a, struct text octets, struct soap_request *out_q,
    struct err *e)
{
	struct nbfx_item *doc = NULL;
	const struct xml_node *root = NULL, *header, *token;
	struct soap_request q = {0};
	int r = nbfx_parse(a, "request", octets, &doc, e);

	if (r == 0)
		r = nbfx_to_xml(a, doc, &root, e);
	if (r != 0)
		return r;
	if (!text_is(root->name, "Envelope") || !text_is(root->ns, NS_SOAP))
		return err_set(
		    e, ERR_SYNTAX, "the request is no envelope of SOAP 1.2");
	header = xml_child(root, "Header");
	token = xml_child(header, "SyncToken");
	q.operation = last_part(xml_child_text(header, "Action"));
	q.message_id = xml_child_text(header, "MessageID");
	q.bearer = xml_child_text(token, "BearerToken");
	q.build = xml_child_text(token, "DirSyncBuildNumber");
	q.app_id = xml_child_text(token, "ApplicationId");
	q.tracking = xml_child_text(token, "TrackingId");
	q.body = xml_child(root, "Body");
	q.body = q.body == NULL ? NULL : q.body->first;
	*out_q = q;
	if (q.body == NULL || q.operation.len == 0)
		return err_set(
		    e, ERR_SYNTAX, "the request has no action or no body");
	if (!text_equal(q.operation, q.body->name))
		return err_set(e, ERR_SYNTAX,
		    "the action is %.*s, the body is %.*s",
		    TEXT_ARGS(q.operation), TEXT_ARGS(q.body->name));
	return 0;
}

void
soap_begin(struct nbfx_writer *w, const char *prefix, const char *name)
{
	nbfx_begin(w, text_of(prefix), text_of(name));
}

void
soap_ns(struct nbfx_writer *w, const char *prefix, const char *ns)
{
	nbfx_put_ns(w, text_of(prefix), text_of(ns));
}

void
soap_text(
    struct nbfx_writer *w, const char *prefix, const char *name, struct text t)
{
	soap_begin(w, prefix, name);
	nbfx_put_text(w, t);
	nbfx_end(w);
}

void
soap_int(struct nbfx_writer *w, const char *prefix, const char *name, int64_t n)
{
	soap_begin(w, prefix, name);
	nbfx_put_int(w, n);
	nbfx_end(w);
}

void
soap_bool(struct nbfx_writer *w, const char *prefix, const char *name, bool b)
{
	soap_begin(w, prefix, name);
	nbfx_put_bool(w, b);
	nbfx_end(w);
}

void
soap_nil(struct nbfx_writer *w, const char *prefix, const char *name)
{
	soap_begin(w, prefix, name);
	nbfx_put_attr(w, TEXT("i"), TEXT("nil"), TEXT("true"));
	nbfx_end(w);
}

static void
envelope_begin(struct nbfx_writer *w, struct text action)
{
	soap_begin(w, "s", "Envelope");
	soap_ns(w, "s", NS_SOAP);
	soap_ns(w, "a", NS_ADDR);
	soap_begin(w, "s", "Header");
	soap_begin(w, "a", "Action");
	nbfx_put_attr(w, TEXT("s"), TEXT("mustUnderstand"), TEXT("1"));
	nbfx_put_text(w, action);
	nbfx_end(w);
}

static void
body_begin(struct nbfx_writer *w, const struct soap_request *q)
{
	if (q->message_id.len != 0)
		soap_text(w, "a", "RelatesTo", q->message_id);
	nbfx_end(w);
	soap_begin(w, "s", "Body");
}

void
soap_answer_begin(
    struct nbfx_writer *w, struct arena *a, const struct soap_request *q)
{
	struct text op = q->operation;

	envelope_begin(
	    w, text_of(arena_printf(a, ACTION "%.*sResponse", TEXT_ARGS(op))));
	body_begin(w, q);
	nbfx_begin(w, TEXT(""),
	    text_of(arena_printf(a, "%.*sResponse", TEXT_ARGS(op))));
	soap_ns(w, "", SOAP_NS_AWS);
	nbfx_begin(
	    w, TEXT(""), text_of(arena_printf(a, "%.*sResult", TEXT_ARGS(op))));
}

int
soap_answer_end(struct nbfx_writer *w)
{
	for (int i = 0; i < 4; i++)
		nbfx_end(w);
	return nbfx_writer_end(w);
}

static void
detail_put(struct nbfx_writer *w, const struct soap_request *q,
    const struct soap_fault *f)
{
	bool away = f->redirect_url.len != 0;

	soap_begin(
	    w, "", away ? "BindingRedirectionFault" : "AdminWebServiceFault");
	soap_ns(w, "", away ? SOAP_NS_AWS : SOAP_NS_CRED);
	soap_ns(w, "i", SOAP_NS_XSI);
	if (away) {
		soap_text(w, "", "Url", f->redirect_url);
	} else {
		soap_int(w, "", "ErrorCode", f->code);
		soap_text(w, "", "ErrorDescription", f->text);
		soap_text(w, "", "TrackingId", q->tracking);
	}
	nbfx_end(w);
}

int
soap_fault_write(
    struct buf *out, const struct soap_request *q, const struct soap_fault *f)
{
	struct nbfx_writer w;

	nbfx_writer_init(&w, out);
	envelope_begin(&w, TEXT(ACTION "AdminWebServiceFault"));
	body_begin(&w, q);
	soap_begin(&w, "s", "Fault");
	soap_begin(&w, "s", "Code");
	soap_text(&w, "s", "Value",
	    f->receiver ? TEXT("s:Receiver") : TEXT("s:Sender"));
	nbfx_end(&w);
	soap_begin(&w, "s", "Reason");
	soap_begin(&w, "s", "Text");
	nbfx_put_attr(&w, TEXT("xml"), TEXT("lang"), TEXT("en-US"));
	nbfx_put_text(&w, f->text);
	nbfx_end(&w);
	nbfx_end(&w);
	soap_begin(&w, "s", "Detail");
	detail_put(&w, q, f);
	for (int i = 0; i < 4; i++)
		nbfx_end(&w);
	return nbfx_writer_end(&w);
}
