/* engine/sync/unlink.c -- links end (docs/engine/rules.md 5.3 and 6). */
#include "engine/sync/sync_int.h"
#include "model/dn.h"

/* Its export was refused, and there is nothing left of it to be sent. */
int
link_forget_refusal(struct pass *p, struct link_view *l, struct err *e)
{
	if ((l->cs.flags & CS_EXPORT_ERROR) == 0 || l->cs.id == 0 ||
	    l->cs.unapplied.op != DELTA_NONE)
		return 0;
	l->cs.flags &= ~(unsigned)CS_EXPORT_ERROR;
	l->dirty_export = true;
	return error_clear(p->sy->store, l->cs.id, ERROR_EXPORT, e);
}

/* What waited for an export and no longer does. */
static int
drop_unapplied(struct pass *p, struct link_view *l, struct err *e)
{
	int r = 0;

	if (l->cs.id != 0 && l->cs.unapplied.op != DELTA_NONE)
		r = cs_refs_update(p->sy->store, l->cs.id, UNAPPLIED_BITS, 0,
		    UNAPPLIED_BITS, e);
	l->cs.unapplied = (struct delta){0};
	l->dirty_export = true;
	return r == 0 ? link_forget_refusal(p, l, e) : r;
}

int
link_cut(struct pass *p, struct link_view *l, struct err *e)
{
	int r = refs_mark_referrers(p, l, e);

	if (r == 0 && !p->mv_deleted)
		r = refs_mark_mv(p, e);
	if (r == 0)
		r = drop_unapplied(p, l, e);
	if (r == 0)
		r = wait_note(p, l, NULL, 0, e);
	l->gone = true;
	l->cs.mv = 0;
	l->cs.link = CS_DISCONNECTOR;
	l->cs.lineage = NULL;
	l->cs.lineage_count = 0;
	l->cs.flags &= ~(unsigned)CS_UNSUPPORTED;
	l->dirty = true;
	return r;
}

static int
remove_row(struct pass *p, struct link_view *l, struct err *e)
{
	int64_t id = l->cs.id;

	l->cs.id = 0;
	l->dirty = l->dirty_export = false;
	return id != 0 ? cs_remove(p->sy->store, id, e) : 0;
}

int
link_end(struct pass *p, struct link_view *l, struct err *e)
{
	int r = link_cut(p, l, e);

	if (l != p->self)
		step_count(p->sy->step, "provisioned-disconnect",
		    connector_name(p->sy, l->connector));
	/* What the directory never had is only ours. */
	if (r == 0 && link_never_sent(&l->cs) && l->cs.import.op == DELTA_NONE)
		r = remove_row(p, l, e);
	return r;
}

/* The object whose turn it is is no longer in its directory. */
static bool
source_is_gone(const struct pass *p)
{
	return p->self != NULL && (p->self->cs.import.op == DELTA_DELETE ||
				      p->self->cs.import.op == DELTA_OBSOLETE);
}

/* Later nobody knows from where it came. */
static int
note_origin(struct pass *p, const struct link_view *l, struct err *e)
{
	struct text container = {0};

	if (p->self == NULL || p->self == l || l->cs.id == 0)
		return 0;
	if (dn_parent(p->sy->arena, p->self->cs.dn, &container, NULL) < 0 ||
	    container.len == 0)
		return 0;
	return cs_origin_set(p->sy->store, l->cs.id, container, e);
}

int
link_deprovision(struct pass *p, struct link_view *l, struct err *e)
{
	bool never = link_never_sent(&l->cs);
	int r = link_cut(p, l, e);

	step_count(p->sy->step, "provisioned-disconnect",
	    connector_name(p->sy, l->connector));
	if (r < 0)
		return r;
	if (never)
		return remove_row(p, l, e);
	l->cs.unapplied.op = DELTA_DELETE;
	l->cs.flags &= ~(unsigned)CS_LEFT_SCOPE;
	if (!source_is_gone(p))
		l->cs.flags |= CS_LEFT_SCOPE;
	return note_origin(p, l, e);
}

/* Spec rules.md 6.2. */
int
mv_delete(struct pass *p, struct err *e)
{
	int r = 0;

	p->algorithm = "mv-deletion";
	p->mv_deleted = true;
	for (size_t i = 0; i < p->link_count && r == 0; i++) {
		struct link_view *l = p->links[i];

		if (l->gone)
			continue;
		if (link_was_provisioned(l))
			r = link_deprovision(p, l, e);
		else
			r = link_end(p, l, e);
	}
	/* Owners of references to it are marked by the store. */
	if (r == 0 && p->mv.id != 0)
		r = mv_remove(p->sy->store, p->mv.id, e);
	return r;
}
