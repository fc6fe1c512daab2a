/* tests/fuzz/fuzz_nbfx.c -- what is read is written again octet for octet, and
 * what it says as XML is said again by a message made of that. */
#include <assert.h>

#include "codec/nbfx.h"
#include "fuzz.h"

static void
write_xml(const struct xml_node *n, struct buf *b, int *r)
{
	struct xml_writer w;

	buf_init(b, 256U << 20);
	xml_writer_init(&w, b);
	xml_put_node(&w, n);
	*r = xml_end_document(&w);
}

/* root is read from the message; made anew it has the same text as XML. */
static void
made_again(struct arena *a, const struct xml_node *root)
{
	struct nbfx_item *document = NULL;
	const struct xml_node *again = NULL;
	struct nbfx_writer w;
	struct buf binary, x, y;
	int rx, ry;

	buf_init(&binary, 256U << 20);
	nbfx_writer_init(&w, &binary);
	nbfx_put_node(&w, root);
	if (nbfx_writer_end(&w) == 0) {
		assert(nbfx_parse(a, "again", buf_text(&binary), &document,
			   NULL) == 0);
		assert(nbfx_to_xml(a, document, &again, NULL) == 0);
		write_xml(root, &x, &rx);
		write_xml(again, &y, &ry);
		assert(rx == ry);
		assert(rx != 0 || text_equal(buf_text(&x), buf_text(&y)));
		buf_clear(&x);
		buf_clear(&y);
	}
	buf_clear(&binary);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(256U << 20);
	struct text in = {(const char *)data, size};
	struct nbfx_item *document = NULL;
	const struct xml_node *root = NULL;
	struct buf b;

	if (a == NULL || nbfx_parse(a, "fuzz", in, &document, NULL) < 0)
		return 0;
	buf_init(&b, 256U << 20);
	assert(nbfx_write(&b, document) == 0);
	assert(text_equal(buf_text(&b), in));
	buf_clear(&b);
	if (nbfx_to_xml(a, document, &root, NULL) == 0)
		made_again(a, root);
	return 0;
}
