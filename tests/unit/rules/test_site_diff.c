/* tests/unit/rules/test_site_diff.c -- two configurations beside each other. */
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

#include "rules/site_diff.h"
#include "rules/site_yaml.h"

#define CORP "{b0000001-2222-4333-8444-555566667777}"

struct lab {
	struct arena *arena;
	struct names *names;
	struct confsrc a, b;
	struct site_diff d;
	char dir[64];
};

static int
setup(void **state)
{
	static struct lab l;

	l = (struct lab){.arena = arena_new(0), .names = names_new()};
	(void)snprintf(l.dir, sizeof(l.dir), "/tmp/causeway-diff-XXXXXX");
	assert_non_null(mkdtemp(l.dir));
	*state = &l;
	return 0;
}

static const char *
file_of(const struct lab *l, const char *name)
{
	return arena_printf(l->arena, "%s/%s", l->dir, name);
}

static int
teardown(void **state)
{
	static const char *const files[] = {"a.yaml", "b.yaml", "a-rules.yaml",
	    "b-rules.yaml", "x.ps1", "causeway.yaml", "rules/10-corp-in.yaml",
	    "rules/20-hr-in.yaml", "rules/00-metaverse.yaml", "rules"};
	struct lab *l = *state;

	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		(void)remove(file_of(l, files[i]));
	(void)rmdir(l->dir);
	confsrc_clear(&l->a);
	confsrc_clear(&l->b);
	l->names = names_free(l->names);
	l->arena = arena_free(l->arena);
	return 0;
}

static void
write_file(const struct lab *l, const char *name, const char *text)
{
	FILE *f = fopen(file_of(l, name), "we");

	assert_non_null(f);
	assert_true(fputs(text, f) >= 0);
	assert_int_equal(fclose(f), 0);
}

static void
open_one(struct lab *l, const char *name, struct confsrc *out)
{
	struct err e = {0};

	if (confsrc_open(file_of(l, name), l->names, l->arena, out, &e) < 0)
		fail_msg("%s", e.text);
}

static void
compare(struct lab *l, const char *a, const char *b)
{
	open_one(l, a, &l->a);
	open_one(l, b, &l->b);
	assert_int_equal(site_compare(&l->a, &l->b, l->arena, &l->d), 0);
}

static const char *
text_or_dash(struct text t)
{
	return t.len == 0 ? "-" : t.data;
}

/* "kind name before|after" of every change, one a line. */
static const char *
settings_text(const struct lab *l, const struct setting_changes *list)
{
	const char *out = "";

	for (size_t i = 0; i < list->count; i++)
		out = arena_printf(l->arena, "%s%.*s %s|%s\n", out,
		    TEXT_ARGS(list->items[i].name),
		    text_or_dash(list->items[i].before),
		    text_or_dash(list->items[i].after));
	return out;
}

static const char *
rule_text(const struct lab *l, const struct rule_pair *p)
{
	struct text a = p->a == NULL ? TEXT("-") : p->a->name;
	struct text b = p->b == NULL ? TEXT("-") : p->b->name;
	const char *out = arena_printf(l->arena, "%.*s => %.*s%s\n",
	    TEXT_ARGS(a), TEXT_ARGS(b), p->renamed ? " renamed" : "");

	for (size_t i = 0; i < p->changes.count; i++) {
		const struct rule_change *c = &p->changes.items[i];

		out = arena_printf(l->arena, "%s %d %.*s %s|%s%s\n", out,
		    (int)c->part, TEXT_ARGS(c->name), text_or_dash(c->before),
		    text_or_dash(c->after), c->moved ? " moved" : "");
	}
	return out;
}

static const char *
rules_text(const struct lab *l)
{
	const char *out = "";

	for (size_t i = 0; i < l->d.rule_count; i++)
		out = arena_printf(
		    l->arena, "%s%s", out, rule_text(l, &l->d.rules[i]));
	return out;
}

