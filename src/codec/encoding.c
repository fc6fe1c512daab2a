/* codec/encoding.c -- see encoding.h. */
#include "codec/encoding.h"

static unsigned
unit_at(struct text in, size_t i, bool big)
{
	const unsigned char *p = (const unsigned char *)in.data + i;

	return big ? (unsigned)(p[0] << 8 | p[1])
		   : (unsigned)(p[1] << 8 | p[0]);
}

/* One code point at *pos, which moves past it; 0x110000: half of a pair. */
static uint32_t
utf16_next(struct text in, size_t *pos, bool big)
{
	uint32_t c = unit_at(in, *pos, big), low;

	*pos += 2;
	if (c < 0xD800 || c > 0xDFFF)
		return c;
	if (c >= 0xDC00 || *pos + 2 > in.len)
		return 0x110000;
	low = unit_at(in, *pos, big);
	if (low < 0xDC00 || low > 0xDFFF)
		return 0x110000;
	*pos += 2;
	return 0x10000 + ((c - 0xD800) << 10) + (low - 0xDC00);
}

/* from: behind the mark. */
static int
from_utf16(struct arena *a, struct text in, size_t from, bool big,
    struct text *out, struct err *e)
{
	char *p = arena_alloc(a, in.len / 2 * 3 + 1);
	size_t n = 0, pos = from, at;

	if (p == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (in.len % 2 != 0)
		return err_set(
		    e, ERR_SYNTAX, "UTF-16 with half a character at its end");
	while (pos < in.len) {
		uint32_t c;

		at = pos;
		c = utf16_next(in, &pos, big);
		if (c == 0x110000)
			return err_set(e, ERR_SYNTAX,
			    "byte %zu is no UTF-16: half of a pair", at);
		n += utf8_put(p + n, c);
	}
	*out = (struct text){p, n};
	return 0;
}

bool
encoding_is_bare_utf16(struct text in, bool big)
{
	const unsigned char *p = (const unsigned char *)in.data;

	return in.len >= 4 && p[big ? 0 : 1] == 0 && p[big ? 2 : 3] == 0 &&
	       p[big ? 1 : 0] - 1U < 0x7F && p[big ? 3 : 2] - 1U < 0x7F;
}

static int
check_utf8(struct text in, struct text *out, struct err *e)
{
	size_t pos = 0, at = 0;

	if (!text_is_utf8(in)) {
		while (pos < in.len) {
			at = pos;
			if (utf8_next(in, &pos) >= 0x110000)
				break;
		}
		return err_set(e, ERR_SYNTAX,
		    "byte %zu is no UTF-8: save the file as UTF-8", at);
	}
	*out = in;
	return 0;
}

int
encoding_to_utf8(
    struct arena *a, struct text in, struct text *out, struct err *e)
{
	if (in.len >= 2 && memcmp(in.data, "\xFF\xFE", 2) == 0)
		return from_utf16(a, in, 2, false, out, e);
	if (in.len >= 2 && memcmp(in.data, "\xFE\xFF", 2) == 0)
		return from_utf16(a, in, 2, true, out, e);
	if (encoding_is_bare_utf16(in, false) ||
	    encoding_is_bare_utf16(in, true))
		return from_utf16(
		    a, in, 0, encoding_is_bare_utf16(in, true), out, e);
	if (in.len >= 3 && memcmp(in.data, "\xEF\xBB\xBF", 3) == 0)
		in = (struct text){in.data + 3, in.len - 3};
	return check_utf8(in, out, e);
}
