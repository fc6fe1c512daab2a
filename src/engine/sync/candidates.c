/* engine/sync/candidates.c -- which one object satisfies a join rule
 * (docs/engine/rules.md 4.1 and 4.2).  References of the source are first
 * turned into those of the other side, so that equal ids mean one object. */
#include <string.h>

#include "engine/sync/sync_int.h"
#include "store/tower.h"

#define FIRST_IDS 64U
#define MAX_IDS   (1U << 20)
#define FEW       4U /* so few that no better clause is looked for */

/* One search: rule, what is known, where to look. */
struct search {
	struct pass *p;
	const struct plan_rule *rule;
	const struct attrs *source;
	bool inbound;
	bool refs; /* a clause is about references */
};

static int
find_value(const struct search *s, const struct join_clause *c,
    const struct value *v, struct ids *ids, struct err *e)
{
	const struct sync *sy = s->p->sy;

	if (v->type == VALUE_REFERENCE && s->inbound)
		return mv_referrers(sy->store, v->id, 0, ids, e);
	if (v->type == VALUE_REFERENCE)
		return cs_referrers(sy->store, v->id, REF_IMAGE, 0, ids, e);
	if (s->inbound)
		return mv_join_find(sy->store, c->mv_name, v, ids, e);
	return cs_join_find(sy->store,
	    sy->job->connectors[s->rule->connector].id, c->cs_name, v, ids, e);
}

