/* connectors/sync/export.c -- a batch of items, request by request. */
#include <stdio.h>

#include "base/log.h"
#include "connectors/sync/sync_int.h"

#define CALL_MEMORY (256U << 20)

struct export_run {
	struct sconn *s;
	struct arena *a;    /* of the results */
	struct arena *call; /* of one request and its answer */
	struct work *works;
	size_t n;
	struct work **list; /* of the parcel at hand */
	size_t singles;     /* requests that hold one object */
};

/* ---- What this directory takes ---- */

static bool
is_cloud_mastered(const struct sconn *s, const struct export_item *it)
{
	const struct value *v =
	    it->image == NULL
		? NULL
		: attrs_first(
		      it->image, s->names[sattr_find(TEXT("cloudMastered"))]);

	return v != NULL && v->type == VALUE_BOOLEAN && v->boolean;
}

int
item_possible(
    const struct sconn *s, const struct export_item *item, struct err *e)
{
	int type = sconn_type(s, item->type);

	if (type < 0)
		return err_set(e, ERR_UNSUPPORTED,
		    "the service has no objects of this type");
	if (!sconn_takes(s, (enum stype)type))
		return err_set(e, ERR_REFUSED,
		    "objects of type %s do not go through this connector",
		    stypes[type].name);
	if (is_cloud_mastered(s, item))
		return err_set(e, ERR_UNSUPPORTED,
		    "objects mastered in the cloud are left alone");
	return 0;
}

int
sync_can_export(
    struct connector *c, const struct export_item *item, struct err *e)
{
	return item_possible((struct sconn *)c, item, e);
}

/* ---- Items ---- */

static void
work_fail(struct work *w, enum export_status status, const struct err *why)
{
	w->finished = true;
	w->res->status = status;
	w->res->err = *why;
}

static void
work_init(struct export_run *x, size_t i, const struct export_item *it,
    struct export_result *res)
{
	struct work *w = &x->works[i];
	struct err why = {0};

	*res = (struct export_result){.adopted = false};
	*w = (struct work){.it = it, .res = res};
	if (item_make(x->s, x->a, w, &why) < 0)
		work_fail(w, EXPORT_ERROR, &why);
}

/* Members of a new group that could not be told go back to the engine: the
 * group is there. */
static void
defer_rest(struct export_run *x, struct work *w, const struct err *why)
{
	struct delta *d = arena_alloc(x->a, sizeof(*d));
	struct change *c = arena_alloc(x->a, sizeof(*c));

	for (size_t i = 0; i < w->attr_count && d != NULL && c != NULL; i++) {
		const struct work_attr *at = &w->attrs[i];

		if (at->links == NULL)
			continue;
		*c = (struct change){.name = at->change->name,
		    .add = at->change->add + w->sent,
		    .add_count = (uint32_t)(at->count - w->sent)};
		*d = (struct delta){
		    .op = DELTA_UPDATE, .changes = c, .count = 1};
		w->res->deferred = d;
	}
	w->finished = true;
	if (w->res->deferred == NULL)
		work_fail(w, EXPORT_UNCERTAIN, why);
}

/* An item failed in a request that was not its first. */
static void
work_stop(struct export_run *x, struct work *w, enum export_status status,
    const struct err *why)
{
	if (w->begun && w->it->op == DELTA_ADD && status != EXPORT_UNCERTAIN)
		defer_rest(x, w, why);
	else
		work_fail(w, status, why);
}

/* ---- A request ---- */

/* Takes as many as one request holds: by number, and by references.  One with
 * more references than that goes in parts. */
static size_t
parcel_fill(struct export_run *x, size_t *from, size_t most)
{
	size_t room = (size_t)x->s->company.links_max, count = 0;

	for (size_t i = *from; i < x->n && count < most; i++) {
		struct work *w = &x->works[i];
		size_t need = w->links - w->sent;

		if (w->finished) {
			*from += count == 0;
			continue;
		}
		if (need > room && count > 0)
			break;
		w->now = need < room ? need : room;
		room -= w->now;
		x->list[count++] = w;
	}
	return count;
}

static void
work_judge(struct export_run *x, struct work *w, const struct xml_node *n)
{
	struct export_result res;

	result_read(x->a, n, w, &res);
	x->s->exported += !w->begun;
	if (res.status != EXPORT_DONE) {
		work_stop(x, w, res.status, &res.err);
		return;
	}
	x->s->succeeded += !w->begun;
	if (!w->begun)
		*w->res = res;
	else if (w->res->warning == NULL)
		w->res->warning = res.warning;
	w->begun = true;
	w->sent += w->now;
	w->finished = w->sent == w->links;
}

