/* expr/parser.c -- tokens to the compiled form, by the grammar of three
 * levels, each read left to right
 * (docs/engine/expressions.md 1). */
#include <assert.h>
#include <stdlib.h>

#include "expr/expr_int.h"

struct list {
	struct node **items;
	uint32_t count;
	uint32_t size;
};

struct parser {
	struct lexer lexer;
	struct token token; /* the next, not yet taken */
	const struct expr_scope *scope;
	struct arena *arena;
	struct err *e;
	size_t fault;
	size_t end; /* of the token taken last */
	unsigned depth;
	unsigned nodes;
	struct text vars[EXPR_MAX_VARS];
	uint32_t var_count;
	uint32_t var_most;
	uint32_t *attributes;
	size_t attribute_count;
	size_t attribute_size;
	const char *warning;
	bool random;
};

static int parse_expression(struct parser *p, struct node **out);

static int
fault(struct parser *p, size_t at, const char *class, const char *what)
{
	p->fault = at;
	return err_type(p->e, ERR_SYNTAX, class, "%s", what);
}

/* "unknown-function" is "unknown function" to a person. */
static int
fault_name(struct parser *p, size_t at, const char *class, struct text name)
{
	const char *dash = strchr(class, '-');
	int before = dash == NULL ? (int)strlen(class) : (int)(dash - class);

	p->fault = at;
	return err_type(p->e, ERR_RULE, class, "%.*s%s%s \"%.*s\"", before,
	    class, dash == NULL ? "" : " ", dash == NULL ? "" : dash + 1,
	    TEXT_ARGS(name));
}

static int
fault_mismatch(struct parser *p, size_t at, const char *what)
{
	p->fault = at;
	return err_type(p->e, ERR_RULE, "type-mismatch", "%s", what);
}

static int
advance(struct parser *p)
{
	int r;

	p->end = p->lexer.pos;
	r = lexer_next(&p->lexer, &p->token);
	if (r < 0)
		p->fault = p->lexer.fault;
	return r;
}

static struct node *
node_new(struct parser *p, enum node_kind kind, size_t at)
{
	struct node *n = NULL;

	if (++p->nodes <= EXPR_MAX_NODES)
		n = arena_alloc(p->arena, sizeof(*n));
	if (n == NULL)
		return NULL;
	n->kind = kind;
	n->at = n->from = (uint32_t)at;
	return n;
}

static int
out_of_nodes(struct parser *p)
{
	if (p->nodes <= EXPR_MAX_NODES)
		return ERR_NOMEM;
	return fault(p, p->token.at, "limit", "expression with too many parts");
}

static int
list_push(struct parser *p, struct list *l, struct node *n)
{
	if (l->count == l->size) {
		uint32_t size = l->size == 0 ? 4 : l->size * 2;
		struct node **items =
		    arena_array(p->arena, size, sizeof(struct node *));

		if (items == NULL)
			return ERR_NOMEM;
		if (l->count > 0)
			memcpy(
			    items, l->items, l->count * sizeof(struct node *));
		l->items = items;
		l->size = size;
	}
	l->items[l->count++] = n;
	return 0;
}

static void
take_list(struct node *n, const struct list *l)
{
	n->kids = (const struct node *const *)l->items;
	n->count = l->count;
}

/* ---- Names ---- */

static int
note_attribute(struct parser *p, uint32_t name)
{
	if (p->attribute_count == p->attribute_size) {
		size_t size =
		    p->attribute_size == 0 ? 8 : p->attribute_size * 2;
		uint32_t *more = arena_array(p->arena, size, sizeof(*more));

		if (more == NULL)
			return ERR_NOMEM;
		if (p->attribute_count > 0)
			memcpy(more, p->attributes,
			    p->attribute_count * sizeof(*more));
		p->attributes = more;
		p->attribute_size = size;
	}
	p->attributes[p->attribute_count++] = name;
	return 0;
}

