/* tests/unit/rules/test_ruleset.c -- files of rules: found, expanded over
 * connectors, numbered; and what is told of a bad one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "site.h"

#define TWO_FORESTS                                                       \
	"connectors:\n"                                                   \
	"  - {name: north, kind: ad, servers: [ldaps://n], user: u,\n"    \
	"     password: 'env:P', parameters: {Site: N, Loop: $(Loop)}}\n" \
	"  - {name: south, kind: ad, servers: [ldaps://s], user: u,\n"    \
	"     password: 'env:P'}\n"                                       \
	"  - {name: cloud, kind: graph, tenant: t, client_id: c,\n"       \
	"     secret: 'env:S'}\n"                                         \
	"parameters: {Site: everywhere}\n"

/* A folder of its own for each test. */
static int
setup(void **state)
{
	char *dir = strdup("/tmp/causeway-rules-XXXXXX");

	*state = dir;
	return dir == NULL || mkdtemp(dir) == NULL;
}

static void
path_of(char out[static 256], const char *dir, const char *name)
{
	(void)snprintf(out, 256, "%s/%s", dir, name);
}

static int
teardown(void **state)
{
	static const char *const names[] = {"rules/10.yaml", "rules/20.yaml",
	    "rules/30.ps1", "rules/note.txt", "one.yaml"};
	char path[256];
	char *dir = *state;

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		path_of(path, dir, names[i]);
		(void)unlink(path);
	}
	path_of(path, dir, "rules");
	(void)rmdir(path);
	(void)rmdir(dir);
	free(dir);
	return 0;
}

static void
write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *f;

	path_of(path, dir, "rules");
	(void)mkdir(path, 0700);
	path_of(path, dir, name);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static struct site *
load(const char *dir, const char *rules, int *r)
{
	char yaml[2048];

	(void)snprintf(yaml, sizeof(yaml), "%srules: %s\n", TWO_FORESTS, rules);
	return site_new(dir, yaml, r);
}

static struct site *
load_good(const char *dir, const char *rules)
{
	int r;
	struct site *s = load(dir, rules, &r);

	if (r < 0)
		site_print_problems(s);
	assert_int_equal(r, 0);
	return s;
}

static void
must_say(const char *dir, const char *text, const char *part)
{
	struct site *s;
	int r;

	write_file(dir, "one.yaml", text);
	s = load(dir, "[one.yaml]", &r);
	assert_int_equal(r, ERR_CONFIG);
	if (!site_problem(s, part)) {
		site_print_problems(s);
		fail_msg("no problem says \"%s\"", part);
	}
	(void)site_free(s);
}

#define HEAD                          \
	"rules:\n"                    \
	"  - name: r\n"               \
	"    connector: {kind: ad}\n" \
	"    direction: in\n"         \
	"    from: user\n"            \
	"    to: person\n"

static void
check_flows(struct site *s, const struct rule *r)
{
	assert_int_equal(r->flow_count, 9);
	assert_int_equal(r->flows[0].kind, FLOW_DIRECT);
	assert_true(text_is(
	    names_text(s->names, r->flows[2].target), "extensionAttribute2"));
	assert_int_equal(r->flows[3].kind, FLOW_EXPRESSION);
	assert_true(text_is(r->flows[3].text, "Trim(ItemOrNull([title],1))"));
	assert_int_equal(r->flows[4].kind, FLOW_DIRECT);
	assert_int_equal(r->flows[6].kind, FLOW_CONSTANT);
	assert_true(r->flows[6].execute_once);
	assert_int_equal(r->flows[7].merge, MERGE_MERGE_NOCASE);
	assert_int_equal(r->flows[8].merge, MERGE_REPLACE);
}

