/* base/text.c -- see text.h. */
#include "base/text.h"

#include <string.h>

static char
lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c + ('a' - 'A'));
	return c;
}

bool
text_same_nocase(const char *a, const char *b, size_t n)
{
	if (n == 0 || memcmp(a, b, n) == 0)
		return true; /* most names come as they are known */
	for (size_t i = 0; i < n; i++)
		if (lower(a[i]) != lower(b[i]))
			return false;
	return true;
}

struct text
text_of(const char *s)
{
	return (struct text){s, s != NULL ? strlen(s) : 0};
}

bool
text_equal(struct text a, struct text b)
{
	return a.len == b.len &&
	       (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool
text_is(struct text a, const char *s)
{
	return text_equal(a, text_of(s));
}

bool
text_is_nocase(struct text a, const char *s)
{
	return text_equal_nocase(a, text_of(s));
}

int
text_compare(struct text a, struct text b)
{
	size_t n = a.len < b.len ? a.len : b.len;
	int r = n == 0 ? 0 : memcmp(a.data, b.data, n);

	if (r != 0)
		return r;
	return (a.len > b.len) - (a.len < b.len);
}

bool
text_starts_nocase(struct text a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.len >= n && text_same_nocase(a.data, prefix, n);
}

bool
text_ends_nocase(struct text a, const char *suffix)
{
	size_t n = strlen(suffix);

	return a.len >= n && text_same_nocase(a.data + a.len - n, suffix, n);
}

struct text
text_dup(struct arena *a, struct text t)
{
	const char *copy = arena_strndup(a, t.data, t.len);

	/* no length without octets: who looks later reads from nowhere */
	return (struct text){copy, copy != NULL ? t.len : 0};
}

int
text_to_int64(struct text t, int64_t *out_n)
{
	bool minus = t.len > 0 && t.data[0] == '-';
	uint64_t max = (uint64_t)INT64_MAX + (minus ? 1U : 0U);
	uint64_t n = 0;

	if (t.len == (minus ? 1U : 0U))
		return ERR_SYNTAX;
	for (size_t i = minus ? 1 : 0; i < t.len; i++) {
		unsigned d = (unsigned)(unsigned char)t.data[i] - '0';

		if (d > 9)
			return ERR_SYNTAX;
		if (n > (max - d) / 10)
			return ERR_LIMIT;
		n = n * 10 + d;
	}
	*out_n = minus ? (int64_t)(0U - n) : (int64_t)n;
	return 0;
}

/* The length of the sequence that begins with c, and the least second byte
 * and the greatest that RFC 3629 allows; 0 where c begins none. */
static size_t
utf8_head(unsigned char c, unsigned char *lo, unsigned char *hi)
{
	*lo = 0x80;
	*hi = 0xbf;
	if (c < 0x80)
		return 1;
	if (c >= 0xc2 && c <= 0xdf)
		return 2;
	if (c >= 0xe0 && c <= 0xef) {
		if (c == 0xe0)
			*lo = 0xa0;
		if (c == 0xed)
			*hi = 0x9f;
		return 3;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		if (c == 0xf0)
			*lo = 0x90;
		if (c == 0xf4)
			*hi = 0x8f;
		return 4;
	}
	return 0;
}

/* The length of the well-formed sequence at i; 0 where there is none. */
static size_t
utf8_length(struct text t, size_t i)
{
	const unsigned char *p = (const unsigned char *)t.data + i;
	unsigned char lo, hi;
	size_t n = utf8_head(p[0], &lo, &hi);

	if (n == 0 || n > t.len - i)
		return 0;
	if (n > 1 && (p[1] < lo || p[1] > hi))
		return 0;
	for (size_t k = 2; k < n; k++)
		if ((p[k] & 0xc0) != 0x80)
			return 0;
	return n;
}

/* Bytes below 0x80 from i on, eight at a time while there are so many. */
static size_t
ascii_run(struct text t, size_t i)
{
	size_t start = i;
	uint64_t word;

	for (; t.len - i >= sizeof(word); i += sizeof(word)) {
		memcpy(&word, t.data + i, sizeof(word));
		if ((word & 0x8080808080808080U) != 0)
			break;
	}
	while (i < t.len && (unsigned char)t.data[i] < 0x80)
		i++;
	return i - start;
}

bool
text_is_utf8(struct text t)
{
	for (size_t i = 0; i < t.len;) {
		size_t n = ascii_run(t, i);

		if (n == 0)
			n = utf8_length(t, i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}

uint32_t
utf8_next(struct text t, size_t *pos)
{
	const unsigned char *p = (const unsigned char *)t.data + *pos;
	size_t n;
	uint32_t c;

	if (p[0] < 0x80) {
		(*pos)++;
		return p[0];
	}
	n = utf8_length(t, *pos);
	if (n == 0) {
		(*pos)++;
		return 0x110000U + p[0];
	}
	*pos += n;
	c = p[0] & (0xffU >> (n + 1));
	for (size_t k = 1; k < n; k++)
		c = c << 6 | (p[k] & 0x3fU);
	return c;
}

size_t
utf8_put(char *out, uint32_t c)
{
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	if (c >= 0x110000) {
		out[0] = (char)(c - 0x110000);
		return 1;
	}
	for (size_t k = n - 1; k > 0; k--) {
		out[k] = (char)(0x80 | (c & 0x3f));
		c >>= 6;
	}
	out[0] = (char)((0xf00U >> n & 0xffU) | c);
	return n;
}

int
hex_encode(struct arena *a, struct text in, struct text *out)
{
	static const char digits[] = "0123456789abcdef";
	char *p = arena_alloc(a, in.len * 2 + 1);

	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < in.len; i++) {
		p[2 * i] = digits[(unsigned char)in.data[i] >> 4];
		p[2 * i + 1] = digits[(unsigned char)in.data[i] & 15];
	}
	*out = (struct text){p, in.len * 2};
	return 0;
}

static int
hex_digit(char ch)
{
	if (ch >= '0' && ch <= '9')
		return ch - '0';
	if (lower(ch) >= 'a' && lower(ch) <= 'f')
		return lower(ch) - 'a' + 10;
	return -1;
}

int
hex_decode(struct arena *a, struct text in, struct text *out, struct err *e)
{
	char *p = arena_alloc(a, in.len / 2 + 1);

	if (p == NULL)
		return ERR_NOMEM;
	if (in.len % 2 != 0)
		return err_set(e, ERR_SYNTAX, "hex: odd number of digits");
	for (size_t i = 0; i < in.len; i += 2) {
		int hi = hex_digit(in.data[i]), lo = hex_digit(in.data[i + 1]);

		if (hi < 0 || lo < 0)
			return err_set(
			    e, ERR_SYNTAX, "hex: no digit at byte %zu", i);
		p[i / 2] = (char)(hi << 4 | lo);
	}
	*out = (struct text){p, in.len / 2};
	return 0;
}

static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			       "abcdefghijklmnopqrstuvwxyz0123456789+/";
static const char alphabet_url[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				   "abcdefghijklmnopqrstuvwxyz0123456789-_";

static int
encode64(struct arena *a, struct text in, const char *set, struct text *out)
{
	const unsigned char *s = (const unsigned char *)in.data;
	char *p = arena_alloc(a, in.len / 3 * 4 + 5);
	size_t n = 0;

	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < in.len; i += 3) {
		size_t left = in.len - i;
		unsigned v = (unsigned)s[i] << 16 |
			     (left > 1 ? (unsigned)s[i + 1] << 8 : 0) |
			     (left > 2 ? s[i + 2] : 0);

		p[n++] = set[v >> 18];
		p[n++] = set[v >> 12 & 63];
		if (left > 1)
			p[n++] = set[v >> 6 & 63];
		else if (set == alphabet)
			p[n++] = '=';
		if (left > 2)
			p[n++] = set[v & 63];
		else if (set == alphabet)
			p[n++] = '=';
	}
	*out = (struct text){p, n};
	return 0;
}

int
base64_encode(struct arena *a, struct text in, struct text *out)
{
	return encode64(a, in, alphabet, out);
}

int
base64url_encode(struct arena *a, struct text in, struct text *out)
{
	return encode64(a, in, alphabet_url, out);
}

static int
digit64(char c, const char *set)
{
	const char *at = c != '\0' ? strchr(set, c) : NULL;

	return at != NULL ? (int)(at - set) : -1;
}

static int
decode64(struct arena *a, struct text in, const char *set, struct text *out,
    struct err *e)
{
	bool strict = set == alphabet;
	char *p = arena_alloc(a, in.len / 4 * 3 + 4);
	unsigned bits = 0;
	size_t n = 0, digits = 0, pads = 0;

	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < in.len; i++) {
		char c = in.data[i];
		int d = digit64(c, set);

		if (strict && strchr(" \r\n\t", c) != NULL && c != '\0')
			continue;
		if (strict && c == '=' && digits % 4 >= 2 &&
		    digits % 4 + pads < 4) {
			pads++;
			continue;
		}
		if (d < 0 || pads != 0)
			return err_set(
			    e, ERR_SYNTAX, "base64: bad byte at %zu", i);
		bits = bits << 6 | (unsigned)d;
		if (++digits % 4 == 0) {
			p[n++] = (char)(bits >> 16 & 255);
			p[n++] = (char)(bits >> 8 & 255);
			p[n++] = (char)(bits & 255);
		}
	}
	if (digits % 4 == 1 || (strict && (digits + pads) % 4 != 0))
		return err_set(e, ERR_SYNTAX, "base64: cut short");
	if (digits % 4 >= 2)
		p[n++] = (char)(bits >> (digits % 4 == 2 ? 4 : 10) & 255);
	if (digits % 4 == 3)
		p[n++] = (char)(bits >> 2 & 255);
	*out = (struct text){p, n};
	return 0;
}

int
base64_decode(struct arena *a, struct text in, struct text *out, struct err *e)
{
	return decode64(a, in, alphabet, out, e);
}

int
base64url_decode(
    struct arena *a, struct text in, struct text *out, struct err *e)
{
	return decode64(a, in, alphabet_url, out, e);
}
