/* tests/unit/expr/test_expr.c -- what expr/expr.h promises beside results. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "expr/expr.h"
#include "lib/mallocs.h"

struct state {
	struct arena *arena;
	struct names *names;
	struct expr_scope scope;
	struct err e;
	size_t position;
};

static int
setup(void **out)
{
	static struct state s;

	s = (struct state){.arena = arena_new(0), .names = names_new()};
	s.scope.names = s.names;
	*out = &s;
	return s.arena == NULL || s.names == NULL;
}

static int
teardown(void **state)
{
	struct state *s = *state;

	s->arena = arena_free(s->arena);
	s->names = names_free(s->names);
	return 0;
}

static const struct expr *
compiled(struct state *s, const char *source)
{
	const struct expr *x = NULL;

	if (expr_compile(&s->scope, text_of(source), s->arena, &x, &s->position,
		&s->e) < 0)
		return NULL;
	return x;
}

static void
test_position_of_faults(void **state)
{
	static const struct {
		const char *source;
		const char *class;
		size_t position;
	} cases[] = {
	    {"nosuch([x])", "unknown-function", 1},
	    {"1 + nosuch(2)", "unknown-function", 5},
	    {"\"äö\" & trim(1)", "unknown-function", 8},
	    {"IIF(True,1", "syntax", 11},
	    {"(1 + ", "syntax", 6},
	    {"Left(\"a\", \"b\")", "type-mismatch", 11},
	    {"Left(\n\"a\"\n)", "arity", 1},
	    {"[x] & $y", "unknown-variable", 7},
	    {"1 ? 2", "syntax", 3},
	    {"1 + Len([x]) & Trim(Len([x]))", "type-mismatch", 21},
	    {"Len([x]) = \"1\"", "type-mismatch", 12},
	};
	struct state *s = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_null(compiled(s, cases[i].source));
		assert_string_equal(s->e.type, cases[i].class);
		assert_int_equal(s->position, cases[i].position);
	}
}

static void
test_position_of_a_failed_run(void **state)
{
	struct state *s = *state;
	const struct expr *x = compiled(s, "1 + CNum(\"1\") + CNum(\"x\")");
	struct attrs none = {0};
	struct expr_input in = {.attrs = &none};
	struct expr_value v;

	assert_non_null(x);
	assert_int_equal(
	    expr_run(x, &in, s->arena, &v, &s->position, &s->e), ERR_RULE);
	assert_string_equal(s->e.type, "not-numeric");
	assert_int_equal(s->position, 22);
	assert_non_null(strstr(s->e.text, "CNum: argument 1: "));
}

static bool
only_mail(void *ctx, uint32_t name)
{
	struct state *s = ctx;

	return text_is(names_text(s->names, name), "mail");
}

static bool
only_domain(void *ctx, struct text name)
{
	(void)ctx;
	return text_is(name, "Domain.FQDN");
}

static void
test_unknown_names(void **state)
{
	struct state *s = *state;

	s->scope.attribute = only_mail;
	s->scope.parameter = only_domain;
	s->scope.ctx = s;
	assert_non_null(compiled(s, "[mail] & %Domain.FQDN% & [dn]"));
	assert_null(compiled(s, "Trim([Mail])"));
	assert_string_equal(s->e.type, "unknown-attribute");
	assert_int_equal(s->position, 6);
	assert_null(compiled(s, "ValueCount(\"member\")"));
	assert_string_equal(s->e.type, "unknown-attribute");
	assert_null(compiled(s, "%Domain.Fqdn%"));
	assert_string_equal(s->e.type, "unknown-parameter");
}

static void
test_attributes_that_it_reads(void **state)
{
	struct state *s = *state;
	const struct expr *x = compiled(
	    s, "IIF([b]=[a],ImportedValue(\"c\"),[a] & ValueCount(\"d\"))");
	const uint32_t *list;
	size_t n;

	assert_non_null(x);
	list = expr_attributes(x, &n);
	assert_int_equal(n, 4);
	for (size_t i = 1; i < n; i++)
		assert_true(list[i - 1] < list[i]);
	assert_int_equal(expr_is_attribute(x), 0);
	x = compiled(s, " ([b]) ");
	assert_int_equal(expr_is_attribute(x), names_find(s->names, TEXT("b")));
}

static void
test_warnings(void **state)
{
	struct state *s = *state;

	assert_null(expr_warning(compiled(s, "[a]=1 && [b]=2 && [c]=3")));
	assert_null(expr_warning(compiled(s, "([a]=1 && [b]=2) || [c]=3")));
	assert_non_null(expr_warning(compiled(s, "[a]=1 && [b]=2 || [c]=3")));
	assert_non_null(expr_warning(compiled(s, "GUID()")));
	assert_null(expr_warning(compiled(s, "IIF([a]=1,Len([b]),CNum([c]))")));
	assert_non_null(expr_warning(compiled(s, "IIF([a]=1,Trim(5),1)")));
	assert_non_null(expr_warning(compiled(s, "[a]=1 && Len([b])=\"1\"")));
	assert_non_null(
	    expr_warning(compiled(s, "Select($i,[a],CNum($i)&\"\"=1)")));
}

static void
test_limits(void **state)
{
	static char deep[3 * EXPR_MAX_DEPTH], longer[EXPR_MAX_SOURCE + 2];
	struct state *s = *state;
	struct attrs none = {0};
	struct expr_input in = {.attrs = &none};
	struct expr_value v;

	memset(deep, '(', EXPR_MAX_DEPTH);
	assert_null(compiled(s, deep));
	assert_string_equal(s->e.type, "limit");
	memset(longer, '1', EXPR_MAX_SOURCE + 1);
	assert_null(compiled(s, longer));
	assert_string_equal(s->e.type, "limit");
	assert_int_equal(expr_run(compiled(s, "PadLeft(\"x\",99999999,\"y\")"),
			     &in, s->arena, &v, NULL, &s->e),
	    ERR_RULE);
	assert_string_equal(s->e.type, "limit");
}

/* part, n times, between before and after. */
static const char *
repeated(struct state *s, const char *before, const char *part, unsigned n,
    const char *after)
{
	size_t len = strlen(part);
	char *p = arena_alloc(s->arena, strlen(before) + n * len + 1);

	memcpy(p, before, strlen(before) + 1);
	for (unsigned i = 0; i < n; i++)
		memcpy(p + strlen(before) + i * len, part, len + 1);
	return arena_printf(s->arena, "%s%s", p, after);
}

