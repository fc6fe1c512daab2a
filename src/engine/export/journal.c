/* engine/export/journal.c -- every export with what was before and after. */
#include "base/clock.h"
#include "engine/export/export_int.h"
#include "store/tower.h"

/* What a person calls it: its display name, else its DN. */
static struct text
display_of(struct export *x, const struct built *b)
{
	uint32_t name = names_find(store_names(x->store), TEXT("displayName"));
	const struct change *c = delta_find(&b->item.delta, name);
	const struct value *v = attrs_first(&b->o.image, name);

	if (c != NULL && c->add_count != 0 && c->add[0].type == VALUE_STRING)
		return c->add[0].text;
	if (v != NULL && v->type == VALUE_STRING)
		return v->text;
	return b->o.dn;
}

/* References that the directory holds and that go with the object. */
static int
image_refs(
    struct export *x, const struct built *b, struct attrs *out, struct err *e)
{
	struct ref_query q = {
	    .owner = b->o.id, .mask = REF_IMAGE, .with_target = true};
	struct cs_ref *refs;
	size_t n = 0;
	int r = cs_refs_get(x->store, x->arena, &q, &refs, &n, e);

	for (size_t i = 0; i < n && r == 0; i++) {
		struct value v =
		    (x->job->kind->can & CAN_REFS_BY_ANCHOR) != 0
			? value_reference_anchor(refs[i].named->anchor)
			: value_reference_dn(refs[i].named->dn);

		if (v.text.len != 0)
			r = attrs_add(x->arena, out, refs[i].name, v);
	}
	return r;
}

/* What was read last, before it went: newer than the image, and all of it.
 * References of the image name rows that are known; the others come along. */
static int
put_last_look(struct export *x, const struct attrs *was, struct attrs *all)
{
	int r = 0;

	for (uint32_t i = 0; was != NULL && i < was->count && r == 0; i++) {
		const struct attr *a = &was->items[i];

		if (a->count == 0 || (a->values[0].type == VALUE_REFERENCE &&
					 attrs_find(all, a->name) != NULL))
			continue;
		r = attrs_set(x->arena, all, a->name, a->values, a->count);
	}
	return r;
}

/* A deletion takes all that was there. */
static int
deleted(
    struct export *x, const struct built *b, struct delta *out, struct err *e)
{
	struct attrs all, none = {0};
	int r = attrs_shallow(x->arena, &b->o.image, &all);

	if (r == 0)
		r = image_refs(x, b, &all, e);
	if (r == 0)
		r = put_last_look(x, b->was, &all);
	if (r == 0)
		r = delta_between(x->arena, &all, &none, out);
	if (r == 0)
		out->op = DELTA_DELETE;
	return r;
}

int
export_journal(
    struct export *x, const struct built *b, const char *result, struct err *e)
{
	struct journal_entry j = {
	    .run = x->job->run,
	    .connector = x->connector,
	    .cs = b->o.id,
	    .ms = clock_now_ms(),
	    .op = b->item.op,
	    .type = b->o.type,
	    .dn = b->o.dn,
	    .anchor = b->o.anchor,
	    .display = display_of(x, b),
	    .delta = b->item.delta,
	    .result = text_of(result),
	};
	int r = 0;

	/* by the name it had; the new one is in the delta */
	if (b->item.op == DELTA_DELETE ||
	    (b->item.op == DELTA_UPDATE && b->item.delta.new_dn.len != 0))
		j.dn = b->item.dn;
	if (b->item.op == DELTA_DELETE)
		r = deleted(x, b, &j.delta, e);
	if (r < 0)
		return err_set(e, r, "journal of %.*s: %s", TEXT_ARGS(b->o.dn),
		    err_name(r));
	return journal_add(x->store, &j, e);
}
