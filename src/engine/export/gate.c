/* engine/export/gate.c -- asks the gates about a built item; see gate.h. */
#include "engine/export/gate.h"

#include "engine/export/export_int.h"
#include "store/tower.h"

#define HOLDS_FIRST 4U

int
gate_hold(struct gate_answer *a, const struct gate_hold *h)
{
	struct gate_hold *n;

	if (a->count == a->size) {
		size_t size = a->size != 0 ? 2 * a->size : HOLDS_FIRST;

		n = arena_array(a->arena, size, sizeof(*n));
		if (n == NULL)
			return ERR_NOMEM;
		for (size_t i = 0; i < a->count; i++)
			n[i] = a->holds[i];
		a->holds = n;
		a->size = size;
	}
	n = &a->holds[a->count];
	*n = *h;
	n->text = text_dup(a->arena, h->text);
	if (h->text.len != 0 && n->text.data == NULL)
		return ERR_NOMEM;
	a->count++;
	return 0;
}

/* ---- Which hold is of what ---- */

static const struct gate_hold *
hold_of(const struct gate_hold *list, size_t n, uint32_t name,
    const struct value *v, bool add)
{
	for (size_t i = 0; i < n; i++) {
		const struct gate_hold *h = &list[i];

		if (h->name != name)
			continue;
		if (h->part == GATE_ATTRIBUTE ||
		    (h->part == GATE_VALUE && v != NULL && h->add == add &&
			value_equal(&h->value, v)))
			return h;
	}
	return NULL;
}

static const struct gate_hold *
hold_of_part(const struct gate_hold *list, size_t n, enum gate_part part)
{
	for (size_t i = 0; i < n; i++)
		if (list[i].part == part)
			return &list[i];
	return NULL;
}

const struct gate_hold *
export_hold_of(const struct export_seen *seen, uint32_t name,
    const struct value *v, bool add)
{
	const struct gate_hold *h =
	    hold_of_part(seen->holds, seen->hold_count, GATE_ITEM);

	if (h != NULL)
		return h;
	if (name == 0)
		return hold_of_part(seen->holds, seen->hold_count, GATE_RENAME);
	return hold_of(seen->holds, seen->hold_count, name, v, add);
}

/* ---- Taking out what is held ---- */

/* The holds of one gate's answer. */
struct parting {
	struct arena *arena;
	const struct gate_hold *holds;
	size_t count;
};

static int
part_values(const struct parting *p, const struct change *c, bool add,
    struct change *go, struct change *stay)
{
	uint32_t n = add ? c->add_count : c->del_count, gone = 0, stayed = 0;
	const struct value *list = add ? c->add : c->del;
	struct value *a = arena_array(p->arena, n, sizeof(*a));
	struct value *b = arena_array(p->arena, n, sizeof(*b));

	if (a == NULL || b == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < n; i++)
		if (hold_of(p->holds, p->count, c->name, &list[i], add) != NULL)
			b[stayed++] = list[i];
		else
			a[gone++] = list[i];
	*(add ? &go->add : &go->del) = a;
	*(add ? &go->add_count : &go->del_count) = gone;
	*(add ? &stay->add : &stay->del) = b;
	*(add ? &stay->add_count : &stay->del_count) = stayed;
	return 0;
}

static void
push(struct delta *d, const struct change *c)
{
	if (c->add_count + c->del_count != 0)
		d->changes[d->count++] = *c;
}

/* d to what goes and what stays. */
static int
part_delta(const struct parting *p, struct delta *d, struct delta *stay)
{
	struct delta go = *d;
	int r = 0;

	*stay = (struct delta){0};
	go.count = 0;
	go.changes = arena_array(p->arena, d->count, sizeof(*go.changes));
	stay->changes = arena_array(p->arena, d->count, sizeof(*go.changes));
	if (go.changes == NULL || stay->changes == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < d->count && r == 0; i++) {
		struct change a = {.name = d->changes[i].name}, b = a;

		r = part_values(p, &d->changes[i], true, &a, &b);
		if (r == 0)
			r = part_values(p, &d->changes[i], false, &a, &b);
		push(&go, &a);
		push(stay, &b);
	}
	if (hold_of_part(p->holds, p->count, GATE_RENAME) != NULL) {
		stay->new_dn = d->new_dn;
		go.new_dn = TEXT("");
	}
	if (stay->count != 0 || stay->new_dn.len != 0)
		stay->op = DELTA_UPDATE;
	*d = go;
	return r;
}

static void
part_refs(const struct parting *p, struct built *b)
{
	for (size_t i = 0; i < b->ref_count; i++) {
		bool add = (b->refs[i].bits & REF_UNAPPLIED_ADD) != 0;
		struct value v =
		    value_reference_id(b->refs[i].target, TEXT(""));

		if (hold_of(p->holds, p->count, b->refs[i].name, &v, add) ==
		    NULL)
			continue;
		b->held_ref[i] = true;
		b->sent_ref[i] = false;
	}
}

static int
part(struct export *x, const struct parting *p, struct built *b)
{
	struct delta held, kept;
	int r = part_delta(p, &b->item.delta, &held);

	if (r == 0)
		r = part_delta(p, &b->o.unapplied, &kept);
	if (r == 0)
		r = delta_merge(p->arena, &b->held, &held, &b->held);
	if (r == 0)
		r = delta_merge(p->arena, &b->kept, &kept, &b->kept);
	if (r == 0)
		part_refs(p, b);
	(void)x;
	return r;
}

/* ---- What holds the whole object ---- */

