/*
 * connectors/ldap/export_again.c -- a request that was refused, sent again in
 * another way: in halves, or with attributes as a whole.
 */
#include <string.h>

#include "connectors/ldap/export_int.h"

static struct change_step *
part_of(
    struct export_job *j, const struct change_step *s, size_t from, size_t n)
{
	struct change_step *out = arena_alloc(j->arena, sizeof(*out));

	if (out == NULL)
		return NULL;
	*out = *s;
	out->mods = arena_array(j->arena, n, sizeof(*out->mods));
	out->origins = arena_array(j->arena, n, sizeof(*out->origins));
	if (out->mods == NULL || out->origins == NULL)
		return NULL;
	memcpy(out->mods, s->mods + from, n * sizeof(*out->mods));
	memcpy(out->origins, s->origins + from, n * sizeof(*out->origins));
	out->w.mods = out->mods;
	out->w.mod_count = n;
	return out;
}

int
task_split(struct export_job *j, struct task *t)
{
	struct change_step *s = t->steps, *x, *y;
	size_t n = s->w.mod_count, half = n / 2;
	size_t values = n == 1 ? s->mods[0].count : 0;

	if ((n == 1 &&
		(values < 2 || s->mods[0].change == WRITE_VALUES_REPLACE)) ||
	    n == 0 || ++t->splits > TASK_SPLITS_MAX)
		return 0;
	if (n == 1)
		half = 1;
	x = part_of(j, s, 0, half);
	y = part_of(j, s, n == 1 ? 0 : half, n == 1 ? 1 : n - half);
	if (x == NULL || y == NULL)
		return ERR_NOMEM;
	if (n == 1) {
		x->mods[0].count = values / 2;
		y->mods[0].count -= values / 2;
		y->mods[0].values += values / 2;
		y->origins[0].values += values / 2;
	}
	x->next = y;
	y->next = s->next;
	t->steps = x;
	return 1;
}

/* What the attribute is to hold in the end: what was read of it, changed. */
static int
whole_attribute(struct export_job *j, const struct task *t, uint32_t name,
    struct piece *out)
{
	const struct attr *have = attrs_find(t->item->image, name);
	const struct change *c = delta_find(&t->item->delta, name);
	struct attrs set = {0};
	struct delta d = {.op = DELTA_UPDATE};
	struct change copy;
	int r = 0;

	if (have != NULL)
		r = attrs_set(j->arena, &set, name, have->values, have->count);
	if (r == 0 && c != NULL) {
		copy = *c;
		d.changes = &copy;
		d.count = 1;
		r = delta_apply(j->arena, &set, &d);
	}
	have = attrs_find(&set, name);
	*out = (struct piece){.name = name,
	    .change = WRITE_VALUES_REPLACE,
	    .values = have != NULL ? have->values : NULL,
	    .count = have != NULL ? have->count : 0};
	return r;
}

int
task_whole(struct export_job *j, struct task *t)
{
	struct change_step *s = t->steps, *rest = s->next, *first = NULL;
	struct packer p = {.j = j,
	    .t = t,
	    .tail = &first,
	    .kind = WRITE_MODIFY,
	    .mods_max = s->w.mod_count + 1};
	bool any = false;
	int r = 0;

	if (t->item->image == NULL)
		return 0;
	for (size_t i = 0; i < s->w.mod_count && r == 0; i++) {
		const struct write_mod *m = &s->mods[i];
		struct piece e = {.name = s->origins[i].name,
		    .change = m->change,
		    .values = s->origins[i].values,
		    .count = m->count};
		bool again = i != 0 && s->origins[i - 1].name == e.name;
		bool whole = !s->origins[i].reference &&
			     m->change != WRITE_VALUES_REPLACE;

		if (whole && again)
			continue; /* is in the one before */
		any = any || whole;
		if (whole)
			r = whole_attribute(j, t, e.name, &e);
		if (r == 0)
			r = pack(&p, e);
	}
	if (r != 0 || !any)
		return r;
	*p.tail = rest;
	t->steps = first;
	return 1;
}
