/* engine/cycle.c -- all connectors in the order of the scheduler
 * (docs/engine/model.md 5.0.1). */
#include <string.h>

#include "base/clock.h"
#include "engine/cycle_record.h"
#include "engine/plan/plan_int.h"
#include "engine/tell.h"

/* A cycle while it goes on. */
struct cycle {
	struct engine *g;
	struct arena *arena;
	bool initial;
	struct engine_cycle_report *out;
	bool hold; /* a sync stopped: nothing is exported */
};

const char *
engine_cycle_result(const struct engine_cycle_report *r)
{
	if (r->code < 0)
		return err_name(r->code);
	return r->object_errors != 0 ? "completed-errors" : "success";
}

/* What ends the whole cycle; all else ends its own run. */
static bool
ends_cycle(int r)
{
	return r == ERR_CANCELLED || r == ERR_STORE || r == ERR_NOSPACE ||
	       r == ERR_NOMEM || r == ERR_INTERNAL;
}

static bool
is_sent(const char *counter)
{
	return strncmp(counter, "export-", 7) == 0 &&
	       strcmp(counter, "export-failure") != 0 &&
	       strncmp(counter, "export-held", 11) != 0;
}

/* Changes that a directory took. */
static void
count_sent(struct cycle *c, size_t connector, const struct engine_report *rep)
{
	uint64_t sent = 0;

	for (size_t i = 0; i < rep->step_count; i++) {
		const struct step_record *s = &rep->steps[i];

		for (size_t k = 0; k < s->counter_count; k++)
			if (is_sent(s->counters[k].name))
				sent += s->counters[k].n;
	}
	c->out->sent += sent;
	if (sent != 0 && connector < 64)
		c->out->sent_to |= UINT64_C(1) << connector;
}

static int
one_run(struct cycle *c, size_t connector, enum engine_profile profile)
{
	struct engine_report *rep = &c->out->runs[c->out->count++];
	int r = run_profile(c->g, connector, profile, c->arena, rep, &rep->err);

	rep->code = r;
	c->out->object_errors += rep->object_errors;
	if (profile == PROFILE_EXPORT)
		count_sent(c, connector, rep);
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

/* By plan: its run, and what is left for a person. */
static int
export_planned(struct cycle *c, size_t i)
{
	struct plan_report *rep = arena_alloc(c->arena, sizeof(*rep));
	struct err why = {0};
	int r, ran = 0;

	if (rep == NULL)
		return ERR_NOMEM;
	r = policy_export(c->g, i, c->arena, rep, &why);
	for (size_t k = 0; k < rep->run_count; k++) {
		c->out->runs[c->out->count++] = rep->runs[k];
		count_sent(c, i, &rep->runs[k]);
	}
	c->out->object_errors += rep->object_errors;
	/* the cloud hears of each cycle; what waits is held */
	if ((r == 0 || r == ERR_GUARD) && rep->run_count == 0 &&
	    c->g->cfg.connectors[i].cloud)
		ran = one_run(c, i, PROFILE_EXPORT);
	if (r < 0 && c->out->code == 0) {
		c->out->code = r;
		c->out->err = why;
	}
	return ends_cycle(r) ? r : ran;
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
	if (r < 0 || !waits)
		return r;
	return c->g->cfg.policy.apply == POLICY_ALWAYS
		   ? one_run(c, i, PROFILE_EXPORT)
		   : export_planned(c, i);
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

int
cycle_refresh(struct engine *g, struct arena *a,
    struct engine_cycle_report *out, struct err *e)
{
	const struct {
		cycle_part part;
		bool cloud;
	} order[] = {{import_one, false}, {import_one, true}, {sync_one, false},
	    {sync_one, true}};
	struct cycle c = {.g = g, .arena = a, .out = out};
	int r = 0;

	*out = (struct engine_cycle_report){
	    .runs =
		arena_array(a, 2 * g->cfg.connector_count, sizeof(*out->runs))};
	if (out->runs == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	g->in_cycle = true;
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && r == 0; i++)
		r = each(&c, order[i].part, order[i].cloud, e);
	g->in_cycle = false;
	if (r == 0 && out->code < 0) {
		r = out->code;
		*e = out->err;
	}
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

/* With the lock held, between two notes of when. */
static int
run_noted(struct cycle *c, struct err *e)
{
	struct store *store = c->g->cfg.store;
	int64_t began = clock_monotonic_ms();
	struct cycle_note note = {.initial = c->initial};
	struct err later = {0};
	int r, w;

	r = cycle_note_begin(store, c->initial, clock_now_ms(), e);
	if (r < 0)
		return r;
	tell_cycle(c->arena, c->initial, c->out, -1);
	c->g->in_cycle = true;
	r = run_parts(c, e);
	c->g->in_cycle = false;
	if (r == 0)
		r = purge(c->g, e);
	if (r < 0 && c->out->code == 0) {
		c->out->code = r;
		c->out->err = *e;
	}
	note.whole = r == 0;
	note.now_ms = clock_now_ms();
	note.result = engine_cycle_result(c->out);
	w = cycle_note_end(store, &note, r == 0 ? e : &later);
	tell_cycle(c->arena, c->initial, c->out, clock_monotonic_ms() - began);
	return r < 0 ? r : w;
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
		r = run_noted(&c, &why);
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
