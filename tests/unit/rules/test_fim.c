/* tests/unit/rules/test_fim.c -- exports of FIM and DirSync: the rules that
 * they become, and what is left to be done by hand, as golden texts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "rules/fim/fim.h"
#include "rules/yaml_write.h"

struct lab {
	struct arena *arena;
	struct names *names;
	struct vendor v;
	struct buf out;
};

static int
setup(void **state)
{
	static struct lab l;

	l = (struct lab){.arena = arena_new(0), .names = names_new()};
	buf_init(&l.out, 1U << 20);
	*state = &l;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *l = *state;

	vendor_clear(&l->v);
	buf_clear(&l->out);
	l->names = names_free(l->names);
	l->arena = arena_free(l->arena);
	return 0;
}

static struct text
origin(void *ctx, const struct rule *rule)
{
	(void)ctx;
	(void)rule;
	return TEXT("");
}

static void
put_problems(struct lab *l)
{
	for (size_t i = 0; i < l->v.problem_count; i++) {
		const struct plan_problem *p = &l->v.problems[i];

		buf_printf(&l->out, "# %s%.*s:%d: %.*s%s%.*s\n",
		    p->blocks ? "error " : "", TEXT_ARGS(p->file), p->line,
		    TEXT_ARGS(p->attribute), p->attribute.len > 0 ? ": " : "",
		    TEXT_ARGS(p->text));
	}
}

static void
put_rules(struct lab *l)
{
	const struct rule **list =
	    arena_array(l->arena, l->v.rule_count + 1, sizeof(struct rule *));
	struct yaml_rules how = {.names = l->names, .origin = origin};

	assert_non_null(list);
	for (size_t i = 0; i < l->v.rule_count; i++)
		list[i] = &l->v.rules[i];
	assert_int_equal(
	    yaml_write_rules(&how, list, l->v.rule_count, &l->out), 0);
}

/* The folder's rules and problems are those of the file beside it. */
static void
check_golden(struct lab *l, const char *name)
{
	const char *dir = arena_printf(l->arena, FIM_DIR "/%s", name);
	const char *path = arena_printf(l->arena, FIM_DIR "/%s.ok", name);
	static char wanted[65536];
	FILE *f;
	size_t n;

	assert_true(fim_is_export(dir));
	assert_int_equal(fim_load(dir, l->names, l->arena, &l->v), 0);
	put_problems(l);
	put_rules(l);
	f = fopen(path, "re");
	assert_non_null(f);
	n = fread(wanted, 1, sizeof(wanted) - 1, f);
	wanted[n] = '\0';
	assert_int_equal(fclose(f), 0);
	assert_string_equal(buf_text(&l->out).data, wanted);
}

static void
test_fim(void **state)
{
	struct lab *l = *state;

	check_golden(l, "fim");
	assert_false(l->v.default_rules);
	assert_int_equal(l->v.connector_count, 2);
	assert_int_equal(l->v.connectors[1].kind, VENDOR_AD);
}

/* Proves: doubts D44 */
static void
test_dirsync(void **state)
{
	struct lab *l = *state;

	check_golden(l, "dirsync");
	assert_true(l->v.default_rules);
	assert_int_equal(l->v.connectors[0].partition_count, 1);
	assert_true(text_is(l->v.connectors[0].partitions[0].exclude.items[0],
	    "OU=Labs,DC=birch,DC=example"));
}

#define MV_BEGIN                                                    \
	"<saved-mv-configuration><mv-data><schema>"                 \
	"<dsml xmlns='http://www.dsml.org/DSML'><directory-schema>" \
	"<class id='person' type='structural'><name>person</name>"  \
	"</class></directory-schema></dsml></schema>"
#define MV_END "</mv-data></saved-mv-configuration>"
#define MA_BEGIN                                                        \
	"<saved-ma-configuration><ma-data>"                             \
	"<id>{aaaa0001-1111-4222-8333-000000000001}</id><name>X</name>" \
	"<category>AD</category><schema>"                               \
	"<dsml xmlns='http://www.dsml.org/DSML'><directory-schema>"     \
	"<class id='user' type='structural'><name>user</name></class>"  \
	"</directory-schema></dsml></schema>"
