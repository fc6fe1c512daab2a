/* migrate/rule_attributes.c -- rules of one's own that would stop every run:
 * what they read and the directory does not have, expressions that nobody can
 * read, and two of one number. */
#include <stdlib.h>
#include <string.h>

#include "migrate/analysis_int.h"
#include "rules/plan.h"

struct finding {
	struct analysis *x;
	const struct classified *rule;
	const struct vendor_connector *c;
	struct conf_texts lacking;
};

static const struct vendor_connector *
connector_of(const struct analysis *x, const struct rule *r)
{
	const struct vendor *v = vendor_of(x);

	for (size_t i = 0; i < v->connector_count; i++)
		if (text_equal_nocase(v->connectors[i].name, r->connector) ||
		    text_equal_nocase(v->connectors[i].id, r->connector))
			return &v->connectors[i];
	return NULL;
}

/* Whatever the case: a run respells it. */
static bool
schema_has(const struct analysis *x, const struct schema *s, struct text name)
{
	for (size_t i = 0; i < schema_count(s); i++)
		if (text_equal_nocase(
			names_text(x->names, schema_at(s, i)->name), name))
			return true;
	return text_is_nocase(name, "dn");
}

static void
ask(struct finding *f, struct text name)
{
	if (name.len == 0 || schema_has(f->x, f->c->schema, name) ||
	    texts_have(&f->lacking, name))
		return;
	if (texts_push(f->x->arena, &f->lacking, name) < 0)
		f->x->failed = ERR_NOMEM;
}

static void
ask_name(struct finding *f, uint32_t name)
{
	if (name != 0)
		ask(f, names_text(f->x->names, name));
}

/* "[name]" outside of literals. */
static void
ask_expression(struct finding *f, struct text t)
{
	bool literal = false;

	for (size_t i = 0; i < t.len; i++) {
		const char *end;

		literal = literal != (t.data[i] == '"');
		if (literal || t.data[i] != '[')
			continue;
		end = memchr(t.data + i, ']', t.len - i);
		if (end == NULL)
			return;
		ask(f, (struct text){
			   t.data + i + 1, (size_t)(end - t.data) - i - 1});
		i = (size_t)(end - t.data);
	}
}

static void
ask_rule(struct finding *f, const struct rule *r)
{
	for (size_t i = 0; i < r->scope_count; i++)
		for (size_t k = 0; k < r->scope[i].count; k++)
			ask_name(f, r->scope[i].clauses[k].name);
	for (size_t i = 0; i < r->join_count; i++)
		for (size_t k = 0; k < r->join[i].count; k++)
			ask_name(f, r->join[i].clauses[k].cs_name);
	for (size_t i = 0; i < r->flow_count; i++)
		if (r->flows[i].kind == FLOW_EXPRESSION)
			ask_expression(f, r->flows[i].text);
		else if (r->flows[i].kind == FLOW_DIRECT)
			ask_name(f, r->flows[i].source);
}

static void
tell(struct finding *f)
{
	struct text list = texts_join(f->x->arena, &f->lacking, 10);

	verdict(f->x, "rule.attribute", VERDICT_MANUAL,
	    "%.*s (%.*s:%d) reads %.*s, which the schema of %.*s does not "
	    "have: a run stops at it.  Extend the schema before, take it out "
	    "of the rule, or set disabled: true",
	    TEXT_ARGS(f->rule->name), TEXT_ARGS(f->rule->file), f->rule->line,
	    TEXT_ARGS(list), TEXT_ARGS(f->c->name));
}

/* Only where the source has the schema; else the run says it. */
void
analyze_rule_attributes(struct analysis *x)
{
	for (size_t i = 0; i < x->rule_count; i++) {
		const struct rule *r = x->rules[i].rule;
		struct finding f = {.x = x, .rule = &x->rules[i]};

		if (x->rules[i].class != CLASS_CUSTOM || r == NULL ||
		    r->disabled || r->direction != RULE_INBOUND)
			continue;
		f.c = connector_of(x, r);
		if (f.c == NULL || f.c->schema == NULL ||
		    schema_count(f.c->schema) == 0)
			continue;
		ask_rule(&f, r);
		if (f.lacking.count > 0)
			tell(&f);
	}
}

/* ---- Expressions ---- */

struct reading {
	struct analysis *x;
	const struct classified *rule;
};

static void
tell_expression(void *ctx, const struct flow *f, size_t at, const char *why)
{
	struct reading *r = ctx;

	verdict(r->x, "rule.expression", VERDICT_BLOCKS,
	    "%.*s (%.*s:%d), attribute %.*s, at %zu: %s: mend it on the old "
	    "server, or disable the rule there, and export again",
	    TEXT_ARGS(r->rule->name), TEXT_ARGS(r->rule->file),
	    f->line != 0 ? f->line : r->rule->line,
	    TEXT_ARGS(names_text(r->x->names, f->target)), at, why);
}

/* ---- Numbers ---- */

static bool
is_own(const struct classified *c)
{
	return c->class == CLASS_CUSTOM && c->rule != NULL &&
	       !c->rule->disabled;
}

/* In the order of the source, as an import numbers them. */
static void
tell_double(
    struct analysis *x, const struct classified *a, const struct classified *b)
{
	verdict(x, "rule.precedence", VERDICT_MANUAL,
	    "%.*s (%.*s:%d) has precedence %d as %.*s has (%.*s:%d): which "
	    "goes first is not said, and the first of them in the source does",
	    TEXT_ARGS(b->name), TEXT_ARGS(b->file), b->line,
	    (int)b->rule->precedence, TEXT_ARGS(a->name), TEXT_ARGS(a->file),
	    a->line);
}

static int
by_number(const void *a, const void *b)
{
	const struct classified *const *x = a, *const *y = b;
	int32_t m = (*x)->rule->precedence, n = (*y)->rule->precedence;

	return m != n ? (m < n ? -1 : 1) : (*x < *y ? -1 : 1);
}

static void
check_numbers(struct analysis *x)
{
	const struct classified **list =
	    // NOLINTNEXTLINE(bugprone-sizeof-expression): pointers
	    arena_array(x->arena, x->rule_count + 1, sizeof(*list));
	size_t n = 0;

	if (list == NULL) {
		x->failed = ERR_NOMEM;
		return;
	}
	for (size_t i = 0; i < x->rule_count; i++)
		if (is_own(&x->rules[i]))
			list[n++] = &x->rules[i];
	qsort(list, n, sizeof(struct classified *), by_number);
	for (size_t i = 1; i < n; i++)
		if (list[i - 1]->rule->precedence == list[i]->rule->precedence)
			tell_double(x, list[i - 1], list[i]);
}

void
analyze_own_rules(struct analysis *x)
{
	for (size_t i = 0; i < x->rule_count; i++) {
		struct reading r = {.x = x, .rule = &x->rules[i]};

		if (is_own(r.rule) &&
		    rule_check_expressions(r.rule->rule, x->names, x->arena,
			tell_expression, &r) < 0)
			x->failed = ERR_NOMEM;
	}
	if (x->source->conf.form != CONFSRC_FIM)
		check_numbers(x);
}
