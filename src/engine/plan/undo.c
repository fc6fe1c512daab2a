/* engine/plan/undo.c -- the inverse of what the journal says was sent. */
#include "engine/plan/undo.h"

#include "base/clock.h"
#include "base/map.h"
#include "engine/plan/undo_int.h"
#include "engine/unanswered.h"

#define NOTES_MAX 100000U

/* ---- Saying what cannot be ---- */

int
undo_note(struct undoing *u, const struct sent *s, struct undo_note note)
{
	struct undo_report *rep = u->report;

	if (rep->note_count == NOTES_MAX)
		return 0;
	if (rep->note_count == u->note_size) {
		size_t size = u->note_size != 0 ? 2 * u->note_size : 16;
		struct undo_note *list =
		    arena_array(u->arena, size, sizeof(*list));

		if (list == NULL)
			return ERR_NOMEM;
		for (size_t i = 0; i < rep->note_count; i++)
			list[i] = rep->notes[i];
		rep->notes = list;
		u->note_size = size;
	}
	note.display = s->display;
	note.dn = s->dn;
	note.text = text_dup(u->arena, note.text);
	rep->notes[rep->note_count++] = note;
	return note.text.data != NULL ? 0 : ERR_NOMEM;
}

/* ---- Reading the journal ---- */

static struct sent *
sent_of(struct undoing *u, const struct journal_entry *j)
{
	const char *key = arena_printf(u->arena, "%lld", (long long)j->cs);
	struct sent *s;

	if (key == NULL)
		return NULL;
	s = map_get(u->map, text_of(key));
	if (s != NULL)
		return s;
	s = arena_alloc(u->arena, sizeof(*s));
	if (s == NULL || map_put(u->map, text_of(key), s) < 0)
		return NULL;
	*s = (struct sent){.first = j->op,
	    .cs = j->cs,
	    .type = j->type,
	    .connector = j->connector};
	*u->tail = s;
	u->tail = &s->next;
	return s;
}

/* One of the answers after which the directory has it. */
static bool
was_done(const struct journal_entry *j)
{
	return text_is(j->result, "done") || text_is(j->result, "adopted") ||
	       text_is(j->result, "restored") ||
	       text_is(j->result, "followed") ||
	       text_is(j->result, "uncertain");
}

static int
add_entry(struct undoing *u, const struct journal_entry *j)
{
	struct sent *s;

	if (!was_done(j))
		return 0;
	s = sent_of(u, j);
	if (s == NULL)
		return ERR_NOMEM;
	s->last = j->op;
	s->dn = j->dn;
	s->anchor = j->anchor.len != 0 ? j->anchor : s->anchor;
	s->display = j->display;
	s->adopted = s->adopted || text_is(j->result, "adopted");
	s->uncertain = s->uncertain || text_is(j->result, "uncertain");
	if (j->op == DELTA_UPDATE && j->delta.new_dn.len != 0) {
		s->old_dn = s->renamed ? s->old_dn : j->dn;
		s->dn = j->delta.new_dn;
		s->renamed = true;
	}
	return delta_merge(u->arena, &s->net, &j->delta, &s->net);
}

static int
read_run(struct undoing *u, int64_t run, struct err *e)
{
	struct journal_entry j = {0};
	int r = 0, n = 0;

	while (n == 0 && (r = journal_next(
			      u->g->cfg.store, u->arena, run, j.id, &j, e)) > 0)
		n = add_entry(u, &j);
	return n < 0 ? err_set(e, n, "undo: %s", err_name(n)) : r;
}

static int
read_sent(struct undoing *u, struct err *e)
{
	struct store *store = u->g->cfg.store;
	struct run_record run;
	struct frozen f;
	int64_t at = 0;
	int r;

	if (u->wish->plan == 0) {
		r = run_get(store, u->arena, u->wish->run, &run, e);
		return r < 0 ? r : read_run(u, u->wish->run, e);
	}
	r = frozen_get(store, u->arena, u->wish->plan, &f, e);
	if (r < 0)
		return r;
	do {
		r = frozen_run_next(store, u->wish->plan, at, &at, e);
		if (r == 0 && at != 0)
			r = read_run(u, at, e);
	} while (r == 0 && at != 0);
	return r;
}

