/* connectors/ldap/windows.c -- a partition cut into windows.
 *
 * The containers of a root are asked for, names alone: with one search, or,
 * where the server looks at each entry to find them, only below those children
 * of the root that have units in them.  Then
 * the window with most containers in it (organizational units, where there are
 * such) is cut in two ways at once: what lies directly below its top, and each
 * container there as a window of its own; until there are enough.  A directory
 * that does not tell its containers is one window a root, and so is a container
 * without others in it, however large. */
#include "connectors/ldap/course.h"

#include <stdlib.h>
#include <string.h>

#define CONTAINERS_MAX 50000U /* more, and they are not worth the search */
#define CHILDREN_MAX   1000U  /* of a root, each looked at by itself */
#define WINDOWS_GOAL   ((size_t)32)
#define WINDOWS_MAX    ((size_t)1024)

struct box {
	struct text dn, key;
	size_t end;   /* the first one behind it that is not below it */
	size_t units; /* below it */
};

struct cut {
	size_t box;
	bool whole; /* with all below it; else what is directly below */
};

struct planner {
	struct core *c;
	struct arena *arena;
	struct box *boxes; /* parents first */
	size_t count, room;
	struct cut *cuts;
	size_t cut_count;
	bool by_units; /* people lie in units, and not in what systems make */
};

/* ---- The containers ---- */

static int
box_add(struct planner *p, struct text raw)
{
	struct box *b;
	struct text dn;
	int r = p->c->flavour->name(p->arena, raw, &dn, NULL);

	if (r <= 0)
		return r;
	if (p->count == p->room) {
		size_t room = p->room * 2 + 64;
		struct box *more = arena_array(p->arena, room, sizeof(*more));

		if (more == NULL)
			return ERR_NOMEM;
		if (p->count != 0)
			memcpy(more, p->boxes, p->count * sizeof(*more));
		p->boxes = more;
		p->room = room;
	}
	b = &p->boxes[p->count];
	*b = (struct box){.dn = dn};
	r = dn_key(p->arena, dn, &b->key);
	p->count += r == 0;
	return r;
}

/* A key begins with that of what lies above it: so parents come first, and
 * right behind them what lies below. */
static int
box_compare(const void *a, const void *b)
{
	const struct box *x = a, *y = b;
	size_t n = x->key.len < y->key.len ? x->key.len : y->key.len;
	int r = memcmp(x->key.data, y->key.data, n);

	if (r != 0 || x->key.len == y->key.len)
		return r;
	return x->key.len < y->key.len ? -1 : 1;
}

static bool
is_unit(const struct box *b)
{
	return b->dn.len > 3 &&
	       text_is_nocase((struct text){b->dn.data, 3}, "ou=");
}

static void
boxes_nest(struct planner *p)
{
	p->by_units = false;
	for (size_t i = 0; i < p->count; i++) {
		struct box *b = &p->boxes[i];

		for (b->end = i + 1;
		     b->end < p->count &&
		     dn_key_is_below(p->boxes[b->end].key, b->key);
		     b->end++)
			b->units += is_unit(&p->boxes[b->end]);
		p->by_units = p->by_units || b->units != 0;
	}
}

static const char *const nothing[] = {"1.1", NULL};

/* All of them; 0: the server did not tell them all. */
static int
boxes_read(
    struct planner *p, const char *base, const char *filter, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	const struct ldap_query q = {.base = base,
	    .depth = LDAP_DEPTH_TREE,
	    .filter = filter,
	    .attrs = nothing,
	    .flags = p->c->flavour->query_flags};
	const struct ldap_item *item = NULL;
	int r = ldap_cursor_begin(p->c->session, &q, &cursor, e);

	while (r == 0 && (r = ldap_cursor_next(cursor, &item, e)) == 1)
		r = p->count == CONTAINERS_MAX ? 1 : box_add(p, item->dn);
	if (r < 0)
		return r;
	return r == 0;
}

