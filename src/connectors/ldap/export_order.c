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

		if (next->waits == 0 || --next->waits != 0)
			continue;
		if (!next->finished && !next->under_way)
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
	struct text above;

	guid_format(&g, guid);
	if (dn_parse(j->arena, t->goal, &dn, NULL) != 0 || dn.count == 0 ||
	    dn_parent(j->arena, t->name, &above, NULL) != 0)
		return ERR_NOMEM; /* it was planned: both are names */
	s->w.kind = WRITE_RENAME;
	s->w.rdn = arena_printf(
	    j->arena, "%.*s=causeway-%s", TEXT_ARGS(dn.avas[0].type), guid);
	if (task_by_anchor(j, t))
		s->w.parent = arena_strndup(j->arena, above.data, above.len);
	return arena_failed(j->arena) ? ERR_NOMEM : 0;
}

/* One that waits and did not have to give way yet, a rename first. */
static struct task *
who_gives_way(struct export_job *j)
{
	struct task *any = NULL;

	for (size_t i = 0; i < j->count; i++) {
		struct task *t = &j->tasks[i];

		if (t->finished || t->waits == 0)
			continue;
		if (any == NULL || (any->gave_way && !t->gave_way) ||
		    (any->gave_way == t->gave_way && !renames(any) &&
			renames(t)))
			any = t;
	}
	return any;
}

/* It waits for nobody any more: the directory says what is wrong. */
static void
let_go(struct export_job *j, struct task *t)
{
	t->waits = 0;
	make_ready(j, t);
}

int
order_break(struct export_job *j)
{
	struct task *t = who_gives_way(j);
	int r;

	if (t == NULL)
		return err_set(
		    j->err, ERR_INTERNAL, "an item waits for nothing");
	if (!renames(t) || t->gave_way) {
		let_go(j, t);
		return 0;
	}
	t->gave_way = true;
	t->planned = true;
	r = task_plan(j, t);
	if (r == ERR_REJECTED) {
		task_finish(j, t, EXPORT_ERROR);
		return 0;
	}
	if (r == 0)
		r = task_push(j, t, STEP_ASIDE, false);
	if (r == 0)
		r = aside_name(j, t, t->steps);
	if (r == 0)
		make_ready(j, t);
	return r < 0 ? err_set(j->err, r, "out of memory") : 0;
}
