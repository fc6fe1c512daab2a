/* engine/step_run.c -- a step's record from begin to end. */
#include <malloc.h>
#include <string.h>

#include "base/clock.h"
#include "engine/engine_int.h"
#include "engine/tell.h"

/* What the step's hooks need. */
struct hook {
	struct running *run;
	struct step *step;
};

static void
tell_progress(void *ctx, const char *phase, uint64_t done, uint64_t total)
{
	const struct hook *h = ctx;
	const struct engine_config *cfg = &h->run->g->cfg;
	struct engine_progress p = {.connector = h->run->conn->name,
	    .step = phase,
	    .done = done,
	    .total = total};

	if (cfg->progress != NULL)
		cfg->progress(cfg->ctx, &p);
}

static bool
ask_cancelled(void *ctx)
{
	const struct hook *h = ctx;
	const struct engine_config *cfg = &h->run->g->cfg;

	return cfg->cancelled != NULL && cfg->cancelled(cfg->ctx);
}

static int
grow(struct running *run)
{
	struct engine_report *rep = run->report;
	size_t size = run->size != 0 ? 2 * run->size : 4;
	struct step_record *list;

	if (rep->step_count < run->size)
		return 0;
	list = arena_array(run->arena, size, sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	if (rep->step_count != 0)
		memcpy(list, rep->steps, rep->step_count * sizeof(*list));
	rep->steps = list;
	run->size = size;
	return 0;
}

int
step_open(struct running *run, const char *type, struct text partition,
    struct step **out, struct err *e)
{
	struct store *store = run->g->cfg.store;
	struct step *s = arena_alloc(run->arena, sizeof(*s));
	struct hook *h = arena_alloc(run->arena, sizeof(*h));
	struct step_record *rec;
	int r;

	if (s == NULL || h == NULL || grow(run) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	*h = (struct hook){run, s};
	s->store = store;
	s->connector = run->conn->id;
	s->connector_name = run->conn->name;
	s->type = type;
	s->max_objects = run->g->limits.objects;
	s->max_deletes = run->g->limits.deletes;
	s->progress = run->g->cfg.progress != NULL ? tell_progress : NULL;
	s->cancelled = ask_cancelled;
	s->ctx = h;
	r = store_begin(store, e);
	if (r < 0)
		return r;
	r = step_begin(store, run->report->run.id, type, partition, &s->id, e);
	if (r == 0)
		r = store_commit(store, e);
	else
		store_rollback(store);
	if (r < 0)
		return r;
	rec = &run->report->steps[run->report->step_count++];
	*rec = (struct step_record){.id = s->id,
	    .run = run->report->run.id,
	    .number = (int)run->report->step_count,
	    .type = text_of(type),
	    .partition = text_dup(run->arena, partition),
	    .start_ms = clock_now_ms()};
	*out = s;
	return 0;
}

static int
write_end(struct running *run, const struct step_record *rec, struct err *e)
{
	struct store *store = run->g->cfg.store;
	int r = store_begin(store, e);

	if (r < 0)
		return r;
	r = step_end(store, rec, e);
	if (r == 0)
		return store_commit(store, e);
	store_rollback(store);
	return r;
}

/* r is what the step returned, e its error.  The first error of the run is the
 * run's; 0 or that of this step comes back. */
int
step_close(struct running *run, struct step *s, int r, struct err *e)
{
	struct engine_report *rep = run->report;
	struct step_record *rec = NULL;
	struct err later = {0};
	int w;

	for (size_t i = 0; i < rep->step_count; i++)
		if (rep->steps[i].id == s->id)
			rec = &rep->steps[i];
	if (rec == NULL)
		return err_set(e, ERR_INTERNAL, "a step without a record");
	if (r < 0)
		step_stop(s, step_failure(e, true), "%s", e->text);
	rec->result = text_of(s->result != NULL ? s->result : "success");
	rec->detail = text_of(s->detail);
	rec->end_ms = clock_now_ms();
	rec->counters = s->counters;
	rec->counter_count = s->counter_count;
	rep->object_errors += s->errors;
	w = write_end(run, rec, r == 0 ? e : &later);
	tell_step(run->arena, &rep->run, rec, s->errors);
	(void)malloc_trim(0); /* its lists are freed; the next has others */
	return r < 0 ? r : w;
}
