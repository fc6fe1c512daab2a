/* tests/bench/bench_rules.c -- how many objects a second go through the rules
 * of a configuration: scope, join criteria, flows in, flows out.  No store, no
 * directory, one core.
 * bench_rules [OBJECTS [FOLDER]]   FOLDER: of causeway.yaml, or an export of
 *                                  the vendor's server; without one the
 *                                  default rules from AD to Graph */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "bench_rules.h"
#include "lib/mallocs.h"

void
bench_fail(const char *what, const struct err *e)
{
	(void)fprintf(stderr, "bench_rules: %s: %s\n", what, e->text);
	_exit(1);
}

/* ---- One object through the rules ---- */

/* How far an object is taken: each stage has those before it in it. */
enum stage {
	STAGE_SCOPE_IN,
	STAGE_FLOW_IN,
	STAGE_SCOPE_OUT,
	STAGE_FLOW_OUT,
	STAGE_AGAIN, /* flows once more, expressions remembered */
	STAGES
};

static const char *const stage_names[] = {
    [STAGE_SCOPE_IN] = "scope and join criteria, inbound",
    [STAGE_FLOW_IN] = "flows, inbound",
    [STAGE_SCOPE_OUT] = "scope, outbound",
    [STAGE_FLOW_OUT] = "flows, outbound",
};

/* What became of an object, to be told once. */
struct tally {
	size_t rules_in, rules_out, values_in, values_out, targets;
};

struct walk {
	const struct rule_bench *b;
	struct arena *arena; /* of one object */
	enum stage upto;
	struct tally tally;
	struct err e;
};

/* The rules in scope as inputs; *out_provision: the first that provisions. */
static struct flow_input *
in_scope(struct walk *w, const struct plan_source *src, uint32_t type,
    enum rule_direction direction, size_t *out_count,
    const struct plan_rule **out_provision)
{
	const struct plan_rule *const *rules = NULL;
	struct flow_input *list;
	size_t n = 0, count = 0;

	*out_provision = NULL;
	if (plan_rules(
		w->b->plan, src->connector, direction, type, &rules, &n) < 0)
		bench_fail("plan_rules", &w->e);
	list = arena_array(w->arena, n + 1, sizeof(*list));
	for (size_t i = 0; i < n && list != NULL; i++) {
		int r = plan_in_scope(w->b->plan, rules[i], src, &w->e);

		if (r < 0)
			bench_fail("scope", &w->e);
		if (r == 0)
			continue;
		list[count++] = (struct flow_input){
		    .rule = rules[i], .src = src, .created = true};
		if (*out_provision == NULL &&
		    rules[i]->rule->link == LINK_PROVISION &&
		    plan_join_has_value(rules[i], src->attrs))
			*out_provision = rules[i];
	}
	*out_count = count;
	return list;
}

static void
flow(struct walk *w, const struct flow_request *req, struct attrs *out)
{
	struct flow_result *results = NULL;
	size_t n = 0;

	for (int i = w->upto == STAGE_AGAIN ? 0 : 1; i < 2; i++)
		if (plan_flow(req, w->arena, &results, &n, &w->e) < 0)
			bench_fail("flow", &w->e);
	for (size_t i = 0; i < n; i++)
		if (results[i].count != 0 &&
		    attrs_set(w->arena, out, results[i].target,
			results[i].values, results[i].count) < 0)
			bench_fail("values", &w->e);
}

/* What rules in scope want of one target type. */
static void
to_type(struct walk *w, const struct plan_source *src,
    struct flow_input *inputs, size_t n, uint32_t type)
{
	struct flow_request req = {.plan = w->b->plan,
	    .direction = RULE_OUTBOUND,
	    .inputs = inputs,
	    .schema = w->b->connectors[src->connector].schema};
	struct attrs out = {0};

	for (size_t i = 0; i < n; i++) {
		uint32_t of = inputs[i].rule->rule->target_type;

		if (of == type || of == 0)
			inputs[req.input_count++] = inputs[i];
	}
	flow(w, &req, &out);
	w->tally.rules_out += req.input_count;
	w->tally.values_out += out.count;
	w->tally.targets++;
}

static void
outbound(
    struct walk *w, const struct attrs *mv, size_t connector, uint32_t type)
{
	struct plan_source src = {.attrs = mv,
	    .imported = mv,
	    .connector = connector,
	    .scratch = w->arena,
	    .memo =
		flow_memo_new(w->b->plan, connector, RULE_OUTBOUND, w->arena)};
	const struct plan_rule *provision;
	size_t n;
	struct flow_input *inputs =
	    in_scope(w, &src, type, RULE_OUTBOUND, &n, &provision);

	if (w->upto >= STAGE_FLOW_OUT && provision != NULL)
		to_type(w, &src, inputs, n, provision->rule->target_type);
}

