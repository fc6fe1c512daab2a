/* engine/sync/inbound.c -- what all linked objects say becomes the metaverse
 * object (docs/engine/rules.md 7). */
#include <string.h>

#include "engine/sync/sync_int.h"

static int
out_of_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "out of memory");
}

static bool
contributes(const struct link_view *l)
{
	return !l->gone && (l->in_joins || l->cs.link == CS_EXPLICIT_CONNECTOR);
}

static const struct origin *
origin_of(const struct mv_object *mv, uint32_t name)
{
	uint32_t lo = 0, hi = mv->origin_count;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (mv->origins[mid].name < name)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < mv->origin_count && mv->origins[lo].name == name
		   ? &mv->origins[lo]
		   : NULL;
}

/* What a flow that applies once gave when it did: it stays. */
static const struct attr *
gave(void *ctx, const struct flow_input *in, uint32_t target)
{
	const struct pass *p = ctx;
	const struct origin *o = origin_of(&p->mv, target);

	if (o == NULL || o->cs != in->origin ||
	    o->rule != in->rule->rule->id_name)
		return NULL;
	return attrs_find(&p->mv.values, target);
}

int
inbound_inputs(
    struct pass *p, struct flow_input **out, size_t *out_count, struct err *e)
{
	struct flow_input *list;
	size_t n = 0, max = 0;
	int r = 0;

	for (size_t i = 0; i < p->link_count && r == 0; i++) {
		if (p->links[i]->gone)
			continue;
		r = link_scope(p, p->links[i], e);
		max += p->links[i]->in_count;
	}
	if (r < 0)
		return r;
	list = arena_array(p->sy->arena, max, sizeof(*list));
	if (list == NULL)
		return out_of_memory(e);
	for (size_t i = 0; i < p->link_count; i++) {
		struct link_view *l = p->links[i];

		if (!contributes(l))
			continue;
		l->asked = true;
		l->in_waits = false;
		for (size_t k = 0; k < l->in_count; k++)
			list[n++] = (struct flow_input){.rule = l->in[k],
			    .src = &l->src,
			    .origin = l->cs.id,
			    .created = p->projected,
			    .gave = gave,
			    .gave_ctx = p};
	}
	*out = list;
	*out_count = n;
	return 0;
}

/* The contributor of an attribute that no rule decides now is still there. */
static bool
is_alive(const struct flow_input *inputs, size_t n, const struct origin *origin)
{
	for (size_t i = 0; i < n && origin != NULL; i++)
		if (inputs[i].origin == origin->cs &&
		    inputs[i].rule->rule->id_name == origin->rule)
			return true;
	return false;
}

/* The object as it is to be, built attribute by attribute in rising order. */
struct build {
	struct pass *p;
	struct attrs values;
	struct origin *origins;
	uint32_t count;
	bool changed;  /* a value */
	bool reorigin; /* only who said it */
};

static int
keep_old(struct build *b, const struct attr *old)
{
	const struct origin *o = origin_of(&b->p->mv, old->name);

	if (o != NULL)
		b->origins[b->count++] = *o;
	return attrs_share(
	    b->p->sy->arena, &b->values, old->name, old->values, old->count);
}

/* A result may share its values with what the rule read. */
static int
own_values(struct build *b, const struct flow_result *fr, size_t count,
    struct attr *now, struct err *e)
{
	now->values = arena_array(b->p->sy->arena, count, sizeof(*now->values));
	if (now->values == NULL)
		return out_of_memory(e);
	memcpy(now->values, fr->values, count * sizeof(*now->values));
	return 0;
}

static int
set_new(struct build *b, const struct attr *old, const struct flow_result *fr,
    struct err *e)
{
	struct pass *p = b->p;
	struct link_view *l = link_of(p, fr->origin);
	struct attr now = {.name = fr->target, .values = fr->values};
	const struct origin *was = origin_of(&p->mv, fr->target);
	struct origin origin = {.name = fr->target,
	    .rule = fr->rule->rule->id_name,
	    .cs = fr->origin,
	    .ms = p->sy->now_ms};
	size_t count = fr->count;
	int r = 0;

