/* migrate/task/authority_note.c -- what a move of the authority keeps in the
 * store, so that a killed process goes on where it was. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "migrate/task/task_int.h"

#define KEY      "migrate.authority"
#define NOTE_MAX 65536U

const char *
authority_state_name(enum authority_state s)
{
	static const char *const names[] = {[AUTHORITY_NONE] = "none",
	    [AUTHORITY_ASKED] = "asked",
	    [AUTHORITY_WAITING] = "waiting",
	    [AUTHORITY_PROVED] = "proved",
	    [AUTHORITY_DONE] = "done"};

	return names[s];
}

static enum authority_state
state_of(struct text t)
{
	for (unsigned i = AUTHORITY_NONE; i <= AUTHORITY_DONE; i++)
		if (text_is(t, authority_state_name((enum authority_state)i)))
			return (enum authority_state)i;
	return AUTHORITY_NONE;
}

/* ---- The note ---- */

int
authority_note_get(
    struct setup *s, struct arena *a, struct authority_note *out, struct err *e)
{
	CLEANUP(json_freep)
	struct json *j = NULL;
	struct text t;
	int r = store_meta_get(s->store, a, KEY, &t, e);

	*out = (struct authority_note){.state = AUTHORITY_NONE};
	if (r < 0 || t.len == 0)
		return r;
	r = json_parse(t, NOTE_MAX, &j, e);
	if (r < 0)
		return err_prefix(e, "stored " KEY);
	out->state = state_of(json_get_text(j, "state"));
	out->organization = text_dup(a, json_get_text(j, "organization"));
	out->by = text_dup(a, json_get_text(j, "by"));
	out->reason = text_dup(a, json_get_text(j, "reason"));
	out->asked_ms = json_int(json_get(j, "askedMs"), 0);
	out->done_ms = json_int(json_get(j, "doneMs"), 0);
	out->last_sync_ms = json_int(json_get(j, "lastSyncMs"), 0);
	out->objects = (uint64_t)json_int(json_get(j, "objects"), 0);
	out->parts = (uint64_t)json_int(json_get(j, "parts"), 0);
	return arena_failed(a) ? err_set(e, ERR_NOMEM, "out of memory") : 0;
}

int
authority_note_put(
    struct setup *s, const struct authority_note *n, struct err *e)
{
	CLEANUP(json_freep)
	struct json *j = json_new_object();
	struct buf b;
	int r;

	json_set_str(j, "state", authority_state_name(n->state));
	json_set_text(j, "organization", n->organization);
	json_set_text(j, "by", n->by);
	json_set_text(j, "reason", n->reason);
	json_set_int(j, "askedMs", n->asked_ms);
	json_set_int(j, "doneMs", n->done_ms);
	json_set_int(j, "lastSyncMs", n->last_sync_ms);
	json_set_int(j, "objects", (int64_t)n->objects);
	json_set_int(j, "parts", (int64_t)n->parts);
	buf_init(&b, NOTE_MAX);
	r = json_write(j, false, &b);
	if (r == 0)
		r = store_meta_set(s->store, KEY, buf_text(&b), e);
	else
		r = err_set(e, r, "the reason is too long");
	buf_clear(&b);
	return r;
}

/* ---- The list of immutable IDs, under "migrate.authority.N" ---- */

int
authority_ids_put(struct setup *s, const struct authority_picture *p,
    struct authority_note *n, struct err *e)
{
	struct task_list l;
	int r;

	task_list_begin(&l, s, KEY);
	for (size_t i = 0; i < p->count; i++) {
		const struct authority_object *o = &p->items[i];

		if (o->on_premises || o->immutable.len != 0)
			task_list_add(&l, o->anchor, o->immutable);
	}
	r = task_list_end(&l, e);
	n->objects = l.count;
	n->parts = l.parts;
	return r;
}

struct mapping {
	struct arena *arena;
	struct map *out;
};

static int
put_id(void *ctx, struct text anchor, struct text immutable)
{
	struct mapping *m = ctx;
	struct text *id = arena_alloc(m->arena, sizeof(*id));

	if (id == NULL)
		return ERR_NOMEM;
	*id = immutable;
	return map_put(m->out, anchor, id);
}

int
authority_ids_get(struct setup *s, const struct authority_note *n,
    struct arena *a, struct map *out, struct err *e)
{
	struct mapping m = {a, out};
	const struct task_list_at at = {s, KEY, n->parts};
	int r = task_list_read(&at, a, put_id, &m, e);

	if (r == 0 && map_count(out) != n->objects)
		return err_set(e, ERR_STORE,
		    "stored " KEY ": %zu immutable IDs, not %" PRIu64,
		    map_count(out), n->objects);
	return r;
}

int
authority_note_clear(
    struct setup *s, const struct authority_note *n, struct err *e)
{
	const struct task_list_at at = {s, KEY, n->parts};
	int r = store_meta_set(s->store, KEY, TEXT(""), e);

	return r == 0 ? task_list_clear(&at, e) : r;
}
