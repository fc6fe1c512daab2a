/* codec/soap.c -- see soap.h. */
#include "codec/soap.h"

#define NS_SOAP "http://www.w3.org/2003/05/soap-envelope"
#define NS_ADDR "http://www.w3.org/2005/08/addressing"

/* ---- Reading ---- */

struct text
soap_last_part(struct text t)
{
	size_t i = t.len;

	while (i > 0 && t.data[i - 1] != '/')
		i--;
	return (struct text){t.data + i, t.len - i};
}

int
soap_read(struct arena *a, const char *what, struct text octets,
    struct soap_message *out_m, struct err *e)
{
	struct nbfx_item *doc = NULL;
	const struct xml_node *root = NULL, *body;
	int r = nbfx_parse(a, what, octets, &doc, e);

	if (r == 0)
		r = nbfx_to_xml(a, doc, &root, e);
	if (r != 0)
		return r;
	if (!text_is(root->name, "Envelope") || !text_is(root->ns, NS_SOAP))
		return err_set(
		    e, ERR_SYNTAX, "the %s is no envelope of SOAP 1.2", what);
	body = xml_child(root, "Body");
	*out_m = (struct soap_message){
	    .header = xml_child(root, "Header"),
	    .body = body == NULL ? NULL : body->first,
	};
	out_m->action = xml_child_text(out_m->header, "Action");
	out_m->message_id = xml_child_text(out_m->header, "MessageID");
	out_m->relates_to = xml_child_text(out_m->header, "RelatesTo");
	if (out_m->body == NULL)
		return err_set(e, ERR_SYNTAX, "the %s has no body", what);
	return 0;
}

bool
soap_told_read(const struct soap_message *m, struct soap_told *out_t)
{
	const struct xml_node *detail;

	if (!text_is(m->body->name, "Fault"))
		return false;
	detail = xml_child(m->body, "Detail");
	detail = detail == NULL ? NULL : detail->first;
	*out_t = (struct soap_told){
	    .receiver = text_ends_nocase(
		xml_text(xml_path(m->body, "Code/Value")), "Receiver"),
	    .reason = xml_text(xml_path(m->body, "Reason/Text")),
	    .detail = detail == NULL ? TEXT("") : detail->name,
	    .code = xml_child_text(detail, "ErrorCode"),
	    .text = xml_child_text(detail, "ErrorDescription"),
	    .url = xml_child_text(detail, "Url"),
	};
	return true;
}

bool
soap_is_nil(const struct xml_node *n)
{
	struct text nil = n == NULL ? TEXT("") : xml_attr(n, "nil");

	return text_is(nil, "true") || text_is(nil, "1");
}

/* ---- Writing ---- */

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
	if (t.len !=
	    0) /* some readers do not know the record of an empty text */
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

void
soap_must(
    struct nbfx_writer *w, const char *prefix, const char *name, struct text t)
{
	soap_begin(w, prefix, name);
	nbfx_put_attr(w, TEXT("s"), TEXT("mustUnderstand"), TEXT("1"));
	nbfx_put_text(w, t);
	nbfx_end(w);
}

void
soap_envelope_begin(struct nbfx_writer *w, struct text action)
{
	soap_begin(w, "s", "Envelope");
	soap_ns(w, "s", NS_SOAP);
	soap_ns(w, "a", NS_ADDR);
	soap_begin(w, "s", "Header");
	soap_must(w, "a", "Action", action);
}

void
soap_body_begin(struct nbfx_writer *w)
{
	nbfx_end(w);
	soap_begin(w, "s", "Body");
}

int
soap_envelope_end(struct nbfx_writer *w)
{
	nbfx_end(w);
	nbfx_end(w);
	return nbfx_writer_end(w);
}
