/* tests/unit/rules/test_plan.c -- building: what is wrong is told, and the
 * lists that the engine asks for. */
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

static void
must_block(struct world *w, const char *part)
{
	assert_int_equal(world_build(w), ERR_CONFIG);
	assert_null(w->plan);
	if (!world_problem(w, part))
		fail_msg("no problem says \"%s\", the first: %s", part,
		    w->problems[0].text.data);
}

static void
test_unknown_names(void **state)
{
	struct world *w = *state;
	struct rule *r = world_rule(w, RULE_INBOUND, 100);

	world_scope(w, r, false, "nosuch1", SCOPE_ISNULL, "");
	world_join(w, r, false, "nosuch2", "mail", false);
	world_join(w, r, false, "mail", "nosuch3", false);
	world_flow(w, r, "mail", "[nosuch4]");
	world_flow(w, r, "nosuch5", "[mail]");
	world_flow(w, r, "title", "Trim([nosuch6])");
	world_flow(w, r, "displayName", "%nosuch7%");
	world_flow(w, r, "sourceAnchor", "nosuch8(1)");
	r->connector = TEXT("ad");
	must_block(w, "\"nosuch1\" is not in the schema of the connector ad: "
		      "take it out of the rule, or set disabled: true");
	assert_true(world_problem(w, "connector schema ad --refresh"));
	assert_true(world_problem(w,
	    "join: attribute \"nosuch2\" is not in the schema of the "
	    "connector ad"));
	assert_true(world_problem(w, "the metaverse has no such"));
	assert_true(world_problem(w, "\"nosuch4\" is not in the schema"));
	assert_true(world_problem(
	    w, "target \"nosuch5\" is not in the schema of the metaverse"));
	assert_true(world_problem(w,
	    "unknown attribute \"nosuch6\": it is not in the schema of the "
	    "connector ad"));
	assert_true(world_problem(w, "unknown parameter \"nosuch7\""));
	assert_true(world_problem(w, "unknown function \"nosuch8\""));
	r->connector = TEXT("nosuch9");
	must_block(w, "there is no connector \"nosuch9\"");
}

/* File, line, rule, attribute and position of a fault. */
static void
test_place_of_a_problem(void **state)
{
	struct world *w = *state;
	struct rule *r = world_rule(w, RULE_INBOUND, 100);
	const struct plan_problem *p;

	world_flow(w, r, "mail", "[mail]");
	world_flow(w, r, "title", "[cn] & Trmi([title])");
	must_block(w, "unknown function \"Trmi\"");
	assert_int_equal(w->problem_count, 1);
	p = &w->problems[0];
	assert_true(p->blocks);
	assert_true(text_is(p->file, "test.yaml"));
	assert_int_equal(p->line, 1002);
	assert_true(text_is(p->rule, "rule 100"));
	assert_true(text_is(p->attribute, "title"));
	assert_int_equal(p->position, 8);
}

static void
test_two_flows(void **state)
{
	struct world *w = *state;
	struct rule *r = world_rule(w, RULE_INBOUND, 100);

	world_flow(w, r, "mail", "[mail]");
	world_flow(w, r, "title", "[title]");
	world_flow(w, r, "mail", "=x");
	must_block(w, "two flows of one rule to \"mail\"");
}

static void
test_merge_on_single(void **state)
{
	struct world *w = *state;

	world_flow(w, world_rule(w, RULE_INBOUND, 100), "mail", "[mail]")
	    ->merge = MERGE_MERGE;
	must_block(w, "many values");
}

static void
test_provision(void **state)
{
	struct world *w = *state;
	struct rule *r = world_rule(w, RULE_INBOUND, 100);

	r->link = LINK_PROVISION;
	r->target_type = 0;
	must_block(w, "cannot provision");
	w->rule_count = 0;
	r = world_rule(w, RULE_OUTBOUND, 100);
	r->link = LINK_PROVISION;
	must_block(w, "needs a flow to dn");
	world_flow(w, r, "dn", "\"CN=\" & [mail]");
	assert_int_equal(world_build(w), 0);
	r->target_type = 0;
	must_block(w, "must be named");
}

static void
test_precedence_and_ids(void **state)
{
	struct world *w = *state;
	struct rule *a = world_rule(w, RULE_INBOUND, 100);
	struct rule *b = world_rule(w, RULE_OUTBOUND, 100);

	must_block(w, "precedence 100 is that of rule");
	b->disabled = true;
	assert_int_equal(world_build(w), 0);
	b->disabled = false;
	b->precedence = -1;
	must_block(w, "below 0");
	b->precedence = 101;
	b->id = a->id;
	must_block(w, "the id \"r1\"");
}

