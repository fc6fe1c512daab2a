/* engine/sync/sync.c -- the step: which objects, in what batches, and what is
 * counted of them. */
#include "engine/sync/sync.h"

#include <string.h>

#include "base/clock.h"
#include "engine/sync/sync_int.h"

#define PASS_MEMORY (1U << 30)

static const struct text no_target = {0};

/* ---- Counters (docs/engine/model.md 7) ---- */

static const struct {
	enum outcome outcome;
	const char *no_flow, *flow, *remove_mv;
} inbound_names[] = {
    {OUTCOME_LINKED, "connector-no-flow", "connector-flow",
	"connector-flow-remove-mv"},
    {OUTCOME_JOINED, "disconnector-joined-no-flow", "disconnector-joined-flow",
	"disconnector-joined-remove-mv"},
    {OUTCOME_PROJECTED, "disconnector-projected-no-flow",
	"disconnector-projected-flow", "disconnector-projected-remove-mv"},
    {OUTCOME_FILTERED, "disconnector-filtered", "disconnector-filtered",
	"disconnector-filtered"},
    {OUTCOME_REMAINS, "disconnector-remains", "disconnector-remains",
	"disconnector-remains"},
    {OUTCOME_DELETED, "connector-delete-leave-mv", "connector-delete-leave-mv",
	"connector-delete-remove-mv"},
    {OUTCOME_CUT, "connector-filtered-leave-mv", "connector-filtered-leave-mv",
	"connector-filtered-remove-mv"},
};

static void
count_inbound(struct sync *sy, const struct pass *p)
{
	enum outcome outcome = p->outcome;

	/* Out of scope, and the last that kept the metaverse object. */
	if (outcome == OUTCOME_LINKED && p->mv_deleted && !p->self->in_joins)
		outcome = OUTCOME_CUT;
	for (size_t i = 0; i < sizeof(inbound_names) / sizeof(inbound_names[0]);
	     i++) {
		if (inbound_names[i].outcome != outcome)
			continue;
		if (p->mv_deleted)
			step_count(
			    sy->step, inbound_names[i].remove_mv, no_target);
		else if (p->mv_changed)
			step_count(sy->step, inbound_names[i].flow, no_target);
		else
			step_count(
			    sy->step, inbound_names[i].no_flow, no_target);
	}
}

/* By what became of it; without and with values that flow. */
static const char *
outbound_name(const struct link_view *l)
{
	bool flow = l->flows;

	if (l->inserted && (l->cs.flags & CS_DELETE_ADD) != 0)
		return flow ? "provisioned-delete-add-flow"
			    : "provisioned-delete-add-no-flow";
	if (l->inserted)
		return flow ? "provisioned-add-flow"
			    : "provisioned-add-no-flow";
	if (l->renamed && l->changed)
		return flow ? "provisioned-rename-flow"
			    : "provisioned-rename-no-flow";
	return l->changed ? "connector-flow" : "connector-no-flow";
}

static void
count_outbound(struct sync *sy, const struct pass *p)
{
	for (size_t i = 0; i < p->link_count; i++) {
		const struct link_view *l = p->links[i];

		if (l->examined && !l->gone)
			step_count(sy->step, outbound_name(l),
			    connector_name(sy, l->connector));
	}
}

/* References that lead behind another door to the same directory are counted,
 * and the first object with such is named: one line a step, not one for each.
 */
static int
tell_elsewhere(struct sync *sy, const struct link_view *l, struct err *e)
{
	const char *counter = "reference-elsewhere";
	struct step_where at = {.stage = ERROR_SYNC,
	    .algorithm_step = "export-flow",
	    .dn = l->cs.dn};
	bool first = step_counted(sy->step, counter) == 0;
	struct err why = {0};

	step_add(
	    sy->step, counter, connector_name(sy, l->connector), l->elsewhere);
	if (!first)
		return 0;
	(void)err_type(&why, ERR_UNSUPPORTED, counter,
	    "%llu of its references lead to objects that go through %.*s, and "
	    "are left out through %.*s; %s counts all there are",
	    (unsigned long long)l->elsewhere,
	    TEXT_ARGS(connector_name(sy, l->elsewhere_by)),
	    TEXT_ARGS(connector_name(sy, l->connector)), counter);
	return step_warning(sy->step, &at, &why, e);
}

