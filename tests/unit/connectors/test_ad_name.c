/* tests/unit/connectors/test_ad_name.c -- names of a domain controller. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "connectors/ad/name.h"

static const unsigned char octets[16] = {0x33, 0x22, 0x11, 0x00, 0x55, 0x44,
    0x77, 0x66, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff};

#define AS_TEXT "<GUID=00112233-4455-6677-8899-aabbccddeeff>;"
#define AS_HEX  "<GUID=33221100554477668899AABBccddeeff>;"
#define SID     "<SID=S-1-5-21-1-2-3-500>;"

static const struct {
	const char *raw;
	int r;
	bool by_guid;
	const char *dn;
} examples[] = {
    {"CN=Anna,DC=x", 1, false, "CN=Anna,DC=x"},
    {AS_TEXT "CN=Anna,DC=x", 1, true, "CN=Anna,DC=x"},
    {AS_HEX "CN=Anna,DC=x", 1, true, "CN=Anna,DC=x"},
    {AS_TEXT SID "CN=Anna,DC=x", 1, true, "CN=Anna,DC=x"},
    {SID "CN=Anna,DC=x", 1, false, "CN=Anna,DC=x"},
    {"B:8:00FF00FF:CN=Anna,DC=x", 1, false, "CN=Anna,DC=x"},
    {"B:8:00FF00FF:" AS_TEXT "CN=Anna,DC=x", 1, true, "CN=Anna,DC=x"},
    {"S:5:a:b:c:CN=Anna,DC=x", 1, false, "CN=Anna,DC=x"},
    {"CN=Anna\\0ADEL:00112233,CN=Deleted Objects,DC=x", 0, false, NULL},
    {AS_TEXT "CN=Anna\\0ADEL:0011,CN=Deleted Objects,DC=x", 0, false, NULL},
    {AS_TEXT, 0, false, NULL},
    {"", 0, false, NULL},
    {"<GUID=0011>;CN=Anna,DC=x", ERR_TYPE, false, NULL},
    {"<GUID=33221100554477668899AABBccddeefg>;CN=x", ERR_TYPE, false, NULL},
    {"<GUID=00112233-4455-6677-8899-aabbccddeeff;CN=x", ERR_TYPE, false, NULL},
    {"B:8:00FF:CN=x", ERR_TYPE, false, NULL},
    {"B:9223372036854775807:CN=x", ERR_TYPE, false, NULL},
    {"B:-1:CN=x", ERR_TYPE, false, NULL},
    {"B:", ERR_TYPE, false, NULL},
};

static void
references(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(examples) / sizeof(examples[0]); i++) {
		struct text dn = {0};
		struct value v = {.type = VALUE_STRING};
		int r = ad_name_parse(a, text_of(examples[i].raw), &dn, &v);

		if (r != examples[i].r)
			fail_msg("%s gave %d", examples[i].raw, r);
		if (r != 1)
			continue;
		assert_string_equal(dn.data, examples[i].dn);
		assert_int_equal(v.type, VALUE_REFERENCE);
		assert_int_equal(
		    v.by, examples[i].by_guid ? REF_ANCHOR : REF_DN);
		if (!examples[i].by_guid)
			continue;
		assert_int_equal(v.text.len, sizeof(octets));
		assert_memory_equal(v.text.data, octets, sizeof(octets));
	}
	(void)arena_free(a);
}

/* An object may be called B:..: only references have that form. */
static void
names(void **state)
{
	struct arena *a = arena_new(0);
	struct text dn = {0};

	(void)state;
	assert_int_equal(
	    ad_name_parse(a, TEXT(AS_TEXT "CN=Anna,DC=x"), &dn, NULL), 1);
	assert_string_equal(dn.data, "CN=Anna,DC=x");
	assert_int_equal(ad_name_parse(a, TEXT("B:1:x"), &dn, NULL), 1);
	assert_string_equal(dn.data, "B:1:x");
	(void)arena_free(a);
}

static void
memory(void **state)
{
	struct text dn;
	struct value v;

	(void)state;
	for (unsigned n = 1; n <= 2; n++) {
		struct arena *a = arena_new(0);

		arena_fail_nth(a, n);
		assert_int_equal(
		    ad_name_parse(a, TEXT(AS_TEXT "CN=x,DC=x"), &dn, &v),
		    ERR_NOMEM);
		(void)arena_free(a);
	}
}

/* A value that went: be its target alive or not. */
static void
gone(void **state)
{
	static const struct {
		const char *raw;
		int r;
	} cases[] = {
	    {AS_TEXT "CN=Anna,DC=x", 1},
	    {AS_TEXT "CN=Anna\\0ADEL:0011,CN=Deleted Objects,DC=x", 1},
	    {"B:8:00FF00FF:" AS_TEXT "CN=Anna,DC=x", 1},
	    {"CN=Anna,DC=x", 0},
	    {"<GUID=0011>;CN=Anna,DC=x", ERR_TYPE},
	};
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct value v = {.type = VALUE_STRING};

		assert_int_equal(
		    ad_name_anchor(a, text_of(cases[i].raw), &v), cases[i].r);
		if (cases[i].r == 1)
			assert_true(v.by == REF_ANCHOR && v.text.len == 16);
	}
	(void)arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(references),
	    cmocka_unit_test(names),
	    cmocka_unit_test(memory),
	    cmocka_unit_test(gone),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
