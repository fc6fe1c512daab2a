/* engine/import/change.c -- what a delta import tells: changes of an object,
 * that it is gone, as it was, or that it went where we do not read
 * (docs/engine/model.md 5.2). */
#include "base/clock.h"
#include "engine/import/import_int.h"
#include "model/dn.h"
#include "store/tower.h"

static int
find_part(struct import *im, const struct entry *entry, unsigned parts,
    struct cs_object *out, struct err *e)
{
	bool by_anchor = entry->anchor.len != 0;
	struct cs_key key = {
	    im->connector, by_anchor ? entry->anchor : entry->dn};

	if (key.text.len == 0)
		return err_type(e, ERR_REJECTED, "missing-dn",
		    "the directory told of a change without saying of whom");
	return by_anchor
		   ? cs_find_anchor(im->store, im->arena, key, parts, out, e)
		   : cs_find_dn(im->store, im->arena, key, parts, out, e);
}

static int
find(struct import *im, const struct entry *entry, struct cs_object *out,
    struct err *e)
{
	return find_part(im, entry, IMPORT_PARTS | CS_LINEAGE, out, e);
}

/* A delete of it is pending, or a rest of it is there that others refer to. */
static bool
is_gone(const struct cs_object *o)
{
	return o->kind != CS_STAGING ||
	       (o->import_ms != 0 && (o->flags & CS_IN_CD) == 0);
}

static bool
is_known(const struct cs_object *o)
{
	return o->kind == CS_STAGING && o->import_ms != 0;
}

/* ---- Changes ---- */

/* A change of what is not known, or that makes it another thing: the object
 * itself is asked for. */
static int
stage_whole(struct import *im, const struct entry *entry, struct err *e)
{
	const struct import_job *job = im->job;
	struct entry whole = {.type = 0};
	int r;

	if (job->ops->read_object == NULL)
		return err_type(e, ERR_REJECTED, "need-full-object",
		    "\"%.*s\" changed and is not known: a full import reads it",
		    TEXT_ARGS(entry->dn));
	r = job->ops->read_object(
	    job->conn, &im->request, entry, im->arena, &whole, e);
	if (r <= 0)
		return r; /* gone since, or not ours */
	return stage_object(im, &whole, e);
}

static int
without_removed(const struct entry *entry, struct attrs *image)
{
	for (size_t i = 0; i < entry->removed_count; i++)
		attrs_remove(image, entry->removed[i]);
	return 0;
}

/* The image with what came; references are rows of their own. */
static int
changed_image(struct import *im, const struct cs_object *o,
    const struct entry *entry, struct attrs *out, struct err *e)
{
	struct attrs image = {0};
	int r = attrs_shallow(im->arena, &o->image, &image);

	if (r == 0)
		r = without_removed(entry, &image);
	for (uint32_t i = 0; i < entry->attrs.count && r == 0; i++) {
		const struct attr *a = &entry->attrs.items[i];

		r = attrs_set(im->arena, &image, a->name, a->values, a->count);
	}
	if (r == 0)
		r = delta_apply(im->arena, &image, &entry->delta);
	if (r == 0)
		r = attrs_scalars(im->arena, &image, out);
	return r < 0 ? err_set(e, ERR_NOMEM, "out of memory") : 0;
}

