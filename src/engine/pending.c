/* engine/pending.c -- what the next export would send, for people: names,
 * values before and after, and the rule behind each. */
#include <string.h>

#include "engine/engine_int.h"
#include "engine/export/export.h"
#include "engine/export/reasons.h"
#include "store/tower.h"

/* Who asks, and what is told. */
struct asking {
	struct engine *g;
	size_t connector;
	const struct pending_sink *sink;
	struct pending_report *out;
	struct reasons reasons;
	struct step *step;
	struct arena *item; /* of one object */
	uint32_t display, upn, anchor, immutable;
};

static struct text
text_in(const struct attrs *s, uint32_t name)
{
	const struct value *v = attrs_first(s, name);

	return v != NULL && v->type == VALUE_STRING ? v->text : TEXT("");
}

/* Where a name of the object may stand, the best first. */
struct known {
	const struct export_item *item;
	struct attrs held; /* what the directory holds, as far as is known */
	struct mv_object mv;
};

/* As it will be, else as it is there, else as the metaverse has it. */
static struct text
name_of(const struct known *k, uint32_t name)
{
	const struct change *c = delta_find(&k->item->delta, name);
	struct text t = TEXT("");

	if (c != NULL && c->add_count != 0 && c->add[0].type == VALUE_STRING)
		t = c->add[0].text;
	if (t.len == 0)
		t = text_in(&k->held, name);
	return t.len != 0 ? t : text_in(&k->mv.values, name);
}

static struct text
rule_of(const struct sync_flow *flows, size_t n, uint32_t name)
{
	for (size_t i = 0; i < n; i++)
		if (flows[i].name == name)
			return flows[i].rule;
	return TEXT("");
}

/* The changes of an item while they are listed. */
struct listing {
	const struct export_seen *seen;
	struct pending_change *list;
	size_t count;
	struct sync_flow *flows;
	size_t flow_count;
};

static const struct gate_hold *
hold_of_change(const struct listing *l, const struct change *c)
{
	const struct gate_hold *h = NULL;

	for (uint32_t i = 0; i < c->add_count && h == NULL; i++)
		h = export_hold_of(l->seen, c->name, &c->add[i], true);
	for (uint32_t i = 0; i < c->del_count && h == NULL; i++)
		h = export_hold_of(l->seen, c->name, &c->del[i], false);
	return h;
}

static void
push_change(struct listing *l, const struct change *c, bool held)
{
	const struct gate_hold *h = held ? hold_of_change(l, c) : NULL;

	l->list[l->count++] = (struct pending_change){.name = c->name,
	    .add = c->add,
	    .add_count = c->add_count,
	    .del = c->del,
	    .del_count = c->del_count,
	    .held_code = h != NULL ? text_of(h->code) : TEXT(""),
	    .held = h != NULL ? h->text : TEXT(""),
	    .rule = rule_of(l->flows, l->flow_count, c->name)};
}

/* By name; what goes before what is held. */
static void
push_changes(struct listing *l)
{
	const struct delta *go = &l->seen->item->delta, *stay = l->seen->held;
	uint32_t i = 0, k = 0;

	while (i < go->count || k < stay->count) {
		if (k == stay->count ||
		    (i < go->count &&
			go->changes[i].name <= stay->changes[k].name))
			push_change(l, &go->changes[i++], l->seen->is_held);
		else
			push_change(l, &stay->changes[k++], true);
	}
}

static int
list_changes(struct asking *q, const struct export_seen *seen,
    struct pending_item *out, struct err *e)
{
	struct sync_job job = sync_job_of(q->g, q->connector, q->step);
	size_t n = (size_t)seen->item->delta.count + seen->held->count;
	struct listing l = {.seen = seen};
	struct err ignored = {0};

