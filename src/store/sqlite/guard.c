/* store/sqlite/guard.c -- samples and acknowledgements; see store/guard.h. */
#include "store/guard.h"

#include "store/sqlite/sqlite_int.h"

#define ACKS 1000

/* ---- Samples ---- */

int
guard_sample_add(struct store *s, int64_t connector,
    const struct guard_sample *sample, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_GUARD_SAMPLE_ADD, e);

	if (r < 0)
		return r;
	query_int(&q, connector);
	query_int(&q, sample->run);
	query_int(&q, sample->kind);
	query_int(&q, sample->type);
	query_int(&q, sample->name);
	query_int(&q, sample->ms);
	query_int(&q, (int64_t)sample->n);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

static uint32_t
name_in(const struct query *q, int column)
{
	int64_t n = query_get_int(q, column);

	return n > 0 && n <= NAMES_MAX ? (uint32_t)n : 0;
}

/* Samples in an arena: twice the room whenever it is full. */
struct samples {
	struct guard_sample *list;
	size_t count, size;
};

static int
samples_add(
    struct samples *l, struct arena *a, const struct guard_sample *sample)
{
	size_t size = l->size != 0 ? 2 * l->size : 64;
	struct guard_sample *more;

	if (l->count == l->size) {
		more = arena_array(a, size, sizeof(*more));
		if (more == NULL)
			return ERR_NOMEM;
		if (l->count != 0)
			memcpy(more, l->list, l->count * sizeof(*more));
		l->list = more;
		l->size = size;
	}
	l->list[l->count++] = *sample;
	return 0;
}

static struct guard_sample
read_sample(const struct query *q)
{
	return (struct guard_sample){.run = query_get_int(q, 0),
	    .kind = (int)query_get_int(q, 1),
	    .type = name_in(q, 2),
	    .name = name_in(q, 3),
	    .ms = query_get_int(q, 4),
	    .n = (uint64_t)query_get_int(q, 5)};
}

int
guard_sample_list(struct store *s, struct arena *a, int64_t connector,
    struct guard_sample **out, size_t *out_count, struct err *e)
{
	struct samples found = {0};
	struct query q;
	int r = query_begin(&q, s, STMT_GUARD_SAMPLE_LIST, e);

	if (r < 0)
		return r;
	query_int(&q, connector);
	query_int(&q, GUARD_SAMPLES);
	while (r == 0 && (r = query_step(&q, e)) > 0) {
		struct guard_sample one = read_sample(&q);

		r = samples_add(&found, a, &one);
		if (r < 0)
			(void)err_set(e, r, "out of memory");
	}
	query_end(&q);
	if (r < 0)
		return r;
	*out = found.list;
	*out_count = found.count;
	return 0;
}

int
guard_sample_purge(struct store *s, int64_t older_than_ms, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_GUARD_SAMPLE_PURGE, e);

	if (r < 0)
		return r;
	query_int(&q, older_than_ms);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

/* ---- Acknowledgements ---- */

int
guard_ack_add(struct store *s, const struct guard_ack *ack, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_GUARD_ACK_ADD, e);

	if (r < 0)
		return r;
	query_int(&q, ack->connector);
	query_int(&q, ack->ms);
	query_int(&q, ack->until_ms);
	query_int(&q, ack->once);
	query_octets(&q, ack->who);
	query_octets(&q, ack->reason);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}

static int
read_ack(const struct query *q, struct arena *a, struct guard_ack *out,
    struct err *e)
{
	*out = (struct guard_ack){.id = query_get_int(q, 0),
	    .connector = query_get_int(q, 1),
	    .ms = query_get_int(q, 2),
	    .until_ms = query_get_int(q, 3),
	    .once = query_get_int(q, 4) != 0,
	    .used_ms = query_get_int(q, 5)};
	if (query_get_copy(q, 6, a, &out->who) < 0 ||
	    query_get_copy(q, 7, a, &out->reason) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	return 0;
}

int
guard_ack_list(struct store *s, struct arena *a, int64_t now_ms,
    struct guard_ack **out, size_t *out_count, struct err *e)
{
	struct guard_ack *list = arena_array(a, ACKS, sizeof(*list));
	size_t n = 0;
	struct query q;
	int r;

	if (list == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = query_begin(&q, s, STMT_GUARD_ACK_LIST, e);
	if (r < 0)
		return r;
	query_int(&q, now_ms);
	query_int(&q, ACKS);
	while (r == 0 && n < ACKS && (r = query_step(&q, e)) > 0)
		r = read_ack(&q, a, &list[n++], e);
	query_end(&q);
	if (r < 0)
		return r;
	*out = list;
	*out_count = n;
	return 0;
}

int
guard_ack_get(struct store *s, struct arena *a, int64_t connector,
    int64_t now_ms, struct guard_ack *out, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_GUARD_ACK_OF, e);

	if (r < 0)
		return r;
	*out = (struct guard_ack){0};
	query_int(&q, now_ms);
	query_int(&q, connector);
	r = query_step(&q, e);
	if (r > 0)
		r = read_ack(&q, a, out, e);
	query_end(&q);
	return r;
}

int
guard_ack_used(struct store *s, int64_t id, int64_t ms, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_GUARD_ACK_USED, e);

	if (r < 0)
		return r;
	query_int(&q, ms);
	query_int(&q, id);
	r = query_run(&q, e);
	return r < 0 ? r : 0;
}
