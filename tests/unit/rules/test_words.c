/* tests/unit/rules/test_words.c -- the words of a rule in their two forms. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "rules/words.h"

static void
test_operators(void **state)
{
	enum scope_op op = SCOPE_EQUAL;
	bool other = false;

	(void)state;
	for (int i = SCOPE_EQUAL; i <= SCOPE_ISNOTMEMBEROF; i++) {
		assert_true(scope_op_find(
		    text_of(scope_op_text((enum scope_op)i)), &op, &other));
		assert_int_equal(op, i);
		assert_false(other);
	}
	assert_true(scope_op_find(TEXT("ISNOTBITSET"), &op, &other));
	assert_int_equal(op, SCOPE_ISBITNOTSET);
	assert_true(other);
	assert_false(scope_op_find(TEXT("equal"), &op, &other));
	assert_false(scope_op_has_value(SCOPE_ISNULL));
	assert_true(scope_op_has_value(SCOPE_ISIN));
	assert_false(scope_op_has_name(SCOPE_ISNOTMEMBEROF));
	assert_true(scope_op_has_name(SCOPE_ISNULL));
}

static void
check_form(enum rule_form form)
{
	enum rule_direction direction = RULE_INBOUND;
	enum rule_link link = LINK_JOIN;
	enum flow_merge merge = MERGE_UPDATE;

	for (int i = LINK_PROVISION; i <= LINK_STICKY_JOIN; i++) {
		assert_true(link_find(
		    text_of(link_text((enum rule_link)i, form)), form, &link));
		assert_int_equal(link, i);
	}
	for (int i = MERGE_UPDATE; i <= MERGE_MERGE_NOCASE; i++) {
		assert_true(
		    merge_find(text_of(merge_text((enum flow_merge)i, form)),
			form, &merge));
		assert_int_equal(merge, i);
	}
	for (int i = RULE_INBOUND; i <= RULE_OUTBOUND; i++) {
		assert_true(direction_find(
		    text_of(direction_text((enum rule_direction)i, form)), form,
		    &direction));
		assert_int_equal(direction, i);
	}
}

static void
test_forms(void **state)
{
	enum rule_link link = LINK_JOIN;
	enum flow_kind kind = FLOW_DIRECT;

	(void)state;
	check_form(FORM_YAML);
	check_form(FORM_VENDOR);
	assert_true(link_find(TEXT("stickyjoin"), FORM_VENDOR, &link));
	assert_int_equal(link, LINK_STICKY_JOIN);
	assert_false(link_find(TEXT("Sticky"), FORM_YAML, &link));
	assert_false(link_find(TEXT("StickyJoin"), FORM_YAML, &link));
	assert_true(flow_kind_find(TEXT("constant"), &kind));
	assert_int_equal(kind, FLOW_CONSTANT);
	assert_string_equal(flow_kind_text(FLOW_EXPRESSION), "Expression");
}

static void
test_names_of_rules(void **state)
{
	struct arena *a = arena_new(0);

	(void)state;
	assert_true(
	    text_is(rule_tag_stem(TEXT("Microsoft.InfromADUserJoin.003")),
		"Microsoft.InfromADUserJoin"));
	assert_true(text_is(rule_tag_stem(TEXT("causeway.ad-user-join@corp.1")),
	    "causeway.ad-user-join@corp"));
	assert_true(text_is(rule_tag_stem(TEXT("mine7")), "mine7"));
	assert_true(text_is(rule_tag_stem(TEXT("mine.")), "mine."));
	assert_true(text_is(rule_tag_stem(TEXT("")), ""));
	assert_true(
	    text_is(rule_guid(a, TEXT("0A0B0C0D-1111-2222-3333-444455556666")),
		"{0a0b0c0d-1111-2222-3333-444455556666}"));
	assert_true(text_is(rule_guid(a, TEXT("corp")), "corp"));
	(void)arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_operators),
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_names_of_rules),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
