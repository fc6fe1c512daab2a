/* tests/unit/engine/golden_world.c -- connectors, schemas and rules of a case,
 * through the readers and the engine that the programs use. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/clock.h"
#include "golden.h"
#include "rules/ruleset_int.h"

#define BUF_BYTES (1U << 20)
#define MIDNIGHT  1767225600000 /* 2026-01-01T00:00:00Z */

struct world *
world_new(const char *path)
{
	struct world *w = calloc(1, sizeof(*w));

	assert(w != NULL);
	w->path = path;
	w->arena = arena_new(0);
	assert(w->arena != NULL);
	assert(store_open("", STORE_MEMORY, &w->store, NULL) == 0);
	w->names = store_names(w->store);
	w->common = schema_new();
	assert(w->common != NULL);
	buf_init(&w->metaverse, BUF_BYTES);
	buf_init(&w->rules, BUF_BYTES);
	buf_init(&w->settings, BUF_BYTES);
	buf_init(&w->problems, BUF_BYTES);
	clock_set_ms(MIDNIGHT);
	return w;
}

void
world_stop(struct world *w)
{
	w->engine = engine_free(w->engine);
	w->plan = plan_free(w->plan);
	ruleset_clear(&w->set);
}

struct world *
world_free(struct world *w)
{
	world_stop(w);
	for (size_t i = 0; i < w->count; i++) {
		fake_clear(w->dirs[i]);
		free(w->dirs[i]);
		w->schemas[i] = schema_free(w->schemas[i]);
	}
	w->common = schema_free(w->common);
	w->store = store_close(w->store);
	buf_clear(&w->metaverse);
	buf_clear(&w->rules);
	buf_clear(&w->settings);
	buf_clear(&w->problems);
	w->arena = arena_free(w->arena);
	clock_set_ms(-1);
	free(w);
	return NULL;
}

uint32_t
world_name(const struct world *w, const char *s)
{
	uint32_t n = 0;

	assert(names_intern(w->names, text_of(s), &n) == 0);
	return n;
}

size_t
world_dir(const struct world *w, const char *name, int line)
{
	for (size_t i = 0; i < w->count; i++)
		if (text_is(w->connectors[i].name, name))
			return i;
	golden_bad(w->path, line, "there is no connector \"%s\"", name);
}

/* ---- Declarations ---- */

static void
declare_types(struct world *w, struct schema *s, const char *list)
{
	char word[128];
	int used;

	while (sscanf(list, " %127[^, ]%n", word, &used) == 1) {
		assert(schema_add_type(s, world_name(w, word)) == 0);
		list += used;
		list += strspn(list, ", ");
	}
}

/* "title: string", "types: user, group"; false where it is neither. */
static bool
declare(struct world *w, struct schema *s, const char *line)
{
	char name[128], type[128];
	struct schema_attr a = {0};
	bool instead = false;

	if (sscanf(line, "%127[^:]: %127[^\n]", name, type) != 2)
		return false;
	if (strcmp(name, "types") == 0) {
		declare_types(w, s, strchr(line, ':') + 1);
		return true;
	}
	if (!metaverse_type(text_of(type), &a, &instead))
		return false;
	a.name = world_name(w, name);
	return schema_add(s, a, NULL) == 0;
}

static bool
is_built_in(struct world *w, const char *line)
{
	struct schema *s = schema_new();
	char name[128] = "";
	bool found;

	assert(s != NULL && metaverse_fill(s, w->names) == 0);
	(void)sscanf(line, "%127[^:]", name);
	found = schema_find(s, world_name(w, name)) != NULL ||
		strcmp(name, "types") == 0;
	(void)schema_free(s);
	return found;
}

static void
declare_common(struct world *w, const struct block *b)
{
	for (size_t i = 0; i < b->count; i++) {
		if (!declare(w, w->common, b->lines[i]))
			golden_bad(
			    w->path, b->numbers[i], "\"name: type\" is wanted");
		if (!is_built_in(w, b->lines[i]))
			buf_printf(&w->metaverse, "  %s\n", b->lines[i]);
	}
}

static const struct connector_kind *
kind_named(const char *name)
{
	if (strcmp(name, "cloud") == 0)
		return &fake_cloud_kind;
	if (strcmp(name, "directory with deltas") == 0)
		return &fake_tracked_kind;
	if (strcmp(name, "directory") == 0)
		return &fake_source_kind;
	return NULL;
}

