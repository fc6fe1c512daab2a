/* engine/engine.c -- an engine, and one run under the store's lock. */
#include "engine/engine.h"

#include <stdio.h>
#include <string.h>

#include "conf/conf.h"
#include "engine/engine_int.h"

static const struct {
	enum engine_profile profile;
	const char *name;
} profiles[] = {
    {PROFILE_FULL_IMPORT, "full-import"},
    {PROFILE_DELTA_IMPORT, "delta-import"},
    {PROFILE_FULL_SYNC, "full-sync"},
    {PROFILE_DELTA_SYNC, "delta-sync"},
    {PROFILE_EXPORT, "export"},
};

enum engine_profile
engine_profile_parse(struct text name)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (text_is(name, profiles[i].name))
			return profiles[i].profile;
	return (
	    enum engine_profile)0; // NOLINT(clang-analyzer-optin.core.EnumCastOutOfRange):
				   // 0 is "none"
}

const char *
engine_profile_name(enum engine_profile p)
{
	for (size_t i = 0; i < sizeof(profiles) / sizeof(profiles[0]); i++)
		if (profiles[i].profile == p)
			return profiles[i].name;
	return "";
}

struct text
engine_door(const struct engine_connector *ec)
{
	return ec->cloud && ec->conf != NULL ? ec->conf->cloud.tenant
					     : TEXT("");
}

static int
copy_connectors(struct engine *g, const struct engine_config *cfg)
{
	size_t n = cfg->connector_count;
	struct engine_connector *list = arena_array(g->arena, n, sizeof(*list));

	g->sync = arena_array(g->arena, n, sizeof(*g->sync));
	if (list == NULL || g->sync == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		list[i] = cfg->connectors[i];
		list[i].name = text_dup(g->arena, cfg->connectors[i].name);
		if (list[i].name.data == NULL)
			return ERR_NOMEM;
		g->sync[i] = (struct sync_connector){.id = list[i].id,
		    .name = list[i].name,
		    .schema = list[i].schema,
		    .door = engine_door(&list[i])};
	}
	g->cfg.connectors = list;
	return 0;
}

int
engine_new(const struct engine_config *cfg, struct engine **out, struct err *e)
{
	struct engine *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	g->cfg = *cfg;
	g->cfg.plan = plan_ref(cfg->plan);
	g->arena = arena_new(0);
	if (g->arena == NULL || copy_connectors(g, cfg) < 0) {
		(void)engine_free(g);
		return err_set(e, ERR_NOMEM, "out of memory");
	}
	*out = g;
	return 0;
}

struct engine *
engine_free(struct engine *g)
{
	if (g == NULL)
		return NULL;
	g->cfg.plan = plan_free(g->cfg.plan);
	g->arena = arena_free(g->arena);
	free(g);
	return NULL;
}

struct meta_key
meta_key(const char *name, int64_t connector)
{
	struct meta_key key;

	(void)snprintf(
	    key.text, sizeof(key.text), "%s.%lld", name, (long long)connector);
	return key;
}

void
engine_limit(struct engine *g, struct engine_limits limits)
{
	g->limits = limits;
}

int
engine_run(struct engine *g, size_t connector, enum engine_profile profile,
    struct arena *a, struct engine_report *out, struct err *e)
{
	struct text name = g->cfg.connectors[connector].name;
	char what[160];
	int r;

	*out = (struct engine_report){0};
	(void)snprintf(what, sizeof(what), "run %.100s %s", name.data,
	    engine_profile_name(profile));
	r = store_lock(g->cfg.store, what, &out->err);
	if (r == 0) {
		r = run_profile(g, connector, profile, a, out, &out->err);
		store_unlock(g->cfg.store);
	}
	out->code = r;
	if (r < 0 && e != NULL)
		*e = out->err;
	return r;
}
