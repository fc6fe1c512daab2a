/* connectors/cloud/request.c -- one request to Graph at a time. */
#include "connectors/cloud/request.h"

#define FAULTS_MAX   6U
#define REQUEST_MAX  ((size_t)1 << 20)
#define REQUEST_ROOM ((size_t)4 << 20)

int
answer_judge(const struct cloud_session *s, struct patience *p,
    const struct answer *a, struct err *e)
{
	enum answer_kind kind = answer_kind(a);
	bool renewed = p->renewed;
	int r;

	switch (kind) {
	case ANSWER_DONE:
		return 1;
	case ANSWER_WAIT:
	case ANSWER_FAULT:
		return patience_wait(
		    s, p, kind == ANSWER_FAULT, a->retry_ms, e);
	case ANSWER_TOKEN:
		p->renewed = true;
		oauth_forget(s->oauth);
		return renewed ? answer_error(a, e) : 0;
	case ANSWER_MISSING:
	case ANSWER_PRESENT:
	case ANSWER_CONFLICT:
	case ANSWER_REFUSED:
		break;
	}
	r = answer_error(a, e);
	if (a->status == 403 && e != NULL)
		r = e->code = ERR_ACCESS;
	return r;
}

int
silence_judge(const struct cloud_session *s, struct patience *p, int error,
    const struct err *why, struct err *e)
{
	if (error == ERR_CONNECT && p->faults < FAULTS_MAX)
		return patience_wait(s, p, true, -1, e);
	if (e != NULL)
		*e = *why;
	return error;
}

/* ---- One request ---- */

static int
send_once(const struct cloud_session *s, const struct request *q,
    struct arena *a, struct http_response *out, struct err *e)
{
	static const struct http_header headers[] = {
	    {"Accept", "application/json"},
	    {"Content-Type", "application/json"},
	};
	struct http_request h = {.method = q->method,
	    .url = arena_printf(a, "%.*s%s", TEXT_ARGS(s->endpoint), q->path),
	    .headers = headers,
	    .header_count = q->body != NULL ? 2 : 1};
	struct buf body;
	int r = oauth_token(s->oauth, &h.bearer, e);

	buf_init(&body, REQUEST_MAX);
	if (r == 0 && q->body != NULL)
		r = json_write(q->body, false, &body);
	if (r == 0 && h.url == NULL)
		r = err_set(e, ERR_NOMEM, "out of memory");
	h.body = buf_text(&body);
	if (r == 0 && http_client_call(s->http, &h, a, out, e) < 0 &&
	    out->error == 0)
		r = e->code;
	buf_clear(&body);
	return r;
}

/* 1 done, 0 again, negative: no more. */
static int
judge(const struct cloud_session *s, struct patience *p, struct request *q,
    const struct http_response *h, struct err *e)
{
	struct answer a = {
	    .status = h->status, .retry_ms = http_response_retry_ms(h)};
	struct err why = {0};
	int r = 0;

	if (h->error < 0)
		return silence_judge(s, p, h->error, &h->err, e);
	q->answer = json_free(q->answer);
	if (h->body.len != 0)
		r = json_parse(h->body, REQUEST_ROOM, &q->answer, &why);
	if (r < 0 && h->status < 300)
		return err_set(e, ERR_PROTOCOL, "not JSON: %s", why.text);
	if (r < 0)
		q->answer = NULL;
	a.body = q->answer;
	q->kind = answer_kind(&a);
	return answer_judge(s, p, &a, e);
}

static int
try_once(const struct cloud_session *s, struct patience *p, struct request *q,
    struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(REQUEST_ROOM);
	struct http_response h = {.error = 0};
	struct err why = {0};
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = send_once(s, q, a, &h, &why);
	if (r == 0)
		return judge(s, p, q, &h, e);
	if (e != NULL)
		*e = why;
	return r;
}

int
request_run(const struct cloud_session *s, struct request *q, struct err *e)
{
	struct patience p = {0};
	int r = 0;

	while (r == 0)
		r = try_once(s, &p, q, e);
	if (r < 0)
		return err_prefix(e, "%s %s", q->method, q->path);
	return 0;
}

void
request_clear(struct request *q)
{
	q->answer = json_free(q->answer);
}
