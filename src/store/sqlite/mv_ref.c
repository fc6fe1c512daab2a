/* store/sqlite/mv_ref.c -- see mv_int.h. */
#include "store/sqlite/mv_int.h"
#include "store/sqlite/pairs.h"

#define COUNT_AT 1024U /* values from which on the others are counted */

/* The values of one attribute, as they come. */
struct value_list {
	uint32_t name;
	struct value *values;
	size_t count, size;
};

static int
count_values(
    struct store *s, int64_t id, uint32_t name, size_t *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_MV_REFS_SIZE, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	query_int(&q, name);
	r = query_step(&q, e);
	if (r > 0)
		*out = (size_t)query_get_int(&q, 0);
	query_end(&q);
	return r < 0 ? r : 0;
}

/* A list that doubled all the way would hold a large group three times. */
static int
list_grow(struct store *s, struct arena *a, int64_t id, struct value_list *list,
    struct err *e)
{
	size_t size = list->size != 0 ? 2 * list->size : 8;
	struct value *values;
	int r = 0;

	if (list->size == COUNT_AT)
		r = count_values(s, id, list->name, &size, e);
	if (r < 0)
		return r;
	if (size <= list->size)
		size = 2 * list->size;
	values = arena_raw(a, size, sizeof(*values));
	if (values == NULL)
		return nomem(e);
	if (list->count != 0)
		memcpy(values, list->values, list->count * sizeof(*values));
	list->values = values;
	list->size = size;
	return 0;
}

static int
list_end(struct arena *a, struct attrs *values, const struct value_list *list,
    struct err *e)
{
	int r = 0;

	if (list->count != 0)
		r = attrs_share(
		    a, values, list->name, list->values, list->count);
	return r < 0 ? nomem(e) : 0;
}

static int
list_add(struct store *s, struct arena *a, int64_t id, struct value_list *list,
    int64_t target, struct err *e)
{
	int r = 0;

	if (list->count == list->size)
		r = list_grow(s, a, id, list, e);
	if (r == 0 && list->values != NULL)
		list->values[list->count++] =
		    value_reference_id(target, TEXT(""));
	return r;
}

/* Rows come by attribute. */
int
mv_refs_load(struct store *s, struct arena *a, int64_t id, struct attrs *values,
    struct err *e)
{
	struct value_list list = {0};
	struct query q;
	int r = query_begin(&q, s, STMT_MV_REFS, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	while ((r = query_step(&q, e)) > 0) {
		uint32_t name = (uint32_t)query_get_int(&q, 0);

		r = 0;
		if (name != list.name) {
			r = list_end(a, values, &list, e);
			list = (struct value_list){.name = name};
		}
		if (r == 0)
			r = list_add(s, a, id, &list, query_get_int(&q, 1), e);
		if (r < 0)
			break;
	}
	query_end(&q);
	return r < 0 ? r : list_end(a, values, &list, e);
}

static int
wanted_pairs(struct store *s, const struct attrs *values, struct pairs *out)
{
	int r = 0;

	for (uint32_t i = 0; i < values->count && r == 0; i++) {
		const struct attr *attr = &values->items[i];

		if (attr->values[0].type == VALUE_REFERENCE)
			r = pairs_reserve(s->tmp, out, attr->count);
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
