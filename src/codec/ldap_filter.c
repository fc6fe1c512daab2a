/* codec/ldap_filter.c -- see ldap_filter.h; grammar of RFC 4515 section 3, of
 * attribute descriptions RFC 4512 section 2.5. */
#include "codec/ldap_filter.h"

#include <string.h>

struct reader {
	struct arena *a;
	struct text in;
	size_t pos;
	unsigned depth;
	unsigned nodes;
	struct err *e;
};

/* ---- Errors ---- */

static int
wrong(const struct reader *r, size_t at, const char *what)
{
	return err_set(r->e, ERR_SYNTAX, "position %zu: %s", at + 1, what);
}

static int
no_memory(const struct reader *r)
{
	return err_set(r->e, ERR_NOMEM, "out of memory");
}

/* ---- Characters ---- */

static bool
at_end(const struct reader *r)
{
	return r->pos == r->in.len;
}

/* A zero byte at the end: it is allowed nowhere. */
static char
peek(const struct reader *r)
{
	if (at_end(r))
		return '\0';
	return r->in.data[r->pos];
}

static void
skip_blanks(struct reader *r)
{
	while (
	    !at_end(r) && strchr(" \t\r\n", peek(r)) != NULL && peek(r) != '\0')
		r->pos++;
}

static bool
is_alpha(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static int
hex_digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* ---- Attribute descriptions and rules ---- */

static size_t
keychars(const struct reader *r, size_t at)
{
	size_t n = 0;

	while (at + n < r->in.len &&
	       (is_alpha(r->in.data[at + n]) || is_digit(r->in.data[at + n]) ||
		   r->in.data[at + n] == '-'))
		n++;
	return n;
}

/* 1.2.840: no leading zero, a dot and a number as often as wanted. */
static bool
is_numeric_oid(struct text t)
{
	size_t at = 0, dots = 0;

	for (;;) {
		size_t from = at;

		while (at < t.len && is_digit(t.data[at]))
			at++;
		if (at == from || (t.data[from] == '0' && at - from > 1))
			return false;
		if (at == t.len)
			return dots > 0;
		if (t.data[at++] != '.')
			return false;
		dots++;
	}
}

/* A name or an OID. */
static int
read_oid(struct reader *r, const char *what, struct text *out)
{
	size_t from = r->pos;
	size_t n = 0;

	if (is_alpha(peek(r))) {
		n = keychars(r, from);
	} else {
		while (
		    from + n < r->in.len && (is_digit(r->in.data[from + n]) ||
						r->in.data[from + n] == '.'))
			n++;
		if (!is_numeric_oid((struct text){r->in.data + from, n}))
			return wrong(r, from, what);
	}
	*out = (struct text){r->in.data + from, n};
	r->pos += n;
	return 0;
}

static int
read_options(struct reader *r, struct text *attr)
{
	while (peek(r) == ';') {
		size_t n = keychars(r, r->pos + 1);

		if (n == 0)
			return wrong(
			    r, r->pos, "an option is expected behind \";\"");
		r->pos += 1 + n;
		attr->len += 1 + n;
	}
	return 0;
}

/* ---- Values ---- */

static size_t
value_end(const struct reader *r)
{
	size_t at = r->pos;

	while (at < r->in.len && strchr("()*", r->in.data[at]) == NULL)
		at++;
	/* strchr() finds the zero byte too, and that is none of a value */
	return at;
}

static int
unescape(struct reader *r, size_t end, struct text *out)
{
	char *data = arena_raw(r->a, end - r->pos + 1, 1);
	size_t n = 0;

	if (data == NULL)
		return no_memory(r);
	while (r->pos < end) {
		char c = r->in.data[r->pos];
		int high = -1, low = -1;

		if (c != '\\') {
			data[n++] = c;
			r->pos++;
			continue;
		}
		if (end - r->pos > 2) {
			high = hex_digit(r->in.data[r->pos + 1]);
			low = hex_digit(r->in.data[r->pos + 2]);
		}
		if (high < 0 || low < 0)
			return wrong(r, r->pos,
			    "two hexadecimal digits are expected behind "
			    "\"\\\"; a backslash itself is \\5c");
		data[n++] = (char)(high * 16 + low);
		r->pos += 3;
	}
	*out = (struct text){data, n};
	return 0;
}

/* Up to an asterisk or a parenthesis. */
static int
read_part(struct reader *r, struct ldap_filter_part **out)
{
	struct ldap_filter_part *part = arena_alloc(r->a, sizeof(*part));
	size_t end = value_end(r);
	struct text raw = {r->in.data + r->pos, end - r->pos};

	if (part == NULL)
		return no_memory(r);
	*out = part;
	if (end < r->in.len && r->in.data[end] == '\0')
		return wrong(
		    r, end, "a zero byte in a value is written as \\00");
	if (end < r->in.len && r->in.data[end] == '(')
		return wrong(r, end,
		    "\"(\" in a value is written as \\28; is a \")\" "
		    "missing before it?");
	if (raw.len > 0 && memchr(raw.data, '\\', raw.len) != NULL)
		return unescape(r, end, &part->bytes);
	part->bytes = raw;
	r->pos = end;
	return 0;
}

/* What stands behind "=": a value, "*", or parts with asterisks. */
static int
read_assertion(struct reader *r, struct ldap_filter *f)
{
	struct ldap_filter_part **tail = &f->value;
	size_t from = r->pos, stars = 0;

	for (;;) {
		int code = read_part(r, tail);

		if (code < 0)
			return code;
		if (peek(r) != '*')
			break;
		if (stars > 0 && (*tail)->bytes.len == 0)
			return wrong(r, r->pos,
			    "nothing stands between two asterisks; an asterisk "
			    "itself is \\2a");
		stars++;
		r->pos++;
		tail = &(*tail)->next;
	}
	if (stars == 0)
		return 0;
	if (f->kind != LDAP_FILTER_EQUAL)
		return wrong(r, from,
		    "asterisks go with \"=\" alone; an asterisk itself is "
		    "\\2a");
	f->kind = LDAP_FILTER_SUBSTRING;
	if (stars == 1 && f->value->bytes.len == 0 && (*tail)->bytes.len == 0) {
		f->kind = LDAP_FILTER_PRESENT;
		f->value = NULL;
	}
	return 0;
}

/* ---- Items ---- */

/* [":dn"] [":" rule] ":=" */
static int
read_extensible(struct reader *r, struct ldap_filter *f)
{
	struct text word;

	f->kind = LDAP_FILTER_EXTENSIBLE;
	while (peek(r) == ':') {
		size_t at = r->pos++;
		int code;

		if (peek(r) == '=') {
			r->pos++;
			return f->attr.len == 0 && f->rule.len == 0
				   ? wrong(r, at,
					 "a matching rule is expected where "
					 "there is no attribute")
				   : 0;
		}
		code = read_oid(
		    r, "\"dn\", a matching rule or \"=\" is expected", &word);
		if (code < 0)
			return code;
		if (f->rule.len != 0)
			return wrong(r, at, "one matching rule is enough");
		if (text_is_nocase(word, "dn") && !f->dn)
			f->dn = true;
		else
			f->rule = word;
	}
	return wrong(r, r->pos, "\":=\" is expected");
}

static int
read_operator(struct reader *r, struct ldap_filter *f)
{
	static const struct {
		char first;
		enum ldap_filter_kind kind;
	} two[] = {{'~', LDAP_FILTER_APPROX}, {'>', LDAP_FILTER_GREATER},
	    {'<', LDAP_FILTER_LESS}};
	char c = peek(r);

	f->kind = LDAP_FILTER_EQUAL;
	for (size_t i = 0; i < sizeof(two) / sizeof(two[0]); i++)
		if (c == two[i].first) {
			f->kind = two[i].kind;
			r->pos++;
		}
	if (peek(r) == '=') {
		r->pos++;
		return 0;
	}
	if (c == '>' || c == '<')
		return wrong(r, r->pos,
		    "\"=\" is expected: there are >= and <= and neither > nor "
		    "<");
	return wrong(r, r->pos, "one of =, ~=, >=, <=, := is expected");
}

static int
read_item(struct reader *r, struct ldap_filter *f)
{
	int code = 0;

	if (peek(r) != ':') {
		code = read_oid(r,
		    "an attribute's name, its OID, or one of & | ! is expected",
		    &f->attr);
		if (code == 0)
			code = read_options(r, &f->attr);
	}
	if (code == 0)
		code = peek(r) == ':' ? read_extensible(r, f)
				      : read_operator(r, f);
	return code < 0 ? code : read_assertion(r, f);
}

/* ---- Lists ---- */

// NOLINTBEGIN(misc-no-recursion): to LDAP_FILTER_MAX_DEPTH

static int read_filter(struct reader *r, struct ldap_filter **out);

static int
read_list(struct reader *r, struct ldap_filter *f, enum ldap_filter_kind kind)
{
	struct ldap_filter **tail = &f->first;
	size_t count = 0;

	f->kind = kind;
	r->pos++;
	skip_blanks(r);
	while (peek(r) == '(') {
		size_t at = r->pos;
		int code = read_filter(r, tail);

		if (code < 0)
			return code;
		if (kind == LDAP_FILTER_NOT && count > 0)
			return wrong(r, at, "\"!\" takes one filter");
		count++;
		tail = &(*tail)->next;
		skip_blanks(r);
	}
	return count > 0 ? 0
			 : wrong(r, r->pos, "a filter in \"(\" is expected");
}

static int
read_component(struct reader *r, struct ldap_filter *f)
{
	switch (peek(r)) {
	case '&':
		return read_list(r, f, LDAP_FILTER_AND);
	case '|':
		return read_list(r, f, LDAP_FILTER_OR);
	case '!':
		return read_list(r, f, LDAP_FILTER_NOT);
	default:
		return read_item(r, f);
	}
}

static int
read_filter(struct reader *r, struct ldap_filter **out)
{
	struct ldap_filter *f = arena_alloc(r->a, sizeof(*f));
	size_t from = r->pos;
	int code;

	if (f == NULL)
		return no_memory(r);
	if (peek(r) != '(')
		return wrong(r, from, "a filter begins with \"(\"");
	if (++r->depth > LDAP_FILTER_MAX_DEPTH)
		return err_set(r->e, ERR_LIMIT,
		    "position %zu: more than %u filters inside each other",
		    from + 1, LDAP_FILTER_MAX_DEPTH);
	if (++r->nodes > LDAP_FILTER_MAX_NODES)
		return err_set(r->e, ERR_LIMIT,
		    "position %zu: more than %u filters", from + 1,
		    LDAP_FILTER_MAX_NODES);
	r->pos++;
	code = read_component(r, f);
	if (code < 0)
		return code;
	if (peek(r) != ')')
		return err_set(r->e, ERR_SYNTAX,
		    "position %zu: \")\" is expected for the \"(\" at position "
		    "%zu",
		    r->pos + 1, from + 1);
	r->pos++;
	r->depth--;
	*out = f;
	return 0;
}

// NOLINTEND(misc-no-recursion)

int
ldap_filter_parse(
    struct arena *a, struct text in, struct ldap_filter **out, struct err *e)
{
	struct reader r = {.a = a, .in = in, .e = e};
	struct ldap_filter *f = NULL;
	int code;

	if (in.len > LDAP_FILTER_MAX_BYTES)
		return err_set(e, ERR_LIMIT, "longer than %u bytes",
		    LDAP_FILTER_MAX_BYTES);
	if (!text_is_utf8(in))
		return err_set(e, ERR_SYNTAX, "it is no UTF-8");
	skip_blanks(&r);
	code = read_filter(&r, &f);
	if (code < 0)
		return code;
	skip_blanks(&r);
	if (!at_end(&r))
		return wrong(
		    &r, r.pos, "nothing is expected behind the filter");
	*out = f;
	return 0;
}

/* ---- Back to text ---- */

static bool
needs_escape(struct text t, size_t i, bool utf8)
{
	unsigned char c = (unsigned char)t.data[i];

	if (c == ' ')
		return i == 0 || i + 1 == t.len;
	return c < 0x20 || c == 0x7f || (c >= 0x80 && !utf8) ||
	       strchr("()*\\", (char)c) != NULL;
}

static void
put_bytes(struct buf *out, struct text t)
{
	bool utf8 = text_is_utf8(t);

	for (size_t i = 0; i < t.len; i++)
		if (needs_escape(t, i, utf8))
			buf_printf(out, "\\%02x", (unsigned char)t.data[i]);
		else
			buf_putc(out, t.data[i]);
}

static void
put_item(struct buf *out, const struct ldap_filter *f)
{
	static const char *const operators[] = {
	    [LDAP_FILTER_EQUAL] = "=",
	    [LDAP_FILTER_APPROX] = "~=",
	    [LDAP_FILTER_GREATER] = ">=",
	    [LDAP_FILTER_LESS] = "<=",
	    [LDAP_FILTER_PRESENT] = "=*",
	    [LDAP_FILTER_SUBSTRING] = "=",
	    [LDAP_FILTER_EXTENSIBLE] = ":=",
	};

	buf_text_add(out, f->attr);
	if (f->dn)
		buf_puts(out, ":dn");
	if (f->rule.len != 0) {
		buf_putc(out, ':');
		buf_text_add(out, f->rule);
	}
	buf_puts(out, operators[f->kind]);
	for (const struct ldap_filter_part *p = f->value; p != NULL;
	     p = p->next) {
		put_bytes(out, p->bytes);
		if (p->next != NULL)
			buf_putc(out, '*');
	}
}

// NOLINTBEGIN(misc-no-recursion): as deep as what was parsed

void
ldap_filter_format(const struct ldap_filter *f, struct buf *out)
{
	static const char signs[] = {[LDAP_FILTER_AND] = '&',
	    [LDAP_FILTER_OR] = '|',
	    [LDAP_FILTER_NOT] = '!'};

	buf_putc(out, '(');
	if (f->first == NULL)
		put_item(out, f);
	else
		buf_putc(out, signs[f->kind]);
	for (const struct ldap_filter *c = f->first; c != NULL; c = c->next)
		ldap_filter_format(c, out);
	buf_putc(out, ')');
}

// NOLINTEND(misc-no-recursion)

/* ---- What it names ---- */

struct text
ldap_filter_attr_name(const struct ldap_filter *f)
{
	struct text t = f->attr;
	const char *semicolon = t.len > 0 ? memchr(t.data, ';', t.len) : NULL;

	if (semicolon != NULL)
		t.len = (size_t)(semicolon - t.data);
	return t;
}

// NOLINTBEGIN(misc-no-recursion): as deep as what was parsed

int
ldap_filter_each(const struct ldap_filter *f,
    int (*item)(void *ctx, const struct ldap_filter *f), void *ctx)
{
	int r = 0;

	if (f->first == NULL)
		return item(ctx, f);
	for (const struct ldap_filter *c = f->first; r == 0 && c != NULL;
	     c = c->next)
		r = ldap_filter_each(c, item, ctx);
	return r;
}

// NOLINTEND(misc-no-recursion)
