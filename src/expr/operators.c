/* expr/operators.c -- operators between two single values
 * (docs/engine/expressions.md 2.1, 2.2). */
#include <stdio.h>

#include "expr/expr_int.h"

static int
mismatch(struct run *r, const struct expr_value *a, const struct expr_value *b)
{
	return run_fail(r, "type-mismatch", "operator between %s and %s",
	    expr_type_name(a->type), expr_type_name(b->type));
}

static bool
is_text(const struct expr_value *v)
{
	return v->type == EXPR_STRING || v->type == EXPR_REFERENCE;
}

/*
 * Ordinal as .NET has it, by UTF-16 units.  UTF-8 sorts alike but for one
 * thing: what needs a pair (lead byte F0 and up) comes before U+E000 to U+FFFF
 * (lead bytes EE and EF).
 */
static int
text_ordinal(struct text a, struct text b)
{
	size_t i = 0;
	unsigned char x, y;

	while (i < a.len && i < b.len && a.data[i] == b.data[i])
		i++;
	if (i == a.len || i == b.len)
		return (i < a.len) - (i < b.len);
	x = (unsigned char)a.data[i];
	y = (unsigned char)b.data[i];
	if (x >= 0xee && y >= 0xee && (x < 0xf0) != (y < 0xf0))
		return x < 0xf0 ? 1 : -1;
	return x < y ? -1 : 1;
}

static int
order_of(const struct expr_value *a, const struct expr_value *b)
{
	if (a->type == EXPR_NUMBER || a->type == EXPR_DATE)
		return a->number < b->number ? -1 : a->number > b->number;
	if (a->type == EXPR_BOOLEAN)
		return (int)a->boolean - (int)b->boolean;
	return text_ordinal(a->text, b->text);
}

static bool
order_holds(enum operator op, int order)
{
	if (op == OP_LT)
		return order < 0;
	if (op == OP_LE)
		return order <= 0;
	if (op == OP_GT)
		return order > 0;
	return order >= 0;
}

static int
compare(struct run *r, enum operator op, const struct expr_value *a,
    const struct expr_value *b, struct expr_value *out)
{
	bool equality = op == OP_EQ || op == OP_NE;
	bool same;

	if (a->type == EXPR_NULL || b->type == EXPR_NULL) {
		same = a->type == b->type;
		*out = make_boolean(equality && (op == OP_EQ ? same : !same));
		return 0;
	}
	if (a->type != b->type && !(is_text(a) && is_text(b)))
		return mismatch(r, a, b);
	if (!equality) {
		if (a->type == EXPR_BINARY || a->type == EXPR_REFERENCE ||
		    b->type == EXPR_REFERENCE)
			return run_fail(r, "type-mismatch",
			    "a binary value or reference has no order");
		*out = make_boolean(order_holds(op, order_of(a, b)));
		return 0;
	}
	same = a->type == EXPR_REFERENCE && b->type == EXPR_REFERENCE
		   ? values_equal(a, b)
		   : order_of(a, b) == 0;
	*out = make_boolean(op == OP_EQ ? same : !same);
	return 0;
}

static int
arithmetic(struct run *r, enum operator op, const struct expr_value *a,
    const struct expr_value *b, struct expr_value *out)
{
	int64_t n = 0;
	bool over = false;

	if (a->type == EXPR_NULL || b->type == EXPR_NULL) {
		*out = make_null();
		return 0;
	}
	if (a->type != EXPR_NUMBER || b->type != EXPR_NUMBER)
		return mismatch(r, a, b);
	if (op == OP_ADD)
		over = __builtin_add_overflow(a->number, b->number, &n);
	else if (op == OP_SUB)
		over = __builtin_sub_overflow(a->number, b->number, &n);
	else if (op == OP_MUL)
		over = __builtin_mul_overflow(a->number, b->number, &n);
	else if (b->number == 0)
		return run_fail(r, "divide-by-zero", "division by zero");
	else if (b->number == -1)
		over = __builtin_sub_overflow((int64_t)0, a->number, &n);
	else
		n = a->number / b->number;
	if (over)
		return run_fail(
		    r, "number-overflow", "the number needs over 64 bits");
	*out = make_number(n);
	return 0;
}

/* The text that & makes of a value; NULL is empty. */
static int
concat_text(struct run *r, const struct expr_value *v, struct text *out)
{
	if (v->type == EXPR_NULL)
		*out = (struct text){0};
	else if (is_text(v) || v->type == EXPR_BINARY)
		*out = v->text;
	else if (v->type == EXPR_BOOLEAN)
		*out = v->boolean ? TEXT("True") : TEXT("False");
	else if (v->type == EXPR_NUMBER) {
		char *p = run_bytes(r, 24);

		if (p == NULL)
			return run_nomem(r);
		out->data = p;
		out->len =
		    (size_t)snprintf(p, 24, "%lld", (long long)v->number);
	} else
		return run_fail(
		    r, "type-mismatch", "& on a %s", expr_type_name(v->type));
	return 0;
}

static int
concat(struct run *r, const struct expr_value *a, const struct expr_value *b,
    struct expr_value *out)
{
	bool binary = a->type == EXPR_BINARY || b->type == EXPR_BINARY;
	struct text x = {0}, y = {0};
	char *p;
	int rc;

	if (a->type == EXPR_NULL && b->type == EXPR_NULL) {
		*out = make_null();
		return 0;
	}
	if (binary && a->type != b->type && a->type != EXPR_NULL &&
	    b->type != EXPR_NULL)
		return mismatch(r, a, b);
	if ((rc = concat_text(r, a, &x)) != 0 ||
	    (rc = concat_text(r, b, &y)) != 0)
		return rc;
	if ((p = run_bytes(r, x.len + y.len)) == NULL)
		return run_nomem(r);
	if (x.len > 0)
		memcpy(p, x.data, x.len);
	if (y.len > 0)
		memcpy(p + x.len, y.data, y.len);
	x = (struct text){p, x.len + y.len};
	*out = binary ? make_binary(x) : make_string(x);
	return 0;
}

int
combine(struct run *r, enum operator op, const struct expr_value *a,
    const struct expr_value *b, struct expr_value *out)
{
	bool x = false, y = false;
	int rc;

	if (op >= OP_EQ && op <= OP_GE)
		return compare(r, op, a, b, out);
	if (op == OP_CONCAT)
		return concat(r, a, b, out);
	if (op >= OP_ADD)
		return arithmetic(r, op, a, b, out);
	if ((rc = run_truth(r, a, &x)) != 0 || (rc = run_truth(r, b, &y)) != 0)
		return rc;
	*out = make_boolean(op == OP_AND ? x && y : x || y);
	return 0;
}
