/* engine/limits.c -- how many changes of a kind one export may send: set by
 * hand, learned from earlier exports, or a share; the gate that holds the slice
 * beyond it, while the rest goes (docs/operations/guards.md). */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "engine/limits_int.h"
#include "engine/plan/plan_int.h"

#define LEARN_MS     (INT64_C(90) * 86400000) /* what is older is forgotten */
#define LEARN_FACTOR 3U
#define LEARN_SHARE  100U /* a hundredth of all always goes */

static const char limits_name[] = "limits";

/* ---- Learned ---- */

static int
number_compare(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

int
limits_learned(
    const struct limiter *l, const struct slice *k, struct learned *out)
{
	uint64_t *list = arena_array(l->arena, l->sample_count, sizeof(*list));
	size_t n = 0;

	*out = (struct learned){0};
	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < l->sample_count; i++) {
		const struct guard_sample *s = &l->samples[i];

		out->runs += s->kind == 0;
		if (s->kind == (int)k->kind && s->type == k->type &&
		    s->name == k->name)
			list[n++] = s->n;
	}
	qsort(list, n, sizeof(*list), number_compare);
	if (n != 0) {
		out->median = list[(n - 1) / 2];
		out->largest = list[n - 1];
	}
	return 0;
}

static uint64_t
larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

/* ---- Which limit is for a slice ---- */

static int
fits(
    const struct limiter *l, const struct guard_limit *k, const struct slice *s)
{
	const struct names *names = store_names(l->g->cfg.store);
	const struct text name = l->g->cfg.connectors[l->connector].name;

	if (k->change != (int)s->kind || k->container.len != 0 ||
	    (k->connector.len != 0 && !text_equal_nocase(k->connector, name)) ||
	    (k->type.len != 0 &&
		!text_equal_nocase(k->type, names_text(names, s->type))) ||
	    (k->attribute.len != 0 &&
		!text_equal_nocase(k->attribute, names_text(names, s->name))))
		return 0;
	return 1 + (k->connector.len != 0) + (k->type.len != 0) +
	       (k->attribute.len != 0);
}

/* The most special one; of equal ones the first. */
const struct guard_limit *
limits_set_for(const struct limiter *l, const struct slice *s)
{
	const struct engine_guard *g = &l->g->cfg.guard;
	const struct guard_limit *best = NULL;
	int best_fit = 0;

	if (s->scope != 0)
		return l->of_scope[s->scope - 1];
	for (size_t i = 0; i < g->limit_count; i++) {
		int fit = fits(l, &g->limits[i], s);

		if (fit > best_fit) {
			best = &g->limits[i];
			best_fit = fit;
		}
	}
	return best;
}

int64_t
limits_share(const struct engine_guard *g)
{
	return g->change_percent == 0 || g->change_percent > 100
		   ? -1
		   : (int64_t)g->change_percent;
}

/* Nothing set: what was learned, and the share. */
static int
unset_limit(const struct limiter *l, const struct slice *s, struct verdict *out)
{
	const struct engine_guard *g = &l->g->cfg.guard;
	struct learned k;
	char *from;

	out->minimum = g->change_minimum;
	out->percent = limits_share(g);
	out->count = -1;
	out->from = TEXT("change_percent");
	if (limits_learned(l, s, &k) < 0)
		return ERR_NOMEM;
	if (g->learn == 0 || k.runs < g->learn)
		return 0;
	out->count =
	    (int64_t)larger(larger(g->change_minimum, LEARN_FACTOR * k.largest),
		s->total / LEARN_SHARE);
	from = arena_printf(l->arena,
	    "learned from %llu exports: median %llu, largest %llu",
	    (unsigned long long)k.runs, (unsigned long long)k.median,
	    (unsigned long long)k.largest);
	if (from == NULL)
		return ERR_NOMEM;
	out->from = text_of(from);
	return 0;
}