	if (l != NULL && count != 0 && fr->values[0].type == VALUE_REFERENCE) {
		r = own_values(b, fr, count, &now, e);
		if (r == 0)
			r = refs_inbound(p, l, now.values, &count, e);
	}
	now.count = (uint32_t)count;
	if (r < 0 || count == 0) {
		b->changed = b->changed || old != NULL;
		return r;
	}
	if (old != NULL && attr_equal(old, &now)) {
		if (was != NULL)
			origin.ms = was->ms;
		b->reorigin = b->reorigin || was == NULL ||
			      was->rule != origin.rule || was->cs != origin.cs;
		now = *old;
	} else {
		b->changed = true;
	}
	b->origins[b->count++] = origin;
	r = attrs_share(
	    p->sy->arena, &b->values, fr->target, now.values, now.count);
	return r < 0 ? err_set(e, r, "too many values for one attribute") : 0;
}

static int
set_one(struct build *b, const struct attr *old, const struct flow_result *fr,
    bool alive, struct err *e)
{
	enum flow_outcome outcome = fr != NULL ? fr->outcome : FLOW_LEAVE;
	int r = 0;

	switch (outcome) {
	case FLOW_VALUE:
	case FLOW_MERGED:
		if (!fr->kept || old == NULL)
			return set_new(b, old, fr, e);
		r = keep_old(b, old);
		return r < 0 ? err_set(e, r, "too many values") : 0;
	case FLOW_REMOVE:
		b->changed = b->changed || old != NULL;
		return 0;
	case FLOW_LEAVE:
		break;
	}
	if (old == NULL)
		return 0;
	/* No rule decides: it stays while the one who said it is there. */
	if (alive && fr != NULL)
		r = keep_old(b, old);
	else
		b->changed = true;
	return r < 0 ? err_set(e, r, "too many values for one attribute") : 0;
}

/* Old values and results, both by rising name. */
static int
build_all(struct build *b, const struct flow_result *results, size_t n,
    const struct flow_input *inputs, size_t input_count, struct err *e)
{
	const struct attrs *old = &b->p->mv.values;
	size_t i = 0;
	uint32_t k = 0;
	int r = 0;

	while ((i < n || k < old->count) && r == 0) {
		const struct flow_result *fr = i < n ? &results[i] : NULL;
		const struct attr *o = k < old->count ? &old->items[k] : NULL;
		bool alive = true;

		if (fr != NULL && o != NULL && fr->target != o->name) {
			if (fr->target < o->name)
				o = NULL;
			else
				fr = NULL;
		}
		if (o != NULL)
			alive = is_alive(
			    inputs, input_count, origin_of(&b->p->mv, o->name));
		r = set_one(b, o, fr, alive, e);
		i += fr != NULL;
		k += o != NULL;
	}
	return r;
}

int
inbound_flow(struct pass *p, bool *out_changed, struct err *e)
{
	struct flow_request req = {.plan = p->sy->job->plan,
	    .direction = RULE_INBOUND,
	    .schema = plan_mv_schema(p->sy->job->plan),
	    .now_ms = p->sy->now_ms};
	struct build b = {.p = p};
	struct flow_input *inputs = NULL;
	struct flow_result *results = NULL;
	size_t n = 0;
	int r;

	p->algorithm = "import-flow";
	r = inbound_inputs(p, &inputs, &req.input_count, e);
	if (r < 0)
		return r;
	req.inputs = inputs;
	r = plan_flow(&req, p->sy->arena, &results, &n, e);
	if (r < 0)
		return r;
	b.origins = arena_array(
	    p->sy->arena, n + p->mv.values.count, sizeof(*b.origins));
	if (b.origins == NULL)
		return out_of_memory(e);
	r = build_all(&b, results, n, inputs, req.input_count, e);
	if (r < 0)
		return r;
	*out_changed = b.changed;
	p->mv.values = b.values;
	p->mv.origins = b.origins;
	p->mv.origin_count = b.count;
	p->mv_changed = p->mv_changed || b.changed;
	p->mv_dirty = p->mv_dirty || b.changed || b.reorigin;
	return 0;
}
