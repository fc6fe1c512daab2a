/* tests/unit/rules/test_yaml_write.c -- what is written of a rule reads back to
 * the same rule. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "conf/conf.h"
#include "rules/compare.h"
#include "rules/ruleset.h"
#include "rules/yaml_write.h"

#define SITE                                                            \
	"connectors:\n"                                                 \
	"  - {name: corp, kind: ad, servers: [ldaps://n], user: u,\n"   \
	"     password: 'env:P', parameters: {SourceAnchor: mail}}\n"   \
	"  - {name: tree, kind: ldap, servers: [ldaps://n], user: u,\n" \
	"     password: 'env:P'}\n"                                     \
	"  - {name: people, kind: file, path: p.csv, format: csv,\n"    \
	"     anchor: id}\n"                                            \
	"  - {name: cloud, kind: graph, tenant: t, client_id: c,\n"     \
	"     secret: 'env:S'}\n"                                       \
	"rules: [RULES]\n"

struct lab {
	struct arena *arena;
	struct names *names;
	struct conf *conf;
	struct ruleset set;
	struct plan_problem *problems;
	size_t problem_count;
	struct buf out;
	char file[64];
};

static int
setup(void **state)
{
	static struct lab l;
	static struct conf_problems problems;

	l = (struct lab){.arena = arena_new(0), .names = names_new()};
	buf_init(&l.out, 16U << 20);
	(void)snprintf(
	    l.file, sizeof(l.file), "%s", "/tmp/causeway-yaml-XXXXXX");
	assert_true(close(mkstemp(l.file)) == 0);
	*state = &l;
	return conf_parse(
	    "/x/causeway.yaml", TEXT(SITE), l.arena, &l.conf, &problems);
}

static int
teardown(void **state)
{
	struct lab *l = *state;

	(void)unlink(l->file);
	ruleset_clear(&l->set);
	buf_clear(&l->out);
	l->names = names_free(l->names);
	l->arena = arena_free(l->arena);
	return 0;
}

static void
load(struct lab *l, const char *item)
{
	int rc;

	l->conf->rules.items[0] = text_of(item);
	rc = ruleset_load(l->conf, l->names, l->arena, &l->set, &l->problems,
	    &l->problem_count);
	if (rc < 0)
		fail_msg("line %d: %s\n%s", l->problems[0].line,
		    l->problems[0].text.data, buf_text(&l->out).data);
}

static struct text
origin(void *ctx, const struct rule *rule)
{
	(void)ctx;
	(void)rule;
	return TEXT("from here: #1\nand there");
}

static void
write_rules(struct lab *l, const struct rule *rules, size_t count)
{
	const struct rule **list = arena_array(l->arena, count, sizeof(void *));
	struct yaml_rules how = {.names = l->names, .origin = origin};
	FILE *f = fopen(l->file, "we");

	assert_non_null(list);
	assert_non_null(f);
	for (size_t i = 0; i < count; i++)
		list[i] = &rules[i];
	assert_int_equal(yaml_write_rules(&how, list, count, &l->out), 0);
	assert_int_equal(fwrite(l->out.data, 1, l->out.len, f), l->out.len);
	assert_int_equal(fclose(f), 0);
}

static struct text
flow_text_to(const struct rule *r, uint32_t target)
{
	for (size_t i = 0; i < r->flow_count; i++)
		if (r->flows[i].target == target)
			return r->flows[i].text;
	fail_msg("%s: a flow is missing", r->name.data);
	return TEXT("");
}

static void
check_same(const struct lab *l, const struct rule *a, const struct rule *b)
{
	struct rule_changes changes;

	assert_int_equal(rule_compare(l->names, a, b, l->arena, &changes), 0);
	if (changes.count > 0)
		fail_msg("%s: %s \"%s\" was \"%s\"\n%s", a->name.data,
		    changes.items[0].name.data, changes.items[0].after.data,
		    changes.items[0].before.data, l->out.data);
	assert_true(text_equal(a->id, b->id));
	assert_true(text_equal(a->connector, b->connector));
	assert_int_equal(a->flow_count, b->flow_count);
	for (size_t i = 0; i < a->flow_count; i++)
		assert_true(text_equal(
		    a->flows[i].text, flow_text_to(b, a->flows[i].target)));
}

static void
check_round(struct lab *l, const struct rule *rules, size_t count)
{
	write_rules(l, rules, count);
	load(l, l->file);
	assert_int_equal(l->problem_count, 0);
	assert_int_equal(l->set.count, count);
	for (size_t i = 0; i < count; i++)
		check_same(l, &rules[i], &l->set.rules[i]);
}

/* Every rule that is built in, for four kinds of connectors. */
static void
test_default(void **state)
{
	struct lab *l = *state;
	struct ruleset standard;

	load(l, "default");
	standard = l->set;
	assert_true(standard.count > 30);
	check_round(l, standard.rules, standard.count);
	ruleset_clear(&standard);
	assert_non_null(strstr(l->out.data, "  # from here: #1 and there\n"));
	assert_non_null(strstr(l->out.data, "extensionAttribute1..15]\n"));
}

