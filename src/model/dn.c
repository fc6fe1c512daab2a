/* model/dn.c -- see dn.h. */
#include "model/dn.h"

#include <string.h>

#include "base/fold.h"

/* Where the parser stands. */
struct cursor {
	struct text in;
	size_t pos;
	struct arena *arena;
	struct err *err;
};

static int
syntax(const struct cursor *c, const char *what)
{
	return err_type(c->err, ERR_SYNTAX, "invalid-dn",
	    "dn \"%.*s\": %s at byte %zu",
	    (int)(c->in.len < 200 ? c->in.len : 200), c->in.data, what, c->pos);
}

static bool
at_end(const struct cursor *c)
{
	return c->pos >= c->in.len;
}

static char
peek(const struct cursor *c)
{
	return c->in.data[c->pos];
}

static void
skip_blanks(struct cursor *c)
{
	while (!at_end(c) && peek(c) == ' ')
		c->pos++;
}

static bool
is_type_char(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') ||
	       (ch >= '0' && ch <= '9') || ch == '-' || ch == '.' || ch == '_';
}

static int
parse_type(struct cursor *c, struct ava *out)
{
	size_t start;

	skip_blanks(c);
	start = c->pos;
	while (!at_end(c) && is_type_char(peek(c)))
		c->pos++;
	out->type = (struct text){c->in.data + start, c->pos - start};
	if (out->type.len == 0)
		return syntax(c, "no attribute type");
	skip_blanks(c);
	if (at_end(c) || peek(c) != '=')
		return syntax(c, "no '='");
	c->pos++;
	skip_blanks(c);
	return 0;
}

static int
hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if (ch >= 'a' && ch <= 'f')
		return ch - 'a' + 10;
	if (ch >= 'A' && ch <= 'F')
		return ch - 'A' + 10;
	return -1;
}

/* One escape, on the byte after the backslash (RFC 4514 section 3, "pair"). */
static int
parse_escape(struct cursor *c, char *out_ch)
{
	int hi, lo;

	if (at_end(c))
		return syntax(c, "text ends in an escape");
	hi = hex_digit(peek(c));
	if (hi < 0) {
		*out_ch = c->in.data[c->pos++];
		return 0;
	}
	lo = c->pos + 1 < c->in.len ? hex_digit(c->in.data[c->pos + 1]) : -1;
	if (lo < 0)
		return syntax(c, "half a hex pair");
	c->pos += 2;
	*out_ch = (char)(hi << 4 | lo);
	return 0;
}

static bool
ends_value(char ch)
{
	return ch == ',' || ch == '+' || ch == ';';
}

static int
parse_value(struct cursor *c, struct ava *out)
{
	char *buf = arena_alloc(c->arena, c->in.len - c->pos + 1);
	size_t start = c->pos, n = 0, solid = 0, raw_end = c->pos;

	if (buf == NULL)
		return err_set(c->err, ERR_NOMEM, "dn: out of memory");
	while (!at_end(c) && !ends_value(peek(c))) {
		char ch = c->in.data[c->pos++];
		bool escaped = ch == '\\';

		if (ch == '\0' || ch == '"' || ch == '<' || ch == '>')
			return syntax(c, "byte that needs an escape");
		if (escaped && parse_escape(c, &ch) < 0)
			return ERR_SYNTAX;
		buf[n++] = ch;
		if (ch != ' ' || escaped) {
			solid = n;
			raw_end = c->pos;
		}
	}
	out->value = (struct text){buf, solid};
	out->raw = (struct text){c->in.data + start, raw_end - start};
	return 0;
}

static int
push(struct cursor *c, struct dn *dn, uint32_t *size, struct ava ava)
{
	if (dn->count == *size) {
		uint32_t bigger = *size != 0 ? *size * 2 : 8;
		struct ava *list = arena_array(c->arena, bigger, sizeof(*list));

		if (list == NULL)
			return err_set(c->err, ERR_NOMEM, "dn: out of memory");
		if (dn->count != 0)
			memcpy(list, dn->avas, dn->count * sizeof(*list));
		dn->avas = list;
		*size = bigger;
	}
	dn->avas[dn->count++] = ava;
	return 0;
}

/* What follows a value: the end, a further part of the RDN, the next RDN. */
static int
parse_separator(struct cursor *c, struct dn *dn, bool *more)
{
	*more = !at_end(c);
	if (!*more || c->in.data[c->pos] != '+')
		dn->depth++;
	if (*more && ++c->pos == c->in.len)
		return syntax(c, "nothing behind the last separator");
	return 0;
}

