/* rules/scope.c -- whether a rule applies to an object (docs/engine/rules.md
 * 3), and whether two objects join (4.1). */
#include <stdio.h>

#include "base/fold.h"
#include "model/dn.h"
#include "model/dn_binary.h"
#include "model/guid.h"
#include "rules/plan_int.h"

/* ---- Reading the value of a clause ---- */

enum scope_op
scope_op_positive(enum scope_op op)
{
	switch (op) {
	case SCOPE_NOTEQUAL:
		return SCOPE_EQUAL;
	case SCOPE_NOTCONTAINS:
		return SCOPE_CONTAINS;
	case SCOPE_NOTSTARTSWITH:
		return SCOPE_STARTSWITH;
	case SCOPE_NOTENDSWITH:
		return SCOPE_ENDSWITH;
	case SCOPE_ISNULL:
		return SCOPE_ISNOTNULL;
	case SCOPE_ISNOTIN:
		return SCOPE_ISIN;
	case SCOPE_ISBITNOTSET:
		return SCOPE_ISBITSET;
	case SCOPE_ISNOTMEMBEROF:
		return SCOPE_ISMEMBEROF;
	case SCOPE_EQUAL:
	case SCOPE_LESSTHAN:
	case SCOPE_LESSTHAN_OR_EQUAL:
	case SCOPE_GREATERTHAN:
	case SCOPE_GREATERTHAN_OR_EQUAL:
	case SCOPE_CONTAINS:
	case SCOPE_STARTSWITH:
	case SCOPE_ENDSWITH:
	case SCOPE_ISNOTNULL:
	case SCOPE_ISIN:
	case SCOPE_ISBITSET:
	case SCOPE_ISMEMBEROF:
		break;
	}
	return op;
}

bool
scope_op_is_negative(enum scope_op op)
{
	return scope_op_positive(op) != op;
}

static bool
hex_number(struct text t, int64_t *out)
{
	uint64_t n = 0;

	if (t.len == 0 || t.len > 16)
		return false;
	for (size_t i = 0; i < t.len; i++) {
		const char *digits = "0123456789abcdef";
		char c = t.data[i];
		const char *hit;

		if (c >= 'A' && c <= 'F')
			c = (char)(c - 'A' + 'a');
		hit = c == '\0' ? NULL : strchr(digits, c);
		if (hit == NULL)
			return false;
		n = n << 4 | (uint64_t)(hit - digits);
	}
	*out = (int64_t)n;
	return true;
}

bool
scope_number(struct text t, int64_t *out)
{
	if (text_starts_nocase(t, "0x") || text_starts_nocase(t, "&H"))
		return hex_number((struct text){t.data + 2, t.len - 2}, out);
	return text_to_int64(t, out) == 0;
}

static struct text
without_braces(struct text t)
{
	if (t.len == GUID_TEXT_LEN + 2 && t.data[0] == '{' &&
	    t.data[t.len - 1] == '}')
		return (struct text){t.data + 1, GUID_TEXT_LEN};
	return t;
}

int
scope_value_read(struct arena *a, struct text t, struct scope_value *out)
{
	struct scope_value v = {.text = t, .bare = without_braces(t)};
	struct guid g;
	char *p;

	v.is_number = scope_number(t, &v.number);
	v.boolean = text_is_nocase(t, "true");
	v.is_boolean = v.boolean || text_is_nocase(t, "false");
	if (dn_key(a, t, &v.dn_key) < 0)
		return ERR_NOMEM;
	if (base64_decode(a, t, &v.octets[v.octets_count], NULL) == 0)
		v.octets_count++;
	if (hex_decode(a, t, &v.octets[v.octets_count], NULL) == 0)
		v.octets_count++;
	if (guid_parse(t, &g, NULL) == 0) {
		if ((p = arena_strndup(a, (const char *)g.octets, 16)) == NULL)
			return ERR_NOMEM;
		v.octets[v.octets_count++] = (struct text){p, 16};
	}
	*out = v;
	return arena_failed(a) ? ERR_NOMEM : 0;
}

/* ---- Text without case ---- */

/* By folded code points: <0, 0, >0. */
static int
fold_compare(struct text a, struct text b)
{
	size_t i = 0, k = 0;

	while (i < a.len && k < b.len) {
		uint32_t x = char_fold(utf8_next(a, &i));
		uint32_t y = char_fold(utf8_next(b, &k));

		if (x != y)
			return x < y ? -1 : 1;
	}
	return (i < a.len) - (k < b.len);
}

/* Whether part stands at byte i of t; *out_end is behind it. */
static bool
fold_at(struct text t, size_t i, struct text part, size_t *out_end)
{
	size_t k = 0;

	while (k < part.len)
		if (i >= t.len || char_fold(utf8_next(t, &i)) !=
				      char_fold(utf8_next(part, &k)))
			return false;
	*out_end = i;
	return true;
}

