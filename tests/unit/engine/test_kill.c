/* tests/unit/engine/test_kill.c -- the process dies at any commit, or objects
 * come in any order: the end state is the same, and no object is there twice.
 */
#include "lab.h"

static void
start(struct lab *l)
{
	lab_person(l, "anna", "mail=a@x;manager=@CN=bob,OU=People,DC=ad");
	lab_person(l, "bob", "mail=b@x;title=Staff");
	lab_person(l, "carl", "mail=c@x;manager=@CN=anna,OU=People,DC=ad");
	lab_person(l, "dora", "title=Staff;manager=@CN=bob,OU=People,DC=ad");
	lab_person(l, "emil", "");
	lab_group(l, "team", "anna bob crew");
	lab_group(l, "crew", "bob team carl");
}

static void
later(struct lab *l)
{
	lab_person(l, "anna", "mail=a2@x;title=Staff");
	fake_delete(l->dirs[AD], "emil");
	lab_person(l, "carl", "adminDescription=NoSync");
	lab_person(l, "fred", "manager=@CN=anna,OU=People,DC=ad");
	lab_group(l, "crew", "bob fred");
}

/* Both changes, each with a cycle that may die, and then cycles until nothing
 * is left to do. */
static char *
live_through(struct lab *l, unsigned n, bool after, bool in_second, bool *died)
{
	struct err e = {0};

	start(l);
	if (in_second)
		lab_cycle(l, 0);
	lab_die_at(n, after);
	if (in_second)
		later(l);
	if (engine_cycle(l->engine, false, l->arena, &l->cycle, &e) == 0)
		assert_false(lab_died());
	*died = lab_died();
	lab_die_at(0, false);
	lab_restart(l);
	if (!in_second) {
		lab_cycle(l, 0);
		later(l);
	}
	for (int i = 0; i < 4; i++)
		lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 0);
	assert_string_equal(lab_pending(l, CLOUD), "");
	assert_string_equal(lab_pending(l, LDAP), "");
	return arena_printf(l->arena, "%s--\n%s",
	    fake_dump(l->dirs[CLOUD], l->arena),
	    fake_dump(l->dirs[LDAP], l->arena));
}

static const char end_state[] =
    "group CN=crew: displayName=crew member=CN=bob|CN=fred"
    " sourceAnchor=crew\n"
    "group CN=team: displayName=team member=CN=anna|CN=bob|CN=crew"
    " sourceAnchor=team\n"
    "user CN=anna: displayName=anna mail=a2@x sourceAnchor=anna title=Staff\n"
    "user CN=bob: displayName=bob mail=b@x sourceAnchor=bob title=Staff\n"
    "user CN=dora: displayName=dora manager=CN=bob sourceAnchor=dora"
    " title=Staff\n"
    "user CN=fred: displayName=fred manager=CN=anna sourceAnchor=fred\n"
    "--\n"
    "user CN=anna,O=x: displayName=anna\n"
    "user CN=bob,O=x: displayName=bob\n"
    "user CN=dora,O=x: displayName=dora manager=CN=bob,O=x\n";

static bool
die_once(unsigned n, bool after, bool in_second)
{
	struct lab *l = lab_new();
	bool died = false;
	char *got = live_through(l, n, after, in_second, &died);

	if (strcmp(got, end_state) != 0)
		fail_msg("killed %s commit %u: %s", after ? "after" : "before",
		    n, got);
	(void)lab_free(l);
	return died;
}

static unsigned
die_everywhere(bool in_second)
{
	unsigned n = 1;

	while (die_once(n, false, in_second)) {
		(void)die_once(n, true, in_second);
		n++;
	}
	return n;
}

static void
dies_in_the_first_cycle(void **state)
{
	(void)state;
	assert_true(die_everywhere(false) > 30);
}

static void
dies_in_the_second_cycle(void **state)
{
	(void)state;
	assert_true(die_everywhere(true) > 30);
}

/* A small generator, so that a failure can be run again. */
static uint32_t seed;

static size_t
draw(size_t below)
{
	seed = seed * 1664525U + 1013904223U;
	return (seed >> 8) % below;
}

static void
shuffle(struct fake *f)
{
	for (size_t i = f->count; i > 1; i--) {
		size_t k = draw(i);
		struct fake_object o = f->objects[i - 1];

		f->objects[i - 1] = f->objects[k];
		f->objects[k] = o;
	}
}

static void
order_does_not_matter(void **state)
{
	(void)state;
	for (uint32_t first = 1; first < 60; first++) {
		struct lab *l = lab_new();
		char *got;

		seed = first;
		start(l);
		shuffle(l->dirs[AD]);
		lab_cycle(l, 0);
		later(l);
		shuffle(l->dirs[AD]);
		for (int i = 0; i < 3; i++) {
			shuffle(l->dirs[CLOUD]);
			lab_cycle(l, 0);
		}
		got = arena_printf(l->arena, "%s--\n%s",
		    fake_dump(l->dirs[CLOUD], l->arena),
		    fake_dump(l->dirs[LDAP], l->arena));
		if (strcmp(got, end_state) != 0)
			fail_msg("seed %u: %s", first, got);
		(void)lab_free(l);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dies_in_the_first_cycle),
	    cmocka_unit_test(dies_in_the_second_cycle),
	    cmocka_unit_test(order_does_not_matter),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
