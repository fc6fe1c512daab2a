/* engine/export/build.c -- an object of the connector space to the item that
 * is sent of it. */
#include "engine/export/export_int.h"
#include "store/tower.h"

#define UNAPPLIED_BITS (REF_UNAPPLIED_ADD | REF_UNAPPLIED_DEL)

/* An object that this export adds first: a reference to it is sent in the last
 * pass, so looking ahead it counts. */
static bool
will_be_added(struct export *x, const struct cs_ref *ref)
{
	CLEANUP(arena_freep)
	struct arena *a = NULL; /* a group may have 250,000 of them */
	const struct connector_ops *ops = x->job->kind->ops;
	struct export_item item = {.cs_id = ref->target, .op = DELTA_ADD};
	struct cs_object o;

	if (!x->looking || ref->target_kind != CS_STAGING ||
	    idset_has(&x->held_adds, ref->target) ||
	    (ref->target_flags & (CS_UNSUPPORTED | CS_IN_CD)) != 0)
		return false;
	a = arena_new(0);
	if (a == NULL ||
	    cs_get(x->store, a, ref->target, CS_EXPORT, &o, NULL) < 0 ||
	    o.unapplied.op != DELTA_ADD)
		return false;
	if (x->job->conn == NULL || ops->can_export == NULL)
		return true;
	item.type = o.type;
	item.dn = o.dn;
	item.delta = o.unapplied;
	return ops->can_export(x->job->conn, &item, NULL) == 0;
}

/* Whether the target of a reference can be named to the directory, and, to be
 * added, is there. */
static bool
can_name(struct export *x, const struct cs_ref *ref)
{
	bool by_anchor = (x->job->kind->can & CAN_REFS_BY_ANCHOR) != 0;

	if ((ref->bits & REF_UNAPPLIED_ADD) != 0 && will_be_added(x, ref))
		return true;
	if (by_anchor ? ref->named->anchor.len == 0 : ref->named->dn.len == 0)
		return false;
	if ((ref->bits & REF_UNAPPLIED_ADD) == 0)
		return true;
	return ref->target_kind == CS_STAGING &&
	       (ref->target_flags & CS_IN_CD) != 0;
}

static struct value
value_of(const struct export *x, const struct cs_ref *ref)
{
	struct value v;

	if ((x->job->kind->can & CAN_REFS_BY_ANCHOR) != 0 &&
	    ref->named->anchor.len != 0)
		v = value_reference_anchor(ref->named->anchor);
	else
		v = value_reference_dn(ref->named->dn);
	v.id = ref->target;
	return v;
}

/* Behind the rows of the attribute at from; how many of them come. */
static size_t
end_of_rows(const struct built *b, size_t from, size_t *out_adds)
{
	size_t end = from;

	*out_adds = 0;
	for (; end < b->ref_count && b->refs[end].name == b->refs[from].name;
	     end++)
		*out_adds += (b->refs[end].bits & REF_UNAPPLIED_ADD) != 0;
	return end;
}

/* The rows of one attribute, from *at on, as a change; *at moves past them. */
static int
change_of_rows(struct export *x, struct arena *a, struct built *b, size_t *at,
    struct change *out)
{
	size_t adds = 0, end = end_of_rows(b, *at, &adds);

	*out = (struct change){.name = b->refs[*at].name};
	out->add = arena_array(a, adds, sizeof(*out->add));
	out->del = arena_array(a, end - *at - adds, sizeof(*out->del));
	if (out->add == NULL || out->del == NULL)
		return ERR_NOMEM;
	for (; *at < end; (*at)++) {
		const struct cs_ref *ref = &b->refs[*at];

		if (!can_name(x, ref))
			continue;
		b->sent_ref[*at] = true;
		if ((ref->bits & REF_UNAPPLIED_ADD) != 0)
			out->add[out->add_count++] = value_of(x, ref);
		else
			out->del[out->del_count++] = value_of(x, ref);
	}
	return 0;
}

static void
keep_if_any(struct delta *d, struct change c)
{
	if (c.add_count + c.del_count != 0)
		d->changes[d->count++] = c;
}

/* ---- Attributes that are told as a whole ---- */

static bool
wants_whole(const struct export *x, uint32_t name)
{
	const struct connector_ops *ops = x->job->kind->ops;

	return x->job->conn != NULL && ops->refs_whole != NULL &&
	       ops->refs_whole(x->job->conn, name);
}

/* All references of an attribute that are to be there and can be named. */
static int
whole_add(struct export *x, struct arena *a, const struct built *b,
    uint32_t name, struct attrs *out, struct err *e)
{
	struct ref_query q = {.owner = b->o.id,
	    .name = name,
	    .mask = REF_IMAGE | REF_UNCONFIRMED_ADD | REF_ESCROWED_ADD |
		    REF_UNAPPLIED_ADD,
	    .with_target = true};
	struct cs_ref *refs = NULL;
	size_t n = 0;
	int r = cs_refs_get(x->store, a, &q, &refs, &n, e);

	for (size_t i = 0; i < n && r == 0; i++)
		if (tower_has_ref(refs[i].bits, TOWER_TOP) &&
		    can_name(x, &refs[i]))
			r = attrs_add(a, out, name, value_of(x, &refs[i]));
	return r;
}

