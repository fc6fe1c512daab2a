/* engine/plan/holds.c -- what a person undid is not sent again at once.
 *
 * A value is held until its source says another one; an object that was added
 * or deleted until somebody releases it. */
#include <stdio.h>

#include "engine/plan/plan_int.h"
#include "engine/plan/undo.h"
#include "model/dn.h"

/* Holds of one object, newest first. */
struct held {
	struct held *next;
	struct hold h;
};

/* By key; a table in the arena of the gate, which nobody closes. */
struct slot {
	struct text key; /* empty: free */
	struct held *held;
};

struct holding {
	struct engine *g;
	const struct engine_connector *conn;
	struct slot *slots; /* "c<row>", "a<anchor>", "m<metaverse row>" */
	size_t size;        /* a power of two, twice what is in it at least */
	bool restored;      /* some hold is of an object that came back */
	struct arena *arena;
};

/* ---- Which hold is of which object ---- */

static struct slot *
slot_of(const struct holding *x, struct text key)
{
	uint64_t h = UINT64_C(14695981039346656037); /* FNV-1a */

	for (size_t i = 0; i < key.len; i++)
		h = (h ^ (unsigned char)key.data[i]) * UINT64_C(1099511628211);
	for (size_t at = (size_t)h;; at++) {
		struct slot *s = &x->slots[at & (x->size - 1)];

		if (s->key.len == 0 || text_equal(s->key, key))
			return s;
	}
}

static int
file_under(struct holding *x, const char *key, const struct hold *h)
{
	struct held *n = arena_alloc(x->arena, sizeof(*n));
	struct slot *s;

	if (n == NULL || key == NULL)
		return ERR_NOMEM;
	s = slot_of(x, text_of(key));
	*n = (struct held){.h = *h, .next = s->held};
	*s = (struct slot){.key = text_of(key), .held = n};
	return 0;
}

static int
file(struct holding *x, const struct hold *h)
{
	struct arena *a = x->arena;
	int r = 0;

	x->restored = x->restored || h->op == DELTA_DELETE;
	if (h->op == DELTA_ADD)
		return h->mv == 0
			   ? 0
			   : file_under(x,
				 arena_printf(a, "m%lld", (long long)h->mv), h);
	r = file_under(x, arena_printf(a, "c%lld", (long long)h->cs), h);
	if (r == 0 && h->anchor.len != 0)
		r = file_under(
		    x, arena_printf(a, "a%.*s", TEXT_ARGS(h->anchor)), h);
	return r;
}

static const struct held *
under(const struct holding *x, const char *key)
{
	return key != NULL ? slot_of(x, text_of(key))->held : NULL;
}

/* By what names it, the first that knows it. */
static const struct held *
holds_of(const struct holding *x, struct arena *a, const struct cs_object *o)
{
	const struct held *h =
	    under(x, arena_printf(a, "c%lld", (long long)o->id));

	if (h == NULL && o->anchor.len != 0)
		h = under(x, arena_printf(a, "a%.*s", TEXT_ARGS(o->anchor)));
	if (h == NULL && o->mv != 0 && o->unapplied.op == DELTA_ADD)
		h = under(x, arena_printf(a, "m%lld", (long long)o->mv));
	return h;
}

/* ---- What is held of it ---- */

static bool
is_single(const struct holding *x, uint32_t name)
{
	const struct schema_attr *a =
	    x->conn->schema != NULL ? schema_find(x->conn->schema, name) : NULL;

	return a != NULL && !a->multi;
}

static bool
has(const struct value *list, uint32_t n, const struct value *v)
{
	for (uint32_t i = 0; i < n; i++)
		if (value_equal(&list[i], v))
			return true;
	return false;
}

static bool
is_again(const struct change *now, const struct change *undone)
{
	for (uint32_t i = 0; i < now->add_count; i++)
		if (!has(undone->add, undone->add_count, &now->add[i]))
			return false;
	return now->add_count == undone->add_count;
}

/* A reference whose target is not there yet is no part of the item: what goes
 * for it is there alone. */
static int
waits(const struct holding *x, struct arena *a, int64_t owner, uint32_t name,
    struct err *e)
{
	struct ref_query q = {
	    .owner = owner, .name = name, .mask = REF_UNAPPLIED_ADD};
	struct cs_ref *refs;
	size_t n = 0;
	int r = cs_refs_get(x->g->cfg.store, a, &q, &refs, &n, e);

	return r < 0 ? r : n != 0;
}

