/* tenant/graph_batch.c -- $batch: up to twenty calls in one. */
#include "tenant/emit.h"
#include "tenant/tenant_int.h"
#include "tenant/throttle.h"

#define BATCH_MAX 20U

struct item {
	const struct json *json;
	struct text id;
	unsigned needs; /* items that must be done before, as bits */
	int status;
	struct text headers; /* JSON object */
	struct text body;
};

struct batch {
	struct gcall *c; /* the $batch call itself */
	struct item items[BATCH_MAX];
	size_t n;
};

static int
malformed(struct gcall *c, const char *what)
{
	const struct refusal r = {400, "BadRequest", NULL, NULL};

	return gcall_refuse(c, &r, "Invalid batch payload format. %s", what);
}

static int
find_item(const struct batch *b, struct text id)
{
	for (size_t i = 0; i < b->n; i++)
		if (text_equal_nocase(b->items[i].id, id))
			return (int)i;
	return -1;
}

static int
read_items(struct batch *b)
{
	const struct json *list = json_get(b->c->body, "requests");

	if (json_type(list) != JSON_LIST)
		return malformed(b->c, "A list 'requests' is required.");
	if (json_count(list) > BATCH_MAX)
		return malformed(
		    b->c, "The number of batch requests must not exceed 20.");
	for (size_t i = 0; i < json_count(list); i++) {
		struct item *it = &b->items[b->n];

		it->json = json_at(list, i);
		it->id = json_get_text(it->json, "id");
		if (it->id.len == 0 ||
		    json_get_text(it->json, "method").len == 0 ||
		    json_get_text(it->json, "url").len == 0)
			return malformed(b->c,
			    "Every request needs 'id', 'method' and 'url'.");
		if (find_item(b, it->id) >= 0)
			return malformed(
			    b->c, "Every request needs an id of its own.");
		b->n++;
	}
	return 0;
}

static int
read_needs(struct batch *b)
{
	for (size_t i = 0; i < b->n; i++) {
		struct item *it = &b->items[i];
		const struct json *deps = json_get(it->json, "dependsOn");

		if (json_type(deps) == JSON_NULL)
			continue;
		if (json_type(deps) != JSON_LIST)
			return malformed(b->c, "'dependsOn' must be a list.");
		for (size_t d = 0; d < json_count(deps); d++) {
			int at = find_item(b, json_text(json_at(deps, d)));

			if (at < 0 || (size_t)at == i)
				return malformed(b->c,
				    "'dependsOn' names no other request.");
			it->needs |= 1U << at;
		}
	}
	return 0;
}

/* Kahn: an order there must be, before anything is done. */
static int
check_order(struct batch *b)
{
	unsigned done = 0, before;

	do {
		before = done;
		for (size_t i = 0; i < b->n; i++)
			if ((b->items[i].needs & ~done) == 0)
				done |= 1U << i;
	} while (done != before);
	return done == (1U << b->n) - 1
		   ? 0
		   : malformed(b->c,
			 "The requests depend on each other in a circle.");
}

static struct text
header_of(const struct item *it, const char *name)
{
	const struct json *headers = json_get(it->json, "headers");
	const char *forms[] = {name, NULL};
	struct text t = json_get_text(headers, forms[0]);
	char low[64];
	size_t n = 0;

	if (t.len != 0)
		return t;
	for (; name[n] != '\0' && n < sizeof(low) - 1; n++)
		low[n] = (char)(name[n] >= 'A' && name[n] <= 'Z' ? name[n] + 32
								 : name[n]);
	low[n] = '\0';
	return json_get_text(headers, low);
}

static void
item_headers(struct gcall *c, struct item *it)
{
	struct buf b;

	buf_init(&b, 65536);
	buf_printf(&b, "{\"request-id\":\"%s\"", c->request_id);
	if (c->out->len != 0)
		buf_puts(&b,
		    ",\"Content-Type\":\"application/json;odata.metadata="
		    "minimal\"");
	else
		buf_puts(&b, ",\"Cache-Control\":\"no-cache\"");
	if (c->location != NULL) {
		buf_puts(&b, ",\"Location\":");
		emit_text(&b, text_of(c->location));
	}
	if (c->retry_after_s != 0)
		buf_printf(&b, ",\"Retry-After\":\"%d\"", c->retry_after_s);
	buf_putc(&b, '}');
	it->headers = text_dup(c->a, buf_text(&b));
	buf_clear(&b);
}

