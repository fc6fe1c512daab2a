/* tests/unit/engine/test_plan.c -- what was planned is what is sent, and
 * nothing else; what moved since is held back by name. */
#include "engine/engine_int.h"
#include "engine/plan/plan.h"
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
import_and_decide(struct lab *l)
{
	lab_run(l, AD, "full-import", 0);
	lab_run(l, AD, "delta-sync", 0);
}

static struct frozen
freeze(struct lab *l)
{
	struct plan_wish w = {.connector = PLAN_EVERY, .who = TEXT("anna")};
	struct frozen f = {0};
	int r = engine_plan_freeze(l->engine, &w, l->arena, &f, &l->e);

	if (r < 0)
		fail_msg("freeze: %s", l->e.text);
	return f;
}

static const struct plan_selection *
select_by(struct lab *l, const char *text)
{
	struct plan_selection *s = NULL;

	if (text != NULL)
		assert_int_equal(
		    plan_selection_parse(l->arena, text_of(text), &s, &l->e),
		    0);
	return s;
}

static struct plan_report
apply(struct lab *l, int64_t plan, const char *only, const char *except)
{
	struct plan_apply w = {.plan = plan,
	    .only = select_by(l, only),
	    .except = select_by(l, except),
	    .who = TEXT("bob")};
	struct plan_report rep;
	int r = engine_plan_apply(l->engine, &w, l->arena, &rep, &l->e);

	if (r < 0)
		fail_msg("apply: %s", l->e.text);
	return rep;
}

/* "Anna: note" a line. */
static void
moved_is(struct lab *l, const struct plan_report *rep, const char *want)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < rep->moved; i++)
		buf_printf(&b, "%.*s: %.*s\n", TEXT_ARGS(rep->list[i].display),
		    TEXT_ARGS(rep->list[i].note));
	assert_string_equal(b.len != 0 ? buf_text(&b).data : "", want);
	buf_clear(&b);
	(void)l;
}

/* ---- Freezing ---- */

static void
nothing_pending_makes_no_plan(void **state)
{
	struct lab *l = *state;

	assert_int_equal(freeze(l).id, 0);
	lab_person(l, "anna", "");
	lab_cycle(l, 0);
	assert_int_equal(freeze(l).id, 0);
}

static void
the_same_has_the_same_hash(void **state)
{
	struct lab *l = *state;
	struct frozen a, b;

	lab_person(l, "anna", "title=x");
	lab_group(l, "team", "anna");
	import_and_decide(l);
	a = freeze(l);
	b = freeze(l);
	assert_int_equal(a.id, 1);
	assert_int_equal(b.id, 2);
	assert_int_equal(a.adds, 2);
	assert_int_equal(a.hash.len, 64);
	assert_true(text_equal(a.hash, b.hash));
	assert_true(text_equal(a.config, b.config));
	lab_person(l, "anna", "title=y");
	import_and_decide(l);
	b = freeze(l);
	assert_false(text_equal(a.hash, b.hash));
}

static void
a_plan_knows_rules_and_places(void **state)
{
	struct lab *l = *state;
	struct frozen_item i;
	struct frozen f;
	uint32_t title = names_find(l->names, TEXT("title"));
	const struct change *c;

	lab_person(l, "anna", "title=Old");
	lab_cycle(l, 0);
	lab_person(l, "anna", "title=New");
	import_and_decide(l);
	f = freeze(l);
	assert_int_equal(
	    frozen_item_next(l->store, l->arena, f.id, 0, &i, &l->e), 1);
	assert_string_equal(i.ou.data, "OU=People,DC=ad");
	assert_string_equal(i.display.data, "anna");
	assert_int_equal(i.delta.count, 1);
	c = delta_find(&i.delta, title);
	assert_non_null(c);
	assert_true(text_is(c->del[0].text, "Old"));
	assert_true(text_is(c->add[0].text, "New"));
	assert_int_not_equal(i.rules[0].len, 0);
	assert_int_equal(
	    frozen_item_next(l->store, l->arena, f.id, 1, &i, &l->e), 0);
}

/* ---- Applying ---- */