int
limits_verdict(
    const struct limiter *l, const struct slice *s, struct verdict *out)
{
	const struct guard_limit *k = limits_set_for(l, s);

	if (k == NULL)
		return unset_limit(l, s, out);
	*out = (struct verdict){.count = k->count,
	    .percent = k->percent,
	    .minimum = l->g->cfg.guard.change_minimum,
	    .from = k->from};
	return 0;
}

static bool
is_beyond(const struct verdict *v, const struct slice *s)
{
	if (v->count >= 0 && s->n > (uint64_t)v->count)
		return true;
	return v->percent >= 0 && s->n > v->minimum &&
	       s->n * 100 > (uint64_t)v->percent * s->total;
}

/* ---- In a sentence ---- */

static const char *const phrases[] = {
    [LIMIT_DELETE] = "would be deleted, as their source is gone",
    [LIMIT_LEAVE_SCOPE] = "would be deleted, as they left the scope of rules",
    [LIMIT_DISABLE] = "would be disabled",
    [LIMIT_RENAME_UPN] = "would get another userPrincipalName",
    [LIMIT_LOSE_GROUP] = "would lose members, together so many",
    [LIMIT_LOSE_ATTRIBUTE] = "would lose",
};

static void
tell_allowed(const struct verdict *v, struct buf *b)
{
	if (v->count >= 0 && v->percent >= 0)
		buf_printf(b, "%lld and %lld %%", (long long)v->count,
		    (long long)v->percent);
	else if (v->count >= 0)
		buf_printf(b, "%lld", (long long)v->count);
	else
		buf_printf(b, "%lld %%", (long long)v->percent);
}

static int
tell(const struct limiter *l, struct slice *s, const struct verdict *v)
{
	const struct names *names = store_names(l->g->cfg.store);
	const struct text to = l->g->cfg.connectors[l->connector].name;
	struct buf b;
	int r;

	buf_init(&b, 4096);
	buf_printf(&b, "%llu", (unsigned long long)s->n);
	if (s->total != 0)
		buf_printf(&b, " of %llu", (unsigned long long)s->total);
	if (s->kind == LIMIT_LOSE_GROUP)
		buf_printf(&b, " members of %.*s objects would be removed",
		    TEXT_ARGS(names_text(names, s->type)));
	else
		buf_printf(&b, " %.*s objects %s",
		    TEXT_ARGS(names_text(names, s->type)), phrases[s->kind]);
	if (s->kind == LIMIT_LOSE_ATTRIBUTE)
		buf_printf(&b, " %.*s", TEXT_ARGS(names_text(names, s->name)));
	buf_printf(&b, " in %.*s", TEXT_ARGS(to));
	if (s->scope != 0)
		buf_printf(&b, ", from %.*s", TEXT_ARGS(s->place));
	buf_puts(&b, ", allowed are ");
	tell_allowed(v, &b);
	buf_printf(&b,
	    " (%.*s): held, the rest goes; if it is meant: causeway guard ack "
	    "%.*s --reason WHY",
	    TEXT_ARGS(v->from), TEXT_ARGS(to));
	r = buf_error(&b);
	s->why = text_dup(l->arena, buf_text(&b));
	buf_clear(&b);
	return r < 0 || s->why.data == NULL ? ERR_NOMEM : 0;
}

static int
judge(struct limiter *l)
{
	// NOLINTNEXTLINE(clang-analyzer-core.NullDereference): r is 0
	for (size_t i = 0; i < l->pending.count; i++) {
		struct slice *s = l->pending.list[i];
		struct verdict v;

		if (limits_verdict(l, s, &v) < 0)
			return ERR_NOMEM;
		if (!is_beyond(&v, s))
			continue;
		l->passed = l->passed || l->acked;
		s->held = !l->acked;
		if (tell(l, s, &v) < 0)
			return ERR_NOMEM;
	}
	return 0;
}

/* ---- The gate ---- */

struct asking {
	struct limiter *l;
	struct gate_answer *out;
	struct slice_place at;
};

