/* tests/fuzz/fuzz_rules.c -- a file of rules: what loads must build or say
 * why, and a digest is the same twice. */
#include <assert.h>
#include <stdio.h>
#include <unistd.h>

#include "conf/conf.h"
#include "fuzz.h"
#include "rules/compare.h"
#include "rules/ruleset.h"
#include "rules/yaml_write.h"

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

static struct text
origin(void *ctx, const struct rule *rule)
{
	(void)ctx;
	return rule->name;
}

static struct text
write_rules(struct arena *a, struct names *names, const struct ruleset *set)
{
	const struct rule **list =
	    arena_array(a, set->count + 1, sizeof(struct rule *));
	struct yaml_rules how = {.names = names, .origin = origin};
	struct text out;
	struct buf b;

	assert(list != NULL);
	for (size_t i = 0; i < set->count; i++)
		list[i] = &set->rules[i];
	buf_init(&b, 64U << 20);
	assert(yaml_write_rules(&how, list, set->count, &b) == 0);
	out = text_dup(a, buf_text(&b));
	buf_clear(&b);
	assert(out.data != NULL);
	return out;
}

/* What is written of the rules reads back to the same. */
static void
round_trip(struct arena *a, struct names *names, struct conf *conf,
    const struct ruleset *set)
{
	char path[] = "/tmp/fuzz-rules-again-XXXXXX";
	struct text t = write_rules(a, names, set);
	struct ruleset again = {0};
	struct rule_changes changes;
	struct plan_problem *problems;
	int fd = mkstemp(path), rc;
	size_t n;

	assert(fd >= 0 && write(fd, t.data, t.len) == (ssize_t)t.len);
	(void)close(fd);
	conf->rules.items[0] = text_of(path);
	rc = ruleset_load(conf, names, a, &again, &problems, &n);
	(void)unlink(path);
	if (t.len > (1U << 20)) /* longer than what may be read */
		return;
	assert(rc == 0 && again.count == set->count);
	for (size_t i = 0; i < set->count; i++) {
		assert(rule_compare(names, &set->rules[i], &again.rules[i], a,
			   &changes) == 0);
		assert(changes.count == 0);
		assert(text_equal(set->rules[i].id, again.rules[i].id));
	}
	ruleset_clear(&again);
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
	if (one != NULL)
		round_trip(a, names, conf, &set);
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
