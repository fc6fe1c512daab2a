/* tests/unit/rules/test_powershell.c -- the rule editor's export: read, refused
 * where it is anything else, written so that it reads back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "rules/compare.h"
#include "rules/powershell/powershell.h"
#include "site.h"

#define GUID_A  "7d1f2a30-90a1-4b52-8c33-0a1b2c3d4e5f"
#define GUID_AD "b0000001-2222-4333-8444-555566667777"
#define NO_GUID "00000000-0000-0000-0000-000000000000"
#define NEW_RULE                                                \
	"New-ADSyncRule `\n-Name 'In' -Identifier '" GUID_A "'" \
	" -Direction Inbound -Precedence 90"                    \
	" -SourceObjectType user -TargetObjectType person"      \
	" -Connector '" GUID_AD "' -OutVariable syncRule\n"
#define FLOW "Add-ADSyncAttributeFlowMapping -SynchronizationRule $syncRule[0] "
#define ADD  "Add-ADSyncRule -SynchronizationRule $syncRule[0]\n"

struct lab {
	struct arena *arena;
	struct names *names;
	struct rule_list list;
};

static int
setup(void **state)
{
	static struct lab l;

	l = (struct lab){.arena = arena_new(0), .names = names_new()};
	*state = &l;
	return l.arena == NULL || l.names == NULL;
}

static int
teardown(void **state)
{
	struct lab *l = *state;

	l->names = names_free(l->names);
	l->arena = arena_free(l->arena);
	return 0;
}

static int
read_text(struct lab *l, struct text in)
{
	return powershell_read("rules.ps1", in, l->names, l->arena, &l->list);
}

static const struct rule *
read_good(struct lab *l, struct text in)
{
	int rc = read_text(l, in);

	if (rc < 0 || l->list.count == 0)
		fail_msg("line %d: %s", l->list.problems[0].line,
		    l->list.problems[0].text.data);
	return &l->list.rules[0];
}

static bool
is_name(const struct lab *l, uint32_t name, const char *text)
{
	return text_is(names_text(l->names, name), text);
}

/* As the rule editor writes it. */
static const char *const exported =
    "New-ADSyncRule  `\r\n"
    "-Name 'In from AD - User O''Hara' `\r\n"
    "-Identifier '7D1F2A30-90A1-4B52-8C33-0A1B2C3D4E5F' `\r\n"
    "-Description '' `\r\n"
    "-Direction 'Inbound' `\r\n"
    "-Precedence 102 `\r\n"
    "-PrecedenceAfter '" NO_GUID "' `\r\n"
    "-PrecedenceBefore '" NO_GUID "' `\r\n"
    "-SourceObjectType 'user' `\r\n"
    "-TargetObjectType '*' `\r\n"
    "-Connector '" GUID_AD "' `\r\n"
    "-LinkType 'Provision' `\r\n"
    "-SoftDeleteExpiryInterval 1.02:00:05 `\r\n"
    "-ImmutableTag 'Example.UserJoin.003' `\r\n"
    "-EnablePasswordSync `\r\n"
    "-OutVariable syncRule\r\n"
    "\r\n"
    "\r\n"
    "Add-ADSyncAttributeFlowMapping  `\r\n"
    "-SynchronizationRule $syncRule[0] `\r\n"
    "-Source @('givenName') `\r\n"
    "-Destination 'firstName' `\r\n"
    "-FlowType 'Direct' `\r\n"
    "-ValueMergeType 'Update' `\r\n"
    "-OutVariable syncRule\r\n"
    "\r\n"
    "Add-ADSyncAttributeFlowMapping  `\r\n"
    "-SynchronizationRule $syncRule[0] `\r\n"
    "-Source @('User') `\r\n"
    "-Destination 'sourceObjectType' `\r\n"
    "-FlowType 'Constant' `\r\n"
    "-ValueMergeType 'Replace' `\r\n"
    "-ExecuteOnce `\r\n"
    "-OutVariable syncRule\r\n"
    "\r\n"
    "Add-ADSyncAttributeFlowMapping  `\r\n"
    "-SynchronizationRule $syncRule[0] `\r\n"
    "-Source @('mail','cn') `\r\n"
    "-Destination 'displayName' `\r\n"
    "-FlowType 'Expression' `\r\n"
    "-ValueMergeType 'MergeCaseInsensitive' `\r\n"
    "-Expression 'IIF(IsPresent([mail]),\r\n"
    "  [mail] & \"''s\",[cn])' `\r\n"
    "-OutVariable syncRule\r\n"
    "\r\n"
    "New-Object  `\r\n"
    "-TypeName 'Microsoft.IdentityManagement.PowerShell.ObjectModel."
    "ScopeCondition' `\r\n"
    "-ArgumentList 'department','Sales','NOTEQUAL' `\r\n"
    "-OutVariable condition0\r\n"
    "\r\n"
    "New-Object  `\r\n"
    "-TypeName 'Microsoft.IdentityManagement.PowerShell.ObjectModel."
    "ScopeCondition' `\r\n"
    "-ArgumentList 'mail','','ISNOTNULL' `\r\n"
    "-OutVariable condition1\r\n"
    "\r\n"
    "Add-ADSyncScopeConditionGroup  `\r\n"
    "-SynchronizationRule $syncRule[0] `\r\n"
    "-ScopeConditions @($condition0[0],$condition1[0]) `\r\n"
    "-OutVariable syncRule\r\n"
    "\r\n"
    "New-Object  `\r\n"
    "-TypeName 'Microsoft.IdentityManagement.PowerShell.ObjectModel."
    "JoinCondition' `\r\n"
    "-ArgumentList 'objectSid','sid',$true `\r\n"
    "-OutVariable condition0\r\n"
    "\r\n"
    "Add-ADSyncJoinConditionGroup  `\r\n"
    "-SynchronizationRule $syncRule[0] `\r\n"
    "-JoinConditions @($condition0[0]) `\r\n"
    "-OutVariable syncRule\r\n"
    "\r\n"
    "Add-ADSyncRule  `\r\n"
    "-SynchronizationRule $syncRule[0]\r\n"
    "\r\n"
    "Get-ADSyncRule  `\r\n"
    "-Identifier '" GUID_A "'\r\n";