int
dn_parse(struct arena *a, struct text t, struct dn *out, struct err *e)
{
	struct cursor c = {.in = t, .arena = a, .err = e};
	struct dn dn = {0};
	uint32_t size = 0;
	bool more;
	int r = 0;

	if (t.len > DN_MAX_TEXT)
		return err_type(e, ERR_LIMIT, "invalid-dn",
		    "dn \"%.80s...\": longer than %u bytes", t.data,
		    DN_MAX_TEXT);
	skip_blanks(&c);
	more = !at_end(&c);
	while (more && r == 0) {
		struct ava ava = {.depth = dn.depth};

		if (dn.count == DN_MAX_RDNS)
			return err_type(e, ERR_LIMIT, "invalid-dn",
			    "dn: more than %u parts", DN_MAX_RDNS);
		r = parse_type(&c, &ava);
		if (r == 0)
			r = parse_value(&c, &ava);
		if (r == 0)
			r = push(&c, &dn, &size, ava);
		if (r == 0)
			r = parse_separator(&c, &dn, &more);
	}
	if (r == 0)
		*out = dn;
	return r;
}

static bool
needs_escape(struct text v, size_t i)
{
	unsigned char ch = (unsigned char)v.data[i];

	if (ch < 0x20 || ch == 0x7f)
		return true;
	if (ch == ' ' || ch == '#')
		return i == 0 || (ch == ' ' && i == v.len - 1);
	return strchr(",+\"\\<>;=", ch) != NULL;
}

static size_t
put_escaped(char *out, struct text v)
{
	static const char hex[] = "0123456789ABCDEF";
	size_t n = 0;

	for (size_t i = 0; i < v.len; i++) {
		unsigned char ch = (unsigned char)v.data[i];

		if (!needs_escape(v, i)) {
			out[n++] = (char)ch;
			continue;
		}
		out[n++] = '\\';
		if (ch >= 0x20 && ch != 0x7f) {
			out[n++] = (char)ch;
			continue;
		}
		out[n++] = hex[ch >> 4];
		out[n++] = hex[ch & 15];
	}
	return n;
}

int
dn_escape(struct arena *a, struct text value, struct text *out)
{
	char *p = arena_alloc(a, value.len * 3 + 1);

	if (p == NULL)
		return ERR_NOMEM;
	*out = (struct text){p, put_escaped(p, value)};
	return 0;
}

static size_t
put_ava(char *out, const struct ava *ava)
{
	memcpy(out, ava->type.data, ava->type.len);
	out[ava->type.len] = '=';
	return ava->type.len + 1 +
	       put_escaped(out + ava->type.len + 1, ava->value);
}

static size_t
format_room(const struct dn *dn)
{
	size_t room = 1;

	for (uint32_t i = 0; i < dn->count; i++)
		room += dn->avas[i].type.len + 2 + dn->avas[i].value.len * 3;
	return room;
}

int
dn_format(struct arena *a, const struct dn *dn, struct text *out)
{
	char *p = arena_alloc(a, format_room(dn));
	size_t n = 0;

	if (p == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < dn->count; i++) {
		if (i > 0)
			p[n++] = dn->avas[i].depth == dn->avas[i - 1].depth
				     ? '+'
				     : ',';
		n += put_ava(p + n, &dn->avas[i]);
	}
	*out = (struct text){p, n};
	return 0;
}

/* ---- Keys ---- */

/* Folds, and makes each inner run of blanks one (RFC 4518 section 2.6.1). */
static int
fold_value(struct arena *a, struct text v, struct text *out)
{
	struct text folded;
	char *p;
	size_t n = 0;
	int r = fold_text(a, v, &folded);

	if (r < 0)
		return r;
	p = arena_alloc(a, folded.len + 1);
	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < folded.len; i++)
		if (folded.data[i] != ' ' || (n > 0 && p[n - 1] != ' '))
			p[n++] = folded.data[i];
	if (n > 0 && p[n - 1] == ' ')
		n--;
	*out = (struct text){p, n};
	return 0;
}

static int
fold_avas(struct arena *a, struct dn *dn)
{
	for (uint32_t i = 0; i < dn->count; i++) {
		struct ava *ava = &dn->avas[i];
		int r = fold_text(a, ava->type, &ava->type);

		if (r == 0)
			r = fold_value(a, ava->value, &ava->value);
		if (r < 0)
			return r;
	}
	return 0;
}

static int
by_type(const struct ava *a, const struct ava *b)
{
	int r = text_compare(a->type, b->type);

	return r != 0 ? r : text_compare(a->value, b->value);
}

/* The parts of one RDN have no order: RFC 4514 section 2.2. */
static void
sort_rdn(struct ava *avas, uint32_t n)
{
	for (uint32_t i = 1; i < n; i++)
		for (uint32_t k = i; k > 0; k--) {
			struct ava t = avas[k];

			if (by_type(&avas[k - 1], &avas[k]) <= 0)
				break;
			avas[k] = avas[k - 1];
			avas[k - 1] = t;
		}
}

static int
key_of(struct arena *a, struct dn *dn, struct text *out)
{
	char *p = arena_alloc(a, format_room(dn) + dn->count);
	uint32_t end = dn->count;
	size_t n = 0;

	if (p == NULL)
		return ERR_NOMEM;
	while (end > 0) {
		uint32_t start = end - 1;

		while (start > 0 &&
		       dn->avas[start - 1].depth == dn->avas[start].depth)
			start--;
		sort_rdn(&dn->avas[start], end - start);
		for (uint32_t i = start; i < end; i++) {
			if (i > start)
				p[n++] = '+';
			n += put_ava(p + n, &dn->avas[i]);
		}
		p[n++] = ','; /* each RDN ends in one: "dc=x,ou=y," */
		end = start;
	}
	*out = (struct text){p, n};
	return 0;
}

