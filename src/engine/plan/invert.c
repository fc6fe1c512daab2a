/* engine/plan/invert.c -- what was sent of one object, the other way round;
 * what of it cannot be is said. */
#include "engine/plan/undo_int.h"
#include "model/dn.h"
#include "store/tower.h"

static int
say(struct undoing *u, const struct sent *s, const char *text)
{
	return undo_note(u, s, (struct undo_note){.text = text_of(text)});
}

static int
no_memory(struct err *e)
{
	return err_set(e, ERR_NOMEM, "undo: out of memory");
}

/* ---- References by the rows they mean ---- */

static int
resolve(struct undoing *u, int64_t connector, struct value *list, uint32_t n)
{
	struct cs_object o;
	int r = 0;

	for (uint32_t i = 0; i < n && r == 0; i++) {
		struct cs_key key = {connector, list[i].text};

		if (list[i].type != VALUE_REFERENCE || list[i].id != 0)
			continue;
		r = list[i].by == REF_ANCHOR ? cs_find_anchor(u->g->cfg.store,
						   u->arena, key, 0, &o, NULL)
					     : cs_find_dn(u->g->cfg.store,
						   u->arena, key, 0, &o, NULL);
		if (r == 0)
			list[i].id = o.id;
		r = r == ERR_NOENT ? 0 : r;
	}
	return r;
}

static int
resolve_all(struct undoing *u, int64_t connector, struct delta *d)
{
	int r = 0;

	for (uint32_t i = 0; i < d->count && r == 0; i++) {
		r = resolve(
		    u, connector, d->changes[i].add, d->changes[i].add_count);
		if (r == 0)
			r = resolve(u, connector, d->changes[i].del,
			    d->changes[i].del_count);
	}
	return r;
}

/* ---- The row as it is ---- */

static int
find_row(struct undoing *u, struct sent *s, struct cs_object *o, struct err *e)
{
	struct store *store = u->g->cfg.store;
	struct cs_key key = {s->connector, s->anchor};
	int r = cs_get(store, u->arena, s->cs, CS_ALL, o, e);

	if (r == ERR_NOENT && s->anchor.len != 0)
		r = cs_find_anchor(store, u->arena, key, CS_ALL, o, e);
	if (r == 0)
		s->cs = o->id;
	return r;
}

static bool
is_there(const struct cs_object *o)
{
	return o->kind == CS_STAGING && (o->flags & CS_IN_CD) != 0 &&
	       o->import.op != DELTA_DELETE && o->import.op != DELTA_OBSOLETE &&
	       o->unconfirmed.op != DELTA_DELETE;
}

/* ---- Updates: attribute by attribute ---- */

static int
keep_or_say(struct undoing *u, struct sent *s, const struct plan_now *now,
    struct delta *all, struct err *e)
{
	struct applying p = {.g = u->g, .item = u->arena};
	struct delta one = {.op = DELTA_UPDATE, .count = 1};
	uint32_t kept = 0;
	int r = 0;

	if (now->o.unapplied.op == DELTA_DELETE) {
		all->count = 0;
		return undo_note(u, s,
			   (struct undo_note){
			       .text = TEXT(PLAN_TO_BE_DELETED)}) < 0
			   ? no_memory(e)
			   : 0;
	}
	for (uint32_t i = 0; i < all->count && r == 0; i++) {
		const struct frozen_item item = {.connector = s->connector,
		    .cs = s->cs,
		    .op = DELTA_UPDATE,
		    .dn = s->dn,
		    .delta = {.op = DELTA_UPDATE,
			.changes = &all->changes[i],
			.count = one.count}};
		struct text note = TEXT("");
		enum plan_verdict v = PLAN_SAME;

		r = plan_compare_undo(&p, &item, now, &v, &note, e);
		if (r == 0 && v == PLAN_MOVED &&
		    undo_note(u, s,
			(struct undo_note){
			    .text = text_of(arena_printf(u->arena,
				"changed since by somebody else: %.*s",
				TEXT_ARGS(note))),
			    .in_part = true}) < 0)
			r = no_memory(e);
		if (r == 0 && v == PLAN_SAME)
			all->changes[kept++] = all->changes[i];
	}
	all->count = kept;
	return r;
}

static int
invert_update(
    struct undoing *u, struct sent *s, struct cs_object *o, struct err *e)
{
	struct plan_now now = {.is_there = true, .o = *o};
	struct delta d;
	int r = delta_invert(u->arena, &s->net, &d);

	if (r == 0)
		r = tower_view(u->arena, o, NULL, 0, TOWER_SENT, &now.held);
	if (r == 0)
		r = resolve_all(u, s->connector, &d);
	if (r < 0)
		return no_memory(e);
	d.op = DELTA_UPDATE;
	d.new_dn = TEXT("");
	r = keep_or_say(u, s, &now, &d, e);
	if (r == 0 && s->renamed && s->old_dn.len != 0 &&
	    text_equal(o->dn, s->dn))
		d.new_dn = s->old_dn;
	if (r == 0 && !delta_is_empty(&d))
		s->inverse = d;
	return r;
}

