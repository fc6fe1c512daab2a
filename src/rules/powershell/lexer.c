/* rules/powershell/lexer.c -- PowerShell text to tokens: the part of the
 * language that a rule export is made of, and nothing that could run. */
#include "rules/powershell/powershell_int.h"

/* ---- Characters ---- */

/* The code point at pos; *size says how many bytes.  0 at the end. */
static uint32_t
peek(const struct ps_lexer *l, size_t pos, size_t *size)
{
	size_t at = pos;
	uint32_t c;

	*size = 0;
	if (pos >= l->in.len)
		return 0;
	c = utf8_next(l->in, &at);
	*size = at - pos;
	return c;
}

static char
byte_at(const struct ps_lexer *l, size_t pos)
{
	if (pos >= l->in.len)
		return '\0';
	return l->in.data[pos];
}

/* PowerShell takes the quotes and dashes of a word processor, too. */
static bool
is_single(uint32_t c)
{
	return c == '\'' || (c >= 0x2018 && c <= 0x201B);
}

static bool
is_double(uint32_t c)
{
	return c == '"' || (c >= 0x201C && c <= 0x201E);
}

static bool
is_dash(uint32_t c)
{
	return c == '-' || (c >= 0x2013 && c <= 0x2015);
}

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool
is_name_char(char c)
{
	return is_letter(c) || (c >= '0' && c <= '9');
}

static bool
is_blank_point(uint32_t c)
{
	return c == ' ' || c == '\t' || c == 0xA0 || c == 0xFEFF;
}

/* ---- Errors ---- */

static int
refuse(struct ps_lexer *l, struct err *e, const char *what)
{
	return err_set(e, ERR_SYNTAX, "line %u: %s", l->line, what);
}

/* The word or character at pos is none that a rule export has. */
static int
refuse_word(struct ps_lexer *l, size_t pos, struct err *e)
{
	size_t end = pos, size;

	while (end < l->in.len && end - pos < 40 &&
	       (unsigned char)l->in.data[end] > ' ')
		end++;
	if (end == pos) {
		(void)peek(l, pos, &size);
		end = pos + size;
	}
	while (
	    end < l->in.len && ((unsigned char)l->in.data[end] & 0xC0) == 0x80)
		end++;
	return err_set(e, ERR_SYNTAX,
	    "line %u: \"%.*s\" is no part of a rule export; a script is read "
	    "and never run",
	    l->line, (int)(end - pos), l->in.data + pos);
}

/* ---- What lies between tokens ---- */

/* Past a line end at pos; 0 where there is none. */
static size_t
line_end(const struct ps_lexer *l, size_t pos)
{
	if (byte_at(l, pos) == '\r')
		return byte_at(l, pos + 1) == '\n' ? 2 : 1;
	return byte_at(l, pos) == '\n' ? 1 : 0;
}

static int
skip_block_comment(struct ps_lexer *l, struct err *e)
{
	unsigned began = l->line;

	for (l->pos += 2; l->pos < l->in.len; l->pos++) {
		if (byte_at(l, l->pos) == '#' &&
		    byte_at(l, l->pos + 1) == '>') {
			l->pos += 2;
			return 0;
		}
		if (byte_at(l, l->pos) == '\n')
			l->line++;
	}
	return err_set(
	    e, ERR_SYNTAX, "line %u: a comment without its end", began);
}

/* 1: something was skipped, 0: a token stands here. */
static int
skip_one(struct ps_lexer *l, struct err *e)
{
	size_t size, n;
	uint32_t c = peek(l, l->pos, &size);
	char next = byte_at(l, l->pos + 1);
	int rc;

	if (size == 0)
		return 0;
	if (is_blank_point(c)) {
		l->pos += size;
		return 1;
	}
	if (c == '`' && (n = line_end(l, l->pos + 1)) > 0) {
		l->pos += 1 + n;
		l->line++;
		return 1;
	}
	if (c == '`')
		return refuse(
		    l, e, "\"`\" must be the last character of its line");
	if (c == '<' && next == '#') {
		rc = skip_block_comment(l, e);
		return rc < 0 ? rc : 1;
	}
	if (c != '#')
		return 0;
	while (l->pos < l->in.len && line_end(l, l->pos) == 0)
		l->pos++;
	return 1;
}

