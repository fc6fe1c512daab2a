/* tests/unit/codec/test_ldif.c -- what codec/ldif.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "codec/ldif.h"

static FILE *
open_text(const char *s)
{
	FILE *f = tmpfile();

	assert_non_null(f);
	assert_int_equal(fwrite(s, 1, strlen(s), f), strlen(s));
	rewind(f);
	return f;
}

/* All records in one text: "dn{name=value;...}", errors as "!type". */
static void
show(const char *in, struct buf *out, struct err *last)
{
	static const char *const changes[] = {
	    "", "add ", "delete ", "modify ", "modrdn "};
	static const char *const ops[] = {"+", "-", "=", "#"};
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	FILE *f = open_text(in);
	CLEANUP(ldif_reader_freep)
	struct ldif_reader *r = ldif_reader_new(f, "f");
	struct ldif_record rec;
	int n;

	while ((n = ldif_next(r, a, &rec, last)) != 0) {
		if (n < 0) {
			buf_printf(out, "!%s:%u:%.*s ", last->type, rec.line,
			    TEXT_ARGS(rec.dn));
			continue;
		}
		buf_printf(
		    out, "%s%.*s{", changes[rec.change], TEXT_ARGS(rec.dn));
		for (size_t i = 0; rec.mod_count == 0 && i < rec.count; i++)
			buf_printf(out, "%.*s=%.*s;",
			    TEXT_ARGS(rec.values[i].name),
			    TEXT_ARGS(rec.values[i].value));
		for (size_t i = 0; i < rec.mod_count; i++) {
			buf_printf(out, "%s%.*s", ops[rec.mods[i].op],
			    TEXT_ARGS(rec.mods[i].name));
			for (size_t k = 0; k < rec.mods[i].count; k++)
				buf_printf(out, ",%.*s",
				    TEXT_ARGS(rec.values[rec.mods[i].first + k]
						  .value));
			buf_putc(out, ';');
		}
		if (rec.change == LDIF_MODRDN)
			buf_printf(out, "%.*s %d %s%.*s",
			    TEXT_ARGS(rec.new_rdn), rec.delete_old,
			    rec.has_superior ? "^" : "",
			    TEXT_ARGS(rec.new_superior));
		buf_puts(out, "} ");
	}
	(void)fclose(f);
}

