/* tests/fuzz/fuzz_tenant_aside.c -- any octets as a request of a service
 * beside: it is answered, by XML that can be read or by nothing. */
#include "fuzz.h"

#include "tenant/aside.h"

#define ROLES " Directory.ReadWrite.All ADSynchronization.ReadWrite.All "

static void
one(struct tenant *t, const char *target, struct text body, struct text roles)
{
	struct arena *a = arena_new(64U << 20);
	const struct xml_node *root;
	struct buf out;
	struct aside_call c = {.t = t,
	    .a = a,
	    .method = "POST",
	    .target = text_of(target),
	    .body = body,
	    .roles = roles,
	    .out = &out};

	buf_init(&out, 1U << 20);
	if (a != NULL) {
		/* Nobody's token is good here. */
		if (!aside_handle(&c) || (c.status == 200 && roles.len == 0))
			abort();
		if (out.len != 0 &&
		    xml_parse(a, "answer", buf_text(&out), &root, NULL) != 0)
			abort();
	}
	buf_clear(&out);
	(void)arena_free(a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct text in = {(const char *)data, size};
	struct tenant t = {.id = "00000000-0000-0000-0000-000000000000",
	    .page_key = TEXT("0123456789abcdef0123456789abcdef"),
	    .domains = {{.name = TEXT("x.example"), .is_initial = true}},
	    .ndomains = 1};

	t.a = arena_new(16U << 20);
	if (t.a != NULL && tdb_open(":memory:", true, &t.db, NULL) == 0) {
		one(&t, "/provisioningwebservice.svc", in, TEXT(""));
		one(&t, "/provisioningwebservice.svc", in, TEXT(ROLES));
		one(&t, "/register/GetDesktopSsoStatus", in, TEXT(""));
		one(&t, "/register/EnableDesktopSso?x", in, TEXT(""));
	}
	t.db = tdb_close(t.db);
	(void)arena_free(t.a);
	return 0;
}
