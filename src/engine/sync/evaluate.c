/* engine/sync/evaluate.c -- one object's pass with all that it decided, for
 * people who write rules. */
#include <string.h>

#include "engine/sync/sync_int.h"

static int
out_of_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "out of memory");
}

/* ---- Inbound ---- */

static int
inbound_rules(struct pass *p, struct sync_verdict *out, struct err *e)
{
	const struct plan *plan = p->sy->job->plan;
	struct link_view *l = p->self;
	const struct plan_rule *const *rules = NULL;
	size_t n = 0;
	int r = link_see(p, l, e);

	if (r == 0)
		r = plan_rules(
		    plan, l->connector, RULE_INBOUND, l->cs.type, &rules, &n);
	if (r < 0)
		return r;
	out->inbound =
	    arena_array(p->sy->arena, n + 1, sizeof(const struct plan_rule *));
	if (out->inbound == NULL)
		return out_of_memory(e);
	for (size_t i = 0; i < n; i++)
		if (plan_in_scope(plan, rules[i], &l->src, NULL) == 1)
			out->inbound[out->inbound_count++] = rules[i];
	return 0;
}

/* The same flow once more, telling; a failed one fails alike. */
static int
inbound_trace(struct pass *p, struct sync_verdict *out, struct err *e)
{
	struct flow_request req = {.plan = p->sy->job->plan,
	    .direction = RULE_INBOUND,
	    .schema = plan_mv_schema(p->sy->job->plan),
	    .now_ms = p->sy->now_ms};
	struct flow_input *inputs = NULL;
	struct flow_trace *traces = NULL;
	struct err again = {0};
	int r = inbound_inputs(p, &inputs, &req.input_count, &again);

	if (r == ERR_NOMEM)
		return out_of_memory(e);
	if (r < 0)
		return 0; /* told already */
	req.inputs = inputs;
	r = plan_flow_trace(
	    &req, p->sy->arena, &traces, &out->trace_count, &again);
	out->traces = traces;
	return r == ERR_NOMEM ? out_of_memory(e) : 0;
}

/* ---- Outbound ---- */

static struct link_view *
link_of_type(const struct pass *p, size_t connector, uint32_t type)
{
	for (size_t i = 0; i < p->link_count; i++)
		if (!p->links[i]->gone && p->links[i]->connector == connector &&
		    p->links[i]->cs.type == type)
			return p->links[i];
	return NULL;
}

/* What its flows give: to the object that is there, or to one that would be
 * made or joined. */
static int
target_flows(struct pass *p, const struct out_rules *rules,
    struct sync_target *t, struct err *e)
{
	struct link_view *l = link_of_type(p, t->connector, t->type);
	struct link_view would = {
	    .connector = t->connector, .cs = {.type = t->type}};
	struct flow_request req;
	struct flow_trace *traces = NULL;
	struct flow_result *results = NULL;
	struct err again = {0};
	int r;

	t->linked = l != NULL;
	if (l == NULL)
		l = &would;
	r = out_assign(p, l, rules, e);
	if (r == 0)
		r = outflow_request(p, l, &req, e);
	if (r < 0)
		return r;
	r = plan_flow_trace(
	    &req, p->sy->arena, &traces, &t->trace_count, &again);
	t->traces = traces;
	if (r == 0)
		r = plan_flow(
		    &req, p->sy->arena, &results, &t->result_count, &again);
	t->results = results;
	/* That it fails is the object's failure, or nobody's where nothing is
	 * linked. */
	return r == ERR_NOMEM ? out_of_memory(e) : 0;
}

static struct sync_target *
target_of(struct sync_verdict *v, size_t connector, uint32_t type)
{
	for (size_t i = 0; i < v->target_count; i++)
		if (v->targets[i].connector == connector &&
		    v->targets[i].type == type)
			return &v->targets[i];
	return NULL;
}

static int
add_target(struct pass *p, size_t connector, uint32_t type,
    struct sync_verdict *out, struct err *e)
{
	struct sync_target *list =
	    arena_array(p->sy->arena, out->target_count + 1, sizeof(*list));

	if (list == NULL)
		return out_of_memory(e);
	if (out->target_count > 0)
		memcpy(list, out->targets, out->target_count * sizeof(*list));
	list[out->target_count++] =
	    (struct sync_target){.connector = connector, .type = type};
	out->targets = list;
	return 0;
}

static int
fill_target(struct pass *p, const struct out_rules *rules,
    struct sync_target *t, struct err *e)
{
	t->rules = arena_array(
	    p->sy->arena, rules->count + 1, sizeof(const struct plan_rule *));
	if (t->rules == NULL)
		return out_of_memory(e);
	for (size_t i = 0; i < rules->count; i++)
		if (out_applies(rules->list[i], t->type))
			t->rules[t->rule_count++] = rules->list[i];
	return target_flows(p, rules, t, e);
}

/* In the connector of the object itself there is the object, and no other. */
static bool
may_be(const struct pass *p, size_t connector, uint32_t type)
{
	return p->self == NULL || connector != p->sy->job->connector ||
	       link_of_type(p, connector, type) != NULL;
}

static int
connector_targets(
    struct pass *p, size_t connector, struct sync_verdict *out, struct err *e)
{
	size_t first = out->target_count;
	struct out_rules rules = {0};
	struct err again = {0};
	int r = out_in_scope(p, connector, &rules, &again);

	if (r == ERR_RULE)
		return 0; /* the object's failure, told already */
	if (r < 0)
		return err_set(e, r, "%s", again.text);
	for (size_t i = 0; i < rules.count && r == 0; i++) {
		uint32_t type = rules.list[i]->rule->target_type;

		if (type != 0 && may_be(p, connector, type) &&
		    target_of(out, connector, type) == NULL)
			r = add_target(p, connector, type, out, e);
	}
	for (size_t i = first; i < out->target_count && r == 0; i++)
		r = fill_target(p, &rules, &out->targets[i], e);
	return r;
}

static int
all_targets(struct pass *p, struct sync_verdict *out, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < p->sy->job->connector_count && r == 0; i++)
		r = connector_targets(p, i, out, e);
	return r;
}

/* ---- The pass ---- */

int
evaluate_tell(struct pass *p, struct sync_verdict *out, struct err *e)
{
	int r = p->self != NULL ? inbound_rules(p, out, e) : 0;

	if (r < 0 || !p->has_mv)
		return r;
	out->projected = p->projected;
	out->mv_type = p->mv.type;
	r = inbound_trace(p, out, e);
	if (r < 0)
		return r;
	out->mv_id = p->mv.id;
	out->mv = p->mv.values;
	out->origins = p->mv.origins;
	out->origin_count = p->mv.origin_count;
	return all_targets(p, out, e);
}

int
sync_evaluate(const struct sync_job *job, int64_t cs, struct arena *a,
    struct sync_verdict *out, struct err *e)
{
	struct pass p = {0};
	struct sync sy;
	struct arena *own;
	int r = sync_begin(&sy, job, e);

	*out = (struct sync_verdict){0};
	own = sy.arena;
	sy.arena = a;
	sy.one_round = true;
	if (r == 0)
		r = store_begin(sy.store, e);
	if (r == 0) {
		r = pass_object(&sy, cs, &p, &out->failure);
		out->where = p.where;
		if (r == 0)
			out->failure = (struct err){0};
		if (r == 0 || err_class(r) == ERR_CLASS_OBJECT)
			r = evaluate_tell(&p, out, e);
		else if (e != NULL)
			*e = out->failure;
		store_rollback(sy.store);
	}
	sy.arena = own;
	sync_end(&sy);
	return r;
}