static int
item_parse(struct gcall *c, const struct item *it)
{
	struct err e = {0};
	struct text url = json_get_text(it->json, "url");
	struct text method = json_get_text(it->json, "method");
	char *full;

	c->method = text_dup(c->a, method).data;
	c->body = json_get(it->json, "body");
	c->has_body = c->body != NULL && json_type(c->body) != JSON_NULL;
	c->eventual =
	    text_is_nocase(header_of(it, "ConsistencyLevel"), "eventual");
	c->minimal = text_is_nocase(header_of(it, "Prefer"), "return=minimal");
	c->upsert =
	    text_is_nocase(header_of(it, "Prefer"), "create-if-missing");
	full = arena_printf(
	    c->a, "%s%.*s", url.data[0] == '/' ? "" : "/", TEXT_ARGS(url));
	if (full == NULL || c->method == NULL)
		return gcall_failed(c, ERR_NOMEM);
	if (url_parse(c->a, text_of(full), &c->url, &e) != 0)
		return gcall_refuse(c,
		    &(const struct refusal){400, "BadRequest", NULL, NULL},
		    "%s", e.text);
	if (text_is(gcall_segment(c, 0), "$batch"))
		return gcall_bad(c, "A batch cannot hold a batch.");
	if (c->has_body && header_of(it, "Content-Type").len == 0)
		return gcall_refuse(c,
		    &(const struct refusal){400, "BadRequest", NULL, NULL},
		    "Write request %.*s does not contain Content-Type header "
		    "or body.",
		    (int)(it->id.len > 64 ? 64 : it->id.len), it->id.data);
	return 0;
}

/* Its writes stay or go alone. */
static int
item_run(struct gcall *c, const struct item *it)
{
	struct tdb *db = c->t->db;
	int r = item_parse(c, it), end;

	if (r == 0)
		r = throttle_check(c);
	if (r != 0)
		return r;
	r = tdb_save(db);
	if (r != 0)
		return r;
	r = graph_call(c);
	if (r == 0)
		r = buf_error(c->out);
	end = tdb_save_end(db, r == 0);
	if (end != 0)
		return end;
	return r == 0 || r == ERR_REJECTED ? r : gcall_failed(c, r);
}

static bool
dependency_failed(const struct batch *b, const struct item *it)
{
	for (size_t i = 0; i < b->n; i++)
		if ((it->needs & 1U << i) != 0 && b->items[i].status >= 400)
			return true;
	return false;
}

static int
item_answer(struct batch *b, struct item *it)
{
	const struct refusal failed = {424, "FailedDependency", NULL, NULL};
	struct gcall c = *b->c;
	struct buf out;
	int r;

	buf_init(&out, (size_t)BODY_MAX_BYTES * 4);
	c.out = &out;
	c.in_batch = true;
	c.status = 0;
	r = dependency_failed(b, it)
		? gcall_refuse(&c, &failed,
		      "Request dependency on [%.*s] failed.",
		      TEXT_ARGS(json_text(
			  json_at(json_get(it->json, "dependsOn"), 0))))
		: item_run(&c, it);
	if (r != 0 && r != ERR_REJECTED) {
		buf_clear(&out);
		return r;
	}
	it->status = c.status;
	item_headers(&c, it);
	it->body = text_dup(c.a, buf_text(&out));
	r = buf_error(&out);
	buf_clear(&out);
	return r != 0                                              ? r
	       : it->body.data == NULL || it->headers.data == NULL ? ERR_NOMEM
								   : 0;
}

static int
run_all(struct batch *b)
{
	unsigned done = 0;

	while (done != (1U << b->n) - 1) {
		for (size_t i = 0; i < b->n; i++) {
			int r;

			if ((done & 1U << i) != 0 ||
			    (b->items[i].needs & ~done) != 0)
				continue;
			r = item_answer(b, &b->items[i]);
			if (r != 0)
				return r;
			done |= 1U << i;
		}
	}
	return 0;
}

static void
write_answer(struct batch *b)
{
	struct buf *out = b->c->out;

	buf_puts(out, "{\"responses\":[");
	for (size_t i = 0; i < b->n; i++) {
		const struct item *it = &b->items[i];

		buf_puts(out, i == 0 ? "{\"id\":" : ",{\"id\":");
		emit_text(out, it->id);
		buf_printf(out, ",\"status\":%d,\"headers\":%.*s", it->status,
		    TEXT_ARGS(it->headers));
		if (it->body.len != 0) {
			buf_puts(out, ",\"body\":");
			buf_text_add(out, it->body);
		}
		buf_putc(out, '}');
	}
	buf_puts(out, "]}");
}

int
graph_batch(struct gcall *c)
{
	struct batch b = {.c = c};
	int r = read_items(&b);

	if (r == 0)
		r = read_needs(&b);
	if (r == 0)
		r = check_order(&b);
	if (r == 0)
		r = run_all(&b);
	if (r == ERR_REJECTED)
		return r;
	if (r != 0)
		return gcall_failed(c, r);
	write_answer(&b);
	c->status = 200;
	return 0;
}