static void
check_exported(const struct lab *l, const struct rule *r)
{
	assert_int_equal(l->list.count, 1);
	assert_int_equal(l->list.problem_count, 0);
	assert_true(text_is(r->name, "In from AD - User O'Hara"));
	assert_true(text_is(r->id, "{" GUID_A "}"));
	assert_true(text_is(r->connector, "{" GUID_AD "}"));
	assert_true(text_is(r->tag, "Example.UserJoin.003"));
	assert_int_equal(r->description.len, 0);
	assert_int_equal(r->direction, RULE_INBOUND);
	assert_int_equal(r->precedence, 102);
	assert_int_equal(r->before.len, 0);
	assert_true(is_name(l, r->source_type, "user"));
	assert_int_equal(r->target_type, 0);
	assert_int_equal(r->link, LINK_PROVISION);
	assert_int_equal(r->soft_delete_ms, ((24 + 2) * 3600 + 5) * 1000);
	assert_true(r->password_sync);
	assert_false(r->disabled);
}

static void
check_flows(const struct lab *l, const struct rule *r)
{
	assert_int_equal(r->flow_count, 3);
	assert_int_equal(r->flows[0].kind, FLOW_DIRECT);
	assert_true(is_name(l, r->flows[0].source, "givenName"));
	assert_true(is_name(l, r->flows[0].target, "firstName"));
	assert_int_equal(r->flows[0].line, 19);
	assert_int_equal(r->flows[1].kind, FLOW_CONSTANT);
	assert_true(text_is(r->flows[1].text, "User"));
	assert_int_equal(r->flows[1].merge, MERGE_REPLACE);
	assert_true(r->flows[1].execute_once);
	assert_int_equal(r->flows[2].kind, FLOW_EXPRESSION);
	assert_true(text_is(r->flows[2].text,
	    "IIF(IsPresent([mail]),\n  [mail] & \"'s\",[cn])"));
	assert_int_equal(r->flows[2].merge, MERGE_MERGE_NOCASE);
	assert_int_equal(r->scope_count, 1);
	assert_int_equal(r->scope[0].count, 2);
	assert_int_equal(r->scope[0].clauses[0].op, SCOPE_NOTEQUAL);
	assert_true(text_is(r->scope[0].clauses[0].value, "Sales"));
	assert_int_equal(r->scope[0].clauses[1].op, SCOPE_ISNOTNULL);
	assert_int_equal(r->join_count, 1);
	assert_true(is_name(l, r->join[0].clauses[0].mv_name, "sid"));
	assert_true(r->join[0].clauses[0].case_sensitive);
}

static void
test_as_exported(void **state)
{
	struct lab *l = *state;
	const struct rule *r = read_good(l, text_of(exported));

	check_exported(l, r);
	check_flows(l, r);
}

