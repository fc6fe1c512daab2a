/* rules/check.c -- one rule to its compiled form, with everything that is
 * wrong with it told by file, line, rule, attribute and position. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "model/password.h"
#include "rules/plan_int.h"

void
problem(struct builder *b, bool blocks, int line, struct text attribute,
    size_t position, const char *fmt, ...)
{
	struct plan_problem *p;
	char text[512];
	va_list ap;

	b->blocked = b->blocked || blocks;
	if (b->count >= PLAN_MAX_PROBLEMS) {
		/* One that blocks is among those that are told. */
		if (!blocks || b->problems[PLAN_MAX_PROBLEMS - 1].blocks)
			return;
		b->count--;
	}
	if (b->count == b->size) {
		size_t size = b->size == 0 ? 16 : b->size * 2;

		p = arena_array(b->arena, size, sizeof(*p));
		if (p == NULL) {
			b->failed = ERR_NOMEM;
			return;
		}
		if (b->count > 0)
			memcpy(p, b->problems, b->count * sizeof(*p));
		b->problems = p;
		b->size = size;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p = &b->problems[b->count++];
	*p = (struct plan_problem){.blocks = blocks,
	    .line = line != 0 ? line : b->rule->line,
	    .file = b->rule->file,
	    .rule = b->rule->name,
	    .attribute = text_dup(b->arena, attribute),
	    .position = position};
	p->text = text_dup(b->arena, text_of(text));
}

static struct text
name_of(const struct builder *b, uint32_t name)
{
	return names_text(b->plan->in.names, name);
}

static bool
is_dn(const struct builder *b, uint32_t name)
{
	return text_is(name_of(b, name), "dn");
}

/* ---- Attributes ---- */

static bool
exists(const struct schema *s, uint32_t name)
{
	return s == NULL || schema_find(s, name) != NULL;
}

/* The attribute of the schema whose name differs in case alone; 0: none, or
 * several. */
static uint32_t
other_spelling(const struct builder *b, const struct schema *s, uint32_t name)
{
	uint32_t found = 0;

	for (size_t i = 0; i < schema_count(s); i++) {
		uint32_t other = schema_at(s, i)->name;

		if (!text_equal_nocase(name_of(b, other), name_of(b, name)))
			continue;
		if (found != 0)
			return 0;
		found = other;
	}
	return found;
}

/* Where an attribute is missing, and what a person can do. */
static const char *
missing_from(struct builder *b)
{
	struct text name = b->connector->name;
	const char *t =
	    b->rule->direction == RULE_OUTBOUND
		? "the metaverse: declare it under metaverse:, or take it out "
		  "of the rule"
		: arena_printf(b->arena,
		      "the connector %.*s: take it out of the rule, or set "
		      "disabled: true; where the directory has got it since: "
		      "causeway connector schema %.*s --refresh",
		      TEXT_ARGS(name), TEXT_ARGS(name));

	return t != NULL ? t : "the source";
}

/* Whether an attribute of the source is there; *name may be respelled. */
static bool
resolve(struct builder *b, int line, const char *where, uint32_t *name)
{
	uint32_t other;

	if (exists(b->source, *name) || is_dn(b, *name))
		return true;
	other = other_spelling(b, b->source, *name);
	if (other != 0) {
		if (!rule_is_ours(b->rule))
			problem(b, false, line, name_of(b, *name), 0,
			    "%s: the directory spells it \"%.*s\"", where,
			    TEXT_ARGS(name_of(b, other)));
		*name = other;
		return true;
	}
	if (!rule_is_ours(b->rule))
		problem(b, true, line, name_of(b, *name), 0,
		    "%s: attribute \"%.*s\" is not in the schema of %s", where,
		    TEXT_ARGS(name_of(b, *name)), missing_from(b));
	return false;
}

/* ---- Scope ---- */

static void
check_mask(struct builder *b, const struct code_clause *c)
{
	bool ordered =
	    c->op >= SCOPE_LESSTHAN && c->op <= SCOPE_GREATERTHAN_OR_EQUAL;
	const struct schema_attr *a =
	    b->source == NULL ? NULL : schema_find(b->source, c->name);

	if (c->expand || c->value.is_number)
		return;
	if (c->op == SCOPE_ISBITSET ||
	    (ordered && a != NULL && a->type == VALUE_INTEGER))
		problem(b, true, 0, name_of(b, c->name), 0,
		    "scope: \"%.*s\" is no number", TEXT_ARGS(c->value.text));
	if (c->op == SCOPE_EQUAL && a != NULL && a->type == VALUE_BOOLEAN &&
	    !c->value.is_boolean)
		problem(b, false, 0, name_of(b, c->name), 0,
		    "scope: \"%.*s\" is neither true nor false",
		    TEXT_ARGS(c->value.text));
}

