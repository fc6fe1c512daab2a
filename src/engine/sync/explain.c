/* engine/sync/explain.c -- which rule is behind an attribute to be exported. */
#include "engine/sync/sync_int.h"

static int
flows_of(struct pass *p, struct link_view *l, struct err *e)
{
	struct plan_source src = {.attrs = &p->mv.values,
	    .imported = &p->mv.values,
	    .connector = l->connector,
	    .partition =
		names_text(store_names(p->sy->store), l->cs.partition)};
	const struct plan_rule *const *rules = NULL;
	struct out_rules in = {0};
	size_t n = 0;
	int r = plan_rules(p->sy->job->plan, l->connector, RULE_OUTBOUND,
	    p->mv.type, &rules, &n);

	if (r < 0)
		return err_set(e, r, "no rules for the connector");
	in.list =
	    arena_array(p->sy->arena, n, sizeof(const struct plan_rule *));
	if (in.list == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < n && r >= 0; i++) {
		r = plan_in_scope(p->sy->job->plan, rules[i], &src, e);
		if (r == 1)
			in.list[in.count++] = rules[i];
	}
	if (r >= 0)
		r = wait_add(p, l, &in, &l->holds, e);
	if (r >= 0)
		r = out_assign(p, l, &l->holds, e);
	return r < 0 ? r : outflow_results(p, l, e);
}

static int
to_list(const struct link_view *l, struct arena *a, struct sync_flow **out,
    size_t *out_count)
{
	struct sync_flow *list = arena_array(a, l->result_count, sizeof(*list));

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < l->result_count; i++) {
		const struct flow_result *fr = &l->results[i];

		list[i].name = fr->target;
		if (fr->rule != NULL)
			list[i].rule = fr->rule->rule->name;
	}
	*out = list;
	*out_count = l->result_count;
	return 0;
}

int
sync_explain(const struct sync_job *job, int64_t cs, struct arena *a,
    struct sync_flow **out, size_t *out_count, struct err *e)
{
	struct pass p = {0};
	struct sync sy;
	struct link_view *l = NULL;
	int r = sync_begin(&sy, job, e);

	*out_count = 0;
	p.sy = &sy;
	if (r == 0)
		r = link_load(&p, cs, &l, e);
	if (r == 0 && l->cs.mv != 0)
		r = mv_get(sy.store, sy.arena, l->cs.mv, true, &p.mv, e);
	if (r == 0 && l->cs.mv != 0) {
		r = flows_of(&p, l, e);
		if (r == 0 && to_list(l, a, out, out_count) < 0)
			r = err_set(e, ERR_NOMEM, "out of memory");
	}
	sync_end(&sy);
	return r;
}