/* ---- Texts ---- */

/* Line ends are one '\n' each, whatever the file has. */
static size_t
take_line_end(struct ps_lexer *l, size_t n, char *out)
{
	l->pos += n;
	l->line++;
	*out = '\n';
	return 1;
}

static size_t
take_point(struct ps_lexer *l, size_t size, char *out)
{
	memcpy(out, l->in.data + l->pos, size);
	l->pos += size;
	return size;
}

/* Whether the text ends at the quote here; of two that stand for one, the
 * first is passed. */
static bool
single_ends(struct ps_lexer *l, size_t size)
{
	size_t next_size;

	if (is_single(peek(l, l->pos + size, &next_size))) {
		l->pos += size;
		return false;
	}
	return true;
}

static int
text_single(struct ps_lexer *l, char *out, size_t *n, struct err *e)
{
	unsigned began = l->line;

	while (l->pos < l->in.len) {
		size_t size, end = line_end(l, l->pos);
		bool quote = is_single(peek(l, l->pos, &size));

		if (quote && single_ends(l, size)) {
			l->pos += size;
			return 0;
		}
		if (quote) /* the second one, which may be of another kind */
			(void)peek(l, l->pos, &size);
		*n += end > 0 ? take_line_end(l, end, out + *n)
			      : take_point(l, size, out + *n);
	}
	return err_set(
	    e, ERR_SYNTAX, "line %u: a text without its closing quote", began);
}

/* `u{20AC} */
static int
escape_unicode(struct ps_lexer *l, char *out, size_t *n, struct err *e)
{
	uint32_t c = 0;
	size_t digits = 0;

	for (l->pos += 2; byte_at(l, l->pos) != '}'; l->pos++, digits++) {
		char d = byte_at(l, l->pos);
		uint32_t v;

		if (d >= '0' && d <= '9')
			v = (uint32_t)(d - '0');
		else if ((d >= 'a' && d <= 'f') || (d >= 'A' && d <= 'F'))
			v = (uint32_t)((d | 0x20) - 'a') + 10;
		else
			return refuse(l, e, "\"`u\" without a {hex} number");
		if (digits == 6)
			return refuse(l, e, "\"`u\" with a number too large");
		c = c << 4 | v;
	}
	if (digits == 0 || c == 0 || c > 0x10FFFF ||
	    (c >= 0xD800 && c <= 0xDFFF))
		return refuse(
		    l, e, "\"`u\" with a number that is no character");
	l->pos++;
	*n += utf8_put(out + *n, c);
	return 0;
}

/* l->pos is behind the backtick. */
static int
escape(struct ps_lexer *l, char *out, size_t *n, struct err *e)
{
	static const char from[] = "abefnrtv";
	static const char to[] = "\a\b\033\f\n\r\t\v";
	char c = byte_at(l, l->pos);
	const char *at = c == '\0' ? NULL : strchr(from, c);
	size_t size, end = line_end(l, l->pos);

	if (c == '0')
		return refuse(l, e, "\"`0\" in a text");
	if (c == 'u' && byte_at(l, l->pos + 1) == '{')
		return escape_unicode(l, out, n, e);
	if (at != NULL) {
		out[(*n)++] = to[at - from];
		l->pos++;
		return 0;
	}
	if (end > 0) {
		*n += take_line_end(l, end, out + *n);
		return 0;
	}
	(void)peek(l, l->pos, &size);
	*n += take_point(l, size, out + *n);
	return 0;
}

static bool
begins_variable(const struct ps_lexer *l)
{
	char next = byte_at(l, l->pos + 1);

	return is_name_char(next) ||
	       (next != '\0' && strchr("({$?^:", next) != NULL);
}

