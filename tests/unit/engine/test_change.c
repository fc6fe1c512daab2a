/* tests/unit/engine/test_change.c -- objects that change in ways that are not
 * only values: type, anchor, name, and what a delta import tells. */
#include <time.h>

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
settle(struct lab *l)
{
	for (int i = 0; i < 3; i++)
		lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 0);
	assert_string_equal(lab_pending(l, CLOUD), "");
	l->dirs[CLOUD]->log[0] = '\0';
}

static void
two_people_swap_their_names(void **state)
{
	struct lab *l = *state;

	lab_person(l, "anna", "");
	lab_person(l, "bob", "");
	lab_group(l, "team", "anna");
	settle(l);
	fake_put(l->dirs[AD], "user", "anna", "CN=bob,OU=People,DC=ad",
	    "employeeID=anna;displayName=anna");
	fake_put(l->dirs[AD], "user", "bob", "CN=anna,OU=People,DC=ad",
	    "employeeID=bob;displayName=bob");
	lab_run(l, AD, "full-import", 0);
	assert_string_equal(lab_result(l), "success");
	assert_int_equal(lab_counter(l, "stage-rename"), 2);
	assert_int_equal(lab_counter(l, "stage-delete"), 0);
	settle(l);
	/* the group names "CN=anna", which is bob now */
	lab_cloud_is(l, "group CN=team: displayName=team member=CN=bob"
			" sourceAnchor=team\n"
			"user CN=anna: displayName=anna sourceAnchor=anna\n"
			"user CN=bob: displayName=bob sourceAnchor=bob\n");
}

static void
deleted_and_made_anew_under_one_name(void **state)
{
	struct lab *l = *state;

	lab_person(l, "anna", "");
	lab_person(l, "bob", "manager=@CN=anna,OU=People,DC=ad");
	settle(l);
	fake_delete(l->dirs[AD], "anna");
	fake_put(l->dirs[AD], "user", "second", "CN=anna,OU=People,DC=ad",
	    "employeeID=second;displayName=Anna II");
	settle(l);
	lab_cloud_is(l,
	    "user CN=bob: displayName=bob manager=CN=second"
	    " sourceAnchor=bob\n"
	    "user CN=second: displayName=Anna II sourceAnchor=second\n");
}

static void
a_type_changes(void **state)
{
	struct lab *l = *state;

	lab_person(l, "anna", "mail=a@x");
	lab_person(l, "bob", "manager=@CN=anna,OU=People,DC=ad");
	settle(l);
	/* a person becomes a group: everything of the person goes */
	fake_put(l->dirs[AD], "group", "anna", "CN=anna,OU=People,DC=ad",
	    "employeeID=anna;displayName=Team Anna;"
	    "member=@CN=bob,OU=People,DC=ad");
	lab_run(l, AD, "full-import", 0);
	assert_int_equal(lab_counter(l, "stage-delete-add"), 1);
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_cloud_is(l, "group CN=anna: displayName=Team Anna member=CN=bob"
			" sourceAnchor=anna\n"
			"user CN=bob: displayName=bob manager=CN=anna"
			" sourceAnchor=bob\n");
	settle(l);
}

/* An OU moves: nobody changes but in name. */
static void
a_whole_container_moves(void **state)
{
	struct lab *l = *state;
	char id[8];

	for (int i = 0; i < 20; i++) {
		(void)snprintf(id, sizeof(id), "p%02d", i);
		lab_person(l, id, "");
	}
	lab_group(l, "team", "p01 p02 p03");
	settle(l);
	for (size_t i = 0; i < 20; i++) {
		struct fake_object *o = &l->dirs[AD]->objects[i];

		o->dn = text_of(
		    arena_printf(l->arena, "CN=p%02zu,OU=Staff,DC=ad", i));
	}
	fake_put(l->dirs[AD], "group", "team", "CN=team,OU=Staff,DC=ad",
	    "employeeID=team;displayName=team;member=@CN=p01,OU=Staff,DC=ad"
	    "|@CN=p02,OU=Staff,DC=ad|@CN=p03,OU=Staff,DC=ad");
	lab_run(l, AD, "full-import", 0);
	assert_int_equal(lab_counter(l, "stage-rename"), 21);
	lab_cycle(l, 0);
	assert_string_equal(l->dirs[CLOUD]->log, "");
}

static uint32_t
name_of(struct lab *l, const char *s)
{
	uint32_t n = 0;

	assert_int_equal(names_intern(l->names, text_of(s), &n), 0);
	return n;
}

/* One value comes for another. */
static struct delta
replaced(struct lab *l, const char *name, struct value now, struct value was)
{
	struct change *c = arena_alloc(l->arena, sizeof(*c));
	struct value *v = arena_array(l->arena, 2, sizeof(*v));

	assert_non_null(c);
	assert_non_null(v);
	v[0] = now;
	v[1] = was;
	*c = (struct change){.name = name_of(l, name),
	    .add = &v[0],
	    .add_count = 1,
	    .del = &v[1],
	    .del_count = 1};
	return (struct delta){.op = DELTA_UPDATE, .changes = c, .count = 1};
}

