/* engine/open.c -- a connector's connection for the length of a run. */
#include "engine/engine_int.h"

int
engine_open(struct engine *g, const struct engine_connector *ec,
    struct arena *a, struct connector **out, struct err *e)
{
	struct connector_env env = {.names = store_names(g->cfg.store),
	    .arena = a,
	    .conf = ec->conf,
	    .config_dir = g->cfg.config_dir,
	    .cancelled = g->cfg.cancelled,
	    .cancel_ctx = g->cfg.ctx};

	return ec->kind->ops->open(&env, out, e);
}

int
uncertain_count(struct engine *g, const struct engine_connector *ec,
    uint64_t *out, struct err *e)
{
	struct cs_walk w = {.connector = ec->id, .which = CS_UNCERTAIN};

	return cs_count(g->cfg.store, &w, out, e);
}
