/* rules/compare.c -- one rule beside another; see compare.h. */
#include "rules/compare.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "rules/words.h"

struct comparison {
	const struct names *names;
	struct arena *arena;
	struct rule_changes *out;
	int failed;
};

/* ---- Texts ---- */

struct text
scope_clause_text(
    const struct names *names, const struct scope_clause *c, struct arena *a)
{
	struct text name = names_text(names, c->name);
	const char *p = arena_printf(a, "%.*s%s%s%s%.*s", TEXT_ARGS(name),
	    name.len > 0 ? " " : "", scope_op_text(c->op),
	    c->value.len > 0 ? " " : "", TEXT_ARGS(c->value));

	return text_of(p);
}

struct text
join_clause_text(
    const struct names *names, const struct join_clause *c, struct arena *a)
{
	struct text cs = names_text(names, c->cs_name);
	struct text mv = names_text(names, c->mv_name);

	return text_of(arena_printf(a, "%.*s %s %.*s", TEXT_ARGS(cs),
	    c->case_sensitive ? "==" : "=", TEXT_ARGS(mv)));
}

struct text
flow_text(const struct names *names, const struct flow *f, struct arena *a)
{
	struct text source = names_text(names, f->source);
	const char *left = "", *right = "";
	const char *merge =
	    f->merge == MERGE_UPDATE ? "" : merge_text(f->merge, FORM_YAML);

	if (f->kind == FLOW_DIRECT) {
		left = "[";
		right = "]";
	} else {
		source = f->text;
		left = right = f->kind == FLOW_CONSTANT ? "'" : "";
	}
	return text_of(arena_printf(a, "%s%.*s%s%s%s%s", left,
	    TEXT_ARGS(source), right, *merge != '\0' ? ", merge: " : "", merge,
	    f->execute_once ? ", once" : ""));
}

/* ---- Changes ---- */

static void
push(struct comparison *c, struct rule_change change)
{
	struct rule_changes *out = c->out;
	struct rule_change *more;
	size_t size = out->size == 0 ? 8 : out->size * 2;

	if (out->count == out->size) {
		more = arena_array(c->arena, size, sizeof(*more));
		if (more == NULL) {
			c->failed = ERR_NOMEM;
			return;
		}
		if (out->count > 0)
			memcpy(more, out->items, out->count * sizeof(*more));
		out->items = more;
		out->size = size;
	}
	out->items[out->count++] = change;
}

static void
field(struct comparison *c, const char *name, struct text before,
    struct text after)
{
	enum change_kind kind = before.len == 0  ? CHANGE_ADDED
				: after.len == 0 ? CHANGE_REMOVED
						 : CHANGE_CHANGED;

	if (!text_equal(before, after))
		push(c, (struct rule_change){.kind = kind,
			    .part = PART_FIELD,
			    .name = text_of(name),
			    .before = before,
			    .after = after});
}

static struct text
number(struct comparison *c, int64_t n)
{
	return text_of(arena_printf(c->arena, "%" PRId64, n));
}

static struct text
type_name(const struct comparison *c, uint32_t type)
{
	return type == 0 ? TEXT("*") : names_text(c->names, type);
}

static struct text
yes_no(bool b)
{
	return b ? TEXT("true") : TEXT("false");
}

static struct text
span(struct comparison *c, int64_t ms)
{
	char out[32];

	timespan_format(ms, out);
	return text_of(arena_strdup(c->arena, out));
}

static void
compare_head(struct comparison *c, const struct rule *a, const struct rule *b)
{
	field(c, "name", a->name, b->name);
	field(c, "tag", a->tag, b->tag);
	field(c, "description", a->description, b->description);
	field(c, "direction", text_of(direction_text(a->direction, FORM_YAML)),
	    text_of(direction_text(b->direction, FORM_YAML)));
	field(c, "source type", type_name(c, a->source_type),
	    type_name(c, b->source_type));
	field(c, "target type", type_name(c, a->target_type),
	    type_name(c, b->target_type));
	field(c, "link", text_of(link_text(a->link, FORM_YAML)),
	    text_of(link_text(b->link, FORM_YAML)));
	if (a->precedence != b->precedence)
		field(c, "precedence", number(c, a->precedence),
		    number(c, b->precedence));
	field(c, "disabled", yes_no(a->disabled), yes_no(b->disabled));
	field(c, "password sync", yes_no(a->password_sync),
	    yes_no(b->password_sync));
	if (a->soft_delete_ms != b->soft_delete_ms)
		field(c, "soft delete", span(c, a->soft_delete_ms),
		    span(c, b->soft_delete_ms));
}