/* What an octet is in a DN that needs no parser; 0: such a DN has none. */
#define QUICK_PLAIN 1U
#define QUICK_BREAK 2U /* ',', '=' and ' ' */
#define QUICK_SPLIT 4U /* those but '=' */

static unsigned
quick_class(char c)
{
	static const unsigned char other[0x60] = {
	    [' ' - 0x20] = QUICK_BREAK | QUICK_SPLIT,
	    [',' - 0x20] = QUICK_BREAK | QUICK_SPLIT,
	    ['=' - 0x20] = QUICK_BREAK,
	    ['\\' - 0x20] = 8,
	    ['+' - 0x20] = 8,
	    [';' - 0x20] = 8,
	    ['"' - 0x20] = 8,
	    ['<' - 0x20] = 8,
	    ['>' - 0x20] = 8,
	    ['#' - 0x20] = 8,
	    [0x7f - 0x20] = 8,
	};
	unsigned at = (unsigned char)c - 0x20U;

	if (at >= sizeof(other) || other[at] == 8)
		return 0;
	return other[at] != 0 ? other[at] : QUICK_PLAIN;
}

/* Two breaks beside each other are blanks, or an empty part, of which one is
 * no '='; the ends count as a break. */
static bool
is_quick(struct text t)
{
	unsigned before = QUICK_BREAK, here;

	for (size_t i = 0; i < t.len; i++, before = here) {
		here = quick_class(t.data[i]);
		if (here == 0 || ((here & before & QUICK_BREAK) != 0 &&
				     ((here | before) & QUICK_SPLIT) != 0))
			return false;
	}
	return t.len != 0 && (before & QUICK_SPLIT) == 0;
}

/* "cn=Name", folded to p; false: it needs the parser. */
static bool
quick_rdn(struct text rdn, char *p)
{
	const char *equals = memchr(rdn.data, '=', rdn.len);
	size_t type;

	if (equals == NULL || equals == rdn.data)
		return false;
	type = (size_t)(equals - rdn.data);
	if (memchr(equals + 1, '=', rdn.len - type - 1) != NULL)
		return false;
	for (size_t i = 0; i < type; i++)
		if (!is_type_char(rdn.data[i]))
			return false;
	for (size_t i = 0; i < rdn.len; i++) {
		char c = rdn.data[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c | 0x20);
		p[i] = c;
	}
	return true;
}

/*
 * Almost every DN of a directory has neither escapes nor blanks beside its
 * separators, and is ASCII: then the key is the folded text with its RDNs
 * turned round.  1: done; 0: it needs the parser.
 */
static int
quick_key(struct arena *a, struct text t, struct text *out)
{
	size_t end = t.len, n = 0;
	uint32_t rdns = 0;
	char *p;

	if (t.len > DN_MAX_TEXT || !is_quick(t))
		return 0;
	p = arena_raw(a, t.len + 2, 1);
	if (p == NULL)
		return ERR_NOMEM;
	while (end > 0) {
		const char *comma = memrchr(t.data, ',', end);
		size_t start = comma != NULL ? (size_t)(comma + 1 - t.data) : 0;
		struct text rdn = {t.data + start, end - start};

		if (++rdns > DN_MAX_RDNS || !quick_rdn(rdn, p + n))
			return 0;
		n += rdn.len;
		p[n++] = ',';
		end = start > 0 ? start - 1 : 0;
	}
	*out = (struct text){p, n};
	return 1;
}

int
dn_key(struct arena *a, struct text t, struct text *out)
{
	struct text folded;
	struct dn dn = {0};
	char *p;
	int r;

	r = quick_key(a, t, out);
	if (r != 0)
		return r < 0 ? r : 0;
	r = dn_parse(a, t, &dn, NULL);
	if (r == 0)
		r = fold_avas(a, &dn);
	if (r == 0)
		return key_of(a, &dn, out);
	if (r == ERR_NOMEM || fold_text(a, t, &folded) < 0)
		return ERR_NOMEM;
	p = arena_alloc(a, folded.len + 2);
	if (p == NULL)
		return ERR_NOMEM;
	p[0] = '?';
	memcpy(p + 1, folded.data, folded.len);
	*out = (struct text){p, folded.len + 1};
	return 0;
}

bool
dn_key_is_below(struct text key, struct text base_key)
{
	return key.len >= base_key.len &&
	       text_equal((struct text){key.data, base_key.len}, base_key);
}

int
dn_parent(struct arena *a, struct text t, struct text *out, struct err *e)
{
	struct dn dn = {0};
	int r = dn_parse(a, t, &dn, e);

	if (r < 0)
		return r;
	*out = TEXT("");
	for (uint32_t i = 0; i < dn.count; i++) {
		const char *start = dn.avas[i].type.data;

		if (dn.avas[i].depth == 0)
			continue;
		*out = (struct text){start, (size_t)(t.data + t.len - start)};
		break;
	}
	return 0;
}