static const struct {
	const char *in;
	const char *out;
	const char *error; /* of the last bad record */
} cases[] = {
    {"", "", NULL},
    {"version: 1\n", "", NULL},
    {"# only\n# comments\n\n\n", "", NULL},
    {"dn: a=b\nx: y\n", "a=b{x=y;} ", NULL},
    {"version: 1\ndn: a=b\nx: y", "a=b{x=y;} ", NULL},
    {"version: 1\r\n\r\ndn: a=b\r\nx:y\r\n\r\n\r\ndn:c=d\r\n",
	"a=b{x=y;} c=d{} ", NULL},
    {"dn: a=b\nx: lo\n ng\n er\n# co\n mment\ny:  two\n",
	"a=b{x=longer;y=two;} ", NULL},
    {"dn:: YT1i\nx:: w6Q=\ny::\nz:\n", "a=b{x=\xc3\xa4;y=;z=;} ", NULL},
    {"dn: a=b\nx:: w6\n Q=\n", "a=b{x=\xc3\xa4;} ", NULL},
    {"dn: a=b\nuserCertificate;binary:: QUI=\n",
	"a=b{userCertificate;binary=AB;} ", NULL},
    {"dn:\nx: root\n", "{x=root;} ", NULL},
    {"dn: a=b\nchangetype: delete\n\ndn: a=c\nchangetype: add\nx: y\n",
	"delete a=b{} add a=c{x=y;} ", NULL},
    {"dn: a=b\nchangetype: modify\nadd: x\nx: 1\nX: 2\n-\ndelete: y\n-\n"
     "replace: z\nz: 3\n-\nincrement: n\nn: 1\n-\n",
	"modify a=b{+x,1,2;-y;=z,3;#n,1;} ", NULL},
    {"dn: a=b\nchangetype: modrdn\nnewrdn: a=c\ndeleteoldrdn: 1\n",
	"modrdn a=b{a=c 1 } ", NULL},
    {"dn: a=b\nchangetype: moddn\nnewrdn: a=c\ndeleteoldrdn: 0\n"
     "newsuperior: d=e\n",
	"modrdn a=b{a=c 0 ^d=e} ", NULL},
    {"dn: a=b\ncontrol: 1.2.3 false\nchangetype: delete\n", "delete a=b{} ",
	NULL},
    /* a bad record does not take the next one with it */
    {"dn: a=b\nx: 1\ny:: !!\nz: 2\n\ndn: c=d\nx: y\n",
	"!invalid-base64-value:1:a=b c=d{x=y;} ",
	"f:3: y: base64: bad byte at 0"},
    {"dn: a=b\ny:: QUI\n", "!invalid-base64-value:1:a=b ",
	"f:2: y: base64: cut short"},
    {"x: y\ndn: a=b\n\ndn: c=d\n", "!missing-dn:1: c=d{} ",
	"f:1: a record begins with dn, not with x"},
    {"dn: a=b\njpegPhoto:< file:///etc/passwd\n",
	"!unsupported-value-type:1:a=b ",
	"f:2: jpegPhoto: a value by URL (\"<\") is not read"},
    {"dn: a=b\nno colon\n", "!parse-error:1:a=b ", "f:2: no \":\" in the line"},
    {"dn: a=b\nb@d: x\n", "!parse-error:1:a=b ",
	"f:2: no attribute description before \":\""},
    {"dn: a=b\n: x\n", "!parse-error:1:a=b ", "f:2: no attribute"},
    {"\n x\n", "!parse-error:2: ", "f:2: continues a line that is not there"},
    {"dn:: /w==\nx: y\n", "!invalid-dn:1: ", "f:1: dn is not UTF-8"},
    {"version: 2\n", "!parse-error:0: ", "f:1: version is not 1"},
    {"dn: a=b\ndn: c=d\n", "!parse-error:1:a=b ",
	"f:2: dn in the middle of a record (an empty line ends one)"},
    {"dn: a=b\nx: y\nchangetype: add\n", "!parse-error:1:a=b ",
	"f:3: changetype in the middle"},
    {"dn: a=b\nchangetype: rename\n", "!invalid-change-type:1:a=b ",
	"f:2: changetype is add"},
    {"dn: a=b\nchangetype: delete\nx: y\n", "!parse-error:1:a=b ",
	"f:3: more lines than"},
    {"dn: a=b\nchangetype: modify\nset: x\n-\n",
	"!invalid-modification-type:1:a=b ", "f:3: set: a modification"},
    {"dn: a=b\nchangetype: modify\nadd: x\ny: 1\n-\n",
	"!conflicting-modification-types:1:a=b ",
	"f:4: value of y in a modification of x"},
    {"dn: a=b\nchangetype: modify\nadd:\n-\n",
	"!invalid-modification-type:1:a=b ", "f:3: no attribute"},
    {"dn: a=b\nchangetype: modrdn\nnewrdn: a=c\n\ndn: c=d\n",
	"!parse-error:1:a=b c=d{} ",
	"f:4: a modrdn record needs deleteoldrdn here"},
    {"dn: a=b\nchangetype: modrdn\nnewrdn: a=c\ndeleteoldrdn: 2\n",
	"!parse-error:1:a=b ", "deleteoldrdn is 0 or 1"},
    {"dn: a=b\ncontrol: 1.2.3 true\nchangetype: delete\n",
	"!parse-error:1:a=b ", "f:2: a critical control"},
    {"dn: a=b\ncontrol: 1.2.3\nx: y\n", "!missing-change-type:1:a=b ",
	"a control without a changetype"},
};

static void
reads_records(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct err e = {0};
		struct buf b;

		buf_init(&b, 10000);
		show(cases[i].in, &b, &e);
		assert_string_equal(buf_text(&b).data, cases[i].out);
		if (cases[i].error != NULL &&
		    strstr(e.text, cases[i].error) == NULL)
			fail_msg("%s: %s", cases[i].in, e.text);
		if (cases[i].error == NULL)
			assert_int_equal(e.code, 0);
		buf_clear(&b);
	}
}

static void
refuses_zero_bytes(void **state)
{
	static const char in[] =
	    "dn: a=b\nx: c\0d\ny:: AGE=\n\ndn: c=d\ny:: AGE=\n";
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	FILE *f = tmpfile();
	CLEANUP(ldif_reader_freep)
	struct ldif_reader *r = ldif_reader_new(f, "f");
	struct ldif_record rec;
	struct err e = {0};

	(void)state;
	(void)fwrite(in, 1, sizeof(in) - 1, f);
	rewind(f);
	assert_int_equal(ldif_next(r, a, &rec, &e), ERR_SYNTAX);
	assert_string_equal(e.type, "invalid-attribute-value");
	assert_int_equal(ldif_next(r, a, &rec, &e), 1);
	assert_int_equal(rec.count, 1);
	assert_int_equal(rec.values[0].line, 6);
	assert_int_equal(rec.values[0].value.len, 2);
	assert_int_equal(ldif_next(r, a, &rec, &e), 0);
	assert_int_equal(ldif_next(r, a, &rec, &e), 0);
	(void)fclose(f);
}

