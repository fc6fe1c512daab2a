/* tests/unit/engine/test_delta.c -- what a connector may tell in a delta import
 * (connectors/connector.h), and what comes of it. */
#include "lab.h"

static int
begin(void **state)
{
	struct lab *l = lab_new();

	l->connectors[AD].kind = &fake_reads_kind;
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

static uint32_t
name_of(struct lab *l, const char *s)
{
	uint32_t n = 0;

	assert_int_equal(names_intern(l->names, text_of(s), &n), 0);
	return n;
}

static void
settle(struct lab *l)
{
	for (int i = 0; i < 3; i++)
		lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 0);
	assert_string_equal(lab_pending(l, CLOUD), "");
}

static void
tell(struct lab *l, const struct entry *list, size_t n)
{
	l->dirs[AD]->delta = list;
	l->dirs[AD]->delta_count = n;
}

static struct text
person(struct lab *l, const char *id)
{
	return text_of(arena_printf(l->arena, "CN=%s,OU=People,DC=ad", id));
}

/* One value comes or goes, the others are not told. */
static struct delta
one_value(struct lab *l, const char *name, struct value v, bool comes)
{
	struct change *c = arena_alloc(l->arena, sizeof(*c));
	struct value *list = arena_array(l->arena, 1, sizeof(*list));

	assert_non_null(c);
	assert_non_null(list);
	list[0] = v;
	*c = (struct change){.name = name_of(l, name)};
	if (comes)
		*c = (struct change){
		    .name = c->name, .add = list, .add_count = 1};
	else
		*c = (struct change){
		    .name = c->name, .del = list, .del_count = 1};
	return (struct delta){.op = DELTA_UPDATE, .changes = c, .count = 1};
}

/* Proves: model 5.2, model 2.4.4. */
static void
single_members_come_and_go(void **state)
{
	struct lab *l = *state;
	struct entry e = {.kind = ENTRY_CHANGE, .anchor = TEXT("team")};

	lab_person(l, "anna", "");
	lab_person(l, "bob", "");
	lab_person(l, "carl", "");
	lab_group(l, "team", "anna bob");
	settle(l);
	e.delta =
	    one_value(l, "member", value_reference_anchor(TEXT("carl")), true);
	tell(l, &e, 1);
	lab_run(l, AD, "delta-import", 0);
	assert_int_equal(lab_counter(l, "stage-update"), 1);
	settle(l);
	e.delta = one_value(
	    l, "member", value_reference_dn(person(l, "anna")), false);
	tell(l, &e, 1);
	settle(l);
	lab_cloud_is(l, "group CN=team: displayName=team member=CN=bob|CN=carl"
			" sourceAnchor=team\n"
			"user CN=anna: displayName=anna sourceAnchor=anna\n"
			"user CN=bob: displayName=bob sourceAnchor=bob\n"
			"user CN=carl: displayName=carl sourceAnchor=carl\n");
	/* told again: nothing */
	tell(l, &e, 1);
	lab_run(l, AD, "delta-import", 0);
	assert_int_equal(lab_counter(l, "stage-no-change"), 1);
}

/* Attributes as they are now, whatever they were; others that are empty. */
static void
whole_attributes(void **state)
{
	struct lab *l = *state;
	const uint32_t gone[] = {name_of(l, "mail"), name_of(l, "manager")};
	struct entry e = {.kind = ENTRY_CHANGE,
	    .anchor = TEXT("anna"),
	    .removed = gone,
	    .removed_count = 2};

	lab_person(l, "bob", "");
	lab_person(l, "anna",
	    "mail=a@x;title=Boss;manager=@CN=bob,OU=People,DC=ad;"
	    "proxyAddresses=a|b");
	settle(l);
	assert_int_equal(attrs_add(l->arena, &e.attrs, name_of(l, "title"),
			     value_string(TEXT("Chief"))),
	    0);
	tell(l, &e, 1);
	settle(l);
	lab_cloud_is(l, "user CN=anna: displayName=anna proxyAddresses=a|b"
			" sourceAnchor=anna title=Chief\n"
			"user CN=bob: displayName=bob sourceAnchor=bob\n");
}

