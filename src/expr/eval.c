/* expr/eval.c -- runs a compiled expression on one object
 * (docs/engine/expressions.md 2.3, 3). */
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#include "expr/expr_int.h"

#define LONG_TEXT 1024U /* bytes of text that count as a step */

/* ---- The state of a run ---- */

int
run_fail(struct run *r, const char *class, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return err_type(r->e, ERR_RULE, class, "%s", text);
}

int
run_bad(struct run *r, const char *class, uint32_t arg, const char *fmt, ...)
{
	char text[400];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (arg < r->call->count)
		r->at = r->call->kids[arg]->at;
	return err_type(r->e, ERR_RULE, class, "%s: argument %u: %s",
	    r->call->fn->name, (unsigned)arg + 1, text);
}

int
run_nomem(struct run *r)
{
	if (r->output > EXPR_MAX_OUTPUT)
		return run_fail(
		    r, "limit", "result over %u bytes", EXPR_MAX_OUTPUT);
	return err_set(r->e, ERR_NOMEM, "no memory for an expression");
}

int
run_step(struct run *r, uint32_t n)
{
	r->steps += n;
	if (n <= EXPR_MAX_STEPS && r->steps <= EXPR_MAX_STEPS)
		return 0;
	return run_fail(r, "limit", "over %u steps", EXPR_MAX_STEPS);
}

char *
run_bytes(struct run *r, size_t n)
{
	r->output += n < EXPR_MAX_OUTPUT ? n + 1 : EXPR_MAX_OUTPUT + 1;
	return r->output > EXPR_MAX_OUTPUT ? NULL
					   : arena_alloc(r->arena, n + 1);
}

struct expr_value *
run_items(struct run *r, size_t n)
{
	if (n > EXPR_MAX_OUTPUT / sizeof(struct expr_value))
		r->output = EXPR_MAX_OUTPUT;
	r->output += n * sizeof(struct expr_value);
	if (r->output > EXPR_MAX_OUTPUT)
		return NULL;
	return arena_array(r->arena, n, sizeof(struct expr_value));
}

int
run_truth(struct run *r, const struct expr_value *v, bool *out)
{
	if (v->type == EXPR_NULL)
		*out = false;
	else if (v->type == EXPR_BOOLEAN)
		*out = v->boolean;
	else if (v->type == EXPR_NUMBER)
		*out = v->number != 0;
	else
		return run_fail(r, "type-mismatch",
		    "a %s stands where true or false is wanted",
		    expr_type_name(v->type));
	return 0;
}

/* ---- Lists in parallel ---- */

/* The common length of lists among n values; 0: none is a list. */
static int
lift_length(struct run *r, const struct expr_value *args, const uint32_t *whole,
    uint32_t n, uint32_t *out)
{
	*out = 0;
	for (uint32_t i = 0; i < n; i++) {
		// NOLINTNEXTLINE(clang-analyzer-core.*): eval() wrote it
		if (args[i].type != EXPR_LIST ||
		    (whole != NULL && (whole[i] & P_LIST) != 0))
			continue;
		if (*out != 0 && *out != args[i].count)
			return run_fail(r, "unequal-lists",
			    "lists of %u and %u values side by side", *out,
			    args[i].count);
		*out = args[i].count;
	}
	return 0;
}

static int
combine_lists(struct run *r, enum operator op, struct expr_value args[2],
    struct expr_value *out)
{
	struct expr_value *items;
	uint32_t n = 0;
	int rc;

	if ((rc = lift_length(r, args, NULL, 2, &n)) != 0)
		return rc;
	if (n == 0)
		return combine(r, op, &args[0], &args[1], out);
	if ((rc = run_step(r, n)) != 0)
		return rc;
	if ((items = run_items(r, n)) == NULL)
		return run_nomem(r);
	for (uint32_t i = 0; i < n && rc == 0; i++) {
		struct expr_value a = element(&args[0], i);
		struct expr_value b = element(&args[1], i);

		rc = combine(r, op, &a, &b, &items[i]);
	}
	*out = make_list(items, n);
	return rc;
}

