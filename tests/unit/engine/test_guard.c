/* tests/unit/engine/test_guard.c -- faults of a source, of a target, of one
 * object: each is named, and nothing is lost by it. */
#include <limits.h>

#include "lab.h"

static int
begin(void **state)
{
	*state = lab_new();
	return 0;
}

static int
end(void **state)
{
	(void)lab_free(*state);
	return 0;
}

static const struct guard_wish anna = {.who = {"anna", 4},
    .reason = {"it is meant", 11},
    .until_ms = INT64_MAX,
    .once = true};

static void
people(struct lab *l, int from, int to)
{
	for (int i = from; i < to; i++)
		lab_person(l, arena_printf(l->arena, "p%02d", i), "");
}

static void
remove_people(struct lab *l, int from, int to)
{
	for (int i = from; i < to; i++)
		fake_delete(l->dirs[AD], arena_printf(l->arena, "p%02d", i));
}

static void
detail_has(const struct lab *l, const char *part)
{
	struct text d = l->run.steps[l->run.step_count - 1].detail;

	if (memmem(d.data, d.len, part, strlen(part)) == NULL)
		fail_msg("\"%.*s\" says nothing of \"%s\"", TEXT_ARGS(d), part);
}

static void
an_empty_source_is_a_fault(void **state)
{
	struct lab *l = *state;
	bool acked = false;

	people(l, 0, 5); /* fewer than the guard's minimum */
	lab_cycle(l, 0);
	remove_people(l, 0, 5);
	lab_run(l, AD, "full-import", ERR_GUARD);
	assert_string_equal(
	    lab_result(l), "stopped-deletion-threshold-exceeded");
	detail_has(l, "0 objects were read; 5 of the 5 known");
	detail_has(l, "causeway guard ack ad --reason WHY");
	assert_int_equal(lab_counter(l, "stage-delete"), 0);
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 5);

	assert_int_equal(engine_guard_ack(l->engine, AD, &anna, &l->e), 0);
	assert_int_equal(engine_guard_acked(l->engine, AD, &acked, &l->e), 0);
	assert_true(acked);
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 0);
	assert_int_equal(engine_guard_acked(l->engine, AD, &acked, &l->e), 0);
	assert_false(acked);
}

static void
far_less_is_a_fault(void **state)
{
	struct lab *l = *state;

	people(l, 0, 30);
	lab_cycle(l, 0);
	remove_people(l, 0, 12); /* 40 %: allowed */
	lab_run(l, AD, "full-import", 0);
	assert_int_equal(lab_counter(l, "stage-delete"), 12);
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 18);
	remove_people(l, 12, 22); /* 10 of 18: not more than the minimum */
	lab_run(l, AD, "full-import", 0);
	lab_run(l, AD, "delta-sync", 0);
	people(l, 0, 22);
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	remove_people(l, 0, 13); /* 13 of 30: 43 % */
	lab_run(l, AD, "full-import", ERR_GUARD);
	detail_has(l, "13 of the 30 known");
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 30);
}

static void
a_moved_base_is_a_fault(void **state)
{
	struct lab *l = *state;

	people(l, 0, 12);
	lab_cycle(l, 0);
	l->dirs[AD]->partition = "DC=typo";
	remove_people(l, 0, 12);
	lab_run(l, AD, "full-import", ERR_GUARD);
	assert_int_equal(l->run.step_count, 1); /* nothing of it is read */
	assert_string_equal(
	    l->run.run.result.data, "stopped-deletion-threshold-exceeded");
	detail_has(l,
	    "the base of ad changed: DC=ad is no longer read, now it is "
	    "DC=typo");
	/* also where it answers, with people of its own */
	fake_put(l->dirs[AD], "user", "x", "CN=x,DC=typo", "displayName=X");
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 12);
	fake_delete(l->dirs[AD], "x");
	l->dirs[AD]->partition = "dc=AD"; /* only spelt in another way */
	people(l, 0, 12);
	lab_run(l, AD, "full-import", 0);
	assert_int_equal(lab_counter(l, "stage-no-change"), 12);
}

static void
no_partition_is_a_setting(void **state)
{
	struct lab *l = *state;

	people(l, 0, 3);
	lab_cycle(l, 0);
	l->dirs[AD]->partition = NULL;
	lab_run(l, AD, "full-import", ERR_CONFIG);
	assert_string_equal(lab_result(l), "no-start-partition-not-configured");
	assert_int_equal(fake_there(l->dirs[CLOUD]), 3);
}

/* A metaverse object whose rules fail out of turn: told once a step, and
 * looked at again in the next. */
