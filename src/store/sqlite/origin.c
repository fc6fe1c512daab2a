/* store/sqlite/origin.c -- where objects came from that are to be deleted. */
#include "store/sqlite/sqlite_int.h"

int
cs_origin_set(struct store *s, int64_t cs, struct text container, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_ORIGIN_SET, e);

	if (r < 0)
		return r;
	query_int(&q, cs);
	query_octets(&q, container);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

int
cs_origin_get(struct store *s, struct arena *a, int64_t cs, struct text *out,
    struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_ORIGIN_GET, e);

	*out = TEXT("");
	if (r < 0)
		return r;
	query_int(&q, cs);
	r = query_step(&q, e);
	if (r > 0 && query_get_copy(&q, 0, a, out) < 0)
		r = nomem(e);
	query_end(&q);
	return r < 0 ? r : 0;
}
