/* tests/fuzz/fuzz_graph_answer.c -- what Graph may answer: a page of objects,
 * a batch, an error; each text is taken for all of them. */
#include <assert.h>

#include "connectors/graph/gconn_int.h"
#include "fuzz.h"

/* The same item as a change. */
static void
as_change(const struct gconn *g, struct arena *a, enum gtype type,
    const struct json *item)
{
	struct entry entry;
	int r = change_read(g, a, type, item, &entry);

	assert(r == 0 || r == ERR_NOMEM || r == ERR_LIMIT);
	assert(entry.kind != ENTRY_OBJECT);
	assert(entry.removed_count <= PROPERTY_MAX);
	if (r == 0 && entry.kind != ENTRY_ERROR)
		assert(entry.anchor.len > 0);
}

static void
as_page(const struct gconn *g, struct arena *a, const struct json *root)
{
	const struct json *list;
	struct text next, rest;
	struct entry entry;

	if (page_read(root, &list, &next, NULL) < 0)
		return;
	if (next.len > 0 &&
	    gurl_relative(TEXT("https://g.test/v1.0"), next, &rest, NULL) == 0)
		assert(rest.len > 0 && rest.data[0] == '/');
	for (size_t i = 0; i < json_count(list); i++)
		for (int t = 0; t < GT_COUNT; t++) {
			enum gtype type;
			struct text id;
			int r = object_read(
			    g, a, (enum gtype)t, json_at(list, i), &entry);

			assert(r == 0 || r == ERR_NOMEM || r == ERR_LIMIT);
			as_change(g, a, (enum gtype)t, json_at(list, i));
			if (entry.kind != ENTRY_OBJECT || r < 0)
				continue;
			assert(anchor_parse(entry.anchor, &type, &id) == 0);
			assert((int)type == t && entry.dn.len > 0);
		}
}

static void
as_batch(const struct json *root)
{
	const struct json *list = json_get(root, "responses");
	struct answer answer;
	struct err e;
	size_t which;

	for (size_t i = 0; i < json_count(list); i++) {
		if (batch_item_read(
			json_at(list, i), 20, &which, &answer, NULL) < 0)
			continue;
		assert(which < 20);
		if (answer_kind(&answer) != ANSWER_DONE)
			assert(answer_error(&answer, &e) < 0);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gconn g;
	struct text in = {(const char *)data, size};
	struct arena *a = arena_new(16U << 20);
	struct json *root;

	assert(a != NULL);
	if (g.env.names == NULL) {
		g.env.names = names_new();
		assert(gconn_intern(&g, NULL) == 0);
	}
	if (json_parse(in, 1U << 20, &root, NULL) == 0) {
		as_page(&g, a, root);
		as_batch(root);
		json_free(root);
	}
	arena_free(a);
	return 0;
}