/* ---- Writing the plan ---- */

static int
freeze_item(struct undoing *u, struct sent *s, struct err *e)
{
	struct frozen_item i = {.plan = u->report->plan.id,
	    .number = ++u->number,
	    .connector = s->connector,
	    .cs = s->cs,
	    .state = FROZEN_ITEM_WAITS,
	    .op = s->inverse.op,
	    .type = s->type,
	    .dn = s->dn,
	    .anchor = s->anchor,
	    .display = s->display,
	    .delta = s->inverse};
	struct cs_object o;
	int r = cs_get(u->g->cfg.store, u->arena, s->cs, 0, &o, e);

	if (r == 0)
		r = plan_ou(u->g, &o, u->arena, &i.ou, e);
	if (r < 0 && r != ERR_NOENT)
		return r;
	if (i.op == DELTA_ADD)
		u->report->plan.adds++;
	else if (i.op == DELTA_DELETE)
		u->report->plan.deletes++;
	else
		u->report->plan.updates++;
	return frozen_item_add(u->g->cfg.store, &i, e);
}

/* What others point to comes back first. */
static int
freeze_all(struct undoing *u, struct err *e)
{
	static const enum delta_op order[] = {
	    DELTA_ADD, DELTA_UPDATE, DELTA_DELETE};
	struct frozen *f = &u->report->plan;
	int r = frozen_add(u->g->cfg.store, f, e);

	for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
		for (struct sent *s = u->list; s != NULL && r == 0; s = s->next)
			if (s->inverse.op == order[k])
				r = freeze_item(u, s, e);
	if (r == 0)
		r = plan_hash(u->g, f->id, u->arena, &f->hash, e);
	return r < 0 ? r : frozen_set(u->g->cfg.store, f, e);
}

static int
make_plan(struct undoing *u, struct err *e)
{
	struct frozen *f = &u->report->plan;
	int r = 0;

	for (size_t i = 0; i < u->g->cfg.connector_count && r == 0; i++)
		if (u->g->cfg.connectors[i].id != 0)
			r = unanswered_note(u->g, &u->g->cfg.connectors[i], e);
	if (r == 0)
		r = read_sent(u, e);

	if (r == 0 && u->list == NULL)
		return err_set(
		    e, ERR_NOENT, "it sent nothing that the journal knows of");
	for (struct sent *s = u->list; s != NULL && r == 0; s = s->next)
		r = undo_invert(u, s, e);
	if (r == 0)
		r = undo_ask_restore(u, e);
	if (r < 0)
		return r;
	*f = (struct frozen){.ms = clock_now_ms(),
	    .state = FROZEN_WAITS,
	    .who = u->wish->who,
	    .undoes_plan = u->wish->plan,
	    .undoes_run = u->wish->plan == 0 ? u->wish->run : 0};
	r = freeze_all(u, e);
	if (f->adds + f->updates + f->deletes == 0)
		f->id = 0;
	return r;
}

static int
undo(struct undoing *u, struct err *e)
{
	struct store *store = u->g->cfg.store;
	int r = store_begin(store, e);

	if (r < 0)
		return r;
	u->map = map_new(false);
	r = u->map != NULL ? make_plan(u, e)
			   : err_set(e, ERR_NOMEM, "out of memory");
	u->map = map_free(u->map);
	if (r == 0 && u->report->plan.id != 0)
		return store_commit(store, e);
	store_rollback(store);
	return r;
}

int
engine_plan_undo(struct engine *g, const struct undo_wish *w, struct arena *a,
    struct undo_report *out, struct err *e)
{
	struct undoing u = {
	    .g = g, .wish = w, .report = out, .arena = a, .tail = &u.list};
	int r = store_lock(g->cfg.store, "undo", e);

	*out = (struct undo_report){0};
	if (r < 0)
		return r;
	r = undo(&u, e);
	store_unlock(g->cfg.store);
	return r;
}
