/* tests/unit/service/test_schedule.c -- when the next cycle begins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "service/schedule.h"

#define MIN INT64_C(60000)
#define DAY (INT64_C(86400) * 1000)

/* Noon of a day in 2026, and a machine that runs for ten hours. */
static const struct schedule_clock noon = {
    .wall_ms = INT64_C(1795435200000), .boot_ms = 600 * MIN};

static struct schedule
usual(void)
{
	return (struct schedule){.interval_ms = 30 * MIN,
	    .minimum_ms = MIN,
	    .bell_ms = 200,
	    .enabled = true,
	    .started_ms = noon.wall_ms - 10 * MIN,
	    .whole_ms = noon.wall_ms - 9 * MIN};
}

static struct schedule_state
ten_minutes_ago(void)
{
	return (struct schedule_state){
	    .began_ms = noon.boot_ms - 10 * MIN, .rang_ms = SCHEDULE_NEVER};
}

static void
goes_by_the_interval(void **state)
{
	struct schedule s = usual();
	struct schedule_state st = ten_minutes_ago();
	struct schedule_next n = schedule_decide(&s, &st, noon);

	(void)state;
	assert_int_equal(n.at_ms, noon.boot_ms + 20 * MIN);
	assert_int_equal(n.why, SCHEDULE_CLOCK);
	assert_false(n.initial);
	/* a person's interval goes before the configuration's */
	s.custom_ms = 12 * MIN;
	n = schedule_decide(&s, &st, noon);
	assert_int_equal(n.at_ms, noon.boot_ms + 2 * MIN);
	/* never below the minimum */
	s.custom_ms = 1000;
	assert_int_equal(schedule_interval(&s), MIN);
	s.told_ms = MIN + 1;
	assert_int_equal(schedule_interval(&s), MIN + 1);
	s.told_ms = MIN - 1;
	assert_int_equal(schedule_interval(&s), MIN);
	s.told_ms = 0;
	/* off, with and without what a person says */
	s.interval_ms = SCHEDULE_OFF;
	s.custom_ms = 0;
	n = schedule_decide(&s, &st, noon);
	assert_int_equal(n.why, SCHEDULE_NOT);
	assert_int_equal(n.at_ms, SCHEDULE_NEVER);
	s.custom_ms = 30 * MIN;
	n = schedule_decide(&s, &st, noon);
	assert_int_equal(n.at_ms, noon.boot_ms + 20 * MIN);
}

static void
can_be_switched_off(void **state)
{
	struct schedule s = usual();
	struct schedule_state st = ten_minutes_ago();

	(void)state;
	st.rang_ms = noon.boot_ms - 5 * MIN;
	s.enabled = false;
	assert_int_equal(schedule_decide(&s, &st, noon).why, SCHEDULE_NOT);
	/* a person may begin one all the same */
	st.asked = true;
	assert_int_equal(schedule_decide(&s, &st, noon).why, SCHEDULE_ASKED);
	assert_int_equal(schedule_decide(&s, &st, noon).at_ms, noon.boot_ms);
	/* but not while the configuration is being changed */
	s.suspended = true;
	assert_int_equal(schedule_decide(&s, &st, noon).why, SCHEDULE_NOT);
	s.enabled = true;
	assert_int_equal(schedule_decide(&s, &st, noon).why, SCHEDULE_NOT);
}

static void
says_which_policy(void **state)
{
	struct schedule s = usual();
	struct schedule_state st = ten_minutes_ago();

	(void)state;
	s.next_initial = true;
	assert_true(schedule_decide(&s, &st, noon).initial);
	s.next_initial = false;
	st.asked = st.asked_initial = true;
	assert_true(schedule_decide(&s, &st, noon).initial);
	st.asked_initial = false;
	assert_false(schedule_decide(&s, &st, noon).initial);
	/* what a person asked for does not outlive the asking */
	st.asked = false;
	st.asked_initial = true;
	assert_false(schedule_decide(&s, &st, noon).initial);
}

static void
needs_a_full_one_after_seven_days(void **state)
{
	struct schedule s = usual();
	struct schedule_state st = ten_minutes_ago();

	(void)state;
	s.whole_ms = noon.wall_ms - 7 * DAY;
	assert_false(schedule_decide(&s, &st, noon).initial);
	s.whole_ms--;
	assert_true(schedule_decide(&s, &st, noon).initial);
	assert_true(schedule_decide(&s, &st, noon).aged);
	/* also where a person asks for a delta */
	st.asked = true;
	assert_true(schedule_decide(&s, &st, noon).initial);
	/* a store without any cycle is not old, it is new */
	s.whole_ms = 0;
	assert_false(schedule_decide(&s, &st, noon).initial);
	/* nor one from the future: somebody set the clock back */
	s.whole_ms = noon.wall_ms + 30 * DAY;
	assert_false(schedule_decide(&s, &st, noon).initial);
}