static int
tell_all_elsewhere(struct sync *sy, const struct pass *p, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < p->link_count && r == 0; i++) {
		const struct link_view *l = p->links[i];

		if (l->examined && !l->gone && l->elsewhere != 0)
			r = tell_elsewhere(sy, l, e);
	}
	return r;
}

/* ---- One object, alone ---- */

static bool
is_objects_own(int code)
{
	return err_class(code) == ERR_CLASS_OBJECT;
}

/* What a pass is over: one of the two, the other is 0. */
struct subject {
	int64_t cs;
	int64_t mv;
};

/* What a pass counted goes with it. */
static void
uncount(struct sync *sy)
{
	sy->step->counter_count = sy->before->counter_count;
	memcpy(sy->step->counters, sy->before->counters,
	    sizeof(sy->step->counters));
}

/* What marked others was rolled back with the pass. */
static int
failed(struct sync *sy, const struct pass *p, struct subject it,
    const struct err *why, struct err *e)
{
	struct step_where at = {
	    .stage = ERROR_SYNC, .algorithm_step = p->algorithm, .cs = it.cs};
	int r = store_undo(sy->store, e);

	if (p->where.rule != NULL)
		at.rule = p->where.rule->name;
	at.attribute = names_text(store_names(sy->store), p->where.attribute);
	idset_clear(&sy->cs_marked);
	idset_clear(&sy->mv_marked);
	if (p->self != NULL)
		at.dn = p->self->cs.dn;
	else if (p->link_count != 0)
		at.dn = p->links[0]->cs.dn;
	uncount(sy);
	step_count(sy->step, "flow-failure", no_target);
	if (r == 0 && it.cs != 0)
		r = cs_set_flags(sy->store, it.cs, CS_SYNC_ERROR, CS_RESYNC, e);
	else if (r == 0 && idset_add(&sy->mv_failed, it.mv) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	return r < 0 ? r : step_error(sy->step, &at, why, e);
}

/* An export that was accepted did not come back: told once an import. */
static int
warn_not_reimported(struct sync *sy, const struct pass *p, struct err *e)
{
	struct step_where at = {.stage = ERROR_SYNC,
	    .algorithm_step = "import-flow",
	    .cs = p->self->cs.id,
	    .dn = p->self->cs.dn};
	struct err why = {0};
	int r;

	(void)err_type(&why, ERR_REJECTED, "exported-change-not-reimported",
	    "what was exported to \"%.*s\" was not there at the next import",
	    TEXT_ARGS(p->self->cs.dn));
	r = step_error(sy->step, &at, &why, e);
	sy->step->errors--;
	sy->step->warnings++;
	if (r == 0)
		r = cs_set_flags(
		    sy->store, p->self->cs.id, 0, CS_NOT_REIMPORTED, e);
	return r;
}

/* 1: the object failed, and was not to be rolled back alone. */
static int
do_one(struct sync *sy, struct subject it, bool alone, struct err *e)
{
	struct err why = {0};
	struct pass p;
	int r = alone ? store_save(sy->store, e) : 0;

	if (r < 0)
		return r;
	if (alone)
		*sy->before = *sy->step;
	arena_reset(sy->arena);
	if (sy->met != INT64_MAX)
		sy->met = it.cs;
	r = it.cs != 0 ? pass_object(sy, it.cs, &p, &why)
		       : pass_metaverse(sy, it.mv, &p, &why);
	if (r < 0 && is_objects_own(r))
		return alone ? failed(sy, &p, it, &why, e) : 1;
	if (r < 0) {
		if (e != NULL)
			*e = why;
		return r;
	}
	count_inbound(sy, &p);
	count_outbound(sy, &p);
	r = tell_all_elsewhere(sy, &p, e);
	if (r == 0 && p.self != NULL && p.self->cs.id != 0 &&
	    (p.self->cs.flags & CS_NOT_REIMPORTED) != 0)
		r = warn_not_reimported(sy, &p, e);
	return r < 0 || !alone ? r : store_release(sy->store, e);
}

/* ---- Batches ---- */

static int
do_all(struct sync *sy, const struct ids *ids, bool metaverse, bool alone,
    struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < ids->count && r == 0; i++) {
		struct subject it = {
		    metaverse ? 0 : ids->id[i], metaverse ? ids->id[i] : 0};

		r = metaverse ? 0 : step_object(sy->step, false, e);
		if (r == 0)
			r = do_one(sy, it, alone, e);
	}
	return r;
}

