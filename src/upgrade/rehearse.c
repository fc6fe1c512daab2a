/* upgrade/rehearse.c -- see rehearse.h. */
#include "upgrade/rehearse.h"

static int
copy_store(const char *config, const char *copy, struct err *e)
{
	struct setup s = {0};
	struct text path;
	int r = setup_open(&s, config, SETUP_CONF, e);

	if (r == 0)
		r = conf_resolve(
		    s.arena, s.conf->dir, s.conf->store.path, &path);
	if (r == 0)
		r = store_copy(path.data, copy, e);
	setup_clear(&s);
	return r;
}

static int
sync_one(struct setup *s, size_t i, struct rehearsal *out, struct err *e)
{
	struct engine_needs needs = {0};
	struct engine_report report = {0};
	int r = engine_needs(s->engine, i, s->arena, &needs, e);

	if (r < 0 || needs.full_sync.len == 0 || needs.sync_deferred)
		return r;
	r = engine_run(s->engine, i, PROFILE_FULL_SYNC, s->arena, &report, e);
	out->connectors++;
	out->object_errors += report.object_errors;
	return r;
}

int
upgrade_rehearse(struct setup *s, const char *config, const char *copy,
    struct rehearsal *out, struct err *e)
{
	int r = copy_store(config, copy, e);

	*out = (struct rehearsal){0};
	s->store_path = copy;
	if (r == 0)
		r = setup_open(s, config, SETUP_RUN, e);
	for (size_t i = 0; i < s->connector_count && r == 0; i++)
		r = sync_one(s, i, out, e);
	return r;
}
