/* engine/sync/link.c -- one linked object: what rules see of it, which of
 * them hold, and the lineage of its link. */
#include <string.h>

#include "engine/sync/sync_int.h"
#include "store/tower.h"

bool
rule_links(const struct plan_rule *r)
{
	const struct rule *rule = r->rule;

	if (rule->join_count != 0 || rule->link == LINK_PROVISION)
		return true;
	return rule->link == LINK_STICKY_JOIN &&
	       rule->direction == RULE_INBOUND; /* outbound it is a Join */
}

bool
link_is_deleted(const struct cs_object *o)
{
	return o->unapplied.op == DELTA_DELETE ||
	       o->escrowed.op == DELTA_DELETE ||
	       o->unconfirmed.op == DELTA_DELETE;
}

bool
link_never_sent(const struct cs_object *o)
{
	return (o->flags & CS_IN_CD) == 0 && o->escrowed.op == DELTA_NONE &&
	       o->unconfirmed.op == DELTA_NONE;
}

bool
link_was_provisioned(const struct link_view *l)
{
	for (uint32_t i = 0; i < l->cs.lineage_count; i++)
		if (!l->cs.lineage[i].inbound && l->cs.lineage[i].provision)
			return true;
	return false;
}

static int
out_of_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "out of memory");
}

static int
find_connector(const struct sync *sy, const struct cs_object *o, size_t *out,
    struct err *e)
{
	for (size_t i = 0; i < sy->job->connector_count; i++)
		if (sy->job->connectors[i].id == o->connector) {
			*out = i;
			return 0;
		}
	return err_set(e, ERR_CONFIG,
	    "\"%.*s\" belongs to a connector that is not configured any more",
	    TEXT_ARGS(o->dn));
}

int
link_add(struct pass *p, const struct cs_object *cs, struct link_view **out,
    struct err *e)
{
	struct arena *a = p->sy->arena;
	struct link_view *l = arena_alloc(a, sizeof(*l));
	int r;

	if (l == NULL)
		return out_of_memory(e);
	l->cs = *cs;
	r = find_connector(p->sy, cs, &l->connector, e);
	if (r < 0)
		return r;
	if (p->link_count == p->link_size) {
		size_t size = p->link_size != 0 ? 2 * p->link_size : 8;
		struct link_view **list =
		    arena_array(a, size, sizeof(struct link_view *));

		if (list == NULL)
			return out_of_memory(e);
		if (p->link_count != 0)
			memcpy(list, p->links,
			    p->link_count * sizeof(struct link_view *));
		p->links = list;
		p->link_size = size;
	}
	p->links[p->link_count++] = l;
	*out = l;
	return 0;
}

int
link_load(struct pass *p, int64_t cs, struct link_view **out, struct err *e)
{
	struct cs_object o;
	int r = cs_get(p->sy->store, p->sy->arena, cs, CS_ALL, &o, e);

	return r < 0 ? r : link_add(p, &o, out, e);
}

/* ISMEMBEROF: a direct member of the group with this DN. */
struct member_ctx {
	struct sync *sy;
	const struct link_view *l;
};

static bool
is_member_of(void *ctx, struct text group_dn)
{
	struct member_ctx *m = ctx;
	struct cs_key key = {m->l->cs.connector, group_dn};
	struct ref_key row = {
	    .name = m->sy->member_name, .target = m->l->cs.id};
	struct cs_object group;
	unsigned bits = 0;

	if (cs_find_dn(m->sy->store, m->sy->arena, key, 0, &group, NULL) < 0)
		return false;
	row.owner = group.id;
	return cs_ref_bits(m->sy->store, row, &bits, NULL) == 0 &&
	       (bits & REF_IMAGE) != 0;
}

static size_t
run_length(const struct link_view *l, size_t from)
{
	size_t n = from;

	while (n < l->ref_count && l->refs[n].name == l->refs[from].name)
		n++;
	return n - from;
}

