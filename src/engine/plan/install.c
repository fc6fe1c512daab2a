/* engine/plan/install.c -- an item that undoes becomes what is pending of its
 * object; and what it takes back is held from then on. */
#include "base/clock.h"
#include "engine/plan/plan_int.h"
#include "store/tower.h"

#define REFS_AT_ONCE   256U
#define UNAPPLIED_BITS (REF_UNAPPLIED_ADD | REF_UNAPPLIED_DEL)

/* ---- Holds ---- */

static bool
is_of(const struct hold *h, const struct frozen_item *i)
{
	return h->cs == i->cs ||
	       (h->anchor.len != 0 && text_equal(h->anchor, i->anchor));
}

/* What this item sends again is held no longer: an undo of an undo. */
static int
release(struct applying *p, const struct frozen_item *i, struct err *e)
{
	struct store *store = p->g->cfg.store;
	struct hold h;
	int64_t after = 0;
	int r;

	while (
	    (r = hold_next(store, p->item, i->connector, after, &h, e)) > 0) {
		after = h.id;
		if (is_of(&h, i) && h.plan == p->report->plan.undoes_plan)
			r = hold_remove(store, h.id, e);
		if (r < 0)
			return r;
	}
	return r;
}

static enum delta_op
opposite(enum delta_op op)
{
	if (op == DELTA_ADD)
		return DELTA_DELETE;
	return op == DELTA_DELETE ? DELTA_ADD : DELTA_UPDATE;
}

static int
hold_opposite(struct applying *p, const struct frozen_item *i,
    const struct cs_object *o, int64_t mv, struct err *e)
{
	struct hold h = {.plan = p->report->plan.id,
	    .connector = i->connector,
	    .cs = o->id,
	    .mv = mv,
	    .ms = clock_now_ms(),
	    .op = opposite(i->op),
	    .type = i->type,
	    .dn = i->dn,
	    .anchor = i->anchor,
	    .display = i->display};
	int r = delta_invert(p->item, &i->delta, &h.delta);

	if (r < 0)
		return err_set(
		    e, r, "hold of %.*s: out of memory", TEXT_ARGS(i->dn));
	h.delta.op = h.op;
	if (i->op == DELTA_UPDATE && i->delta.new_dn.len != 0)
		h.delta.new_dn = o->dn;
	return hold_add(p->g->cfg.store, &h, e);
}

/* ---- The unapplied layer ---- */

/* By what the directory calls it: an object that came back in this plan has
 * another row than before. */
static int
target_of(struct applying *p, int64_t connector, const struct value *v,
    int64_t *out, struct err *e)
{
	struct store *store = p->g->cfg.store;
	struct cs_key key = {connector, v->text};
	struct cs_object o;
	int r = ERR_NOENT;

	*out = 0;
	if (v->text.len != 0 && v->by == REF_ANCHOR)
		r = cs_find_anchor(store, p->item, key, 0, &o, e);
	else if (v->text.len != 0)
		r = cs_find_dn(store, p->item, key, 0, &o, e);
	if (r == ERR_NOENT && v->id != 0)
		r = cs_get(store, p->item, v->id, 0, &o, e);
	if (r == 0)
		*out = o.id;
	return r == ERR_NOENT ? 0 : r;
}

static int
put_values(struct applying *p, const struct cs_object *o,
    const struct change *c, bool add, struct err *e)
{
	const struct value *list = add ? c->add : c->del;
	uint32_t n = add ? c->add_count : c->del_count;
	int r = 0;

	for (uint32_t k = 0; k < n && r == 0; k++) {
		struct ref_key key = {.owner = o->id, .name = c->name};

		if (list[k].type != VALUE_REFERENCE)
			continue;
		r = target_of(p, o->connector, &list[k], &key.target, e);
		if (r == 0 && key.target != 0)
			r = cs_ref_set(p->g->cfg.store, key,
			    add ? REF_UNAPPLIED_ADD : REF_UNAPPLIED_DEL, 0, e);
	}
	return r;
}

