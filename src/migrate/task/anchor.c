/* migrate/task/anchor.c -- see anchor.h. */
#include "migrate/task/anchor.h"

#include <inttypes.h>
#include <string.h>

#include "base/clock.h"
#include "migrate/task/anchor_int.h"

#define NOTE_MAX 65536U
#define BEFORE   ANCHOR_KEY ".before" /* causeway.yaml as it was */
#define AFTER    ANCHOR_KEY ".after"

/* ---- Looking ---- */

static bool
is_ad(const struct setup *s, struct text connector)
{
	for (size_t i = 0; i < s->connector_count; i++)
		if (text_equal(s->connectors[i].name, connector))
			return s->connectors[i].conf->kind_id == CONF_KIND_AD;
	return false;
}

/* Of other types the anchor is that of the connector, whatever users have. */
static bool
is_user(const struct setup *s, const struct seen_object *o)
{
	return !o->cloud && is_ad(s, o->connector) && o->other != NULL &&
	       (text_is(o->type, "user") || text_is(o->type, "inetOrgPerson"));
}

static enum anchor_state
state_of(const struct seen_object *o)
{
	if (o->consistency.len == 0)
		return ANCHOR_EMPTY;
	return text_equal(o->consistency, o->anchor) ? ANCHOR_EQUAL
						     : ANCHOR_OTHER;
}

static void
take(struct anchor_report *out, const struct seen_object *o)
{
	struct anchor_user *u = &out->users[out->count];

	if (o->by == ANCHOR_CONSISTENCY)
		out->by_consistency++;
	if (o->by != ANCHOR_GUID)
		return;
	*u = (struct anchor_user){.object = o, .state = state_of(o)};
	out->equal += u->state == ANCHOR_EQUAL;
	out->empty += u->state == ANCHOR_EMPTY;
	out->other += u->state == ANCHOR_OTHER;
	out->count++;
}

static int
look(struct setup *s, struct arena *a, struct anchor_report *out, struct err *e)
{
	struct picture p;
	int r = directories_look(s, a, &p, e);

	out->count = 0;
	out->equal = out->empty = out->other = out->by_consistency = 0;
	out->set =
	    text_is_nocase(s->conf->default_rules.source_anchor, ANCHOR_ATTR);
	if (r < 0)
		return r;
	if (p.errors != 0)
		return err_set(e, ERR_PROTOCOL,
		    "%zu objects came and cannot be understood: causeway run "
		    "CONNECTOR full-import says which",
		    p.errors);
	out->users = arena_array(a, p.count + 1, sizeof(*out->users));
	if (out->users == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < p.count; i++)
		if (is_user(s, p.items[i]))
			take(out, p.items[i]);
	return 0;
}

/* ---- The note ---- */

struct note {
	struct text state; /* "", "writing", "switching", "switched" */
	struct text by, reason;
	int64_t run; /* the last one before the switch */
	uint64_t parts;
};

static int
note_get(struct setup *s, struct arena *a, struct note *out, struct err *e)
{
	CLEANUP(json_freep)
	struct json *j = NULL;
	struct text t;
	int r = store_meta_get(s->store, a, ANCHOR_KEY, &t, e);

	*out = (struct note){.state = TEXT("")};
	if (r < 0 || t.len == 0)
		return r;
	r = json_parse(t, NOTE_MAX, &j, e);
	if (r < 0)
		return err_prefix(e, "stored " ANCHOR_KEY);
	out->state = text_dup(a, json_get_text(j, "state"));
	out->by = text_dup(a, json_get_text(j, "by"));
	out->reason = text_dup(a, json_get_text(j, "reason"));
	out->run = json_int(json_get(j, "run"), 0);
	out->parts = (uint64_t)json_int(json_get(j, "parts"), 0);
	return 0;
}

static int
note_put(struct setup *s, const struct note *n, struct err *e)
{
	CLEANUP(json_freep)
	struct json *j = json_new_object();
	struct buf b;
	int r;

	json_set_text(j, "state", n->state);
	json_set_text(j, "by", n->by);
	json_set_text(j, "reason", n->reason);
	json_set_int(j, "run", n->run);
	json_set_int(j, "parts", (int64_t)n->parts);
	buf_init(&b, NOTE_MAX);
	r = json_write(j, false, &b);
	if (r == 0)
		r = store_meta_set(s->store, ANCHOR_KEY, buf_text(&b), e);
	else
		r = err_set(e, r, "the reason is too long");
	buf_clear(&b);
	return r;
}

static int
journal(
    struct setup *s, const struct note *n, struct text result, struct err *e)
{
	const struct journal_entry j = {.dn = s->conf->path, .result = result};

	return task_journal(s, &j, n->by, n->reason, e);
}

