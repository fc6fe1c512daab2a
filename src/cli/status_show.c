/* cli/status_show.c -- what waits for a person: plans, slices that are held,
 * and what is allowed for now. */
#include "cli/status_show.h"

#include <inttypes.h>
#include <stdio.h>

#include "store/frozen.h"

#define PLANS_MAX 1000U /* the newest */

/* ---- Plans ---- */

static struct json *
plan_json(struct session *s, const struct frozen *f)
{
	struct json *j = json_new_object();

	json_set_int(j, "number", f->id);
	json_set_str(j, "state", frozen_state_name(f->state));
	json_set_text(j, "by", f->who);
	json_set_text(j, "made", show_time(s, f->ms));
	json_set_int(j, "adds", (int64_t)f->adds);
	json_set_int(j, "updates", (int64_t)f->updates);
	json_set_int(j, "deletes", (int64_t)f->deletes);
	return j;
}

static void
say_plan(struct session *s, const struct frozen *f)
{
	(void)printf("plan %" PRId64 " of %.*s, %.*s: %s (%" PRIu64
		     " adds, %" PRIu64 " updates, %" PRIu64
		     " deletes): causeway plan show %" PRId64 "\n",
	    f->id, TEXT_ARGS(f->who), TEXT_ARGS(show_time(s, f->ms)),
	    frozen_state_name(f->state), f->adds, f->updates, f->deletes,
	    f->id);
}

static int
each_plan(struct session *s, struct json *list, struct err *e)
{
	struct frozen *plans = NULL;
	size_t n = 0;
	int r = frozen_list(
	    s->setup.store, s->setup.arena, PLANS_MAX, &plans, &n, e);

	for (size_t i = 0; i < n && r == 0; i++) {
		if (plans[i].state != FROZEN_WAITS &&
		    plans[i].state != FROZEN_PARTLY)
			continue;
		if (list != NULL)
			json_push(list, plan_json(s, &plans[i]));
		else
			say_plan(s, &plans[i]);
	}
	return r;
}

/* ---- Slices that limits hold ---- */

static void
show_held(const struct engine_connector *c, struct text why, struct json *list)
{
	struct json *j;

	if (list == NULL) {
		(void)printf(
		    "%.*s holds: %.*s\n", TEXT_ARGS(c->name), TEXT_ARGS(why));
		return;
	}
	j = json_new_object();
	json_set_text(j, "connector", c->name);
	json_set_text(j, "why", why);
	json_push(list, j);
}

/* Nothing where the rules cannot be read. */
static int
each_held(struct session *s, struct json *list, struct err *e)
{
	int r = 0;

	for (size_t i = 0;
	     s->setup.engine != NULL && i < s->setup.connector_count && r == 0;
	     i++) {
		const struct engine_connector *c = &s->setup.connectors[i];
		struct text *held = NULL;
		size_t n = 0;

		if ((c->kind->can & CAN_EXPORT) != 0 && c->id != 0)
			r = engine_guard_held(
			    s->setup.engine, i, s->setup.arena, &held, &n, e);
		for (size_t k = 0; k < n && r == 0; k++)
			show_held(c, held[k], list);
	}
	return r;
}

/* ---- All of it ---- */

typedef int each_fn(struct session *s, struct json *list, struct err *e);

static const struct {
	const char *name;
	each_fn *each;
} kinds[] = {
    {"plans", each_plan},
    {"held", each_held},
    {"acks", guard_acks_show},
};

int
status_waits_json(struct session *s, struct json *root, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && r == 0;
	     i++) {
		struct json *list = json_new_list();

		r = kinds[i].each(s, list, e);
		json_set(root, kinds[i].name, list);
	}
	return r;
}

int
status_waits_print(struct session *s, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && r == 0; i++)
		r = kinds[i].each(s, NULL, e);
	return r;
}
