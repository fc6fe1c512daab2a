/* engine/plan/gate.c -- lets through what is planned, selected and as it was.
 * That single values are the planned ones was compared before, under the same
 * lock. */
#include "engine/plan/plan_int.h"

static int
hold_item(struct gate_answer *out, const char *code, const char *text)
{
	const struct gate_hold h = {
	    .code = code, .text = text_of(text), .part = GATE_ITEM};

	return gate_hold(out, &h);
}

static bool
is_selected(const struct applying *p, const struct frozen_item *i, size_t at)
{
	const struct names *names = store_names(p->g->cfg.store);

	return plan_selects_change(p->wish->only, names, i, at) &&
	       (p->wish->except == NULL ||
		   !plan_selects_change(p->wish->except, names, i, at));
}

/* A rename or an attribute that the selection leaves out. */
static int
hold_part(struct gate_answer *out, enum gate_part part, uint32_t name)
{
	const struct gate_hold h = {.code = "plan-not-selected",
	    .text = TEXT("it was not selected from the plan"),
	    .part = part,
	    .name = name};

	return gate_hold(out, &h);
}

static int
hold_change(const struct applying *p, const struct frozen_item *i,
    const struct change *now, struct gate_answer *out)
{
	const struct change *planned = delta_find(&i->delta, now->name);

	if (planned == NULL) {
		const struct gate_hold h = {.code = "plan-not-planned",
		    .text = TEXT("it is not in the plan that is applied"),
		    .part = GATE_ATTRIBUTE,
		    .name = now->name};

		return gate_hold(out, &h);
	}
	if (!is_selected(p, i, (size_t)(planned - i->delta.changes)))
		return hold_part(out, GATE_ATTRIBUTE, now->name);
	return 0;
}

static int
hold_rename(const struct applying *p, const struct frozen_item *i,
    const struct export_item *now, struct gate_answer *out)
{
	const struct names *names = store_names(p->g->cfg.store);

	if (now->delta.new_dn.len == 0)
		return 0;
	if (i->delta.new_dn.len != 0 &&
	    plan_selects_rename(p->wish->only, names, i) &&
	    (p->wish->except == NULL ||
		!plan_selects_rename(p->wish->except, names, i)))
		return 0;
	return hold_part(out, GATE_RENAME, 0);
}

static int
ask_planned(struct applying *p, const struct gate_question *q,
    struct gate_answer *out, struct err *e)
{
	struct frozen_item i;
	int r = frozen_item_of(p->g->cfg.store, out->arena, p->report->plan.id,
	    q->object->id, &i, e);

	if (r < 0)
		return r;
	if (r == 0)
		return hold_item(out, "plan-not-planned",
		    "it is not in the plan that is applied");
	if (q->item->op == DELTA_DELETE)
		return 0;
	r = hold_rename(p, &i, q->item, out);
	for (uint32_t k = 0; k < q->item->delta.count && r == 0; k++)
		r = hold_change(p, &i, &q->item->delta.changes[k], out);
	return r;
}

static int
ask(void *ctx, const struct gate_question *q, struct gate_answer *out,
    struct err *e)
{
	struct applying *p = ctx;

	if (idset_has(&p->moved, q->object->id))
		return hold_item(out, "plan-moved",
		    "its state has moved since the plan was made");
	if (!idset_has(&p->matched, q->object->id))
		return hold_item(out, "plan-not-planned",
		    "it is not in what is applied of the plan");
	return ask_planned(p, q, out, e);
}

/* So that one that is killed knows that it made the object. */
static int
sending(void *ctx, const struct export_item *item, const struct cs_object *o,
    struct err *e)
{
	struct applying *p = ctx;
	struct frozen_item i;
	int r;

	(void)item;
	arena_reset(p->item);
	r = frozen_item_of(
	    p->g->cfg.store, p->item, p->report->plan.id, o->id, &i, e);
	if (r <= 0)
		return r;
	i.state = FROZEN_ITEM_SENT;
	i.note = TEXT("");
	return frozen_item_set(p->g->cfg.store, &i, e);
}

struct export_gate
plan_gate(struct applying *p)
{
	return (struct export_gate){.name = "plan",
	    .ask = ask,
	    .ctx = p,
	    .settled = true,
	    .sending = sending};
}