/* What lies directly below base and has others below it; 0: too many. */
static int
children_read(struct planner *p, const char *base, const char **list,
    size_t *out_count, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	static const char *const whether[] = {"hasSubordinates", NULL};
	const struct ldap_query q = {.base = base,
	    .depth = LDAP_DEPTH_CHILDREN,
	    .attrs = whether,
	    .flags = p->c->flavour->query_flags};
	const struct ldap_item *item = NULL;
	size_t seen = 0;
	int r = ldap_cursor_begin(p->c->session, &q, &cursor, e);

	while (r == 0 && (r = ldap_cursor_next(cursor, &item, e)) == 1) {
		struct text has = ldap_item_first(item, "hasSubordinates");

		if (++seen > CHILDREN_MAX)
			return 0;
		r = 0;
		if (text_is_nocase(has, "FALSE"))
			continue;
		list[*out_count] =
		    arena_strndup(p->arena, item->dn.data, item->dn.len);
		if (list[(*out_count)++] == NULL)
			r = ERR_NOMEM;
	}
	return r < 0 ? r : 1;
}

/* 1: there are units below base; one search along an index that every
 * directory has. */
static int
has_units(struct planner *p, const char *base, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	const struct ldap_query q = {.base = base,
	    .depth = LDAP_DEPTH_TREE,
	    .filter = "(|(objectClass=organizationalUnit)"
		      "(objectClass=organization)(objectClass=locality)"
		      "(objectClass=domain)(objectClass=country))",
	    .attrs = nothing,
	    .flags = p->c->flavour->query_flags};
	const struct ldap_item *item = NULL;
	size_t n = 0;
	int r = ldap_cursor_begin(p->c->session, &q, &cursor, e);

	while (
	    r == 0 && n < 2 && (r = ldap_cursor_next(cursor, &item, e)) == 1) {
		n++;
		r = 0;
	}
	return r < 0 ? r : n > 1; /* one of them may be base itself */
}

static int
boxes_below(
    struct planner *p, const char *child, const char *filter, struct err *e)
{
	int r = has_units(p, child, e);

	if (r == 1)
		return boxes_read(p, child, filter, e);
	if (r == 0)
		r = box_add(p, text_of(child));
	return r < 0 ? r : 1;
}

/* As boxes_read(), but for those that lie below a child of the root without
 * units in it, which is read in one piece anyway. */
static int
boxes_near(
    struct planner *p, const char *base, const char *filter, struct err *e)
{
	const char **list = arena_array(p->arena, CHILDREN_MAX, sizeof(*list));
	size_t n = 0;
	int r = list != NULL ? children_read(p, base, list, &n, e) : ERR_NOMEM;

	if (r == 0)
		return boxes_read(p, base, filter, e);
	if (r == 1)
		r = box_add(p, text_of(base)) < 0 ? ERR_NOMEM : 1;
	for (size_t i = 0; i < n && r == 1; i++)
		r = boxes_below(p, list[i], filter, e);
	return r;
}

/* ---- The cuts ---- */

static size_t
children_of(const struct planner *p, size_t box)
{
	size_t n = 0;

	for (size_t i = box + 1; i < p->boxes[box].end; i = p->boxes[i].end)
		n++;
	return n;
}

/* The containers below the top of a window that make it worth a cut. */
static size_t
weight(const struct planner *p, const struct cut *w)
{
	const struct box *b = &p->boxes[w->box];

	if (!w->whole)
		return 0;
	return p->by_units ? b->units : b->end - w->box - 1;
}

/* The heaviest window; false: none can be cut. */
static bool
widest(const struct planner *p, size_t *out)
{
	size_t most = 0;

	for (size_t i = 0; i < p->cut_count; i++) {
		const struct cut *w = &p->cuts[i];

		if (weight(p, w) <= most ||
		    p->cut_count + children_of(p, w->box) > WINDOWS_MAX)
			continue;
		most = weight(p, w);
		*out = i;
	}
	return most != 0;
}

