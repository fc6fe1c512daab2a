/*
 * tests/lib/connector_contract.c -- one configured connector against
 * contract.h.
 *
 *   connector_contract CONFIG NAME [ATTRIBUTE,...]    none: all of the schema
 *   connector_contract CONFIG NAME --write BASE TYPE  what it writes
 *
 * Prints TAP; exit code 1 when an answer is wrong, 2 when it does not open.
 */
#include <stdio.h>

#include "conf/conf.h"
#include "connectors/ad/ad.h"
#include "connectors/file/file.h"
#include "connectors/graph/graph.h"
#include "connectors/ldap/ldap.h"
#include "connectors/sync/sync.h"
#include "lib/contract.h"

const struct connector_kind *const connector_kinds[] = {
    &ad_connector_kind,
    &ldap_connector_kind,
    &graph_connector_kind,
    &sync_connector_kind,
    &file_connector_kind,
    NULL,
};

static bool
cancelled(void *ctx)
{
	const bool *cancel = ctx;

	return *cancel;
}

static const struct conf *
load(const char *path, struct arena *a)
{
	static struct conf_problems problems;
	struct conf *conf = NULL;

	if (conf_load(path, a, &conf, &problems) == 0)
		return conf;
	for (size_t i = 0; i < problems.count; i++)
		(void)fprintf(
		    stderr, "%.*s\n", TEXT_ARGS(problems.items[i].text));
	return NULL;
}

static int
check(const struct connector_env *env, char **args, int n)
{
	CLEANUP(connector_freep)
	struct connector *c = NULL;
	struct contract k = {.names = env->names,
	    .cancel = env->cancel_ctx,
	    .attributes = n == 1 ? args[0] : NULL};
	struct err e = {0};

	if (env->conf == NULL || connector_open(env, &c, &e) != 0) {
		(void)fprintf(stderr, "does not open: %s\n", e.text);
		return 2;
	}
	k.c = c;
	if (n == 3)
		(void)contract_write(&k, args[1], args[2]);
	else
		(void)contract_run(&k);
	(void)printf("1..%u\n", k.asked);
	return k.failed != 0;
}

int
main(int argc, char **argv)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	CLEANUP(names_freep)
	struct names *names = names_new();
	bool cancel = false;
	struct connector_env env = {.names = names,
	    .arena = a,
	    .cancelled = cancelled,
	    .cancel_ctx = &cancel};
	const struct conf *conf;

	if (argc < 3 || argc > 6 || argc == 5) {
		(void)fprintf(stderr,
		    "usage: connector_contract CONFIG NAME [ATTRIBUTES | "
		    "--write BASE TYPE]\n");
		return 2;
	}
	conf = load(argv[1], a);
	if (conf == NULL)
		return 2;
	env.conf = conf_connector_find(conf, text_of(argv[2]));
	env.config_dir = conf->dir.data;
	return check(&env, argv + 3, argc - 3);
}
