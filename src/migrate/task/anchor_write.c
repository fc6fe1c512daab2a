/* migrate/task/anchor_write.c -- one attribute of many users, through the
 * connector's own export. */
#include "base/clock.h"
#include "migrate/task/anchor_int.h"

#define BATCH_MEMORY ((size_t)64 << 20)

struct writing {
	struct setup *setup;
	struct connector *conn;
	struct arena *batch; /* one batch */
	struct arena *arena; /* of the report */
	struct anchor_report *out;
	int64_t connector; /* in the store */
	uint32_t name;
	bool clear;
};

static int
make_item(const struct writing *w, const struct anchor_target *t,
    struct export_item *out)
{
	struct change *c = arena_alloc(w->batch, sizeof(*c));
	struct value *v = arena_alloc(w->batch, sizeof(*v));
	struct attrs *image = arena_array(w->batch, 1, sizeof(*image));
	struct text octets;

	if (c == NULL || v == NULL || image == NULL)
		return ERR_NOMEM;
	if (base64_decode(w->batch, t->anchor, &octets, NULL) < 0)
		return ERR_SYNTAX;
	*v = value_binary(octets);
	*c = (struct change){.name = w->name};
	*(w->clear ? &c->del : &c->add) = v;
	*(w->clear ? &c->del_count : &c->add_count) = 1;
	*out = (struct export_item){.op = DELTA_UPDATE,
	    .type = names_find(store_names(w->setup->store), t->type),
	    .dn = t->dn,
	    .anchor = octets,
	    .delta = {.op = DELTA_UPDATE, .changes = c, .count = 1},
	    .image = image};
	return 0;
}

static int
count_one(struct writing *w, const struct export_item *it,
    const struct export_result *res)
{
	struct anchor_report *out = w->out;

	if (res->status == EXPORT_DONE || res->status == EXPORT_UNCERTAIN) {
		/* an uncertain one is read back, as all are */
		*(w->clear ? &out->cleared : &out->written) += 1;
		return 0;
	}
	out->failures[out->failed].dn = text_dup(w->arena, it->dn);
	out->failures[out->failed].why = text_dup(w->arena,
	    res->status == EXPORT_GONE ? TEXT("it is not there any more")
	    : res->status == EXPORT_RETRY
		? TEXT("it was not tried: the server is gone, or busy")
		: text_of(res->err.text));
	out->failed++;
	return arena_failed(w->arena) ? ERR_NOMEM : 0;
}

/* What was taken, as every export's journal has it. */
static int
journal_batch(struct writing *w, const struct anchor_target *list,
    const struct export_item *items, const struct export_result *results,
    size_t n, struct err *e)
{
	struct store *store = w->setup->store;
	int r = store_begin(store, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++) {
		const struct journal_entry j = {.connector = w->connector,
		    .ms = clock_now_ms(),
		    .op = DELTA_UPDATE,
		    .type = items[i].type,
		    .dn = items[i].dn,
		    .anchor = items[i].anchor,
		    .display = list[i].name,
		    .delta = items[i].delta,
		    .result = TEXT("done")};

		if (results[i].status == EXPORT_DONE)
			r = journal_add(store, &j, e);
	}
	if (r == 0)
		return store_commit(store, e);
	store_rollback(store);
	return r;
}

static int
send_batch(struct writing *w, const struct anchor_target *list, size_t n,
    struct err *e)
{
	const struct connector_ops *ops = w->conn->kind->ops;
	struct export_item *items;
	struct export_result *results;
	int r = 0;

	arena_reset(w->batch);
	items = arena_array(w->batch, n, sizeof(*items));
	results = arena_array(w->batch, n, sizeof(*results));
	if (items == NULL || results == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < n && r == 0; i++) {
		r = make_item(w, &list[i], &items[i]);
		items[i].cs_id = (int64_t)i + 1;
		if (r == 0 && i == 0 && ops->can_export != NULL)
			r = ops->can_export(w->conn, &items[i], e);
	}
	if (r < 0)
		return r == ERR_NOMEM || r == ERR_SYNTAX
			   ? err_set(e, r, "%s", err_name(r))
			   : r;
	r = ops->export(w->conn, items, n, results, e);
	for (size_t i = 0; i < n && r == 0; i++)
		r = count_one(w, &items[i], &results[i]);
	return r < 0 ? r : journal_batch(w, list, items, results, n, e);
}

/* Those of one connector stand together. */
static int
write_run(struct writing *w, const struct anchor_target *list, size_t n,
    struct err *e)
{
	// NOLINTNEXTLINE(clang-analyzer-core.NullDereference): connected
	size_t batch = w->conn->kind->export_batch;
	int r = 0;

	for (size_t i = 0; i < n && r == 0; i += batch)
		r = send_batch(w, &list[i], n - i < batch ? n - i : batch, e);
	return r;
}

static int
with_connection(struct writing *w, const struct anchor_target *list, size_t n,
    struct err *e)
{
	size_t connector = 0;
	int r = setup_connector(w->setup, list[0].connector, &connector, e);

	if (r == 0)
		r = setup_connect(w->setup, connector, &w->conn, e);
	if (r < 0)
		return r;
	w->connector = w->setup->connectors[connector].id;
	w->name =
	    names_find_nocase(store_names(w->setup->store), TEXT(ANCHOR_ATTR));
	r = w->name == 0
		? err_set(e, ERR_CONFIG, "%.*s has no attribute " ANCHOR_ATTR,
		      TEXT_ARGS(list[0].connector))
		: write_run(w, list, n, e);
	// NOLINTNEXTLINE(clang-analyzer-core.NullDereference): connected
	w->conn->kind->ops->close(w->conn);
	return r < 0 ? err_prefix(e, "%.*s", TEXT_ARGS(list[0].connector)) : 0;
}

int
anchor_write(struct setup *s, const struct anchor_targets *t, struct arena *a,
    struct anchor_report *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *batch = arena_new(BATCH_MEMORY);
	struct writing w = {.setup = s,
	    .batch = batch,
	    .arena = a,
	    .out = out,
	    .clear = t->clear};
	size_t from = 0;
	int r = 0;

	out->failures = arena_array(a, t->count + 1, sizeof(*out->failures));
	if (batch == NULL || out->failures == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	while (from < t->count && r == 0) {
		size_t to = from + 1;

		while (to < t->count && text_equal(t->list[to].connector,
					    t->list[from].connector))
			to++;
		r = with_connection(&w, &t->list[from], to - from, e);
		from = to;
	}
	return r;
}
