/* tenant/filter_eval.c -- a filter on an object, and by the value tables. */
#include "base/clock.h"
#include "base/fold.h"
#include "tenant/filter_int.h"

#define PLAN_MAX 1000000U

bool
// NOLINTNEXTLINE(misc-no-recursion): a tree of FILTER_MAX_TERMS
filter_is_advanced(const struct filter *f)
{
	switch (f->op) {
	case F_AND:
	case F_OR:
		return filter_is_advanced(f->left) ||
		       filter_is_advanced(f->right);
	case F_NOT:
	case F_NE:
	case F_ENDS:
		return true;
	case F_EQ:
		/* Empty collections and names mastered elsewhere. */
		return f->values->type == FV_NULL &&
		       f->prop->type == PROP_STRING;
	case F_GE:
	case F_GT:
	case F_LE:
	case F_LT:
	case F_STARTS:
	case F_IN:
		return false;
	}
	return false;
}

static bool
text_matches(
    const struct filter *f, const struct filter_literal *l, struct text have)
{
	const struct text want = l->text;
	size_t n = want.len;

	switch (f->op) {
	case F_STARTS:
		return have.len >= n &&
		       fold_equal((struct text){have.data, n}, want);
	case F_ENDS:
		return have.len >= n &&
		       fold_equal(
			   (struct text){have.data + have.len - n, n}, want);
	case F_AND:
	case F_OR:
	case F_NOT:
	case F_EQ:
	case F_NE:
	case F_GE:
	case F_GT:
	case F_LE:
	case F_LT:
	case F_IN:
		break;
	}
	if ((f->prop->flags & P_EXACT) != 0)
		return text_equal(have, want);
	return fold_equal(have, want);
}

static bool
date_matches(enum filter_op op, int64_t have, int64_t want)
{
	return op == F_GE   ? have >= want
	       : op == F_GT ? have > want
	       : op == F_LE ? have <= want
	       : op == F_LT ? have < want
			    : have == want;
}

/* One value of the object against one of the filter. */
static bool
literal_matches(const struct filter *f, const struct filter_literal *l,
    const struct json *v)
{
	int64_t ms;

	switch (l->type) {
	case FV_NULL:
		return json_type(v) == JSON_NULL;
	case FV_BOOLEAN:
		return json_type(v) == JSON_BOOLEAN &&
		       json_bool(v, false) == l->boolean;
	case FV_DATE:
		return json_type(v) == JSON_STRING &&
		       clock_parse(json_text(v), &ms) == 0 &&
		       date_matches(f->op, ms, l->ms);
	case FV_STRING:
		return json_type(v) == JSON_STRING &&
		       text_matches(f, l, json_text(v));
	}
	return false;
}

static bool
value_matches(const struct filter *f, const struct json *v)
{
	bool found = false;

	for (const struct filter_literal *l = f->values; l != NULL && !found;
	     l = l->next)
		found = literal_matches(f, l, v);
	return f->op == F_NE ? !found : found;
}

static bool
id_matches(const struct filter *f, const struct dirobj *o)
{
	bool found = false;

	for (const struct filter_literal *l = f->values; l != NULL && !found;
	     l = l->next)
		found =
		    l->type == FV_STRING && text_matches(f, l, text_of(o->id));
	return f->op == F_NE ? !found : found;
}

static bool
term_matches(const struct filter *f, const struct dirobj *o)
{
	const struct json *v;

	if ((f->prop->flags & P_MADE) != 0)
		return id_matches(f, o);
	v = json_get(o->doc, f->prop->name);
	if (f->sub != NULL)
		v = json_get(v, f->sub->name);
	if (!f->any)
		return value_matches(f, v);
	for (size_t i = 0; i < json_count(v); i++)
		if (value_matches(f, json_at(v, i)))
			return true;
	return false;
}

bool
// NOLINTNEXTLINE(misc-no-recursion): a tree of FILTER_MAX_TERMS
filter_match(const struct filter *f, const struct dirobj *o)
{
	if (f->op == F_AND)
		return filter_match(f->left, o) && filter_match(f->right, o);
	if (f->op == F_OR)
		return filter_match(f->left, o) || filter_match(f->right, o);
	if (f->op == F_NOT)
		return !filter_match(f->left, o);
	return term_matches(f, o);
}

unsigned
// NOLINTNEXTLINE(misc-no-recursion): a tree of FILTER_MAX_TERMS
filter_ids(const struct filter *f)
{
	unsigned left, right;

	if (f->op == F_EQ && (f->prop->flags & P_MADE) != 0)
		return 1;
	if (f->op != F_OR)
		return 0;
	left = filter_ids(f->left);
	right = filter_ids(f->right);
	return left == 0 || right == 0 ? 0 : left + right;
}

struct plan {
	struct tdb *db;
	struct arena *a;
	int64_t *rows;
	size_t n, size;
};

static int
plan_add(struct plan *p, int64_t row)
{
	int64_t *new;

	if (p->n == PLAN_MAX)
		return ERR_LIMIT;
	if (p->n == p->size) {
		size_t size = p->size == 0 ? 64 : p->size * 2;

		new = arena_array(p->a, size, sizeof(*new));
		if (new == NULL)
			return ERR_NOMEM;
		if (p->n != 0)
			memcpy(new, p->rows, p->n * sizeof(*new));
		p->rows = new;
		p->size = size;
	}
	p->rows[p->n++] = row;
	return 0;
}