/* Some rule looks at what a target is called. */
static bool
wants_names(const struct pass *p, const struct link_view *l)
{
	for (size_t i = 0; i < l->ref_count; i += run_length(l, i))
		if (plan_reads(p->sy->job->plan, l->connector,
			l->refs[i].name) == PLAN_READ_NAMES)
			return true;
	return false;
}

/* All rows; what their targets are called where somebody asks, since that is
 * most of what a large group takes. */
static int
load_refs(struct pass *p, struct link_view *l, struct err *e)
{
	struct sync *sy = p->sy;
	struct ref_query q = {.owner = l->cs.id,
	    .mask = 0xffU,
	    .with_target = true,
	    .without_names = !sy->one_round};
	int r;

	l->refs = NULL;
	l->by_target = NULL;
	l->ref_count = 0;
	l->loaded = true;
	if (l->cs.id == 0 || l->fresh)
		return 0;
	r = cs_refs_get(sy->store, sy->arena, &q, &l->refs, &l->ref_count, e);
	if (r < 0 || !q.without_names || !wants_names(p, l))
		return r;
	q.without_names = false;
	return cs_refs_get(
	    sy->store, sy->arena, &q, &l->refs, &l->ref_count, e);
}

/* The view of what is below and in layers, with the references that inbound
 * rules read. */
static int
view(struct pass *p, const struct link_view *l, unsigned layers,
    struct attrs *out)
{
	struct arena *a = p->sy->arena;
	int r = tower_view(a, &l->cs, NULL, 0, layers, out);

	for (size_t i = 0, n; i < l->ref_count && r == 0; i += n) {
		n = run_length(l, i);
		if (plan_reads(p->sy->job->plan, l->connector,
			l->refs[i].name) != PLAN_READ_NOT)
			r = tower_add_refs(a, &l->refs[i], n, layers, out);
	}
	return r;
}

/* Nothing was sent or waits: there is no difference between the views. */
static bool
is_image_alone(const struct link_view *l)
{
	const unsigned there = REF_IMAGE | REF_HOLOGRAM;

	if (l->cs.unapplied.count + l->cs.escrowed.count +
		l->cs.unconfirmed.count !=
	    0)
		return false;
	for (size_t i = 0; i < l->ref_count; i++)
		if ((l->refs[i].bits & ~there) != 0)
			return false;
	return true;
}

static int
make_views(struct pass *p, struct link_view *l)
{
	int r = view(p, l, TOWER_TOP, &l->top);

	if (r == 0 && is_image_alone(l))
		l->image = l->top;
	else if (r == 0)
		r = view(p, l, TOWER_IMAGE, &l->image);
	return r;
}

int
link_see(struct pass *p, struct link_view *l, struct err *e)
{
	struct sync *sy = p->sy;
	struct member_ctx *ctx;
	int r = 0;

	if (l->viewed)
		return 0;
	r = load_refs(p, l, e);
	if (r < 0)
		return r;
	ctx = arena_alloc(sy->arena, sizeof(*ctx));
	if (l->src.memo == NULL)
		l->src.memo = flow_memo_new(
		    sy->job->plan, l->connector, RULE_INBOUND, sy->arena);
	if (ctx == NULL || l->src.memo == NULL || make_views(p, l) < 0)
		return out_of_memory(e);
	*ctx = (struct member_ctx){sy, l};
	l->src = (struct plan_source){.attrs = &l->top,
	    .imported = &l->image,
	    .dn = tower_dn(&l->cs, TOWER_TOP),
	    .connector = l->connector,
	    .partition = names_text(store_names(sy->store), l->cs.partition),
	    .member_of = is_member_of,
	    .ctx = ctx,
	    .where = &p->where,
	    .scratch = sy->arena,
	    .memo = l->src.memo};
	l->viewed = true;
	return 0;
}

/* Which inbound rules hold for l; with a metaverse object those of its type
 * alone. */
