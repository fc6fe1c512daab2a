/* cli/why_not_failed.c -- an object that its last import could not take, and
 * that no store has therefore; see why_not.h. */
#include "cli/why_not.h"
#include "model/dn.h"
#include "store/history.h"

#define RUNS_MAX   50U /* looked through for the last import */
#define ERRORS_MAX 100000U

struct failed {
	struct session *s;
	size_t connector;
	struct text key; /* dn_key() of the object */
	struct reasons_list *out;
};

static bool
is_import(const struct step_record *step)
{
	return text_is(step->type, "full-import") ||
	       text_is(step->type, "delta-import");
}

/* 1: the step has an error for it. */
static int
in_step(struct failed *f, int64_t step, struct err *e)
{
	struct error_query q = {.step = step, .max = ERRORS_MAX};
	struct arena *a = f->s->setup.arena;
	struct object_error *list = NULL;
	size_t n = 0;
	int r = error_list(f->s->setup.store, a, &q, &list, &n, e);

	for (size_t i = 0; i < n && r == 0; i++) {
		struct reason why = why_error(f->s, &list[i]);
		struct text key;

		if (dn_key(a, list[i].dn, &key) < 0)
			return err_set(e, ERR_NOMEM, "out of memory");
		if (!text_equal(key, f->key))
			continue;
		why.connector = f->s->setup.connectors[f->connector].name;
		reason_add(f->out, why);
		return 1;
	}
	return r;
}

/* 1: it failed; 0: it did not; ERR_NOENT: the run imported nothing. */
static int
in_run(struct failed *f, int64_t run, struct err *e)
{
	struct step_record *steps = NULL;
	size_t n = 0;
	bool imported = false;
	int r =
	    run_steps(f->s->setup.store, f->s->setup.arena, run, &steps, &n, e);

	for (size_t i = 0; i < n && r == 0; i++) {
		if (!is_import(&steps[i]))
			continue;
		imported = true;
		r = in_step(f, steps[i].id, e);
	}
	return r != 0 || imported ? r : ERR_NOENT;
}

int
why_not_failed(struct session *s, size_t connector, struct text dn,
    struct reasons_list *out, struct err *e)
{
	struct failed f = {.s = s, .connector = connector, .out = out};
	const struct history_page page = {
	    .connector = s->setup.connectors[connector].id, .max = RUNS_MAX};
	struct run_record *runs = NULL;
	size_t n = 0;
	int r;

	if (page.connector == 0 || dn.len == 0)
		return 0;
	if (dn_key(s->setup.arena, dn, &f.key) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = run_list(s->setup.store, s->setup.arena, &page, &runs, &n, e);
	for (size_t i = 0; i < n && r == 0; i++) {
		r = in_run(&f, runs[i].id, e);
		if (r != ERR_NOENT)
			return r;
		r = 0;
	}
	return r;
}
