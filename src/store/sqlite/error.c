/* store/sqlite/error.c -- errors of objects: the one each has now, and those a
 * step met. */
#include "base/clock.h"
#include "store/sqlite/sqlite_int.h"

static void
bind_error(struct query *q, const struct object_error *x)
{
	query_int(q, x->cs);
	query_int(q, x->stage);
	query_int(q, x->connector);
	query_int(q, x->step);
	query_int(q, x->first_ms);
	query_int(q, x->last_ms);
	query_int(q, x->count);
	query_octets(q, x->dn);
	query_octets(q, x->type);
	query_octets(q, x->text);
	query_octets(q, x->algorithm_step);
	query_octets(q, x->rule);
	query_octets(q, x->attribute);
}

static int
put(struct store *s, enum stmt id, const struct object_error *x, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, id, e);

	if (r < 0)
		return r;
	bind_error(&q, x);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

/* While the object keeps failing in the same way, the error is the old one
 * once more. */
static int
go_on(struct store *s, struct object_error *x, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_ERROR_NOW, e);

	if (r < 0)
		return r;
	query_int(&q, x->cs);
	query_int(&q, x->stage);
	r = query_step(&q, e);
	if (r > 0 && text_equal(query_get_octets(&q, 2), x->type)) {
		x->first_ms = query_get_int(&q, 0);
		x->count = query_get_int(&q, 1) + 1;
	}
	query_end(&q);
	return r < 0 ? r : 0;
}

int
error_put(struct store *s, const struct object_error *err, struct err *e)
{
	struct object_error x = *err;
	int r = 0;

	if (x.last_ms == 0)
		x.last_ms = clock_now_ms();
	if (x.first_ms == 0)
		x.first_ms = x.last_ms;
	x.count = 1;
	if (x.cs != 0) {
		r = go_on(s, &x, e);
		if (r == 0)
			r = put(s, STMT_ERROR_PUT, &x, e);
	}
	if (r == 0 && x.step != 0)
		r = put(s, STMT_STEP_ERROR_ADD, &x, e);
	return r;
}

int
error_clear(struct store *s, int64_t cs, enum error_stage stage, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_ERROR_CLEAR, e);

	if (r < 0)
		return r;
	query_int(&q, cs);
	query_int(&q, stage);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

/* ---- Reading ---- */

static int
read_error(const struct query *q, struct arena *a, struct object_error *out)
{
	struct text *texts[] = {&out->dn, &out->type, &out->text,
	    &out->algorithm_step, &out->rule, &out->attribute};

	out->cs = query_get_int(q, 0);
	out->stage = (enum error_stage)query_get_int(q, 1);
	out->connector = query_get_int(q, 2);
	out->step = query_get_int(q, 3);
	out->first_ms = query_get_int(q, 4);
	out->last_ms = query_get_int(q, 5);
	out->count = query_get_int(q, 6);
	for (int i = 0; i < 6; i++)
		if (query_get_copy(q, 7 + i, a, texts[i]) < 0)
			return ERR_NOMEM;
	return 0;
}

int
error_list(struct store *s, struct arena *a, const struct error_query *want,
    struct object_error **out, size_t *out_count, struct err *e)
{
	struct object_error *list = arena_array(a, want->max, sizeof(*list));
	size_t count = 0;
	struct query q;
	int r;

	if (list == NULL)
		return nomem(e);
	r = query_begin(
	    &q, s, want->step != 0 ? STMT_ERRORS_STEP : STMT_ERRORS_NOW, e);
	if (r < 0)
		return r;
	query_int(&q, want->connector);
	query_int(&q, want->cs);
	query_int(&q, want->max > INT32_MAX ? INT32_MAX : (int64_t)want->max);
	if (want->step != 0)
		query_int(&q, want->step);
	while (r == 0 && count < want->max && (r = query_step(&q, e)) > 0)
		r = read_error(&q, a, &list[count++]) < 0 ? nomem(e) : 0;
	query_end(&q);
	if (r < 0)
		return r;
	*out = list;
	*out_count = count;
	return 0;
}
