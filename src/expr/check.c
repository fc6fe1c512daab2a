/* expr/check.c -- what is checked once an expression is parsed: where flow
 * words stand, and types as far as they are known without an object
 * (docs/engine/expressions.md 6). */
#include "expr/expr_int.h"

/* Where a node stands: flow words may only be what becomes the result, words
 * of an enumeration only an argument that wants one. */
#define AT_TAIL 1U
#define AT_WORD 2U
#define AT_LAZY 4U /* it may never run */

#define ANY_TYPE UINT32_MAX
#define TEXTS    (1U << EXPR_STRING | 1U << EXPR_REFERENCE)
#define TRUTHS   (1U << EXPR_BOOLEAN | 1U << EXPR_NUMBER)

/* ---- Types that a part may have, as bits; NULL is always possible ---- */

static const struct {
	const char *word;
	uint32_t types;
} results[] = {
    {"str", 1U << EXPR_STRING},
    {"num", 1U << EXPR_NUMBER},
    {"bool", 1U << EXPR_BOOLEAN},
    {"bin", 1U << EXPR_BINARY},
    {"ref", 1U << EXPR_REFERENCE},
    {"dt", 1U << EXPR_DATE},
    {"str or bin", 1U << EXPR_STRING | 1U << EXPR_BINARY},
};

static uint32_t
types_of_call(const struct node *call)
{
	for (size_t i = 0; i < sizeof(results) / sizeof(*results); i++)
		if (strcmp(call->fn->result, results[i].word) == 0)
			return results[i].types;
	return ANY_TYPE;
}

static uint32_t types_of_operator(enum operator op)
{
	if (op == OP_CONCAT)
		return 1U << EXPR_STRING | 1U << EXPR_BINARY;
	return op >= OP_ADD ? 1U << EXPR_NUMBER : 1U << EXPR_BOOLEAN;
}

static uint32_t
types_of(const struct node *n)
{
	switch (n->kind) {
	case NODE_CONSTANT:
		return n->value.type == EXPR_NULL ? ANY_TYPE
						  : 1U << n->value.type;
	case NODE_PARAMETER:
		return 1U << EXPR_STRING;
	case NODE_NEGATE:
		return 1U << EXPR_NUMBER;
	case NODE_CHAIN:
		return types_of_operator(n->kids[n->count - 1]->op);
	case NODE_CALL:
		return types_of_call(n);
	case NODE_ATTRIBUTE:
	case NODE_DN:
	case NODE_VARIABLE:
		break;
	}
	return ANY_TYPE;
}

/* Whether op can ever work between values of these types. */
static bool
fits_operator(enum operator op, uint32_t a, uint32_t b)
{
	if (op == OP_AND || op == OP_OR)
		return (a & TRUTHS) != 0 && (b & TRUTHS) != 0;
	if (op < OP_ADD)
		return (a & b) != 0 || ((a & TEXTS) != 0 && (b & TEXTS) != 0);
	if (op != OP_CONCAT)
		return (a & b & 1U << EXPR_NUMBER) != 0;
	if (a == 1U << EXPR_DATE || b == 1U << EXPR_DATE)
		return false;
	return a == b || (a != 1U << EXPR_BINARY && b != 1U << EXPR_BINARY) ||
	       (a & b & 1U << EXPR_BINARY) != 0;
}

/* An error, or a warning where the part may never run. */
static int
wrong_type(
    struct check *c, const struct node *n, unsigned place, const char *what)
{
	if (what == NULL)
		return ERR_NOMEM;
	if ((place & AT_LAZY) != 0 && *c->warning == NULL) {
		*c->warning =
		    arena_printf(c->arena, "%s, if it ever runs (at %zu)", what,
			expr_position(c->source, n->at));
		return *c->warning == NULL ? ERR_NOMEM : 0;
	}
	if ((place & AT_LAZY) != 0)
		return 0;
	*c->fault = n->at;
	return err_type(c->e, ERR_RULE, "type-mismatch", "%s", what);
}

static const char *
first_type(uint32_t types)
{
	for (unsigned t = EXPR_STRING; t <= EXPR_WORD; t++)
		if ((types & 1U << t) != 0)
			return expr_type_name((enum expr_type)t);
	return "NULL";
}

