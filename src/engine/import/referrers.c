/*
 * engine/import/referrers.c -- an object that comes back (docs/engine/model.md
 * 5.2.8).
 *
 * Who referred to it when it went still points to what it left behind, and the
 * directory may have dropped those values or kept them: it tells neither in a
 * delta.  So they are read again, once, at the end of the batch.
 */
#include "engine/import/import_int.h"

#define REFERRERS_MAX 100000U

/* 1: added, 0: was there. */
static int
referrer_add(struct import *im, int64_t id)
{
	struct referrers *l = &im->referrers;
	size_t room = l->room != 0 ? l->room * 2 : 64;
	int64_t *list;
	int r = idset_add(&l->known, id);

	if (r <= 0)
		return r;
	if (l->count == l->room) {
		list = realloc(l->list, room * sizeof(*list));
		if (list == NULL)
			return ERR_NOMEM;
		l->list = list;
		l->room = room;
	}
	l->list[l->count++] = id;
	return 1;
}

bool
import_came_back(const struct import *im, const struct cs_object *o)
{
	if (!im->job->delta || im->job->ops->read_object == NULL || o->id == 0)
		return false;
	if (o->kind == CS_PLACEHOLDER)
		return o->anchor.len != 0;
	return o->import_ms != 0 && (o->flags & CS_IN_CD) == 0;
}

int
referrers_note(struct import *im, int64_t target, struct err *e)
{
	int64_t room[64];
	struct ids ids = {.id = room, .max = 64};
	int64_t after = 0;
	int r;

	do {
		r = cs_referrers(im->store, target, REF_IMAGE, after, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++) {
			after = ids.id[i];
			if (referrer_add(im, after) < 0)
				r = err_set(e, ERR_NOMEM, "out of memory");
		}
		if (im->referrers.count > REFERRERS_MAX)
			r = err_type(e, ERR_LIMIT,
			    "no-start-full-import-required",
			    "so many objects refer to what came back that "
			    "reading all is less work");
	} while (r == 0 && ids.count != 0);
	return r;
}

static int
read_again(struct import *im, int64_t id, struct err *e)
{
	const struct import_job *job = im->job;
	struct cs_object o = {0};
	struct entry which = {.kind = ENTRY_CHANGE}, whole = {.type = 0};
	int r = cs_get(im->store, im->arena, id, 0, &o, e);

	if (r < 0)
		return r == ERR_NOENT ? 0 : r;
	if (o.kind != CS_STAGING || (o.flags & CS_IN_CD) == 0)
		return 0;
	which.anchor = o.anchor;
	which.dn = o.dn;
	r = job->ops->read_object(
	    job->conn, &im->request, &which, im->arena, &whole, e);
	return r <= 0 ? r : stage_object(im, &whole, e);
}

/* What they refer to may have come back too: the list grows meanwhile. */
int
referrers_read(struct import *im, struct err *e)
{
	struct referrers *l = &im->referrers;
	int r = 0;

	for (size_t i = 0; i < l->count && r == 0; i++) {
		arena_reset(im->arena);
		r = read_again(im, l->list[i], e);
		if (r == ERR_REJECTED) /* told with its own change */
			r = 0;
	}
	l->count = 0;
	idset_clear(&l->known);
	return r;
}

void
referrers_clear(struct import *im)
{
	idset_clear(&im->referrers.known);
	free(im->referrers.list);
}