static int
build_clause(
    struct builder *b, const struct scope_clause *in, struct code_clause *out)
{
	const struct schema_attr *a;
	int r;

	out->name = in->name;
	out->op = scope_op_positive(in->op);
	out->negative = scope_op_is_negative(in->op);
	out->expand = in->value.len > 0 &&
		      memchr(in->value.data, '%', in->value.len) != NULL;
	r = scope_value_read(b->plan->arena, in->value, &out->value);
	if (r < 0)
		return r;
	if (out->op == SCOPE_ISMEMBEROF && b->rule->direction == RULE_OUTBOUND)
		problem(b, true, 0, name_of(b, in->name), 0,
		    "scope: membership is asked of an object of the connector "
		    "space: inbound rules alone can");
	if (out->op == SCOPE_ISMEMBEROF)
		return 0;
	(void)resolve(b, 0, "scope", &out->name);
	a = b->source == NULL ? NULL : schema_find(b->source, out->name);
	out->boolean = a != NULL && a->type == VALUE_BOOLEAN;
	check_mask(b, out);
	return 0;
}

static int
build_scope(struct builder *b, struct code *code)
{
	const struct rule *rule = b->rule;
	struct arena *a = b->plan->arena;

	code->group_count = rule->scope_count;
	code->groups = arena_array(a, rule->scope_count, sizeof(*code->groups));
	if (code->groups == NULL && rule->scope_count > 0)
		return ERR_NOMEM;
	for (size_t i = 0; i < rule->scope_count; i++) {
		struct code_group *g = &code->groups[i];

		g->count = rule->scope[i].count;
		g->clauses = arena_array(a, g->count, sizeof(*g->clauses));
		if (g->clauses == NULL && g->count > 0)
			return ERR_NOMEM;
		for (size_t k = 0; k < g->count; k++)
			if (build_clause(b, &rule->scope[i].clauses[k],
				&g->clauses[k]) < 0)
				return ERR_NOMEM;
	}
	return 0;
}

/* ---- Join ---- */

static void
check_join(struct builder *b)
{
	const struct rule *rule = b->rule;
	const struct schema *cs =
	    rule->direction == RULE_INBOUND ? b->source : b->target;
	const struct schema *mv = b->plan->in.mv_schema;

	for (size_t i = 0; i < rule->join_count; i++) {
		if (rule->join[i].count == 0)
			problem(b, true, 0, (struct text){0}, 0,
			    "join: a group without a clause");
		for (size_t k = 0; k < rule->join[i].count; k++) {
			const struct join_clause *c = &rule->join[i].clauses[k];

			if (!rule_is_ours(rule) && !exists(cs, c->cs_name))
				problem(b, true, 0, name_of(b, c->cs_name), 0,
				    "join: attribute \"%.*s\" is not in the "
				    "schema of the connector %.*s: take it out "
				    "of the rule, or set disabled: true",
				    TEXT_ARGS(name_of(b, c->cs_name)),
				    TEXT_ARGS(b->connector->name));
			if (!exists(mv, c->mv_name))
				problem(b, true, 0, name_of(b, c->mv_name), 0,
				    "join: the metaverse has no such "
				    "attribute");
		}
	}
}

/* ---- Flows ---- */

/* What an expression asks of its surroundings. */
struct asking {
	struct builder *b;
	bool missing; /* an attribute was not there */
};

static bool
known_attribute(void *ctx, uint32_t name)
{
	struct asking *q = ctx;
	bool known = rule_is_ours(q->b->rule) || exists(q->b->source, name);

	q->missing = q->missing || !known;
	return known;
}

static bool
known_parameter(void *ctx, struct text name)
{
	const struct asking *q = ctx;

	return params_known(q->b->plan, q->b->connector, name);
}

