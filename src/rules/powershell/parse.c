/* rules/powershell/parse.c -- tokens to commands with their arguments. */
#include "rules/powershell/powershell_int.h"

static int
advance(struct ps_parser *p, struct err *e)
{
	return ps_next(&p->lexer, &p->token, e);
}

static int
unexpected(const struct ps_parser *p, const char *wanted, struct err *e)
{
	if (p->token.kind == PS_END || p->token.kind == PS_LINE)
		return err_set(e, ERR_SYNTAX,
		    "line %u: the command ends where %s is wanted",
		    p->token.line, wanted);
	return err_set(e, ERR_SYNTAX, "line %u: \"%.*s\" where %s is wanted",
	    p->token.line, TEXT_ARGS(p->token.text), wanted);
}

static bool
begins_value(enum ps_kind kind)
{
	return kind == PS_WORD || kind == PS_TEXT || kind == PS_VARIABLE ||
	       kind == PS_OPEN;
}

static int
skip_lines(struct ps_parser *p, struct err *e)
{
	int rc = 0;

	while (rc == 0 && p->token.kind == PS_LINE)
		rc = advance(p, e);
	return rc;
}

static int
push_value(struct ps_parser *p, struct ps_arg *arg, size_t *size, struct err *e)
{
	struct ps_value *more;

	if (arg->count == PS_MAX_VALUES)
		return err_set(e, ERR_LIMIT, "line %u: over %u values",
		    p->token.line, PS_MAX_VALUES);
	if (arg->count == *size) {
		*size = *size == 0 ? 4 : *size * 2;
		more = arena_array(p->arena, *size, sizeof(*more));
		if (more == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		if (arg->count > 0)
			memcpy(more, arg->values, arg->count * sizeof(*more));
		arg->values = more;
	}
	arg->values[arg->count++] =
	    (struct ps_value){p->token.kind, p->token.text};
	return advance(p, e);
}

/* Behind "@(": values with commas or line ends between them, to ")". */
static int
parse_list(struct ps_parser *p, struct ps_arg *arg, size_t *size, struct err *e)
{
	int rc = advance(p, e);

	while (rc == 0 && p->token.kind != PS_CLOSE) {
		if (p->token.kind == PS_LINE || p->token.kind == PS_COMMA)
			rc = advance(p, e);
		else if (begins_value(p->token.kind) &&
			 p->token.kind != PS_OPEN)
			rc = push_value(p, arg, size, e);
		else
			rc = unexpected(p, "a value or \")\"", e);
	}
	return rc < 0 ? rc : advance(p, e);
}

/* value, value, @(value, value) */
static int
parse_values(struct ps_parser *p, struct ps_arg *arg, struct err *e)
{
	size_t size = 0;
	int rc;

	arg->given = true;
	for (;;) {
		if (p->token.kind == PS_OPEN)
			rc = parse_list(p, arg, &size, e);
		else if (begins_value(p->token.kind))
			rc = push_value(p, arg, &size, e);
		else
			rc = unexpected(p, "a value", e);
		if (rc < 0 || p->token.kind != PS_COMMA)
			return rc;
		if ((rc = advance(p, e)) < 0 || (rc = skip_lines(p, e)) < 0)
			return rc;
	}
}

static int
parse_arg(struct ps_parser *p, struct ps_command *c, struct err *e)
{
	struct ps_arg *arg = p->args + c->count;
	bool colon = p->token.colon;
	int rc;

	if (c->count == PS_MAX_ARGS)
		return err_set(e, ERR_LIMIT,
		    "line %u: a command with over %u arguments", c->line,
		    PS_MAX_ARGS);
	c->count++;
	*arg = (struct ps_arg){.line = p->token.line};
	if (p->token.kind == PS_PARAMETER) {
		arg->name = p->token.text;
		if ((rc = advance(p, e)) < 0)
			return rc;
		if (!colon && !begins_value(p->token.kind))
			return 0; /* a switch */
	}
	return parse_values(p, arg, e);
}

/* "$name =" before a command. */
static int
parse_assign(struct ps_parser *p, struct ps_command *c, struct err *e)
{
	int rc;

	if (p->token.kind != PS_VARIABLE)
		return 0;
	c->assign = p->token.text;
	if ((rc = advance(p, e)) < 0)
		return rc;
	if (p->token.kind != PS_EQUALS)
		return unexpected(p, "\"=\"", e);
	return advance(p, e);
}

int
ps_parser_init(
    struct ps_parser *p, struct arena *a, struct text in, struct err *e)
{
	int rc;

	p->arena = a;
	rc = ps_lexer_init(&p->lexer, a, in);
	return rc < 0 ? err_set(e, rc, "out of memory") : advance(p, e);
}

int
ps_command_next(struct ps_parser *p, struct ps_command *out, struct err *e)
{
	int rc = skip_lines(p, e);

	if (rc < 0 || p->token.kind == PS_END)
		return rc;
	*out = (struct ps_command){.line = p->token.line, .args = p->args};
	if ((rc = parse_assign(p, out, e)) < 0)
		return rc;
	if (p->token.kind != PS_WORD)
		return unexpected(p, "a command", e);
	out->name = p->token.text;
	if (!ps_command_known(out->name))
		return err_set(e, ERR_SYNTAX,
		    "line %u: \"%.*s\" is no part of a rule export; a script "
		    "is read and never run",
		    out->line, TEXT_ARGS(out->name));
	rc = advance(p, e);
	while (rc == 0 && p->token.kind != PS_LINE && p->token.kind != PS_END)
		rc = parse_arg(p, out, e);
	return rc < 0 ? rc : 1;
}