static void
test_limits_of_source(void **state)
{
	struct state *s = *state;
	const char *nested = repeated(s, "", "With($v,1,", EXPR_MAX_VARS, "$v");

	assert_non_null(
	    compiled(s, repeated(s, nested, ")", EXPR_MAX_VARS, "")));
	assert_null(compiled(s,
	    repeated(s, repeated(s, "", "With($v,1,", EXPR_MAX_VARS + 1, "$v"),
		")", EXPR_MAX_VARS + 1, "")));
	assert_string_equal(s->e.type, "limit");
	assert_non_null(
	    compiled(s, repeated(s, "1", "+1", EXPR_MAX_NODES / 2, "")));
	assert_null(compiled(s, repeated(s, "1", "+1", EXPR_MAX_NODES, "")));
	assert_string_equal(s->e.type, "limit");
}

/* A list within a list, again and again, ends before it takes for ever. */
static void
test_limit_of_steps(void **state)
{
	struct state *s = *state;
	const struct expr *x = compiled(s, "Count(Select($a,[l],Count(Select($"
					   "b,[l],Count(Select($c,[l],$c)))))"
					   ")");
	struct attrs attrs = {0};
	struct expr_input in = {.attrs = &attrs};
	struct expr_value v;

	assert_non_null(x);
	for (unsigned i = 0; i < 300; i++)
		assert_int_equal(
		    attrs_add(s->arena, &attrs, names_find(s->names, TEXT("l")),
			value_integer(i)),
		    0);
	assert_int_equal(expr_run(x, &in, s->arena, &v, NULL, &s->e), ERR_RULE);
	assert_string_equal(s->e.type, "limit");
}

static bool
always(void *ctx, uint32_t name)
{
	(void)ctx;
	return name != 0;
}