static int
put_refs(struct applying *p, const struct cs_object *o, const struct delta *d,
    struct err *e)
{
	int r = cs_refs_update(
	    p->g->cfg.store, o->id, UNAPPLIED_BITS, 0, UNAPPLIED_BITS, e);

	for (uint32_t i = 0; i < d->count && r == 0; i++) {
		r = put_values(p, o, &d->changes[i], true, e);
		if (r == 0)
			r = put_values(p, o, &d->changes[i], false, e);
	}
	return r;
}

static int
scalars_of(struct arena *a, const struct delta *d, struct delta *out)
{
	*out = *d;
	out->count = 0;
	out->changes = arena_array(a, d->count, sizeof(*out->changes));
	if (out->changes == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < d->count; i++) {
		const struct change *c = &d->changes[i];
		const struct value *v = c->add_count != 0 ? c->add : c->del;

		if (c->add_count + c->del_count != 0 &&
		    v->type != VALUE_REFERENCE)
			out->changes[out->count++] = *c;
	}
	return 0;
}

/* A deletion ends the link, as that of a rule does; the metaverse object is
 * looked at again, and what it wants is held. */
static int
cut(struct applying *p, struct cs_object *o, int64_t *out_mv, struct err *e)
{
	struct store *store = p->g->cfg.store;
	int r =
	    cs_refs_update(store, o->id, UNAPPLIED_BITS, 0, UNAPPLIED_BITS, e);

	*out_mv = o->mv;
	o->unapplied = (struct delta){.op = DELTA_DELETE};
	o->link = CS_DISCONNECTOR;
	o->lineage = NULL;
	o->lineage_count = 0;
	if (r == 0 && o->mv != 0)
		r = mv_set_flags(store, o->mv, MV_RETRY_PROVISION, 0, e);
	o->mv = 0;
	return r;
}

static bool
drops_refs(const struct applying *p, int64_t connector)
{
	const struct engine_config *cfg = &p->g->cfg;

	for (size_t i = 0; i < cfg->connector_count; i++)
		if (cfg->connectors[i].id == connector)
			return (cfg->connectors[i].kind->can & CAN_DROP_REFS) !=
			       0;
	return false;
}

/* References that went with it. */
static int
drop_refs(struct applying *p, int64_t target, struct err *e)
{
	struct ref_key room[REFS_AT_ONCE], after = {.target = target};
	struct ref_keys keys = {.items = room, .max = REFS_AT_ONCE};
	int r = 0;

	do {
		r = cs_refs_to(p->g->cfg.store, after, REF_IMAGE, &keys, e);
		for (size_t i = 0; i < keys.count && r == 0; i++) {
			after = room[i];
			r = cs_ref_set(p->g->cfg.store, room[i], 0,
			    REF_IMAGE | REF_UNCONFIRMED_DEL, e);
		}
	} while (r == 0 && keys.count == keys.max);
	return r;
}

/* No import saw yet that it went: what is left of it gives way. */
static int
clear_away(struct applying *p, const struct frozen_item *i, struct err *e)
{
	struct store *store = p->g->cfg.store;
	struct cs_object o;
	int r = cs_get(store, p->item, i->cs, CS_EXPORT, &o, e);

	if (r == ERR_NOENT)
		return 0;
	if (r < 0 || o.unconfirmed.op != DELTA_DELETE)
		return r;
	if (drops_refs(p, o.connector))
		r = drop_refs(p, o.id, e);
	return r < 0 ? r : cs_remove(store, o.id, e);
}

/* An import saw that it went, and not what went with it: a directory may tell
 * nothing of those that referred to it. */
static int
empty_place(struct applying *p, const struct frozen_item *i, struct err *e)
{
	struct store *store = p->g->cfg.store;
	struct cs_key anchor = {i->connector, i->anchor};
	struct cs_key dn = {i->connector, i->dn};
	struct cs_object o;
	int r = ERR_NOENT;

	if (!drops_refs(p, i->connector))
		return 0;
	if (i->anchor.len != 0)
		r = cs_find_anchor(store, p->item, anchor, 0, &o, e);
	if (r == ERR_NOENT)
		r = cs_find_dn(store, p->item, dn, 0, &o, e);
	if (r < 0)
		return r == ERR_NOENT ? 0 : r;
	return o.kind == CS_PLACEHOLDER ? drop_refs(p, o.id, e) : 0;
}