	l.list = arena_array(q->item, n, sizeof(*l.list));
	if (l.list == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	/* A rule that fails now says so at the next sync, not here. */
	if (sync_explain(&job, seen->item->cs_id, q->item, &l.flows,
		&l.flow_count, &ignored) < 0)
		l.flow_count = 0;
	push_changes(&l);
	out->changes = l.list;
	out->change_count = l.count;
	return 0;
}

/* Of an item whose parts are all held the parts say why. */
static void
tell_holds(const struct export_seen *seen, struct pending_item *out)
{
	const struct gate_hold *h = export_hold_of(seen, 0, NULL, false);

	if (seen->is_held) {
		h = &seen->holds[0];
		out->held_code = text_of(h->code);
		out->held = h->text;
	} else if (seen->held->new_dn.len != 0 && h != NULL) {
		out->new_dn = seen->held->new_dn;
		out->rename_held = h->text;
	}
}

static void
count_item(struct asking *q, const struct export_seen *seen)
{
	enum delta_op op = seen->item->op;

	q->out->held_changes += seen->is_held ? 0 : seen->held->count;
	if (seen->is_held)
		q->out->held++;
	else if (op == DELTA_ADD)
		q->out->adds++;
	else if (op == DELTA_DELETE)
		q->out->deletes++;
	else
		q->out->updates++;
}

static int
tell_item(void *ctx, const struct export_seen *seen, struct err *e)
{
	const struct export_item *item = seen->item;
	const struct cs_object *o = seen->object;
	struct asking *q = ctx;
	struct known k = {.item = item};
	struct pending_item p = {.cs_id = o->id,
	    .guid = o->guid,
	    .op = item->op,
	    .type = item->type,
	    .dn = item->dn,
	    .new_dn = item->delta.new_dn,
	    .anchor = item->anchor};
	int r = 0;

	arena_reset(q->item);
	if (tower_view(q->item, o, NULL, 0, TOWER_SENT, &k.held) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	if (r == 0 && o->mv != 0)
		r = mv_get(q->g->cfg.store, q->item, o->mv, false, &k.mv, e);
	if (r == 0)
		r = list_changes(q, seen, &p, e);
	if (r < 0)
		return r;
	p.display_name = name_of(&k, q->display);
	p.user_principal_name = name_of(&k, q->upn);
	p.source_anchor = name_of(&k, q->anchor);
	if (p.source_anchor.len == 0)
		p.source_anchor = name_of(&k, q->immutable);
	tell_holds(seen, &p);
	count_item(q, seen);
	return q->sink->item(q->sink->ctx, &p, e);
}

static void
tell_unsupported(void *ctx, const char *reason)
{
	struct asking *q = ctx;

	reasons_add(&q->reasons, reason);
}

static int
list_skips(struct asking *q, struct arena *a)
{
	struct pending_skip *list =
	    arena_array(a, q->reasons.count, sizeof(*list));

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < q->reasons.count; i++) {
		list[i].reason = text_dup(a, text_of(q->reasons.items[i].text));
		list[i].count = q->reasons.items[i].count;
	}
	q->out->skips = list;
	q->out->skip_count = q->reasons.count;
	return 0;
}

static int
ask(struct asking *q, struct arena *a, struct err *e)
{
	struct err unchecked = {0};
	const struct export_visit visit = {.item = tell_item,
	    .unsupported = tell_unsupported,
	    .ctx = q,
	    .only = q->sink->only,
	    .only_count = q->sink->only_count};
	struct export_look l = {.visit = &visit,
	    .offline = q->sink->offline,
	    .unchecked = &unchecked};
	int r = engine_look(q->g, q->connector, &l, e);

	q->out->uncertain = l.uncertain;
	q->out->unchecked = text_dup(a, text_of(unchecked.text));
	return r;
}

int
engine_pending(struct engine *g, size_t connector, struct arena *a,
    const struct pending_sink *sink, struct pending_report *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *item = arena_new(0);
	const struct engine_connector *ec = &g->cfg.connectors[connector];
	const struct names *names = store_names(g->cfg.store);
	struct asking q = {.g = g,
	    .connector = connector,
	    .sink = sink,
	    .out = out,
	    .item = item,
	    .display = names_find(names, TEXT("displayName")),
	    .upn = names_find(names, TEXT("userPrincipalName")),
	    .anchor = names_find(names, TEXT("sourceAnchor")),
	    .immutable = names_find(names, TEXT("onPremisesImmutableId"))};
	int r;

	*out = (struct pending_report){0};
	q.step = arena_alloc(a, sizeof(*q.step));
	if (item == NULL || q.step == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	q.step->store = g->cfg.store;
	q.step->connector = ec->id;
	q.step->connector_name = ec->name;
	q.step->type = "export";
	if ((ec->kind->can & CAN_EXPORT) == 0)
		return 0;
	r = ask(&q, a, e);
	if (r == 0 && list_skips(&q, a) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	return r;
}

int
engine_rule_of(struct engine *g, struct engine_attr of, struct arena *a,
    struct text *out, struct err *e)
{
	struct step *step = arena_alloc(a, sizeof(*step));
	struct sync_flow *flows = NULL;
	struct sync_job job;
	size_t n = 0;
	int r;

	*out = TEXT("");
	if (step == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	step->store = g->cfg.store;
	step->connector = g->cfg.connectors[of.connector].id;
	step->connector_name = g->cfg.connectors[of.connector].name;
	step->type = "export";
	job = sync_job_of(g, of.connector, step);
	r = sync_explain(&job, of.cs, a, &flows, &n, e);
	if (r == 0)
		*out = rule_of(flows, n, of.name);
	return r;
}