/* Proves: model 5.2. */
static void
gone_by_name_or_anchor(void **state)
{
	struct lab *l = *state;
	const struct entry gone[] = {
	    {.kind = ENTRY_DELETED, .anchor = TEXT("anna")},
	    {.kind = ENTRY_DELETED, .dn = person(l, "bob")},
	    {.kind = ENTRY_DELETED, .anchor = TEXT("never seen")},
	};

	lab_person(l, "anna", "");
	lab_person(l, "bob", "");
	lab_person(l, "carl", "");
	settle(l);
	tell(l, gone, 3);
	lab_run(l, AD, "delta-import", 0);
	assert_int_equal(lab_counter(l, "stage-delete"), 2);
	settle(l);
	lab_cloud_is(l, "user CN=carl: displayName=carl sourceAnchor=carl\n");
}

/* A container that is not read any more takes along what lies below.
 * Proves: model 7 filtered-objects, model 7 filtered-deletions, model 5.2.2. */
static void
moved_out_of_scope(void **state)
{
	struct lab *l = *state;
	struct entry left[] = {
	    {.kind = ENTRY_LEFT,
		.anchor = TEXT("unit"),
		.dn = TEXT("OU=People,OU=Old,DC=ad")},
	    {.kind = ENTRY_LEFT, .anchor = TEXT("stranger")},
	};

	fake_put(
	    l->dirs[AD], "group", "unit", "OU=People,DC=ad", "employeeID=unit");
	lab_person(l, "anna", "");
	lab_person(l, "bob", "");
	fake_put(l->dirs[AD], "user", "carl", "CN=carl,OU=Peoples,DC=ad",
	    "employeeID=carl;displayName=carl");
	settle(l);
	tell(l, left, 2);
	lab_run(l, AD, "delta-import", 0);
	assert_int_equal(lab_counter(l, "stage-delete"), 3);
	assert_int_equal(lab_counter(l, "filtered-deletions"), 3);
	assert_int_equal(lab_counter(l, "filtered-objects"), 1);
	settle(l);
	lab_cloud_is(l, "user CN=carl: displayName=carl sourceAnchor=carl\n");
}

/* A directory tells of the container alone.
 * Proves: model 5.2.3, model 4.1. */
static void
a_container_is_renamed(void **state)
{
	struct lab *l = *state;
	struct entry moved = {.kind = ENTRY_CHANGE,
	    .anchor = TEXT("unit"),
	    .dn = TEXT("OU=Staff,DC=ad")};
	struct entry change = {
	    .kind = ENTRY_CHANGE, .dn = TEXT("CN=anna,OU=Staff,DC=ad")};

	fake_put(
	    l->dirs[AD], "group", "unit", "OU=People,DC=ad", "employeeID=unit");
	lab_person(l, "anna", "");
	lab_person(l, "bob", "");
	lab_group(l, "team", "anna elsewhere");
	settle(l);
	tell(l, &moved, 1);
	lab_run(l, AD, "delta-import", 0);
	assert_int_equal(lab_counter(l, "stage-rename"), 4);
	change.delta = one_value(l, "title", value_string(TEXT("Boss")), true);
	tell(l, &change, 1);
	settle(l);
	/* the placeholder went along: its object comes with the new name */
	fake_put(l->dirs[AD], "user", "elsewhere",
	    "CN=elsewhere,OU=Staff,DC=ad", "employeeID=elsewhere");
	change.dn = TEXT("CN=elsewhere,OU=Staff,DC=ad");
	tell(l, &change, 1);
	lab_run(l, AD, "delta-import", 0);
	assert_int_equal(lab_counter(l, "stage-add"), 1);
	settle(l);
	lab_cloud_is(l, "group CN=team: displayName=team"
			" member=CN=anna|CN=elsewhere sourceAnchor=team\n"
			"group CN=unit: sourceAnchor=unit\n"
			"user CN=anna: displayName=anna sourceAnchor=anna"
			" title=Boss\n"
			"user CN=bob: displayName=bob sourceAnchor=bob\n"
			"user CN=elsewhere: sourceAnchor=elsewhere\n");
}

