/* engine/export/identity.c -- what the directory tells of an object that it
 * took: anchor, DN, and the partition it is in now. */
#include "engine/export/export_int.h"
#include "model/dn.h"
#include "store/tower.h"

/* The directory already had it, and an import staged it unlinked: one row
 * remains, with what was imported and with the link. */
static int
absorb(struct export *x, struct built *b, const struct cs_object *twin,
    struct err *e)
{
	struct ref_query q = {.owner = twin->id, .mask = REF_IMAGE};
	struct cs_ref *refs = NULL;
	size_t n = 0;
	int r = cs_refs_get(x->store, x->arena, &q, &refs, &n, e);

	for (size_t i = 0; i < n && r == 0; i++) {
		struct ref_key key = {b->o.id, refs[i].name, refs[i].target};

		r = cs_ref_set(x->store, key, REF_IMAGE, 0, e);
	}
	if (r == 0)
		r = cs_repoint(x->store, x->arena, twin->id, b->o.id, e);
	if (r == 0)
		r = cs_remove(x->store, twin->id, e);
	b->o.image = twin->image;
	b->o.import = (struct delta){.op = DELTA_ADD};
	b->o.import_ms = twin->import_ms;
	b->o.partition = twin->partition;
	if (b->item.delta.new_dn.len == 0)
		b->o.dn = twin->dn;
	return r < 0 ? r : cs_put(x->store, &b->o, CS_IMAGE | CS_IMPORT, e);
}

/* Another row with the same anchor. */
static int
meet_twin(struct export *x, struct built *b, struct text anchor, struct err *e)
{
	struct cs_key key = {x->connector, anchor};
	struct cs_object twin;
	int r = cs_find_anchor(x->store, x->arena, key, CS_ALL, &twin, e);

	if (r == ERR_NOENT || (r == 0 && twin.id == b->o.id))
		return 0;
	if (r < 0)
		return r;
	if (twin.mv != 0)
		return 1;
	return absorb(x, b, &twin, e);
}

/* The name it got, where that is not the one asked for, may be known as a
 * placeholder already; any other holder keeps it until the next import. */
static int
free_name(struct export *x, struct built *b, struct text dn, bool *out_free,
    struct err *e)
{
	struct cs_key key = {x->connector, dn};
	struct cs_object holder;
	int r = cs_find_dn(x->store, x->arena, key, 0, &holder, e);

	*out_free = r == ERR_NOENT || (r == 0 && holder.id == b->o.id);
	if (r < 0)
		return r == ERR_NOENT ? 0 : r;
	if (*out_free || holder.kind != CS_PLACEHOLDER)
		return 0;
	*out_free = true;
	r = cs_repoint(x->store, x->arena, holder.id, b->o.id, e);
	return r < 0 ? r : cs_remove(x->store, holder.id, e);
}

/* The naming context that it lies in: the longest, or the only one. */
static int
place(struct export *x, struct built *b, struct err *e)
{
	const struct export_job *job = x->job;
	const struct partition *best = NULL;
	size_t best_len = 0;
	struct text key, base;

	if (b->o.partition != 0)
		return 0;
	if (dn_key(x->arena, b->o.dn, &key) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < job->partition_count; i++) {
		if (!job->partitions[i].selected)
			continue;
		if (dn_key(x->arena, job->partitions[i].name, &base) < 0)
			return err_set(e, ERR_NOMEM, "out of memory");
		if (best == NULL ||
		    (base.len > best_len && dn_key_is_below(key, base))) {
			best = &job->partitions[i];
			best_len = dn_key_is_below(key, base) ? base.len : 0;
		}
	}
	if (best == NULL)
		return 0;
	return names_intern(store_names(x->store), best->name, &b->o.partition);
}

int
export_identity(struct export *x, struct built *b,
    const struct export_result *res, struct err *e)
{
	struct text dn = b->o.dn;
	bool is_free = false;
	int r = 0;

	if (res->dn.len != 0)
		dn = res->dn;
	else if (b->item.delta.new_dn.len != 0)
		dn = b->item.delta.new_dn;
	b->o.flags |= CS_IN_CD;
	if (res->anchor.len != 0 && !text_equal(res->anchor, b->o.anchor)) {
		r = meet_twin(x, b, res->anchor, e);
		if (r == 0)
			b->o.anchor = res->anchor;
		r = r < 0 ? r : 0;
	}
	if (r == 0 && !text_equal(dn, b->o.dn)) {
		r = free_name(x, b, dn, &is_free, e);
		if (r == 0 && is_free)
			b->o.dn = dn;
	}
	return r < 0 ? r : place(x, b, e);
}
