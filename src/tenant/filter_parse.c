/* tenant/filter_parse.c -- the grammar of $filter; see filter.h. */
#include "base/clock.h"
#include "base/fold.h"
#include "tenant/emit.h"
#include "tenant/filter_int.h"

struct parser {
	struct arena *a;
	const struct entity_info *info;
	const char *s, *end;
	unsigned depth, terms;
	struct text variable; /* inside any(): its name */
	const struct prop *any_prop;
	struct text start; /* the whole, for messages */
	struct err *e;
};

static int parse_or(struct parser *p, struct filter **out_f);

static int
fail(struct parser *p, int code, const char *what)
{
	return err_set(p->e, code, "%s at position %zu", what,
	    (size_t)(p->s - p->start.data));
}

static void
skip_blanks(struct parser *p)
{
	while (p->s < p->end && (*p->s == ' ' || *p->s == '\t'))
		p->s++;
}

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.' ||
	       c == ':' || c == '+';
}

/* The word at the place, not yet taken; empty at a sign. */
static struct text
peek_word(struct parser *p)
{
	const char *q;

	skip_blanks(p);
	q = p->s;
	/* A colon ends the variable of any(x:...), and is within a time. */
	while (q < p->end && is_word(*q) &&
	       (*q != ':' || (q > p->s && q[-1] >= '0' && q[-1] <= '9')))
		q++;
	return (struct text){p->s, (size_t)(q - p->s)};
}

static bool
take_word(struct parser *p, const char *word)
{
	struct text w = peek_word(p);

	if (!text_is_nocase(w, word))
		return false;
	p->s += w.len;
	return true;
}

static bool
take_sign(struct parser *p, char c)
{
	skip_blanks(p);
	if (p->s >= p->end || *p->s != c)
		return false;
	p->s++;
	return true;
}

static int
new_node(struct parser *p, enum filter_op op, struct filter **out_f)
{
	struct filter *f = arena_alloc(p->a, sizeof(*f));

	*out_f = f;
	if (f == NULL)
		return ERR_NOMEM;
	f->op = op;
	return ++p->terms > FILTER_MAX_TERMS
		   ? fail(p, ERR_LIMIT, "too many terms")
		   : 0;
}

static int
parse_string(struct parser *p, struct filter_literal *l)
{
	char *s = arena_alloc(p->a, (size_t)(p->end - p->s) + 1);
	size_t n = 0;

	if (s == NULL)
		return ERR_NOMEM;
	for (p->s++; p->s < p->end; p->s++) {
		if (*p->s == '\'') {
			if (p->s + 1 >= p->end || p->s[1] != '\'')
				break;
			p->s++;
		}
		s[n++] = *p->s;
	}
	if (p->s >= p->end)
		return fail(p, ERR_SYNTAX, "a text without its end");
	p->s++;
	l->type = FV_STRING;
	l->text = (struct text){s, n};
	return fold_text(p->a, l->text, &l->folded);
}

static int
parse_literal(struct parser *p, struct filter_literal **out_l)
{
	struct filter_literal *l = arena_alloc(p->a, sizeof(*l));
	struct text w;

	if (l == NULL)
		return ERR_NOMEM;
	if (++p->terms > FILTER_MAX_TERMS)
		return fail(p, ERR_LIMIT, "too many terms");
	*out_l = l;
	skip_blanks(p);
	if (p->s < p->end && *p->s == '\'')
		return parse_string(p, l);
	w = peek_word(p);
	if (text_is_nocase(w, "true") || text_is_nocase(w, "false")) {
		l->type = FV_BOOLEAN;
		l->boolean = text_is_nocase(w, "true");
	} else if (text_is_nocase(w, "null")) {
		l->type = FV_NULL;
	} else if (clock_parse(w, &l->ms) == 0) {
		l->type = FV_DATE;
	} else {
		return fail(p, ERR_SYNTAX, "a value is expected");
	}
	l->text = w;
	p->s += w.len;
	return 0;
}

/* The value must be one that the property can have. */
static int
check_type(struct parser *p, const struct filter *f)
{
	const struct prop *prop = f->sub != NULL ? f->sub : f->prop;
	const struct filter_literal *l = f->values;

	for (; l != NULL; l = l->next) {
		bool fits = l->type == FV_NULL;

		if (prop->type == PROP_STRING || prop->type == PROP_STRINGS)
			fits = fits || l->type == FV_STRING;
		else if (prop->type == PROP_BOOLEAN)
			fits = fits || l->type == FV_BOOLEAN;
		else if (prop->type == PROP_DATE)
			fits = fits || l->type == FV_DATE;
		if (!fits)
			return err_set(p->e, ERR_SYNTAX,
			    "a value of another type than property '%s' has",
			    prop->name);
	}
	return 0;
}