/* The machine slept for hours: one cycle, at once, not one for each missed. */
static void
makes_up_for_sleep_once(void **state)
{
	struct schedule s = usual();
	struct schedule_state st = ten_minutes_ago();
	struct schedule_clock morning = {.wall_ms = noon.wall_ms + 600 * MIN,
	    .boot_ms = noon.boot_ms + 600 * MIN};
	struct schedule_next n = schedule_decide(&s, &st, morning);

	(void)state;
	assert_true(n.at_ms <= morning.boot_ms);
	st.began_ms = morning.boot_ms;
	n = schedule_decide(&s, &st, morning);
	assert_int_equal(n.at_ms, morning.boot_ms + 30 * MIN);
}

/* Somebody sets the wall's clock, or summer time does: nothing moves. */
static void
does_not_mind_the_wall(void **state)
{
	struct schedule s = usual();
	struct schedule_state st = ten_minutes_ago();
	struct schedule_clock now = noon;

	(void)state;
	for (int64_t hours = -48; hours <= 48; hours++) {
		now.wall_ms = noon.wall_ms + hours * 60 * MIN;
		assert_int_equal(schedule_decide(&s, &st, now).at_ms,
		    noon.boot_ms + 20 * MIN);
	}
}

static void
goes_on_after_a_restart(void **state)
{
	struct schedule_clock up = {.wall_ms = noon.wall_ms, .boot_ms = 3000};

	(void)state;
	/* the last began before the machine did: from the wall's clock */
	assert_int_equal(
	    schedule_began(noon.wall_ms - 10 * MIN, up), 3000 - 10 * MIN);
	/* the clock was set back meanwhile: an interval from now, no more */
	assert_int_equal(schedule_began(noon.wall_ms + 5 * DAY, up), 3000);
	/* never: at once, whatever the interval */
	assert_true(schedule_began(0, up) + 30 * DAY < up.boot_ms);
}

static void
answers_a_bell(void **state)
{
	struct schedule s = usual();
	struct schedule_state st = ten_minutes_ago();
	struct schedule_next n;

	(void)state;
	st.rang_ms = noon.boot_ms - 50;
	n = schedule_decide(&s, &st, noon);
	assert_int_equal(n.why, SCHEDULE_BELL);
	assert_int_equal(n.at_ms, noon.boot_ms + 150);
	/* an interval that is over first goes first */
	s.custom_ms = 10 * MIN;
	assert_int_equal(schedule_decide(&s, &st, noon).why, SCHEDULE_CLOCK);
	/* bells alone */
	s.custom_ms = 0;
	s.interval_ms = SCHEDULE_OFF;
	assert_int_equal(schedule_decide(&s, &st, noon).why, SCHEDULE_BELL);
	s.bell_ms = SCHEDULE_OFF;
	assert_int_equal(schedule_decide(&s, &st, noon).why, SCHEDULE_NOT);
}

/* What we write rings the bell of whom we wrote to: a cycle that writes
 * nothing ends it; where each writes again, they come more and more rarely. */
static void
does_not_ring_itself_for_ever(void **state)
{
	struct schedule s = usual();
	struct schedule_state st = ten_minutes_ago();
	struct schedule_outcome own = {.own_ring = true, .wrote = true};
	int64_t last = 0, pause;

	(void)state;
	st.rang_ms = noon.boot_ms;
	for (int i = 0; i < 40; i++) {
		schedule_ended(&st, &own);
		pause = schedule_decide(&s, &st, noon).at_ms - noon.boot_ms;
		assert_true(pause > last || pause == SCHEDULE_BACKOFF);
		last = pause;
	}
	assert_int_equal(last, SCHEDULE_BACKOFF);
	/* with a shorter interval that is the most */
	s.custom_ms = 2 * MIN;
	st.began_ms = noon.boot_ms;
	assert_int_equal(
	    schedule_decide(&s, &st, noon).at_ms, noon.boot_ms + 2 * MIN);
	/* a cycle for nothing, or one that others rang for, ends it */
	own.wrote = false;
	schedule_ended(&st, &own);
	assert_int_equal(
	    schedule_decide(&s, &st, noon).at_ms, noon.boot_ms + 200);
	/* one that did not come about waits too */
	schedule_ended(&st, &(struct schedule_outcome){.failed = true});
	assert_int_equal(
	    schedule_decide(&s, &st, noon).at_ms, noon.boot_ms + 400);
	schedule_ended(&st, &(struct schedule_outcome){.wrote = true});
	assert_int_equal(st.again, 0);
	/* no pause at all doubles too */
	s.bell_ms = 0;
	st.again = 1;
	assert_int_equal(
	    schedule_decide(&s, &st, noon).at_ms, noon.boot_ms + 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(goes_by_the_interval),
	    cmocka_unit_test(can_be_switched_off),
	    cmocka_unit_test(says_which_policy),
	    cmocka_unit_test(needs_a_full_one_after_seven_days),
	    cmocka_unit_test(makes_up_for_sleep_once),
	    cmocka_unit_test(does_not_mind_the_wall),
	    cmocka_unit_test(goes_on_after_a_restart),
	    cmocka_unit_test(answers_a_bell),
	    cmocka_unit_test(does_not_ring_itself_for_ever),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
