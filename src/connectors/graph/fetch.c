/* connectors/graph/fetch.c -- one page at a time, read ahead by one. */
#include <stdlib.h>

#include "connectors/graph/gconn_int.h"

struct fetch {
	struct gconn *g;
	char *url; /* absolute */
	const char *prefer;
	bool done;
	int error;
	struct err err;
	int status;
	int64_t retry_ms;
	struct buf body;
};

static void
fetch_done(void *ctx, const struct http_response *r)
{
	struct fetch *f = ctx;

	f->done = true;
	f->error = r->error;
	f->err = r->err;
	f->status = r->status;
	f->retry_ms = http_response_retry_ms(r);
	buf_reset(&f->body);
	buf_text_add(&f->body, r->body);
	if (f->error == 0 && buf_error(&f->body) < 0)
		f->error =
		    err_set(&f->err, buf_error(&f->body), "answer too large");
}

static int
fetch_send(struct fetch *f, struct err *e)
{
	const struct http_header headers[] = {
	    {"Accept", "application/json"},
	    {"Prefer", f->prefer},
	};
	struct http_request q = {.method = "GET",
	    .url = f->url,
	    .headers = headers,
	    .header_count = f->prefer != NULL ? 2 : 1};
	int r = oauth_token(f->g->cloud.oauth, &q.bearer, e);

	if (r < 0)
		return r;
	f->done = false;
	return http_client_start(f->g->cloud.http, &q, fetch_done, f, e);
}

int
fetch_start(struct gconn *g, struct text url, const char *prefer,
    struct fetch **out, struct err *e)
{
	struct fetch *f = calloc(1, sizeof(*f));
	int r;

	if (f == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	f->g = g;
	f->prefer = prefer;
	buf_init(&f->body, GRAPH_ANSWER_MAX);
	if (asprintf(&f->url, "%.*s%.*s", TEXT_ARGS(g->endpoint),
		TEXT_ARGS(url)) < 0) {
		f->url = NULL;
		fetch_drop(f);
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	r = fetch_send(f, e);
	if (r < 0) {
		f->done = true;
		fetch_drop(f);
		return r;
	}
	*out = f;
	return 0;
}

void
fetch_drop(struct fetch *f)
{
	if (f == NULL)
		return;
	/* its callback must not find it gone */
	if (!f->done && http_client_run(f->g->cloud.http, NULL) < 0)
		f->done = true;
	buf_clear(&f->body);
	free(f->url);
	free(f);
}

/* What came of one try: 1 done, 0 again (after a wait), negative: no more. */
static int
fetch_judge(
    struct fetch *f, struct patience *p, struct json **out_root, struct err *e)
{
	struct answer a = {.status = f->status, .retry_ms = f->retry_ms};
	struct err why;
	int r;

	if (f->error < 0)
		return silence_judge(&f->g->cloud, p, f->error, &f->err, e);
	r = json_parse(buf_text(&f->body), GRAPH_ANSWER_MAX, out_root, &why);
	if (r < 0 && f->status == 200)
		return err_set(e, ERR_PROTOCOL, "not JSON: %s", why.text);
	if (r < 0)
		*out_root = NULL;
	a.body = *out_root;
	r = answer_judge(&f->g->cloud, p, &a, e);
	if (r > 0)
		return r;
	*out_root = json_free(*out_root);
	return r;
}

int
fetch_finish(struct fetch *f, struct json **out_root, struct err *e)
{
	struct patience p = {0};
	int r;

	for (;;) {
		r = f->done ? 0 : http_client_run(f->g->cloud.http, e);
		if (r == 0)
			r = fetch_judge(f, &p, out_root, e);
		if (r != 0)
			break;
		r = fetch_send(f, e);
		if (r < 0) {
			f->done = true;
			break;
		}
	}
	if (r < 0)
		(void)err_prefix(e, "GET %s", f->url);
	fetch_drop(f);
	return r < 0 ? r : 0;
}

int
fetch_json(
    struct gconn *g, struct text url, struct json **out_root, struct err *e)
{
	struct fetch *f = NULL;
	int r = fetch_start(g, url, NULL, &f, e);

	return f == NULL ? r : fetch_finish(f, out_root, e);
}
