/* engine/import/stage.c -- one entry of the directory becomes a pending
 * import (docs/engine/model.md 5.1 item 4 and 5.2). */
#include <string.h>

#include "base/clock.h"
#include "engine/import/import_int.h"
#include "model/dn.h"
#include "store/tower.h"

#define ANCHOR_MAX 398U

static const char no_change[] = "stage-no-change";

static int
check_entry(const struct entry *entry, struct err *e)
{
	if (entry->dn.len == 0)
		return err_type(e, ERR_REJECTED, "missing-dn",
		    "the directory gave an object without a DN");
	if (entry->anchor.len == 0)
		return err_type(e, ERR_REJECTED, "missing-anchor-component",
		    "\"%.*s\" has no anchor", TEXT_ARGS(entry->dn));
	if (entry->anchor.len > ANCHOR_MAX)
		return err_type(e, ERR_REJECTED, "anchor-too-long",
		    "\"%.*s\": the anchor has %zu octets, %u are allowed",
		    TEXT_ARGS(entry->dn), entry->anchor.len, ANCHOR_MAX);
	if (entry->type == 0)
		return err_type(e, ERR_REJECTED, "missing-object-type",
		    "\"%.*s\" has no object type", TEXT_ARGS(entry->dn));
	return 0;
}

/* The synchronised hologram: the image without what is pending. */
static int
hologram_of(struct import *im, const struct cs_object *o, struct attrs *out)
{
	struct delta back;
	int r;

	if (o->import.op == DELTA_ADD || o->import.op == DELTA_DELETE_ADD) {
		*out = (struct attrs){0};
		return 0;
	}
	r = attrs_shallow(im->arena, &o->image, out);
	if (r == 0 && o->import.count != 0) {
		r = delta_invert(im->arena, &o->import, &back);
		if (r == 0)
			r = delta_apply(im->arena, out, &back);
	}
	return r;
}

/* The pending import from the hologram to image; *differs where something
 * came with this entry. */
static int
pend(struct import *im, struct cs_object *o, const struct attrs *image,
    bool differs)
{
	bool stays = o->import.op != DELTA_NONE || differs;
	enum delta_op op = o->import.op;
	struct text new_dn = o->import.new_dn;
	struct attrs holo;
	int r;

	if (op == DELTA_ADD || op == DELTA_DELETE_ADD || !stays)
		return 0; /* the image is all there is to know */
	r = hologram_of(im, o, &holo);
	if (r == 0)
		r = delta_between(im->arena, &holo, image, &o->import);
	o->import.op = DELTA_UPDATE;
	o->import.new_dn = new_dn;
	return r;
}

static const char *
compare(const struct cs_object *o, const struct entry *entry,
    const struct attrs *image, bool refs_changed)
{
	if (o->import_ms == 0)
		return "stage-add";
	if (o->type != entry->type)
		return "stage-delete-add";
	if (!text_equal(o->dn, entry->dn))
		return "stage-rename";
	if (refs_changed || cs_is_gone(o) || !attrs_equal(&o->image, image) ||
	    attrs_renamed(&o->image, image))
		return "stage-update";
	return no_change;
}

/* Old values of o to those of entry. */
static int
update(struct import *im, struct cs_object *o, const struct entry *entry,
    const struct attrs *image, const char *counter)
{
	bool renamed = !text_equal(o->dn, entry->dn);
	bool is_new = o->import_ms == 0;
	bool gives_name = tower_gives_name(o);
	int r;

	if (is_new)
		o->import = (struct delta){.op = DELTA_ADD};
	else if (o->type != entry->type)
		o->import = (struct delta){.op = DELTA_DELETE_ADD};
	r = pend(im, o, image, counter != no_change || renamed);
	if (renamed && o->import.op == DELTA_UPDATE)
		o->import.new_dn = entry->dn;
	else if (renamed && !is_new)
		o->flags |= CS_RESYNC; /* its members, by its name */
	if ((o->flags & CS_TRANSIENT) != 0 && !gives_name &&
	    im->transients != 0)
		im->transients--;
	o->kind = CS_STAGING;
	o->type = entry->type;
	o->partition = im->partition;
	o->dn = entry->dn;
	o->anchor = entry->anchor;
	o->flags |= CS_IN_CD;
	if (!gives_name)
		o->flags &= ~(unsigned)CS_TRANSIENT;
	o->flags &= ~(unsigned)(CS_PH_LINK | CS_PH_PARENT | CS_PH_DELETE |
				CS_IMPORT_ERROR);
	o->image = *image;
	o->import_ms = clock_now_ms();
	return r;
}

static bool
must_write(
    const struct import *im, const struct cs_object *o, const char *counter)
{
	return counter != no_change || o->escrowed.op != DELTA_NONE ||
	       o->unconfirmed.op != DELTA_NONE || o->kind != CS_STAGING ||
	       (o->flags & CS_IN_CD) == 0 ||
	       ((o->flags & CS_TRANSIENT) != 0 && !tower_gives_name(o)) ||
	       (o->flags & CS_IMPORT_ERROR) != 0 ||
	       o->partition != im->partition;
}

/* References: all of them, or those that the entry tells of. */
static int
stage_refs(struct import *im, const struct cs_object *o,
    const struct entry *entry, size_t *out_changed, struct err *e)
{
	struct ref_changes part = {.whole = &entry->attrs,
	    .removed = entry->removed,
	    .removed_count = entry->removed_count,
	    .values = &entry->delta};

	if (entry->kind == ENTRY_CHANGE)
		return cs_refs_change(im->store, o, &part, out_changed, e);
	return cs_refs_stage(im->store, o, &entry->attrs, out_changed, e);
}

