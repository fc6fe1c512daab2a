/* engine/gates.c -- the gates of an export, one line each. */
#include "engine/plan/plan_int.h"

/* Fills in a gate; out->ask stays NULL where there is nothing to hold. */
typedef int gate_maker(struct engine *g, size_t connector, struct arena *a,
    struct export_gate *out, struct err *e);

static int
plan(struct engine *g, size_t connector, struct arena *a,
    struct export_gate *out, struct err *e)
{
	(void)connector;
	(void)a;
	(void)e;
	if (g->applying != NULL)
		*out = plan_gate(g->applying);
	return 0;
}

static int
extra(struct engine *g, size_t connector, struct arena *a,
    struct export_gate *out, struct err *e)
{
	(void)connector;
	(void)a;
	(void)e;
	*out = g->extra_gate;
	return 0;
}

/* In the order in which they are asked: each sees what those before left. */
static gate_maker *const makers[] = {
    holds_gate, waiting_gate, plan, extra, values_gate};

int
gates_of(struct engine *g, size_t connector, struct arena *a, struct gates *out,
    struct err *e)
{
	int r = 0;

	*out = (struct gates){0};
	for (size_t i = 0; i < sizeof(makers) / sizeof(makers[0]) && r == 0;
	     i++) {
		struct export_gate *gate = &out->list[out->count];

		*gate = (struct export_gate){0};
		r = makers[i](g, connector, a, gate, e);
		if (gate->ask != NULL)
			out->count++;
	}
	/* the last: it counts what all others let through */
	return r < 0 ? r : limits_gate(g, connector, out, a, e);
}
