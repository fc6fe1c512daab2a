/* engine/export/limits.c -- see limits.h. */
#include "engine/export/limits.h"

#include "engine/export/export_int.h"
#include "model/dn.h"

#define PAGE 500U

static const char *const kind_names[] = {
    [LIMIT_DELETE] = "delete",
    [LIMIT_LEAVE_SCOPE] = "leave-scope",
    [LIMIT_DISABLE] = "disable",
    [LIMIT_RENAME_UPN] = "rename-upn",
    [LIMIT_LOSE_GROUP] = "lose-group",
    [LIMIT_LOSE_ATTRIBUTE] = "lose-attribute",
};

const char *
limit_kind_name(enum limit_kind kind)
{
	return kind_names[kind];
}

enum limit_kind
limit_kind_parse(struct text name)
{
	for (size_t i = 1; i <= LIMIT_KINDS; i++)
		if (text_is(name, kind_names[i]))
			return (enum limit_kind)i;
	return LIMIT_NONE;
}

/* ---- What an item does ---- */

static bool
is_member(struct text name)
{
	return text_is_nocase(name, "member") ||
	       text_is_nocase(name, "members") ||
	       text_is_nocase(name, "uniqueMember");
}

#define ACCOUNT_DISABLED 2 /* of userAccountControl */

static bool
is_disabled(struct text name, const struct value *v)
{
	if (v == NULL)
		return false;
	if (text_is_nocase(name, "accountEnabled"))
		return v->type == VALUE_BOOLEAN && !v->boolean;
	return text_is_nocase(name, "userAccountControl") &&
	       v->type == VALUE_INTEGER && (v->integer & ACCOUNT_DISABLED) != 0;
}

/* All the values that there are go, and none comes. */
static bool
is_lost(const struct cs_object *o, const struct change *c)
{
	const struct attr *held = attrs_find(&o->image, c->name);

	return c->del_count != 0 && c->add_count == 0 &&
	       (held == NULL || held->count <= c->del_count);
}

static enum limit_kind
kind_of(struct text name, const struct cs_object *o, const struct change *c)
{
	const struct value *was = attrs_first(&o->image, c->name);

	if (is_member(name))
		return c->del_count != 0 ? LIMIT_LOSE_GROUP : LIMIT_NONE;
	if (c->add_count == 1 && is_disabled(name, &c->add[0]) &&
	    !is_disabled(name, was))
		return LIMIT_DISABLE;
	if (text_is_nocase(name, "userPrincipalName") && c->add_count != 0 &&
	    was != NULL)
		return LIMIT_RENAME_UPN;
	return is_lost(o, c) ? LIMIT_LOSE_ATTRIBUTE : LIMIT_NONE;
}

int
slices_of_item(const struct names *names, const struct export_item *item,
    const struct cs_object *o, slice_fn *each, void *ctx, struct err *e)
{
	struct slice_part p = {.type = item->type, .n = 1};
	int r = 0;

	if (item->op == DELTA_DELETE) {
		p.kind = (o->flags & CS_LEFT_SCOPE) != 0 ? LIMIT_LEAVE_SCOPE
							 : LIMIT_DELETE;
		return each(ctx, &p, e);
	}
	if (item->op != DELTA_UPDATE)
		return 0;
	for (uint32_t i = 0; i < item->delta.count && r == 0; i++) {
		const struct change *c = &item->delta.changes[i];

		p.kind = kind_of(names_text(names, c->name), o, c);
		if (p.kind == LIMIT_NONE)
			continue;
		p.change = c;
		p.name = p.kind == LIMIT_LOSE_ATTRIBUTE ? c->name : 0;
		p.n = p.kind == LIMIT_LOSE_GROUP ? c->del_count : 1;
		r = each(ctx, &p, e);
	}
	return r;
}

/* ---- A place for each slice ---- */

