/* tests/unit/engine/test_limits.c -- limits on each kind of change: the slice
 * beyond one is held and the rest goes; what is within one is never held;
 * limits are learned from what earlier exports did. */
#include "engine/export/limits.h"
#include "lab.h"

static const struct guard_wish anna = {.who = {"anna", 4},
    .reason = {"it is meant", 11},
    .until_ms = INT64_MAX,
    .once = true};

static int
begin(void **state)
{
	struct lab *l = lab_new();

	l->guard.source_percent = 100;
	l->guard.attribute_percent = 0;
	l->guard.change_minimum = 10;
	lab_restart(l);
	*state = l;
	return 0;
}

static int
end(void **state)
{
	(void)lab_free(*state);
	return 0;
}

static void
people(struct lab *l, int from, int to, const char *more)
{
	for (int i = from; i < to; i++)
		lab_person(l, arena_printf(l->arena, "p%04d", i), more);
}

static void
remove_people(struct lab *l, int from, int to)
{
	for (int i = from; i < to; i++)
		fake_delete(l->dirs[AD], arena_printf(l->arena, "p%04d", i));
}

static size_t
with(const struct lab *l, const char *part)
{
	const char *at = fake_dump(l->dirs[CLOUD], l->arena);
	size_t n = 0;

	while ((at = strstr(at, part)) != NULL) {
		n++;
		at++;
	}
	return n;
}

static void
limit(struct lab *l, enum limit_kind kind, int64_t count)
{
	struct guard_limit *k = arena_alloc(l->arena, sizeof(*k));

	assert_non_null(k);
	*k = (struct guard_limit){.change = (int)kind,
	    .count = count,
	    .percent = -1,
	    .from = TEXT("a test")};
	l->guard.limits = k;
	l->guard.limit_count = 1;
	lab_restart(l);
}

static void
says(const struct lab *l, const char *part)
{
	if (strstr(l->cycle.err.text, part) == NULL)
		fail_msg(
		    "\"%s\" says nothing of \"%s\"", l->cycle.err.text, part);
}

static void
deletes_beyond_a_limit_are_held(void **state)
{
	struct lab *l = *state;

	people(l, 0, 40, "");
	lab_cycle(l, 0);
	limit(l, LIMIT_DELETE, 5);
	remove_people(l, 0, 6);
	people(l, 30, 31, "title=New");
	lab_cycle(l, ERR_GUARD);
	says(l, "6 user objects would be deleted, as their source is gone in "
		"cloud, allowed are 5 (a test)");
	assert_int_equal(fake_there(l->dirs[CLOUD]), 40);
	assert_int_equal(with(l, "title=New"), 1);
	people(l, 0, 1, ""); /* one is back: five are within the limit */
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 35);
}

/* It is in its directory, and a rule leaves it out: another kind. */
static void
leaving_the_scope_is_told_apart(void **state)
{
	struct lab *l = *state;

	people(l, 0, 40, "");
	lab_cycle(l, 0);
	limit(l, LIMIT_LEAVE_SCOPE, 5);
	people(l, 0, 6, "title=Hidden");
	remove_people(l, 30, 37);
	lab_cycle(l, ERR_GUARD);
	says(l, "6 user objects would be deleted, as they left the scope");
	assert_int_equal(fake_there(l->dirs[CLOUD]), 33);
	assert_int_equal(engine_guard_ack(l->engine, CLOUD, &anna, &l->e), 0);
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 27);
}

static void
members_leave_groups(void **state)
{
	struct lab *l = *state;

	people(l, 0, 8, "");
	lab_group(l, "team", "p0000 p0001 p0002 p0003 p0004 p0005 p0006");
	lab_group(l, "duo", "p0000 p0001");
	lab_cycle(l, 0);
	limit(l, LIMIT_LOSE_GROUP, 3);
	lab_group(l, "team", "p0000 p0007");
	lab_cycle(l, ERR_GUARD);
	says(l, "6 members of group objects would be removed in cloud");
	/* the new one came, none went */
	assert_int_equal(with(l, "|CN=p0007"), 1);
	assert_int_equal(with(l, "CN=p0006|"), 1);
	lab_group(l, "team", "p0000 p0001 p0002 p0003 p0007");
	lab_cycle(l, 0);
	assert_int_equal(with(l, "CN=p0006|"), 0);
}