/* 1: leave the flow out. */
static int
build_expression(struct builder *b, struct code_flow *out)
{
	const struct flow *f = out->flow;
	struct asking asking = {.b = b};
	struct expr_scope scope = {.names = b->plan->in.names,
	    .attribute = known_attribute,
	    .parameter = known_parameter,
	    .ctx = &asking};
	struct err e = {0};
	size_t position = 0;
	int r;

	/* first: and trim: are of one attribute. */
	if (f->source != 0 && rule_is_ours(b->rule) &&
	    !exists(b->source, f->source))
		return 1;
	r = expr_compile(
	    &scope, f->text, b->plan->arena, &out->expr, &position, &e);

	if (r == ERR_NOMEM)
		return r;
	if (r < 0) {
		problem(b, true, f->line, name_of(b, f->target), position,
		    "expression: %s%s%s", e.text,
		    asking.missing ? ": it is not in the schema of " : "",
		    asking.missing ? missing_from(b) : "");
		return 1;
	}
	if (expr_warning(out->expr) != NULL)
		problem(b, false, f->line, name_of(b, f->target), 0, "%s",
		    expr_warning(out->expr));
	/* One that finds nothing to read here stays: it may say what holds
	 * where nothing is there ("IIF([x] = 2,NULL,"User")"). */
	out->source = expr_is_attribute(out->expr);
	if (out->source != 0)
		out->kind = FLOW_DIRECT;
	return 0;
}

static bool
converts(enum value_type from, enum value_type to)
{
	if (from == to)
		return true;
	if (from == VALUE_DN_BINARY)
		return to == VALUE_BINARY || to == VALUE_STRING ||
		       to == VALUE_REFERENCE;
	if (to == VALUE_DN_BINARY)
		return from == VALUE_BINARY || from == VALUE_STRING;
	if (from == VALUE_BINARY || to == VALUE_BINARY)
		return false;
	return to == VALUE_STRING || from == VALUE_STRING ||
	       (from == VALUE_INTEGER && to == VALUE_BOOLEAN);
}

static int
build_direct(struct builder *b, struct code_flow *out)
{
	const struct flow *f = out->flow;
	const struct schema_attr *from, *to;

	out->source = f->source;
	if (!resolve(b, f->line, "flow", &out->source))
		return 1;
	out->source_dn = is_dn(b, out->source);
	from = b->source == NULL ? NULL : schema_find(b->source, out->source);
	to = b->target == NULL ? NULL : schema_find(b->target, f->target);
	if (from == NULL || to == NULL || converts(from->type, to->type))
		return 0;
	if (!rule_is_ours(b->rule))
		problem(b, true, f->line, name_of(b, f->target), 0,
		    "flow: %.*s is a %s, %.*s a %s",
		    TEXT_ARGS(name_of(b, out->source)),
		    value_type_name(from->type),
		    TEXT_ARGS(name_of(b, f->target)),
		    value_type_name(to->type));
	return 1;
}

static int
build_constant(struct builder *b, struct code_flow *out)
{
	const struct flow *f = out->flow;
	const struct schema_attr *to =
	    b->target == NULL ? NULL : schema_find(b->target, f->target);
	struct value text = value_string(f->text);
	int r;

	out->constant = text;
	if (to == NULL || f->text.len == 0)
		return 0;
	r = value_convert(b->plan->arena, to->type, &text, &out->constant);
	if (r == ERR_NOMEM)
		return r;
	if (r < 0)
		problem(b, true, f->line, name_of(b, f->target), 0,
		    "flow: \"%.*s\" is no %s", TEXT_ARGS(f->text),
		    value_type_name(to->type));
	return 0;
}

/* 1: leave the flow out. */
static int
check_target(struct builder *b, const struct flow *f)
{
	const struct schema_attr *to =
	    b->target == NULL ? NULL : schema_find(b->target, f->target);
	bool outbound = b->rule->direction == RULE_OUTBOUND;
	bool merge = f->merge == MERGE_MERGE || f->merge == MERGE_MERGE_NOCASE;

	if (outbound && password_attribute(name_of(b, f->target))) {
		problem(b, true, f->line, name_of(b, f->target), 0,
		    "flow: \"%.*s\" holds a password: no rule writes one",
		    TEXT_ARGS(name_of(b, f->target)));
		return 1;
	}
	if (outbound && is_dn(b, f->target)) {
		if (merge)
			problem(b, true, f->line, TEXT("dn"), 0,
			    "flow: a dn cannot be merged");
		return 0;
	}
	if (to == NULL && b->target != NULL) {
		if (rule_is_ours(b->rule) && outbound)
			return 1;
		problem(b, true, f->line, name_of(b, f->target), 0,
		    "flow: target \"%.*s\" is not in the schema of %s",
		    TEXT_ARGS(name_of(b, f->target)),
		    outbound ? "the connector" : "the metaverse");
		return 1;
	}
	if (to != NULL && to->read_only && outbound) {
		if (!rule_is_ours(b->rule))
			problem(b, true, f->line, name_of(b, f->target), 0,
			    "flow: the directory sets it itself");
		return 1;
	}
	if (to != NULL && merge && !to->multi)
		problem(b, true, f->line, name_of(b, f->target), 0,
		    "flow: only an attribute of many values can be merged");
	return 0;
}

