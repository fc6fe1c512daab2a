/* engine/unanswered.c -- see unanswered.h. */
#include "engine/unanswered.h"

#include "engine/export/export.h"

/* ---- Noting ---- */

static int
add_entry(void *ctx, const struct journal_entry *j, struct err *e)
{
	return journal_add(ctx, j, e);
}

int
unanswered_note(
    struct engine *g, const struct engine_connector *ec, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const struct export_unanswered u = {.store = g->cfg.store,
	    .arena = a,
	    .kind = ec->kind,
	    .connector = ec->id,
	    .entry = add_entry,
	    .ctx = g->cfg.store};
	uint64_t n = 0;
	int r = a == NULL ? err_set(e, ERR_NOMEM, "out of memory")
			  : uncertain_count(g, ec, &n, e);

	return r < 0 || n == 0 ? r : export_unanswered(&u, e);
}

static int
note_alone(struct engine *g, const struct engine_connector *ec, struct err *e)
{
	struct store *s = g->cfg.store;
	int r = store_begin(s, e);

	if (r < 0)
		return r;
	r = unanswered_note(g, ec, e);
	if (r == 0)
		return store_commit(s, e);
	store_rollback(s);
	return r;
}

int
unanswered_open(struct engine *g, const struct engine_connector *ec,
    struct arena *a, struct journal_open **out, size_t *out_count,
    struct err *e)
{
	int64_t run = 0;
	uint64_t n = 0;
	int r = uncertain_count(g, ec, &n, e);

	*out_count = 0;
	if (r < 0 || n == 0)
		return r;
	r = note_alone(g, ec, e);
	if (r == 0)
		r = export_last_run(g->cfg.store, a, ec->id, &run, e);
	return r < 0 || run == 0
		   ? r
		   : journal_open_list(g->cfg.store, a, run, out, out_count, e);
}

/* ---- For a person ---- */

struct listing {
	struct arena *arena;
	struct journal_entry *list;
	size_t count, room;
};

static int
keep_entry(void *ctx, const struct journal_entry *j, struct err *e)
{
	struct listing *l = ctx;

	if (l->count == l->room) {
		size_t room = l->room != 0 ? 2 * l->room : 64;
		struct journal_entry *more =
		    arena_array(l->arena, room, sizeof(*more));

		if (more == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		for (size_t i = 0; i < l->count; i++)
			more[i] = l->list[i];
		l->list = more;
		l->room = room;
	}
	l->list[l->count++] = *j;
	return 0;
}

int
engine_unanswered(struct store *s, const struct engine_connector *ec,
    struct arena *a, struct journal_entry **out, size_t *out_count,
    struct err *e)
{
	struct listing l = {.arena = a};
	const struct export_unanswered u = {.store = s,
	    .arena = a,
	    .kind = ec->kind,
	    .connector = ec->id,
	    .entry = keep_entry,
	    .ctx = &l};
	int r = export_unanswered(&u, e);

	*out = l.list;
	*out_count = l.count;
	return r;
}
