#include "tenant/soap.h"

int
soap_parse(struct arena *a, struct text octets, struct soap_request *out_q,
    struct err *e)
{
	struct soap_message m;
	const struct xml_node *token;
	struct soap_request q = {0};
	int r = soap_read(a, "request", octets, &m, e);

	if (r != 0)
		return r;
	token = xml_child(m.header, "SyncToken");
	q.operation = soap_last_part(m.action);
	q.message_id = m.message_id;
	q.bearer = xml_child_text(token, "BearerToken");
	q.build = xml_child_text(token, "DirSyncBuildNumber");
	q.app_id = xml_child_text(token, "ApplicationId");
	q.tracking = xml_child_text(token, "TrackingId");
	q.body = m.body;
	*out_q = q;
	if (q.operation.len == 0)
		return err_set(e, ERR_SYNTAX, "the request has no action");
	if (!text_equal(q.operation, q.body->name))
		return err_set(e, ERR_SYNTAX,
		    "the action is %.*s, the body is %.*s",
		    TEXT_ARGS(q.operation), TEXT_ARGS(q.body->name));
	return 0;
}

static void
body_begin(struct nbfx_writer *w, const struct soap_request *q)
{
	if (q->message_id.len != 0)
		soap_text(w, "a", "RelatesTo", q->message_id);
	soap_body_begin(w);
}

void
soap_answer_begin(
    struct nbfx_writer *w, struct arena *a, const struct soap_request *q)
{
	struct text op = q->operation;

	soap_envelope_begin(w, text_of(arena_printf(a,
				   SOAP_ACTION "%.*sResponse", TEXT_ARGS(op))));
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
	soap_envelope_begin(&w, TEXT(SOAP_ACTION "AdminWebServiceFault"));
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
