/*
 * connectors/ldap/export_restore.c -- an object that was deleted comes back as
 * itself.
 *
 * Active Directory keeps a deleted object for a time; one request takes
 * isDeleted away and gives it a name again (MS-ADTS 3.1.1.5.3.7).  What it held
 * is gone where there is no recycle bin: what the journal has is compared with
 * what came back, and the difference written.  Who is given such an item again,
 * after an error or a crash, goes on where it stopped.
 */
#include "connectors/ldap/export_int.h"

static const char dead_name[] = "isDeleted";

int
restore_plan(struct export_job *j, struct task *t)
{
	struct change_step *s;
	int r = task_push(j, t, STEP_DEAD, true);

	if (r != 0)
		return r;
	s = t->steps;
	s->w.kind = WRITE_READ;
	s->w.read = dead_name;
	s->w.show_deleted = true;
	return 0;
}

/* The request that brings it back, under the name that it is to have. */
static int
push_revival(struct export_job *j, struct task *t)
{
	struct write_mod *mods = arena_array(j->arena, 2, sizeof(*mods));
	struct text *goal = arena_alloc(j->arena, sizeof(*goal));
	struct change_step *s;
	int r = task_push(j, t, STEP_REVIVE, true);

	if (r != 0 || mods == NULL || goal == NULL)
		return ERR_NOMEM;
	*goal = t->goal;
	mods[0] = (struct write_mod){
	    .change = WRITE_VALUES_DELETE, .name = dead_name};
	mods[1] = (struct write_mod){.change = WRITE_VALUES_REPLACE,
	    .name = "distinguishedName",
	    .values = goal,
	    .count = 1};
	for (s = t->steps; s->next != NULL;)
		s = s->next;
	s->w.kind = WRITE_MODIFY;
	s->w.show_deleted = true;
	s->mods = mods;
	s->origins = arena_array(j->arena, 2, sizeof(*s->origins));
	s->w.mods = mods;
	s->w.mod_count = 2;
	return s->origins != NULL ? 0 : ERR_NOMEM;
}

int
restore_found(struct export_job *j, struct task *t, bool dead)
{
	return dead ? push_revival(j, t) : restore_rest(j, t);
}

/* ---- What it lost ---- */

/* Values that are to come, of those that are not there. */
static int
missing_of(struct export_job *j, const struct change *c,
    const struct attr *have, struct change *out)
{
	*out = (struct change){.name = c->name};
	out->add = arena_array(j->arena, c->add_count + 1, sizeof(*out->add));
	if (out->add == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < c->add_count; i++)
		if (have == NULL || !attr_has(have, &c->add[i]))
			out->add[out->add_count++] = c->add[i];
	return 0;
}

/* Values that it has and had not: a default of the directory.  References are
 * left as they are: who made them since meant it. */
static int
surplus_of(struct export_job *j, const struct change *c,
    const struct attr *have, struct change *out)
{
	const struct attr was = {
	    .name = c->name, .count = c->add_count, .values = c->add};
	uint32_t n = have != NULL ? have->count : 0;

	out->del = arena_array(j->arena, n + 1, sizeof(*out->del));
	if (out->del == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < n; i++)
		if (have->values[i].type != VALUE_REFERENCE &&
		    !attr_has(&was, &have->values[i]))
			out->del[out->del_count++] = have->values[i];
	return 0;
}

int
restore_rest(struct export_job *j, struct task *t)
{
	const struct delta *d = &t->item->delta;
	struct delta rest = {.op = DELTA_UPDATE};
	struct attrs now;
	int r = saved_read(j, t->dn, &now);

	if (r < 0)
		return r;
	rest.changes =
	    arena_array(j->arena, d->count + 1, sizeof(struct change));
	if (rest.changes == NULL)
		return ERR_NOMEM;
	r = 0;
	for (uint32_t i = 0; i < d->count && r == 0; i++) {
		const struct attr *have = attrs_find(&now, d->changes[i].name);
		struct change *c = &rest.changes[rest.count];

		if (!saved_can_write(
			j->c, names_text(j->c->env.names, d->changes[i].name)))
			continue;
		r = missing_of(j, &d->changes[i], have, c);
		if (r == 0)
			r = surplus_of(j, &d->changes[i], have, c);
		rest.count += c->add_count + c->del_count != 0;
	}
	if (r == 0)
		r = task_plan_changes(j, t, &rest);
	if (r != ERR_REJECTED)
		return r;
	task_finish(j, t, EXPORT_ERROR);
	return 0;
}