static void
test_types_and_constants(void **state)
{
	struct world *w = *state;
	struct rule *r = world_rule(w, RULE_INBOUND, 100);

	world_flow(w, r, "countryCode", "=Germany");
	world_flow(w, r, "title", "[objectSid]");
	world_scope(w, r, false, "userAccountControl", SCOPE_ISBITSET, "two");
	must_block(w, "\"Germany\" is no integer");
	assert_true(world_problem(w, "objectSid is a binary"));
	assert_true(world_problem(w, "\"two\" is no number"));
	w->rule_count = 0;
	r = world_rule(w, RULE_INBOUND, 100);
	r->source_type = world_name(w, "printer");
	must_block(w, "has no object type \"printer\"");
	r->source_type = world_name(w, "user");
	r->target_type = world_name(w, "printer");
	must_block(w, "the metaverse has no object type \"printer\"");
}

/* A rule of our own leaves out what the directory does not have. */
static void
test_own_rules_adapt(void **state)
{
	struct world *w = *state;
	struct rule *r = world_rule(w, RULE_INBOUND, 100);
	struct rule *other = world_rule(w, RULE_INBOUND, 101);
	struct rule *out = world_rule(w, RULE_OUTBOUND, 102);
	size_t n;

	r->tag = other->tag = out->tag = TEXT("causeway.test.1");
	world_scope(w, r, false, "adminDescription", SCOPE_NOTSTARTSWITH, "x");
	world_flow(w, r, "mail", "[nosuch]");
	/* what holds where nothing is there is said all the same */
	world_flow(w, r, "title", "IIF([nosuch] = 2,NULL,\"User\")");
	world_flow(
	    w, r, "displayName", "IIF(IsPresent([nosuch]),[nosuch],[cn])");
	world_flow(w, r, "sourceAnchor", "%Connector.ID%");
	other->source_type = world_name(w, "inetOrgPerson");
	world_flow(w, out, "nosuch", "[mail]");
	world_flow(w, out, "mail", "[mail]");
	assert_int_equal(world_build(w), 0);
	assert_int_equal(w->problem_count, 0);
	(void)plan_all(w->plan, &n);
	assert_int_equal(n, 2); /* not the one for inetOrgPerson */
	world_set(w, "cn", "c");
	assert_int_equal(world_in_scope(w, 100), 1);
	assert_int_equal(world_run(w, RULE_INBOUND), 0);
	assert_int_equal(w->result_count, 3);
	assert_string_equal(world_result(w, "displayName"), "c");
	assert_string_equal(world_result(w, "title"), "User");
	assert_int_equal(world_run(w, RULE_OUTBOUND), 0);
	assert_int_equal(w->result_count, 1);
}

/* Doubts D48: another spelling is found, with a warning. */
static void
test_spelling(void **state)
{
	struct world *w = *state;
	struct rule *r = world_rule(w, RULE_INBOUND, 100);

	world_flow(w, r, "title", "[TITLE]");
	world_scope(w, r, false, "CN", SCOPE_EQUAL, "x");
	assert_int_equal(world_build(w), 0);
	assert_int_equal(w->problem_count, 2);
	assert_false(w->problems[0].blocks);
	world_set(w, "title", "t");
	world_set(w, "cn", "x");
	assert_int_equal(world_in_scope(w, 100), 1);
	assert_int_equal(world_run(w, RULE_INBOUND), 0);
	assert_string_equal(world_result(w, "title"), "t");
	world_flow(w, r, "mail", "Trim([TITLE])"); /* expressions are exact */
	must_block(w, "unknown attribute");
}

static void
test_lists_by_type(void **state)
{
	struct world *w = *state;
	struct rule *any;
	const struct plan_rule *const *list;
	size_t n;

	(void)world_rule(w, RULE_INBOUND, 105);
	(void)world_rule(w, RULE_INBOUND, 103);
	any = world_rule(w, RULE_OUTBOUND, 104);
	any->source_type = 0;
	(void)world_rule(w, RULE_OUTBOUND, 102);
	assert_int_equal(world_build(w), 0);
	assert_int_equal(plan_rules(w->plan, 0, RULE_INBOUND,
			     world_name(w, "user"), &list, &n),
	    0);
	assert_int_equal(n, 2);
	assert_int_equal(list[0]->rule->precedence, 103);
	assert_int_equal(plan_rules(w->plan, 0, RULE_INBOUND,
			     world_name(w, "group"), &list, &n),
	    0);
	assert_int_equal(n, 0);
	assert_int_equal(plan_rules(w->plan, 2, RULE_OUTBOUND,
			     world_name(w, "person"), &list, &n),
	    0);
	assert_int_equal(n, 2);
	assert_int_equal(list[0]->rule->precedence, 102);
	assert_int_equal(list[1]->rule->precedence, 104);
	assert_int_equal(plan_rules(w->plan, 2, RULE_OUTBOUND,
			     world_name(w, "group"), &list, &n),
	    0);
	assert_int_equal(n, 1);
	assert_int_equal(
	    plan_rules(w->plan, 3, RULE_OUTBOUND, 1, &list, &n), ERR_INVAL);
}

static bool
contains(const uint32_t *list, size_t n, uint32_t name)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0 && list[i - 1] >= list[i])
			fail_msg("not sorted");
		if (list[i] == name)
			return true;
	}
	return false;
}