static struct schema *
schema_like(const struct schema *s)
{
	struct schema *copy = schema_new();

	assert(copy != NULL);
	for (size_t i = 0; i < schema_count(s); i++)
		assert(schema_add(copy, *schema_at(s, i), NULL) == 0);
	for (size_t i = 0; i < schema_type_count(s); i++)
		assert(schema_add_type(copy, schema_type_at(s, i)) == 0);
	return copy;
}

/* "Site: north", "Domain.Netbios@DC=b: BEE" */
static void
declare_parameter(struct world *w, size_t i, const char *line)
{
	const char *colon = strstr(line, ": ");

	if (colon == NULL)
		golden_bad(w->path, 0, "parameter NAME: VALUE");
	w->parameters[i] = arena_printf(w->arena, "%s%s'%.*s': '%s'",
	    w->parameters[i], w->parameters[i][0] != '\0' ? ", " : "",
	    (int)(colon - line), line, colon + 2);
}

/* "Connector NAME: KIND, partition DN | DN" */
static void
declare_connector(struct world *w, const struct block *b)
{
	char name[64] = "", kind[64] = "", partition[256] = "default";
	size_t i = w->count++;
	const struct connector_kind *k;
	struct store_connector c;

	if (w->count > GOLDEN_DIRS ||
	    sscanf(b->head, "Connector %63[^:]: %63[^,], partition %255[^\n]",
		name, kind, partition) < 2 ||
	    (k = kind_named(kind)) == NULL)
		golden_bad(w->path, b->line, "Connector NAME: KIND");
	w->schemas[i] = schema_like(w->common);
	w->parameters[i] = "";
	for (size_t n = 0; n < b->count; n++) {
		if (strncmp(b->lines[n], "parameter ", 10) == 0)
			declare_parameter(w, i, b->lines[n] + 10);
		else if (!declare(w, w->schemas[i], b->lines[n]))
			golden_bad(w->path, b->numbers[n], "what is that?");
	}
	assert(store_begin(w->store, NULL) == 0);
	assert(store_connector_ensure(
		   w->store, text_of(name), text_of(k->name), &c, NULL) == 0);
	assert(store_commit(w->store, NULL) == 0);
	w->dirs[i] = calloc(1, sizeof(*w->dirs[i]));
	assert(w->dirs[i] != NULL);
	fake_init(w->dirs[i], w->names, arena_strdup(w->arena, partition));
	w->connectors[i] = (struct engine_connector){.id = c.id,
	    .name = text_of(arena_strdup(w->arena, name)),
	    .kind = k,
	    .conf = &w->dirs[i]->conf,
	    .schema = w->schemas[i],
	    .cloud = k == &fake_cloud_kind};
}

static void
take_rules(struct world *w, const struct block *b)
{
	/* as many empty lines as make its line numbers right */
	for (size_t i = 0; i < b->count; i++)
		buf_printf(&w->rules, "  %s\n", b->lines[i]);
}

bool
world_declare(struct world *w, const struct block *b)
{
	if (strcmp(b->head, "Attributes") == 0)
		declare_common(w, b);
	else if (strncmp(b->head, "Connector ", 10) == 0)
		declare_connector(w, b);
	else if (strcmp(b->head, "Rules") == 0)
		take_rules(w, b);
	else if (strcmp(b->head, "Parameters") == 0)
		for (size_t i = 0; i < b->count; i++)
			buf_printf(&w->settings, "  %s\n", b->lines[i]);
	else if (strcmp(b->head, "Rules become") == 0) {
		world_stop(w);
		buf_reset(&w->rules);
		take_rules(w, b);
	} else {
		return strncmp(b->head, "Proves: ", 8) == 0;
	}
	return true;
}

/* ---- The engine ---- */

static int
file_in_memory(const struct world *w)
{
	int fd = memfd_create("rules", MFD_CLOEXEC);
	struct buf b;
	struct text t;

	buf_init(&b, BUF_BYTES);
	if (w->metaverse.len != 0)
		buf_printf(&b, "metaverse:\n%.*s", (int)w->metaverse.len,
		    w->metaverse.data);
	buf_printf(&b, "rules:\n%.*s", (int)w->rules.len,
	    w->rules.data != NULL ? w->rules.data : "");
	t = buf_text(&b);
	assert(fd >= 0 && write(fd, t.data, t.len) == (ssize_t)t.len);
	buf_clear(&b);
	return fd;
}

