/* engine/plan/freeze.c -- what is pending, under a number and a hash. */
#include "base/clock.h"
#include "base/hash.h"
#include "engine/plan/plan_int.h"
#include "model/dn.h"

#define HASH_BYTES 32U

/* ---- The hash ---- */

static void
put_part(struct buf *b, struct text t)
{
	buf_varint(b, t.len);
	buf_text_add(b, t);
}

static int
order(const void *a, const void *b)
{
	return value_compare(a, b);
}

/* Sorted, so that the order of a directory does not matter. */
static int
put_values(struct arena *a, struct buf *b, const struct value *list, uint32_t n)
{
	struct value *sorted = arena_array(a, n, sizeof(*sorted));
	struct text t;
	int r = 0;

	if (sorted == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < n; i++)
		sorted[i] = list[i];
	if (n != 0)
		qsort(sorted, n, sizeof(*sorted), order);
	buf_varint(b, n);
	for (uint32_t i = 0; i < n && r == 0; i++) {
		r = value_format(a, &sorted[i], &t);
		if (r == 0)
			put_part(b, t);
	}
	return r;
}

static int
put_item(struct engine *g, struct arena *a, const struct frozen_item *i,
    struct buf *b)
{
	const struct names *names = store_names(g->cfg.store);
	int r = 0;

	buf_varint(b, (uint64_t)i->connector);
	buf_varint(b, (uint64_t)i->op);
	put_part(b, names_text(names, i->type));
	put_part(b, i->dn);
	put_part(b, i->anchor);
	put_part(b, i->delta.new_dn);
	for (uint32_t k = 0; k < i->delta.count && r == 0; k++) {
		const struct change *c = &i->delta.changes[k];

		put_part(b, names_text(names, c->name));
		put_part(b, i->rules != NULL ? i->rules[k] : TEXT(""));
		r = put_values(a, b, c->add, c->add_count);
		if (r == 0)
			r = put_values(a, b, c->del, c->del_count);
	}
	return r < 0 ? r : buf_error(b);
}

int
plan_hash(struct engine *g, int64_t plan, struct arena *a, struct text *out,
    struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *item = arena_new(0);
	unsigned char sum[HASH_BYTES] = {0};
	struct frozen_item i = {0};
	struct buf b;
	int r = 0, h = 0;

	if (item == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	buf_init(&b, (size_t)1 << 30);
	while (h == 0 && (r = frozen_item_next(
			      g->cfg.store, item, plan, i.number, &i, e)) > 0) {
		buf_reset(&b);
		buf_add(&b, sum, sizeof(sum));
		h = put_item(g, item, &i, &b);
		if (h == 0)
			h = hash_sha256(buf_text(&b), sum);
		arena_reset(item);
	}
	buf_clear(&b);
	if (h == 0 && r == 0)
		h = hex_encode(a, (struct text){(char *)sum, sizeof(sum)}, out);
	if (h < 0)
		return err_set(e, h, "hash of plan %lld: %s", (long long)plan,
		    err_name(h));
	return r;
}

/* ---- Where an object comes from ---- */

int
plan_ou(struct engine *g, const struct cs_object *o, struct arena *a,
    struct text *out, struct err *e)
{
	int64_t *links = NULL;
	struct text dn = o->dn;
	struct cs_object source;
	size_t n = 0;
	int r = 0;

	if (o->mv == 0) { /* it goes, and its source may be gone */
		r = cs_origin_get(g->cfg.store, a, o->id, out, e);
		if (r < 0 || out->len != 0)
			return r;
	}
	if (o->mv != 0)
		r = mv_links(g->cfg.store, a, o->mv, &links, &n, e);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = cs_get(g->cfg.store, a, links[i], 0, &source, e);
		if (r == 0 && source.connector != o->connector) {
			dn = source.dn;
			break;
		}
	}
	if (r < 0)
		return r;
	if (dn_parent(a, dn, out, NULL) < 0)
		*out = TEXT("");
	return 0;
}

/* ---- Freezing ---- */

struct freezing {
	struct engine *g;
	const struct engine_connector *conn;
	struct frozen *plan;
	int64_t number;
	struct arena *item;
};

/* Without what is held: a plan is what would be sent. */
static int
changes_of(struct freezing *f, const struct pending_item *p,
    struct frozen_item *out, struct err *e)
{
	struct change *list =
	    arena_array(f->item, p->change_count, sizeof(*list));
	struct text *rules =
	    arena_array(f->item, p->change_count, sizeof(*rules));
	uint32_t n = 0;

	if (list == NULL || rules == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < p->change_count; i++) {
		const struct pending_change *c = &p->changes[i];

		if (c->held.len != 0)
			continue;
		list[n] = (struct change){.name = c->name,
		    // NOLINTNEXTLINE(performance-no-int-to-ptr): only read
		    .add = (struct value *)(uintptr_t)c->add,
		    .add_count = c->add_count,
		    // NOLINTNEXTLINE(performance-no-int-to-ptr): only read
		    .del = (struct value *)(uintptr_t)c->del,
		    .del_count = c->del_count};
		rules[n++] = c->rule;
	}
	out->delta = (struct delta){.op = p->op,
	    .new_dn = p->rename_held.len != 0 ? TEXT("") : p->new_dn,
	    .changes = list,
	    .count = n};
	out->rules = rules;
	return 0;
}

