/* tests/unit/codec/test_xml.c -- what codec/xml.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/xml.h"

static const struct {
	const char *in;
	int code;
	const char *out; /* as the writer has it, or the error text */
} cases[] = {
    {"<a/>", 0, "<a />\n"},
    {"\xef\xbb\xbf<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<a>x</a>", 0,
	"<a>x</a>\n"},
    {"<?xml version='1.0' encoding='utf-16'?><a>\xc3\xa4</a>", 0,
	"<a>\xc3\xa4</a>\n"},
    {"<a x='1' y=\"&quot;&#10;\"><b/> <c> d </c></a>", 0,
	"<a x=\"1\" y=\"&quot;&#10;\">\n  <b />\n  <c> d </c>\n</a>\n"},
    {"<a><![CDATA[<&>]]>&amp;&#x41;</a>", 0, "<a>&lt;&amp;&gt;&amp;A</a>\n"},
    {"<a>\n  IIF(x,\r\n  y)</a>", 0, "<a>\n  IIF(x,\n  y)</a>\n"},
    {"<p:a xmlns:p='u' xmlns='v'><b p:c='1'/></p:a>", 0,
	"<p:a xmlns:p=\"u\" xmlns=\"v\">\n  <b p:c=\"1\" />\n</p:a>\n"},
    {"<a><!--c--><?pi x?><b>t<!--c-->u</b></a>", 0, "<a>\n  <b>tu</b>\n</a>\n"},
    {"<a>t<b/>u</a>", 0, "<a>tu\n  <b />\n</a>\n"},
    {"", ERR_SYNTAX, "f:1: no XML element"},
    {"<a>\n<b></a>", ERR_SYNTAX,
	"f:2: not well-formed XML: Opening and ending tag mismatch: b line 2 "
	"and a"},
    {"<a>\n<b>x</b>", ERR_SYNTAX,
	"f:2: not well-formed XML: it ends inside <a>"},
    {"<a/><b/>", ERR_SYNTAX,
	"f:1: not well-formed XML: Extra content at the end of the document"},
    {"<a b='1' b='2'/>", ERR_SYNTAX,
	"f:1: not well-formed XML: Attribute b redefined"},
    {"<p:a/>", ERR_SYNTAX,
	"f:1: not well-formed XML: Namespace prefix p on a is not defined"},
    {"<!DOCTYPE a SYSTEM 'http://192.0.2.1/a.dtd'><a/>", ERR_SYNTAX,
	"f:1: a document type is not accepted"},
    {"<!DOCTYPE a [<!ENTITY e 'eeee'>]>\n<a>&e;</a>", ERR_SYNTAX,
	"f:1: a document type is not accepted"},
    {"<a>&e;</a>", ERR_SYNTAX,
	"f:1: not well-formed XML: Entity 'e' not defined"},
    {"<a>\xff</a>", ERR_SYNTAX,
	"f: byte 3 is no UTF-8: save the file as UTF-8"},
    {"<a>\x01</a>", ERR_SYNTAX,
	"f:1: not well-formed XML: PCDATA invalid Char value 1"},
};

static void
reads_and_writes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(0);
		const struct xml_node *n = NULL;
		struct xml_writer w;
		struct err e = {0};
		struct buf b;

		assert_int_equal(
		    xml_parse(a, "f", text_of(cases[i].in), &n, &e),
		    cases[i].code);
		if (cases[i].code != 0) {
			assert_string_equal(e.text, cases[i].out);
			continue;
		}
		buf_init(&b, 65536);
		xml_writer_init(&w, &b);
		xml_put_node(&w, n);
		assert_int_equal(xml_end_document(&w), 0);
		assert_string_equal(buf_text(&b).data, cases[i].out);
		buf_clear(&b);
	}
}

static void
utf16_with_a_mark(void **state)
{
	static const char little[] =
	    "\xff\xfe<\0a\0>\0\xe4\0\x3d\xd8\0\xde<\0/\0a\0>";
	static const char big[] = "\xfe\xff\0<\0a\0>\0\xe4\0<\0/\0a\0>";
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const struct xml_node *n = NULL;
	struct err e = {0};

	(void)state;
	assert_int_equal(
	    xml_parse(a, "f", (struct text){little, sizeof(little)}, &n, &e),
	    0);
	assert_string_equal(xml_text(n).data, "\xc3\xa4\xf0\x9f\x98\x80");
	assert_int_equal(
	    xml_parse(a, "f", (struct text){big, sizeof(big) - 1}, &n, &e), 0);
	assert_string_equal(xml_text(n).data, "\xc3\xa4");
	assert_int_equal(
	    xml_parse(a, "f", (struct text){big, sizeof(big) - 2}, &n, &e),
	    ERR_SYNTAX);
	assert_string_equal(
	    e.text, "f: UTF-16 with half a character at its end");
}

