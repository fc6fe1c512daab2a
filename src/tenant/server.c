/* tenant/server.c -- from an HTTP request to a call and back; see tenant.h. */
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "proto/http_proxy.h"
#include "tenant/admin.h"
#include "tenant/aside.h"
#include "tenant/emit.h"
#include "tenant/hosts.h"
#include "tenant/oauth.h"
#include "tenant/oldgraph.h"
#include "tenant/open.h"
#include "tenant/sync_service.h"
#include "tenant/syncobj.h"
#include "tenant/tenant.h"
#include "tenant/throttle.h"
#include "tenant/tidy.h"

#define HEADER_MAX_BYTES      32768U
#define CONNECTIONS_MAX       256U
#define PROXY_CONNECTIONS_MAX 64U
#define TIMEOUT_S             60
#define ARENA_MAX_BYTES       (256U << 20)
#define ANSWER_MAX_BYTES      (256U << 20)
#define ID_MAX_BYTES          128U
#define GRAPH_PREFIX          "/v1.0"
#define TIDY_EVERY_MS         3600000

struct server {
	struct tenant *t;
	struct http_server *http;
	struct arena *a; /* reset for each request */
	struct buf out;
	int64_t tidied_ms; /* on the clock that never goes back */
};

/* One request on its way. */
struct exchange {
	struct server *s;
	struct http_call *h;
	struct fault fault;
	struct text target;
	struct text origin;
	char request_id[DIROBJ_ID_LEN + 1];
	struct text client_request_id;
};

static bool
is_host(struct text t)
{
	for (size_t i = 0; i < t.len; i++) {
		char c = t.data[i];

		if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= '0' && c <= '9') &&
		    (c == '\0' || strchr(".:-[]", c) == NULL))
			return false;
	}
	return t.len != 0 && t.len < 256;
}

static struct text
origin_of(struct server *s, struct http_call *h)
{
	struct text host = http_call_header(h, "Host");
	char *o = is_host(host)
		      ? arena_printf(s->a, "https://%.*s", TEXT_ARGS(host))
		      : arena_printf(s->a, "https://localhost:%u",
			    http_server_port(s->http));

	return text_of(o);
}

static void
finish(struct exchange *x, int status, const char *type)
{
	struct server *s = x->s;
	struct text body = buf_text(&s->out);
	unsigned delay = throttle_delay_ms(s->t->throttle);

	if (buf_error(&s->out) != 0) {
		status = 500;
		body = TEXT("{\"error\":{\"code\":\"Service_"
			    "InternalServerError\",\"message\":\"The answer is "
			    "too large.\"}}");
	}
	if (body.len != 0)
		http_call_header_set(x->h, "Content-Type", type);
	http_call_header_set(x->h, "Cache-Control", "no-cache");
	http_call_header_set(x->h, "request-id", x->request_id);
	switch (x->fault.kind) {
	case FAULT_HALF:
		http_call_reply_half(x->h, status, body);
		return;
	case FAULT_CLOSE:
		http_call_drop(x->h);
		return;
	case FAULT_STATUS:
	case FAULT_NONE:
		break;
	}
	http_call_reply(x->h, status, body, delay);
}

static void
header_number(struct http_call *h, const char *name, int n)
{
	char s[16];

	(void)snprintf(s, sizeof(s), "%d", n);
	http_call_header_set(h, name, s);
}

static void
throttle_headers(struct exchange *x, const struct gcall *c)
{
	char *scope =
	    arena_printf(x->s->a, "Tenant_Application/ReadWrite/%.*s/%s",
		TEXT_ARGS(c->app_id), x->s->t->id);

	http_call_header_set(
	    x->h, "x-ms-throttle-information", c->throttle_info);
	http_call_header_set(x->h, "x-ms-throttle-scope", scope);
}

static void
graph_finish(struct exchange *x, struct gcall *c)
{
	http_call_header_set(x->h, "client-request-id",
	    text_dup(x->s->a, x->client_request_id).data);
	http_call_header_set(x->h, "OData-Version", "4.0");
	if (c->location != NULL)
		http_call_header_set(x->h, "Location", c->location);
	if (c->retry_after_s != 0)
		header_number(x->h, "Retry-After", c->retry_after_s);
	if (c->throttle_info != NULL)
		throttle_headers(x, c);
	if (c->units != 0)
		header_number(x->h, "x-ms-resource-unit", (int)c->units);
	finish(x, c->status,
	    c->plain ? "text/plain"
		     : "application/json;odata.metadata=minimal;"
		       "odata.streaming=true;IEEE754Compatible=false;"
		       "charset=utf-8");
}

