/* engine/import/confirm.c -- the confirming import
 * (docs/engine/model.md 5.1.5). */
#include "engine/import/import_int.h"
#include "model/dn.h"
#include "store/tower.h"

/* The values of list that are (or are not) in attr. */
static int
pick(struct arena *a, const struct value *list, uint32_t n,
    const struct attr *attr, bool present, struct attr *out)
{
	out->count = 0;
	out->values = arena_array(a, n, sizeof(*out->values));
	if (out->values == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < n; i++)
		if ((attr != NULL && attr_has(attr, &list[i])) == present)
			out->values[out->count++] = list[i];
	return 0;
}

static bool
is_single(const struct import *im, uint32_t name)
{
	const struct schema_attr *a =
	    im->job->schema != NULL ? schema_find(im->job->schema, name) : NULL;

	return a != NULL && !a->multi;
}

/* What did not come back of one change. */
static int
rest_of(struct import *im, const struct change *c, const struct attrs *image,
    struct change *out)
{
	struct arena *a = im->arena;
	const struct attr *now = attrs_find(image, c->name);
	struct attr add = {0}, del = {0};
	int r = pick(a, c->add, c->add_count, now, false, &add);

	if (r == 0)
		r = pick(a, c->del, c->del_count, now, true, &del);
	if (r == 0 && add.count != 0 && now != NULL && is_single(im, c->name))
		del = *now; /* what is there instead of it */
	*out = (struct change){.name = c->name,
	    .add = add.values,
	    .add_count = add.count,
	    .del = del.values,
	    .del_count = del.count};
	return r;
}

static int
rename_came_back(struct arena *a, struct text wanted, struct text dn, bool *out)
{
	struct text x, y = {0};
	int r;

	*out = true;
	if (wanted.len == 0 || text_equal(wanted, dn))
		return 0;
	r = dn_key(a, wanted, &x);
	if (r == 0)
		r = dn_key(a, dn, &y);
	if (r == 0)
		*out = text_equal(x, y);
	return r;
}

static int
scalars_back(struct import *im, const struct delta *sent,
    const struct attrs *image, struct text dn, struct delta *out)
{
	struct arena *a = im->arena;
	struct delta back = {0};
	bool renamed;
	int r;

	if (sent->op == DELTA_DELETE) { /* it is still there */
		*out =
		    (struct delta){.op = DELTA_DELETE, .new_dn = sent->new_dn};
		return 0;
	}
	r = rename_came_back(a, sent->new_dn, dn, &renamed);
	back.changes = arena_array(a, sent->count, sizeof(*back.changes));
	if (back.changes == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < sent->count && r == 0; i++) {
		struct change *c = &back.changes[back.count];

		/* what an undo wrote again, and no rule reads, is not
		 * read back */
		if (!import_reads(im, sent->changes[i].name))
			continue;
		r = rest_of(im, &sent->changes[i], image, c);
		back.count += c->add_count + c->del_count != 0;
	}
	if (!renamed)
		back.new_dn = sent->new_dn;
	if (!delta_is_empty(&back))
		back.op = DELTA_UPDATE;
	*out = back;
	return r;
}

/* Rows in flight: what they and the unapplied bits come to, over the image,
 * is what still has to be sent. */
struct refs_back {
	bool to_send;  /* some row differs from what is wanted */
	bool not_back; /* some row differs from what was sent */
};

static int
refs_back(struct import *im, const struct cs_object *o, struct refs_back *out,
    struct err *e)
{
	struct ref_query q = {.owner = o->id, .mask = SENT_BITS};
	struct cs_ref *refs = NULL;
	size_t n = 0;
	int r = cs_refs_get(im->store, im->arena, &q, &refs, &n, e);

	*out = (struct refs_back){0};
	for (size_t i = 0; i < n && r == 0; i++) {
		struct ref_key key = {o->id, refs[i].name, refs[i].target};
		bool is = (refs[i].bits & REF_IMAGE) != 0;
		bool want = tower_has_ref(refs[i].bits, TOWER_TOP);
		bool sent = tower_has_ref(refs[i].bits, TOWER_SENT);
		unsigned set = 0;

		if (want != is)
			set = want ? REF_UNAPPLIED_ADD : REF_UNAPPLIED_DEL;
		out->to_send = out->to_send || set != 0;
		out->not_back = out->not_back || sent != is;
		r = cs_ref_set(im->store, key, set, LAYER_BITS & ~set, e);
	}
	return r;
}

/* What had been refused, was sent again without an answer, and is there. */
static int
forget_refusal(struct import *im, struct cs_object *o, struct err *e)
{
	if ((o->flags & CS_EXPORT_ERROR) == 0 || o->unapplied.op != DELTA_NONE)
		return 0;
	o->flags &= ~(unsigned)CS_EXPORT_ERROR;
	return error_clear(im->store, o->id, ERROR_EXPORT, e);
}

int
confirm_export(struct import *im, struct cs_object *o,
    const struct attrs *image, struct text dn, struct err *e)
{
	bool was_told = o->unconfirmed.op != DELTA_NONE;
	struct refs_back refs = {0};
	struct delta sent, back = {0};
	int r = delta_merge(im->arena, &o->unconfirmed, &o->escrowed, &sent);

	if (r == 0)
		r = scalars_back(im, &sent, image, dn, &back);
	if (r == 0)
		r = delta_merge(im->arena, &back, &o->unapplied, &o->unapplied);
	if (r < 0)
		return err_set(e, r, "confirming import of %.*s: out of memory",
		    TEXT_ARGS(dn));
	r = refs_back(im, o, &refs, e);
	if (r < 0)
		return r;
	if (refs.to_send && o->unapplied.op == DELTA_NONE)
		o->unapplied.op = DELTA_UPDATE;
	o->unconfirmed = (struct delta){0};
	o->escrowed = (struct delta){0};
	o->flags &= ~(unsigned)CS_NOT_REIMPORTED;
	if (was_told && (back.op != DELTA_NONE || refs.not_back))
		o->flags |= CS_NOT_REIMPORTED | CS_RESYNC;
	else if ((o->flags & CS_SYNC_ERROR) == 0)
		r = error_clear(im->store, o->id, ERROR_SYNC, e);
	return r == 0 ? forget_refusal(im, o, e) : r;
}
