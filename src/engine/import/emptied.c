/* engine/import/emptied.c -- containers that lost all that was known below
 * them at once: emptied by mistake, moved out of scope, or hidden by a lost
 * right (docs/engine/model.md 5.1).  What lay there is held, the rest goes. */
#include <string.h>

#include "base/map.h"
#include "engine/import/import_int.h"
#include "model/dn.h"

#define CONTAINERS 32768U /* beyond it none is noted */
#define DEPTH      64U
#define TOLD       3U

struct container {
	struct text dn, key;
	uint32_t type; /* of what was lost; 0: of several */
	uint64_t lost;
	bool emptied;
};

struct emptied {
	struct import *im;
	struct arena *arena;
	struct text root; /* key of the partition */
	struct map *by_key;
	struct container **list;
	size_t count;
	struct container **held; /* emptied, and not inside another */
	size_t found;
};

struct emptied *
emptied_new(struct import *im)
{
	struct emptied *m = calloc(1, sizeof(*m));

	if (m == NULL)
		return NULL;
	m->im = im;
	m->arena = arena_new((size_t)64 << 20);
	m->by_key = map_new(false);
	m->list = calloc(CONTAINERS, sizeof(struct container *));
	m->held = calloc(CONTAINERS, sizeof(struct container *));
	if (m->arena == NULL || m->by_key == NULL || m->list == NULL ||
	    m->held == NULL ||
	    dn_key(m->arena, im->job->partition, &m->root) < 0)
		return emptied_free(m);
	return m;
}

struct emptied *
emptied_free(struct emptied *m)
{
	if (m == NULL)
		return NULL;
	m->arena = arena_free(m->arena);
	m->by_key = map_free(m->by_key);
	free(m->list);
	free(m->held);
	free(m);
	return NULL;
}

/* The root of a partition is a matter of the share. */
static bool
is_root(const struct emptied *m, struct text dn, struct text key)
{
	bool named = m->root.len != 0 && m->root.data[0] != '?';

	if (named)
		return text_equal(key, m->root) ||
		       !dn_key_is_below(key, m->root);
	return memchr(dn.data, ',', dn.len) == NULL;
}

/* *out NULL: there is no room for another. */
static int
find_or_add(
    struct emptied *m, struct text dn, struct text key, struct container **out)
{
	struct container *c = map_get(m->by_key, key);
	char *d, *k;

	*out = c;
	if (c != NULL || m->count == CONTAINERS)
		return 0;
	c = arena_alloc(m->arena, sizeof(*c));
	d = arena_strndup(m->arena, dn.data, dn.len);
	k = arena_strndup(m->arena, key.data, key.len);
	if (c == NULL || d == NULL || k == NULL ||
	    map_put(m->by_key, key, c) < 0)
		return ERR_NOMEM;
	*c = (struct container){.dn = {d, dn.len}, .key = {k, key.len}};
	m->list[m->count++] = c;
	*out = c;
	return 0;
}

static void
count_in(struct container *c, uint32_t type)
{
	c->type = c->lost == 0 || c->type == type ? type : 0;
	c->lost++;
}

int
emptied_note(struct emptied *m, const struct cs_object *o, struct err *e)
{
	struct text dn = o->dn, key;

	for (unsigned depth = 0; depth < DEPTH; depth++) {
		struct container *c;

		if (dn_parent(m->im->arena, dn, &dn, NULL) < 0 || dn.len == 0)
			return 0;
		if (dn_key(m->im->arena, dn, &key) < 0)
			return err_set(e, ERR_NOMEM, "out of memory");
		if (is_root(m, dn, key))
			return 0;
		if (find_or_add(m, dn, key, &c) < 0)
			return err_set(e, ERR_NOMEM, "out of memory");
		if (c != NULL)
			count_in(c, o->type);
	}
	return 0;
}