static int
graph_refused_bearer(struct exchange *x, struct gcall *c, const struct err *e)
{
	const struct refusal r = {
	    401, "InvalidAuthenticationToken", NULL, NULL};
	char *s = arena_printf(c->a,
	    "Bearer realm=\"\", authorization_uri=\"%.*s/%s/oauth2/v2.0/"
	    "authorize\", client_id=\"00000003-0000-0000-c000-000000000000\"",
	    TEXT_ARGS(x->origin), c->t->id);

	http_call_header_set(x->h, "WWW-Authenticate", s);
	return gcall_refuse(c, &r, "%s", e->text);
}

static int
graph_prepare(struct exchange *x, struct gcall *c)
{
	struct server *s = x->s;
	struct text body = http_call_body(x->h);
	struct oauth_caller caller = {0};
	struct err e = {0};
	struct text path = {x->target.data + sizeof(GRAPH_PREFIX) - 1,
	    x->target.len - (sizeof(GRAPH_PREFIX) - 1)};
	int r;

	if (oauth_check(s->t, s->a, http_call_header(x->h, "Authorization"),
		&caller, &e) != 0)
		return graph_refused_bearer(x, c, &e);
	c->app_id = caller.app_id;
	c->roles = caller.roles;
	c->has_body = body.len != 0;
	c->eventual = text_is_nocase(
	    http_call_header(x->h, "ConsistencyLevel"), "eventual");
	c->minimal = memmem(http_call_header(x->h, "Prefer").data,
			 http_call_header(x->h, "Prefer").len, "return=minimal",
			 14) != NULL;
	c->upsert = text_is_nocase(
	    http_call_header(x->h, "Prefer"), "create-if-missing");
	r = url_parse(s->a, path, &c->url, &e);
	if (r != 0)
		return gcall_refuse(c,
		    &(const struct refusal){400, "BadRequest", NULL, NULL},
		    "%s", e.text);
	/* What cannot be read is refused when it is known what it is for. */
	if (body.len != 0 &&
	    json_parse(body, BODY_MAX_BYTES, &c->body, NULL) != 0)
		c->body = NULL;
	return 0;
}

/* An answer that a test asked for in place of the real one. */
static void
graph_faulty(struct exchange *x, struct gcall *c)
{
	const struct refusal r = {x->fault.status,
	    x->fault.status == 429 ? "TooManyRequests" : "serviceNotAvailable",
	    NULL, NULL};

	c->location = NULL;
	c->plain = false;
	c->retry_after_s = x->fault.retry_after_s;
	(void)gcall_refuse(c, &r, "A fault that a test asked for.");
}

static void
graph_serve(struct exchange *x)
{
	struct server *s = x->s;
	struct gcall c = {.t = s->t,
	    .a = s->a,
	    .out = &s->out,
	    .method = http_call_method(x->h),
	    .request_id = x->request_id,
	    .client_request_id = x->client_request_id};
	bool faulty = x->fault.kind == FAULT_STATUS;
	int r;

	c.base = text_of(
	    arena_printf(s->a, "%.*s" GRAPH_PREFIX, TEXT_ARGS(x->origin)));
	if (!faulty || x->fault.after) {
		r = graph_prepare(x, &c);
		if (r == 0)
			(void)graph_run(&c);
	}
	if (faulty)
		graph_faulty(x, &c);
	c.body = json_free(c.body);
	graph_finish(x, &c);
}

static void
not_found(struct exchange *x)
{
	buf_puts(&x->s->out,
	    "{\"error\":{\"code\":\"ResourceNotFound\",\"message\":\"Resource "
	    "not found.\"}}");
	finish(x, 404, "application/json");
}

static bool
aside_serve(struct exchange *x)
{
	struct aside_call c = {.t = x->s->t,
	    .a = x->s->a,
	    .out = &x->s->out,
	    .method = http_call_method(x->h),
	    .target = x->target,
	    .body = http_call_body(x->h)};

	if (!aside_handle(&c))
		return false;
	finish(x, c.status, c.type);
	return true;
}

static bool
old_serve(struct exchange *x)
{
	struct oldgraph_call c = {.t = x->s->t,
	    .a = x->s->a,
	    .out = &x->s->out,
	    .method = http_call_method(x->h),
	    .target = x->target,
	    .body = http_call_body(x->h),
	    .bearer = http_call_header(x->h, "Authorization"),
	    .origin = x->origin,
	    .client_request_id = x->client_request_id,
	    .request_id = x->request_id};

	if (!oldgraph_handle(&c))
		return false;
	if (c.retry_after_s != 0)
		header_number(x->h, "Retry-After", c.retry_after_s);
	http_call_header_set(x->h, "DataServiceVersion", "3.0;");
	finish(x, c.status, OLDGRAPH_TYPE);
	return true;
}

