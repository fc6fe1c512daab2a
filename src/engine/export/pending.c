/* engine/export/pending.c -- what an export would send, without sending. */
#include "engine/export/export_int.h"

/* The visitor, and objects that this export would add: references to them
 * are sent in its last pass, and so they are pending as well. */
struct looking {
	const struct export_visit *visit;
	uint64_t *uncertain;
};

/* What gates took out one after the other is one item again: nothing of it is
 * sent. */
static int
join_parts(struct arena *a, struct built *b)
{
	enum delta_op op = b->item.delta.op;
	int r = delta_merge(a, &b->held, &b->item.delta, &b->item.delta);

	b->item.delta.op = op;
	b->held = (struct delta){0};
	return r;
}

static int
look(struct export *x, void *ctx, int64_t id, struct err *e)
{
	const struct looking *l = ctx;
	struct export_seen seen;
	struct built b;
	int r;

	arena_reset(x->arena);
	r = export_build(x, id, x->arena, &b, e);
	if (r < 0)
		return r;
	switch (b.state) {
	case BUILT_NOTHING:
		return 0;
	case BUILT_UNCERTAIN:
		(*l->uncertain)++;
		return 0;
	case BUILT_UNSUPPORTED:
	case BUILT_FORBIDDEN:
		if (l->visit->unsupported != NULL)
			l->visit->unsupported(l->visit->ctx, b.why.text);
		return 0;
	case BUILT_HELD:
		r = join_parts(x->arena, &b);
		if (r < 0)
			return err_set(e, r, "out of memory");
		break;
	case BUILT_SEND:
		break;
	}
	seen = (struct export_seen){.item = &b.item,
	    .object = &b.o,
	    .is_held = b.state == BUILT_HELD,
	    .held = &b.held,
	    .holds = b.holds.holds,
	    .hold_count = b.holds.count};
	return l->visit->item(l->visit->ctx, &seen, e);
}

int
export_pending(const struct export_job *job, const struct export_visit *visit,
    uint64_t *out_uncertain, struct err *e)
{
	static const enum export_pass order[] = {PASS_YIELD, PASS_ADD,
	    PASS_ADD_LATE, PASS_UPDATE, PASS_RENAME, PASS_DELETE};
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct export x = {
	    .job = job,
	    .step = job->step,
	    .store = job->step->store,
	    .connector = job->step->connector,
	    .arena = a,
	    .looking = true,
	};
	struct looking l = {.visit = visit, .uncertain = out_uncertain};
	const struct export_walker w = {.object = look, .ctx = &l};
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*out_uncertain = 0;
	r = cs_pending_count(x.store, x.connector, &x.pending, e);
	if (r == 0)
		r = export_gates_prepare(&x, e);
	for (size_t i = 0; i < visit->only_count && r == 0; i++)
		r = look(&x, &l, visit->only[i], e);
	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]) && r == 0 &&
			   visit->only == NULL;
	     i++)
		r = export_walk(&x, order[i], &w, e);
	places_clear(&x.adds);
	idset_clear(&x.held_adds);
	idset_clear(&x.held_pair);
	return r;
}
