/* tests/unit/engine/test_limit.c -- the error limit, what is kept and for how
 * long, and what has to be done in full. */
#include "base/clock.h"
#include "engine/need.h"
#include "lab.h"
#include "store/step.h"

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
	clock_set_ms(-1);
	return 0;
}

static size_t
errors_of(struct lab *l, int64_t step)
{
	struct error_query q = {.step = step, .max = 10000};
	struct object_error *list = NULL;
	size_t n = 0;

	assert_int_equal(
	    error_list(l->store, l->arena, &q, &list, &n, &l->e), 0);
	return n;
}

/* One error more than the limit ends the step; the records stay.
 * Proves: model 5.5.4. */
static void
too_many_errors(void **state)
{
	struct lab *l = *state;
	struct rule *r = lab_rule(l, RULE_INBOUND, AD, 99);
	char id[16];

	lab_flow(l, r, "displayName", "Error(\"no\")");
	lab_restart(l);
	for (unsigned i = 0; i < STEP_MAX_ERRORS + 100; i++) {
		(void)snprintf(id, sizeof(id), "p%u", i);
		lab_person(l, id, "");
	}
	lab_run(l, AD, "full-import", 0);
	lab_run(l, AD, "delta-sync", ERR_LIMIT);
	assert_string_equal(lab_result(l), "stopped-error-limit");
	assert_int_equal(lab_counter(l, "flow-failure"), STEP_MAX_ERRORS + 1);
	assert_int_equal(errors_of(l, l->run.steps[0].id), STEP_MAX_ERRORS + 1);
	assert_int_equal(errors_of(l, 0), STEP_MAX_ERRORS + 1);
}

static size_t
runs_kept(struct lab *l)
{
	struct history_page page = {.max = 1000};
	struct run_record *list = NULL;
	size_t n = 0;

	assert_int_equal(
	    run_list(l->store, l->arena, &page, &list, &n, &l->e), 0);
	return n;
}

/* Proves: model 5.0.2. */
static void
old_runs_are_forgotten(void **state)
{
	const int64_t day = INT64_C(86400000);
	struct lab *l = *state;

	clock_set_ms(100 * day);
	l->history_ms = 7 * day;
	lab_restart(l);
	lab_person(l, "anna", "");
	lab_cycle(l, 0);
	/* two connectors are read alone: nothing waits for them */
	assert_int_equal(runs_kept(l), 7);
	clock_set_ms(106 * day);
	lab_cycle(l, 0);
	assert_int_equal(runs_kept(l), 14);
	clock_set_ms(108 * day);
	lab_cycle(l, 0);
	assert_int_equal(runs_kept(l), 14);
}

static const char *
cycle_profile(struct lab *l, size_t run)
{
	lab_cycle(l, 0);
	return l->cycle.runs[run].run.profile.data;
}

static struct engine_needs
needs(struct lab *l, int connector)
{
	struct engine_needs n;

	assert_int_equal(
	    engine_needs(l->engine, (size_t)connector, l->arena, &n, &l->e), 0);
	return n;
}

/* An attribute more to read needs a full import; one less does not.
 * Proves: model 5.4.1. */
static void
more_to_read(void **state)
{
	struct lab *l = *state;
	struct rule *r = &l->rules[0];

	l->connectors[AD].kind = &fake_reads_kind;
	l->dirs[AD]->tells = true;
	lab_restart(l);
	lab_person(l, "anna", "");
	lab_cycle(l, 0);
	assert_string_equal(cycle_profile(l, 0), "delta-import");
	assert_int_equal(needs(l, AD).full_import.len, 0);
	lab_flow(l, r, "description", "[department]");
	lab_restart(l);
	assert_string_equal(needs(l, AD).full_import.data,
	    "attribute department was not read until now");
	assert_string_equal(
	    needs(l, AD).full_sync.data, "rules or parameters changed");
	assert_int_equal(needs(l, CLOUD).full_sync.len, 0);
	assert_string_equal(cycle_profile(l, 0), "full-import");
	assert_string_equal(l->cycle.runs[3].run.profile.data, "full-sync");
	assert_int_equal(needs(l, AD).full_import.len, 0);
	assert_int_equal(needs(l, AD).full_sync.len, 0);
	r->flow_count--;
	lab_restart(l);
	assert_int_equal(needs(l, AD).full_import.len, 0);
	assert_string_equal(cycle_profile(l, 0), "delta-import");
	assert_string_equal(l->cycle.runs[3].run.profile.data, "full-sync");
}

/* A container that is chosen, or is no longer.
 * Proves: model 5.4.1. */