int
stage_change(struct import *im, const struct entry *entry, struct err *e)
{
	struct entry now = *entry;
	struct cs_object o = {0};
	struct attrs image = {0};
	int r = find(im, entry, &o, e);

	/* of one that was gone nothing was told meanwhile */
	if (r == ERR_NOENT || (r == 0 && (!is_known(&o) || is_gone(&o))) ||
	    (r == 0 && entry->type != 0 && entry->type != o.type))
		return stage_whole(im, entry, e);
	if (r < 0)
		return r;
	im->read++;
	now.anchor = o.anchor;
	now.type = o.type;
	if (entry->delta.new_dn.len != 0)
		now.dn = entry->delta.new_dn;
	else if (entry->anchor.len == 0 || entry->dn.len == 0)
		now.dn = o.dn;
	r = import_find(im, &now, &o, e);
	if (r == 0)
		r = changed_image(im, &o, entry, &image, e);
	if (r < 0)
		return r;
	r = stage_known(im, &o, &now, &image, e);
	if (r == 0)
		r = stage_parents(im, &o, e);
	if (r == 0 && idset_add(&im->seen, o.id) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	return r;
}

/* ---- As it was ---- */

/* It counts as seen; where the directory calls it by another name than we do,
 * that is the change. */
int
stage_present(struct import *im, const struct entry *entry, struct err *e)
{
	struct entry named = {
	    .kind = ENTRY_CHANGE, .anchor = entry->anchor, .dn = entry->dn};
	struct cs_object o = {0};
	int r = find_part(im, entry, 0, &o, e);

	if (r < 0 && r != ERR_NOENT)
		return r;
	if (r == ERR_NOENT || !is_known(&o) || (o.flags & CS_IN_CD) == 0)
		return entry->dn.len != 0 ? stage_whole(im, entry, e) : 0;
	if (entry->dn.len != 0 && !text_equal(o.dn, entry->dn))
		return stage_change(im, &named, e);
	im->read++;
	im->known++;
	return idset_add(&im->seen, o.id) < 0
		   ? err_set(e, ERR_NOMEM, "out of memory")
		   : 0;
}

/* ---- A container that moved ---- */

/* The name of what lies below from when from is called to. */
static int
moved_name(struct import *im, struct text dn, struct text from, struct text to,
    struct text *out)
{
	struct text at = dn;
	struct dn old = {0}, base = {0};
	int r = dn_parse(im->arena, dn, &old, NULL);
	char *p;

	if (r == 0)
		r = dn_parse(im->arena, from, &base, NULL);
	for (uint32_t i = base.depth; r == 0 && i < old.depth; i++)
		r = dn_parent(im->arena, at, &at, NULL);
	if (r < 0)
		return r;
	p = arena_printf(im->arena, "%.*s%.*s", (int)(at.data - dn.data),
	    dn.data, TEXT_ARGS(to));
	if (p == NULL)
		return ERR_NOMEM;
	*out = text_of(p);
	return 0;
}

/* A placeholder goes along; where its new name is known it is that object. */
static int
move_placeholder(
    struct import *im, struct cs_object *o, struct text dn, struct err *e)
{
	struct cs_key key = {im->connector, dn};
	struct cs_object holder = {0};
	int r = cs_find_dn(im->store, im->arena, key, 0, &holder, e);

	o->dn = dn;
	if (r == ERR_NOENT)
		return cs_put(im->store, o, 0, e);
	if (r == 0)
		r = cs_repoint(im->store, im->arena, o->id, holder.id, e);
	return r == 0 ? cs_remove(im->store, o->id, e) : r;
}

static int
move_one(struct import *im, int64_t id, struct text from, struct text to,
    struct err *e)
{
	struct cs_object o = {0};
	struct text dn = {0};
	int r = cs_get(im->store, im->arena, id, CS_IMPORT, &o, e);

	if (r == 0 && moved_name(im, o.dn, from, to, &dn) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	if (r < 0)
		return r;
	if (o.kind == CS_PLACEHOLDER)
		return move_placeholder(im, &o, dn, e);
	r = import_free_dn(im, &o, dn, e);
	o.dn = dn;
	if (r < 0 || (o.flags & CS_IN_CD) == 0)
		return r < 0 ? r : cs_put(im->store, &o, 0, e);
	if (o.import.op == DELTA_NONE)
		o.import.op = DELTA_UPDATE;
	if (o.import.op == DELTA_UPDATE)
		o.import.new_dn = dn;
	else
		o.flags |= CS_RESYNC; /* its members, by its name */
	o.import_ms = clock_now_ms();
	step_count(im->step, "stage-rename", TEXT(""));
	return cs_put(im->store, &o, CS_IMPORT, e);
}

int
stage_move_below(
    struct import *im, struct text from, struct text to, struct err *e)
{
	struct ids ids = {.id = im->page, .max = IMPORT_PAGE};
	struct cs_key key = {im->connector, from};
	int64_t after = 0;
	int r;

	do {
		r = cs_below(im->store, key, after, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++) {
			after = ids.id[i];
			r = move_one(im, after, from, to, e);
		}
	} while (r == 0 && ids.count != 0);
	return r;
}

/* ---- Gone ---- */

int
stage_deleted(struct import *im, const struct entry *entry, struct err *e)
{
	struct cs_object o = {0};
	int r = find(im, entry, &o, e);

	if (r == ERR_NOENT || (r == 0 && is_gone(&o)))
		return 0; /* out of scope, never seen, or told before */
	return r < 0 ? r : stage_gone(im, &o, DELTA_DELETE, e);
}

/* One that lay below: it went along. */
static int
left_along(struct import *im, int64_t id, struct err *e)
{
	struct cs_object o = {0};
	int r =
	    cs_get(im->store, im->arena, id, IMPORT_PARTS | CS_LINEAGE, &o, e);

	if (r < 0 || o.kind != CS_STAGING || (o.flags & CS_IN_CD) == 0)
		return r;
	step_count(im->step, "filtered-deletions", TEXT(""));
	return stage_gone(im, &o, DELTA_DELETE, e);
}

static int
left_below(struct import *im, struct text dn, struct err *e)
{
	struct ids ids = {.id = im->page, .max = IMPORT_PAGE};
	struct cs_key key = {im->connector, dn};
	int64_t after = 0;
	int r;

	do {
		r = cs_below(im->store, key, after, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++) {
			after = ids.id[i];
			r = left_along(im, after, e);
		}
	} while (r == 0 && ids.count != 0);
	return r;
}

/* The directory says nothing of those below it. */
int
stage_left(struct import *im, const struct entry *entry, struct err *e)
{
	struct cs_object o = {0};
	struct text dn = {0};
	int r = find(im, entry, &o, e);

	if (r == ERR_NOENT || (r == 0 && (!is_known(&o) || is_gone(&o)))) {
		step_count(im->step, "filtered-objects", TEXT(""));
		return 0;
	}
	if (r < 0)
		return r;
	dn = o.dn;
	step_count(im->step, "filtered-deletions", TEXT(""));
	r = stage_gone(im, &o, DELTA_DELETE, e);
	return r == 0 ? left_below(im, dn, e) : r;
}