/* Whether the operand before op settles the result; then *acc is it. */
static int
short_cut(struct run *r, enum operator op, struct expr_value *acc, bool *out)
{
	bool truth = false;
	int rc;

	*out = false;
	// NOLINTNEXTLINE(clang-analyzer-core.*): eval() wrote it
	if ((op != OP_AND && op != OP_OR) || acc->type == EXPR_LIST)
		return 0;
	if ((rc = run_truth(r, acc, &truth)) != 0)
		return rc;
	*out = op == OP_AND ? !truth : truth;
	*acc = make_boolean(truth);
	return 0;
}

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
eval_chain(struct run *r, const struct node *n, struct expr_value *out)
{
	UNCLEARED struct expr_value pair[2];
	bool settled;
	int rc = eval(r, n->kids[0], &pair[0]);

	for (uint32_t i = 1; i < n->count && rc == 0; i++) {
		enum operator op = n->kids[i]->op;

		r->at = n->kids[i]->at;
		if ((rc = short_cut(r, op, &pair[0], &settled)) != 0)
			return rc;
		if (settled)
			continue;
		if ((rc = eval(r, n->kids[i], &pair[1])) != 0)
			return rc;
		r->at = n->kids[i]->at;
		rc = combine_lists(r, op, pair, &pair[0]);
	}
	if (rc == 0)
		*out = pair[0];
	return rc;
}

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
eval_negate(struct run *r, const struct node *n, struct expr_value *out)
{
	struct expr_value pair[2] = {make_number(0)};
	int rc = eval(r, n->kids[0], &pair[1]);

	r->at = n->at;
	return rc != 0 ? rc : combine_lists(r, OP_SUB, pair, out);
}

/* ---- Calls ---- */

static bool
null_result(const struct function *f, struct expr_value *out)
{
	switch (f->null_rule) {
	case NULL_GIVES_NULL:
	case ANY_NULL_GIVES_NULL:
		*out = make_null();
		return true;
	case NULL_GIVES_ZERO:
		*out = make_number(0);
		return true;
	case NULL_GIVES_FALSE:
		*out = make_boolean(false);
		return true;
	case NULL_GIVES_EMPTY:
		*out = make_string(TEXT(""));
		return true;
	case NULL_IS_SEEN:
		break;
	}
	return false;
}

/* NULL behind the first argument: text is empty; a number or date that is
 * not known gives no result. */
static bool
null_argument(const struct function *f, uint32_t i, struct expr_value *arg,
    struct expr_value *out)
{
	bool text = (f->params[i] & P_STRING) != 0;

	if (f->null_rule == NULL_GIVES_ZERO || f->null_rule == NULL_GIVES_FALSE)
		return null_result(f, out);
	if (text && f->null_rule != ANY_NULL_GIVES_NULL) {
		*arg = make_string(TEXT(""));
		return false;
	}
	*out = make_null();
	return true;
}

/* Text that a function reads costs time as parts of an expression do. */
static bool
is_long(const struct expr_value *v)
{
	return (v->type == EXPR_STRING || v->type == EXPR_BINARY) &&
	       v->text.len >= LONG_TEXT;
}

/* One call with single values (lists only where taken whole). */
static int
call_once(struct run *r, const struct node *call, struct expr_value *args,
    struct expr_value *out)
{
	const struct function *f = call->fn;

	for (uint32_t i = 0; i < call->count; i++) {
		uint32_t param = f->params[i];

		if (args[i].type == EXPR_NULL) {
			if (f->null_rule == NULL_IS_SEEN)
				continue;
			if (i == 0 ? null_result(f, out)
				   : null_argument(f, i, &args[i], out))
				return 0;
			continue;
		}
		if ((param & P_LIST) != 0)
			continue;
		if ((param & 1U << args[i].type) == 0) {
			r->call = call;
			return run_bad(r, "type-mismatch", i,
			    "a %s does not fit %s(%s)",
			    expr_type_name(args[i].type), f->name,
			    f->arguments);
		}
		if (args[i].type == EXPR_REFERENCE && param != P_REF &&
		    param != P_ANY)
			args[i].type = EXPR_STRING;
		if (is_long(&args[i]) &&
		    run_step(r, (uint32_t)(args[i].text.len / LONG_TEXT)) < 0)
			return ERR_RULE;
	}
	r->at = call->at;
	r->call = call;
	return f->call(r, args, call->count, out);
}

static int
call_each(struct run *r, const struct node *call, const struct expr_value *args,
    uint32_t n, struct expr_value *out)
{
	UNCLEARED struct expr_value one[MAX_PARAMS];
	struct expr_value *items;
	int rc = run_step(r, n);

	if (rc != 0)
		return rc;
	if ((items = run_items(r, n)) == NULL)
		return run_nomem(r);
	for (uint32_t i = 0; i < n && rc == 0; i++) {
		for (uint32_t k = 0; k < call->count; k++)
			one[k] = (call->fn->params[k] & P_LIST) != 0
				     ? args[k]
				     : element(&args[k], i);
		rc = call_once(r, call, one, &items[i]);
		if (rc == 0 && items[i].type == EXPR_LIST)
			rc = run_fail(r, "type-mismatch",
			    "%s gives a list for each value of a list",
			    call->fn->name);
	}
	*out = make_list(items, n);
	return rc;
}

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
eval_call(struct run *r, const struct node *call, struct expr_value *out)
{
	UNCLEARED struct expr_value args[MAX_PARAMS];
	uint32_t n = 0;
	int rc;

	if (call->fn->lazy != NULL)
		return call->fn->lazy(r, call, out);
	for (uint32_t i = 0; i < call->count; i++) {
		if ((rc = eval(r, call->kids[i], &args[i])) != 0)
			return rc;
		if ((call->fn->params[i] & P_LIST) != 0 &&
		    (rc = list_clean(r, &args[i])) != 0)
			return rc;
	}
	r->at = call->at;
	rc = lift_length(r, args, call->fn->params, call->count, &n);
	if (rc != 0)
		return rc;
	return n == 0 ? call_once(r, call, args, out)
		      : call_each(r, call, args, n, out);
}

