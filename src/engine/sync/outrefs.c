/* engine/sync/outrefs.c -- references of one object that are to be exported:
 * single rows, so that one member more is one row. */
#include "engine/sync/sync_int.h"
#include "store/tower.h"

bool
outflow_is_ref(const struct pass *p, const struct link_view *l,
    const struct flow_result *fr)
{
	const struct schema *s = p->sy->job->connectors[l->connector].schema;
	const struct schema_attr *a;

	if (fr->count != 0)
		return fr->values[0].type == VALUE_REFERENCE;
	a = s != NULL ? schema_find(s, fr->target) : NULL;
	if (a != NULL)
		return a->type == VALUE_REFERENCE;
	for (size_t i = 0; i < l->ref_count; i++)
		if (l->refs[i].name == fr->target)
			return true;
	return false;
}

static int
by_id(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
sort_ids(struct ids *list)
{
	size_t n = 0;

	if (list->count != 0)
		qsort(list->id, list->count, sizeof(*list->id), by_id);
	for (size_t i = 0; i < list->count; i++)
		if (n == 0 || list->id[n - 1] != list->id[i])
			list->id[n++] = list->id[i];
	list->count = n;
}

/* The rows of l that a result wants, rising, none twice. */
static int
wanted(struct pass *p, struct link_view *l, const struct flow_result *fr,
    struct ids *out, struct err *e)
{
	int r = 0;

	*out = (struct ids){
	    .id = arena_raw(p->sy->arena, fr->count, sizeof(*out->id)),
	    .max = fr->count};
	if (out->id == NULL && fr->count != 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < fr->count && r == 0; i++) {
		int64_t id = 0;

		if (fr->values[i].type == VALUE_REFERENCE)
			r = refs_outbound_id(p, l, &fr->values[i], &id, e);
		if (r == 0 && id != 0)
			out->id[out->count++] = id;
	}
	if (r < 0 && fr->rule != NULL)
		p->where = (struct plan_where){
		    .rule = fr->rule->rule, .attribute = fr->target};
	sort_ids(out);
	return r;
}

/* How a row (bits 0: none yet) gets to be wanted or not. */
struct row_change {
	unsigned bits;
	bool want;
	bool keep; /* a merge, or no rule decides: what is there stays */
};

static unsigned
unapplied_bits(const struct row_change *c)
{
	bool base = tower_has_ref(c->bits, TOWER_SENT);

	if (c->want)
		return base ? 0 : REF_UNAPPLIED_ADD;
	return base && !c->keep ? REF_UNAPPLIED_DEL : 0;
}

/* What the rows of one attribute came to. */
struct rows {
	struct pass *p;
	struct link_view *l;
	uint32_t name;
	bool keep;
	bool pending;
	bool changed;
};

static int
set_row(struct rows *w, int64_t target, unsigned bits, bool want, struct err *e)
{
	struct row_change c = {bits, want, w->keep};
	struct ref_key key = {w->l->cs.id, w->name, target};
	unsigned now = unapplied_bits(&c);

	w->pending = w->pending || now != 0;
	if (now == (bits & UNAPPLIED_BITS))
		return 0;
	w->changed = true;
	if (bits == 0)
		return cs_ref_add(w->p->sy->store, key, now, e);
	return cs_ref_set(w->p->sy->store, key, now, UNAPPLIED_BITS & ~now, e);
}

/* Rows that are there and rows that are wanted, both by rising target. */
static int
set_rows(struct rows *w, const struct cs_ref *have, size_t n,
    const struct ids *want, struct err *e)
{
	size_t i = 0, k = 0;
	int r = 0;

	while ((i < n || k < want->count) && r == 0) {
		if (k == want->count ||
		    (i < n && have[i].target < want->id[k])) {
			r = set_row(w, have[i].target, have[i].bits, false, e);
			i++;
		} else if (i == n || want->id[k] < have[i].target) {
			r = set_row(w, want->id[k], 0, true, e);
			k++;
		} else {
			r = set_row(w, want->id[k], have[i].bits, true, e);
			i++;
			k++;
		}
	}
	return r;
}

static size_t
run_of(const struct link_view *l, uint32_t name, const struct cs_ref **out)
{
	size_t n = 0;

	for (size_t i = 0; i < l->ref_count; i++) {
		if (l->refs[i].name != name)
			continue;
		if (n++ == 0)
			*out = &l->refs[i];
	}
	return n;
}

static int
do_result(struct rows *w, const struct flow_result *fr, struct err *e)
{
	const struct cs_ref *have = NULL;
	struct ids want = {0};
	size_t n = run_of(w->l, fr->target, &have);
	int r = 0;

	w->name = fr->target;
	w->keep = fr->outcome == FLOW_MERGED || fr->outcome == FLOW_LEAVE;
	if (fr->outcome == FLOW_VALUE || fr->outcome == FLOW_MERGED)
		r = wanted(w->p, w->l, fr, &want, e);
	return r < 0 ? r : set_rows(w, have, n, &want, e);
}

/* Attributes that no rule speaks of any more: nothing waits for them. */
static int
do_others(struct rows *w, struct err *e)
{
	int r = 0;

	w->keep = true;
	for (size_t i = 0; i < w->l->ref_count && r == 0; i++) {
		const struct cs_ref *row = &w->l->refs[i];

		if ((row->bits & UNAPPLIED_BITS) == 0 ||
		    outflow_find(w->l, row->name) != NULL)
			continue;
		w->name = row->name;
		r = set_row(w, row->target, row->bits, false, e);
	}
	return r;
}

int
outflow_refs(struct pass *p, struct link_view *l, bool *out_pending,
    bool *out_changed, struct err *e)
{
	struct rows w = {.p = p, .l = l};
	int r = link_see(p, l, e);

	l->asked = true;
	l->out_waits = false;
	l->elsewhere = 0;
	for (size_t i = 0; i < l->result_count && r == 0; i++)
		if (l->results[i].target != p->sy->dn_name &&
		    outflow_is_ref(p, l, &l->results[i]))
			r = do_result(&w, &l->results[i], e);
	if (r == 0)
		r = do_others(&w, e);
	if (w.changed)
		l->fresh = false;
	*out_pending = w.pending;
	*out_changed = w.changed;
	return r;
}