static void
test_list_of_one(void **state)
{
	struct state *s = *state;
	const struct expr *x = compiled(s, "UCase([a])");
	struct attrs attrs = {0};
	struct expr_input in = {.attrs = &attrs};
	struct expr_value v;

	assert_int_equal(
	    attrs_add(s->arena, &attrs, names_find(s->names, TEXT("a")),
		value_string(TEXT("x"))),
	    0);
	assert_int_equal(expr_run(x, &in, s->arena, &v, NULL, NULL), 0);
	assert_int_equal(v.type, EXPR_STRING);
	in.is_list = always;
	assert_int_equal(expr_run(x, &in, s->arena, &v, NULL, NULL), 0);
	assert_int_equal(v.type, EXPR_LIST);
	assert_int_equal(v.count, 1);
}

static void
test_now_is_given(void **state)
{
	struct state *s = *state;
	const struct expr *x =
	    compiled(s, "FormatDateTime(Now(),\"yyyy-MM-dd HH:mm:ss.fff\")");
	struct attrs none = {0};
	struct expr_input in = {.attrs = &none, .now_ms = 1700000000123};
	struct expr_value v;

	assert_int_equal(expr_run(x, &in, s->arena, &v, NULL, NULL), 0);
	assert_true(text_is(v.text, "2023-11-14 22:13:20.123"));
}

/* A compilation and a run with every allocation failing once. */
static void
test_out_of_memory(void **state)
{
	struct state *s = *state;
	struct attrs none = {0};
	struct expr_input in = {.attrs = &none};
	struct expr_value v;
	int r = ERR_NOMEM;

	for (unsigned n = 1; r != 0; n++) {
		struct arena *a = arena_new(0);
		const struct expr *x = NULL;

		assert_true(n < 200);
		arena_fail_nth(a, n);
		r = expr_compile(&s->scope,
		    TEXT("Join(RemoveDuplicates(Split(\"a b\" & %p%,\" \")))"),
		    a, &x, NULL, &s->e);
		in.parameter = NULL;
		if (r == 0) {
			r = expr_run(x, &in, a, &v, NULL, &s->e);
			assert_true(r == ERR_NOMEM || r == ERR_RULE);
			r = r == ERR_RULE ? 0 : r;
		}
		(void)arena_free(a);
	}
}

static void
test_function_table(void **state)
{
	struct state *s = *state;

	assert_true(expr_function_count() > 60);
	for (size_t i = 0; i < expr_function_count(); i++) {
		struct expr_function_info f = expr_function_at(i);

		assert_true(strlen(f.name) > 1 && strlen(f.what) > 5);
		assert_true(f.min_args <= f.max_args);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(
			    f.name, expr_function_at(k).name);
	}
	(void)s;
}

/* ---- The trace ---- */

struct told {
	struct arena *arena;
	const char *lines[20];
	size_t count;
};

static void
note_step(void *ctx, const struct expr_step *step)
{
	struct told *t = ctx;

	assert_true(t->count < 20);
	t->lines[t->count++] = arena_printf(t->arena, "%u %zu-%zu %.*s: %s",
	    step->depth, step->from, step->to, TEXT_ARGS(step->source),
	    step->error != NULL ? step->error
				: expr_type_name(step->value.type));
}

static void
assert_told(const struct told *t, const char *const *lines, size_t count)
{
	for (size_t i = 0; i < count && i < t->count; i++)
		assert_string_equal(t->lines[i], lines[i]);
	assert_int_equal(t->count, count);
}

static void
test_trace(void **state)
{
	static const char *const taken[] = {
	    "2 15-17 [a]: NULL",
	    "1 5-18 IsPresent([a]): boolean",
	    "5 38-40 [b]: NULL",
	    "4 38-46 [b] & \"x\": string",
	    "3 37-53 ([b] & \"x\") & \"é\": string",
	    "2 31-54 LCase(([b] & \"x\") & \"é\"): string",
	    "3 59-61 [n]: NULL",
	    "2 58-61 -[n]: NULL",
	    "1 31-61 LCase(([b] & \"x\") & \"é\") & -[n]: string",
	    ("0 1-62 IIF(IsPresent([a]),Error(\"\"), LCase(([b] & \"x\") & "
	     "\"é\") & -[n]): string"),
	};
	struct state *s = *state;
	const struct expr *x =
	    compiled(s, "IIF(IsPresent([a]),Error(\"\"), LCase(([b] & \"x\") & "
			"\"é\") & -[n])");
	struct told told = {.arena = s->arena};
	const struct expr_trace trace = {note_step, &told};
	struct attrs none = {0};
	struct expr_input in = {.attrs = &none, .trace = &trace};
	struct expr_value v;

	assert_non_null(x);
	assert_int_equal(expr_run(x, &in, s->arena, &v, NULL, &s->e), 0);
	assert_told(&told, taken, sizeof(taken) / sizeof(*taken));
}

