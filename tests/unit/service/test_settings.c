/* tests/unit/service/test_settings.c -- the schedule's settings in a store,
 * and the words of the control socket. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "service/control.h"
#include "service/settings.h"

static struct conf conf = {.schedule = {.interval_ms = 1800000,
			       .minimum_ms = 10000,
			       .bell_ms = 200,
			       .history_ms = INT64_C(7) * 86400000}};

static struct store *
new_store(void)
{
	struct store *s = NULL;

	assert_int_equal(store_open("", STORE_MEMORY, &s, NULL), 0);
	return s;
}

static struct settings
get(struct store *s, struct arena *a)
{
	struct settings out;

	assert_int_equal(settings_get(s, &conf, a, &out, NULL), 0);
	return out;
}

static void
begins_as_configured(void **state)
{
	struct store *s = new_store();
	struct arena *a = arena_new(0);
	struct settings got = get(s, a);

	(void)state;
	assert_true(got.schedule.enabled);
	assert_false(got.schedule.suspended);
	assert_true(got.maintenance);
	assert_false(got.schedule.next_initial);
	assert_int_equal(schedule_interval(&got.schedule), 1800000);
	assert_int_equal(got.keep_ms, INT64_C(7) * 86400000);
	assert_int_equal(got.schedule.started_ms, 0);
	got = get(NULL, a);
	assert_true(got.schedule.enabled);
	(void)arena_free(a);
	(void)store_close(s);
}

static void
keeps_what_is_set(void **state)
{
	struct store *s = new_store();
	struct arena *a = arena_new(0);
	struct settings_change ch = {.interval = "2h",
	    .next = "initial",
	    .keep = "30d",
	    .cycle = "off",
	    .maintenance = "off",
	    .suspended = "on"};
	struct settings got;

	(void)state;
	assert_int_equal(settings_set(s, &conf, &ch, NULL), 0);
	got = get(s, a);
	assert_int_equal(schedule_interval(&got.schedule), 7200000);
	assert_true(got.schedule.next_initial);
	assert_int_equal(got.keep_ms, INT64_C(30) * 86400000);
	assert_false(got.schedule.enabled);
	assert_false(got.maintenance);
	assert_true(got.schedule.suspended);
	/* one alone; and back to what is configured */
	ch = (struct settings_change){.interval = "default"};
	assert_int_equal(settings_set(s, &conf, &ch, NULL), 0);
	got = get(s, a);
	assert_int_equal(schedule_interval(&got.schedule), 1800000);
	assert_false(got.schedule.enabled);
	ch = (struct settings_change){
	    .next = "delta", .keep = "off", .cycle = "on"};
	assert_int_equal(settings_set(s, &conf, &ch, NULL), 0);
	got = get(s, a);
	assert_false(got.schedule.next_initial);
	assert_int_equal(got.keep_ms, CONF_OFF);
	assert_true(got.schedule.enabled);
	(void)arena_free(a);
	(void)store_close(s);
}

static void
refuses_what_is_wrong(void **state)
{
	static const struct {
		struct settings_change ch;
		const char *text;
	} wrong[] = {
	    {{.interval = "9s"}, "not below schedule: minimum, which is 10s"},
	    {{.interval = "31d"}, "up to 30d"},
	    {{.interval = "soon"}, "not \"soon\""},
	    {{.interval = ""}, "not \"\""},
	    {{.keep = "59s"}, "from 1m"},
	    {{.keep = "x"}, "not \"x\""},
	    {{.next = "full"}, "delta or initial"},
	    {{.cycle = "yes"}, "cycle: on or off"},
	    {{.maintenance = ""}, "maintenance: on or off"},
	    {{.suspended = "ON"}, "suspended: on or off"},
	    {{.interval = "1h", .cycle = "maybe"}, "cycle: on or off"},
	};
	struct store *s = new_store();
	struct arena *a = arena_new(0);
	struct settings got;

	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct err e = {0};

		assert_int_equal(
		    settings_set(s, &conf, &wrong[i].ch, &e), ERR_INVAL);
		if (strstr(e.text, wrong[i].text) == NULL)
			fail_msg("%s", e.text);
	}
	/* all or nothing */
	got = get(s, a);
	assert_int_equal(got.schedule.custom_ms, 0);
	(void)arena_free(a);
	(void)store_close(s);
}

static void
knows_the_words(void **state)
{
	static const enum control_word all[] = {CONTROL_START_DELTA,
	    CONTROL_START_INITIAL, CONTROL_STOP, CONTROL_CHANGED,
	    CONTROL_STATUS};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		assert_int_equal(
		    control_parse(text_of(control_text(all[i]))), all[i]);
	assert_int_equal(control_parse(TEXT("")), CONTROL_NONE);
	assert_int_equal(control_parse(TEXT("stop\n")), CONTROL_NONE);
	assert_int_equal(control_parse(TEXT("stop\0")), CONTROL_NONE);
	assert_int_equal(control_parse(TEXT("start")), CONTROL_NONE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(begins_as_configured),
	    cmocka_unit_test(keeps_what_is_set),
	    cmocka_unit_test(refuses_what_is_wrong),
	    cmocka_unit_test(knows_the_words),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