static uint32_t
name(struct lab *l, const char *text)
{
	uint32_t n = 0;

	assert_int_equal(names_intern(l->names, text_of(text), &n), 0);
	return n;
}

static const char long_text[] =
    "a long text that goes on and on over the edge of what a person would "
    "like to read on one line,  with two blanks and 'quotes' in it, and on "
    "and on and on and on and on until it ends";

static const char *const texts[] = {
    "plain",
    "True",
    "null",
    "~",
    "12",
    "-x",
    "it's",
    "say \"no\"",
    "a: b",
    "a #b",
    "ends:",
    " blanks around ",
    "$(anchor) and $$(x) and $",
    "two\nlines",
    "two\n\n  lines 'with' \"all\": # of it",
    "ends in a line\n",
    "\n begins in one",
    "\ttab",
    "@at",
    "%Domain.FQDN%",
    "{brace",
    "bell \a, CR \r, del \x7f",
    "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x98\x80",
    "line \xe2\x80\xa8 separator, \xc2\x85 next line, mark \xef\xbb\xbf",
    "back\\slash",
    "*",
    "&amp;",
    "!tag",
    "| pipe",
    "> fold",
    "[list]",
    "? key",
    "- item",
    long_text,
};

#define TEXTS (sizeof(texts) / sizeof(*texts))

static struct rule
rule_with(struct lab *l, const char *text)
{
	static struct scope_clause clauses[3];
	static struct scope_group groups[2];
	static struct join_clause joins[2];
	static struct join_group join_groups[1];
	static struct flow flows[4];
	struct rule r = {.id = TEXT("the-id"),
	    .name = TEXT("x"),
	    .description = text_of(text),
	    .connector = TEXT("corp"),
	    .direction = RULE_INBOUND,
	    .source_type = name(l, "user"),
	    .link = LINK_STICKY_JOIN,
	    .precedence = 7,
	    .soft_delete_ms = 90000,
	    .disabled = true,
	    .scope = groups,
	    .scope_count = 2,
	    .join = join_groups,
	    .join_count = 1,
	    .flows = flows,
	    .flow_count = 4};

	clauses[0] = (struct scope_clause){
	    .name = name(l, "mail"), .op = SCOPE_EQUAL, .value = text_of(text)};
	clauses[1] = (struct scope_clause){
	    .name = name(l, "cn"), .op = SCOPE_NOTEQUAL, .value = TEXT("")};
	clauses[2] = (struct scope_clause){
	    .op = SCOPE_ISMEMBEROF, .value = TEXT("CN=a b,DC=c")};
	groups[0] = (struct scope_group){clauses, 2};
	groups[1] = (struct scope_group){clauses + 2, 1};
	joins[0] =
	    (struct join_clause){name(l, "my name"), name(l, "cn"), true};
	joins[1] =
	    (struct join_clause){name(l, "mail"), name(l, "mail"), false};
	join_groups[0] = (struct join_group){joins, 2};
	flows[0] = (struct flow){.target = name(l, "one"),
	    .kind = FLOW_CONSTANT,
	    .merge = MERGE_REPLACE,
	    .text = text_of(text)};
	flows[1] = (struct flow){.target = name(l, "two"),
	    .kind = FLOW_EXPRESSION,
	    .merge = MERGE_UPDATE,
	    .text = text_of(text)};
	flows[2] = (struct flow){.target = name(l, "true"),
	    .kind = FLOW_EXPRESSION,
	    .merge = MERGE_MERGE_NOCASE,
	    .execute_once = true,
	    .text = text_of(text)};
	flows[3] = (struct flow){.target = name(l, "four"),
	    .kind = FLOW_DIRECT,
	    .merge = MERGE_MERGE,
	    .source = name(l, "five")};
	return r;
}