/* A directory extension: a text, by the name that was written. */
static const struct prop *
extension_prop(struct parser *p, struct text name)
{
	struct prop *x;

	if (!extension_is_name(name) || p->info->entity == ENTITY_CONTACT)
		return NULL;
	x = arena_alloc(p->a, sizeof(*x));
	if (x != NULL)
		*x = (struct prop){.name = text_dup(p->a, name).data,
		    .type = PROP_STRING,
		    .flags = P_TEXT,
		    .max = 256};
	return x;
}

/* A property, a path into a structure, or the variable of any(). */
static int
parse_path(struct parser *p, struct filter *f)
{
	struct text w = peek_word(p);

	if (w.len == 0)
		return fail(p, ERR_SYNTAX, "a property is expected");
	if (p->any_prop != NULL) {
		if (!text_equal(w, p->variable))
			return fail(p, ERR_SYNTAX, "another variable");
		f->prop = p->any_prop;
		f->any = true;
		p->s += w.len;
		return 0;
	}
	f->prop = prop_find(p->info, w);
	if (f->prop == NULL)
		f->prop = extension_prop(p, w);
	if (f->prop == NULL)
		return err_set(p->e, ERR_NOENT, "%.*s",
		    (int)(w.len > 128 ? 128 : w.len), w.data);
	if ((f->prop->flags & P_FILTER) == 0)
		return err_set(p->e, ERR_UNSUPPORTED, "%s", f->prop->name);
	p->s += w.len;
	if (f->prop->type != PROP_OBJECT)
		return 0;
	if (!take_sign(p, '/'))
		return err_set(p->e, ERR_UNSUPPORTED, "%s", f->prop->name);
	w = peek_word(p);
	f->sub = prop_sub(f->prop, w);
	if (f->sub == NULL)
		return err_set(p->e, ERR_NOENT, "%.*s",
		    (int)(w.len > 128 ? 128 : w.len), w.data);
	p->s += w.len;
	return 0;
}

/* startswith(path,'x'), endswith(path,'x') */
static int
parse_function(struct parser *p, enum filter_op op, struct filter **out_f)
{
	struct filter *f = NULL;
	int r = new_node(p, op, &f);

	if (r == 0 && !take_sign(p, '('))
		r = fail(p, ERR_SYNTAX, "( is expected");
	if (r == 0)
		r = parse_path(p, f);
	if (r == 0 && !take_sign(p, ','))
		r = fail(p, ERR_SYNTAX, ", is expected");
	if (r == 0)
		r = parse_literal(p, &f->values);
	if (r == 0 && !take_sign(p, ')'))
		r = fail(p, ERR_SYNTAX, ") is expected");
	if (r == 0 && f->values->type != FV_STRING)
		r = fail(p, ERR_SYNTAX, "a text is expected");
	if (r == 0 && (f->prop->flags & P_STARTS) == 0)
		r = err_set(p->e, ERR_UNSUPPORTED, "%s", f->prop->name);
	if (r == 0 && f->prop->type == PROP_STRINGS && !f->any)
		r = err_set(p->e, ERR_UNSUPPORTED, "%s", f->prop->name);
	if (r == 0)
		*out_f = f;
	return r;
}

/* any(x:x eq 'v'), behind "prop/" */
static int
// NOLINTNEXTLINE(misc-no-recursion): FILTER_MAX_DEPTH
parse_any(struct parser *p, const struct prop *prop, struct filter **out_f)
{
	struct text w;
	int r;

	if (p->any_prop != NULL || prop->type != PROP_STRINGS)
		return err_set(p->e, ERR_UNSUPPORTED, "%s", prop->name);
	if (!take_word(p, "any") || !take_sign(p, '('))
		return fail(p, ERR_SYNTAX, "any( is expected");
	w = peek_word(p);
	p->s += w.len;
	if (w.len == 0 || !take_sign(p, ':'))
		return fail(p, ERR_SYNTAX, "a variable is expected");
	p->variable = w;
	p->any_prop = prop;
	r = parse_or(p, out_f);
	p->any_prop = NULL;
	if (r == 0 && !take_sign(p, ')'))
		r = fail(p, ERR_SYNTAX, ") is expected");
	return r;
}

static int
parse_in(struct parser *p, struct filter *f)
{
	struct filter_literal **tail = &f->values;

	f->op = F_IN;
	if (!take_sign(p, '('))
		return fail(p, ERR_SYNTAX, "( is expected");
	do {
		int r = parse_literal(p, tail);

		if (r != 0)
			return r;
		tail = &(*tail)->next;
	} while (take_sign(p, ','));
	return take_sign(p, ')') ? 0 : fail(p, ERR_SYNTAX, ") is expected");
}

