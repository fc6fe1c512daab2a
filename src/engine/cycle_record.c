/* engine/cycle_record.c -- what is known of the last cycles, and of the next:
 * whoever ran them, the daemon or a person. */
#include <inttypes.h>
#include <stdio.h>

#include "engine/cycle_record.h"

static int
get_ms(struct store *s, struct arena *a, const char *key, int64_t *out,
    struct err *e)
{
	struct text t;
	int r = store_meta_get(s, a, key, &t, e);

	*out = 0;
	if (r == 0 && t.len != 0 && text_to_int64(t, out) < 0)
		return err_set(e, ERR_STORE, "stored %s \"%.*s\" is no number",
		    key, TEXT_ARGS(t));
	return r;
}

int
engine_cycles_get(
    struct store *s, struct arena *a, struct engine_cycles *out, struct err *e)
{
	struct text next = {0};
	int r;

	*out = (struct engine_cycles){0};
	r = get_ms(s, a, "cycle.start", &out->start_ms, e);
	if (r == 0)
		r = get_ms(s, a, "cycle.end", &out->end_ms, e);
	if (r == 0)
		r = get_ms(s, a, "cycle.whole", &out->whole_ms, e);
	if (r == 0)
		r = get_ms(s, a, "cycle.full", &out->full_ms, e);
	if (r == 0)
		r = store_meta_get(s, a, "cycle.policy", &out->policy, e);
	if (r == 0)
		r = store_meta_get(s, a, "cycle.result", &out->result, e);
	if (r == 0)
		r = store_meta_get(s, a, "cycle.next", &next, e);
	out->next_initial = text_is(next, "initial");
	return r;
}

static int
set_ms(struct store *s, const char *key, int64_t ms, struct err *e)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%" PRId64, ms);
	return store_meta_set(s, key, text_of(text), e);
}

static int
finish(struct store *s, int r, struct err *e)
{
	if (r == 0)
		return store_commit(s, e);
	store_rollback(s);
	return r;
}

int
engine_interval_note(struct store *s, int64_t ms, struct err *e)
{
	int r = store_begin(s, e);

	if (r < 0)
		return r;
	return finish(s, set_ms(s, ENGINE_META_INTERVAL, ms, e), e);
}

int
cycle_note_begin(struct store *s, bool initial, int64_t now_ms, struct err *e)
{
	int r = store_begin(s, e);

	if (r < 0)
		return r;
	r = set_ms(s, "cycle.start", now_ms, e);
	if (r == 0)
		r = set_ms(s, "cycle.end", 0, e);
	if (r == 0)
		r = store_meta_set(s, "cycle.policy",
		    initial ? TEXT("initial") : TEXT("delta"), e);
	if (r == 0)
		r = store_meta_set(s, "cycle.result", TEXT(""), e);
	return finish(s, r, e);
}

/* whole: it came to its end, whatever single runs did. */
int
cycle_note_end(struct store *s, const struct cycle_note *n, struct err *e)
{
	int r = store_begin(s, e);

	if (r < 0)
		return r;
	r = set_ms(s, "cycle.end", n->now_ms, e);
	if (r == 0)
		r = store_meta_set(s, "cycle.result", text_of(n->result), e);
	if (r == 0 && n->whole)
		r = set_ms(s, "cycle.whole", n->now_ms, e);
	if (r == 0 && n->whole && n->initial)
		r = set_ms(s, "cycle.full", n->now_ms, e);
	if (r == 0 && n->whole && n->initial)
		r = store_meta_set(s, "cycle.next", TEXT(""), e);
	return finish(s, r, e);
}
