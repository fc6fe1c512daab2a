/* tests/unit/model/test_dn_binary.c -- octets that belong to a name. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "model/attrs.h"
#include "model/dn_binary.h"

#define NAMED(s) ((struct value){.type = VALUE_DN_BINARY, .text = TEXT(s)})

static void
its_parts_are_told(void **state)
{
	struct dn_binary b;

	(void)state;
	assert_int_equal(
	    dn_binary_split(TEXT("B:8:00FF00FF:CN=Anna,DC=x"), &b), 0);
	assert_true(text_is(b.head, "B:8:00FF00FF:"));
	assert_true(text_is(b.hex, "00FF00FF"));
	assert_true(text_is(b.dn, "CN=Anna,DC=x"));
	assert_int_equal(b.anchor.len, 0);
	assert_int_equal(dn_binary_split(TEXT("B:0::CN=x"), &b), 0);
	assert_int_equal(b.hex.len, 0);
	assert_int_equal(dn_binary_split(TEXT("B:4:BEEF:"), &b), 0);
	assert_int_equal(b.dn.len, 0);
}

static void
another_form_is_refused(void **state)
{
	static const char *const none[] = {"", "B:", "B:8", "B:8:", "CN=x",
	    "S:2:ab:CN=x", "B:3:0AB:CN=x", "B:4:BEE:CN=x", "B:4:BEEFCN=x",
	    "B:4:BEEG:CN=x", "B:-4:BEEF:CN=x", "B:+4:BEEF:CN=x", "B::BEEF:x",
	    "B:9223372036854775807:00:CN=x", "B:2097154:00:CN=x", "b:2:00:x"};
	struct dn_binary b;
	struct value v;

	(void)state;
	for (size_t i = 0; i < sizeof(none) / sizeof(none[0]); i++) {
		struct err e = {0};

		assert_int_equal(
		    dn_binary_split(text_of(none[i]), &b), ERR_TYPE);
		assert_int_equal(
		    value_parse(VALUE_DN_BINARY, text_of(none[i]), &v, &e),
		    ERR_TYPE);
	}
}

static void
what_is_made_comes_apart_again(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct text octets = TEXT("\x00\xff\x1a"), back;
	struct dn_binary b;
	struct value v;

	(void)state;
	assert_int_equal(
	    dn_binary_make(a, octets, TEXT("CN=x"), TEXT("\x01\x02"), &v), 0);
	assert_true(text_is(dn_binary_text(&v), "B:6:00FF1A:CN=x"));
	assert_int_equal(dn_binary_split(v.text, &b), 0);
	assert_true(text_equal(b.anchor, TEXT("\x01\x02")));
	assert_int_equal(dn_binary_octets(a, &v, &back), 0);
	assert_true(text_equal(back, octets));
	/* an anchor without a name would mean nothing */
	assert_int_equal(
	    dn_binary_make(a, octets, TEXT(""), TEXT("\x01"), &v), 0);
	assert_true(text_is(v.text, "B:6:00FF1A:"));
}

static void
equal_is_what_belongs_to_the_same(void **state)
{
	const struct {
		struct value a, b;
		bool equal;
	} rows[] = {
	    {NAMED("B:4:BEEF:CN=x"), NAMED("B:4:beef:cn=X"), true},
	    {NAMED("B:4:BEEF:CN=x"), NAMED("B:4:BEEF:CN=y"), false},
	    {NAMED("B:4:BEEF:CN=x"), NAMED("B:4:BEEE:CN=x"), false},
	    {NAMED("B:4:BEEF:CN=x"), NAMED("B:4:BEEF:"), false},
	    {NAMED("B:4:BEEF:"), NAMED("B:4:beef:"), true},
	    {NAMED("B:4:BEEF:CN=x\0ab"), NAMED("B:4:BEEF:CN=y\0ab"), true},
	    {NAMED("B:4:BEEF:CN=x\0ab"), NAMED("B:4:BEEF:CN=x\0cd"), false},
	    {NAMED("B:4:BEEF:CN=x\0ab"), NAMED("B:4:BEEF:CN=x"), true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_true(
		    value_equal(&rows[i].a, &rows[i].b) == rows[i].equal);
		assert_true(
		    value_equal(&rows[i].b, &rows[i].a) == rows[i].equal);
	}
}

static void
an_object_knows_its_own(void **state)
{
	struct value list[] = {NAMED("B:4:BEEF:CN=a\0id"),
	    NAMED("B:4:BEEF:CN=other\0xx"), NAMED("B:4:F00D:cn=A"),
	    NAMED("B:4:CAFE:")};

	(void)state;
	dn_binary_settle(list, 4, TEXT("id"), TEXT("CN=A"));
	assert_true(text_is(list[0].text, "B:4:BEEF:"));
	assert_true(text_equal(list[1].text, TEXT("B:4:BEEF:CN=other\0xx")));
	assert_true(text_is(list[2].text, "B:4:F00D:"));
	assert_true(text_is(list[3].text, "B:4:CAFE:"));
}

/* Equal values whose object is called otherwise are told from those that are
 * written alike; and all of it goes through the stored form. */
static void
a_new_name_is_seen(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct attrs was = {0}, is = {0}, back;
	struct buf b;

	(void)state;
	assert_int_equal(attrs_add(a, &was, 7, NAMED("B:4:BEEF:CN=x\0ab")), 0);
	assert_int_equal(attrs_add(a, &was, 7, NAMED("B:4:CAFE:")), 0);
	assert_int_equal(attrs_add(a, &is, 7, NAMED("B:4:CAFE:")), 0);
	assert_int_equal(attrs_add(a, &is, 7, NAMED("B:4:BEEF:CN=x\0ab")), 0);
	assert_true(attrs_equal(&was, &is) && !attrs_renamed(&was, &is));
	is.items[0].values[1] = NAMED("B:4:BEEF:CN=y\0ab");
	assert_true(attrs_equal(&was, &is) && attrs_renamed(&was, &is));
	buf_init(&b, 1024);
	assert_int_equal(attrs_encode(&is, true, &b), 0);
	assert_int_equal(attrs_decode(a, buf_text(&b), &back, NULL), 0);
	assert_true(attrs_equal(&is, &back) && !attrs_renamed(&is, &back));
	buf_clear(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(its_parts_are_told),
	    cmocka_unit_test(another_form_is_refused),
	    cmocka_unit_test(what_is_made_comes_apart_again),
	    cmocka_unit_test(equal_is_what_belongs_to_the_same),
	    cmocka_unit_test(an_object_knows_its_own),
	    cmocka_unit_test(a_new_name_is_seen),
	};

	return cmocka_run_group_tests_name("dn-binary", tests, NULL, NULL);
}
