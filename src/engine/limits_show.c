/* engine/limits_show.c -- the limits of a connector as they hold, for people.
 */
#include "engine/limits_int.h"

int
engine_guard_change(struct text name)
{
	return (int)limit_kind_parse(name);
}

struct views {
	struct limiter *l;
	struct guard_limit_view *list;
	size_t count, size;
};

static struct guard_limit_view *
view_add(struct views *v)
{
	return v->count < v->size ? &v->list[v->count++] : NULL;
}

/* One line for each kind of change that earlier exports made. */
static int
view_learned(struct views *v)
{
	struct limiter *l = v->l;
	const struct names *names = store_names(l->g->cfg.store);
	struct slices *seen = &l->pending;

	for (size_t i = 0; i < l->sample_count; i++) {
		const struct guard_sample *s = &l->samples[i];
		struct slice_part p = {.kind = (enum limit_kind)s->kind,
		    .type = s->type,
		    .name = s->name};

		if (s->kind >= 1 && s->kind <= (int)LIMIT_KINDS &&
		    slices_add(seen, &p) < 0)
			return ERR_NOMEM;
	}
	for (size_t i = 0; i < seen->count; i++) {
		struct slice *s = seen->list[i];
		struct guard_limit_view *w;
		struct learned k;
		struct verdict d;

		if (limits_set_for(l, s) != NULL || (w = view_add(v)) == NULL)
			continue;
		if (limits_learned(l, s, &k) < 0 ||
		    limits_verdict(l, s, &d) < 0)
			return ERR_NOMEM;
		*w = (struct guard_limit_view){
		    .change = limit_kind_name(s->kind),
		    .type = names_text(names, s->type),
		    .attribute = names_text(names, s->name),
		    .count = d.count,
		    .percent = d.percent,
		    .from = d.from,
		    .runs = k.runs,
		    .median = k.median,
		    .largest = k.largest};
	}
	return 0;
}

static void
view_set(struct views *v, size_t connector)
{
	// NOLINTNEXTLINE(clang-analyzer-core.NullDereference): r < 0
	const struct engine_guard *g = &v->l->g->cfg.guard;
	const struct text name = v->l->g->cfg.connectors[connector].name;

	for (size_t i = 0; i < g->limit_count; i++) {
		const struct guard_limit *k = &g->limits[i];
		struct guard_limit_view *w;

		if ((k->connector.len != 0 &&
			!text_equal_nocase(k->connector, name)) ||
		    (w = view_add(v)) == NULL)
			continue;
		*w = (struct guard_limit_view){
		    .change = limit_kind_name((enum limit_kind)k->change),
		    .type = k->type,
		    .attribute = k->attribute,
		    .container = k->container,
		    .count = k->count,
		    .percent = k->percent,
		    .from = k->from};
	}
}

int
engine_guard_limits(struct engine *g, size_t connector, struct arena *a,
    struct guard_limit_view **out, size_t *out_count, struct err *e)
{
	struct views v = {.size = 0};
	struct guard_limit_view *last;
	int r = limiter_new(g, connector, a, &v.l, e);

	if (r < 0)
		return r;
	/* a line at most for each sample, limit, and the rest */
	v.size = g->cfg.guard.limit_count + v.l->sample_count + 1;
	v.list = arena_array(a, v.size, sizeof(*v.list));
	if (v.list == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	view_set(&v, connector);
	if (view_learned(&v) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	last = view_add(&v);
	if (last != NULL)
		*last = (struct guard_limit_view){.count = -1,
		    .percent = limits_share(&g->cfg.guard),
		    .from = TEXT("change_percent")};
	*out = v.list;
	*out_count = v.count;
	return 0;
}

/* ---- What is held ---- */

int
engine_guard_held(struct engine *g, size_t connector, struct arena *a,
    struct text **out, size_t *out_count, struct err *e)
{
	struct gates gates = {0};
	const struct limiter *l;
	int r = gates_of(g, connector, a, &gates, e);

	*out_count = 0;
	if (r < 0)
		return r;
	l = limits_of(&gates);
	*out = arena_array(a, l != NULL ? l->pending.count : 0, sizeof(**out));
	if (*out == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; l != NULL && i < l->pending.count; i++)
		if (l->pending.list[i]->held)
			(*out)[(*out_count)++] = l->pending.list[i]->why;
	return 0;
}
