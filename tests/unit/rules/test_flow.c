/* tests/unit/rules/test_flow.c -- docs/engine/rules.md 7, by its numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
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

static struct rule *
in(struct world *w, int precedence)
{
	return world_rule(w, RULE_INBOUND, precedence);
}

static void
run(struct world *w, enum rule_direction direction)
{
	assert_int_equal(world_build(w), 0);
	if (world_run(w, direction) < 0)
		fail_msg("%s: %s", w->e.type, w->e.text);
}

/* Builds, runs, and wants this error naming the rule. */
static void
run_fails(struct world *w, enum rule_direction direction, const char *type)
{
	assert_int_equal(world_build(w), 0);
	assert_int_equal(world_run(w, direction), ERR_RULE);
	assert_string_equal(w->e.type, type);
	assert_non_null(strstr(w->e.text, "rule \"rule 1"));
}

#define GIVES(w, target, values) \
	assert_string_equal(world_result(w, target), values)

/* 7.1: direct, constant and expression */
static void
test_kinds(void **state)
{
	struct world *w = *state;
	struct rule *r = in(w, 100);

	world_flow(w, r, "mail", "[mail]");
	world_flow(w, r, "title", "=Staff");
	world_flow(w, r, "accountEnabled", "=True");
	world_flow(w, r, "countryCode", "=49");
	world_flow(w, r, "displayName", "[cn] & \"!\"");
	world_flow(w, r, "sourceAnchor", "%Domain.FQDN%");
	world_set(w, "mail", "a@b");
	world_set(w, "cn", "Ann");
	run(w, RULE_INBOUND);
	GIVES(w, "mail", "a@b");
	GIVES(w, "title", "Staff");
	GIVES(w, "accountEnabled", "True");
	GIVES(w, "countryCode", "49");
	GIVES(w, "displayName", "Ann!");
	GIVES(w, "sourceAnchor", "corp.example");
	assert_int_equal(w->result_count, 6);
	for (size_t i = 1; i < w->result_count; i++)
		assert_true(w->results[i - 1].target < w->results[i].target);
	assert_int_equal(w->results[0].origin, 7);
}

/* 7.2: the lower number wins, in whatever order they are given */
static void
test_precedence(void **state)
{
	struct world *w = *state;

	world_flow(w, in(w, 106), "title", "=common");
	world_flow(w, in(w, 102), "title", "=first");
	world_flow(w, in(w, 104), "title", "=second");
	run(w, RULE_INBOUND);
	GIVES(w, "title", "first");
	assert_int_equal(world_winner(w, "title"), 102);
}

/* 7.2.1 and 7.2.2: IgnoreThisFlow and NULL let the next one speak */
static void
test_next_one_speaks(void **state)
{
	struct world *w = *state;

	world_flow(w, in(w, 100), "title", "IgnoreThisFlow");
	world_flow(w, in(w, 101), "title", "NULL");
	world_flow(w, in(w, 102), "title", "[title]");
	world_flow(w, in(w, 103), "title", "=last");
	run(w, RULE_INBOUND);
	GIVES(w, "title", "last");
	world_set(w, "title", "own");
	run(w, RULE_INBOUND);
	GIVES(w, "title", "own");
	assert_int_equal(world_winner(w, "title"), 102);
}

/* 7.2: a NULL at the end removes; nothing but IgnoreThisFlow leaves */
static void
test_end_of_the_list(void **state)
{
	struct world *w = *state;

	world_flow(w, in(w, 100), "title", "IgnoreThisFlow");
	world_flow(w, in(w, 101), "title", "[title]");
	world_flow(w, in(w, 102), "mail", "IgnoreThisFlow");
	world_flow(w, in(w, 103), "mail", "IgnoreThisFlow");
	run(w, RULE_INBOUND);
	GIVES(w, "title", "-");
	assert_int_equal(world_winner(w, "title"), 101);
	GIVES(w, "mail", ".");
	GIVES(w, "displayName", "");
}