/* ---- References to what does not come back ---- */

static bool
same_object(struct undoing *u, const struct sent *s, const struct value *v)
{
	struct text x, y;

	if (v->by == REF_ANCHOR)
		return s->anchor.len != 0 && text_equal(s->anchor, v->text);
	return dn_key(u->arena, s->dn, &x) == 0 &&
	       dn_key(u->arena, v->text, &y) == 0 && text_equal(x, y);
}

/* It was deleted by what is undone, and comes back with it. */
static bool
comes_back(struct undoing *u, const struct sent *of, const struct value *v)
{
	for (const struct sent *s = u->list; s != NULL; s = s->next)
		if (s->connector == of->connector && s->last == DELTA_DELETE &&
		    same_object(u, s, v))
			return true;
	return false;
}

/* 1: a reference can be written, its target is known and there. */
static int
is_known(struct undoing *u, const struct value *v, struct err *e)
{
	struct cs_object o;
	int r = v->id != 0
		    ? cs_get(u->g->cfg.store, u->arena, v->id, CS_ALL, &o, e)
		    : ERR_NOENT;

	if (r == ERR_NOENT)
		return 0;
	return r < 0 ? r : is_there(&o);
}

static int
say_lost(struct undoing *u, const struct sent *s, uint32_t name,
    const struct value *v)
{
	const struct names *names = store_names(u->g->cfg.store);
	struct text t = TEXT("");
	struct undo_note note = {.in_part = true};

	if (value_format(u->arena, v, &t) < 0)
		return ERR_NOMEM;
	note.text = text_of(arena_printf(u->arena,
	    "%.*s: %.*s is not imported, or not there any more: it is left "
	    "out",
	    TEXT_ARGS(names_text(names, name)), TEXT_ARGS(t)));
	return undo_note(u, s, note);
}

/* Of an object that comes back: what it refers to and nobody knows. */
static int
say_unknown(struct undoing *u, const struct sent *s, struct err *e)
{
	int r = 0;

	for (uint32_t i = 0; i < s->inverse.count; i++) {
		const struct change *c = &s->inverse.changes[i];

		for (uint32_t k = 0; k < c->add_count && r >= 0; k++) {
			if (c->add[k].type != VALUE_REFERENCE)
				continue;
			r = is_known(u, &c->add[k], e);
			if (r == 0 && !comes_back(u, s, &c->add[k]) &&
			    say_lost(u, s, c->name, &c->add[k]) < 0)
				r = no_memory(e);
		}
	}
	return r < 0 ? r : 0;
}

/* ---- Who referred to what comes back ---- */

static const struct engine_connector *
connector_of(const struct undoing *u, const struct sent *s)
{
	const struct engine_config *cfg = &u->g->cfg;

	for (size_t i = 0; i < cfg->connector_count; i++)
		if (cfg->connectors[i].id == s->connector)
			return &cfg->connectors[i];
	return NULL;
}

/* Nobody writes it: the directory makes it of the references of others. */
static bool
is_back_link(const struct undoing *u, const struct sent *s, uint32_t name)
{
	const struct engine_connector *ec = connector_of(u, s);
	const struct schema_attr *a = ec != NULL && ec->schema != NULL
					  ? schema_find(ec->schema, name)
					  : NULL;

	return a != NULL && a->read_only && a->type == VALUE_REFERENCE;
}

static bool
mentions(struct undoing *u, const struct delta *d, const struct sent *s)
{
	for (uint32_t i = 0; i < d->count; i++)
		for (uint32_t k = 0; k < d->changes[i].del_count; k++) {
			const struct value *v = &d->changes[i].del[k];

			if (v->type == VALUE_REFERENCE && same_object(u, s, v))
				return true;
		}
	return false;
}

/* The one that v names referred to s, and is made to again. */
static bool
refers_again(struct undoing *u, const struct sent *s, const struct value *v)
{
	for (const struct sent *t = u->list; t != NULL; t = t->next)
		if (t->connector == s->connector && same_object(u, t, v) &&
		    (t->last == DELTA_DELETE || mentions(u, &t->net, s)))
			return true;
	return false;
}

static int
say_unmade(struct undoing *u, const struct sent *s, const struct change *c)
{
	struct text name = names_text(store_names(u->g->cfg.store), c->name);
	struct text t = TEXT("");
	int r = 0;

	for (uint32_t k = 0; k < c->add_count && r == 0; k++) {
		struct undo_note note = {.in_part = true};

		if (refers_again(u, s, &c->add[k]))
			continue;
		if (value_format(u->arena, &c->add[k], &t) < 0)
			return ERR_NOMEM;
		note.text = text_of(arena_printf(u->arena,
		    "%.*s: %.*s, of which that is not imported, does not refer "
		    "to it again",
		    TEXT_ARGS(name), TEXT_ARGS(t)));
		r = undo_note(u, s, note);
	}
	return r;
}

