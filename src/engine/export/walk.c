/* engine/export/walk.c -- the order of an export: adds with parents first,
 * modifies, renames, deletes with children first (docs/engine/model.md 5.5).
 * Each pass looks once at those that it may send; of a tree it keeps where each
 * of its objects lies, 16 octets an object, and goes through that by levels. */
#include <stdlib.h>

#include "engine/export/export_int.h"
#include "model/dn.h"
#include "store/tower.h"

#define PAGE 500U

/* A group that may not be empty, and the like. */
static bool
is_late(const struct export *x, uint32_t type)
{
	return x->job->conn != NULL && x->job->kind->ops->adds_late != NULL &&
	       x->job->kind->ops->adds_late(x->job->conn, type);
}

static bool
belongs(const struct cs_object *o, enum export_pass pass)
{
	enum delta_op op = o->unapplied.op;

	switch (pass) {
	case PASS_YIELD:
		return op == DELTA_DELETE && tower_gives_name(o);
	case PASS_ADD:
	case PASS_ADD_LATE: /* which of them: is_of() */
		return op == DELTA_ADD;
	case PASS_UPDATE:
		return op != DELTA_ADD && op != DELTA_DELETE &&
		       o->unapplied.new_dn.len == 0;
	case PASS_RENAME:
		return op == DELTA_UPDATE && o->unapplied.new_dn.len != 0;
	case PASS_DELETE:
		return op == DELTA_DELETE && !tower_gives_name(o);
	case PASS_REFERENCE:
		return op != DELTA_ADD && op != DELTA_DELETE;
	}
	return false;
}

/* Parents come before children, or after them. */
static bool
is_tree(enum export_pass pass)
{
	return pass != PASS_UPDATE && pass != PASS_REFERENCE;
}

/* A container that is renamed takes with it what lies below. */
static bool
from_above(enum export_pass pass)
{
	return pass == PASS_ADD || pass == PASS_ADD_LATE || pass == PASS_RENAME;
}

/* A DN that cannot be parsed has depth 1: the directory will say. */
static uint32_t
depth_of(struct arena *a, const struct cs_object *o)
{
	struct dn dn;

	if (dn_parse(a, tower_real_dn(o), &dn, NULL) < 0)
		return 1;
	return dn.depth;
}

/* ---- Every object of a pass, as it is ---- */

/* Most are known by their row, and what is to be sent is read of the others
 * alone. */
static int
glance(struct export *x, struct arena *a, int64_t id, struct cs_object *out,
    struct err *e)
{
	int r = cs_get(x->store, a, id, 0, out, e);

	if (r == 0 && (out->unapplied.op == DELTA_UPDATE ||
			  (out->flags & CS_TRANSIENT) != 0))
		r = cs_get(x->store, a, id, CS_EXPORT, out, e);
	return r;
}

struct looker {
	int (*object)(struct export *x, void *ctx, struct arena *a,
	    const struct cs_object *o, struct err *e);
	void *ctx;
};

static enum cs_which
which_of(enum export_pass pass)
{
	switch (pass) {
	case PASS_ADD:
	case PASS_ADD_LATE:
		return CS_PENDING_ADD;
	case PASS_YIELD:
	case PASS_DELETE:
		return CS_PENDING_DELETE;
	case PASS_UPDATE:
	case PASS_RENAME:
	case PASS_REFERENCE:
		break;
	}
	return CS_PENDING_CHANGE;
}

static int
look_at_page(struct export *x, const struct looker *l, struct arena *a,
    const struct ids *ids, struct err *e)
{
	struct cs_object o;
	int r = 0;

	for (size_t i = 0; i < ids->count && r == 0; i++) {
		export_pump(x);
		arena_reset(a);
		r = glance(x, a, ids->id[i], &o, e);
		if (r == 0)
			r = l->object(x, l->ctx, a, &o, e);
	}
	return r;
}

static int
look_at_all(struct export *x, enum export_pass pass, const struct looker *l,
    struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct cs_walk walk = {
	    .connector = x->connector, .which = which_of(pass)};
	int64_t room[PAGE];
	struct ids ids = {.id = room, .max = PAGE};
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	do {
		r = cs_next(x->store, &walk, &ids, e);
		if (r == 0)
			r = look_at_page(x, l, a, &ids, e);
	} while (r == 0 && ids.count != 0);
	return r;
}

/* ---- Passes without a tree ---- */

struct flat {
	enum export_pass pass;
	const struct export_walker *w;
};

static int
flat_one(struct export *x, void *ctx, struct arena *a,
    const struct cs_object *o, struct err *e)
{
	const struct flat *f = ctx;

	(void)a;
	return belongs(o, f->pass) ? f->w->object(x, f->w->ctx, o->id, e) : 0;
}