/* All that have the value, however many. */
static int
find_all(const struct search *s, const struct join_clause *c,
    const struct value *v, struct ids *out, struct err *e)
{
	size_t max = FIRST_IDS;
	int r;

	do {
		*out = (struct ids){.max = max};
		out->id = arena_array(s->p->sy->arena, max, sizeof(*out->id));
		if (out->id == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		r = find_value(s, c, v, out, e);
		max *= 8;
	} while (r == 0 && out->count == out->max && max <= MAX_IDS);
	return r;
}

/* Those that satisfy one clause; NULL ids: the source has no value. */
static int
find_clause(const struct search *s, const struct join_clause *c,
    struct ids *out, struct err *e)
{
	const struct attr *a =
	    attrs_find(s->source, s->inbound ? c->cs_name : c->mv_name);
	struct ids one;
	size_t room = 0;
	int r = 0;

	*out = (struct ids){0};
	for (uint32_t i = 0; a != NULL && i < a->count && r == 0; i++) {
		int64_t *list;

		r = find_all(s, c, &a->values[i], &one, e);
		if (r < 0 || (a->count == 1)) {
			*out = one;
			return r;
		}
		room = out->count + one.count;
		list = arena_array(s->p->sy->arena, room, sizeof(*list));
		if (list == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		for (size_t k = 0; k < out->count; k++)
			list[k] = out->id[k];
		for (size_t k = 0; k < one.count; k++)
			list[out->count + k] = one.id[k];
		*out = (struct ids){.id = list, .max = room, .count = room};
	}
	return r;
}

/* The clause with the fewest candidates; no clause of a group may be without
 * a value. */
static int
find_group(const struct search *s, const struct join_group *g, struct ids *out,
    struct err *e)
{
	struct ids best = {0};
	int r;

	*out = best;
	for (size_t i = 0; i < g->count; i++)
		if (attrs_find(s->source, s->inbound
					      ? g->clauses[i].cs_name
					      : g->clauses[i].mv_name) == NULL)
			return 0;
	for (size_t i = 0; i < g->count; i++) {
		struct ids ids;

		r = find_clause(s, &g->clauses[i], &ids, e);
		if (r < 0)
			return r;
		if (i == 0 || ids.count < best.count)
			best = ids;
		if (best.count <= FEW)
			break;
	}
	*out = best;
	return 0;
}

static int
mv_matches(const struct search *s, const struct join_group *g, int64_t id,
    struct err *e)
{
	uint32_t type = s->rule->rule->target_type;
	struct mv_object mv;
	int r = mv_get(s->p->sy->store, s->p->sy->arena, id, s->refs, &mv, e);

	if (r < 0)
		return r == ERR_NOENT ? 0 : r;
	if (type != 0 && type != mv.type)
		return 0;
	return plan_join_matches(g, s->source, &mv.values);
}

/* No inbound rule is for it: one of another state may not have been looked at
 * yet.  Where no rule at all is for its type there is nothing to filter. */
static int
is_filtered(struct pass *p, int64_t id, struct err *e)
{
	const struct plan_rule *const *rules = NULL;
	bool has_mv = p->has_mv;
	struct link_view *l = NULL;
	size_t n = 0;
	int r = link_load(p, id, &l, e);

	if (r < 0)
		return r;
	p->link_count--; /* only looked at */
	r = plan_rules(p->sy->job->plan, l->connector, RULE_INBOUND, l->cs.type,
	    &rules, &n);
	if (r < 0)
		return err_set(e, r, "no rules for the connector");
	if (n == 0)
		return 0;
	p->has_mv = false; /* rules for any type */
	r = link_scope(p, l, e);
	p->has_mv = has_mv;
	return r < 0 ? r : l->in_count == 0;
}

static bool
is_free(const struct cs_object *o)
{
	return o->kind == CS_STAGING && o->mv == 0 &&
	       (o->link == CS_DISCONNECTOR ||
		   o->link == CS_FILTERED_DISCONNECTOR) &&
	       (o->flags & CS_IN_CD) != 0 && !link_is_deleted(o) &&
	       o->import.op != DELTA_DELETE && o->import.op != DELTA_OBSOLETE;
}

static int
cs_view(const struct search *s, const struct cs_object *o, struct attrs *out,
    struct err *e)
{
	struct ref_query q = {
	    .owner = o->id, .mask = REF_IMAGE, .with_target = true};
	struct cs_ref *refs = NULL;
	size_t n = 0;
	int r = 0;

	*out = o->image;
	if (!s->refs)
		return 0;
	r = cs_refs_get(s->p->sy->store, s->p->sy->arena, &q, &refs, &n, e);
	if (r == 0 &&
	    tower_view(s->p->sy->arena, o, refs, n, TOWER_IMAGE, out) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	return r;
}

static int
cs_matches(const struct search *s, const struct join_group *g, int64_t id,
    struct err *e)
{
	uint32_t type = s->rule->rule->target_type;
	struct cs_object o;
	struct attrs view;
	int r = cs_get(s->p->sy->store, s->p->sy->arena, id, CS_IMAGE, &o, e);

	if (r < 0)
		return r == ERR_NOENT ? 0 : r;
	if (!is_free(&o) || (type != 0 && type != o.type))
		return 0;
	r = cs_view(s, &o, &view, e);
	if (r < 0 || !plan_join_matches(g, &view, s->source))
		return r;
	r = is_filtered(s->p, id, e);
	return r < 0 ? r : r == 0;
}

/* *out: the only match of the group, else 0. */
static int
match_group(const struct search *s, const struct join_group *g, int64_t *out,
    struct err *e)
{
	struct ids ids;
	int64_t found = 0;
	int r = find_group(s, g, &ids, e);

	*out = 0;
	for (size_t i = 0; i < ids.count && r >= 0; i++) {
		if (ids.id[i] == found)
			continue;
		r = s->inbound ? mv_matches(s, g, ids.id[i], e)
			       : cs_matches(s, g, ids.id[i], e);
		if (r < 1)
			continue;
		if (found != 0) {
			s->p->several[0] = found;
			s->p->several[1] = ids.id[i];
			return 0;
		}
		found = ids.id[i];
	}
	if (r >= 0)
		*out = found;
	return r < 0 ? r : 0;
}

/* The references of one attribute of the source become those of the other
 * side. */
static int
turn(struct search *s, struct link_view *l, uint32_t name, struct attrs *source,
    struct err *e)
{
	const struct attr *a = attrs_find(source, name);
	struct link_view target = {.connector = s->rule->connector};
	struct pass *p = s->p;
	struct value *values;
	size_t n = a != NULL ? a->count : 0;
	int r;

	if (n == 0 || a->values[0].type != VALUE_REFERENCE)
		return 0;
	s->refs = true;
	values = arena_array(p->sy->arena, n, sizeof(*values));
	if (values == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	memcpy(values, a->values, n * sizeof(*values));
	r = l != NULL ? refs_inbound(p, l, values, &n, e)
		      : refs_outbound(p, &target, values, &n, e);
	if (r == 0 && attrs_set(p->sy->arena, source, name, values, n) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	return r;
}

/* Every attribute of a clause; l: the source, inbound. */
static int
turn_references(struct search *s, struct link_view *l, struct err *e)
{
	const struct rule *rule = s->rule->rule;
	struct attrs *copy = arena_alloc(s->p->sy->arena, sizeof(*copy));
	int r = 0;

	if (copy == NULL || attrs_shallow(s->p->sy->arena, s->source, copy) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < rule->join_count; i++)
		for (size_t k = 0; k < rule->join[i].count && r == 0; k++)
			r = turn(s, l,
			    s->inbound ? rule->join[i].clauses[k].cs_name
				       : rule->join[i].clauses[k].mv_name,
			    copy, e);
	s->source = copy;
	return r;
}

static bool
has_references(const struct search *s)
{
	const struct rule *rule = s->rule->rule;

	for (size_t i = 0; i < rule->join_count; i++)
		for (size_t k = 0; k < rule->join[i].count; k++) {
			const struct join_clause *c = &rule->join[i].clauses[k];
			const struct value *v = attrs_first(
			    s->source, s->inbound ? c->cs_name : c->mv_name);

			if (v != NULL && v->type == VALUE_REFERENCE)
				return true;
		}
	return false;
}

static int
match_rule(const struct search *s, int64_t *out, struct err *e)
{
	const struct rule *rule = s->rule->rule;
	int r = 0;

	*out = 0;
	for (size_t i = 0; i < rule->join_count && *out == 0 && r == 0; i++)
		r = match_group(s, &rule->join[i], out, e);
	return r;
}

int
join_find_mv(struct pass *p, const struct plan_rule *rule, struct link_view *l,
    int64_t *out, struct err *e)
{
	struct search s = {
	    .p = p, .rule = rule, .source = &l->top, .inbound = true};
	int r = has_references(&s) ? turn_references(&s, l, e) : 0;

	return r < 0 ? r : match_rule(&s, out, e);
}

int
join_find_cs(
    struct pass *p, const struct plan_rule *rule, int64_t *out, struct err *e)
{
	struct search s = {.p = p, .rule = rule, .source = &p->mv.values};
	int r = has_references(&s) ? turn_references(&s, NULL, e) : 0;

	return r < 0 ? r : match_rule(&s, out, e);
}
