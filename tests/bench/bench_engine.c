/* tests/bench/bench_engine.c -- how many objects a second go through each step
 * of the engine, with directories that cost nothing.
 * bench_engine [OBJECTS [FOLDER]] */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/engine.h"

#define ATTRIBUTES 20

struct bench {
	struct store *store;
	struct arena *arena;
	struct arena *batch; /* of a directory's entries */
	struct names *names;
	struct schema *schema;
	uint32_t attrs[ATTRIBUTES];
	uint32_t person, user, manager, id;
	struct rule rules[4];
	struct engine_connector connectors[2];
	struct plan *plan;
	struct engine *engine;
	int64_t objects;
	int64_t exported;
	int64_t changed; /* objects with another value this time */
};

static struct bench bench;

static void
must(int r, const struct err *e)
{
	if (r >= 0)
		return;
	(void)fprintf(stderr, "bench_engine: %s (%d)\n", e->text, r);
	_exit(1);
}

#define MUST(call)                  \
	do {                        \
		struct err e = {0}; \
		must((call), &e);   \
	} while (0)

static long
anonymous_kib(void)
{
	char line[160];
	long kib = 0;
	FILE *f = fopen("/proc/self/status", "re");

	while (f != NULL && fgets(line, sizeof(line), f) != NULL)
		if (strncmp(line, "RssAnon:", 8) == 0)
			kib = strtol(line + 8, NULL, 10);
	if (f != NULL)
		(void)fclose(f);
	return kib;
}

static uint32_t
name_of(const char *s)
{
	uint32_t n;

	MUST(names_intern(bench.names, text_of(s), &n));
	return n;
}

/* ---- Two directories: people, and a cloud that has what was exported ---- */

static struct connector source = {0}, cloud = {0};

static struct text
dn_of(struct arena *a, bool is_cloud, int64_t i)
{
	return text_of(is_cloud
			   ? arena_printf(a, "CN=%" PRId64, i)
			   : arena_printf(a,
				 "CN=Person %" PRId64 ",OU=People,DC=bench,"
				 "DC=example",
				 i));
}

static struct value
reference_of(struct arena *a, bool is_cloud, int64_t i)
{
	if (is_cloud)
		return value_reference_anchor(
		    text_of(arena_printf(a, "anchor-%" PRId64, i)));
	return value_reference_dn(dn_of(a, false, i));
}

static void
make_entry(struct arena *a, bool is_cloud, int64_t i, struct entry *out)
{
	*out = (struct entry){.kind = ENTRY_OBJECT, .type = bench.user};
	out->dn = dn_of(a, is_cloud, i);
	out->anchor = text_of(arena_printf(a, "anchor-%" PRId64, i));
	MUST(attrs_add(a, &out->attrs, bench.id,
	    value_string(text_of(arena_printf(a, "%" PRId64, i)))));
	for (size_t k = 0; k < ATTRIBUTES; k++)
		MUST(attrs_add(a, &out->attrs, bench.attrs[k],
		    value_string(text_of(arena_printf(a,
			"value %zu of person %" PRId64 "%s", k, i,
			k == 0 && i < bench.changed ? " changed" : "")))));
	if (i > 0)
		MUST(attrs_add(a, &out->attrs, bench.manager,
		    reference_of(a, is_cloud, i / 10)));
}

static int
import_all(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e)
{
	static struct entry list[500];
	bool is_cloud = c == &cloud;
	int64_t total = is_cloud ? bench.exported : bench.objects;
	size_t n = 0;
	int r = 0;

	(void)req;
	for (int64_t i = 0; i < total && r == 0; i++) {
		make_entry(bench.batch, is_cloud, i, &list[n++]);
		if (n < 500 && i + 1 < total)
			continue;
		r = sink->entries(sink->ctx, list, n, e);
		arena_reset(bench.batch);
		n = 0;
	}
	*out = (struct import_reply){0};
	return r;
}

static int
export_all(struct connector *c, const struct export_item *items, size_t n,
    struct export_result *results, struct err *e)
{
	(void)c;
	(void)e;
	arena_reset(bench.batch);
	for (size_t i = 0; i < n; i++) {
		struct text id = items[i].dn;

		results[i].status = EXPORT_DONE;
		if (items[i].op != DELTA_ADD)
			continue;
		results[i].anchor = text_of(arena_printf(
		    bench.batch, "anchor-%.*s", (int)id.len - 3, id.data + 3));
		bench.exported++;
	}
	return 0;
}

