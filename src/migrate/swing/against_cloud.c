/* migrate/swing/against_cloud.c -- what the first export would change in the
 * directory as it is. */
#include "migrate/swing/swing_int.h"

struct seen {
	struct setup *setup;
	struct swing_report *report;
	struct arena *arena; /* of the report */
	struct arena *item;  /* of one object */
};

static struct swing_line
line_for(const struct seen *s, const struct pending_item *item)
{
	const struct names *names = store_names(s->setup->store);

	return (struct swing_line){.op = SWING_CHANGE,
	    .cause = SWING_RULE,
	    .type = names_text(names, item->type),
	    .dn = item->dn,
	    .name = item->display_name,
	    .anchor = item->source_anchor};
}

static int
add_change(struct seen *s, const struct pending_item *item,
    const struct pending_change *c, struct err *e)
{
	struct swing_line l = line_for(s, item);
	bool alike = false;
	int r = swing_values_of(s->item, c->del, c->del_count, &l.was);

	if (r == 0)
		r = swing_values_of(s->item, c->add, c->add_count, &l.will);
	if (r == 0)
		r = swing_values_alike(s->item, &l.was, &l.will, &alike);
	if (r < 0)
		return err_set(
		    e, r, "%.*s: %s", TEXT_ARGS(item->dn), err_name(r));
	l.attribute = names_text(store_names(s->setup->store), c->name);
	l.rule = c->rule;
	l.cause = alike ? SWING_FORMAT : SWING_RULE;
	return report_add(s->report, s->arena, &l, e);
}

static int
add_whole(struct seen *s, const struct pending_item *item, struct err *e)
{
	struct swing_line l = line_for(s, item);

	l.op = item->op == DELTA_DELETE ? SWING_DELETE : SWING_ADD;
	l.cause = item->op == DELTA_DELETE ? SWING_FILTER : SWING_JOIN;
	return report_add(s->report, s->arena, &l, e);
}

static int
add_rename(struct seen *s, const struct pending_item *item, struct err *e)
{
	struct swing_line l = line_for(s, item);
	struct text was = item->dn, will = item->new_dn;

	l.op = SWING_RENAME;
	l.was = (struct swing_values){&was, 1};
	l.will = (struct swing_values){&will, 1};
	return report_add(s->report, s->arena, &l, e);
}

static int
on_item(void *ctx, const struct pending_item *item, struct err *e)
{
	struct seen *s = ctx;
	int r = 0;

	arena_reset(s->item);
	s->report->objects++;
	if (item->op == DELTA_DELETE || item->op == DELTA_ADD)
		return add_whole(s, item, e);
	if (item->new_dn.len != 0)
		r = add_rename(s, item, e);
	for (size_t i = 0; i < item->change_count && r == 0; i++)
		r = add_change(s, item, &item->changes[i], e);
	return r;
}

/* ---- What a predecessor wrote and nothing here stands behind ---- */

static struct text
text_at(const struct attrs *view, uint32_t name)
{
	const struct value *v = attrs_first(view, name);

	return v != NULL && v->type == VALUE_STRING ? v->text : TEXT("");
}

/* It has the mark of a synchronisation and is linked to nothing. */
static int
add_orphan(struct seen *s, int64_t id, struct err *e)
{
	const struct names *names = store_names(s->setup->store);
	struct swing_line l = {.op = SWING_UNMANAGED, .cause = SWING_FILTER};
	struct cs_object o;
	int r;

	arena_reset(s->item);
	r = cs_get(s->setup->store, s->item, id, CS_IMAGE | CS_EXPORT, &o, e);
	if (r < 0 || o.mv != 0 || o.unapplied.op != DELTA_NONE)
		return r;
	l.anchor = text_at(&o.image, names_find(names, TEXT("sourceAnchor")));
	if (l.anchor.len == 0)
		l.anchor = text_at(
		    &o.image, names_find(names, TEXT("onPremisesImmutableId")));
	if (l.anchor.len == 0)
		return 0;
	l.type = names_text(names, o.type);
	l.dn = o.dn;
	l.name = text_at(&o.image, names_find(names, TEXT("displayName")));
	s->report->objects++;
	return report_add(s->report, s->arena, &l, e);
}

static int
add_orphans(struct seen *s, size_t connector, struct err *e)
{
	int64_t room[256];
	struct ids ids = {.id = room, .max = 256};
	struct cs_walk w = {.connector = s->setup->connectors[connector].id,
	    .which = CS_DISCONNECTORS};
	int r = cs_next(s->setup->store, &w, &ids, e);

	while (r == 0 && ids.count > 0) {
		for (size_t i = 0; i < ids.count && r == 0; i++)
			r = add_orphan(s, ids.id[i], e);
		if (r == 0)
			r = cs_next(s->setup->store, &w, &ids, e);
	}
	return r;
}

/* Every staged object takes part; those of which nothing waits are the same. */
static int
count_objects(struct seen *s, size_t connector, struct err *e)
{
	struct cs_walk w = {
	    .connector = s->setup->connectors[connector].id, .which = CS_EVERY};
	uint64_t all;
	int r = cs_count(s->setup->store, &w, &all, e);

	if (r == 0) {
		s->report->same =
		    all > s->report->objects ? all - s->report->objects : 0;
		s->report->objects = all;
	}
	return r;
}

int
against_cloud(struct setup *s, size_t connector, struct arena *a,
    struct swing_report *r, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *item = arena_new(0);
	struct seen seen = {.setup = s, .report = r, .arena = a, .item = item};
	const struct pending_sink sink = {.item = on_item, .ctx = &seen};
	struct pending_report pending;
	int code;

	if (item == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	code = engine_pending(s->engine, connector, a, &sink, &pending, e);
	if (code < 0)
		return code;
	r->skips = pending.skips;
	r->skip_count = pending.skip_count;
	r->uncertain = pending.uncertain;
	code = add_orphans(&seen, connector, e);
	return code == 0 ? count_objects(&seen, connector, e) : code;
}