/* A change of what is not known: the object is asked for, where that can be
 * done; else it is an error that holds the watermark back.
 * Proves: model 5.2.4. */
static void
a_change_of_what_is_not_known(void **state)
{
	struct lab *l = *state;
	struct entry e = {.kind = ENTRY_CHANGE, .anchor = TEXT("bob")};

	lab_person(l, "anna", "");
	settle(l);
	lab_person(l, "bob", "mail=b@x");
	e.delta = one_value(l, "title", value_string(TEXT("Boss")), true);
	tell(l, &e, 1);
	lab_run(l, AD, "delta-import", 0);
	assert_int_equal(lab_counter(l, "stage-add"), 1);
	settle(l);
	lab_cloud_is(l, "user CN=anna: displayName=anna sourceAnchor=anna\n"
			"user CN=bob: displayName=bob mail=b@x"
			" sourceAnchor=bob\n");
	e.anchor = TEXT("nobody");
	tell(l, &e, 1);
	lab_run(l, AD, "delta-import", 0);
	assert_string_equal(lab_result(l), "success");

	l->connectors[AD].kind = &fake_delta_kind;
	lab_restart(l);
	tell(l, &e, 1);
	lab_run(l, AD, "delta-import", 0);
	assert_string_equal(lab_result(l), "completed-discovery-errors");
	assert_string_equal(l->dirs[AD]->asked_from, "mark-8");
	lab_run(l, AD, "delta-import", 0);
	assert_string_equal(l->dirs[AD]->asked_from, "mark-8");
}

/* The connection breaks after the nth batch: the next goes on from there.
 * Proves: model 5.2.5. */
static void
broken_connections(void **state)
{
	struct lab *l = *state;
	char id[8];

	l->dirs[AD]->tells = true;
	lab_person(l, "p00", "");
	settle(l);
	assert_string_equal(l->dirs[AD]->asked_from, "at-1");
	for (int i = 1; i < 10; i++) {
		(void)snprintf(id, sizeof(id), "p%02d", i);
		lab_person(l, id, "");
	}
	fake_delete(l->dirs[AD], "p03");
	l->dirs[AD]->delta_stops_at = 2;
	lab_run(l, AD, "delta-import", ERR_CONNECT);
	assert_string_equal(lab_result(l), "stopped-connectivity");
	assert_string_equal(l->dirs[AD]->asked_from, "at-1");
	lab_run(l, AD, "delta-import", ERR_CONNECT);
	assert_string_equal(l->dirs[AD]->asked_from, "at-6");
	assert_int_equal(lab_counter(l, "stage-add"), 4);
	l->dirs[AD]->delta_stops_at = 0;
	lab_run(l, AD, "delta-import", 0);
	assert_string_equal(l->dirs[AD]->asked_from, "at-10");
	settle(l);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 9);
}

/* It has no name of its own until its rename is told, in whatever import.
 * Proves: model 5.1.3. */
static void
transient_until_renamed(void **state)
{
	struct lab *l = *state;
	struct entry e = {.kind = ENTRY_OBJECT,
	    .type = name_of(l, "user"),
	    .dn = TEXT("CN=anna,OU=People,DC=ad"),
	    .anchor = TEXT("other")};

	lab_person(l, "anna", "");
	lab_person(l, "bob", "");
	settle(l);
	tell(l, &e, 1);
	lab_run(l, AD, "delta-import", 0);
	assert_string_equal(lab_result(l), "completed-transient-objects");
	lab_run(l, AD, "delta-import", 0);
	assert_string_equal(lab_result(l), "completed-transient-objects");
	e = (struct entry){.kind = ENTRY_CHANGE,
	    .anchor = TEXT("anna"),
	    .dn = TEXT("CN=anna2,OU=People,DC=ad")};
	tell(l, &e, 1);
	lab_run(l, AD, "delta-import", 0);
	assert_string_equal(lab_result(l), "success");
	assert_int_equal(lab_counter(l, "stage-rename"), 1);
}

