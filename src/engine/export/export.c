/* engine/export/export.c -- the export step from threshold to result. */
#include "engine/export/export.h"

#include "engine/export/export_int.h"

#define BATCH_MEMORY ((size_t)1 << 30)
#define BATCH_FULL   ((size_t)32 << 20) /* sent though not complete */
#define REF_PASSES   8 /* references to what the pass before added */

/* ---- Before the first write ---- */

static int
check_threshold(struct export *x, struct err *e)
{
	uint64_t deletes = x->pending.deletes;
	int r;

	if (deletes <= x->job->max_deletions)
		return 0;
	r = export_gates_deletes(x, &deletes, e);
	if (r < 0 || deletes <= x->job->max_deletions)
		return r;
	step_stop(x->step, "stopped-deletion-threshold-exceeded",
	    "%llu deletions are staged for %.*s, more than the %llu %s: "
	    "nothing was sent. See them: causeway pending %.*s; then %s",
	    (unsigned long long)deletes, TEXT_ARGS(x->step->connector_name),
	    (unsigned long long)x->job->max_deletions,
	    x->job->directory_limit ? "that the directory allows" : "allowed",
	    TEXT_ARGS(x->step->connector_name),
	    x->job->directory_limit
		? "change its accidental deletion prevention"
		: "causeway guard set N");
	return err_set(e, ERR_GUARD, "%s", x->step->detail);
}

/* ---- Collecting ---- */

/* Why things are not sent: by their kind, and by gates. */
struct left_out {
	struct reasons never, held;
};

/* What can never be sent is marked, so that it waits no longer; a change of
 * the object, by synchronisation, unmarks it. */
static int
mark_unsupported(struct export *x, struct err *e)
{
	size_t n = x->unsupported_count;
	int r;

	x->unsupported_count = 0;
	if (n == 0)
		return 0;
	r = store_begin(x->store, e);
	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++)
		r = cs_set_flags(
		    x->store, x->unsupported[i], CS_UNSUPPORTED, 0, e);
	if (r == 0)
		return store_commit(x->store, e);
	store_rollback(x->store);
	return r;
}

/* One that is not sent; what was read of it is not kept. */
static int
leave_out(struct export *x, const struct built *b, struct left_out *out,
    struct err *e)
{
	int r = 0;

	if (b->state == BUILT_UNCERTAIN)
		x->uncertain++;
	if (b->state == BUILT_FORBIDDEN)
		reasons_add(&out->never, b->why.text);
	if (b->state == BUILT_UNSUPPORTED) {
		reasons_add(&out->never, b->why.text);
		x->unsupported[x->unsupported_count++] = b->o.id;
		if (x->unsupported_count == x->job->kind->export_batch)
			r = mark_unsupported(x, e);
	}
	if (r == 0 && x->now->count == 0)
		arena_reset(x->arena);
	return r;
}

/* Beyond the threshold of the run what was collected is sent, and no more. */
static int
take(struct export *x, const struct built *b, struct err *e)
{
	int r = step_object(x->step, false, e);

	if (r == 0 && b->item.op == DELTA_DELETE)
		r = step_object(x->step, true, e);
	if (r == 0)
		x->now->count++;
	if (r != ERR_GUARD)
		return r;
	x->full = true;
	return 0;
}

static int
collect(struct export *x, void *ctx, int64_t id, struct err *e)
{
	struct built *b = &x->now->batch[x->now->count];
	struct left_out *out = ctx;
	int r;

	if (idset_has(&x->tried, id))
		return 0;
	r = export_build(x, id, x->arena, b, e);
	if (r == 0)
		r = export_gates_tell(x, b, &out->held, e);
	if (r < 0)
		return r;
	if (b->state != BUILT_SEND)
		r = leave_out(x, b, out, e);
	else if (!x->full)
		r = take(x, b, e);
	if (r == 0 &&
	    (x->now->count == x->job->kind->export_batch ||
		(x->now->count != 0 && arena_held(x->arena) > BATCH_FULL)))
		r = export_send(x, e);
	return r;
}

static int
run_pass(struct export *x, enum export_pass pass, struct left_out *out,
    struct err *e)
{
	const struct export_walker w = {.object = collect, .ctx = out};
	int r;

	x->sent = 0;
	r = export_walk(x, pass, &w, e);
	if (r == 0)
		r = mark_unsupported(x, e);
	return r < 0 ? r : export_flush(x, e);
}

