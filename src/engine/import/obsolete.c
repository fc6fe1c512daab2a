/* engine/import/obsolete.c -- what is gone from the directory, and the guard
 * against a source that suddenly knows nothing (docs/engine/model.md 5.1). */
#include <stdio.h>

#include "base/clock.h"
#include "engine/import/import_int.h"
#include "store/tower.h"

/* An add that was sent, and is not there: to be sent again. */
static int
add_did_not_happen(struct import *im, struct cs_object *o, struct err *e)
{
	bool was_told = o->unconfirmed.op != DELTA_NONE;
	struct attrs none = {0};
	int r;

	o->flags &= ~(unsigned)CS_IN_CD;
	if (o->mv == 0)
		return cs_remove(im->store, o->id, e);
	r = confirm_export(im, o, &none, o->dn, e);
	if (r < 0)
		return r;
	o->anchor = (struct text){0};
	o->unapplied.op = DELTA_ADD;
	if (!was_told)
		o->flags &= ~(unsigned)CS_NOT_REIMPORTED;
	return cs_put(im->store, o, CS_EXPORT, e);
}

static bool
has_sent(const struct cs_object *o, enum delta_op op)
{
	return o->escrowed.op == op || o->unconfirmed.op == op;
}

/* It is gone because we deleted it, or was never there. */
static bool
is_expected(const struct cs_object *o)
{
	return has_sent(o, DELTA_DELETE) ||
	       (o->import_ms == 0 && has_sent(o, DELTA_ADD));
}

int
stage_gone(
    struct import *im, struct cs_object *o, enum delta_op op, struct err *e)
{
	unsigned parts = IMPORT_PARTS;
	int r;

	if (o->import_ms == 0 && has_sent(o, DELTA_ADD))
		return add_did_not_happen(im, o, e);
	r = is_expected(o) ? 0 : step_object(im->step, true, e);
	if (r < 0)
		return r;
	step_count(im->step, "stage-delete", TEXT(""));
	if ((o->flags & CS_TRANSIENT) != 0 && !tower_gives_name(o) &&
	    im->transients != 0)
		im->transients--;
	if (o->mv == 0 &&
	    (has_sent(o, DELTA_DELETE) || o->import.op == DELTA_ADD))
		return cs_remove(im->store, o->id, e);
	if (o->import.op == DELTA_ADD || o->import.op == DELTA_DELETE_ADD) {
		o->image = (struct attrs){0};
		o->import = (struct delta){0};
	}
	o->import.op = op;
	o->import_ms = clock_now_ms();
	o->flags &= ~(unsigned)(CS_IN_CD | CS_TRANSIENT);
	o->unapplied = o->escrowed = o->unconfirmed = (struct delta){0};
	r = cs_refs_update(im->store, o->id, LAYER_BITS, 0, LAYER_BITS, e);
	if (r < 0)
		return r;
	return cs_put(im->store, o, parts, e);
}

static struct cs_walk
walk_of(const struct import *im)
{
	return (struct cs_walk){.connector = im->connector,
	    .partition = im->partition,
	    .which = CS_EVERY};
}

/* How many objects were not seen, and of those how many would be lost that we
 * did not delete ourselves. */
static int
count_lost(
    struct import *im, uint64_t *out_unseen, uint64_t *out, struct err *e)
{
	struct ids ids = {.id = im->page, .max = IMPORT_PAGE};
	struct cs_walk w = walk_of(im);
	uint64_t lost = 0;
	int r;

	do {
		r = cs_unseen(im->store, &w, &im->seen, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++) {
			struct cs_object o;

			arena_reset(im->arena);
			r = cs_get(im->store, im->arena, ids.id[i], 0, &o, e);
			lost += r == 0 && !is_expected(&o);
		}
		*out_unseen += ids.count;
	} while (r == 0 && ids.count != 0);
	*out = lost;
	return r;
}

