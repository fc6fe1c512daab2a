/* base/fold.c -- see fold.h. */
#include "base/fold.h"

#include <unicode/uchar.h>

static uint32_t
next_folded(struct text t, size_t *pos)
{
	unsigned char first = (unsigned char)t.data[*pos];
	uint32_t c;

	if (first < 0x80) {
		(*pos)++;
		return first >= 'A' && first <= 'Z' ? first | 0x20U : first;
	}
	c = utf8_next(t, pos);
	if (c >= 0x110000 || c == 0x130 || c == 0x131)
		return c;
	return (uint32_t)u_foldCase((UChar32)c, U_FOLD_CASE_DEFAULT);
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
