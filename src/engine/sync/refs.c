/* engine/sync/refs.c -- references across the metaverse, and who has to be
 * looked at again when a link comes or goes (docs/engine/model.md 4). */
#include "engine/sync/sync_int.h"

#define PAGE        256U
#define MAX_TARGETS 16U /* of one connector for one metaverse object */

static int
look_again(struct sync *sy, int64_t cs, struct err *e)
{
	if (sy->again_count == sy->again_size) {
		size_t size = sy->again_size != 0 ? 2 * sy->again_size : 256;
		int64_t *list = realloc(sy->again, size * sizeof(*list));

		if (list == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		sy->again = list;
		sy->again_size = size;
	}
	sy->again[sy->again_count++] = cs;
	return 0;
}

static int
mark_owner(struct pass *p, int64_t owner, size_t connector, struct err *e)
{
	struct sync *sy = p->sy;
	int r;

	for (size_t i = 0; i < p->link_count; i++)
		if (p->links[i]->cs.id == owner) {
			p->links[i]->cs.flags |= CS_RESYNC;
			p->links[i]->dirty = true;
		}
	if (connector == sy->job->connector && owner > sy->met)
		return 0; /* its turn comes */
	r = idset_add(&sy->cs_marked, owner);
	if (r <= 0)
		return r;
	r = cs_set_flags(sy->store, owner, CS_RESYNC, 0, e);
	if (r == 0 && connector == sy->job->connector)
		r = look_again(sy, owner, e);
	return r;
}

int
refs_mark_referrers(struct pass *p, const struct link_view *l, struct err *e)
{
	int64_t buffer[PAGE];
	struct ids ids = {.id = buffer, .max = PAGE};
	int64_t after = 0;
	int r = 0;

	if (l->cs.id == 0)
		return 0;
	do {
		r = cs_referrers(p->sy->store, l->cs.id, 0xffU, after, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++) {
			after = ids.id[i];
			r = mark_owner(p, after, l->connector, e);
		}
	} while (r == 0 && ids.count == PAGE);
	return r;
}

int
refs_mark_members(struct pass *p, struct link_view *l, bool all, struct err *e)
{
	int r = 0;

	if (!p->sy->member_scopes || l->connector != p->sy->job->connector ||
	    l->cs.id == 0)
		return 0;
	r = link_see(p, l, e);
	for (size_t i = 0; i < l->ref_count && r == 0; i++) {
		bool is = (l->refs[i].bits & REF_IMAGE) != 0;
		bool was = (l->refs[i].bits & REF_HOLOGRAM) != 0;

		if (l->refs[i].name == p->sy->member_name &&
		    l->refs[i].target_kind == CS_STAGING && (all || is != was))
			r = mark_owner(p, l->refs[i].target, l->connector, e);
	}
	return r;
}

int
refs_mark_mv(struct pass *p, struct err *e)
{
	struct sync *sy = p->sy;
	int64_t buffer[PAGE];
	struct ids ids = {.id = buffer, .max = PAGE};
	int64_t after = 0;
	int r = 0;

	if (p->mv.id == 0 || p->projected)
		return 0;
	do {
		r = mv_referrers(sy->store, p->mv.id, after, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++) {
			after = ids.id[i];
			if (after == p->mv.id)
				p->mv.flags |= MV_RESYNC;
			r = idset_add(&sy->mv_marked, after);
			if (r == 1)
				r = mv_set_flags(
				    sy->store, after, MV_RESYNC, 0, e);
		}
	} while (r == 0 && ids.count == PAGE);
	return r;
}

static int
by_target(const void *a, const void *b)
{
	const struct cs_ref *const *x = a, *const *y = b;

	return (*x)->target < (*y)->target ? -1 : (*x)->target > (*y)->target;
}

static int
index_targets(struct pass *p, struct link_view *l)
{
	if (l->by_target != NULL)
		return 0;
	l->by_target = arena_array(
	    p->sy->arena, l->ref_count, sizeof(const struct cs_ref *));
	if (l->by_target == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < l->ref_count; i++)
		l->by_target[i] = &l->refs[i];
	if (l->ref_count != 0)
		qsort(l->by_target, l->ref_count, sizeof(const struct cs_ref *),
		    by_target);
	return 0;
}

static const struct cs_ref *
row_to(const struct link_view *l, int64_t target)
{
	struct cs_ref key = {.target = target};
	const struct cs_ref *k = &key, **hit;

	if (l->ref_count == 0 || l->by_target == NULL)
		return NULL;
	hit = bsearch(&k, l->by_target, l->ref_count,
	    sizeof(const struct cs_ref *), by_target);
	return hit != NULL ? *hit : NULL;
}

/* The metaverse object behind a row of l, or of another link where values of
 * several were merged; 0: none. */
static int
row_mv(struct pass *p, const struct link_view *l, int64_t target, int64_t *out,
    struct err *e)
{
	const struct cs_ref *row = row_to(l, target);

	for (size_t i = 0; i < p->link_count && row == NULL; i++) {
		if (index_targets(p, p->links[i]) < 0)
			return err_set(e, ERR_NOMEM, "out of memory");
		row = row_to(p->links[i], target);
	}
	*out = row != NULL ? row->target_mv : 0;
	return 0;
}

/* The metaverse object behind a value of l; 0: none. */
static int
to_mv(struct pass *p, struct link_view *l, const struct value *v, int64_t *out,
    struct err *e)
{
	struct cs_key dn = {l->cs.connector, v->text};
	struct cs_object o;
	int r;

	*out = 0;
	if (v->by == REF_ID)
		return row_mv(p, l, v->id, out, e);
	if (v->by == REF_ANCHOR)
		r = cs_find_anchor(p->sy->store, p->sy->arena, dn, 0, &o, e);
	else
		r = cs_find_dn(p->sy->store, p->sy->arena, dn, 0, &o, e);
	if (r == 0)
		*out = o.mv;
	if (*out == 0 && (r == 0 || r == ERR_NOENT)) {
		/* a text that an expression made: no row tells when it comes */
		l->cs.flags |= CS_REF_RETRY;
		l->dirty = true;
	}
	return r == ERR_NOENT ? 0 : r;
}

/* Values of l's space become values of the metaverse; those that have no
 * object there are left out, and no object is there twice. */
int
refs_inbound(struct pass *p, struct link_view *l, struct value *values,
    size_t *count, struct err *e)
{
	struct seen_set have = {0};
	size_t n = 0;
	int r = index_targets(p, l);

	if (r < 0)
		return err_set(e, r, "out of memory");
	for (size_t i = 0; i < *count && r == 0; i++) {
		int64_t mv = 0;

		if (values[i].type != VALUE_REFERENCE) {
			values[n++] = values[i];
			continue;
		}
		r = to_mv(p, l, &values[i], &mv, e);
		l->in_waits = l->in_waits || mv == 0;
		if (r < 0 || mv == 0)
			continue;
		r = *count == 1 ? 1 : idset_add(&have, mv);
		if (r == 1)
			values[n++] = value_reference_id(mv, TEXT(""));
		r = r < 0 ? r : 0;
	}
	idset_clear(&have);
	*count = n;
	return r;
}

static bool
is_target(const struct pass *p, const struct cs_object *o, size_t connector)
{
	return o->connector == p->sy->job->connectors[connector].id &&
	       o->import.op != DELTA_DELETE && o->import.op != DELTA_OBSOLETE;
}

/* One of several objects of a connector that stand for one metaverse object:
 * the one that was provisioned (docs/engine/model.md 4.6). */
struct choice {
	int64_t id;
	bool provisioned;
	bool ambiguous;
};

static void
choose(struct choice *c, const struct cs_object *o)
{
	bool provisioned = false;

	for (uint32_t i = 0; i < o->lineage_count; i++)
		provisioned = provisioned || (!o->lineage[i].inbound &&
						 o->lineage[i].provision);
	if (c->id == 0 || (provisioned && !c->provisioned))
		*c = (struct choice){.id = o->id, .provisioned = provisioned};
	else if (provisioned == c->provisioned)
		c->ambiguous = true;
}

static int
to_cs(struct pass *p, int64_t mv, size_t connector, struct choice *out,
    struct err *e)
{
	struct sync *sy = p->sy;
	int64_t few[MAX_TARGETS];
	struct ids ids = {.id = few, .max = MAX_TARGETS};
	int r = 0;

	*out = (struct choice){0};
	if (mv == p->mv.id) {
		for (size_t i = 0; i < p->link_count; i++)
			if (!p->links[i]->gone && p->links[i]->cs.id != 0 &&
			    is_target(p, &p->links[i]->cs, connector))
				choose(out, &p->links[i]->cs);
		return 0;
	}
	r = mv_links_in(
	    sy->store, mv, sy->job->connectors[connector].id, &ids, e);
	if (r == 0 && ids.count == 1) {
		out->id = ids.id[0];
		return 0;
	}
	for (size_t i = 0; i < ids.count && r == 0; i++) {
		struct cs_object o;

		r = cs_get(sy->store, sy->arena, ids.id[i], CS_LINEAGE, &o, e);
		if (r == 0)
			choose(out, &o);
	}
	return r;
}

static int
out_target(struct pass *p, size_t connector, const struct value *v,
    struct choice *out, struct err *e)
{
	struct sync *sy = p->sy;
	struct cs_key key = {sy->job->connectors[connector].id, v->text};
	struct cs_object o;
	int r;

	*out = (struct choice){0};
	if (v->by == REF_ID)
		return to_cs(p, v->id, connector, out, e);
	r = v->by == REF_ANCHOR
		? cs_find_anchor(sy->store, sy->arena, key, 0, &o, e)
		: cs_find_dn(sy->store, sy->arena, key, 0, &o, e);
	if (r == 0)
		out->id = o.id;
	return r == ERR_NOENT ? 0 : r;
}

/* One that has no object here may have one behind another door to the same
 * directory: it is left out for good, which somebody should hear. */
static int
look_elsewhere(
    struct pass *p, struct link_view *l, const struct value *v, struct err *e)
{
	const struct sync_job *job = p->sy->job;
	struct text door = job->connectors[l->connector].door;
	int r = 0;

	if (door.len == 0 || v->by != REF_ID)
		return 0;
	for (size_t i = 0; i < job->connector_count && r == 0; i++) {
		int64_t few[MAX_TARGETS];
		struct ids ids = {.id = few, .max = MAX_TARGETS};

		if (i == l->connector ||
		    !text_equal_nocase(job->connectors[i].door, door))
			continue;
		r = mv_links_in(
		    p->sy->store, v->id, job->connectors[i].id, &ids, e);
		if (r < 0 || ids.count == 0)
			continue;
		l->elsewhere++;
		l->elsewhere_by = i;
		break;
	}
	return r;
}

int
refs_outbound_id(struct pass *p, struct link_view *l, const struct value *v,
    int64_t *out, struct err *e)
{
	struct choice c;
	int r = out_target(p, l->connector, v, &c, e);

	if (r < 0)
		return r;
	if (c.ambiguous)
		return err_type(e, ERR_RULE,
		    "ambiguous-reference-value-for-export-flow",
		    "a reference could mean several objects of %.*s",
		    TEXT_ARGS(connector_name(p->sy, l->connector)));
	l->out_waits = l->out_waits || c.id == 0;
	*out = c.id;
	return c.id == 0 ? look_elsewhere(p, l, v, e) : 0;
}

int
refs_outbound(struct pass *p, struct link_view *l, struct value *values,
    size_t *count, struct err *e)
{
	size_t n = 0;
	int r = 0;

	for (size_t i = 0; i < *count && r == 0; i++) {
		int64_t id = 0;

		if (values[i].type != VALUE_REFERENCE) {
			values[n++] = values[i];
			continue;
		}
		r = refs_outbound_id(p, l, &values[i], &id, e);
		if (r == 0 && id != 0)
			values[n++] = value_reference_id(id, TEXT(""));
	}
	*count = n;
	return r;
}

void
refs_flag(struct link_view *l)
{
	unsigned flags = l->cs.flags;

	if (l->asked)
		flags &= ~(unsigned)CS_REF_WAITS;
	if (l->asked && (l->in_waits || l->out_waits))
		flags |= CS_REF_WAITS;
	if (l->loaded)
		flags &= ~(unsigned)CS_REF_GONE;
	for (size_t i = 0; i < l->ref_count; i++)
		if ((l->refs[i].bits & REF_IMAGE) != 0 &&
		    (l->refs[i].target_flags & CS_PH_DELETE) != 0)
			flags |= CS_REF_GONE;
	l->dirty = l->dirty || flags != l->cs.flags;
	l->cs.flags = flags;
}
