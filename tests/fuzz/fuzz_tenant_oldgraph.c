/* tests/fuzz/fuzz_tenant_oldgraph.c -- any octets as a request of the interface
 * before Graph ("GET users?api-version=1.6", and a body behind the line), by
 * somebody who may do everything: the answer is JSON, or nothing. */
#include "fuzz.h"

#include "tenant/oldgraph.h"

#define ID "00000000-0000-0000-0000-000000000000"

static struct tenant *
tenant_once(void)
{
	static struct tenant t = {.id = ID};

	if (t.db != NULL)
		return &t;
	t.a = arena_new(0);
	if (t.a == NULL || tdb_open(":memory:", true, &t.db, NULL) != 0)
		abort();
	t.page_key = TEXT("0123456789abcdef0123456789abcdef");
	t.domains[0] = (struct domain){
	    .name = TEXT("x.example"), .is_initial = true, .is_default = true};
	t.ndomains = 1;
	t.display_name = TEXT("x.example");
	t.kid = t.jwk = TEXT("");
	t.max_objects = 100;
	t.delta_life_ms = 1000000;
	return &t;
}

static struct text
cut(struct text *rest, char at)
{
	const char *p =
	    rest->len == 0 ? NULL : memchr(rest->data, at, rest->len);
	size_t n = p == NULL ? rest->len : (size_t)(p - rest->data);
	struct text t = {rest->data, n};

	if (p != NULL)
		n++;
	*rest = (struct text){rest->data + n, rest->len - n};
	return t;
}

static void
one(struct arena *a, struct text in)
{
	struct json *j = NULL;
	struct buf out;
	struct text line = cut(&in, '\n'), method = cut(&line, ' ');
	struct oldgraph_call c = {.t = tenant_once(),
	    .a = a,
	    .method = text_dup(a, method).data,
	    .target = text_of(arena_printf(a, "/" ID "/%.*s", TEXT_ARGS(line))),
	    .body = in,
	    .roles = TEXT(" Directory.ReadWrite.All "),
	    .origin = TEXT("https://graph.windows.net"),
	    .request_id = ID,
	    .out = &out};

	buf_init(&out, 1U << 24);
	if (oldgraph_handle(&c)) {
		if (c.status < 200 || c.status > 599)
			abort();
		if (out.len != 0 &&
		    json_parse(buf_text(&out), out.len, &j, NULL) != 0)
			abort();
	}
	(void)json_free(j);
	buf_clear(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(64U << 20);

	if (a != NULL)
		one(a, (struct text){(const char *)data, size});
	(void)arena_free(a);
	return 0;
}
