/* engine/plan/apply.c -- sends what a plan has and is as it was planned. */
#include "base/clock.h"
#include "base/log.h"
#include "engine/plan/plan_int.h"
#include "store/tower.h"

/* ---- What is as it was ---- */

static bool
undoes(const struct applying *p)
{
	return p->report->plan.undoes_plan != 0 ||
	       p->report->plan.undoes_run != 0;
}

bool
plan_passes_limits(const struct engine *g)
{
	const struct applying *p = g->applying;

	return p != NULL && p->wish->limits_passed &&
	       p->report->plan.undoes_run != 0;
}

static int
load_now(struct applying *p, int64_t cs, struct plan_now *now, struct err *e)
{
	int r = cs_get(p->g->cfg.store, p->item, cs, CS_ALL, &now->o, e);

	now->is_there = r == 0 && now->o.kind == CS_STAGING;
	if (r == ERR_NOENT)
		return 0;
	if (r == 0 &&
	    tower_view(p->item, &now->o, NULL, 0, TOWER_SENT, &now->held) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	return r;
}

static int
note_moved(
    struct applying *p, struct frozen_item *i, struct text note, struct err *e)
{
	struct plan_report *rep = p->report;
	struct plan_moved *m;

	if (idset_add(&p->moved, i->cs) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (rep->moved++ >= PLAN_MOVED_MAX)
		return 0;
	if (rep->list == NULL)
		rep->list =
		    arena_array(p->arena, PLAN_MOVED_MAX, sizeof(*rep->list));
	if (rep->list == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	m = &rep->list[rep->moved - 1];
	m->display = text_dup(p->arena, i->display);
	m->dn = text_dup(p->arena, i->dn);
	m->note = text_dup(p->arena, note);
	return 0;
}

/* What was found out is kept with the plan, so that show tells it. */
static int
keep(struct applying *p, struct frozen_item *i, enum plan_verdict v,
    struct text note, struct err *e)
{
	enum frozen_item_state was = i->state;

	if (v == PLAN_MOVED)
		i->state = FROZEN_ITEM_HELD;
	else if (v == PLAN_DONE)
		i->state = FROZEN_ITEM_SENT;
	else if (was == FROZEN_ITEM_HELD)
		i->state = FROZEN_ITEM_WAITS;
	if (p->wish->dry_run || (i->state == was && text_equal(i->note, note)))
		return 0;
	i->note = note;
	return frozen_item_set(p->g->cfg.store, i, e);
}

static bool
is_selected(const struct applying *p, const struct frozen_item *i)
{
	const struct names *names = store_names(p->g->cfg.store);
	bool parts = false;

	if (!plan_selects(p->wish->only, names, i))
		return false;
	if (p->wish->except == NULL || !plan_selects(p->wish->except, names, i))
		return true;
	/* except may leave out some of its changes */
	for (size_t k = 0; k < i->delta.count; k++)
		parts =
		    parts || !plan_selects_change(p->wish->except, names, i, k);
	return parts && i->op != DELTA_DELETE;
}

static int
install(struct applying *p, struct frozen_item *i, struct err *e)
{
	struct store *store = p->g->cfg.store;
	int64_t cs = i->cs;
	int r = store_save(store, e);

	if (r < 0)
		return r;
	r = plan_install(p, i, e);
	if (r == 0)
		return store_release(store, e);
	if (r != ERR_EXIST || store_undo(store, e) < 0)
		return r;
	/* its name was given to another object meanwhile */
	i->cs = cs;
	idset_remove(&p->matched, cs);
	p->report->matched--;
	i->state = FROZEN_ITEM_HELD;
	i->note = TEXT("its name is that of another object now");
	r = frozen_item_set(store, i, e);
	return r < 0 ? r : note_moved(p, i, i->note, e);
}

static int
judge(struct applying *p, struct frozen_item *i, const struct export_seen *seen,
    struct err *e)
{
	struct plan_now now = {.seen = seen};
	struct text note = TEXT("");
	enum plan_verdict v = PLAN_SAME;
	int r;

	if (!is_selected(p, i)) {
		p->report->left_out++;
		return 0;
	}
	r = load_now(p, i->cs, &now, e);
	if (r == 0)
		r = undoes(p) ? plan_compare_undo(p, i, &now, &v, &note, e)
			      : plan_compare(p, i, &now, &v, &note, e);
	if (r == 0)
		r = keep(p, i, v, note, e);
	if (r < 0)
		return r;
	if (v == PLAN_MOVED)
		return note_moved(p, i, note, e);
	if (v == PLAN_DONE) {
		p->report->done++;
		return 0;
	}
	p->report->matched++;
	if (idset_add(&p->matched, i->cs) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	return undoes(p) && !p->wish->dry_run ? install(p, i, e) : 0;
}

/* Those that are pending, and then the others. */
struct comparing_all {
	struct applying *p;
	struct seen_set seen;
};

static int
see(void *ctx, const struct export_seen *seen, struct err *e)
{
	struct comparing_all *all = ctx;
	struct applying *p = all->p;
	struct frozen_item i;
	int r;

	arena_reset(p->item);
	r = frozen_item_of(p->g->cfg.store, p->item, p->report->plan.id,
	    seen->object->id, &i, e);
	if (r <= 0)
		return r;
	if (idset_add(&all->seen, i.cs) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	return judge(p, &i, seen, e);
}

static int
see_rest(struct comparing_all *all, struct err *e)
{
	struct applying *p = all->p;
	struct frozen_item i = {0};
	int64_t after = 0;
	int r = 0;

	while (r >= 0) {
		arena_reset(p->item);
		r = frozen_item_next(
		    p->g->cfg.store, p->item, p->report->plan.id, after, &i, e);
		if (r <= 0)
			break;
		after = i.number;
		if (!idset_has(&all->seen, i.cs))
			r = judge(p, &i, NULL, e);
	}
	return r;
}

/* What came back is there now, and can be pointed to. */
static int
point(struct applying *p, struct err *e)
{
	struct frozen_item i = {0};
	int64_t after = 0;
	int r = 0;

	while (r >= 0) {
		arena_reset(p->item);
		r = frozen_item_next(
		    p->g->cfg.store, p->item, p->report->plan.id, after, &i, e);
		if (r <= 0)
			break;
		after = i.number;
		if (idset_has(&p->matched, i.cs))
			r = plan_install_refs(p, &i, e);
	}
	return r;
}

static int
compare_all(struct applying *p, struct err *e)
{
	struct comparing_all all = {.p = p};
	const struct export_visit visit = {.item = see, .ctx = &all};
	struct export_look l = {.visit = &visit};
	int r = store_begin(p->g->cfg.store, e);

	if (r < 0)
		return r;
	for (size_t i = 0;
	     i < p->g->cfg.connector_count && r == 0 && !undoes(p); i++)
		r = engine_look(p->g, i, &l, e);
	if (r == 0)
		r = see_rest(&all, e);
	if (r == 0 && undoes(p) && !p->wish->dry_run)
		r = point(p, e);
	idset_clear(&all.seen);
	if (r == 0)
		return store_commit(p->g->cfg.store, e);
	store_rollback(p->g->cfg.store);
	return r;
}

/* ---- Before and after ---- */

static int
may_apply(const struct applying *p, struct err *e)
{
	const struct frozen *f = &p->report->plan;

	if (f->state == FROZEN_DROPPED || f->state == FROZEN_REPLACED)
		return err_set(e, ERR_REFUSED, "plan %lld was %s",
		    (long long)f->id, frozen_state_name(f->state));
	if (p->g->cfg.staging && !p->wish->dry_run)
		return err_set(e, ERR_REFUSED,
		    "staging mode: nothing is sent; see causeway plan show "
		    "%lld, and causeway staging off",
		    (long long)f->id);
	return 0;
}

/* What changed since the plan was made; and what was sent without an answer is
 * read back. */
static int
refresh(struct applying *p, struct err *e)
{
	uint64_t uncertain = 0;
	int r = 0;

	if (!p->wish->as_is) {
		r = cycle_refresh(p->g, p->arena, &p->report->refresh, e);
		return r < 0 ? err_prefix(e,
				   "what changed since the plan was made "
				   "cannot be seen (--as-is applies by what "
				   "is known)")
			     : 0;
	}
	for (size_t i = 0; i < p->g->cfg.connector_count && r == 0; i++) {
		struct engine_report *rep = arena_alloc(p->arena, sizeof(*rep));

		if (rep == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		r = uncertain_count(
		    p->g, &p->g->cfg.connectors[i], &uncertain, e);
		if (r == 0 && uncertain != 0)
			r = run_profile(
			    p->g, i, PROFILE_FULL_IMPORT, p->arena, rep, e);
	}
	return r;
}

static int
send_to(struct applying *p, size_t connector, struct err *e)
{
	struct plan_report *rep = p->report;
	const struct engine_connector *ec = &p->g->cfg.connectors[connector];
	struct engine_report *run = &rep->runs[rep->run_count];
	bool waits = false;
	int r = 0;

	if ((ec->kind->can & CAN_EXPORT) == 0 || ec->kind->ops->export == NULL)
		return 0;
	r = anything_waits(p->g, ec, &waits, e);
	if (r < 0 || !waits)
		return r;
	rep->run_count++;
	r = run_profile(
	    p->g, connector, PROFILE_EXPORT, p->arena, run, &run->err);
	run->code = r;
	rep->object_errors += run->object_errors;
	if (r < 0 && rep->code == 0) {
		rep->code = r;
		rep->err = run->err;
	}
	return r == ERR_CANCELLED || r == ERR_STORE
		   ? err_set(e, r, "%s", run->err.text)
		   : 0;
}

static int
send_all(struct applying *p, struct err *e)
{
	int r = 0;

	p->report->runs = arena_array(
	    p->arena, p->g->cfg.connector_count, sizeof(*p->report->runs));
	if (p->report->runs == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	p->g->applying = p;
	for (int cloud = 1; cloud >= 0; cloud--)
		for (size_t i = 0; i < p->g->cfg.connector_count && r == 0; i++)
			if (p->g->cfg.connectors[i].cloud == (cloud == 1))
				r = send_to(p, i, e);
	p->g->applying = NULL;
	return r;
}

static int
finish(struct applying *p, struct err *e)
{
	struct plan_report *rep = p->report;
	struct store *store = p->g->cfg.store;
	bool whole = rep->left_out + rep->moved + rep->object_errors == 0 &&
		     rep->code == 0;
	int r = store_begin(store, e);

	if (r < 0)
		return r;
	if (whole)
		rep->plan.state = FROZEN_APPLIED;
	else if (rep->matched + rep->done != 0)
		rep->plan.state = FROZEN_PARTLY;
	if (whole || rep->matched != 0) {
		rep->plan.applied_ms = clock_now_ms();
		rep->plan.applied_by = p->wish->who;
	}
	r = frozen_set(store, &rep->plan, e);
	if (r == 0)
		return store_commit(store, e);
	store_rollback(store);
	return r;
}

static int
apply(struct applying *p, struct err *e)
{
	int r = frozen_get(
	    p->g->cfg.store, p->arena, p->wish->plan, &p->report->plan, e);

	if (r == 0)
		r = may_apply(p, e);
	if (r == 0)
		r = refresh(p, e);
	if (r == 0)
		r = compare_all(p, e);
	if (r < 0 || p->wish->dry_run)
		return r;
	if (p->report->matched != 0)
		r = send_all(p, e);
	return r < 0 ? r : finish(p, e);
}

int
plan_apply_locked(struct engine *g, const struct plan_apply *w, struct arena *a,
    struct plan_report *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *item = arena_new(0);
	struct applying p = {
	    .g = g, .wish = w, .arena = a, .report = out, .item = item};
	int r;

	*out = (struct plan_report){0};
	if (item == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	g->comparing = true;
	r = apply(&p, e);
	g->comparing = false;
	idset_clear(&p.matched);
	idset_clear(&p.moved);
	if (r < 0 && out->code == 0) {
		out->code = r;
		out->err = *e;
	}
	if (out->code < 0 && r == 0)
		*e = out->err;
	return out->code;
}

int
engine_plan_apply(struct engine *g, const struct plan_apply *w, struct arena *a,
    struct plan_report *out, struct err *e)
{
	struct err why = {0};
	int r;

	*out = (struct plan_report){0};
	r = store_lock(g->cfg.store, "apply", &why);
	if (r == 0) {
		r = plan_apply_locked(g, w, a, out, &why);
		store_unlock(g->cfg.store);
	}
	if (r < 0 && e != NULL)
		*e = why;
	return r;
}
