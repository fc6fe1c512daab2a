/* tests/unit/tenant/test_credential.c -- hashes of passwords as they are
 * exported: what is one, and whose it is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tenant/sync_int.h"

#define H "9ffb6cdb25b9bf88f869082fcb5bc58a7ec0c5d317b126a8ab4ec316c053cd11"
#define S "00112233445566778899"

static void
test_form(void **state)
{
	static const char *const bad[] = {
	    "",
	    "v1;PPH1_MD4," S ",1000," H,              /* no end */
	    "v1;PPH1_MD4," S ",1000," H ";x",         /* more behind it */
	    "v2;PPH1_MD4," S ",1000," H ";",          /* another version */
	    "v1;PPH1_MD4,00112233445566,1000," H ";", /* salt of seven */
	    "v1;PPH1_MD4," S "0,1000," H ";",         /* half an octet */
	    "v1;PPH1_MD4," S ",0," H ";",             /* no turn at all */
	    "v1;PPH1_MD4," S ",-100," H ";",
	    "v1;PPH1_MD4," S ",10000000," H ";", /* eight digits */
	    "v1;PPH1_MD4," S ",1000,g" H ";",
	};

	(void)state;
	assert_int_equal(
	    sync_credential_check(TEXT("v1;PPH1_MD4," S ",1000," H ";")), 0);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    sync_credential_check(text_of(bad[i])), ERR_SYNTAX);
}

static void
test_verify(void **state)
{
	static const struct {
		const char *password, *blob;
	} vectors[] = {
	    {"password", "v1;PPH1_MD4," S ",1000," H ";"},
	    {"password",
		"v1;PPH1_MD4,b477124de54c2030378f,1000,"
		"4c4243e74323445464bdecff0b09d777f8d98794b554b6ba518e9b51f6aa"
		"ce6c;"},
	    {"", "v1;PPH1_MD4,ffffffffffffffffffff,1000,"
		 "16bc7af334237b8a5ce58fe7185ef661c9ce319847c0616cf446e3738826"
		 "8820;"},
	    {"Gr\xc3\xbc\xc3\x9f"
	     "e\xe2\x82\xac\xf0\x9d\x84\x9e \xce\xa9",
		"v1;PPH1_MD4,0a0b0c0d0e0f10111213,1000,"
		"04e2771aae0f3b067326e306fac951bc61b9e398c3778598229957640d7d"
		"53e6;"},
	    {"password",
		"v1;PPH1_MD4,000102030405060708090a0b0c0d0e0f,1000,"
		"de3fc1960bc782600d2e1b6e6efab8e8f9fa7cbaafc854695668b0efd8e5"
		"5fde;"},
	};
	struct arena *a = arena_new(0);

	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct text blob = text_of(vectors[i].blob);

		assert_true(sync_credential_verify(
		    a, blob, text_of(vectors[i].password)));
		assert_false(sync_credential_verify(a, blob, TEXT("Password")));
	}
	(void)arena_free(a);
}

static void
test_builds(void **state)
{
	uint32_t b[4];

	(void)state;
	assert_int_equal(sync_build_parse(TEXT("2.4.21.0"), b), 0);
	assert_int_equal(b[0], 2);
	assert_int_equal(b[2], 21);
	assert_int_equal(sync_build_parse(TEXT("2.4.21"), b), ERR_SYNTAX);
	assert_int_equal(sync_build_parse(TEXT("2.4.21.0.1"), b), ERR_SYNTAX);
	assert_int_equal(sync_build_parse(TEXT("2..21.0"), b), ERR_SYNTAX);
	assert_int_equal(sync_build_parse(TEXT("2.4.21.a"), b), ERR_SYNTAX);
	assert_int_equal(
	    sync_build_parse(TEXT("99999999.4.21.0"), b), ERR_SYNTAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_form),
	    cmocka_unit_test(test_verify),
	    cmocka_unit_test(test_builds),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
