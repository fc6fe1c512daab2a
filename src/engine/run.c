/* engine/run.c -- one run: may it start, its steps, its record. */
#include <string.h>

#include "base/clock.h"
#include "engine/engine_int.h"
#include "engine/tell.h"

/* Once for an engine: what joins look up is indexed. */
static int
prepare(struct engine *g, struct err *e)
{
	size_t cs_count = 0, mv_count = 0;
	const uint32_t *cs = plan_join_cs(g->cfg.plan, &cs_count);
	const uint32_t *mv = plan_join_mv(g->cfg.plan, &mv_count);
	int r;

	if (g->prepared)
		return 0;
	r = store_begin(g->cfg.store, e);
	if (r < 0)
		return r;
	r = store_join_attrs(g->cfg.store, cs, cs_count, mv, mv_count, e);
	if (r == 0)
		r = store_commit(g->cfg.store, e);
	else
		store_rollback(g->cfg.store);
	g->prepared = r == 0;
	return r;
}

static int
may_run(const struct engine *g, const struct engine_connector *ec,
    enum engine_profile profile, struct err *e)
{
	if (profile != PROFILE_EXPORT)
		return 0;
	if (g->cfg.staging)
		return err_set(e, ERR_REFUSED,
		    "staging mode: nothing is exported to %.*s; see causeway "
		    "pending %.*s, and causeway staging off",
		    TEXT_ARGS(ec->name), TEXT_ARGS(ec->name));
	if ((ec->kind->can & CAN_EXPORT) == 0 || ec->kind->ops->export == NULL)
		return err_set(e, ERR_REFUSED,
		    "%.*s: a connector of kind %s cannot be written",
		    TEXT_ARGS(ec->name), ec->kind->name);
	return 0;
}

static int
begin_record(struct running *run, const char *profile, struct err *e)
{
	struct store *store = run->g->cfg.store;
	struct engine_report *rep = run->report;
	int r = store_begin(store, e);

	if (r < 0)
		return r;
	r = run_begin(store, run->conn->id, profile, &rep->run.id, e);
	if (r == 0)
		r = run_get(store, run->arena, rep->run.id, &rep->run, e);
	if (r == 0)
		return store_commit(store, e);
	store_rollback(store);
	return r;
}

/* Worst first (docs/engine/model.md 6). */
static int
severity(struct text result)
{
	if (text_starts_nocase(result, "stopped-"))
		return 5;
	if (text_starts_nocase(result, "no-start-"))
		return 4;
	if (text_ends_nocase(result, "-errors"))
		return 3;
	if (text_starts_nocase(result, "completed-") &&
	    !text_is(result, "completed-no-objects"))
		return 2;
	return text_is(result, "success") ? 0 : 1;
}

static struct text
worst_result(const struct engine_report *rep, int code)
{
	struct text worst = TEXT("success");
	int most = -1;

	for (size_t i = 0; i < rep->step_count; i++)
		if (severity(rep->steps[i].result) > most) {
			worst = rep->steps[i].result;
			most = severity(worst);
		}
	/* a gate held something, and all else was done */
	if (code == ERR_GUARD && text_is(worst, "completed-warnings"))
		return worst;
	if (code < 0 && most < 4)
		return text_of(step_failure(&rep->err, rep->step_count != 0));
	return worst;
}

static int
end_record(struct running *run, int code, struct err *e)
{
	struct store *store = run->g->cfg.store;
	struct engine_report *rep = run->report;
	int r;

	rep->run.result = worst_result(rep, code);
	rep->run.end_ms = clock_now_ms();
	r = store_begin(store, e);
	if (r < 0)
		return r;
	r = run_end(store, rep->run.id, rep->run.result.data, e);
	if (r == 0)
		return store_commit(store, e);
	store_rollback(store);
	return r;
}

static int
run_steps_of(struct running *run, enum engine_profile profile, struct err *e)
{
	switch (profile) {
	case PROFILE_FULL_IMPORT:
		return run_import(run, false, e);
	case PROFILE_DELTA_IMPORT:
		return run_import(run, true, e);
	case PROFILE_FULL_SYNC:
		return run_sync(run, true, e);
	case PROFILE_DELTA_SYNC:
		return run_sync(run, false, e);
	case PROFILE_EXPORT:
		return run_export(run, e);
	}
	return err_set(e, ERR_INVAL, "no such run profile");
}

int
run_profile(struct engine *g, size_t connector, enum engine_profile profile,
    struct arena *a, struct engine_report *out, struct err *e)
{
	struct running run = {.g = g,
	    .conn = &g->cfg.connectors[connector],
	    .index = connector,
	    .arena = a,
	    .report = out};
	struct err later = {0};
	int r, w;

	r = may_run(g, run.conn, profile, e);
	if (r == 0)
		r = prepare(g, e);
	if (r == 0)
		r = begin_record(&run, engine_profile_name(profile), e);
	if (r < 0)
		return r;
	tell_run(a, out, true);
	r = run_steps_of(&run, profile, e);
	if (r < 0 && e != &out->err)
		out->err = *e;
	w = end_record(&run, r, r == 0 ? e : &later);
	out->code = r < 0 ? r : w;
	tell_run(a, out, false);
	return r < 0 ? r : w;
}
