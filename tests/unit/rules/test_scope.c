/* tests/unit/rules/test_scope.c -- docs/engine/rules.md 3, by its numbers,
 * and the matching of 4.1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "world.h"

static int
setup(void **state)
{
	*state = world_new();
	return 0;
}

static int
teardown(void **state)
{
	*state = world_free(*state);
	return 0;
}

/* attribute, its value (NULL: absent), operator, value, whether it holds */
struct clause_case {
	const char *name;
	const char *have;
	enum scope_op op; // NOLINT(clang-analyzer-optin.performance.Padding)
	const char *value;
	bool holds;
};

static const struct clause_case clause_cases[] = {
    /* 3.1: strings ignore case */
    {"cn", "Anna", SCOPE_EQUAL, "aNNA", true},
    {"cn", "Anna", SCOPE_EQUAL, "Ann", false},
    {"cn", "Anna", SCOPE_NOTEQUAL, "anna", false},
    {"cn",
	"STRA\xc3\x9f"
	"E \xc3\x84",
	SCOPE_EQUAL,
	"stra\xc3\x9f"
	"e \xc3\xa4",
	true},
    {"cn", "b", SCOPE_LESSTHAN, "C", true},
    {"cn", "b", SCOPE_LESSTHAN, "B", false},
    {"cn", "b", SCOPE_LESSTHAN_OR_EQUAL, "B", true},
    {"cn", "b", SCOPE_GREATERTHAN, "A", true},
    {"cn", "b", SCOPE_GREATERTHAN_OR_EQUAL, "c", false},
    {"cn", "svc-backup", SCOPE_CONTAINS, "BACK", true},
    {"cn", "svc-backup", SCOPE_NOTCONTAINS, "back", false},
    {"cn", "svc-backup", SCOPE_STARTSWITH, "SVC-", true},
    {"cn", "svc-backup", SCOPE_NOTSTARTSWITH, "adm-", true},
    {"cn", "svc-backup", SCOPE_ENDSWITH, "Backup", true},
    {"cn", "svc-backup", SCOPE_ENDSWITH, "svc", false},
    {"cn", "svc-backup", SCOPE_NOTENDSWITH, "backup", false},
    {"cn", "x", SCOPE_ISNULL, "ignored", false},
    {"cn", "x", SCOPE_ISNOTNULL, "", true},
    {"cn", "x", SCOPE_ISIN, "X", true},
    {"cn", "x", SCOPE_ISNOTIN, "X", false},
    /* 3.1: absent */
    {"cn", NULL, SCOPE_EQUAL, "x", false},
    {"cn", NULL, SCOPE_NOTEQUAL, "x", true},
    {"cn", NULL, SCOPE_LESSTHAN, "x", false},
    {"cn", NULL, SCOPE_LESSTHAN_OR_EQUAL, "x", false},
    {"cn", NULL, SCOPE_GREATERTHAN, "", false},
    {"cn", NULL, SCOPE_GREATERTHAN_OR_EQUAL, "", false},
    {"cn", NULL, SCOPE_CONTAINS, "", false},
    {"cn", NULL, SCOPE_NOTCONTAINS, "x", true},
    {"cn", NULL, SCOPE_STARTSWITH, "", false},
    {"cn", NULL, SCOPE_NOTSTARTSWITH, "User_", true},
    {"cn", NULL, SCOPE_ENDSWITH, "x", false},
    {"cn", NULL, SCOPE_NOTENDSWITH, "x", true},
    {"cn", NULL, SCOPE_ISNULL, "", true},
    {"cn", NULL, SCOPE_ISNOTNULL, "", false},
    {"cn", NULL, SCOPE_ISIN, "x", false},
    {"cn", NULL, SCOPE_ISNOTIN, "x", true},
    {"userAccountControl", NULL, SCOPE_ISBITSET, "2", false},
    {"userAccountControl", NULL, SCOPE_ISBITNOTSET, "2", true},
    {"manager", NULL, SCOPE_ISMEMBEROF, "CN=g", false},
    {"manager", NULL, SCOPE_ISNOTMEMBEROF, "CN=g", true},
    /* 3.2: booleans, in any case; absent is False */
    {"accountEnabled", "?true", SCOPE_EQUAL, "TRUE", true},
    {"accountEnabled", "?true", SCOPE_EQUAL, "true", true},
    {"accountEnabled", "?false", SCOPE_EQUAL, "False", true},
    {"accountEnabled", "?false", SCOPE_NOTEQUAL, "True", true},
    {"accountEnabled", "?true", SCOPE_EQUAL, "1", false},
    {"accountEnabled", "?true", SCOPE_NOTEQUAL, "1", true},
    {"accountEnabled", NULL, SCOPE_EQUAL, "False", true},
    {"accountEnabled", NULL, SCOPE_EQUAL, "True", false},
    {"accountEnabled", NULL, SCOPE_NOTEQUAL, "True", true},
    {"accountEnabled", NULL, SCOPE_NOTEQUAL, "False", false},
    {"isCriticalSystemObject", NULL, SCOPE_NOTEQUAL, "TRUE", true},
    {"isCriticalSystemObject", "?true", SCOPE_NOTEQUAL, "TRUE", false},
    /* 3.2: numbers in their own order, decimal or hexadecimal */
    {"memberCount", "#9", SCOPE_LESSTHAN, "50000", true},
    {"memberCount", "#50000", SCOPE_LESSTHAN, "50000", false},
    {"memberCount", "#-1", SCOPE_LESSTHAN, "0", true},
    {"memberCount", "#16", SCOPE_EQUAL, "0x10", true},
    {"memberCount", "#16", SCOPE_EQUAL, "&H10", true},
    {"memberCount", "#16", SCOPE_EQUAL, "many", false},
    {"memberCount", "#16", SCOPE_NOTEQUAL, "many", true},
    {"memberCount", "#16", SCOPE_STARTSWITH, "1", true},
    /* 3.2: the value is a mask */
    {"userAccountControl", "#512", SCOPE_ISBITNOTSET, "2", true},
    {"userAccountControl", "#514", SCOPE_ISBITNOTSET, "2", false},
    {"userAccountControl", "#514", SCOPE_ISBITSET, "0x202", true},
    {"userAccountControl", "#512", SCOPE_ISBITSET, "0x202", false},
    {"memberCount", "#-2147483646", SCOPE_ISBITSET, "0x80000000", true},
    {"cn", "514", SCOPE_ISBITSET, "2", true},
    /* 3.2: references by name, binary by base64, hex or GUID */
    {"manager", "@CN=Boss,DC=x", SCOPE_EQUAL, "cn=boss, dc=X", true},
    {"manager", "@CN=Boss,DC=x", SCOPE_EQUAL, "cn=boss,dc=y", false},
    {"manager", "@CN=Boss,DC=x", SCOPE_CONTAINS, "dc=X", true},
    {"objectSid", "*0102ff", SCOPE_EQUAL, "0102FF", true},
    {"objectSid", "*0102ff", SCOPE_EQUAL, "AQL/", true},
    {"objectSid", "*0102ff", SCOPE_NOTEQUAL, "0102", true},
    {"objectGUID", "*33221100554477668899aabbccddeeff", SCOPE_EQUAL,
	"{00112233-4455-6677-8899-AABBCCDDEEFF}", true},
    {"objectSid", "*0102ff", SCOPE_CONTAINS, "01", false},
    /* GUID text: braces and case do not matter */
    {"cn", "{00112233-4455-6677-8899-aabbccddeeff}", SCOPE_EQUAL,
	"00112233-4455-6677-8899-AABBCCDDEEFF", true},
    {"cn", "00112233-4455-6677-8899-aabbccddeeff", SCOPE_EQUAL,
	"{00112233-4455-6677-8899-AABBCCDDEEFF}", true},
};