static void
test_a_rule_in_full(void **state)
{
	struct site *s;
	const struct rule *r;

	write_file(*state, "one.yaml",
	    "metaverse:\n"
	    "  costCenter: string indexed\n"
	    "  skills: string list\n"
	    "rules:\n"
	    "  - name: The rule\n"
	    "    id: the-rule\n"
	    "    why: because\n"
	    "    connector: north\n"
	    "    direction: in\n"
	    "    from: user\n"
	    "    to: person\n"
	    "    link: provision\n"
	    "    precedence: 7\n"
	    "    password_sync: true\n"
	    "    soft_delete_s: 60\n"
	    "    scope:\n"
	    "      - [cn STARTSWITH a b, mail ISNOTNULL]\n"
	    "      - [userAccountControl ISBITNOTSET 2]\n"
	    "    join:\n"
	    "      - mail == mail\n"
	    "      - [objectSid = objectSid, cn = cn]\n"
	    "    copy: [manager, extensionAttribute1..2]\n"
	    "    first: [title]\n"
	    "    flows:\n"
	    "      costCenter: [employeeID]\n"
	    "      cn: '\"x\" & [cn]'\n"
	    "      accountEnabled: {value: 'True', once: true}\n"
	    "      skills:\n"
	    "        expression: Split([description],\",\")\n"
	    "        merge: merge-nocase\n"
	    "      displayName: {from: cn, merge: replace}\n");
	s = load_good(*state, "[one.yaml]");
	assert_int_equal(s->rules.count, 1);
	r = &s->rules.rules[0];
	assert_true(text_is(r->id, "the-rule"));
	assert_true(text_is(r->connector, "north"));
	assert_int_equal(r->direction, RULE_INBOUND);
	assert_int_equal(r->link, LINK_PROVISION);
	assert_int_equal(r->precedence, 7);
	assert_true(r->password_sync);
	assert_int_equal(r->soft_delete_ms, 60000);
	assert_int_equal(r->tag.len, 0);
	assert_int_equal(r->line, 5);
	assert_int_equal(r->scope_count, 2);
	assert_int_equal(r->scope[0].count, 2);
	assert_true(text_is(r->scope[0].clauses[0].value, "a b"));
	assert_int_equal(r->scope[1].clauses[0].op, SCOPE_ISBITNOTSET);
	assert_int_equal(r->join_count, 2);
	assert_true(r->join[0].clauses[0].case_sensitive);
	assert_int_equal(r->join[1].count, 2);
	assert_false(r->join[1].clauses[0].case_sensitive);
	check_flows(s, r);
	(void)site_free(s);
}

/* One rule for a kind: one each, in the order of the connectors, numbered
 * from 100; numbers that are given are kept and left out. */
static void
test_expansion_and_numbers(void **state)
{
	struct site *s;

	write_file(*state, "rules/10.yaml",
	    HEAD "    flows: {title: '%Connector.ID%'}\n"
		 "  - name: own\n"
		 "    connector: south\n"
		 "    direction: in\n"
		 "    from: [user, contact]\n"
		 "    to: person\n"
		 "    precedence: 101\n");
	write_file(*state, "rules/20.yaml",
	    "rules:\n"
	    "  - name: later\n"
	    "    connector: {kind: [graph, ad]}\n"
	    "    direction: in\n"
	    "    from: group\n"
	    "    to: group\n");
	write_file(*state, "rules/note.txt", "not read: {");
	s = load_good(*state, "[rules]");
	assert_int_equal(s->rules.count, 7);
	assert_int_equal(site_rule(s, "r@north")->rule->precedence, 100);
	assert_int_equal(site_rule(s, "own")->rule->precedence, 101);
	assert_int_equal(site_rule(s, "own.2")->rule->precedence, 102);
	assert_true(text_is(
	    names_text(s->names, site_rule(s, "own.2")->rule->source_type),
	    "contact"));
	assert_int_equal(site_rule(s, "r@south")->rule->precedence, 103);
	assert_int_equal(site_rule(s, "later@north")->rule->precedence, 104);
	assert_int_equal(site_rule(s, "later@cloud")->rule->precedence, 106);
	(void)site_free(s);
}

static void
test_names_that_stand_for_others(void **state)
{
	struct site *s;

	write_file(*state, "one.yaml",
	    "define:\n"
	    "  Site: nowhere\n"
	    "  Both: $(Site)-$(anchor)\n" HEAD
	    "    flows: {title: '\"$(Both)\"'}\n"
	    "  - name: north only\n"
	    "    when: $(Site) = n\n"
	    "    connector: {kind: ad}\n"
	    "    direction: in\n"
	    "    from: user\n"
	    "    to: person\n"
	    "  - name: south only\n"
	    "    when: $(Site) <> N\n"
	    "    connector: {kind: ad}\n"
	    "    direction: in\n"
	    "    from: user\n"
	    "    to: person\n");
	s = load_good(*state, "[one.yaml]");
	assert_int_equal(s->rules.count, 4);
	assert_true(text_is(
	    site_rule(s, "r@north")->rule->flows[0].text, "\"N-objectGUID\""));
	assert_true(text_is(site_rule(s, "r@south")->rule->flows[0].text,
	    "\"everywhere-objectGUID\""));
	assert_non_null(site_rule(s, "north only@north"));
	assert_non_null(site_rule(s, "south only@south"));
	(void)site_free(s);
}

