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
key_of(enum need n, int64_t connector, char out[static 64])
{
	(void)snprintf(out, 64, "need.%s.%lld", names[n], (long long)connector);
}

int
need_get(struct store *s, struct arena *a, int64_t connector, enum need n,
    struct text *out_why, struct err *e)
{
	char key[64];

	key_of(n, connector, key);
	return store_meta_get(s, a, key, out_why, e);
}

int
need_set(struct store *s, int64_t connector, enum need n, struct text why,
    struct err *e)
{
	char key[64];
	int r = store_begin(s, e);

	if (r < 0)
		return r;
	key_of(n, connector, key);
	r = store_meta_set(s, key, why, e);
	if (r == 0)
		return store_commit(s, e);
	store_rollback(s);
	return r;
}
