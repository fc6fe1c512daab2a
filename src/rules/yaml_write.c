/* rules/yaml_write.c -- see yaml_write.h. */
#include "rules/yaml_write.h"

#include <inttypes.h>

#include "codec/yaml_write.h"
#include "rules/compare.h"
#include "rules/ruleset_int.h"
#include "rules/words.h"

/* ---- Rules ---- */

struct output {
	const struct yaml_rules *how;
	struct buf *b;
	struct arena *arena; /* of one rule */
};

static struct text
name_of(const struct output *o, uint32_t name)
{
	return names_text(o->how->names, name);
}

/* "$(" in a text is "$$(" in the file: it names nothing. */
static struct text
escaped(struct output *o, struct text t)
{
	char *p;
	size_t n = 0;

	if (t.len < 2 || memmem(t.data, t.len, "$(", 2) == NULL)
		return t;
	p = arena_alloc(o->arena, t.len * 2 + 1);
	if (p == NULL)
		return t; /* arena_failed() tells */
	for (size_t i = 0; i < t.len; i++) {
		if (t.data[i] == '$' && i + 1 < t.len && t.data[i + 1] == '(')
			p[n++] = '$';
		p[n++] = t.data[i];
	}
	return (struct text){p, n};
}

static void
key_text(struct output *o, const char *key, struct text t)
{
	buf_printf(o->b, "    %s: ", key);
	yaml_write_scalar(o->b, escaped(o, t), 6);
}

static void
key_type(struct output *o, const char *key, uint32_t type)
{
	key_text(o, key, type == 0 ? TEXT("*") : name_of(o, type));
}

static void
write_head(struct output *o, const struct rule *r)
{
	buf_puts(o->b, "  - name: ");
	yaml_write_scalar(o->b, escaped(o, r->name), 6);
	if (!text_equal(r->id, r->name))
		key_text(o, "id", r->id);
	if (r->tag.len > 0)
		key_text(o, "tag", r->tag);
	if (r->description.len > 0)
		key_text(o, "why", r->description);
	key_text(o, "connector", r->connector);
	key_text(
	    o, "direction", text_of(direction_text(r->direction, FORM_YAML)));
	key_type(o, "from", r->source_type);
	key_type(o, "to", r->target_type);
	if (r->link != LINK_JOIN)
		key_text(o, "link", text_of(link_text(r->link, FORM_YAML)));
	buf_printf(o->b, "    precedence: %" PRId32 "\n", r->precedence);
	if (r->disabled)
		buf_puts(o->b, "    disabled: true\n");
	if (r->password_sync)
		buf_puts(o->b, "    password_sync: true\n");
	if (r->soft_delete_ms > 0)
		buf_printf(o->b, "    soft_delete_s: %" PRId64 "\n",
		    r->soft_delete_ms / 1000);
}

/* Blanks around it, or none in it, would be lost between the words. */
static bool
is_one_word(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if (t.data[i] == ' ' || t.data[i] == '\t' ||
		    t.data[i] == '\n' || t.data[i] == '\r')
			return false;
	return t.len > 0;
}

static bool
is_trimmed(struct text t)
{
	return t.len > 0 && strchr(" \t\r\n", t.data[0]) == NULL &&
	       strchr(" \t\r\n", t.data[t.len - 1]) == NULL;
}

static bool
clause_is_short(const struct output *o, const struct scope_clause *c)
{
	bool name = c->name == 0 ? !scope_op_has_name(c->op)
				 : is_one_word(name_of(o, c->name)) &&
				       scope_op_has_name(c->op);

	return name && (scope_op_has_value(c->op) ? is_trimmed(c->value)
						  : c->value.len == 0);
}

static void
write_clause(struct output *o, const struct scope_clause *c, unsigned depth)
{
	struct text name = escaped(o, name_of(o, c->name));
	struct text value = escaped(o, c->value);
	struct scope_clause shown = *c;
	struct text t;

	if (clause_is_short(o, c)) {
		shown.value = value;
		t = scope_clause_text(o->how->names, &shown, o->arena);
		yaml_write_scalar(o->b, t, depth);
		return;
	}
	buf_puts(o->b, "{attribute: ");
	yaml_write_word(o->b, name);
	buf_printf(o->b, ", operator: %s, value: ", scope_op_text(c->op));
	yaml_write_word(o->b, value);
	buf_puts(o->b, "}\n");
}

static void
write_scope_group(struct output *o, const struct scope_group *g, bool alone)
{
	for (size_t i = 0; i < g->count; i++) {
		buf_puts(o->b, alone    ? "      - "
			       : i == 0 ? "      - - "
					: "        - ");
		write_clause(o, &g->clauses[i], alone ? 8 : 10);
	}
	if (g->count == 0)
		buf_puts(o->b, "      - []\n");
}

static void
write_scope(struct output *o, const struct rule *r)
{
	bool alone = r->scope_count == 1 && r->scope[0].count > 0;

	if (r->scope_count > 0)
		buf_puts(o->b, "    scope:\n");
	for (size_t i = 0; i < r->scope_count; i++)
		write_scope_group(o, &r->scope[i], alone);
}