static void
print_limit(const struct import_guard *g, char *out, size_t size)
{
	if (g->percent > 100)
		(void)snprintf(out, size, "any share");
	else
		(void)snprintf(out, size, "%u %% and %llu objects", g->percent,
		    (unsigned long long)g->minimum);
}

static int
check_guard(struct import *im, uint64_t *out_unseen, struct err *e)
{
	const struct import_guard *g = &im->job->guard;
	uint64_t lost = 0, held;
	char limit[64];
	int r = count_lost(im, out_unseen, &lost, e);

	if (r < 0 || lost == 0 || g->acked)
		return r;
	held = im->known + lost;
	print_limit(g, limit, sizeof(limit));
	if (im->read != 0 &&
	    (lost <= g->minimum || lost * 100 <= (uint64_t)g->percent * held))
		return 0;
	step_stop(im->step, "stopped-deletion-threshold-exceeded",
	    "%.*s of %.*s: %llu objects were read; %llu of the %llu known "
	    "are missing (the guard allows %s, and never an empty answer): "
	    "taken for a fault of the source, nothing is "
	    "deleted. Check base, containers and rights of the connector; if "
	    "the objects are really gone: causeway guard ack %.*s",
	    TEXT_ARGS(im->job->partition), TEXT_ARGS(im->step->connector_name),
	    (unsigned long long)im->read, (unsigned long long)lost,
	    (unsigned long long)held, limit,
	    TEXT_ARGS(im->step->connector_name));
	return err_set(e, ERR_GUARD, "%s", im->step->detail);
}

static int
obsolete_page(struct import *im, const struct ids *ids, struct err *e)
{
	int r = store_begin(im->store, e);

	for (size_t i = 0; i < ids->count && r == 0; i++) {
		struct cs_object o;

		arena_reset(im->arena);
		r = cs_get(im->store, im->arena, ids->id[i],
		    IMPORT_PARTS | CS_LINEAGE, &o, e);
		if (r == 0)
			r = stage_gone(im, &o, DELTA_OBSOLETE, e);
	}
	if (r == 0)
		r = store_commit(im->store, e);
	else if (step_is_full(im->step, r))
		r = store_commit(im->store, NULL) < 0 ? ERR_STORE : r;
	else
		store_rollback(im->store);
	return r;
}

/* Adds whose fate was not known, and that this import did not show. */
static int
resolve_adds(struct import *im, struct err *e)
{
	struct ids ids = {.id = im->page, .max = IMPORT_PAGE};
	struct cs_walk w = {.connector = im->connector, .which = CS_UNCERTAIN};
	int r = store_begin(im->store, e);

	if (r < 0)
		return r;
	do {
		r = cs_next(im->store, &w, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++) {
			struct cs_object o;

			arena_reset(im->arena);
			if (idset_has(&im->seen, ids.id[i]))
				continue;
			r = cs_get(im->store, im->arena, ids.id[i],
			    IMPORT_PARTS | CS_LINEAGE, &o, e);
			if (r == 0 && o.import_ms == 0 &&
			    o.escrowed.op == DELTA_ADD)
				r = add_did_not_happen(im, &o, e);
		}
	} while (r == 0 && ids.count != 0);
	if (r == 0)
		return store_commit(im->store, e);
	store_rollback(im->store);
	return r;
}

int
import_obsolete(struct import *im, struct err *e)
{
	struct ids ids = {.id = im->page, .max = IMPORT_PAGE};
	struct cs_walk w = walk_of(im);
	uint64_t done = 0, unseen = 0;
	int r = check_guard(im, &unseen, e);

	while (r == 0 && unseen != 0) {
		r = cs_unseen(im->store, &w, &im->seen, &ids, e);
		if (r < 0 || ids.count == 0)
			break;
		r = obsolete_page(im, &ids, e);
		done += ids.count;
		step_progress(im->step, "completing-obsoletion", done, 0);
		if (r == 0)
			r = step_check(im->step, e);
	}
	return r < 0 ? r : resolve_adds(im, e);
}
