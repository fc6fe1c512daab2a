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
	int r = settle_gone(im, o, e);

	o->flags &= ~(unsigned)CS_IN_CD;
	if (r < 0)
		return r;
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

/* No synchronisation has to hear of it: it is linked to nothing, and it is no
 * group whose members may be in scope because of it. */
static int
concerns_nobody(
    struct import *im, const struct cs_object *o, bool *out, struct err *e)
{
	uint32_t member = names_find(store_names(im->store), TEXT("member"));
	bool any = false;
	int r = 0;

	*out = o->mv == 0 && has_sent(o, DELTA_DELETE);
	if (*out || o->mv != 0 || o->import.op != DELTA_ADD)
		return 0;
	if (member != 0)
		r = cs_refs_any(im->store, o->id, member, REF_IMAGE, &any, e);
	*out = !any;
	return r;
}

int
stage_gone(
    struct import *im, struct cs_object *o, enum delta_op op, struct err *e)
{
	unsigned parts = IMPORT_PARTS;
	bool nobody;
	int r;

	if (o->import_ms == 0 && has_sent(o, DELTA_ADD))
		return add_did_not_happen(im, o, e);
	r = is_expected(o) ? 0 : step_object(im->step, true, e);
	if (r == 0)
		r = settle_gone(im, o, e);
	if (r < 0)
		return r;
	step_count(im->step, "stage-delete", TEXT(""));
	if ((o->flags & CS_TRANSIENT) != 0 && !tower_gives_name(o) &&
	    im->transients != 0)
		im->transients--;
	r = concerns_nobody(im, o, &nobody, e);
	if (r < 0 || nobody)
		return r < 0 ? r : cs_remove(im->store, o->id, e);
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

/* What was not seen: objects, of those the ones that we did not delete
 * ourselves, and the containers that they lay in. */
struct losses {
	uint64_t unseen, lost;
	struct emptied *where;
};

static int
count_page(
    struct import *im, const struct ids *ids, struct losses *l, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < ids->count && r == 0; i++) {
		struct cs_object o;

		arena_reset(im->arena);
		r = cs_get(im->store, im->arena, ids->id[i], 0, &o, e);
		if (r < 0 || is_expected(&o))
			continue;
		l->lost++;
		r = emptied_note(l->where, &o, e);
	}
	return r;
}

