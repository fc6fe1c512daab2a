/* engine/sync/outflow.c -- the pending export of one object: what rules want,
 * less what is there or under way (docs/engine/model.md 2.4, rules.md 7). */
#include <string.h>

#include "base/fold.h"
#include "engine/sync/sync_int.h"
#include "model/dn.h"
#include "model/dn_binary.h"
#include "store/tower.h"

static int
out_of_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "out of memory");
}

int
outflow_request(struct pass *p, struct link_view *l, struct flow_request *out,
    struct err *e)
{
	struct sync *sy = p->sy;
	struct plan_source *src = arena_alloc(sy->arena, sizeof(*src));
	struct flow_input *inputs =
	    arena_array(sy->arena, l->out_count, sizeof(*inputs));

	if (l->out_memo == NULL)
		l->out_memo = flow_memo_new(
		    sy->job->plan, l->connector, RULE_OUTBOUND, sy->arena);
	if (inputs == NULL || src == NULL || l->out_memo == NULL)
		return out_of_memory(e);
	*src = (struct plan_source){.attrs = &p->mv.values,
	    .imported = &p->mv.values,
	    .connector = l->connector,
	    .partition = names_text(store_names(sy->store), l->cs.partition),
	    .where = &p->where,
	    .memo = l->out_memo};
	for (size_t i = 0; i < l->out_count; i++)
		inputs[i] = (struct flow_input){.rule = l->out[i],
		    .src = src,
		    .origin = l->cs.id,
		    .created = link_never_sent(&l->cs)};
	*out = (struct flow_request){.plan = sy->job->plan,
	    .direction = RULE_OUTBOUND,
	    .inputs = inputs,
	    .input_count = l->out_count,
	    .schema = sy->job->connectors[l->connector].schema,
	    .now_ms = sy->now_ms};
	return 0;
}

int
outflow_results(struct pass *p, struct link_view *l, struct err *e)
{
	struct flow_request req;
	int r = outflow_request(p, l, &req, e);

	return r < 0 ? r
		     : plan_flow(&req, p->sy->arena, &l->results,
			   &l->result_count, e);
}

const struct flow_result *
outflow_find(const struct link_view *l, uint32_t target)
{
	for (size_t i = 0; i < l->result_count; i++)
		if (l->results[i].target == target)
			return &l->results[i];
	return NULL;
}

static bool
merges_nocase(const struct flow_result *fr)
{
	const struct rule *rule = fr->rule->rule;

	for (size_t i = 0; i < rule->flow_count; i++)
		if (rule->flows[i].target == fr->target)
			return rule->flows[i].merge == MERGE_MERGE_NOCASE;
	return false;
}

static bool
is_there(const struct attr *base, const struct value *v, bool nocase)
{
	if (base == NULL)
		return false;
	if (!nocase || v->type != VALUE_STRING)
		return attr_has(base, v);
	for (uint32_t i = 0; i < base->count; i++)
		if (base->values[i].type == VALUE_STRING &&
		    fold_equal(base->values[i].text, v->text))
			return true;
	return false;
}

/* What is there stays, what a merge gives comes. */
static int
merge_into(struct pass *p, struct attrs *want, const struct flow_result *fr)
{
	const struct attr *base = attrs_find(want, fr->target);
	size_t have = base != NULL ? base->count : 0, n = have;
	struct value *list =
	    arena_array(p->sy->arena, have + fr->count, sizeof(*list));
	bool nocase = merges_nocase(fr);

	if (list == NULL)
		return ERR_NOMEM;
	if (have != 0)
		memcpy(list, base->values, have * sizeof(*list));
	for (size_t i = 0; i < fr->count; i++)
		if (!is_there(base, &fr->values[i], nocase))
			list[n++] = fr->values[i];
	return attrs_set(p->sy->arena, want, fr->target, list, n);
}