static bool
fold_part(struct text t, struct text part, enum scope_op op)
{
	size_t end = 0, i = 0;

	if (op == SCOPE_STARTSWITH)
		return fold_at(t, 0, part, &end);
	if (part.len == 0)
		return true;
	while (i < t.len) {
		if (fold_at(t, i, part, &end) &&
		    (op == SCOPE_CONTAINS || end == t.len))
			return true;
		(void)utf8_next(t, &i);
	}
	return false;
}

/* ---- One value against one clause ---- */

static bool
order_holds(enum scope_op op, int order)
{
	if (op == SCOPE_LESSTHAN)
		return order < 0;
	if (op == SCOPE_LESSTHAN_OR_EQUAL)
		return order <= 0;
	if (op == SCOPE_GREATERTHAN)
		return order > 0;
	if (op == SCOPE_GREATERTHAN_OR_EQUAL)
		return order >= 0;
	return order == 0; /* EQUAL, ISIN */
}

static bool
number_holds(enum scope_op op, int64_t n, const struct scope_value *v)
{
	if (!v->is_number)
		return false;
	if (op == SCOPE_ISBITSET)
		return (n & v->number) == v->number;
	return order_holds(op, n < v->number ? -1 : n > v->number);
}

static bool
text_holds(enum scope_op op, struct text t, const struct scope_value *v)
{
	int64_t n;

	if (op == SCOPE_CONTAINS || op == SCOPE_STARTSWITH ||
	    op == SCOPE_ENDSWITH)
		return fold_part(t, v->text, op);
	if (op == SCOPE_ISBITSET)
		return scope_number(t, &n) && number_holds(op, n, v);
	if (v->bare.len == GUID_TEXT_LEN)
		return order_holds(
		    op, fold_compare(without_braces(t), v->bare));
	return order_holds(op, fold_compare(t, v->text));
}

static bool
binary_holds(enum scope_op op, struct text t, const struct scope_value *v)
{
	if (op != SCOPE_EQUAL && op != SCOPE_ISIN)
		return false;
	for (unsigned i = 0; i < v->octets_count; i++)
		if (text_equal(t, v->octets[i]))
			return true;
	return false;
}

static bool
same_dn(struct text t, const struct scope_value *v, struct arena *scratch)
{
	CLEANUP(arena_freep)
	struct arena *own = NULL;
	struct text key;

	if (fold_equal(t, v->text))
		return true;
	if (scratch == NULL) {
		own = arena_new(0);
		scratch = own;
	}
	return scratch != NULL && dn_key(scratch, t, &key) == 0 &&
	       text_equal(key, v->dn_key);
}

static bool
value_holds(enum scope_op op, const struct value *value,
    const struct scope_value *v, struct arena *scratch)
{
	char digits[24];

	switch (value->type) {
	case VALUE_STRING:
		return text_holds(op, value->text, v);
	case VALUE_INTEGER:
		if (op != SCOPE_CONTAINS && op != SCOPE_STARTSWITH &&
		    op != SCOPE_ENDSWITH)
			return number_holds(op, value->integer, v);
		(void)snprintf(
		    digits, sizeof(digits), "%lld", (long long)value->integer);
		return fold_part(text_of(digits), v->text, op);
	case VALUE_BOOLEAN:
		return v->is_boolean &&
		       order_holds(op, (int)value->boolean - (int)v->boolean);
	case VALUE_BINARY:
		return binary_holds(op, value->text, v);
	case VALUE_DN_BINARY:
		return text_holds(op, dn_binary_text(value), v);
	case VALUE_REFERENCE:
		if (op == SCOPE_EQUAL || op == SCOPE_ISIN)
			return same_dn(value->text, v, scratch);
		return text_holds(op, value->text, v);
	}
	return false;
}

/* The positive form of a clause. */
static bool
clause_holds(const struct code_clause *c, const struct scope_value *v,
    const struct plan_source *src)
{
	const struct attr *a = attrs_find(src->attrs, c->name);

	if (c->op == SCOPE_ISNOTNULL)
		return a != NULL;
	if (c->op == SCOPE_ISMEMBEROF)
		return src->member_of != NULL &&
		       src->member_of(src->ctx, v->text);
	if (a == NULL)
		/* an absent boolean is False: doubts.md D51 */
		return c->boolean && c->op == SCOPE_EQUAL && v->is_boolean &&
		       !v->boolean;
	for (uint32_t i = 0; i < a->count; i++)
		if (value_holds(c->op, &a->values[i], v, src->scratch))
			return true;
	return false;
}

/* ---- A whole filter ---- */

static int
clause_expanded(const struct plan *p, const struct code_clause *c,
    const struct plan_source *src, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *own = src->scratch == NULL ? arena_new(0) : NULL;
	struct arena *a = src->scratch != NULL ? src->scratch : own;
	struct scope_value v = {0};
	struct text t = {0};
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a rule");
	r = params_expand(p, src, c->value.text, a, &t, e);
	if (r == 0)
		r = scope_value_read(a, t, &v);
	return r < 0 ? r : clause_holds(c, &v, src);
}

