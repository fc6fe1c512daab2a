/* migrate/rule_attributes.c -- what a rule of one's own reads and its directory
 * does not have: such a rule would stop every run. */
#include <string.h>

#include "migrate/analysis_int.h"

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
