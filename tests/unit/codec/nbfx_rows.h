/*
 * tests/unit/codec/nbfx_rows.h -- messages in hex, and what they are as XML.
 *
 * Purpose:   what the tests of .NET binary XML share: a row is read, is the
 *            XML it should be, and is written again as it was.
 * Touches:   codec/nbfx.h, cmocka.
 */
#ifndef TESTS_UNIT_CODEC_NBFX_ROWS_H
#define TESTS_UNIT_CODEC_NBFX_ROWS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "codec/nbfx.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static struct arena *arena;

static int
setup(void **state)
{
	(void)state;
	arena = arena_new(64U << 20);
	return arena != NULL ? 0 : -1;
}

static int
teardown(void **state)
{
	(void)state;
	arena = arena_free(arena);
	return 0;
}

/* Hex with blanks between, for the eye. */
static struct text
octets(const char *hex)
{
	struct buf b;
	struct text t, out = {0};
	struct err e = {0};

	buf_init(&b, 65536);
	for (const char *p = hex; *p != '\0'; p++)
		if (*p != ' ')
			buf_putc(&b, *p);
	t = buf_text(&b);
	assert_int_equal(hex_decode(arena, t, &out, &e), 0);
	buf_clear(&b);
	return out;
}

static struct text
as_xml(struct text in)
{
	struct nbfx_item *document = NULL;
	const struct xml_node *root = NULL;
	struct xml_writer w;
	struct err e = {0};
	struct text out;
	struct buf b;

	assert_int_equal(nbfx_parse(arena, "test", in, &document, &e), 0);
	buf_init(&b, 1U << 20);
	xml_writer_init(&w, &b);
	for (; document != NULL; document = document->next) {
		if (document->kind != NBFX_ELEMENT)
			continue;
		if (nbfx_to_xml(arena, document, &root, &e) != 0)
			fail_msg("%s", e.text);
		xml_put_node(&w, root);
	}
	assert_int_equal(xml_end_document(&w), 0);
	out = text_dup(arena, buf_text(&b));
	buf_clear(&b);
	return out;
}

static void
same_again(struct text in)
{
	struct nbfx_item *document = NULL;
	struct err e = {0};
	struct buf b;

	assert_int_equal(nbfx_parse(arena, "test", in, &document, &e), 0);
	buf_init(&b, 1U << 20);
	assert_int_equal(nbfx_write(&b, document), 0);
	assert_int_equal(b.len, in.len);
	assert_memory_equal(b.data, in.data, in.len);
	buf_clear(&b);
}

struct row {
	const char *hex, *xml;
};

static void
check_rows(const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct text in = octets(rows[i].hex);
		struct text xml = as_xml(in);

		xml.len--; /* the end of the line */
		if (!text_is(xml, rows[i].xml))
			fail_msg("%s is \"%.*s\", not \"%s\"", rows[i].hex,
			    TEXT_ARGS(xml), rows[i].xml);
		same_again(in);
	}
}

#endif /* TESTS_UNIT_CODEC_NBFX_ROWS_H */
