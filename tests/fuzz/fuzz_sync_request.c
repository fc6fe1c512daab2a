/* tests/fuzz/fuzz_sync_request.c -- any octets as a request of the
 * synchronisation service: it is answered, by a message that can be read. */
#include "fuzz.h"

#include "tenant/sync_int.h"
#include "tenant/sync_service.h"

static void
small_ones(struct text in)
{
	enum entity kind;
	struct text id;
	uint32_t build[4];

	if (sync_cloud_anchor_read(in, &kind, &id) == 0 &&
	    (!dirobj_is_id(id) || sync_kind_name(kind)[0] == '\0'))
		abort();
	if (sync_credential_check(in) == 0 && in.len < 90)
		abort();
	if (sync_build_parse(in, build) == 0 && in.len < 7)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(64U << 20);
	struct text in = {(const char *)data, size};
	struct tenant t = {.id = "00000000-0000-0000-0000-000000000000"};
	struct buf out;
	struct nbfx_item *doc = NULL;

	buf_init(&out, 1U << 20);
	small_ones(in);
	if (a != NULL && tdb_open(":memory:", true, &t.db, NULL) == 0) {
		struct sync_exchange x = {
		    .t = &t, .a = a, .body = in, .out = &out};

		t.a = a;
		/* Nobody's token is good here, so each is a fault. */
		sync_serve(&x);
		if (x.status != 500 ||
		    nbfx_parse(a, "answer", buf_text(&out), &doc, NULL) != 0)
			abort();
	}
	t.db = tdb_close(t.db);
	buf_clear(&out);
	(void)arena_free(a);
	return 0;
}
