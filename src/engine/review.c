/* engine/review.c -- see review.h. */
#include "engine/review.h"

#include "engine/engine_int.h"

int
engine_review(struct engine *g, struct sync_subject what, struct arena *a,
    struct sync_review *out, struct err *e)
{
	struct step *step = arena_alloc(a, sizeof(*step));
	struct sync_job job;

	if (step == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	step->store = g->cfg.store;
	step->type = "review";
	job = sync_job_of(g, 0, step);
	return sync_review(&job, what, a, out, e);
}