static void
other_serve(struct exchange *x)
{
	struct server *s = x->s;
	struct oauth_call c = {.t = s->t,
	    .a = s->a,
	    .out = &s->out,
	    .method = http_call_method(x->h),
	    .body = http_call_body(x->h),
	    .origin = x->origin,
	    .correlation_id = x->client_request_id};

	if (x->fault.kind == FAULT_STATUS) {
		if (x->fault.retry_after_s != 0)
			header_number(
			    x->h, "Retry-After", x->fault.retry_after_s);
		finish(x, x->fault.status, "application/json");
		return;
	}
	if (aside_serve(x) || old_serve(x))
		return;
	if (url_parse(s->a, x->target, &c.url, NULL) != 0 ||
	    !oauth_handle(&c)) {
		not_found(x);
		return;
	}
	if (c.location != NULL)
		http_call_header_set(x->h, "Location", c.location);
	finish(x, c.status,
	    c.type == NULL ? "application/json; charset=utf-8" : c.type);
}

static bool
is_sync(struct text target)
{
	const size_t n = sizeof(SYNC_PATH) - 1;

	return text_starts_nocase(target, SYNC_PATH) &&
	       (target.len == n || target.data[n] == '?' ||
		   target.data[n] == '/');
}

static void
sync_answer(struct exchange *x)
{
	struct server *s = x->s;
	struct sync_exchange q = {.t = s->t,
	    .a = s->a,
	    .out = &s->out,
	    .body = http_call_body(x->h),
	    .machine = http_call_header(x->h, "x-ms-aadmsods-machineid"),
	    .action = http_call_header(x->h, "x-ms-aadmsods-apiaction"),
	    .busy = x->fault.kind == FAULT_STATUS && !x->fault.after};

	if (!text_is(text_of(http_call_method(x->h)), "POST")) {
		finish(x, 405, "text/plain");
		return;
	}
	sync_serve(&q);
	if (x->fault.kind == FAULT_STATUS && x->fault.after) {
		/* It was carried out, and the client cannot know. */
		buf_reset(&s->out);
		q.status = x->fault.status;
	}
	if (x->fault.kind == FAULT_STATUS && x->fault.retry_after_s != 0)
		header_number(x->h, "Retry-After", x->fault.retry_after_s);
	if (q.warning != NULL)
		http_call_header_set(x->h, "Warning", q.warning);
	finish(x, q.status, "application/soap+msbin1");
}

static void
admin_serve(struct exchange *x)
{
	struct server *s = x->s;
	struct admin_call c = {.t = s->t,
	    .a = s->a,
	    .out = &s->out,
	    .method = http_call_method(x->h),
	    .target = x->target,
	    .body = http_call_body(x->h),
	    .bearer = http_call_header(x->h, "Authorization"),
	    .from_loopback = http_call_from_loopback(x->h)};

	admin_handle(&c);
	http_call_header_set(x->h, "Content-Type", "application/json");
	http_call_reply(x->h, c.status, buf_text(&s->out), 0);
}

static bool
starts(struct text t, const char *prefix)
{
	size_t n = strlen(prefix);

	return t.len >= n && memcmp(t.data, prefix, n) == 0 &&
	       (t.len == n || t.data[n] == '/' || t.data[n] == '?');
}

/* Not fatal: it is tried again, and nobody waits for it. */
static void
tidy_now_and_then(struct server *s)
{
	int64_t now = clock_monotonic_ms();
	int64_t until = s->t->turning_until_ms;
	bool turned = until != 0 && tenant_now_ms(s->t) >= until;
	int r;

	if (!turned && s->tidied_ms != 0 && now - s->tidied_ms < TIDY_EVERY_MS)
		return;
	s->tidied_ms = now;
	r = tenant_tidy(s->t);
	if (r != 0)
		log_event(
		    LOG_WARN, "tenant.tidy.failed", "error", err_name(r), NULL);
}

static void
serve(void *ctx, struct http_call *h)
{
	struct server *s = ctx;
	struct exchange x = {.s = s, .h = h};

	tidy_now_and_then(s);
	arena_reset(s->a);
	buf_reset(&s->out);
	s->out.error = 0;
	x.target = text_of(http_call_target(h));
	x.origin = origin_of(s, h);
	dirobj_new_id(x.request_id);
	x.client_request_id = http_call_header(h, "client-request-id");
	if (x.client_request_id.len == 0 ||
	    x.client_request_id.len > ID_MAX_BYTES ||
	    !text_is_utf8(x.client_request_id))
		x.client_request_id = text_of(x.request_id);
	if (starts(x.target, "/_causeway")) {
		admin_serve(&x);
		return;
	}
	throttle_count_request(s->t->throttle);
	x.fault = throttle_fault(
	    s->t->throttle, http_call_method(h), http_call_target(h));
	if (x.fault.kind == FAULT_CLOSE && !x.fault.after)
		http_call_drop(h);
	else if (starts(x.target, GRAPH_PREFIX))
		graph_serve(&x);
	else if (is_sync(x.target))
		sync_answer(&x);
	else
		other_serve(&x);
}