/* ---- Scope and join ---- */

static int
compare_texts(const void *a, const void *b)
{
	const struct text *x = a, *y = b;

	return text_compare(*x, *y);
}

static struct text
joined(struct comparison *c, const struct text *parts, size_t count)
{
	struct buf b;
	struct text out;

	buf_init(&b, 16U << 20);
	for (size_t i = 0; i < count; i++) {
		buf_puts(&b, i == 0 ? "" : " AND ");
		buf_text_add(&b, parts[i]);
	}
	out = text_dup(c->arena, buf_text(&b));
	if (buf_error(&b) < 0 || out.data == NULL)
		c->failed = ERR_NOMEM;
	buf_clear(&b);
	return out;
}

/* The clauses of a group in one order, so that equal groups have one text. */
static struct text
scope_group_text(struct comparison *c, const struct scope_group *g)
{
	struct text *parts =
	    arena_array(c->arena, g->count + 1, sizeof(*parts));

	if (parts == NULL) {
		c->failed = ERR_NOMEM;
		return (struct text){0};
	}
	for (size_t i = 0; i < g->count; i++)
		parts[i] =
		    scope_clause_text(c->names, &g->clauses[i], c->arena);
	qsort(parts, g->count, sizeof(*parts), compare_texts);
	return joined(c, parts, g->count);
}

static struct text
join_group_text(struct comparison *c, const struct join_group *g)
{
	struct text *parts =
	    arena_array(c->arena, g->count + 1, sizeof(*parts));

	if (parts == NULL) {
		c->failed = ERR_NOMEM;
		return (struct text){0};
	}
	for (size_t i = 0; i < g->count; i++)
		parts[i] = join_clause_text(c->names, &g->clauses[i], c->arena);
	qsort(parts, g->count, sizeof(*parts), compare_texts);
	return joined(c, parts, g->count);
}

struct groups {
	struct text *items;
	size_t count;
};

static struct groups
scope_groups(struct comparison *c, const struct rule *r)
{
	struct groups g = {.items = arena_array(
			       c->arena, r->scope_count + 1, sizeof(*g.items))};

	if (g.items == NULL)
		c->failed = ERR_NOMEM;
	for (size_t i = 0; i < r->scope_count && c->failed == 0; i++)
		g.items[g.count++] = scope_group_text(c, &r->scope[i]);
	return g;
}

static struct groups
join_groups(struct comparison *c, const struct rule *r)
{
	struct groups g = {.items = arena_array(
			       c->arena, r->join_count + 1, sizeof(*g.items))};

	if (g.items == NULL)
		c->failed = ERR_NOMEM;
	for (size_t i = 0; i < r->join_count && c->failed == 0; i++)
		g.items[g.count++] = join_group_text(c, &r->join[i]);
	return g;
}

/* Scope compares without regard to case, and so do we. */
static bool
has_group(const struct groups *g, struct text t, enum change_part part)
{
	for (size_t i = 0; i < g->count; i++)
		if (part == PART_SCOPE ? text_equal_nocase(g->items[i], t)
				       : text_equal(g->items[i], t))
			return true;
	return false;
}

/* Groups of one side alone; whether there were any. */
static bool
compare_groups(struct comparison *c, const struct groups *a,
    const struct groups *b, enum change_part part)
{
	size_t before = c->out->count;

	for (size_t i = 0; i < a->count; i++)
		if (!has_group(b, a->items[i], part))
			push(c, (struct rule_change){.kind = CHANGE_REMOVED,
				    .part = part,
				    .before = a->items[i]});
	for (size_t i = 0; i < b->count; i++)
		if (!has_group(a, b->items[i], part))
			push(c, (struct rule_change){.kind = CHANGE_ADDED,
				    .part = part,
				    .after = b->items[i]});
	return c->out->count != before;
}

static struct text
order_text(struct comparison *c, const struct groups *g)
{
	struct text t = g->count > 0 ? g->items[0] : TEXT("");

	for (size_t i = 1; i < g->count; i++)
		t = text_of(arena_printf(c->arena, "%.*s; %.*s", TEXT_ARGS(t),
		    TEXT_ARGS(g->items[i])));
	return t;
}

