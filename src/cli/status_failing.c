/* cli/status_failing.c -- what of a connector does not get to its end any
 * more, since when and why: a run that went well after it does not hide it;
 * see status_show.h. */
#include <stdio.h>

#include "cli/cli.h"
#include "cli/status_show.h"
#include "store/history.h"

#define RUNS_MAX 300U /* looked through, of each connector */

enum profile_kind {
	KIND_IMPORT,
	KIND_SYNC,
	KIND_EXPORT,
	KIND_COUNT,
};

/* The newest runs of one kind that failed in a row; run 0: it went well. */
struct failing {
	struct run_record last;
	int64_t since_ms;
	uint64_t times;
	bool settled; /* one that went well was met */
};

static enum profile_kind
kind_of(struct text profile)
{
	if (text_ends_nocase(profile, "import"))
		return KIND_IMPORT;
	return text_ends_nocase(profile, "sync") ? KIND_SYNC : KIND_EXPORT;
}

static bool
went_well(struct text result)
{
	return text_starts_nocase(result, "success") ||
	       text_starts_nocase(result, "completed");
}

static int
look(struct session *s, int64_t connector, struct failing out[KIND_COUNT],
    struct err *e)
{
	const struct history_page page = {
	    .connector = connector, .max = RUNS_MAX};
	struct run_record *runs = NULL;
	size_t n = 0;
	int r = run_list(s->setup.store, s->setup.arena, &page, &runs, &n, e);

	for (size_t i = 0; i < n && r == 0; i++) { /* newest first */
		struct failing *f = &out[kind_of(runs[i].profile)];

		if (f->settled || runs[i].end_ms == 0)
			continue;
		f->settled = went_well(runs[i].result);
		if (f->settled)
			continue;
		if (f->last.id == 0)
			f->last = runs[i];
		f->since_ms = runs[i].start_ms;
		f->times++;
	}
	return r;
}

/* What the record of the run says, for a person. */
static struct text
why_of(struct session *s, const struct failing *f)
{
	struct step_record *steps = NULL;
	size_t n = 0;

	if (run_steps(s->setup.store, s->setup.arena, f->last.id, &steps, &n,
		NULL) < 0)
		return TEXT("");
	for (size_t i = n; i-- > 0;)
		if (steps[i].detail.len != 0 && !went_well(steps[i].result))
			return steps[i].detail;
	return TEXT("");
}

typedef void failing_fn(
    struct session *s, struct text connector, const struct failing *f, void *);

static int
each(struct session *s, failing_fn *fn, void *ctx, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < s->setup.connector_count && r == 0; i++) {
		const struct engine_connector *c = &s->setup.connectors[i];
		struct failing list[KIND_COUNT] = {0};

		if (c->id == 0)
			continue;
		r = look(s, c->id, list, e);
		for (int k = 0; k < KIND_COUNT && r == 0; k++)
			if (list[k].last.id != 0)
				fn(s, c->name, &list[k], ctx);
	}
	return r;
}

static void
add_json(
    struct session *s, struct text connector, const struct failing *f, void *to)
{
	struct json *j = json_new_object();

	json_set_text(j, "connector", connector);
	json_set_text(j, "profile", f->last.profile);
	json_set_int(j, "run", f->last.id);
	json_set_text(j, "result", f->last.result);
	json_set_text(j, "since", show_time(s, f->since_ms));
	json_set_int(j, "times", (int64_t)f->times);
	json_set_text(j, "why", why_of(s, f));
	json_push(to, j);
}

int
status_failing_json(struct session *s, struct json *root, struct err *e)
{
	struct json *list = json_new_list();
	int r = each(s, add_json, list, e);

	json_set(root, "failing", list);
	return r;
}

static void
print_one(struct session *s, struct text connector, const struct failing *f,
    void *nothing)
{
	struct text why = why_of(s, f);

	(void)nothing;
	(void)printf("%.*s: %.*s failed", TEXT_ARGS(connector),
	    TEXT_ARGS(f->last.profile));
	if (f->times > 1)
		(void)printf(" %llu times in a row, since %.*s",
		    (unsigned long long)f->times,
		    TEXT_ARGS(show_time(s, f->since_ms)));
	(void)printf(" (run %lld): %.*s%s%.*s\n", (long long)f->last.id,
	    TEXT_ARGS(f->last.result), why.len != 0 ? ": " : "",
	    TEXT_ARGS(why));
}

int
status_failing_print(struct session *s, struct err *e)
{
	return each(s, print_one, NULL, e);
}
