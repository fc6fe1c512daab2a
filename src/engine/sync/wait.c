/* engine/sync/wait.c -- a provision rule with a soft deletion interval that
 * left scope counts for its link until the time is over
 * (docs/engine/rules.md 6.4). */
#include "engine/sync/sync_int.h"

#define PAGE 256U

int64_t
wait_until(
    const struct pass *p, const struct link_view *l, const struct plan_rule *r)
{
	const struct rule *rule = r->rule;
	bool inbound = rule->direction == RULE_INBOUND;

	if (rule->soft_delete_ms <= 0 || rule->link != LINK_PROVISION)
		return 0;
	for (uint32_t i = 0; i < l->cs.lineage_count; i++) {
		const struct lineage *x = &l->cs.lineage[i];
		int64_t due = x->due_ms;

		if (x->rule != rule->id_name || !x->provision ||
		    (x->inbound != 0) != inbound)
			continue;
		if (due == 0)
			due = p->sy->now_ms + rule->soft_delete_ms;
		return due > p->sy->now_ms ? due : 0;
	}
	return 0;
}

static bool
is_listed(const struct out_rules *rules, const struct plan_rule *r)
{
	for (size_t i = 0; i < rules->count; i++)
		if (rules->list[i] == r)
			return true;
	return false;
}

/* Whether an outbound provision rule of the lineage is not in scope. */
static bool
has_left(const struct link_view *l, const struct out_rules *rules)
{
	for (uint32_t i = 0; i < l->cs.lineage_count; i++) {
		bool found = false;

		if (l->cs.lineage[i].inbound || !l->cs.lineage[i].provision)
			continue;
		for (size_t k = 0; k < rules->count && !found; k++)
			found = rules->list[k]->rule->id_name ==
				l->cs.lineage[i].rule;
		if (!found)
			return true;
	}
	return false;
}

int
wait_add(struct pass *p, const struct link_view *l,
    const struct out_rules *rules, struct out_rules *out, struct err *e)
{
	const struct plan_rule *const *all = NULL;
	size_t n = 0;
	int r;

	*out = *rules;
	if (!has_left(l, rules))
		return 0;
	r = plan_rules(p->sy->job->plan, l->connector, RULE_OUTBOUND,
	    p->mv.type, &all, &n);
	if (r < 0)
		return err_set(e, r, "no rules for the connector");
	out->count = 0;
	out->list =
	    arena_array(p->sy->arena, n, sizeof(const struct plan_rule *));
	out->due = arena_array(p->sy->arena, n, sizeof(*out->due));
	if (out->list == NULL || out->due == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		int64_t due = 0;

		if (!is_listed(rules, all[i])) {
			due = wait_until(p, l, all[i]);
			if (due == 0)
				continue;
		}
		out->due[out->count] = due;
		out->list[out->count++] = all[i];
	}
	return 0;
}

static int64_t
earliest(const struct lineage *list, uint32_t count)
{
	int64_t due = 0;

	for (uint32_t i = 0; i < count; i++)
		if (list[i].due_ms != 0 && (due == 0 || list[i].due_ms < due))
			due = list[i].due_ms;
	return due;
}

int
wait_note(struct pass *p, const struct link_view *l, const struct lineage *list,
    uint32_t count, struct err *e)
{
	int64_t was = earliest(l->cs.lineage, l->cs.lineage_count);
	int64_t now = earliest(list, count);

	if (was == now || l->cs.id == 0)
		return 0;
	return cs_due_set(p->sy->store, l->cs.id, now, e);
}

/* One that is linked brings its metaverse object back; of others nothing is
 * to be kept. */
static int
wake(struct sync *sy, int64_t cs, struct err *e)
{
	struct cs_object o;
	int r = cs_get(sy->store, sy->arena, cs, 0, &o, e);

	if (r == 0 && o.mv != 0)
		return mv_set_flags(sy->store, o.mv, MV_RESYNC, 0, e);
	if (r < 0 && r != ERR_NOENT)
		return r;
	return cs_due_set(sy->store, cs, 0, e);
}

int
wait_wake(struct sync *sy, struct err *e)
{
	int64_t buffer[PAGE];
	struct ids ids = {.id = buffer, .max = PAGE};
	int64_t after = 0;
	int r = store_begin(sy->store, e);

	if (r < 0)
		return r;
	do {
		r = cs_due_next(sy->store, sy->now_ms, after, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++) {
			after = ids.id[i];
			r = wake(sy, after, e);
		}
		arena_reset(sy->arena);
	} while (r == 0 && ids.count == PAGE);
	if (r == 0)
		return store_commit_later(sy->store, e);
	store_rollback(sy->store);
	return r;
}