static void
test_clauses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(clause_cases) / sizeof(*clause_cases);
	     i++) {
		const struct clause_case *c = &clause_cases[i];
		struct world *w = world_new();
		struct rule *r = world_rule(w, RULE_INBOUND, 100);

		world_scope(w, r, false, c->name, c->op, c->value);
		assert_int_equal(world_build(w), 0);
		if (c->have != NULL)
			world_set(w, c->name, c->have);
		if (world_in_scope(w, 100) != (int)c->holds)
			fail_msg("case %zu: %s %s op %d %s", i, c->name,
			    c->have, (int)c->op, c->value);
		(void)world_free(w);
	}
}

/* Doubts D8: any value for the positive form, none for the negative. */
static void
test_many_values(void **state)
{
	struct world *w = *state;
	struct rule *r = world_rule(w, RULE_INBOUND, 100);
	struct rule *not = world_rule(w, RULE_INBOUND, 101);

	world_scope(w, r, false, "proxyAddresses", SCOPE_STARTSWITH, "smtp:");
	world_scope(
	    w, not, false, "proxyAddresses", SCOPE_NOTSTARTSWITH, "smtp:");
	assert_int_equal(world_build(w), 0);
	world_set(w, "proxyAddresses", "x500:/o=a");
	assert_int_equal(world_in_scope(w, 100), 0);
	assert_int_equal(world_in_scope(w, 101), 1);
	world_set(w, "proxyAddresses", "SMTP:a@b");
	assert_int_equal(world_in_scope(w, 100), 1);
	assert_int_equal(world_in_scope(w, 101), 0);
}

