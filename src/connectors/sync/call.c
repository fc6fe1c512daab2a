/* connectors/sync/call.c -- one operation: envelope, answer, fault. */
#include <stdio.h>

#include "base/log.h"
#include "connectors/sync/sync_int.h"

/* A call while it goes on. */
struct calling {
	struct sconn *s;
	struct arena *a;
	const struct call *c;
	struct patience own, *patience;
	unsigned hops;
	const struct xml_node *result;
};

enum verdict {
	VERDICT_AGAIN = 0,
	VERDICT_DONE = 1,
	/* negative: no more */
};

/* ---- Out ---- */

static void
token_put(struct nbfx_writer *w, const struct sconn *s,
    const struct secret *bearer, struct text id)
{
	const struct {
		const char *name;
		struct text value;
	} children[] = {
	    {"ApplicationId", s->application},
	    {"BearerToken", secret_text(bearer)},
	    {"ClientVersion", TEXT(SYNC_CLIENT_VERSION)},
	    {"DirSyncBuildNumber", s->env.conf->cloud.build},
	    {"FIMBuildNumber", s->env.conf->cloud.build},
	    {"IsInstalledOnDC", TEXT("false")},
	    {"IssueDateTime", TEXT("0001-01-01T00:00:00")},
	    {"LanguageId", TEXT("en-US")},
	    {"LiveToken", TEXT("")},
	    {"ProtocolVersion", TEXT("2.0")},
	    {"RichCoexistenceEnabled", TEXT("false")},
	    {"TrackingId", id},
	};

	soap_begin(w, "", "SyncToken");
	nbfx_put_attr(w, TEXT("s"), TEXT("role"), TEXT(SOAP_NS_TOKEN));
	soap_ns(w, "", SOAP_NS_TOKEN);
	soap_ns(w, "i", SOAP_NS_XSI);
	for (size_t i = 0; i < sizeof(children) / sizeof(children[0]); i++) {
		soap_begin(w, "", children[i].name);
		soap_ns(w, "", SOAP_NS_AWS);
		nbfx_put_text(w, children[i].value);
		nbfx_end(w);
	}
	nbfx_end(w);
}

static int
envelope_write(struct calling *k, const struct secret *bearer, const char *id,
    struct buf *out)
{
	struct nbfx_writer w;
	char line[256];

	nbfx_writer_init(&w, out);
	(void)snprintf(line, sizeof(line), SOAP_ACTION "%s", k->c->operation);
	soap_envelope_begin(&w, text_of(line));
	token_put(&w, k->s, bearer, text_of(id));
	(void)snprintf(line, sizeof(line), "urn:uuid:%s", id);
	soap_text(&w, "a", "MessageID", text_of(line));
	soap_begin(&w, "a", "ReplyTo");
	soap_text(&w, "a", "Address",
	    TEXT("http://www.w3.org/2005/08/addressing/anonymous"));
	nbfx_end(&w);
	soap_must(&w, "a", "To", k->s->url);
	soap_body_begin(&w);
	soap_begin(&w, "", k->c->operation);
	soap_ns(&w, "", SOAP_NS_AWS);
	if (k->c->body != NULL)
		k->c->body(&w, k->c->ctx);
	nbfx_end(&w);
	return soap_envelope_end(&w);
}

static int
request_send(struct calling *k, struct text body, const char *id,
    struct http_response *out, struct err *e)
{
	struct sconn *s = k->s;
	struct text build = s->env.conf->cloud.build;
	const char *builds = arena_strndup(k->a, build.data, build.len);
	const char *app =
	    arena_strndup(k->a, s->application.data, s->application.len);
	const char *url = arena_strndup(k->a, s->url.data, s->url.len);
	struct http_header headers[10] = {
	    {"Content-Type", SOAP_CONTENT_TYPE},
	    {"Accept", SOAP_CONTENT_TYPE},
	    {"x-ms-aadmsods-apiaction", k->c->operation},
	    {"x-ms-aadmsods-appid", app},
	    {"x-ms-aadmsods-clientversion", SYNC_CLIENT_VERSION},
	    {"x-ms-aadmsods-dirsyncbuildnumber", builds},
	    {"x-ms-aadmsods-fimbuildnumber", builds},
	    {"client-request-id", id},
	};
	struct http_request q = {.method = "POST",
	    .url = url,
	    .headers = headers,
	    .header_count = 8,
	    .body = body,
	    .once = k->c->write};