static void
apply_sends_the_plan(void **state)
{
	struct lab *l = *state;
	struct plan_report rep;
	struct frozen f;

	lab_person(l, "anna", "title=x");
	lab_person(l, "bob", "manager=@CN=anna,OU=People,DC=ad");
	lab_group(l, "team", "anna bob");
	import_and_decide(l);
	f = freeze(l);
	/* one that came later waits */
	lab_person(l, "carl", "");
	rep = apply(l, f.id, NULL, NULL);
	assert_int_equal(rep.matched, 3);
	assert_int_equal(rep.moved, 0);
	assert_int_equal(rep.plan.state, FROZEN_APPLIED);
	assert_string_equal(rep.plan.applied_by.data, "bob");
	lab_cloud_is(l, "group CN=team: displayName=team member=CN=anna|CN=bob"
			" sourceAnchor=team\n"
			"user CN=anna: displayName=anna sourceAnchor=anna"
			" title=x\n"
			"user CN=bob: displayName=bob manager=CN=anna"
			" sourceAnchor=bob\n");
	assert_string_equal(lab_pending(l, CLOUD), "add CN=carl\n");
	/* again: nothing twice */
	l->dirs[CLOUD]->log[0] = '\0';
	rep = apply(l, f.id, NULL, NULL);
	assert_int_equal(rep.matched, 0);
	assert_int_equal(rep.done, 3);
	assert_string_equal(l->dirs[CLOUD]->log, "");
}

static void
what_moved_is_held_back(void **state)
{
	struct lab *l = *state;
	struct plan_report rep;
	struct frozen f;

	for (int i = 0; i < 6; i++)
		lab_person(l, arena_printf(l->arena, "p%d", i), "title=Old");
	lab_cycle(l, 0);
	for (int i = 0; i < 5; i++)
		lab_person(l, arena_printf(l->arena, "p%d", i), "title=New");
	lab_person(l, "p5", "adminDescription=NoSync");
	lab_person(l, "new", "");
	import_and_decide(l);
	f = freeze(l);
	lab_person(l, "p0", "title=Newer");      /* source: another value */
	lab_person(l, "p1", "title=New;mail=m"); /* one change more */
	lab_person(l, "p2", "title=Old");        /* taken back */
	lab_person(l, "p3", "adminDescription=NoSync");
	lab_person(l, "p5", "title=Old"); /* not to be deleted any more */
	lab_person(l, "new", "adminDescription=NoSync");
	rep = apply(l, f.id, NULL, NULL);
	assert_int_equal(rep.matched, 1);
	moved_is(l, &rep,
	    "p0: title: now Old -> Newer; planned Old -> New\n"
	    "p1: mail: now (nothing) -> m; planned no change\n"
	    "p3: it is to be deleted now\n"
	    "new: it is not there any more\n"
	    "p2: title: now no change; planned Old -> New\n"
	    "p5: it is to be kept now\n");
	assert_int_equal(rep.plan.state, FROZEN_PARTLY);
	lab_cloud_is(l,
	    "user CN=p0: displayName=p0 sourceAnchor=p0 title=Old\n"
	    "user CN=p1: displayName=p1 sourceAnchor=p1 title=Old\n"
	    "user CN=p2: displayName=p2 sourceAnchor=p2 title=Old\n"
	    "user CN=p3: displayName=p3 sourceAnchor=p3 title=Old\n"
	    "user CN=p4: displayName=p4 sourceAnchor=p4 title=New\n"
	    "user CN=p5: displayName=p5 sourceAnchor=p5 title=Old\n");
}

static void
a_target_that_moved_is_held_back(void **state)
{
	struct lab *l = *state;
	struct plan_report rep;
	struct frozen f;

	lab_person(l, "anna", "title=Old");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_person(l, "anna", "title=New");
	import_and_decide(l);
	f = freeze(l);
	fake_put(l->dirs[CLOUD], "user",
	    arena_printf(l->arena, "%.*s",
		TEXT_ARGS(
		    fake_at(l->dirs[CLOUD], "CN=anna", "", false)->anchor)),
	    "CN=anna", "displayName=anna;sourceAnchor=anna;title=Mine");
	rep = apply(l, f.id, NULL, NULL);
	moved_is(l, &rep, "anna: title: now Mine -> New; planned Old -> New\n");
}

