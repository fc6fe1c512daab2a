/* engine/import/stage.c -- one entry of the directory becomes a pending
 * import (spec model.md 5.1 item 4 and 5.2). */
#include "base/clock.h"
#include "engine/import/import_int.h"
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

static bool
is_gone(const struct cs_object *o)
{
	return o->import.op == DELTA_DELETE || o->import.op == DELTA_OBSOLETE;
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
	if (refs_changed || is_gone(o) || !attrs_equal(&o->image, image))
		return "stage-update";
	return no_change;
}

/* Old values of o to those of entry. */
static int
update(struct import *im, struct cs_object *o, const struct entry *entry,
    const struct attrs *image, const char *counter)
{
	bool renamed = !text_equal(o->dn, entry->dn);
	int r;

	if (o->import_ms == 0)
		o->import = (struct delta){.op = DELTA_ADD};
	else if (o->type != entry->type)
		o->import = (struct delta){.op = DELTA_DELETE_ADD};
	r = pend(im, o, image, counter != no_change || renamed);
	if (renamed && o->import.op == DELTA_UPDATE)
		o->import.new_dn = entry->dn;
	if ((o->flags & CS_TRANSIENT) != 0 && im->transients != 0)
		im->transients--;
	o->kind = CS_STAGING;
	o->type = entry->type;
	o->partition = im->partition;
	o->dn = entry->dn;
	o->anchor = entry->anchor;
	o->flags |= CS_IN_CD;
	o->flags &= ~(unsigned)(CS_TRANSIENT | CS_PH_LINK | CS_PH_PARENT |
				CS_PH_DELETE | CS_IMPORT_ERROR);
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
	       (o->flags & (CS_TRANSIENT | CS_IMPORT_ERROR)) != 0 ||
	       o->partition != im->partition;
}

/* A row that is there: compare, and write what differs. */
static int
stage_known(struct import *im, struct cs_object *o, const struct entry *entry,
    const struct attrs *image, struct err *e)
{
	bool sent =
	    o->escrowed.op != DELTA_NONE || o->unconfirmed.op != DELTA_NONE;
	const char *counter;
	size_t changed = 0;
	int r = cs_refs_stage(im->store, o, &entry->attrs, &changed, e);

	if (r < 0)
		return r;
	im->known += (o->flags & CS_IN_CD) != 0;
	counter = compare(o, entry, image, changed != 0);
	if (must_write(im, o, counter)) {
		if ((o->flags & CS_IMPORT_ERROR) != 0)
			r = error_clear(im->store, o->id, ERROR_IMPORT, e);
		if (r == 0 && sent)
			r = confirm_export(im, o, image, entry->dn, e);
		if (r == 0 && update(im, o, entry, image, counter) < 0)
			r = err_set(e, ERR_NOMEM, "out of memory");
		if (r == 0)
			r = cs_put(im->store, o, IMPORT_PARTS | CS_LINEAGE, e);
	}
	if (r == 0)
		step_count(im->step, counter, TEXT(""));
	return r;
}

static int
stage_new(struct import *im, const struct entry *entry,
    const struct attrs *image, struct cs_object *o, struct err *e)
{
	size_t changed = 0;
	int r;

	*o = (struct cs_object){.connector = im->connector, .kind = CS_STAGING};
	if (update(im, o, entry, image, "stage-add") < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = cs_put(im->store, o, IMPORT_PARTS | CS_LINEAGE, e);
	if (r == 0)
		r = cs_refs_stage(im->store, o, &entry->attrs, &changed, e);
	if (r == 0)
		step_count(im->step, "stage-add", TEXT(""));
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
	if (o.id == 0)
		r = stage_new(im, entry, &image, &o, e);
	else
		r = stage_known(im, &o, entry, &image, e);
	if (r == 0 && idset_add(&im->seen, o.id) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	return r;
}

/* References that are there, in the way the change writes them. */
static int
refs_there(struct import *im, const struct cs_object *o, const struct change *c,
    struct attrs *attrs, struct err *e)
{
	struct ref_query q = {.owner = o->id,
	    .name = c->name,
	    .mask = REF_IMAGE,
	    .with_target = true};
	const struct value *first = c->add_count != 0 ? c->add : c->del;
	bool by_anchor = first != NULL && first->by == REF_ANCHOR;
	struct cs_ref *refs = NULL;
	struct value *values;
	size_t n = 0;
	int r = cs_refs_get(im->store, im->arena, &q, &refs, &n, e);

	if (r < 0)
		return r;
	values = arena_array(im->arena, n, sizeof(*values));
	if (values == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		values[i] = by_anchor && refs[i].target_anchor.len != 0
				? value_reference_anchor(refs[i].target_anchor)
				: value_reference_dn(refs[i].target_dn);
	if (attrs_set(im->arena, attrs, c->name, values, n) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	return 0;
}

/* Every reference of o, those of the change in its own spelling: the whole
 * object as if it had been read. */
static int
all_refs(struct import *im, const struct cs_object *o, const struct delta *d,
    struct attrs *attrs, struct err *e)
{
	struct ref_query q = {
	    .owner = o->id, .mask = REF_IMAGE, .with_target = true};
	struct cs_ref *refs = NULL;
	size_t n = 0;
	int r = cs_refs_get(im->store, im->arena, &q, &refs, &n, e);

	for (size_t i = 0; i < n && r == 0; i++) {
		struct change other = {.name = refs[i].name};
		const struct change *c = delta_find(d, refs[i].name);

		if (i != 0 && refs[i].name == refs[i - 1].name)
			continue;
		r = refs_there(im, o, c != NULL ? c : &other, attrs, e);
	}
	return r;
}

int
stage_change(struct import *im, const struct entry *entry, struct err *e)
{
	struct cs_key key = {
	    im->connector, entry->anchor.len != 0 ? entry->anchor : entry->dn};
	struct entry whole = *entry;
	struct cs_object o;
	int r;

	if (entry->anchor.len != 0)
		r = cs_find_anchor(
		    im->store, im->arena, key, IMPORT_PARTS, &o, e);
	else
		r = cs_find_dn(im->store, im->arena, key, IMPORT_PARTS, &o, e);
	if (r == ERR_NOENT || (r == 0 && o.import_ms == 0))
		return err_type(e, ERR_REJECTED, "need-full-object",
		    "\"%.*s\" changed and is not known: a full import reads it",
		    TEXT_ARGS(entry->dn));
	if (r < 0)
		return r;
	whole.kind = ENTRY_OBJECT;
	whole.anchor = o.anchor;
	whole.type = entry->type != 0 ? entry->type : o.type;
	if (entry->delta.new_dn.len != 0)
		whole.dn = entry->delta.new_dn;
	else if (whole.dn.len == 0)
		whole.dn = o.dn;
	if (attrs_shallow(im->arena, &o.image, &whole.attrs) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = all_refs(im, &o, &entry->delta, &whole.attrs, e);
	if (r == 0 && delta_apply(im->arena, &whole.attrs, &entry->delta) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	return r == 0 ? stage_object(im, &whole, e) : r;
}
