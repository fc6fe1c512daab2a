/* tests/unit/codec/test_ldap_filter.c -- what codec/ldap_filter.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "codec/ldap_filter.h"

/* The normal form, or the error's text. */
static void
is_bytes(struct text in, const char *want)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct ldap_filter *f = NULL;
	struct err e = {0};
	struct buf b;
	struct text got;

	buf_init(&b, 65536);
	if (ldap_filter_parse(a, in, &f, &e) == 0)
		ldap_filter_format(f, &b);
	else
		buf_puts(&b, e.text);
	got = buf_text(&b);
	if (!text_is(got, want))
		fail_msg(
		    "%.*s: %.*s, not %s", TEXT_ARGS(in), TEXT_ARGS(got), want);
	buf_clear(&b);
}

static void
is(const char *in, const char *want)
{
	is_bytes(text_of(in), want);
}

static void
items(void **state)
{
	(void)state;
	is("(cn=Ada)", "(cn=Ada)");
	is("(cn~=Ada)", "(cn~=Ada)");
	is("(uidNumber>=1000)", "(uidNumber>=1000)");
	is("(uidNumber<=1000)", "(uidNumber<=1000)");
	is("(mail=*)", "(mail=*)");
	is("(cn=)", "(cn=)");
	is("(2.5.4.3;lang-de;x-1=a)", "(2.5.4.3;lang-de;x-1=a)");
	is("(cn=a=b:c<d>~&|!)", "(cn=a=b:c<d>~&|!)");
}

static void
substrings(void **state)
{
	(void)state;
	is("(cn=a*)", "(cn=a*)");
	is("(cn=*a)", "(cn=*a)");
	is("(cn=a*b)", "(cn=a*b)");
	is("(cn=*a*b\\2a*)", "(cn=*a*b\\2a*)");
	is("(cn=**)", "position 6: nothing stands between two asterisks; an "
		      "asterisk itself is \\2a");
	is("(cn=a**b)", "position 7: nothing stands between two asterisks; an "
			"asterisk itself is \\2a");
	is("(cn>=a*)", "position 6: asterisks go with \"=\" alone; an asterisk "
		       "itself is \\2a");
	is("(cn:caseExactMatch:=*)",
	    "position 21: asterisks go with \"=\" alone; an asterisk itself is "
	    "\\2a");
}

static void
extensible(void **state)
{
	(void)state;
	is("(userAccountControl:1.2.840.113556.1.4.803:=2)",
	    "(userAccountControl:1.2.840.113556.1.4.803:=2)");
	is("(cn:=Ada)", "(cn:=Ada)");
	is("(cn:DN:caseExactMatch:=A)", "(cn:dn:caseExactMatch:=A)");
	is("(cn:dn:=A)", "(cn:dn:=A)");
	is("(:caseExactMatch:=A)", "(:caseExactMatch:=A)");
	is("(:dn:2.4.6:=A)", "(:dn:2.4.6:=A)");
	is("(:=A)", "position 2: a matching rule is expected where there is no "
		    "attribute");
	is("(:dn:=A)", "position 5: a matching rule is expected where there is "
		       "no attribute");
	is("(cn:a:b:=A)", "position 6: one matching rule is enough");
	is("(cn:a=A)", "position 6: \":=\" is expected");
	is("(cn:1.a:=A)",
	    "position 5: \"dn\", a matching rule or \"=\" is expected");
}

static void
escapes(void **state)
{
	(void)state;
	is("(cn=\\28\\29\\2A\\5C\\00)", "(cn=\\28\\29\\2a\\5c\\00)");
	is("(cn=\\41da)", "(cn=Ada)");
	is("(cn= a )", "(cn=\\20a\\20)");
	is("(cn= )", "(cn=\\20)");
	is("(cn=a b)", "(cn=a b)");
	is("(cn=\tx\x7f)", "(cn=\\09x\\7f)");
	is("(cn=M\xc3\xbcller)", "(cn=M\xc3\xbcller)");
	is("(cn=M\\c3\\bcller)", "(cn=M\xc3\xbcller)");
	is("(objectGUID=\\ff\\C3\\fe)", "(objectGUID=\\ff\\c3\\fe)");
	is("(cn=a\\2)",
	    "position 6: two hexadecimal digits are expected behind "
	    "\"\\\"; a backslash itself is \\5c");
	is("(cn=a\\2g)", "position 6: two hexadecimal digits are expected "
			 "behind \"\\\"; a backslash itself is \\5c");
	is("(cn=CORP\\user)", "position 9: two hexadecimal digits are expected "
			      "behind \"\\\"; a backslash itself is \\5c");
}

static void
lists(void **state)
{
	(void)state;
	is("(&(a=1)(|(b=2)(c=3))(!(d=4)))", "(&(a=1)(|(b=2)(c=3))(!(d=4)))");
	is(" \n( &\n  (a=1)\n\t(b=2) \r\n ) ",
	    "position 4: an attribute's "
	    "name, its OID, or one of & | ! is expected");
	is(" \n(&\n  (a=1)\n\t(b=2) \r\n ) ", "(&(a=1)(b=2))");
	is("(&)", "position 3: a filter in \"(\" is expected");
	is("(!)", "position 3: a filter in \"(\" is expected");
	is("(!(a=1)(b=2))", "position 8: \"!\" takes one filter");
	is("(!a=1)", "position 3: a filter in \"(\" is expected");
	is("(&(a=1)b)", "position 8: \")\" is expected for the \"(\" at "
			"position 1");
}