static const char *
first_step(const struct lab *l)
{
	return l->cycle.runs[0].steps[0].type.data;
}

/* The directory does not know where we were, or cannot tell all: one cycle
 * reads in full.
 * Proves: model 5.2.1. */
static void
a_full_import_is_needed(void **state)
{
	struct lab *l = *state;

	l->dirs[AD]->tells = true;
	lab_person(l, "anna", "");
	lab_cycle(l, 0);
	assert_string_equal(first_step(l), "full-import");
	lab_cycle(l, 0);
	assert_string_equal(first_step(l), "delta-import");
	l->dirs[AD]->forgets = "at-1";
	lab_cycle(l, ERR_CONFIG);
	assert_string_equal(
	    l->cycle.runs[0].run.result.data, "no-start-full-import-required");
	l->dirs[AD]->forgets = NULL;
	lab_cycle(l, 0);
	assert_string_equal(first_step(l), "full-import");
	l->dirs[AD]->full_needed = "OU=New moved into scope";
	lab_cycle(l, 0);
	assert_string_equal(first_step(l), "delta-import");
	l->dirs[AD]->full_needed = NULL;
	lab_cycle(l, 0);
	assert_string_equal(first_step(l), "full-import");
	lab_cycle(l, 0);
	assert_string_equal(first_step(l), "delta-import");
}

/* A directory that tells of all that is there: what it does not tell of is
 * gone, but never so much that the guard would stop a full import.
 * Proves: model 5.2.6, model 5.2.7. */
static void
what_is_not_told_is_gone(void **state)
{
	struct lab *l = *state;
	const struct entry told[] = {
	    {.kind = ENTRY_PRESENT, .anchor = TEXT("anna")},
	    {.kind = ENTRY_PRESENT,
		.anchor = TEXT("bob"),
		.dn = TEXT("CN=bob,OU=Staff,DC=ad")},
	    {.kind = ENTRY_CHANGE,
		.anchor = TEXT("carl"),
		.delta =
		    one_value(l, "title", value_string(TEXT("Boss")), true)},
	    {.kind = ENTRY_PRESENT, .anchor = TEXT("left out")},
	    {.kind = ENTRY_PRESENT,
		.anchor = TEXT("eve"),
		.dn = TEXT("CN=eve,OU=People,DC=ad")},
	};

	lab_person(l, "anna", "");
	lab_person(l, "bob", "");
	lab_person(l, "carl", "");
	lab_person(l, "dora", "");
	settle(l);
	lab_person(l, "eve", "");
	tell(l, told, 5);
	lab_run(l, AD, "delta-import", 0);
	assert_int_equal(lab_counter(l, "stage-delete"), 0);
	assert_int_equal(lab_counter(l, "stage-rename"), 1);
	assert_int_equal(lab_counter(l, "stage-update"), 1);
	assert_int_equal(lab_counter(l, "stage-add"), 1);
	l->dirs[AD]->all_told = true;
	tell(l, told, 5);
	lab_run(l, AD, "delta-import", 0);
	assert_int_equal(lab_counter(l, "stage-delete"), 1);
	l->dirs[AD]->all_told = false;
	settle(l);
	lab_cloud_is(l, "user CN=anna: displayName=anna sourceAnchor=anna\n"
			"user CN=bob: displayName=bob sourceAnchor=bob\n"
			"user CN=carl: displayName=carl sourceAnchor=carl"
			" title=Boss\n"
			"user CN=eve: displayName=eve sourceAnchor=eve\n");
}