static void
test_attributes(void **state)
{
	struct world *w = *state;
	struct rule *r = world_rule(w, RULE_INBOUND, 100);
	struct rule *o = world_rule(w, RULE_OUTBOUND, 101);
	const uint32_t *list;
	size_t n;

	world_scope(w, r, false, "title", SCOPE_ISNOTNULL, "");
	world_join(w, r, false, "objectGUID", "objectSid", false);
	world_flow(w, r, "mail", "[mail]");
	world_flow(w, r, "displayName", "[cn] & [dn]");
	world_flow(w, r, "memberCount", "ValueCount(\"member\")");
	world_flow(w, o, "accountEnabled", "[accountEnabled]");
	world_flow(w, o, "dn", "[mail]");
	world_join(w, o, false, "sourceAnchor", "sourceAnchor", true);
	assert_int_equal(world_build(w), 0);
	list = plan_wanted(w->plan, 0, &n);
	assert_int_equal(n, 5);
	assert_true(contains(list, n, world_name(w, "title")));
	assert_true(contains(list, n, world_name(w, "objectGUID")));
	assert_true(contains(list, n, world_name(w, "mail")));
	assert_true(contains(list, n, world_name(w, "cn")));
	assert_true(contains(list, n, world_name(w, "member")));
	list = plan_wanted(w->plan, 2, &n);
	assert_int_equal(n, 2); /* what is written must be read back */
	assert_true(contains(list, n, world_name(w, "accountEnabled")));
	assert_true(contains(list, n, world_name(w, "sourceAnchor")));
	assert_int_equal(
	    plan_reads(w->plan, 0, world_name(w, "member")), PLAN_READ_VALUES);
	assert_int_equal(
	    plan_reads(w->plan, 0, world_name(w, "mail")), PLAN_READ_VALUES);
	assert_int_equal(
	    plan_reads(w->plan, 0, world_name(w, "cn")), PLAN_READ_NAMES);
	assert_int_equal(
	    plan_reads(w->plan, 0, world_name(w, "title")), PLAN_READ_NAMES);
	assert_int_equal(plan_reads(w->plan, 0, world_name(w, "objectGUID")),
	    PLAN_READ_NAMES);
	assert_int_equal(
	    plan_reads(w->plan, 0, world_name(w, "sn")), PLAN_READ_NOT);
	/* an outbound rule writes it: nobody reads what is there */
	assert_int_equal(
	    plan_reads(w->plan, 2, world_name(w, "accountEnabled")),
	    PLAN_READ_NOT);
	list = plan_join_mv(w->plan, &n);
	assert_int_equal(n, 2);
	assert_true(contains(list, n, world_name(w, "objectSid")));
	list = plan_join_cs(w->plan, &n);
	assert_int_equal(n, 2);
	assert_true(contains(list, n, world_name(w, "objectGUID")));
}

/* It changes with what decides, and with nothing else. */
static void
test_digest(void **state)
{
	struct world *w = *state;
	struct rule *r = world_rule(w, RULE_INBOUND, 100);
	struct flow *f = world_flow(w, r, "title", "[title] & \"a\"");
	char before[65], other[65];

	(void)world_rule(w, RULE_OUTBOUND, 101);
	assert_int_equal(world_build(w), 0);
	assert_int_equal(plan_digest(w->plan, 0).len, 64);
	memcpy(before, plan_digest(w->plan, 0).data, 64);
	memcpy(other, plan_digest(w->plan, 2).data, 64);
	r->description = TEXT("said otherwise");
	assert_int_equal(world_build(w), 0);
	assert_memory_equal(before, plan_digest(w->plan, 0).data, 64);
	f->text = TEXT("[title] & \"b\"");
	assert_int_equal(world_build(w), 0);
	assert_memory_not_equal(before, plan_digest(w->plan, 0).data, 64);
	assert_memory_equal(other, plan_digest(w->plan, 2).data, 64);
}

static void
test_warnings(void **state)
{
	struct world *w = *state;
	struct rule *r = world_rule(w, RULE_OUTBOUND, 100);

	r->link = LINK_STICKY_JOIN;
	world_flow(w, r, "accountEnabled",
	    "[mail]=\"a\" && [mail]=\"b\" || [mail]=\"c\"");
	assert_int_equal(world_build(w), 0);
	assert_int_equal(w->problem_count, 2);
	assert_true(world_problem(w, "StickyJoin"));
	assert_true(world_problem(w, "parentheses"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_unknown_names),
	    TEST(test_place_of_a_problem),
	    TEST(test_two_flows),
	    TEST(test_merge_on_single),
	    TEST(test_provision),
	    TEST(test_precedence_and_ids),
	    TEST(test_types_and_constants),
	    TEST(test_own_rules_adapt),
	    TEST(test_spelling),
	    TEST(test_lists_by_type),
	    TEST(test_attributes),
	    TEST(test_digest),
	    TEST(test_warnings),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