/* 7.2.3: AuthoritativeNull stops */
static void
test_authoritative_null(void **state)
{
	struct world *w = *state;

	world_flow(w, in(w, 100), "title",
	    "IIF([cn]=\"x\",AuthoritativeNull,IgnoreThisFlow)");
	world_flow(w, in(w, 101), "title", "=lower");
	run(w, RULE_INBOUND);
	GIVES(w, "title", "lower");
	world_set(w, "cn", "x");
	run(w, RULE_INBOUND);
	GIVES(w, "title", "-");
	assert_int_equal(world_winner(w, "title"), 100);
}

/* 7.2: what is not reached is not evaluated */
static void
test_lazy(void **state)
{
	struct world *w = *state;

	world_flow(w, in(w, 100), "title", "[title]");
	world_flow(w, in(w, 101), "title", "Error(\"reached\")");
	world_set(w, "title", "x");
	run(w, RULE_INBOUND);
	GIVES(w, "title", "x");
	world_clear(w);
	run_fails(w, RULE_INBOUND, "sync-rule-error-function-triggered");
	assert_non_null(strstr(w->e.text, "reached"));
	assert_non_null(strstr(w->e.text, "attribute title"));
}

/* 7.3: a union in the order of precedence, without repeated values */
static void
test_merge_inbound(void **state)
{
	struct world *w = *state;
	struct flow *a =
	    world_flow(w, in(w, 101), "proxyAddresses", "[proxyAddresses]");
	struct flow *b =
	    world_flow(w, in(w, 100), "proxyAddresses", "\"smtp:A\"");
	struct flow *c = world_flow(w, in(w, 102), "proxyAddresses", "NULL");

	a->merge = b->merge = c->merge = MERGE_MERGE;
	world_set(w, "proxyAddresses", "smtp:b");
	world_set(w, "proxyAddresses", "smtp:A");
	world_set(w, "proxyAddresses", "smtp:a");
	run(w, RULE_INBOUND);
	GIVES(w, "proxyAddresses", "smtp:A|smtp:b|smtp:a");
	assert_int_equal(world_winner(w, "proxyAddresses"), 100);
	a->merge = b->merge = c->merge = MERGE_MERGE_NOCASE;
	run(w, RULE_INBOUND);
	GIVES(w, "proxyAddresses", "smtp:A|smtp:b");
}

/* 7.3: AuthoritativeNull stops further contributions; only NULL removes */
static void
test_merge_stops(void **state)
{
	struct world *w = *state;
	struct flow *a = world_flow(w, in(w, 100), "proxyAddresses", "\"a\"");
	struct flow *b =
	    world_flow(w, in(w, 101), "proxyAddresses", "AuthoritativeNull");
	struct flow *c = world_flow(w, in(w, 102), "proxyAddresses", "\"c\"");

	a->merge = b->merge = c->merge = MERGE_MERGE;
	run(w, RULE_INBOUND);
	GIVES(w, "proxyAddresses", "a");
	a->text = TEXT("NULL");
	b->text = TEXT("NULL");
	c->text = TEXT("NULL");
	run(w, RULE_INBOUND);
	GIVES(w, "proxyAddresses", "-");
}

/* 7.3: outbound a merge adds and never removes */
static void
test_merge_outbound(void **state)
{
	struct world *w = *state;
	struct flow *f = world_flow(w, world_rule(w, RULE_OUTBOUND, 100),
	    "proxyAddresses", "IIF(IsPresent([mail]),\"x500:\" & [mail],NULL)");

	f->merge = MERGE_MERGE_NOCASE;
	run(w, RULE_OUTBOUND);
	GIVES(w, "proxyAddresses", ".");
	world_set(w, "mail", "a");
	run(w, RULE_OUTBOUND);
	GIVES(w, "proxyAddresses", "x500:a");
	assert_int_equal(w->results[0].outcome, FLOW_MERGED);
}