static int
group_holds(const struct plan *p, const struct code_group *g,
    const struct plan_source *src, struct err *e)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct code_clause *c = &g->clauses[i];
		int r = c->expand ? clause_expanded(p, c, src, e)
				  : clause_holds(c, &c->value, src);

		if (r < 0 && src->where != NULL)
			src->where->attribute = c->name;
		if (r < 0)
			return r;
		if ((r != 0) == c->negative)
			return 0;
	}
	return 1;
}

int
plan_in_scope(const struct plan *p, const struct plan_rule *r,
    const struct plan_source *src, struct err *e)
{
	const struct code *code = code_of(r);
	int rc = 0;

	if (code->group_count == 0)
		return 1;
	for (size_t i = 0; i < code->group_count && rc == 0; i++)
		rc = group_holds(p, &code->groups[i], src, e);
	if (rc < 0 && src->where != NULL)
		src->where->rule = r->rule;
	if (rc < 0)
		return err_prefix(
		    e, "rule \"%.*s\", scope", TEXT_ARGS(r->rule->name));
	return rc;
}

/* ---- Why not ---- */

/* 1: a clause of the group does not hold, *out is it. */
static int
group_miss(const struct plan *p, const struct code_group *g,
    const struct plan_source *src, struct plan_miss *out, struct err *e)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct code_clause *c = &g->clauses[i];
		struct text value = c->value.text;
		int r = c->expand ? clause_expanded(p, c, src, e)
				  : clause_holds(c, &c->value, src);

		if (r < 0)
			return r;
		if ((r != 0) != c->negative)
			continue;
		if (c->expand)
			r = params_expand(
			    p, src, c->value.text, src->scratch, &value, e);
		*out = (struct plan_miss){.value = value,
		    .has = attrs_find(src->attrs, c->name),
		    .met = i,
		    .of = g->count};
		return r < 0 ? r : 1;
	}
	return 0;
}

int
plan_scope_misses(const struct plan *p, const struct plan_rule *r,
    const struct plan_source *src, struct plan_miss **out, size_t *out_count,
    struct err *e)
{
	const struct code *code = code_of(r);
	struct plan_miss *list =
	    arena_array(src->scratch, code->group_count, sizeof(*list));
	int rc = 1;

	*out_count = 0;
	if (list == NULL)
		return err_set(e, ERR_NOMEM, "no memory for a rule");
	for (size_t i = 0; i < code->group_count && rc == 1; i++) {
		rc = group_miss(p, &code->groups[i], src, &list[i], e);
		if (rc == 1)
			list[i].clause =
			    &r->rule->scope[i].clauses[list[i].met];
	}
	if (rc < 0)
		return err_prefix(
		    e, "rule \"%.*s\", scope", TEXT_ARGS(r->rule->name));
	*out = list;
	*out_count = rc == 1 ? code->group_count : 0;
	return 0;
}

/* ---- Join ---- */

static bool
values_join(const struct value *cs, const struct value *mv, bool case_sensitive)
{
	if (cs->type != mv->type)
		return false;
	if (cs->type == VALUE_REFERENCE)
		return cs->id != 0 && cs->id == mv->id;
	if (cs->type == VALUE_STRING && !case_sensitive)
		return fold_equal(cs->text, mv->text);
	return value_equal(cs, mv);
}

static bool
attributes_join(
    const struct attr *cs, const struct attr *mv, bool case_sensitive)
{
	if (cs == NULL || mv == NULL)
		return false;
	for (uint32_t i = 0; i < cs->count; i++)
		for (uint32_t k = 0; k < mv->count; k++)
			if (values_join(
				&cs->values[i], &mv->values[k], case_sensitive))
				return true;
	return false;
}

int
plan_join_matches(
    const struct join_group *g, const struct attrs *cs, const struct attrs *mv)
{
	for (size_t i = 0; i < g->count; i++) {
		const struct join_clause *c = &g->clauses[i];

		if (!attributes_join(attrs_find(cs, c->cs_name),
			attrs_find(mv, c->mv_name), c->case_sensitive))
			return 0;
	}
	return g->count > 0;
}

bool
plan_join_has_value(const struct plan_rule *r, const struct attrs *source)
{
	const struct rule *rule = r->rule;
	bool inbound = rule->direction == RULE_INBOUND;

	for (size_t i = 0; i < rule->join_count; i++)
		for (size_t k = 0; k < rule->join[i].count; k++) {
			const struct join_clause *c = &rule->join[i].clauses[k];

			if (attrs_find(source,
				inbound ? c->cs_name : c->mv_name) != NULL)
				return true;
		}
	return rule->join_count == 0;
}
