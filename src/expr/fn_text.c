/* expr/fn_text.c -- functions on text: parts, positions, case, blanks
 * (docs/engine/expressions.md 4.8). */
#include "expr/text_int.h"

#include "base/fold.h"

/* ---- Positions ---- */

size_t
units_count(struct text t)
{
	size_t n = 0;

	for (size_t i = 0; i < t.len; i++) {
		unsigned char c = (unsigned char)t.data[i];

		n += (c & 0xc0) != 0x80;
		n += c >= 0xf0;
	}
	return n;
}

size_t
units_offset(struct text t, size_t unit, bool up)
{
	size_t n = 0, pos = 0, before = 0;

	while (pos < t.len && n < unit) {
		before = pos;
		n += utf8_next(t, &pos) >= 0x10000 ? 2 : 1;
	}
	return n > unit && !up ? before : pos;
}

/* Whether what stands at pos, by folded code points. */
static bool
match_nocase(struct text t, size_t pos, struct text what)
{
	size_t k = 0;

	while (k < what.len) {
		if (pos >= t.len || char_fold(utf8_next(t, &pos)) !=
					char_fold(utf8_next(what, &k)))
			return false;
	}
	return true;
}

int
text_find(struct run *r, struct text t, struct text what, size_t from,
    bool nocase, size_t *out)
{
	const char *hit;
	int rc;

	*out = SIZE_MAX;
	if (from > t.len)
		return 0;
	if (!nocase) {
		hit = memmem(t.data + from, t.len - from, what.data, what.len);
		if (hit != NULL)
			*out = (size_t)(hit - t.data);
		return 0;
	}
	rc = run_step(r, (uint32_t)(t.len / 64 * (what.len / 64 + 1)));
	if (rc < 0)
		return rc;
	while (from < t.len) {
		if (match_nocase(t, from, what)) {
			*out = from;
			return 0;
		}
		(void)utf8_next(t, &from);
	}
	return 0;
}

int
nocase_of(struct run *r, const struct expr_value *word, bool *out)
{
	if (word->type == EXPR_NULL || word->text.len == 0 ||
	    text_is(word->text, "CaseSensitive") ||
	    text_is(word->text, "vbBinaryCompare"))
		*out = false;
	else if (text_is(word->text, "CaseInsensitive") ||
		 text_is(word->text, "vbTextCompare"))
		*out = true;
	else
		return run_bad(r, "invalid-argument", r->call->count - 1,
		    "\"%.*s\" is no way to compare", TEXT_ARGS(word->text));
	return 0;
}

uint32_t
single_char(struct text t)
{
	size_t pos = 0;
	uint32_t c;

	if (t.len == 0)
		return 0;
	c = utf8_next(t, &pos);
	return pos == t.len ? c : 0;
}

/* ---- Case ---- */

static int
map_case(struct run *r, struct text in, uint32_t (*map)(uint32_t),
    struct expr_value *out)
{
	char *p = run_bytes(r, in.len * 2);
	size_t pos = 0, n = 0;

	if (p == NULL)
		return run_nomem(r);
	while (pos < in.len)
		n += utf8_put(p + n, map(utf8_next(in, &pos)));
	*out = make_string((struct text){p, n});
	return 0;
}

int
fn_lcase(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	return map_case(r, args[0].text, char_lower, out);
}

int
fn_ucase(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)n;
	return map_case(r, args[0].text, char_upper, out);
}

/* The end of the word that begins at pos; *out_lower: it has a small letter.
 */
static size_t
word_end(struct text t, size_t pos, bool *out_lower)
{
	*out_lower = false;
	while (pos < t.len) {
		size_t next = pos;
		uint32_t c = utf8_next(t, &next);
		enum char_kind kind = char_kind(c);

		if (c != '\'' && kind != CHAR_LETTER && kind != CHAR_INNER)
			break;
		if (kind == CHAR_LETTER && char_upper(c) != c)
			*out_lower = true;
		pos = next;
	}
	return pos;
}

/* Letters that are two have a form of their own at the start of a word. */
static uint32_t
title(uint32_t c)
{
	if (c >= 0x1c4 && c <= 0x1cc)
		return c - (c - 0x1c4) % 3 + 1;
	if (c >= 0x1f1 && c <= 0x1f3)
		return 0x1f2;
	return char_upper(c);
}

int
fn_pcase(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct text t = args[0].text;
	char *p = run_bytes(r, t.len * 2);
	size_t pos = 0, len = 0, end;
	bool lower;

	(void)n;
	if (p == NULL)
		return run_nomem(r);
	while (pos < t.len) {
		uint32_t c = utf8_next(t, &pos);

		if (char_kind(c) != CHAR_LETTER) {
			len += utf8_put(p + len, c);
			continue;
		}
		end = word_end(t, pos, &lower);
		/* a first letter alone that is small counts as well */
		lower = lower || char_upper(c) != c;
		len += utf8_put(p + len, lower ? title(c) : char_upper(c));
		while (pos < end) {
			c = utf8_next(t, &pos);
			len += utf8_put(p + len, lower ? char_lower(c) : c);
		}
	}
	*out = make_string((struct text){p, len});
	return 0;
}

/* ---- Blanks ---- */

static struct text
trim_left(struct text t)
{
	size_t pos = 0, next = 0;

	while (pos < t.len && char_kind(utf8_next(t, &next)) == CHAR_BLANK)
		pos = next;
	return text_from(t, pos);
}

