/* store/sqlite/cs_walk.c -- lists of ids by state, each along an index that
 * holds nothing else, so that an idle delta reads nothing. */
#include "store/sqlite/sqlite_int.h"

/* The same conditions, once to list and once to count.  Parameters: connector,
 * after, partition, and the room for a list. */
static const struct {
	enum stmt list, count;
} walks[] = {
    [CS_EVERY] = {STMT_WALK_EVERY, STMT_COUNT_EVERY},
    [CS_WORK] = {STMT_WALK_WORK, STMT_COUNT_WORK},
    [CS_PENDING_EXPORT] = {STMT_WALK_PENDING, STMT_COUNT_PENDING},
    [CS_PENDING_ADD] = {STMT_WALK_PENDING_ADD, STMT_COUNT_PENDING_ADD},
    [CS_PENDING_DELETE] = {STMT_WALK_PENDING_DELETE, STMT_COUNT_PENDING_DELETE},
    [CS_PENDING_CHANGE] = {STMT_WALK_PENDING_CHANGE, STMT_COUNT_PENDING_CHANGE},
    [CS_UNCERTAIN] = {STMT_WALK_UNCERTAIN, STMT_COUNT_UNCERTAIN},
    [CS_PLACEHOLDERS] = {STMT_WALK_PLACEHOLDERS, STMT_COUNT_PLACEHOLDERS},
    [CS_DISCONNECTORS] = {STMT_WALK_DISCONNECTORS, STMT_COUNT_DISCONNECTORS},
    [CS_ERRORS] = {STMT_WALK_ERRORS, STMT_COUNT_ERRORS},
    [CS_IMPORT_UPDATE] = {STMT_WALK_IMPORT_UPDATE, STMT_COUNT_IMPORT_UPDATE},
    [CS_IMPORT_DELETE] = {STMT_WALK_IMPORT_DELETE, STMT_COUNT_IMPORT_DELETE},
};

static int
walk_begin(struct store *s, enum stmt id, const struct cs_walk *w,
    struct query *q, struct err *e)
{
	int r = query_begin(q, s, id, e);

	if (r < 0)
		return r;
	query_int(q, w->connector);
	query_int(q, w->after);
	query_int(q, w->unplaced ? -(int64_t)w->partition : w->partition);
	return 0;
}

int
cs_next(struct store *s, struct cs_walk *w, struct ids *out, struct err *e)
{
	struct query q;
	int r = walk_begin(s, walks[w->which].list, w, &q, e);

	if (r == 0)
		r = query_ids(&q, out, e);
	if (r == 0 && out->count != 0)
		w->after = out->id[out->count - 1];
	return r;
}

int
cs_count(struct store *s, const struct cs_walk *w, uint64_t *out, struct err *e)
{
	struct query q;
	int r = walk_begin(s, walks[w->which].count, w, &q, e);

	if (r == 0)
		r = query_step(&q, e);
	if (r > 0)
		*out = (uint64_t)query_get_int(&q, 0);
	query_end(&q);
	return r < 0 ? r : 0;
}

int
cs_partitions(struct store *s, int64_t connector, uint32_t *out, size_t max,
    size_t *out_count, struct err *e)
{
	struct query q;
	size_t n = 0;
	int r = query_begin(&q, s, STMT_CS_PARTITIONS, e);

	if (r < 0)
		return r;
	query_int(&q, connector);
	while (n < max && (r = query_step(&q, e)) > 0)
		out[n++] = (uint32_t)query_get_int(&q, 0);
	query_end(&q);
	if (r < 0)
		return r;
	*out_count = n;
	return 0;
}

int
cs_pending_count(
    struct store *s, int64_t connector, struct cs_pending *out, struct err *e)
{
	struct cs_pending p = {0};
	struct query q;
	int r = query_begin(&q, s, STMT_PENDING_BY_OP, e);

	if (r < 0)
		return r;
	query_int(&q, connector);
	r = query_step(&q, e);
	if (r > 0)
		p = (struct cs_pending){.adds = (uint64_t)query_get_int(&q, 0),
		    .updates = (uint64_t)query_get_int(&q, 1),
		    .renames = (uint64_t)query_get_int(&q, 2),
		    .deletes = (uint64_t)query_get_int(&q, 3)};
	query_end(&q);
	if (r >= 0)
		r = query_begin(&q, s, STMT_PENDING_BY_REFS, e);
	if (r < 0)
		return r;
	query_int(&q, connector);
	if ((r = query_step(&q, e)) > 0)
		p.updates += (uint64_t)query_get_int(&q, 0);
	query_end(&q);
	if (r < 0)
		return r;
	*out = p;
	return 0;
}

/* ---- Obsoletion ---- */

static bool
was_seen(const struct seen_set *seen, int64_t id)
{
	size_t i = (size_t)id;

	return i < seen->bits && (seen->words[i / 64] >> i % 64 & 1);
}

static int
is_candidate(struct store *s, int64_t id, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_CS_IS_IN_CD, e);

	if (r < 0)
		return r;
	query_int(&q, id);
	r = query_step(&q, e);
	query_end(&q);
	return r;
}

int
cs_unseen(struct store *s, struct cs_walk *w, const struct seen_set *seen,
    struct ids *out, struct err *e)
{
	struct query q;
	int r = walk_begin(s, STMT_WALK_UNSEEN, w, &q, e);

	if (r < 0)
		return r;
	out->count = 0;
	while (out->count < out->max && (r = query_step(&q, e)) > 0) {
		int64_t id = query_get_int(&q, 0);

		w->after = id;
		if (was_seen(seen, id))
			continue;
		r = is_candidate(s, id, e);
		if (r < 0)
			break;
		if (r > 0)
			out->id[out->count++] = id;
	}
	query_end(&q);
	return r < 0 ? r : 0;
}

/* ---- Placeholders that nothing needs ---- */

static int
sweep_one(struct store *s, enum stmt id, int64_t cs, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, id, e);

	if (r < 0)
		return r;
	query_int(&q, cs);
	return query_run(&q, e);
}

/* One pass; each may free its parent for the next. */
static int
sweep_pass(struct store *s, int64_t connector, bool *out_more, struct err *e)
{
	int64_t room[256];
	struct ids ids = {room, sizeof(room) / sizeof(room[0]), 0};
	struct cs_walk w = {.connector = connector, .which = CS_PLACEHOLDERS};
	int r;

	*out_more = false;
	while ((r = cs_next(s, &w, &ids, e)) == 0 && ids.count != 0) {
		for (size_t i = 0; i < ids.count; i++) {
			r = sweep_one(s, STMT_CS_SWEEP, ids.id[i], e);
			*out_more = *out_more || r > 0;
			if (r == 0)
				r = sweep_one(s, STMT_CS_REASONS, ids.id[i], e);
			if (r < 0)
				return r;
		}
	}
	return r;
}

int
cs_sweep_placeholders(struct store *s, int64_t connector, struct err *e)
{
	bool more = true;
	int r = 0;

	while (more && r == 0)
		r = sweep_pass(s, connector, &more, e);
	return r;
}
