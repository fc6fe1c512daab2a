/* proto/http_client.c -- requests on libcurl's multi interface. */
#include <assert.h>
#include <curl/curl.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "proto/http_client.h"

#define POLL_MS 200

struct http_client {
	CURLM *multi;
	struct http_client_options o;
	char *ca_file;
	struct exchange *first; /* on their way */
};

/* A request and what has come of its answer. */
struct exchange {
	struct exchange *next;
	struct http_client *c;
	CURL *easy;
	struct curl_slist *headers;
	struct arena *arena; /* header fields, URL */
	struct buf body;
	struct text left; /* of the request's body, not handed to curl yet */
	struct http_field fields[HTTP_MAX_HEADERS];
	size_t nfields, header_bytes;
	struct text host;
	const char *method;
	int limit; /* ERR_LIMIT or ERR_NOMEM found while reading */
	int64_t begun_ms;
	void (*done)(void *ctx, const struct http_response *r);
	void *ctx;
	char message[CURL_ERROR_SIZE];
};

static void
slist_wipe(struct curl_slist *list)
{
	for (struct curl_slist *l = list; l != NULL; l = l->next)
		secret_wipe(l->data, strlen(l->data));
	curl_slist_free_all(list);
}

static void
exchange_free(struct exchange *x)
{
	if (x->easy != NULL)
		curl_easy_cleanup(x->easy);
	slist_wipe(x->headers);
	/* an answer may hold a token */
	if (x->body.data != NULL)
		secret_wipe(x->body.data, x->body.len);
	buf_clear(&x->body);
	x->arena = arena_free(x->arena);
	free(x);
}

static void
exchange_unlink(struct exchange *x)
{
	struct exchange **p = &x->c->first;

	while (*p != x)
		p = &(*p)->next;
	*p = x->next;
	(void)curl_multi_remove_handle(x->c->multi, x->easy);
}

/* ---- What comes in ---- */

static size_t
on_body(char *data, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;

	buf_add(&x->body, data, size * n);
	x->limit = buf_error(&x->body);
	return x->limit < 0 ? 0 : size * n;
}

/* Without a way to rewind: see struct http_request, once. */
static size_t
on_send(char *data, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	size_t room = size * n;

	if (room > x->left.len)
		room = x->left.len;
	if (room != 0)
		memcpy(data, x->left.data, room);
	x->left.data += room;
	x->left.len -= room;
	return room;
}

static bool
blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static int
field_add(struct exchange *x, struct text line)
{
	const char *colon = memchr(line.data, ':', line.len);
	struct text name, value;

	if (colon == NULL)
		return 0; /* the status line, the empty line */
	if (x->nfields == HTTP_MAX_HEADERS)
		return ERR_LIMIT;
	name = (struct text){line.data, (size_t)(colon - line.data)};
	value = (struct text){colon + 1, line.len - name.len - 1};
	while (value.len > 0 && blank(value.data[0]))
		value = (struct text){value.data + 1, value.len - 1};
	while (value.len > 0 && blank(value.data[value.len - 1]))
		value.len--;
	name = text_dup(x->arena, name);
	value = text_dup(x->arena, value);
	if (name.data == NULL || value.data == NULL)
		return ERR_NOMEM;
	x->fields[x->nfields++] = (struct http_field){name, value};
	return 0;
}

static size_t
on_header(char *data, size_t size, size_t n, void *ctx)
{
	struct exchange *x = ctx;
	struct text line = {data, size * n};

	if (line.len > 5 && memcmp(data, "HTTP/", 5) == 0)
		x->nfields = 0; /* after 100 or a proxy's answer */
	x->header_bytes += line.len;
	x->limit = x->header_bytes > HTTP_MAX_HEADER_BYTES ? ERR_LIMIT
							   : field_add(x, line);
	return x->limit < 0 ? 0 : line.len;
}

/* ---- What went wrong ---- */

struct failure {
	CURLcode code;
	int error;
	const char *text;
};