static int
open_source(
    const struct connector_env *env, struct connector **out, struct err *e)
{
	(void)env;
	(void)e;
	*out = &source;
	return 0;
}

static int
open_cloud(
    const struct connector_env *env, struct connector **out, struct err *e)
{
	(void)env;
	(void)e;
	*out = &cloud;
	return 0;
}

static void
close_it(struct connector *c)
{
	(void)c;
}

static int
partitions(struct connector *c, struct partition **out, size_t *out_count,
    struct err *e)
{
	static struct partition one = {
	    .name = {"default", 7}, .selected = true};

	(void)c;
	(void)e;
	*out = &one;
	*out_count = 1;
	return 0;
}

static const struct connector_ops source_ops = {.open = open_source,
    .close = close_it,
    .partitions = partitions,
    .full_import = import_all};
static const struct connector_ops cloud_ops = {.open = open_cloud,
    .close = close_it,
    .partitions = partitions,
    .full_import = import_all,
    .export = export_all};
static const struct connector_kind source_kind = {
    .name = "source", .ops = &source_ops, .export_batch = 1};
static const struct connector_kind cloud_kind = {.name = "cloud",
    .can = CAN_EXPORT | CAN_MAKE_ANCHOR | CAN_REFS_BY_ANCHOR,
    .export_batch = 20,
    .ops = &cloud_ops};

/* ---- Rules ---- */

static void
declare(const char *name, enum value_type type, uint32_t *out)
{
	struct schema_attr a = {.name = name_of(name), .type = type};

	MUST(schema_add(bench.schema, a, &e));
	*out = a.name;
}

static void
add_flow(struct rule *r, uint32_t target, const char *expression)
{
	struct flow *f = &r->flows[r->flow_count++];

	*f = (struct flow){.target = target, .merge = MERGE_UPDATE};
	if (expression == NULL) {
		f->kind = FLOW_DIRECT;
		f->source = target;
	} else {
		f->kind = FLOW_EXPRESSION;
		f->text = text_of(expression);
	}
}

static struct rule *
make_rule(size_t i, enum rule_direction direction, const char *connector)
{
	static struct join_group groups[2];
	struct rule *r = &bench.rules[i];
	bool in = direction == RULE_INBOUND;

	*r = (struct rule){.direction = direction,
	    .precedence = (int32_t)(100 + i),
	    .link = LINK_PROVISION,
	    .connector = text_of(connector),
	    .source_type = in ? bench.user : bench.person,
	    .target_type = in ? bench.person : bench.user,
	    .join = &groups[i],
	    .join_count = 1};
	r->name = r->id = text_of(in ? "in" : "out");
	r->id_name = name_of(r->id.data);
	groups[i].clauses =
	    arena_alloc(bench.arena, sizeof(*groups[i].clauses));
	groups[i].clauses[0] = (struct join_clause){bench.id, bench.id, false};
	groups[i].count = 1;
	r->flows = arena_array(bench.arena, ATTRIBUTES + 4, sizeof(*r->flows));
	for (size_t k = 0; k < ATTRIBUTES; k++)
		add_flow(r, bench.attrs[k],
		    in && k == 1 ? "Trim([attribute1])"
		    : in && k == 2
			? "IIF(IsPresent([attribute2]), [attribute2], NULL)"
			: NULL);
	add_flow(r, bench.manager, NULL);
	add_flow(r, bench.id, NULL);
	if (!in)
		add_flow(r, name_of("dn"), "\"CN=\" & [employeeID]");
	return r;
}

static void
make_schema(void)
{
	bench.schema = schema_new();
	bench.user = name_of("user");
	bench.person = name_of("person");
	MUST(schema_add_type(bench.schema, bench.user));
	MUST(schema_add_type(bench.schema, bench.person));
	for (size_t k = 0; k < ATTRIBUTES; k++)
		declare(arena_printf(bench.arena, "attribute%zu", k),
		    VALUE_STRING, &bench.attrs[k]);
	declare("employeeID", VALUE_STRING, &bench.id);
	declare("manager", VALUE_REFERENCE, &bench.manager);
}

static void
make_plan(void)
{
	static struct plan_connector pc[2];
	struct plan_input in = {.names = bench.names,
	    .rules = bench.rules,
	    .rule_count = 2,
	    .connectors = pc,
	    .connector_count = 2,
	    .mv_schema = bench.schema};
	struct plan_problem *problems = NULL;
	size_t n = 0;

	for (size_t i = 0; i < 2; i++)
		pc[i] =
		    (struct plan_connector){.name = bench.connectors[i].name,
			.kind = TEXT("x"),
			.schema = bench.schema};
	make_rule(0, RULE_INBOUND, "source");
	make_rule(1, RULE_OUTBOUND, "cloud");
	if (plan_build(&in, bench.arena, &bench.plan, &problems, &n) < 0) {
		(void)fprintf(stderr, "%.*s\n", TEXT_ARGS(problems[0].text));
		_exit(1);
	}
}

