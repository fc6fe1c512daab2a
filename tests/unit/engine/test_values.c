/* tests/unit/engine/test_values.c -- a bad value waits alone: the rest of the
 * object goes, and an object that cannot be without it waits as a whole. */
#include "lab.h"

static int
begin(void **state)
{
	struct lab *l = lab_new();

	l->guard.values = true;
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

static struct object_error
only_error(struct lab *l)
{
	struct error_query q = {
	    .connector = l->connectors[CLOUD].id, .max = 10};
	struct object_error *list = NULL;
	size_t n = 0;

	assert_int_equal(
	    error_list(l->store, l->arena, &q, &list, &n, &l->e), 0);
	assert_int_equal(n, 1);
	return list[0];
}

static void
no_error(struct lab *l)
{
	struct error_query q = {.max = 10};
	struct object_error *list = NULL;
	size_t n = 0;

	assert_int_equal(
	    error_list(l->store, l->arena, &q, &list, &n, &l->e), 0);
	assert_int_equal(n, 0);
}

static bool
cloud_has(const struct lab *l, const char *part)
{
	return strstr(fake_dump(l->dirs[CLOUD], l->arena), part) != NULL;
}

static void
one_value_waits(void **state)
{
	struct lab *l = *state;
	struct object_error err;

	lab_person(l, "anna", "mail=anna@x.test;title=Old");
	lab_cycle(l, 0);
	lab_person(l, "anna", "mail=no blanks@x.test;title=New");
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 1);
	assert_true(cloud_has(l, "title=New"));
	assert_true(cloud_has(l, "mail=anna@x.test"));
	err = only_error(l);
	assert_string_equal(err.type.data, "DataValidationFailed");
	assert_string_equal(err.attribute.data, "mail");
	assert_non_null(strstr(err.text.data,
	    "mail \"no blanks@x.test\" holds a character that is not allowed"));
	assert_non_null(strstr(err.text.data, "only this value waits"));
	/* it stays so, and is told again */
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 1);
	assert_int_equal(only_error(l).count, 2);
	/* mended: it goes */
	lab_person(l, "anna", "mail=new@x.test;title=New");
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 0);
	assert_true(cloud_has(l, "mail=new@x.test"));
	no_error(l);
}

static void
one_value_of_a_list_waits(void **state)
{
	struct lab *l = *state;

	lab_person(l, "anna", "proxyAddresses=smtp:a@x.test");
	lab_cycle(l, 0);
	lab_person(l, "anna",
	    "proxyAddresses=smtp:a@x.test|smtp:b b@x.test|smtp:c@x.test");
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 1);
	assert_true(cloud_has(l, "smtp:c@x.test"));
	assert_false(cloud_has(l, "smtp:b b@x.test"));
}

/* Of an add a value that can be missing waits alone; one that cannot holds the
 * object. */
static void
an_object_waits_by_name(void **state)
{
	struct lab *l = *state;
	char *name = arena_printf(l->arena, "%0300d", 1);

	fake_put(l->dirs[AD], "user", "anna", "CN=anna,OU=People,DC=ad",
	    arena_printf(
		l->arena, "employeeID=anna;displayName=%s;title=T", name));
	lab_person(l, "bob", "mail=bob");
	lab_cycle(l, 0);
	assert_int_equal(l->cycle.object_errors, 2);
	lab_cloud_is(l, "user CN=bob: displayName=bob sourceAnchor=bob\n");
	lab_person(l, "anna", "mail=anna@x.test");
	lab_person(l, "bob", "mail=bob@x.test");
	lab_cycle(l, 0);
	assert_int_equal(fake_there(l->dirs[CLOUD]), 2);
	assert_true(cloud_has(l, "mail=bob@x.test"));
	no_error(l);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_value_waits),
	    TEST(one_value_of_a_list_waits),
	    TEST(an_object_waits_by_name),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
