/* engine/sync/pass.c -- one object through docs/engine/rules.md 2. */
#include "engine/sync/sync_int.h"

static void
pass_init(struct pass *p, struct sync *sy)
{
	*p = (struct pass){.sy = sy, .algorithm = "staging"};
}

int
pass_load_mv(struct pass *p, int64_t mv, struct err *e)
{
	struct sync *sy = p->sy;
	struct link_view *l;
	int64_t *ids = NULL;
	size_t n = 0;
	int r = mv_get(sy->store, sy->arena, mv, true, &p->mv, e);

	if (r == 0)
		r = mv_links(sy->store, sy->arena, mv, &ids, &n, e);
	for (size_t i = 0; i < n && r == 0; i++)
		if (p->self == NULL || p->self->cs.id != ids[i])
			r = link_load(p, ids[i], &l, e);
	p->has_mv = r == 0;
	return r;
}

/* Spec rules.md 6.1. */
static bool
is_kept(const struct pass *p)
{
	for (size_t i = 0; i < p->link_count; i++) {
		const struct link_view *l = p->links[i];

		if (!l->gone &&
		    (l->in_keeps || l->cs.link == CS_EXPLICIT_CONNECTOR))
			return true;
	}
	return false;
}

/* Links and references need the id of a new object before its row is there. */
static void
give_id(struct pass *p)
{
	if (p->mv.id != 0)
		return;
	mv_reserve(p->sy->store, &p->mv);
	if (p->self != NULL)
		p->self->cs.mv = p->mv.id;
}

/* Once, after the last round. */
static int
write_mv(struct pass *p, struct err *e)
{
	if (!p->mv_dirty && !p->mv.reserved)
		return 0;
	p->mv_dirty = false;
	return mv_put(p->sy->store, &p->mv, true, e);
}

/* Delta, and nothing changed in the metaverse: what the directory says of the
 * object itself may still differ from what rules want. */
static int
outbound_own(struct pass *p, struct err *e)
{
	const struct link_view *l = p->self;

	if (l == NULL || l->gone || l->cs.import.op == DELTA_NONE)
		return 0;
	return outbound_connector(p, l->connector, e);
}

static int
outbound_every(struct pass *p, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < p->sy->job->connector_count && r == 0; i++)
		r = outbound_connector(p, i, e);
	return r;
}

static int
run_round(struct pass *p, bool first, struct err *e)
{
	bool changed = false, all;
	int r = inbound_flow(p, &changed, e);

	p->again = false;
	if (r < 0)
		return r;
	if (!is_kept(p))
		return mv_delete(p, e);
	give_id(p);
	all = changed ||
	      (first && (p->force || p->sy->job->full || p->self == NULL));
	if (all)
		return outbound_every(p, e);
	return first ? outbound_own(p, e) : 0;
}

static int
run_rounds(struct pass *p, struct err *e)
{
	int r = 0;

	for (unsigned i = 0; i < SYNC_ROUNDS; i++) {
		r = run_round(p, i == 0, e);
		if (r < 0 || p->mv_deleted)
			return r;
		if (!p->again || p->sy->one_round)
			return write_mv(p, e);
	}
	return err_type(e, ERR_RULE,
	    "extension-provisioning-call-limit-reached",
	    "the rules still change the object after %u rounds", SYNC_ROUNDS);
}

/* Some row is in one of the two and not in the other; all may be, where they
 * were not read. */
static bool
has_refs_alone_in(
    const struct link_view *l, enum ref_bit in, enum ref_bit other)
{
	for (size_t i = 0; i < l->ref_count; i++)
		if ((l->refs[i].bits & in) != 0 &&
		    (l->refs[i].bits & other) == 0)
			return true;
	return !l->loaded;
}

static int
fold_refs(struct pass *p, const struct link_view *l, struct err *e)
{
	bool gone = has_refs_alone_in(l, REF_HOLOGRAM, REF_IMAGE);

	return gone || has_refs_alone_in(l, REF_IMAGE, REF_HOLOGRAM)
		   ? cs_refs_fold(p->sy->store, l->cs.id, gone, e)
		   : 0;
}

/* Who is a member, for scopes that ask: what changed since it was looked at,
 * or all where the group is called otherwise. */
static int
fold_members(struct pass *p, struct link_view *l, struct err *e)
{
	bool all = l->cs.import.new_dn.len != 0 ||
		   (l->cs.import.op == DELTA_ADD && p->force);
	int r = refs_mark_members(p, l, all, e);

	return r == 0 ? fold_refs(p, l, e) : r;
}

/* Pending import into the hologram; a disconnector keeps its Add. */
static int
fold(struct pass *p, struct link_view *l, struct err *e)
{
	int r = 0;

	if (l->cs.import.op == DELTA_NONE)
		return 0;
	if (l->cs.import.op == DELTA_ADD && p->outcome == OUTCOME_REMAINS)
		return p->sy->member_scopes ? fold_members(p, l, e) : 0;
	r = fold_members(p, l, e);
	l->cs.import = (struct delta){0};
	l->dirty_import = true;
	return r;
}

/* No inbound rule is in scope of an object that is not linked (any more). */
static bool
is_out_of_scope(const struct pass *p, const struct link_view *l)
{
	if (l == p->self && p->outcome == OUTCOME_FILTERED)
		return true;
	return l->gone && l->scoped && l->in_count == 0 &&
	       !link_is_deleted(&l->cs);
}

static void
settle_link(const struct pass *p, struct link_view *l)
{
	enum cs_link link = CS_DISCONNECTOR;

	if (l->cs.link == CS_EXPLICIT_DISCONNECTOR || l->cs.mv != 0 ||
	    (l != p->self && !l->gone))
		return;
	if (is_out_of_scope(p, l))
		link = CS_FILTERED_DISCONNECTOR;
	l->dirty = l->dirty || link != l->cs.link;
	l->cs.link = link;
}