#define SITE_A                                                               \
	"connectors:\n"                                                      \
	"  - name: corp\n"                                                   \
	"    kind: ad\n"                                                     \
	"    servers: [ldaps://n]\n"                                         \
	"    user: u\n"                                                      \
	"    password: 'env:P'\n"                                            \
	"    partitions:\n"                                                  \
	"      - {dn: 'DC=a', include: ['OU=one,DC=a']}\n"                   \
	"      - {dn: 'DC=gone'}\n"                                          \
	"  - {name: hr, kind: file, path: h.csv, format: csv, anchor: id}\n" \
	"rules: [a-rules.yaml]\n"

#define SITE_B                                                            \
	"connectors:\n"                                                   \
	"  - name: Forest\n"                                              \
	"    kind: ad\n"                                                  \
	"    servers: [ldaps://n]\n"                                      \
	"    user: u\n"                                                   \
	"    password: 'env:P'\n"                                         \
	"    page_size: 500\n"                                            \
	"    known_as: ['" CORP "']\n"                                    \
	"    partitions:\n"                                               \
	"      - {dn: 'dc=A', include: ['ou=one,dc=a', 'OU=two,DC=a'],\n" \
	"         exclude: ['OU=x,OU=two,DC=a']}\n"                       \
	"guard: {deletions: off}\n"                                       \
	"staging: true\n"                                                 \
	"rules: [b-rules.yaml]\n"

#define RULE(name, connector, rest)      \
	"  - name: " name "\n"           \
	"    connector: " connector "\n" \
	"    direction: in\n"            \
	"    from: user\n"               \
	"    to: person\n" rest

static void
test_connectors_and_settings(void **state)
{
	struct lab *l = *state;

	write_file(l, "a.yaml", SITE_A);
	write_file(l, "b.yaml", SITE_B);
	write_file(l, "a-rules.yaml", "rules: []\n");
	write_file(l, "b-rules.yaml", "rules: []\n");
	compare(l, "a.yaml", "b.yaml");
	assert_int_equal(l->d.connector_count, 2);
	assert_string_equal(settings_text(l, &l->d.connectors[0].changes),
	    "name corp|Forest\n"
	    "DC=a: include -|OU=two,DC=a\n"
	    "DC=a: exclude -|OU=x,OU=two,DC=a\n"
	    "partition DC=gone|-\n"
	    "page_size 1000|500\n");
	assert_true(text_is(l->d.connectors[1].a->name, "hr"));
	assert_null(l->d.connectors[1].b);
	assert_string_equal(settings_text(l, &l->d.settings),
	    "staging false|true\nguard.deletions 500|off\n");
	assert_true(site_differs(&l->d));
}

static void
test_rules(void **state)
{
	struct lab *l = *state;

	write_file(l, "a.yaml", SITE_A);
	write_file(l, "b.yaml", SITE_B);
	write_file(l, "a-rules.yaml",
	    "rules:\n" /* */
	    RULE("same", "corp",
		"    id: x\n    copy: [mail]\n    flows:\n"
		"      cn: 'IIF( [cn] = \"a b\", [cn],NULL)'\n")
		RULE("changed", "corp",
		    "    scope: [mail ISNOTNULL, cn EQUAL a]\n"
		    "    join: [mail = mail, cn = cn]\n"
		    "    copy: [title, sn]\n")
		    RULE("old name", "corp", "    copy: [cn, co]\n")
			RULE("gone", "corp", "    copy: [c]\n"));
	write_file(l, "b-rules.yaml",
	    "rules:\n" /* */
	    RULE("new", "Forest", "    copy: [l]\n") RULE("same", "Forest",
		"    id: y\n    copy: [mail]\n    flows:\n"
		"      cn: 'IIF([cn]=\"a b\",[cn],NULL)'\n")
		RULE("changed", "Forest",
		    "    link: provision\n"
		    "    scope: [cn EQUAL A]\n"
		    "    join: [cn = cn, mail = mail]\n"
		    "    copy: [title]\n"
		    "    flows: {sn: '[sn] & \"x\"', l: [l]}\n")
		    RULE("new name", "Forest", "    copy: [cn, co]\n"));
	compare(l, "a.yaml", "b.yaml");
	assert_string_equal(rules_text(l),
	    "same => same\n"
	    " 1 precedence 100|101 moved\n"
	    "changed => changed\n"
	    " 1 link join|provision\n"
	    " 1 precedence 101|102 moved\n"
	    " 2  cn EQUAL a AND mail ISNOTNULL|-\n"
	    " 2  -|cn EQUAL A\n"
	    " 3  mail = mail; cn = cn|cn = cn; mail = mail\n"
	    " 4 sn [sn]|[sn] & \"x\"\n"
	    " 4 l -|[l]\n"
	    "old name => new name renamed\n"
	    " 1 name old name|new name\n"
	    " 1 precedence 102|103 moved\n"
	    "gone => -\n"
	    "- => new\n");
	assert_false(rule_pair_differs(&l->d.rules[0]));
	assert_true(rule_pair_differs(&l->d.rules[1]));
	assert_true(rule_pair_differs(&l->d.rules[2]));
}

