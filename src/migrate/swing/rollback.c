/* migrate/swing/rollback.c -- back to staging mode, with what was sent since
 * the switch taken back. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "migrate/swing/switch_int.h"

#define RUNS_MAX 100000U
#define NEXT_KEY "migrate.rollback" /* exports above this run are done */

/* ---- Which runs ---- */

static int
next_of(struct setup *s, int64_t *out, struct err *e)
{
	struct text t;
	int r = store_meta_get(s->store, s->arena, NEXT_KEY, &t, e);

	*out = INT64_MAX;
	if (r == 0 && t.len != 0 && text_to_int64(t, out) < 0)
		return err_set(
		    e, ERR_STORE, "stored " NEXT_KEY " is no number");
	return r;
}

static int
set_next(struct setup *s, int64_t next, struct err *e)
{
	char text[32] = "";

	if (next != 0)
		(void)snprintf(text, sizeof(text), "%" PRId64, next);
	return store_meta_keep(s->store, NEXT_KEY, text_of(text), e);
}

static bool
is_export(const struct run_record *run)
{
	return text_is(run->profile, "export");
}

/* ---- One run ---- */

/* What sent nothing has nothing to take back. */
static int
take_back(struct setup *s, const struct run_record *run, struct text who,
    struct arena *a, struct swing_undone *out, struct err *e)
{
	const struct undo_wish w = {.run = run->id, .who = who};
	struct plan_apply send = {
	    .as_is = true, .limits_passed = true, .who = who};
	struct err why = {0};
	int r = engine_plan_undo(s->engine, &w, a, &out->undo, &why);

	out->run = *run;
	if (r == ERR_NOENT)
		return 0;
	if (r < 0) {
		if (e != NULL)
			*e = why;
		return r;
	}
	if (out->undo.plan.id == 0)
		return 1;
	send.plan = out->undo.plan.id;
	r = engine_plan_apply(s->engine, &send, a, &out->sent, e);
	return r < 0 ? r : 1;
}

static int
take_back_runs(struct setup *s, const struct run_record *runs, size_t n,
    struct text who, struct swing_rollback *out, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < n && r >= 0; i++) {
		struct swing_undone *u = &out->runs[out->run_count];

		if (!is_export(&runs[i]))
			continue;
		memset(u, 0, sizeof(*u));
		r = take_back(s, &runs[i], who, s->arena, u, e);
		if (r > 0) {
			out->run_count++;
			out->object_errors += u->sent.object_errors;
			out->held += u->sent.moved;
		}
		if (r >= 0)
			r = set_next(s, runs[i].id, e);
	}
	return r < 0 ? r : 0;
}

/* Those since the switch, newest first; of a rollback that was cut off only
 * what it had not come to. */
static int
runs_since(struct setup *s, int64_t since, struct run_record **out,
    size_t *out_count, struct err *e)
{
	struct history_page page = {.max = RUNS_MAX};
	size_t n = 0;
	int r = next_of(s, &page.before, e);

	if (r == 0)
		r = run_list(s->store, s->arena, &page, out, out_count, e);
	while (r == 0 && n < *out_count && (*out)[n].id > since)
		n++;
	*out_count = n;
	return r;
}

/* Before the first thing is taken back: the runs that do it come behind. */
static int
begin(struct setup *s, struct err *e)
{
	struct history_page last = {.before = INT64_MAX, .max = 1};
	struct run_record *run = NULL;
	int64_t next = 0;
	size_t n = 0;
	int r = next_of(s, &next, e);

	if (r < 0 || next != INT64_MAX)
		return r;
	r = run_list(s->store, s->arena, &last, &run, &n, e);
	return r == 0 ? set_next(s, n > 0 ? run[0].id + 1 : 1, e) : r;
}

int
swing_roll_back(struct setup *s, struct text who, struct arena *a,
    struct swing_rollback *out, struct err *e)
{
	struct run_record *runs = NULL;
	struct swing_switched at;
	size_t n = 0;
	int r = swing_switched(s, a, &at, e);

	*out = (struct swing_rollback){0};
	if (r < 0)
		return r;
	if (at.at_ms == 0)
		return err_set(e, ERR_NOENT,
		    "there was no switch on this server, or it went back");
	r = begin(s, e);
	if (r == 0)
		r = runs_since(s, at.run, &runs, &n, e);
	if (r < 0)
		return r;
	out->runs = arena_array(a, n + 1, sizeof(*out->runs));
	if (out->runs == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = take_back_runs(s, runs, n, who, out, e);
	if (r == 0)
		r = switch_leases(s, engine_lease_release, who, e);
	if (r == 0)
		r = switch_note(s, true, TEXT(""), 0, e);
	return r == 0 ? set_next(s, 0, e) : r;
}