/* All others: ERR_CONNECT, "connection was lost". */
static const struct failure failures[] = {
    {CURLE_COULDNT_RESOLVE_HOST, ERR_CONNECT, "the name was not found"},
    {CURLE_COULDNT_RESOLVE_PROXY, ERR_CONNECT,
	"the name of the proxy was not found"},
    {CURLE_COULDNT_CONNECT, ERR_CONNECT, "no connection"},
    {CURLE_PEER_FAILED_VERIFICATION, ERR_TLS, "the certificate was refused"},
    {CURLE_SSL_CONNECT_ERROR, ERR_TLS, "TLS failed"},
    {CURLE_SSL_ISSUER_ERROR, ERR_TLS, "the certificate was refused"},
    {CURLE_SSL_CACERT_BADFILE, ERR_CONFIG, "the CA file cannot be read"},
    {CURLE_URL_MALFORMAT, ERR_CONFIG, "not a URL"},
    {CURLE_UNSUPPORTED_PROTOCOL, ERR_CONFIG, "only https is spoken"},
    {CURLE_OPERATION_TIMEDOUT, ERR_CONNECT, "no answer in time"},
    {CURLE_OUT_OF_MEMORY, ERR_NOMEM, "out of memory"},
};

static const struct failure *
failure_find(CURLcode code)
{
	static const struct failure lost = {
	    CURLE_RECV_ERROR, ERR_CONNECT, "the connection was lost"};

	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++)
		if (failures[i].code == code)
			return &failures[i];
	return &lost;
}

static void
failure_set(struct exchange *x, CURLcode code, struct http_response *r)
{
	const struct failure *f = failure_find(code);
	const char *more =
	    x->message[0] != '\0' ? x->message : curl_easy_strerror(code);
	curl_off_t sent = 0;

	/* set when the request is about to be written, not before */
	(void)curl_easy_getinfo(x->easy, CURLINFO_PRETRANSFER_TIME_T, &sent);
	r->maybe_sent = sent > 0;
	if (x->limit == ERR_LIMIT)
		r->error = err_set(&r->err, ERR_LIMIT,
		    "%.*s: answer larger than %zu bytes or %u headers",
		    TEXT_ARGS(x->host), x->c->o.max_body_bytes,
		    HTTP_MAX_HEADERS);
	else if (x->limit < 0)
		r->error = err_set(&r->err, x->limit, "%.*s: out of memory",
		    TEXT_ARGS(x->host));
	else
		r->error = err_set(&r->err, f->error, "%.*s: %s (%s)",
		    TEXT_ARGS(x->host), f->text, more);
}

static void
exchange_log(const struct exchange *x, const struct http_response *r)
{
	char status[16], ms[32];

	if (!log_enabled(LOG_DEBUG))
		return;
	(void)snprintf(status, sizeof(status), "%d", r->status);
	(void)snprintf(ms, sizeof(ms), "%lld",
	    (long long)(clock_monotonic_ms() - x->begun_ms));
	log_event(LOG_DEBUG, "http.request", "method", x->method, "host",
	    arena_strndup(x->arena, x->host.data, x->host.len), "status",
	    status, "ms", ms, "error", r->error < 0 ? r->err.text : "", NULL);
}

/* Hands the answer over and forgets the exchange. */
static void
exchange_finish(struct exchange *x, CURLcode code)
{
	struct http_response r = {.headers = x->fields};
	long status = 0;

	if (code == CURLE_OK) {
		(void)curl_easy_getinfo(
		    x->easy, CURLINFO_RESPONSE_CODE, &status);
		r.status = (int)status;
		r.body = buf_text(&x->body);
		r.header_count = x->nfields;
	} else if (code == CURLE_ABORTED_BY_CALLBACK) {
		failure_set(x, code, &r);
		r.error = err_set(
		    &r.err, ERR_CANCELLED, "%.*s: stopped", TEXT_ARGS(x->host));
	} else {
		failure_set(x, code, &r);
	}
	exchange_log(x, &r);
	exchange_unlink(x);
	x->done(x->ctx, &r);
	exchange_free(x);
}

/* ---- What goes out ---- */

/* "name: prefixvalue"; the line may hold a token and is wiped. */
static int
header_push(
    struct exchange *x, const char *name, const char *prefix, struct text value)
{
	size_t n, len = strlen(name) + 2 + strlen(prefix) + value.len;
	struct curl_slist *list;
	char *line;