static bool
is_reference(const struct delta *d, uint32_t name)
{
	const struct change *c = delta_find(d, name);

	return c != NULL && c->add_count != 0 &&
	       c->add[0].type == VALUE_REFERENCE;
}

/* An add that its directory would refuse without the attribute. */
static bool
cannot_miss(const struct export *x, const struct built *b, uint32_t name)
{
	const struct connector_ops *ops = x->job->kind->ops;
	struct connector *conn = x->job->conn;

	if (conn != NULL && ops->add_needs != NULL)
		return ops->add_needs(conn, b->item.type, name);
	if (!is_reference(&b->item.delta, name))
		return true;
	return conn != NULL && ops->adds_late != NULL &&
	       ops->adds_late(conn, b->item.type);
}

static const struct gate_hold *
whole_hold(
    const struct export *x, const struct built *b, const struct gate_answer *a)
{
	for (size_t i = 0; i < a->count; i++) {
		const struct gate_hold *h = &a->holds[i];

		if (h->part == GATE_ITEM || b->item.op == DELTA_DELETE)
			return h;
		if (b->item.op == DELTA_ADD && h->part != GATE_RENAME &&
		    cannot_miss(x, b, h->name))
			return h;
	}
	return NULL;
}

/* All of it stays, for this reason alone. */
static int
hold_whole(struct export *x, struct built *b, const struct gate_hold *why)
{
	struct gate_hold h = *why;

	h.part = GATE_ITEM;
	b->state = BUILT_HELD;
	b->holds.count = 0;
	if (b->item.op == DELTA_ADD && idset_add(&x->held_adds, b->o.id) < 0)
		return ERR_NOMEM;
	return gate_hold(&b->holds, &h);
}

/* ---- Asking ---- */

static void
note_code(struct built *b, const struct export_gate *gate)
{
	if (b->held_code == 0)
		b->held_code = gate->code;
}

/* Only holds of something that is in the item count. */
static int
keep_reasons(struct built *b, const struct gate_answer *a)
{
	int r = 0;

	for (size_t i = 0; i < a->count && r == 0; i++)
		r = gate_hold(&b->holds, &a->holds[i]);
	return r;
}

static int
ask_one(struct export *x, const struct export_gate *gate, struct built *b,
    struct err *e)
{
	const struct gate_question q = {.item = &b->item, .object = &b->o};
	struct gate_answer a = {.arena = b->holds.arena};
	const struct gate_hold *whole;
	struct built before = *b;
	int r = gate->ask(gate->ctx, &q, &a, e);

	if (r < 0 || a.count == 0)
		return r;
	whole = whole_hold(x, b, &a);
	if (whole != NULL) {
		note_code(b, gate);
		return hold_whole(x, b, whole);
	}
	r = part(x,
	    &(struct parting){
		.arena = b->holds.arena, .holds = a.holds, .count = a.count},
	    b);
	if (r < 0 || delta_equal(&before.item.delta, &b->item.delta))
		return r;
	note_code(b, gate);
	if (delta_is_empty(&b->item.delta)) {
		b->item.delta = before.item.delta;
		b->held = before.held; /* of what is held as a whole */
		b->state = BUILT_HELD;
		if (b->item.op == DELTA_ADD)
			return hold_whole(x, b, &a.holds[0]);
	}
	return keep_reasons(b, &a);
}

/* The one that gets the name of b: held, and so b is; or the other way. */
static int
ask_pair(struct export *x, struct built *b, struct err *e)
{
	struct cs_key key = {x->connector, tower_real_dn(&b->o)};
	struct gate_hold why = {.code = "pair-held", .part = GATE_ITEM};
	struct cs_object o;
	struct built other = {.state = BUILT_NOTHING};
	int r = cs_find_dn(x->store, b->holds.arena, key, CS_EXPORT, &o, e);

	if (r == ERR_NOENT || (r == 0 && o.unapplied.op != DELTA_ADD))
		return 0;
	if (r == 0)
		r = export_build(x, o.id, b->holds.arena, &other, e);
	if (r < 0 || (b->state == BUILT_HELD) == (other.state == BUILT_HELD))
		return r < 0 ? r : 0;
	if (b->state == BUILT_HELD)
		return idset_add(&x->held_pair, o.id) < 0 ? ERR_NOMEM : 0;
	why.text = TEXT("its name goes to an object that is held");
	b->held_code = other.held_code;
	return hold_whole(x, b, &why);
}

static int
check_pair(struct export *x, struct built *b, struct err *e)
{
	const struct gate_hold why = {.code = "pair-held",
	    .part = GATE_ITEM,
	    .text =
		TEXT("its name is that of an object whose deletion is held")};

	if (b->item.op == DELTA_DELETE && tower_gives_name(&b->o))
		return ask_pair(x, b, e);
	if (b->item.op == DELTA_ADD && b->state != BUILT_HELD &&
	    idset_has(&x->held_pair, b->o.id))
		return hold_whole(x, b, &why);
	return 0;
}

int
export_gates_ask(struct export *x, struct built *b, struct err *e)
{
	int r = 0;

	for (size_t i = 0;
	     i < x->job->gate_count && r == 0 && b->state == BUILT_SEND; i++)
		r = ask_one(x, &x->job->gates[i], b, e);
	if (r == 0 && x->job->gate_count != 0)
		r = check_pair(x, b, e);
	return r == ERR_NOMEM ? err_set(e, r, "out of memory") : r;
}

int
export_gates_sending(struct export *x, const struct built *b, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < x->job->gate_count && r == 0; i++)
		if (x->job->gates[i].sending != NULL)
			r = x->job->gates[i].sending(
			    x->job->gates[i].ctx, &b->item, &b->o, e);
	return r;
}