/* One that is to be deleted keeps the name it has here. */
static const struct entry *
entry_for(
    const struct cs_object *o, const struct entry *entry, struct entry *own)
{
	if (!tower_gives_name(o))
		return entry;
	*own = *entry;
	own->dn = o->dn;
	return own;
}

int
stage_known(struct import *im, struct cs_object *o, const struct entry *told,
    const struct attrs *image, struct err *e)
{
	struct entry own;
	const struct entry *entry = entry_for(o, told, &own);
	bool sent =
	    o->escrowed.op != DELTA_NONE || o->unconfirmed.op != DELTA_NONE;
	struct text old_dn = o->dn;
	const char *counter;
	size_t changed = 0;
	int r = stage_refs(im, o, entry, &changed, e);

	if (r < 0)
		return r;
	im->known += (o->flags & CS_IN_CD) != 0;
	counter = compare(o, entry, image, changed != 0);
	if (must_write(im, o, counter)) {
		if ((o->flags & CS_IMPORT_ERROR) != 0)
			r = error_clear(im->store, o->id, ERROR_IMPORT, e);
		if (r == 0)
			r = settle_there(im, o, entry, image, e);
		if (r == 0 && sent)
			r = confirm_export(im, o, image, entry->dn, e);
		if (r == 0 && sent && idset_add(&im->confirmed, o->id) < 0)
			r = err_set(e, ERR_NOMEM, "out of memory");
		if (r == 0 && update(im, o, entry, image, counter) < 0)
			r = err_set(e, ERR_NOMEM, "out of memory");
		if (r == 0)
			r = cs_put(im->store, o, IMPORT_PARTS | CS_LINEAGE, e);
	}
	if (r == 0)
		step_count(im->step, counter, TEXT(""));
	/* a full import brings those below itself */
	if (r == 0 && im->job->delta && !text_equal(old_dn, entry->dn))
		r = stage_move_below(im, old_dn, entry->dn, e);
	return r;
}

static int
stage_new(struct import *im, const struct entry *entry,
    const struct attrs *image, struct cs_object *o, struct err *e)
{
	int r;

	*o = (struct cs_object){.connector = im->connector, .kind = CS_STAGING};
	if (update(im, o, entry, image, "stage-add") < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = cs_put(im->store, o, IMPORT_PARTS | CS_LINEAGE, e);
	if (r == 0)
		r = cs_refs_stage_new(im->store, o, &entry->attrs, e);
	if (r == 0)
		step_count(im->step, "stage-add", TEXT(""));
	return r;
}

static uint64_t
hash_of(struct text t)
{
	uint64_t h = 0xcbf29ce484222325U; /* FNV-1a */

	for (size_t i = 0; i < t.len; i++)
		h = (h ^ (unsigned char)t.data[i]) * 0x100000001b3U;
	return h;
}

/* Whether dn is one plain part before the parent that was asked for last. */
static bool
is_sibling(const struct import *im, struct text dn)
{
	struct text last = im->last_parent, part = dn;

	if (last.len == 0 || dn.len <= last.len + 1 ||
	    dn.data[dn.len - last.len - 1] != ',')
		return false;
	part.len = dn.len - last.len - 1;
	return memcmp(part.data + part.len + 1, last.data, last.len) == 0 &&
	       memchr(part.data, ',', part.len) == NULL &&
	       memchr(part.data, '\\', part.len) == NULL &&
	       memchr(part.data, '"', part.len) == NULL &&
	       memchr(part.data, ';', part.len) == NULL;
}

static void
keep_parent(struct import *im, struct text parent)
{
	im->last_parent = TEXT("");
	if (parent.len > sizeof(im->parent_octets))
		return;
	memcpy(im->parent_octets, parent.data, parent.len);
	im->last_parent = (struct text){im->parent_octets, parent.len};
}

int
stage_parents(struct import *im, const struct cs_object *o, struct err *e)
{
	struct text parent;
	uint64_t hash;
	uint64_t *seen;
	int r;

	if (is_sibling(im, o->dn))
		return 0;
	if (dn_parent(im->arena, o->dn, &parent, NULL) < 0 || parent.len == 0)
		return 0;
	hash = hash_of(parent) | 1;
	seen = &im->parents[hash / 2 % IMPORT_PARENTS];
	r = *seen == hash
		? 0
		: cs_parents_stage(im->store, o, im->job->partition, e);
	*seen = hash;
	if (r == 0)
		keep_parent(im, parent);
	return r;
}

int
stage_object(struct import *im, const struct entry *entry, struct err *e)
{
	struct cs_object o = {0};
	struct attrs image;
	int r = check_entry(entry, e);

	im->read++;
	if (r == 0)
		r = import_find(im, entry, &o, e);
	if (r < 0)
		return r;
	if (attrs_scalars(im->arena, &entry->attrs, &image) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (import_came_back(im, &o))
		r = referrers_note(im, o.id, e);
	if (r < 0)
		return r;
	if (o.id == 0)
		r = stage_new(im, entry, &image, &o, e);
	else
		r = stage_known(im, &o, entry, &image, e);
	if (r == 0)
		r = stage_parents(im, &o, e);
	if (r == 0 && idset_add(&im->seen, o.id) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	return r;
}
