/* engine/import/find.c -- which row an entry is about
 * (docs/engine/model.md 5.1). */
#include "engine/import/import_int.h"
#include "model/guid.h"
#include "store/tower.h"

/* A name of our own until its rename or delete arrives; one whose delete has
 * arrived waits for nothing. */
static int
make_transient(struct import *im, struct cs_object *o, struct err *e)
{
	char guid[GUID_TEXT_LEN + 1];
	char *dn;

	guid_format(&o->guid, guid);
	dn = arena_printf(im->arena, "transient:%s", guid);
	if (dn == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	o->dn = text_of(dn);
	if (!cs_is_gone(o)) {
		o->flags |= CS_TRANSIENT;
		im->transients++;
	}
	return cs_put(im->store, o, 0, e);
}

static bool
was_sent(const struct cs_object *o)
{
	return o->escrowed.op == DELTA_ADD || o->unconfirmed.op == DELTA_ADD;
}

/* Who was to be sent a reference to it is looked at again. */
static int
mark_referrers(struct import *im, int64_t id, struct err *e)
{
	int64_t room[64];
	struct ids ids = {.id = room, .max = 64};
	int64_t after = 0;
	int r;

	do {
		r = cs_referrers(im->store, id, LAYER_BITS, after, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++) {
			after = ids.id[i];
			r = cs_set_flags(im->store, after, CS_RESYNC, 0, e);
		}
	} while (r == 0 && ids.count != 0);
	return r;
}

/* An object that waits for its first export, where another one is found under
 * its name: provisioned anew at the next synchronisation. */
static int
drop_unexported(struct import *im, struct cs_object *o, struct err *e)
{
	int r = 0;

	if (o->mv != 0)
		r = mv_set_flags(im->store, o->mv, MV_RETRY_PROVISION, 0, e);
	if (r == 0)
		r = cs_refs_update(
		    im->store, o->id, LAYER_BITS, 0, LAYER_BITS, e);
	if (r == 0)
		r = mark_referrers(im, o->id, e);
	o->mv = 0;
	o->link = CS_DISCONNECTOR;
	o->lineage = NULL;
	o->lineage_count = 0;
	o->unapplied = (struct delta){0};
	return r;
}

/* Two objects of one import cannot have the DN, unless the first has moved
 * since it was given: then it is not seen yet. */
static int
check_dn_seen(struct import *im, const struct cs_object *holder, struct text dn,
    struct err *e)
{
	if (im->job->delta || !idset_has(&im->seen, holder->id))
		return 0;
	if (!im->job->conn->anchor_unique)
		return err_type(e, ERR_REJECTED, "duplicate-object",
		    "two objects of this import have the DN \"%.*s\"",
		    TEXT_ARGS(dn));
	idset_remove(&im->seen, holder->id);
	im->unseated++;
	im->known -= im->known != 0;
	return 0;
}

/* One object cannot come twice, unless it has moved, or what was read before a
 * break is read again. */
static int
check_anchor_seen(struct import *im, const struct cs_object *o,
    const struct entry *entry, struct err *e)
{
	if (im->job->delta || !idset_has(&im->seen, o->id))
		return 0;
	if (!im->job->conn->anchor_unique)
		return err_type(e, ERR_REJECTED, "duplicate-object",
		    "\"%.*s\" and \"%.*s\" have the same anchor",
		    TEXT_ARGS(o->dn), TEXT_ARGS(entry->dn));
	im->read--;
	im->known -= im->known != 0;
	return 0;
}

/* Its DN belongs to another object now. */
static int
yield_dn(
    struct import *im, struct cs_object *holder, int64_t into, struct err *e)
{
	int r;

	if (holder->kind == CS_PLACEHOLDER)
		return 0; /* gives way by itself: cs_put() */
	if (holder->anchor.len != 0)
		return make_transient(im, holder, e);
	if (holder->mv != 0) {
		r = mv_set_flags(
		    im->store, holder->mv, MV_RETRY_PROVISION, 0, e);
		if (r < 0)
			return r;
	}
	r = cs_repoint(im->store, im->arena, holder->id, into, e);
	if (r < 0)
		return r;
	return cs_remove(im->store, holder->id, e);
}

/* The row is found by anchor and gets another DN. */
int
import_free_dn(
    struct import *im, const struct cs_object *o, struct text dn, struct err *e)
{
	struct cs_object holder;
	struct cs_key key = {im->connector, dn};
	int r;

	if (text_equal(o->dn, dn))
		return 0;
	r = cs_find_dn(im->store, im->arena, key, CS_ALL, &holder, e);
	if (r == ERR_NOENT)
		return 0;
	if (r < 0 || holder.id == o->id)
		return r;
	r = check_dn_seen(im, &holder, dn, e);
	return r < 0 ? r : yield_dn(im, &holder, o->id, e);
}

/* No row has the anchor; one has the DN. */
static int
take_dn(struct import *im, const struct entry *entry, struct cs_object *o,
    struct err *e)
{
	int r;

	/* A placeholder with an anchor stands for an object that is gone and
	 * still referred to: another of its name is not its heir. */
	if (o->kind == CS_PLACEHOLDER) {
		if (o->anchor.len != 0 && entry->anchor.len != 0)
			*o = (struct cs_object){0};
		return 0;
	}
	if (o->anchor.len == 0) {
		if (was_sent(o))
			return 0; /* our own add: it happened */
		return drop_unexported(im, o, e);
	}
	r = check_dn_seen(im, o, entry->dn, e);
	if (r == 0)
		r = make_transient(im, o, e);
	*o = (struct cs_object){0};
	return r;
}

int
import_find(struct import *im, const struct entry *entry, struct cs_object *out,
    struct err *e)
{
	struct cs_key anchor = {im->connector, entry->anchor};
	struct cs_key dn = {im->connector, entry->dn};
	int r;

	r = cs_find_anchor(
	    im->store, im->arena, anchor, IMPORT_PARTS | CS_LINEAGE, out, e);
	if (r == 0)
		r = check_anchor_seen(im, out, entry, e);
	if (r == 0 && tower_gives_name(out))
		return 0;
	if (r == 0)
		return import_free_dn(im, out, entry->dn, e);
	if (r != ERR_NOENT)
		return r;
	r = cs_find_dn(
	    im->store, im->arena, dn, IMPORT_PARTS | CS_LINEAGE, out, e);
	if (r == 0)
		return take_dn(im, entry, out, e);
	*out = (struct cs_object){0};
	return r == ERR_NOENT ? 0 : r;
}