/* 3: AND inside a group, OR between groups, no group always. */
static void
test_groups(void **state)
{
	struct world *w = *state;
	struct rule *r = world_rule(w, RULE_INBOUND, 100);

	(void)world_rule(w, RULE_INBOUND, 101);
	world_scope(w, r, false, "cn", SCOPE_ISNOTNULL, "");
	world_scope(w, r, false, "title", SCOPE_EQUAL, "a");
	world_scope(w, r, true, "title", SCOPE_EQUAL, "b");
	assert_int_equal(world_build(w), 0);
	assert_int_equal(world_in_scope(w, 101), 1);
	assert_int_equal(world_in_scope(w, 100), 0);
	world_set(w, "title", "a");
	assert_int_equal(world_in_scope(w, 100), 0);
	world_set(w, "cn", "x");
	assert_int_equal(world_in_scope(w, 100), 1);
	world_clear(w);
	world_set(w, "title", "B");
	assert_int_equal(world_in_scope(w, 100), 1);
}

/* 3 and 9: %parameters% in the value, an unknown one is an error. */
static void
test_parameters(void **state)
{
	static const struct text params[] = {
	    TEXT("Own"), TEXT("x"), TEXT("Domain.Netbios"), TEXT("SET")};
	struct world *w = *state;

	w->connectors[0].params = params;
	w->connectors[0].param_count = 2;
	world_scope(w, world_rule(w, RULE_INBOUND, 100), false, "cn",
	    SCOPE_EQUAL, "%Connector.ID%/%Own%/%Domain.FQDN%");
	world_scope(w, world_rule(w, RULE_INBOUND, 101), false, "cn",
	    SCOPE_EQUAL, "%Nothing%");
	world_scope(w, world_rule(w, RULE_INBOUND, 102), false, "title",
	    SCOPE_EQUAL, "%Domain.Netbios%");
	world_scope(w, world_rule(w, RULE_INBOUND, 103), false,
	    "userAccountControl", SCOPE_ISBITSET, "%ADS_UF_ACCOUNTDISABLE%");
	assert_int_equal(world_build(w), 0);
	world_set(w, "cn", "AD/X/corp.example");
	world_set(w, "title", "set");
	world_set(w, "userAccountControl", "#514");
	assert_int_equal(world_in_scope(w, 100), 1);
	assert_int_equal(world_in_scope(w, 101), ERR_RULE);
	assert_string_equal(w->e.type, "sync-rule-expression-error");
	assert_non_null(strstr(w->e.text, "%Nothing%"));
	assert_non_null(strstr(w->e.text, "rule 101"));
	assert_int_equal(world_in_scope(w, 102), 1);
	assert_int_equal(world_in_scope(w, 103), 1);
}

static bool
member_of_pilot(void *ctx, struct text dn)
{
	(void)ctx;
	return text_is(dn, "CN=pilot");
}