static int
count_lost(struct import *im, struct losses *l, struct err *e)
{
	struct ids ids = {.id = im->page, .max = IMPORT_PAGE};
	struct cs_walk w = walk_of(im);
	int r;

	do {
		r = cs_unseen(im->store, &w, &im->seen, &ids, e);
		if (r == 0)
			r = count_page(im, &ids, l, e);
		l->unseen += ids.count;
	} while (r == 0 && ids.count != 0);
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

/* In one sentence what happened. */
static void
tell_cause(const struct import *im, const struct losses *l, size_t emptied,
    struct buf *b)
{
	struct text source = im->step->connector_name;

	if (im->job->conn == NULL)
		buf_printf(b,
		    "the base of %.*s changed: %.*s is no longer read%s%.*s",
		    TEXT_ARGS(source), TEXT_ARGS(im->job->partition),
		    im->job->base_now.len != 0 ? ", now it is " : "",
		    TEXT_ARGS(im->job->base_now));
	else if (im->read == 0)
		buf_printf(b, "%.*s answered with nothing", TEXT_ARGS(source));
	else if (emptied != 0)
		emptied_tell(l->where, b);
	else
		buf_printf(b, "%.*s answered with less than it had",
		    TEXT_ARGS(source));
}

static int
stop_all(
    struct import *im, const struct losses *l, size_t emptied, struct err *e)
{
	uint64_t held = im->known + l->lost;
	char limit[64];
	struct buf b;

	buf_init(&b, 4096);
	tell_cause(im, l, emptied, &b);
	print_limit(&im->job->guard, limit, sizeof(limit));
	step_stop(im->step, "stopped-deletion-threshold-exceeded",
	    "%.*s: %llu objects were read; %llu of the %llu known are missing "
	    "(the guard allows %s, and never an empty answer): taken for a "
	    "fault of the source, nothing is deleted. Check base, containers "
	    "and rights; if the objects are really gone: causeway guard ack "
	    "%.*s --reason WHY",
	    TEXT_ARGS(buf_text(&b)), (unsigned long long)im->read,
	    (unsigned long long)l->lost, (unsigned long long)held, limit,
	    TEXT_ARGS(im->step->connector_name));
	buf_clear(&b);
	import_fault(im);
	return err_type(e, ERR_GUARD, "source-shrunk", "%s", im->step->detail);
}

static bool
is_too_much(const struct import *im, const struct losses *l)
{
	const struct import_guard *g = &im->job->guard;
	uint64_t held = im->known + l->lost;

	return im->read == 0 ||
	       (l->lost > g->minimum &&
		   l->lost * 100 > (uint64_t)g->percent * held);
}

/* ERR_GUARD: nothing is to be obsoleted. */
static int
check_guard(struct import *im, struct losses *l, struct err *e)
{
	size_t emptied = 0;
	int r = count_lost(im, l, e);

	if (r < 0 || l->lost == 0)
		return r;
	r = emptied_judge(l->where, &emptied, e);
	if (r == 0 && im->job->guard.acked) {
		im->ack_used =
		    im->ack_used || emptied != 0 || is_too_much(im, l);
		emptied_allow(l->where);
	} else if (r == 0 && is_too_much(im, l)) {
		r = stop_all(im, l, emptied, e);
	}
	return r;
}

/* Objects of containers that lost all they had stay, unless we deleted them. */
static bool
is_held(const struct losses *l, const struct cs_object *o)
{
	return !is_expected(o) && emptied_holds(l->where, o->dn_key);
}

static int
obsolete_page(struct import *im, const struct ids *ids, const struct losses *l,
    struct err *e)
{
	int r = store_begin(im->store, e);

	for (size_t i = 0; i < ids->count && r == 0; i++) {
		struct cs_object o;

		arena_reset(im->arena);
		r = cs_get(im->store, im->arena, ids->id[i],
		    IMPORT_PARTS | CS_LINEAGE, &o, e);
		if (r == 0 && !is_held(l, &o))
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

static int
obsolete_all(struct import *im, const struct losses *l, struct err *e)
{
	struct ids ids = {.id = im->page, .max = IMPORT_PAGE};
	struct cs_walk w = walk_of(im);
	uint64_t done = 0;
	int r = 0;

	while (r == 0 && l->unseen != 0) {
		r = cs_unseen(im->store, &w, &im->seen, &ids, e);
		if (r < 0 || ids.count == 0)
			break;
		r = obsolete_page(im, &ids, l, e);
		done += ids.count;
		step_progress(im->step, "completing-obsoletion", done, 0);
		if (r == 0)
			r = step_check(im->step, e);
	}
	return r;
}

int
import_obsolete(struct import *im, struct err *e)
{
	struct losses l = {0};
	int r;

	im->by_seen = true;
	l.where = emptied_new(im);
	if (l.where == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = check_guard(im, &l, e);
	if (r == 0)
		r = obsolete_all(im, &l, e);
	if (r == 0)
		r = resolve_adds(im, e);
	if (r == 0)
		r = emptied_stop(l.where, e);
	l.where = emptied_free(l.where);
	return r;
}

/* ---- What a delta told to be gone ---- */

struct told_gone {
	struct import *im;
	struct losses l;
	bool all; /* too much: none of it is believed */
};

static int
each_gone(struct told_gone *t,
    int (*each)(struct told_gone *t, struct cs_object *o, struct err *e),
    struct err *e)
{
	struct import *im = t->im;
	struct ids ids = {.id = im->page, .max = IMPORT_PAGE};
	struct cs_walk w = walk_of(im);
	int r;

	w.which = CS_IMPORT_DELETE;
	do {
		r = cs_next(im->store, &w, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++) {
			struct cs_object o;

			arena_reset(im->arena);
			r = cs_get(im->store, im->arena, ids.id[i],
			    IMPORT_PARTS | CS_LINEAGE, &o, e);
			if (r == 0)
				r = each(t, &o, e);
		}
	} while (r == 0 && ids.count != 0);
	return r;
}

static int
note_gone(struct told_gone *t, struct cs_object *o, struct err *e)
{
	if (!import_is_new(t->im, o))
		return 0;
	t->l.lost++;
	return emptied_note(t->l.where, o, e);
}

/* It is there as before, and synchronised again; what waited to be written to
 * it is decided anew. */
static int
bring_back(struct told_gone *t, struct cs_object *o, struct err *e)
{
	if (o->image.count == 0 || !import_is_new(t->im, o) ||
	    (!t->all && !emptied_holds(t->l.where, o->dn_key)))
		return 0;
	o->import.op = DELTA_UPDATE;
	o->flags |= CS_IN_CD;
	return cs_put(t->im->store, o, IMPORT_PARTS | CS_LINEAGE, e);
}

static int
bring_all_back(struct told_gone *t, struct err *e)
{
	int r = store_begin(t->im->store, e);

	if (r < 0)
		return r;
	r = each_gone(t, bring_back, e);
	if (r == 0)
		return store_commit(t->im->store, e);
	store_rollback(t->im->store);
	return r;
}

static int
judge_gone(struct told_gone *t, struct err *e)
{
	struct import *im = t->im;
	struct cs_walk w = walk_of(im);
	uint64_t known = 0;
	size_t emptied = 0;
	int r = each_gone(t, note_gone, e);

	if (r == 0)
		r = cs_count(im->store, &w, &known, e);
	if (r == 0)
		r = emptied_judge(t->l.where, &emptied, e);
	if (r < 0 || t->l.lost <= im->job->guard.minimum)
		return r;
	im->known = known - t->l.lost;
	im->read += im->known; /* a delta need not tell of them */
	t->all = is_too_much(im, &t->l);
	if (!t->all && emptied == 0)
		return 0;
	if (im->job->guard.acked) {
		im->ack_used = true;
		return 0;
	}
	r = bring_all_back(t, e);
	if (r == 0 && t->all)
		r = stop_all(im, &t->l, emptied, e);
	return r == 0 ? emptied_stop(t->l.where, e) : r;
}

int
import_told_gone(struct import *im, struct err *e)
{
	struct told_gone t = {.im = im};
	struct cs_walk w = walk_of(im);
	uint64_t n = 0;
	int r;

	w.which = CS_IMPORT_DELETE;
	r = cs_count(im->store, &w, &n, e);
	if (r < 0 || n <= im->job->guard.minimum)
		return r;
	t.l.where = emptied_new(im);
	if (t.l.where == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = judge_gone(&t, e);
	t.l.where = emptied_free(t.l.where);
	return r;
}