	/* a line end in a value would begin another header */
	for (size_t i = 0; i < value.len; i++)
		if (value.data[i] == '\r' || value.data[i] == '\n')
			return ERR_INVAL;
	line = arena_alloc(x->arena, len + 1);
	if (line == NULL)
		return ERR_NOMEM;
	n = (size_t)snprintf(line, len + 1, "%s: %s", name, prefix);
	memcpy(line + n, value.data, value.len);
	list = curl_slist_append(x->headers, line);
	secret_wipe(line, len);
	if (list == NULL)
		return ERR_NOMEM;
	x->headers = list;
	return 0;
}

static int
headers_build(struct exchange *x, const struct http_request *q)
{
	struct curl_slist *list;
	int r = 0;

	for (size_t i = 0; i < q->header_count && r == 0; i++)
		r = header_push(
		    x, q->headers[i].name, "", text_of(q->headers[i].value));
	if (r == 0 && q->bearer != NULL)
		r = header_push(
		    x, "Authorization", "Bearer ", secret_text(q->bearer));
	if (r < 0)
		return r;
	/* no waiting for "100 Continue" */
	list = curl_slist_append(x->headers, "Expect:");
	if (list == NULL)
		return ERR_NOMEM;
	x->headers = list;
	return 0;
}

/* The same for every request. */
static const struct setting {
	CURLoption option;
	long value;
} settings[] = {
    {CURLOPT_FOLLOWLOCATION, 0},
    {CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2}, /* at least */
    {CURLOPT_SSL_VERIFYPEER, 1},
    {CURLOPT_SSL_VERIFYHOST, 2},
    {CURLOPT_HEADEROPT, CURLHEADER_SEPARATE}, /* a proxy gets none */
    {CURLOPT_NETRC, CURL_NETRC_IGNORED},
    {CURLOPT_NOSIGNAL, 1},
    {CURLOPT_NOPROGRESS, 1},
    {CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS},
    {CURLOPT_PIPEWAIT, 1},
    {CURLOPT_TCP_KEEPALIVE, 1},
};

static int
set_long(struct exchange *x, CURLoption option, long value)
{
	return curl_easy_setopt(x->easy, option, value) == CURLE_OK
		   ? 0
		   : ERR_INTERNAL;
}

static int
set_text(struct exchange *x, CURLoption option, const char *value)
{
	return curl_easy_setopt(x->easy, option, value) == CURLE_OK
		   ? 0
		   : ERR_INTERNAL;
}

static int
settings_apply(struct exchange *x)
{
	const struct http_client_options *o = &x->c->o;
	int r = 0;

	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		r |= set_long(x, settings[i].option, settings[i].value);
	r |=
	    set_long(x, CURLOPT_CONNECTTIMEOUT_MS, (long)o->connect_timeout_ms);
	r |= set_long(x, CURLOPT_TIMEOUT_MS, (long)o->timeout_ms);
	r |= set_text(x, CURLOPT_PROTOCOLS_STR, "https");
	r |= set_text(x, CURLOPT_ACCEPT_ENCODING, "gzip");
	r |= set_text(x, CURLOPT_USERAGENT, "Causeway/" CAUSEWAY_VERSION);
	if (o->ca_file != NULL) { /* this CA and no other */
		r |= set_text(x, CURLOPT_CAINFO, o->ca_file);
		r |= set_text(x, CURLOPT_CAPATH, NULL);
	}
	return r == 0 ? 0 : ERR_INTERNAL;
}

static int
body_set(struct exchange *x, const struct http_request *q)
{
	struct text body = q->body;

	if (body.data == NULL)
		return 0;
	x->left = body;
	if (set_long(x, CURLOPT_POST, 1) < 0 ||
	    curl_easy_setopt(x->easy, CURLOPT_POSTFIELDS,
		q->once ? NULL : body.data) != CURLE_OK ||
	    curl_easy_setopt(x->easy, CURLOPT_READFUNCTION, on_send) !=
		CURLE_OK ||
	    curl_easy_setopt(x->easy, CURLOPT_READDATA, x) != CURLE_OK ||
	    curl_easy_setopt(x->easy, CURLOPT_POSTFIELDSIZE_LARGE,
		(curl_off_t)body.len) != CURLE_OK)
		return ERR_INTERNAL;
	return 0;
}

