/* tests/unit/engine/test_cycle.c -- changes of a source arrive in its targets,
 * and nothing else does. */
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

static void
company(struct lab *l)
{
	lab_person(l, "anna", "mail=anna@x;manager=@CN=bob,OU=People,DC=ad");
	lab_person(l, "bob", "mail=bob@x;proxyAddresses=a|b");
	lab_group(l, "team", "anna bob crew");
	lab_group(l, "crew", "bob team");
}

static const char company_there[] =
    "group CN=crew: displayName=crew member=CN=bob|CN=team"
    " sourceAnchor=crew\n"
    "group CN=team: displayName=team member=CN=anna|CN=bob|CN=crew"
    " sourceAnchor=team\n"
    "user CN=anna: displayName=anna mail=anna@x manager=CN=bob"
    " sourceAnchor=anna\n"
    "user CN=bob: displayName=bob mail=bob@x proxyAddresses=a|b"
    " sourceAnchor=bob\n";

/* Nothing waits, and a cycle sends nothing. */
static void
is_idle(struct lab *l)
{
	size_t cloud = l->dirs[CLOUD]->items, ldap = l->dirs[LDAP]->items;

	assert_string_equal(lab_pending(l, CLOUD), "");
	assert_string_equal(lab_pending(l, LDAP), "");
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 0);
	assert_int_equal(l->dirs[CLOUD]->items, cloud);
	assert_int_equal(l->dirs[LDAP]->items, ldap);
}

static void
settle(struct lab *l)
{
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	is_idle(l);
	l->dirs[CLOUD]->log[0] = '\0';
	l->dirs[LDAP]->log[0] = '\0';
}

static void
first_cycle_then_nothing(void **state)
{
	struct lab *l = *state;

	company(l);
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 0);
	lab_cloud_is(l, company_there);
	is_idle(l);
	is_idle(l);
	lab_run(l, AD, "full-sync", 0);
	assert_string_equal(lab_result(l), "success");
	assert_int_equal(lab_counter(l, "connector-no-flow") > 0, 1);
	is_idle(l);
	lab_cloud_is(l, company_there);
}

static void
values_change(void **state)
{
	struct lab *l = *state;

	company(l);
	settle(l);
	lab_person(l, "anna", "mail=a2@x;title=Boss");
	lab_person(l, "bob", "proxyAddresses=b|c");
	lab_run(l, AD, "full-import", 0);
	assert_int_equal(lab_counter(l, "stage-update"), 2);
	assert_int_equal(lab_counter(l, "stage-no-change"), 2);
	lab_run(l, AD, "delta-sync", 0);
	assert_string_equal(lab_pending(l, CLOUD),
	    "update CN=anna mail+1-1 title+1-0 manager+0-1\n"
	    "update CN=bob mail+0-1 proxyAddresses+1-1\n");
	lab_run(l, CLOUD, "export", 0);
	assert_string_equal(l->dirs[CLOUD]->log,
	    "update CN=anna mail+1-1 title+1-0 manager+0-1\n"
	    "update CN=bob mail+0-1 proxyAddresses+1-1\n");
	is_idle(l);
	is_idle(l);
}

static void
members_are_single_rows(void **state)
{
	struct lab *l = *state;

	company(l);
	lab_person(l, "carl", "");
	settle(l);
	lab_group(l, "team", "anna carl crew");
	lab_cycle(l, 0);
	assert_string_equal(l->dirs[CLOUD]->log, "update CN=team member+1-1\n");
	is_idle(l);
}

static void
renames_and_moves(void **state)
{
	struct lab *l = *state;

	lab_person(l, "anna", "title=Staff");
	settle(l);
	lab_dir_is(l, LDAP, "user CN=anna,O=x: displayName=anna\n");
	fake_put(l->dirs[AD], "user", "anna", "CN=anna,OU=Other,DC=ad",
	    "employeeID=anna;displayName=Anne;title=Staff");
	lab_run(l, AD, "full-import", 0);
	assert_int_equal(lab_counter(l, "stage-rename"), 1);
	lab_cycle(l, 0);
	assert_string_equal(
	    l->dirs[LDAP]->log, "rename CN=anna,O=x displayName+1-1\n");
	lab_dir_is(l, LDAP, "user CN=Anne,O=x: displayName=Anne\n");
	is_idle(l);
	is_idle(l);
}

static void
deletes(void **state)
{
	struct lab *l = *state;

	company(l);
	settle(l);
	fake_delete(l->dirs[AD], "bob");
	/* the directory takes the links away with it */
	lab_person(l, "anna", "mail=anna@x");
	lab_group(l, "team", "anna crew");
	lab_group(l, "crew", "team");
	lab_cycle(l, 0);
	lab_cloud_is(l,
	    "group CN=crew: displayName=crew member=CN=team"
	    " sourceAnchor=crew\n"
	    "group CN=team: displayName=team member=CN=anna|CN=crew"
	    " sourceAnchor=team\n"
	    "user CN=anna: displayName=anna mail=anna@x sourceAnchor=anna\n");
	is_idle(l);
	is_idle(l);
}

