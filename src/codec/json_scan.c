/* codec/json_scan.c -- the tokens of JSON text, looked at before json-c does.
 *
 * The library clips integers that need more than 64 bits, takes NaN and
 * Infinity, reads a lone surrogate as U+FFFD, cuts a key at a zero byte and
 * lets a later member replace an earlier one.  All of that is refused here;
 * the order of the tokens is the library's to check. */
#include <string.h>

#include "base/map.h"
#include "codec/json_int.h"

struct scan {
	struct text in;
	size_t pos;
	size_t end; /* of the last token */
	size_t depth;
	size_t members;
	bool zero; /* the last token was a string with a zero byte */
	struct err *err;
};

static int
syntax(const struct scan *s, const char *what)
{
	return err_set(
	    s->err, ERR_SYNTAX, "json: %s at byte %zu", what, s->pos);
}

static bool
is_digit(const struct scan *s)
{
	return s->pos < s->in.len && s->in.data[s->pos] >= '0' &&
	       s->in.data[s->pos] <= '9';
}

static bool
next_is(const struct scan *s, const char *set)
{
	return s->pos < s->in.len && s->in.data[s->pos] != '\0' &&
	       strchr(set, s->in.data[s->pos]) != NULL;
}

static bool
skip_digits(struct scan *s)
{
	size_t start = s->pos;

	while (is_digit(s))
		s->pos++;
	return s->pos > start;
}

static int
scan_number(struct scan *s)
{
	size_t start = s->pos;
	bool whole = true;
	int64_t n;

	if (next_is(s, "-"))
		s->pos++;
	if (next_is(s, "0"))
		s->pos++;
	else if (!skip_digits(s))
		return syntax(s, "no digit");
	if (next_is(s, ".")) {
		whole = false;
		s->pos++;
		if (!skip_digits(s))
			return syntax(s, "no digit");
	}
	if (next_is(s, "eE")) {
		whole = false;
		s->pos++;
		if (next_is(s, "+-"))
			s->pos++;
		if (!skip_digits(s))
			return syntax(s, "no digit");
	}
	if (is_digit(s))
		return syntax(s, "number that begins with 0");
	if (whole &&
	    text_to_int64(
		(struct text){s->in.data + start, s->pos - start}, &n) < 0)
		return err_set(s->err, ERR_LIMIT,
		    "json: integer of more than 64 bits at byte %zu", start);
	if (s->pos - start > 64)
		return err_set(s->err, ERR_LIMIT,
		    "json: number of more than 64 bytes at byte %zu", start);
	return 0;
}

static unsigned
hex_value(unsigned char c)
{
	if (c <= '9')
		return (unsigned)c - '0';
	return (c | 0x20U) - 'a' + 10U;
}

static int
hex4(struct scan *s, unsigned *out)
{
	unsigned v = 0;

	for (int i = 0; i < 4; i++, s->pos++) {
		unsigned char c;

		if (!next_is(s, "0123456789abcdefABCDEF"))
			return syntax(s, "bad \\u escape");
		c = (unsigned char)s->in.data[s->pos];
		v = v << 4 | (hex_value(c));
	}
	*out = v;
	return 0;
}

/* s->pos is behind "\u". */
static int
scan_unicode(struct scan *s)
{
	unsigned high = 0, low = 0;

	if (hex4(s, &high) < 0)
		return ERR_SYNTAX;
	if (high == 0)
		s->zero = true;
	if (high < 0xd800 || high > 0xdfff)
		return 0;
	if (high > 0xdbff || s->in.len - s->pos < 6 ||
	    memcmp(s->in.data + s->pos, "\\u", 2) != 0)
		return syntax(s, "half a surrogate pair");
	s->pos += 2;
	if (hex4(s, &low) < 0)
		return ERR_SYNTAX;
	if (low < 0xdc00 || low > 0xdfff)
		return syntax(s, "half a surrogate pair");
	return 0;
}

