/* tests/fuzz/fuzz_tenant_batch.c -- any text as the body of a $batch, on a
 * tenant in memory; the answer must be JSON with one answer an item. */
#include "fuzz.h"

#include "tenant/tenant_int.h"

static struct tenant *
tenant_once(void)
{
	static struct tenant t;

	if (t.db != NULL)
		return &t;
	t.a = arena_new(0);
	if (t.a == NULL || tdb_open(":memory:", true, &t.db, NULL) != 0)
		abort();
	t.page_key = TEXT("0123456789abcdef0123456789abcdef");
	t.domains[0] = (struct domain){
	    .name = TEXT("x.example"), .is_initial = true, .is_default = true};
	t.ndomains = 1;
	t.max_objects = 1000;
	t.delta_life_ms = 1000000;
	return &t;
}

static void
check_answer(const struct gcall *c)
{
	struct json *j = NULL;
	const struct json *list;

	if (json_parse(buf_text(c->out), 1U << 26, &j, NULL) != 0)
		abort();
	list = json_get(j, "responses");
	if (c->status == 200 &&
	    json_count(list) != json_count(json_get(c->body, "requests")))
		abort();
	if (c->status != 200 &&
	    json_get_text(json_get(j, "error"), "code").len == 0)
		abort();
	(void)json_free(j);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tenant *t = tenant_once();
	struct arena *a = arena_new(64U << 20);
	struct text in = {(const char *)data, size};
	struct buf out;
	struct gcall c = {.t = t,
	    .a = a,
	    .method = "POST",
	    .out = &out,
	    .base = TEXT("https://localhost/v1.0"),
	    .roles = TEXT(" Directory.ReadWrite.All "),
	    .client_request_id = TEXT("x"),
	    .request_id = "y"};

	buf_init(&out, 1U << 26);
	if (a != NULL && json_parse(in, 1U << 20, &c.body, NULL) == 0) {
		int r;

		if (tdb_begin(t->db, true) != 0)
			abort();
		r = graph_batch(&c);
		if (r != 0 && r != ERR_REJECTED)
			abort();
		tdb_rollback(t->db);
		check_answer(&c);
	}
	(void)json_free(c.body);
	buf_clear(&out);
	(void)arena_free(a);
	return 0;
}