/* The same file as Windows saves it. */
static void
test_utf16(void **state)
{
	struct lab *l = *state;
	static char wide[16384];
	size_t n = 2;

	memcpy(wide, "\xFF\xFE", 2);
	for (const char *p = exported; *p != '\0'; p++) {
		wide[n++] = *p;
		wide[n++] = '\0';
	}
	check_exported(l, read_good(l, (struct text){wide, n}));
	for (size_t i = 0; i < n; i += 2) {
		char c = wide[i];

		wide[i] = wide[i + 1];
		wide[i + 1] = c;
	}
	check_exported(l, read_good(l, (struct text){wide, n}));
	assert_int_equal(read_text(l, (struct text){wide, n - 1}), ERR_CONFIG);
	assert_int_equal(
	    read_text(l, TEXT("# caf\xe9\n" NEW_RULE ADD)), ERR_CONFIG);
	assert_non_null(strstr(l->list.problems[0].text.data, "UTF-8"));
}

/* What people make of it by hand. */
static void
test_by_hand(void **state)
{
	struct lab *l = *state;
	const struct rule *r = read_good(l,
	    TEXT("\xEF\xBB\xBF# a comment; $(not run)\n"
		 "<# another\nNew-Nonsense #>\n"
		 "Import-Module ADSync; $new = New-ADSyncRule -name \"Two\""
		 " -direction outbound -sourceobjecttype \"person\" `\n"
		 "  -TargetObjectType:user -Connector corp"
		 " -Disabled:$true -EnablePasswordSync:$false"
		 " -Precedence 7 -Description $null -LinkType stickyjoin\n"
		 "$one = New-ADSyncScopeCondition -Attribute a"
		 " -ComparisonOperator equal"
		 " -ComparisonValue \"50 `$ `\"x`\" `u{20AC}`t\"\"\"\n"
		 "$two = New-Object ScopeCondition -ArgumentList b,\n"
		 "\t'1',\n\t'ISNOTBITSET'\n"
		 "Add-ADSyncScopeConditionGroup -SynchronizationRule $new"
		 " -ScopeConditions @(\n  $one\n  $two[0]\n)\n"
		 "Add-ADSyncScopeConditionGroup -SynchronizationRule $new"
		 " -ScopeConditions $one -OutVariable again\n"
		 "$j = New-ADSyncJoinCondition -CSAttribute a -MVAttribute b\n"
		 "Add-ADSyncJoinConditionGroup -SynchronizationRule $again"
		 " -JoinConditions $j\n"
		 "Add-ADSyncAttributeFlowMapping -SynchronizationRule $new"
		 " -Destination dn -FlowType Expression -Expression @'\n"
		 "\"CN=\" &\n'[cn]'\n'@\n"
		 "Add-ADSyncAttributeFlowMapping -SynchronizationRule $new"
		 " -Destination on -FlowType Constant -Source $true\n"
		 "Add-ADSyncAttributeFlowMapping -SynchronizationRule $new"
		 " -Destination s -Expression \xE2\x80\x98"
		 "\"it\xE2\x80\x99\xE2\x80\x99s\"\xE2\x80\x99\n"
		 "Add-ADSyncRule -SynchronizationRule $new\n"));

	assert_true(text_is(r->id, "Two"));
	assert_true(text_is(r->connector, "corp"));
	assert_int_equal(r->direction, RULE_OUTBOUND);
	assert_int_equal(r->link, LINK_STICKY_JOIN);
	assert_true(r->disabled);
	assert_false(r->password_sync);
	assert_int_equal(r->scope_count, 2);
	assert_int_equal(r->scope[0].count, 2);
	assert_true(text_is(
	    r->scope[0].clauses[0].value, "50 $ \"x\" \xE2\x82\xAC\t\""));
	assert_int_equal(r->scope[0].clauses[1].op, SCOPE_ISBITNOTSET);
	assert_int_equal(l->list.problem_count, 1); /* its spelling */
	assert_int_equal(r->join_count, 1);
	assert_int_equal(r->flow_count, 3);
	assert_true(text_is(r->flows[0].text, "\"CN=\" &\n'[cn]'"));
	assert_int_equal(r->flows[1].kind, FLOW_CONSTANT);
	assert_true(text_is(r->flows[1].text, "True"));
	assert_int_equal(r->flows[2].kind, FLOW_EXPRESSION);
	assert_true(text_is(r->flows[2].text, "\"it\xE2\x80\x99s\""));
}

