/* migrate/task/authority_finish.c -- the end of a move: proof, every immutable
 * ID as it was, groups that can be recognised. */
#include <inttypes.h>

#include "base/clock.h"
#include "migrate/task/task_int.h"

struct finishing {
	struct setup *setup;
	size_t connector;
	struct connector *conn;
	struct text who;
	struct arena *arena;
	struct authority_picture picture;
	struct map *was, *sources, *now;
	struct authority_end *out;
};

/* ---- May it ---- */

static int
refuse_waiting(const struct authority_status *st, struct err *e)
{
	char since[32], latest[32];

	return err_set(e, ERR_REFUSED,
	    "the directory has not turned synchronisation off yet: asked at "
	    "%s, done at the latest at %s",
	    clock_format(st->note.asked_ms, false, since),
	    clock_format(st->latest_ms, false, latest));
}

static int
refuse_foreign(const struct authority_status *st, struct err *e)
{
	char from[32], to[32];

	return err_set(e, ERR_REFUSED,
	    "a server still synchronises the organisation: its last "
	    "synchronisation moved from %s to %s since this was begun. Stop it "
	    "first, then: causeway migrate authority return, and begin again",
	    clock_format(st->note.last_sync_ms, false, from),
	    clock_format(st->organization.last_sync_ms, false, to));
}

static int
must_be_proved(const struct authority_status *st, struct err *e)
{
	if (st->note.state == AUTHORITY_NONE)
		return err_set(e, ERR_REFUSED,
		    "nothing was begun: causeway migrate authority start");
	if (st->note.state == AUTHORITY_ASKED)
		return err_set(e, ERR_REFUSED,
		    "the beginning was cut off: causeway migrate authority "
		    "start --organization, once more");
	if (st->foreign)
		return refuse_foreign(st, e);
	if (st->organization.on_premises)
		return refuse_waiting(st, e);
	if (st->on_premises != 0)
		return err_set(e, ERR_REFUSED,
		    "%" PRIu64 " objects are mastered on premises still: wait, "
		    "and look again",
		    st->on_premises);
	if (st->state == AUTHORITY_PROVED)
		return 0;
	return err_set(e, ERR_REFUSED,
	    "%" PRIu64 " of %" PRIu64 " writes of the value that is there were "
	    "refused, first %.*s",
	    st->tried - st->taken, st->tried, TEXT_ARGS(st->refused));
}

/* ---- Every immutable ID ---- */

static int
push_difference(struct finishing *f, struct authority_difference d)
{
	struct authority_end *out = f->out;

	if (out->list == NULL)
		out->list = arena_array(
		    f->arena, map_count(f->was) + 1, sizeof(*out->list));
	d.anchor = text_dup(f->arena, d.anchor);
	d.was = text_dup(f->arena, d.was);
	if (out->list == NULL || arena_failed(f->arena))
		return ERR_NOMEM;
	out->list[out->count++] = d;
	out->differ += !d.gone;
	return 0;
}

/* A group may have got one since; nobody may have lost one or got another. */
static int
compare_one(void *ctx, struct text anchor, void *value)
{
	struct finishing *f = ctx;
	const struct text *was = value;
	const struct authority_object *o = map_get(f->now, anchor);

	f->out->compared++;
	if (o == NULL)
		return push_difference(
		    f, (struct authority_difference){
			   .anchor = anchor, .was = *was, .gone = true});
	if (was->len == 0 || text_equal(o->immutable, *was))
		return 0;
	return push_difference(
	    f, (struct authority_difference){.anchor = anchor,
		   .name = o->name,
		   .was = *was,
		   .is = o->immutable});
}

