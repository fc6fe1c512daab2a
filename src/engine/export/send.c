/*
 * engine/export/send.c -- a batch: noted as sent and committed, then sent, then
 * its answers committed.  A process that dies between the two leaves objects
 * whose export is uncertain; an import tells.
 *
 * Where the connector works in pieces one batch is in the air while the answers
 * of the one before are kept and the next is collected and noted; it is sent
 * when the one in the air has all of its answers, so that what follows from
 * those holds for it.  The answers and what is noted next are one commit: a
 * process that dies before it leaves two batches uncertain.
 */
#include <malloc.h>

#include "engine/export/export_int.h"

#define FLIGHT_LARGE ((size_t)8 << 20) /* alone in memory */

/* The rows that are part of the item move with it. */
static int
escrow_refs(struct export *x, const struct built *b, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < b->ref_count && r == 0; i++) {
		const struct cs_ref *ref = &b->refs[i];
		struct ref_key key = {b->o.id, ref->name, ref->target};
		bool add = (ref->bits & REF_UNAPPLIED_ADD) != 0;

		if (!b->sent_ref[i])
			continue;
		r = cs_ref_set(x->store, key,
		    add ? REF_ESCROWED_ADD : REF_ESCROWED_DEL,
		    REF_UNAPPLIED_ADD | REF_UNAPPLIED_DEL, e);
	}
	return r;
}

static int
escrow(struct export *x, struct built *b, struct err *e)
{
	int r;

	/* without what gates hold, which stays */
	b->o.escrowed = b->o.unapplied;
	b->o.escrowed.op = b->item.op;
	b->o.unapplied = b->kept;
	r = cs_put(x->store, &b->o, CS_EXPORT, e);
	if (r == 0)
		r = escrow_refs(x, b, e);
	return r < 0 ? r : export_gates_sending(x, b, e);
}

static const struct connector_ops *
ops_of(const struct export *x)
{
	return x->job->kind->ops;
}

void
export_pump(struct export *x)
{
	if (x->air != NULL && x->air->waits)
		ops_of(x)->export_pump(x->job->conn);
}

static int
escrow_items(struct export *x, struct err *e)
{
	int r = export_journal_run(x, e);

	for (size_t i = 0; i < x->now->count && r == 0; i++) {
		r = escrow(x, &x->now->batch[i], e);
		export_pump(x);
	}
	return r;
}

static bool
is_large(const struct arena *a)
{
	return arena_held(a) > FLIGHT_LARGE;
}

/* In a transaction that has nothing else in it: a save point keeps in memory
 * what was there before, 5 MB for a group of 250,000. */
static int
escrow_alone(struct export *x, struct err *e)
{
	int r = store_begin(x->store, e);

	if (r == 0)
		r = store_commit(x->store, e); /* the answers before */
	if (r == 0)
		r = store_begin(x->store, e);
	if (r == 0)
		r = escrow_items(x, e);
	if (r == 0)
		return store_commit(x->store, e);
	store_rollback(x->store);
	return r;
}

/* Answers that were kept before stay, whatever fails here. */
static int
escrow_batch(struct export *x, struct err *e)
{
	int r;

	if (is_large(x->arena))
		return escrow_alone(x, e);
	r = store_begin(x->store, e);
	if (r == 0)
		r = store_save(x->store, e);
	if (r == 0)
		r = escrow_items(x, e);
	if (r == 0)
		r = store_release(x->store, e);
	if (r == 0)
		return store_commit(x->store, e);
	if (store_undo(x->store, NULL) < 0 || store_commit(x->store, NULL) < 0)
		store_rollback(x->store);
	return r;
}

/* ---- With the connector ---- */

static void
take_off(struct export *x, struct flight *f)
{
	struct connector *conn = x->job->conn;
	const struct connector_ops *ops = ops_of(x);

	for (size_t i = 0; i < f->count; i++) {
		f->items[i] = f->batch[i].item;
		f->results[i] = (struct export_result){.adopted = false};
	}
	x->began = true;
	f->why = (struct err){0};
	f->sent =
	    ops->export_start != NULL
		? ops->export_start(
		      conn, f->items, f->count, f->results, &f->why)
		: ops->export(conn, f->items, f->count, f->results, &f->why);
	f->waits = ops->export_start != NULL && f->sent == 0;
}