static int
end(struct setup *s, int r, struct err *e)
{
	if (r == 0)
		return store_commit(s->store, e);
	store_rollback(s->store);
	return r;
}

static const char *
task_of(struct text state)
{
	if (state.len == 0)
		return "";
	return text_is(state, "switched") ? "switched" : "writing";
}

int
anchor_look(
    struct setup *s, struct arena *a, struct anchor_report *out, struct err *e)
{
	struct note n;
	int r;

	*out = (struct anchor_report){.task = ""};
	r = note_get(s, a, &n, e);
	if (r == 0)
		r = look(s, a, out, e);
	out->task = r == 0 ? task_of(n.state) : "";
	return r;
}

/* ---- May it ---- */

static int
last_run(struct setup *s, int64_t *out, struct err *e)
{
	const struct history_page page = {.before = INT64_MAX, .max = 1};
	struct run_record *run = NULL;
	size_t n = 0;
	int r = run_list(s->store, s->arena, &page, &run, &n, e);

	*out = r == 0 && n > 0 ? run[0].id : 0;
	return r;
}

/* The upgrade is over when this server is the active one and has exported. */
static int
must_be_over(struct setup *s, struct err *e)
{
	const struct history_page page = {.before = INT64_MAX, .max = 10000};
	struct run_record *runs = NULL;
	bool staging = false;
	size_t n = 0;
	int r = setup_staging(s, &staging, e);

	if (r == 0 && staging)
		return err_set(e, ERR_REFUSED,
		    "the upgrade is not over: this server is in staging mode, "
		    "and another one masters objectGUID. First switch "
		    "(causeway migrate switch), and let it run");
	if (r == 0)
		r = run_list(s->store, s->arena, &page, &runs, &n, e);
	for (size_t i = 0; i < n && r == 0; i++)
		if (text_is(runs[i].profile, "export"))
			return 0;
	return r < 0 ? r
		     : err_set(e, ERR_REFUSED,
			   "the upgrade is not over: this server has exported "
			   "nothing yet (causeway cycle)");
}

/* Before anything is noted. */
static int
must_be_writable(
    const struct setup *s, const struct anchor_report *out, struct err *e)
{
	for (size_t i = 0; i < out->count; i++) {
		const struct seen_object *o = out->users[i].object;

		for (size_t k = 0; k < s->connector_count; k++)
			if (out->users[i].state == ANCHOR_EMPTY &&
			    text_equal(s->connectors[k].name, o->connector) &&
			    !s->connectors[k].conf->ldap.writable)
				return err_set(e, ERR_REFUSED,
				    "%.*s may not be written: set writable: "
				    "true there",
				    TEXT_ARGS(o->connector));
	}
	return 0;
}

static int
must_be_free(const struct anchor_report *out, struct err *e)
{
	if (out->count == 0)
		return err_set(e, ERR_REFUSED,
		    "no user of Active Directory is known to the cloud by "
		    "objectGUID: there is nothing to prove it by");
	if (out->other == 0)
		return 0;
	return err_set(e, ERR_REFUSED,
	    "%" PRIu64 " users have another value in " ANCHOR_ATTR
	    ": nothing is written anywhere before that is mended",
	    out->other);
}

/* ---- Writing ---- */

struct applying {
	struct setup *setup;
	const struct anchor_wish *wish;
	struct arena *arena;
	struct anchor_report *out;
	struct note note;
	struct map *noted; /* anchors that were written to before */
	struct task_list *list;
};

static int
note_known(void *ctx, struct text connector, struct text anchor)
{
	struct applying *p = ctx;

	// NOLINTNEXTLINE(performance-no-int-to-ptr): a mark, not read
	return map_put(p->noted, anchor, (void *)(uintptr_t)connector.data);
}

static int
add_again(void *ctx, struct text connector, struct text anchor)
{
	struct applying *p = ctx;

	task_list_add(p->list, connector, anchor);
	return 0;
}

static struct task_list_at
noted_at(const struct applying *p)
{
	return (struct task_list_at){p->setup, ANCHOR_KEY, p->note.parts};
}

/* What is about to be written, beside what was: before the first write. */
static int
note_targets(struct applying *p, struct err *e)
{
	const struct task_list_at at = noted_at(p);
	struct task_list l;
	int r, end_code;

	r = task_list_read(&at, p->arena, note_known, p, e);
	task_list_begin(&l, p->setup, ANCHOR_KEY);
	p->list = &l;
	if (r == 0)
		r = task_list_read(&at, p->arena, add_again, p, e);
	for (size_t i = 0; i < p->out->count; i++) {
		const struct anchor_user *u = &p->out->users[i];

		if (u->state == ANCHOR_EMPTY &&
		    map_get(p->noted, u->object->anchor) == NULL)
			task_list_add(
			    &l, u->object->connector, u->object->anchor);
	}
	end_code = task_list_end(&l, r == 0 ? e : NULL);
	p->note.parts = l.parts;
	p->list = NULL;
	return r < 0 ? r : end_code;
}