/* One batch.  1: an object failed, and all of the batch was rolled back (not
 * those before, which may share its transaction). */
static int
try_page(struct sync *sy, const struct ids *ids, bool metaverse, bool alone,
    struct err *e)
{
	int r = store_begin(sy->store, e);
	bool failed_one;

	if (r == 0 && !alone)
		r = store_save(sy->store, e);
	if (r == 0)
		r = do_all(sy, ids, metaverse, alone, e);
	failed_one = r == 1;
	if (failed_one)
		r = store_undo(sy->store, e);
	else if ((r == 0 || step_is_full(sy->step, r)) && !alone)
		r = store_release(sy->store, e) < 0 ? ERR_STORE : r;
	if (r == 0)
		r = store_commit_later(sy->store, e);
	else if (step_is_full(sy->step, r))
		r = store_commit(sy->store, NULL) < 0 ? ERR_STORE : r;
	else
		store_rollback(sy->store);
	return r == 0 && failed_one ? 1 : r;
}

/* First without a save point for each object, which costs; where one fails,
 * once more with them. */
static int
do_page(struct sync *sy, const struct ids *ids, bool metaverse, struct err *e)
{
	size_t again = sy->again_count;
	int r = step_check(sy->step, e);

	if (r < 0)
		return r;
	*sy->before = *sy->step;
	r = try_page(sy, ids, metaverse, false, e);
	if (r != 1)
		return r;
	*sy->step = *sy->before;
	sy->again_count = again;
	idset_clear(&sy->cs_marked);
	idset_clear(&sy->mv_marked);
	return try_page(sy, ids, metaverse, true, e);
}

static int
walk_objects(struct sync *sy, struct err *e)
{
	struct ids ids = {.id = sy->page, .max = SYNC_PAGE};
	struct cs_walk w = {.connector = sy->step->connector,
	    .partition = sy->job->partition,
	    .unplaced = sy->job->unplaced,
	    .which = sy->job->full ? CS_EVERY : CS_WORK};
	uint64_t total = 0, done = 0;
	int r = cs_count(sy->store, &w, &total, e);

	/* whether one of another partition is yet to come is not known here */
	sy->met = sy->job->full && w.partition == 0 ? 0 : INT64_MAX;
	while (r == 0) {
		r = cs_next(sy->store, &w, &ids, e);
		if (r < 0 || ids.count == 0)
			break;
		r = do_page(sy, &ids, false, e);
		done += ids.count;
		step_progress(sy->step, sy->step->type, done, total);
	}
	sy->met = INT64_MAX;
	return r;
}

/* Those marked in this step that were not met since. */
static int
still_marked(struct sync *sy, const int64_t *list, struct ids *out,
    size_t *taken, struct err *e)
{
	size_t i = 0;
	int r = 0;

	out->count = 0;
	while (i < *taken && out->count < out->max && r == 0) {
		struct cs_object o;

		arena_reset(sy->arena);
		r = cs_get(sy->store, sy->arena, list[i], 0, &o, e);
		if (r == 0 && (o.flags & CS_RESYNC) != 0)
			out->id[out->count++] = list[i];
		if (r == ERR_NOENT)
			r = 0;
		i++;
	}
	*taken = i;
	return r;
}

static int
walk_marked(struct sync *sy, uint64_t *out_done, struct err *e)
{
	struct ids ids = {.id = sy->page, .max = SYNC_PAGE};
	int64_t *list = TAKE_PTR(sy->again);
	size_t count = sy->again_count, at = 0;
	int r = 0;

	sy->again_count = sy->again_size = 0;
	idset_clear(&sy->cs_marked);
	while (at < count && r == 0) {
		size_t taken = count - at;

		r = still_marked(sy, list + at, &ids, &taken, e);
		at += taken;
		if (r == 0 && ids.count != 0)
			r = do_page(sy, &ids, false, e);
		*out_done += ids.count;
		step_progress(
		    sy->step, "completing-referential-updates", at, count);
	}
	free(list);
	return r;
}

/* What failed in this step keeps its mark for the next. */
static void
leave_failed(const struct sync *sy, struct ids *ids)
{
	size_t n = 0;

	for (size_t i = 0; i < ids->count; i++)
		if (!idset_has(&sy->mv_failed, ids->id[i]))
			ids->id[n++] = ids->id[i];
	ids->count = n;
}