/* Proves: model 5.2.6. */
static void
told_of_nothing(void **state)
{
	struct lab *l = *state;

	lab_person(l, "anna", "");
	lab_person(l, "bob", "");
	settle(l);
	l->dirs[AD]->all_told = true;
	lab_run(l, AD, "delta-import", ERR_GUARD);
	assert_string_equal(
	    lab_result(l), "stopped-deletion-threshold-exceeded");
	assert_int_equal(lab_counter(l, "stage-delete"), 0);
	lab_run(l, AD, "delta-import", ERR_GUARD);
	assert_string_equal(l->dirs[AD]->asked_from, "mark-3");
}

/* With members by anchor. */
static void
put_team(struct lab *l, const char *id, const char *members)
{
	fake_put(l->dirs[AD], "group", id,
	    arena_printf(l->arena, "CN=%s,OU=People,DC=ad", id),
	    arena_printf(l->arena, "employeeID=%s;displayName=%s;member=%s", id,
		id, members));
}

/* A directory that dropped the references to what was deleted, and one that
 * kept them: neither says so when it comes back.
 * Proves: model 5.2.8. */
static void
what_was_deleted_comes_back(void **state)
{
	struct lab *l = *state;
	struct entry e = {.kind = ENTRY_DELETED, .anchor = TEXT("bob")};

	lab_person(l, "anna", "");
	lab_person(l, "bob", "");
	put_team(l, "dropped", "&anna|&bob");
	put_team(l, "kept", "&anna|&bob");
	lab_group(l, "named", "anna bob");
	settle(l);
	tell(l, &e, 1);
	settle(l);
	lab_cloud_is(l,
	    "group CN=dropped: displayName=dropped member=CN=anna"
	    " sourceAnchor=dropped\n"
	    "group CN=kept: displayName=kept member=CN=anna sourceAnchor=kept\n"
	    "group CN=named: displayName=named member=CN=anna"
	    " sourceAnchor=named\n"
	    "user CN=anna: displayName=anna sourceAnchor=anna\n");
	put_team(l, "dropped", "&anna");
	e.kind = ENTRY_CHANGE;
	tell(l, &e, 1);
	lab_run(l, AD, "delta-import", 0);
	assert_int_equal(lab_counter(l, "stage-update"), 2);
	assert_int_equal(lab_counter(l, "stage-no-change"), 2);
	settle(l);
	lab_cloud_is(l, "group CN=dropped: displayName=dropped member=CN=anna"
			" sourceAnchor=dropped\n"
			"group CN=kept: displayName=kept member=CN=anna|CN=bob"
			" sourceAnchor=kept\n"
			"group CN=named: displayName=named"
			" member=CN=anna|CN=bob sourceAnchor=named\n"
			"user CN=anna: displayName=anna sourceAnchor=anna\n"
			"user CN=bob: displayName=bob sourceAnchor=bob\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		single_members_come_and_go, begin, end),
	    cmocka_unit_test_setup_teardown(whole_attributes, begin, end),
	    cmocka_unit_test_setup_teardown(gone_by_name_or_anchor, begin, end),
	    cmocka_unit_test_setup_teardown(moved_out_of_scope, begin, end),
	    cmocka_unit_test_setup_teardown(a_container_is_renamed, begin, end),
	    cmocka_unit_test_setup_teardown(
		a_change_of_what_is_not_known, begin, end),
	    cmocka_unit_test_setup_teardown(broken_connections, begin, end),
	    cmocka_unit_test_setup_teardown(
		transient_until_renamed, begin, end),
	    cmocka_unit_test_setup_teardown(
		a_full_import_is_needed, begin, end),
	    cmocka_unit_test_setup_teardown(
		what_is_not_told_is_gone, begin, end),
	    cmocka_unit_test_setup_teardown(told_of_nothing, begin, end),
	    cmocka_unit_test_setup_teardown(
		what_was_deleted_comes_back, begin, end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
