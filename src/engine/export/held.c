/* engine/export/held.c -- what gates hold of an export: looked up before it,
 * counted while it goes on. */
#include <stdio.h>

#include "engine/export/export_int.h"

/* ---- Before the first pass ---- */

static int
build_alone(struct export *x, void *ctx, int64_t id, struct err *e)
{
	struct built b;

	(void)ctx;
	arena_reset(x->arena);
	return export_build(x, id, x->arena, &b, e);
}

/* An add is held by a gate, or because it gets the name of one whose deletion
 * is held. */
static bool
may_hold_adds(const struct export *x)
{
	bool may = x->held_pair.bits != 0;

	for (size_t i = 0; i < x->job->gate_count; i++)
		may = may || !x->job->gates[i].adds_go;
	return may;
}

/* Building an add that is held notes it.  Deletions that give up their name
 * come first, as they do in the export. */
int
export_gates_prepare(struct export *x, struct err *e)
{
	const struct export_walker w = {.object = build_alone};
	bool looking = x->looking;
	int r = 0;

	if (x->job->gate_count == 0)
		return 0;
	x->looking = true; /* with all references */
	r = export_walk(x, PASS_YIELD, &w, e);
	if (r == 0 && may_hold_adds(x)) {
		r = export_walk(x, PASS_ADD, &w, e);
		if (r == 0)
			r = export_walk(x, PASS_ADD_LATE, &w, e);
	}
	x->looking = looking;
	arena_reset(x->arena);
	return r;
}

/* ---- Against the threshold ---- */

struct deletes {
	uint64_t *count;
};

static int
count_delete(struct export *x, void *ctx, int64_t id, struct err *e)
{
	const struct deletes *d = ctx;
	struct built b;
	int r;

	arena_reset(x->arena);
	r = export_build(x, id, x->arena, &b, e);
	if (r == 0 && b.state != BUILT_HELD)
		(*d->count)++;
	return r;
}

int
export_gates_deletes(struct export *x, uint64_t *out, struct err *e)
{
	struct export_gate settled[GATES_MAX];
	struct export_job job = *x->job;
	const struct export_job *whole = x->job;
	struct deletes d = {out};
	const struct export_walker w = {.object = count_delete, .ctx = &d};
	int r;

	job.gates = settled;
	job.gate_count = 0;
	for (size_t i = 0; i < whole->gate_count; i++)
		if (whole->gates[i].settled)
			settled[job.gate_count++] = whole->gates[i];
	*out = x->pending.deletes;
	if (job.gate_count == 0)
		return 0;
	*out = 0;
	x->job = &job;
	r = export_walk(x, PASS_YIELD, &w, e);
	if (r == 0)
		r = export_walk(x, PASS_DELETE, &w, e);
	x->job = whole;
	arena_reset(x->arena);
	return r;
}

/* ---- Counting ---- */

static void
note_code(struct step *s, const struct built *b)
{
	if (s->held_code != 0 || b->held_code == 0)
		return;
	s->held_code = b->held_code;
	(void)snprintf(s->held, sizeof(s->held), "%.*s",
	    (int)sizeof(s->held) - 1, b->holds.holds[0].text.data);
}

/* The same reason once for an object. */
static bool
told_before(const struct built *b, size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (text_equal(b->holds.holds[i].text, b->holds.holds[at].text))
			return true;
	return false;
}

bool
export_holds_errors(const struct built *b)
{
	for (size_t i = 0; i < b->holds.count; i++)
		if (b->holds.holds[i].is_error)
			return true;
	return false;
}

static int
put_errors(struct export *x, const struct built *b, struct err *e)
{
	const struct names *names = store_names(x->store);
	int r = cs_set_flags(x->store, b->o.id, CS_EXPORT_ERROR, 0, e);

	for (size_t i = 0; i < b->holds.count && r == 0; i++) {
		const struct gate_hold *h = &b->holds.holds[i];
		struct step_where at = {.stage = ERROR_EXPORT,
		    .algorithm_step = "export",
		    .cs = b->o.id,
		    .dn = b->o.dn,
		    .attribute = names_text(names, h->name)};
		struct err why = {0};

		if (!h->is_error)
			continue;
		(void)err_type(
		    &why, ERR_REJECTED, h->code, "%.*s", TEXT_ARGS(h->text));
		r = step_error(x->step, &at, &why, e);
	}
	return r;
}

/* A bad value is an error of its object, though the rest of it goes. */
static int
note_errors(struct export *x, const struct built *b, struct err *e)
{
	int r = store_begin(x->store, e);

	if (r < 0)
		return r;
	r = put_errors(x, b, e);
	if (r == 0)
		return store_commit(x->store, e);
	store_rollback(x->store);
	return r;
}

int
export_gates_tell(struct export *x, const struct built *b,
    struct reasons *reasons, struct err *e)
{
	int r;

	if (b->holds.count == 0)
		return 0;
	r = idset_add(&x->held, b->o.id);
	if (r <= 0)
		return r < 0 ? err_set(e, r, "out of memory") : 0;
	if (b->state == BUILT_HELD) {
		x->step->held_objects++;
		step_count(x->step, "export-held", TEXT(""));
	} else {
		x->step->held_changes += b->held.count;
		step_add(x->step, "export-held-attribute", TEXT(""),
		    b->held.count + (b->held.new_dn.len != 0));
	}
	note_code(x->step, b);
	for (size_t i = 0; i < b->holds.count; i++)
		if (!b->holds.holds[i].is_error && !told_before(b, i))
			reasons_add(reasons, b->holds.holds[i].text.data);
	return export_holds_errors(b) ? note_errors(x, b, e) : 0;
}
