/* model/delta.c -- see delta.h. */
#include "model/delta.h"

#include <string.h>

#include "model/attrs_int.h"

#define VERSION 1

const struct change *
delta_find(const struct delta *d, uint32_t name)
{
	for (uint32_t i = 0; i < d->count; i++)
		if (d->changes[i].name == name)
			return &d->changes[i];
	return NULL;
}

bool
delta_is_empty(const struct delta *d)
{
	return d->count == 0 && d->new_dn.len == 0;
}

/* The values of a that list does not have. */
static int
missing_in(struct arena *arena, const struct attr *a, const struct attr *list,
    struct value **out, uint32_t *out_n)
{
	bool *hit = arena_array(arena, a->count, sizeof(*hit));
	struct value *values = arena_array(arena, a->count, sizeof(*values));
	uint32_t n = 0;

	if (hit == NULL || values == NULL ||
	    !values_mark(a->values, a->count, list->values, list->count, hit))
		return ERR_NOMEM;
	for (uint32_t i = 0; i < a->count; i++)
		if (!hit[i])
			values[n++] = a->values[i];
	*out = values;
	*out_n = n;
	return 0;
}

static int
change_between(struct arena *a, const struct attr *from, const struct attr *to,
    struct change *out)
{
	int r;

	*out = (struct change){.name = to->name};
	r = missing_in(a, to, from, &out->add, &out->add_count);
	if (r < 0)
		return r;
	return missing_in(a, from, to, &out->del, &out->del_count);
}

int
delta_between(struct arena *a, const struct attrs *from, const struct attrs *to,
    struct delta *out)
{
	uint32_t i = 0, k = 0;
	struct delta d = {0};
	int r = 0;

	d.changes =
	    arena_array(a, (size_t)from->count + to->count, sizeof(*d.changes));
	if (d.changes == NULL)
		return ERR_NOMEM;
	while ((i < from->count || k < to->count) && r == 0) {
		const struct attr *f = i < from->count ? &from->items[i] : NULL;
		const struct attr *t = k < to->count ? &to->items[k] : NULL;
		struct change *c = &d.changes[d.count];

		if (f != NULL && (t == NULL || f->name < t->name)) {
			*c = (struct change){.name = f->name,
			    .del = f->values,
			    .del_count = f->count};
			i++;
		} else if (t != NULL && (f == NULL || t->name < f->name)) {
			*c = (struct change){.name = t->name,
			    .add = t->values,
			    .add_count = t->count};
			k++;
		} else if (f != NULL && t != NULL) {
			i++;
			k++;
			if (attr_equal(f, t))
				continue;
			r = change_between(a, f, t, c);
			if (c->add_count + c->del_count == 0)
				continue; /* repeats of one value */
		}
		d.count++;
	}
	d.op = d.count != 0 ? DELTA_UPDATE : DELTA_NONE;
	if (r == 0)
		*out = d;
	return r;
}

static bool
same_list(const struct value *a, uint32_t n, const struct value *b, uint32_t m)
{
	bool same = n == m;

	for (uint32_t i = 0; i < n && same; i++)
		same = value_equal(&a[i], &b[i]);
	return same;
}

bool
delta_equal(const struct delta *a, const struct delta *b)
{
	bool same = a->op == b->op && a->count == b->count &&
		    text_equal(a->new_dn, b->new_dn);

	for (uint32_t i = 0; i < a->count && same; i++) {
		const struct change *x = &a->changes[i], *y = &b->changes[i];

		same = x->name == y->name &&
		       same_list(x->add, x->add_count, y->add, y->add_count) &&
		       same_list(x->del, x->del_count, y->del, y->del_count);
	}
	return same;
}

static int
apply_change(struct arena *a, struct attrs *s, const struct change *c)
{
	const struct attr *old = attrs_find(s, c->name);
	uint32_t have = old != NULL ? old->count : 0, n = 0;
	struct value *list;
	bool *hit;

	if (old == NULL)
		return attrs_set(a, s, c->name, c->add, c->add_count);
	list = arena_array(a, have + c->add_count, sizeof(*list));
	hit = arena_array(a, have + c->add_count, sizeof(*hit));
	if (list == NULL || hit == NULL)
		return ERR_NOMEM;
	if (!values_mark(old->values, have, c->del, c->del_count, hit))
		return ERR_NOMEM;
	for (uint32_t i = 0; i < have; i++)
		if (!hit[i])
			list[n++] = old->values[i];
	if (!values_mark(c->add, c->add_count, list, n, hit))
		return ERR_NOMEM;
	for (uint32_t i = 0; i < c->add_count; i++)
		if (!hit[i])
			list[n++] = c->add[i];
	return attrs_set(a, s, c->name, list, n);
}

