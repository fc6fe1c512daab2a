/* tests/fuzz/fuzz_xml.c -- what is read can be written and read again, and is
 * the same. */
#include <assert.h>

#include "codec/xml.h"
#include "fuzz.h"

static void
same_attrs(const struct xml_attr *x, const struct xml_attr *y)
{
	while (x != NULL && y != NULL) {
		assert(text_equal(x->name, y->name));
		assert(text_equal(x->prefix, y->prefix));
		assert(text_equal(x->value, y->value));
		x = x->next;
		y = y->next;
	}
	assert(x == NULL && y == NULL);
}

static void
// NOLINTNEXTLINE(misc-no-recursion): at most XML_MAX_DEPTH
same(const struct xml_node *x, const struct xml_node *y)
{
	const struct xml_node *i = x->first, *k = y->first;

	assert(text_equal(x->name, y->name));
	assert(text_equal(x->ns, y->ns));
	assert(text_equal(xml_text(x), xml_text(y)));
	assert(x->count == y->count);
	same_attrs(x->attrs, y->attrs);
	for (; i != NULL; i = i->next, k = k->next)
		same(i, k);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(256U << 20);
	const struct xml_node *n = NULL, *again = NULL;
	struct xml_writer w;
	struct buf b;

	if (a == NULL ||
	    xml_parse(a, "fuzz", (struct text){(const char *)data, size}, &n,
		NULL) < 0)
		return 0;
	buf_init(&b, 256U << 20);
	xml_writer_init(&w, &b);
	xml_put_node(&w, n);
	assert(xml_end_document(&w) == 0);
	assert(xml_parse(a, "again", buf_text(&b), &again, NULL) == 0);
	same(n, again);
	buf_clear(&b);
	return 0;
}
