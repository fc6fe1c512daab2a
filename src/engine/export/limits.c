/* engine/export/limits.c -- see limits.h. */
#include "engine/export/limits.h"

#include "engine/export/export_int.h"

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

/* ---- Counting ---- */

struct slice *
slices_find(
    struct slices *s, enum limit_kind kind, uint32_t type, uint32_t name)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->list[i].kind == kind && s->list[i].type == type &&
		    s->list[i].name == name)
			return &s->list[i];
	return NULL;
}

void
slices_add(struct slices *s, const struct slice_part *p)
{
	struct slice *k = slices_find(s, p->kind, p->type, p->name);

	if (k == NULL && s->count < SLICES_MAX) {
		k = &s->list[s->count++];
		*k = (struct slice){
		    .kind = p->kind, .type = p->type, .name = p->name};
	}
	if (k != NULL)
		k->n += p->n;
}

static int
add_part(void *ctx, const struct slice_part *p, struct err *e)
{
	(void)e;
	slices_add(ctx, p);
	return 0;
}

static int
count_one(struct export *x, struct slices *out, int64_t id, struct err *e)
{
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
	return slices_of_item(
	    store_names(x->store), &b.item, &b.o, add_part, out, e);
}

int
slices_count(const struct export_job *job, struct slices *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct export x = {.job = job,
	    .step = job->step,
	    .store = job->step->store,
	    .connector = job->step->connector,
	    .arena = a,
	    .looking = true};
	struct cs_walk w = {
	    .connector = x.connector, .which = CS_PENDING_EXPORT};
	int64_t page[PAGE];
	struct ids ids = {.id = page, .max = PAGE};
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	do {
		r = cs_next(x.store, &w, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++)
			r = count_one(&x, out, ids.id[i], e);
	} while (r == 0 && ids.count != 0);
	idset_clear(&x.held_adds);
	idset_clear(&x.held_pair);
	return r;
}

/* ---- Of how many ---- */

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
		size_t n = 0;

		if (name == 0)
			continue;
		r = cs_refs_count(store, o->id, name, REF_IMAGE, &n, e);
		k->total += n;
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
		has = attrs_find(&o->image, k->name) != NULL;
		if (!has)
			r = cs_refs_any(
			    store, o->id, k->name, REF_IMAGE, &has, e);
	}
	k->total += has;
	return r;
}

static int
total_page(struct store *store, const struct ids *ids, uint64_t minimum,
    struct slices *s, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	int r = a != NULL ? 0 : err_set(e, ERR_NOMEM, "out of memory");

	for (size_t i = 0; i < ids->count && r == 0; i++) {
		struct cs_object o;

		arena_reset(a);
		r = cs_get(store, a, ids->id[i], CS_IMAGE, &o, e);
		for (size_t k = 0; k < s->count && r == 0; k++)
			if (s->list[k].n > minimum &&
			    s->list[k].type == o.type &&
			    (o.flags & CS_IN_CD) != 0)
				r = count_in(store, &o, &s->list[k], e);
	}
	return r;
}

int
slices_totals(struct store *store, int64_t connector, uint64_t minimum,
    struct slices *s, struct err *e)
{
	struct cs_walk w = {.connector = connector, .which = CS_EVERY};
	int64_t page[PAGE];
	struct ids ids = {.id = page, .max = PAGE};
	size_t many = 0;
	int r = 0;

	for (size_t i = 0; i < s->count; i++)
		many += s->list[i].n > minimum;
	if (many == 0)
		return 0;
	do {
		r = cs_next(store, &w, &ids, e);
		if (r == 0)
			r = total_page(store, &ids, minimum, s, e);
	} while (r == 0 && ids.count != 0);
	return r;
}