static void
parcel_uncertain(struct export_run *x, size_t count, const struct err *why)
{
	char objects[32];

	(void)snprintf(objects, sizeof(objects), "%zu", count);
	log_event(LOG_WARN, "sync.uncertain", "objects", objects, "why",
	    why->text, NULL);
	for (size_t i = 0; i < count; i++)
		work_stop(x, x->list[i], EXPORT_UNCERTAIN, why);
}

/* A result for each, in their order; what has none may have been done. */
static int
parcel_judge(struct export_run *x, size_t count, const struct xml_node *result,
    struct err *e)
{
	const struct xml_node *list = xml_child(result, "SyncObjectResults");
	const struct xml_node *n = list == NULL ? NULL : list->first;
	struct err why = {0};

	for (size_t i = 0; i < count; i++, n = n == NULL ? NULL : n->next) {
		struct work *w = x->list[i];
		struct text source = xml_child_text(n, "SourceAnchor");

		if (n != NULL &&
		    (source.len == 0 || text_equal(source, w->source))) {
			work_judge(x, w, n);
			continue;
		}
		(void)err_set(&why, ERR_PROTOCOL,
		    "the results of %zu objects do not fit the objects", count);
		work_stop(x, w, EXPORT_UNCERTAIN, &why);
	}
	if (why.code != 0 && e != NULL)
		*e = why;
	return why.code;
}

static int
parcel_send(struct export_run *x, size_t count,
    const struct xml_node **out_result, struct err *e)
{
	struct parcel p = {x->s, x->list, count};
	const struct call call = {.operation = "ProvisionAzureADSyncObjects2",
	    .write = true,
	    .body = parcel_write,
	    .ctx = &p,
	    .patience = &x->s->patience};

	arena_reset(x->call);
	return call_run(x->s, x->call, &call, out_result, e);
}

/* Sends one request.  One that is refused as a whole goes again, an object at
 * a time: which of them it was, only that tells. */
static int
parcel_run(struct export_run *x, size_t count, struct err *e)
{
	const struct xml_node *result = NULL;
	struct err why = {0};
	int r = parcel_send(x, count, &result, &why);

	if (r == 0)
		return parcel_judge(x, count, result, e);
	if (r == ERR_UNCERTAIN) {
		parcel_uncertain(x, count, &why);
		return patience_wait(
		    &x->s->cloud, &x->s->patience, true, -1, e);
	}
	if (r == ERR_REJECTED) {
		if (count == 1)
			work_stop(x, x->list[0], EXPORT_ERROR, &why);
		else
			x->singles = count;
		return 0;
	}
	if (e != NULL)
		*e = why;
	return r;
}

/* ---- The whole ---- */

static int
parcels_run(struct export_run *x, struct err *e)
{
	size_t from = 0, count;
	int r = 0;

	while (r == 0) {
		count = parcel_fill(
		    x, &from, x->singles > 0 ? 1 : x->s->batch_size);
		if (count == 0)
			break;
		r = parcel_run(x, count, e);
		if (count == 1 && x->singles > 0 && x->list[0]->finished)
			x->singles--;
	}
	return r;
}

static int
features_once(struct sconn *s, struct err *e)
{
	int r;

	if (s->features_set)
		return 0;
	r = company_features(s, e);
	s->features_set = r == 0;
	return r;
}

static int
steps_run(struct export_run *x, struct err *e)
{
	int r = features_once(x->s, e);

	return r == 0 ? parcels_run(x, e) : r;
}

int
sync_export(struct connector *c, const struct export_item *items, size_t n,
    struct export_result *results, struct err *e)
{
	struct sconn *s = (struct sconn *)c;
	struct export_run x = {.s = s, .a = s->results, .n = n};
	struct err stopped = {0};
	int r;

	arena_reset(s->results);
	x.works = arena_array(x.a, n + 1, sizeof(*x.works));
	x.list = arena_array(x.a, n + 1, sizeof(struct work *));
	x.call = arena_new(CALL_MEMORY);
	if (x.works == NULL || x.list == NULL || x.call == NULL) {
		x.call = arena_free(x.call);
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	for (size_t i = 0; i < n; i++)
		work_init(&x, i, &items[i], &results[i]);
	r = steps_run(&x, &stopped);
	for (size_t i = 0; i < n; i++)
		if (!x.works[i].finished)
			work_stop(&x, &x.works[i], EXPORT_RETRY, &stopped);
	x.call = arena_free(x.call);
	if (r < 0 && e != NULL)
		*e = stopped;
	return r;
}

/* Also after an export of nothing: the service shows when we came last. */
int
sync_export_end(struct connector *c, struct err *e)
{
	struct sconn *s = (struct sconn *)c;
	int r = company_finalize(s, e);

	if (r == 0)
		s->exported = s->succeeded = 0;
	return r;
}
