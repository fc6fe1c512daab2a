/* engine/guard.c -- who allowed what guards would stop, why, and until when. */
#include "store/guard.h"
#include "base/clock.h"
#include "engine/engine_int.h"

#define FOLLOWS_MS (INT64_C(24) * 3600000)

int
guard_journal(struct engine *g, size_t connector, const char *result,
    struct text who, struct text what, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct journal_entry j = {.connector = g->cfg.connectors[connector].id,
	    .ms = clock_now_ms(),
	    .dn = g->cfg.connectors[connector].name,
	    .result = text_of(result)};
	char *text = a != NULL ? arena_printf(a, "%.*s: %.*s", TEXT_ARGS(who),
				     TEXT_ARGS(what))
			       : NULL;

	if (text == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	j.display = text_of(text);
	return journal_add(g->cfg.store, &j, e);
}

static int
add_ack(struct engine *g, size_t connector, const struct guard_wish *w,
    struct err *e)
{
	struct guard_ack ack = {.connector = g->cfg.connectors[connector].id,
	    .who = w->who,
	    .reason = w->reason,
	    .ms = clock_now_ms(),
	    .until_ms = w->until_ms,
	    .once = w->once};
	int r = guard_ack_add(g->cfg.store, &ack, e);

	return r < 0 ? r
		     : guard_journal(
			   g, connector, "guard-ack", w->who, w->reason, e);
}

static int
end(struct engine *g, int r, struct err *e)
{
	if (r == 0)
		return store_commit(g->cfg.store, e);
	store_rollback(g->cfg.store);
	return r;
}

int
engine_guard_ack(struct engine *g, size_t connector,
    const struct guard_wish *wish, struct err *e)
{
	int r = store_begin(g->cfg.store, e);

	return r < 0 ? r : end(g, add_ack(g, connector, wish, e), e);
}

/* The newest that holds; id 0: none does. */
static int
ack_now(struct engine *g, size_t connector, struct arena *a,
    struct guard_ack *out, struct err *e)
{
	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	return guard_ack_get(g->cfg.store, a, g->cfg.connectors[connector].id,
	    clock_now_ms(), out, e);
}

int
engine_guard_acked(struct engine *g, size_t connector, bool *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct guard_ack ack;
	int r = ack_now(g, connector, a, &ack, e);

	if (r == 0)
		*out = ack.id != 0;
	return r;
}

/* What is lost here is lost there as well: asked for once. */
static int
let_follow(struct engine *g, size_t from, const struct guard_ack *ack,
    struct arena *a, struct err *e)
{
	int64_t end_ms = clock_now_ms() + FOLLOWS_MS;
	char *why = arena_printf(a,
	    "follows from what was allowed of %.*s: %.*s",
	    TEXT_ARGS(g->cfg.connectors[from].name), TEXT_ARGS(ack->reason));
	struct guard_wish w = {.who = ack->who,
	    .reason = text_of(why != NULL ? why : ""),
	    .until_ms = end_ms < ack->until_ms ? end_ms : ack->until_ms,
	    .once = true};
	bool acked = false;
	int r = why != NULL ? 0 : err_set(e, ERR_NOMEM, "out of memory");

	for (size_t i = 0; i < g->cfg.connector_count && r == 0; i++) {
		if (i == from ||
		    (g->cfg.connectors[i].kind->can & CAN_EXPORT) == 0)
			continue;
		r = engine_guard_acked(g, i, &acked, e);
		if (r == 0 && !acked)
			r = add_ack(g, i, &w, e);
	}
	return r;
}

static int
use(struct engine *g, size_t connector, bool source, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct guard_ack ack;
	int r = ack_now(g, connector, a, &ack, e);

	if (r < 0 || ack.id == 0)
		return r;
	r = store_begin(g->cfg.store, e);
	if (r < 0)
		return r;
	r = guard_ack_used(g->cfg.store, ack.id, clock_now_ms(), e);
	if (r == 0)
		r = guard_journal(
		    g, connector, "guard-passed", ack.who, ack.reason, e);
	if (r == 0 && source)
		r = let_follow(g, connector, &ack, a, e);
	return end(g, r, e);
}

int
guard_used(struct engine *g, size_t connector, struct err *e)
{
	return use(g, connector, false, e);
}

int
guard_used_by_source(struct engine *g, size_t connector, struct err *e)
{
	return use(g, connector, true, e);
}