static void
write_join_clause(struct output *o, const struct join_clause *c, unsigned depth)
{
	struct text cs = name_of(o, c->cs_name), mv = name_of(o, c->mv_name);

	if (is_one_word(cs) && is_one_word(mv)) {
		yaml_write_scalar(o->b,
		    escaped(o, join_clause_text(o->how->names, c, o->arena)),
		    depth);
		return;
	}
	buf_puts(o->b, "{attribute: ");
	yaml_write_word(o->b, escaped(o, cs));
	buf_puts(o->b, ", metaverse: ");
	yaml_write_word(o->b, escaped(o, mv));
	buf_puts(o->b, c->case_sensitive ? ", exact: true}\n" : "}\n");
}

static void
write_join(struct output *o, const struct rule *r)
{
	if (r->join_count > 0)
		buf_puts(o->b, "    join:\n");
	for (size_t i = 0; i < r->join_count; i++) {
		const struct join_group *g = &r->join[i];

		if (g->count == 0)
			buf_puts(o->b, "      - []\n");
		for (size_t k = 0; k < g->count; k++) {
			buf_puts(o->b, g->count == 1 ? "      - "
				       : k == 0      ? "      - - "
						     : "        - ");
			write_join_clause(
			    o, &g->clauses[k], g->count == 1 ? 8 : 10);
		}
	}
}

/* ---- Flows ---- */

enum shape {
	SHAPE_COPY,  /* of the same name, as it is */
	SHAPE_FIRST, /* its first value, trimmed */
	SHAPE_TRIM,  /* its values, trimmed */
	SHAPE_OTHER,
};

static enum shape
shape_of(const struct output *o, const struct flow *f)
{
	struct text name = name_of(o, f->target);
	const char *first, *trim;

	if (f->merge != MERGE_UPDATE || f->execute_once)
		return SHAPE_OTHER;
	if (f->kind == FLOW_DIRECT)
		return f->source == f->target ? SHAPE_COPY : SHAPE_OTHER;
	if (f->kind != FLOW_EXPRESSION)
		return SHAPE_OTHER;
	first = arena_printf(
	    o->arena, "Trim(ItemOrNull([%.*s],1))", TEXT_ARGS(name));
	trim = arena_printf(o->arena, "Trim([%.*s])", TEXT_ARGS(name));
	if (first != NULL && text_is(f->text, first))
		return SHAPE_FIRST;
	if (trim != NULL && text_is(f->text, trim))
		return SHAPE_TRIM;
	return SHAPE_OTHER;
}

/* The number that follows stem in name; 0: another name. */
static unsigned
row_number(struct text name, struct text stem)
{
	int64_t n = 0;

	if (name.len <= stem.len || name.len > stem.len + 2 ||
	    memcmp(name.data, stem.data, stem.len) != 0 ||
	    name.data[stem.len] == '0')
		return 0;
	if (text_to_int64(
		(struct text){name.data + stem.len, name.len - stem.len}, &n) <
	    0)
		return 0;
	return n > 0 ? (unsigned)n : 0;
}

/* How many flows from the i-th on are x1, x2, x3 ... of one shape. */
static unsigned
row_length(
    const struct output *o, const struct rule *r, size_t i, enum shape shape)
{
	struct text stem = name_of(o, r->flows[i].target);
	unsigned n = 0;

	if (stem.len < 2 || stem.data[stem.len - 1] != '1')
		return 0;
	stem.len--;
	while (i + n < r->flow_count && n < 99 &&
	       shape_of(o, &r->flows[i + n]) == shape &&
	       row_number(name_of(o, r->flows[i + n].target), stem) == n + 1)
		n++;
	return n;
}

/* "copy: [a, b, x1..15]", broken at 80 columns. */
static void
write_names(struct output *o, const struct rule *r, enum shape shape)
{
	static const char *const keys[] = {"copy", "first", "trim"};
	const char *key = keys[shape];
	size_t column = 0;

	for (size_t i = 0; i < r->flow_count; i++) {
		struct text name = name_of(o, r->flows[i].target);
		unsigned row;

		if (shape_of(o, &r->flows[i]) != shape)
			continue;
		row = row_length(o, r, i, shape);
		if (column == 0) {
			buf_printf(o->b, "    %s: [", key);
			column = 12;
		} else if (column + name.len > 78) {
			buf_puts(o->b, ",\n      ");
			column = 6;
		} else {
			buf_puts(o->b, ", ");
		}
		column += name.len + 4;
		if (row > 1) {
			buf_text_add(o->b, name);
			buf_printf(o->b, "..%u", row);
			i += row - 1;
		} else {
			yaml_write_word(o->b, escaped(o, name));
		}
	}
	if (column > 0)
		buf_puts(o->b, "]\n");
}