/* Whether one of the slices that it counts in is held, and why. */
static bool
is_held(const struct asking *q, const struct slice_part *p, struct text *out)
{
	struct limiter *l = q->l;
	int n =
	    slices_of_part(&l->pending, &l->places, &q->at, p, false, l->found);

	for (int i = 0; i < n; i++)
		if (l->found[i]->held) {
			*out = l->found[i]->why;
			return true;
		}
	return false;
}

static int
hold_members(
    const struct slice_part *p, struct gate_hold *h, struct gate_answer *out)
{
	int r = 0;

	h->part = GATE_VALUE;
	// NOLINTNEXTLINE(clang-analyzer-core.NullDereference): of values
	for (uint32_t i = 0; i < p->change->del_count && r == 0; i++) {
		h->value = p->change->del[i];
		r = gate_hold(out, h);
	}
	return r;
}

static int
hold_part(void *ctx, const struct slice_part *p, struct err *e)
{
	static const char *const codes[] = {
	    [LIMIT_DELETE] = "limit-delete",
	    [LIMIT_LEAVE_SCOPE] = "limit-leave-scope",
	    [LIMIT_DISABLE] = "limit-disable",
	    [LIMIT_RENAME_UPN] = "limit-rename-upn",
	    [LIMIT_LOSE_GROUP] = "limit-lose-group",
	    [LIMIT_LOSE_ATTRIBUTE] = "limit-lose-attribute",
	};
	const struct asking *q = ctx;
	struct gate_hold h = {.code = codes[p->kind], .part = GATE_ITEM};
	int r;

	if (!is_held(q, p, &h.text))
		return 0;
	if (p->change != NULL) {
		h.part = GATE_ATTRIBUTE;
		h.name = p->change->name;
	}
	r = p->kind == LIMIT_LOSE_GROUP ? hold_members(p, &h, q->out)
					: gate_hold(q->out, &h);
	return r < 0 ? err_set(e, r, "out of memory") : 0;
}

static int
ask(void *ctx, const struct gate_question *q, struct gate_answer *out,
    struct err *e)
{
	struct limiter *l = ctx;
	struct asking a = {.l = l, .out = out};
	int r = slice_place_of(&l->places, out->arena, q->object, &a.at, e);

	return r < 0 ? r
		     : slices_of_item(store_names(l->g->cfg.store), q->item,
			   q->object, hold_part, &a, e);
}

static int
note_part(void *ctx, const struct slice_part *p, struct err *e)
{
	return slices_add(ctx, p) < 0 ? err_set(e, ERR_NOMEM, "out of memory")
				      : 0;
}

static int
note_sent(void *ctx, const struct export_item *item, const struct cs_object *o,
    struct err *e)
{
	struct limiter *l = ctx;

	l->sent.items++;
	return slices_of_item(
	    store_names(l->g->cfg.store), item, o, note_part, &l->sent, e);
}