/* 7.3: one merge type a target; what says IgnoreThisFlow does not count */
static void
test_merge_mixed(void **state)
{
	struct world *w = *state;
	struct flow *a = world_flow(w, in(w, 100), "proxyAddresses", "\"a\"");
	struct flow *b =
	    world_flow(w, in(w, 101), "proxyAddresses", "IgnoreThisFlow");

	a->merge = MERGE_MERGE;
	b->merge = MERGE_UPDATE;
	run(w, RULE_INBOUND);
	GIVES(w, "proxyAddresses", "a");
	b->text = TEXT("\"b\"");
	run_fails(w, RULE_INBOUND, "sync-rule-mixed-merge-types");
	a->merge = MERGE_REPLACE; /* the same as Update */
	run(w, RULE_INBOUND);
	GIVES(w, "proxyAddresses", "a");
}

/* 7.4: an empty text is NULL, and empty members are dropped */
static void
test_empty_is_null(void **state)
{
	struct world *w = *state;

	world_flow(w, in(w, 100), "title", "Left(Trim([title]),448)");
	world_flow(w, in(w, 101), "title", "=lower");
	world_flow(w, in(w, 102), "proxyAddresses",
	    "Replace([proxyAddresses],\"drop\",\"\")");
	world_set(w, "title", "   ");
	world_set(w, "proxyAddresses", "drop");
	world_set(w, "proxyAddresses", "keep");
	run(w, RULE_INBOUND);
	GIVES(w, "title", "lower");
	GIVES(w, "proxyAddresses", "keep");
	world_clear(w);
	world_set(w, "proxyAddresses", "drop");
	world_set(w, "proxyAddresses", "dropdrop");
	run(w, RULE_INBOUND);
	GIVES(w, "proxyAddresses", "-");
}

/* 7.4: one to many, a list of one to one, more is an error */
static void
test_many_to_one(void **state)
{
	struct world *w = *state;

	world_flow(w, in(w, 100), "proxyAddresses", "[mail]");
	world_flow(w, in(w, 101), "title", "[description]");
	world_flow(
	    w, in(w, 102), "displayName", "Where($i,[description],$i=\"two\")");
	world_set(w, "mail", "a");
	world_set(w, "description", "one");
	run(w, RULE_INBOUND);
	GIVES(w, "proxyAddresses", "a");
	GIVES(w, "title", "one");
	world_set(w, "description", "two");
	run_fails(w, RULE_INBOUND, "flow-multi-values-to-single-value");
	w->rule_count = 0;
	world_flow(
	    w, in(w, 102), "displayName", "Where($i,[description],$i=\"two\")");
	run(w, RULE_INBOUND);
	GIVES(w, "displayName", "two");
}

/* 7.4: what converts is converted, the rest is an error */
static void
test_types(void **state)
{
	static const struct {
		const char *target;
		const char *source;
		const char *gives; /* NULL: a mismatch */
	} cases[] = {
	    {"title", "5", "5"},
	    {"title", "True", "True"},
	    {"countryCode", "\"0x10\"", "16"},
	    {"countryCode", "\"-7\"", "-7"},
	    {"countryCode", "\"many\"", NULL},
	    {"countryCode", "True", NULL},
	    {"accountEnabled", "\"TRUE\"", "True"},
	    {"accountEnabled", "0", "False"},
	    {"accountEnabled", "\"yes\"", NULL},
	    {"manager", "\"CN=a,DC=b\"", "CN=a,DC=b"},
	    {"manager", "CRef(\"CN=a,DC=b\")", "CN=a,DC=b"},
	    {"manager", "\"no name\"", NULL},
	    {"objectSid", "CBin(1,1)", "AQ=="},
	    {"objectSid", "\"text\"", NULL},
	    {"title", "CBin(1,1)", NULL},
	    {"title", "Now()", NULL},
	};
	(void)state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world *w = world_new();

		world_flow(w, in(w, 100), cases[i].target, cases[i].source);
		if (cases[i].gives == NULL) {
			run_fails(
			    w, RULE_INBOUND, "cs-attribute-type-mismatch");
		} else {
			run(w, RULE_INBOUND);
			GIVES(w, cases[i].target, cases[i].gives);
		}
		(void)world_free(w);
	}
}