static int
plan_rows(struct plan *p, enum tdb_sql id, int r)
{
	while (r == 1) {
		r = plan_add(p, tdb_int(p->db, id, 0));
		if (r != 0) {
			tdb_done(p->db, id);
			return r;
		}
		r = tdb_next(p->db, id);
	}
	return r < 0 ? r : 1;
}

static int
plan_unique(struct plan *p, enum unique_scope scope, struct text value)
{
	struct text key;
	int64_t row = 0;
	int r = dirobj_key(p->a, scope, value, &key);

	if (r == 0)
		r = dirobj_by_unique(p->db, scope, key, &row);
	if (r == ERR_NOENT)
		return 1;
	if (r == 0)
		r = plan_add(p, row);
	return r < 0 ? r : 1;
}

static int
plan_id(struct plan *p, struct text id)
{
	struct dirobj o;
	int r = dirobj_by_id(p->db, id, &o);

	if (r == ERR_NOENT)
		return 1;
	if (r == 0) {
		r = plan_add(p, o.row);
		dirobj_clear(&o);
	}
	return r < 0 ? r : 1;
}

/* Where the values of a property are found, beside index_value. */
static enum unique_scope
scope_of(const struct prop *p)
{
	return (p->flags & P_ADDRESS) != 0 ? UNIQUE_ADDRESS : p->unique;
}

/* Prefixes end before the next key that does not have them. */
static int
plan_prefix(struct plan *p, const struct filter *f)
{
	enum unique_scope scope = scope_of(f->prop);
	enum tdb_sql sql =
	    scope == UNIQUE_NONE ? SQL_INDEX_RANGE : SQL_UNIQUE_RANGE;
	int64_t number =
	    scope == UNIQUE_NONE ? (int64_t)f->prop->index : (int64_t)scope;
	struct text low = f->values->folded;
	char *high = arena_printf(p->a, "%.*s\xf4\x8f\xbf\xbf", TEXT_ARGS(low));

	if (number == 0 || f->any)
		return 0;
	if (high == NULL)
		return ERR_NOMEM;
	return plan_rows(
	    p, sql, tdb_run(p->db, sql, "itt", number, low, text_of(high)));
}

static int
plan_value(
    struct plan *p, const struct filter *f, const struct filter_literal *l)
{
	if (l->type != FV_STRING)
		return 0;
	if ((f->prop->flags & P_MADE) != 0)
		return plan_id(p, l->text);
	if (f->any)
		return text_is(text_of(f->prop->name), "proxyAddresses") &&
			       l->text.len > 5 &&
			       text_starts_nocase(l->text, "smtp:")
			   ? plan_unique(p, UNIQUE_ADDRESS,
				 (struct text){
				     l->text.data + 5, l->text.len - 5})
			   : 0;
	if (scope_of(f->prop) != UNIQUE_NONE)
		return plan_unique(p, scope_of(f->prop), l->text);
	if (f->prop->index == 0)
		return 0;
	return plan_rows(p, SQL_INDEX_EQUAL,
	    tdb_run(p->db, SQL_INDEX_EQUAL, "it", (int64_t)f->prop->index,
		l->folded));
}

static int
plan_term(struct plan *p, const struct filter *f)
{
	int r = 1;

	if (f->sub != NULL)
		return 0;
	if (f->op == F_STARTS)
		return plan_prefix(p, f);
	if (f->op != F_EQ && f->op != F_IN)
		return 0;
	for (const struct filter_literal *l = f->values; l != NULL && r == 1;
	     l = l->next)
		r = plan_value(p, f, l);
	return r;
}

/* 1: p has all that can match; 0: it may not. */
static int
// NOLINTNEXTLINE(misc-no-recursion): a tree of FILTER_MAX_TERMS
plan_node(struct plan *p, const struct filter *f)
{
	size_t mark = p->n;
	int r;
	switch (f->op) {
	case F_AND:
		r = plan_node(p, f->left);
		if (r != 0)
			return r;
		p->n = mark;
		return plan_node(p, f->right);
	case F_OR:
		r = plan_node(p, f->left);
		return r == 1 ? plan_node(p, f->right) : r;
	case F_NOT:
		return 0;
	case F_EQ:
	case F_NE:
	case F_GE:
	case F_GT:
	case F_LE:
	case F_LT:
	case F_STARTS:
	case F_ENDS:
	case F_IN:
		return plan_term(p, f);
	}
	return 0;
}

static int
row_compare(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

int
filter_plan(const struct filter *f, struct tdb *db, struct arena *a,
    int64_t **out_rows, size_t *out_n)
{
	struct plan p = {.db = db, .a = a};
	size_t kept = 0;
	int r = plan_node(&p, f);

	if (r != 1)
		return r;
	if (p.n > 1)
		qsort(p.rows, p.n, sizeof(*p.rows), row_compare);
	for (size_t i = 0; i < p.n; i++)
		if (i == 0 || p.rows[i] != p.rows[kept - 1])
			p.rows[kept++] = p.rows[i];
	*out_rows = p.rows;
	*out_n = kept;
	return 1;
}
