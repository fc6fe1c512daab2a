/* engine/import/vanish.c -- an attribute that is gone from all, or nearly all,
 * objects of a type at once is a right that was lost or a schema that changed:
 * the objects keep the values that they had (docs/engine/model.md 5.1). */
#include "engine/import/import_int.h"

#define SUSPECTS 512U /* attributes of object types */
#define TOLD     3U   /* named in the text */

struct suspect {
	uint32_t type, name;
	bool refs;
	bool at_fault;
	uint64_t lost, kept;
};

struct vanish {
	struct import *im;
	struct suspect list[SUSPECTS];
	size_t count;
};

/* One object of a walk. */
typedef int vanish_fn(struct vanish *v, struct cs_object *o, struct err *e);

static int
walk_page(
    struct vanish *v, const struct ids *ids, vanish_fn *each, struct err *e)
{
	struct import *im = v->im;
	int r = 0;

	for (size_t i = 0; i < ids->count && r == 0; i++) {
		struct cs_object o;

		arena_reset(im->arena);
		r = cs_get(im->store, im->arena, ids->id[i],
		    IMPORT_PARTS | CS_LINEAGE, &o, e);
		if (r == 0)
			r = each(v, &o, e);
	}
	return r;
}

/* A change that came from outside, and was not judged before. */
static bool
is_open(const struct import *im, const struct cs_object *o)
{
	return import_is_new(im, o) && !idset_has(&im->confirmed, o->id);
}

static int
walk(struct vanish *v, enum cs_which which, vanish_fn *each, struct err *e)
{
	struct import *im = v->im;
	struct ids ids = {.id = im->page, .max = IMPORT_PAGE};
	struct cs_walk w = {.connector = im->connector,
	    .partition = im->partition,
	    .which = which};
	int r;

	do {
		r = cs_next(im->store, &w, &ids, e);
		if (r == 0)
			r = walk_page(v, &ids, each, e);
	} while (r == 0 && ids.count != 0);
	return r > 0 ? 0 : r;
}

static struct suspect *
suspect_of(struct vanish *v, uint32_t type, uint32_t name)
{
	for (size_t i = 0; i < v->count; i++)
		if (v->list[i].type == type && v->list[i].name == name)
			return &v->list[i];
	return NULL;
}

/* Lost as a whole by one object more. */
static void
note(struct vanish *v, uint32_t type, uint32_t name, bool refs)
{
	struct suspect *s = suspect_of(v, type, name);

	if (s == NULL && v->count < SUSPECTS) {
		s = &v->list[v->count++];
		*s = (struct suspect){.type = type, .name = name, .refs = refs};
	}
	if (s != NULL)
		s->lost++;
}

bool
import_reads(const struct import *im, uint32_t name)
{
	for (size_t i = 0; i < im->job->wanted_count; i++)
		if (im->job->wanted[i] == name)
			return true;
	return false;
}

static bool
is_lost(const struct cs_object *o, const struct change *c)
{
	return c->del_count != 0 && c->add_count == 0 &&
	       attrs_find(&o->image, c->name) == NULL;
}

/* The reference attributes of rules, where the directory said which they
 * are. */
static bool
is_reference(const struct import *im, uint32_t name)
{
	const struct schema_attr *a =
	    im->job->schema != NULL ? schema_find(im->job->schema, name) : NULL;

	return a != NULL && a->type == VALUE_REFERENCE;
}

static int
refs_lost(struct import *im, const struct cs_object *o, uint32_t name,
    bool *out, struct err *e)
{
	bool any = false;
	int r = cs_refs_any(im->store, o->id, name, REF_IMAGE, &any, e);

	*out = false;
	if (r == 0 && !any)
		r = cs_refs_any(im->store, o->id, name, REF_HOLOGRAM, out, e);
	return r;
}