/* What curl calls back with. */
static int
hooks_set(struct exchange *x)
{
	CURL *h = x->easy;

	if (curl_easy_setopt(h, CURLOPT_PRIVATE, (void *)x) != CURLE_OK ||
	    curl_easy_setopt(h, CURLOPT_ERRORBUFFER, x->message) != CURLE_OK)
		return ERR_INTERNAL;
	if (curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, on_body) != CURLE_OK ||
	    curl_easy_setopt(h, CURLOPT_WRITEDATA, x) != CURLE_OK ||
	    curl_easy_setopt(h, CURLOPT_HEADERFUNCTION, on_header) !=
		CURLE_OK ||
	    curl_easy_setopt(h, CURLOPT_HEADERDATA, x) != CURLE_OK ||
	    curl_easy_setopt(h, CURLOPT_HTTPHEADER, x->headers) != CURLE_OK)
		return ERR_INTERNAL;
	return 0;
}

static int
transfer_set(struct exchange *x, const struct http_request *q)
{
	int r = settings_apply(x);

	if (r == 0)
		r = hooks_set(x);
	if (r == 0)
		r = set_text(x, CURLOPT_URL, q->url);
	if (r == 0)
		r = body_set(x, q);
	/* behind CURLOPT_POST, which sets the method too */
	return r < 0 ? r : set_text(x, CURLOPT_CUSTOMREQUEST, q->method);
}

static int
exchange_prepare(struct exchange *x, const struct http_request *q)
{
	struct text url;
	int r;

	x->arena = arena_new(2 * HTTP_MAX_HEADER_BYTES + HTTP_MAX_URL);
	x->easy = curl_easy_init();
	if (x->arena == NULL || x->easy == NULL)
		return ERR_NOMEM;
	if (strlen(q->url) > HTTP_MAX_URL)
		return ERR_LIMIT;
	url = text_dup(x->arena, text_of(q->url));
	if (url.data == NULL)
		return ERR_NOMEM;
	x->host = http_url_host(url);
	r = headers_build(x, q);
	if (r < 0)
		return r;
	return transfer_set(x, q);
}

int
http_client_start(struct http_client *c, const struct http_request *q,
    void (*done)(void *ctx, const struct http_response *r), void *ctx,
    struct err *e)
{
	struct exchange *x = calloc(1, sizeof(*x));
	int running, r;