/* Parents stay before what lies below them. */
static void
cut_open(struct planner *p, size_t at)
{
	size_t box = p->cuts[at].box, n = children_of(p, box), k = at + 1;

	memmove(&p->cuts[at + 1 + n], &p->cuts[at + 1],
	    (p->cut_count - at - 1) * sizeof(*p->cuts));
	p->cuts[at].whole = false;
	for (size_t i = box + 1; i < p->boxes[box].end; i = p->boxes[i].end)
		p->cuts[k++] = (struct cut){.box = i, .whole = true};
	p->cut_count += n;
}

static void
cuts_make(struct planner *p)
{
	size_t at = 0;

	p->cuts[0] = (struct cut){.box = 0, .whole = true};
	p->cut_count = 1;
	while (p->cut_count < WINDOWS_GOAL && widest(p, &at))
		cut_open(p, at);
}

/* ---- Windows ---- */

static int
window_add(struct core_windows *out, struct core_window w)
{
	if (w.dn.data == NULL)
		return ERR_NOMEM;
	out->list[out->count++] = w;
	return 0;
}

/* The top of a window comes with what lies directly below its parent; that of
 * all in a window of its own.  By name backwards: of People, Staff or Users and
 * Groups the members come first, and are known when a group is staged; else a
 * row that stands for each of them would be made before. */
static int
windows_add(const struct planner *p, struct text root, struct core_windows *out)
{
	struct core_window w = {.dn = root, .depth = LDAP_DEPTH_TREE};
	int r;

	if (p->cut_count <= 1)
		return window_add(out, w);
	w.depth = LDAP_DEPTH_BASE;
	r = window_add(out, w);
	for (size_t i = p->cut_count; r == 0 && i > 0; i--) {
		const struct cut *cut = &p->cuts[i - 1];

		w.dn = cut->box == 0 ? root : p->boxes[cut->box].dn;
		w.depth = cut->whole ? LDAP_DEPTH_TREE : LDAP_DEPTH_CHILDREN;
		w.below = cut->whole;
		r = window_add(out, w);
	}
	return r;
}

/* The first of the containers is the root itself: else the server does not say
 * of it that it has others below it, and may not say so of the others. */
static bool
begins_with(const struct planner *p, struct text root)
{
	struct text key;

	return p->count > 1 && dn_key(p->arena, root, &key) == 0 &&
	       text_equal(key, p->boxes[0].key) && p->boxes[0].end == p->count;
}

static int
root_cut(struct planner *p, struct text root, const char *filter,
    struct core_windows *out, struct err *e)
{
	const char *base = arena_strndup(p->arena, root.data, root.len);
	struct err why = {0};
	int told = 0;

	p->count = p->cut_count = 0;
	if (base != NULL && filter != NULL)
		told = p->c->flavour->containers_slow
			   ? boxes_near(p, base, filter, &why)
			   : boxes_read(p, base, filter, &why);
	if (told == ERR_CONNECT || told == ERR_CANCELLED || told == ERR_NOMEM)
		return err_type(e, told, why.type, "%s", why.text);
	/* any other refusal is of this search alone */
	if (told == 1 && p->boxes != NULL) {
		qsort(p->boxes, p->count, sizeof(*p->boxes), box_compare);
		boxes_nest(p);
		if (begins_with(p, root))
			cuts_make(p);
	}
	if (base == NULL || windows_add(p, root, out) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	return 0;
}

int
core_windows_find(struct core *c, const struct text *roots, size_t count,
    struct arena *a, struct core_windows *out, struct err *e)
{
	struct planner p = {.c = c, .arena = a};
	const char *filter = NULL;
	int r = 0;

	/* each may be cut up to the maximum, but only few roots are */
	p.cuts = arena_array(a, 2 * WINDOWS_MAX, sizeof(*p.cuts));
	out->list = arena_array(
	    a, count + WINDOWS_GOAL * (WINDOWS_MAX + 1), sizeof(*out->list));
	out->count = out->next = 0;
	if (p.cuts == NULL || out->list == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (c->flavour->containers != NULL && count < WINDOWS_GOAL)
		r = c->flavour->containers(c, a, &filter, e);
	for (size_t i = 0; r == 0 && i < count; i++)
		r = root_cut(&p, roots[i], filter, out, e);
	return r;
}
