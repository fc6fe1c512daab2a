/* expr/lexer.c -- the text of an expression to tokens
 * (docs/engine/expressions.md 1). */
#include "expr/expr_int.h"

static int
fault(struct lexer *l, size_t at, const char *what)
{
	l->fault = at;
	return err_type(l->e, ERR_SYNTAX, "syntax", "%s", what);
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool
is_name(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
	       is_digit(c);
}

static int
hex_value(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

static char
peek(const struct lexer *l, size_t ahead)
{
	if (l->pos + ahead >= l->source.len)
		return '\0';
	return l->source.data[l->pos + ahead];
}

static int
lex_decimal(struct lexer *l, struct token *out)
{
	const uint64_t most = (uint64_t)INT64_MAX + 1;

	while (is_digit(peek(l, 0))) {
		unsigned d = (unsigned)(peek(l, 0) - '0');

		if (out->number > (most - d) / 10)
			return fault(l, out->at, "number needs over 64 bits");
		out->number = out->number * 10 + d;
		l->pos++;
	}
	if (is_name(peek(l, 0)))
		return fault(l, l->pos, "letter in a number");
	out->kind = TOKEN_NUMBER;
	return 0;
}

static int
lex_hex(struct lexer *l, struct token *out)
{
	int d;

	l->pos += 2;
	while ((d = hex_value(peek(l, 0))) >= 0) {
		if (out->number >> 59 != 0)
			return fault(l, out->at, "number needs over 64 bits");
		out->number = out->number << 4 | (unsigned)d;
		l->pos++;
	}
	if (is_name(peek(l, 0)))
		return fault(l, l->pos, "letter in a hexadecimal number");
	out->kind = TOKEN_NUMBER;
	return 0;
}

/* One character of a literal; false at its closing quote. */
static bool
literal_char(struct lexer *l, char *c)
{
	*c = peek(l, 0);
	if (*c == '"') {
		if (peek(l, 1) != '"')
			return false;
		l->pos++;
	} else if (*c == '\\' && (peek(l, 1) == '\\' || peek(l, 1) == '"')) {
		l->pos++;
		*c = peek(l, 0);
	}
	l->pos++;
	return true;
}

/* The length of a literal without its quotes and escapes; moves behind it. */
static int
literal_measure(struct lexer *l, size_t *out_len)
{
	char c;

	for (*out_len = 0;; (*out_len)++) {
		if (l->pos >= l->source.len)
			return ERR_SYNTAX;
		if (!literal_char(l, &c))
			break;
	}
	return 0;
}

static int
lex_string(struct lexer *l, struct token *out)
{
	size_t start = ++l->pos, len, n = 0;
	char *p;

	if (literal_measure(l, &len) < 0)
		return fault(l, out->at, "text without an end");
	p = arena_alloc(l->arena, len + 1);
	if (p == NULL)
		return ERR_NOMEM;
	l->pos = start;
	while (n < len && literal_char(l, &p[n]))
		n++;
	l->pos++;
	out->kind = TOKEN_STRING;
	out->text = (struct text){p, n};
	return 0;
}

/* What stands between the opening character and end. */
static int
lex_until(struct lexer *l, char end, enum token_kind kind, struct token *out)
{
	size_t start = ++l->pos;

	while (l->pos < l->source.len && peek(l, 0) != end) {
		if (kind == TOKEN_PARAMETER && is_blank(peek(l, 0)))
			return fault(l, l->pos, "blank in a parameter");
		l->pos++;
	}
	out->kind = kind;
	out->text = (struct text){l->source.data + start, l->pos - start};
	if (l->pos >= l->source.len)
		return fault(l, out->at,
		    kind == TOKEN_ATTRIBUTE ? "attribute without ]"
					    : "parameter without %");
	if (out->text.len == 0 || out->text.len > NAME_MAX_LEN)
		return fault(l, out->at, "empty or over-long name");
	l->pos++;
	return 0;
}

static int
lex_name(struct lexer *l, enum token_kind kind, struct token *out)
{
	size_t start;

	if (kind == TOKEN_VARIABLE)
		l->pos++;
	start = l->pos;
	while (is_name(peek(l, 0)))
		l->pos++;
	out->kind = kind;
	out->text = (struct text){l->source.data + start, l->pos - start};
	if (out->text.len == 0)
		return fault(l, out->at, "$ without a name");
	return 0;
}

static const struct {
	char text[3];
	unsigned char len;
	enum operator op;
} operators[] = {
    {"&&", 2, OP_AND},
    {"||", 2, OP_OR},
    {"<>", 2, OP_NE},
    {"<=", 2, OP_LE},
    {">=", 2, OP_GE},
    {"=", 1, OP_EQ},
    {"<", 1, OP_LT},
    {">", 1, OP_GT},
    {"+", 1, OP_ADD},
    {"-", 1, OP_SUB},
    {"*", 1, OP_MUL},
    {"/", 1, OP_DIV},
    {"&", 1, OP_CONCAT},
};

static int
lex_operator(struct lexer *l, struct token *out)
{
	for (size_t i = 0; i < sizeof(operators) / sizeof(*operators); i++) {
		if (peek(l, 0) != operators[i].text[0] ||
		    (operators[i].len == 2 &&
			peek(l, 1) != operators[i].text[1]))
			continue;
		l->pos += operators[i].len;
		out->kind = TOKEN_OPERATOR;
		out->op = operators[i].op;
		return 0;
	}
	return fault(l, l->pos,
	    (unsigned char)peek(l, 0) >= 0x80
		? "character outside of quotes (curly quotes?)"
		: "character that begins nothing");
}

static int
lex_single(struct lexer *l, enum token_kind kind, struct token *out)
{
	l->pos++;
	out->kind = kind;
	return 0;
}

int
lexer_next(struct lexer *l, struct token *out)
{
	char c;

	while (is_blank(peek(l, 0)))
		l->pos++;
	*out = (struct token){.kind = TOKEN_END, .at = l->pos};
	if (l->pos >= l->source.len)
		return 0;
	c = peek(l, 0);
	if (is_digit(c))
		return lex_decimal(l, out);
	if (c == '&' && peek(l, 1) == 'H' && hex_value(peek(l, 2)) >= 0)
		return lex_hex(l, out);
	if (is_name(c))
		return lex_name(l, TOKEN_NAME, out);
	if (c == '"')
		return lex_string(l, out);
	if (c == '[')
		return lex_until(l, ']', TOKEN_ATTRIBUTE, out);
	if (c == '%')
		return lex_until(l, '%', TOKEN_PARAMETER, out);
	if (c == '$')
		return lex_name(l, TOKEN_VARIABLE, out);
	if (c == '(')
		return lex_single(l, TOKEN_OPEN, out);
	if (c == ')')
		return lex_single(l, TOKEN_CLOSE, out);
	if (c == ',')
		return lex_single(l, TOKEN_COMMA, out);
	return lex_operator(l, out);
}