static int
walk_flat(struct export *x, enum export_pass pass,
    const struct export_walker *w, struct err *e)
{
	struct flat f = {.pass = pass, .w = w};

	return look_at_all(
	    x, pass, &(struct looker){.object = flat_one, .ctx = &f}, e);
}

/* ---- Where the objects of a tree lie ---- */

void
places_clear(struct places *p)
{
	free(p->list);
	*p = (struct places){0};
}

static int
places_add(struct places *p, struct place place, struct err *e)
{
	if (p->count == p->size) {
		size_t size = p->size != 0 ? 2 * p->size : PAGE;
		struct place *list = reallocarray(p->list, size, sizeof(*list));

		if (list == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		p->list = list;
		p->size = size;
	}
	p->list[p->count++] = place;
	return 0;
}

struct listing {
	enum export_pass pass;
	struct places *out;
};

/* Adds of both kinds are listed together. */
static int
list_one(struct export *x, void *ctx, struct arena *a,
    const struct cs_object *o, struct err *e)
{
	const struct listing *l = ctx;
	struct place place = {.id = o->id};

	if (!belongs(o, l->pass))
		return 0;
	place.depth = depth_of(a, o);
	place.late = o->unapplied.op == DELTA_ADD && is_late(x, o->type);
	return places_add(l->out, place, e);
}

static int
list_places(
    struct export *x, enum export_pass pass, struct places *out, struct err *e)
{
	struct listing l = {.pass = pass, .out = out};
	int r = look_at_all(
	    x, pass, &(struct looker){.object = list_one, .ctx = &l}, e);

	out->made = r == 0;
	return r;
}

/* ---- Passes along a tree ---- */

static bool
is_of(const struct place *p, enum export_pass pass)
{
	return which_of(pass) != CS_PENDING_ADD ||
	       p->late == (pass == PASS_ADD_LATE);
}

static bool
find_levels(const struct places *p, enum export_pass pass, uint32_t *out_least,
    uint32_t *out_most)
{
	bool any = false;

	for (size_t i = 0; i < p->count; i++) {
		uint32_t depth = p->list[i].depth;

		if (!is_of(&p->list[i], pass))
			continue;
		if (!any || depth < *out_least)
			*out_least = depth;
		if (!any || depth > *out_most)
			*out_most = depth;
		any = true;
	}
	return any;
}

static int
walk_level(struct export *x, enum export_pass pass, const struct places *p,
    uint32_t depth, const struct export_walker *w, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < p->count && r == 0; i++) {
		if (p->list[i].depth != depth || !is_of(&p->list[i], pass))
			continue;
		export_pump(x);
		r = w->object(x, w->ctx, p->list[i].id, e);
	}
	return r;
}

static int
walk_places(struct export *x, enum export_pass pass, const struct places *p,
    const struct export_walker *w, struct err *e)
{
	uint32_t least = 0, most = 0;
	int r = 0;

	if (!find_levels(p, pass, &least, &most))
		return 0;
	for (uint32_t i = 0; i <= most - least && r == 0; i++) {
		r = walk_level(
		    x, pass, p, from_above(pass) ? least + i : most - i, w, e);
		/* children need what was collected so far */
		if (r == 0 && least != most)
			r = export_flush(x, e);
	}
	return r;
}

/* What is to be added is listed once for all passes: nothing comes to it while
 * an export goes on. */
static int
walk_tree(struct export *x, enum export_pass pass,
    const struct export_walker *w, struct err *e)
{
	struct places own = {0};
	struct places *p = which_of(pass) == CS_PENDING_ADD ? &x->adds : &own;
	int r = p->made ? 0 : list_places(x, pass, p, e);

	if (r == 0)
		r = walk_places(x, pass, p, w, e);
	places_clear(&own);
	return r;
}

bool
export_pass_empty(const struct export *x, enum export_pass pass)
{
	switch (pass) {
	case PASS_ADD:
		return x->pending.adds == 0;
	case PASS_ADD_LATE:
		return x->pending.adds == 0 ||
		       x->job->kind->ops->adds_late == NULL ||
		       x->job->conn == NULL;
	case PASS_RENAME:
		return x->pending.renames == 0;
	case PASS_YIELD:
	case PASS_DELETE:
		return x->pending.deletes == 0;
	case PASS_UPDATE:
	case PASS_REFERENCE:
		return false;
	}
	return false;
}

int
export_walk(struct export *x, enum export_pass pass,
    const struct export_walker *w, struct err *e)
{
	if (export_pass_empty(x, pass))
		return 0;
	return is_tree(pass) ? walk_tree(x, pass, w, e)
			     : walk_flat(x, pass, w, e);
}