static void
other_containers(void **state)
{
	struct lab *l = *state;
	struct text containers[] = {TEXT("OU=A,DC=ad"), TEXT("OU=B,DC=ad")};
	struct conf_partition p = {
	    .dn = TEXT("DC=ad"), .include = {containers, 2}};

	l->connectors[AD].kind = &fake_reads_kind;
	l->dirs[AD]->tells = true;
	l->dirs[AD]->conf.ldap.partitions =
	    (struct conf_partitions){.items = &p, .count = 1};
	lab_restart(l);
	lab_person(l, "anna", "");
	lab_cycle(l, 0);
	assert_int_equal(needs(l, AD).full_import.len, 0);
	containers[1] = TEXT("OU=C,DC=ad");
	assert_string_equal(needs(l, AD).full_import.data,
	    "include OU=C,DC=ad was not read until now");
	p.include.count = 1;
	assert_string_equal(needs(l, AD).full_import.data,
	    "include OU=B,DC=ad is no longer set");
	assert_string_equal(cycle_profile(l, 0), "full-import");
	assert_string_equal(cycle_profile(l, 0), "delta-import");
}

/* A filter that is set, changed or taken away: what it leaves out now, or does
 * no longer, no delta tells.
 * Proves: model 5.4.1. */
static void
other_filter(void **state)
{
	struct lab *l = *state;
	struct conf_partition p = {.dn = TEXT("DC=ad")};
	struct conf_ldap *conf = &l->dirs[AD]->conf.ldap;

	l->connectors[AD].kind = &fake_reads_kind;
	l->dirs[AD]->tells = true;
	conf->partitions = (struct conf_partitions){.items = &p, .count = 1};
	lab_restart(l);
	lab_person(l, "anna", "");
	lab_cycle(l, 0);
	assert_int_equal(needs(l, AD).full_import.len, 0);
	conf->filter = TEXT("(mail=*)");
	assert_string_equal(
	    needs(l, AD).full_import.data, "filter (mail=*) is new");
	assert_string_equal(cycle_profile(l, 0), "full-import");
	assert_string_equal(cycle_profile(l, 0), "delta-import");
	conf->filter = TEXT("(sn=*)");
	assert_string_equal(
	    needs(l, AD).full_import.data, "filter (sn=*) is new");
	assert_string_equal(cycle_profile(l, 0), "full-import");
	p.filter = TEXT("(cn=*)");
	assert_string_equal(
	    needs(l, AD).full_import.data, "filter of DC=ad: (cn=*) is new");
	assert_string_equal(cycle_profile(l, 0), "full-import");
	p.filter = TEXT("");
	assert_string_equal(needs(l, AD).full_import.data,
	    "filter of DC=ad: (cn=*) is no longer set");
	assert_string_equal(cycle_profile(l, 0), "full-import");
	assert_string_equal(cycle_profile(l, 0), "delta-import");
}

/* Proves: model 5.4.1. */
static void
put_off_and_asked_for(void **state)
{
	struct lab *l = *state;
	struct rule *r = &l->rules[0];

	l->connectors[AD].kind = &fake_reads_kind;
	l->dirs[AD]->tells = true;
	lab_restart(l);
	lab_person(l, "anna", "");
	lab_cycle(l, 0);
	lab_flow(l, r, "description", "[department]");
	lab_restart(l);
	assert_int_equal(
	    engine_require(l->engine, AD, ENGINE_FULL_IMPORT, false, &l->e), 0);
	assert_int_equal(
	    engine_require(l->engine, AD, ENGINE_FULL_SYNC, false, &l->e), 0);
	assert_true(needs(l, AD).import_deferred);
	assert_true(needs(l, AD).sync_deferred);
	assert_string_equal(cycle_profile(l, 0), "delta-import");
	assert_string_equal(l->cycle.runs[3].run.profile.data, "delta-sync");
	/* another change is another question */
	lab_flow(l, r, "cloudName", "[cloudName]");
	lab_restart(l);
	assert_false(needs(l, AD).import_deferred);
	assert_false(needs(l, AD).sync_deferred);
	assert_string_equal(cycle_profile(l, 0), "full-import");
	assert_string_equal(cycle_profile(l, 0), "delta-import");
	assert_int_equal(
	    engine_require(l->engine, AD, ENGINE_FULL_IMPORT, true, &l->e), 0);
	assert_string_equal(needs(l, AD).full_import.data, "asked for by hand");
	assert_string_equal(cycle_profile(l, 0), "full-import");
	assert_string_equal(cycle_profile(l, 0), "delta-import");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(too_many_errors, begin, end),
	    cmocka_unit_test_setup_teardown(old_runs_are_forgotten, begin, end),
	    cmocka_unit_test_setup_teardown(more_to_read, begin, end),
	    cmocka_unit_test_setup_teardown(other_containers, begin, end),
	    cmocka_unit_test_setup_teardown(other_filter, begin, end),
	    cmocka_unit_test_setup_teardown(put_off_and_asked_for, begin, end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