static void
a_selection_is_sent(void **state)
{
	struct lab *l = *state;
	struct plan_report rep;
	struct frozen f;

	lab_person(l, "anna", "title=Old;mail=a");
	lab_person(l, "bob", "title=Old");
	lab_person(l, "carl", "");
	lab_cycle(l, 0);
	lab_person(l, "anna", "title=New;mail=b");
	lab_person(l, "bob", "title=New");
	lab_person(l, "carl", "adminDescription=NoSync");
	lab_group(l, "team", "anna");
	import_and_decide(l);
	f = freeze(l);
	rep = apply(l, f.id, "type=user;operation=update", "attribute=ma*");
	assert_int_equal(rep.matched, 2);
	assert_int_equal(rep.left_out, 2);
	assert_int_equal(rep.plan.state, FROZEN_PARTLY);
	lab_cloud_is(l,
	    "user CN=anna: displayName=anna mail=a sourceAnchor=anna "
	    "title=New\n"
	    "user CN=bob: displayName=bob sourceAnchor=bob title=New\n"
	    "user CN=carl: displayName=carl sourceAnchor=carl\n");
	/* the rest of it */
	rep = apply(l, f.id, NULL, NULL);
	assert_int_equal(rep.moved, 0);
	assert_int_equal(rep.done, 1);
	assert_int_equal(rep.matched, 3);
	assert_int_equal(rep.plan.state, FROZEN_APPLIED);
	assert_string_equal(lab_pending(l, CLOUD), "");
}

static void
selections_that_are_none(void **state)
{
	static const char *const bad[] = {"", "type", "kind=user",
	    "type=", "type=a||b", "type=a;", ";type=a"};
	struct lab *l = *state;
	struct plan_selection *s;

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (plan_selection_parse(
			l->arena, text_of(bad[i]), &s, &l->e) != ERR_SYNTAX)
			fail_msg("\"%s\" is taken", bad[i]);
}

static void
apply_is_refused(void **state)
{
	struct lab *l = *state;
	struct plan_apply w = {.plan = 1, .who = TEXT("bob")};
	struct plan_report rep;
	struct frozen f;

	assert_int_equal(
	    engine_plan_apply(l->engine, &w, l->arena, &rep, &l->e), ERR_NOENT);
	lab_person(l, "anna", "");
	import_and_decide(l);
	f = freeze(l);
	l->staging = true;
	lab_restart(l);
	w.plan = f.id;
	assert_int_equal(
	    engine_plan_apply(l->engine, &w, l->arena, &rep, &l->e),
	    ERR_REFUSED);
	w.dry_run = true;
	assert_int_equal(
	    engine_plan_apply(l->engine, &w, l->arena, &rep, &l->e), 0);
	assert_int_equal(rep.matched, 1);
	w.dry_run = false;
	l->staging = false;
	lab_restart(l);
	assert_int_equal(engine_plan_drop(l->engine, f.id, &l->e), 0);
	assert_int_equal(
	    engine_plan_apply(l->engine, &w, l->arena, &rep, &l->e),
	    ERR_REFUSED);
	assert_int_equal(engine_plan_drop(l->engine, f.id, &l->e), ERR_REFUSED);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 0);
}

/* ---- Plans of a cycle ---- */