static int
compare_all(struct finishing *f, struct err *e)
{
	int r = authority_ids_get(
	    f->setup, &f->out->status.note, f->arena, f->was, e);

	for (size_t i = 0; i < f->picture.count && r == 0; i++)
		r = map_put(
		    f->now, f->picture.items[i].anchor, &f->picture.items[i]);
	if (r == 0)
		r = map_each(f->was, compare_one, f);
	if (r == ERR_NOMEM)
		return err_set(e, r, "out of memory");
	if (r == 0 && f->out->differ != 0)
		return err_set(e, ERR_REFUSED,
		    "%" PRIu64 " immutable IDs are not what they were: nothing "
		    "goes on before they are",
		    f->out->differ);
	return r;
}

/* ---- Groups ---- */

static void
push_left(struct finishing *f, const struct authority_object *o,
    const struct err *why)
{
	f->out->left[f->out->left_count++] =
	    (struct authority_left){.anchor = o->anchor,
		.name = o->name,
		.why = text_dup(f->arena, text_of(why->text))};
}

static int
claim_groups(struct finishing *f, struct err *e)
{
	uint64_t groups = f->picture.total[AUTHORITY_GROUP];
	int r = authority_sources(f->setup, f->arena, f->sources, e);

	f->out->left =
	    arena_array(f->arena, (size_t)groups + 1, sizeof(*f->out->left));
	if (r == 0 && f->out->left == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < f->picture.count && r >= 0; i++) {
		const struct authority_object *o = &f->picture.items[i];
		struct err why;

		if (map_get(f->was, o->anchor) == NULL)
			continue;
		r = authority_claim(f->conn, o, f->sources, &why, e);
		f->out->claimed += r == 1;
		if (r == 0 && why.text[0] != '\0')
			push_left(f, o, &why);
	}
	return r < 0 ? r : 0;
}

/* ---- All of it ---- */

static int
note_done(struct finishing *f, struct err *e)
{
	const struct journal_entry j = {
	    .connector = f->setup->connectors[f->connector].id,
	    .dn = f->picture.connector,
	    .result = TEXT("authority-cloud")};
	struct authority_note note = f->out->status.note;
	int r = store_begin(f->setup->store, e);

	if (r < 0)
		return r;
	note.state = AUTHORITY_DONE;
	note.done_ms = clock_now_ms();
	r = authority_note_put(f->setup, &note, e);
	if (r == 0)
		r = task_journal(f->setup, &j, f->who, note.reason, e);
	if (r == 0)
		r = store_commit(f->setup->store, e);
	else
		store_rollback(f->setup->store);
	if (r == 0) {
		f->out->status.note = note;
		f->out->status.state = AUTHORITY_DONE;
	}
	return r;
}

static int
finish(struct finishing *f, struct err *e)
{
	int r = authority_prove(
	    f->setup, f->conn, f->arena, &f->out->status, &f->picture, e);

	if (r < 0 || f->out->status.note.state == AUTHORITY_DONE)
		return r;
	r = must_be_proved(&f->out->status, e);
	if (r == 0)
		r = compare_all(f, e);
	if (r == 0)
		r = claim_groups(f, e);
	return r == 0 ? note_done(f, e) : r;
}

int
authority_finish(struct setup *s, size_t connector, struct text who,
    struct arena *a, struct authority_end *out, struct err *e)
{
	CLEANUP(map_freep)
	struct map *was = map_new(false);
	CLEANUP(map_freep)
	struct map *now = map_new(false);
	CLEANUP(map_freep)
	struct map *sources = map_new(false);
	struct finishing f = {.setup = s,
	    .connector = connector,
	    .who = who,
	    .arena = a,
	    .picture = {.connector = s->connectors[connector].name},
	    .was = was,
	    .now = now,
	    .sources = sources,
	    .out = out};
	int r = was == NULL || now == NULL || sources == NULL
		    ? err_set(e, ERR_NOMEM, "out of memory")
		    : authority_open(s, connector, &f.conn, e);

	*out = (struct authority_end){.compared = 0};
	if (r < 0)
		return r;
	r = finish(&f, e);
	f.conn->kind->ops->close(f.conn);
	return r;
}