/* 7.4: at most 448 characters in an indexed attribute */
static void
test_indexed_length(void **state)
{
	struct world *w = *state;
	struct rule *r = in(w, 100);

	world_flow(w, r, "mail", "PadLeft(\"x\",448,\"\xc3\xa4\")");
	world_flow(w, r, "title", "PadLeft(\"x\",449,\"y\")");
	run(w, RULE_INBOUND);
	world_flow(w, r, "sourceAnchor", "PadLeft(\"x\",449,\"y\")");
	run_fails(w, RULE_INBOUND, "mv-constraint-violation");
}

/* 7.6: only while the target is new */
static void
test_execute_once(void **state)
{
	struct world *w = *state;
	struct rule *r = in(w, 100);
	struct plan_source src = {.attrs = &w->object, .imported = &w->object};
	struct flow_input input = {.src = &src};
	struct flow_request req = {.direction = RULE_INBOUND,
	    .inputs = &input,
	    .input_count = 1,
	    .schema = w->mv};
	size_t n;

	world_flow(w, r, "title", "=new")->execute_once = true;
	assert_int_equal(world_build(w), 0);
	req.plan = w->plan;
	input.rule = plan_all(w->plan, &n)[0];
	assert_int_equal(
	    plan_flow(&req, w->arena, &w->results, &w->result_count, &w->e), 0);
	GIVES(w, "title", ".");
	input.created = true;
	assert_int_equal(
	    plan_flow(&req, w->arena, &w->results, &w->result_count, &w->e), 0);
	GIVES(w, "title", "new");
}

/* 7.7: [x] reads the top of the tower, ImportedValue() what is confirmed */
static void
test_imported(void **state)
{
	struct world *w = *state;
	struct plan_source src = {.attrs = &w->object, .imported = &w->other};
	struct flow_input input = {.src = &src};
	struct flow_request req = {.direction = RULE_INBOUND,
	    .inputs = &input,
	    .input_count = 1,
	    .schema = w->mv};
	size_t n;

	world_flow(w, in(w, 100), "title",
	    "[title] & \"/\" & ImportedValue(\"title\")");
	assert_int_equal(world_build(w), 0);
	req.plan = w->plan;
	input.rule = plan_all(w->plan, &n)[0];
	world_set(w, "title", "wanted");
	assert_int_equal(attrs_add(w->arena, &w->other, world_name(w, "title"),
			     value_string(TEXT("seen"))),
	    0);
	assert_int_equal(
	    plan_flow(&req, w->arena, &w->results, &w->result_count, &w->e), 0);
	GIVES(w, "title", "wanted/seen");
}

/* 4.6: the same rule with values of two objects of one connector */
static void
test_ambiguous(void **state)
{
	struct world *w = *state;
	struct plan_source one = {.attrs = &w->object, .imported = &w->object};
	struct plan_source two = {.attrs = &w->other, .imported = &w->other};
	struct flow_input inputs[2] = {
	    {.src = &one, .origin = 1}, {.src = &two, .origin = 2}};
	struct flow_request req = {.direction = RULE_INBOUND,
	    .inputs = inputs,
	    .input_count = 2,
	    .schema = w->mv};
	size_t n;

	world_flow(w, in(w, 100), "title", "[title]");
	assert_int_equal(world_build(w), 0);
	req.plan = w->plan;
	inputs[0].rule = inputs[1].rule = plan_all(w->plan, &n)[0];
	world_set(w, "title", "a");
	assert_int_equal(
	    plan_flow(&req, w->arena, &w->results, &w->result_count, &w->e), 0);
	GIVES(w, "title", "a");
	assert_int_equal(attrs_add(w->arena, &w->other, world_name(w, "title"),
			     value_string(TEXT("a"))),
	    0);
	assert_int_equal(
	    plan_flow(&req, w->arena, &w->results, &w->result_count, &w->e),
	    ERR_RULE);
	assert_string_equal(
	    w->e.type, "ambiguous-import-flow-from-multiple-connectors");
}

