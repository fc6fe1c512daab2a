/* engine/plan/policy.c -- small plans apply by themselves; the others wait for
 * a person, and what is in them waits with them. */
#include <stdio.h>

#include "base/log.h"
#include "engine/plan/plan_int.h"

#define PLANS_LOOKED_AT 200U

/* "cycle for cloud": who made a plan that nobody asked for. */
static struct text
maker_of(const struct engine_connector *ec, struct arena *a)
{
	char *t = arena_printf(a, "cycle for %.*s", TEXT_ARGS(ec->name));

	return t != NULL ? text_of(t) : TEXT("cycle");
}

/* ---- Plans that wait ---- */

/* Those that a cycle left for a person, the newest first. */
static int
waiting(struct engine *g, size_t connector, struct arena *a,
    struct frozen **out, size_t *out_count, struct err *e)
{
	struct text who = maker_of(&g->cfg.connectors[connector], a);
	size_t n = 0, kept = 0;
	int r = frozen_list(g->cfg.store, a, PLANS_LOOKED_AT, out, &n, e);

	for (size_t i = 0; i < n && r == 0; i++)
		if ((*out)[i].state == FROZEN_WAITS &&
		    text_equal((*out)[i].who, who))
			(*out)[kept++] = (*out)[i];
	*out_count = kept;
	return r;
}

struct holding {
	struct engine *g;
	struct frozen *plans;
	size_t count;
};

/* An object of a plan that waits goes with it, and not before. */
static int
ask(void *ctx, const struct gate_question *q, struct gate_answer *out,
    struct err *e)
{
	const struct holding *x = ctx;
	struct gate_hold h = {.code = "plan-waits", .part = GATE_ITEM};
	struct frozen_item i;
	int r = 0;

	for (size_t k = 0; k < x->count && r == 0; k++) {
		r = frozen_item_of(x->g->cfg.store, out->arena, x->plans[k].id,
		    q->object->id, &i, e);
		if (r <= 0)
			continue;
		h.text = text_of(arena_printf(out->arena,
		    "it waits in plan %lld for a person: causeway plan show "
		    "%lld",
		    (long long)x->plans[k].id, (long long)x->plans[k].id));
		return gate_hold(out, &h);
	}
	return r;
}

int
waiting_gate(struct engine *g, size_t connector, struct arena *a,
    struct export_gate *out, struct err *e)
{
	struct holding *x = arena_alloc(a, sizeof(*x));
	int r;

	if (x == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (g->cfg.policy.apply == POLICY_ALWAYS || g->applying != NULL ||
	    g->comparing)
		return 0;
	*x = (struct holding){.g = g};
	r = waiting(g, connector, a, &x->plans, &x->count, e);
	if (r == 0 && x->count != 0)
		*out = (struct export_gate){.name = "waiting plans",
		    .ask = ask,
		    .ctx = x,
		    .settled = true};
	return r;
}

/* ---- Is it small? ---- */

/* What is too much of it; empty: it is small. */
static int
too_much(struct engine *g, size_t connector, const struct frozen *f,
    struct buf *out, struct err *e)
{
	const struct engine_policy *p = &g->cfg.policy;
	uint64_t n = f->adds + f->updates + f->deletes, all = 0;
	struct cs_walk w = {
	    .connector = g->cfg.connectors[connector].id, .which = CS_EVERY};
	int r = cs_count(g->cfg.store, &w, &all, e);

	if (r < 0)
		return r;
	if (p->apply == POLICY_NEVER)
		buf_puts(out, "plan: apply: never");
	else if (n > p->objects)
		buf_printf(out, "%llu objects, more than %llu",
		    (unsigned long long)n, (unsigned long long)p->objects);
	else if (f->deletes > p->deletions)
		buf_printf(out, "%llu deletions, more than %llu",
		    (unsigned long long)f->deletes,
		    (unsigned long long)p->deletions);
	else if (n > p->percent_minimum && n * 100 > p->percent * all)
		buf_printf(out, "%llu of %llu objects, more than %llu percent",
		    (unsigned long long)n, (unsigned long long)all,
		    (unsigned long long)p->percent);
	return 0;
}

/* ---- A cycle ---- */

static void
tell(const struct engine *g, size_t connector, const struct frozen *f,
    const char *why)
{
	char number[32];

	(void)snprintf(number, sizeof(number), "%lld", (long long)f->id);
	if (log_enabled(LOG_INFO))
		log_event(LOG_INFO, "plan.waits", "connector",
		    g->cfg.connectors[connector].name.data, "plan", number,
		    "why", why, NULL);
}

static int
left_for_a_person(
    struct engine *g, size_t connector, struct arena *a, struct err *e)
{
	struct frozen *plans = NULL;
	size_t n = 0;
	int r = waiting(g, connector, a, &plans, &n, e);

	if (r < 0 || n == 0)
		return r;
	return err_set(e, ERR_GUARD,
	    "%.*s: plan %lld waits for a person (%llu adds, %llu updates, %llu "
	    "deletes)%s: causeway plan show %lld --group-by rule; then "
	    "causeway apply %lld, or causeway plan drop %lld",
	    TEXT_ARGS(g->cfg.connectors[connector].name),
	    (long long)plans[0].id, (unsigned long long)plans[0].adds,
	    (unsigned long long)plans[0].updates,
	    (unsigned long long)plans[0].deletes, n > 1 ? ", and others" : "",
	    (long long)plans[0].id, (long long)plans[0].id,
	    (long long)plans[0].id);
}

/* A plan that was sent waits for nobody: what was refused is pending again, and
 * in the plan of the next cycle. */
static int
settle(struct engine *g, struct frozen *f, struct err *e)
{
	struct store *store = g->cfg.store;
	int r;

	if (f->state != FROZEN_WAITS && f->state != FROZEN_PARTLY)
		return 0;
	f->state = f->state == FROZEN_PARTLY ? FROZEN_APPLIED : FROZEN_REPLACED;
	r = store_begin(store, e);
	if (r < 0)
		return r;
	r = frozen_set(store, f, e);
	if (r == 0)
		return store_commit(store, e);
	store_rollback(store);
	return r;
}

static int
apply_now(struct engine *g, const struct frozen *f, struct arena *a,
    struct plan_report *out, struct err *e)
{
	const struct plan_apply w = {
	    .plan = f->id, .as_is = true, .who = f->who};
	struct err later = {0};
	int r = plan_apply_locked(g, &w, a, out, e), s;

	if (out->plan.id == 0)
		out->plan = *f;
	s = settle(g, &out->plan, r == 0 ? e : &later);
	return r < 0 ? r : s;
}

int
policy_export(struct engine *g, size_t connector, struct arena *a,
    struct plan_report *out, struct err *e)
{
	struct plan_wish w = {.connector = connector,
	    .who = maker_of(&g->cfg.connectors[connector], a)};
	struct frozen f = {0};
	struct buf why;
	int r = plan_freeze(g, &w, a, &f, e);

	*out = (struct plan_report){0};
	buf_init(&why, 4096);
	if (r == 0 && f.id != 0)
		r = too_much(g, connector, &f, &why, e);
	if (r == 0 && why.len != 0)
		tell(g, connector, &f, buf_text(&why).data);
	else if (r == 0 && f.id != 0)
		r = apply_now(g, &f, a, out, e);
	buf_clear(&why);
	return r < 0 ? r : left_for_a_person(g, connector, a, e);
}
