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

struct beside {
	const struct xml_node *next;
};

static int
same_record(void *ctx, const struct xml_node *n, struct err *e)
{
	struct beside *b = ctx;

	(void)e;
	assert(b->next != NULL);
	same(b->next, n);
	b->next = b->next->next;
	return 0;
}

/* One record at a time gives what the whole document has. */
static void
same_records(const uint8_t *data, size_t size, const struct xml_node *root)
{
	struct beside b = {root->first};
	const struct xml_records want = {.record = same_record, .ctx = &b};
	FILE *f = tmpfile();

	assert(f != NULL && fwrite(data, 1, size, f) == size);
	rewind(f);
	assert(xml_read_records(f, "fuzz", &want, NULL) == 0);
	assert(b.next == NULL);
	(void)fclose(f);
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
	same_records(data, size, n);
	buf_init(&b, 256U << 20);
	xml_writer_init(&w, &b);
	xml_put_node(&w, n);
	assert(xml_end_document(&w) == 0);
	assert(xml_parse(a, "again", buf_text(&b), &again, NULL) == 0);
	same(n, again);
	buf_clear(&b);
	return 0;
}