static int
count_lost(struct vanish *v, struct cs_object *o, struct err *e)
{
	struct import *im = v->im;
	int r = 0;

	if (!is_open(im, o))
		return 0;
	for (uint32_t i = 0; i < o->import.count; i++)
		if (is_lost(o, &o->import.changes[i]) &&
		    /* what is not asked for any more is gone by intent */
		    import_reads(im, o->import.changes[i].name))
			note(v, o->type, o->import.changes[i].name, false);
	for (size_t i = 0; i < im->job->wanted_count && r == 0; i++) {
		uint32_t name = im->job->wanted[i];
		bool lost = false;

		if (!is_reference(im, name))
			continue;
		r = refs_lost(im, o, name, &lost, e);
		if (r == 0 && lost)
			note(v, o->type, name, true);
	}
	return r;
}

/* Nearly all: as many percent of those that had it. */
static bool
is_too_many(const struct import_guard *g, const struct suspect *s)
{
	return s->lost > g->minimum &&
	       s->lost * 100 >=
		   (uint64_t)g->attribute_percent * (s->lost + s->kept);
}

/* Stops where enough objects were seen that still have it. */
static int
count_kept(struct vanish *v, struct cs_object *o, struct err *e)
{
	bool open = false, any;
	int r = 0;

	for (size_t i = 0; i < v->count && r == 0; i++) {
		struct suspect *s = &v->list[i];

		if (!is_too_many(&v->im->job->guard, s))
			continue;
		open = true;
		if (s->type != o->type || (o->flags & CS_IN_CD) == 0)
			continue;
		any = attrs_find(&o->image, s->name) != NULL;
		if (s->refs)
			r = cs_refs_any(
			    v->im->store, o->id, s->name, REF_IMAGE, &any, e);
		s->kept += any;
	}
	return r == 0 && !open ? 1 : r;
}

static size_t
judge(struct vanish *v)
{
	size_t n = 0;

	for (size_t i = 0; i < v->count; i++) {
		v->list[i].at_fault =
		    is_too_many(&v->im->job->guard, &v->list[i]);
		n += v->list[i].at_fault;
	}
	return n;
}

/* ---- As they were ---- */

static bool
is_at_fault(struct vanish *v, uint32_t type, uint32_t name)
{
	const struct suspect *s = suspect_of(v, type, name);

	return s != NULL && s->at_fault;
}

/* Scalars: the values back into the image, the change out of the pending
 * import. */
static int
restore_scalars(
    struct vanish *v, struct cs_object *o, bool *out_any, struct err *e)
{
	uint32_t kept = 0;
	int r = 0;

	for (uint32_t i = 0; i < o->import.count && r == 0; i++) {
		const struct change *c = &o->import.changes[i];

		if (!is_lost(o, c) || !is_at_fault(v, o->type, c->name)) {
			o->import.changes[kept++] = *c;
			continue;
		}
		*out_any = true;
		r = attrs_set(
		    v->im->arena, &o->image, c->name, c->del, c->del_count);
	}
	o->import.count = kept;
	return r < 0 ? err_set(e, ERR_NOMEM, "out of memory") : 0;
}

static int
restore_refs(struct vanish *v, const struct cs_object *o,
    const struct suspect *s, struct err *e)
{
	struct ref_query q = {.owner = o->id,
	    .name = s->name,
	    .mask = REF_HOLOGRAM,
	    .without_names = true};
	struct import *im = v->im;
	struct cs_ref *refs;
	size_t n = 0;
	int r = cs_refs_get(im->store, im->arena, &q, &refs, &n, e);

	for (size_t i = 0; i < n && r == 0; i++) {
		struct ref_key key = {o->id, s->name, refs[i].target};

		r = cs_ref_set(im->store, key, REF_IMAGE, 0, e);
	}
	return r;
}