/* A full import saw it; after a delta: it is not told to be gone. */
static int
is_alive(const struct import *im, int64_t id, bool *out, struct err *e)
{
	struct cs_object o;
	int r;

	if (im->by_seen) {
		*out = idset_has(&im->seen, id);
		return 0;
	}
	r = cs_get(im->store, im->arena, id, 0, &o, e);
	*out = r == 0 && o.kind == CS_STAGING && (o.flags & CS_IN_CD) != 0;
	return r;
}

static int
has_life(const struct emptied *m, struct text dn, bool *out, struct err *e)
{
	struct import *im = m->im;
	struct ids ids = {.id = im->page, .max = IMPORT_PAGE};
	struct cs_key key = {im->connector, dn};
	int64_t after = 0;
	int r;

	*out = false;
	do {
		arena_reset(im->arena);
		r = cs_below(im->store, key, after, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0 && !*out; i++) {
			after = ids.id[i];
			r = is_alive(im, after, out, e);
		}
	} while (r == 0 && ids.count != 0 && !*out);
	return r;
}

static bool
is_inside(const struct emptied *m, const struct container *c)
{
	for (size_t i = 0; i < m->count; i++)
		if (m->list[i]->emptied && m->list[i] != c &&
		    dn_key_is_below(c->key, m->list[i]->key))
			return true;
	return false;
}

int
emptied_judge(struct emptied *m, size_t *out, struct err *e)
{
	uint64_t minimum = m->im->job->guard.minimum;
	bool alive;
	int r = 0;

	for (size_t i = 0; i < m->count && r == 0; i++) {
		struct container *c = m->list[i];

		if (c->lost <= minimum)
			continue;
		r = has_life(m, c->dn, &alive, e);
		c->emptied = r == 0 && !alive;
	}
	for (size_t i = 0; i < m->count && r == 0; i++)
		if (m->list[i]->emptied && !is_inside(m, m->list[i]))
			m->held[m->found++] = m->list[i];
	*out = m->found;
	return r;
}

void
emptied_allow(struct emptied *m)
{
	m->found = 0;
}

bool
emptied_holds(const struct emptied *m, struct text key)
{
	for (size_t i = 0; i < m->found; i++)
		if (dn_key_is_below(key, m->held[i]->key))
			return true;
	return false;
}

static void
tell_one(const struct emptied *m, const struct container *c, struct buf *b)
{
	const struct names *names = store_names(m->im->store);

	buf_printf(b, "%.*s left the scope of %.*s: %llu ", TEXT_ARGS(c->dn),
	    TEXT_ARGS(m->im->step->connector_name),
	    (unsigned long long)c->lost);
	if (c->type != 0)
		buf_printf(b, "%.*ss", TEXT_ARGS(names_text(names, c->type)));
	else
		buf_printf(b, "objects");
}

void
emptied_tell(const struct emptied *m, struct buf *b)
{
	size_t told = m->found < TOLD ? m->found : TOLD;

	for (size_t i = 0; i < told; i++) {
		buf_printf(b, "%s", i != 0 ? "; " : "");
		tell_one(m, m->held[i], b);
	}
	if (m->found > told)
		buf_printf(b, "; and %zu more containers", m->found - told);
}

int
emptied_stop(const struct emptied *m, struct err *e)
{
	struct buf b;

	if (m->found == 0)
		return 0;
	buf_init(&b, 4096);
	emptied_tell(m, &b);
	buf_printf(&b,
	    " (emptied, renamed, or no longer to be seen): nothing below is "
	    "deleted, the rest goes on; if it is meant: causeway guard ack "
	    "%.*s --reason WHY",
	    TEXT_ARGS(m->im->step->connector_name));
	step_stop(m->im->step, "stopped-source-fault", "%.*s",
	    TEXT_ARGS(buf_text(&b)));
	buf_clear(&b);
	import_fault(m->im);
	return err_type(
	    e, ERR_GUARD, "source-container-gone", "%s", m->im->step->detail);
}