int
delta_apply(struct arena *a, struct attrs *s, const struct delta *d)
{
	for (uint32_t i = 0; i < d->count; i++) {
		int r = apply_change(a, s, &d->changes[i]);

		if (r < 0)
			return r;
	}
	return 0;
}

int
delta_invert(struct arena *a, const struct delta *in, struct delta *out)
{
	struct change *list = arena_array(a, in->count, sizeof(*list));

	if (list == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < in->count; i++)
		list[i] = (struct change){.name = in->changes[i].name,
		    .add = in->changes[i].del,
		    .add_count = in->changes[i].del_count,
		    .del = in->changes[i].add,
		    .del_count = in->changes[i].add_count};
	*out =
	    (struct delta){.op = in->op, .changes = list, .count = in->count};
	return 0;
}

/* The values of a list that are not in other, and then all of more. */
static int
merge_list(struct arena *a, struct value **out, uint32_t *out_n,
    const struct attr *list, const struct attr *other, const struct attr *more)
{
	struct value *values = NULL;
	uint32_t n = 0;
	int r = missing_in(a, list, other, &values, &n);

	if (r < 0 || more->count == 0) {
		*out = values;
		*out_n = n;
		return r;
	}
	*out = arena_array(a, (size_t)n + more->count, sizeof(**out));
	if (*out == NULL)
		return ERR_NOMEM;
	if (n != 0)
		memcpy(*out, values, n * sizeof(*values));
	memcpy(*out + n, more->values, more->count * sizeof(*values));
	*out_n = n + more->count;
	return 0;
}

/* Comes: what came first and does not go now, and what comes now and did not
 * go first; goes: the same the other way round. */
static int
merge_change(struct arena *a, const struct change *first,
    const struct change *next, struct change *out)
{
	struct attr add1 = {.values = first->add, .count = first->add_count};
	struct attr del1 = {.values = first->del, .count = first->del_count};
	struct attr add2 = {.values = next->add, .count = next->add_count};
	struct attr del2 = {.values = next->del, .count = next->del_count};
	struct attr more_add = {0}, more_del = {0};
	int r;

	*out = (struct change){.name = first->name};
	r = missing_in(a, &add2, &del1, &more_add.values, &more_add.count);
	if (r == 0)
		r = missing_in(
		    a, &del2, &add1, &more_del.values, &more_del.count);
	if (r == 0)
		r = merge_list(
		    a, &out->add, &out->add_count, &add1, &del2, &more_add);
	if (r == 0)
		r = merge_list(
		    a, &out->del, &out->del_count, &del1, &add2, &more_del);
	return r;
}

static enum delta_op
merge_op(enum delta_op first, enum delta_op next)
{
	if (next == DELTA_NONE)
		return first;
	return first == DELTA_ADD && next == DELTA_UPDATE ? first : next;
}

int
delta_merge(struct arena *a, const struct delta *first,
    const struct delta *next, struct delta *out)
{
	struct delta d = {.op = merge_op(first->op, next->op),
	    .new_dn = next->new_dn.len != 0 ? next->new_dn : first->new_dn};
	uint32_t i = 0, k = 0;
	int r = 0;

	d.changes = arena_array(
	    a, (size_t)first->count + next->count, sizeof(*d.changes));
	if (d.changes == NULL)
		return ERR_NOMEM;
	while ((i < first->count || k < next->count) && r == 0) {
		struct change *c = &d.changes[d.count];

		if (k == next->count ||
		    (i < first->count &&
			first->changes[i].name < next->changes[k].name))
			*c = first->changes[i++];
		else if (i == first->count ||
			 next->changes[k].name < first->changes[i].name)
			*c = next->changes[k++];
		else
			r = merge_change(
			    a, &first->changes[i++], &next->changes[k++], c);
		d.count += c->add_count + c->del_count != 0;
	}
	if (r == 0)
		*out = d;
	return r;
}

/* ---- The stored form ---- */

static uint32_t
kept(const struct value *v, uint32_t n, bool without_refs)
{
	uint32_t k = 0;

	for (uint32_t i = 0; i < n; i++)
		if (!without_refs || v[i].type != VALUE_REFERENCE)
			k++;
	return k;
}

static void
encode_list(
    const struct value *v, uint32_t n, bool without_refs, struct buf *out)
{
	buf_varint(out, kept(v, n, without_refs));
	for (uint32_t i = 0; i < n; i++) {
		if (without_refs && v[i].type == VALUE_REFERENCE)
			continue;
		buf_putc(out, (char)v[i].type);
		value_encode(&v[i], out);
	}
}

