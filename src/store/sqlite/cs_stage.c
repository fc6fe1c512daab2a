/* store/sqlite/cs_stage.c -- import of references: what the directory says an
 * object points to becomes rows; only the difference is written. */
#include "model/dn.h"
#include "store/sqlite/bulk.h"
#include "store/sqlite/pairs.h"

/* ---- Targets ---- */

/* The id alone: the index has it, no row is read. */
static int
lookup(struct store *s, const struct cs_at *at, int64_t *out, struct err *e)
{
	struct query q;
	int r;

	if (s->bulk != NULL)
		return bulk_lookup(s, at, out, e);
	r = query_begin(&q, s,
	    at->by == CS_BY_ANCHOR ? STMT_CS_ID_BY_ANCHOR : STMT_CS_ID_BY_DN,
	    e);
	if (r < 0)
		return r;
	query_int(&q, at->number);
	query_octets(&q, at->key);
	r = query_step(&q, e);
	if (r > 0)
		*out = query_get_int(&q, 0);
	query_end(&q);
	return r < 0 ? r : 0;
}

/* The object under that DN or anchor; a placeholder is made where there is
 * none.  0: a value that names nothing. */
static int
resolve(struct store *s, const struct cs_object *owner, const struct value *v,
    int64_t *out, struct err *e)
{
	struct cs_row row = {.connector = owner->connector,
	    .partition = owner->partition,
	    .flags = CS_PH_LINK};
	struct cs_at at = {.number = owner->connector};
	int r;

	*out = v->by == REF_ID ? v->id : 0;
	if (v->by == REF_ID || v->text.len == 0)
		return 0;
	if (v->by == REF_ANCHOR) {
		row.anchor = at.key = v->text;
		at.by = CS_BY_ANCHOR;
	} else {
		row.dn = v->text;
		arena_reset(s->scratch);
		if (dn_key(s->scratch, row.dn, &row.dn_key) < 0)
			return nomem(e);
		at.key = row.dn_key;
		at.by = CS_BY_DN;
	}
	r = lookup(s, &at, out, e);
	if (r < 0 || *out != 0)
		return r;
	return cs_placeholder_make(s, &row, out, e);
}

/* ---- The wanted rows ---- */

static int
resolve_attr(struct store *s, const struct cs_object *owner,
    const struct attr *attr, struct pairs *out, struct err *e)
{
	for (uint32_t k = 0; k < attr->count; k++) {
		const struct value *v = &attr->values[k];
		int64_t target;
		int r;

		if (v->type != VALUE_REFERENCE)
			continue;
		r = resolve(s, owner, v, &target, e);
		if (r < 0)
			return r;
		if (target != 0 && pairs_add(s->tmp, out,
				       (struct pair){attr->name, target}) < 0)
			return nomem(e);
	}
	return 0;
}

static int
wanted_pairs(struct store *s, const struct cs_object *owner,
    const struct attrs *attrs, struct pairs *out, struct err *e)
{
	int r = 0;

	*out = (struct pairs){0};
	for (uint32_t i = 0; i < attrs->count && r == 0; i++)
		r = resolve_attr(s, owner, &attrs->items[i], out, e);
	pairs_sort(out);
	return r;
}

/* ---- The difference ---- */

static int
compare(struct store *s, int64_t owner, struct pairs *wanted,
    struct pairs *gone, struct err *e)
{
	struct pairs_compare c = {.wanted = wanted, .gone = gone};
	struct query q;
	int r = query_begin(&q, s, STMT_CS_REFS, e);

	if (r < 0)
		return r;
	query_int(&q, owner);
	query_int(&q, REF_IMAGE);
	while ((r = query_step(&q, e)) > 0) {
		struct pair there = {
		    (uint32_t)query_get_int(&q, 0), query_get_int(&q, 1)};

		if (pairs_there(s->tmp, &c, there) < 0) {
			r = nomem(e);
			break;
		}
	}
	query_end(&q);
	pairs_end(&c);
	return r;
}

static int
write_new(struct store *s, int64_t owner, const struct pairs *new_pairs,
    struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < new_pairs->count && r >= 0; i++) {
		struct query q;

		r = query_begin(&q, s, STMT_CS_REF_STAGE, e);
		if (r < 0)
			return r;
		query_int(&q, owner);
		query_int(&q, new_pairs->items[i].name);
		query_int(&q, new_pairs->items[i].target);
		r = query_run(&q, e);
	}
	return r < 0 ? r : 0;
}

static int
write_gone(
    struct store *s, int64_t owner, const struct pairs *gone, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < gone->count && r == 0; i++) {
		struct ref_key key = {
		    owner, gone->items[i].name, gone->items[i].target};

		r = cs_ref_set(s, key, 0, REF_IMAGE, e);
	}
	return r;
}

int
cs_refs_stage(struct store *s, const struct cs_object *owner,
    const struct attrs *attrs, size_t *out_changed, struct err *e)
{
	struct pairs wanted, gone = {0};
	int r;

	(void)call_begin(s);
	r = wanted_pairs(s, owner, attrs, &wanted, e);
	if (r == 0)
		r = compare(s, owner->id, &wanted, &gone, e);
	if (r == 0)
		r = write_new(s, owner->id, &wanted, e);
	if (r == 0)
		r = write_gone(s, owner->id, &gone, e);
	if (r == 0)
		*out_changed = wanted.count + gone.count;
	return r;
}