static void
a_metaverse_object_fails_once(void **state)
{
	struct lab *l = *state;
	struct rule *r = lab_rule(l, RULE_OUTBOUND, CLOUD, 105);

	lab_types(l, r, "group", "group");
	r->link = LINK_JOIN;
	lab_flow(l, r, "description",
	    "IIF(IsNullOrEmpty([member]), Error(\"empty\"), \"x\")");
	lab_restart(l);
	lab_person(l, "anna", "");
	lab_group(l, "team", "anna");
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 0);
	/* anna goes, and the group of the metaverse loses its last member */
	lab_person(l, "anna", "adminDescription=NoSync");
	lab_run(l, AD, "full-import", 0);
	lab_run(l, AD, "delta-sync", 0);
	assert_string_equal(lab_result(l), "completed-sync-errors");
	assert_int_equal(l->run.object_errors <= 2, 1);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 2);
	lab_person(l, "anna", "");
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 0);
	assert_string_equal(lab_pending(l, CLOUD), "");
}

static void
a_lost_connection_deletes_nothing(void **state)
{
	struct lab *l = *state;

	people(l, 0, 9);
	lab_cycle(l, 0);
	l->dirs[AD]->import_stops_at = 4;
	lab_run(l, AD, "full-import", ERR_CONNECT);
	assert_string_equal(lab_result(l), "stopped-connectivity");
	assert_int_equal(lab_counter(l, "stage-delete"), 0);
	l->dirs[AD]->import_stops_at = 0;
	l->dirs[AD]->offline = true;
	lab_run(l, AD, "full-import", ERR_CONNECT);
	assert_string_equal(lab_result(l), "no-start-connection");
	/* the rest of the cycle goes on */
	lab_cycle(l, ERR_CONNECT);
	assert_int_equal(l->cycle.count > 5, 1);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 9);
}

/* Proves: model 5.5.3. */
static void
deletions_stop_before_the_first_write(void **state)
{
	struct lab *l = *state;

	people(l, 0, 40);
	lab_cycle(l, 0);
	l->guard.deletions = 5;
	l->guard.source_percent = 100;
	lab_restart(l);
	remove_people(l, 0, 6);
	lab_person(l, "p39", "title=New");
	l->dirs[CLOUD]->log[0] = '\0';
	lab_cycle(l, ERR_GUARD);
	assert_string_equal(l->dirs[CLOUD]->log, "");
	lab_run(l, CLOUD, "export", ERR_GUARD);
	assert_string_equal(
	    lab_result(l), "stopped-deletion-threshold-exceeded");
	detail_has(l, "6 deletions");
	l->guard.deletions = 6;
	lab_restart(l);
	lab_run(l, CLOUD, "export", 0);
	assert_int_equal(lab_counter(l, "export-delete"), 6);
	assert_int_equal(lab_counter(l, "export-update"), 1);
}

/* With the share off, an empty answer still stops, and the text has no number
 * that nobody set. */
static void
the_share_is_off(void **state)
{
	struct lab *l = *state;

	people(l, 0, 20);
	lab_cycle(l, 0);
	l->guard.source_percent = UINT_MAX;
	lab_restart(l);
	remove_people(l, 0, 20);
	lab_run(l, AD, "full-import", ERR_GUARD);
	detail_has(l, "the guard allows any share, and never an empty answer");
}

static void
staging_sends_nothing(void **state)
{
	struct lab *l = *state;

	l->staging = true;
	lab_restart(l);
	people(l, 0, 3);
	lab_cycle(l, 0);
	assert_int_equal(l->dirs[CLOUD]->exports, 0);
	lab_run(l, CLOUD, "export", ERR_REFUSED);
	assert_string_equal(
	    lab_pending(l, CLOUD), "add CN=p00\nadd CN=p01\nadd CN=p02\n");
	l->staging = false;
	lab_restart(l);
	lab_run(l, CLOUD, "export", 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 3);
}

static void
two_objects_with_one_anchor(void **state)
{
	struct lab *l = *state;

	people(l, 0, 3);
	lab_cycle(l, 0);
	fake_delete(l->dirs[AD], "p02");
	fake_put(l->dirs[AD], "user", "twin", "CN=twin,DC=ad", "displayName=t");
	l->dirs[AD]->objects[3].anchor = TEXT("p01");
	lab_run(l, AD, "full-import", 0);
	assert_string_equal(lab_result(l), "completed-discovery-errors");
	assert_int_equal(lab_counter(l, "stage-failure"), 1);
	assert_int_equal(lab_counter(l, "stage-delete"), 0);
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 3);
}