/* What an export sent is there, though no import has seen it yet. */
static void
unconfirmed_ones_count(void **state)
{
	struct lab *l = *state;

	l->guard.change_percent = 40;
	lab_restart(l);
	people(l, 0, 50, "title=T");
	lab_group(l, "team",
	    "p0000 p0001 p0002 p0003 p0004 p0005 p0006 p0007 p0008 p0009 "
	    "p0010 p0011 p0012 p0013 p0014 p0015 p0016 p0017 p0018 p0019 "
	    "p0020 p0021 p0022 p0023 p0024 p0025 p0026 p0027 p0028 p0029");
	lab_run(l, AD, "full-import", 0);
	lab_run(l, AD, "full-sync", 0);
	lab_run(l, CLOUD, "export", 0);
	people(l, 0, 15, "");
	lab_group(l, "team",
	    "p0000 p0001 p0002 p0003 p0004 p0005 p0006 p0007 p0008 p0009 "
	    "p0010 p0011 p0012 p0013 p0014 p0015 p0016 p0017");
	lab_run(l, AD, "full-import", 0);
	lab_run(l, AD, "delta-sync", 0);
	lab_run(l, CLOUD, "export", 0);
	assert_int_equal(lab_counter(l, "export-held"), 0);
	assert_int_equal(with(l, "title=T"), 35);
	assert_int_equal(with(l, "CN=p0018|"), 0);
	/* twelve of the eighteen that are left are two thirds */
	lab_group(l, "team", "p0000 p0001 p0002 p0003 p0004 p0005");
	lab_run(l, AD, "full-import", 0);
	lab_run(l, AD, "delta-sync", 0);
	lab_run(l, CLOUD, "export", ERR_GUARD);
	assert_int_equal(lab_counter(l, "export-held"), 1);
	assert_non_null(strstr(lab_pending(l, CLOUD), " member+0-12\n"));
}

static void
an_attribute_is_blanked_by_a_rule(void **state)
{
	struct lab *l = *state;

	l->guard.change_percent = 40;
	lab_restart(l);
	people(l, 0, 40, "title=T;mail=a@b");
	lab_cycle(l, 0);
	/* 16 of 40 is 40 %: within */
	people(l, 0, 16, "mail=a@b");
	lab_cycle(l, 0);
	assert_int_equal(with(l, "title=T"), 24);
	people(l, 16, 40, "mail=c@d");
	lab_cycle(l, ERR_GUARD);
	says(l, "24 of 24 user objects would lose title in cloud, allowed are "
		"40 % (change_percent)");
	assert_int_equal(with(l, "title=T"), 24);
	assert_int_equal(with(l, "mail=c@d"), 24);
	assert_non_null(strstr(lab_pending(l, CLOUD), "title"));
	assert_int_equal(engine_guard_ack(l->engine, CLOUD, &anna, &l->e), 0);
	lab_cycle(l, 0);
	assert_int_equal(with(l, "title=T"), 0);
}

/* ---- Learned ---- */

#define ALL 400

static void
thirty_runs(struct lab *l)
{
	people(l, 0, ALL, "");
	lab_cycle(l, 0);
	for (int run = 0; run < 30; run++) {
		int n = run == 17 ? 9 : 1 + run % 3;

		remove_people(l, 0, n);
		lab_cycle(l, 0);
		people(l, 0, n, "");
		lab_cycle(l, 0);
	}
	assert_int_equal(fake_there(l->dirs[CLOUD]), ALL);
}

/* Largest 9, so 27 go and 28 do not. */
static void
thirty_runs_stop_the_next(void **state)
{
	struct lab *l = *state;

	l->guard.learn = 10;
	l->guard.change_percent = 40;
	lab_restart(l);
	thirty_runs(l);
	remove_people(l, 0, 28);
	lab_cycle(l, ERR_GUARD);
	says(l, "28 of 400 user objects would be deleted");
	says(l, "allowed are 27 and 40 % (learned from 61 exports: median 2, "
		"largest 9)");
	assert_int_equal(fake_there(l->dirs[CLOUD]), ALL);
	people(l, 0, 1, "");
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), ALL - 27);
}

