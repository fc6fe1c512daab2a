/* engine/export/journal.c -- every export with what was before and after; also
 * of what was sent by a process that died before the answer. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "engine/export/export_int.h"
#include "store/sent.h"
#include "store/tower.h"

/* Where an entry is made. */
struct maker {
	struct store *store;
	struct arena *arena;
	const struct connector_kind *kind;
	int64_t run;
	const struct attrs *was; /* one that goes, as it was read last; NULL */
};

/* ---- An entry ---- */

/* What a person calls it: its display name, else its DN. */
static struct text
display_of(
    const struct maker *m, const struct cs_object *o, const struct delta *sent)
{
	uint32_t name = names_find(store_names(m->store), TEXT("displayName"));
	const struct change *c = delta_find(sent, name);
	const struct value *v = attrs_first(&o->image, name);

	if (c != NULL && c->add_count != 0 && c->add[0].type == VALUE_STRING)
		return c->add[0].text;
	if (v != NULL && v->type == VALUE_STRING)
		return v->text;
	return o->dn;
}

static bool
by_anchor(const struct maker *m)
{
	return (m->kind->can & CAN_REFS_BY_ANCHOR) != 0;
}

/* References that the directory holds and that go with the object. */
static int
image_refs(const struct maker *m, const struct cs_object *o, struct attrs *out,
    struct err *e)
{
	struct ref_query q = {
	    .owner = o->id, .mask = REF_IMAGE, .with_target = true};
	struct cs_ref *refs;
	size_t n = 0;
	int r = cs_refs_get(m->store, m->arena, &q, &refs, &n, e);

	for (size_t i = 0; i < n && r == 0; i++) {
		struct value v =
		    by_anchor(m) ? value_reference_anchor(refs[i].named->anchor)
				 : value_reference_dn(refs[i].named->dn);

		if (v.text.len != 0)
			r = attrs_add(m->arena, out, refs[i].name, v);
	}
	return r;
}

/* What was read last, before it went: newer than the image, and all of it.
 * References of the image name rows that are known; the others come along. */
static int
put_last_look(const struct maker *m, struct attrs *all)
{
	const struct attrs *was = m->was;
	int r = 0;

	for (uint32_t i = 0; was != NULL && i < was->count && r == 0; i++) {
		const struct attr *a = &was->items[i];

		if (a->count == 0 || (a->values[0].type == VALUE_REFERENCE &&
					 attrs_find(all, a->name) != NULL))
			continue;
		r = attrs_set(m->arena, all, a->name, a->values, a->count);
	}
	return r;
}

/* A deletion takes all that was there. */
static int
deleted(const struct maker *m, const struct cs_object *o, struct delta *out,
    struct err *e)
{
	struct attrs all, none = {0};
	int r = attrs_shallow(m->arena, &o->image, &all);

	if (r == 0)
		r = image_refs(m, o, &all, e);
	if (r == 0)
		r = put_last_look(m, &all);
	if (r == 0)
		r = delta_between(m->arena, &all, &none, out);
	if (r == 0)
		out->op = DELTA_DELETE;
	return r;
}

static int
make(const struct maker *m, const struct cs_object *o, const struct delta *sent,
    struct journal_entry *out, struct err *e)
{
	int r = 0;

	*out = (struct journal_entry){
	    .run = m->run,
	    .connector = o->connector,
	    .cs = o->id,
	    .ms = clock_now_ms(),
	    .op = sent->op,
	    .type = o->type,
	    .dn = o->dn,
	    .anchor = o->anchor,
	    .display = display_of(m, o, sent),
	    .delta = *sent,
	};
	if (sent->op == DELTA_DELETE)
		r = deleted(m, o, &out->delta, e);
	return r < 0 ? err_set(e, r, "journal of %.*s: %s", TEXT_ARGS(o->dn),
			   err_name(r))
		     : 0;
}

int
export_journal(
    struct export *x, const struct built *b, const char *result, struct err *e)
{
	const struct maker m = {
	    x->store, x->arena, x->job->kind, x->job->run, b->was};
	struct delta sent = b->item.delta;
	struct journal_entry j;
	int r;

