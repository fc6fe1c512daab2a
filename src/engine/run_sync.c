/* engine/run_sync.c -- the synchronisation step of a run. */
#include <string.h>

#include "engine/engine_int.h"
#include "engine/need.h"

struct sync_job
sync_job_of(const struct engine *g, size_t connector, struct step *step)
{
	return (struct sync_job){.step = step,
	    .plan = g->cfg.plan,
	    .connectors = g->sync,
	    .connector_count = g->cfg.connector_count,
	    .connector = connector};
}

/* What a full sync decided for; empty while it runs, so that one that was
 * interrupted is made again. */
static int
remember_rules(struct running *run, struct text digest, struct err *e)
{
	struct engine *g = run->g;
	struct meta_key key = meta_key("plan.digest", run->conn->id);

	return store_meta_keep(g->cfg.store, key.text, digest, e);
}

#define PARTITIONS_MAX 1024U

/* Of one partition (0: all), under its name. */
struct of_partition {
	uint32_t partition;
	bool unplaced;
	struct text name;
};

static int
sync_step(struct running *run, bool full, const struct of_partition *of,
    struct err *e)
{
	struct sync_job job;
	struct step *s = NULL;
	int r =
	    step_open(run, full ? "full-sync" : "delta-sync", of->name, &s, e);

	if (r < 0)
		return r;
	job = sync_job_of(run->g, run->index, s);
	job.full = full;
	job.partition = of->partition;
	job.unplaced = of->unplaced;
	r = sync_run(&job, e);
	return step_close(run, s, r, e);
}

static int
each_partition(struct running *run, bool full, struct err *e)
{
	const struct names *names = store_names(run->g->cfg.store);
	uint32_t list[PARTITIONS_MAX];
	size_t count = 0, first = 0;
	int r = cs_partitions(
	    run->g->cfg.store, run->conn->id, list, PARTITIONS_MAX, &count, e);

	if (r == 0 && count != 0 && list[0] == 0)
		first = 1; /* those of none go with the first */
	for (size_t i = first; i < count && r == 0; i++) {
		struct of_partition of = {.partition = list[i],
		    .unplaced = i == first,
		    .name = names_text(names, list[i])};

		r = sync_step(run, full, &of, e);
	}
	return r;
}

/* One step a partition, of those that were imported last. */
static int
sync_steps(struct running *run, bool full, struct err *e)
{
	struct meta_key key = meta_key("partitions", run->conn->id);
	struct of_partition all = {0};
	const char *end;
	int r = store_meta_get(
	    run->g->cfg.store, run->arena, key.text, &all.name, e);

	if (r < 0)
		return r;
	end = all.name.len != 0 ? memchr(all.name.data, '\n', all.name.len)
				: NULL;
	if (end != NULL && end + 1 < all.name.data + all.name.len)
		return each_partition(run, full, e);
	if (end != NULL)
		all.name.len = (size_t)(end - all.name.data);
	return sync_step(run, full, &all, e);
}

int
run_sync(struct running *run, bool full, struct err *e)
{
	int r = full ? remember_rules(run, TEXT(""), e) : 0;

	if (r == 0)
		r = sync_steps(run, full, e);
	if (r < 0 || !full)
		return r;
	r = remember_rules(run, plan_digest(run->g->cfg.plan, run->index), e);
	return r < 0 ? r
		     : need_done(
			   run->g->cfg.store, run->conn->id, NEED_FULL_SYNC, e);
}
