/* engine/sync/object.c -- the pass over one object that a person chose. */
#include "engine/sync/sync_int.h"

static const char *
outcome_name(enum outcome outcome)
{
	switch (outcome) {
	case OUTCOME_LINKED:
		return "linked";
	case OUTCOME_FILTERED:
		return "filtered";
	case OUTCOME_REMAINS:
		return "not-linked";
	case OUTCOME_JOINED:
		return "joined";
	case OUTCOME_PROJECTED:
		return "projected";
	case OUTCOME_DELETED:
		return "deleted";
	case OUTCOME_CUT:
		return "disconnected";
	case OUTCOME_NONE:
		break;
	}
	return "nothing";
}

static int
tell(const struct pass *p, struct arena *a, struct sync_done *out)
{
	out->outcome = outcome_name(p->outcome);
	out->mv_deleted = p->mv_deleted;
	out->mv = p->has_mv && !p->mv_deleted ? p->mv.id : 0;
	out->links = arena_array(a, p->link_count, sizeof(*out->links));
	if (out->links == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < p->link_count; i++)
		if (p->links[i]->cs.id != 0)
			out->links[out->link_count++] = p->links[i]->cs.id;
	return 0;
}

int
sync_object(const struct sync_job *job, int64_t cs, struct arena *a,
    struct sync_done *out, struct err *e)
{
	struct err why = {0};
	struct pass p = {0};
	struct sync sy;
	int r = sync_begin(&sy, job, e);

	*out = (struct sync_done){.outcome = "nothing"};
	if (r == 0) {
		r = pass_object(&sy, cs, &p, &why);
		if (r < 0 && err_class(r) == ERR_CLASS_OBJECT) {
			out->outcome = "failed";
			out->failure = why;
			out->where = p.where;
			r = 0;
		} else if (r < 0 && e != NULL) {
			*e = why;
		} else if (tell(&p, a, out) < 0) {
			r = err_set(e, ERR_NOMEM, "out of memory");
		}
	}
	sync_end(&sy);
	return r;
}
