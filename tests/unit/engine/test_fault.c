/* tests/unit/engine/test_fault.c -- faults of a source are told from changes:
 * an attribute that is gone at once, a container that lost all, in full imports
 * and in deltas. */
#include "lab.h"

static int
begin(void **state)
{
	struct lab *l = lab_new();

	l->connectors[AD].kind = &fake_tracked_kind;
	l->dirs[AD]->tells = true;
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

static char *
id_of(struct lab *l, const char *ou, int i)
{
	return arena_printf(l->arena, "%s%03d", ou, i);
}

/* In an OU of its own, with one attribute more. */
static void
people(struct lab *l, const char *ou, int from, int to, const char *more)
{
	for (int i = from; i < to; i++) {
		char *id = id_of(l, ou, i);

		fake_put(l->dirs[AD], "user", id,
		    arena_printf(l->arena, "CN=%s,OU=%s,DC=ad", id, ou),
		    arena_printf(l->arena, "employeeID=%s;displayName=%s%s", id,
			id, more));
	}
}

static void
remove_people(struct lab *l, const char *ou, int from, int to)
{
	for (int i = from; i < to; i++)
		fake_delete(l->dirs[AD], id_of(l, ou, i));
}

static void
detail_has(const struct lab *l, const char *part)
{
	if (strstr(l->run.err.text, part) == NULL)
		fail_msg(
		    "\"%s\" says nothing of \"%s\"", l->run.err.text, part);
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
ack(struct lab *l)
{
	static const struct guard_wish anna = {.who = {"anna", 4},
	    .reason = {"it is meant", 11},
	    .until_ms = INT64_MAX,
	    .once = true};

	assert_int_equal(engine_guard_ack(l->engine, AD, &anna, &l->e), 0);
}

static void
settled(struct lab *l)
{
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	assert_string_equal(lab_pending(l, CLOUD), "");
}

/* ---- Attributes ---- */

/* Proves: model 5.1.9. */
static void
an_attribute_vanishes(void **state)
{
	struct lab *l = *state;

	people(l, "Lyon", 0, 40, ";mail=x@y;title=T");
	lab_cycle(l, 0);
	assert_int_equal(with(l, "mail=x@y"), 40);
	/* two of them still have it: 95 %; and one real change beside */
	people(l, "Lyon", 0, 38, ";title=T");
	people(l, "Lyon", 39, 40, ";mail=x@y;title=New");
	lab_run(l, AD, "full-import", ERR_GUARD);
	assert_string_equal(lab_result(l), "stopped-source-fault");
	detail_has(l, "attribute mail vanished from 38 of 40 user objects of "
		      "ad: lost read right");
	detail_has(l, "causeway guard ack ad --reason WHY");
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(with(l, "mail=x@y"), 40);
	assert_int_equal(with(l, "title=New"), 1);
	/* it goes on until somebody does something */
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(with(l, "mail=x@y"), 40);
	/* the right is back: not one change */
	people(l, "Lyon", 0, 38, ";mail=x@y;title=T");
	l->dirs[CLOUD]->writes = 0;
	settled(l);
	assert_int_equal(l->dirs[CLOUD]->writes, 0);
}

static void
a_real_loss_is_acknowledged(void **state)
{
	struct lab *l = *state;

	people(l, "Lyon", 0, 40, ";mail=x@y");
	lab_cycle(l, 0);
	people(l, "Lyon", 0, 40, "");
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(with(l, "mail=x@y"), 40);
	ack(l);
	lab_cycle(l, 0);
	assert_int_equal(with(l, "mail=x@y"), 0);
	settled(l);
	/* once: the next one is asked about again */
	people(l, "Lyon", 0, 40, ";mail=x@y");
	lab_cycle(l, 0);
	people(l, "Lyon", 0, 40, "");
	lab_cycle(l, ERR_GUARD);
}

/* As many lose it as are left, or few at all: that is work. */
static void
some_lose_an_attribute(void **state)
{
	struct lab *l = *state;

	people(l, "Lyon", 0, 40, ";mail=x@y");
	people(l, "Oslo", 0, 8, ";title=T");
	lab_cycle(l, 0);
	people(l, "Lyon", 0, 35, ""); /* 35 of 40: 88 % */
	people(l, "Oslo", 0, 8, "");  /* all 8: not more than the minimum */
	lab_cycle(l, 0);
	assert_int_equal(with(l, "mail=x@y"), 5);
	assert_int_equal(with(l, "title=T"), 0);
}

static void
references_vanish(void **state)
{
	struct lab *l = *state;

	people(l, "Lyon", 0, 12, "");
	for (int i = 0; i < 12; i++)
		fake_put(l->dirs[AD], "group", id_of(l, "g", i),
		    arena_printf(l->arena, "CN=g%d,OU=Lyon,DC=ad", i),
		    arena_printf(l->arena,
			"employeeID=g%d;displayName=g%d;member=@CN=Lyon%03d,OU="
			"Lyon,DC=ad",
			i, i, i));
	lab_cycle(l, 0);
	assert_int_equal(with(l, "member="), 12);
	for (int i = 0; i < 12; i++)
		fake_put(l->dirs[AD], "group", id_of(l, "g", i),
		    arena_printf(l->arena, "CN=g%d,OU=Lyon,DC=ad", i),
		    arena_printf(
			l->arena, "employeeID=g%d;displayName=g%d", i, i));
	lab_run(l, AD, "full-import", ERR_GUARD);
	detail_has(
	    l, "attribute member vanished from 12 of 12 group objects of ad");
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(with(l, "member="), 12);
	ack(l);
	lab_cycle(l, 0);
	assert_int_equal(with(l, "member="), 0);
}

/* An import that was cut staged a part; the next one knows it nevertheless. */
static void
cut_in_between(void **state)
{
	struct lab *l = *state;

	people(l, "Lyon", 0, 40, ";mail=x@y");
	lab_cycle(l, 0);
	people(l, "Lyon", 0, 40, "");
	l->dirs[AD]->import_stops_at = 33;
	lab_run(l, AD, "full-import", ERR_CONNECT);
	l->dirs[AD]->import_stops_at = 0;
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(with(l, "mail=x@y"), 40);
}

/* ---- Containers ---- */

/* Proves: model 5.1.10. */
static void
a_container_is_emptied(void **state)
{
	struct lab *l = *state;

	people(l, "Lyon", 0, 14, "");
	people(l, "Oslo", 0, 60, "");
	lab_cycle(l, 0);
	remove_people(l, "Lyon", 0, 14);
	remove_people(l, "Oslo", 7, 9); /* real, and goes on */
	lab_run(l, AD, "full-import", ERR_GUARD);
	assert_string_equal(lab_result(l), "stopped-source-fault");
	detail_has(l, "OU=Lyon,DC=ad left the scope of ad: 14 users");
	assert_int_equal(lab_counter(l, "stage-delete"), 2);
	for (int i = 0; i < 2; i++) {
		lab_cycle(l, ERR_GUARD);
		assert_int_equal(fake_there(l->dirs[CLOUD]), 72);
	}
	people(l, "Lyon", 0, 14, "");
	settled(l);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 72);
	remove_people(l, "Lyon", 0, 14);
	ack(l);
	/* it is for a full import */
	lab_run(l, AD, "full-import", 0);
	settled(l);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 58);
}