static int
hold_single(const struct holding *x, const struct gate_question *q,
    const struct change *now, const struct change *undone,
    struct gate_answer *out)
{
	int r = is_again(now, undone);

	if (r == 0 && now->add_count == 0 && now->del_count != 0 &&
	    now->del[0].type == VALUE_REFERENCE)
		r = waits(x, out->arena, q->object->id, now->name, NULL);
	return r;
}

static struct gate_hold
hold_text(struct arena *a, const struct hold *h, bool whole)
{
	const char *text = arena_printf(a,
	    whole ? "undone by plan %lld; until: causeway undo release %lld"
		  : "undone by plan %lld, until its source says another value "
		    "or: causeway undo release %lld",
	    (long long)h->plan, (long long)h->plan);

	return (struct gate_hold){.code = "undone",
	    .text = text_of(text != NULL ? text : "undone"),
	    .part = GATE_ITEM};
}

static int
hold_values(struct gate_answer *out, const struct change *now,
    const struct change *undone, struct gate_hold h)
{
	int r = 0;

	h.part = GATE_VALUE;
	for (uint32_t i = 0; i < now->add_count && r == 0; i++) {
		h.add = true;
		h.value = now->add[i];
		if (has(undone->add, undone->add_count, &h.value))
			r = gate_hold(out, &h);
	}
	for (uint32_t i = 0; i < now->del_count && r == 0; i++) {
		h.add = false;
		h.value = now->del[i];
		if (has(undone->del, undone->del_count, &h.value))
			r = gate_hold(out, &h);
	}
	return r;
}

static int
hold_update(const struct holding *x, const struct hold *h,
    const struct gate_question *q, struct gate_answer *out)
{
	const struct export_item *item = q->item;
	struct gate_hold g = hold_text(out->arena, h, false);
	int r = 0;

	for (uint32_t i = 0; i < item->delta.count && r == 0; i++) {
		const struct change *now = &item->delta.changes[i];
		const struct change *undone = delta_find(&h->delta, now->name);

		g.name = now->name;
		if (undone == NULL)
			continue;
		g.part = GATE_ATTRIBUTE;
		if (!is_single(x, now->name)) {
			r = hold_values(out, now, undone, g);
			continue;
		}
		r = hold_single(x, q, now, undone, out);
		if (r == 1)
			r = gate_hold(out, &g);
	}
	g.part = GATE_RENAME;
	g.name = 0;
	if (r == 0 && h->delta.new_dn.len != 0 &&
	    text_equal_nocase(h->delta.new_dn, item->delta.new_dn))
		r = gate_hold(out, &g);
	return r;
}

/* The hold of an object that came back, of which v is a reference. */
static const struct hold *
restored(const struct holding *x, struct arena *a, const struct value *v)
{
	const struct held *h = NULL;

	if (v->type != VALUE_REFERENCE)
		return NULL;
	if (v->id != 0)
		h = under(x, arena_printf(a, "c%lld", (long long)v->id));
	if (h == NULL && v->by == REF_ANCHOR)
		h = under(x, arena_printf(a, "a%.*s", TEXT_ARGS(v->text)));
	for (; h != NULL; h = h->next)
		if (h->h.op == DELTA_DELETE)
			return &h->h;
	return NULL;
}

/* A directory gives an object that comes back its memberships again; the rules
 * know nothing of it, and would take them away. */
static int
hold_memberships(const struct holding *x, const struct export_item *item,
    struct gate_answer *out)
{
	int r = 0;

	for (uint32_t i = 0; i < item->delta.count && r == 0; i++) {
		const struct change *c = &item->delta.changes[i];

		/* the new one of a single value takes its place */
		if (c->add_count != 0 && is_single(x, c->name))
			continue;
		for (uint32_t k = 0; k < c->del_count && r == 0; k++) {
			const struct hold *h =
			    restored(x, out->arena, &c->del[k]);
			struct gate_hold g;

			if (h == NULL)
				continue;
			g = hold_text(out->arena, h, true);
			g.part = GATE_VALUE;
			g.name = c->name;
			g.value = c->del[k];
			r = gate_hold(out, &g);
		}
	}
	return r;
}

static int
ask(void *ctx, const struct gate_question *q, struct gate_answer *out,
    struct err *e)
{
	const struct holding *x = ctx;
	const struct held *h = holds_of(x, out->arena, q->object);
	int r = 0;

