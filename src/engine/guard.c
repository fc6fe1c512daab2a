/* engine/guard.c -- what a person allowed once. */
#include "engine/engine_int.h"

static int
set_ack(struct engine *g, size_t connector, struct text value, struct err *e)
{
	struct meta_key key =
	    meta_key("guard.ack", g->cfg.connectors[connector].id);
	int r = store_begin(g->cfg.store, e);

	if (r < 0)
		return r;
	r = store_meta_set(g->cfg.store, key.text, value, e);
	if (r == 0)
		return store_commit(g->cfg.store, e);
	store_rollback(g->cfg.store);
	return r;
}

int
engine_guard_ack(struct engine *g, size_t connector, struct err *e)
{
	return set_ack(g, connector, TEXT("once"), e);
}

int
engine_guard_acked(struct engine *g, size_t connector, bool *out, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct meta_key key =
	    meta_key("guard.ack", g->cfg.connectors[connector].id);
	struct text value;
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = store_meta_get(g->cfg.store, a, key.text, &value, e);
	if (r == 0)
		*out = value.len != 0;
	return r;
}

int
guard_forget_ack(struct engine *g, size_t connector, struct err *e)
{
	bool acked = false;
	int r = engine_guard_acked(g, connector, &acked, e);

	return r < 0 || !acked ? r : set_ack(g, connector, TEXT(""), e);
}