static void
count_item(struct frozen *plan, enum delta_op op)
{
	if (op == DELTA_ADD)
		plan->adds++;
	else if (op == DELTA_DELETE)
		plan->deletes++;
	else
		plan->updates++;
}

static int
freeze_item(void *ctx, const struct pending_item *p, struct err *e)
{
	struct freezing *f = ctx;
	struct frozen_item i = {.plan = f->plan->id,
	    .number = f->number + 1,
	    .connector = f->conn->id,
	    .cs = p->cs_id,
	    .state = FROZEN_ITEM_WAITS,
	    .op = p->op,
	    .type = p->type,
	    .dn = p->dn,
	    .anchor = p->anchor,
	    .display = p->display_name,
	    .upn = p->user_principal_name};
	struct cs_object o;
	int r;

	if (p->held.len != 0)
		return 0;
	arena_reset(f->item);
	r = changes_of(f, p, &i, e);
	if (r == 0)
		r = cs_get(f->g->cfg.store, f->item, p->cs_id, 0, &o, e);
	if (r == 0)
		r = plan_ou(f->g, &o, f->item, &i.ou, e);
	if (r == 0)
		r = frozen_item_add(f->g->cfg.store, &i, e);
	if (r < 0)
		return r;
	f->number++;
	count_item(f->plan, p->op);
	return 0;
}

static int
freeze_connectors(struct engine *g, const struct plan_wish *w, struct arena *a,
    struct frozen *plan, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *item = arena_new(0);
	struct freezing f = {.g = g, .plan = plan, .item = item};
	const struct pending_sink sink = {.item = freeze_item, .ctx = &f};
	struct pending_report rep;
	int r = 0;

	if (item == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < g->cfg.connector_count && r == 0; i++) {
		if (w->connector != PLAN_EVERY && w->connector != i)
			continue;
		f.conn = &g->cfg.connectors[i];
		r = engine_pending(g, i, a, &sink, &rep, e);
		if (r == 0 && rep.unchecked.len != 0 &&
		    rep.adds + rep.updates + rep.deletes != 0)
			r = err_set(e, ERR_CONNECT,
			    "%.*s cannot be asked what it can take: %.*s",
			    TEXT_ARGS(f.conn->name), TEXT_ARGS(rep.unchecked));
	}
	return r;
}

/* Rules and connectors as they were. */
static int
config_digest(struct engine *g, struct arena *a, struct text *out)
{
	unsigned char sum[HASH_BYTES];
	struct buf b;
	int r;

	buf_init(&b, 1 << 20);
	for (size_t i = 0; i < g->cfg.connector_count; i++) {
		put_part(&b, g->cfg.connectors[i].name);
		put_part(&b, plan_digest(g->cfg.plan, i));
	}
	r = buf_error(&b);
	if (r == 0)
		r = hash_sha256(buf_text(&b), sum);
	if (r == 0)
		r = hex_encode(a, (struct text){(char *)sum, sizeof(sum)}, out);
	buf_clear(&b);
	return r;
}

static int
freeze_all(struct engine *g, const struct plan_wish *w, struct arena *a,
    struct frozen *out, struct err *e)
{
	int r = config_digest(g, a, &out->config);

	if (r < 0)
		return err_set(e, r, "digest of the rules: %s", err_name(r));
	r = frozen_add(g->cfg.store, out, e);
	if (r == 0)
		r = freeze_connectors(g, w, a, out, e);
	if (r == 0)
		r = plan_hash(g, out->id, a, &out->hash, e);
	return r < 0 ? r : frozen_set(g->cfg.store, out, e);
}

int
plan_freeze(struct engine *g, const struct plan_wish *w, struct arena *a,
    struct frozen *out, struct err *e)
{
	struct store *store = g->cfg.store;
	bool empty;
	int r = store_begin(store, e);

	if (r < 0)
		return r;
	*out = (struct frozen){
	    .ms = clock_now_ms(), .state = FROZEN_WAITS, .who = w->who};
	r = freeze_all(g, w, a, out, e);
	empty = out->adds + out->updates + out->deletes == 0;
	if (r == 0 && !empty)
		return store_commit(store, e);
	store_rollback(store);
	out->id = 0;
	return r;
}

int
engine_plan_freeze(struct engine *g, const struct plan_wish *w, struct arena *a,
    struct frozen *out, struct err *e)
{
	int r = store_lock(g->cfg.store, "plan", e);

	if (r < 0)
		return r;
	r = plan_freeze(g, w, a, out, e);
	store_unlock(g->cfg.store);
	return r;
}

static int
drop(struct engine *g, int64_t plan, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct frozen f;
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = frozen_get(g->cfg.store, a, plan, &f, e);
	if (r < 0)
		return r;
	if (f.state != FROZEN_WAITS && f.state != FROZEN_PARTLY)
		return err_set(e, ERR_REFUSED, "plan %lld is %s already",
		    (long long)plan, frozen_state_name(f.state));
	f.state = FROZEN_DROPPED;
	return frozen_set(g->cfg.store, &f, e);
}

int
engine_plan_drop(struct engine *g, int64_t plan, struct err *e)
{
	struct store *store = g->cfg.store;
	int r = store_begin(store, e);

	if (r < 0)
		return r;
	r = drop(g, plan, e);
	if (r == 0)
		return store_commit(store, e);
	store_rollback(store);
	return r;
}
