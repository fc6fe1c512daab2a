/* tests/fuzz/fuzz_rules.c -- a file of rules: what loads must build or say
 * why, and a digest is the same twice. */
#include <assert.h>
#include <stdio.h>
#include <unistd.h>

#include "conf/conf.h"
#include "fuzz.h"
#include "rules/ruleset.h"

static const char config[] =
    "connectors:\n"
    "  - {name: a, kind: ad, servers: [ldaps://a], user: u, "
    "password: 'env:P', parameters: {P: v}}\n"
    "  - {name: c, kind: graph, tenant: t, client_id: c, secret: 'env:S'}\n"
    "rules: [RULES]\n";

static struct plan *
build(struct arena *a, struct names *names, const struct ruleset *set)
{
	struct plan_connector connectors[2] = {
	    {.name = TEXT("a"), .kind = TEXT("ad")},
	    {.name = TEXT("c"), .kind = TEXT("graph")}};
	struct plan_connector *list =
	    arena_array(a, 2, sizeof(struct plan_connector));
	struct plan_input in = {.names = names,
	    .rules = set->rules,
	    .rule_count = set->count,
	    .connectors = list,
	    .connector_count = 2,
	    .mv_schema = set->mv_schema};
	struct plan_problem *problems;
	struct plan *p = NULL;
	size_t n;
	int r;

	assert(list != NULL);
	memcpy(list, connectors, sizeof(connectors));
	r = plan_build(&in, a, &p, &problems, &n);
	assert(r == 0 || r == ERR_NOMEM || n > 0);
	return p;
}

static void
try_file(const char *path)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(256U << 20);
	CLEANUP(names_freep)
	struct names *names = names_new();
	CLEANUP(plan_freep)
	struct plan *one = NULL;
	CLEANUP(plan_freep)
	struct plan *two = NULL;
	struct conf_problems conf_problems;
	struct plan_problem *problems;
	struct ruleset set = {0};
	struct conf *conf;
	size_t n;
	struct text name = text_of(path);

	assert(conf_parse("/x/causeway.yaml", text_of(config), a, &conf,
		   &conf_problems) == 0);
	conf->rules.items[0] = name;
	if (ruleset_load(conf, names, a, &set, &problems, &n) < 0)
		return;
	one = build(a, names, &set);
	two = build(a, names, &set);
	assert((one == NULL) == (two == NULL));
	assert(one == NULL ||
	       text_equal(plan_digest(one, 0), plan_digest(two, 0)));
	ruleset_clear(&set);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[] = "/tmp/fuzz-rules-XXXXXX";
	int fd = mkstemp(path);

	assert(fd >= 0);
	if (write(fd, data, size) == (ssize_t)size)
		try_file(path);
	(void)close(fd);
	(void)unlink(path);
	return 0;
}
