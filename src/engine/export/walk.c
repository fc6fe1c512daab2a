/* engine/export/walk.c -- the order of an export: adds with parents first,
 * modifies, renames, deletes with children first (docs/engine/model.md 5.5).
 * Walks once a level of the tree, so that no list of all objects is held. */
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
belongs(
    const struct export *x, const struct cs_object *o, enum export_pass pass)
{
	enum delta_op op = o->unapplied.op;

	switch (pass) {
	case PASS_YIELD:
		return op == DELTA_DELETE && tower_gives_name(o);
	case PASS_ADD:
		return op == DELTA_ADD && !is_late(x, o->type);
	case PASS_ADD_LATE:
		return op == DELTA_ADD && is_late(x, o->type);
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

/* Which levels there are, and what is done on each. */
struct levels {
	uint32_t least, most;
	uint32_t now; /* 0: find out */
	uint64_t found;
	struct arena *arena; /* of one object */
};

/* A walk looks at every object once a level: most are known by their row, and
 * what is to be sent is read of the others alone. */
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

static int
one(struct export *x, enum export_pass pass, struct levels *l, int64_t id,
    const struct export_walker *w, struct err *e)
{
	struct cs_object o;
	uint32_t depth;
	int r;

	export_pump(x);
	arena_reset(l->arena);
	r = glance(x, l->arena, id, &o, e);
	if (r < 0 || !belongs(x, &o, pass))
		return r;
	depth = is_tree(pass) ? depth_of(l->arena, &o) : 1;
	if (l->now != 0)
		return depth == l->now ? w->object(x, w->ctx, id, e) : 0;
	if (l->found++ == 0)
		l->least = l->most = depth;
	if (depth < l->least)
		l->least = depth;
	if (depth > l->most)
		l->most = depth;
	return 0;
}

static int
level(struct export *x, enum export_pass pass, struct levels *l,
    const struct export_walker *w, struct err *e)
{
	struct cs_walk walk = {
	    .connector = x->connector, .which = CS_PENDING_EXPORT};
	int64_t room[PAGE];
	struct ids ids = {.id = room, .max = PAGE};
	int r;

	do {
		r = cs_next(x->store, &walk, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++)
			r = one(x, pass, l, ids.id[i], w, e);
	} while (r == 0 && ids.count != 0);
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

static int
walk_levels(struct export *x, enum export_pass pass, struct levels *l,
    const struct export_walker *w, struct err *e)
{
	int r;

	l->now = !is_tree(pass);
	r = level(x, pass, l, w, e);
	if (r < 0 || l->found == 0)
		return r;
	for (uint32_t i = 0; i <= l->most - l->least && r == 0; i++) {
		l->now = from_above(pass) ? l->least + i : l->most - i;
		r = level(x, pass, l, w, e);
		/* children need what was collected so far */
		if (r == 0 && l->least != l->most)
			r = export_flush(x, e);
	}
	return r;
}

int
export_walk(struct export *x, enum export_pass pass,
    const struct export_walker *w, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct levels l = {.arena = a};

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	return export_pass_empty(x, pass) ? 0 : walk_levels(x, pass, &l, w, e);
}
