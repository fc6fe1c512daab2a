/* engine/sync/candidates.c -- which one object satisfies a join rule (spec
 * rules.md 4.1 and 4.2). */
#include "engine/sync/sync_int.h"

#define FIRST_IDS 64U
#define MAX_IDS   (1U << 20)
#define FEW       4U /* so few that no better clause is looked for */

/* One search: rule, what is known, where to look. */
struct search {
	struct pass *p;
	const struct plan_rule *rule;
	const struct attrs *source;
	bool inbound;
};

static int
find_value(const struct search *s, const struct join_clause *c,
    const struct value *v, struct ids *ids, struct err *e)
{
	const struct sync *sy = s->p->sy;

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

		if (a->values[i].type == VALUE_REFERENCE)
			continue;
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
	int r = mv_get(s->p->sy->store, s->p->sy->arena, id, false, &mv, e);

	if (r < 0)
		return r == ERR_NOENT ? 0 : r;
	if (type != 0 && type != mv.type)
		return 0;
	return plan_join_matches(g, s->source, &mv.values);
}

static int
cs_matches(const struct search *s, const struct join_group *g, int64_t id,
    struct err *e)
{
	uint32_t type = s->rule->rule->target_type;
	struct cs_object o;
	int r = cs_get(s->p->sy->store, s->p->sy->arena, id, CS_IMAGE, &o, e);

	if (r < 0)
		return r == ERR_NOENT ? 0 : r;
	if (o.kind != CS_STAGING || o.link != CS_DISCONNECTOR || o.mv != 0 ||
	    (o.flags & CS_IN_CD) == 0 || link_is_deleted(&o) ||
	    o.import.op == DELTA_DELETE || o.import.op == DELTA_OBSOLETE ||
	    (type != 0 && type != o.type))
		return 0;
	return plan_join_matches(g, &o.image, s->source);
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
		if (found != 0)
			return 0; /* more than one */
		found = ids.id[i];
	}
	if (r >= 0)
		*out = found;
	return r < 0 ? r : 0;
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
join_find_mv(struct pass *p, const struct plan_rule *r,
    const struct link_view *l, int64_t *out, struct err *e)
{
	struct search s = {p, r, &l->top, true};

	return match_rule(&s, out, e);
}

int
join_find_cs(
    struct pass *p, const struct plan_rule *r, int64_t *out, struct err *e)
{
	struct search s = {p, r, &p->mv.values, false};

	return match_rule(&s, out, e);
}