static void
test_texts(void **state)
{
	struct lab *l = *state;

	for (size_t i = 0; i < TEXTS; i++) {
		struct rule r = rule_with(l, texts[i]);

		buf_reset(&l->out);
		ruleset_clear(&l->set);
		check_round(l, &r, 1);
	}
}

/* One rule as it looks: what is said by default is not said. */
static void
test_looks(void **state)
{
	struct lab *l = *state;
	struct rule r = rule_with(l, "True");

	r.description = TEXT("");
	r.disabled = false;
	r.soft_delete_ms = 0;
	r.link = LINK_JOIN;
	write_rules(l, &r, 1);
	assert_string_equal(buf_text(&l->out).data,
	    "rules:\n"
	    "  # from here: #1 and there\n"
	    "  - name: x\n"
	    "    id: the-id\n"
	    "    connector: corp\n"
	    "    direction: in\n"
	    "    from: user\n"
	    "    to: '*'\n"
	    "    precedence: 7\n"
	    "    scope:\n"
	    "      - - mail EQUAL True\n"
	    "        - {attribute: cn, operator: NOTEQUAL, value: ''}\n"
	    "      - - ISMEMBEROF CN=a b,DC=c\n"
	    "    join:\n"
	    "      - - {attribute: 'my name', metaverse: cn, exact: true}\n"
	    "        - mail = mail\n"
	    "    flows:\n"
	    "      one: {value: 'True', merge: replace}\n"
	    "      two: 'True'\n"
	    "      'true':\n"
	    "        expression: 'True'\n"
	    "        merge: merge-nocase\n"
	    "        once: true\n"
	    "      four: {from: five, merge: merge}\n");
}

/* Another metaverse than the built-in one. */
static void
test_metaverse(void **state)
{
	struct lab *l = *state;
	struct schema *mv = schema_new();
	const struct schema_attr attrs[] = {
	    {.name = name(l, "mail"), .type = VALUE_STRING, .multi = true},
	    {.name = name(l, "title"), .type = VALUE_STRING},
	    {.name = name(l, "badge"), .type = VALUE_INTEGER, .indexed = true},
	};
	FILE *f = fopen(l->file, "we");

	assert_non_null(mv);
	assert_non_null(f);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(schema_add(mv, attrs[i], NULL), 0);
	assert_int_equal(schema_add_type(mv, name(l, "room")), 0);
	assert_int_equal(yaml_write_metaverse(mv, l->names, &l->out), 0);
	assert_string_equal(buf_text(&l->out).data,
	    "metaverse_types: [room]\n\n"
	    "metaverse:\n"
	    "  mail: string list instead\n"
	    "  badge: integer indexed\n\n");
	(void)fwrite(l->out.data, 1, l->out.len, f);
	assert_int_equal(fclose(f), 0);
	load(l, l->file);
	assert_true(schema_has_type(l->set.mv_schema, name(l, "room")));
	assert_true(schema_find(l->set.mv_schema, name(l, "mail"))->multi);
	assert_int_equal(schema_find(l->set.mv_schema, name(l, "badge"))->type,
	    VALUE_INTEGER);
	(void)schema_free(mv);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_default),
	    TEST(test_texts),
	    TEST(test_looks),
	    TEST(test_metaverse),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
