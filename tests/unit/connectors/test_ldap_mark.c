/* tests/unit/connectors/test_ldap_mark.c -- watermarks of the ldap connector.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "connectors/ldap/delta.h"

static const struct delta_scope people = {
    TEXT("dc=example,dc=com"), "(objectClass=person)", TEXT("entryUUID")};

static void
back_and_forth(void **state)
{
	struct arena *a = arena_new(0);
	const struct delta_mark sync = {.mode = CONF_LDAP_DELTAS_SYNCREPL,
	    .cookie = TEXT("rid=000,csn=a;b c")};
	const struct delta_mark when = {.mode = CONF_LDAP_DELTAS_TIMESTAMP,
	    .newest = "20261124031500Z",
	    .from = "20261124031000Z",
	    .since_ms = 1795490000123};
	struct delta_mark m;
	struct text t;
	struct err e = {0};

	(void)state;
	assert_int_equal(delta_mark_format(a, &people, &sync, &t, &e), 0);
	assert_int_equal(delta_mark_parse(a, &people, t, &m, &e), 0);
	assert_int_equal(m.mode, CONF_LDAP_DELTAS_SYNCREPL);
	assert_true(text_equal(m.cookie, sync.cookie));
	assert_int_equal(delta_mark_format(a, &people, &when, &t, &e), 0);
	assert_int_equal(delta_mark_parse(a, &people, t, &m, &e), 0);
	assert_int_equal(m.mode, CONF_LDAP_DELTAS_TIMESTAMP);
	assert_string_equal(m.newest, when.newest);
	assert_string_equal(m.from, when.from);
	assert_int_equal(m.since_ms, when.since_ms);
	(void)arena_free(a);
}

static void
refuse(struct arena *a, const struct delta_scope *scope, struct text t)
{
	struct delta_mark m;
	struct err e = {0};

	assert_int_equal(delta_mark_parse(a, scope, t, &m, &e), ERR_REFUSED);
	assert_string_equal(e.type, "no-start-full-import-required");
}

/* Every octet counts, and so does what is read. */
static void
none_of_ours(void **state)
{
	struct arena *a = arena_new(0);
	struct delta_scope other = people;
	struct delta_mark m = {
	    .mode = CONF_LDAP_DELTAS_SYNCREPL, .cookie = TEXT("rid=000,csn=a")};
	struct err e = {0};
	struct text t;
	char *copy;

	(void)state;
	assert_int_equal(delta_mark_format(a, &people, &m, &t, &e), 0);
	copy = arena_strndup(a, t.data, t.len);
	assert_non_null(copy);
	for (size_t i = 0; i < t.len; i++) {
		copy[i] ^= 1;
		refuse(a, &people, (struct text){copy, t.len});
		copy[i] ^= 1;
		refuse(a, &people, (struct text){copy, i});
	}
	refuse(a, &people, TEXT("timestamp x y z"));
	other.filter = "(objectClass=*)";
	refuse(a, &other, t);
	other = people;
	other.anchor = TEXT("uid");
	refuse(a, &other, t);
	(void)arena_free(a);
}

static void
times(void **state)
{
	char t[DELTA_TIME_TEXT] = "";

	(void)state;
	assert_true(delta_time_parse(TEXT("20261124031500Z"), t));
	assert_string_equal(t, "20261124031500Z");
	assert_true(delta_time_parse(TEXT("20261124031500.123Z"), t));
	assert_string_equal(t, "20261124031500Z");
	assert_false(delta_time_parse(TEXT(""), t));
	assert_false(delta_time_parse(TEXT("2026112403150Z"), t));
	assert_false(delta_time_parse(TEXT("20261124031500+0100"), t));
	delta_time_move("20261231235959Z", 2, t);
	assert_string_equal(t, "20270101000001Z");
	delta_time_move("20280301000000Z", -1, t);
	assert_string_equal(t, "20280229235959Z");
}

/* From some minutes before the newest change on; once nothing came for as
 * long, from the second behind it. */
static void
moving_on(void **state)
{
	struct delta_mark m = {.mode = CONF_LDAP_DELTAS_TIMESTAMP};

	(void)state;
	delta_mark_move(&m, "20261124031500Z", 1000000, 0);
	assert_string_equal(m.newest, "20261124031500Z");
	assert_string_equal(m.from, "20261124030959Z");
	/* the older is no news, whatever our clock says */
	delta_mark_move(&m, "20261124031000Z", 1100000, 0);
	assert_string_equal(m.from, "20261124030959Z");
	delta_mark_move(&m, "20261124031500Z", 1300000, 0);
	assert_string_equal(m.from, "20261124030959Z");
	delta_mark_move(&m, "20261124031500Z", 1300001, 0);
	assert_string_equal(m.from, "20261124031501Z");
	/* reading took a minute: what changed meanwhile may be older */
	delta_mark_move(&m, "20261124040000Z", 1400000, 60000);
	assert_string_equal(m.from, "20261124035359Z");
	delta_mark_move(&m, "", 1400001, 0);
	assert_string_equal(m.newest, "20261124040000Z");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(back_and_forth),
	    cmocka_unit_test(none_of_ours),
	    cmocka_unit_test(times),
	    cmocka_unit_test(moving_on),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