/* One character of a text in double quotes that does not end it. */
static int
double_point(struct ps_lexer *l, char *out, size_t *n, struct err *e)
{
	size_t size, end = line_end(l, l->pos);
	uint32_t c = peek(l, l->pos, &size);

	if (end > 0) {
		*n += take_line_end(l, end, out + *n);
		return 0;
	}
	if (c == '`') {
		l->pos++;
		return escape(l, out, n, e);
	}
	if (c == '$' && begins_variable(l))
		return refuse_word(l, l->pos, e);
	*n += take_point(l, size, out + *n);
	return 0;
}

static int
text_double(struct ps_lexer *l, char *out, size_t *n, struct err *e)
{
	unsigned began = l->line;
	int rc = 0;

	while (l->pos < l->in.len && rc == 0) {
		size_t size, next_size;

		if (is_double(peek(l, l->pos, &size))) {
			l->pos += size;
			if (!is_double(peek(l, l->pos, &next_size)))
				return 0;
			*n += take_point(l, next_size, out + *n);
			continue;
		}
		rc = double_point(l, out, n, e);
	}
	return rc < 0 ? rc
		      : err_set(e, ERR_SYNTAX,
			    "line %u: a text without its closing quote", began);
}

/* Whether the line end here is the one before the closing '@ or "@. */
static bool
here_ends(const struct ps_lexer *l, bool expand, size_t *size)
{
	size_t end = line_end(l, l->pos), quote;
	uint32_t c = peek(l, l->pos + end, &quote);

	if (end == 0 || !(expand ? is_double(c) : is_single(c)) ||
	    byte_at(l, l->pos + end + quote) != '@')
		return false;
	*size = end + quote + 1;
	return true;
}

/* @' or @" to '@ or "@ at the beginning of a line. */
static int
text_here(struct ps_lexer *l, bool expand, char *out, size_t *n, struct err *e)
{
	unsigned began = l->line;
	size_t size;
	int rc = 0;

	while (byte_at(l, l->pos) == ' ' || byte_at(l, l->pos) == '\t')
		l->pos++;
	if (line_end(l, l->pos) == 0)
		return refuse(
		    l, e, "a here-string begins on a line of its own");
	if (here_ends(l, expand, &size)) {
		l->pos += size;
		l->line++;
		return 0;
	}
	l->pos += line_end(l, l->pos);
	l->line++;
	while (l->pos < l->in.len && rc == 0) {
		size_t end = line_end(l, l->pos);

		if (here_ends(l, expand, &size)) {
			l->pos += size;
			l->line++;
			return 0;
		}
		if (expand)
			rc = double_point(l, out, n, e);
		else if (end > 0)
			*n += take_line_end(l, end, out + *n);
		else
			out[(*n)++] = l->in.data[l->pos++];
	}
	return rc < 0 ? rc
		      : err_set(e, ERR_SYNTAX,
			    "line %u: a here-string without its end", began);
}

/* A text begins at l->pos: with its opening quote, or with '@'. */
static int
take_text(struct ps_lexer *l, struct ps_token *t, struct err *e)
{
	size_t size, n = 0;
	uint32_t c = peek(l, l->pos, &size);
	bool here = c == '@';
	char *out;
	int rc;

	if (here) {
		l->pos++;
		c = peek(l, l->pos, &size);
	}
	l->pos += size;
	/* no escape is longer than what it is written as */
	if (l->text.size - l->text.used < l->in.len - l->pos + 8)
		return err_set(e, ERR_NOMEM, "out of memory");
	out = l->text.data + l->text.used;
	if (here)
		rc = text_here(l, is_double(c), out, &n, e);
	else
		rc = is_double(c) ? text_double(l, out, &n, e)
				  : text_single(l, out, &n, e);
	if (rc < 0)
		return rc;
	l->text.used += n + 1;
	t->kind = PS_TEXT;
	t->text = (struct text){out, n};
	return 0;
}