/* The highest of containers inside each other is named, once. */
static void
the_highest_is_named(void **state)
{
	struct lab *l = *state;

	people(l, "Sales,OU=Lyon", 0, 14, "");
	people(l, "Lab,OU=Lyon", 0, 14, "");
	people(l, "Oslo", 0, 60, "");
	lab_cycle(l, 0);
	remove_people(l, "Sales,OU=Lyon", 0, 14);
	remove_people(l, "Lab,OU=Lyon", 0, 14);
	lab_run(l, AD, "full-import", ERR_GUARD);
	detail_has(l, "OU=Lyon,DC=ad left the scope of ad: 28 users (");
}

/* Proves: model 5.2.9. */
static void
a_delta_tells_of_an_emptied_container(void **state)
{
	struct lab *l = *state;

	people(l, "Lyon", 0, 14, ";mail=x@y");
	people(l, "Oslo", 0, 60, "");
	lab_cycle(l, 0);
	remove_people(l, "Lyon", 0, 14);
	people(l, "Oslo", 3, 4, ";title=New");
	lab_run(l, AD, "delta-import", ERR_GUARD);
	assert_string_equal(lab_result(l), "stopped-source-fault");
	detail_has(l, "OU=Lyon,DC=ad left the scope of ad: 14 users");
	lab_run(l, AD, "delta-sync", 0);
	lab_run(l, CLOUD, "export", 0);
	assert_int_equal(with(l, "title=New"), 1);
	/* a delta tells it once; the guard asks again all the same */
	lab_cycle(l, ERR_GUARD);
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 74);
	assert_int_equal(with(l, "mail=x@y"), 14);
	ack(l);
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 60);
	settled(l);
}

