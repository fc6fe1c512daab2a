/* tests/unit/model/test_guid.c -- GUIDs, SIDs, names, schemas, values. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "model/guid.h"
#include "model/schema.h"

static void
guids_have_the_mixed_order(void **state)
{
	static const unsigned char octets[16] = {0x33, 0x22, 0x11, 0x00, 0x55,
	    0x44, 0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};
	char text[GUID_TEXT_LEN + 1];
	struct guid g, braces;

	(void)state;
	assert_int_equal(
	    guid_parse(TEXT("00112233-4455-6677-8899-aabbccddeeff"), &g, NULL),
	    0);
	assert_memory_equal(g.octets, octets, 16);
	guid_format(&g, text);
	assert_string_equal(text, "00112233-4455-6677-8899-aabbccddeeff");
	assert_int_equal(
	    guid_parse(
		TEXT("{00112233-4455-6677-8899-AABBCCDDEEFF}"), &braces, NULL),
	    0);
	assert_true(guid_equal(&g, &braces));
	assert_int_equal(
	    guid_parse(TEXT("00112233-4455-6677-8899-aabbccddeef"), &g, NULL),
	    ERR_SYNTAX);
	assert_int_equal(
	    guid_parse(TEXT("0011223344556677-8899-aabb-ccddeeff00"), &g, NULL),
	    ERR_SYNTAX);
	g = guid_random();
	guid_format(&g, text);
	assert_int_equal(text[14], '4');
}

static void
sids_have_text(void **state)
{
	static const unsigned char admin[] = {
	    1, 2, 0, 0, 0, 0, 0, 5, 32, 0, 0, 0, 32, 2, 0, 0};
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct text octets = {(const char *)admin, sizeof(admin)}, t, back;

	(void)state;
	assert_int_equal(sid_format(a, octets, &t, NULL), 0);
	assert_true(text_is(t, "S-1-5-32-544"));
	assert_int_equal(sid_parse(a, t, &back, NULL), 0);
	assert_true(text_equal(back, octets));
	octets.len--;
	assert_int_equal(sid_format(a, octets, &t, NULL), ERR_SYNTAX);
	assert_int_equal(
	    sid_parse(a, TEXT("S-1-5-4294967296"), &t, NULL), ERR_SYNTAX);
	assert_int_equal(sid_parse(a, TEXT("S-2-5"), &t, NULL), ERR_SYNTAX);
	assert_int_equal(sid_parse(a, TEXT("S-1-5--1"), &t, NULL), ERR_SYNTAX);
}

static void
names_keep_their_number(void **state)
{
	CLEANUP(names_freep)
	struct names *n = names_new();
	uint32_t mail, again, other;

	(void)state;
	assert_int_equal(names_intern(n, TEXT("mail"), &mail), 0);
	assert_int_equal(names_intern(n, TEXT("mail"), &again), 0);
	assert_int_equal(mail, again);
	assert_int_equal(names_intern_nocase(n, TEXT("MAIL"), &again), 0);
	assert_int_equal(mail, again);
	assert_int_equal(names_intern(n, TEXT("MAIL"), &other), 0);
	assert_int_not_equal(mail, other);
	assert_int_equal(names_find_nocase(n, TEXT("Mail")), mail);
	assert_int_equal(names_find(n, TEXT("Mail")), 0);
	assert_true(text_is(names_text(n, mail), "mail"));
	assert_int_equal(names_text(n, 99).len, 0);
	for (int i = 0; i < 1000; i++) {
		char t[16];

		(void)snprintf(t, sizeof(t), "a%d", i);
		assert_int_equal(names_intern(n, text_of(t), &other), 0);
	}
	assert_true(text_is(names_text(n, other), "a999"));
}

static void
schemas_refuse_two_meanings(void **state)
{
	CLEANUP(schema_freep)
	struct schema *s = schema_new();
	struct schema_attr mail = {.name = 700, .type = VALUE_STRING};
	struct err e = {0};

	(void)state;
	assert_int_equal(schema_add(s, mail, &e), 0);
	assert_int_equal(schema_add(s, mail, &e), 0);
	mail.multi = true;
	assert_int_equal(schema_add(s, mail, &e), ERR_EXIST);
	assert_int_equal(schema_find(s, 700)->type, VALUE_STRING);
	assert_null(schema_find(s, 701));
	assert_int_equal(schema_add_type(s, 5), 0);
	assert_true(schema_has_type(s, 5));
	assert_false(schema_has_type(s, 6));
}

static void
values_parse_by_type(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct value v;
	struct text t;
	struct err e = {0};

	(void)state;
	assert_int_equal(
	    value_parse(VALUE_INTEGER, TEXT("-9223372036854775808"), &v, &e),
	    0);
	assert_true(v.integer == INT64_MIN);
	assert_int_equal(
	    value_parse(VALUE_INTEGER, TEXT("9223372036854775808"), &v, &e),
	    ERR_TYPE);
	assert_non_null(strstr(e.text, "9223372036854775808"));
	assert_int_equal(value_parse(VALUE_BOOLEAN, TEXT("tRUE"), &v, &e), 0);
	assert_int_equal(value_format(a, &v, &t), 0);
	assert_true(text_is(t, "True"));
	assert_int_equal(
	    value_parse(VALUE_BOOLEAN, TEXT("yes"), &v, &e), ERR_TYPE);
	assert_int_equal(
	    value_parse(VALUE_STRING, TEXT("\xff"), &v, &e), ERR_TYPE);
}

static void
references_are_one_by_identity(void **state)
{
	struct value a = value_reference_dn(TEXT("CN=A,DC=x"));
	struct value b = value_reference_dn(TEXT("cn=a, dc=X"));
	struct value c = value_reference_id(7, TEXT("CN=A,DC=x"));
	struct value d = value_reference_id(7, TEXT(""));

	(void)state;
	assert_true(value_equal(&a, &b));
	assert_false(value_equal(&a, &c));
	assert_true(value_equal(&c, &d));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(guids_have_the_mixed_order),
	    cmocka_unit_test(sids_have_text),
	    cmocka_unit_test(names_keep_their_number),
	    cmocka_unit_test(schemas_refuse_two_meanings),
	    cmocka_unit_test(values_parse_by_type),
	    cmocka_unit_test(references_are_one_by_identity),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