static void
make_engine(void)
{
	static const char *const names[] = {"source", "cloud"};
	struct engine_config cfg = {.store = bench.store,
	    .connectors = bench.connectors,
	    .connector_count = 2,
	    .guard = {.deletions = ENGINE_GUARD_OFF,
		.source_percent = 40,
		.source_minimum = 10}};
	struct store_connector c;

	MUST(store_begin(bench.store, &e));
	for (size_t i = 0; i < 2; i++) {
		MUST(store_connector_ensure(
		    bench.store, text_of(names[i]), TEXT("x"), &c, &e));
		bench.connectors[i] = (struct engine_connector){.id = c.id,
		    .name = text_of(names[i]),
		    .kind = i == 0 ? &source_kind : &cloud_kind,
		    .schema = bench.schema,
		    .cloud = i == 1};
	}
	MUST(store_commit(bench.store, &e));
	make_plan();
	cfg.plan = bench.plan;
	MUST(engine_new(&cfg, &bench.engine, &e));
}

/* ---- Measuring ---- */

static void
measure(const char *what, size_t connector, enum engine_profile profile)
{
	int64_t wall = clock_monotonic_ms(), cpu = clock_cpu_ms();
	struct arena *a = arena_new(0);
	struct engine_report rep;
	double s, c;

	MUST(engine_run(bench.engine, connector, profile, a, &rep, &e));
	s = (double)(clock_monotonic_ms() - wall) / 1000;
	c = (double)(clock_cpu_ms() - cpu) / 1000;
	(void)printf("%-34s %8.2f s %8.2f s cpu %9.0f objects/s cpu %8ld KiB"
		     " %.*s\n",
	    what, s, c, (double)bench.objects / (c > 0 ? c : 0.001),
	    anonymous_kib(), TEXT_ARGS(rep.run.result));
	(void)fflush(stdout);
	(void)arena_free(a);
}

static void
measure_all(void)
{
	measure("first import", 0, PROFILE_FULL_IMPORT);
	measure("first import of the empty cloud", 1, PROFILE_FULL_IMPORT);
	measure("first full sync", 0, PROFILE_FULL_SYNC);
	measure("first export", 1, PROFILE_EXPORT);
	measure("confirming import", 1, PROFILE_FULL_IMPORT);
	measure("delta sync of what was confirmed", 1, PROFILE_DELTA_SYNC);
	measure("import, nothing changed", 0, PROFILE_FULL_IMPORT);
	measure("delta sync, nothing changed", 0, PROFILE_DELTA_SYNC);
	measure("full sync, nothing changed", 0, PROFILE_FULL_SYNC);
	bench.changed = bench.objects / 100;
	measure("import, 1 % changed", 0, PROFILE_FULL_IMPORT);
	measure("delta sync of 1 %", 0, PROFILE_DELTA_SYNC);
	measure("export of 1 %", 1, PROFILE_EXPORT);
}

int
main(int argc, char **argv)
{
	const char *folder = argc > 2 ? argv[2] : "/tmp";
	char path[512];

	bench.objects = argc > 1 ? strtol(argv[1], NULL, 10) : 10000;
	bench.arena = arena_new(0);
	bench.batch = arena_new(0);
	(void)snprintf(path, sizeof(path), "%s/bench-engine-%ld.db", folder,
	    (long)getpid());
	MUST(store_open(path, STORE_WRITE, &bench.store, &e));
	bench.names = store_names(bench.store);
	make_schema();
	make_engine();
	(void)printf("%" PRId64 " objects, %d attributes and a manager\n",
	    bench.objects, ATTRIBUTES + 1);
	measure_all();
	bench.engine = engine_free(bench.engine);
	bench.plan = plan_free(bench.plan);
	bench.store = store_close(bench.store);
	bench.schema = schema_free(bench.schema);
	for (int i = 0; i < 4; i++) {
		static const char *const ends[] = {"", "-wal", "-shm", "-lock"};
		char file[600];

		(void)snprintf(file, sizeof(file), "%s%s", path, ends[i]);
		(void)unlink(file);
	}
	(void)arena_free(bench.arena);
	(void)arena_free(bench.batch);
	return 0;
}
