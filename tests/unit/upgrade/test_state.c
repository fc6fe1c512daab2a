/* tests/unit/upgrade/test_state.c -- enabled, suspended, disabled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "upgrade/state.h"

#define HOUR (60 * 60 * 1000LL)
#define NOW  1800000000000LL

static void
attempt(struct upgrade_record *rec, const char *result, int64_t now)
{
	upgrade_state_attempt(
	    rec, text_of(result), TEXT("why"), TEXT("2.0"), now);
}

static void
what_is_aborted_is_tried_again_later_each_time(void **state)
{
	struct upgrade_record rec = {.state = UPGRADE_ENABLED};
	struct arena *a = arena_new(0);
	struct text why;
	int64_t wait = HOUR;

	(void)state;
	for (int i = 0; i < 12; i++) {
		attempt(&rec, "UpgradeAbortedInsufficientDiskSpace", NOW);
		assert_int_equal(rec.state, UPGRADE_ENABLED);
		assert_int_equal(rec.next_ms - NOW, wait);
		assert_false(upgrade_state_due(
		    &rec, TEXT("2.0"), NOW + wait - 1, a, &why));
		assert_non_null(strstr(why.data, "not before"));
		assert_true(
		    upgrade_state_due(&rec, TEXT("2.0"), NOW + wait, a, &why));
		wait = 2 * wait < 168 * HOUR ? 2 * wait : 168 * HOUR;
	}
	attempt(&rec, "Success", NOW);
	assert_int_equal(rec.failures, 0);
	assert_true(upgrade_state_due(&rec, TEXT("3.0"), NOW, a, &why));
	assert_null(arena_free(a));
}

static void
what_failed_is_not_tried_again_but_the_next_release_is(void **state)
{
	struct upgrade_record rec = {.state = UPGRADE_ENABLED};
	struct arena *a = arena_new(0);
	struct text why;

	(void)state;
	attempt(&rec, "UpgradeFailedRollbackSuccess-Pending", NOW);
	assert_int_equal(rec.state, UPGRADE_SUSPENDED);
	assert_int_equal(rec.since_ms, NOW);
	assert_false(
	    upgrade_state_due(&rec, TEXT("2.0"), NOW + 1000 * HOUR, a, &why));
	assert_non_null(strstr(why.data, "RollbackSuccess-Pending"));
	assert_true(
	    upgrade_state_due(&rec, TEXT("2.1"), NOW + 1000 * HOUR, a, &why));
	attempt(&rec, "Success", NOW + HOUR);
	assert_int_equal(rec.state, UPGRADE_ENABLED);
	assert_null(arena_free(a));
}

static void
disabled_stays_disabled(void **state)
{
	struct upgrade_record rec = {.state = UPGRADE_DISABLED};
	struct arena *a = arena_new(0);
	struct text why;

	(void)state;
	assert_false(upgrade_state_due(&rec, TEXT("2.0"), NOW, a, &why));
	attempt(&rec, "Success", NOW);
	assert_int_equal(rec.state, UPGRADE_DISABLED);
	attempt(&rec, "UpgradeFailedRollbackSuccess-Start", NOW);
	assert_int_equal(rec.state, UPGRADE_DISABLED);
	assert_null(arena_free(a));
}

static void
written_and_read_it_is_the_same(void **state)
{
	char dir[] = "/tmp/test_state_XXXXXX", store[64], file[80];
	struct arena *a = arena_new(0);
	struct upgrade_record rec, read;
	struct err e = {0};
	FILE *f;

	(void)state;
	assert_non_null(mkdtemp(dir));
	(void)snprintf(store, sizeof(store), "%s/c.db", dir);
	(void)snprintf(file, sizeof(file), "%s-upgrade", store);
	assert_int_equal(upgrade_state_read(store, a, &rec, &e), 0);
	assert_int_equal(rec.state, UPGRADE_ENABLED);
	assert_int_equal(rec.tried_ms, 0);
	attempt(&rec, "UpgradeFailedRollbackSuccess-\"quoted\"", NOW);
	assert_int_equal(upgrade_state_write(store, &rec, &e), 0);
	assert_int_equal(upgrade_state_read(store, a, &read, &e), 0);
	assert_int_equal(read.state, UPGRADE_SUSPENDED);
	assert_true(text_equal(read.result, rec.result));
	assert_true(text_equal(read.detail, rec.detail));
	assert_true(text_equal(read.release, rec.release));
	assert_int_equal(read.since_ms, rec.since_ms);
	assert_int_equal(read.tried_ms, NOW);
	assert_int_equal(read.next_ms, rec.next_ms);
	assert_int_equal(read.failures, 1);
	f = fopen(file, "we");
	assert_non_null(f);
	(void)fputs("{\"state\": \"Sometimes\"}", f);
	assert_int_equal(fclose(f), 0);
	assert_int_equal(upgrade_state_read(store, a, &read, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "no record of upgrades"));
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(dir), 0);
	assert_null(arena_free(a));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_aborted_is_tried_again_later_each_time),
	    cmocka_unit_test(
		what_failed_is_not_tried_again_but_the_next_release_is),
	    cmocka_unit_test(disabled_stays_disabled),
	    cmocka_unit_test(written_and_read_it_is_the_same),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
