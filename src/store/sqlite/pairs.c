/* store/sqlite/pairs.c -- see pairs.h. */
#include "store/sqlite/pairs.h"

#include "base/err.h"

static int
order(const struct pair *a, const struct pair *b)
{
	if (a->name != b->name)
		return a->name < b->name ? -1 : 1;
	if (a->target != b->target)
		return a->target < b->target ? -1 : 1;
	return 0;
}

static int
qsort_order(const void *a, const void *b)
{
	return order(a, b);
}

int
pairs_reserve(struct arena *a, struct pairs *l, size_t n)
{
	struct pair *items;

	if (l->size - l->count >= n)
		return 0;
	items = arena_raw(a, l->count + n, sizeof(*items));
	if (items == NULL)
		return ERR_NOMEM;
	if (l->count != 0)
		memcpy(items, l->items, l->count * sizeof(*items));
	l->items = items;
	l->size = l->count + n;
	return 0;
}

int
pairs_add(struct arena *a, struct pairs *l, struct pair p)
{
	if (l->count == l->size &&
	    pairs_reserve(a, l, l->size != 0 ? l->size : 16) < 0)
		return ERR_NOMEM;
	l->items[l->count++] = p;
	return 0;
}

static bool
is_sorted(const struct pairs *p)
{
	for (size_t i = 1; i < p->count; i++)
		if (order(&p->items[i - 1], &p->items[i]) > 0)
			return false;
	return true;
}

/* Most lists come in order, and qsort() would take as much memory again. */
void
pairs_sort(struct pairs *p)
{
	size_t n = 0;

	if (!is_sorted(p))
		qsort(p->items, p->count, sizeof(*p->items), qsort_order);
	for (size_t i = 0; i < p->count; i++)
		if (n == 0 || order(&p->items[n - 1], &p->items[i]) != 0)
			p->items[n++] = p->items[i];
	p->count = n;
}

int
pairs_there(struct arena *a, struct pairs_compare *c, struct pair there)
{
	struct pairs *w = c->wanted;

	while (c->at < w->count && order(&w->items[c->at], &there) < 0)
		w->items[c->kept++] = w->items[c->at++];
	if (c->at == w->count || order(&w->items[c->at], &there) != 0)
		return pairs_add(a, c->gone, there);
	c->at++;
	return 0;
}

void
pairs_end(struct pairs_compare *c)
{
	while (c->at < c->wanted->count)
		c->wanted->items[c->kept++] = c->wanted->items[c->at++];
	c->wanted->count = c->kept;
}