/* The groups of a join are tried in their order. */
static void
compare_join(struct comparison *c, const struct rule *ra, const struct rule *rb)
{
	struct groups a = join_groups(c, ra), b = join_groups(c, rb);
	struct text before, after;

	if (c->failed != 0 || compare_groups(c, &a, &b, PART_JOIN))
		return;
	before = order_text(c, &a);
	after = order_text(c, &b);
	if (!text_equal(before, after))
		push(c, (struct rule_change){.kind = CHANGE_CHANGED,
			    .part = PART_JOIN,
			    .before = before,
			    .after = after});
}

/* ---- Flows ---- */

/* Without the blanks that mean nothing: outside quotes and brackets. */
static struct text
squeezed(struct comparison *c, struct text t)
{
	char *p = arena_alloc(c->arena, t.len + 1);
	size_t n = 0;
	char until = '\0';

	if (p == NULL) {
		c->failed = ERR_NOMEM;
		return t;
	}
	for (size_t i = 0; i < t.len; i++) {
		char x = t.data[i];

		if (until != '\0') {
			if (x == until)
				until = '\0';
		} else if (x == '"')
			until = x;
		else if (x == '[')
			until = ']';
		else if (x == ' ' || x == '\t' || x == '\r' || x == '\n')
			continue;
		p[n++] = x;
	}
	return (struct text){p, n};
}

static bool
flows_equal(struct comparison *c, const struct flow *a, const struct flow *b)
{
	if (a->kind != b->kind || a->merge != b->merge ||
	    a->execute_once != b->execute_once)
		return false;
	if (a->kind == FLOW_DIRECT)
		return a->source == b->source;
	if (a->kind == FLOW_CONSTANT || text_equal(a->text, b->text))
		return text_equal(a->text, b->text);
	return text_equal(squeezed(c, a->text), squeezed(c, b->text));
}

/* What flow i of from is compared with: the flow of r to the same attribute,
 * the second of those where it is the second. */
static const struct flow *
flow_find(const struct rule *r, const struct rule *from, size_t i)
{
	uint32_t target = from->flows[i].target;
	size_t skip = 0;

	for (size_t k = 0; k < i; k++)
		skip += from->flows[k].target == target;
	for (size_t k = 0; k < r->flow_count; k++)
		if (r->flows[k].target == target && skip-- == 0)
			return &r->flows[k];
	return NULL;
}

/* To one target; NULL: not there. */
static void
push_flow(struct comparison *c, uint32_t target, const struct flow *a,
    const struct flow *b)
{
	struct rule_change change = {.kind = CHANGE_CHANGED,
	    .part = PART_FLOW,
	    .name = names_text(c->names, target)};

	if (a == NULL)
		change.kind = CHANGE_ADDED;
	else
		change.before = flow_text(c->names, a, c->arena);
	if (b == NULL)
		change.kind = CHANGE_REMOVED;
	else
		change.after = flow_text(c->names, b, c->arena);
	push(c, change);
}

static void
compare_flows(struct comparison *c, const struct rule *a, const struct rule *b)
{
	for (size_t i = 0; i < a->flow_count; i++) {
		const struct flow *f = &a->flows[i];
		const struct flow *other = flow_find(b, a, i);

		if (other == NULL || !flows_equal(c, f, other))
			push_flow(c, f->target, f, other);
	}
	for (size_t i = 0; i < b->flow_count; i++)
		if (flow_find(a, b, i) == NULL)
			push_flow(c, b->flows[i].target, NULL, &b->flows[i]);
}

int
rule_compare(const struct names *names, const struct rule *a,
    const struct rule *b, struct arena *arena, struct rule_changes *out)
{
	struct comparison c = {.names = names, .arena = arena, .out = out};
	struct groups sa, sb;

	*out = (struct rule_changes){0};
	compare_head(&c, a, b);
	sa = scope_groups(&c, a);
	sb = scope_groups(&c, b);
	(void)compare_groups(&c, &sa, &sb, PART_SCOPE);
	compare_join(&c, a, b);
	compare_flows(&c, a, b);
	return c.failed < 0 || arena_failed(arena) ? ERR_NOMEM : 0;
}
