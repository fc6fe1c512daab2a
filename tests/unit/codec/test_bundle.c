/* tests/unit/codec/test_bundle.c -- what codec/bundle.h promises; the archives
 * are the corpus of its fuzz target. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "codec/bundle.h"

/* What comes out, "name=content" for each file, or the error's text. */
static const struct {
	const char *file;
	int code;
	const char *out;
} cases[] = {
    {"good.tar", 0, "x/a.xml=<a/>;x/b.xml=two;"},
    {"good.tar.gz", 0, "x/a.xml=<a/>;"},
    {"good.zip", 0, "x/a.xml=<a/>;x/b/c.xml=two;"},
    {"stored.zip", 0, "a.xml=<a/>;"},
    {"empty.zip", 0, ""},
    {"up.zip", ERR_SYNTAX,
	"in: ../../etc/passwd: a name that leads out of its folder"},
    {"absolute.zip", ERR_SYNTAX, "in: /etc/passwd: an absolute name"},
    {"drive.zip", ERR_SYNTAX, "in: C:/x.xml: an absolute name"},
    {"twice.zip", ERR_SYNTAX, "in: A.XML: a name that is there twice"},
    {"link.tar", ERR_SYNTAX, "in: a.xml: a link"},
    {"hard.tar", ERR_SYNTAX, "in: a.xml: a link"},
    {"fifo.tar", ERR_SYNTAX, "in: a.xml: neither a file nor a folder"},
    {"control.tar", ERR_SYNTAX, "in: a\n.xml: a name with control characters"},
    {"empty_part.zip", ERR_SYNTAX, "in: a//b.xml: a name with an empty part"},
    {"secret.zip", ERR_SYNTAX,
	"in: a.xml: it is encrypted: unpack it, or pack it without a "
	"password"},
    {"deep.zip", ERR_SYNTAX,
	"in: d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/d/a.xml: folders in folders, "
	"over 16 deep"},
    {"bomb.zip", ERR_LIMIT,
	"in: a.xml: it unpacks to over 250 times of what it is: no export "
	"does"},
    {"seven.7z", ERR_UNSUPPORTED,
	"in: 7-Zip is not read: archives that are read are zip, tar and tar "
	"by gzip"},
};

static struct text
slurp(const char *name, struct arena *a)
{
	char path[4096], *data = arena_alloc(a, 1U << 20);
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/%s", CORPUS, name);
	f = fopen(path, "rbe");
	assert_non_null(f);
	assert_non_null(data);
	n = fread(data, 1, 1U << 20, f);
	(void)fclose(f);
	return (struct text){data, n};
}

static void
reads_or_says_why(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(0);
		struct bundle b;
		struct err e = {0};
		struct buf out;

		assert_int_equal(
		    bundle_read("in", slurp(cases[i].file, a), a, &b, &e),
		    cases[i].code);
		if (cases[i].code != 0) {
			assert_string_equal(e.text, cases[i].out);
			continue;
		}
		buf_init(&out, 65536);
		for (size_t k = 0; k < b.count; k++)
			buf_printf(&out, "%.*s=%.*s;",
			    TEXT_ARGS(b.items[k].name),
			    TEXT_ARGS(b.items[k].content));
		assert_string_equal(buf_text(&out).data, cases[i].out);
		buf_clear(&out);
	}
}

static void
damaged_ones_are_refused(void **state)
{
	static const char *const files[] = {"cut.zip", "plain.gz"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(0);
		struct bundle b;
		struct err e = {0};

		assert_int_equal(
		    bundle_read("in", slurp(files[i], a), a, &b, &e),
		    ERR_SYNTAX);
		assert_memory_equal(e.text, "in: ", 4);
	}
}

static void
knows_what_is_one(void **state)
{
	const char *name;

	(void)state;
	assert_int_equal(bundle_kind(TEXT("<ma-data>"), &name), BUNDLE_NONE);
	assert_int_equal(bundle_kind(TEXT("PK\3\4"), &name), BUNDLE_READ);
	assert_int_equal(
	    bundle_kind(TEXT("Rar!\x1a\x07"), &name), BUNDLE_OTHER);
	assert_string_equal(name, "RAR");
	assert_int_equal(bundle_kind(TEXT(""), &name), BUNDLE_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_or_says_why),
	    cmocka_unit_test(damaged_ones_are_refused),
	    cmocka_unit_test(knows_what_is_one),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