static struct object_error
only_error(struct lab *l, int connector)
{
	struct error_query q = {
	    .connector = l->connectors[connector].id, .max = 10};
	struct object_error *list = NULL;
	size_t n = 0;

	assert_int_equal(
	    error_list(l->store, l->arena, &q, &list, &n, &l->e), 0);
	assert_int_equal(n, 1);
	return list[0];
}

static void
joins_that_disagree(void **state)
{
	struct lab *l = *state;
	struct rule *r = lab_rule(l, RULE_INBOUND, AD, 90);

	r->link = LINK_JOIN;
	lab_join(l, r, "mail", "mail");
	lab_restart(l);
	lab_person(l, "anna", "mail=a@x");
	lab_person(l, "bob", "mail=b@x");
	lab_cycle(l, 0);
	/* the anchor of anna, the mail of bob */
	fake_put(l->dirs[LDAP], "user", "x", "CN=x,O=x", "");
	fake_put(l->dirs[AD], "user", "new", "CN=new,DC=ad",
	    "employeeID=anna;mail=b@x");
	lab_run(l, AD, "full-import", 0);
	lab_run(l, AD, "delta-sync", 0);
	assert_string_equal(lab_result(l), "completed-sync-errors");
	assert_string_equal(
	    only_error(l, AD).type.data, "sync-rule-multiple-join-rules");
	assert_string_equal(only_error(l, AD).algorithm_step.data, "join");
}

static void
an_error_is_of_one_object(void **state)
{
	struct lab *l = *state;
	struct rule *r = lab_rule(l, RULE_INBOUND, AD, 95);

	r->link = LINK_JOIN;
	lab_flow(l, r, "description",
	    "IIF([title] = \"Bad\", Error(\"no such title\"), [title])");
	lab_restart(l);
	people(l, 0, 3);
	lab_person(l, "p01", "title=Bad");
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 1);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 2);
	assert_string_equal(
	    only_error(l, AD).type.data, "sync-rule-error-function-triggered");
	lab_person(l, "p01", "title=Good");
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 3);
	/* and an object that was fine keeps its last good state */
	lab_person(l, "p02", "title=Bad;mail=m@x");
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 1);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 3);
	assert_string_equal(lab_pending(l, CLOUD), "");
}

/* One that fails in a late batch takes nothing of the batches before it. */
static void
an_error_in_a_late_batch(void **state)
{
	struct lab *l = *state;
	struct rule *r = lab_rule(l, RULE_INBOUND, AD, 95);

	r->link = LINK_JOIN;
	lab_flow(l, r, "description",
	    "IIF([title] = \"Bad\", Error(\"no such title\"), [title])");
	lab_restart(l);
	for (int i = 0; i < 1300; i++)
		lab_person(l, arena_printf(l->arena, "q%04d", i),
		    i == 1200 ? "title=Bad" : "");
	lab_run(l, AD, "full-import", 0);
	lab_run(l, AD, "full-sync", 0);
	assert_string_equal(lab_result(l), "completed-sync-errors");
	assert_int_equal(lab_counter(l, "disconnector-projected-flow"), 1299);
	assert_int_equal(lab_counter(l, "flow-failure"), 1);
	lab_run(l, CLOUD, "export", 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 1299);
}

static void
a_refused_export_waits(void **state)
{
	struct lab *l = *state;

	people(l, 0, 5);
	l->dirs[CLOUD]->refuse = "p03";
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 1);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 4);
	assert_int_equal(l->dirs[CLOUD]->items, 5);
	assert_string_equal(lab_pending(l, CLOUD), "add CN=p03\n");
	assert_string_equal(
	    only_error(l, CLOUD).type.data, "AttributeValueMustBeUnique");
	l->dirs[CLOUD]->refuse = NULL;
	lab_run(l, CLOUD, "export", 0);
	assert_string_equal(lab_result(l), "success");
	assert_int_equal(fake_there(l->dirs[CLOUD]), 5);
	assert_string_equal(lab_pending(l, CLOUD), "");
}

static void
what_cannot_be_written_is_counted_once(void **state)
{
	struct lab *l = *state;

	people(l, 0, 3);
	lab_group(l, "team", "p00 p01");
	l->dirs[CLOUD]->never = "group";
	assert_string_equal(lab_pending(l, CLOUD), "");
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 3);
	assert_string_equal(lab_pending(l, CLOUD), "");
	lab_run(l, CLOUD, "export", 0);
	assert_int_equal(l->dirs[CLOUD]->items, 3);
	/* its next change asks again */
	l->dirs[CLOUD]->never = NULL;
	lab_group(l, "team", "p00 p01 p02");
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 4);
}

