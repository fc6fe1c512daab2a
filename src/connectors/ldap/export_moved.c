/*
 * connectors/ldap/export_moved.c -- who was renamed in this export.
 *
 * The engine knows names as they were read.  Of a container that was renamed
 * the objects below it have another name from then on, and so has whoever was
 * renamed himself; both are found here until the next import.
 */
#include <string.h>

#include "connectors/ldap/export_int.h"

static struct text
id_key(const int64_t *id)
{
	union {
		const int64_t *in;
		const char *out;
	} u = {.in = id};

	return (struct text){u.out, sizeof(*id)};
}

int
moved_make(struct core *c)
{
	struct core_moved *m;

	if (c->moved != NULL)
		return 0;
	m = calloc(1, sizeof(*m));
	if (m == NULL)
		return ERR_NOMEM;
	c->moved = m;
	m->arena = arena_new(0);
	for (size_t i = 0; i < 2; i++)
		m->results[i] = arena_new(0);
	m->by_key = map_new(false);
	m->by_id = map_new(false);
	return m->arena != NULL && m->results[0] != NULL &&
		       m->results[1] != NULL && m->by_key != NULL &&
		       m->by_id != NULL
		   ? 0
		   : ERR_NOMEM;
}

void
moved_free(struct core_moved *m)
{
	if (m == NULL)
		return;
	(void)map_free(m->by_key);
	(void)map_free(m->by_id);
	for (size_t i = 0; i < 2; i++)
		(void)arena_free(m->results[i]);
	(void)arena_free(m->arena);
	free(m);
}

int
moved_note(struct core *c, const struct task *t)
{
	struct text *name = arena_alloc(c->moved->arena, sizeof(*name));
	int r;

	if (name == NULL)
		return ERR_NOMEM;
	*name = text_dup(c->moved->arena, t->goal);
	if (name->data == NULL)
		return ERR_NOMEM;
	r = map_put(c->moved->by_key, t->known_key, name);
	if (r == 0 && t->item->cs_id != 0)
		r = map_put(c->moved->by_id, id_key(&t->item->cs_id), name);
	return r;
}

int
moved_name(const struct core *c, struct arena *a, int64_t id, struct text dn,
    struct text *out)
{
	const struct text *now = NULL;
	struct text above = dn, key;

	*out = dn;
	if (c->moved == NULL || map_count(c->moved->by_key) == 0)
		return 0;
	if (id != 0)
		now = map_get(c->moved->by_id, id_key(&id));
	if (now != NULL) {
		*out = *now;
		return 0;
	}
	for (unsigned i = 0; i < EXPORT_DEPTH_MAX && above.len != 0; i++) {
		if (dn_parent(a, above, &above, NULL) != 0)
			return 0; /* no name: the directory will say */
		if (dn_key(a, above, &key) != 0)
			return ERR_NOMEM;
		now = above.len != 0 ? map_get(c->moved->by_key, key) : NULL;
		if (now == NULL)
			continue;
		out->data = arena_printf(a, "%.*s%.*s",
		    (int)(above.data - dn.data), dn.data, TEXT_ARGS(*now));
		out->len = (size_t)(above.data - dn.data) + now->len;
		return out->data != NULL ? 0 : ERR_NOMEM;
	}
	return 0;
}
