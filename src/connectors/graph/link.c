/* connectors/graph/link.c -- managers and members, change by change. */
#include <stdio.h>
#include <string.h>

#include "connectors/graph/gconn_int.h"

/* Requests that are made, sent and judged before the next are made: a group of
 * 250,000 members would hold 12,500 of them, each with its answer. */
#define LINK_WINDOW 500U

enum link_by {
	LINK_BIND,    /* up to 20 members, all or none */
	LINK_ONE,     /* one member */
	LINK_REMOVE,  /* one member */
	LINK_MANAGER, /* set or removed */
	LINK_OWNER,   /* is the object there at all? */
};

/* The references that an item adds. */
struct adds {
	const struct change *change;
	struct text *ids; /* empty: no anchor, left for later */
	bool *missing;    /* the target is not there (yet) */
	size_t count;
	bool gone;
};

struct linking {
	struct export_run *x;
	struct adds *adds; /* by item */
	struct ops *next;  /* of the next turn */
	/* How far requests are made: the item, and what of it. */
	size_t item;
	size_t added, removed;
};

static int
oom(struct err *e)
{
	return err_set(e, ERR_NOMEM, "out of memory");
}

/* ---- Requests ---- */

static struct json *
target_json(const struct linking *k, const char *path, struct text id)
{
	const char *url = arena_printf(k->x->a, "%.*s%s/%.*s",
	    TEXT_ARGS(k->x->g->endpoint), path, TEXT_ARGS(id));

	return url == NULL ? NULL : json_new_text(text_of(url));
}

static int
bind_op(struct linking *k, size_t i, size_t first, size_t count, struct ops *l,
    struct err *e)
{
	struct op op = {.method = "PATCH",
	    .item = i,
	    .tag = LINK_BIND,
	    .first = first,
	    .count = count};
	struct json *list = json_new_list();

	for (size_t n = first; n < first + count; n++)
		json_push(list,
		    target_json(k, "/directoryObjects", k->adds[i].ids[n]));
	op.body = json_new_object();
	json_set(op.body, "members@odata.bind", list);
	op.url = gurl_object(k->x->a, GT_GROUP, k->x->work[i].id);
	return ops_add(l, &op, e);
}

static int
one_op(struct linking *k, size_t i, size_t n, struct ops *l, struct err *e)
{
	struct op op = {.method = "POST",
	    .item = i,
	    .tag = LINK_ONE,
	    .first = n,
	    .count = 1};

	op.url = arena_printf(
	    k->x->a, "/groups/%.*s/members/$ref", TEXT_ARGS(k->x->work[i].id));
	op.body = json_new_object();
	json_set(op.body, "@odata.id",
	    target_json(k, "/directoryObjects", k->adds[i].ids[n]));
	return ops_add(l, &op, e);
}

static int
removes_add(struct linking *k, size_t i, struct ops *l, struct err *e)
{
	const struct change *c = k->adds[i].change;
	struct op op = {.method = "DELETE", .item = i, .tag = LINK_REMOVE};
	enum gtype type;
	struct text id;
	int r = 0;

	while (k->removed < c->del_count && l->count < LINK_WINDOW && r == 0) {
		const struct value *v = &c->del[k->removed++];

		if (v->by != REF_ANCHOR ||
		    anchor_parse(v->text, &type, &id) < 0)
			continue; /* never there: nothing to remove */
		op.url = gurl_member_ref(k->x->a, k->x->work[i].id, id);
		r = ops_add(l, &op, e);
	}
	return r;
}

static int
binds_add(struct linking *k, size_t i, struct ops *l, struct err *e)
{
	const struct adds *adds = &k->adds[i];
	size_t n;
	int r = 0;

	while (k->added < adds->count && l->count < LINK_WINDOW && r == 0) {
		size_t first = k->added;

		if (adds->ids[first].len == 0) {
			k->added++;
			continue;
		}
		for (n = 1; n < GRAPH_BIND_MAX && first + n < adds->count &&
			    adds->ids[first + n].len > 0;
		     n++)
			continue;
		r = n == 1 ? one_op(k, i, first, l, e)
			   : bind_op(k, i, first, n, l, e);
		k->added += n;
	}
	return r;
}

static int
manager_op(struct linking *k, size_t i, struct ops *l, struct err *e)
{
	const struct adds *adds = &k->adds[i];
	struct op op = {.method = "DELETE", .item = i, .tag = LINK_MANAGER};

	if (adds->count > 1) {
		struct err why = {0};

		(void)err_type(&why, ERR_REJECTED, "invalid-attribute-value",
		    "manager takes one value, not %zu", adds->count);
		work_fail(&k->x->work[i], &why);
		return 0;
	}
	if (adds->count == 1 && adds->ids[0].len == 0)
		return 0; /* for later */
	op.url = arena_printf(
	    k->x->a, "/users/%.*s/manager/$ref", TEXT_ARGS(k->x->work[i].id));
	if (adds->count == 1) {
		op.method = "PUT";
		op.body = json_new_object();
		json_set(op.body, "@odata.id",
		    target_json(k, "/users", adds->ids[0]));
	}
	return ops_add(l, &op, e);
}

