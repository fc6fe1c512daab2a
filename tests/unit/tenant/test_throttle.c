/* tests/unit/tenant/test_throttle.c -- limits and faults on request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tenant/throttle.h"

static void
reads_limits(void **state)
{
	struct throttle_limits l;

	(void)state;
	assert_int_equal(
	    throttle_parse(TEXT("units=3500/10,writes=3000/150"), &l, NULL), 0);
	assert_int_equal(l.units, 3500);
	assert_int_equal(l.units_s, 10);
	assert_int_equal(l.writes, 3000);
	assert_int_equal(l.writes_s, 150);
	assert_int_equal(throttle_parse(TEXT("off"), &l, NULL), 0);
	assert_int_equal(l.units, 0);
	assert_int_equal(throttle_parse(TEXT("units=5"), &l, NULL), 0);
	assert_int_equal(l.units_s, 1);
	assert_int_equal(throttle_parse(TEXT("unit=5"), &l, NULL), ERR_SYNTAX);
	assert_int_equal(throttle_parse(TEXT("units=x"), &l, NULL), ERR_SYNTAX);
	assert_int_equal(
	    throttle_parse(TEXT("units=1/0"), &l, NULL), ERR_SYNTAX);
	assert_int_equal(
	    throttle_parse(TEXT("units=-1"), &l, NULL), ERR_SYNTAX);
}

static void
faults_are_counted(void **state)
{
	struct throttle *t = throttle_new();
	struct fault f = {.kind = FAULT_STATUS,
	    .status = 503,
	    .skip = 1,
	    .count = 2,
	    .method = "POST",
	    .path = "batch"};

	(void)state;
	throttle_fault_add(t, &f);
	assert_int_equal(throttle_fault(t, "GET", "/$batch").kind, FAULT_NONE);
	assert_int_equal(throttle_fault(t, "POST", "/users").kind, FAULT_NONE);
	assert_int_equal(throttle_fault(t, "POST", "/$batch").kind, FAULT_NONE);
	assert_int_equal(throttle_fault(t, "POST", "/$batch").status, 503);
	assert_int_equal(throttle_fault(t, "POST", "/$batch").status, 503);
	assert_int_equal(throttle_fault(t, "POST", "/$batch").kind, FAULT_NONE);
	assert_int_equal(throttle_counts(t).faults, 2);
	throttle_free(t);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_limits),
	    cmocka_unit_test(faults_are_counted),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