static int
build_flow(struct builder *b, const struct flow *f, struct code_flow *out)
{
	int r = check_target(b, f);

	*out =
	    (struct code_flow){.flow = f, .kind = f->kind, .target = f->target};
	if (r != 0)
		return r;
	switch (f->kind) {
	case FLOW_DIRECT:
		return build_direct(b, out);
	case FLOW_CONSTANT:
		return build_constant(b, out);
	case FLOW_EXPRESSION:
		return build_expression(b, out);
	}
	return 1;
}

static int
compare_target(const void *a, const void *b)
{
	const struct code_flow *x = a, *y = b;

	return x->target < y->target ? -1 : x->target > y->target;
}

static int
build_flows(struct builder *b, struct code *code)
{
	const struct rule *rule = b->rule;

	code->flows = arena_array(
	    b->plan->arena, rule->flow_count + 1, sizeof(*code->flows));
	if (code->flows == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < rule->flow_count; i++) {
		int r = build_flow(
		    b, &rule->flows[i], &code->flows[code->flow_count]);

		if (r < 0)
			return r;
		code->flow_count += r == 0;
	}
	qsort(code->flows, code->flow_count, sizeof(*code->flows),
	    compare_target);
	for (size_t i = 1; i < code->flow_count; i++)
		if (code->flows[i].target == code->flows[i - 1].target)
			problem(b, true, code->flows[i].flow->line,
			    name_of(b, code->flows[i].target), 0,
			    "two flows of one rule to \"%.*s\"",
			    TEXT_ARGS(name_of(b, code->flows[i].target)));
	return 0;
}

/* ---- The rule as a whole ---- */

/* 1: the rule does not apply. */
static int
check_types(struct builder *b)
{
	const struct rule *rule = b->rule;
	bool inbound = rule->direction == RULE_INBOUND;
	uint32_t cs = inbound ? rule->source_type : rule->target_type;
	uint32_t mv = inbound ? rule->target_type : rule->source_type;
	const struct schema *have = b->connector->schema;

	if (cs == 0)
		problem(b, true, 0, (struct text){0}, 0,
		    "the object type of the connector must be named");
	if (mv == 0 && rule->link == LINK_PROVISION)
		problem(b, true, 0, (struct text){0}, 0,
		    "a rule for every metaverse type cannot provision");
	if (mv != 0 && !schema_has_type(b->plan->in.mv_schema, mv))
		problem(b, true, 0, (struct text){0}, 0,
		    "the metaverse has no object type \"%.*s\"",
		    TEXT_ARGS(name_of(b, mv)));
	if (cs == 0 || have == NULL || schema_has_type(have, cs))
		return 0;
	if (!rule_is_ours(rule))
		problem(b, true, 0, (struct text){0}, 0,
		    "connector \"%.*s\" has no object type \"%.*s\"",
		    TEXT_ARGS(b->connector->name), TEXT_ARGS(name_of(b, cs)));
	return 1;
}

int
code_build(struct builder *b, struct code **out)
{
	struct code *code = arena_alloc(b->plan->arena, sizeof(*code));
	bool inbound = b->rule->direction == RULE_INBOUND;
	int r;

	if (code == NULL)
		return ERR_NOMEM;
	b->source = inbound ? b->connector->schema : b->plan->in.mv_schema;
	b->target = inbound ? b->plan->in.mv_schema : b->connector->schema;
	if (check_types(b) > 0)
		return 1;
	if (!inbound && b->rule->link == LINK_STICKY_JOIN)
		problem(b, false, 0, (struct text){0}, 0,
		    "StickyJoin of an outbound rule is read as Join");
	if ((r = build_scope(b, code)) < 0 || (r = build_flows(b, code)) < 0)
		return r;
	check_join(b);
	*out = code;
	return b->failed;
}