#define MA_END "</ma-data></saved-ma-configuration>"

static int
read_both(struct lab *l, const char *ma, const char *mv)
{
	const struct vendor_text files[] = {
	    {"MA-X.XML", text_of(ma)}, {"MV.XML", text_of(mv)}};

	vendor_clear(&l->v);
	return fim_read(files, 2, l->names, l->arena, &l->v);
}

static bool
told(const struct lab *l, const char *part)
{
	for (size_t i = 0; i < l->v.problem_count; i++)
		if (strstr(l->v.problems[i].text.data, part) != NULL)
			return true;
	return false;
}

/* What is no such export. */
static void
test_broken(void **state)
{
	struct lab *l = *state;

	assert_int_equal(
	    read_both(l, "<ma-data/>", MV_BEGIN MV_END), ERR_CONFIG);
	assert_true(told(l, "<ma-data> where <saved-ma-configuration>"));
	assert_int_equal(read_both(l, MA_BEGIN MA_END, "<saved"), ERR_CONFIG);
	assert_true(told(l, "MV.XML:1"));
	assert_int_equal(
	    read_both(l, MA_BEGIN MA_END, MA_BEGIN MA_END), ERR_CONFIG);
	assert_true(told(l, "is in MA-X.XML too"));
	assert_true(told(l, "no MV.XML"));
	assert_false(fim_is_export("/nowhere"));
}

#define FILTER(conditions)                                                  \
	MA_BEGIN                                                            \
	"<stay-disconnector><filter-set cd-object-type='user' "             \
	"type='declared'>" conditions "</filter-set></stay-disconnector>"   \
	"<projection><class-mapping cd-object-type='user' type='declared'>" \
	"<mv-object-type>person</mv-object-type></class-mapping>"           \
	"</projection>" MA_END
#define ALTERNATIVE(op)                                                      \
	"<filter-alternative><condition cd-attribute='a' operator='" op "'>" \
	"<value>1</value></condition></filter-alternative>"

/* A rule of which a part is not known is written and does nothing. */
static void
test_unknown_operator(void **state)
{
	struct lab *l = *state;

	assert_int_equal(
	    read_both(l, FILTER(ALTERNATIVE("resembles")), MV_BEGIN MV_END), 0);
	assert_true(told(l, "the operator \"resembles\", which is not known"));
	assert_int_equal(l->v.rule_count, 1);
	assert_true(l->v.rules[0].disabled);
	assert_int_equal(
	    read_both(l, FILTER(ALTERNATIVE("greater-than")), MV_BEGIN MV_END),
	    0);
	assert_int_equal(l->v.problem_count, 0);
	assert_false(l->v.rules[0].disabled);
	assert_int_equal(l->v.rules[0].scope_count, 2);
	assert_int_equal(
	    l->v.rules[0].scope[0].clauses[0].op, SCOPE_LESSTHAN_OR_EQUAL);
	assert_int_equal(l->v.rules[0].scope[1].clauses[0].op, SCOPE_ISNULL);
}

#define PAIR                                                          \
	"<filter-alternative><condition cd-attribute='a' "            \
	"operator='equality'><value>1</value></condition><condition " \
	"cd-attribute='b' operator='less-than'><value>1</value>"      \
	"</condition></filter-alternative>"

/* Six times three choices are more than a scope can say. */
static void
test_too_many_combinations(void **state)
{
	struct lab *l = *state;

	assert_int_equal(read_both(l, FILTER(PAIR PAIR PAIR PAIR PAIR PAIR),
			     MV_BEGIN MV_END),
	    0);
	assert_true(told(l, "too many combinations"));
	assert_true(l->v.rules[0].disabled);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(test_fim),
	    TEST(test_dirsync),
	    TEST(test_broken),
	    TEST(test_unknown_operator),
	    TEST(test_too_many_combinations),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
