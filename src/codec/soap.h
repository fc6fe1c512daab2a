/*
 * codec/soap.h -- envelopes of SOAP 1.2 over .NET binary XML.
 *
 * Purpose:   the part that both ends of the synchronisation web service write
 *            and read: envelope with addressing, elements of its messages,
 *            faults.  What a message means is not known here.
 * Touches:   codec/nbfx.h.
 * Ownership: what was read lives in the arena given and borrows from its
 *            octets.
 * Errors:    ERR_SYNTAX, ERR_LIMIT, with a text.
 */
#ifndef CODEC_SOAP_H
#define CODEC_SOAP_H

#include "codec/nbfx.h"

#define SOAP_CONTENT_TYPE "application/soap+msbin1"

/* Namespaces of the service's messages. */
#define SOAP_NS_AWS   "http://schemas.microsoft.com/online/aws/change/2010/01"
#define SOAP_NS_OBJ   "http://schemas.microsoft.com/online/aws/change/2014/06"
#define SOAP_NS_TOKEN "urn:microsoft.online.administrativeservice"
#define SOAP_NS_CRED                               \
	"http://schemas.datacontract.org/2004/07/" \
	"Microsoft.Online.Coexistence.Schema"
#define SOAP_NS_ARRAYS \
	"http://schemas.microsoft.com/2003/10/Serialization/Arrays"
#define SOAP_NS_XSI "http://www.w3.org/2001/XMLSchema-instance"
#define SOAP_NS_XSD "http://www.w3.org/2001/XMLSchema"
/* Before the name of an operation. */
#define SOAP_ACTION                                               \
	"http://schemas.microsoft.com/online/aws/change/2010/01/" \
	"IProvisioningWebService/"

/* ---- Reading ---- */

struct soap_message {
	struct text action;            /* as it came */
	struct text message_id;        /* "urn:uuid:..." */
	struct text relates_to;        /* of an answer */
	const struct xml_node *header; /* NULL: none */
	const struct xml_node *body;   /* the first element in it */
};

/* what is used in error texts: "request", "answer".  ERR_SYNTAX where it is no
 * envelope, or one with nothing in its body. */
int soap_read(struct arena *a, const char *what, struct text octets,
    struct soap_message *out_m, struct err *e) MUST_CHECK;

/* The last part of an action or of a URL. */
struct text soap_last_part(struct text t);

/* A fault as it was told; what it does not have is empty. */
struct soap_told {
	bool receiver;      /* the service's failure, not the sender's */
	struct text reason; /* for a person */
	struct text detail; /* the name of what is in the detail */
	struct text code;   /* ErrorCode */
	struct text text;   /* ErrorDescription */
	struct text url;    /* of a BindingRedirectionFault */
};
/* False where the message is none. */
bool soap_told_read(const struct soap_message *m, struct soap_told *out_t);

/* True for an element that says of itself that it has no value. */
bool soap_is_nil(const struct xml_node *n);

/* ---- Writing ---- */

/* "<name>text</name>" with a prefix or "". */
void soap_text(
    struct nbfx_writer *w, const char *prefix, const char *name, struct text t);
void soap_int(
    struct nbfx_writer *w, const char *prefix, const char *name, int64_t n);
void soap_bool(
    struct nbfx_writer *w, const char *prefix, const char *name, bool b);
void soap_nil(struct nbfx_writer *w, const char *prefix, const char *name);
void soap_begin(struct nbfx_writer *w, const char *prefix, const char *name);
void soap_ns(struct nbfx_writer *w, const char *prefix, const char *ns);

/* Envelope, header and action; the header stays open. */
void soap_envelope_begin(struct nbfx_writer *w, struct text action);
/* An element that has to be understood. */
void soap_must(
    struct nbfx_writer *w, const char *prefix, const char *name, struct text t);
/* Closes the header, opens the body. */
void soap_body_begin(struct nbfx_writer *w);
/* Closes body and envelope. */
int soap_envelope_end(struct nbfx_writer *w) MUST_CHECK;

#endif /* CODEC_SOAP_H */