static int
resolve_attribute(
    struct parser *p, size_t at, struct text text, uint32_t *out_name)
{
	int r = names_intern(p->scope->names, text, out_name);

	if (r == ERR_NOMEM)
		return err_set(p->e, r, "out of memory");
	if (r < 0)
		return fault(p, at, "syntax",
		    text.len == 0 || text.len > NAME_MAX_LEN
			? "empty or over-long name"
			: "a name that cannot be kept");
	if (!text_is(text, "dn") && p->scope->attribute != NULL &&
	    !p->scope->attribute(p->scope->ctx, *out_name))
		return fault_name(p, at, "unknown-attribute", text);
	return note_attribute(p, *out_name);
}

static const struct {
	const char *name;
	struct expr_value value;
} constants[] = {
    {"NULL", {.type = EXPR_NULL}},
    {"True", {.type = EXPR_BOOLEAN, .boolean = true}},
    {"False", {.type = EXPR_BOOLEAN, .boolean = false}},
    {"CRLF", {.type = EXPR_STRING, .text = {"\r\n", 2}}},
    {"IgnoreThisFlow", {.type = EXPR_IGNORE}},
    {"AuthoritativeNull", {.type = EXPR_AUTH_NULL}},
    {"CaseInsensitive", {.type = EXPR_WORD, .text = {"CaseInsensitive", 15}}},
    {"CaseSensitive", {.type = EXPR_WORD, .text = {"CaseSensitive", 13}}},
    {"vbTextCompare", {.type = EXPR_WORD, .text = {"vbTextCompare", 13}}},
    {"vbBinaryCompare", {.type = EXPR_WORD, .text = {"vbBinaryCompare", 15}}},
    {"Unicode", {.type = EXPR_WORD, .text = {"Unicode", 7}}},
    {"ASCII", {.type = EXPR_WORD, .text = {"ASCII", 5}}},
    {"UTF8", {.type = EXPR_WORD, .text = {"UTF8", 4}}},
    {"DC", {.type = EXPR_WORD, .text = {"DC", 2}}},
};

static int
parse_constant(struct parser *p, const struct token *name, struct node *n)
{
	for (size_t i = 0; i < sizeof(constants) / sizeof(*constants); i++)
		if (text_is(name->text, constants[i].name)) {
			n->value = constants[i].value;
			return 0;
		}
	p->fault = name->at;
	return err_type(p->e, ERR_SYNTAX, "syntax",
	    "\"%.*s\" is neither a constant nor called with ()",
	    TEXT_ARGS(name->text));
}

static int
parse_variable(struct parser *p, struct node *n)
{
	n->kind = NODE_VARIABLE;
	for (uint32_t i = p->var_count; i > 0; i--)
		if (text_equal(p->vars[i - 1], p->token.text)) {
			n->slot = i - 1;
			return 0;
		}
	return fault_name(p, n->at, "unknown-variable", p->token.text);
}

static int
parse_parameter(struct parser *p, struct node *n)
{
	n->kind = NODE_PARAMETER;
	n->value = make_string(text_dup(p->arena, p->token.text));
	if (n->value.text.data == NULL)
		return ERR_NOMEM;
	if (p->scope->parameter != NULL &&
	    !p->scope->parameter(p->scope->ctx, p->token.text))
		return fault_name(p, n->at, "unknown-parameter", p->token.text);
	return 0;
}

static int
parse_attribute(struct parser *p, struct node *n)
{
	n->kind = text_is(p->token.text, "dn") ? NODE_DN : NODE_ATTRIBUTE;
	return resolve_attribute(p, n->at, p->token.text, &n->name);
}

/* ---- Calls ---- */

static int
expect(struct parser *p, enum token_kind kind, const char *what)
{
	if (p->token.kind != kind)
		return fault(p, p->token.at, "syntax", what);
	return advance(p);
}

