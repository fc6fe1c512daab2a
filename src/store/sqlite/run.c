/* store/sqlite/run.c -- runs and their steps. */
#include "base/clock.h"
#include "store/blob.h"
#include "store/sqlite/sqlite_int.h"

/* ---- Writing ---- */

/* A statement that must change one row. */
static int
change_one(struct query *q, const char *what, int64_t id, struct err *e)
{
	int r = query_run(q, e);

	if (r == 0)
		return err_set(e, ERR_NOENT, "store %s: no %s %lld", q->s->path,
		    what, (long long)id);
	return r < 0 ? r : 0;
}

static int
count_up(struct store *s, int64_t connector, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_RUN_COUNT_UP, e);

	if (r < 0)
		return r;
	query_int(&q, connector);
	return change_one(&q, "connector", connector, e);
}

int
run_begin(struct store *s, int64_t connector, const char *profile,
    int64_t *out_run, struct err *e)
{
	struct query q;
	int r = count_up(s, connector, e);

	if (r == 0)
		r = query_begin(&q, s, STMT_RUN_ADD, e);
	if (r < 0)
		return r;
	query_int(&q, connector);
	query_int(&q, clock_now_ms());
	query_octets(&q, text_of(profile));
	r = query_run(&q, e);
	if (r < 0)
		return r;
	*out_run = sqlite3_last_insert_rowid(s->db);
	return 0;
}

int
run_end(struct store *s, int64_t run, const char *result, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_RUN_END, e);

	if (r < 0)
		return r;
	query_int(&q, run);
	query_octets(&q, text_of(result));
	query_int(&q, clock_now_ms());
	return change_one(&q, "run", run, e);
}

int
step_begin(struct store *s, int64_t run, const char *type,
    struct text partition, int64_t *out_step, struct err *e)
{
	struct query q;
	int r = query_begin(&q, s, STMT_STEP_ADD, e);

	if (r < 0)
		return r;
	query_int(&q, run);
	query_int(&q, clock_now_ms());
	query_octets(&q, text_of(type));
	query_octets(&q, partition);
	r = query_run(&q, e);
	if (r < 0)
		return r;
	*out_step = sqlite3_last_insert_rowid(s->db);
	return 0;
}

int
step_end(struct store *s, const struct step_record *step, struct err *e)
{
	struct buf *b = &s->blob[0];
	struct query q;
	int r;

	buf_reset(b);
	if (counters_encode(step->counters, step->counter_count, b) < 0)
		return nomem(e);
	r = query_begin(&q, s, STMT_STEP_END, e);
	if (r < 0)
		return r;
	query_int(&q, step->id);
	query_octets(&q, step->result);
	query_octets(&q, step->detail);
	query_int(&q, step->end_ms != 0 ? step->end_ms : clock_now_ms());
	query_octets(&q, buf_text(b));
	return change_one(&q, "step", step->id, e);
}

/* ---- Reading ---- */

static int
read_run(const struct query *q, struct arena *a, struct run_record *out)
{
	out->id = query_get_int(q, 0);
	out->connector = query_get_int(q, 1);
	out->number = query_get_int(q, 2);
	out->start_ms = query_get_int(q, 3);
	out->end_ms = query_get_int(q, 4);
	if (query_get_copy(q, 5, a, &out->profile) < 0 ||
	    query_get_copy(q, 6, a, &out->result) < 0 ||
	    query_get_copy(q, 7, a, &out->connector_name) < 0)
		return ERR_NOMEM;
	return 0;
}

int
run_list(struct store *s, struct arena *a, const struct history_page *p,
    struct run_record **out, size_t *out_count, struct err *e)
{
	struct run_record *list = arena_array(a, p->max, sizeof(*list));
	size_t count = 0;
	struct query q;
	int r;

	if (list == NULL)
		return nomem(e);
	r = query_page(&q, s, STMT_RUN_LIST, p, e);
	while (r == 0 && count < p->max && (r = query_step(&q, e)) > 0)
		r = read_run(&q, a, &list[count++]) < 0 ? nomem(e) : 0;
	query_end(&q);
	if (r < 0)
		return r;
	*out = list;
	*out_count = count;
	return 0;
}

int
run_get(struct store *s, struct arena *a, int64_t run, struct run_record *out,
    struct err *e)
{
	struct run_record record = {0};
	struct query q;
	int r = query_begin(&q, s, STMT_RUN_GET, e);

	if (r < 0)
		return r;
	query_int(&q, run);
	r = query_step(&q, e);
	if (r == 0)
		return err_set(e, ERR_NOENT, "store %s: no run %lld", s->path,
		    (long long)run);
	if (r > 0)
		r = read_run(&q, a, &record) < 0 ? nomem(e) : 0;
	query_end(&q);
	if (r == 0)
		*out = record;
	return r;
}

static int
read_step(const struct query *q, struct arena *a, struct step_record *out,
    struct err *e)
{
	struct text counters;

	out->id = query_get_int(q, 0);
	out->run = query_get_int(q, 1);
	out->number = (int)query_get_int(q, 2);
	out->start_ms = query_get_int(q, 3);
	out->end_ms = query_get_int(q, 4);
	if (query_get_copy(q, 5, a, &out->type) < 0 ||
	    query_get_copy(q, 6, a, &out->partition) < 0 ||
	    query_get_copy(q, 7, a, &out->result) < 0 ||
	    query_get_copy(q, 8, a, &out->detail) < 0 ||
	    query_get_copy(q, 9, a, &counters) < 0)
		return nomem(e);
	if (counters_decode(
		a, counters, &out->counters, &out->counter_count, e) < 0)
		return err_set(e, ERR_STORE, "store %s: step %lld is damaged",
		    q->s->path, (long long)out->id);
	return 0;
}

int
run_steps(struct store *s, struct arena *a, int64_t run,
    struct step_record **out, size_t *out_count, struct err *e)
{
	struct step_record *list;
	size_t count = 0, max = 0;
	struct query q;
	int r = query_begin(&q, s, STMT_STEP_COUNT, e);

	if (r < 0)
		return r;
	query_int(&q, run);
	if ((r = query_step(&q, e)) > 0)
		max = (size_t)query_get_int(&q, 0);
	query_end(&q);
	if (r < 0)
		return r;
	list = arena_array(a, max, sizeof(*list));
	if (list == NULL)
		return nomem(e);
	r = query_begin(&q, s, STMT_STEP_LIST, e);
	if (r < 0)
		return r;
	query_int(&q, run);
	while (r == 0 && count < max && (r = query_step(&q, e)) > 0)
		r = read_step(&q, a, &list[count++], e);
	query_end(&q);
	if (r < 0)
		return r;
	*out = list;
	*out_count = count;
	return 0;
}

/* ---- Purging ---- */

int
run_purge(
    struct store *s, int64_t older_than_ms, uint64_t *out_runs, struct err *e)
{
	static const enum stmt all[] = {STMT_PURGE_ERRORS, STMT_PURGE_STEPS,
	    STMT_PURGE_JOURNAL, STMT_PURGE_FROZEN_ITEMS, STMT_PURGE_FROZEN_RUNS,
	    STMT_PURGE_FROZEN, STMT_PURGE_RUNS};
	int r = 0;

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]) && r >= 0; i++) {
		struct query q;

		r = query_begin(&q, s, all[i], e);
		if (r < 0)
			return r;
		query_int(&q, older_than_ms);
		r = query_run(&q, e);
	}
	if (r < 0)
		return r;
	*out_runs = (uint64_t)r;
	return 0;
}