/* ---- Other tokens ---- */

static int
take_parameter(struct ps_lexer *l, size_t dash, struct ps_token *t)
{
	size_t at = l->pos + dash, end = at;

	while (is_name_char(byte_at(l, end)))
		end++;
	t->kind = PS_PARAMETER;
	t->text = (struct text){l->in.data + at, end - at};
	t->colon = byte_at(l, end) == ':';
	l->pos = end + (t->colon ? 1 : 0);
	return 0;
}

/* $name, $name[0] */
static int
take_variable(struct ps_lexer *l, struct ps_token *t, struct err *e)
{
	size_t at = l->pos + 1, end = at;

	while (is_name_char(byte_at(l, end)))
		end++;
	if (end == at || byte_at(l, end) == ':' || byte_at(l, end) == '.' ||
	    (byte_at(l, end) == '[' &&
		(byte_at(l, end + 1) != '0' || byte_at(l, end + 2) != ']')))
		return refuse_word(l, l->pos, e);
	t->kind = PS_VARIABLE;
	t->text = (struct text){l->in.data + at, end - at};
	l->pos = end + (byte_at(l, end) == '[' ? 3 : 0);
	return 0;
}

static bool
is_word_char(char c)
{
	return is_name_char(c) || (unsigned char)c >= 0x80 ||
	       (c != '\0' && strchr(".:\\/-*", c) != NULL);
}

static int
take_word(struct ps_lexer *l, struct ps_token *t, struct err *e)
{
	size_t at = l->pos, end = at;

	while (is_word_char(byte_at(l, end)))
		end++;
	if (end == at)
		return refuse_word(l, at, e);
	t->kind = PS_WORD;
	t->text = (struct text){l->in.data + at, end - at};
	l->pos = end;
	return 0;
}

static int
take_mark(struct ps_lexer *l, struct ps_token *t, enum ps_kind kind, size_t n)
{
	t->kind = kind;
	t->text = (struct text){l->in.data + l->pos, n};
	l->pos += n;
	return 0;
}

static int
take_token(struct ps_lexer *l, struct ps_token *t, struct err *e)
{
	size_t size, next_size, end = line_end(l, l->pos);
	uint32_t c = peek(l, l->pos, &size);
	uint32_t next = peek(l, l->pos + size, &next_size);

	if (end > 0 || c == ';') {
		l->line += end > 0 ? 1 : 0;
		return take_mark(l, t, PS_LINE, end > 0 ? end : 1);
	}
	if (is_single(c) || is_double(c) ||
	    (c == '@' && (is_single(next) || is_double(next))))
		return take_text(l, t, e);
	if (is_dash(c) && next < 0x80 && is_letter((char)next))
		return take_parameter(l, size, t);
	if (c == '$')
		return take_variable(l, t, e);
	if (c == '@' && next == '(')
		return take_mark(l, t, PS_OPEN, 2);
	if (c == ')')
		return take_mark(l, t, PS_CLOSE, 1);
	if (c == ',')
		return take_mark(l, t, PS_COMMA, 1);
	if (c == '=')
		return take_mark(l, t, PS_EQUALS, 1);
	return take_word(l, t, e);
}

int
ps_lexer_init(struct ps_lexer *l, struct arena *a, struct text in)
{
	/* every text of the file side by side, each with a zero byte */
	size_t size = in.len + 16;

	*l = (struct ps_lexer){.in = in, .line = 1};
	l->text.data = arena_alloc(a, size);
	l->text.size = size;
	return l->text.data == NULL ? ERR_NOMEM : 0;
}

int
ps_next(struct ps_lexer *l, struct ps_token *out, struct err *e)
{
	int rc;

	*out = (struct ps_token){.kind = PS_END};
	while ((rc = skip_one(l, e)) > 0)
		;
	out->line = l->line;
	if (rc < 0 || l->pos >= l->in.len)
		return rc;
	return take_token(l, out, e);
}