/* Octets with the name of the object itself, however a rule spelt it. */
static int
settle(struct pass *p, const struct link_view *l, struct flow_result *fr)
{
	struct value *list;

	if (fr->count == 0 || fr->values[0].type != VALUE_DN_BINARY)
		return 0;
	list = arena_array(p->sy->arena, fr->count, sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	memcpy(list, fr->values, fr->count * sizeof(*list));
	dn_binary_settle(
	    list, fr->count, l->cs.anchor, tower_dn(&l->cs, TOWER_SENT));
	fr->values = list;
	return 0;
}

static int
want_one(struct pass *p, struct link_view *l, const struct flow_result *fr,
    struct attrs *want)
{
	if (fr->target == p->sy->dn_name || outflow_is_ref(p, l, fr))
		return 0;
	switch (fr->outcome) {
	case FLOW_LEAVE:
		return 0;
	case FLOW_REMOVE:
		attrs_remove(want, fr->target);
		return 0;
	case FLOW_VALUE:
		return attrs_share(
		    p->sy->arena, want, fr->target, fr->values, fr->count);
	case FLOW_MERGED:
		return merge_into(p, want, fr);
	}
	return 0;
}

/* The scalar part: from what will be there without us to what is wanted. */
static int
scalars(struct pass *p, struct link_view *l, struct delta *out, struct err *e)
{
	struct attrs base, want;
	int r = tower_view(p->sy->arena, &l->cs, NULL, 0, TOWER_SENT, &base);

	if (r == 0)
		r = attrs_shallow(p->sy->arena, &base, &want);
	for (size_t i = 0; i < l->result_count && r == 0; i++) {
		r = settle(p, l, &l->results[i]);
		if (r == 0)
			r = want_one(p, l, &l->results[i], &want);
	}
	if (r == 0)
		r = delta_between(p->sy->arena, &base, &want, out);
	return r < 0 ? err_set(e, r, "too much to export for one object") : 0;
}

/* The name: set before the first export, renamed later. */
static int
name_of(struct pass *p, struct link_view *l, bool is_add, struct delta *d,
    struct err *e)
{
	const struct flow_result *fr = outflow_find(l, p->sy->dn_name);
	struct text dn, now = tower_dn(&l->cs, TOWER_SENT), x, y;

	if (fr == NULL || fr->outcome != FLOW_VALUE || fr->count != 1 ||
	    fr->values[0].type != VALUE_STRING)
		return 0;
	dn = fr->values[0].text;
	if (text_equal(dn, now))
		return 0;
	if (dn_key(p->sy->arena, dn, &x) < 0 ||
	    dn_key(p->sy->arena, now, &y) < 0)
		return out_of_memory(e);
	if (text_equal(x, y))
		return 0;
	if (is_add) {
		struct cs_key key = {l->cs.connector, dn};
		struct cs_object holder;
		int r =
		    cs_find_dn(p->sy->store, p->sy->arena, key, 0, &holder, e);

		if (r == 0) {
			p->where = (struct plan_where){
			    .rule = fr->rule->rule, .attribute = fr->target};
			return err_type(e, ERR_RULE, "cd-existing-object",
			    "\"%.*s\" has that name already", TEXT_ARGS(dn));
		}
		if (r != ERR_NOENT)
			return r;
		l->cs.dn = dn;
		l->dirty = true;
	} else {
		d->new_dn = dn;
	}
	return 0;
}

/* Inbound rules that read it look again. */
static int
note_change(struct pass *p, struct link_view *l, struct err *e)
{
	const struct plan_rule *const *rules = NULL;
	size_t n = 0;
	int r = plan_rules(p->sy->job->plan, l->connector, RULE_INBOUND,
	    l->cs.type, &rules, &n);

	if (r < 0)
		return err_set(e, r, "no rules for the connector");
	l->cs.flags &= ~(unsigned)CS_UNSUPPORTED;
	l->dirty_export = true;
	l->changed = true;
	l->viewed = false;
	if (n != 0) {
		l->scoped = false; /* the next round scopes it again */
		p->again = true;
	}
	return 0;
}

static int
insert(struct pass *p, struct link_view *l, struct err *e)
{
	int r;

	/* A placeholder that becomes it has referrers and no rows. */
	l->fresh = true;
	/* Its inbound rules are in the lineage from the first write on. */
	r = link_scope(p, l, e);
	if (r == 0)
		r = link_lineage(p, l, e);
	if (r == 0)
		r = cs_put(p->sy->store, &l->cs, CS_EXPORT | CS_LINEAGE, e);
	if (r == 0) {
		l->dirty = l->dirty_export = false;
		r = link_see(p, l, e);
	}
	return r;
}

int
outflow_apply(struct pass *p, struct link_view *l, struct err *e)
{
	bool is_add = l->cs.unapplied.op == DELTA_ADD;
	bool is_new = l->inserted && l->dirty_export;
	bool pending = false, refs_changed = false;
	struct delta d = {0};
	int r = scalars(p, l, &d, e);

	if (r == 0)
		r = name_of(p, l, is_add, &d, e);
	l->examined = true;
	l->renamed = d.new_dn.len != 0;
	if (r < 0)
		return r;
	d.op = is_add ? DELTA_ADD : d.op;
	if (is_new) {
		l->cs.unapplied = d;
		r = insert(p, l, e);
	}
	if (r == 0)
		r = outflow_refs(p, l, &pending, &refs_changed, e);
	if (r < 0)
		return r;
	l->flows = d.count != 0 || pending;
	if (d.op == DELTA_NONE && (pending || d.new_dn.len != 0))
		d.op = DELTA_UPDATE;
	if (!is_new && !refs_changed && delta_equal(&d, &l->cs.unapplied))
		return link_forget_refusal(p, l, e);
	if (!is_new)
		l->cs.unapplied = d;
	r = note_change(p, l, e);
	if (r == 0)
		r = link_forget_refusal(p, l, e);
	if (is_new)
		l->dirty_export = false; /* written by insert() */
	return r;
}