static void
keeps_its_limits(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	FILE *f = tmpfile();
	CLEANUP(ldif_reader_freep)
	struct ldif_reader *r = ldif_reader_new(f, "f");
	static char block[1U << 20];
	struct ldif_record rec;
	struct err e = {0};

	(void)state;
	memset(block, 'x', sizeof(block));
	(void)fputs("dn: a=b\nx: ", f);
	for (int i = 0; i < 17; i++)
		(void)fwrite(block, 1, sizeof(block), f);
	(void)fputs("\ny: z\n\ndn: c=d\nx: y\n\n\ndn: e=f\n", f);
	for (int i = 0; i < 66; i++) {
		(void)fputs("x: ", f);
		(void)fwrite(block, 1, sizeof(block), f);
		(void)fputs("\n", f);
	}
	rewind(f);
	assert_int_equal(ldif_next(r, a, &rec, &e), ERR_LIMIT);
	assert_string_equal(e.text, "f:2: line longer than 16 MiB");
	assert_true(text_is(rec.dn, "a=b"));
	assert_int_equal(ldif_next(r, a, &rec, &e), 1);
	assert_true(text_is(rec.dn, "c=d"));
	assert_int_equal(rec.line, 5);
	assert_int_equal(ldif_next(r, a, &rec, &e), ERR_LIMIT);
	assert_non_null(strstr(e.text, "record longer than 64 MiB"));
	assert_int_equal(ldif_next(r, a, &rec, &e), 0);
	(void)fclose(f);
}

static void
writes_by_the_rfc(void **state)
{
	static const char dn[] = "cn=0123456789012345678901234567890123456789"
				 "01234567890123456789012345678901234567890"
				 "123456789012345678901234567890123456789"
				 "012345678901234567890123456789,dc=x";
	const struct ldif_value values[] = {
	    {TEXT("plain"), TEXT("a b"), 0},
	    {TEXT("empty"), TEXT(""), 0},
	    {TEXT("lead"), TEXT(" a"), 0},
	    {TEXT("colon"), TEXT(":a"), 0},
	    {TEXT("url"), TEXT("<a"), 0},
	    {TEXT("trail"), TEXT("a "), 0},
	    {TEXT("line"), TEXT("a\nb"), 0},
	    {TEXT("latin"), TEXT("\xc3\xa4"), 0},
	    {TEXT("zero"), {"\0", 1}, 0},
	};
	const struct ldif_record rec = {.dn = TEXT(dn),
	    .values = values,
	    .count = sizeof(values) / sizeof(values[0])};
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct buf b;

	(void)state;
	buf_init(&b, 10000);
	ldif_write_head(&b);
	assert_int_equal(ldif_write(&rec, a, &b), 0);
	assert_string_equal(buf_text(&b).data,
	    "version: 1\n\n"
	    "dn: cn=012345678901234567890123456789012345678901234567890123"
	    "456789012345678\n"
	    " 9012345678901234567890123456789012345678901234567890123456789"
	    "01234567890123\n"
	    " 456789,dc=x\n"
	    "plain: a b\nempty:\nlead:: IGE=\ncolon:: OmE=\nurl:: PGE=\n"
	    "trail:: YSA=\nline:: YQpi\nlatin:: w6Q=\nzero:: AA==\n\n");
	buf_clear(&b);
	buf_init(&b, 20);
	assert_int_equal(ldif_write(&rec, a, &b), ERR_LIMIT);
	buf_clear(&b);
}

/* Every allocation of the arena fails once, in turn. */
static void
survives_every_failed_allocation(void **state)
{
	int n = ERR_NOMEM;
	unsigned nth;

	(void)state;
	for (nth = 1; n < 0 && nth < 50; nth++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(0);
		FILE *f = open_text("dn: a=b\nchangetype: modify\nadd: x\n"
				    "x:: QUI=\n-\n");
		CLEANUP(ldif_reader_freep)
		struct ldif_reader *r = ldif_reader_new(f, "f");
		struct ldif_record rec;

		arena_fail_nth(a, nth);
		n = ldif_next(r, a, &rec, NULL);
		assert_true(n == 1 || n == ERR_NOMEM);
		(void)fclose(f);
	}
	assert_int_equal(n, 1);
	assert_in_range(nth, 5, 49);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_records),
	    cmocka_unit_test(refuses_zero_bytes),
	    cmocka_unit_test(keeps_its_limits),
	    cmocka_unit_test(writes_by_the_rfc),
	    cmocka_unit_test(survives_every_failed_allocation),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