/* The nth item is done without an answer, or lost without one. */
static void
no_answer(struct lab *l, size_t n, bool done)
{
	struct fake *c = l->dirs[CLOUD];

	people(l, 0, 5);
	lab_group(l, "team", "p00 p01 p02");
	if (done)
		c->uncertain_at = n;
	else
		c->lost_at = n;
	lab_cycle(l, 0);
	lab_run(l, CLOUD, "export", 0);
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	assert_int_equal(fake_there(c), 6);
	lab_cloud_is(l,
	    "group CN=team: displayName=team member=CN=p00|CN=p01|CN=p02"
	    " sourceAnchor=team\n"
	    "user CN=p00: displayName=p00 sourceAnchor=p00\n"
	    "user CN=p01: displayName=p01 sourceAnchor=p01\n"
	    "user CN=p02: displayName=p02 sourceAnchor=p02\n"
	    "user CN=p03: displayName=p03 sourceAnchor=p03\n"
	    "user CN=p04: displayName=p04 sourceAnchor=p04\n");
	assert_string_equal(lab_pending(l, CLOUD), "");
}

static void
exports_without_an_answer(void **state)
{
	(void)state;
	for (size_t n = 1; n < 8; n++)
		for (int done = 0; done < 2; done++) {
			struct lab *l = lab_new();

			no_answer(l, n, done != 0);
			(void)lab_free(l);
		}
}

static void
export_reads_back_first(void **state)
{
	struct lab *l = *state;

	people(l, 0, 5);
	l->dirs[CLOUD]->uncertain_at = 2;
	lab_cycle(l, 0);
	lab_run(l, CLOUD, "export", 0);
	assert_int_equal(l->run.step_count, 2);
	assert_string_equal(l->run.steps[0].type.data, "full-import");
	assert_int_equal(l->dirs[CLOUD]->items, 5);
	l->dirs[CLOUD]->lost_at = 6;
	lab_person(l, "p01", "title=New");
	lab_cycle(l, 0);
	l->dirs[CLOUD]->offline = true;
	lab_run(l, CLOUD, "export", ERR_CONNECT);
	assert_non_null(strstr(l->run.err.text, "sent without an answer"));
	l->dirs[CLOUD]->offline = false;
	lab_run(l, CLOUD, "export", 0);
	assert_non_null(
	    strstr(fake_dump(l->dirs[CLOUD], l->arena), "title=New"));
}

static void
stops_when_asked(void **state)
{
	struct lab *l = *state;

	people(l, 0, 9);
	l->cancel = true;
	lab_run(l, AD, "full-import", ERR_CANCELLED);
	assert_string_equal(
	    lab_result(l), "stopped-user-termination-from-wmi-or-ui");
	lab_cycle(l, ERR_CANCELLED);
	l->cancel = false;
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 9);
}

/* The target had it before, and takes the add for it. */
static void
adopted_by_the_target(void **state)
{
	struct lab *l = *state;

	fake_put(l->dirs[CLOUD], "user", "c1", "CN=p01", "displayName=Old");
	l->dirs[CLOUD]->adopt = true;
	people(l, 0, 3);
	/* not joined by the rules: the add is sent before it is known */
	lab_run(l, AD, "full-import", 0);
	lab_run(l, AD, "full-sync", 0);
	lab_run(l, CLOUD, "export", 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 3);
	for (int i = 0; i < 3; i++)
		lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 3);
	assert_string_equal(lab_pending(l, CLOUD), "");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_empty_source_is_a_fault),
	    TEST(far_less_is_a_fault),
	    TEST(a_moved_base_is_a_fault),
	    TEST(no_partition_is_a_setting),
	    TEST(a_metaverse_object_fails_once),
	    TEST(a_lost_connection_deletes_nothing),
	    TEST(deletions_stop_before_the_first_write),
	    TEST(the_share_is_off),
	    TEST(staging_sends_nothing),
	    TEST(two_objects_with_one_anchor),
	    TEST(joins_that_disagree),
	    TEST(an_error_is_of_one_object),
	    TEST(an_error_in_a_late_batch),
	    TEST(a_refused_export_waits),
	    TEST(what_cannot_be_written_is_counted_once),
	    cmocka_unit_test(exports_without_an_answer),
	    TEST(export_reads_back_first),
	    TEST(stops_when_asked),
	    TEST(adopted_by_the_target),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
