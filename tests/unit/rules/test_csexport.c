/* tests/unit/rules/test_csexport.c -- what rules/vendor/csexport.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "rules/vendor/csexport.h"

/* How many, and the last one's display name before and after. */
struct seen {
	unsigned objects;
	char old[64], new[64];
	bool linked;
	uint64_t retries;
	unsigned stop_at;
};

static void
keep(char out[64], struct text t)
{
	assert_true(t.len < 64);
	memcpy(out, t.data, t.len);
	out[t.len] = '\0';
}

static int
on_object(void *ctx, const struct csexport_object *o, struct err *e)
{
	struct seen *s = ctx;
	const struct csexport_layer *l = &o->layer[CSEXPORT_UNAPPLIED];
	const struct csexport_attr *a = csexport_attr(l, "DISPLAYNAME");

	s->objects++;
	s->linked = o->connector;
	s->retries = o->export_error.retries;
	for (size_t i = 0; a != NULL && i < a->count; i++)
		keep(a->values[i].op == CSEXPORT_DELETE ? s->old : s->new,
		    a->values[i].text);
	if (s->objects == s->stop_at)
		return err_set(e, ERR_CANCELLED, "enough");
	return 0;
}

static int
read_text(struct text t, struct seen *s, struct err *e)
{
	const struct csexport_sink sink = {.object = on_object, .ctx = s};
	FILE *f = tmpfile();
	int r;

	assert_non_null(f);
	assert_int_equal(fwrite(t.data, 1, t.len, f), t.len);
	rewind(f);
	r = csexport_read(f, "f", &sink, e);
	(void)fclose(f);
	return r;
}

#define OBJECT                                                             \
	"<cs-object cs-dn='CN=a' id='{1}' object-type='user'>"             \
	"<unapplied-export><delta operation='update' dn='CN=a'>"           \
	"<attr name='displayName' operation='update'>"                     \
	"<value operation='delete'>Old</value>"                            \
	"<value operation='add'>New \xc3\xa4</value></attr></delta>"       \
	"</unapplied-export><connector>1</connector><export-error-detail>" \
	"<retry-count>3</retry-count></export-error-detail></cs-object>"

static void
reads_objects(void **state)
{
	struct seen s = {0};

	(void)state;
	assert_int_equal(
	    read_text(TEXT("<cs-objects>" OBJECT "<x/>" OBJECT "</cs-objects>"),
		&s, NULL),
	    0);
	assert_int_equal(s.objects, 2);
	assert_string_equal(s.old, "Old");
	assert_string_equal(s.new, "New \xc3\xa4");
	assert_true(s.linked);
	assert_int_equal(s.retries, 3);
}

/* Larger than one piece of the reader, so that characters are cut. */
static void
reads_utf16(void **state)
{
	const char *one = OBJECT;
	struct buf b;
	struct seen s = {0};

	(void)state;
	buf_init(&b, 64U << 20);
	buf_add(&b, "\xff\xfe", 2);
	for (unsigned i = 0; i < 402; i++) {
		struct text t = i == 0     ? TEXT("<cs-objects>")
				: i == 401 ? TEXT("</cs-objects>")
					   : text_of(one);
		size_t pos = 0;

		while (pos < t.len) {
			uint32_t c = utf8_next(t, &pos);

			buf_putc(&b, (char)(c & 0xffU));
			buf_putc(&b, (char)(c >> 8U));
		}
		if (i == 200) /* an odd place for what follows */
			buf_add(&b, "<\0!\0-\0-\0=\xd8\0\xde-\0-\0>\0", 18);
	}
	assert_int_equal(read_text(buf_text(&b), &s, NULL), 0);
	assert_int_equal(s.objects, 400);
	assert_string_equal(s.new, "New \xc3\xa4");
	buf_clear(&b);
}

static void
stops_when_told(void **state)
{
	struct seen s = {.stop_at = 1};
	struct err e = {0};

	(void)state;
	assert_int_equal(
	    read_text(
		TEXT("<cs-objects>" OBJECT OBJECT "</cs-objects>"), &s, &e),
	    ERR_CANCELLED);
	assert_string_equal(e.text, "enough");
	assert_int_equal(s.objects, 1);
}

static const struct {
	const char *in;
	const char *error;
} bad[] = {
    {"<cs-object/>", "f:1: <cs-object> and not <cs-objects>"},
    {"<cs-objects><cs-object id='{1}'/></cs-objects>",
	"f:1: <cs-object>: no cs-dn"},
    {"<cs-objects>\n<cs-object cs-dn=''><pending-import>\n<delta "
     "operation='x'/></pending-import></cs-object></cs-objects>",
	"f:3: <delta>: an operation that is not known"},
    {"<cs-objects><cs-object cs-dn=''><pending-import><delta><attr/></delta>"
     "</pending-import></cs-object></cs-objects>",
	"f:1: <attr>: no name"},
    {"<cs-objects><cs-object cs-dn=''><pending-import><delta><anchor "
     "encoding='base64'>%</anchor></delta></pending-import></cs-object>"
     "</cs-objects>",
	"f:1: <anchor>: not base64"},
    {"<cs-objects>", "f:1: not well-formed XML: it ends inside <cs-objects>"},
    {"<cs-objects>\xff</cs-objects>", "f:1: not well-formed XML: Input is not "
				      "proper UTF-8, indicate encoding "
				      "!"},
    {"", "f:1: no XML element"},
    {"\xff\xfe<", "f: damaged UTF-16"},
};

static void
refuses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct seen s = {0};
		struct err e = {0};

		assert_true(read_text(text_of(bad[i].in), &s, &e) < 0);
		assert_string_equal(e.text, bad[i].error);
		assert_int_equal(s.objects, 0);
	}
}

/* A value that XML cannot hold is written as octets. */
static void
writes_any_value(void **state)
{
	struct csexport_value v = {.text = TEXT("a\x01")};
	struct csexport_attr a = {
	    .name = TEXT("displayName"), .values = &v, .count = 1};
	struct csexport_object o = {.id = TEXT("{1}"),
	    .dn = TEXT("CN=\"a\" & b"),
	    .layer[CSEXPORT_UNAPPLIED] = {
		.present = true, .op = CSEXPORT_ADD, .attrs = &a, .count = 1}};
	struct xml_writer w;
	struct seen s = {0};
	struct buf b;

	(void)state;
	buf_init(&b, 1U << 20);
	xml_writer_init(&w, &b);
	csexport_begin(&w);
	csexport_write(&w, &o);
	csexport_end(&w);
	assert_int_equal(xml_end_document(&w), 0);
	assert_int_equal(read_text(buf_text(&b), &s, NULL), 0);
	assert_string_equal(s.new, "a\x01");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_objects),
	    cmocka_unit_test(reads_utf16),
	    cmocka_unit_test(stops_when_told),
	    cmocka_unit_test(refuses),
	    cmocka_unit_test(writes_any_value),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
