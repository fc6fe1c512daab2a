/* engine/run_export.c -- the export step of a run, behind its guards. */
#include "engine/cycle_record.h"
#include "engine/lease.h"
#include "engine/plan/plan_int.h"

int
anything_waits(struct engine *g, const struct engine_connector *ec, bool *out,
    struct err *e)
{
	struct cs_walk w = {.connector = ec->id, .which = CS_PENDING_EXPORT};
	int64_t one;
	struct ids ids = {.id = &one, .max = 1};
	int r = cs_next(g->cfg.store, &w, &ids, e);

	*out = ids.count != 0;
	return r;
}

/* What was sent before without an answer is read back first. */
static int
resolve_uncertain(struct running *run, struct err *e)
{
	uint64_t n = 0;
	int r = uncertain_count(run->g, run->conn, &n, e);

	if (r < 0 || n == 0)
		return r;
	r = run_import(run, false, e);
	if (r < 0)
		return err_prefix(e,
		    "%llu objects of %.*s were sent without an answer and must "
		    "be read back before anything is sent again",
		    (unsigned long long)n, TEXT_ARGS(run->conn->name));
	return 0;
}

/* The stricter of our guard and of what the directory allows holds. */
static int
limits_ask(struct running *run, struct export_job *job, struct err *e)
{
	struct cs_walk w = {.connector = run->conn->id, .which = CS_EVERY};
	struct connector_limits l = {.deletions = CONNECTOR_NO_LIMIT};
	uint64_t n = 0;
	int r = 0;

	if (job->kind->ops->limits != NULL)
		r = job->kind->ops->limits(job->conn, &l, e);
	if (r == 0 && l.interval_ms != 0)
		r = engine_interval_note(run->g->cfg.store, l.interval_ms, e);
	if (r == 0 && l.deletion_percent != 0)
		r = cs_count(run->g->cfg.store, &w, &n, e);
	if (r < 0)
		return r;
	if (l.deletion_percent != 0 &&
	    n * l.deletion_percent / 100 < l.deletions)
		l.deletions = n * l.deletion_percent / 100;
	if (l.deletions < job->max_deletions) {
		job->max_deletions = l.deletions;
		job->directory_limit = true;
	}
	return 0;
}

static int
send_all(struct running *run, struct step *s, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const struct engine *g = run->g;
	const struct connector_ops *ops = run->conn->kind->ops;
	struct partition *list = NULL;
	struct gates gates = {0};
	struct export_job job = {.step = s,
	    .run = run->report->run.id,
	    .kind = run->conn->kind,
	    .max_deletions = plan_passes_limits(g) ? CONNECTOR_NO_LIMIT
						   : g->cfg.guard.deletions};
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = gates_of(run->g, run->index, a, &gates, e);
	job.gates = gates.list;
	job.gate_count = gates.count;
	if (r == 0)
		r = engine_open(run->g, run->conn, a, &job.conn, e);
	if (r == 0)
		r = lease_keep(run->g, run->index, job.conn, e);
	if (r == 0)
		r = ops->partitions(job.conn, &list, &job.partition_count, e);
	if (r == 0)
		r = limits_ask(run, &job, e);
	if (r < 0)
		step_stop(s, step_failure(e, false), "%s", e->text);
	job.partitions = list;
	if (r == 0) {
		struct err later = {0};
		int learned;

		r = export_run(&job, e);
		learned = limits_learn(run, &gates, r == 0 ? e : &later);
		r = r == 0 ? learned : r;
		learned = lease_sent(
		    run->g, run->index, job.conn, r == 0 ? e : &later);
		r = r == 0 ? learned : r;
	}
	if (job.conn != NULL)
		ops->close(job.conn);
	return r;
}

/* The run belongs to the plan before it sends anything of it. */
static int
note_plan(struct running *run, struct err *e)
{
	struct store *store = run->g->cfg.store;
	int r;

	if (run->g->applying == NULL)
		return 0;
	r = store_begin(store, e);
	if (r < 0)
		return r;
	r = frozen_run_add(
	    store, run->g->applying->report->plan.id, run->report->run.id, e);
	if (r == 0)
		return store_commit(store, e);
	store_rollback(store);
	return r;
}

int
run_export(struct running *run, struct err *e)
{
	struct step *s = NULL;
	bool waits = false, due = false;
	int r = resolve_uncertain(run, e);

	if (r == 0)
		r = anything_waits(run->g, run->conn, &waits, e);
	if (r == 0)
		r = lease_is_due(run->g, run->index, &due, e);
	if (r == 0)
		r = step_open(run, "export", TEXT(""), &s, e);
	if (r < 0)
		return r;
	if (waits)
		r = note_plan(run, e);
	/* one that hears of the end hears of it also when nothing waits */
	if (r == 0 &&
	    (waits || due || run->conn->kind->ops->export_end != NULL))
		r = send_all(run, s, e);
	r = step_close(run, s, r, e);
	// NOLINTNEXTLINE(clang-analyzer-core.NullDereference): opened
	if (r == 0 && s->held_code != 0)
		r = err_set(e, s->held_code,
		    "%.*s: %llu objects and %llu attributes are held: %s",
		    TEXT_ARGS(run->conn->name),
		    (unsigned long long)s->held_objects,
		    (unsigned long long)s->held_changes, s->held);
	return r;
}