static int
parse_operator(struct parser *p, struct filter *f)
{
	static const struct {
		const char *word;
		enum filter_op op;
	} ops[] = {{"eq", F_EQ}, {"ne", F_NE}, {"ge", F_GE}, {"gt", F_GT},
	    {"le", F_LE}, {"lt", F_LT}};

	for (size_t i = 0; i < sizeof(ops) / sizeof(ops[0]); i++) {
		if (!take_word(p, ops[i].word))
			continue;
		f->op = ops[i].op;
		if (f->op >= F_GE && (f->prop->flags & P_ORDER) == 0)
			return err_set(
			    p->e, ERR_UNSUPPORTED, "%s", f->prop->name);
		return parse_literal(p, &f->values);
	}
	if (take_word(p, "in"))
		return parse_in(p, f);
	return fail(p, ERR_SYNTAX, "an operator is expected");
}

static int
// NOLINTNEXTLINE(misc-no-recursion): FILTER_MAX_DEPTH
parse_comparison(struct parser *p, struct filter **out_f)
{
	struct filter *f = NULL;
	int r = new_node(p, F_EQ, &f);

	if (r == 0)
		r = parse_path(p, f);
	if (r != 0)
		return r;
	if (f->prop->type == PROP_STRINGS && !f->any) {
		if (!take_sign(p, '/'))
			return err_set(
			    p->e, ERR_UNSUPPORTED, "%s", f->prop->name);
		return parse_any(p, f->prop, out_f);
	}
	r = parse_operator(p, f);
	if (r == 0)
		r = check_type(p, f);
	if (r == 0)
		*out_f = f;
	return r;
}

static int
// NOLINTNEXTLINE(misc-no-recursion): FILTER_MAX_DEPTH
parse_primary(struct parser *p, struct filter **out_f)
{
	struct filter *f = NULL;
	int r;

	if (take_sign(p, '(')) {
		r = parse_or(p, out_f);
		if (r == 0 && !take_sign(p, ')'))
			r = fail(p, ERR_SYNTAX, ") is expected");
		return r;
	}
	if (take_word(p, "startswith"))
		return parse_function(p, F_STARTS, out_f);
	if (take_word(p, "endswith"))
		return parse_function(p, F_ENDS, out_f);
	if (!take_word(p, "not"))
		return parse_comparison(p, out_f);
	r = new_node(p, F_NOT, &f);
	if (r == 0 && ++p->depth > FILTER_MAX_DEPTH)
		r = fail(p, ERR_LIMIT, "too deep");
	if (r == 0)
		r = parse_primary(p, &f->left);
	p->depth--;
	if (r == 0)
		*out_f = f;
	return r;
}

static int
// NOLINTNEXTLINE(misc-no-recursion): FILTER_MAX_DEPTH
parse_chain(struct parser *p, enum filter_op op, struct filter **out_f)
{
	struct filter *left = NULL, *f = NULL;
	int r =
	    op == F_OR ? parse_chain(p, F_AND, &left) : parse_primary(p, &left);

	while (r == 0 && take_word(p, op == F_OR ? "or" : "and")) {
		r = new_node(p, op, &f);
		if (r != 0)
			break;
		f->left = left;
		r = op == F_OR ? parse_chain(p, F_AND, &f->right)
			       : parse_primary(p, &f->right);
		left = f;
	}
	if (r == 0)
		*out_f = left;
	return r;
}

static int
// NOLINTNEXTLINE(misc-no-recursion): FILTER_MAX_DEPTH
parse_or(struct parser *p, struct filter **out_f)
{
	int r;

	if (++p->depth > FILTER_MAX_DEPTH)
		return fail(p, ERR_LIMIT, "too deep");
	r = parse_chain(p, F_OR, out_f);
	p->depth--;
	return r;
}

int
filter_parse(struct arena *a, struct text in, const struct entity_info *info,
    struct filter **out_f, struct err *e)
{
	struct parser p = {.a = a,
	    .info = info,
	    .s = in.data,
	    .end = in.data + in.len,
	    .start = in,
	    .e = e};
	struct filter *f = NULL;
	int r;

	if (in.len > FILTER_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "a filter of %zu bytes", in.len);
	r = parse_or(&p, &f);
	skip_blanks(&p);
	if (r == 0 && p.s != p.end)
		r = fail(&p, ERR_SYNTAX, "more than one expression");
	if (r == 0)
		*out_f = f;
	return r;
}