/* s->pos is behind the opening quote. */
static int
scan_string(struct scan *s)
{
	s->zero = false;
	while (s->pos < s->in.len) {
		unsigned char c = (unsigned char)s->in.data[s->pos];

		if (c < 0x20)
			return syntax(s, "control byte in a string");
		s->pos++;
		if (c == '"')
			return 0;
		if (c != '\\')
			continue;
		if (next_is(s, "u")) {
			s->pos++;
			if (scan_unicode(s) < 0)
				return ERR_SYNTAX;
		} else if (next_is(s, "\"\\/bfnrt")) {
			s->pos++;
		} else {
			return syntax(s, "bad escape");
		}
	}
	return syntax(s, "string without an end");
}

static int
scan_word(struct scan *s)
{
	static const struct text words[] = {
	    {"true", 4}, {"false", 5}, {"null", 4}};

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		size_t n = words[i].len;

		if (s->in.len - s->pos >= n &&
		    memcmp(s->in.data + s->pos, words[i].data, n) == 0) {
			s->pos += n;
			return 0;
		}
	}
	return syntax(s, "no JSON value");
}

static int
scan_mark(struct scan *s, char c)
{
	if (c == '{' || c == '[') {
		if (++s->depth > JSON_MAX_DEPTH)
			return err_set(s->err, ERR_LIMIT,
			    "json: nested deeper than %u at byte %zu",
			    JSON_MAX_DEPTH, s->pos);
	} else if (c == '}' || c == ']') {
		if (s->depth == 0)
			return syntax(s, "closing bracket too many");
		s->depth--;
	} else if (c == ':') {
		if (s->zero)
			return syntax(s, "key with a zero byte");
		s->members++;
	}
	s->pos++;
	return 0;
}

/* One token, or one blank.  Returns its first byte, or an error. */
static int
scan_token(struct scan *s)
{
	char c = s->in.data[s->pos];
	int r;

	if (next_is(s, " \t\r\n")) {
		s->pos++;
		return c;
	}
	if (c == '"') {
		s->pos++;
		r = scan_string(s);
	} else if (next_is(s, "{}[],:")) {
		r = scan_mark(s, c);
	} else if (c == '-' || is_digit(s)) {
		r = scan_number(s);
	} else {
		r = scan_word(s);
	}
	if (r < 0)
		return r;
	s->end = s->pos;
	return (unsigned char)c;
}

int
json_scan(struct text in, size_t *out_members, size_t *out_len, struct err *e)
{
	struct scan s = {.in = in, .err = e};
	int r;

	while (s.pos < in.len) {
		r = scan_token(&s);
		if (r < 0)
			return r;
	}
	if (s.end == 0)
		return syntax(&s, "nothing but blanks");
	*out_members = s.members;
	*out_len = s.end;
	return 0;
}

/* Keys are compared as they are written: one that is repeated in another
 * spelling is refused as well, only not named. */
static int
note_key(struct map **level, struct text key, struct err *e)
{
	if (*level == NULL)
		*level = map_new(false);
	if (*level == NULL)
		return err_set(e, ERR_NOMEM, "json: out of memory");
	if (map_get(*level, key) != NULL)
		return err_set(e, ERR_SYNTAX,
		    "json: key \"%.*s\" is there twice",
		    (int)(key.len < 100 ? key.len : 100), key.data);
	if (map_put(*level, key, level) < 0)
		return err_set(e, ERR_NOMEM, "json: out of memory");
	return 0;
}

int
json_scan_repeated(struct text in, struct err *e)
{
	struct map *levels[JSON_MAX_DEPTH + 1] = {0};
	struct scan s = {.in = in};
	struct text key = TEXT("");
	int r = 0;

	while (s.pos < in.len && r >= 0) {
		size_t start = s.pos;
		int c = scan_token(&s);

		if (c == '"')
			key = (struct text){
			    in.data + start + 1, s.pos - start - 2};
		else if (c == '{')
			levels[s.depth] = map_free(levels[s.depth]);
		else if (c == ':')
			r = note_key(&levels[s.depth], key, e);
	}
	for (size_t i = 0; i <= JSON_MAX_DEPTH; i++)
		levels[i] = map_free(levels[i]);
	if (r < 0)
		return r;
	return err_set(e, ERR_SYNTAX, "json: a key is there twice");
}
