/* engine/preview.c -- see preview.h. */
#include "engine/preview.h"

#include "engine/engine_int.h"

/* One preview while it goes on. */
struct preview {
	struct engine *g;
	const struct preview_request *req;
	struct preview_report *out;
	struct arena *arena;
	size_t connector; /* that is asked what waits */
};

static int
load_mv(struct preview *v, int64_t mv, struct mv_object *out, struct err *e)
{
	if (mv == 0)
		return 0;
	return mv_get(v->g->cfg.store, v->arena, mv, true, out, e);
}

/* Where joins look things up; undone with the rest. */
static int
index_joins(struct preview *v, struct err *e)
{
	size_t cs_count = 0, mv_count = 0;
	const uint32_t *cs = plan_join_cs(v->g->cfg.plan, &cs_count);
	const uint32_t *mv = plan_join_mv(v->g->cfg.plan, &mv_count);

	return store_join_attrs(v->g->cfg.store, cs, cs_count, mv, mv_count, e);
}

static int
find_connector(const struct preview *v, int64_t id, size_t *out, struct err *e)
{
	for (size_t i = 0; i < v->g->cfg.connector_count; i++) {
		if (v->g->cfg.connectors[i].id == id) {
			*out = i;
			return 0;
		}
	}
	return err_set(
	    e, ERR_CONFIG, "the object's connector is not configured any more");
}

static int
pass(struct preview *v, struct err *e)
{
	struct step *step = arena_alloc(v->arena, sizeof(*step));
	struct cs_object o;
	struct sync_job job;
	size_t connector = 0;
	int r = cs_get(v->g->cfg.store, v->arena, v->req->cs, 0, &o, e);

	if (step == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (r == 0)
		r = find_connector(v, o.connector, &connector, e);
	if (r == 0)
		r = load_mv(v, o.mv, &v->out->before, e);
	if (r < 0)
		return r;
	step->store = v->g->cfg.store;
	step->connector = o.connector;
	step->connector_name = v->g->cfg.connectors[connector].name;
	step->type = "preview";
	job = sync_job_of(v->g, connector, step);
	job.full = v->req->full;
	return sync_object(&job, v->req->cs, v->arena, &v->out->done, e);
}

/* ---- What waits then ---- */

static int
on_item(void *ctx, const struct pending_item *item, struct err *e)
{
	struct preview *v = ctx;

	return v->req->pending(v->req->ctx, v->connector, item, e);
}

/* The links that lie in one connector. */
static int
links_in(struct preview *v, int64_t *out, size_t *out_count, struct err *e)
{
	int64_t id = v->g->cfg.connectors[v->connector].id;
	int r = 0;

	*out_count = 0;
	for (size_t i = 0; i < v->out->done.link_count && r == 0; i++) {
		struct cs_object o;

		r = cs_get(
		    v->g->cfg.store, v->arena, v->out->done.links[i], 0, &o, e);
		if (r == ERR_NOENT)
			r = 0; /* it was never sent, and is gone */
		else if (r == 0 && o.connector == id)
			out[(*out_count)++] = o.id;
	}
	return r;
}

static int
tell_pending(struct preview *v, struct err *e)
{
	int64_t *ids =
	    arena_array(v->arena, v->out->done.link_count, sizeof(*ids));
	int r = 0;

	if (ids == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < v->g->cfg.connector_count && r == 0; i++) {
		struct pending_report rep;
		struct pending_sink sink = {
		    .item = on_item, .ctx = v, .only = ids, .offline = true};

		v->connector = i;
		r = links_in(v, ids, &sink.only_count, e);
		if (r == 0 && sink.only_count != 0)
			r = engine_pending(v->g, i, v->arena, &sink, &rep, e);
	}
	return r;
}

/* ---- The whole ---- */

static int
look(struct preview *v, struct err *e)
{
	const struct sync_done *d = &v->out->done;
	struct sync_subject what = {.cs = v->req->cs};
	int r;

	if (d->failure.code != 0)
		return 0;
	r = load_mv(v, d->mv, &v->out->after, e);
	if (d->mv != 0)
		what = (struct sync_subject){.mv = d->mv};
	if (r == 0 && !d->mv_deleted)
		r = engine_review(v->g, what, v->arena, &v->out->review, e);
	if (r == ERR_NOENT)
		r = 0; /* a deletion was processed: there is nothing left */
	return r < 0 ? r : tell_pending(v, e);
}

static int
in_transaction(struct preview *v, struct err *e)
{
	struct store *store = v->g->cfg.store;
	int r = store_begin(store, e);

	if (r < 0)
		return r;
	r = index_joins(v, e);
	if (r == 0)
		r = pass(v, e);
	if (r == 0)
		r = look(v, e);
	if (r == 0 && v->req->commit && v->out->done.failure.code == 0) {
		r = store_commit(store, e);
		v->out->committed = r == 0;
		return r;
	}
	store_rollback(store);
	return r;
}

int
engine_preview(struct engine *g, const struct preview_request *req,
    struct arena *a, struct preview_report *out, struct err *e)
{
	struct preview v = {.g = g, .req = req, .out = out, .arena = a};
	int r = 0;

	*out = (struct preview_report){0};
	if (req->commit)
		r = store_lock(g->cfg.store, "preview", e);
	if (r < 0)
		return r;
	r = in_transaction(&v, e);
	if (req->commit)
		store_unlock(g->cfg.store);
	return r;
}