static int
walk_metaverse(
    struct sync *sy, unsigned flags, uint64_t *out_done, struct err *e)
{
	struct ids ids = {.id = sy->page, .max = SYNC_PAGE};
	int64_t after = 0;
	int r = 0;

	idset_clear(&sy->mv_marked);
	while (r == 0) {
		r = mv_next(sy->store, flags, after, &ids, e);
		if (r < 0 || ids.count == 0)
			break;
		after = ids.id[ids.count - 1];
		leave_failed(sy, &ids);
		r = do_page(sy, &ids, true, e);
		*out_done += ids.count;
		step_progress(
		    sy->step, "completing-referential-updates", *out_done, 0);
	}
	return r;
}

/* References in both directions until nothing is marked any more; what names
 * each other in a ring settles in two rounds. */
static int
complete_references(struct sync *sy, struct err *e)
{
	unsigned flags = MV_RESYNC | MV_RETRY_PROVISION;
	int r = 0;

	for (unsigned i = 0; i < SYNC_ROUNDS && r == 0; i++) {
		uint64_t done = 0;

		r = walk_marked(sy, &done, e);
		if (r == 0)
			r = walk_metaverse(sy, flags, &done, e);
		if (done == 0)
			break;
		flags = MV_RESYNC;
	}
	return r;
}

static void
decide_result(struct sync *sy, const struct err *why, int r)
{
	if (r < 0)
		step_stop(sy->step, step_failure(why, true), "%s", why->text);
	else if (sy->step->errors != 0)
		step_stop(sy->step, "completed-sync-errors",
		    "%llu objects failed and are tried again next time",
		    (unsigned long long)sy->step->errors);
	else if (sy->step->warnings != 0)
		step_stop(sy->step, "completed-warnings",
		    "%llu exported changes were not there at the next import",
		    (unsigned long long)sy->step->warnings);
	else
		step_stop(sy->step, "success", "%s", "");
}

static bool
asks_members(const struct rule *r)
{
	for (size_t i = 0; i < r->scope_count; i++)
		for (size_t k = 0; k < r->scope[i].count; k++)
			if (r->scope[i].clauses[k].op == SCOPE_ISMEMBEROF ||
			    r->scope[i].clauses[k].op == SCOPE_ISNOTMEMBEROF)
				return true;
	return false;
}

/* Whether who is a member of what decides on scopes of the connector. */
static bool
has_member_scopes(const struct sync_job *job)
{
	size_t n = 0;
	const struct plan_rule *const *all = plan_all(job->plan, &n);

	for (size_t i = 0; i < n; i++)
		if (all[i]->connector == job->connector &&
		    all[i]->rule->direction == RULE_INBOUND &&
		    asks_members(all[i]->rule))
			return true;
	return false;
}

int
sync_begin(struct sync *sy, const struct sync_job *job, struct err *e)
{
	struct names *names = store_names(job->step->store);

	*sy = (struct sync){.job = job,
	    .step = job->step,
	    .store = job->step->store,
	    .arena = arena_new(PASS_MEMORY),
	    .before = malloc(sizeof(*sy->before)),
	    .page = calloc(SYNC_PAGE, sizeof(*sy->page)),
	    .met = INT64_MAX,
	    .member_scopes = has_member_scopes(job),
	    .now_ms = clock_now_ms()};
	if (sy->arena == NULL || sy->before == NULL || sy->page == NULL ||
	    names_intern(names, TEXT("dn"), &sy->dn_name) < 0 ||
	    names_intern(names, TEXT("member"), &sy->member_name) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	return 0;
}

void
sync_end(struct sync *sy)
{
	idset_clear(&sy->cs_marked);
	idset_clear(&sy->mv_marked);
	idset_clear(&sy->mv_failed);
	free(sy->again);
	free(sy->before);
	free(sy->page);
	sy->arena = arena_free(sy->arena);
}

int
sync_run(const struct sync_job *job, struct err *e)
{
	struct err why = {0};
	struct sync sy;
	int r = sync_begin(&sy, job, &why);

	if (r == 0)
		r = wait_wake(&sy, &why);
	if (r == 0)
		r = walk_objects(&sy, &why);
	if (r == 0)
		r = complete_references(&sy, &why);
	decide_result(&sy, &why, r);
	sync_end(&sy);
	if (r < 0 && e != NULL)
		*e = why;
	return r;
}