static int
save_link(struct pass *p, struct link_view *l, struct err *e)
{
	unsigned parts = CS_LINEAGE;
	int r = 0;

	if (l->cs.id == 0)
		return 0;
	refs_flag(l);
	if (!l->gone && l->cs.mv != 0 && l->scoped)
		r = link_lineage(p, l, e);
	settle_link(p, l);
	if (r == 0 && l == p->self)
		r = fold(p, l, e);
	if (r < 0 || !(l->dirty || l->dirty_export || l->dirty_import))
		return r;
	if (l->dirty_export)
		parts |= CS_EXPORT;
	if (l->dirty_import)
		parts |= CS_IMPORT;
	return cs_put(p->sy->store, &l->cs, parts, e);
}

static int
save(struct pass *p, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < p->link_count && r == 0; i++)
		r = save_link(p, p->links[i], e);
	return r;
}

/* The flags that brought it here; set again by what happens in the pass. */
static int
begin_self(struct pass *p, struct err *e)
{
	const unsigned done =
	    CS_RESYNC | CS_REF_RETRY | CS_RENAME_RETRY | CS_SYNC_ERROR;
	struct link_view *l = p->self;
	int r = 0;

	idset_remove(&p->sy->cs_marked, l->cs.id);
	if ((l->cs.flags & done) == 0)
		return 0;
	p->force = (l->cs.flags & ~(unsigned)CS_NOT_REIMPORTED & done) != 0;
	if ((l->cs.flags & CS_SYNC_ERROR) != 0)
		r = error_clear(p->sy->store, l->cs.id, ERROR_SYNC, e);
	l->cs.flags &= ~done;
	l->dirty = true;
	return r;
}

/* Spec rules.md 2 item 2: it is gone; whom it was linked to goes on. */
static int
leave(struct pass *p, bool remove, struct err *e)
{
	struct link_view *l = p->self;
	int64_t id = l->cs.id;
	int r = pass_load_mv(p, l->cs.mv, e);

	if (r == 0)
		r = link_cut(p, l, e);
	if (r == 0 && remove) {
		l->cs.id = 0;
		r = cs_remove(p->sy->store, id, e);
	}
	p->outcome = OUTCOME_DELETED;
	p->force = true;
	if (r == 0)
		r = run_rounds(p, e);
	return r;
}

static int
process_delete(struct pass *p, struct err *e)
{
	int r = 0;

	p->outcome = OUTCOME_DELETED;
	r = refs_mark_members(p, p->self, true, e);
	if (r < 0)
		return r;
	if (p->self->cs.mv != 0)
		return leave(p, true, e);
	r = refs_mark_referrers(p, p->self, e);
	if (r == 0)
		r = cs_remove(p->sy->store, p->self->cs.id, e);
	p->self->cs.id = 0;
	return r;
}

/* The type changed: the old object ends, and a new one begins. */
static int
process_delete_add(struct pass *p, struct err *e)
{
	struct link_view *l = p->self;
	int64_t id = l->cs.id;
	int r = 0;

	l->cs.import.op = DELTA_ADD;
	l->dirty_import = true;
	step_count(p->sy->step, "connector-delete-add-processed", TEXT(""));
	if (l->cs.mv != 0) {
		r = leave(p, false, e);
		p->self = NULL; /* not to be settled yet */
		if (r == 0)
			r = save(p, e);
	}
	if (r < 0)
		return r;
	pass_init(p, p->sy);
	return link_load(p, id, &p->self, e);
}

static int
process_live(struct pass *p, struct err *e)
{
	struct link_view *l = p->self;
	int r;

	if (l->cs.mv == 0) {
		if (l->cs.link == CS_EXPLICIT_DISCONNECTOR ||
		    link_is_deleted(&l->cs))
			return 0;
		r = join_inbound(p, e);
	} else {
		p->outcome = OUTCOME_LINKED;
		r = pass_load_mv(p, l->cs.mv, e);
		if (r == 0)
			r = link_scope(p, l, e);
		/* Its rules no longer hold the link: others may. */
		p->force = p->force || !l->in_joins;
	}
	return r < 0 || !p->has_mv ? r : run_rounds(p, e);
}

int
pass_object(struct sync *sy, int64_t cs, struct pass *p, struct err *e)
{
	int r;

	pass_init(p, sy);
	r = link_load(p, cs, &p->self, e);
	if (r == ERR_NOENT)
		return 0; /* removed by an earlier pass */
	if (r < 0 || p->self->cs.kind != CS_STAGING)
		return r;
	r = begin_self(p, e);
	if (r == 0 && p->self->cs.import.op == DELTA_DELETE_ADD)
		r = process_delete_add(p, e);
	if (r < 0)
		return r;
	if (p->self->cs.import.op == DELTA_DELETE ||
	    p->self->cs.import.op == DELTA_OBSOLETE)
		r = process_delete(p, e);
	else
		r = process_live(p, e);
	return r < 0 ? r : save(p, e);
}

int
pass_metaverse(struct sync *sy, int64_t mv, struct pass *p, struct err *e)
{
	const unsigned done = MV_RESYNC | MV_RETRY_PROVISION;
	int r;

	pass_init(p, sy);
	idset_remove(&sy->mv_marked, mv);
	r = mv_set_flags(sy->store, mv, 0, done, e);
	if (r == 0)
		r = pass_load_mv(p, mv, e);
	if (r == 0)
		r = run_rounds(p, e);
	if (r == ERR_NOENT)
		return 0;
	return r < 0 ? r : save(p, e);
}