	(void)e;
	if (x->restored && q->item->op == DELTA_UPDATE)
		r = hold_memberships(x, q->item, out);
	for (; h != NULL && r == 0; h = h->next) {
		if (h->h.op == DELTA_UPDATE && q->item->op == DELTA_UPDATE) {
			r = hold_update(x, &h->h, q, out);
		} else if (h->h.op == q->item->op) {
			struct gate_hold g = hold_text(out->arena, &h->h, true);

			return gate_hold(out, &g);
		}
	}
	return r;
}

/* ---- The source says something else ---- */

static int
shrink(struct holding *x, const struct hold *old, const struct delta *sent,
    struct err *e)
{
	struct hold h = *old;
	uint32_t kept = 0;
	int r;

	for (uint32_t i = 0; i < h.delta.count; i++)
		if (!is_single(x, h.delta.changes[i].name) ||
		    delta_find(sent, h.delta.changes[i].name) == NULL)
			h.delta.changes[kept++] = h.delta.changes[i];
	if (kept == h.delta.count)
		return 0;
	h.delta.count = kept;
	r = hold_remove(x->g->cfg.store, h.id, e);
	if (r == 0 && !delta_is_empty(&h.delta))
		r = hold_add(x->g->cfg.store, &h, e);
	return r;
}

/* What is sent of a held attribute is a new value: it is held no longer. */
static int
sending(void *ctx, const struct export_item *item, const struct cs_object *o,
    struct err *e)
{
	struct holding *x = ctx;
	const struct held *h = holds_of(x, x->arena, o);
	int r = 0;

	for (; h != NULL && r == 0 && x->g->applying == NULL; h = h->next)
		if (h->h.op == DELTA_UPDATE)
			r = shrink(x, &h->h, &item->delta, e);
	return r;
}

/* ---- The gate ---- */

/* The newest of a connector at the end; in the order of their ids. */
static int
read_holds(
    struct holding *x, struct held **out, size_t *out_count, struct err *e)
{
	struct held **tail = out;
	struct hold h = {0};
	int r;

	*out_count = 0;
	while ((r = hold_next(
		    x->g->cfg.store, x->arena, x->conn->id, h.id, &h, e)) > 0) {
		*tail = arena_alloc(x->arena, sizeof(**tail));
		if (*tail == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		**tail = (struct held){.h = h};
		tail = &(*tail)->next;
		(*out_count)++;
	}
	return r;
}

static int
file_all(struct holding *x, const struct held *list, size_t count)
{
	int r = 0;

	/* a hold has two keys at most */
	for (x->size = 4; x->size < 4 * count + 1;)
		x->size *= 2;
	x->slots = arena_array(x->arena, x->size, sizeof(*x->slots));
	if (x->slots == NULL)
		return ERR_NOMEM;
	for (; list != NULL && r == 0; list = list->next)
		r = file(x, &list->h);
	return r;
}

int
holds_gate(struct engine *g, size_t connector, struct arena *a,
    struct export_gate *out, struct err *e)
{
	struct holding *x = arena_alloc(a, sizeof(*x));
	struct held *list = NULL;
	size_t count = 0;
	int r;

	if (x == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*x = (struct holding){
	    .g = g, .conn = &g->cfg.connectors[connector], .arena = a};
	r = read_holds(x, &list, &count, e);
	if (r < 0 || count == 0)
		return r;
	r = file_all(x, list, count);
	if (r < 0)
		return err_set(e, r, "out of memory");
	*out = (struct export_gate){.name = "undone",
	    .ask = ask,
	    .ctx = x,
	    .settled = true,
	    .sending = sending};
	return r;
}

/* ---- Letting go ---- */

static bool
is_named(const struct hold *h, struct text object)
{
	return object.len == 0 || text_equal_nocase(h->dn, object) ||
	       text_equal(h->anchor, object) ||
	       text_equal_nocase(h->display, object);
}

static int
release_all(struct engine *g, int64_t plan, struct text object,
    uint64_t *out_count, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct hold h = {0};
	int64_t after = 0;
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	while ((r = hold_next(g->cfg.store, a, 0, after, &h, e)) > 0) {
		after = h.id;
		if (h.plan == plan && is_named(&h, object)) {
			r = hold_remove(g->cfg.store, h.id, e);
			(*out_count)++;
		}
		if (r < 0)
			return r;
		arena_reset(a);
	}
	return r;
}

int
engine_undo_release(struct engine *g, int64_t plan, struct text object,
    uint64_t *out_count, struct err *e)
{
	struct store *store = g->cfg.store;
	int r = store_begin(store, e);

	*out_count = 0;
	if (r < 0)
		return r;
	r = release_all(g, plan, object, out_count, e);
	if (r == 0)
		return store_commit(store, e);
	store_rollback(store);
	return r;
}
