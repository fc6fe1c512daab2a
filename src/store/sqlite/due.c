/* store/sqlite/due.c -- objects whose links end at a time. */
#include "store/sqlite/sqlite_int.h"

int
cs_due_set(struct store *s, int64_t cs, int64_t ms, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, ms != 0 ? STMT_DUE_SET : STMT_DUE_CLEAR, e);

	if (r < 0)
		return r;
	query_int(&q, cs);
	if (ms != 0)
		query_int(&q, ms);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

int
cs_due_next(struct store *s, int64_t now_ms, int64_t after, struct ids *out,
    struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_DUE_NEXT, e);

	if (r < 0)
		return r;
	query_int(&q, now_ms);
	query_int(&q, after);
	return query_ids(&q, out, e);
}
