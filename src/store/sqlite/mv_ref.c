/* store/sqlite/mv_ref.c -- see mv_int.h. */
#include "store/sqlite/mv_int.h"
#include "store/sqlite/pairs.h"

int
mv_refs_load(struct store *s, struct arena *a, int64_t id, struct attrs *values,
    struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_MV_REFS, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	while ((r = query_step(&q, e)) > 0) {
		uint32_t name = (uint32_t)query_get_int(&q, 0);
		int64_t target = query_get_int(&q, 1);

		if (attrs_add(a, values, name,
			value_reference_id(target, TEXT(""))) < 0) {
			r = nomem(e);
			break;
		}
	}
	query_end(&q);
	return r;
}

static int
wanted_pairs(struct store *s, const struct attrs *values, struct pairs *out)
{
	int r = 0;

	for (uint32_t i = 0; i < values->count; i++) {
		const struct attr *attr = &values->items[i];

		for (uint32_t k = 0; k < attr->count && r == 0; k++) {
			const struct value *v = &attr->values[k];

			if (v->type == VALUE_REFERENCE && v->id != 0)
				r = pairs_add(s->tmp, out,
				    (struct pair){attr->name, v->id});
		}
	}
	pairs_sort(out);
	return r;
}

static int
compare(struct store *s, int64_t id, struct pairs *wanted, struct pairs *gone,
    struct err *e)
{
	struct pairs_compare c = {.wanted = wanted, .gone = gone};
	struct query q;
	int r = query_begin(&q, s, STMT_MV_REFS, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	while ((r = query_step(&q, e)) > 0) {
		struct pair there = {
		    (uint32_t)query_get_int(&q, 0), query_get_int(&q, 1)};

		if (pairs_there(s->tmp, &c, there) < 0) {
			r = nomem(e);
			break;
		}
	}
	query_end(&q);
	pairs_end(&c);
	return r;
}

static int
write_pairs(struct store *s, enum stmt stmt, int64_t id,
    const struct pairs *pairs, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < pairs->count && r >= 0; i++) {
		struct query q;

		r = query_begin(&q, s, stmt, e);
		if (r < 0)
			return r;
		query_int(&q, id);
		query_int(&q, pairs->items[i].name);
		query_int(&q, pairs->items[i].target);
		r = query_run(&q, e);
	}
	return r < 0 ? r : 0;
}

int
mv_refs_add(
    struct store *s, int64_t id, const struct attrs *values, struct err *e)
{
	struct pairs wanted = {0};

	if (wanted_pairs(s, values, &wanted) < 0)
		return nomem(e);
	return write_pairs(s, STMT_MV_REF_ADD, id, &wanted, e);
}

int
mv_refs_store(
    struct store *s, int64_t id, const struct attrs *values, struct err *e)
{
	struct pairs wanted = {0}, gone = {0};
	int r;

	if (wanted_pairs(s, values, &wanted) < 0)
		return nomem(e);
	r = compare(s, id, &wanted, &gone, e);
	if (r == 0)
		r = write_pairs(s, STMT_MV_REF_REMOVE, id, &gone, e);
	if (r == 0)
		r = write_pairs(s, STMT_MV_REF_ADD, id, &wanted, e);
	return r;
}