static void
test_trace_of_a_failure(void **state)
{
	static const char *const lines[] = {
	    "2 6-8 [a]: NULL",
	    "1 1-9 CNum([a]): NULL",
	    "1 12-20 CNum(\"x\"): not-numeric",
	    "0 1-20 CNum([a])+ CNum(\"x\"): not-numeric",
	};
	struct state *s = *state;
	const struct expr *x = compiled(s, "CNum([a])+ CNum(\"x\")");
	struct told told = {.arena = s->arena};
	const struct expr_trace trace = {note_step, &told};
	struct attrs none = {0};
	struct expr_input in = {.attrs = &none, .trace = &trace};
	struct expr_value v;

	assert_int_equal(expr_run(x, &in, s->arena, &v, NULL, &s->e), ERR_RULE);
	assert_told(&told, lines, sizeof(lines) / sizeof(*lines));
}

/* ---- No malloc ---- */

static void
add_text(struct state *s, struct attrs *attrs, const char *name, struct text t)
{
	uint32_t id;

	assert_int_equal(names_intern(s->names, text_of(name), &id), 0);
	assert_int_equal(attrs_add(s->arena, attrs, id, value_string(t)), 0);
}

/* Runs take from their arena alone, and a reset arena has room already. */
static void
test_runs_without_malloc(void **state)
{
	static const char *const sources[] = {
	    "[a]",
	    "[a] & \"@\" & [b]",
	    "IIF(IsPresent([a]) && Len([a])>2,LCase(Left([a],2)),NULL)",
	    "Word([proxy],2,\":\")",
	    "Where($i,[proxy],InStr($i,\"SMTP:\",1,vbTextCompare)=1)",
	    "Join(RemoveDuplicates(Split([a] & \",\" & [b],\",\")),\";\")",
	    "FormatDateTime(DateAdd(\"m\",1,CDate(\"2024-01-31\")),\"yyyy\")",
	    "DNComponent(CRef(\"CN=x,OU=y\"),2) & ConvertToBase64([a])",
	    "ReplaceChars(PCase([a]),\"ä:ae,ö:oe\") & Replace([b],\"a\",\"\")",
	};
	struct state *s = *state;
	struct attrs attrs = {0};
	struct expr_input in = {.attrs = &attrs};
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);

	add_text(s, &attrs, "a", TEXT("Österreich"));
	add_text(s, &attrs, "b", TEXT("example.com"));
	for (unsigned i = 0; i < 8; i++)
		add_text(s, &attrs, "proxy", TEXT("smtp:a@example.com"));
	for (size_t i = 0; i < sizeof(sources) / sizeof(*sources); i++) {
		const struct expr *x = compiled(s, sources[i]);
		struct expr_value v;
		int r = 0;

		assert_non_null(x);
		r = expr_run(x, &in, a, &v, NULL, &s->e);
		mallocs = 0;
		for (unsigned k = 0; k < 100 && r == 0; k++) {
			arena_reset(a);
			r = expr_run(x, &in, a, &v, NULL, &s->e);
		}
		assert_int_equal(r, 0);
		assert_int_equal(mallocs, 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_position_of_faults, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_position_of_a_failed_run, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_unknown_names, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_attributes_that_it_reads, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_warnings, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_limits, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_limits_of_source, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_limit_of_steps, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_list_of_one, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_now_is_given, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_out_of_memory, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_function_table, setup, teardown),
	    cmocka_unit_test_setup_teardown(test_trace, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_trace_of_a_failure, setup, teardown),
	    cmocka_unit_test_setup_teardown(
		test_runs_without_malloc, setup, teardown),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