static void
tell_deltas(struct lab *l, struct entry entries[static 4])
{
	struct attrs carl = {0};

	assert_int_equal(attrs_add(l->arena, &carl, name_of(l, "employeeID"),
			     value_string(TEXT("carl"))),
	    0);
	entries[0] = (struct entry){.kind = ENTRY_CHANGE,
	    .anchor = TEXT("anna"),
	    .delta = replaced(l, "title", value_string(TEXT("Chief")),
		value_string(TEXT("Boss")))};
	entries[1] = (struct entry){.kind = ENTRY_CHANGE,
	    .dn = TEXT("CN=team,OU=People,DC=ad"),
	    .delta = replaced(l, "member",
		value_reference_dn(TEXT("CN=carl,OU=People,DC=ad")),
		value_reference_dn(TEXT("CN=bob,OU=People,DC=ad")))};
	entries[2] = (struct entry){.kind = ENTRY_OBJECT,
	    .type = name_of(l, "user"),
	    .dn = TEXT("CN=carl,OU=People,DC=ad"),
	    .anchor = TEXT("carl"),
	    .attrs = carl};
	entries[3] =
	    (struct entry){.kind = ENTRY_DELETED, .anchor = TEXT("bob")};
	l->dirs[AD]->delta = entries;
	l->dirs[AD]->delta_count = 4;
}

static void
deltas(void **state)
{
	struct lab *l = *state;
	struct entry entries[4];

	l->connectors[AD].kind = &fake_delta_kind;
	lab_restart(l);
	lab_person(l, "anna", "title=Boss");
	lab_person(l, "bob", "");
	lab_group(l, "team", "anna bob");
	lab_run(l, AD, "delta-import", ERR_CONFIG);
	assert_string_equal(lab_result(l), "no-start-full-import-required");
	assert_int_equal(l->dirs[AD]->imports, 0);
	settle(l);
	assert_string_equal(l->dirs[AD]->asked_from, "mark-2");

	tell_deltas(l, entries);
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 0);
	lab_cloud_is(l,
	    "group CN=team: displayName=team member=CN=anna|CN=carl"
	    " sourceAnchor=team\n"
	    "user CN=anna: displayName=anna sourceAnchor=anna title=Chief\n"
	    "user CN=carl: sourceAnchor=carl\n");
	settle(l);
	/* what is not known cannot be changed: a full import is needed */
	entries[0].anchor = TEXT("nobody");
	l->dirs[AD]->delta_count = 1;
	lab_run(l, AD, "delta-import", 0);
	assert_string_equal(lab_result(l), "completed-discovery-errors");
}

/* Deleted, and the directory does not tell of the groups that had it: another
 * object of the same name is not their member. */
static void
a_namesake_inherits_nothing(void **state)
{
	struct lab *l = *state;
	struct entry entry = {.kind = ENTRY_DELETED, .anchor = TEXT("bob")};

	l->connectors[AD].kind = &fake_delta_kind;
	lab_restart(l);
	lab_person(l, "anna", "");
	lab_person(l, "bob", "");
	lab_group(l, "team", "anna bob");
	settle(l);
	l->dirs[AD]->delta = &entry;
	l->dirs[AD]->delta_count = 1;
	lab_cycle(l, 0);
	entry = (struct entry){.kind = ENTRY_OBJECT,
	    .type = name_of(l, "user"),
	    .dn = TEXT("CN=bob,OU=People,DC=ad"),
	    .anchor = TEXT("second")};
	assert_int_equal(
	    attrs_add(l->arena, &entry.attrs, name_of(l, "employeeID"),
		value_string(TEXT("second"))),
	    0);
	l->dirs[AD]->delta_count = 1;
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_cloud_is(l, "group CN=team: displayName=team member=CN=anna"
			" sourceAnchor=team\n"
			"user CN=anna: displayName=anna sourceAnchor=anna\n"
			"user CN=second: sourceAnchor=second\n");
}

static int64_t
cpu_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static int64_t
group_of(size_t n, bool group_first)
{
	struct lab *l = lab_new();
	struct buf b;
	int64_t ms;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < n; i++)
		buf_printf(&b, "%sm%zu", i == 0 ? "" : " ", i);
	if (group_first)
		lab_group(l, "team", buf_text(&b).data);
	for (size_t i = 0; i < n; i++)
		lab_person(l, arena_printf(l->arena, "m%zu", i), "");
	if (!group_first)
		lab_group(l, "team", buf_text(&b).data);
	lab_run(l, AD, "full-import", 0);
	ms = cpu_ms();
	lab_run(l, AD, "full-sync", 0);
	ms = cpu_ms() - ms;
	/* one is linked, and as many references as there are members wait */
	assert_int_equal(lab_counter(l, "provisioned-add-flow"), n + 1);
	(void)lab_free(l);
	buf_clear(&b);
	return ms;
}

/* Four times the members must not cost sixteen times the work. */
static void
a_large_group_is_linear(void **state)
{
	(void)state;
	for (int first = 0; first < 2; first++) {
		int64_t small = group_of(500, first != 0);
		int64_t large = group_of(2000, first != 0);

		if (large > 9 * small + 50)
			fail_msg("500 members: %lld ms, 2,000: %lld ms",
			    (long long)small, (long long)large);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(two_people_swap_their_names),
	    TEST(deleted_and_made_anew_under_one_name),
	    TEST(a_type_changes),
	    TEST(a_whole_container_moves),
	    TEST(deltas),
	    TEST(a_namesake_inherits_nothing),
	    cmocka_unit_test(a_large_group_is_linear),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
