/* rules/fim/fn.c -- function trees of FIM's synchronisation rules to
 * expressions (docs/engine/formats.md 5.5). */
#include "expr/expr.h"
#include "rules/fim/fim_int.h"

static const struct {
	const char *from, *to;
} renamed[] = {
    {"UpperCase", "UCase"},
    {"LowerCase", "LCase"},
    {"ProperCase", "PCase"},
    {"LeftPad", "PadLeft"},
    {"RightPad", "PadRight"},
    {"ReplaceString", "Replace"},
    {"DateTimeFormat", "FormatDateTime"},
    {"ConvertSidToString", "StringFromSid"},
    {"ConvertStringToGuid", "CGuid"},
    {"Length", "Len"},
};

static const struct {
	const char *from, *to;
} infix[] = {
    {"+", " & "},
    {"Concatenate", " & "},
    {"Eq", " = "},
    {"NotEquals", " <> "},
    {"LessThan", " < "},
    {"LessThanOrEquals", " <= "},
    {"GreaterThan", " > "},
    {"GreaterThanOrEquals", " >= "},
    {"And", " && "},
    {"Or", " || "},
};

static const char *
infix_of(struct text id)
{
	for (size_t i = 0; i < sizeof(infix) / sizeof(*infix); i++)
		if (text_is_nocase(id, infix[i].from))
			return infix[i].to;
	return NULL;
}

/* Our name for a function; NULL: we have none like it. */
static const char *
name_of(struct text id)
{
	for (size_t i = 0; i < sizeof(renamed) / sizeof(*renamed); i++)
		if (text_is_nocase(id, renamed[i].from))
			return renamed[i].to;
	for (size_t i = 0; i < expr_function_count(); i++)
		if (text_is_nocase(id, expr_function_at(i).name))
			return expr_function_at(i).name;
	return NULL;
}

static bool
is_number(struct text t)
{
	int64_t n;

	return text_to_int64(t, &n) == 0;
}

/* "a text", 12, true, or an attribute. */
static void
put_leaf(struct text t, struct buf *out)
{
	if (t.len >= 2 && t.data[0] == '"' && t.data[t.len - 1] == '"') {
		buf_putc(out, '"');
		for (size_t i = 1; i + 1 < t.len; i++) {
			if (t.data[i] == '"')
				buf_putc(out, '"');
			buf_putc(out, t.data[i]);
		}
		buf_putc(out, '"');
	} else if (is_number(t)) {
		buf_text_add(out, t);
	} else if (text_is_nocase(t, "true") || text_is_nocase(t, "false")) {
		buf_puts(out, text_is_nocase(t, "true") ? "True" : "False");
	} else if (text_is_nocase(t, "null")) {
		buf_puts(out, "NULL");
	} else {
		buf_putc(out, '[');
		buf_text_add(out, t);
		buf_putc(out, ']');
	}
}

// NOLINTBEGIN(misc-no-recursion): at most FIM_MAX_DEPTH

static bool put_fn(
    struct fim *m, const struct xml_node *fn, unsigned depth, struct buf *out);

static bool
put_args(struct fim *m, const struct xml_node *fn, const char *between,
    unsigned depth, struct buf *out)
{
	const struct xml_node *arg = xml_child(fn, "arg");
	bool first = true;

	for (; arg != NULL; arg = xml_next(arg, "arg")) {
		const struct xml_node *inner = xml_child(arg, "fn");

		buf_puts(out, first ? "" : between);
		first = false;
		if (inner == NULL)
			put_leaf(xml_text(arg), out);
		else if (!put_fn(m, inner, depth + 1, out))
			return false;
	}
	return true;
}

static bool
put_call(
    struct fim *m, const struct xml_node *fn, unsigned depth, struct buf *out)
{
	struct text id = xml_attr(fn, "id");
	const char *name = name_of(id);
	bool good;

	if (name == NULL) {
		fim_manual(m, fn, m->target,
		    "<fn> \"%.*s\" is a function that is not known here",
		    TEXT_ARGS(id));
		return false;
	}
	buf_printf(out, "%s(", name);
	good = put_args(m, fn, ",", depth, out);
	buf_putc(out, ')');
	return good;
}

static bool
put_fn(
    struct fim *m, const struct xml_node *fn, unsigned depth, struct buf *out)
{
	struct text id = xml_attr(fn, "id");
	const char *op = infix_of(id);
	bool good;

	if (depth > FIM_MAX_DEPTH ||
	    vendor_is_true(xml_attr(fn, "isCustomExpression"))) {
		fim_manual(m, fn, m->target,
		    "<fn> \"%.*s\" %s: write it by hand", TEXT_ARGS(id),
		    depth > FIM_MAX_DEPTH ? "is too deep"
					  : "is an expression of its own");
		return false;
	}
	if (text_is_nocase(id, "Null") || text_is_nocase(id, "CRLF")) {
		buf_puts(out, text_is_nocase(id, "Null") ? "NULL" : "CRLF");
		return true;
	}
	if (op == NULL && !text_is_nocase(id, "Not"))
		return put_call(m, fn, depth, out);
	buf_putc(out, '(');
	good = put_args(m, fn, op == NULL ? "" : op, depth, out);
	buf_puts(out, op == NULL ? " = False)" : ")");
	return good;
}

// NOLINTEND(misc-no-recursion)

/* What was put together must be an expression. */
static bool
compiles(struct fim *m, const struct xml_node *fn, struct text t)
{
	struct expr_scope scope = {.names = m->v->names};
	const struct expr *x;
	struct err e = {0};

	if (expr_compile(&scope, t, m->a, &x, NULL, &e) == 0)
		return true;
	fim_manual(m, fn, m->target,
	    "<fn> gives %.*s, which is no "
	    "expression: %s",
	    t.len < 200 ? (int)t.len : 200, t.data, e.text);
	return false;
}

bool
fim_fn_text(struct fim *m, const struct xml_node *fn, struct buf *out)
{
	if (!put_fn(m, fn, 0, out))
		return false;
	if (buf_error(out) < 0) {
		m->v->failed = buf_error(out) == ERR_NOMEM ? ERR_NOMEM : 0;
		return false;
	}
	return compiles(m, fn, buf_text(out));
}