static int
count_pending(struct limiter *l, const struct gates *before, struct err *e)
{
	// NOLINTNEXTLINE(clang-analyzer-core.NullDereference): r < 0
	const struct engine_connector *ec = &l->g->cfg.connectors[l->connector];
	struct step *step = arena_alloc(l->arena, sizeof(*step));
	struct export_job job = {.step = step,
	    .kind = ec->kind,
	    .gates = before->list,
	    .gate_count = before->count};
	int r;

	if (step == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*step = (struct step){.store = l->g->cfg.store, .connector = ec->id};
	r = slices_count(&job, &l->places, &l->pending, e);
	return r < 0 ? r
		     : slices_totals(l->g->cfg.store, ec->id,
			   l->g->cfg.guard.change_minimum, &l->places,
			   &l->pending, e);
}

int
limiter_new(struct engine *g, size_t connector, struct arena *a,
    struct limiter **out, struct err *e)
{
	struct limiter *l = arena_alloc(a, sizeof(*l));
	int r;

	if (l == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*l = (struct limiter){.g = g,
	    .connector = connector,
	    .arena = a,
	    .pending.arena = a,
	    .sent.arena = a};
	r = limits_places(l, e);
	if (r == 0)
		r = guard_sample_list(g->cfg.store, a,
		    g->cfg.connectors[connector].id, &l->samples,
		    &l->sample_count, e);
	l->undoing = plan_passes_limits(g);
	l->acked = l->undoing;
	if (r == 0 && !l->undoing)
		r = engine_guard_acked(g, connector, &l->acked, e);
	*out = l;
	return r;
}

int
limits_gate(struct engine *g, size_t connector, struct gates *before,
    struct arena *a, struct err *e)
{
	struct cs_pending n = {0};
	struct limiter *l = NULL;
	int r = limiter_new(g, connector, a, &l, e);

	if (r == 0)
		r = cs_pending_count(
		    g->cfg.store, g->cfg.connectors[connector].id, &n, e);
	if (r == 0 && n.updates + n.renames + n.deletes != 0)
		r = count_pending(l, before, e);
	if (r == 0 && judge(l) < 0)
		r = err_set(e, ERR_NOMEM, "out of memory");
	if (r < 0)
		return r;
	before->list[before->count++] =
	    (struct export_gate){.name = limits_name,
		.ask = ask,
		.ctx = l,
		.adds_go = true,
		.code = ERR_GUARD,
		.sending = note_sent};
	return 0;
}

/* ---- After the export ---- */

static int
keep_sample(
    struct running *run, const struct slice *s, uint64_t n, struct err *e)
{
	struct guard_sample k = {.run = run->report->run.id,
	    .kind = s != NULL ? (int)s->kind : 0,
	    .type = s != NULL ? s->type : 0,
	    .name = s != NULL ? s->name : 0,
	    .ms = clock_now_ms(),
	    .n = n};

	return guard_sample_add(run->g->cfg.store, run->conn->id, &k, e);
}

static int
keep_samples(struct running *run, const struct limiter *l, struct err *e)
{
	struct store *store = run->g->cfg.store;
	int r = store_begin(store, e);

	if (r < 0)
		return r;
	r = keep_sample(run, NULL, l->sent.items, e);
	for (size_t i = 0; i < l->sent.count && r == 0; i++)
		r = keep_sample(run, l->sent.list[i], l->sent.list[i]->n, e);
	if (r == 0)
		r = guard_sample_purge(store, clock_now_ms() - LEARN_MS, e);
	if (r == 0)
		return store_commit(store, e);
	store_rollback(store);
	return r;
}

/* Whoever undoes a run says what passes by that alone. */
static int
note_undone(struct running *run, struct err *e)
{
	struct store *store = run->g->cfg.store;
	const struct applying *p = run->g->applying;
	char what[96];
	int r = store_begin(store, e);

	if (r < 0)
		return r;
	(void)snprintf(what, sizeof(what),
	    "plan %lld undoes run %lld, beyond the limits of its inverse",
	    (long long)p->report->plan.id,
	    (long long)p->report->plan.undoes_run);
	r = guard_journal(
	    run->g, run->index, "guard-undone", p->wish->who, text_of(what), e);
	if (r == 0)
		return store_commit(store, e);
	store_rollback(store);
	return r;
}

struct limiter *
limits_of(const struct gates *gates)
{
	for (size_t i = 0; i < gates->count; i++)
		if (gates->list[i].name == limits_name)
			return gates->list[i].ctx;
	return NULL;
}

int
limits_learn(struct running *run, const struct gates *gates, struct err *e)
{
	const struct limiter *l = limits_of(gates);

	if (l == NULL || l->sent.items == 0)
		return 0;
	/* what had to be allowed is no measure of what is usual */
	if (l->passed)
		return l->undoing ? note_undone(run, e)
				  : guard_used(run->g, run->index, e);
	return keep_samples(run, l, e);
}