	if (s->tenant[0] != '\0')
		headers[q.header_count++] =
		    (struct http_header){"x-ms-aadmsods-tenantid", s->tenant};
	if (s->machine[0] != '\0')
		headers[q.header_count++] =
		    (struct http_header){"x-ms-aadmsods-machineid", s->machine};
	if (arena_failed(k->a))
		return err_set(e, ERR_NOMEM, "out of memory");
	return http_client_call(s->cloud.http, &q, k->a, out, e);
}

/* ---- What came back ---- */

static int
wait_more(struct calling *k, bool fault, int64_t retry_ms, struct err *e)
{
	return patience_wait(&k->s->cloud, k->patience, fault, retry_ms, e);
}

/* No answer that tells: a read is tried again, a write must be read back. */
static int
failed(struct calling *k, bool maybe_done, const struct err *why, struct err *e)
{
	if (!k->c->write || !maybe_done)
		return wait_more(k, true, -1, e);
	if (e != NULL) {
		*e = *why;
		e->code = ERR_UNCERTAIN;
	}
	return ERR_UNCERTAIN;
}

/* It would be as long at the next try; what was written is done all the same.
 */
static int
too_long(struct calling *k, const struct err *why, struct err *e)
{
	struct err all = {0};

	(void)err_set(&all, ERR_LIMIT,
	    "%s; the setting answer_mb (%zu) of the connector raises the limit",
	    why->text, sconn_answer_max(k->s) >> 20);
	if (k->c->write)
		return failed(k, true, &all, e);
	if (e != NULL)
		*e = all;
	return all.code;
}

static int
no_answer(struct calling *k, const struct http_response *h, struct err *e)
{
	struct sconn *s = k->s;
	bool away = !text_equal(s->url, s->cloud.endpoint);
	bool lost = h->error == ERR_CONNECT || h->error == ERR_TLS;

	/* where we were sent to is gone: from the beginning */
	if (lost && away && (!h->maybe_sent || !k->c->write)) {
		s->url = s->cloud.endpoint;
		return VERDICT_AGAIN;
	}
	if (h->error == ERR_CONNECT)
		return failed(k, h->maybe_sent, &h->err, e);
	if (h->error == ERR_LIMIT)
		return too_long(k, &h->err, e);
	if (e != NULL)
		*e = h->err;
	return h->error;
}

bool
call_may_follow(struct text from, struct text to)
{
	struct text a = http_url_host(from), b = http_url_host(to);
	const char *dot;

	if (!http_url_same_origin(to, to) || to.len > 1024 || b.len == 0)
		return false;
	if (text_equal_nocase(a, b))
		return true;
	/* "adminwebservice.example.com" and "shard7.example.com" */
	dot = a.len == 0 ? NULL : memchr(a.data, '.', a.len);
	if (dot == NULL)
		return false;
	a = (struct text){dot, a.len - (size_t)(dot - a.data)};
	if (memchr(a.data + 1, '.', a.len - 1) == NULL || b.len <= a.len)
		return false;
	return text_equal_nocase(
	    (struct text){b.data + b.len - a.len, a.len}, a);
}

static int
redirect(struct calling *k, struct text to, struct err *e)
{
	struct sconn *s = k->s;

	if (++k->hops > SYNC_HOPS_MAX)
		return err_set(e, ERR_PROTOCOL,
		    "%.*s sends us on more than %u times",
		    TEXT_ARGS(http_url_host(s->cloud.endpoint)), SYNC_HOPS_MAX);
	if (!call_may_follow(s->cloud.endpoint, to))
		return err_set(e, ERR_PROTOCOL,
		    "%.*s sends us to %.*s, which is not in its domain: the "
		    "token is not sent there",
		    TEXT_ARGS(http_url_host(s->cloud.endpoint)),
		    (int)(to.len < 200 ? to.len : 200), to.data);
	s->url = text_dup(s->env.arena, to);
	return s->url.data == NULL ? err_set(e, ERR_NOMEM, "out of memory")
				   : VERDICT_AGAIN;
}

/* The token may have been revoked: a new one, once. */
static int
denied(struct calling *k, const struct err *why, struct err *e)
{
	if (k->patience->renewed) {
		if (e != NULL)
			*e = *why;
		return why->code;
	}
	k->patience->renewed = true;
	oauth_forget(k->s->cloud.oauth);
	return VERDICT_AGAIN;
}