/* when: with a list, a rule for each of a list, and the flows of another. */
static void
test_lists_of_names(void **state)
{
	struct site *s;
	const struct rule *r;

	write_file(*state, "one.yaml",
	    "define: {Uses: 'mail, phone', Words: 'title, info'}\n" HEAD
	    "    id: base\n"
	    "    trim: [otherTelephone]\n"
	    "    flows: {mail: [mail]}\n"
	    "  - name: phone of $(each)\n"
	    "    id: phone-$(each)\n"
	    "    when: $(Uses) has fax, PHONE\n"
	    "    for_each: $(Words)\n"
	    "    connector: north\n"
	    "    direction: in\n"
	    "    from: user\n"
	    "    to: person\n"
	    "    flows_of: base\n"
	    "    flows: {$(each): '[$(each)]'}\n"
	    "  - name: fax\n"
	    "    when: $(Uses) has fax, telex\n"
	    "    connector: north\n"
	    "    direction: in\n"
	    "    from: user\n"
	    "    to: person\n"
	    "  - name: back\n"
	    "    when: $(kinds) has file, $(kind)\n"
	    "    connector: {kind: ad}\n"
	    "    direction: out\n"
	    "    from: person\n"
	    "    to: [user, inetOrgPerson]\n"
	    "    flows: {displayName: '\"$(connector)\"'}\n");
	s = load_good(*state, "[one.yaml]");
	assert_int_equal(s->rules.count, 2 + 2 + 4);
	r = site_rule(s, "phone-info")->rule;
	assert_true(text_is(r->name, "phone of info"));
	assert_int_equal(r->flow_count, 3);
	assert_true(text_is(r->flows[0].text, "[info]"));
	assert_true(text_is(r->flows[1].text, "Trim([otherTelephone])"));
	assert_int_equal(r->flows[2].kind, FLOW_DIRECT);
	r = site_rule(s, "back.2@south")->rule;
	assert_true(
	    text_is(names_text(s->names, r->target_type), "inetOrgPerson"));
	assert_true(text_is(r->flows[0].text, "\"south\""));
	(void)site_free(s);
}

static void
test_disable(void **state)
{
	struct site *s;

	write_file(*state, "one.yaml",
	    "disable: [graph-user-details, ad-contact-join@north]\n");
	s = load_good(*state, "[default, one.yaml]");
	assert_null(site_rule(s, "graph-user-details@cloud"));
	assert_null(site_rule(s, "ad-contact-join@north"));
	assert_non_null(site_rule(s, "ad-contact-join@south"));
	(void)site_free(s);
	must_say(*state, "disable: [no-such-rule]\n",
	    "there is no rule \"no-such-rule\"");
}