static void
test_only_one_target(void **state)
{
	struct world *w = *state;
	struct rule *r = in(w, 100);
	struct plan_source src = {.attrs = &w->object, .imported = &w->object};
	struct flow_input input = {.src = &src};
	struct flow_request req = {.direction = RULE_INBOUND,
	    .inputs = &input,
	    .input_count = 1,
	    .schema = w->mv,
	    .only = world_name(w, "title")};
	size_t n;

	world_flow(w, r, "mail", "Error(\"not asked for\")");
	world_flow(w, r, "title", "=x");
	world_flow(w, r, "displayName", "Error(\"not asked for\")");
	assert_int_equal(world_build(w), 0);
	req.plan = w->plan;
	input.rule = plan_all(w->plan, &n)[0];
	assert_int_equal(
	    plan_flow(&req, w->arena, &w->results, &w->result_count, &w->e), 0);
	assert_int_equal(w->result_count, 1);
	GIVES(w, "title", "x");
}

static void
test_trace(void **state)
{
	struct world *w = *state;
	struct plan_source src = {.attrs = &w->object, .imported = &w->object};
	struct flow_input inputs[4];
	struct flow_request req = {.direction = RULE_INBOUND,
	    .inputs = inputs,
	    .input_count = 4,
	    .schema = w->mv};
	const enum flow_status expected[] = {FLOW_IGNORED, FLOW_WAS_NULL,
	    FLOW_APPLIED, FLOW_SKIPPED_BY_PRECEDENCE};
	struct flow_trace *traces;
	size_t n;

	world_flow(w, in(w, 100), "title", "IgnoreThisFlow");
	world_flow(w, in(w, 101), "title", "[title]");
	world_flow(w, in(w, 102), "title", "=here");
	world_flow(w, in(w, 103), "title", "Error(\"not reached\")");
	assert_int_equal(world_build(w), 0);
	req.plan = w->plan;
	for (size_t i = 0; i < 4; i++)
		inputs[i] = (struct flow_input){
		    .rule = plan_all(w->plan, &n)[i], .src = &src};
	assert_int_equal(
	    plan_flow_trace(&req, w->arena, &traces, &n, &w->e), 0);
	assert_int_equal(n, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(traces[i].status, expected[i]);
		assert_int_equal(
		    traces[i].rule->rule->precedence, 100 + (int)i);
	}
	assert_true(text_is(traces[2].values[0].text, "here"));
}

/* A parameter without a value, and the place of a fault. */
static void
test_expression_errors(void **state)
{
	struct world *w = *state;

	world_flow(w, in(w, 100), "title", "1 + CNum([title])");
	world_set(w, "title", "x");
	run_fails(w, RULE_INBOUND, "sync-rule-expression-error");
	assert_non_null(strstr(w->e.text, "not-numeric"));
	assert_non_null(strstr(w->e.text, "position 10"));
}

/* Each allocation fails once: an error then, and never a wrong value. */
static void
test_out_of_memory(void **state)
{
	struct world *w = *state;
	struct plan_source src = {.attrs = &w->object, .imported = &w->object};
	struct flow_input inputs[3];
	struct flow_request req = {.direction = RULE_INBOUND,
	    .inputs = inputs,
	    .input_count = 3,
	    .schema = w->mv};
	int r = ERR_NOMEM;
	size_t n;

	world_flow(w, in(w, 100), "title", "UCase([title]) & %Connector.ID%");
	world_flow(w, in(w, 101), "proxyAddresses",
	    "RemoveDuplicates(Trim([proxyAddresses]))");
	world_flow(w, in(w, 102), "displayName", "[countryCode]");
	assert_int_equal(world_build(w), 0);
	req.plan = w->plan;
	for (size_t i = 0; i < 3; i++)
		inputs[i] = (struct flow_input){
		    .rule = plan_all(w->plan, &n)[i], .src = &src};
	world_set(w, "title", "t");
	world_set(w, "countryCode", "#49");
	world_set(w, "proxyAddresses", "a ");
	world_set(w, "proxyAddresses", "a");
	for (unsigned nth = 1; r != 0; nth++) {
		struct arena *a = arena_new(0);

		assert_non_null(a);
		assert_true(nth < 100);
		arena_fail_nth(a, nth);
		r = plan_flow(&req, a, &w->results, &w->result_count, &w->e);
		assert_true(r == 0 || r == ERR_NOMEM);
		if (r == 0) {
			GIVES(w, "title", "Tad");
			GIVES(w, "proxyAddresses", "a");
			GIVES(w, "displayName", "49");
			assert_true(nth > 5);
		}
		(void)arena_free(a);
	}
}