static uint64_t
mix(uint64_t h, uint64_t n)
{
	h = (h ^ n) * 0x9E3779B97F4A7C15ULL;
	return h ^ (h >> 29);
}

static size_t
slot_of(const struct slice *k, size_t size)
{
	uint64_t h = mix(mix(k->kind, k->type), mix(k->name, k->scope));

	for (size_t i = 0; i < k->container.len; i++)
		h = mix(h, (unsigned char)k->container.data[i]);
	return (size_t)h & (size - 1);
}

static bool
is_same(const struct slice *a, const struct slice *b)
{
	return a->kind == b->kind && a->type == b->type && a->name == b->name &&
	       a->scope == b->scope && text_equal(a->container, b->container);
}

/* Where it is, or would be. */
static uint32_t *
slot_find(const struct slices *s, const struct slice *k)
{
	size_t i = slot_of(k, s->table_size);

	while (s->table[i] != 0 && !is_same(s->list[s->table[i] - 1], k))
		i = (i + 1) & (s->table_size - 1);
	return &s->table[i];
}

static int
grow(struct slices *s)
{
	size_t room = s->room != 0 ? 2 * s->room : 32;
	// NOLINTNEXTLINE(bugprone-sizeof-expression): pointers
	struct slice **list = arena_array(s->arena, room, sizeof(*list));

	s->table = arena_array(s->arena, 2 * room, sizeof(*s->table));
	if (list == NULL || s->table == NULL)
		return ERR_NOMEM;
	s->table_size = 2 * room;
	s->room = room;
	for (size_t i = 0; i < s->count; i++)
		list[i] = s->list[i];
	s->list = list;
	for (size_t i = 0; i < s->count; i++)
		*slot_find(s, list[i]) = (uint32_t)(i + 1);
	return 0;
}

/* NULL with make: no memory; without: there is none. */
static struct slice *
slice_get(struct slices *s, const struct slice *key, bool make)
{
	struct slice *k;
	uint32_t *slot;

	if (s->count == s->room && (make || s->room == 0) && grow(s) < 0)
		return NULL;
	slot = slot_find(s, key);
	if (*slot != 0 || !make)
		return *slot != 0 ? s->list[*slot - 1] : NULL;
	k = arena_alloc(s->arena, sizeof(*k));
	if (k == NULL)
		return NULL;
	*k = *key;
	k->container = text_dup(s->arena, key->container);
	k->place = text_dup(s->arena, key->place);
	s->list[s->count++] = k;
	*slot = (uint32_t)s->count;
	return k;
}

int
slices_add(struct slices *s, const struct slice_part *p)
{
	const struct slice key = {
	    .kind = p->kind, .type = p->type, .name = p->name};
	struct slice *k = slice_get(s, &key, true);

	if (k != NULL)
		k->n += p->n;
	return k != NULL ? 0 : ERR_NOMEM;
}

/* ---- Containers ---- */

int
slice_place_of(const struct slice_places *places, struct arena *a,
    const struct cs_object *o, struct slice_place *out, struct err *e)
{
	int r;

	*out = (struct slice_place){.key = {0}};
	if (places->count == 0)
		return 0;
	r = places->place(places->ctx, a, o, &out->container, e);
	if (r < 0 || out->container.len == 0)
		return r;
	return dn_key(a, out->container, &out->key) < 0
		   ? err_set(e, ERR_NOMEM, "out of memory")
		   : 0;
}

static bool
counts_in(const struct slice_scope *w, const struct slice_place *at,
    const struct slice_part *p, const struct names *names)
{
	return at->key.len != 0 && w->kind == p->kind &&
	       (w->type.len == 0 ||
		   text_equal_nocase(w->type, names_text(names, p->type))) &&
	       (w->attribute.len == 0 || text_equal_nocase(w->attribute,
					     names_text(names, p->name))) &&
	       (w->container.len == 0 ||
		   dn_key_is_below(at->key, w->container));
}

