/* engine/sync/review.c -- what the rules say of an object as it stands, without
 * a pass: which are in scope, which are not and by which clause, and what the
 * join rules find. */
#include "engine/sync/sync_int.h"

/* One question. */
struct review {
	struct pass *p;
	struct sync_review *out;
};

static int
out_of_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "out of memory");
}

/* Room for more of both lists, in the arena of the answer. */
static int
reserve(struct review *v, size_t more, struct err *e)
{
	struct sync_review *out = v->out;
	struct arena *a = v->p->sy->arena;
	struct sync_missed *missed =
	    arena_array(a, out->missed_count + more, sizeof(*missed));
	struct sync_try *tries =
	    arena_array(a, out->try_count + more, sizeof(*tries));

	if (missed == NULL || tries == NULL)
		return out_of_memory(e);
	for (size_t i = 0; i < out->missed_count; i++)
		missed[i] = out->missed[i];
	for (size_t i = 0; i < out->try_count; i++)
		tries[i] = out->tries[i];
	out->missed = missed;
	out->tries = tries;
	return 0;
}

/* 1: r is in scope; 0: it is among those that are not. */
static int
note_scope(struct review *v, const struct plan_rule *r,
    const struct plan_source *src, int64_t cs, struct err *e)
{
	struct sync_missed m = {.rule = r, .cs = cs};
	struct plan_miss *list = NULL;
	int rc =
	    plan_scope_misses(v->p->sy->job->plan, r, src, &list, &m.count, e);

	if (rc < 0)
		return rc;
	if (m.count == 0)
		return 1;
	m.misses = list;
	v->out->missed[v->out->missed_count++] = m;
	return 0;
}

static void
note_try(
    struct review *v, const struct plan_rule *r, bool has_value, int64_t found)
{
	struct sync_try t = {.rule = r, .found = found};

	if (found != 0) {
		t.outcome = SYNC_FOUND_ONE;
	} else if (v->p->several[0] != 0) {
		t.outcome = SYNC_FOUND_SEVERAL;
		t.found = v->p->several[0];
		t.other = v->p->several[1];
	} else if (!has_value) {
		t.outcome = SYNC_FOUND_NO_VALUE;
	}
	v->out->tries[v->out->try_count++] = t;
}

/* ---- Inbound ---- */

static int
look_inbound(struct review *v, struct link_view *l, struct err *e)
{
	struct pass *p = v->p;
	const struct plan_rule *const *rules = NULL;
	size_t n = 0;
	int r = link_see(p, l, e);

	if (r == 0 && plan_rules(p->sy->job->plan, l->connector, RULE_INBOUND,
			  l->cs.type, &rules, &n) < 0)
		r = err_set(e, ERR_NOENT, "no rules for the connector");
	if (r == 0)
		r = reserve(v, n, e);
	for (size_t i = 0; i < n && r >= 0; i++) {
		int64_t mv = 0;

		r = note_scope(v, rules[i], &l->src, l->cs.id, e);
		if (r != 1 || rules[i]->rule->join_count == 0 || p->has_mv)
			continue;
		p->several[0] = 0;
		r = join_find_mv(p, rules[i], l, &mv, e);
		if (r == 0)
			note_try(v, rules[i],
			    plan_join_has_value(rules[i], &l->top), mv);
	}
	return r < 0 ? r : 0;
}

/* ---- Outbound ---- */

static bool
is_linked(const struct pass *p, size_t connector)
{
	for (size_t i = 0; i < p->link_count; i++)
		if (p->links[i]->connector == connector)
			return true;
	return false;
}

static int
look_outbound(struct review *v, size_t connector, struct err *e)
{
	struct pass *p = v->p;
	struct plan_source src = {.attrs = &p->mv.values,
	    .imported = &p->mv.values,
	    .connector = connector,
	    .where = &p->where,
	    .scratch = p->sy->arena};
	const struct plan_rule *const *rules = NULL;
	size_t n = 0;
	int r = 0;

	if (plan_rules(p->sy->job->plan, connector, RULE_OUTBOUND, p->mv.type,
		&rules, &n) < 0)
		return err_set(e, ERR_NOENT, "no rules for the connector");
	r = reserve(v, n, e);
	for (size_t i = 0; i < n && r >= 0; i++) {
		int64_t cs = 0;

		r = note_scope(v, rules[i], &src, 0, e);
		if (r != 1 || rules[i]->rule->join_count == 0 ||
		    is_linked(p, connector))
			continue;
		p->several[0] = 0;
		r = join_find_cs(p, rules[i], &cs, e);
		if (r == 0)
			note_try(v, rules[i],
			    plan_join_has_value(rules[i], &p->mv.values), cs);
	}
	return r < 0 ? r : 0;
}

/* ---- The object ---- */

static int
look(struct review *v, struct err *e)
{
	struct pass *p = v->p;
	int r = 0;

	for (size_t i = 0; i < p->link_count && r == 0; i++)
		r = look_inbound(v, p->links[i], e);
	for (size_t i = 0;
	     i < p->sy->job->connector_count && r == 0 && p->has_mv; i++)
		r = look_outbound(v, i, e);
	if (r == 0)
		r = evaluate_tell(p, &v->out->verdict, e);
	return r;
}

static int
load(struct pass *p, struct sync_subject what, struct err *e)
{
	int r = 0;

	if (what.cs != 0)
		r = link_load(p, what.cs, &p->self, e);
	if (r == 0 && p->self != NULL)
		what.mv = p->self->cs.mv;
	if (r == 0 && what.mv != 0)
		r = pass_load_mv(p, what.mv, e);
	if (what.mv != 0)
		p->self = NULL; /* one of those that are linked */
	return r;
}

int
sync_review(const struct sync_job *job, struct sync_subject what,
    struct arena *a, struct sync_review *out, struct err *e)
{
	struct err why = {0};
	struct pass p = {0};
	struct review v = {.p = &p, .out = out};
	struct sync sy;
	struct arena *own;
	int r = sync_begin(&sy, job, e);

	*out = (struct sync_review){0};
	own = sy.arena;
	sy.arena = a;
	sy.one_round = true; /* with the names of what is referred to */
	p.sy = &sy;
	if (r == 0)
		r = load(&p, what, e);
	if (r == 0) {
		r = look(&v, &why);
		if (r < 0 && err_class(r) == ERR_CLASS_OBJECT) {
			out->verdict.failure = why;
			out->verdict.where = p.where;
			r = 0;
		} else if (r < 0 && e != NULL) {
			*e = why;
		}
	}
	sy.arena = own;
	sync_end(&sy);
	return r;
}