static int
note_writing(struct applying *p, struct err *e)
{
	int r = store_begin(p->setup->store, e);

	if (r < 0)
		return r;
	p->note.state = TEXT("writing");
	p->note.by = p->wish->by;
	p->note.reason = p->wish->reason;
	r = note_targets(p, e);
	if (r == 0)
		r = note_put(p->setup, &p->note, e);
	if (r == 0)
		r = journal(p->setup, &p->note, TEXT("anchor-writing"), e);
	return end(p->setup, r, e);
}

/* Those that have no value get it; back: those that were noted before lose
 * what was written. */
static int
write_those(struct applying *p, bool back, struct err *e)
{
	const enum anchor_state state = back ? ANCHOR_EQUAL : ANCHOR_EMPTY;
	struct anchor_targets t = {.clear = back};
	struct anchor_target *list =
	    arena_array(p->arena, p->out->count + 1, sizeof(*list));

	if (list == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < p->out->count; i++) {
		const struct seen_object *o = p->out->users[i].object;

		if (p->out->users[i].state == state &&
		    (!back || map_get(p->noted, o->anchor) != NULL))
			list[t.count++] = (struct anchor_target){
			    o->connector, o->type, o->dn, o->name, o->anchor};
	}
	t.list = list;
	return anchor_write(p->setup, &t, p->arena, p->out, e);
}

static int
write_empty(struct applying *p, struct err *e)
{
	int r = write_those(p, false, e);

	if (r == 0 && p->out->failed != 0)
		return err_set(e, ERR_REFUSED,
		    "%" PRIu64 " users could not be written, first %.*s: %.*s. "
		    "Nothing is switched; mend it, then the same again",
		    p->out->failed, TEXT_ARGS(p->out->failures[0].dn),
		    TEXT_ARGS(p->out->failures[0].why));
	return r;
}

/* ---- Proof ---- */

/* Read back: each has the value, and the cloud has just that. */
static int
prove(struct applying *p, struct err *e)
{
	uint64_t wanted = p->out->count;
	int r = look(p->setup, p->arena, p->out, e);

	if (r < 0)
		return r;
	for (size_t i = 0; i < p->out->count; i++) {
		const struct seen_object *o = p->out->users[i].object;

		if (!text_equal(o->consistency, o->other->anchor))
			return err_set(e, ERR_REFUSED,
			    "%.*s: " ANCHOR_ATTR " was read back as \"%.*s\", "
			    "and its immutable ID in the cloud is \"%.*s\": "
			    "nothing is switched",
			    TEXT_ARGS(o->dn), TEXT_ARGS(o->consistency),
			    TEXT_ARGS(o->other->anchor));
		p->out->proved++;
	}
	if (p->out->proved < wanted)
		return err_set(e, ERR_REFUSED,
		    "%" PRIu64 " of %" PRIu64 " users are not there any more, "
		    "in the directory or in the cloud: look, then the same "
		    "again",
		    wanted - p->out->proved, wanted);
	return 0;
}

/* ---- The setting ---- */

static int
note_switching(struct applying *p, struct text now, struct err *e)
{
	struct store *store = p->setup->store;
	int r = last_run(p->setup, &p->note.run, e);

	if (r == 0)
		r = store_begin(store, e);
	if (r < 0)
		return r;
	p->note.state = TEXT("switching");
	r = store_meta_set(store, BEFORE, p->setup->conf->source, e);
	if (r == 0)
		r = store_meta_set(store, AFTER, now, e);
	if (r == 0)
		r = note_put(p->setup, &p->note, e);
	return end(p->setup, r, e);
}

static int
note_switched(struct applying *p, struct err *e)
{
	int r = store_begin(p->setup->store, e);

	if (r < 0)
		return r;
	p->note.state = TEXT("switched");
	r = note_put(p->setup, &p->note, e);
	if (r == 0)
		r = journal(p->setup, &p->note, TEXT("anchor-switched"), e);
	p->out->task = "switched";
	p->out->file = p->setup->conf->path;
	return end(p->setup, r, e);
}

static int
switch_over(struct applying *p, struct text now, struct err *e)
{
	int r = note_switching(p, now, e);

	if (r == 0)
		r = anchor_file_put(
		    p->setup->conf, p->setup->conf->source, now, p->arena, e);
	return r == 0 ? note_switched(p, e) : r;
}