int
slices_of_part(struct slices *s, const struct slice_places *places,
    const struct slice_place *at, const struct slice_part *p, bool make,
    struct slice **out)
{
	int n = 0;

	for (size_t i = 0; i <= places->count; i++) {
		const struct slice_scope *w =
		    i != 0 ? &places->scopes[i - 1] : NULL;
		struct slice key = {.kind = p->kind,
		    .type = p->type,
		    .name = p->name,
		    .scope = i,
		    .place = at->container};

		if (w != NULL && !counts_in(w, at, p, places->names))
			continue;
		if (w != NULL)
			key.container =
			    w->container.len != 0 ? w->container : at->key;
		out[n] = slice_get(s, &key, make);
		if (out[n] == NULL && make)
			return ERR_NOMEM;
		n += out[n] != NULL;
	}
	return n;
}

/* ---- Counting ---- */

struct counting {
	struct export *x;
	const struct slice_places *places;
	struct slices *out;
	struct slice **found; /* of one part */
	struct slice_place at;
};

static int
add_part(void *ctx, const struct slice_part *p, struct err *e)
{
	struct counting *c = ctx;
	int n = slices_of_part(c->out, c->places, &c->at, p, true, c->found);

	if (n < 0)
		return err_set(e, n, "out of memory");
	for (int i = 0; i < n; i++)
		c->found[i]->n += p->n;
	return 0;
}

static int
count_one(struct counting *c, int64_t id, struct err *e)
{
	struct export *x = c->x;
	struct cs_object o;
	struct built b;
	int r;

	arena_reset(x->arena);
	r = cs_get(x->store, x->arena, id, CS_EXPORT, &o, e);
	if (r < 0 || o.unapplied.op == DELTA_ADD)
		return r;
	r = export_build(x, id, x->arena, &b, e);
	if (r < 0 || b.state != BUILT_SEND)
		return r;
	r = slice_place_of(c->places, x->arena, &b.o, &c->at, e);
	return r < 0 ? r
		     : slices_of_item(store_names(x->store), &b.item, &b.o,
			   add_part, c, e);
}

