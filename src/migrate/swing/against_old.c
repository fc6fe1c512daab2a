/* migrate/swing/against_old.c -- object by object against what the old server
 * held and would have sent. */
#include <errno.h>
#include <stdio.h>

#include "migrate/swing/swing_int.h"
#include "rules/vendor/csexport.h"
#include "store/idset.h"
#include "store/tower.h"

struct old {
	struct setup *setup;
	const struct engine_connector *connector;
	struct swing_report *report;
	struct arena *arena; /* of the report */
	struct arena *item;  /* of one object */
	struct seen_set met;
	const uint32_t *wanted; /* attributes that are read here */
	size_t wanted_count;
	struct attrs unused; /* attribute -> how many objects have it */
	uint32_t display, anchor, immutable;
};

/* One object on both sides. */
struct pair {
	const struct csexport_object *theirs;
	const struct csexport_layer *will; /* what it held and was to hold */
	bool their_delete;
	struct cs_object ours;
	struct cs_ref *refs;
	size_t ref_count;
	bool found;
	struct attrs view; /* what it is going to hold here */
	struct text name, anchor;
};

static int
failed(int r, const struct csexport_object *o, struct err *e)
{
	return err_set(e, r, "%.*s: %s", TEXT_ARGS(o->dn), err_name(r));
}

/* ---- Their side ---- */

static const struct csexport_layer *
desired_of(const struct csexport_object *o)
{
	static const enum csexport_which order[] = {CSEXPORT_UNAPPLIED_HOLOGRAM,
	    CSEXPORT_ESCROWED_HOLOGRAM, CSEXPORT_UNCONFIRMED_HOLOGRAM,
	    CSEXPORT_IMPORT_HOLOGRAM, CSEXPORT_SYNCHRONIZED};

	for (size_t i = 0; i < sizeof(order) / sizeof(order[0]); i++)
		if (o->layer[order[i]].present)
			return &o->layer[order[i]];
	return NULL;
}

static bool
deletes(const struct csexport_layer *l)
{
	return l->present &&
	       (l->op == CSEXPORT_DELETE || l->op == CSEXPORT_OBSOLETE);
}

/* What it managed: linked, or with an export of its own on the way. */
static bool
was_managed(const struct csexport_object *o)
{
	return o->connector || o->layer[CSEXPORT_UNAPPLIED].present ||
	       o->layer[CSEXPORT_UNCONFIRMED].present ||
	       o->layer[CSEXPORT_ESCROWED].present;
}

static int
their_values(
    struct arena *a, const struct csexport_attr *attr, struct swing_values *out)
{
	int r = 0;

	*out = (struct swing_values){
	    .items = arena_array(a, attr->count + 1, sizeof(*out->items))};
	if (out->items == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < attr->count && r == 0; i++) {
		const struct csexport_value *v = &attr->values[i];
		struct value binary = value_binary(v->text);

		if (v->op == CSEXPORT_DELETE)
			continue;
		out->items[out->count] = v->text;
		if (v->binary)
			r = value_format(a, &binary, &out->items[out->count]);
		out->count++;
	}
	swing_values_sort(out);
	return r;
}

/* ---- Our side ---- */