static void
filtered_out_and_back_in(void **state)
{
	struct lab *l = *state;

	company(l);
	settle(l);
	lab_person(
	    l, "bob", "mail=bob@x;proxyAddresses=a|b;adminDescription=NoSync");
	lab_run(l, AD, "full-import", 0);
	lab_run(l, AD, "delta-sync", 0);
	assert_non_null(strstr(lab_pending(l, CLOUD), "delete CN=bob"));
	/* back before anything was sent: nothing is to be done */
	lab_person(l, "bob", "mail=bob@x;proxyAddresses=a|b");
	lab_run(l, AD, "full-import", 0);
	lab_run(l, AD, "delta-sync", 0);
	assert_string_equal(lab_pending(l, CLOUD), "");
	is_idle(l);
	/* and again, sent in between */
	lab_person(
	    l, "bob", "mail=bob@x;proxyAddresses=a|b;adminDescription=NoSync");
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 3);
	lab_person(l, "bob", "mail=bob@x;proxyAddresses=a|b");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_cloud_is(l, company_there);
	is_idle(l);
	is_idle(l);
}

static void
outbound_scope_deprovisions(void **state)
{
	struct lab *l = *state;

	company(l);
	settle(l);
	lab_person(l, "anna",
	    "mail=anna@x;manager=@CN=bob,OU=People,DC=ad;title=Hidden");
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 3);
	is_idle(l);
	lab_person(l, "anna", "mail=anna@x;manager=@CN=bob,OU=People,DC=ad");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_cloud_is(l, company_there);
	is_idle(l);
}

/* References to what comes later, in the source and in the target. */
static void
references_to_later_objects(void **state)
{
	struct lab *l = *state;

	lab_group(l, "team", "anna zoe");
	lab_person(l, "anna", "manager=@CN=zoe,OU=People,DC=ad");
	lab_cycle(l, 0);
	lab_cloud_is(l, "group CN=team: displayName=team member=CN=anna"
			" sourceAnchor=team\n"
			"user CN=anna: displayName=anna sourceAnchor=anna\n");
	is_idle(l);
	lab_person(l, "zoe", "");
	lab_cycle(l, 0);
	lab_cloud_is(l, "group CN=team: displayName=team member=CN=anna|CN=zoe"
			" sourceAnchor=team\n"
			"user CN=anna: displayName=anna manager=CN=zoe"
			" sourceAnchor=anna\n"
			"user CN=zoe: displayName=zoe sourceAnchor=zoe\n");
	is_idle(l);
}

/* Somebody changes or deletes in the target: it is put right again. */
static void
drift_is_put_right(void **state)
{
	struct lab *l = *state;
	struct fake *c = l->dirs[CLOUD];

	company(l);
	settle(l);
	for (size_t i = 0; i < c->count; i++) {
		uint32_t mail = names_find(l->names, TEXT("mail"));
		struct value v = value_string(TEXT("other@x"));

		if (text_is(c->objects[i].dn, "CN=anna"))
			assert_int_equal(attrs_set(c->arena,
					     &c->objects[i].attrs, mail, &v, 1),
			    0);
		if (text_is(c->objects[i].dn, "CN=bob"))
			c->objects[i].there = false;
	}
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_cloud_is(l, company_there);
	is_idle(l);
}

static void
joins_what_is_there(void **state)
{
	struct lab *l = *state;

	fake_put(l->dirs[CLOUD], "user", "c1", "CN=old name",
	    "sourceAnchor=anna;displayName=Old;cloudName=kept");
	fake_put(l->dirs[CLOUD], "user", "c2", "CN=only here",
	    "displayName=Cloud only");
	lab_person(l, "anna", "");
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 2);
	lab_cloud_is(l, "user CN=anna: cloudName=kept displayName=anna"
			" sourceAnchor=anna\n"
			"user CN=only here: displayName=Cloud only\n");
	is_idle(l);
	fake_delete(l->dirs[AD], "anna");
	lab_person(l, "other", "");
	lab_cycle(l, 0);
	is_idle(l);
}

/* A pilot group: only its direct members, and as its members change. */
static void
members_of_a_group_alone(void **state)
{
	struct lab *l = *state;

	lab_scope(l, &l->rules[0], "dn", SCOPE_ISMEMBEROF,
	    "CN=pilot,OU=People,DC=ad");
	lab_restart(l);
	lab_person(l, "anna", "");
	lab_person(l, "bob", "");
	lab_person(l, "carl", "");
	lab_group(l, "pilot", "anna bob");
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 3);
	is_idle(l);
	lab_group(l, "pilot", "bob carl");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_cloud_is(l,
	    "group CN=pilot: displayName=pilot member=CN=bob|CN=carl"
	    " sourceAnchor=pilot\n"
	    "user CN=bob: displayName=bob sourceAnchor=bob\n"
	    "user CN=carl: displayName=carl sourceAnchor=carl\n");
	is_idle(l);
	fake_delete(l->dirs[AD], "pilot");
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 0);
	is_idle(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		first_cycle_then_nothing, begin, end),
	    cmocka_unit_test_setup_teardown(values_change, begin, end),
	    cmocka_unit_test_setup_teardown(
		members_are_single_rows, begin, end),
	    cmocka_unit_test_setup_teardown(renames_and_moves, begin, end),
	    cmocka_unit_test_setup_teardown(deletes, begin, end),
	    cmocka_unit_test_setup_teardown(
		filtered_out_and_back_in, begin, end),
	    cmocka_unit_test_setup_teardown(
		outbound_scope_deprovisions, begin, end),
	    cmocka_unit_test_setup_teardown(
		references_to_later_objects, begin, end),
	    cmocka_unit_test_setup_teardown(drift_is_put_right, begin, end),
	    cmocka_unit_test_setup_teardown(joins_what_is_there, begin, end),
	    cmocka_unit_test_setup_teardown(
		members_of_a_group_alone, begin, end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
