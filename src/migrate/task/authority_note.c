/* migrate/task/authority_note.c -- what a move of the authority keeps in the
 * store, so that a killed process goes on where it was. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "migrate/task/task_int.h"

#define KEY       "migrate.authority"
#define NOTE_MAX  65536U
#define PART_MAX  (4U << 20) /* octets of one part of the list */
#define FIELD_MAX 4096U      /* an anchor, an immutable ID */

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

/* ---- The list of immutable IDs: "LENGTH:anchor LENGTH:id " again and again,
 * in parts under "migrate.authority.N" ---- */

static void
part_key(uint64_t part, char out[static 64])
{
	(void)snprintf(out, 64, KEY ".%" PRIu64, part);
}

static int
part_flush(
    struct setup *s, struct buf *b, struct authority_note *n, struct err *e)
{
	char key[64];
	int r = buf_error(b);

	if (r < 0)
		return err_set(e, r, "immutable IDs: %s", err_name(r));
	if (b->len == 0)
		return 0;
	part_key(n->parts++, key);
	r = store_meta_set(s->store, key, buf_text(b), e);
	buf_reset(b);
	return r;
}

int
authority_ids_put(struct setup *s, const struct authority_picture *p,
    struct authority_note *n, struct err *e)
{
	struct buf b;
	int r = 0;

	n->objects = n->parts = 0;
	buf_init(&b, 2 * PART_MAX);
	for (size_t i = 0; i < p->count && r == 0; i++) {
		const struct authority_object *o = &p->items[i];

		if (!o->on_premises && o->immutable.len == 0)
			continue;
		buf_printf(&b, "%zu:%.*s %zu:%.*s ", o->anchor.len,
		    TEXT_ARGS(o->anchor), o->immutable.len,
		    TEXT_ARGS(o->immutable));
		n->objects++;
		if (b.len >= PART_MAX)
			r = part_flush(s, &b, n, e);
	}
	if (r == 0)
		r = part_flush(s, &b, n, e);
	buf_clear(&b);
	return r;
}

/* "LENGTH:octets " at *pos, which moves behind it. */
static int
field_next(struct text t, size_t *pos, struct text *out)
{
	size_t len = 0, at = *pos;

	while (at < t.len && t.data[at] >= '0' && t.data[at] <= '9' &&
	       len < FIELD_MAX)
		len = 10 * len + (size_t)(t.data[at++] - '0');
	if (at == *pos || len > FIELD_MAX || at >= t.len || t.data[at] != ':' ||
	    t.len - at - 1 < len + 1 || t.data[at + 1 + len] != ' ')
		return ERR_SYNTAX;
	*out = (struct text){t.data + at + 1, len};
	*pos = at + len + 2;
	return 0;
}

static int
part_read(struct text t, struct arena *a, struct map *out)
{
	size_t pos = 0;
	int r = 0;

	while (pos < t.len && r == 0) {
		struct text anchor, *id = arena_alloc(a, sizeof(*id));

		if (id == NULL)
			return ERR_NOMEM;
		r = field_next(t, &pos, &anchor);
		if (r == 0)
			r = field_next(t, &pos, id);
		if (r == 0)
			r = map_put(out, anchor, id);
	}
	return r;
}

int
authority_ids_get(struct setup *s, const struct authority_note *n,
    struct arena *a, struct map *out, struct err *e)
{
	int r = 0;

	for (uint64_t i = 0; i < n->parts && r == 0; i++) {
		struct text t;
		char key[64];

		part_key(i, key);
		r = store_meta_get(s->store, a, key, &t, e);
		if (r < 0)
			return r;
		r = part_read(t, a, out);
		if (r < 0)
			return err_set(
			    e, ERR_STORE, "stored %s: %s", key, err_name(r));
	}
	if (map_count(out) != n->objects)
		return err_set(e, ERR_STORE,
		    "stored " KEY ": %zu immutable IDs, not %" PRIu64,
		    map_count(out), n->objects);
	return r;
}

int
authority_note_clear(
    struct setup *s, const struct authority_note *n, struct err *e)
{
	int r = store_meta_set(s->store, KEY, TEXT(""), e);

	for (uint64_t i = 0; i < n->parts && r == 0; i++) {
		char key[64];

		part_key(i, key);
		r = store_meta_set(s->store, key, TEXT(""), e);
	}
	return r;
}

/* ---- The journal ---- */

int
task_journal(struct setup *s, const struct journal_entry *entry, struct text by,
    struct text reason, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct journal_entry j = *entry;
	char *text = a == NULL ? NULL
			       : arena_printf(a, "%.*s: %.*s", TEXT_ARGS(by),
				     TEXT_ARGS(reason));

	if (text == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	j.ms = clock_now_ms();
	j.display = text_of(text);
	return journal_add(s->store, &j, e);
}