static struct text
trim_right(struct text t)
{
	while (t.len > 0) {
		size_t start = t.len - 1, pos;

		while (
		    start > 0 && ((unsigned char)t.data[start] & 0xc0) == 0x80)
			start--;
		pos = start;
		if (char_kind(utf8_next(t, &pos)) != CHAR_BLANK || pos != t.len)
			break;
		t.len = start;
	}
	return t;
}

int
fn_trim(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)r;
	(void)n;
	*out = make_string(trim_right(trim_left(args[0].text)));
	return 0;
}

int
fn_ltrim(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)r;
	(void)n;
	*out = make_string(trim_left(args[0].text));
	return 0;
}

int
fn_rtrim(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)r;
	(void)n;
	*out = make_string(trim_right(args[0].text));
	return 0;
}

/* ---- Parts ---- */

static size_t
value_length(const struct expr_value *v)
{
	return v->type == EXPR_BINARY ? v->text.len : units_count(v->text);
}

/* count units (octets of a binary) from start, counted from 0. */
static struct expr_value
value_part(const struct expr_value *v, size_t start, size_t count)
{
	struct expr_value out = *v;
	size_t from = start, len = count;

	if (v->type != EXPR_BINARY) {
		from = units_offset(v->text, start, true);
		len = units_offset(v->text, start + count, false);
		len = len > from ? len - from : 0;
	}
	out.text = (struct text){v->text.data + from, len};
	return out;
}

int
fn_len(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	(void)r;
	(void)n;
	*out = make_number((int64_t)value_length(&args[0]));
	return 0;
}

int
fn_left(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	int64_t count = args[1].number;

	(void)r;
	(void)n;
	if (count < 0 || (uint64_t)count >= value_length(&args[0]))
		*out = args[0];
	else
		*out = value_part(&args[0], 0, (size_t)count);
	return 0;
}

int
fn_right(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	int64_t count = args[1].number;
	size_t len = value_length(&args[0]);

	(void)r;
	(void)n;
	if (count < 0 || (uint64_t)count >= len)
		*out = args[0];
	else
		*out = value_part(&args[0], len - (size_t)count, (size_t)count);
	return 0;
}

int
fn_mid(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	size_t len = value_length(&args[0]), rest;
	int64_t start = args[1].number;
	int64_t count = n > 2 ? args[2].number : INT64_MAX;

	(void)r;
	if (count != 0 && (count < 0 || start <= 0 || (uint64_t)start > len)) {
		*out = args[0];
		return 0;
	}
	if (start <= 0 || (uint64_t)start > len)
		start = 1;
	rest = len - (size_t)(start - 1);
	*out = value_part(&args[0], (size_t)(start - 1),
	    (uint64_t)count < rest ? (size_t)count : rest);
	return 0;
}

int
fn_word(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct text t = args[0].text, delims = args[2].text;
	int64_t wanted = args[1].number, word = 1;
	size_t pos = 0, start = 0;

	(void)r;
	(void)n;
	*out = make_string(TEXT(""));
	while (pos < t.len) {
		size_t at = pos, k = 0;
		uint32_t c = utf8_next(t, &pos);
		bool cut = false;

		while (k < delims.len && !cut)
			cut = utf8_next(delims, &k) == c;
		if (!cut)
			continue;
		if (word == wanted) {
			*out = make_string(
			    (struct text){t.data + start, at - start});
			return 0;
		}
		word++;
		start = pos;
	}
	if (word == wanted)
		*out = make_string(text_from(t, start));
	return 0;
}

/* ---- Positions of text in text ---- */

int
fn_instr(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct expr_value word = n > 3 ? args[3] : make_null();
	int64_t start = n > 2 ? args[2].number : 1;
	size_t at;
	bool nocase = false;
	int rc = nocase_of(r, &word, &nocase);

	if (rc < 0)
		return rc;
	if (start < 1)
		return run_bad(
		    r, "invalid-argument", 2, "start must be 1 or more");
	if (args[1].text.len == 0) {
		*out = make_number(start);
		return 0;
	}
	*out = make_number(0);
	if ((uint64_t)start > args[0].text.len)
		return 0;
	at = units_offset(args[0].text, (size_t)start - 1, true);
	rc = text_find(r, args[0].text, args[1].text, at, nocase, &at);
	if (rc == 0 && at != SIZE_MAX)
		*out = make_number(1 + (int64_t)units_count((struct text){
					   args[0].text.data, at}));
	return rc;
}

int
fn_instr_rev(struct run *r, const struct expr_value *args, uint32_t n,
    struct expr_value *out)
{
	struct expr_value word = n > 3 ? args[3] : make_null();
	struct text t = args[0].text;
	size_t at = 0, last = SIZE_MAX;
	bool nocase = false;
	int rc = nocase_of(r, &word, &nocase);

	if (rc < 0)
		return rc;
	if (n > 2 && args[2].number < 1)
		return run_bad(
		    r, "invalid-argument", 2, "start must be 1 or more");
	if (n > 2 && (uint64_t)args[2].number < t.len)
		t.len = units_offset(t, (size_t)args[2].number, false);
	*out = make_number(0);
	if (args[1].text.len == 0)
		last = t.len;
	while (args[1].text.len > 0 && rc == 0) {
		rc = text_find(r, t, args[1].text, at, nocase, &at);
		if (rc < 0 || at == SIZE_MAX)
			break;
		last = at;
		(void)utf8_next(t, &at);
	}
	if (rc == 0 && last != SIZE_MAX)
		*out = make_number(
		    (int64_t)units_count((struct text){t.data, last}) +
		    (args[1].text.len > 0 ? 1 : 0));
	return rc;
}