/* What an expression gave is given again while what it reads is the same. */
static void
test_memo(void **state)
{
	struct world *w = *state;
	struct rule *r = in(w, 100);

	world_flow(w, r, "displayName", "[cn] & \"!\"");
	world_flow(w, r, "title", "Join([proxyAddresses], \",\")");
	world_flow(w, r, "mail", "[title] & \"?\"");
	world_set(w, "cn", "Ann");
	world_set(w, "title", "IT");
	world_set(w, "proxyAddresses", "a");
	world_set(w, "proxyAddresses", "b");
	assert_int_equal(world_build(w), 0);
	w->memo = flow_memo_new(w->plan, 0, RULE_INBOUND, w->arena);
	assert_int_equal(world_run(w, RULE_INBOUND), 0);
	GIVES(w, "displayName", "Ann!");
	GIVES(w, "title", "a,b");
	/* changed in place, which is not to be: nobody looks */
	for (uint32_t i = 0; i < w->object.count; i++)
		if (w->object.items[i].name == world_name(w, "cn"))
			w->object.items[i].values[0] =
			    value_string(TEXT("Bob"));
	assert_int_equal(world_run(w, RULE_INBOUND), 0);
	GIVES(w, "displayName", "Ann!");
	/* another object: what differs is run again, order counts */
	world_clear(w);
	world_set(w, "cn", "Eve");
	world_set(w, "proxyAddresses", "b");
	world_set(w, "proxyAddresses", "a");
	assert_int_equal(world_run(w, RULE_INBOUND), 0);
	GIVES(w, "displayName", "Eve!");
	GIVES(w, "title", "b,a");
	GIVES(w, "mail", "?");
}

/* Two rules with one text share an answer, but not what is made by chance. */
static void
test_memo_random(void **state)
{
	struct world *w = *state;
	struct rule *r = in(w, 100);
	char first[40];

	world_flow(w, r, "displayName", "Guid()");
	world_flow(w, r, "title", "Guid()");
	assert_int_equal(world_build(w), 0);
	w->memo = flow_memo_new(w->plan, 0, RULE_INBOUND, w->arena);
	assert_int_equal(world_run(w, RULE_INBOUND), 0);
	(void)snprintf(
	    first, sizeof(first), "%s", world_result(w, "displayName"));
	assert_string_not_equal(first, world_result(w, "title"));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_kinds),
	    TEST(test_precedence),
	    TEST(test_next_one_speaks),
	    TEST(test_end_of_the_list),
	    TEST(test_authoritative_null),
	    TEST(test_lazy),
	    TEST(test_merge_inbound),
	    TEST(test_merge_stops),
	    TEST(test_merge_outbound),
	    TEST(test_merge_mixed),
	    TEST(test_empty_is_null),
	    TEST(test_many_to_one),
	    TEST(test_types),
	    TEST(test_indexed_length),
	    TEST(test_execute_once),
	    TEST(test_imported),
	    TEST(test_ambiguous),
	    TEST(test_only_one_target),
	    TEST(test_trace),
	    TEST(test_memo),
	    TEST(test_memo_random),
	    TEST(test_expression_errors),
	    TEST(test_out_of_memory),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
