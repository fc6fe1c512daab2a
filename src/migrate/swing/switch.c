/* migrate/swing/switch.c -- from staging to active, when nothing unexpected
 * would happen; and what is noted of it. */
#include "migrate/swing/switch.h"

#include <stdio.h>

#include "base/clock.h"
#include "codec/json.h"
#include "migrate/swing/switch_int.h"

#define NOTE_MAX   4096U
#define LIVELY_MS  (60LL * 60 * 1000) /* two cycles of a predecessor */
#define NOTE_KEY   "migrate.switch"
#define STAGED_KEY "staging"

/* ---- The note ---- */

int
swing_switched(
    struct setup *s, struct arena *a, struct swing_switched *out, struct err *e)
{
	CLEANUP(json_freep)
	struct json *j = NULL;
	struct text t;
	int r = store_meta_get(s->store, a, NOTE_KEY, &t, e);

	*out = (struct swing_switched){0};
	if (r < 0 || t.len == 0)
		return r;
	r = json_parse(t, NOTE_MAX, &j, e);
	if (r < 0)
		return r;
	out->by = text_dup(a, json_get_text(j, "by"));
	out->run = json_int(json_get(j, "run"), 0);
	return clock_parse(json_get_text(j, "at"), &out->at_ms);
}

static int
put_note(struct setup *s, struct text who, int64_t run, struct err *e)
{
	struct json *j = json_new_object();
	char when[32];
	struct buf b;
	int r;

	json_set_text(j, "by", who);
	json_set_str(j, "at", clock_format(clock_now_ms(), false, when));
	json_set_int(j, "run", run);
	buf_init(&b, NOTE_MAX);
	r = json_write(j, false, &b);
	(void)json_free(j);
	if (r == 0)
		r = store_meta_set(s->store, NOTE_KEY, buf_text(&b), e);
	else
		r = err_set(e, r, "the name is too long");
	buf_clear(&b);
	return r;
}

/* Together or not at all; who empty: nothing is noted any more. */
int
switch_note(
    struct setup *s, bool staging, struct text who, int64_t run, struct err *e)
{
	int r = store_begin(s->store, e);

	if (r < 0)
		return r;
	r = store_meta_set(
	    s->store, STAGED_KEY, staging ? TEXT("on") : TEXT("off"), e);
	if (r == 0 && who.len != 0)
		r = put_note(s, who, run, e);
	else if (r == 0)
		r = store_meta_set(s->store, NOTE_KEY, TEXT(""), e);
	if (r == 0)
		return store_commit(s->store, e);
	store_rollback(s->store);
	return r;
}

/* ---- May it ---- */

static int
must_be_staging(struct setup *s, struct err *e)
{
	bool staging = false;
	int r = setup_staging(s, &staging, e);

	if (r == 0 && !staging)
		return err_set(e, ERR_REFUSED,
		    "this server is active already (causeway staging status)");
	return r;
}

int
swing_is_whole(struct setup *s, size_t i, struct err *e)
{
	struct text name = s->connectors[i].name;
	struct engine_needs n;
	int r = engine_needs(s->engine, i, s->arena, &n, e);

	if (r < 0)
		return r;
	if (n.full_import.len != 0)
		return err_set(e, ERR_REFUSED,
		    "%.*s needs a full import first: %.*s (causeway cycle "
		    "initial)",
		    TEXT_ARGS(name), TEXT_ARGS(n.full_import));
	if (n.full_sync.len != 0)
		return err_set(e, ERR_REFUSED,
		    "%.*s needs a full synchronisation first: %.*s (causeway "
		    "cycle initial)",
		    TEXT_ARGS(name), TEXT_ARGS(n.full_sync));
	return 0;
}

static int
must_have_no_line(struct setup *s, size_t i, const char *old, struct err *e)
{
	struct text name = s->connectors[i].name;
	struct swing_report r;
	int code = swing_compare(s, i, old, s->arena, &r, e);

	if (code < 0)
		return code;
	if (r.uncertain != 0)
		return err_set(e, ERR_REFUSED,
		    "%.*s: %llu objects were sent without an answer: import "
		    "it first",
		    TEXT_ARGS(name), (unsigned long long)r.uncertain);
	if (r.open == 0)
		return 0;
	return err_set(e, ERR_GUARD,
	    "%.*s against %.*s: %llu differences are open, %llu of them "
	    "deletions (causeway migrate compare)",
	    TEXT_ARGS(name), TEXT_ARGS(r.old.len != 0 ? r.old : TEXT("it")),
	    (unsigned long long)r.open, (unsigned long long)r.open_deletes);
}

/* A predecessor that synchronised a short while ago is alive. */
static int
must_be_alone(struct setup *s, size_t i, struct err *e)
{
	struct text name = s->connectors[i].name;
	struct engine_lease l;
	char when[32];
	int r = engine_lease_show(s->engine, i, s->arena, &l, e);

	if (r < 0)
		return r;
	if (l.foreign_ms == 0 || clock_now_ms() - l.foreign_ms > LIVELY_MS)
		return 0;
	return err_set(e, ERR_REFUSED,
	    "another server synchronised %.*s at %s: stop it, or set it to "
	    "staging mode; if it is off now: --old-is-off",
	    TEXT_ARGS(name), clock_format(l.foreign_ms, false, when));
}

