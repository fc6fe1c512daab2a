/*
 * engine/export/followed.c -- what goes with an object that was deleted.
 *
 * A directory takes those out of groups who are deleted, also out of groups
 * that no rule writes.  That nobody sent, and yet it is to come back when the
 * deletion is undone: so the journal has it, as a change of the group.
 */
#include "base/clock.h"
#include "engine/export/export_int.h"
#include "store/tower.h"

#define AT_ONCE 256U

static struct value
named(const struct export *x, const struct built *b)
{
	struct value v = (x->job->kind->can & CAN_REFS_BY_ANCHOR) != 0
			     ? value_reference_anchor(b->o.anchor)
			     : value_reference_dn(b->item.dn);

	v.id = b->o.id;
	return v;
}

static int
note(struct export *x, const struct built *b, struct ref_key key, struct err *e)
{
	struct cs_object o;
	struct value v = named(x, b);
	struct change c = {.name = key.name, .del = &v, .del_count = 1};
	struct journal_entry j = {.run = x->job->run,
	    .connector = x->connector,
	    .cs = key.owner,
	    .ms = clock_now_ms(),
	    .op = DELTA_UPDATE,
	    .delta = {.op = DELTA_UPDATE, .changes = &c, .count = 1},
	    .result = TEXT("followed")};
	unsigned bits = 0;
	int r = cs_ref_bits(x->store, key, &bits, e);

	if (r < 0 || !tower_has_ref(bits, TOWER_SENT))
		return r;
	r = cs_get(x->store, x->arena, key.owner, CS_EXPORT, &o, e);
	if (r < 0 || o.kind != CS_STAGING || (o.flags & CS_IN_CD) == 0 ||
	    o.unconfirmed.op == DELTA_DELETE)
		return r;
	j.type = o.type;
	j.dn = o.dn;
	j.display = o.dn;
	j.anchor = o.anchor;
	return journal_add(x->store, &j, e);
}

int
export_followed(struct export *x, const struct built *b, struct err *e)
{
	struct ref_key room[AT_ONCE], after = {.target = b->o.id};
	struct ref_keys keys = {.items = room, .max = AT_ONCE};
	int r = 0;

	if ((x->job->kind->can & CAN_DROP_REFS) == 0)
		return 0;
	do {
		r = cs_refs_to(x->store, after, REF_IMAGE, &keys, e);
		for (size_t i = 0; i < keys.count && r == 0; i++) {
			after = room[i];
			r = note(x, b, room[i], e);
		}
	} while (r == 0 && keys.count == keys.max);
	return r;
}