/* What had to be allowed is not learned from. */
static void
an_exception_teaches_nothing(void **state)
{
	struct lab *l = *state;
	struct guard_limit_view *list = NULL;
	size_t n = 0;

	l->guard.learn = 10;
	lab_restart(l);
	thirty_runs(l);
	remove_people(l, 0, 100);
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(engine_guard_ack(l->engine, CLOUD, &anna, &l->e), 0);
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), ALL - 100);
	assert_int_equal(
	    engine_guard_limits(l->engine, CLOUD, l->arena, &list, &n, &l->e),
	    0);
	assert_string_equal(list[0].change, "delete");
	assert_int_equal(list[0].count, 27);
	assert_int_equal(list[0].largest, 9);
	assert_int_equal(list[0].median, 2);
}

/* An acknowledgement of the source is enough for what follows from it. */
static void
one_acknowledgement_is_enough(void **state)
{
	struct lab *l = *state;

	l->guard.source_percent = 40;
	l->guard.source_minimum = 10;
	limit(l, LIMIT_DELETE, 5);
	people(l, 0, 40, "");
	lab_cycle(l, 0);
	remove_people(l, 0, 20);
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(engine_guard_ack(l->engine, AD, &anna, &l->e), 0);
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 20);
	/* and for no more than that */
	remove_people(l, 20, 28);
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 20);
}

/* ---- Random directories ---- */

static unsigned seed;

static unsigned
dice(unsigned n)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 16) % n;
}

/* Deletes, losses of two attributes, all with random limits, against numbers
 * that were counted here: a kind beyond its limit sends nothing of it, and one
 * within sends all. */
static void
one_world(unsigned n)
{
	struct lab *l = lab_new();
	struct guard_limit k[3] = {
	    {.change = LIMIT_DELETE, .percent = -1, .from = TEXT("t")},
	    {.change = LIMIT_LOSE_ATTRIBUTE,
		.attribute = TEXT("title"),
		.percent = -1,
		.from = TEXT("t")},
	    {.change = LIMIT_LOSE_ATTRIBUTE,
		.attribute = TEXT("mail"),
		.percent = -1,
		.from = TEXT("t")}};
	int64_t done[3] = {0}, before[3], after[3];
	bool beyond = false;

	seed = n;
	l->guard.source_percent = 100;
	l->guard.attribute_percent = 0;
	l->guard.limits = k;
	l->guard.limit_count = 3;
	lab_restart(l);
	people(l, 0, 60, "title=T;mail=a@b");
	lab_cycle(l, 0);
	for (int i = 0; i < 3; i++)
		k[i].count = (int64_t)dice(8);
	for (int i = 0; i < 60; i++) {
		unsigned what = dice(16);

		if (what >= 3)
			continue;
		done[what]++;
		if (what == 0)
			remove_people(l, i, i + 1);
		else
			people(l, i, i + 1, what == 1 ? "mail=a@b" : "title=T");
	}
	before[0] = (int64_t)fake_there(l->dirs[CLOUD]);
	for (int i = 0; i < 3; i++)
		beyond = beyond || done[i] > k[i].count;
	lab_cycle(l, beyond ? ERR_GUARD : 0);
	after[0] = before[0] - (int64_t)fake_there(l->dirs[CLOUD]);
	after[1] = 60 - after[0] - (int64_t)with(l, "title=T");
	after[2] = 60 - after[0] - (int64_t)with(l, "mail=a@b");
	for (int i = 0; i < 3; i++)
		assert_int_equal(after[i], done[i] > k[i].count ? 0 : done[i]);
	(void)lab_free(l);
}

static void
random_directories(void **state)
{
	struct lab_seeds all = lab_seeds(60);

	(void)state;
	for (uint32_t s = all.first; s < all.end; s++)
		one_world(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(deletes_beyond_a_limit_are_held),
	    TEST(leaving_the_scope_is_told_apart),
	    TEST(members_leave_groups),
	    TEST(unconfirmed_ones_count),
	    TEST(an_attribute_is_blanked_by_a_rule),
	    TEST(thirty_runs_stop_the_next),
	    TEST(an_exception_teaches_nothing),
	    TEST(one_acknowledgement_is_enough),
	    cmocka_unit_test(random_directories),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