static int
load_refs(struct old *x, struct pair *p, struct err *e)
{
	struct ref_query q = {
	    .owner = p->ours.id, .mask = 0xff, .with_target = true};
	int r = cs_refs_get(
	    x->setup->store, x->item, &q, &p->refs, &p->ref_count, e);

	if (r == 0 && tower_view(x->item, &p->ours, p->refs, p->ref_count,
			  TOWER_TOP, &p->view) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	return r;
}

static int
find_ours(struct old *x, struct pair *p, struct err *e)
{
	const struct csexport_object *o = p->theirs;
	struct cs_key key = {x->connector->id, o->dn};
	struct text dn = p->will != NULL && p->will->new_dn.len != 0
			     ? p->will->new_dn
			     : o->dn;
	int r;

	key.text = dn;
	r = cs_find_dn(x->setup->store, x->item, key, CS_ALL, &p->ours, NULL);
	if (r == ERR_NOENT || (r == 0 && p->ours.kind != CS_STAGING))
		return 0;
	if (r < 0)
		return failed(r, o, e);
	p->found = true;
	r = idset_add(&x->met, p->ours.id);
	return r < 0 ? failed(r, o, e) : load_refs(x, p, e);
}

static struct text
first_text(const struct attrs *view, uint32_t name)
{
	const struct value *v = attrs_first(view, name);

	return v != NULL && v->type == VALUE_STRING ? v->text : TEXT("");
}

static void
name_ours(struct old *x, struct pair *p)
{
	p->name = first_text(&p->view, x->display);
	p->anchor = first_text(&p->view, x->anchor);
	if (p->anchor.len == 0)
		p->anchor = first_text(&p->view, x->immutable);
}

static void
name_theirs(struct pair *p)
{
	const struct csexport_attr *name, *anchor;

	if (p->will == NULL)
		return;
	name = csexport_attr(p->will, "displayName");
	anchor = csexport_attr(p->will, "sourceAnchor");
	if (name != NULL && name->count > 0)
		p->name = name->values[0].text;
	if (anchor != NULL && anchor->count > 0)
		p->anchor = anchor->values[0].text;
}

static bool
our_delete(const struct cs_object *o)
{
	return o->unapplied.op == DELTA_DELETE ||
	       o->unapplied.op == DELTA_OBSOLETE;
}

static bool
is_ours(const struct cs_object *o)
{
	return o->mv != 0 || o->unapplied.op != DELTA_NONE;
}

/* ---- Lines ---- */

static struct swing_line
line_for(const struct old *x, const struct pair *p)
{
	struct swing_line l = {.dn = p->found ? p->ours.dn : p->theirs->dn,
	    .name = p->name,
	    .anchor = p->anchor};

	l.type = p->found
		     ? names_text(store_names(x->setup->store), p->ours.type)
		     : p->theirs->type;
	return l;
}

static int
add_whole(struct old *x, const struct pair *p, enum swing_op op,
    enum swing_cause cause, struct err *e)
{
	struct swing_line l = line_for(x, p);

	l.op = op;
	l.cause = cause;
	return report_add(x->report, x->arena, &l, e);
}

static bool
is_read_here(const struct old *x, uint32_t name)
{
	for (size_t i = 0; i < x->wanted_count; i++)
		if (x->wanted[i] == name)
			return true;
	return false;
}

static int
count_unused(struct old *x, struct text name, struct err *e)
{
	uint32_t id;
	int r = names_intern(store_names(x->setup->store), name, &id);
	const struct value *v = r == 0 ? attrs_first(&x->unused, id) : NULL;
	struct value n = value_integer(v != NULL ? v->integer + 1 : 1);

	if (r == 0)
		r = attrs_set(x->arena, &x->unused, id, &n, 1);
	return r < 0 ? err_set(e, r, "%.*s: %s", TEXT_ARGS(name), err_name(r))
		     : 0;
}

/* The rule behind a value that waits to be sent; without one the directory has
 * it since the old server looked. */
static struct text
rule_behind(struct old *x, const struct pair *p, uint32_t name)
{
	struct engine_attr of = {
	    .connector = (size_t)(x->connector - x->setup->connectors),
	    .cs = p->ours.id,
	    .name = name};
	struct text rule;

	if (engine_rule_of(x->setup->engine, of, x->item, &rule, NULL) < 0)
		return TEXT("");
	return rule;
}

static bool
waits(const struct pair *p, uint32_t name)
{
	if (delta_find(&p->ours.unapplied, name) != NULL)
		return true;
	for (size_t i = 0; i < p->ref_count; i++)
		if (p->refs[i].name == name &&
		    (p->refs[i].bits &
			(REF_UNAPPLIED_ADD | REF_UNAPPLIED_DEL)) != 0)
			return true;
	return false;
}

/* "true" of a file is True here. */
static void
read_booleans(struct swing_values *v)
{
	for (size_t i = 0; i < v->count; i++) {
		if (text_equal_nocase(v->items[i], TEXT("true")))
			v->items[i] = TEXT("True");
		else if (text_equal_nocase(v->items[i], TEXT("false")))
			v->items[i] = TEXT("False");
	}
}

static int
compare_values(struct old *x, const struct pair *p, uint32_t name,
    const struct csexport_attr *theirs, struct err *e)
{
	const struct attr *ours = attrs_find(&p->view, name);
	struct swing_line l = line_for(x, p);
	bool alike = false;
	int r = 0;

	if (theirs != NULL)
		r = their_values(x->item, theirs, &l.was);
	if (r == 0 && ours != NULL)
		r = swing_values_of(
		    x->item, ours->values, ours->count, &l.will);
	if (ours != NULL && ours->values[0].type == VALUE_BOOLEAN)
		read_booleans(&l.was);
	if (r == 0 && swing_values_equal(&l.was, &l.will))
		return 0;
	if (r == 0)
		r = swing_values_alike(x->item, &l.was, &l.will, &alike);
	if (r < 0)
		return failed(r, p->theirs, e);
	l.op = SWING_CHANGE;
	l.attribute = names_text(store_names(x->setup->store), name);
	l.cause = !waits(p, name) ? SWING_CLOUD : SWING_RULE;
	if (l.cause == SWING_RULE)
		l.rule = rule_behind(x, p, name);
	if (alike)
		l.cause = SWING_FORMAT;
	/* References are names of objects: in other letters they are the same
	 */
	if (alike && theirs != NULL && theirs->reference)
		return 0;
	return report_add(x->report, x->arena, &l, e);
}

/* What they have, attribute by attribute. */
static int
compare_theirs(struct old *x, const struct pair *p, struct err *e)
{
	const struct names *names = store_names(x->setup->store);
	int r = 0;

	for (size_t i = 0; i < p->will->count && r == 0; i++) {
		const struct csexport_attr *attr = &p->will->attrs[i];
		struct text name =
		    names_of_kind(x->connector->conf->kind, attr->name);
		uint32_t id = names_find(names, name);

		if (id == 0 || !is_read_here(x, id))
			r = count_unused(x, name, e);
		else
			r = compare_values(x, p, id, attr, e);
	}
	return r;
}

static const struct csexport_attr *
theirs_of(const struct old *x, const struct pair *p, uint32_t name)
{
	struct text wanted = names_text(store_names(x->setup->store), name);

	for (size_t i = 0; i < p->will->count; i++)
		if (text_equal_nocase(names_of_kind(x->connector->conf->kind,
					  p->will->attrs[i].name),
			wanted))
			return &p->will->attrs[i];
	return NULL;
}

/* What we are going to send, and they had nothing of. */
static int
compare_added(struct old *x, const struct pair *p, struct err *e)
{
	int r = 0;

	for (uint32_t i = 0; i < p->view.count && r == 0; i++) {
		uint32_t name = p->view.items[i].name;

		if (waits(p, name) && theirs_of(x, p, name) == NULL)
			r = compare_values(x, p, name, NULL, e);
	}
	return r;
}

static int
compare_pair(struct old *x, const struct pair *p, struct err *e)
{
	size_t before = x->report->count;
	int r;

	if (p->their_delete && (!p->found || our_delete(&p->ours)))
		r = 0;
	else if (p->their_delete)
		r = add_whole(x, p, SWING_KEEP, SWING_FILTER, e);
	else if (!p->found)
		r = add_whole(x, p, SWING_GONE, SWING_JOIN, e);
	else if (our_delete(&p->ours))
		r = add_whole(x, p, SWING_DELETE, SWING_FILTER, e);
	else if (!is_ours(&p->ours))
		r = add_whole(x, p, SWING_UNMANAGED, SWING_FILTER, e);
	else
		r = compare_theirs(x, p, e);
	if (r == 0 && p->found && !p->their_delete && is_ours(&p->ours) &&
	    !our_delete(&p->ours))
		r = compare_added(x, p, e);
	x->report->objects++;
	x->report->same += r == 0 && x->report->count == before;
	return r;
}

static bool
lacks_hologram(const struct pair *p)
{
	const struct csexport_layer *l = p->theirs->layer;

	return p->will == NULL || (l[CSEXPORT_UNAPPLIED].present &&
				      !l[CSEXPORT_UNAPPLIED_HOLOGRAM].present);
}

static int
on_object(void *ctx, const struct csexport_object *o, struct err *e)
{
	struct old *x = ctx;
	struct pair p = {.theirs = o, .will = desired_of(o)};
	int r;

	if (!was_managed(o))
		return 0;
	arena_reset(x->item);
	p.their_delete = deletes(&o->layer[CSEXPORT_UNAPPLIED]);
	r = find_ours(x, &p, e);
	if (r < 0)
		return r;
	name_theirs(&p);
	if (p.name.len == 0 && p.found)
		name_ours(x, &p);
	if (!p.their_delete && lacks_hologram(&p))
		return err_set(e, ERR_SYNTAX,
		    "%.*s:%u: %.*s has no hologram of what it is to be: "
		    "export the whole connector space (csexport without a "
		    "filter)",
		    TEXT_ARGS(x->report->old), o->line, TEXT_ARGS(o->dn));
	return compare_pair(x, &p, e);
}

/* ---- What we have and they had not ---- */

static int
add_ours(struct old *x, int64_t id, struct err *e)
{
	struct pair p = {.found = true};
	int r;

	arena_reset(x->item);
	r = cs_get(x->setup->store, x->item, id, CS_ALL, &p.ours, e);
	if (r < 0)
		return r;
	if (!is_ours(&p.ours) || our_delete(&p.ours))
		return 0;
	r = load_refs(x, &p, e);
	if (r < 0)
		return r;
	name_ours(x, &p);
	x->report->objects++;
	return add_whole(x, &p, SWING_ADD,
	    p.ours.unapplied.op == DELTA_ADD ? SWING_JOIN : SWING_FILTER, e);
}

static int
walk_ours(struct old *x, struct err *e)
{
	int64_t room[256];
	struct ids ids = {.id = room, .max = 256};
	struct cs_walk w = {.connector = x->connector->id, .which = CS_EVERY};
	int r = cs_next(x->setup->store, &w, &ids, e);

	while (r == 0 && ids.count > 0) {
		for (size_t i = 0; i < ids.count && r == 0; i++)
			if (!idset_has(&x->met, ids.id[i]))
				r = add_ours(x, ids.id[i], e);
		if (r == 0)
			r = cs_next(x->setup->store, &w, &ids, e);
	}
	return r;
}

/* Attributes that no rule here flows: one line for all objects. */
static int
add_unused(struct old *x, struct err *e)
{
	int r = 0;

	for (uint32_t i = 0; i < x->unused.count && r == 0; i++) {
		const struct attr *u = &x->unused.items[i];
		struct swing_line l = {.op = SWING_UNUSED,
		    .cause = SWING_RULE,
		    .attribute =
			names_text(store_names(x->setup->store), u->name),
		    .objects = (uint64_t)u->values[0].integer};

		r = report_add(x->report, x->arena, &l, e);
	}
	return r;
}

static int
read_file(struct old *x, const char *path, struct err *e)
{
	const struct csexport_sink sink = {.object = on_object, .ctx = x};
	FILE *f = fopen(path, "re");
	int r;

	if (f == NULL)
		return err_set(e, -errno, "%s: %m", path);
	r = csexport_read(f, path, &sink, e);
	(void)fclose(f);
	return r;
}

int
against_old(struct setup *s, size_t connector, const char *old, struct arena *a,
    struct swing_report *r, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *item = arena_new(0);
	const struct names *names = store_names(s->store);
	struct old x = {.setup = s,
	    .connector = &s->connectors[connector],
	    .report = r,
	    .arena = a,
	    .item = item,
	    .display = names_find(names, TEXT("displayName")),
	    .anchor = names_find(names, TEXT("sourceAnchor")),
	    .immutable = names_find(names, TEXT("onPremisesImmutableId"))};
	int code;

	if (item == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	x.wanted = plan_wanted(s->plan, connector, &x.wanted_count);
	code = read_file(&x, old, e);
	if (code == 0)
		code = walk_ours(&x, e);
	if (code == 0)
		code = add_unused(&x, e);
	idset_clear(&x.met);
	return code;
}