	if (x == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	x->c = c;
	x->method = q->method;
	x->done = done;
	x->ctx = ctx;
	x->begun_ms = clock_monotonic_ms();
	buf_init(&x->body, c->o.max_body_bytes);
	r = exchange_prepare(x, q);
	if (r == 0 && curl_multi_add_handle(c->multi, x->easy) != CURLM_OK)
		r = ERR_NOMEM;
	if (r < 0) {
		exchange_free(x);
		return err_set(e, r, "request to %.*s could not be made",
		    TEXT_ARGS(http_url_host(text_of(q->url))));
	}
	x->next = c->first;
	c->first = x;
	(void)curl_multi_perform(c->multi, &running);
	return 0;
}

/* ---- The loop ---- */

static void
finish_ready(struct http_client *c)
{
	struct exchange *x;
	CURLMsg *m;
	CURLcode code;
	int left;

	while ((m = curl_multi_info_read(c->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		code = m->data.result; /* m dies with its handle */
		x = NULL;
		(void)curl_easy_getinfo(
		    m->easy_handle, CURLINFO_PRIVATE, (char **)&x);
		exchange_finish(x, code);
	}
}

/* Who asked may be gone when the client is used again: all are told now. */
static void
end_all(struct http_client *c, CURLcode code)
{
	while (c->first != NULL) {
		struct exchange *x = c->first;

		exchange_finish(x, code);
		assert(c->first != x); /* it has left the list */
	}
}

int
http_client_run(struct http_client *c, struct err *e)
{
	int running;

	while (c->first != NULL) {
		if (c->o.cancelled != NULL && c->o.cancelled(c->o.cancel_ctx)) {
			end_all(c, CURLE_ABORTED_BY_CALLBACK);
			return err_set(e, ERR_CANCELLED, "stopped");
		}
		if (curl_multi_perform(c->multi, &running) != CURLM_OK) {
			end_all(c, CURLE_RECV_ERROR);
			return err_set(
			    e, ERR_INTERNAL, "the HTTP client failed");
		}
		finish_ready(c);
		if (c->first != NULL && running > 0)
			(void)curl_multi_poll(c->multi, NULL, 0, POLL_MS, NULL);
	}
	return 0;
}

/* ---- One alone ---- */

struct single {
	struct arena *arena;
	struct http_response *out;
};

static void
single_done(void *ctx, const struct http_response *r)
{
	struct single *s = ctx;
	struct http_field *fields;

	*s->out = *r;
	s->out->headers = NULL;
	s->out->header_count = 0;
	s->out->body = text_dup(s->arena, r->body);
	fields = arena_array(
	    s->arena, r->header_count + 1, sizeof(struct http_field));
	if (fields == NULL || s->out->body.data == NULL) {
		s->out->error =
		    err_set(&s->out->err, ERR_NOMEM, "out of memory");
		return;
	}
	for (size_t i = 0; i < r->header_count; i++) {
		fields[i].name = text_dup(s->arena, r->headers[i].name);
		fields[i].value = text_dup(s->arena, r->headers[i].value);
	}
	s->out->headers = fields;
	s->out->header_count = arena_failed(s->arena) ? 0 : r->header_count;
}

int
http_client_call(struct http_client *c, const struct http_request *q,
    struct arena *a, struct http_response *out, struct err *e)
{
	struct single s = {a, out};
	int r;

	*out = (struct http_response){0};
	r = http_client_start(c, q, single_done, &s, e);
	if (r < 0)
		return r;
	r = http_client_run(c, e);
	if (r < 0)
		return r;
	if (out->error < 0 && e != NULL)
		*e = out->err;
	return out->error;
}

/* ---- Answers ---- */

struct text
http_response_header(const struct http_response *r, const char *name)
{
	for (size_t i = 0; i < r->header_count; i++)
		if (text_is_nocase(r->headers[i].name, name))
			return r->headers[i].value;
	return TEXT("");
}

int64_t
http_retry_after_ms(struct text value)
{
	char date[64];
	int64_t n;
	time_t t;

	if (value.len == 0 || value.len >= sizeof(date))
		return -1;
	if (text_to_int64(value, &n) == 0)
		return n < 0 ? -1 : (n > 86400 ? 86400 : n) * 1000;
	memcpy(date, value.data, value.len);
	date[value.len] = '\0';
	t = curl_getdate(date, NULL);
	if (t < 0)
		return -1;
	n = (int64_t)t - clock_now_ms() / 1000;
	return n < 0 ? 0 : (n > 86400 ? 86400 : n) * 1000;
}

int64_t
http_response_retry_ms(const struct http_response *r)
{
	return http_retry_after_ms(http_response_header(r, "Retry-After"));
}

/* ---- Life ---- */

int
http_client_new(const struct http_client_options *o, struct http_client **out,
    struct err *e)
{
	struct http_client *c;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != 0)
		return err_set(e, ERR_INTERNAL, "libcurl does not start");
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	c->o = *o;
	if (c->o.parallel == 0)
		c->o.parallel = 4;
	if (c->o.max_body_bytes == 0)
		c->o.max_body_bytes = 64U << 20;
	if (c->o.connect_timeout_ms <= 0)
		c->o.connect_timeout_ms = 15000;
	if (c->o.timeout_ms <= 0)
		c->o.timeout_ms = 120000;
	c->multi = curl_multi_init();
	if (o->ca_file != NULL && o->ca_file[0] != '\0')
		c->ca_file = strdup(o->ca_file);
	if (c->multi == NULL || (c->ca_file == NULL && o->ca_file != NULL &&
				    o->ca_file[0] != '\0')) {
		http_client_free(c);
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	c->o.ca_file = c->ca_file;
	(void)curl_multi_setopt(
	    c->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
	(void)curl_multi_setopt(
	    c->multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)c->o.parallel);
	*out = c;
	return 0;
}

struct http_client *
http_client_free(struct http_client *c)
{
	if (c == NULL)
		return NULL;
	while (c->first != NULL) {
		struct exchange *x = c->first;

		exchange_unlink(x);
		exchange_free(x);
	}
	if (c->multi != NULL)
		(void)curl_multi_cleanup(c->multi);
	free(c->ca_file);
	free(c);
	curl_global_cleanup();
	return NULL;
}
