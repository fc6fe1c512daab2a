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

/* The object under that DN or anchor, 0: none; row says how it would be looked
 * for and made. */
static int
find_target(struct store *s, const struct value *v, struct cs_row *row,
    int64_t *out, struct err *e)
{
	struct cs_at at = {.number = row->connector};

	*out = v->by == REF_ID ? v->id : 0;
	if (v->by == REF_ID || v->text.len == 0)
		return 0;
	if (v->by == REF_ANCHOR) {
		row->anchor = at.key = v->text;
		at.by = CS_BY_ANCHOR;
	} else {
		row->dn = v->text;
		arena_reset(s->scratch);
		if (dn_key(s->scratch, row->dn, &row->dn_key) < 0)
			return nomem(e);
		at.key = row->dn_key;
		at.by = CS_BY_DN;
	}
	return lookup(s, &at, out, e);
}

/* The same; a placeholder is made where there is none.  0: a value that names
 * nothing. */
static int
resolve(struct store *s, const struct cs_object *owner, const struct value *v,
    int64_t *out, struct err *e)
{
	struct cs_row row = {.connector = owner->connector,
	    .partition = owner->partition,
	    .flags = CS_PH_LINK};
	int r = find_target(s, v, &row, out, e);

	if (r < 0 || *out != 0 || row.anchor.len + row.dn.len == 0)
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

/* name 0: of every attribute. */
static int
compare(struct store *s, struct ref_key of, struct pairs *wanted,
    struct pairs *gone, struct err *e)
{
	struct pairs_compare c = {.wanted = wanted, .gone = gone};
	struct query q;
	int r = query_begin(
	    &q, s, of.name != 0 ? STMT_CS_REFS_NAME : STMT_CS_REFS, e);

	if (r < 0)
		return r;
	query_int(&q, of.owner);
	query_int(&q, REF_IMAGE);
	if (of.name != 0)
		query_int(&q, of.name);
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
write_new(struct store *s, enum stmt id, int64_t owner,
    const struct pairs *new_pairs, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < new_pairs->count && r >= 0; i++) {
		struct query q;

		r = query_begin(&q, s, id, e);
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

/* The rows of an attribute (name 0: of all) become those wanted. */
static int
replace_rows(struct store *s, struct ref_key of, struct pairs *wanted,
    size_t *changed, struct err *e)
{
	struct pairs gone = {0};
	int r = compare(s, of, wanted, &gone, e);

	if (r == 0)
		r = write_new(s, STMT_CS_REF_STAGE, of.owner, wanted, e);
	if (r == 0)
		r = write_gone(s, of.owner, &gone, e);
	if (r == 0)
		*changed += wanted->count + gone.count;
	return r;
}

int
cs_refs_stage(struct store *s, const struct cs_object *owner,
    const struct attrs *attrs, size_t *out_changed, struct err *e)
{
	struct ref_key all = {.owner = owner->id};
	struct pairs wanted;
	size_t changed = 0;
	int r;

	(void)call_begin(s);
	r = wanted_pairs(s, owner, attrs, &wanted, e);
	if (r == 0)
		r = replace_rows(s, all, &wanted, &changed, e);
	if (r == 0)
		*out_changed = changed;
	return r;
}

int
cs_refs_stage_new(struct store *s, const struct cs_object *owner,
    const struct attrs *attrs, struct err *e)
{
	struct pairs wanted;
	int r;

	(void)call_begin(s);
	r = wanted_pairs(s, owner, attrs, &wanted, e);
	if (r < 0)
		return r;
	return s->bulk != NULL
		   ? bulk_refs(s, owner->id, &wanted, e)
		   : write_new(s, STMT_CS_REF_NEW, owner->id, &wanted, e);
}

/* ---- What changed alone ---- */

static int
change_whole(struct store *s, const struct cs_object *owner,
    const struct attr *attr, size_t *changed, struct err *e)
{
	struct ref_key of = {.owner = owner->id, .name = attr->name};
	struct pairs wanted = {0};
	int r = resolve_attr(s, owner, attr, &wanted, e);

	pairs_sort(&wanted);
	return r < 0 ? r : replace_rows(s, of, &wanted, changed, e);
}

/* One value that came. */
static int
value_came(struct store *s, const struct cs_object *owner, uint32_t name,
    const struct value *v, size_t *changed, struct err *e)
{
	struct ref_key key = {.owner = owner->id, .name = name};
	unsigned bits = 0;
	int r = resolve(s, owner, v, &key.target, e);

	if (r < 0 || key.target == 0)
		return r;
	r = cs_ref_bits(s, key, &bits, e);
	if (r < 0 || (bits & REF_IMAGE) != 0)
		return r;
	(*changed)++;
	return cs_ref_set(s, key, REF_IMAGE, 0, e);
}

static int
value_went(struct store *s, const struct cs_object *owner, uint32_t name,
    const struct value *v, size_t *changed, struct err *e)
{
	struct cs_row row = {.connector = owner->connector};
	struct ref_key key = {.owner = owner->id, .name = name};
	unsigned bits = 0;
	int r = find_target(s, v, &row, &key.target, e);

	if (r < 0 || key.target == 0)
		return r;
	r = cs_ref_bits(s, key, &bits, e);
	if (r < 0 || (bits & REF_IMAGE) == 0)
		return r;
	(*changed)++;
	return cs_ref_set(s, key, 0, REF_IMAGE, e);
}

static int
change_values(struct store *s, const struct cs_object *owner,
    const struct change *c, size_t *changed, struct err *e)
{
	int r = 0;

	for (uint32_t i = 0; i < c->del_count && r == 0; i++)
		if (c->del[i].type == VALUE_REFERENCE)
			r = value_went(
			    s, owner, c->name, &c->del[i], changed, e);
	for (uint32_t i = 0; i < c->add_count && r == 0; i++)
		if (c->add[i].type == VALUE_REFERENCE)
			r = value_came(
			    s, owner, c->name, &c->add[i], changed, e);
	return r;
}

int
cs_refs_change(struct store *s, const struct cs_object *owner,
    const struct ref_changes *c, size_t *out_changed, struct err *e)
{
	size_t changed = 0;
	int r = 0;

	(void)call_begin(s);
	for (size_t i = 0; i < c->removed_count && r == 0; i++) {
		struct attr none = {.name = c->removed[i]};

		r = change_whole(s, owner, &none, &changed, e);
	}
	for (uint32_t i = 0; i < c->whole->count && r == 0; i++)
		r = change_whole(s, owner, &c->whole->items[i], &changed, e);
	for (uint32_t i = 0; i < c->values->count && r == 0; i++)
		r = change_values(
		    s, owner, &c->values->changes[i], &changed, e);
	if (r == 0)
		*out_changed = changed;
	return r;
}

/* ---- Parents ---- */

static int
parent_make(struct store *s, const struct cs_object *o, struct text dn,
    struct text *out_key, struct err *e)
{
	struct cs_row row = {.connector = o->connector,
	    .partition = o->partition,
	    .flags = CS_PH_PARENT,
	    .dn = dn};
	struct cs_at at = {.by = CS_BY_DN, .number = o->connector};
	int64_t id = 0;
	int r;

	if (dn_key(s->tmp, dn, &row.dn_key) < 0)
		return nomem(e);
	*out_key = at.key = row.dn_key;
	r = lookup(s, &at, &id, e);
	return r < 0 || id != 0 ? r : cs_placeholder_make(s, &row, &id, e);
}

int
cs_parents_stage(
    struct store *s, const struct cs_object *o, struct text root, struct err *e)
{
	struct text dn = o->dn, key = {0}, stop = {0};
	int r = 0;

	(void)call_begin(s);
	if (dn_key(s->tmp, root, &stop) < 0)
		return nomem(e);
	for (;;) {
		/* a name that is no DN has no parent */
		if (dn_parent(s->tmp, dn, &dn, NULL) < 0 || dn.len == 0)
			return 0;
		r = parent_make(s, o, dn, &key, e);
		if (r < 0 || text_equal(key, stop))
			return r;
	}
}
