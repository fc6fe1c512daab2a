/* store/sent.c -- see sent.h. */
#include "store/sent.h"

#include <stdlib.h>

#include "model/dn.h"
#include "store/tower.h"

#define ESCROWED (REF_ESCROWED_ADD | REF_ESCROWED_DEL)

struct sending {
	struct arena *a;
	const struct sent_view *v;
	struct delta *out;
};

/* ---- Values ---- */

/* Those that are (or are not) there. */
static int
pick(const struct sending *x, const struct value *list, uint32_t n,
    const struct attr *now, bool present, struct change *to)
{
	struct value *out = arena_array(x->a, n, sizeof(*out));
	uint32_t count = 0;

	if (out == NULL)
		return ERR_NOMEM;
	for (uint32_t i = 0; i < n; i++)
		if ((now != NULL && attr_has(now, &list[i])) == present)
			out[count++] = list[i];
	if (present) {
		to->add = out;
		to->add_count = count;
	} else {
		to->del = out;
		to->del_count = count;
	}
	return 0;
}

static int
add_scalar(struct sending *x, const struct change *c)
{
	struct change kept = *c;
	int r = 0;

	if (x->v->came != NULL) {
		const struct attr *now = attrs_find(x->v->came, c->name);

		r = pick(x, c->add, c->add_count, now, true, &kept);
		if (r == 0)
			r = pick(x, c->del, c->del_count, now, false, &kept);
	}
	if (r == 0 && kept.add_count + kept.del_count != 0)
		x->out->changes[x->out->count++] = kept;
	return r;
}

/* ---- References ---- */

static struct value
value_of(const struct sending *x, const struct cs_ref *ref)
{
	struct value v = x->v->by_anchor && ref->named->anchor.len != 0
			     ? value_reference_anchor(ref->named->anchor)
			     : value_reference_dn(ref->named->dn);

	v.id = ref->target;
	return v;
}

static bool
takes_part(const struct sending *x, const struct cs_ref *ref)
{
	bool add = (ref->bits & REF_ESCROWED_ADD) != 0;

	return x->v->came == NULL || ((ref->bits & REF_IMAGE) != 0) == add;
}

/* The rows of one attribute; *at moves past them. */
static int
add_rows(struct sending *x, const struct cs_ref *refs, size_t n, size_t *at)
{
	struct change c = {.name = refs[*at].name};
	size_t end = *at;

	while (end < n && refs[end].name == c.name)
		end++;
	c.add = arena_array(x->a, end - *at, sizeof(*c.add));
	c.del = arena_array(x->a, end - *at, sizeof(*c.del));
	if (c.add == NULL || c.del == NULL)
		return ERR_NOMEM;
	for (; *at < end; (*at)++) {
		if (!takes_part(x, &refs[*at]))
			continue;
		if ((refs[*at].bits & REF_ESCROWED_ADD) != 0)
			c.add[c.add_count++] = value_of(x, &refs[*at]);
		else
			c.del[c.del_count++] = value_of(x, &refs[*at]);
	}
	if (c.add_count + c.del_count != 0)
		x->out->changes[x->out->count++] = c;
	return 0;
}

/* ---- All of it ---- */

static int
by_name(const void *p, const void *q)
{
	const struct change *a = p, *b = q;

	return a->name < b->name ? -1 : a->name > b->name;
}

static bool
has_name(const struct sending *x, const struct delta *sent)
{
	struct text wanted, now;

	return x->v->came == NULL ||
	       (dn_key(x->a, sent->new_dn, &wanted) == 0 &&
		   dn_key(x->a, x->v->dn, &now) == 0 &&
		   text_equal(wanted, now));
}

int
sent_delta(struct store *s, struct arena *a, const struct cs_object *o,
    const struct sent_view *v, struct delta *out, struct err *e)
{
	const struct delta *sent = &o->escrowed;
	struct sending x = {a, v, out};
	struct ref_query q = {.owner = o->id,
	    .mask = ESCROWED,
	    .with_target = true,
	    .one_name = v->by_anchor};
	struct cs_ref *refs = NULL;
	size_t n = 0, at = 0;
	int r = cs_refs_get(s, a, &q, &refs, &n, e);

	if (r < 0)
		return r;
	*out = (struct delta){.op = sent->op};
	out->changes = arena_array(a, sent->count + n, sizeof(*out->changes));
	r = out->changes == NULL ? ERR_NOMEM : 0;
	for (uint32_t i = 0; i < sent->count && r == 0; i++)
		r = add_scalar(&x, &sent->changes[i]);
	while (at < n && r == 0)
		r = add_rows(&x, refs, n, &at);
	if (r < 0)
		return err_set(e, r, "%.*s: out of memory", TEXT_ARGS(o->dn));
	if (sent->new_dn.len != 0 && has_name(&x, sent))
		out->new_dn = sent->new_dn;
	if (out->count != 0)
		qsort(out->changes, out->count, sizeof(*out->changes), by_name);
	return 0;
}