int
delta_encode(const struct delta *d, bool without_refs, struct buf *out)
{
	buf_putc(out, VERSION);
	buf_putc(out, (char)d->op);
	buf_varint(out, d->new_dn.len);
	buf_text_add(out, d->new_dn);
	for (uint32_t i = 0; i < d->count; i++) {
		const struct change *c = &d->changes[i];

		if (kept(c->add, c->add_count, without_refs) +
			kept(c->del, c->del_count, without_refs) ==
		    0)
			continue;
		buf_varint(out, c->name);
		encode_list(c->add, c->add_count, without_refs, out);
		encode_list(c->del, c->del_count, without_refs, out);
	}
	return buf_error(out);
}

static int
decode_list(struct arena *a, struct text in, size_t *pos, struct value **out,
    uint32_t *out_n)
{
	struct value *list;
	uint64_t n;

	if (varint_get(in, pos, &n) < 0 || n > (in.len - *pos) / 2)
		return ERR_SYNTAX;
	list = arena_array(a, (size_t)n, sizeof(*list));
	if (list == NULL)
		return ERR_NOMEM;
	for (uint64_t i = 0; i < n; i++) {
		unsigned type;

		if (*pos >= in.len)
			return ERR_SYNTAX;
		type = (unsigned char)in.data[(*pos)++];
		if (!value_type_known(type) ||
		    value_decode((enum value_type)type, in, pos, &list[i]) < 0)
			return ERR_SYNTAX;
	}
	*out = list;
	*out_n = (uint32_t)n;
	return 0;
}

static int
decode_change(struct arena *a, struct text in, size_t *pos, struct change *out)
{
	uint64_t name;
	int r;

	if (varint_get(in, pos, &name) < 0 || name == 0 || name > UINT32_MAX)
		return ERR_SYNTAX;
	*out = (struct change){.name = (uint32_t)name};
	r = decode_list(a, in, pos, &out->add, &out->add_count);
	if (r < 0)
		return r;
	return decode_list(a, in, pos, &out->del, &out->del_count);
}

/* An arena grows the list: most deltas have a few changes. */
static int
push_change(struct arena *a, struct delta *d, uint32_t *size, struct change c)
{
	if (d->count >= ATTRS_MAX)
		return ERR_LIMIT;
	if (d->count == *size) {
		uint32_t bigger = *size != 0 ? *size * 2 : 8;
		struct change *list = arena_array(a, bigger, sizeof(*list));

		if (list == NULL)
			return ERR_NOMEM;
		if (d->count != 0)
			memcpy(list, d->changes, d->count * sizeof(*list));
		d->changes = list;
		*size = bigger;
	}
	d->changes[d->count++] = c;
	return 0;
}

static int
decode_head(struct text in, size_t *pos, struct delta *d, struct err *e)
{
	uint64_t len;

	if (in.data[0] != VERSION)
		return err_set(e, ERR_SYNTAX,
		    "stored change: version %d is not known", in.data[0]);
	if (in.len < 2 || (unsigned char)in.data[1] > DELTA_DELETE_ADD)
		return err_set(e, ERR_SYNTAX, "stored change: damaged");
	d->op = (enum delta_op)in.data[1];
	*pos = 2;
	if (varint_get(in, pos, &len) < 0 || len > in.len - *pos)
		return err_set(e, ERR_SYNTAX, "stored change: damaged");
	d->new_dn = (struct text){in.data + *pos, (size_t)len};
	*pos += (size_t)len;
	return 0;
}

int
delta_decode(struct arena *a, struct text in, struct delta *out, struct err *e)
{
	struct delta d = {0};
	struct change c;
	uint32_t size = 0;
	size_t pos = 0;
	int r = 0;

	if (in.len != 0)
		r = decode_head(in, &pos, &d, e);
	if (r < 0)
		return r;
	while (pos < in.len && r == 0) {
		r = decode_change(a, in, &pos, &c);
		if (r == 0)
			r = push_change(a, &d, &size, c);
	}
	if (r < 0)
		return err_set(e, r, "stored change: damaged at byte %zu", pos);
	*out = d;
	return 0;
}

const char *
delta_op_name(enum delta_op op)
{
	switch (op) {
	case DELTA_NONE:
		return "none";
	case DELTA_ADD:
		return "add";
	case DELTA_UPDATE:
		return "update";
	case DELTA_REPLACE:
		return "replace";
	case DELTA_DELETE:
		return "delete";
	case DELTA_OBSOLETE:
		return "obsolete";
	case DELTA_DELETE_ADD:
		return "delete-add";
	}
	return "unknown";
}