static int
fault_read(struct calling *k, const struct soap_told *told, struct err *e)
{
	struct err why = {0};

	switch (fault_judge(told, k->s->env.conf->cloud.build, &why)) {
	case FAULT_REDIRECT:
		return redirect(k, told->url, e);
	case FAULT_BUSY:
		return wait_more(k, false, -1, e);
	case FAULT_DENIED:
		return denied(k, &why, e);
	case FAULT_SERVICE:
		return failed(k, true, &why, e);
	case FAULT_FINAL:
		break;
	}
	if (e != NULL)
		*e = why;
	return why.code;
}

/* An HTTP status without a message of the service. */
static int
status_read(struct calling *k, const struct http_response *h, struct err *e)
{
	int64_t retry_ms = http_response_retry_ms(h);
	struct err why = {0};

	(void)err_set(&why, ERR_PROTOCOL,
	    "HTTP %d, and no message of the synchronisation service",
	    h->status);
	if (h->status == 429 || (h->status == 503 && retry_ms >= 0))
		return wait_more(k, false, retry_ms, e);
	if (h->status == 401) {
		why.code = ERR_AUTH;
		return denied(k, &why, e);
	}
	if (h->status >= 500 || h->status == 408 || h->status == 200)
		return failed(k, true, &why, e);
	if (e != NULL)
		*e = why;
	return why.code;
}

static int
result_find(struct calling *k, const struct soap_message *m, struct err *e)
{
	char name[128];
	struct err why = {0};

	(void)snprintf(name, sizeof(name), "%sResult", k->c->operation);
	k->result = xml_child(m->body, name);
	if (k->result != NULL)
		return VERDICT_DONE;
	(void)snprintf(name, sizeof(name), "%sResponse", k->c->operation);
	if (text_is(m->body->name, name)) { /* an empty one */
		k->result = m->body;
		return VERDICT_DONE;
	}
	(void)err_set(&why, ERR_PROTOCOL, "the answer is %.*s, not %s",
	    TEXT_ARGS(m->body->name), name);
	return failed(k, true, &why, e);
}

static int
answer_read(struct calling *k, const struct http_response *h, struct err *e)
{
	struct soap_message m;
	struct soap_told told;
	struct err why = {0};
	int r = h->body.len == 0 ? ERR_SYNTAX
				 : soap_read(k->a, "answer", h->body, &m, &why);

	if (r == ERR_LIMIT || r == ERR_NOMEM)
		return too_long(k, &why, e);
	if (r < 0)
		return status_read(k, h, e);
	if (soap_told_read(&m, &told))
		return fault_read(k, &told, e);
	return h->status == 200 ? result_find(k, &m, e) : status_read(k, h, e);
}

/* ---- Once, and as often as is sensible ---- */

static int
try_once(struct calling *k, struct err *e)
{
	const struct secret *bearer = NULL;
	struct http_response h = {0};
	struct guid guid = guid_random();
	char id[GUID_TEXT_LEN + 1];
	struct err why = {0};
	struct buf body;
	int r = oauth_token(k->s->cloud.oauth, &bearer, e);

	if (r < 0)
		return r;
	guid_format(&guid, id);
	buf_init(&body, SYNC_REQUEST_MAX);
	r = envelope_write(k, bearer, id, &body);
	if (r < 0)
		r = err_set(
		    e, r, "the request cannot be written: %s", err_name(r));
	else if (request_send(k, buf_text(&body), id, &h, &why) < 0 &&
		 h.error == 0)
		h = (struct http_response){.error = why.code, .err = why};
	if (body.data != NULL)
		secret_wipe(body.data, body.len); /* the token is in it */
	buf_clear(&body);
	if (r < 0)
		return r;
	log_event(LOG_DEBUG, "sync.call", "operation", k->c->operation,
	    "request", id, NULL);
	return h.error < 0 ? no_answer(k, &h, e) : answer_read(k, &h, e);
}

int
call_run(struct sconn *s, struct arena *a, const struct call *c,
    const struct xml_node **out_result, struct err *e)
{
	struct calling k = {.s = s, .a = a, .c = c};
	int r;

	k.patience = c->patience != NULL ? c->patience : &k.own;
	do
		r = try_once(&k, e);
	while (r == VERDICT_AGAIN);
	if (r < 0) {
		(void)err_prefix(e, "%s", c->operation);
		return r;
	}
	k.patience->faults = k.patience->waits = 0;
	k.patience->waited_ms = 0;
	k.patience->renewed = false;
	*out_result = k.result;
	return 0;
}