static void
small_ones_apply_by_themselves(void **state)
{
	struct lab *l = *state;
	struct plan_report rep;
	struct frozen f;

	for (int i = 0; i < 20; i++)
		lab_person(l, arena_printf(l->arena, "p%02d", i), "");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	l->policy = (struct engine_policy){.apply = POLICY_SMALL,
	    .objects = 5,
	    .deletions = 1,
	    .percent = 100};
	lab_restart(l);
	lab_person(l, "p00", "title=x");
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.sent, 1);
	assert_int_equal(frozen_get(l->store, l->arena, 1, &f, &l->e), 0);
	assert_int_equal(f.state, FROZEN_APPLIED);
	assert_true(text_is(f.who, "cycle for cloud"));
	/* a large one waits, and each cycle says so */
	for (int i = 0; i < 6; i++)
		lab_person(l, arena_printf(l->arena, "p%02d", i), "title=y");
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(l->cycle.sent, 0);
	assert_non_null(strstr(l->cycle.err.text, "plan 2 waits for a person"));
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(
	    frozen_get(l->store, l->arena, 3, &f, &l->e), ERR_NOENT);
	/* what is not in it goes on */
	lab_person(l, "p19", "title=z");
	lab_person(l, "p05", "title=w");
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(l->cycle.sent, 1);
	assert_non_null(strstr(fake_dump(l->dirs[CLOUD], l->arena), "title=z"));
	rep = apply(l, 2, NULL, NULL);
	assert_int_equal(rep.matched, 5);
	moved_is(l, &rep,
	    "p05: title: now (nothing) -> w; planned (nothing) -> y\n");
	/* and what moved is in the plan of the next */
	lab_cycle(l, 0);
	assert_string_equal(lab_pending(l, CLOUD), "");
	/* deletions have a limit of their own; a plan that is dropped frees */
	lab_person(l, "p01", "adminDescription=NoSync");
	lab_person(l, "p02", "adminDescription=NoSync");
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 20);
	l->policy.apply = POLICY_NEVER;
	lab_restart(l);
	lab_person(l, "p03", "title=never");
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(l->cycle.sent, 0);
	l->policy.apply = POLICY_ALWAYS;
	lab_restart(l);
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 18);
}

/* ---- Killed in between ---- */

static void
world(struct lab *l)
{
	for (int i = 0; i < 6; i++)
		lab_person(l, arena_printf(l->arena, "p%d", i),
		    i != 0 ? "manager=@CN=p0,OU=People,DC=ad" : "title=Old");
	lab_person(l, "gone", "");
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	lab_person(l, "p0", "title=New;manager=@CN=p1,OU=People,DC=ad");
	lab_person(l, "q0", "manager=@CN=q1,OU=People,DC=ad");
	lab_person(l, "q1", "manager=@CN=q0,OU=People,DC=ad");
	lab_person(l, "gone", "adminDescription=NoSync");
	lab_group(l, "team", "p0 p1 q0 q1");
	import_and_decide(l);
}

static void
killed_in_between_goes_on(void **state)
{
	char *want = NULL;

	(void)state;
	for (unsigned n = 0; n < 60; n++) {
		struct lab *l = lab_new();
		struct plan_apply w = {.who = TEXT("bob")};
		struct plan_report rep;
		bool died;

		world(l);
		w.plan = freeze(l).id;
		l->dirs[CLOUD]->log[0] = '\0';
		lab_die_at((n + 1) / 2, n % 2 == 1);
		if (engine_plan_apply(l->engine, &w, l->arena, &rep, &l->e) ==
		    0)
			assert_false(lab_died());
		died = lab_died();
		lab_die_at(0, false);
		lab_restart(l);
		rep = apply(l, w.plan, NULL, NULL);
		if (rep.moved != 0)
			fail_msg("at %u: %.*s: %.*s", n,
			    TEXT_ARGS(rep.list[0].display),
			    TEXT_ARGS(rep.list[0].note));
		assert_int_equal(rep.plan.state, FROZEN_APPLIED);
		if (want == NULL) {
			want = strdup(fake_dump(l->dirs[CLOUD], l->arena));
			assert_non_null(want);
		}
		lab_cloud_is(l, want);
		lab_cycle(l, 0);
		assert_string_equal(lab_pending(l, CLOUD), "");
		(void)lab_free(l);
		if (n != 0 && !died)
			break;
	}
	free(want);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(nothing_pending_makes_no_plan),
	    TEST(the_same_has_the_same_hash),
	    TEST(a_plan_knows_rules_and_places),
	    TEST(apply_sends_the_plan),
	    TEST(what_moved_is_held_back),
	    TEST(a_target_that_moved_is_held_back),
	    TEST(a_selection_is_sent),
	    TEST(selections_that_are_none),
	    TEST(apply_is_refused),
	    TEST(small_ones_apply_by_themselves),
	    cmocka_unit_test(killed_in_between_goes_on),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("engine/plan", tests, NULL, NULL);
}