/* ImportedValue("name"), ValueCount("name"). */
static int
parse_quoted(struct parser *p, struct node *call)
{
	int r;

	if (p->token.kind != TOKEN_STRING || p->token.text.len == 0)
		return fault_mismatch(
		    p, p->token.at, "an attribute name in quotes is wanted");
	r = resolve_attribute(p, p->token.at, p->token.text, &call->name);
	return r < 0 ? r : advance(p);
}

/* "$v," of With, Select, Where; the variable is not yet seen. */
static int
parse_binding(struct parser *p, struct text *out_var)
{
	if (p->token.kind != TOKEN_VARIABLE)
		return fault(
		    p, p->token.at, "syntax", "a variable ($name) is wanted");
	if (p->var_count == EXPR_MAX_VARS)
		return fault(p, p->token.at, "limit", "too many variables");
	*out_var = p->token.text;
	if (advance(p) < 0)
		return ERR_SYNTAX;
	return expect(p, TOKEN_COMMA, "a comma is wanted");
}

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
parse_arguments(struct parser *p, struct node *call, struct text var)
{
	struct list kids = {0};
	struct node *kid = NULL;
	int r = 0;

	while (p->token.kind != TOKEN_CLOSE || kids.count > 0) {
		if (var.data != NULL && kids.count == 1) {
			call->slot = p->var_count;
			p->vars[p->var_count++] = var;
			if (p->var_most < p->var_count)
				p->var_most = p->var_count;
		}
		if ((r = parse_expression(p, &kid)) < 0 ||
		    (r = list_push(p, &kids, kid)) < 0)
			return r;
		if (p->token.kind != TOKEN_COMMA)
			break;
		if ((r = advance(p)) < 0)
			return r;
	}
	if (var.data != NULL && kids.count > 1)
		p->var_count--;
	take_list(call, &kids);
	return 0;
}

static int
check_arity(struct parser *p, const struct node *call)
{
	const struct function *f = call->fn;
	unsigned n = call->count + (f->form == FORM_BINDS ? 1 : 0) +
		     (f->form == FORM_ATTRIBUTE ? 1 : 0);

	if (n >= f->min_args && n <= f->max_args &&
	    (f->max_args != UINT32_MAX || n % 2 == 0))
		return 0;
	p->fault = call->at;
	return err_type(p->e, ERR_RULE, "arity",
	    "%s takes %s arguments: %s(%s)", f->name,
	    n < f->min_args ? "more" : "fewer or paired", f->name,
	    f->arguments);
}

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
parse_call(struct parser *p, const struct token *name, struct node *call)
{
	struct text var = {0};
	int r;

	call->kind = NODE_CALL;
	call->fn = function_find(name->text);
	if (call->fn == NULL)
		return fault_name(p, name->at, "unknown-function", name->text);
	if (call->fn->alias_of != NULL) {
		p->warning = "a misspelt function name is read as the right "
			     "one (InStrRev, Guid, RandomNum)";
		call->fn = function_find(text_of(call->fn->alias_of));
	}
	if (call->fn->call == fn_guid || call->fn->call == fn_random_num)
		p->random = true;
	if ((r = advance(p)) < 0) /* the parenthesis */
		return r;
	if (call->fn->form == FORM_ATTRIBUTE)
		r = parse_quoted(p, call);
	else if (call->fn->form == FORM_BINDS)
		r = parse_binding(p, &var);
	if (r == 0 && call->fn->form != FORM_ATTRIBUTE)
		r = parse_arguments(p, call, var);
	if (r == 0)
		r = expect(p, TOKEN_CLOSE, "a comma or ) is wanted");
	return r < 0 ? r : check_arity(p, call);
}

/* ---- The grammar ---- */

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
parse_name(struct parser *p, struct node *n)
{
	struct token name = p->token;
	int r = advance(p);

	if (r < 0)
		return r;
	if (p->token.kind == TOKEN_OPEN)
		return parse_call(p, &name, n);
	return parse_constant(p, &name, n);
}

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
parse_parens(struct parser *p, struct node **out)
{
	int r = advance(p);

	if (r == 0)
		r = parse_expression(p, out);
	return r < 0 ? r : expect(p, TOKEN_CLOSE, "a ) is wanted");
}