/* Two rules that changed places. */
static void
test_order(void **state)
{
	struct lab *l = *state;

	write_file(l, "a.yaml", SITE_A);
	write_file(l, "b.yaml", SITE_A);
	write_file(l, "a-rules.yaml",
	    "rules:\n" /* */
	    RULE("one", "corp", "    precedence: 10\n    copy: [cn]\n")
		RULE("two", "corp", "    precedence: 20\n    copy: [sn]\n")
		    RULE("six", "corp", "    precedence: 30\n    copy: [l]\n"));
	compare(l, "a.yaml", "b.yaml");
	assert_false(site_differs(&l->d));
	confsrc_clear(&l->a);
	confsrc_clear(&l->b);
	write_file(l, "b.yaml",
	    "connectors:\n"
	    "  - {name: corp, kind: ad, servers: [ldaps://n], user: u,\n"
	    "     password: 'env:P'}\n"
	    "rules: [b-rules.yaml]\n");
	write_file(l, "b-rules.yaml",
	    "rules:\n" /* */
	    RULE("one", "corp", "    precedence: 11\n    copy: [cn]\n")
		RULE("six", "corp", "    precedence: 12\n    copy: [l]\n") RULE(
		    "two", "corp", "    precedence: 13\n    copy: [sn]\n"));
	compare(l, "a.yaml", "b.yaml");
	assert_string_equal(rules_text(l), "one => one\n"
					   " 1 precedence 10|11 moved\n"
					   "two => two\n"
					   " 1 precedence 20|13 moved\n"
					   "six => six\n"
					   " 1 precedence 30|12\n");
}

/* A script knows its connector by a GUID alone. */
static void
test_script(void **state)
{
	struct lab *l = *state;

	write_file(l, "b.yaml", SITE_B);
	write_file(l, "b-rules.yaml",
	    "rules:\n" /* */
	    RULE("Exported", "Forest", "    precedence: 90\n    copy: [cn]\n"));
	write_file(l, "x.ps1",
	    "New-ADSyncRule -Name Exported -Direction Inbound -Precedence 90 "
	    "-SourceObjectType user -TargetObjectType person -LinkType Join "
	    "-Connector 'B0000001-2222-4333-8444-555566667777' "
	    "-OutVariable r\n"
	    "Add-ADSyncAttributeFlowMapping -SynchronizationRule $r "
	    "-Source cn -Destination cn -FlowType Direct -OutVariable r\n"
	    "Add-ADSyncRule -SynchronizationRule $r\n");
	compare(l, "x.ps1", "b.yaml");
	assert_string_equal(rules_text(l), "Exported => Exported\n");
	assert_false(site_differs(&l->d));
}

static void
write_converted(struct lab *l, const struct site_files *files)
{
	assert_int_equal(mkdir(file_of(l, "rules"), 0700), 0);
	for (size_t i = 0; i < files->count; i++)
		write_file(l, files->items[i].name, files->items[i].text.data);
}