int
link_scope(struct pass *p, struct link_view *l, struct err *e)
{
	const struct plan_rule *const *rules = NULL;
	size_t n = 0;
	int r = link_see(p, l, e);

	if (r < 0 || l->scoped)
		return r;
	r = plan_rules(p->sy->job->plan, l->connector, RULE_INBOUND, l->cs.type,
	    &rules, &n);
	if (r < 0)
		return err_set(e, r, "no rules for the connector");
	l->in = arena_array(p->sy->arena, n, sizeof(const struct plan_rule *));
	l->in_due = arena_array(p->sy->arena, n, sizeof(*l->in_due));
	if (l->in == NULL || l->in_due == NULL)
		return out_of_memory(e);
	l->in_count = 0;
	l->in_joins = l->in_keeps = false;
	for (size_t i = 0; i < n; i++) {
		const struct rule *rule = rules[i]->rule;

		if (p->has_mv && rule->target_type != 0 &&
		    rule->target_type != p->mv.type)
			continue;
		r = plan_in_scope(p->sy->job->plan, rules[i], &l->src, e);
		if (r < 0) {
			p->algorithm = "connector-filter";
			return r;
		}
		l->in_due[l->in_count] =
		    r == 0 ? wait_until(p, l, rules[i]) : 0;
		if (r == 0 && l->in_due[l->in_count] == 0)
			continue;
		l->in[l->in_count++] = rules[i];
		l->in_joins = l->in_joins || rule_links(rules[i]);
		l->in_keeps = l->in_keeps || rule->link != LINK_JOIN;
	}
	l->scoped = true;
	return 0;
}

static const struct lineage *
old_entry(const struct cs_object *o, uint32_t rule, bool inbound)
{
	for (uint32_t i = 0; i < o->lineage_count; i++)
		if (o->lineage[i].rule == rule &&
		    (o->lineage[i].inbound != 0) == inbound)
			return &o->lineage[i];
	return NULL;
}

static struct lineage
new_entry(const struct link_view *l, const struct plan_rule *r, int64_t due)
{
	bool inbound = r->rule->direction == RULE_INBOUND;
	const struct lineage *old =
	    old_entry(&l->cs, r->rule->id_name, inbound);

	return (struct lineage){.rule = r->rule->id_name,
	    .inbound = inbound,
	    .provision = r->rule->link == LINK_PROVISION,
	    .sticky = r->rule->link == LINK_STICKY_JOIN,
	    .created = r == l->creator || (old != NULL && old->created),
	    .due_ms = due};
}

static bool
same_lineage(const struct cs_object *o, const struct lineage *list, uint32_t n)
{
	if (o->lineage_count != n)
		return false;
	for (uint32_t i = 0; i < n; i++)
		if (o->lineage[i].rule != list[i].rule ||
		    o->lineage[i].inbound != list[i].inbound ||
		    o->lineage[i].provision != list[i].provision ||
		    o->lineage[i].sticky != list[i].sticky ||
		    o->lineage[i].created != list[i].created ||
		    o->lineage[i].due_ms != list[i].due_ms)
			return false;
	return true;
}

/* The rules that apply to the link now; where outbound was not looked at,
 * what it was stays. */
int
link_lineage(struct pass *p, struct link_view *l, struct err *e)
{
	size_t max = l->in_count + l->out_count + l->cs.lineage_count;
	struct lineage *list = arena_array(p->sy->arena, max, sizeof(*list));
	uint32_t n = 0;
	int r;

	if (list == NULL)
		return out_of_memory(e);
	for (size_t i = 0; i < l->in_count; i++)
		list[n++] = new_entry(l, l->in[i], l->in_due[i]);
	for (size_t i = 0; i < l->out_count; i++)
		list[n++] = new_entry(
		    l, l->out[i], l->out_due != NULL ? l->out_due[i] : 0);
	for (uint32_t i = 0; i < l->cs.lineage_count && !l->out_known; i++)
		if (!l->cs.lineage[i].inbound)
			list[n++] = l->cs.lineage[i];
	if (same_lineage(&l->cs, list, n))
		return 0;
	r = wait_note(p, l, list, n, e);
	l->cs.lineage = list;
	l->cs.lineage_count = n;
	l->dirty = true;
	return r;
}