static void
configure(struct world *w, int fd, int line)
{
	struct conf_problems *problems = calloc(1, sizeof(*problems));
	struct buf b;

	assert(problems != NULL);
	buf_init(&b, BUF_BYTES);
	buf_puts(&b, "connectors:\n");
	for (size_t i = 0; i < w->count; i++)
		buf_printf(&b,
		    "  - {name: %.*s, kind: file, path: x, format: csv, "
		    "anchor: id, type: user, parameters: {%s}}\n",
		    TEXT_ARGS(w->connectors[i].name), w->parameters[i]);
	if (w->settings.len != 0)
		buf_printf(&b, "parameters:\n%.*s", (int)w->settings.len,
		    w->settings.data);
	buf_printf(&b, "rules: [/proc/self/fd/%d]\n", fd);
	if (conf_parse("/causeway.yaml", buf_text(&b), w->arena, &w->conf,
		problems) < 0)
		golden_bad(
		    w->path, line, "%.*s", TEXT_ARGS(problems->items[0].text));
	buf_clear(&b);
	free(problems);
}

static const struct text *
pairs_of(struct world *w, const struct conf_map *map)
{
	struct text *t = arena_array(w->arena, 2 * map->count + 1, sizeof(*t));

	assert(t != NULL);
	for (size_t i = 0; i < map->count; i++) {
		t[2 * i] = map->items[i].name;
		t[2 * i + 1] = map->items[i].value;
	}
	return t;
}

static int
note_problems(struct world *w, const struct plan_problem *list, size_t n, int r)
{
	for (size_t i = 0; i < n; i++)
		buf_printf(&w->problems, "%.*s: %.*s%s%.*s\n",
		    TEXT_ARGS(list[i].rule), TEXT_ARGS(list[i].attribute),
		    list[i].attribute.len != 0 ? ": " : "",
		    TEXT_ARGS(list[i].text));
	return r;
}

/* The nth connector has the GUID 00000000-0000-0000-0000-00000000000n, so that
 * an expectation can name it. */
static struct text
guid_of(struct world *w, size_t i)
{
	return text_of(arena_printf(
	    w->arena, "{00000000-0000-0000-0000-00000000000%zu}", i + 1));
}

static const struct text *
partitions_of(struct world *w, size_t i, size_t *out_count)
{
	struct text *list = arena_array(w->arena, 8, sizeof(*list));
	const char *at = w->dirs[i]->partition;
	size_t n = 0;

	assert(list != NULL);
	while (at != NULL && n < 8) {
		const char *bar = strstr(at, " | ");

		list[n] = text_of(at);
		if (bar != NULL)
			list[n].len = (size_t)(bar - at);
		at = bar != NULL ? bar + 3 : NULL;
		n++;
	}
	*out_count = n;
	return list;
}

static int
compile(struct world *w)
{
	struct plan_connector *pc = w->planned; /* the plan borrows it */
	struct plan_input in = {.names = w->names,
	    .connectors = pc,
	    .connector_count = w->count,
	    .params = pairs_of(w, &w->conf->parameters),
	    .param_count = w->conf->parameters.count};
	struct plan_problem *problems = NULL;
	size_t n = 0;
	int r =
	    ruleset_load(w->conf, w->names, w->arena, &w->set, &problems, &n);

	r = note_problems(w, problems, n, r);
	if (r < 0)
		return r;
	in.rules = w->set.rules;
	in.rule_count = w->set.count;
	in.mv_schema = w->set.mv_schema;
	for (size_t i = 0; i < w->count; i++) {
		const struct conf_map *map =
		    &w->conf->connectors.items[i].parameters;
		size_t parts = 0;
		const struct text *partitions = partitions_of(w, i, &parts);

		pc[i] = (struct plan_connector){.name = w->connectors[i].name,
		    .id = guid_of(w, i),
		    .partitions = partitions,
		    .partition_count = parts,
		    .kind = TEXT("file"),
		    .schema = w->schemas[i],
		    .params = pairs_of(w, map),
		    .param_count = map->count};
	}
	r = plan_build(&in, w->arena, &w->plan, &problems, &n);
	return note_problems(w, problems, n, r);
}

void
world_start(struct world *w, int line)
{
	struct engine_config cfg = {.store = w->store,
	    .connectors = w->connectors,
	    .connector_count = w->count,
	    .guard = {.deletions = ENGINE_GUARD_OFF,
		.source_percent = 100,
		.source_minimum = 1000000},
	    .config_dir = "/"};
	struct err e = {0};
	int fd, r;

	if (w->engine != NULL)
		return;
	fd = file_in_memory(w);
	configure(w, fd, line);
	buf_reset(&w->problems);
	r = compile(w);
	(void)close(fd);
	w->refused = r < 0;
	if (r < 0)
		return;
	cfg.plan = w->plan;
	if (engine_new(&cfg, &w->engine, &e) < 0)
		golden_bad(w->path, line, "%s", e.text);
}
