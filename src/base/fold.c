/* base/fold.c -- see fold.h. */
#include "base/fold.h"

#include <unicode/uchar.h>

uint32_t
char_fold(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c | 0x20U : c;
	if (c >= 0x110000 || c == 0x130 || c == 0x131)
		return c;
	return (uint32_t)u_foldCase((UChar32)c, U_FOLD_CASE_DEFAULT);
}

uint32_t
char_lower(uint32_t c)
{
	if (c < 0x80)
		return c >= 'A' && c <= 'Z' ? c | 0x20U : c;
	if (c >= 0x110000 || c == 0x130 || c == 0x131)
		return c;
	return (uint32_t)u_tolower((UChar32)c);
}

uint32_t
char_upper(uint32_t c)
{
	if (c < 0x80)
		return c >= 'a' && c <= 'z' ? c & ~0x20U : c;
	if (c >= 0x110000 || c == 0x130 || c == 0x131)
		return c;
	return (uint32_t)u_toupper((UChar32)c);
}

static enum char_kind
ascii_kind(uint32_t c)
{
	uint32_t lower = c | 0x20U;

	if (c == ' ' || (c >= '\t' && c <= '\r'))
		return CHAR_BLANK;
	if (lower >= 'a' && lower <= 'z')
		return CHAR_LETTER;
	return c >= '0' && c <= '9' ? CHAR_INNER : CHAR_OTHER;
}

enum char_kind
char_kind(uint32_t c)
{
	if (c < 0x80)
		return ascii_kind(c);
	if (c >= 0x110000)
		return CHAR_OTHER;
	if (u_isUWhiteSpace((UChar32)c))
		return CHAR_BLANK;
	if (u_isalpha((UChar32)c))
		return CHAR_LETTER;
	if ((U_GET_GC_MASK((UChar32)c) & (U_GC_M_MASK | U_GC_N_MASK)) != 0)
		return CHAR_INNER;
	return CHAR_OTHER;
}

static uint32_t
next_folded(struct text t, size_t *pos)
{
	unsigned char first = (unsigned char)t.data[*pos];

	if (first < 0x80) {
		(*pos)++;
		return first >= 'A' && first <= 'Z' ? first | 0x20U : first;
	}
	return char_fold(utf8_next(t, pos));
}

int
fold_text(struct arena *a, struct text in, struct text *out)
{
	/* a folded code point may need one byte more than it had */
	char *p = arena_alloc(a, in.len * 2 + 4);
	size_t n = 0, pos = 0;

	if (p == NULL)
		return ERR_NOMEM;
	while (pos < in.len)
		n += utf8_put(p + n, next_folded(in, &pos));
	p[n] = '\0';
	*out = (struct text){p, n};
	return 0;
}

bool
fold_equal(struct text a, struct text b)
{
	size_t i = 0, k = 0;

	while (i < a.len && k < b.len)
		if (next_folded(a, &i) != next_folded(b, &k))
			return false;
	return i == a.len && k == b.len;
}