/* ---- Answers ---- */

/* All or none: which of them it was, only one at a time tells. */
static int
bind_split(struct linking *k, const struct op *op, struct err *e)
{
	int r = 0;

	for (size_t n = op->first; n < op->first + op->count && r == 0; n++)
		r = one_op(k, op->item, n, k->next, e);
	return r;
}

static int
owner_op(struct linking *k, size_t i, struct err *e)
{
	struct op op = {.method = "GET", .item = i, .tag = LINK_OWNER};

	op.url = arena_printf(k->x->a, "%s/%.*s?$select=id",
	    gtypes[k->x->work[i].type].path, TEXT_ARGS(k->x->work[i].id));
	return ops_add(k->next, &op, e);
}

/* 404: the target, or the object itself.  What was just made is there. */
static int
missing_note(struct linking *k, const struct op *op, struct err *e)
{
	struct adds *adds = &k->adds[op->item];
	bool first = true;

	for (size_t n = 0; n < adds->count; n++)
		first &= !adds->missing[n];
	if (op->first < adds->count)
		adds->missing[op->first] = true;
	if (!first || k->x->work[op->item].it->op == DELTA_ADD)
		return 0;
	return owner_op(k, op->item, e);
}

/* A new object is there whatever becomes of its links: they are sent again
 * as an update, which then tells its error. */
static void
link_fail(struct linking *k, const struct op *op)
{
	struct adds *adds = &k->adds[op->item];
	struct work *w = &k->x->work[op->item];

	if (w->it->op != DELTA_ADD) {
		work_fail_op(w, op);
		return;
	}
	for (size_t n = 0; n < adds->count; n++)
		adds->missing[n] = true;
}

static int
link_judge(struct linking *k, const struct op *op, struct err *e)
{
	struct work *w = &k->x->work[op->item];
	enum answer_kind kind = answer_kind(&op->answer);

	if (w->finished)
		return 0;
	if (op->state != OP_ANSWERED) {
		link_fail(k, op);
		return 0;
	}
	if (kind == ANSWER_DONE)
		return 0;
	switch ((enum link_by)op->tag) {
	case LINK_BIND:
		if (op->answer.status == 400 || kind == ANSWER_MISSING)
			return bind_split(k, op, e);
		break;
	case LINK_ONE:
		if (kind == ANSWER_PRESENT)
			return 0;
		if (kind == ANSWER_MISSING)
			return missing_note(k, op, e);
		break;
	case LINK_REMOVE:
		if (kind == ANSWER_MISSING)
			return 0;
		break;
	case LINK_MANAGER:
		if (kind == ANSWER_MISSING)
			return k->adds[op->item].count == 0
				   ? 0
				   : missing_note(k, op, e);
		break;
	case LINK_OWNER:
		k->adds[op->item].gone |= kind == ANSWER_MISSING;
		if (kind == ANSWER_MISSING)
			return 0;
		break;
	}
	link_fail(k, op);
	return 0;
}

/* ---- The result ---- */

static bool
is_deferred(const struct adds *adds, size_t n)
{
	return adds->missing[n] || adds->ids[n].len == 0;
}

/* What could not be set yet goes back to the engine. */
static int
deferred_set(struct linking *k, size_t i, struct err *e)
{
	const struct adds *adds = &k->adds[i];
	size_t count = 0;
	struct delta *d;
	struct change *c;
	struct value *v;

	for (size_t n = 0; n < adds->count; n++)
		count += is_deferred(adds, n);
	if (count == 0)
		return 0;
	d = arena_alloc(k->x->a, sizeof(*d));
	c = arena_alloc(k->x->a, sizeof(*c));
	v = arena_array(k->x->a, count, sizeof(*v));
	if (d == NULL || c == NULL || v == NULL)
		return oom(e);
	*c = (struct change){.name = adds->change->name, .add = v};
	for (size_t n = 0; n < adds->count; n++)
		if (is_deferred(adds, n))
			v[c->add_count++] = adds->change->add[n];
	*d = (struct delta){.op = DELTA_UPDATE, .changes = c, .count = 1};
	k->x->work[i].res->deferred = d;
	return 0;
}

static int
results_set(struct linking *k, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < k->x->n && r == 0; i++) {
		struct work *w = &k->x->work[i];

		if (k->adds[i].change == NULL || w->finished)
			continue;
		if (k->adds[i].gone) {
			w->finished = true;
			w->res->status = EXPORT_GONE;
			continue;
		}
		r = deferred_set(k, i, e);
	}
	return r;
}