static void
one_object(struct walk *w, const struct bench_object *o)
{
	struct plan_source src = {.attrs = &o->attrs,
	    .imported = &o->attrs,
	    .dn = o->dn,
	    .connector = w->b->source,
	    .partition = w->b->partition,
	    .scratch = w->arena,
	    .memo = flow_memo_new(
		w->b->plan, w->b->source, RULE_INBOUND, w->arena)};
	struct flow_request req = {.plan = w->b->plan,
	    .direction = RULE_INBOUND,
	    .schema = plan_mv_schema(w->b->plan)};
	const struct plan_rule *provision;
	struct attrs mv = {0};

	req.inputs = in_scope(
	    w, &src, o->type, RULE_INBOUND, &req.input_count, &provision);
	w->tally.rules_in += req.input_count;
	if (w->upto < STAGE_FLOW_IN || provision == NULL)
		return;
	flow(w, &req, &mv);
	w->tally.values_in += mv.count;
	for (size_t i = 0; i < w->b->connector_count; i++)
		if (w->upto >= STAGE_SCOPE_OUT)
			outbound(w, &mv, i, provision->rule->target_type);
}

/* ---- Measuring ---- */

#define KINDS 64U /* different objects, one after the other */
#define PARTS 20  /* of a measurement */

/* CPU time of this process. */
static double
cpu_us(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* CPU microseconds an object. */
static double
measure(struct walk *w, const struct bench_object *objects, int64_t n)
{
	double began = cpu_us();

	for (int64_t i = 0; i < n; i++) {
		arena_reset(w->arena);
		one_object(w, &objects[i % KINDS]);
	}
	return (cpu_us() - began) / (double)n;
}

/* The least of many: what else runs on the machine only adds. */
static void
measure_stages(
    struct walk *w, const struct bench_object *objects, int64_t n, double *us)
{
	for (int i = 0; i < PARTS; i++)
		for (w->upto = STAGE_SCOPE_IN; w->upto < STAGES; w->upto++) {
			double now = measure(w, objects, n / PARTS + 1);

			if (i == 0 || now < us[w->upto])
				us[w->upto] = now;
		}
}

static void
print_memory(struct walk *w, const struct bench_object *objects)
{
	const int64_t n = 1000;
	uint64_t before = mallocs;

	w->upto = STAGE_FLOW_OUT;
	(void)measure(w, objects, n);
	(void)printf("  %-34s %8.3f an object\n", "calls of malloc",
	    (double)(mallocs - before) / (double)n);
	w->arena = arena_free(w->arena);
	w->arena = arena_new(0);
	w->tally = (struct tally){0};
	one_object(w, &objects[0]);
	(void)printf("  %-34s %8zu bytes an object\n", "arena, at most",
	    arena_held(w->arena));
	(void)printf("  %-34s %8zu in, %zu out to %zu objects\n",
	    "rules in scope", w->tally.rules_in, w->tally.rules_out,
	    w->tally.targets);
	(void)printf("  %-34s %8zu in, %zu out\n", "attributes with a value",
	    w->tally.values_in, w->tally.values_out);
}

static void
print_kind(const struct rule_bench *b, bool group, int64_t n)
{
	static struct bench_object objects[KINDS];
	struct walk w = {.b = b, .arena = arena_new(0)};
	double us[STAGES], flows;

	bench_objects(b, group, objects, KINDS);
	measure_stages(&w, objects, n, us);
	(void)printf("%s: %.0f objects/s\n",
	    group ? "a group of 100 members" : "an enabled user with a mailbox",
	    1e6 / us[STAGE_FLOW_OUT]);
	for (enum stage s = STAGE_SCOPE_IN; s <= STAGE_FLOW_OUT; s++)
		(void)printf("  %-34s %8.2f us\n", stage_names[s],
		    us[s] - (s != 0 ? us[s - 1] : 0));
	flows = us[STAGE_FLOW_IN] - us[STAGE_SCOPE_IN] + us[STAGE_FLOW_OUT] -
		us[STAGE_SCOPE_OUT];
	(void)printf("  %-34s %8.2f us\n", "expressions, of all flows",
	    flows - (us[STAGE_AGAIN] - us[STAGE_FLOW_OUT]));
	print_memory(&w, objects);
	w.arena = arena_free(w.arena);
}

int
main(int argc, char **argv)
{
	int64_t n = argc > 1 ? strtol(argv[1], NULL, 10) : 20000;
	struct rule_bench b;

	if (n <= 0) {
		(void)fprintf(
		    stderr, "usage: bench_rules [OBJECTS [FOLDER]]\n");
		return 2;
	}
	bench_open(&b, argc > 2 ? argv[2] : NULL);
	(void)printf("%zu rules, %zu mappings, %zu expressions\n", b.rules,
	    b.mappings, b.expressions);
	print_kind(&b, false, n);
	print_kind(&b, true, n);
	bench_close(&b);
	return 0;
}
