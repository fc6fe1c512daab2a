/* tests/unit/proto/test_ldap_sync.c -- the values of RFC 4533 2, octet by
 * octet. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "proto/ldap_sync.h"

#define UUID "0123456789abcdef"
/* Octets that may be zero, without the one that C adds. */
#define OCTETS(s) ((struct text){(s), sizeof(s) - 1})

static void
states(void **state)
{
	static const struct {
		struct text value;
		enum ldap_told told;
	} good[] = {
	    {OCTETS("\x30\x15\x0a\x01\x00\x04\x10" UUID), LDAP_TOLD_PRESENT},
	    {OCTETS("\x30\x15\x0a\x01\x01\x04\x10" UUID), LDAP_TOLD_ADDED},
	    {OCTETS("\x30\x15\x0a\x01\x02\x04\x10" UUID), LDAP_TOLD_CHANGED},
	    {OCTETS("\x30\x15\x0a\x01\x03\x04\x10" UUID), LDAP_TOLD_DELETED},
	    /* lengths in their long form */
	    {OCTETS("\x30\x81\x16\x0a\x01\x03\x04\x81\x10" UUID),
		LDAP_TOLD_DELETED},
	};
	struct ldap_sync_state s = {.told = LDAP_TOLD_NOTHING};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		assert_int_equal(ldap_sync_state_parse(good[i].value, &s), 0);
		assert_int_equal(s.told, good[i].told);
		assert_memory_equal(s.uuid, UUID, LDAP_UUID_BYTES);
		assert_int_equal(s.cookie.len, 0);
	}
	assert_int_equal(
	    ldap_sync_state_parse(
		OCTETS("\x30\x1a\x0a\x01\x01\x04\x10" UUID "\x04\x03r=1"), &s),
	    0);
	assert_true(text_is(s.cookie, "r=1"));
}

static void
ends(void **state)
{
	struct ldap_sync_done d = {.deletes = true};

	(void)state;
	assert_int_equal(ldap_sync_done_parse(OCTETS("\x30\x00"), &d), 0);
	assert_false(d.deletes);
	assert_int_equal(d.cookie.len, 0);
	assert_int_equal(
	    ldap_sync_done_parse(OCTETS("\x30\x03\x01\x01\xff"), &d), 0);
	assert_true(d.deletes);
	assert_int_equal(
	    ldap_sync_done_parse(OCTETS("\x30\x08\x04\x03r=1\x01\x01\x00"), &d),
	    0);
	assert_false(d.deletes);
	assert_true(text_is(d.cookie, "r=1"));
}

static void
between(void **state)
{
	struct ldap_sync_info i = {.kind = LDAP_SYNC_IS_SET};
	const unsigned char *uuid;

	(void)state;
	assert_int_equal(ldap_sync_info_parse(OCTETS("\x80\x03r=1"), &i), 0);
	assert_int_equal(i.kind, LDAP_SYNC_IS_COOKIE);
	assert_true(text_is(i.cookie, "r=1"));
	assert_int_equal(ldap_sync_info_parse(OCTETS("\xa1\x00"), &i), 0);
	assert_int_equal(i.kind, LDAP_SYNC_IS_DELETED);
	assert_true(i.done);
	assert_int_equal(
	    ldap_sync_info_parse(OCTETS("\xa2\x08\x04\x03r=1\x01\x01\x00"), &i),
	    0);
	assert_int_equal(i.kind, LDAP_SYNC_IS_PRESENT);
	assert_false(i.done);
	assert_true(text_is(i.cookie, "r=1"));
	assert_int_equal(
	    ldap_sync_info_parse(OCTETS("\xa3\x29\x01\x01\xff\x31\x24"
					"\x04\x10" UUID "\x04\x10"
					"fedcba9876543210"),
		&i),
	    0);
	assert_int_equal(i.kind, LDAP_SYNC_IS_SET);
	assert_true(i.deletes);
	uuid = ldap_sync_set_next(&i.set);
	assert_non_null(uuid);
	assert_memory_equal(uuid, UUID, LDAP_UUID_BYTES);
	uuid = ldap_sync_set_next(&i.set);
	assert_non_null(uuid);
	assert_memory_equal(uuid, "fedcba9876543210", LDAP_UUID_BYTES);
	assert_null(ldap_sync_set_next(&i.set));
	assert_int_equal(
	    ldap_sync_info_parse(OCTETS("\xa3\x02\x31\x00"), &i), 0);
	assert_null(ldap_sync_set_next(&i.set));
}

static void
broken(void **state)
{
	static const struct text bad[] = {
	    OCTETS(""),
	    OCTETS("\x30"),
	    OCTETS("\x30\x80"),
	    OCTETS("\x30\x85\x00\x00\x00\x00\x00"),
	    OCTETS("\x30\x84\xff\xff\xff\xff"),
	    OCTETS("\x30\x15\x0a\x01\x04\x04\x10" UUID), /* no such state */
	    OCTETS("\x30\x16\x0a\x02\x00\x01\x04\x10" UUID),
	    OCTETS("\x30\x14\x0a\x01\x01\x04\x0f"
		   "123456789abcdef"),
	    OCTETS("\x30\x15\x0a\x01\x01\x04\x11" UUID), /* beyond the end */
	    OCTETS("\x30\x15\x0a\x01\x01\x04\x10" UUID "x"),
	    OCTETS("\x30\x04\x01\x02\x00\x00"),
	    OCTETS("\xa3\x00"), /* a set without its objects */
	    OCTETS("\xa3\x13\x31\x11\x04\x0f"
		   "123456789abcdef"),
	    OCTETS("\xa3\x15\x31\x13\x04\x10" UUID "\x04"),
	    OCTETS("\xa4\x00"),
	};
	struct ldap_sync_state s = {.told = LDAP_TOLD_NOTHING};
	struct ldap_sync_info i = {.kind = LDAP_SYNC_IS_COOKIE};
	struct ldap_sync_done d = {.deletes = false};

	(void)state;
	for (size_t k = 0; k < sizeof(bad) / sizeof(*bad); k++) {
		assert_int_equal(
		    ldap_sync_state_parse(bad[k], &s), ERR_PROTOCOL);
		assert_int_equal(
		    ldap_sync_info_parse(bad[k], &i), ERR_PROTOCOL);
	}
	assert_int_equal(
	    ldap_sync_done_parse(OCTETS("\x30\x04\x01\x02\x00\x00"), &d),
	    ERR_PROTOCOL);
	assert_int_equal(
	    ldap_sync_done_parse(OCTETS("\x30\x00\x30"), &d), ERR_PROTOCOL);
}

static void
a_cookie_too_long(void **state)
{
	static char value[LDAP_SYNC_COOKIE_MAX + 20] = "\x80\x83\x01\x00\x01";
	struct ldap_sync_info i = {.kind = LDAP_SYNC_IS_COOKIE};
	struct text t = {value, 5 + LDAP_SYNC_COOKIE_MAX + 1};

	(void)state;
	assert_int_equal(ldap_sync_info_parse(t, &i), ERR_LIMIT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(states),
	    cmocka_unit_test(ends),
	    cmocka_unit_test(between),
	    cmocka_unit_test(broken),
	    cmocka_unit_test(a_cookie_too_long),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
