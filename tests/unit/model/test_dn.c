/* tests/unit/model/test_dn.c -- what model/dn.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "model/dn.h"

static const struct {
	const char *in;
	int code;
	const char *out; /* canonical text */
	const char *key;
} cases[] = {
    {"", 0, "", ""},
    {"CN=Ada,DC=example,DC=org", 0, "CN=Ada,DC=example,DC=org",
	"dc=org,dc=example,cn=ada,"},
    {"cn = Ada , dc = example", 0, "cn=Ada,dc=example", "dc=example,cn=ada,"},
    {"CN=Byron\\, Ada,DC=x", 0, "CN=Byron\\, Ada,DC=x",
	"dc=x,cn=byron\\, ada,"},
    {"CN=Byron\\2C Ada,DC=x", 0, "CN=Byron\\, Ada,DC=x",
	"dc=x,cn=byron\\, ada,"},
    {"CN=\\41da", 0, "CN=Ada", "cn=ada,"},
    {"CN=a\\0ADEL:b,DC=x", 0, "CN=a\\0ADEL:b,DC=x", "dc=x,cn=a\\0Adel:b,"},
    {"CN=Ada  Lovelace,DC=x", 0, "CN=Ada  Lovelace,DC=x",
	"dc=x,cn=ada lovelace,"},
    {"OU=B+CN=a,DC=x", 0, "OU=B+CN=a,DC=x", "dc=x,cn=a+ou=b,"},
    {"CN=a+OU=B,DC=x", 0, "CN=a+OU=B,DC=x", "dc=x,cn=a+ou=b,"},
    {"CN=\xc3\x84rger,DC=x", 0, "CN=\xc3\x84rger,DC=x",
	"dc=x,cn=\xc3\xa4rger,"},
    {"CN=", 0, "CN=", "cn=,"},
    {"CN=#x", 0, "CN=\\#x", "cn=\\#x,"},
    {"CN", ERR_SYNTAX, NULL, "?cn"},
    {"CN=a,", ERR_SYNTAX, NULL, "?cn=a,"},
    {"=a", ERR_SYNTAX, NULL, "?=a"},
    {"CN=a\\", ERR_SYNTAX, NULL, "?cn=a\\"},
    {"CN=a\\4", ERR_SYNTAX, NULL, "?cn=a\\4"},
    {"CN=a<b", ERR_SYNTAX, NULL, "?cn=a<b"},
};

static void
parses_formats_and_makes_keys(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(0);
		struct err e = {0};
		struct dn dn;
		struct text text, key;
		int r = dn_parse(a, text_of(cases[i].in), &dn, &e);

		assert_int_equal(r, cases[i].code);
		assert_int_equal(dn_key(a, text_of(cases[i].in), &key), 0);
		if (!text_is(key, cases[i].key))
			fail_msg("%s: key %.*s", cases[i].in, TEXT_ARGS(key));
		if (r < 0) {
			assert_int_equal(e.code, r);
			assert_string_equal(e.type, "invalid-dn");
			continue;
		}
		assert_int_equal(dn_format(a, &dn, &text), 0);
		if (!text_is(text, cases[i].out))
			fail_msg("%s: %.*s", cases[i].in, TEXT_ARGS(text));
	}
}

static void
finds_the_parent(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct text p;

	(void)state;
	assert_int_equal(dn_parent(a, TEXT("CN=a\\,b,OU=c,DC=d"), &p, NULL), 0);
	assert_true(text_is(p, "OU=c,DC=d"));
	assert_int_equal(dn_parent(a, TEXT("CN=a+OU=b,DC=d"), &p, NULL), 0);
	assert_true(text_is(p, "DC=d"));
	assert_int_equal(dn_parent(a, TEXT("DC=d"), &p, NULL), 0);
	assert_int_equal(p.len, 0);
}

static void
knows_what_lies_below(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct text key, base, beside;

	(void)state;
	assert_int_equal(dn_key(a, TEXT("CN=x,OU=Corp,DC=d"), &key), 0);
	assert_int_equal(dn_key(a, TEXT("ou=CORP,dc=D"), &base), 0);
	assert_int_equal(dn_key(a, TEXT("OU=Cor,DC=d"), &beside), 0);
	assert_true(dn_key_is_below(key, base));
	assert_true(dn_key_is_below(base, base));
	assert_false(dn_key_is_below(base, key));
	assert_false(dn_key_is_below(key, beside));
}

/* Every allocation fails once, in turn, until the work succeeds. */
static void
survives_every_failed_allocation(void **state)
{
	int r = ERR_NOMEM;
	unsigned nth;

	(void)state;
	for (nth = 1; r == ERR_NOMEM; nth++) {
		CLEANUP(arena_freep)
		struct arena *a = arena_new(0);
		struct dn dn;
		struct text key;

		assert_true(nth < 1000);
		arena_fail_nth(a, nth);
		r = dn_parse(a, TEXT("CN=a\\,b,OU=b,DC=c"), &dn, NULL);
		if (r == 0)
			r = dn_key(a, TEXT("CN=a\\,b,OU=b,DC=c"), &key);
		assert_true(r == 0 || arena_failed(a));
	}
	assert_int_equal(r, 0);
	assert_true(nth > 7); /* it did fail, more than once */
}

static void
keeps_its_limits(void **state)
{
	static char text[DN_MAX_TEXT + 1];
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct dn dn;
	size_t n = 0;

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_int_equal(
	    dn_parse(a, (struct text){text, sizeof(text)}, &dn, NULL),
	    ERR_LIMIT);
	for (unsigned i = 0; i <= DN_MAX_RDNS; i++)
		n += (size_t)snprintf(
		    text + n, sizeof(text) - n, "%sO=x", i ? "," : "");
	assert_int_equal(
	    dn_parse(a, (struct text){text, n}, &dn, NULL), ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parses_formats_and_makes_keys),
	    cmocka_unit_test(finds_the_parent),
	    cmocka_unit_test(knows_what_lies_below),
	    cmocka_unit_test(survives_every_failed_allocation),
	    cmocka_unit_test(keeps_its_limits),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