static int
parse_literal(struct parser *p, bool negative, struct node *n)
{
	uint64_t u = p->token.number;

	if (p->token.kind == TOKEN_STRING) {
		n->value = make_string(p->token.text);
		return 0;
	}
	if (u > (uint64_t)INT64_MAX && !negative)
		return fault(p, n->at, "syntax", "number needs over 64 bits");
	n->value = make_number((int64_t)(negative ? 0 - u : u));
	return 0;
}

/* A part of one token. */
static int
parse_leaf(struct parser *p, bool negative, struct node *n)
{
	int r;

	if (p->token.kind == TOKEN_NUMBER || p->token.kind == TOKEN_STRING)
		r = parse_literal(p, negative, n);
	else if (p->token.kind == TOKEN_ATTRIBUTE)
		r = parse_attribute(p, n);
	else if (p->token.kind == TOKEN_PARAMETER)
		r = parse_parameter(p, n);
	else if (p->token.kind == TOKEN_VARIABLE)
		r = parse_variable(p, n);
	else if (p->token.kind == TOKEN_END)
		r = fault(p, n->at, "syntax", "the expression ends too early");
	else
		r = fault(p, n->at, "syntax", "a value is wanted here");
	return r < 0 ? r : advance(p);
}

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
parse_single(struct parser *p, bool negative, struct node **out)
{
	struct node *n;
	int r;

	*out = n = node_new(p, NODE_CONSTANT, p->token.at);
	if (n == NULL)
		return out_of_nodes(p);
	r = p->token.kind == TOKEN_NAME ? parse_name(p, n)
					: parse_leaf(p, negative, n);
	n->to = (uint32_t)p->end;
	return r;
}

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
parse_primary(struct parser *p, bool negative, struct node **out)
{
	if (p->token.kind == TOKEN_OPEN)
		return parse_parens(p, out);
	return parse_single(p, negative, out);
}

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
parse_unary(struct parser *p, struct node **out)
{
	struct node *minus = NULL;
	struct list kids = {0};
	bool number;
	int r;

	if (p->token.kind != TOKEN_OPERATOR || p->token.op != OP_SUB)
		return parse_primary(p, false, out);
	if ((minus = node_new(p, NODE_NEGATE, p->token.at)) == NULL)
		return out_of_nodes(p);
	if ((r = advance(p)) < 0)
		return r;
	number = p->token.kind == TOKEN_NUMBER;
	r = parse_primary(p, number, out);
	if (r < 0 || number)
		return r;
	r = list_push(p, &kids, *out);
	take_list(minus, &kids);
	minus->to = (uint32_t)p->end;
	*out = minus;
	return r;
}

static unsigned level_of(enum operator op)
{
	if (op == OP_AND || op == OP_OR)
		return 0;
	return op >= OP_EQ && op <= OP_GE ? 1 : 2;
}

static int
// NOLINTNEXTLINE(misc-no-recursion): three levels, then EXPR_MAX_DEPTH
parse_level(struct parser *p, unsigned level, struct node **out)
{
	struct list kids = {0};
	struct node *kid = NULL;
	enum operator op = OP_NONE, first = OP_NONE;
	size_t from = p->token.at;
	int r;

	for (;;) {
		r = level == 2 ? parse_unary(p, &kid)
			       : parse_level(p, level + 1, &kid);
		if (r < 0)
			return r;
		if (kids.count > 0)
			kid->op = op;
		if ((r = list_push(p, &kids, kid)) < 0)
			return r;
		if (p->token.kind != TOKEN_OPERATOR ||
		    level_of(p->token.op) != level)
			break;
		op = p->token.op;
		if (level == 0 && first != OP_NONE && op != first)
			p->warning = "&& and || in one row are read from left "
				     "to right: parentheses make it clear";
		first = first == OP_NONE ? op : first;
		if ((r = advance(p)) < 0)
			return r;
	}
	*out = kids.items[0];
	if (kids.count == 1)
		return 0;
	if ((*out = node_new(p, NODE_CHAIN, kids.items[0]->at)) == NULL)
		return out_of_nodes(p);
	(*out)->from = (uint32_t)from;
	(*out)->to = (uint32_t)p->end;
	take_list(*out, &kids);
	return 0;
}

