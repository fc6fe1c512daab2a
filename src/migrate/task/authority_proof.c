/* migrate/task/authority_proof.c -- whether the directory itself says, and
 * shows, that it masters its objects now. */
#include <inttypes.h>

#include "migrate/task/task_int.h"

#define WAITING_MS INT64_C(259200000) /* 72 h: docs/tenant.md T8.2 */
#define SAMPLES    10U /* of each type at most, spread over all */

/* Whether the cloud could have written it before: Graph writes no contact. */
static bool
can_try(const struct authority_object *o, enum authority_type t)
{
	return o->type == t && o->name.len != 0;
}

static int
try_one(struct connector *c, const struct authority_object *o, struct arena *a,
    struct authority_status *st, struct err *e)
{
	struct err why = {0};
	int r = c->kind->ops->authority->writable(c, o->anchor, o->name, &why);

	st->tried++;
	if (r == 1) {
		st->taken++;
		return 0;
	}
	if (r < 0 && r != ERR_REJECTED) {
		if (e != NULL)
			*e = why;
		return r;
	}
	if (st->refused.len == 0)
		st->refused = text_of(arena_printf(a, "%.*s (%.*s)%s%s",
		    TEXT_ARGS(o->name), TEXT_ARGS(o->anchor),
		    why.text[0] != '\0' ? ": " : "", why.text));
	return 0;
}

struct trying {
	struct connector *conn;
	const struct authority_picture *picture;
	const struct map *was; /* mastered on premises */
	struct arena *arena;
	struct authority_status *status;
};

/* SAMPLES of those that had been mastered on premises, evenly. */
static int
try_type(const struct trying *x, enum authority_type t, struct err *e)
{
	const struct authority_picture *p = x->picture;
	size_t all = 0, seen = 0, apart;
	int r = 0;

	for (size_t i = 0; i < p->count; i++)
		all += can_try(&p->items[i], t) &&
		       map_get(x->was, p->items[i].anchor) != NULL;
	apart = all == 0 ? 1 : (all + SAMPLES - 1) / SAMPLES;
	for (size_t i = 0; i < p->count && r == 0; i++) {
		if (!can_try(&p->items[i], t) ||
		    map_get(x->was, p->items[i].anchor) == NULL)
			continue;
		if (seen++ % apart == 0)
			r = try_one(
			    x->conn, &p->items[i], x->arena, x->status, e);
	}
	return r;
}

static int
try_samples(struct setup *s, struct connector *c,
    const struct authority_picture *p, struct arena *a,
    struct authority_status *st, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *own = arena_new(0);
	CLEANUP(map_freep)
	struct map *was = map_new(false);
	const struct trying x = {c, p, was, a, st};
	int r = own == NULL || was == NULL
		    ? err_set(e, ERR_NOMEM, "out of memory")
		    : authority_ids_get(s, &st->note, own, was, e);

	if (r == 0)
		r = try_type(&x, AUTHORITY_USER, e);
	if (r == 0)
		r = try_type(&x, AUTHORITY_GROUP, e);
	return r;
}

int
authority_prove(struct setup *s, struct connector *c, struct arena *a,
    struct authority_status *st, struct authority_picture *p, struct err *e)
{
	const struct authority_ops *ops = c->kind->ops->authority;
	int r = authority_note_get(s, a, &st->note, e);

	st->state = st->note.state;
	if (r == 0)
		r = ops->organization(c, a, &st->organization, e);
	if (r < 0 || st->note.state == AUTHORITY_NONE)
		return r;
	st->latest_ms = st->note.asked_ms + WAITING_MS;
	st->foreign = st->organization.last_sync_ms > st->note.last_sync_ms;
	if (st->organization.on_premises || st->note.state == AUTHORITY_ASKED)
		return 0;
	r = authority_read(s, c, a, p, e);
	for (size_t i = 0; i < AUTHORITY_TYPES && r == 0; i++)
		st->on_premises += p->of[i].all;
	if (r < 0 || st->on_premises != 0 || st->foreign ||
	    st->note.state == AUTHORITY_DONE)
		return r;
	r = try_samples(s, c, p, a, st, e);
	if (r == 0 && st->taken == st->tried)
		st->state = AUTHORITY_PROVED;
	return r;
}

int
authority_status(struct setup *s, size_t connector, struct arena *a,
    struct authority_status *out, struct err *e)
{
	struct authority_picture p = {
	    .connector = s->connectors[connector].name};
	struct connector *c = NULL;
	int r = authority_open(s, connector, &c, e);

	*out = (struct authority_status){.state = AUTHORITY_NONE};
	if (r < 0)
		return r;
	r = authority_prove(s, c, a, out, &p, e);
	c->kind->ops->close(c);
	return r;
}