/* As some programs of Windows write it. */
static void
utf16_without_a_mark(void **state)
{
	static const char little[] = "<\0a\0>\0\xe4\0<\0/\0a\0>";
	static const char big[] = "\0<\0a\0>\0\xe4\0<\0/\0a\0>";
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const struct xml_node *n = NULL;
	struct err e = {0};

	(void)state;
	assert_int_equal(
	    xml_parse(a, "f", (struct text){little, sizeof(little)}, &n, &e),
	    0);
	assert_string_equal(xml_text(n).data, "\xc3\xa4");
	assert_int_equal(
	    xml_parse(a, "f", (struct text){big, sizeof(big) - 1}, &n, &e), 0);
	assert_string_equal(xml_text(n).data, "\xc3\xa4");
	assert_int_equal(
	    xml_parse(a, "f", (struct text){big, sizeof(big) - 2}, &n, &e),
	    ERR_SYNTAX);
}

static void
finds_its_way(void **state)
{
	static const char in[] = "<r xmlns:m='u'>\n"
				 " <a i='1'/>\n"
				 " <b><c> x </c>\n"
				 "    <c m:y='2' xmlns:z='v'/></b><a i='3'/>\n"
				 "</r>";
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const struct xml_node *n = NULL, *c;

	(void)state;
	assert_int_equal(xml_parse(a, "f", TEXT(in), &n, NULL), 0);
	assert_int_equal(n->count, 3);
	assert_int_equal(n->line, 1);
	assert_string_equal(xml_attr(xml_child(n, "a"), "i").data, "1");
	assert_string_equal(
	    xml_attr(xml_next(xml_child(n, "a"), "a"), "i").data, "3");
	c = xml_path(n, "b/c");
	assert_int_equal(c->line, 3);
	assert_true(text_is(xml_text(c), "x"));
	assert_string_equal(c->text.data, " x ");
	assert_int_equal(c->next->line, 4);
	assert_string_equal(xml_attr(c->next, "y").data, "2");
	assert_false(xml_has_attr(c->next, "z"));
	assert_null(xml_path(n, "b/d"));
	assert_int_equal(xml_child_text(NULL, "x").len, 0);
}

/* <a><a>...</a></a>, n deep. */
static int
parse_nested(unsigned n, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const struct xml_node *root = NULL;
	struct buf b;
	int r;

	buf_init(&b, 1U << 20);
	for (unsigned i = 0; i < n; i++)
		buf_puts(&b, "<a>");
	for (unsigned i = 0; i < n; i++)
		buf_puts(&b, "</a>");
	r = xml_parse(a, "f", buf_text(&b), &root, e);
	buf_clear(&b);
	return r;
}

static int
parse_filled(const char *before, size_t n, const char *after, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const struct xml_node *root = NULL;
	struct buf b;
	int r;

	buf_init(&b, XML_MAX_BYTES + 100);
	buf_puts(&b, before);
	for (size_t i = 0; i < n; i++)
		buf_putc(&b, 'x');
	buf_puts(&b, after);
	r = xml_parse(a, "f", buf_text(&b), &root, e);
	buf_clear(&b);
	return r;
}

static void
limits_hold(void **state)
{
	struct err e = {0};

	(void)state;
	assert_int_equal(parse_nested(XML_MAX_DEPTH, &e), 0);
	assert_int_equal(parse_nested(XML_MAX_DEPTH + 2, &e), ERR_LIMIT);
	assert_int_equal(parse_filled("<", XML_MAX_NAME, "/>", &e), 0);
	assert_int_equal(
	    parse_filled("<", XML_MAX_NAME + 1, "/>", &e), ERR_LIMIT);
	assert_int_equal(
	    parse_filled("<a>", XML_MAX_TEXT + 1, "</a>", &e), ERR_LIMIT);
	assert_int_equal(
	    parse_filled("<a b='", XML_MAX_TEXT + 1, "'/>", &e), ERR_LIMIT);
	assert_int_equal(
	    parse_filled("<a>", XML_MAX_BYTES, "</a>", &e), ERR_LIMIT);
}

static void
what_cannot_be_written_is_an_error(void **state)
{
	struct xml_writer w;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	xml_writer_init(&w, &b);
	xml_put_element(&w, "a", TEXT("x\x01"));
	assert_int_equal(xml_end_document(&w), ERR_SYNTAX);
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_and_writes),
	    cmocka_unit_test(utf16_with_a_mark),
	    cmocka_unit_test(utf16_without_a_mark),
	    cmocka_unit_test(finds_its_way),
	    cmocka_unit_test(limits_hold),
	    cmocka_unit_test(what_cannot_be_written_is_an_error),
	};

	(void)cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