static int
// NOLINTNEXTLINE(misc-no-recursion): EXPR_MAX_DEPTH
parse_expression(struct parser *p, struct node **out)
{
	int r;

	if (++p->depth > EXPR_MAX_DEPTH)
		return fault(p, p->token.at, "limit", "nested too deep");
	r = parse_level(p, 0, out);
	p->depth--;
	return r;
}

/* ---- The whole ---- */

static int
compare_names(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
sort_attributes(struct parser *p, struct expr *x)
{
	size_t n = 0;

	if (p->attribute_count == 0)
		return;
	qsort(
	    p->attributes, p->attribute_count, sizeof(uint32_t), compare_names);
	for (size_t i = 0; i < p->attribute_count; i++)
		if (n == 0 || p->attributes[n - 1] != p->attributes[i])
			p->attributes[n++] = p->attributes[i];
	x->attributes = p->attributes;
	x->attribute_count = n;
}

static int
parse_all(struct parser *p, struct expr *x)
{
	struct node *root = NULL;
	int r;

	if (x->source.len > EXPR_MAX_SOURCE)
		return fault(p, 0, "limit", "expression over 65536 bytes");
	if (!text_is_utf8(x->source))
		return fault(p, 0, "syntax", "expression that is not UTF-8");
	if ((r = advance(p)) < 0 || (r = parse_expression(p, &root)) < 0)
		return r;
	assert(root != NULL);
	if (p->token.kind != TOKEN_END)
		return fault(p, p->token.at, "syntax",
		    p->token.kind == TOKEN_CLOSE ? "a ) too many"
						 : "an operator is wanted");
	x->root = root;
	x->warning = p->warning;
	x->random = p->random;
	x->var_count = p->var_most;
	sort_attributes(p, x);
	return expr_check(&(struct check){.source = x->source,
			      .arena = p->arena,
			      .e = p->e,
			      .fault = &p->fault,
			      .warning = &x->warning},
	    root);
}

size_t
expr_position(struct text source, size_t at)
{
	size_t pos = 0, n = 1;

	while (pos < at && pos < source.len) {
		(void)utf8_next(source, &pos);
		n++;
	}
	return n;
}

int
expr_compile(const struct expr_scope *scope, struct text source,
    struct arena *a, const struct expr **out, size_t *out_position,
    struct err *e)
{
	struct expr *x = arena_alloc(a, sizeof(*x));
	struct parser *p = arena_alloc(a, sizeof(*p));
	int r;

	if (x == NULL || p == NULL ||
	    (x->source = text_dup(a, source)).data == NULL)
		return err_set(e, ERR_NOMEM, "no memory for an expression");
	*p = (struct parser){.scope = scope, .arena = a, .e = e};
	p->lexer = (struct lexer){.source = x->source, .arena = a, .e = e};
	r = parse_all(p, x);
	if (r == ERR_NOMEM)
		return err_set(e, ERR_NOMEM, "no memory for an expression");
	if (r < 0) {
		if (out_position != NULL)
			*out_position = expr_position(source, p->fault);
		return r;
	}
	*out = x;
	return 0;
}

const uint32_t *
expr_attributes(const struct expr *x, size_t *out_count)
{
	*out_count = x->attribute_count;
	return x->attributes;
}

const char *
expr_warning(const struct expr *x)
{
	return x->warning;
}

bool
expr_is_stable(const struct expr *x)
{
	return !x->random;
}

uint32_t
expr_is_attribute(const struct expr *x)
{
	return x->root->kind == NODE_ATTRIBUTE ? x->root->name : 0;
}
