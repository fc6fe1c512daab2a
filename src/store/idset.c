/* store/idset.c -- see idset.h. */
#include "store/idset.h"

#include <string.h>

static int
grow(struct seen_set *s, size_t word)
{
	size_t count = word + word / 2 + 64, old = s->bits / 64;
	uint64_t *words = realloc(s->words, count * sizeof(*words));

	if (words == NULL)
		return ERR_NOMEM;
	memset(words + old, 0, (count - old) * sizeof(*words));
	s->words = words;
	s->bits = count * 64;
	return 0;
}

int
idset_add(struct seen_set *s, int64_t id)
{
	size_t word = (size_t)id / 64;
	uint64_t bit = UINT64_C(1) << (id % 64);

	if (word >= s->bits / 64) {
		int r = grow(s, word);

		if (r < 0)
			return r;
	}
	if ((s->words[word] & bit) != 0)
		return 0;
	s->words[word] |= bit;
	return 1;
}

bool
idset_has(const struct seen_set *s, int64_t id)
{
	size_t word = (size_t)id / 64;

	return word < s->bits / 64 && (s->words[word] >> (id % 64) & 1) != 0;
}

void
idset_remove(struct seen_set *s, int64_t id)
{
	size_t word = (size_t)id / 64;

	if (word < s->bits / 64)
		s->words[word] &= ~(UINT64_C(1) << (id % 64));
}

void
idset_clear(struct seen_set *s)
{
	free(s->words);
	*s = (struct seen_set){0};
}