/* They are told of, and are no part of what is written. */
static int
take_back_links(struct undoing *u, struct sent *s, struct err *e)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < s->inverse.count; i++) {
		struct change *c = &s->inverse.changes[i];

		if (!is_back_link(u, s, c->name))
			s->inverse.changes[kept++] = *c;
		else if (say_unmade(u, s, c) < 0)
			return no_memory(e);
	}
	s->inverse.count = kept;
	return 0;
}

/* ---- All of it ---- */

static int
invert_add(struct undoing *u, struct sent *s, struct err *e)
{
	if (s->adopted)
		return say(u, s,
			   "it was there before and was taken over: what it "
			   "held then is not known") < 0
			   ? no_memory(e)
			   : 0;
	/* its values come with it, for those who read the plan */
	if (delta_invert(u->arena, &s->net, &s->inverse) < 0)
		return no_memory(e);
	s->inverse.op = DELTA_DELETE;
	return 0;
}

static int
invert_delete(struct undoing *u, struct sent *s, struct err *e)
{
	if (delta_invert(u->arena, &s->net, &s->inverse) < 0 ||
	    resolve_all(u, s->connector, &s->inverse) < 0)
		return no_memory(e);
	s->inverse.op = DELTA_ADD;
	s->inverse.new_dn = TEXT("");
	if (take_back_links(u, s, e) < 0)
		return ERR_NOMEM;
	return say_unknown(u, s, e);
}

static int
say_uncertain(struct undoing *u, const struct sent *s, struct err *e)
{
	const struct undo_note note = {
	    .text = TEXT("sent without an answer: whether the directory has it "
			 "is known after the next import"),
	    .in_part = true};

	return !s->uncertain || undo_note(u, s, note) == 0 ? 0 : no_memory(e);
}

int
undo_invert(struct undoing *u, struct sent *s, struct err *e)
{
	struct cs_object o = {0};
	bool there;
	int r = say_uncertain(u, s, e);

	if (r < 0)
		return r;
	r = find_row(u, s, &o, e);

	if (r < 0 && r != ERR_NOENT)
		return r;
	there = r == 0 && is_there(&o);
	if (s->first == DELTA_ADD && s->last == DELTA_DELETE)
		return 0;
	if (s->last == DELTA_DELETE)
		return there ? 0 : invert_delete(u, s, e);
	if (!there && s->uncertain) /* that is said */
		return 0;
	if (!there)
		return say(u, s, "the directory does not have it any more") < 0
			   ? no_memory(e)
			   : 0;
	return s->first == DELTA_ADD ? invert_add(u, s, e)
				     : invert_update(u, s, &o, e);
}

/* ---- What was deleted ---- */

static int
ask_server(struct undoing *u, const struct connector_ops *ops,
    struct connector *conn, struct sent *s, struct err *e)
{
	struct export_item item = {.op = DELTA_ADD,
	    .type = s->type,
	    .dn = s->dn,
	    .anchor = s->anchor,
	    .delta = s->inverse};
	struct err why = {0};
	int r = ops->can_restore(conn, &item, &why);

	if (r < 0)
		return err_set(e, r, "%s", why.text);
	if (r == 0) {
		s->inverse = (struct delta){0};
		r = say(u, s, why.text);
	} else if (why.text[0] != '\0') {
		r = undo_note(u, s,
		    (struct undo_note){
			.text = text_of(why.text), .in_part = true});
	}
	return r < 0 ? no_memory(e) : 0;
}

static int
ask_one(struct undoing *u, const struct engine_connector *ec,
    struct connector *conn, struct sent *s, struct err *e)
{
	int r = 0;

	if (ec->kind->ops->can_restore != NULL)
		return ask_server(u, ec->kind->ops, conn, s, e);
	if ((ec->kind->can & CAN_MAKE_ANCHOR) != 0) {
		s->anchor = TEXT("");
		r = undo_note(u, s,
		    (struct undo_note){
			.text = TEXT("it is made anew: with another identity, "
				     "and without its password"),
			.in_part = true});
	}
	return r < 0 ? no_memory(e) : 0;
}

static int
ask_connector(
    struct undoing *u, const struct engine_connector *ec, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct connector *conn = NULL;
	int r = 0;

	if (a == NULL)
		return no_memory(e);
	for (struct sent *s = u->list; s != NULL && r == 0; s = s->next) {
		if (s->connector != ec->id || s->inverse.op != DELTA_ADD)
			continue;
		if (conn == NULL)
			r = engine_open(u->g, ec, a, &conn, e);
		if (r == 0)
			r = ask_one(u, ec, conn, s, e);
	}
	if (conn != NULL)
		ec->kind->ops->close(conn);
	return r;
}

int
undo_ask_restore(struct undoing *u, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < u->g->cfg.connector_count && r == 0; i++)
		r = ask_connector(u, &u->g->cfg.connectors[i], e);
	return r;
}