/* ---- Leaves ---- */

static void
read_attribute(struct run *r, const struct attrs *from, uint32_t name,
    struct expr_value *out)
{
	const struct attr *a = from == NULL ? NULL : attrs_find(from, name);

	if (a == NULL || a->count == 0) {
		*out = make_null();
	} else if (a->count == 1 && (r->in->is_list == NULL ||
					!r->in->is_list(r->in->ctx, name))) {
		*out = expr_of_value(&a->values[0]);
	} else {
		*out = (struct expr_value){.type = EXPR_LIST,
		    .count = a->count,
		    .raw = true,
		    .values = a->values};
	}
}

static int
eval_parameter(struct run *r, const struct node *n, struct expr_value *out)
{
	struct text t;

	if (r->in->parameter == NULL ||
	    !r->in->parameter(r->in->ctx, n->value.text, &t))
		return run_fail(r, "unknown-parameter",
		    "parameter %%%.*s%% has no value here",
		    TEXT_ARGS(n->value.text));
	*out = make_string(t);
	return 0;
}

int
lazy_imported_value(
    struct run *r, const struct node *call, struct expr_value *out)
{
	read_attribute(r,
	    r->in->imported != NULL ? r->in->imported : r->in->attrs,
	    call->name, out);
	return 0;
}

int
lazy_value_count(struct run *r, const struct node *call, struct expr_value *out)
{
	struct expr_value v;

	read_attribute(r, r->in->attrs, call->name, &v);
	*out = make_number(list_count(&v));
	return 0;
}

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
eval_node(struct run *r, const struct node *n, struct expr_value *out)
{
	int rc = run_step(r, 1);

	if (rc != 0)
		return rc;
	r->at = n->at;
	switch (n->kind) {
	case NODE_CONSTANT:
		*out = n->value;
		return 0;
	case NODE_ATTRIBUTE:
		read_attribute(r, r->in->attrs, n->name, out);
		return 0;
	case NODE_DN:
		read_attribute(r, r->in->attrs, n->name, out);
		if (out->type == EXPR_NULL && r->in->dn.len > 0)
			*out = make_string(r->in->dn);
		return 0;
	case NODE_PARAMETER:
		return eval_parameter(r, n, out);
	case NODE_VARIABLE:
		assert(r->vars != NULL);
		*out = r->vars[n->slot];
		return 0;
	case NODE_NEGATE:
		return eval_negate(r, n, out);
	case NODE_CHAIN:
		return eval_chain(r, n, out);
	case NODE_CALL:
		return eval_call(r, n, out);
	}
	return run_fail(r, "limit", "unknown part of an expression");
}

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
eval_told(struct run *r, const struct node *n, struct expr_value *out)
{
	const struct expr_trace *trace = r->in->trace;
	struct text source = r->expr->source;
	struct expr_step step = {.depth = r->depth};
	int rc;

	r->depth++;
	rc = eval_node(r, n, out);
	r->depth--;
	if (n->kind == NODE_CONSTANT)
		return rc;
	step.from = expr_position(source, n->from);
	step.to = expr_position(source, n->to) - 1;
	step.source = (struct text){source.data + n->from, n->to - n->from};
	if (rc == 0) {
		step.value = *out;
	} else {
		step.error = rc == ERR_NOMEM || r->e == NULL ? "" : r->e->type;
		step.message = r->e == NULL ? "" : r->e->text;
	}
	trace->step(trace->ctx, &step);
	return rc;
}

int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
eval(struct run *r, const struct node *n, struct expr_value *out)
{
	return r->in->trace == NULL ? eval_node(r, n, out)
				    : eval_told(r, n, out);
}

int
expr_run(const struct expr *x, const struct expr_input *in, struct arena *a,
    struct expr_value *out, size_t *out_position, struct err *e)
{
	UNCLEARED struct expr_value v;
	struct run r = {.in = in, .arena = a, .e = e, .expr = x};
	int rc = 0;

	v.type = EXPR_NULL;
	if (x->var_count > 0 && (r.vars = run_items(&r, x->var_count)) == NULL)
		rc = run_nomem(&r);
	if (rc == 0)
		rc = eval(&r, x->root, &v);
	if (rc == 0)
		rc = list_clean(&r, &v);
	if (rc != 0) {
		if (out_position != NULL)
			*out_position = expr_position(x->source, r.at);
		return rc;
	}
	*out = v;
	return 0;
}
