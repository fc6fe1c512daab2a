/* store/tower.c -- see tower.h. */
#include "store/tower.h"

#include <string.h>

#define PAGE 256U

static const struct {
	unsigned layer, add, del;
} ref_layers[] = {
    {TOWER_UNCONFIRMED, REF_UNCONFIRMED_ADD, REF_UNCONFIRMED_DEL},
    {TOWER_ESCROWED, REF_ESCROWED_ADD, REF_ESCROWED_DEL},
    {TOWER_UNAPPLIED, REF_UNAPPLIED_ADD, REF_UNAPPLIED_DEL},
};

bool
tower_has_ref(unsigned bits, unsigned layers)
{
	bool has = (bits & REF_IMAGE) != 0;

	for (size_t i = 0; i < 3; i++) {
		if ((layers & ref_layers[i].layer) == 0)
			continue;
		if ((bits & ref_layers[i].del) != 0)
			has = false;
		if ((bits & ref_layers[i].add) != 0)
			has = true;
	}
	return has;
}

int
attrs_shallow(struct arena *a, const struct attrs *in, struct attrs *out)
{
	struct attrs copy = {.count = in->count, .size = in->count + 8};

	copy.items = arena_array(a, copy.size, sizeof(*copy.items));
	if (copy.items == NULL)
		return ERR_NOMEM;
	if (in->count != 0)
		memcpy(copy.items, in->items, in->count * sizeof(*in->items));
	*out = copy;
	return 0;
}

int
attrs_scalars(struct arena *a, const struct attrs *in, struct attrs *out)
{
	struct attrs copy;
	uint32_t n = 0;
	int r = attrs_shallow(a, in, &copy);

	if (r < 0)
		return r;
	for (uint32_t i = 0; i < copy.count; i++)
		if (copy.items[i].values[0].type != VALUE_REFERENCE)
			copy.items[n++] = copy.items[i];
	copy.count = n;
	*out = copy;
	return 0;
}

/* Rows come by attribute: one list an attribute. */
int
tower_add_refs(struct arena *a, const struct cs_ref *refs, size_t count,
    unsigned layers, struct attrs *view)
{
	struct value *values = arena_raw(a, count, sizeof(*values));
	int r = 0;

	if (values == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count && r == 0;) {
		uint32_t name = refs[i].name;
		size_t n = 0;

		for (; i < count && refs[i].name == name; i++)
			if (tower_has_ref(refs[i].bits, layers))
				values[n++] = value_reference_id(
				    refs[i].target, refs[i].named->dn);
		if (n != 0)
			r = attrs_share(a, view, name, values, n);
		values += n;
	}
	return r;
}

int
tower_view(struct arena *a, const struct cs_object *o,
    const struct cs_ref *refs, size_t ref_count, unsigned layers,
    struct attrs *out)
{
	const struct delta *const deltas[] = {
	    &o->unconfirmed, &o->escrowed, &o->unapplied};
	struct attrs view;
	int r = attrs_shallow(a, &o->image, &view);

	for (unsigned i = 0; i < 3 && r == 0; i++)
		if ((layers & (1U << i)) != 0 && deltas[i]->count != 0)
			r = delta_apply(a, &view, deltas[i]);
	if (r == 0 && ref_count != 0)
		r = tower_add_refs(a, refs, ref_count, layers, &view);
	if (r == 0)
		*out = view;
	return r;
}

struct text
tower_dn(const struct cs_object *o, unsigned layers)
{
	if ((layers & TOWER_UNAPPLIED) != 0 && o->unapplied.new_dn.len != 0)
		return o->unapplied.new_dn;
	if ((layers & TOWER_ESCROWED) != 0 && o->escrowed.new_dn.len != 0)
		return o->escrowed.new_dn;
	if ((layers & TOWER_UNCONFIRMED) != 0 && o->unconfirmed.new_dn.len != 0)
		return o->unconfirmed.new_dn;
	return o->dn;
}

static const struct delta *
deletion_of(const struct cs_object *o)
{
	const struct delta *const layers[] = {
	    &o->unapplied, &o->escrowed, &o->unconfirmed};

	for (unsigned i = 0; i < 3; i++)
		if (layers[i]->op == DELTA_DELETE)
			return layers[i];
	return NULL;
}

bool
tower_gives_name(const struct cs_object *o)
{
	return (o->flags & CS_TRANSIENT) != 0 && deletion_of(o) != NULL;
}

struct text
tower_real_dn(const struct cs_object *o)
{
	const struct delta *d = deletion_of(o);

	return (o->flags & CS_TRANSIENT) != 0 && d != NULL && d->new_dn.len != 0
		   ? d->new_dn
		   : o->dn;
}

static int
repoint_owner(struct store *s, struct arena *a, int64_t owner, int64_t from,
    int64_t into, struct err *e)
{
	struct ref_query q = {.owner = owner, .mask = 0xffU};
	struct cs_ref *refs = NULL;
	size_t n = 0;
	int r = cs_refs_get(s, a, &q, &refs, &n, e);

	for (size_t i = 0; i < n && r == 0; i++) {
		struct ref_key key = {owner, refs[i].name, from};

		if (refs[i].target != from)
			continue;
		r = cs_ref_set(s, key, 0, 0xffU, e);
		key.target = into;
		if (r == 0)
			r = cs_ref_set(s, key, refs[i].bits, 0, e);
	}
	return r;
}

int
cs_repoint(
    struct store *s, struct arena *a, int64_t from, int64_t into, struct err *e)
{
	int64_t buffer[PAGE];
	struct ids owners = {.id = buffer, .max = PAGE};
	int64_t after = 0;
	int r;

	do {
		r = cs_referrers(s, from, 0xffU, after, &owners, e);
		for (size_t i = 0; i < owners.count && r == 0; i++) {
			r = repoint_owner(s, a, owners.id[i], from, into, e);
			after = owners.id[i];
		}
	} while (r == 0 && owners.count != 0);
	return r;
}
