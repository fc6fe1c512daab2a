/* engine/look.c -- what an export would send, behind its gates, without
 * sending. */
#include "engine/engine_int.h"
#include "engine/export/export.h"

/* Only the connector knows what its directory never takes. */
static int
connect(struct engine *g, const struct engine_connector *ec, struct arena *a,
    const struct export_look *l, struct connector **out, struct err *e)
{
	struct err *why = l->unchecked != NULL ? l->unchecked : e;
	bool waits = false;
	int r;

	if (ec->kind->ops->can_export == NULL || l->offline)
		return 0;
	if (anything_waits(g, ec, &waits, NULL) < 0 ||
	    (!waits && l->visit->only == NULL))
		return 0;
	r = engine_open(g, ec, a, out, why);
	if (r < 0)
		*out = NULL;
	return r;
}

static int
look(struct engine *g, size_t connector, struct arena *a, struct export_look *l,
    struct err *e)
{
	const struct engine_connector *ec = &g->cfg.connectors[connector];
	struct gates gates = {0};
	struct export_job job = {
	    .kind = ec->kind, .max_deletions = EXPORT_NO_LIMIT};
	int r = gates_of(g, connector, a, &gates, e);

	job.gates = gates.list;
	job.gate_count = gates.count;
	job.step = arena_alloc(a, sizeof(*job.step));
	if (r == 0 && job.step == NULL)
		r = err_set(e, ERR_NOMEM, "out of memory");
	if (r < 0)
		return r;
	// NOLINTNEXTLINE(clang-analyzer-core.NullDereference): r < 0
	job.step->store = g->cfg.store;
	job.step->connector = ec->id;
	job.step->connector_name = ec->name;
	job.step->type = "export";
	r = connect(g, ec, a, l, &job.conn, e);
	if (r == 0 || l->unchecked != NULL)
		r = export_pending(&job, l->visit, &l->uncertain, e);
	if (job.conn != NULL)
		ec->kind->ops->close(job.conn);
	return r;
}

int
engine_look(
    struct engine *g, size_t connector, struct export_look *l, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if ((g->cfg.connectors[connector].kind->can & CAN_EXPORT) == 0)
		return 0;
	return look(g, connector, a, l, e);
}