static void
test_bad_files(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
	    {"rules: [", "one.yaml:2"},
	    {"rulez: []\n", "has no \"rulez\""},
	    {"rules: x\n", "a list is wanted"},
	    {"rules:\n  - name: r\n", "needs connector"},
	    {HEAD "    scoop: []\n", "a rule has no \"scoop\""},
	    {HEAD "    link: weld\n", "provision, join or sticky"},
	    {HEAD "    precedence: many\n", "a number from 0"},
	    {HEAD "    scope: ['']\n", "\"\" is no operator"},
	    {HEAD "    scope: [cn EQUALS x]\n", "\"EQUALS\" is no operator"},
	    {HEAD "    scope: [cn EQUAL]\n", "a value is wanted"},
	    {HEAD "    join: [mail mail]\n", "metaverse attribute"},
	    {HEAD "    flows: {mail: [a, b]}\n", "an expression or"},
	    {HEAD "    flows: {mail: }\n", "an expression or"},
	    {HEAD "    flows: {mail: {merge: glue}}\n", "none of update"},
	    {HEAD "    flows: {mail: {exprezzion: x}}\n", "\"exprezzion\""},
	    {HEAD "    flows: {mail: {once: true}}\n", "one of expression"},
	    {HEAD "    flows: {mail: '[mail'}\n", "attribute without ]"},
	    {HEAD "    flows: {mail: '\"$(Nothing)\"'}\n",
		"$(Nothing) is not known"},
	    {HEAD "    flows: {mail: '\"$(Loop)\"'}\n", "for each other"},
	    {HEAD "    flows: {mail: [nosuch]}\n", "\"nosuch\" is not in the"},
	    {HEAD "    flows_of: nosuch\n", "this file has no rule \"nosuch\""},
	    {HEAD "    when: '$(Site)'\n", "$(name) has one, other"},
	    {"metaverse: {x: text}\n", "a type like"},
	    {"metaverse: {mail: integer}\n", "declared as"},
	    {"rules:\n  - {name: r, connector: west, direction: in, from: a, "
	     "to: b}\n",
		"no connector \"west\""},
	    {"rules:\n  - {name: r, connector: north, direction: up, from: a, "
	     "to: person}\n",
		"in or out"},
	    {"rules:\n  - {name: r, connector: north, direction: in}\n",
		"the object type is missing"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		must_say(*state, cases[i].text, cases[i].says);
}

/* An error in a file names the file and the line. */
static void
test_place(void **state)
{
	struct site *s;
	int r;

	write_file(*state, "one.yaml",
	    HEAD "    flows:\n"
		 "      mail: [mail]\n"
		 "      title: Trimm([title])\n");
	s = load(*state, "[one.yaml]", &r);
	assert_int_equal(r, ERR_CONFIG);
	assert_int_equal(s->problem_count, 2); /* one for each connector */
	assert_int_equal(s->problems[0].line, 9);
	assert_int_equal(s->problems[0].position, 1);
	assert_true(text_ends_nocase(s->problems[0].file, "/one.yaml"));
	assert_true(text_is(s->problems[0].attribute, "title"));
	(void)site_free(s);
}

static void
test_missing_file(void **state)
{
	int r;
	struct site *s = load(*state, "[nowhere.yaml]", &r);

	assert_int_equal(r, ERR_CONFIG);
	assert_true(site_problem(s, "it is not there"));
	assert_true(text_ends_nocase(s->problems[0].file, "/nowhere.yaml"));
	(void)site_free(s);
}

/* The text to copy means the same as what is built in. */
static void
test_default_text(void **state)
{
	struct site *built_in = load_good(*state, "[default]"), *copy;
	size_t n, m;
	char *text =
	    strndup(ruleset_default_text().data, ruleset_default_text().len);

	assert_non_null(text);
	write_file(*state, "one.yaml", text);
	free(text);
	/* tags are not in it, so what a directory lacks would be an error:
	 * compare before the plan is made */
	copy = load(*state, "[one.yaml]", &(int){0});
	n = built_in->rules.count;
	m = copy->rules.count;
	assert_int_equal(n, m);
	for (size_t i = 0; i < n; i++) {
		const struct rule *x = &built_in->rules.rules[i];
		const struct rule *y = &copy->rules.rules[i];

		assert_true(text_equal(x->id, y->id));
		assert_int_equal(x->precedence, y->precedence);
		assert_int_equal(x->flow_count, y->flow_count);
		for (size_t k = 0; k < x->flow_count; k++)
			assert_true(
			    text_equal(x->flows[k].text, y->flows[k].text));
	}
	(void)site_free(copy);
	(void)site_free(built_in);
}

/* The default rules for two forests: one each, standard numbers, a reason for
 * every rule, and a tag. */
static void
test_default_rules(void **state)
{
	struct site *s = load_good(*state, "[default]");

	assert_int_equal(s->problem_count, 0);
	assert_non_null(site_rule(s, "ad-user-join@north"));
	assert_int_equal(site_rule(s, "ad-user-join@south")->rule->precedence,
	    site_rule(s, "ad-user-join@north")->rule->precedence + 1);
	for (size_t i = 0; i < s->rules.count; i++) {
		assert_int_equal(s->rules.rules[i].precedence, 100 + (int)i);
		assert_true(s->rules.rules[i].description.len > 10);
		assert_true(
		    text_starts_nocase(s->rules.rules[i].tag, "causeway."));
	}
	(void)site_free(s);
}

/* Every from by to, in a buffer of its own. */
static char *
replaced(const char *text, const char *from, const char *to)
{
	static char out[65536];
	size_t n = 0;

	while (*text != '\0' && n + strlen(to) + 1 < sizeof(out)) {
		bool hit = strncmp(text, from, strlen(from)) == 0;

		if (hit) {
			memcpy(out + n, to, strlen(to));
			n += strlen(to);
			text += strlen(from);
		} else {
			out[n++] = *text++;
		}
	}
	out[n] = '\0';
	return out;
}

/* The example in docs/rules/format.md loads beside the default rules. */
static void
test_documented_example(void **state)
{
	static char doc[65536];
	FILE *f = fopen(FORMAT_MD, "re");
	size_t n;
	char *begin, *end;
	struct site *s;

	assert_non_null(f);
	n = fread(doc, 1, sizeof(doc) - 1, f);
	doc[n] = '\0';
	assert_int_equal(fclose(f), 0);
	begin = strstr(doc, "# rules/50-contractors.yaml");
	assert_non_null(begin);
	end = strstr(begin, "```");
	assert_non_null(end);
	*end = '\0';
	begin = replaced(begin, "connector: corp", "connector: north");
	write_file(*state, "one.yaml", begin);
	s = load_good(*state, "[default, one.yaml]");
	assert_int_equal(s->problem_count, 0);
	assert_int_equal(site_rule(s, "contractors-out")->rule->precedence, 50);
	assert_null(site_rule(s, "graph-contact-provision@cloud"));
	(void)site_free(s);
}

#define SOUTH     "{b0000001-2222-4333-8444-555566667777}"
#define NOT_THERE "{c0000009-2222-4333-8444-555566667777}"
#define EXPORT_SITE(id)                                                \
	"connectors:\n"                                                \
	"  - {name: south, kind: ad, servers: [ldaps://s], user: u,\n" \
	"     password: 'env:P', known_as: ['" id "']}\n"              \
	"rules: [rules]\n"

static void
write_export(const char *dir, const char *precedence)
{
	char text[1024];

	(void)snprintf(text, sizeof(text),
	    "New-ADSyncRule -Name 'Exported' `\n"
	    "-Identifier 'c0000001-2222-4333-8444-555566667777' `\n"
	    "-Direction Inbound -SourceObjectType user `\n"
	    "-TargetObjectType person -LinkType Join %s `\n"
	    "-Connector 'B0000001-2222-4333-8444-555566667777' `\n"
	    "-OutVariable syncRule\n"
	    "Add-ADSyncRule -SynchronizationRule $syncRule[0]\n",
	    precedence);
	write_file(dir, "rules/30.ps1", text);
	write_file(dir, "rules/10.yaml",
	    HEAD "    precedence: 50\n"
		 "  - name: second\n"
		 "    connector: {kind: ad}\n"
		 "    direction: in\n"
		 "    from: user\n"
		 "    to: person\n"
		 "    precedence: 60\n");
}

/* A rule editor's export beside files of our own: its connector is the one
 * that the configuration says it is. */
static void
test_exported_rules(void **state)
{
	struct site *s;
	const struct rule *r;
	int rc;

	write_export(*state, "-Precedence 90");
	s = site_new(*state, EXPORT_SITE(SOUTH), &rc);
	assert_int_equal(rc, 0);
	assert_int_equal(s->rules.count, 3);
	r = &s->rules.rules[2];
	assert_true(text_is(r->connector, "south"));
	assert_int_equal(r->precedence, 90);
	(void)site_free(s);
}

static void
test_exported_unknown(void **state)
{
	struct site *s;
	int rc;

	write_export(*state, "-Precedence 90");
	s = load(*state, "[rules]", &rc);
	assert_int_equal(rc, ERR_CONFIG);
	assert_true(site_problem(s, "no connector \"" SOUTH "\": say which"));
	(void)site_free(s);
}

/* A number made by its place: those behind it move up. */
static void
test_exported_place(void **state)
{
	struct site *s;
	int rc;

	write_export(*state, "-Precedence 0 -PrecedenceBefore 'second@south'");
	s = site_new(
	    *state, EXPORT_SITE("B0000001-2222-4333-8444-555566667777"), &rc);
	assert_int_equal(rc, 0);
	assert_int_equal(s->rules.rules[0].precedence, 50);
	assert_int_equal(s->rules.rules[1].precedence, 61);
	assert_int_equal(s->rules.rules[2].precedence, 60);
	(void)site_free(s);
	write_export(*state, "-PrecedenceAfter '" NOT_THERE "'");
	s = load(*state, "[rules]", &rc);
	assert_int_equal(rc, ERR_CONFIG);
	assert_true(site_problem(s, "there is no rule " NOT_THERE));
	(void)site_free(s);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_a_rule_in_full),
	    TEST(test_expansion_and_numbers),
	    TEST(test_names_that_stand_for_others),
	    TEST(test_lists_of_names),
	    TEST(test_disable),
	    TEST(test_bad_files),
	    TEST(test_place),
	    TEST(test_missing_file),
	    TEST(test_default_text),
	    TEST(test_default_rules),
	    TEST(test_documented_example),
	    TEST(test_exported_rules),
	    TEST(test_exported_unknown),
	    TEST(test_exported_place),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
