/* tests/unit/base/test_clock.c -- what base/clock.h promises. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/clock.h"

static const struct {
	const char *text;
	int64_t ms;
} times[] = {
    {"1970-01-01T00:00:00.000Z", 0},
    {"1970-01-01T00:00:00.001Z", 1},
    {"1969-12-31T23:59:59.999Z", -1},
    {"2000-02-29T12:00:00.500Z", 951825600500},
    {"2026-11-23T20:43:00.123Z", 1795466580123},
    {"9999-12-31T23:59:59.000Z", 253402300799000},
};

static void
formats_and_parses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
		char out[32];
		int64_t ms = 5;

		assert_string_equal(
		    clock_format(times[i].ms, true, out), times[i].text);
		assert_int_equal(clock_parse(text_of(out), &ms), 0);
		assert_true(ms == times[i].ms);
	}
}

static void
parses_what_rfc3339_has(void **state)
{
	static const char *const bad[] = {"", "2026", "2026-11-23",
	    "2026-11-23T20:43:00", "2026-11-23T20:43:00+00:00",
	    "2026-11-23t20:43:00Z", "2026-13-01T00:00:00Z",
	    "2026-00-01T00:00:00Z", "2026-02-30T00:00:00Z",
	    "2025-02-29T00:00:00Z", "2026-01-01T24:00:00Z",
	    "2026-01-01T00:60:00Z", "2026-01-01T00:00:61Z",
	    "2026-01-01T00:00:00.Z", "2026-01-01T00:00:00Zx",
	    " 2026-01-01T00:00:00Z", "2026-1-01T00:00:00Z",
	    "2026-01-01T00:00:00.1x"};
	char out[32];
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (clock_parse(text_of(bad[i]), &ms) != ERR_SYNTAX)
			fail_msg("%s", bad[i]);
	assert_int_equal(clock_parse(TEXT("2026-01-01T00:00:00Z"), &ms), 0);
	assert_string_equal(
	    clock_format(ms, false, out), "2026-01-01T00:00:00Z");
	assert_int_equal(
	    clock_parse(TEXT("2026-01-01T00:00:00.1234567Z"), &ms), 0);
	assert_true(ms % 1000 == 123);
	/* a leap second is the next minute's first */
	assert_int_equal(clock_parse(TEXT("2016-12-31T23:59:60Z"), &ms), 0);
	assert_string_equal(
	    clock_format(ms, false, out), "2017-01-01T00:00:00Z");
}

static void
stands_still_when_told(void **state)
{
	int64_t before = clock_monotonic_ms();

	(void)state;
	clock_set_ms(1000);
	assert_int_equal(clock_now_ms(), 1000);
	assert_int_equal(clock_now_ms(), 1000);
	assert_true(clock_monotonic_ms() >= before);
	clock_set_ms(-1);
	assert_true(clock_now_ms() > 1600000000000);
	assert_true(clock_cpu_ms() >= 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(formats_and_parses),
	    cmocka_unit_test(parses_what_rfc3339_has),
	    cmocka_unit_test(stands_still_when_told),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
