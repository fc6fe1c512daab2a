/* codec/nbfx_dict.c -- the static dictionary, by id and by string. */
#include <pthread.h>
#include <stdlib.h>

#include "codec/nbfx.h"

/* What a known client has: a table that ends here, and one string that is
 * wrong in it. */
#define KNOWN_LAST 0x3b0U
#define KNOWN_BAD  0x1a8U

#define STRING(s) {(s), sizeof(s) - 1},
static const struct text strings[] = {
#include "codec/nbfx_dict.def"
};
#undef STRING

#define COUNT (sizeof(strings) / sizeof(strings[0]))

/* Numbers of strings, in order of the strings. */
static uint16_t order[COUNT];
static pthread_once_t sorted = PTHREAD_ONCE_INIT;

static int
by_string(const void *x, const void *y)
{
	const uint16_t *i = x, *k = y;

	return text_compare(strings[*i], strings[*k]);
}

static void
sort(void)
{
	for (size_t i = 0; i < COUNT; i++)
		order[i] = (uint16_t)i;
	qsort(order, COUNT, sizeof(order[0]), by_string);
}

struct text
nbfx_dict_text(uint32_t id)
{
	return id % 2 == 0 && id / 2 < COUNT ? strings[id / 2]
					     : (struct text){NULL, 0};
}

static int
to_string(const void *key, const void *item)
{
	const struct text *t = key;
	const uint16_t *i = item;

	return text_compare(*t, strings[*i]);
}

int32_t
nbfx_dict_find(struct text t)
{
	const uint16_t *found;

	(void)pthread_once(&sorted, sort);
	found = bsearch(&t, order, COUNT, sizeof(order[0]), to_string);
	if (found == NULL)
		return -1;
	if (*found * 2U > KNOWN_LAST || *found * 2U == KNOWN_BAD)
		return -1;
	return *found * 2;
}