static int
whole_make(struct export *x, struct arena *a, struct built *b, struct err *e)
{
	struct attrs *whole = arena_alloc(a, sizeof(*whole));
	size_t adds;
	int r = whole == NULL ? err_set(e, ERR_NOMEM, "out of memory") : 0;

	if (b->item.op != DELTA_UPDATE)
		return r;
	for (size_t i = 0; i < b->ref_count && r == 0;
	     i = end_of_rows(b, i, &adds))
		if (wants_whole(x, b->refs[i].name))
			r = whole_add(x, a, b, b->refs[i].name, whole, e);
	b->item.whole = whole;
	return r;
}

/* Scalars and references together, by name. */
static int
merge_changes(
    struct export *x, struct arena *a, struct built *b, struct delta *out)
{
	const struct delta *scalars = &b->o.unapplied;
	uint32_t i = 0;
	size_t at = 0, names = 0, adds;
	struct change c;
	int r = 0;

	*out = (struct delta){
	    .op = scalars->op != DELTA_NONE ? scalars->op : DELTA_UPDATE,
	    .new_dn = scalars->new_dn};
	for (size_t k = 0; k < b->ref_count; k = end_of_rows(b, k, &adds))
		names++;
	out->changes =
	    arena_array(a, scalars->count + names, sizeof(*out->changes));
	if (out->changes == NULL)
		return ERR_NOMEM;
	while ((i < scalars->count || at < b->ref_count) && r == 0) {
		if (at >= b->ref_count ||
		    (i < scalars->count &&
			scalars->changes[i].name < b->refs[at].name)) {
			keep_if_any(out, scalars->changes[i++]);
			continue;
		}
		r = change_of_rows(x, a, b, &at, &c);
		if (r == 0)
			keep_if_any(out, c);
	}
	return r;
}

static int
load(struct export *x, int64_t id, struct arena *a, struct built *b,
    struct err *e)
{
	bool by_anchor = (x->job->kind->can & CAN_REFS_BY_ANCHOR) != 0;
	struct ref_query q = {.owner = id,
	    .mask = UNAPPLIED_BITS,
	    .with_target = true,
	    .one_name = by_anchor,
	    .dn_alone = !by_anchor};
	int r = cs_get(x->store, a, id, CS_ALL, &b->o, e);

	if (r == 0)
		r = cs_refs_get(x->store, a, &q, &b->refs, &b->ref_count, e);
	if (r < 0)
		return r;
	b->sent_ref = arena_array(a, b->ref_count, sizeof(*b->sent_ref));
	b->held_ref = arena_array(a, b->ref_count, sizeof(*b->held_ref));
	return b->sent_ref != NULL && b->held_ref != NULL
		   ? 0
		   : err_set(e, ERR_NOMEM, "out of memory");
}

/* Whether this directory can ever take it; no network. */
static void
ask_connector(struct export *x, struct built *b)
{
	const struct connector_ops *ops = x->job->kind->ops;

	int r;

	b->state = BUILT_SEND;
	if (x->job->conn == NULL || ops->can_export == NULL)
		return;
	r = ops->can_export(x->job->conn, &b->item, &b->why);
	if (r == ERR_UNSUPPORTED)
		b->state = BUILT_UNSUPPORTED;
	else if (r == ERR_REFUSED)
		b->state = BUILT_FORBIDDEN;
}

int
export_build(struct export *x, int64_t id, struct arena *a, struct built *out,
    struct err *e)
{
	struct delta d;
	int r;

	*out = (struct built){.holds = {.arena = a}};
	r = load(x, id, a, out, e);
	if (r < 0)
		return r;
	if (out->o.escrowed.op != DELTA_NONE) {
		out->state = BUILT_UNCERTAIN;
		return 0;
	}
	r = merge_changes(x, a, out, &d);
	if (r < 0)
		return err_set(e, r, "export of %.*s: out of memory",
		    TEXT_ARGS(out->o.dn));
	out->item = (struct export_item){
	    .cs_id = id,
	    .op =
		d.op == DELTA_ADD || d.op == DELTA_DELETE ? d.op : DELTA_UPDATE,
	    .type = out->o.type,
	    .dn = tower_real_dn(&out->o),
	    .anchor = out->o.anchor,
	    .delta = d,
	    .image = d.op == DELTA_ADD ? NULL : &out->o.image,
	};
	out->item.delta.op = out->item.op;
	if (out->item.op == DELTA_DELETE)
		out->item.delta.new_dn = TEXT("");
	if (out->item.op == DELTA_UPDATE && delta_is_empty(&d))
		return 0;
	r = whole_make(x, a, out, e);
	if (r < 0)
		return r;
	ask_connector(x, out);
	return out->state == BUILT_SEND ? export_gates_ask(x, out, e) : 0;
}
