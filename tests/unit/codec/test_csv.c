/* tests/unit/codec/test_csv.c -- what codec/csv.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/csv.h"

static FILE *
open_text(struct text t)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_int_equal(fwrite(t.data, 1, t.len, f), t.len);
	rewind(f);
	return f;
}

/* All rows in one text: "line[field|field]", errors as "!line". */
static void
show(struct text in, bool header, struct buf *out, struct err *last)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	FILE *f = open_text(in);
	CLEANUP(csv_reader_freep)
	struct csv_reader *r = csv_reader_new(f, "f", ',');
	struct csv_row row;
	int n = header ? csv_read_header(r, a, &row, last) : 0;

	if (n < 0) {
		buf_puts(out, "!header");
		(void)fclose(f);
		return;
	}
	while ((n = csv_next(r, &row, last)) != 0) {
		if (n < 0) {
			buf_printf(out, "!%u ", row.line);
			continue;
		}
		buf_printf(out, "%u[", row.line);
		for (size_t i = 0; i < row.count; i++)
			buf_printf(out, "%s%.*s", i > 0 ? "|" : "",
			    TEXT_ARGS(row.fields[i]));
		buf_puts(out, "] ");
	}
	(void)fclose(f);
}

static const struct {
	struct text in;
	bool header;
	const char *out;
	const char *error;
} cases[] = {
    {{"", sizeof("") - 1}, false, "", NULL},
    {{"\n\r\n", sizeof("\n\r\n") - 1}, false, "", NULL},
    {{"a,b\r\nc,d", sizeof("a,b\r\nc,d") - 1}, false, "1[a|b] 2[c|d] ", NULL},
    {{"a,,\n,\n", sizeof("a,,\n,\n") - 1}, false, "1[a||] 2[|] ", NULL},
    {{"\"a,\"\"b\"\"\",\"c\nd\"\n\n\"e\"\r\n",
	 sizeof("\"a,\"\"b\"\"\",\"c\nd\"\n\n\"e\"\r\n") - 1},
	false, "1[a,\"b\"|c\nd] 4[e] ", NULL},
    {{"\"\"\n\"\",\"\"", sizeof("\"\"\n\"\",\"\"") - 1}, false, "1[] 2[|] ",
	NULL},
    {{"\"a\r\nb\"\n", sizeof("\"a\r\nb\"\n") - 1}, false, "1[a\r\nb] ", NULL},
    {{"a\rb\n", sizeof("a\rb\n") - 1}, false, "1[a\rb] ", NULL},
    {TEXT("\xef\xbb\xbf\"a\",b\n\xef\xbb\xbf"
	  "c\n"),
	false,
	"1[a|b] 2[\xef\xbb\xbf"
	"c] ",
	NULL},
    {{"\xef\xbd\x86,b\n", sizeof("\xef\xbd\x86,b\n") - 1}, false,
	"1[\xef\xbd\x86|b] ", NULL},
    {{"id,b\n1,2\n", sizeof("id,b\n1,2\n") - 1}, true, "2[1|2] ", NULL},
    {{"id,b\n1\n3,4\n5,6,7\n", sizeof("id,b\n1\n3,4\n5,6,7\n") - 1}, true,
	"!2 3[3|4] !4 ", "f:4: 3 fields where the header has 2"},
    {{"a,\"b\n\nc,d\n", sizeof("a,\"b\n\nc,d\n") - 1}, false, "!1 ",
	"f:1: a field in quotes has no end"},
    {{"a\"b,c\nd\n", sizeof("a\"b,c\nd\n") - 1}, false, "!1 2[d] ",
	"f:1: a quote inside a field that is not in quotes"},
    {{"\"a\"b,c\nd\n", sizeof("\"a\"b,c\nd\n") - 1}, false, "!1 2[d] ",
	"f:1: text behind the closing quote of a field"},
    {{"a\0b\nc\n", sizeof("a\0b\nc\n") - 1}, false, "!1 2[c] ",
	"f:1: zero byte"},
    {{"a,\xff\nc\n", sizeof("a,\xff\nc\n") - 1}, false, "!1 2[c] ",
	"f:1: not UTF-8"},
    /* half a character in each of two fields is none in either */
    {{"\xc3,\xa4\n", sizeof("\xc3,\xa4\n") - 1}, false, "!1 ",
	"f:1: not UTF-8"},
    {{"", sizeof("") - 1}, true, "!header", "f: no header"},
    {{"a,\n", sizeof("a,\n") - 1}, true, "!header",
	"f:1: column 2 has no name"},
    {{"a,b,a\n", sizeof("a,b,a\n") - 1}, true, "!header",
	"f:1: column a is there twice"},
    {{"\"a\n", sizeof("\"a\n") - 1}, true, "!header", "f:1: a field in quotes"},
};

static void
reads_rows(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = {0};
		struct buf b;

		buf_init(&b, 10000);
		show(cases[i].in, cases[i].header, &b, &e);
		assert_string_equal(buf_text(&b).data, cases[i].out);
		if (cases[i].error != NULL &&
		    strstr(e.text, cases[i].error) == NULL)
			fail_msg("%s: %s", cases[i].in.data, e.text);
		if (cases[i].error == NULL)
			assert_int_equal(e.code, 0);
		buf_clear(&b);
	}
}

static void
keeps_its_limits(void **state)
{
	FILE *f = tmpfile();
	CLEANUP(csv_reader_freep)
	struct csv_reader *r = csv_reader_new(f, "f", ';');
	static char block[1U << 20];
	struct csv_row row;
	struct err e = {0};

	(void)state;
	memset(block, 'x', sizeof(block));
	for (int i = 0; i < 5; i++)
		(void)fwrite(block, 1, sizeof(block), f);
	(void)fputs("\na;b\n", f);
	for (int i = 0; i < 17; i++) {
		(void)fwrite(block, 1, sizeof(block), f);
		(void)fputs(";", f);
	}
	(void)fputs("\n", f);
	for (unsigned i = 0; i < CSV_MAX_FIELDS; i++)
		(void)fputs(";", f);
	(void)fputs("\nend\n", f);
	rewind(f);
	assert_int_equal(csv_next(r, &row, &e), ERR_LIMIT);
	assert_string_equal(e.text, "f:1: field longer than 4 MiB");
	assert_int_equal(csv_next(r, &row, &e), 1);
	assert_int_equal(row.count, 2);
	assert_int_equal(csv_next(r, &row, &e), ERR_LIMIT);
	assert_string_equal(e.text, "f:3: row longer than 16 MiB");
	assert_int_equal(csv_next(r, &row, &e), ERR_LIMIT);
	assert_string_equal(e.text, "f:4: more than 4096 fields");
	assert_int_equal(csv_next(r, &row, &e), 1);
	assert_int_equal(row.line, 5);
	assert_int_equal(csv_next(r, &row, &e), 0);
	(void)fclose(f);
}

static void
writes_rows(void **state)
{
	const struct text one[] = {TEXT("a b"), TEXT("c;d"), TEXT("e,f"),
	    TEXT("g\"h"), TEXT("i\nj"), TEXT("k\rl"), TEXT("")};
	const struct text empty[] = {TEXT("")};
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	csv_write(&b, ';', one, 7);
	csv_write(&b, ';', empty, 1);
	assert_int_equal(buf_error(&b), 0);
	assert_string_equal(buf_text(&b).data,
	    "a b;\"c;d\";e,f;\"g\"\"h\";\"i\nj\";\"k\rl\";\r\n\"\"\r\n");
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_rows),
	    cmocka_unit_test(keeps_its_limits),
	    cmocka_unit_test(writes_rows),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
