/* engine/run_sync.c -- the synchronisation step of a run. */
#include "engine/engine_int.h"

struct sync_job
sync_job_of(const struct engine *g, size_t connector, struct step *step)
{
	return (struct sync_job){.step = step,
	    .plan = g->cfg.plan,
	    .connectors = g->sync,
	    .connector_count = g->cfg.connector_count,
	    .connector = connector};
}

int
sync_is_stale(struct engine *g, size_t connector, bool *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct meta_key key =
	    meta_key("plan.digest", g->cfg.connectors[connector].id);
	struct text was;
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = store_meta_get(g->cfg.store, a, key.text, &was, e);
	if (r == 0)
		*out = !text_equal(was, plan_digest(g->cfg.plan, connector));
	return r;
}

/* What a full sync decided for; empty while it runs, so that one that was
 * interrupted is made again. */
static int
remember_rules(struct running *run, struct text digest, struct err *e)
{
	struct engine *g = run->g;
	struct meta_key key = meta_key("plan.digest", run->conn->id);
	int r = store_begin(g->cfg.store, e);

	if (r < 0)
		return r;
	r = store_meta_set(g->cfg.store, key.text, digest, e);
	if (r == 0)
		return store_commit(g->cfg.store, e);
	store_rollback(g->cfg.store);
	return r;
}

int
run_sync(struct running *run, bool full, struct err *e)
{
	struct sync_job job;
	struct step *s = NULL;
	int r =
	    step_open(run, full ? "full-sync" : "delta-sync", TEXT(""), &s, e);

	if (r == 0 && full)
		r = remember_rules(run, TEXT(""), e);
	if (r < 0)
		return r;
	job = sync_job_of(run->g, run->index, s);
	job.full = full;
	r = sync_run(&job, e);
	r = step_close(run, s, r, e);
	if (r < 0 || !full)
		return r;
	return remember_rules(
	    run, plan_digest(run->g->cfg.plan, run->index), e);
}
