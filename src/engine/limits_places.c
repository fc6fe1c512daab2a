/* engine/limits_places.c -- limits on the objects of a container: which there
 * are for a connector, and where an object comes from. */
#include "engine/limits_int.h"
#include "engine/plan/plan_int.h"
#include "model/dn.h"

static int
place(void *ctx, struct arena *a, const struct cs_object *o, struct text *out,
    struct err *e)
{
	const struct limiter *l = ctx;

	return plan_ou(l->g, o, a, out, e);
}

static bool
is_ours(const struct limiter *l, const struct guard_limit *k)
{
	const struct text name = l->g->cfg.connectors[l->connector].name;

	return k->container.len != 0 &&
	       (k->connector.len == 0 || text_equal_nocase(k->connector, name));
}

static int
scope_of(struct limiter *l, const struct guard_limit *k,
    struct slice_scope *out, struct err *e)
{
	struct dn dn;

	*out = (struct slice_scope){.kind = (enum limit_kind)k->change,
	    .type = k->type,
	    .attribute = k->attribute};
	if (text_is(k->container, "*"))
		return 0;
	if (dn_parse(l->arena, k->container, &dn, NULL) < 0 || dn.depth == 0)
		return err_set(e, ERR_CONFIG,
		    "limit on changes (%.*s): container \"%.*s\" is no DN",
		    TEXT_ARGS(k->from), TEXT_ARGS(k->container));
	return dn_key(l->arena, k->container, &out->container) < 0
		   ? err_set(e, ERR_NOMEM, "out of memory")
		   : 0;
}

int
limits_places(struct limiter *l, struct err *e)
{
	const struct engine_guard *g = &l->g->cfg.guard;
	struct slice_scope *list =
	    arena_array(l->arena, g->limit_count, sizeof(*list));
	size_t n = 0;
	int r = 0;

	l->of_scope =
	    // NOLINTNEXTLINE(bugprone-sizeof-expression): pointers
	    arena_array(l->arena, g->limit_count, sizeof(*l->of_scope));
	// NOLINTNEXTLINE(bugprone-sizeof-expression): pointers
	l->found = arena_array(l->arena, g->limit_count + 1, sizeof(*l->found));
	if (list == NULL || l->of_scope == NULL || l->found == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < g->limit_count && r == 0; i++) {
		if (!is_ours(l, &g->limits[i]))
			continue;
		r = scope_of(l, &g->limits[i], &list[n], e);
		l->of_scope[n++] = &g->limits[i];
	}
	l->places = (struct slice_places){.names = store_names(l->g->cfg.store),
	    .scopes = list,
	    .count = n,
	    .place = place,
	    .ctx = l};
	return r;
}