/* Whole or not at all: who waits for it may read it at once. */
static int
port_write(struct arena *a, const char *path, uint16_t port, struct err *e)
{
	char *temp = arena_printf(a, "%s.new", path);
	char *text = arena_printf(a, "%u\n", port);
	int r;

	(void)unlink(temp);
	r = open_write_new(temp, text_of(text), false, e);
	if (r == 0 && rename(temp, path) != 0)
		return err_set(
		    e, -errno, "%s: %s", path, strerrordesc_np(errno));
	return r;
}

/* Clients with the vendor's names compiled in reach the tenant by it. */
static int
proxy_start(struct server *s, const struct tenant_run_options *o,
    struct http_proxy **out_p, struct err *e)
{
	const struct http_proxy_options p = {.listen = o->proxy,
	    .hosts = hosts_names,
	    .nhosts = hosts_count,
	    .max_connections = PROXY_CONNECTIONS_MAX,
	    .timeout_s = TIMEOUT_S};
	char port[8];
	int r;

	if (o->proxy == NULL)
		return 0;
	r = http_proxy_new(s->http, &p, out_p, e);
	if (r == 0 && o->proxy_port_file != NULL)
		r = port_write(
		    s->t->a, o->proxy_port_file, http_proxy_port(*out_p), e);
	if (r != 0)
		return r;
	(void)snprintf(port, sizeof(port), "%u", http_proxy_port(*out_p));
	log_event(
	    LOG_INFO, "tenant.proxy", "address", o->proxy, "port", port, NULL);
	return 0;
}

static int
listen_and_run(
    struct server *s, const struct tenant_run_options *o, struct err *e)
{
	struct http_server_options h = {.listen = o->listen,
	    .cert_file = open_path(s->t->a, o->dir, FILE_SERVER_CERT),
	    .key_file = open_path(s->t->a, o->dir, FILE_SERVER_KEY),
	    .max_header_bytes = HEADER_MAX_BYTES,
	    .max_body_bytes = BODY_MAX_BYTES,
	    .max_connections =
		o->max_connections == 0 ? CONNECTIONS_MAX : o->max_connections,
	    .timeout_s = TIMEOUT_S,
	    .handle = serve,
	    .ctx = s};
	CLEANUP(http_proxy_freep)
	struct http_proxy *proxy = NULL;
	char port[8];
	int r = 0;

	if (o->proxy != NULL) {
		r = hosts_certificate(s->t->a, o->dir, e);
		h.names_cert_file = open_path(s->t->a, o->dir, FILE_HOSTS_CERT);
		h.names_key_file = open_path(s->t->a, o->dir, FILE_HOSTS_KEY);
		h.names = hosts_names;
		h.nnames = hosts_count;
	}
	if (r == 0)
		r = http_server_new(&h, &s->http, e);
	if (r == 0)
		r = proxy_start(s, o, &proxy, e);
	if (r == 0 && o->port_file != NULL)
		r = port_write(
		    s->t->a, o->port_file, http_server_port(s->http), e);
	if (r != 0)
		return r;
	(void)snprintf(port, sizeof(port), "%u", http_server_port(s->http));
	log_event(LOG_INFO, "tenant.listening", "tenant", s->t->id, "address",
	    o->listen, "port", port, NULL);
	return http_server_run(s->http, e);
}

int
tenant_run(const struct tenant_run_options *o, struct err *e)
{
	CLEANUP(tenant_closep)
	struct tenant *t = NULL;
	struct throttle_limits limits = {0};
	struct server s = {0};
	int r = 0;

	if (o->throttle != NULL)
		r = throttle_parse(text_of(o->throttle), &limits, e);
	if (r == 0)
		r = tenant_open(o->dir, &t, e);
	if (r != 0)
		return r;
	throttle_set(t->throttle, &limits);
	if (o->delta_life_s != 0)
		t->delta_life_ms = o->delta_life_s * 1000;
	s.t = t;
	s.a = arena_new(ARENA_MAX_BYTES);
	buf_init(&s.out, ANSWER_MAX_BYTES);
	r = s.a == NULL ? err_set(e, ERR_NOMEM, "no memory for a server")
			: listen_and_run(&s, o, e);
	s.http = http_server_free(s.http);
	buf_clear(&s.out);
	s.a = arena_free(s.a);
	return r;
}
