/*
 * connectors/ldap/export_order.c -- which items of a batch wait for others.
 *
 * Many requests are under way at once and a server may carry them out in any
 * order.  So an item waits for those that make the container it goes to, that
 * free the name it gets, that rename a container above it, or that lie below
 * what it deletes.  Two that swap their names wait for each other: then one of
 * them takes a name of ours for a moment.
 */
#include "connectors/ldap/export_int.h"
#include "model/guid.h"

static bool
renames(const struct task *t)
{
	return t->item->op != DELTA_ADD && t->item->op != DELTA_DELETE &&
	       t->goal.len != 0;
}

/* Who leaves a name, and who comes to one. */
struct places {
	struct map *leaves;
	struct map *comes;
};

static int
names_find_task(struct export_job *j, struct task *t, struct places *p)
{
	int r = 0;

	if (t->item->op == DELTA_ADD)
		t->goal = t->item->dn;
	else if (t->item->op != DELTA_DELETE)
		t->goal = t->item->delta.new_dn;
	if (t->item->op != DELTA_ADD)
		r = moved_name(
		    j->c, j->arena, t->item->cs_id, t->item->dn, &t->name);
	if (r == 0 && t->name.len != 0)
		r = dn_key(j->arena, t->name, &t->old_key);
	if (r == 0 && t->name.len != 0)
		r = dn_key(j->arena, t->item->dn, &t->known_key);
	if (r == 0 && t->goal.len != 0)
		r = dn_key(j->arena, t->goal, &t->goal_key);
	if (r == 0 && (t->item->op == DELTA_DELETE || renames(t)))
		r = map_put(p->leaves, t->old_key, t);
	if (r == 0 && t->goal.len != 0)
		r = map_put(p->comes, t->goal_key, t);
	return r;
}

static int
wait_for(struct export_job *j, struct task *t, struct task *first)
{
	struct waiting *w;

	if (first == NULL || first == t)
		return 0;
	w = arena_alloc(j->arena, sizeof(*w));
	if (w == NULL)
		return ERR_NOMEM;
	w->task = t;
	w->next = first->waiting;
	first->waiting = w;
	t->waits++;
	return 0;
}

/* The name it gets, and the container of that. */
static int
wait_for_goal(struct export_job *j, struct task *t, const struct places *p)
{
	struct text parent, key;
	int r = wait_for(j, t, map_get(p->leaves, t->goal_key));

	if (r != 0 || dn_parent(j->arena, t->goal, &parent, NULL) != 0)
		return r;
	r = dn_key(j->arena, parent, &key);
	return r == 0 ? wait_for(j, t, map_get(p->comes, key)) : r;
}

/* A container above it that is renamed goes first, one that is deleted last. */
static int
wait_for_above(struct export_job *j, struct task *t, const struct places *p)
{
	struct text above = t->name, key;
	int r = 0;

	for (unsigned i = 0; i < EXPORT_DEPTH_MAX && r == 0; i++) {
		struct task *m;

		if (dn_parent(j->arena, above, &above, NULL) != 0 ||
		    above.len == 0)
			return 0;
		if (dn_key(j->arena, above, &key) != 0)
			return ERR_NOMEM;
		m = map_get(p->leaves, key);
		if (m != NULL && m->item->op == DELTA_DELETE)
			r = wait_for(j, m, t);
		else
			r = wait_for(j, t, m);
	}
	return r;
}

static void
make_ready(struct export_job *j, struct task *t)
{
	j->ready[j->ready_count++] = t;
}

int
order_find(struct export_job *j)
{
	CLEANUP(map_freep)
	struct map *leaves = map_new(false);
	CLEANUP(map_freep)
	struct map *comes = map_new(false);
	struct places p = {leaves, comes};
	int r = leaves == NULL || comes == NULL ? ERR_NOMEM : 0;

	for (size_t i = 0; i < j->count && r == 0; i++)
		r = names_find_task(j, &j->tasks[i], &p);
	for (size_t i = 0; i < j->count && r == 0; i++) {
		struct task *t = &j->tasks[i];

		if (t->goal.len != 0)
			r = wait_for_goal(j, t, &p);
		if (r == 0 && t->item->op != DELTA_ADD &&
		    map_count(leaves) != 0)
			r = wait_for_above(j, t, &p);
	}
	for (size_t i = 0; i < j->count && r == 0; i++)
		if (j->tasks[i].waits == 0)
			make_ready(j, &j->tasks[i]);
	return r;
}

void
order_release(struct export_job *j, struct task *t)
{
	struct waiting *w = t->waiting;

	t->waiting = NULL;
	for (; w != NULL; w = w->next) {
		struct task *next = w->task;

		if (--next->waits == 0 && !next->finished && !next->under_way)
			make_ready(j, next);
	}
}

/* "cn=causeway-<guid>" in the container it is in now. */
static int
aside_name(struct export_job *j, struct task *t, struct change_step *s)
{
	char guid[GUID_TEXT_LEN + 1];
	struct guid g = guid_random();
	struct dn dn = {0};

	guid_format(&g, guid);
	if (dn_parse(j->arena, t->goal, &dn, NULL) != 0 || dn.count == 0)
		return 0; /* it is refused when its turn comes */
	s->w.kind = WRITE_RENAME;
	s->w.rdn = arena_printf(
	    j->arena, "%.*s=causeway-%s", TEXT_ARGS(dn.avas[0].type), guid);
	return s->w.rdn != NULL ? 0 : ERR_NOMEM;
}

int
order_break(struct export_job *j)
{
	struct task *any = NULL;
	int r;

	for (size_t i = 0; i < j->count; i++) {
		struct task *t = &j->tasks[i];

		if (t->finished || t->waits == 0)
			continue;
		if (any == NULL || (!renames(any) && renames(t)))
			any = t;
	}
	if (any == NULL)
		return err_set(
		    j->err, ERR_INTERNAL, "an item waits for nothing");
	if (!renames(any) || any->changed) {
		any->waits = 0;
		make_ready(j, any);
		return 0;
	}
	r = task_plan(j, any);
	any->planned = true;
	if (r == ERR_REJECTED) {
		task_finish(j, any, EXPORT_ERROR);
		return 0;
	}
	if (r == 0)
		r = task_push(j, any, STEP_ASIDE, false);
	if (r == 0)
		r = aside_name(j, any, any->steps);
	if (r == 0)
		make_ready(j, any);
	return r;
}