static int
check_operands(struct check *c, const struct node *chain, unsigned place)
{
	uint32_t left = types_of(chain->kids[0]);
	int r = 0;

	for (uint32_t i = 1; i < chain->count && r == 0; i++) {
		const struct node *kid = chain->kids[i];
		uint32_t right = types_of(kid);

		if (!fits_operator(kid->op, left, right))
			r = wrong_type(c, kid, place,
			    arena_printf(c->arena, "operator between %s and %s",
				first_type(left), first_type(right)));
		left = types_of_operator(kid->op);
		if (kid->op == OP_AND || kid->op == OP_OR)
			place |= AT_LAZY;
	}
	return r;
}

static int
check_argument(
    struct check *c, const struct node *call, uint32_t i, unsigned place)
{
	const struct function *f = call->fn;
	uint32_t param = i < MAX_PARAMS ? f->params[i] : 0;
	uint32_t types = types_of(call->kids[i]);

	if (f->form != FORM_PLAIN || (param & P_LIST) != 0 ||
	    (param & types) != 0)
		return 0;
	return wrong_type(c, call->kids[i], place,
	    arena_printf(c->arena, "%s: argument %u: a %s does not fit %s(%s)",
		f->name, (unsigned)i + 1, first_type(types), f->name,
		f->arguments));
}

/* ---- Flow words and words of an enumeration ---- */

static unsigned
place_of_argument(const struct node *call, uint32_t i, unsigned place)
{
	const char *name = call->fn->name;
	unsigned lazy = place & AT_LAZY;

	if (strcmp(name, "IIF") == 0)
		return i > 0 ? (place & AT_TAIL) | AT_LAZY : lazy;
	if (strcmp(name, "Switch") == 0) {
		lazy = i > 0 ? AT_LAZY : lazy;
		return i % 2 == 1 ? (place & AT_TAIL) | lazy : lazy;
	}
	if (strcmp(name, "With") == 0)
		return i == 1 ? place & (AT_TAIL | AT_LAZY) : lazy;
	if (call->fn->form == FORM_BINDS && i == 1)
		return AT_LAZY; /* the list may be empty */
	if (call->fn->form == FORM_PLAIN &&
	    (call->fn->params[i] & (1U << EXPR_WORD)) != 0)
		return AT_WORD | lazy;
	return lazy;
}

static int
check_constant(struct check *c, const struct node *n, unsigned place)
{
	if (n->value.type == EXPR_WORD && (place & AT_WORD) == 0) {
		*c->fault = n->at;
		return err_type(c->e, ERR_RULE, "type-mismatch",
		    "%.*s can only be an argument that wants such a word",
		    TEXT_ARGS(n->value.text));
	}
	if ((n->value.type == EXPR_IGNORE || n->value.type == EXPR_AUTH_NULL) &&
	    (place & AT_TAIL) == 0) {
		*c->fault = n->at;
		return err_type(c->e, ERR_RULE, "flow-word",
		    "%s can only be the whole result",
		    expr_type_name(n->value.type));
	}
	return 0;
}

static unsigned
place_of_kid(const struct node *n, uint32_t i, unsigned place)
{
	if (n->kind == NODE_CALL)
		return place_of_argument(n, i, place);
	if (n->kind == NODE_CHAIN && i > 0 && n->kids[i]->op <= OP_OR)
		return AT_LAZY;
	return place & AT_LAZY;
}

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH, held at parsing
check_node(struct check *c, const struct node *n, unsigned place)
{
	int r = 0;

	if (n->kind == NODE_CONSTANT)
		return check_constant(c, n, place);
	for (uint32_t i = 0; i < n->count && r == 0; i++) {
		r = check_node(c, n->kids[i], place_of_kid(n, i, place));
		if (r == 0 && n->kind == NODE_CALL)
			r = check_argument(c, n, i, place);
	}
	if (r == 0 && n->kind == NODE_CHAIN)
		r = check_operands(c, n, place);
	return r;
}

int
expr_check(struct check *c, const struct node *root)
{
	return check_node(c, root, AT_TAIL);
}