/* ---- Graph writes only what the cloud masters ---- */

struct mastered {
	struct setup *setup;
	struct arena *item;
	uint32_t mark, display;
	uint64_t count;
	struct text first; /* what it is called */
};

static int
look_at(struct mastered *m, int64_t id, struct err *e)
{
	const struct value *v;
	struct cs_object o;
	int r;

	arena_reset(m->item);
	r = cs_get(m->setup->store, m->item, id, CS_IMAGE, &o, e);
	if (r < 0 || o.mv == 0)
		return r;
	v = attrs_first(&o.image, m->mark);
	if (v == NULL || v->type != VALUE_BOOLEAN || !v->boolean)
		return 0;
	if (m->count++ == 0) {
		v = attrs_first(&o.image, m->display);
		m->first = text_dup(m->setup->arena,
		    v != NULL && v->type == VALUE_STRING ? v->text : o.dn);
	}
	return 0;
}

static int
look_at_all(struct mastered *m, size_t connector, struct err *e)
{
	int64_t room[256];
	struct ids ids = {.id = room, .max = 256};
	struct cs_walk w = {
	    .connector = m->setup->connectors[connector].id, .which = CS_EVERY};
	int r = cs_next(m->setup->store, &w, &ids, e);

	while (r == 0 && ids.count > 0) {
		for (size_t i = 0; i < ids.count && r == 0; i++)
			r = look_at(m, ids.id[i], e);
		if (r == 0)
			r = cs_next(m->setup->store, &w, &ids, e);
	}
	return r;
}

/* As it was last read; of a kind that knows such a thing. */
static int
must_be_master(struct setup *s, size_t i, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *item = arena_new(0);
	struct mastered m = {.setup = s,
	    .item = item,
	    .mark = names_find(
		store_names(s->store), TEXT("onPremisesSyncEnabled")),
	    .display = names_find(store_names(s->store), TEXT("displayName"))};
	int r;

	if (item == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (s->connectors[i].kind->ops->authority == NULL || m.mark == 0)
		return 0;
	r = look_at_all(&m, i, e);
	if (r < 0 || m.count == 0)
		return r;
	return err_set(e, ERR_REFUSED,
	    "%llu objects of %.*s are mastered on premises, where Graph may "
	    "not write, first %.*s: move their authority (causeway migrate "
	    "authority show), then read it again",
	    (unsigned long long)m.count, TEXT_ARGS(s->connectors[i].name),
	    TEXT_ARGS(m.first));
}

bool
switch_is_target(const struct setup *s, size_t i)
{
	return s->connectors[i].kind->ops->lease_get != NULL;
}

static int
check_target(
    struct setup *s, size_t i, const struct swing_switch *w, struct err *e)
{
	int r = must_be_master(s, i, e);

	if (r == 0)
		r = must_have_no_line(s, i, NULL, e);
	if (r == 0 && w->old != NULL)
		r = must_have_no_line(s, i, w->old, e);
	if (r == 0 && !w->old_is_off)
		r = must_be_alone(s, i, e);
	return r;
}

static int
check(struct setup *s, const struct swing_switch *w, struct err *e)
{
	int r = must_be_staging(s, e);

	for (size_t i = 0; i < s->connector_count && r == 0; i++)
		r = swing_is_whole(s, i, e);
	for (size_t i = 0; i < s->connector_count && r == 0; i++)
		if (switch_is_target(s, i))
			r = check_target(s, i, w, e);
	return r;
}

/* ---- It does ---- */

int
switch_leases(
    struct setup *s, switch_lease_fn *f, struct text who, struct err *e)
{
	struct err why = {0};
	int r = 0;

	for (size_t i = 0; i < s->connector_count && r == 0; i++) {
		if (switch_is_target(s, i))
			r = f(s->engine, i, who, &why);
		if (r == ERR_ACCESS) /* lease show says that none is kept */
			r = 0;
	}
	if (r < 0 && e != NULL)
		*e = why;
	return r;
}

static int
take_leases(struct setup *s, struct text who, struct err *e)
{
	int r = setup_engine_again(s, e); /* active from here */

	return r == 0 ? switch_leases(s, engine_lease_take, who, e) : r;
}

int
swing_take_over(struct setup *s, const struct swing_switch *w, struct err *e)
{
	struct history_page last = {.before = INT64_MAX, .max = 1};
	struct run_record *runs = NULL;
	size_t n = 0;
	int r = check(s, w, e);

	if (r == 0)
		r = run_list(s->store, s->arena, &last, &runs, &n, e);
	if (r == 0)
		r = switch_note(s, false, w->who, n > 0 ? runs[0].id : 0, e);
	if (r < 0)
		return r;
	r = take_leases(s, w->who, e);
	if (r < 0 && switch_note(s, true, TEXT(""), 0, NULL) < 0)
		(void)err_prefix(e, "staging mode could not be set again");
	return r;
}
