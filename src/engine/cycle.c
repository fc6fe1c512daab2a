/* engine/cycle.c -- all connectors in the order of the scheduler (spec
 * model.md 5, operations.md 1). */
#include "engine/engine_int.h"
#include "engine/need.h"

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
	struct text needed = {0};
	uint64_t uncertain = 0;
	bool full = c->initial;
	int r = uncertain_count(c->g, ec, &uncertain, e);

	if (r == 0)
		r = need_get(c->g->cfg.store, c->arena, ec->id,
		    NEED_FULL_IMPORT, &needed, e);
	if (r < 0)
		return r;
	full = full || uncertain != 0 || needed.len != 0;
	return one_run(c, i, full ? PROFILE_FULL_IMPORT : PROFILE_DELTA_IMPORT);
}

static int
sync_one(struct cycle *c, size_t i, struct err *e)
{
	bool stale = false;
	int r = c->initial ? 0 : sync_is_stale(c->g, i, &stale, e);

	if (r < 0)
		return r;
	r = one_run(
	    c, i, c->initial || stale ? PROFILE_FULL_SYNC : PROFILE_DELTA_SYNC);
	if (c->out->runs[c->out->count - 1].code < 0)
		c->hold = true;
	return r;
}

static int
export_one(struct cycle *c, size_t i, struct err *e)
{
	const struct connector_kind *kind = c->g->cfg.connectors[i].kind;

	(void)e;
	if (c->g->cfg.staging || c->hold || (kind->can & CAN_EXPORT) == 0 ||
	    kind->ops->export == NULL)
		return 0;
	return one_run(c, i, PROFILE_EXPORT);
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
	static const struct {
		cycle_part part;
		bool cloud;
	} order[] = {{import_one, false}, {import_one, true}, {sync_one, false},
	    {sync_one, true}, {export_one, true}, {export_one, false}};
	int r = 0;

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && r == 0; i++)
		r = each(c, order[i].part, order[i].cloud, e);
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
