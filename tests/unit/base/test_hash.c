/* tests/unit/base/test_hash.c -- what base/hash.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/hash.h"

static void
assert_hex(const unsigned char *have, size_t n, const char *want)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct text hex = {NULL, 0};

	assert_int_equal(
	    hex_encode(a, (struct text){(const char *)have, n}, &hex), 0);
	assert_true(text_is(hex, want));
}

/* FIPS 180-2 appendix A and B, RFC 4231 test case 2. */
static void
known_answers(void **state)
{
	unsigned char out[32];

	(void)state;
	assert_int_equal(hash_sha1(TEXT("abc"), out), 0);
	assert_hex(out, 20, "a9993e364706816aba3e25717850c26c9cd0d89d");
	assert_int_equal(hash_sha256(TEXT("abc"), out), 0);
	assert_hex(out, 32,
	    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_int_equal(hash_sha256(TEXT(""), out), 0);
	assert_hex(out, 32,
	    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_int_equal(hash_hmac_sha256(TEXT("Jefe"),
			     TEXT("what do ya want for nothing?"), out),
	    0);
	assert_hex(out, 32,
	    "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

static void
random_bytes_differ(void **state)
{
	unsigned char a[32] = {0}, b[32] = {0};

	(void)state;
	random_bytes(a, sizeof(a));
	random_bytes(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
}

static void
keyed_by_chance(void **state)
{
	struct hash_keyed *one = hash_keyed_new(), *two = hash_keyed_new();
	unsigned char a[16], b[16];

	(void)state;
	assert_non_null(one);
	assert_non_null(two);
	assert_int_equal(hash_keyed(one, 7, TEXT("dc=example,"), a), 0);
	assert_int_equal(hash_keyed(one, 8, TEXT("dc=example,"), b), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	assert_int_equal(hash_keyed(two, 7, TEXT("dc=example,"), b), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	/* the same again, after others */
	assert_int_equal(hash_keyed(one, 7, TEXT("dc=example,"), b), 0);
	assert_memory_equal(a, b, sizeof(a));
	assert_int_equal(hash_keyed(one, 7, TEXT(""), b), 0);
	assert_memory_not_equal(a, b, sizeof(a));
	one = hash_keyed_free(one);
	two = hash_keyed_free(two);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_answers),
	    cmocka_unit_test(random_bytes_differ),
	    cmocka_unit_test(keyed_by_chance),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
