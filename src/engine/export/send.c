/* engine/export/send.c -- a batch: noted as sent and committed, then sent,
 * then its answers committed.  A process that dies between the two leaves
 * objects whose export is uncertain; an import tells. */
#include "engine/export/export_int.h"

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

static int
escrow_batch(struct export *x, struct err *e)
{
	int r = store_begin(x->store, e);

	if (r == 0)
		r = export_journal_run(x, e);
	for (size_t i = 0; i < x->count && r == 0; i++)
		r = escrow(x, &x->batch[i], e);
	if (r == 0)
		return store_commit(x->store, e);
	store_rollback(x->store);
	return r;
}

/* Items that the connector did not get to, when it had to stop. */
static void
fill_missing(struct export *x)
{
	for (size_t i = 0; i < x->count; i++)
		if (x->results[i].status == 0)
			x->results[i].status = EXPORT_UNCERTAIN;
}

static int
call_connector(struct export *x, struct err *e)
{
	struct export_item *items =
	    arena_array(x->arena, x->count, sizeof(*items));

	if (items == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < x->count; i++) {
		items[i] = x->batch[i].item;
		x->results[i] = (struct export_result){.adopted = false};
	}
	x->began = true;
	return x->job->kind->ops->export(
	    x->job->conn, items, x->count, x->results, e);
}

static int
store_results(struct export *x, struct err *e)
{
	int r = store_begin(x->store, e);

	for (size_t i = 0; i < x->count && r == 0; i++)
		r = export_result_store(x, &x->batch[i], &x->results[i], e);
	if (r == 0)
		return store_commit(x->store, e);
	if (step_is_full(x->step, r))
		return store_commit(x->store, NULL) < 0 ? ERR_STORE : r;
	store_rollback(x->store);
	return r;
}

int
export_flush(struct export *x, struct err *e)
{
	struct err why = {0};
	int sent, r;

	if (x->count == 0)
		return 0;
	r = escrow_batch(x, e);
	if (r < 0)
		return r;
	sent = call_connector(x, &why);
	fill_missing(x);
	r = store_results(x, e);
	x->sent += x->count;
	x->done += x->count;
	x->count = 0;
	arena_reset(x->arena);
	step_progress(x->step, "export", x->done, x->total);
	if (r < 0)
		return r;
	if (sent < 0 && e != NULL)
		*e = why;
	return sent < 0 ? sent : step_check(x->step, e);
}