int
slices_count(const struct export_job *job, const struct slice_places *places,
    struct slices *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct export x = {.job = job,
	    .step = job->step,
	    .store = job->step->store,
	    .connector = job->step->connector,
	    .arena = a,
	    .looking = true};
	struct counting c = {.x = &x, .places = places, .out = out};
	struct cs_walk w = {
	    .connector = x.connector, .which = CS_PENDING_EXPORT};
	int64_t page[PAGE];
	struct ids ids = {.id = page, .max = PAGE};
	int r;

	// NOLINTNEXTLINE(bugprone-sizeof-expression): pointers
	c.found = arena_array(out->arena, places->count + 1, sizeof(*c.found));
	if (a == NULL || c.found == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	do {
		r = cs_next(x.store, &w, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++)
			r = count_one(&c, ids.id[i], e);
	} while (r == 0 && ids.count != 0);
	idset_clear(&x.held_adds);
	idset_clear(&x.held_pair);
	return r;
}

/* ---- Of how many: what was sent counts as there, confirmed or not ---- */

#define REFS_THERE (REF_IMAGE | REF_ESCROWED_ADD | REF_UNCONFIRMED_ADD)
#define REFS_GONE  (REF_ESCROWED_DEL | REF_UNCONFIRMED_DEL)

static bool
is_there(const struct cs_object *o)
{
	return (o->flags & CS_IN_CD) != 0 || o->escrowed.op == DELTA_ADD ||
	       o->unconfirmed.op == DELTA_ADD;
}

static bool
gives(const struct delta *d, uint32_t name)
{
	const struct change *c = delta_find(d, name);

	return c != NULL && c->add_count != 0;
}

static bool
has_value(const struct cs_object *o, uint32_t name)
{
	return attrs_find(&o->image, name) != NULL ||
	       gives(&o->escrowed, name) || gives(&o->unconfirmed, name);
}

static int
count_members(struct store *store, const struct cs_object *o, struct slice *k,
    struct err *e)
{
	const struct names *names = store_names(store);
	static const char *const members[] = {
	    "member", "members", "uniqueMember"};
	int r = 0;

	for (size_t i = 0; i < 3 && r == 0; i++) {
		uint32_t name = names_find_nocase(names, text_of(members[i]));
		size_t n = 0, gone = 0;

		if (name == 0)
			continue;
		r = cs_refs_count(store, o->id, name, REFS_THERE, &n, e);
		if (r == 0)
			r = cs_refs_count(
			    store, o->id, name, REFS_GONE, &gone, e);
		k->total += n - (gone < n ? gone : n);
	}
	return r;
}

static int
count_in(struct store *store, const struct cs_object *o, struct slice *k,
    struct err *e)
{
	bool has = true;
	int r = 0;

	if (k->kind == LIMIT_LOSE_GROUP)
		return count_members(store, o, k, e);
	if (k->kind == LIMIT_LOSE_ATTRIBUTE) {
		has = has_value(o, k->name);
		if (!has)
			r = cs_refs_any(
			    store, o->id, k->name, REFS_THERE, &has, e);
	}
	k->total += has;
	return r;
}

struct totalling {
	struct store *store;
	uint64_t minimum;
	const struct slice_places *places;
	struct slices *s;
	bool scoped; /* one of a container is asked for */
};

static bool
is_asked(const struct totalling *t, const struct slice *k)
{
	return k->n > t->minimum;
}

static bool
is_of(const struct totalling *t, const struct slice *k,
    const struct slice_place *at)
{
	if (k->scope == 0)
		return true;
	if (at->key.len == 0)
		return false;
	return t->places->scopes[k->scope - 1].container.len != 0
		   ? dn_key_is_below(at->key, k->container)
		   : text_equal(at->key, k->container);
}

static int
total_one(const struct totalling *t, struct arena *a, const struct cs_object *o,
    struct err *e)
{
	struct slice_place at = {.key = {0}};
	int r = 0;

	if (!is_there(o))
		return 0;
	if (t->scoped)
		r = slice_place_of(t->places, a, o, &at, e);
	for (size_t i = 0; i < t->s->count && r == 0; i++) {
		struct slice *k = t->s->list[i];

		if (is_asked(t, k) && k->type == o->type && is_of(t, k, &at))
			r = count_in(t->store, o, k, e);
	}
	return r;
}

static int
total_page(const struct totalling *t, const struct ids *ids, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	int r = a != NULL ? 0 : err_set(e, ERR_NOMEM, "out of memory");

	for (size_t i = 0; i < ids->count && r == 0; i++) {
		struct cs_object o;

		arena_reset(a);
		r = cs_get(
		    t->store, a, ids->id[i], CS_IMAGE | CS_EXPORT, &o, e);
		if (r == 0)
			r = total_one(t, a, &o, e);
	}
	return r;
}

int
slices_totals(struct store *store, int64_t connector, uint64_t minimum,
    const struct slice_places *places, struct slices *s, struct err *e)
{
	struct totalling t = {store, minimum, places, s, false};
	struct cs_walk w = {.connector = connector, .which = CS_EVERY};
	int64_t page[PAGE];
	struct ids ids = {.id = page, .max = PAGE};
	size_t many = 0;
	int r = 0;

	for (size_t i = 0; i < s->count; i++) {
		many += is_asked(&t, s->list[i]);
		t.scoped = t.scoped ||
			   (is_asked(&t, s->list[i]) && s->list[i]->scope != 0);
	}
	if (many == 0)
		return 0;
	do {
		r = cs_next(store, &w, &ids, e);
		if (r == 0)
			r = total_page(&t, &ids, e);
	} while (r == 0 && ids.count != 0);
	return r;
}