/* Written in our form it is the same configuration, under another path. */
static void
test_convert(void **state)
{
	struct lab *l = *state;
	struct site_files files;
	struct err e = {0};

	write_file(l, "a.yaml", SITE_A);
	write_file(l, "a-rules.yaml",
	    "metaverse: {badge: integer}\n"
	    "rules:\n" /* */
	    RULE("one", "corp", "    copy: [cn]\n")
		RULE("two", "hr", "    flows: {badge: 'CNum([id])'}\n"));
	open_one(l, "a.yaml", &l->a);
	assert_int_equal(site_yaml(&l->a, NULL, &files, &e), 0);
	assert_int_equal(files.count, 4);
	assert_non_null(strstr(files.items[0].text.data, "# Made from "));
	assert_non_null(strstr(files.items[2].text.data, "a-rules.yaml:3\n"));
	write_converted(l, &files);
	open_one(l, "causeway.yaml", &l->b);
	assert_int_equal(site_compare(&l->a, &l->b, l->arena, &l->d), 0);
	assert_string_equal(settings_text(l, &l->d.settings), "");
	assert_string_equal(rules_text(l), "one => one\ntwo => two\n");
	assert_false(site_differs(&l->d));
}

#define SCRIPT                                                               \
	"New-ADSyncRule -Name Exported -Direction Inbound -Precedence 90 "   \
	"-SourceObjectType user -TargetObjectType person -LinkType Join "    \
	"-Connector 'B0000001-2222-4333-8444-555566667777' -OutVariable r\n" \
	"Add-ADSyncRule -SynchronizationRule $r\n"

/* Of a script the rules alone, for a connector that has to be named. */
static void
test_convert_script(void **state)
{
	struct lab *l = *state;
	struct conf_pair pair = {
	    TEXT("b0000001-2222-4333-8444-555566667777"), TEXT("corp")};
	struct conf_map names = {&pair, 1};
	struct site_files files;
	struct err e = {0};

	write_file(l, "x.ps1", SCRIPT);
	open_one(l, "x.ps1", &l->a);
	assert_int_equal(site_yaml(&l->a, NULL, &files, &e), ERR_CONFIG);
	assert_non_null(strstr(e.text, "--connectors " CORP "=NAME"));
	assert_int_equal(site_yaml(&l->a, &names, &files, &e), 0);
	assert_int_equal(files.count, 1);
	assert_string_equal(files.items[0].name, "rules/10-corp-in.yaml");
	assert_int_equal(files.open.count, 0);
	assert_non_null(
	    strstr(files.items[0].text.data, "    connector: corp\n"));
}

/* A place beside a rule of its server is told: it is no number here. */
static void
test_convert_place(void **state)
{
	struct lab *l = *state;
	struct conf_pair pair = {TEXT(CORP), TEXT("corp")};
	struct conf_map names = {&pair, 1};
	struct site_files files;
	struct err e = {0};

	write_file(l, "x.ps1",
	    "New-ADSyncRule -Name Early -Direction Inbound -Precedence 0 "
	    "-PrecedenceBefore 'c0000001-2222-4333-8444-555566667777' "
	    "-SourceObjectType user -TargetObjectType person -LinkType Join "
	    "-Connector '" CORP "' -OutVariable r\n"
	    "Add-ADSyncRule -SynchronizationRule $r\n");
	open_one(l, "x.ps1", &l->a);
	assert_int_equal(site_yaml(&l->a, &names, &files, &e), 0);
	assert_int_equal(files.open.count, 1);
	assert_non_null(strstr(files.open.items[0].data,
	    "rule Early: give it a number, it goes before rule {c0000001"));
}

static void
test_none_of_the_forms(void **state)
{
	struct lab *l = *state;
	struct err e = {0};

	write_file(l, "a.yaml", "connectors: 7\n");
	assert_int_equal(confsrc_open(l->dir, l->names, l->arena, &l->a, &e),
	    ERR_UNSUPPORTED);
	assert_non_null(strstr(e.text, "is none of"));
	assert_int_equal(
	    confsrc_open(file_of(l, "no"), l->names, l->arena, &l->a, &e),
	    ERR_NOENT);
	assert_int_equal(
	    confsrc_open(file_of(l, "a.yaml"), l->names, l->arena, &l->a, &e),
	    ERR_CONFIG);
	assert_true(l->a.problem_count > 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_connectors_and_settings),
	    TEST(test_rules),
	    TEST(test_order),
	    TEST(test_script),
	    TEST(test_convert),
	    TEST(test_convert_script),
	    TEST(test_convert_place),
	    TEST(test_none_of_the_forms),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