/* Rules want it as well, under the same name: it is that object. */
static int
wanted_row(struct applying *p, const struct frozen_item *i, struct cs_object *o,
    struct err *e)
{
	struct cs_key key = {i->connector, i->dn};
	int r = cs_find_dn(p->g->cfg.store, p->item, key, CS_ALL, o, e);

	if (r == 0 && (o->kind != CS_STAGING || (o->flags & CS_IN_CD) != 0 ||
			  o->unapplied.op != DELTA_ADD))
		return ERR_NOENT;
	if (r == 0)
		o->anchor = i->anchor; /* it was that one before */
	return r;
}

/* The row of what is restored: a new one, with the anchor that it had. */
static int
row_of(struct applying *p, const struct frozen_item *i, struct cs_object *o,
    struct err *e)
{
	struct cs_key key = {i->connector, i->anchor};
	int r = clear_away(p, i, e);

	if (r == 0)
		r = empty_place(p, i, e);
	if (r < 0)
		return r;
	r = ERR_NOENT;
	if (i->anchor.len != 0)
		r = cs_find_anchor(p->g->cfg.store, p->item, key, CS_ALL, o, e);
	if (r == ERR_NOENT)
		r = wanted_row(p, i, o, e);
	if (r != ERR_NOENT)
		return r;
	*o = (struct cs_object){.connector = i->connector,
	    .kind = CS_STAGING,
	    .type = i->type,
	    .dn = i->dn,
	    .anchor = i->anchor};
	return 0;
}

int
plan_install(struct applying *p, struct frozen_item *i, struct err *e)
{
	struct store *store = p->g->cfg.store;
	struct cs_object o = {0};
	int64_t mv = 0;
	int r;

	if (i->op == DELTA_ADD)
		r = row_of(p, i, &o, e);
	else
		r = cs_get(store, p->item, i->cs, CS_ALL, &o, e);
	if (r == 0)
		r = scalars_of(p->item, &i->delta, &o.unapplied);
	if (r < 0)
		return r == ERR_NOMEM ? err_set(e, r, "out of memory") : r;
	if (o.kind != CS_STAGING) { /* a reference kept a place for it */
		o.kind = CS_STAGING;
		o.type = i->type;
		o.dn = i->dn;
	}
	o.unapplied.op = i->op;
	if (i->op == DELTA_ADD) /* it was read back, and is not there */
		o.escrowed = o.unconfirmed = (struct delta){0};
	if (i->op == DELTA_DELETE)
		r = cut(p, &o, &mv, e);
	/* what rules want of it is looked at again, and then held */
	o.flags |= CS_RESYNC;
	o.flags &= ~(unsigned)CS_UNSUPPORTED;
	if (r == 0)
		r = cs_put(store, &o, CS_ALL, e);
	if (r == 0)
		r = release(p, i, e);
	if (r == 0)
		r = hold_opposite(p, i, &o, mv, e);
	if (r < 0 || i->cs == o.id)
		return r;
	i->cs = o.id;
	r = frozen_item_set(store, i, e);
	return r < 0 || idset_add(&p->matched, o.id) >= 0
		   ? r
		   : err_set(e, ERR_NOMEM, "out of memory");
}

/* Once all rows are there: objects that came back point to each other. */
int
plan_install_refs(
    struct applying *p, const struct frozen_item *i, struct err *e)
{
	struct cs_object o;
	int r;

	if (i->op == DELTA_DELETE)
		return 0;
	r = cs_get(p->g->cfg.store, p->item, i->cs, 0, &o, e);
	return r < 0 ? r : put_refs(p, &o, &i->delta, e);
}
