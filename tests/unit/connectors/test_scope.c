/* tests/unit/connectors/test_scope.c -- the nearest ancestor decides. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "connectors/scope.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

struct question {
	const char *dn;
	bool in;
};

static void
ask(struct scope *s, const struct question *q, size_t n)
{
	struct arena *a = arena_new(0);

	assert_non_null(s);
	for (size_t i = 0; i < n; i++) {
		struct text key;

		assert_int_equal(dn_key(a, text_of(q[i].dn), &key), 0);
		if (scope_includes(s, key) != q[i].in)
			fail_msg(
			    "%s should be %s", q[i].dn, q[i].in ? "in" : "out");
	}
	(void)arena_free(a);
	(void)scope_free(s);
}

/* The partition is excluded, one container of it included. */
static void
only_below(void **state)
{
	const struct text in[] = {TEXT("OU=CORP,DC=contoso,DC=com")};
	const struct text out[] = {TEXT("DC=contoso,DC=com")};
	const struct question q[] = {
	    {"DC=contoso,DC=com", false},
	    {"OU=CORP,DC=contoso,DC=com", true},
	    {"ou=corp, dc=Contoso,dc=com", true},
	    {"CN=Anna,OU=Sales,OU=CORP,DC=contoso,DC=com", true},
	    {"CN=Anna,OU=CORPORATE,DC=contoso,DC=com", false},
	    {"CN=Anna,OU=CORP2,DC=contoso,DC=com", false},
	    {"CN=Users,DC=contoso,DC=com", false},
	    {"CN=x,DC=elsewhere,DC=com", false},
	};

	(void)state;
	ask(scope_new(in, 1, out, 1), q, COUNT(q));
}

/* Proves: doubts D21, model 1.2.2 */
static void
nearest_wins(void **state)
{
	const struct text in[] = {
	    TEXT("OU=A,DC=x"), TEXT("OU=C,OU=B,OU=A,DC=x")};
	const struct text out[] = {TEXT("OU=B,OU=A,DC=x"), TEXT("DC=x")};
	const struct question q[] = {
	    {"CN=1,OU=A,DC=x", true},
	    {"CN=1,OU=B,OU=A,DC=x", false},
	    {"CN=1,OU=Z,OU=B,OU=A,DC=x", false},
	    {"CN=1,OU=C,OU=B,OU=A,DC=x", true},
	    {"CN=1,OU=Z,OU=C,OU=B,OU=A,DC=x", true},
	    {"CN=1,DC=x", false},
	};

	(void)state;
	ask(scope_new(in, 2, out, 2), q, COUNT(q));
}

static void
inclusion_wins_where_both(void **state)
{
	const struct text both[] = {TEXT("OU=A,DC=x")};
	const struct question q[] = {
	    {"CN=1,OU=A,DC=x", true}, {"CN=1,OU=B,DC=x", false}};

	(void)state;
	ask(scope_new(both, 1, both, 1), q, COUNT(q));
}

static void
nothing_named(void **state)
{
	const struct text empty[] = {TEXT("")};
	const struct text in[] = {TEXT("OU=A,DC=x")};
	const struct text out[] = {TEXT("OU=B,DC=x")};
	const struct question all[] = {
	    {"CN=1,OU=A,DC=x", true}, {"CN=1,DC=x", true}};
	const struct question but[] = {
	    {"CN=1,OU=A,DC=x", true}, {"CN=1,OU=B,DC=x", false}};
	const struct question some[] = {{"CN=1,OU=A,DC=x", true},
	    {"CN=1,OU=B,DC=x", false}, {"CN=1,DC=x", false}};

	(void)state;
	ask(scope_new(NULL, 0, NULL, 0), all, COUNT(all));
	ask(scope_new(NULL, 0, out, 1), but, COUNT(but));
	ask(scope_new(in, 1, NULL, 0), some, COUNT(some));
	ask(scope_new(empty, 1, out, 1), but, COUNT(but));
}

static void
names_the_container(void **state)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const struct text in[] = {TEXT("OU=A,DC=x")};
	const struct text out[] = {TEXT("ou=b,OU=A,DC=x")};
	CLEANUP(scope_freep)
	struct scope *s = scope_new(in, 1, out, 1);
	struct text key, container;

	(void)state;
	assert_int_equal(dn_key(a, TEXT("CN=1,OU=B,OU=A,DC=x"), &key), 0);
	assert_false(scope_decides(s, key, &container));
	assert_true(text_is(container, "ou=b,OU=A,DC=x"));
	assert_int_equal(dn_key(a, TEXT("CN=1,OU=A,DC=x"), &key), 0);
	assert_true(scope_decides(s, key, &container));
	assert_true(text_is(container, "OU=A,DC=x"));
	assert_int_equal(dn_key(a, TEXT("CN=1,DC=x"), &key), 0);
	assert_false(scope_decides(s, key, &container));
	assert_int_equal(container.len, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_below),
	    cmocka_unit_test(nearest_wins),
	    cmocka_unit_test(inclusion_wins_where_both),
	    cmocka_unit_test(nothing_named),
	    cmocka_unit_test(names_the_container),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
