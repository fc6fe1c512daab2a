/* engine/need.c -- see need.h. */
#include "engine/need.h"

#include <stdio.h>

static const char *const names[] = {
    [NEED_FULL_IMPORT] = "full-import",
    [NEED_FULL_SYNC] = "full-sync",
};

const char *
need_name(enum need n)
{
	return names[n];
}

static void
key_of(const char *what, enum need n, int64_t connector, char out[static 64])
{
	(void)snprintf(
	    out, 64, "%s.%s.%lld", what, names[n], (long long)connector);
}

int
need_get(struct store *s, struct arena *a, int64_t connector, enum need n,
    struct text *out_why, struct err *e)
{
	char key[64];

	key_of("need", n, connector, key);
	return store_meta_get(s, a, key, out_why, e);
}

int
need_set(struct store *s, int64_t connector, enum need n, struct text why,
    struct err *e)
{
	char key[64];

	key_of("need", n, connector, key);
	return store_meta_keep(s, key, why, e);
}

int
need_deferred(struct store *s, struct arena *a, int64_t connector, enum need n,
    struct text *out_mark, struct err *e)
{
	char key[64];

	key_of("defer", n, connector, key);
	return store_meta_get(s, a, key, out_mark, e);
}

int
need_defer(struct store *s, int64_t connector, enum need n, struct text mark,
    struct err *e)
{
	char key[64];

	key_of("defer", n, connector, key);
	return store_meta_keep(s, key, mark, e);
}

int
need_done(struct store *s, int64_t connector, enum need n, struct err *e)
{
	int r = need_set(s, connector, n, TEXT(""), e);

	return r < 0 ? r : need_defer(s, connector, n, TEXT(""), e);
}