static const struct {
	const char *text;
	int line;
	const char *part;
} refused[] = {
    {"\nforeach ($r in $rules) { }\n", 2, "\"foreach\" is no part"},
    {"Remove-ADSyncRule -Identifier x\n", 1, "\"Remove-ADSyncRule\""},
    {"\n\nInvoke-Expression 'x'\n", 3, "\"Invoke-Expression\""},
    {"New-ADSyncRule -Name (Get-Date)\n", 1, "\"(Get-Date)\" is no part"},
    {"New-ADSyncRule -Name \"$(hostname)\"\n", 1, "\"$(hostname)\"\""},
    {"New-ADSyncRule -Name \"a\n$x\"\n", 2, "\"$x\"\""},
    {"New-ADSyncRule -Name $env:X\n", 1, "\"$env:X\""},
    {"New-ADSyncRule -Name 'a' | Out-Null\n", 1, "\"|\" is no part"},
    {"& calc.exe\n", 1, "\"&\" is no part"},
    {"$a.Name = 'x'\n", 1, "\"$a.Name\""},
    {"$a[1]\n", 1, "\"$a[1]\""},
    {"New-ADSyncRule -Name 'a' > x\n", 1, "\">\""},
    {"New-ADSyncRule -Name ` \n'a'\n", 1, "last character"},
    {"New-ADSyncRule -Nam 'a'\n", 1, "New-ADSyncRule has no -Nam"},
    {"New-ADSyncRule -Name a -name b\n", 1, "-name twice"},
    {"New-ADSyncRule 'a'\n", 1, "a value without its -Name"},
    {"New-ADSyncRule -Name 'a\n\n", 1, "without its closing quote"},
    {"New-ADSyncRule -Name \"a\n\n", 1, "without its closing quote"},
    {"New-ADSyncRule -Name @'\na\n", 1, "a here-string without its end"},
    {"New-ADSyncRule -Name @'a'@\n", 1, "on a line of its own"},
    {"<# a\n", 1, "a comment without its end"},
    {"New-ADSyncRule -Name \"`u{D800}\"\n", 1, "no character"},
    {"New-ADSyncRule -Name \"`0\"\n", 1, "\"`0\""},
    {"New-ADSyncRule -Name 'a',\n\n'b' -Direction\n", 1, "one text"},
    {"New-ADSyncRule -Name @('a'\n", 2, "the command ends where"},
    {"New-ADSyncRule -Name:\n", 1, "where a value is wanted"},
    {"$x\n", 1, "where \"=\" is wanted"},
    {"= x\n", 1, "\"=\" where a command is wanted"},
    {"New-Object System.Net.WebClient\n", 1, "\"System.Net.WebClient\" with"},
    {"New-Object ScopeCondition -ArgumentList a,b\n", 1, "with 2 arguments"},
    {"New-Object JoinCondition -ArgumentList a,b,c\n", 1, "JoinCondition"},
    {NEW_RULE "New-ADSyncScopeCondition -Attribute a -ComparisonOperator LIKE "
	      "-ComparisonValue b -OutVariable c\n",
	3, "\"LIKE\" is no operator"},
    {NEW_RULE "Add-ADSyncScopeConditionGroup -SynchronizationRule $syncRule "
	      "-ScopeConditions $no\n",
	3, "\"no\" is no condition made above"},
    {NEW_RULE FLOW "-Destination a -Source b -FlowType Copy\n", 3, "\"Copy\""},
    {NEW_RULE FLOW "-Destination a -Source b -ValueMergeType Add\n", 3,
	"\"Add\" is none"},
    {NEW_RULE FLOW "-Destination a -FlowType Expression\n", 3, "-Expression:"},
    {NEW_RULE FLOW "-Destination a\n", 3, "-Source: the attribute"},
    {NEW_RULE FLOW "-Source a\n", 3, "-Destination: the attribute"},
    {NEW_RULE FLOW "-Destination a -Source $x -FlowType Constant\n", 3,
	"-Source: the text"},
    {NEW_RULE ADD ADD, 4, "was added already"},
    {"Add-ADSyncRule -SynchronizationRule $x\n", 1, "names no rule above"},
    {"New-ADSyncRule -Name a -Direction Up\n", 1, "\"Up\" is neither"},
    {"New-ADSyncRule -Name a -LinkType Weld\n", 1, "\"Weld\" is none"},
    {"New-ADSyncRule -Name a -Precedence -1\n", 1, "\"-1\" is no number"},
    {"New-ADSyncRule -Name a -SoftDeleteExpiryInterval 1h\n", 1, "\"1h\""},
    {"New-ADSyncRule -Name a -Disabled perhaps\n", 1, "$true or $false"},
    {"New-ADSyncRule -Name ''\n", 1, "a rule needs a name"},
    {"New-ADSyncRule -Name a\n", 1, "-Connector: the connector"},
    {"New-ADSyncRule -Name a\n", 1, "-SourceObjectType: the object type"},
};

