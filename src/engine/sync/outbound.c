/* engine/sync/outbound.c -- one connector's side of a metaverse object (spec
 * rules.md 2 item 7): scope, links that end, links that are made, flows. */
#include "engine/sync/sync_int.h"

bool
out_applies(const struct plan_rule *r, uint32_t type)
{
	return r->rule->target_type == 0 || r->rule->target_type == type;
}

static bool
is_live(const struct link_view *l, size_t connector)
{
	return !l->gone && l->connector == connector &&
	       l->cs.import.op != DELTA_DELETE &&
	       l->cs.import.op != DELTA_OBSOLETE;
}

static struct link_view *
live_of_type(const struct pass *p, size_t connector, uint32_t type)
{
	for (size_t i = 0; i < p->link_count; i++)
		if (is_live(p->links[i], connector) &&
		    (type == 0 || p->links[i]->cs.type == type))
			return p->links[i];
	return NULL;
}

int
out_in_scope(
    struct pass *p, size_t connector, struct out_rules *out, struct err *e)
{
	const struct link_view *l = live_of_type(p, connector, 0);
	struct plan_source src = {.attrs = &p->mv.values,
	    .imported = &p->mv.values,
	    .connector = connector,
	    .where = &p->where,
	    .scratch = p->sy->arena};
	const struct plan_rule *const *rules = NULL;
	size_t n = 0;
	int r = plan_rules(
	    p->sy->job->plan, connector, RULE_OUTBOUND, p->mv.type, &rules, &n);

	if (r < 0)
		return err_set(e, r, "no rules for the connector");
	out->any = n != 0;
	if (l != NULL)
		src.partition =
		    names_text(store_names(p->sy->store), l->cs.partition);
	out->count = 0;
	out->list =
	    arena_array(p->sy->arena, n, sizeof(const struct plan_rule *));
	if (out->list == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		r = plan_in_scope(p->sy->job->plan, rules[i], &src, e);
		if (r < 0) {
			p->algorithm = "provisioning";
			return r;
		}
		if (r == 1)
			out->list[out->count++] = rules[i];
	}
	return 0;
}

/* Spec rules.md 6.3 first, then 5.3. */
static int
end_link(struct pass *p, struct link_view *l, const struct out_rules *rules,
    struct err *e)
{
	bool provides = false, links = false;
	bool was_in = l->in_joins;
	int r = 0;

	if (l->cs.link == CS_EXPLICIT_CONNECTOR)
		return 0;
	for (size_t i = 0; i < rules->count; i++) {
		const struct plan_rule *rule = rules->list[i];

		if (!out_applies(rule, l->cs.type))
			continue;
		provides = provides || rule->rule->link == LINK_PROVISION;
		links = links || rule_links(rule);
	}
	p->algorithm = "deprovisioning";
	if (link_was_provisioned(l) && !provides)
		r = link_deprovision(p, l, e);
	else if (!links && !l->in_joins)
		r = link_end(p, l, e);
	else
		return 0;
	p->again = p->again || was_in;
	if (l == p->self)
		p->outcome = OUTCOME_CUT;
	return r;
}

/* Each type that a rule in scope would make or join. */
static int
make_links(struct pass *p, size_t connector, const struct out_rules *rules,
    struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < rules->count && r == 0; i++) {
		uint32_t type = rules->list[i]->rule->target_type;

		if (type == 0 || !rule_links(rules->list[i]) ||
		    live_of_type(p, connector, type) != NULL)
			continue;
		p->algorithm = "provisioning";
		r = provision(p, connector, type, rules, e);
	}
	return r;
}

int
out_assign(struct pass *p, struct link_view *l, const struct out_rules *rules,
    struct err *e)
{
	bool links = l->cs.link == CS_EXPLICIT_CONNECTOR;

	l->out_count = 0;
	l->out_known = true;
	l->out = arena_array(
	    p->sy->arena, rules->count, sizeof(const struct plan_rule *));
	l->out_due =
	    arena_array(p->sy->arena, rules->count, sizeof(*l->out_due));
	if (l->out == NULL || l->out_due == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < rules->count; i++) {
		if (!out_applies(rules->list[i], l->cs.type))
			continue;
		l->out_due[l->out_count] =
		    rules->due != NULL ? rules->due[i] : 0;
		l->out[l->out_count++] = rules->list[i];
		links = links || rule_links(rules->list[i]);
	}
	if (!links)
		l->out_count = 0; /* docs/engine/rules.md 4.4 */
	return 0;
}

/* Nothing that the rules want of l is another than before. */
static bool
wants_the_same(
    const struct link_view *l, const struct flow_result *was, size_t n)
{
	bool same = l->result_count == n;

	for (size_t i = 0; i < n && same; i++) {
		const struct flow_result *x = &was[i], *y = &l->results[i];
		struct attr a = {
		    .values = x->values, .count = (uint32_t)x->count};
		struct attr b = {
		    .values = y->values, .count = (uint32_t)y->count};

		same = x->target == y->target && x->outcome == y->outcome &&
		       x->rule == y->rule && x->kept == y->kept &&
		       attr_same(&a, &b);
	}
	return same;
}

static int
flow_to(struct pass *p, struct link_view *l, const struct out_rules *rules,
    struct err *e)
{
	const struct flow_result *was = l->results;
	size_t count = l->result_count;
	bool again = l->examined; /* by an earlier round of the pass */
	int r = 0;

	if (l->holds.list != NULL)
		rules = &l->holds;
	if (!rules->any && l->cs.unapplied.op == DELTA_NONE) {
		l->out_known = true; /* nothing is to be examined */
		return 0;
	}
	p->algorithm = "export-flow";
	if (!l->flowed) {
		r = out_assign(p, l, rules, e);
		if (r == 0)
			r = outflow_results(p, l, e);
	}
	if (r == 0 && !(again && wants_the_same(l, was, count)))
		r = outflow_apply(p, l, e);
	l->flowed = false;
	return r;
}

int
outbound_connector(struct pass *p, size_t connector, struct err *e)
{
	struct out_rules rules = {0};
	int r = out_in_scope(p, connector, &rules, e);

	for (size_t i = 0; i < p->link_count && r == 0; i++) {
		struct link_view *l = p->links[i];

		if (!is_live(l, connector))
			continue;
		r = wait_add(p, l, &rules, &l->holds, e);
		if (r == 0)
			r = end_link(p, l, &l->holds, e);
	}
	if (r == 0)
		r = make_links(p, connector, &rules, e);
	for (size_t i = 0; i < p->link_count && r == 0; i++)
		if (is_live(p->links[i], connector))
			r = flow_to(p, p->links[i], &rules, e);
	return r;
}