/* A map of its own, where merge type or once are to be said. */
static void
write_flow_map(struct output *o, const struct flow *f)
{
	if (f->kind == FLOW_EXPRESSION) {
		buf_puts(o->b, "\n        expression: ");
		yaml_write_scalar(o->b, escaped(o, f->text), 10);
		if (f->merge != MERGE_UPDATE)
			buf_printf(o->b, "        merge: %s\n",
			    merge_text(f->merge, FORM_YAML));
		if (f->execute_once)
			buf_puts(o->b, "        once: true\n");
		return;
	}
	buf_puts(o->b, f->kind == FLOW_DIRECT ? " {from: " : " {value: ");
	yaml_write_word(o->b,
	    escaped(
		o, f->kind == FLOW_DIRECT ? name_of(o, f->source) : f->text));
	if (f->merge != MERGE_UPDATE)
		buf_printf(
		    o->b, ", merge: %s", merge_text(f->merge, FORM_YAML));
	buf_puts(o->b, f->execute_once ? ", once: true}\n" : "}\n");
}

static void
write_flow(struct output *o, const struct flow *f)
{
	bool plain = f->merge == MERGE_UPDATE && !f->execute_once;

	buf_puts(o->b, "      ");
	yaml_write_word(o->b, escaped(o, name_of(o, f->target)));
	buf_putc(o->b, ':');
	if (!plain || f->kind == FLOW_CONSTANT) {
		write_flow_map(o, f);
	} else if (f->kind == FLOW_DIRECT) {
		buf_puts(o->b, " [");
		yaml_write_word(o->b, escaped(o, name_of(o, f->source)));
		buf_puts(o->b, "]\n");
	} else {
		buf_putc(o->b, ' ');
		yaml_write_scalar(o->b, escaped(o, f->text), 8);
	}
}

static void
write_flows(struct output *o, const struct rule *r)
{
	bool any = false;

	write_names(o, r, SHAPE_COPY);
	write_names(o, r, SHAPE_FIRST);
	write_names(o, r, SHAPE_TRIM);
	for (size_t i = 0; i < r->flow_count; i++) {
		if (shape_of(o, &r->flows[i]) != SHAPE_OTHER)
			continue;
		if (!any)
			buf_puts(o->b, "    flows:\n");
		any = true;
		write_flow(o, &r->flows[i]);
	}
}

int
yaml_write_rules(const struct yaml_rules *how, const struct rule *const *rules,
    size_t count, struct buf *out)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct output o = {.how = how, .b = out, .arena = a};
	bool failed = a == NULL;

	buf_puts(out, count == 0 ? "rules: []\n" : "rules:\n");
	for (size_t i = 0; i < count && !failed; i++) {
		struct text from = how->origin(how->ctx, rules[i]);

		if (i > 0)
			buf_putc(out, '\n');
		if (from.len > 0)
			yaml_write_comment(out, 2, from);
		write_head(&o, rules[i]);
		write_scope(&o, rules[i]);
		write_join(&o, rules[i]);
		write_flows(&o, rules[i]);
		failed = arena_failed(a);
		arena_reset(a);
	}
	return failed ? ERR_NOMEM : buf_error(out);
}

/* ---- The metaverse ---- */

static void
write_types(const struct schema *mv, const struct schema *ours,
    const struct names *names, struct buf *out)
{
	bool any = false;

	for (size_t i = 0; i < schema_type_count(mv); i++) {
		uint32_t type = schema_type_at(mv, i);

		if (schema_has_type(ours, type))
			continue;
		buf_puts(out, any ? ", " : "metaverse_types: [");
		yaml_write_word(out, names_text(names, type));
		any = true;
	}
	if (any)
		buf_puts(out, "]\n\n");
}

static void
write_attribute(const struct schema_attr *a, const struct names *names,
    bool instead, struct buf *out)
{
	buf_puts(out, "  ");
	yaml_write_word(out, names_text(names, a->name));
	buf_printf(out, ": %s%s%s%s\n", value_type_name(a->type),
	    a->multi ? " list" : "", a->indexed ? " indexed" : "",
	    instead ? " instead" : "");
}

int
yaml_write_metaverse(
    const struct schema *mv, struct names *names, struct buf *out)
{
	CLEANUP(schema_freep)
	struct schema *ours = schema_new();
	bool any = false;
	int rc = ours == NULL ? ERR_NOMEM : metaverse_fill(ours, names);

	if (rc < 0)
		return rc;
	write_types(mv, ours, names, out);
	for (size_t i = 0; i < schema_count(mv); i++) {
		const struct schema_attr *a = schema_at(mv, i);
		const struct schema_attr *have = schema_find(ours, a->name);

		if (have != NULL && have->type == a->type &&
		    have->multi == a->multi && (have->indexed || !a->indexed))
			continue;
		if (!any)
			buf_puts(out, "metaverse:\n");
		any = true;
		write_attribute(a, names, have != NULL, out);
	}
	if (any)
		buf_putc(out, '\n');
	return buf_error(out);
}