/* The directory hears that it was all. */
static int
say_end(struct export *x, struct err *e)
{
	const struct connector_ops *ops = x->job->kind->ops;

	return ops->export_end != NULL ? ops->export_end(x->job->conn, e) : 0;
}

static int
run_passes(struct export *x, struct left_out *out, struct err *e)
{
	static const enum export_pass order[] = {PASS_YIELD, PASS_ADD,
	    PASS_ADD_LATE, PASS_UPDATE, PASS_RENAME, PASS_DELETE};
	int r = 0;

	for (size_t i = 0;
	     i < sizeof(order) / sizeof(order[0]) && r == 0 && !x->full; i++) {
		r = run_pass(x, order[i], out, e);
		if (order[i] == PASS_ADD_LATE)
			places_clear(&x->adds); /* members want the room */
	}
	for (int i = 0; i < REF_PASSES && r == 0 && !x->full; i++) {
		r = run_pass(x, PASS_REFERENCE, out, e);
		if (x->sent == 0)
			break;
	}
	if (x->full)
		return r < 0 ? r : err_set(e, ERR_GUARD, "%s", x->step->detail);
	if (r == 0)
		r = export_left_refs(x, e);
	return r == 0 ? say_end(x, e) : r;
}

/* ---- The result ---- */

static void
print_left_out(const struct left_out *out, struct buf *b)
{
	reasons_print(&out->held, "held: ", b);
	if (b->len != 0 && out->never.count != 0)
		buf_puts(b, "; ");
	reasons_print(&out->never, "not sent: ", b);
}

static void
decide_result(
    struct export *x, const struct left_out *out, const struct err *why, int r)
{
	struct buf b;

	buf_init(&b, 4000);
	print_left_out(out, &b);
	if (r < 0) {
		step_stop(
		    x->step, step_failure(why, x->began), "%s", why->text);
	} else if (x->step->errors != 0) {
		step_stop(x->step, "completed-export-errors", "%s",
		    buf_text(&b).data);
	} else if (x->uncertain + x->retry != 0) {
		step_stop(x->step, "completed-warnings",
		    "%llu sent without an answer (the next import tells), "
		    "%llu put off by the directory%s%s",
		    (unsigned long long)x->uncertain,
		    (unsigned long long)x->retry, b.len != 0 ? "; " : "",
		    buf_text(&b).data);
	} else if (x->step->warnings != 0) {
		step_stop(x->step, "completed-warnings",
		    "%llu taken with a notice of the directory%s%s",
		    (unsigned long long)x->step->warnings,
		    b.len != 0 ? "; " : "", buf_text(&b).data);
	} else {
		step_stop(x->step,
		    x->step->held_code != 0 ? "completed-warnings" : "success",
		    "%s", buf_text(&b).data);
	}
	buf_clear(&b);
}

static int
prepare(struct export *x, struct err *e)
{
	uint32_t n = x->job->kind->export_batch;

	int r = 0;

	for (size_t i = 0; i < 2 && r == 0; i++)
		r = flight_init(&x->flights[i], n, BATCH_MEMORY);
	x->unsupported = calloc(n, sizeof(*x->unsupported));
	if (r < 0 || x->unsupported == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	x->arena = x->now->arena;
	return 0;
}

static void
finish(struct export *x)
{
	for (size_t i = 0; i < 2; i++)
		flight_clear(&x->flights[i]);
	free(x->unsupported);
	places_clear(&x->adds);
	idset_clear(&x->tried);
	idset_clear(&x->held);
	idset_clear(&x->held_adds);
	idset_clear(&x->held_pair);
}

int
export_run(const struct export_job *job, struct err *e)
{
	struct export x = {
	    .job = job,
	    .step = job->step,
	    .store = job->step->store,
	    .connector = job->step->connector,
	};
	struct left_out out = {0};
	struct err why = {0};
	int r;

	x.now = &x.flights[0];
	x.air = &x.flights[1];
	r = prepare(&x, &why);
	if (r == 0)
		r = cs_pending_count(x.store, x.connector, &x.pending, &why);
	x.total = x.pending.adds + x.pending.updates + x.pending.renames +
		  x.pending.deletes;
	if (r == 0)
		r = check_threshold(&x, &why);
	if (r == 0)
		r = export_gates_prepare(&x, &why);
	if (r == 0)
		r = run_passes(&x, &out, &why);
	if (r < 0)
		r = export_give_up(&x, r);
	decide_result(&x, &out, &why, r);
	finish(&x);
	if (r < 0 && e != NULL)
		*e = why;
	return r;
}