static void
test_member_of(void **state)
{
	struct world *w = *state;
	struct plan_source src = {.attrs = &w->object,
	    .imported = &w->object,
	    .member_of = member_of_pilot};
	size_t n;
	const struct plan_rule *const *all;

	world_scope(w, world_rule(w, RULE_INBOUND, 100), false, "cn",
	    SCOPE_ISMEMBEROF, "CN=pilot");
	world_scope(w, world_rule(w, RULE_INBOUND, 101), false, "cn",
	    SCOPE_ISNOTMEMBEROF, "CN=pilot");
	assert_int_equal(world_build(w), 0);
	all = plan_all(w->plan, &n);
	assert_int_equal(n, 2);
	assert_int_equal(plan_in_scope(w->plan, all[0], &src, &w->e), 1);
	assert_int_equal(plan_in_scope(w->plan, all[1], &src, &w->e), 0);
	src.member_of = NULL;
	assert_int_equal(plan_in_scope(w->plan, all[0], &src, &w->e), 0);
	assert_int_equal(plan_in_scope(w->plan, all[1], &src, &w->e), 1);
}

static int
joined(struct world *w, const struct rule *r)
{
	return plan_join_matches(&r->join[0], &w->object, &w->other);
}

static void
other_set(struct world *w, const char *name, struct value v)
{
	assert_int_equal(
	    attrs_add(w->arena, &w->other, world_name(w, name), v), 0);
}

/* 4.1.5 and 4.1.6 */
static void
test_join_values(void **state)
{
	struct world *w = *state;
	struct rule *loose = world_rule(w, RULE_INBOUND, 100);
	struct rule *exact = world_rule(w, RULE_INBOUND, 101);
	struct rule *sid = world_rule(w, RULE_INBOUND, 102);
	struct rule *mixed = world_rule(w, RULE_INBOUND, 103);

	world_join(w, loose, false, "mail", "mail", false);
	world_join(w, exact, false, "mail", "mail", true);
	world_join(w, sid, false, "objectSid", "objectSid", false);
	world_join(w, mixed, false, "cn", "objectSid", false);
	assert_int_equal(joined(w, loose), 0); /* both absent */
	world_set(w, "mail", "A@x");
	assert_int_equal(joined(w, loose), 0);
	other_set(w, "mail", value_string(TEXT("a@X")));
	assert_int_equal(joined(w, loose), 1);
	assert_int_equal(joined(w, exact), 0);
	world_set(w, "mail", "a@X"); /* any pair of values: D9 */
	assert_int_equal(joined(w, exact), 1);
	world_set(w, "objectSid", "*0105");
	other_set(w, "objectSid", value_binary(TEXT("\x01\x05")));
	assert_int_equal(joined(w, sid), 1);
	world_set(w, "cn", "\x01\x05"); /* string against binary: never */
	assert_int_equal(joined(w, mixed), 0);
	world_join(w, loose, false, "objectSid", "sourceAnchor", false);
	assert_int_equal(joined(w, loose), 0); /* every clause */
}

static void
test_join_references(void **state)
{
	struct world *w = *state;
	struct rule *r = world_rule(w, RULE_INBOUND, 100);
	struct value v = value_reference_id(12, TEXT("CN=a"));

	world_join(w, r, false, "manager", "manager", false);
	assert_int_equal(
	    attrs_add(w->arena, &w->object, world_name(w, "manager"), v), 0);
	other_set(w, "manager", value_reference_id(13, TEXT("CN=a")));
	assert_int_equal(joined(w, r), 0);
	other_set(w, "manager", value_reference_id(12, TEXT("CN=b")));
	assert_int_equal(joined(w, r), 1);
}

/* 5: projection wants one join attribute with a value. */
static void
test_join_has_value(void **state)
{
	struct world *w = *state;
	struct rule *r = world_rule(w, RULE_INBOUND, 100);
	size_t n;
	const struct plan_rule *const *all;

	(void)world_rule(w, RULE_INBOUND, 101);
	world_join(w, r, false, "mail", "mail", false);
	world_join(w, r, true, "objectSid", "objectSid", false);
	assert_int_equal(world_build(w), 0);
	all = plan_all(w->plan, &n);
	assert_false(plan_join_has_value(all[0], &w->object));
	assert_true(plan_join_has_value(all[1], &w->object));
	world_set(w, "objectSid", "*01");
	assert_true(plan_join_has_value(all[0], &w->object));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_clauses),
	    TEST(test_many_values),
	    TEST(test_groups),
	    TEST(test_parameters),
	    TEST(test_member_of),
	    TEST(test_join_values),
	    TEST(test_join_references),
	    TEST(test_join_has_value),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
