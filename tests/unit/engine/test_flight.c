/* tests/unit/engine/test_flight.c -- one batch is answered while the next is
 * prepared ("cloud" works in pieces, four items a batch): what is lost, put off
 * or too much concerns the batch that it happened in. */
#include "lab.h"
#include "store/step.h"

#define PEOPLE 22 /* and one in the last batch alone */

static int
begin(void **state)
{
	struct lab *l = lab_new();
	char id[16];

	for (int i = 0; i < PEOPLE; i++) {
		(void)snprintf(id, sizeof(id), "p%02d", i);
		lab_person(l, id, "");
	}
	*state = l;
	return 0;
}

static int
end(void **state)
{
	(void)lab_free(*state);
	return 0;
}

static uint64_t
count(struct lab *l, enum cs_which which)
{
	struct cs_walk w = {.connector = 3, .which = which};
	uint64_t n = 0;

	assert_int_equal(cs_count(l->store, &w, &n, &l->e), 0);
	return n;
}

static size_t
sent(const struct lab *l, const char *what)
{
	size_t n = 0;

	for (const char *p = l->dirs[CLOUD]->log; (p = strstr(p, what)) != NULL;
	     p++)
		n++;
	return n;
}

static void
prepare(struct lab *l)
{
	lab_run(l, AD, "full-import", 0);
	lab_run(l, CLOUD, "full-import", 0);
	lab_run(l, AD, "full-sync", 0);
	assert_int_equal(count(l, CS_PENDING_EXPORT), PEOPLE);
}

static void
all_of_them(void **state)
{
	struct lab *l = *state;

	prepare(l);
	lab_run(l, CLOUD, "export", 0);
	assert_string_equal(lab_result(l), "success");
	assert_int_equal(lab_counter(l, "export-add"), PEOPLE);
	assert_int_equal(sent(l, "add "), PEOPLE);
	assert_int_equal(count(l, CS_PENDING_EXPORT), 0);
	assert_int_equal(count(l, CS_UNCERTAIN), 0);
}

/* The sixth is done, and the connection lost: of its batch nobody knows; the
 * batch behind it was noted as sent, and is pending again as if it never was.
 * Nobody is sent twice. */
static void
lost_with_one_behind(void **state)
{
	struct lab *l = *state;

	prepare(l);
	l->dirs[CLOUD]->export_stops_at = l->dirs[CLOUD]->items + 6;
	lab_run(l, CLOUD, "export", ERR_CONNECT);
	assert_int_equal(sent(l, "add "), 6);
	assert_int_equal(count(l, CS_UNCERTAIN), 3);
	assert_int_equal(count(l, CS_PENDING_EXPORT), PEOPLE - 8);
	l->dirs[CLOUD]->export_stops_at = 0;
	lab_cycle(l, 0);
	lab_cycle(l, 0);
	assert_int_equal(sent(l, "add "), PEOPLE);
	assert_int_equal(count(l, CS_PENDING_EXPORT), 0);
	assert_int_equal(count(l, CS_UNCERTAIN), 0);
}

/* The store fails at each commit in turn while batches are under way. */
static void
store_fails(void **state)
{
	struct lab *l = *state;
	unsigned n;

	prepare(l);
	for (n = 1;; n++) {
		int r;

		lab_die_at(n, n % 2 == 0);
		r = engine_run(l->engine, CLOUD,
		    engine_profile_parse(TEXT("export")), l->arena, &l->run,
		    &l->e);
		lab_restart(l);
		if (!lab_died())
			break;
		assert_true(r < 0);
		lab_die_at(0, false);
		lab_run(l, CLOUD, "full-import", 0);
		lab_run(l, CLOUD, "full-sync", 0);
	}
	assert_true(n > 4); /* some of them between two batches */
	lab_die_at(0, false);
	lab_cycle(l, 0);
	assert_int_equal(sent(l, "add "), PEOPLE);
	assert_int_equal(count(l, CS_PENDING_EXPORT), 0);
	assert_int_equal(count(l, CS_UNCERTAIN), 0);
}

/* One that refers to one of the batch in the air waits for the last pass. */
static void
reference_into_the_air(void **state)
{
	struct lab *l = *state;

	lab_person(l, "p21", "manager=@CN=p16,OU=People,DC=ad");
	prepare(l);
	lab_run(l, CLOUD, "export", 0);
	assert_int_equal(sent(l, "add "), PEOPLE);
	assert_int_equal(count(l, CS_PENDING_EXPORT), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(all_of_them, begin, end),
	    cmocka_unit_test_setup_teardown(lost_with_one_behind, begin, end),
	    cmocka_unit_test_setup_teardown(store_fails, begin, end),
	    cmocka_unit_test_setup_teardown(reference_into_the_air, begin, end),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
