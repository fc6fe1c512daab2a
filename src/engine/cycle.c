/* engine/cycle.c -- all connectors in the order of the scheduler
 * (docs/engine/model.md 5.0.1). */
#include "base/clock.h"
#include "engine/engine_int.h"

/* A cycle while it goes on. */
struct cycle {
	struct engine *g;
	struct arena *arena;
	bool initial;
	struct engine_cycle_report *out;
	bool hold; /* a sync stopped: nothing is exported */
};

/* What ends the whole cycle; all else ends its own run. */
static bool
ends_cycle(int r)
{
	return r == ERR_CANCELLED || r == ERR_STORE || r == ERR_NOSPACE ||
	       r == ERR_NOMEM || r == ERR_INTERNAL;
}

static int
one_run(struct cycle *c, size_t connector, enum engine_profile profile)
{
	struct engine_report *rep = &c->out->runs[c->out->count++];
	int r = run_profile(c->g, connector, profile, c->arena, rep, &rep->err);

	rep->code = r;
	c->out->object_errors += rep->object_errors;
	if (r < 0 && c->out->code == 0) {
		c->out->code = r;
		c->out->err = rep->err;
	}
	return ends_cycle(r) ? r : 0;
}

static int
import_one(struct cycle *c, size_t i, struct err *e)
{
	const struct engine_connector *ec = &c->g->cfg.connectors[i];
	struct engine_needs needs = {0};
	uint64_t uncertain = 0;
	bool full = c->initial;
	int r = uncertain_count(c->g, ec, &uncertain, e);

	if (r == 0)
		r = engine_needs(c->g, i, c->arena, &needs, e);
	if (r < 0)
		return r;
	full = full || uncertain != 0 ||
	       (needs.full_import.len != 0 && !needs.import_deferred);
	return one_run(c, i, full ? PROFILE_FULL_IMPORT : PROFILE_DELTA_IMPORT);
}

static int
sync_one(struct cycle *c, size_t i, struct err *e)
{
	struct engine_needs needs = {0};
	bool full = c->initial;
	int r = engine_needs(c->g, i, c->arena, &needs, e);

	if (r < 0)
		return r;
	full = full || (needs.full_sync.len != 0 && !needs.sync_deferred);
	r = one_run(c, i, full ? PROFILE_FULL_SYNC : PROFILE_DELTA_SYNC);
	if (c->out->runs[c->out->count - 1].code < 0)
		c->hold = true;
	return r;
}

static int
export_one(struct cycle *c, size_t i, struct err *e)
{
	const struct connector_kind *kind = c->g->cfg.connectors[i].kind;

	bool waits = true;
	int r = 0;

	if (c->g->cfg.staging || c->hold || (kind->can & CAN_EXPORT) == 0 ||
	    kind->ops->export == NULL)
		return 0;
	/* most sources are never written to */
	if (!c->g->cfg.connectors[i].cloud)
		r = anything_waits(c->g, &c->g->cfg.connectors[i], &waits, e);
	return r == 0 && waits ? one_run(c, i, PROFILE_EXPORT) : r;
}

typedef int (*cycle_part)(struct cycle *c, size_t i, struct err *e);

static int
each(struct cycle *c, cycle_part part, bool cloud, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < c->g->cfg.connector_count && r == 0; i++)
		if (c->g->cfg.connectors[i].cloud == cloud)
			r = part(c, i, e);
	return r;
}

static int
run_parts(struct cycle *c, struct err *e)
{
	/* What names a user for ever is on the account before the cloud is
	 * told of the user. */
	const bool first = !c->g->cfg.write_sources_first;
	const struct {
		cycle_part part;
		bool cloud;
	} order[] = {{import_one, false}, {import_one, true}, {sync_one, false},
	    {sync_one, true}, {export_one, first}, {export_one, !first}};
	int r = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && r == 0; i++)
		r = each(c, order[i].part, order[i].cloud, e);
	return r;
}

/* Runs that are older than anybody asked for. */
static int
purge(struct engine *g, struct err *e)
{
	uint64_t runs = 0;
	int r;

	if (g->cfg.history_ms == 0)
		return 0;
	r = store_begin(g->cfg.store, e);
	if (r < 0)
		return r;
	r = run_purge(
	    g->cfg.store, clock_now_ms() - g->cfg.history_ms, &runs, e);
	if (r == 0)
		return store_commit(g->cfg.store, e);
	store_rollback(g->cfg.store);
	return r;
}

int
engine_cycle(struct engine *g, bool initial, struct arena *a,
    struct engine_cycle_report *out, struct err *e)
{
	struct cycle c = {.g = g, .arena = a, .initial = initial, .out = out};
	struct err why = {0};
	int r;

	*out = (struct engine_cycle_report){0};
	out->runs =
	    arena_array(a, 3 * g->cfg.connector_count, sizeof(*out->runs));
	if (out->runs == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = store_lock(g->cfg.store, "cycle", &why);
	if (r == 0) {
		g->in_cycle = true;
		r = run_parts(&c, &why);
		g->in_cycle = false;
		if (r == 0)
			r = purge(g, &why);
		store_unlock(g->cfg.store);
	}
	if (r < 0 && out->code == 0) {
		out->code = r;
		out->err = why;
	}
	if (out->code < 0 && e != NULL)
		*e = out->err;
	return out->code;
}