/* Items that the connector did not get to, when it had to stop. */
static void
await(struct export *x, struct flight *f)
{
	if (f->waits)
		f->sent = ops_of(x)->export_finish(x->job->conn, &f->why);
	f->waits = false;
	for (size_t i = 0; i < f->count; i++)
		if (f->results[i].status == 0)
			f->results[i].status = EXPORT_UNCERTAIN;
}

/* Noted as sent, and not sent: the one before it was the last. */
static void
put_off(struct flight *f, const struct flight *before)
{
	for (size_t i = 0; i < f->count; i++)
		f->results[i] = (struct export_result){.status = EXPORT_RETRY};
	f->sent = before->sent;
	f->why = before->why;
}

/* ---- Answers ---- */

/* Where another one is in the air already, there will be another commit. */
static int
commit_results(struct export *x, const struct flight *other, struct err *e)
{
	return other != NULL && other->waits ? store_commit_later(x->store, e)
					     : store_commit(x->store, e);
}

static int
store_results(
    struct export *x, struct flight *f, struct flight *other, struct err *e)
{
	int r = store_begin(x->store, e);

	for (size_t i = 0; i < f->count && r == 0; i++) {
		r = export_result_store(x, &f->batch[i], &f->results[i], e);
		if (other != NULL && other->waits)
			ops_of(x)->export_pump(x->job->conn);
	}
	if (r == 0)
		return commit_results(x, other, e);
	if (step_is_full(x->step, r))
		return store_commit(x->store, NULL) < 0 ? ERR_STORE : r;
	store_rollback(x->store);
	return r;
}

/* Its answers are kept; what the connector said of all of it is said last. */
static int
record(struct export *x, struct flight *f, struct flight *other, struct err *e)
{
	bool large = is_large(f->arena);
	int r;

	if (f->count == 0)
		return 0;
	r = store_results(x, f, other, e);
	x->sent += f->count;
	x->done += f->count;
	f->count = 0;
	arena_reset(f->arena);
	if (large)
		(void)malloc_trim(0);
	step_progress(x->step, "export", x->done, x->total);
	if (r == 0 && f->sent < 0 && e != NULL)
		*e = f->why;
	return r < 0 ? r : f->sent;
}

int
export_land(struct export *x, struct err *e)
{
	int r;

	await(x, x->air);
	r = record(x, x->air, NULL, e);
	return r == 0 ? step_check(x->step, e) : r;
}

int
export_give_up(struct export *x, int r)
{
	struct err unheard = {0};
	int landed = x->air->count != 0 ? export_land(x, &unheard) : 0;

	return landed < 0 && r == 0 ? landed : r;
}

/* ---- A batch ---- */

/* The one in the air has all answers: the next is sent, before they are kept.
 */
static int
relieve(struct export *x, struct err *e)
{
	struct flight *next = x->now, *last = x->air;
	int r;

	await(x, last);
	if (last->count != 0 && last->sent < 0)
		put_off(next, last);
	else
		take_off(x, next);
	r = record(x, last, next, e);
	x->now = last;
	x->air = next;
	x->arena = last->arena;
	return r;
}

int
export_send(struct export *x, struct err *e)
{
	bool large = is_large(x->arena);
	int r = escrow_batch(x, e);

	if (r == 0)
		r = relieve(x, e);
	if (r == 0)
		r = step_check(x->step, e);
	/* a group of 250,000 is not built beside another one */
	if (r == 0 && (large || !x->air->waits))
		return export_land(x, e);
	return r < 0 ? export_give_up(x, r) : r;
}

int
export_flush(struct export *x, struct err *e)
{
	int r = 0;

	if (x->now == NULL)
		return 0; /* it only looks */
	if (x->now->count != 0)
		r = export_send(x, e);
	return r == 0 && x->air->count != 0 ? export_land(x, e) : r;
}

/* ---- The two that take turns ---- */

int
flight_init(struct flight *f, uint32_t items, size_t memory)
{
	f->arena = arena_new(memory);
	f->batch = calloc(items, sizeof(*f->batch));
	f->items = calloc(items, sizeof(*f->items));
	f->results = calloc(items, sizeof(*f->results));
	return f->arena != NULL && f->batch != NULL && f->items != NULL &&
		       f->results != NULL
		   ? 0
		   : ERR_NOMEM;
}

void
flight_clear(struct flight *f)
{
	f->arena = arena_free(f->arena);
	free(f->batch);
	free(f->items);
	free(f->results);
}