static bool
told(const struct lab *l, int line, const char *part)
{
	for (size_t i = 0; i < l->list.problem_count; i++) {
		const struct plan_problem *p = &l->list.problems[i];

		if (p->blocks && p->line == line &&
		    strstr(p->text.data, part) != NULL)
			return true;
	}
	return false;
}

static void
test_refused(void **state)
{
	struct lab *l = *state;

	for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
		assert_int_equal(
		    read_text(l, text_of(refused[i].text)), ERR_CONFIG);
		if (!told(l, refused[i].line, refused[i].part))
			fail_msg("%s\nsays line %d: %s", refused[i].text,
			    l->list.problems[0].line,
			    l->list.problems[0].text.data);
	}
}

static void
test_never_added(void **state)
{
	struct lab *l = *state;

	assert_int_equal(read_text(l, TEXT(NEW_RULE)), 0);
	assert_int_equal(l->list.count, 0);
	assert_int_equal(l->list.problem_count, 1);
	assert_false(l->list.problems[0].blocks);
	assert_int_equal(l->list.problems[0].line, 1);
	assert_int_equal(read_text(l, TEXT("\n# nothing\n")), 0);
	assert_int_equal(l->list.problem_count, 0);
}

/* ---- Writing ---- */

static struct text
same_connector(void *ctx, struct text connector)
{
	(void)ctx;
	return connector;
}

static void
check_same(const struct lab *l, const struct rule *a, const struct rule *b)
{
	struct rule_changes changes;

	assert_int_equal(rule_compare(l->names, a, b, l->arena, &changes), 0);
	if (changes.count > 0)
		fail_msg("%s: %s \"%s\" was \"%s\"", a->name.data,
		    changes.items[0].name.data, changes.items[0].after.data,
		    changes.items[0].before.data);
	assert_true(text_equal(a->connector, b->connector));
	assert_true(text_equal(a->after, b->after));
	assert_int_equal(a->flow_count, b->flow_count);
	for (size_t i = 0; i < a->flow_count; i++) {
		assert_true(text_equal(a->flows[i].text, b->flows[i].text));
		assert_int_equal(a->flows[i].target, b->flows[i].target);
	}
}

static void
check_round(struct lab *l, const struct rule *rules, size_t count)
{
	struct powershell_output how = {
	    .names = l->names, .connector_id = same_connector};
	struct buf b;

	buf_init(&b, 16U << 20);
	assert_int_equal(powershell_write(&how, rules, count, &b), 0);
	(void)read_good(l, buf_text(&b));
	assert_int_equal(l->list.problem_count, 0);
	assert_int_equal(l->list.count, count);
	for (size_t i = 0; i < count; i++)
		check_same(l, &rules[i], &l->list.rules[i]);
	buf_clear(&b);
}

/* Everything that a rule may have. */
static void
test_write(void **state)
{
	struct lab *l = *state;
	struct rule r = *read_good(l, text_of(exported));

	check_round(l, &r, 1);
	assert_true(text_is(l->list.rules[0].id, "{" GUID_A "}"));
	r.description = TEXT("a\nb `$x \xE2\x80\x99q\xE2\x80\x9D");
	r.disabled = true;
	r.password_sync = false;
	r.after = TEXT("{" GUID_AD "}");
	r.direction = RULE_OUTBOUND;
	r.soft_delete_ms = 0;
	check_round(l, &r, 1);
}

/* The rules that are built in. */
static void
test_write_default(void **state)
{
	struct lab *l = *state;
	struct site *s;
	int rc;

	s = site_new("/nowhere",
	    "connectors:\n"
	    "  - {name: corp, kind: ad, servers: [ldaps://n], user: u,\n"
	    "     password: 'env:P'}\n"
	    "  - {name: tree, kind: ldap, servers: [ldaps://n], user: u,\n"
	    "     password: 'env:P'}\n"
	    "  - {name: cloud, kind: graph, tenant: t, client_id: c,\n"
	    "     secret: 'env:S'}\n",
	    &rc);
	assert_int_equal(rc, 0);
	assert_true(s->rules.count > 20);
	l->names = names_free(l->names);
	l->names = s->names;
	check_round(l, s->rules.rules, s->rules.count);
	l->names = NULL;
	(void)site_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(test_as_exported, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_utf16, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_by_hand, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_refused, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_never_added, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_write, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_write_default, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