static void
a_delta_tells_too_much(void **state)
{
	struct lab *l = *state;

	people(l, "Oslo", 0, 60, ";mail=x@y");
	lab_cycle(l, 0);
	remove_people(l, "Oslo", 0, 40);
	lab_run(l, AD, "delta-import", ERR_GUARD);
	assert_string_equal(
	    lab_result(l), "stopped-deletion-threshold-exceeded");
	detail_has(l, "40 of the 60 known are missing");
	lab_cycle(l, ERR_GUARD);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 60);
	people(l, "Oslo", 0, 40, ";mail=x@y");
	l->dirs[CLOUD]->writes = 0;
	settled(l);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 60);
	assert_int_equal(l->dirs[CLOUD]->writes, 0);
}

/* ---- Random directories, against numbers that were counted here ---- */

static unsigned seed;

static unsigned
dice(unsigned n)
{
	seed = seed * 1103515245U + 12345U;
	return (seed >> 16) % n;
}

static const char *const places[] = {"Lyon", "Oslo", "Kiel"};

struct losses {
	int people[3], gone[3]; /* of each place */
	int blanked;            /* of those who stay */
	int all, gone_all;
};

/* Each place loses nobody, some, or all; the attribute likewise. */
static struct losses
lose(struct lab *l)
{
	static const unsigned shares[] = {0, 5, 50, 97, 100};
	unsigned blank = shares[dice(5)];
	struct losses x = {.blanked = 0};

	for (int p = 0; p < 3; p++)
		x.people[p] = 4 + (int)dice(30);
	for (int p = 0; p < 3; p++) {
		people(l, places[p], 0, x.people[p], ";mail=x@y");
		x.all += x.people[p];
	}
	lab_cycle(l, 0);
	for (int p = 0; p < 3; p++) {
		unsigned share = shares[dice(5)];

		for (int i = 0; i < x.people[p]; i++) {
			if (dice(100) < share) {
				remove_people(l, places[p], i, i + 1);
				x.gone[p]++;
			} else if (dice(100) < blank) {
				people(l, places[p], i, i + 1, "");
				x.blanked++;
			}
		}
		x.gone_all += x.gone[p];
	}
	return x;
}

/* What a guard has to let through: deletions, and losses of the attribute. */
static void
expected(const struct losses *x, int *gone, int *blanked)
{
	int stay = x->all - x->gone_all;
	/* those who are not read lose nothing that is seen */
	bool vanished = x->blanked > 10 && x->blanked * 100 >= 90 * x->all;
	bool shrunk =
	    stay == 0 || (x->gone_all > 10 && x->gone_all * 100 > 40 * x->all);

	*blanked = vanished ? 0 : x->blanked;
	*gone = 0;
	for (int p = 0; p < 3; p++)
		if (x->gone[p] < x->people[p] || x->gone[p] <= 10)
			*gone += x->gone[p];
	if (vanished || shrunk)
		*gone = 0;
}

static void
one_world(unsigned n)
{
	struct lab *l = lab_new();
	struct losses x;
	int gone, blanked, there, with_mail;
	bool held;

	seed = n * 7919;
	x = lose(l);
	expected(&x, &gone, &blanked);
	held = gone != x.gone_all || blanked != x.blanked;
	lab_cycle(l, held ? ERR_GUARD : 0);
	there = (int)fake_there(l->dirs[CLOUD]);
	with_mail = (int)with(l, "mail=x@y");
	if (there != x.all - gone || with_mail != there - blanked)
		fail_msg("world %u: %d of %d gone, %d blanked: %d are there, "
			 "%d with mail",
		    n, x.gone_all, x.all, x.blanked, there, with_mail);
	(void)lab_free(l);
}

static void
random_sources(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 80; n++)
		one_world(n);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_attribute_vanishes),
	    TEST(a_real_loss_is_acknowledged),
	    TEST(some_lose_an_attribute),
	    TEST(references_vanish),
	    TEST(cut_in_between),
	    TEST(a_container_is_emptied),
	    TEST(the_highest_is_named),
	    TEST(a_delta_tells_of_an_emptied_container),
	    TEST(a_delta_tells_too_much),
	    cmocka_unit_test(random_sources),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