/* ---- The steps ---- */

static int
adds_make(struct linking *k, size_t i, const struct change *c, struct err *e)
{
	struct adds *adds = &k->adds[i];
	enum gtype type;

	adds->change = c;
	adds->count = c->add_count;
	adds->ids = arena_array(k->x->a, adds->count + 1, sizeof(*adds->ids));
	adds->missing =
	    arena_array(k->x->a, adds->count + 1, sizeof(*adds->missing));
	if (adds->ids == NULL || adds->missing == NULL)
		return oom(e);
	for (size_t n = 0; n < adds->count; n++)
		if (c->add[n].by != REF_ANCHOR ||
		    anchor_parse(c->add[n].text, &type, &adds->ids[n]) < 0)
			adds->ids[n] = TEXT("");
	return 0;
}

static int
adds_make_all(struct linking *k, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < k->x->n && r == 0; i++) {
		const struct work *w = &k->x->work[i];
		const struct change *c = delta_find(&w->it->delta,
		    gconn_name(
			k->x->g, w->type == GT_GROUP ? "members" : "manager"));

		if (!w->finished && w->id.len != 0 && c != NULL)
			r = adds_make(k, i, c, e);
	}
	return r;
}

/* Whether all requests of item i are made, or none is to be. */
static bool
is_made(const struct linking *k, size_t i)
{
	const struct adds *adds = &k->adds[i];

	return adds->change == NULL || k->x->work[i].finished ||
	       (k->added >= adds->count &&
		   k->removed >= adds->change->del_count);
}

static int
item_ops(struct linking *k, size_t i, struct ops *l, struct err *e)
{
	int r;

	if (k->x->work[i].type == GT_GROUP) {
		r = binds_add(k, i, l, e);
		return r < 0 ? r : removes_add(k, i, l, e);
	}
	k->added = k->adds[i].count; /* one request for all of it */
	k->removed = k->adds[i].change->del_count;
	return manager_op(k, i, l, e);
}

/* Requests up to the window, from where the last ended. */
static int
window_fill(struct linking *k, struct ops *l, struct err *e)
{
	int r = 0;

	while (k->item < k->x->n && l->count < LINK_WINDOW && r == 0) {
		if (!is_made(k, k->item))
			r = item_ops(k, k->item, l, e);
		if (r < 0 || !is_made(k, k->item))
			continue;
		k->item++;
		k->added = k->removed = 0;
	}
	return r;
}

/* What the peer did not answer: it is to be left alone now. */
static void
find_unanswered(const struct ops *l, struct err *why)
{
	for (size_t i = 0; i < l->count && why->code == 0; i++)
		if (l->items[i].state != OP_ANSWERED)
			*why = l->items[i].err;
}

/* Binds, then one by one, then whether the object is there; empties l. */
static int
window_run(struct linking *k, struct ops *l, struct err *why, struct err *e)
{
	struct ops next;
	int r = 0, ran;

	while (r == 0 && l->count > 0) {
		ops_init(&next, k->x->g);
		k->next = &next;
		ran = ops_run(l, e);
		find_unanswered(l, why);
		for (size_t i = 0; i < l->count && r == 0; i++)
			r = link_judge(k, &l->items[i], ran < 0 ? NULL : e);
		r = ran < 0 ? ran : r;
		ops_clear(l);
		*l = next;
	}
	k->next = NULL;
	ops_clear(l);
	return r;
}

/* Items that were not come to, or not to their end. */
static void
leave_rest(struct linking *k, const struct err *why)
{
	for (; k->item < k->x->n; k->item++) {
		struct op op = {
		    .item = k->item, .state = OP_UNSENT, .err = *why};

		if (!is_made(k, k->item))
			link_fail(k, &op);
		k->added = k->removed = 0;
	}
}

int
link_run(struct export_run *x, struct err *e)
{
	struct linking k = {.x = x};
	struct err why = {0};
	struct ops l;
	int r, ended;

	k.adds = arena_array(x->a, x->n + 1, sizeof(*k.adds));
	if (k.adds == NULL)
		return oom(e);
	r = adds_make_all(&k, e);
	while (r == 0 && k.item < x->n && why.code == 0) {
		ops_init(&l, x->g);
		r = window_fill(&k, &l, e);
		ended = window_run(&k, &l, &why, r < 0 ? NULL : e);
		r = r < 0 ? r : ended;
	}
	if (why.code == 0)
		(void)err_set(&why, ERR_BUSY, "not sent yet");
	leave_rest(&k, &why);
	ended = results_set(&k, r < 0 ? NULL : e);
	return r < 0 ? r : ended;
}
