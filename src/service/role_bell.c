/* service/role_bell.c -- waits for one directory's changes: its connector,
 * with names and an arena of its own, and no store. */
#include <stdio.h>

#include "conf/conf.h"
#include "connectors/connector.h"
#include "service/role.h"

#define WAIT_MS 60000

struct bell {
	struct arena *arena;
	struct names *names;
	struct conf *conf;
	struct conf_problems problems;
	struct connector *connector;
};

static int
open_it(struct bell *b, const char *config, const char *name, struct err *e)
{
	struct connector_env env = {.cancelled = role_stopped};
	int r;

	b->arena = arena_new(0);
	b->names = names_new();
	if (b->arena == NULL || b->names == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = conf_load(config, b->arena, &b->conf, &b->problems);
	if (r < 0)
		return err_set(e, r, "%s: %s", config, err_name(r));
	env.names = b->names;
	env.arena = b->arena;
	env.config_dir = b->conf->dir.data;
	env.conf = conf_connector_find(b->conf, text_of(name));
	if (env.conf == NULL)
		return err_set(e, ERR_CONFIG, "no connector %s", name);
	return connector_open(&env, &b->connector, e);
}

static int
listen_to(struct bell *b, struct err *e)
{
	const struct connector_ops *ops = b->connector->kind->ops;
	int r = ops->watch(b->connector, 0, e);

	if (r < 0)
		return r;
	role_tell(MESSAGE_LISTENS, "");
	while (r >= 0 && !role_stopped(NULL)) {
		r = ops->watch(b->connector, WAIT_MS, e);
		if (r > 0)
			role_tell(MESSAGE_RANG, "");
	}
	return r < 0 ? r : 0;
}

static void
tell_lost(int code, const struct err *e)
{
	struct message m = {.kind = MESSAGE_LOST, .code = code};

	(void)snprintf(m.text, sizeof(m.text), "%s", e->text);
	role_send(&m);
}

int
role_bell(const char *config, const char *connector)
{
	struct bell b = {0};
	struct err e = {0};
	int r;

	role_catch_signals();
	r = open_it(&b, config, connector, &e);
	if (r == 0 && b.connector != NULL)
		r = listen_to(&b, &e);
	if (r < 0 && !role_stopped(NULL))
		tell_lost(r, &e);
	b.connector = connector_free(b.connector);
	b.names = names_free(b.names);
	b.arena = arena_free(b.arena);
	return r < 0;
}