	sent.op = b->item.op;
	r = make(&m, &b->o, &sent, &j, e);
	if (r < 0)
		return r;
	j.result = text_of(result);
	/* by the name it had; the new one is in the delta */
	if (b->item.op == DELTA_DELETE ||
	    (b->item.op == DELTA_UPDATE && b->item.delta.new_dn.len != 0))
		j.dn = b->item.dn;
	return journal_add(x->store, &j, e);
}

/* ---- What has no answer ---- */

#define PAGE 200U

/* The run that sent last: all that is without an answer is of it. */
static void
run_key(int64_t connector, char out[static 48])
{
	(void)snprintf(out, 48, "export.run.%" PRId64, connector);
}

int
export_journal_run(struct export *x, struct err *e)
{
	char key[48], run[24];

	if (x->began)
		return 0;
	run_key(x->connector, key);
	(void)snprintf(run, sizeof(run), "%" PRId64, x->job->run);
	return store_meta_set(x->store, key, text_of(run), e);
}

int
export_last_run(struct store *s, struct arena *a, int64_t connector,
    int64_t *out, struct err *e)
{
	char key[48];
	struct text t = {0};
	int r;

	*out = 0;
	run_key(connector, key);
	r = store_meta_get(s, a, key, &t, e);
	if (r == 0 && t.len != 0 && text_to_int64(t, out) < 0)
		return err_set(e, ERR_STORE, "stored %s is no number", key);
	return r;
}

static int
by_cs(const void *p, const void *q)
{
	const struct journal_open *a = p, *b = q;

	return a->cs < b->cs ? -1 : a->cs > b->cs;
}

static int
one_unanswered(const struct export_unanswered *u, const struct maker *m,
    int64_t id, struct err *e)
{
	const struct sent_view v = {.by_anchor = by_anchor(m)};
	struct journal_entry j;
	struct cs_object o;
	struct delta sent = {0};
	int r = cs_get(m->store, m->arena, id, CS_ALL, &o, e);

	if (r == 0)
		r = sent_delta(m->store, m->arena, &o, &v, &sent, e);
	if (r < 0)
		return r;
	if (sent.op != DELTA_ADD && sent.op != DELTA_DELETE)
		sent.op = DELTA_UPDATE;
	else if (sent.op == DELTA_DELETE)
		sent.new_dn = TEXT("");
	r = make(m, &o, &sent, &j, e);
	if (r < 0)
		return r;
	j.dn = tower_real_dn(&o);
	j.result = TEXT("uncertain");
	return u->entry(u->ctx, &j, e);
}

static int
all_unanswered(const struct export_unanswered *u, struct maker *m,
    const struct journal_open *known, size_t n, struct err *e)
{
	int64_t page[PAGE];
	struct ids ids = {.id = page, .max = PAGE};
	struct cs_walk w = {.connector = u->connector, .which = CS_UNCERTAIN};
	int r;

	do {
		r = cs_next(m->store, &w, &ids, e);
		for (size_t i = 0; i < ids.count && r == 0; i++) {
			const struct journal_open key = {.cs = ids.id[i]};

			if (n == 0 ||
			    bsearch(&key, known, n, sizeof(key), by_cs) == NULL)
				r = one_unanswered(u, m, ids.id[i], e);
		}
	} while (r == 0 && ids.count != 0);
	return r;
}

int
export_unanswered(const struct export_unanswered *u, struct err *e)
{
	struct maker m = {
	    .store = u->store, .arena = u->arena, .kind = u->kind};
	struct journal_open *known = NULL;
	size_t n = 0;
	int r = export_last_run(u->store, u->arena, u->connector, &m.run, e);

	if (r < 0 || m.run == 0)
		return r;
	r = journal_open_list(u->store, u->arena, m.run, &known, &n, e);
	return r < 0 ? r : all_unanswered(u, &m, known, n, e);
}