static void
refused(void **state)
{
	(void)state;
	is("", "position 1: a filter begins with \"(\"");
	is("cn=a", "position 1: a filter begins with \"(\"");
	is("()", "position 2: an attribute's name, its OID, or one of & | ! is "
		 "expected");
	is("((cn=a))", "position 2: an attribute's name, its OID, or one of & "
		       "| ! is expected");
	is("(cn)", "position 4: one of =, ~=, >=, <=, := is expected");
	is("(cn =a)", "position 4: one of =, ~=, >=, <=, := is expected");
	is("(cn>5)", "position 5: \"=\" is expected: there are >= and <= and "
		     "neither > nor <");
	is("(cn;=a)", "position 4: an option is expected behind \";\"");
	is("(2.05=a)", "position 2: an attribute's name, its OID, or one of & "
		       "| ! is expected");
	is("(25=a)", "position 2: an attribute's name, its OID, or one of & | "
		     "! is expected");
	is("(cn=a",
	    "position 6: \")\" is expected for the \"(\" at position 1");
	is("(cn=a(b)", "position 6: \"(\" in a value is written as \\28; is a "
		       "\")\" missing before it?");
	is("(cn=a))", "position 7: nothing is expected behind the filter");
	is("(cn=a)(cn=b)", "position 7: nothing is expected behind the filter");
	is("(cn=\xff)", "it is no UTF-8");
	is_bytes((struct text){"(cn=a\0b)", 8},
	    "position 6: a zero byte in a value is written as \\00");
	is_bytes((struct text){"(c\0=a)", 6},
	    "position 3: one of =, ~=, >=, <=, := is expected");
}

static size_t
put(char *room, size_t at, const char *what)
{
	while (*what != '\0')
		room[at++] = *what++;
	return at;
}

/* "(!(!(a=1)))": n filters inside each other. */
static struct text
nested(char *room, size_t n)
{
	size_t at = 0;

	for (size_t i = 1; i < n; i++)
		at = put(room, at, "(!");
	at = put(room, at, "(a=1");
	memset(room + at, ')', n);
	return (struct text){room, at + n};
}

static void
limits(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	static char room[LDAP_FILTER_MAX_BYTES + 1];
	struct ldap_filter *f = NULL;
	struct err e = {0};
	struct text t;

	(void)state;
	assert_int_equal(
	    ldap_filter_parse(a, nested(room, LDAP_FILTER_MAX_DEPTH), &f, &e),
	    0);
	assert_int_equal(ldap_filter_parse(a,
			     nested(room, LDAP_FILTER_MAX_DEPTH + 1), &f, &e),
	    ERR_LIMIT);
	assert_string_equal(
	    e.text, "position 65: more than 32 filters inside each other");
	memset(room, 'x', sizeof(room));
	(void)put(room, 0, "(a=");
	room[LDAP_FILTER_MAX_BYTES - 1] = ')';
	t = (struct text){room, LDAP_FILTER_MAX_BYTES};
	assert_int_equal(ldap_filter_parse(a, t, &f, &e), 0);
	t.len++;
	assert_int_equal(ldap_filter_parse(a, t, &f, &e), ERR_LIMIT);
	assert_string_equal(e.text, "longer than 16384 bytes");
	t.len = put(room, 0, "(|");
	for (size_t i = 0; i < LDAP_FILTER_MAX_NODES; i++)
		t.len = put(room, t.len, "(a=1)");
	room[t.len++] = ')';
	assert_int_equal(ldap_filter_parse(a, t, &f, &e), ERR_LIMIT);
	assert_string_equal(e.text, "position 4998: more than 1000 filters");
}

static int
name_add(void *ctx, const struct ldap_filter *f)
{
	struct buf *b = ctx;

	buf_text_add(b, ldap_filter_attr_name(f));
	buf_putc(b, ' ');
	return text_is(f->attr, "stop") ? 7 : 0;
}

static void
names(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct ldap_filter *f = NULL;
	struct buf b;

	(void)state;
	buf_init(&b, 1000);
	assert_int_equal(
	    ldap_filter_parse(a,
		TEXT("(&(cn;lang-de=a)(!(|(2.5.4.3=*)(:dn:x:=1)))(sn=b*))"), &f,
		NULL),
	    0);
	assert_int_equal(ldap_filter_each(f, name_add, &b), 0);
	assert_string_equal(buf_text(&b).data, "cn 2.5.4.3  sn ");
	assert_int_equal(
	    ldap_filter_parse(a, TEXT("(|(stop=1)(cn=2))"), &f, NULL), 0);
	buf_reset(&b);
	assert_int_equal(ldap_filter_each(f, name_add, &b), 7);
	assert_string_equal(buf_text(&b).data, "stop ");
	buf_clear(&b);
}

static void
out_of_memory(void **state)
{
	struct ldap_filter *f = NULL;
	struct err e = {0};

	(void)state;
	for (unsigned n = 1;; n++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(0);
		int r;

		arena_fail_nth(a, n);
		r = ldap_filter_parse(
		    a, TEXT("(&(cn=\\41*b)(!(sn=*)))"), &f, &e);
		if (r == 0) {
			assert_true(n > 5);
			return;
		}
		assert_int_equal(r, ERR_NOMEM);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(items),
	    cmocka_unit_test(substrings),
	    cmocka_unit_test(extensible),
	    cmocka_unit_test(escapes),
	    cmocka_unit_test(lists),
	    cmocka_unit_test(refused),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(names),
	    cmocka_unit_test(out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
