/* migrate/swing/values.c -- values as text, and when two are alike. */
#include <stdlib.h>
#include <string.h>

#include "migrate/swing/swing_int.h"
#include "model/dn.h"

static int
by_text(const void *x, const void *y)
{
	const struct text *a = x, *b = y;
	size_t n = a->len < b->len ? a->len : b->len;
	int r = n != 0 ? memcmp(a->data, b->data, n) : 0;

	return r != 0 ? r : (a->len > b->len) - (a->len < b->len);
}

void
swing_values_sort(struct swing_values *v)
{
	if (v->count > 1)
		qsort(v->items, v->count, sizeof(*v->items), by_text);
}

int
swing_values_of(struct arena *a, const struct value *list, size_t n,
    struct swing_values *out)
{
	int r = 0;

	*out = (struct swing_values){
	    .items = arena_array(a, n + 1, sizeof(*out->items)), .count = n};
	if (out->items == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n && r == 0; i++) {
		r = value_format(a, &list[i], &out->items[i]);
		if (r == 0) {
			out->items[i] = text_dup(a, out->items[i]);
			r = out->items[i].data != NULL ? 0 : ERR_NOMEM;
		}
	}
	swing_values_sort(out);
	return r;
}

bool
swing_values_equal(const struct swing_values *a, const struct swing_values *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++)
		if (!text_equal(a->items[i], b->items[i]))
			return false;
	return true;
}

/* Without blanks around it, and single ones inside. */
static int
squeeze(struct arena *a, struct text in, struct text *out)
{
	char *p = arena_alloc(a, in.len + 1);
	size_t n = 0;

	if (p == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < in.len; i++) {
		bool blank = in.data[i] == ' ' || in.data[i] == '\t';

		if (!blank)
			p[n++] = in.data[i];
		else if (n > 0 && p[n - 1] != ' ')
			p[n++] = ' ';
	}
	if (n > 0 && p[n - 1] == ' ')
		n--;
	*out = (struct text){p, n};
	return 0;
}

/* A DN by its key, anything else folded with single blanks: which is what
 * dn_key() does with text that is none. */
static int
loose(struct arena *a, const struct swing_values *in, struct swing_values *out)
{
	int r = 0;

	*out = (struct swing_values){
	    .items = arena_array(a, in->count + 1, sizeof(*out->items)),
	    .count = in->count};
	if (out->items == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < in->count && r == 0; i++) {
		struct text t;

		r = squeeze(a, in->items[i], &t);
		if (r == 0)
			r = dn_key(a, t, &out->items[i]);
	}
	swing_values_sort(out);
	return r;
}

int
swing_values_alike(struct arena *a, const struct swing_values *x,
    const struct swing_values *y, bool *out)
{
	struct swing_values p, q;
	int r = 0;

	*out = false;
	if (x->count != y->count)
		return 0;
	r = loose(a, x, &p);
	if (r == 0)
		r = loose(a, y, &q);
	if (r == 0)
		*out = swing_values_equal(&p, &q);
	return r;
}
