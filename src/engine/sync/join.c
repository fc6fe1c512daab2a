/* engine/sync/join.c -- the object of the pass finds its metaverse object, or
 * makes it (docs/engine/rules.md 4 and 5). */
#include "engine/sync/sync_int.h"

int
join_conflict(struct pass *p, const struct plan_rule *a,
    const struct plan_rule *b, struct err *e)
{
	p->where = (struct plan_where){.rule = b->rule};
	return err_type(e, ERR_RULE, "sync-rule-multiple-join-rules",
	    "rules \"%.*s\" and \"%.*s\" are both in scope and lead to "
	    "different objects",
	    TEXT_ARGS(a->rule->name), TEXT_ARGS(b->rule->name));
}

/* What all join rules in scope agree on. */
static int
find_match(struct pass *p, const struct plan_rule **out_rule, int64_t *out_mv,
    struct err *e)
{
	struct link_view *l = p->self;
	int r = 0;

	*out_mv = 0;
	for (size_t i = 0; i < l->in_count && r == 0; i++) {
		int64_t mv = 0;

		if (l->in[i]->rule->join_count == 0)
			continue;
		r = join_find_mv(p, l->in[i], l, &mv, e);
		if (r < 0 || mv == 0)
			continue;
		if (*out_mv != 0 && *out_mv != mv)
			return join_conflict(p, *out_rule, l->in[i], e);
		if (*out_mv == 0)
			*out_rule = l->in[i];
		*out_mv = mv;
	}
	return r;
}

/* The Provision rule that makes the metaverse object. */
static int
find_projection(struct pass *p, const struct plan_rule **out, struct err *e)
{
	struct link_view *l = p->self;

	*out = NULL;
	for (size_t i = 0; i < l->in_count; i++) {
		const struct plan_rule *r = l->in[i];

		if (r->rule->link != LINK_PROVISION ||
		    !plan_join_has_value(r, &l->top))
			continue;
		if (*out == NULL)
			*out = r;
		else if ((*out)->rule->target_type != r->rule->target_type)
			return join_conflict(p, *out, r, e);
	}
	if (*out != NULL && (*out)->rule->target_type == 0)
		return err_set(e, ERR_CONFIG,
		    "rule \"%.*s\" provisions without a metaverse type",
		    TEXT_ARGS((*out)->rule->name));
	return 0;
}

static void
link_made(struct pass *p, const struct plan_rule *rule, enum outcome outcome)
{
	struct link_view *l = p->self;

	p->has_mv = true;
	p->outcome = outcome;
	p->force = true;
	l->cs.link = CS_CONNECTOR;
	l->cs.mv = p->mv.id;
	l->creator = rule;
	l->scoped = false; /* now for the type of this metaverse object */
	l->dirty = true;
}

static int
join_to(struct pass *p, int64_t mv, const struct plan_rule *rule, struct err *e)
{
	int64_t *ids = NULL;
	size_t n = 0;
	struct link_view *other;
	int r = mv_get(p->sy->store, p->sy->arena, mv, true, &p->mv, e);

	if (r == 0)
		r = mv_links(p->sy->store, p->sy->arena, mv, &ids, &n, e);
	for (size_t i = 0; i < n && r == 0; i++)
		r = link_load(p, ids[i], &other, e);
	if (r < 0)
		return r;
	link_made(p, rule, OUTCOME_JOINED);
	r = refs_mark_referrers(p, p->self, e);
	return r < 0 ? r : refs_mark_mv(p, e);
}

int
join_inbound(struct pass *p, struct err *e)
{
	const struct plan_rule *rule = NULL;
	int64_t mv = 0;
	int r;

	p->algorithm = "join";
	r = link_scope(p, p->self, e);
	if (r < 0)
		return r;
	if (p->self->in_count == 0) {
		p->outcome = OUTCOME_FILTERED;
		return 0;
	}
	r = find_match(p, &rule, &mv, e);
	if (r < 0 || mv != 0)
		return r < 0 ? r : join_to(p, mv, rule, e);
	p->algorithm = "projection";
	r = find_projection(p, &rule, e);
	if (r < 0)
		return r;
	if (rule == NULL) {
		p->outcome = OUTCOME_REMAINS;
		return 0;
	}
	p->mv = (struct mv_object){.type = rule->rule->target_type};
	p->projected = true;
	link_made(p, rule, OUTCOME_PROJECTED);
	return refs_mark_referrers(p, p->self, e);
}