static int
restore(struct vanish *v, struct cs_object *o, struct err *e)
{
	bool any = false, lost = false;
	int r = is_open(v->im, o) ? restore_scalars(v, o, &any, e) : 1;

	for (size_t i = 0; i < v->count && r == 0; i++) {
		const struct suspect *s = &v->list[i];

		if (!s->at_fault || !s->refs || s->type != o->type)
			continue;
		r = refs_lost(v->im, o, s->name, &lost, e);
		if (r == 0 && lost)
			r = restore_refs(v, o, s, e);
	}
	if (r == 0 && any)
		r = cs_put(v->im->store, o, IMPORT_PARTS | CS_LINEAGE, e);
	return r > 0 ? 0 : r;
}

static int
restore_all(struct vanish *v, struct err *e)
{
	int r = store_begin(v->im->store, e);

	if (r < 0)
		return r;
	r = walk(v, CS_IMPORT_UPDATE, restore, e);
	if (r == 0)
		return store_commit(v->im->store, e);
	store_rollback(v->im->store);
	return r;
}

/* ---- The text ---- */

static void
tell(struct vanish *v, size_t faults, struct buf *b)
{
	struct import *im = v->im;
	const struct names *names = store_names(im->store);
	size_t told = 0;

	for (size_t i = 0; i < v->count && told < TOLD; i++) {
		const struct suspect *s = &v->list[i];

		if (!s->at_fault)
			continue;
		buf_printf(b,
		    "%sattribute %.*s vanished from %llu of %llu %.*s objects",
		    told++ != 0 ? ", " : "",
		    TEXT_ARGS(names_text(names, s->name)),
		    (unsigned long long)s->lost,
		    (unsigned long long)s->lost + s->kept,
		    TEXT_ARGS(names_text(names, s->type)));
	}
	if (faults > told)
		buf_printf(b, " and %zu more attributes", faults - told);
	buf_printf(b,
	    " of %.*s: lost read right, or a changed schema? their old values "
	    "are kept, the rest goes on; if it is meant: causeway guard ack "
	    "%.*s --reason WHY",
	    TEXT_ARGS(im->step->connector_name),
	    TEXT_ARGS(im->step->connector_name));
}

static int
stop(struct vanish *v, size_t faults, struct err *e)
{
	struct buf b;

	buf_init(&b, 4096);
	tell(v, faults, &b);
	step_stop(v->im->step, "stopped-source-fault", "%.*s",
	    TEXT_ARGS(buf_text(&b)));
	buf_clear(&b);
	import_fault(v->im);
	return err_type(e, ERR_GUARD, "source-attribute-vanished", "%s",
	    v->im->step->detail);
}

/* Of the suspects those that enough objects lost, and of these how many
 * objects still have them. */
static int
find(struct vanish *v, size_t *out, struct err *e)
{
	int r = walk(v, CS_IMPORT_UPDATE, count_lost, e);

	*out = 0;
	if (r == 0 && judge(v) != 0)
		r = walk(v, CS_EVERY, count_kept, e);
	if (r == 0)
		*out = judge(v);
	return r;
}

int
import_vanished(struct import *im, struct err *e)
{
	struct cs_walk w = {.connector = im->connector,
	    .partition = im->partition,
	    .which = CS_IMPORT_UPDATE};
	const struct import_guard *g = &im->job->guard;
	struct vanish *v;
	uint64_t n = 0;
	size_t faults = 0;
	int r;

	if (g->attribute_percent == 0 || g->attribute_percent > 100 ||
	    im->job->conn == NULL)
		return 0;
	r = cs_count(im->store, &w, &n, e);
	if (r < 0 || n <= g->minimum)
		return r;
	v = calloc(1, sizeof(*v));
	if (v == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	v->im = im;
	r = find(v, &faults, e);
	if (faults != 0 && g->acked) {
		im->ack_used = true;
		faults = 0;
	}
	if (r == 0 && faults != 0)
		r = restore_all(v, e);
	if (r == 0 && faults != 0)
		r = stop(v, faults, e);
	free(v);
	return r;
}