static int
apply(struct applying *p, struct err *e)
{
	struct text now = {0};
	int r = anchor_text(p->setup->conf, p->arena, &now, e);

	if (r == 0)
		r = must_be_free(p->out, e);
	if (r == 0)
		r = must_be_writable(p->setup, p->out, e);
	if (r == 0)
		r = note_writing(p, e);
	if (r == 0)
		r = write_empty(p, e);
	if (r == 0)
		r = prove(p, e);
	return r == 0 ? switch_over(p, now, e) : r;
}

int
anchor_apply(struct setup *s, const struct anchor_wish *w, struct arena *a,
    struct anchor_report *out, struct err *e)
{
	CLEANUP(map_freep)
	struct map *noted = map_new(false);
	struct applying p = {
	    .setup = s, .wish = w, .arena = a, .out = out, .noted = noted};
	int r = noted == NULL ? err_set(e, ERR_NOMEM, "out of memory")
			      : must_be_over(s, e);

	*out = (struct anchor_report){.task = ""};
	if (r == 0)
		r = note_get(s, a, &p.note, e);
	if (r == 0)
		r = look(s, a, out, e);
	if (r < 0)
		return r;
	out->task = task_of(p.note.state);
	/* killed between the file and the note of it */
	if (out->set && text_is(p.note.state, "switching"))
		return note_switched(&p, e);
	if (out->set)
		return err_set(e, ERR_REFUSED,
		    "default_rules.source_anchor is " ANCHOR_ATTR " already");
	return apply(&p, e);
}

/* ---- The way back ---- */

static int
must_be_unused(struct setup *s, const struct note *n, struct err *e)
{
	int64_t run = 0;
	int r = last_run(s, &run, e);

	if (n->state.len == 0)
		return err_set(e, ERR_NOENT,
		    "there is nothing to take back: no switch of the anchor "
		    "was begun from here");
	if (r == 0 && text_is(n->state, "switched") && run > n->run)
		return err_set(e, ERR_REFUSED,
		    "there was a run since: the values stay, as they are equal "
		    "to objectGUID. The setting may be changed by hand as long "
		    "as they are");
	return r;
}

static int
file_back(struct applying *p, struct err *e)
{
	struct text before = {0}, after = {0};
	int r = store_meta_get(p->setup->store, p->arena, BEFORE, &before, e);

	if (r == 0)
		r = store_meta_get(p->setup->store, p->arena, AFTER, &after, e);
	if (r < 0 || !p->out->set || before.len == 0)
		return r;
	p->out->file = p->setup->conf->path;
	return anchor_file_put(p->setup->conf, after, before, p->arena, e);
}

/* Only what was written from here, and is as it was written. */
static int
values_back(struct applying *p, struct err *e)
{
	const struct task_list_at at = noted_at(p);
	int r = task_list_read(&at, p->arena, note_known, p, e);

	if (r == 0)
		r = write_those(p, true, e);
	if (r == 0 && p->out->failed != 0)
		return err_set(e, ERR_REFUSED,
		    "%" PRIu64 " values could not be taken away, first of "
		    "%.*s: %.*s; the same goes on",
		    p->out->failed, TEXT_ARGS(p->out->failures[0].dn),
		    TEXT_ARGS(p->out->failures[0].why));
	return r;
}

static int
forget(struct applying *p, struct err *e)
{
	const struct task_list_at at = noted_at(p);
	struct setup *s = p->setup;
	int r = store_begin(s->store, e);

	if (r < 0)
		return r;
	r = task_list_clear(&at, e);
	if (r == 0)
		r = store_meta_set(s->store, ANCHOR_KEY, TEXT(""), e);
	if (r == 0)
		r = store_meta_set(s->store, BEFORE, TEXT(""), e);
	if (r == 0)
		r = store_meta_set(s->store, AFTER, TEXT(""), e);
	p->note.by = p->wish->by;
	p->note.reason = p->wish->reason;
	if (r == 0)
		r = journal(s, &p->note, TEXT("anchor-returned"), e);
	p->out->task = "";
	return end(s, r, e);
}

int
anchor_return(struct setup *s, const struct anchor_wish *w, struct arena *a,
    struct anchor_report *out, struct err *e)
{
	CLEANUP(map_freep)
	struct map *noted = map_new(false);
	struct applying p = {
	    .setup = s, .wish = w, .arena = a, .out = out, .noted = noted};
	int r = noted == NULL ? err_set(e, ERR_NOMEM, "out of memory")
			      : note_get(s, a, &p.note, e);

	*out = (struct anchor_report){.task = ""};
	if (r == 0)
		r = must_be_unused(s, &p.note, e);
	if (r == 0)
		r = look(s, a, out, e);
	if (r == 0)
		r = file_back(&p, e);
	if (r == 0)
		r = values_back(&p, e);
	return r == 0 ? forget(&p, e) : r;
}
