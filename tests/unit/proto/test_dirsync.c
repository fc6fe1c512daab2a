/* tests/unit/proto/test_dirsync.c -- the DirSync control's value, and what the
 * names of attributes say. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/ldap_dirsync.h"

/* The octets as MS-ADTS has them: flags 0x80000001, all that fits, "abc". */
static void
request(void **state)
{
	static const char want[] = "\x30\x0e"
				   "\x02\x04\x80\x00\x00\x01"
				   "\x02\x01\x64"
				   "\x04\x03"
				   "abc";
	struct arena *a = arena_new(0);
	const struct ldap_dirsync d = {
	    .flags = LDAP_DIRSYNC_VALUES | LDAP_DIRSYNC_SECURITY,
	    .max_bytes = 100,
	    .cookie = TEXT("abc")};
	const struct ldap_dirsync first = {.flags = LDAP_DIRSYNC_VALUES};
	struct text got = {0};

	(void)state;
	assert_int_equal(ldap_dirsync_format(a, &d, &got), 0);
	assert_int_equal(got.len, sizeof(want) - 1);
	assert_memory_equal(got.data, want, got.len);
	assert_int_equal(ldap_dirsync_format(a, &first, &got), 0);
	assert_int_equal(got.len, 13);
	(void)arena_free(a);
}

static void
answer(void **state)
{
	struct arena *a = arena_new(0);
	struct ldap_dirsync d = {0};
	struct err e = {0};

	(void)state;
	assert_int_equal(
	    ldap_dirsync_parse(a,
		TEXT("\x30\x0b\x02\x01\x01\x02\x01\x00\x04\x03x\0y"), &d, &e),
	    0);
	assert_true(d.more);
	assert_int_equal(d.cookie.len, 3);
	assert_memory_equal(d.cookie.data, "x\0y", 3);
	assert_int_equal(
	    ldap_dirsync_parse(
		a, TEXT("\x30\x08\x02\x01\x00\x02\x01\x00\x04\x00"), &d, &e),
	    0);
	assert_false(d.more);
	assert_int_equal(d.cookie.len, 0);
	(void)arena_free(a);
}

static void
broken(void **state)
{
	static const struct text bad[] = {
	    {"", 0},
	    {"\x30\x0b\x02\x01\x01", 5},
	    {"\x30\x84\xff\xff\xff\xff", 6},
	    {"\x30\x0b\x02\x01\x01\x02\x01\x00\x04\x7fxyz", 13},
	    {"\x04\x03xyz", 5},
	};
	struct arena *a = arena_new(0);
	struct ldap_dirsync d = {0};
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(
		    ldap_dirsync_parse(a, bad[i], &d, &e), ERR_PROTOCOL);
	assert_int_equal(
	    ldap_dirsync_parse(
		a, (struct text){"x", LDAP_DIRSYNC_COOKIE_MAX + 1}, &d, &e),
	    ERR_LIMIT);
	(void)arena_free(a);
}

static void
attributes(void **state)
{
	static const struct {
		const char *full, *name;
		enum ldap_dirsync_values is;
	} cases[] = {
	    {"title", "title", LDAP_DIRSYNC_ALL},
	    {"member;range=1-1", "member", LDAP_DIRSYNC_CAME},
	    {"member;Range=0-0", "member", LDAP_DIRSYNC_WENT},
	    {"userCertificate;binary", "userCertificate", LDAP_DIRSYNC_ALL},
	    {"member;range=0-1499", "member", LDAP_DIRSYNC_OTHER},
	    {"member;range=1-1;lang-de", "member", LDAP_DIRSYNC_OTHER},
	    {"cn;lang-de", "cn", LDAP_DIRSYNC_OTHER},
	    {";", "", LDAP_DIRSYNC_OTHER},
	    {"", "", LDAP_DIRSYNC_ALL},
	};
	struct text name = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(
		    ldap_dirsync_attribute(text_of(cases[i].full), &name),
		    cases[i].is);
		assert_true(text_is(name, cases[i].name));
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(request),
	    cmocka_unit_test(answer),
	    cmocka_unit_test(broken),
	    cmocka_unit_test(attributes),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
