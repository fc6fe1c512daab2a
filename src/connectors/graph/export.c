/* connectors/graph/export.c -- a batch of items, step by step. */
#include <string.h>

#include "connectors/graph/gconn_int.h"

#define RESULTS_MAX (256U << 20)

/* ---- What Graph can never take ---- */

static bool
image_bool(
    const struct gconn *g, const struct export_item *it, const char *name)
{
	const struct value *v =
	    it->image == NULL ? NULL
			      : attrs_first(it->image, gconn_name(g, name));

	return v != NULL && v->type == VALUE_BOOLEAN && v->boolean;
}

/* -1: nothing says. */
static int
wanted_bool(
    const struct gconn *g, const struct export_item *it, const char *name)
{
	const struct change *c = delta_find(&it->delta, gconn_name(g, name));

	if (c == NULL || c->add_count != 1 || c->add[0].type != VALUE_BOOLEAN)
		return -1;
	return c->add[0].boolean ? 1 : 0;
}

static bool
image_group_type(
    const struct gconn *g, const struct export_item *it, const char *type)
{
	const struct attr *a =
	    it->image == NULL
		? NULL
		: attrs_find(it->image, gconn_name(g, "groupTypes"));

	for (uint32_t i = 0; a != NULL && i < a->count; i++)
		if (a->values[i].type == VALUE_STRING &&
		    text_is_nocase(a->values[i].text, type))
			return true;
	return false;
}

static const char *
group_reason(const struct gconn *g, const struct export_item *it)
{
	if (it->op == DELTA_ADD && wanted_bool(g, it, "mailEnabled") == 1)
		return "mail-enabled groups cannot be written by Graph";
	if (it->op == DELTA_ADD && wanted_bool(g, it, "securityEnabled") == 0)
		return "distribution groups cannot be written by Graph";
	if (image_group_type(g, it, "DynamicMembership"))
		return "groups with a membership rule are left alone";
	if (image_group_type(g, it, "Unified"))
		return "Microsoft 365 groups are left alone";
	if (image_bool(g, it, "mailEnabled"))
		return "mail-enabled groups cannot be written by Graph";
	if (image_bool(g, it, "isAssignableToRole"))
		return "groups that can hold a role are left alone";
	return NULL;
}

static const char *
never_reason(const struct gconn *g, const struct export_item *it)
{
	switch (gconn_type(g, it->type)) {
	case GT_CONTACT:
		return "contacts cannot be written by Graph";
	case GT_DEVICE:
		return "devices are not written through Graph";
	case GT_GROUP:
	case GT_USER:
		break;
	default:
		return "Graph has no objects of this type";
	}
	if (image_bool(g, it, "onPremisesSyncEnabled"))
		return "objects mastered by another synchronisation cannot be "
		       "written by Graph";
	return gconn_type(g, it->type) == GT_GROUP ? group_reason(g, it) : NULL;
}

int
graph_can_export(
    struct connector *c, const struct export_item *item, struct err *e)
{
	const struct gconn *g = (struct gconn *)c;
	const char *why = never_reason(g, item);
	int type = gconn_type(g, item->type);

	if (type >= 0 && !gconn_takes(g, (enum gtype)type))
		return err_set(e, ERR_REFUSED,
		    "objects of type %s do not go through this connector",
		    gtypes[type].name);

	return why == NULL ? 0 : err_set(e, ERR_UNSUPPORTED, "%s", why);
}

/* The anchor too: an object without it would be made a second time. */
bool
graph_add_needs(struct connector *c, uint32_t type, uint32_t name)
{
	int row = gconn_property((struct gconn *)c, name);

	(void)type;
	return row >= 0 &&
	       (properties[row].flags & (PR_REQUIRED | PR_ANCHOR)) != 0;
}

int
graph_can_restore(
    struct connector *c, const struct export_item *item, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct gconn *g = (struct gconn *)c;
	struct json *root = NULL;
	enum gtype type;
	struct text id;
	const char *url;
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (anchor_parse(item->anchor, &type, &id) < 0) {
		(void)err_set(e, ERR_UNSUPPORTED, "it has no id that is known");
		return 0;
	}
	url = arena_printf(
	    a, "/directory/deletedItems/%.*s?$select=id", TEXT_ARGS(id));
	if (url == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = fetch_json(g, text_of(url), &root, e);
	(void)json_free(root);
	if (r == 0)
		return 1;
	if (strcmp(e->type, "cd-missing-object") != 0)
		return r;
	(void)err_set(e, ERR_UNSUPPORTED,
	    type == GT_GROUP
		? "it was deleted for good: security groups are at "
		  "once, others after 30 days"
		: "it was deleted for good, as the tenant does "
		  "after 30 days");
	return 0;
}

/* ---- Items ---- */

void
work_fail(struct work *w, const struct err *why)
{
	w->finished = true;
	w->res->status = EXPORT_ERROR;
	w->res->err = *why;
}

void
work_fail_op(struct work *w, const struct op *op)
{
	struct err why = {0};

	(void)op_error(op, &why);
	work_fail(w, &why);
	if (op->state == OP_UNCERTAIN)
		w->res->status = EXPORT_UNCERTAIN;
	else if (op->state != OP_ANSWERED || why.code == ERR_BUSY)
		w->res->status = EXPORT_RETRY;
}

struct text
work_text(const struct export_run *x, const struct work *w, const char *name)
{
	const struct change *c =
	    delta_find(&w->it->delta, gconn_name(x->g, name));

	if (c == NULL || c->add_count == 0 || c->add[0].type != VALUE_STRING)
		return TEXT("");
	return c->add[0].text;
}

static int
add_check(struct export_run *x, struct work *w, struct err *why)
{
	struct text set = work_text(x, w, "onPremisesImmutableId");

	if (!source_of_dn(x->a, w->it->dn, &w->source))
		w->source = set;
	if (set.len > 0 && !text_equal(set, w->source))
		return err_type(why, ERR_REJECTED, "invalid-dn",
		    "the DN is not made from the source anchor");
	if (w->source.len == 0 || w->source.len > 59)
		return err_type(why, ERR_REJECTED, "missing-anchor-component",
		    "no source anchor of 1 to 59 octets");
	if (!text_is_utf8(w->source))
		return err_type(why, ERR_REJECTED, "invalid-attribute-value",
		    "the source anchor is not UTF-8");
	for (size_t i = 0; i < property_count; i++)
		if ((properties[i].flags & PR_REQUIRED) != 0 &&
		    (properties[i].write & (1U << w->type)) != 0 &&
		    work_text(x, w, properties[i].name).len == 0)
			return err_type(why, ERR_REJECTED,
			    "constraint-violation", "a %s needs %s",
			    gtypes[w->type].name, properties[i].name);
	return 0;
}

/* One that was deleted, and is to come back as itself. */
static int
restore_check(struct export_run *x, struct work *w, struct err *why)
{
	enum gtype type;

	if (anchor_parse(w->it->anchor, &type, &w->deleted) < 0 ||
	    type != w->type)
		return err_type(why, ERR_REJECTED, "missing-anchor-component",
		    "\"%.*s\" is not the anchor of a %s",
		    TEXT_ARGS(w->it->anchor), gtypes[w->type].name);
	return add_check(x, w, why);
}

/* What an item is about, checked before anything is sent. */
static int
work_check(struct export_run *x, struct work *w, struct err *why)
{
	enum gtype type;
	int r;

	(void)err_set(why, ERR_UNSUPPORTED, "%s", "");
	r = graph_can_export(&x->g->base, w->it, why);
	if (r < 0)
		return r;
	w->type = (enum gtype)gconn_type(x->g, w->it->type);
	if (w->it->op == DELTA_ADD && w->it->anchor.len != 0)
		r = restore_check(x, w, why);
	else if (w->it->op == DELTA_ADD)
		r = add_check(x, w, why);
	else if (anchor_parse(w->it->anchor, &type, &w->id) < 0 ||
		 type != w->type)
		r = err_type(why, ERR_REJECTED, "missing-anchor-component",
		    "\"%.*s\" is not the anchor of a %s",
		    TEXT_ARGS(w->it->anchor), gtypes[w->type].name);
	if (r < 0 || w->it->op == DELTA_DELETE)
		return r;
	r = object_body(x->g, w->type, w->it, &w->body, why);
	if (r == 0 && w->it->op == DELTA_ADD && w->type == GT_USER)
		json_set_text(w->body, "onPremisesImmutableId", w->source);
	return r;
}

static void
work_init(struct export_run *x, size_t i, const struct export_item *it,
    struct export_result *res)
{
	struct work *w = &x->work[i];
	struct err why = {0};

	*res = (struct export_result){.adopted = false};
	*w = (struct work){.it = it, .res = res};
	if (work_check(x, w, &why) < 0)
		work_fail(w, &why);
}

/* ---- Properties and deletes ---- */

static int
update_op(struct export_run *x, size_t i, struct ops *l, struct err *e)
{
	struct work *w = &x->work[i];
	struct op op = {.method = "PATCH", .item = i};

	op.url = gurl_object(x->a, w->type, w->id);
	if (w->it->op == DELTA_DELETE) {
		op.method = "DELETE";
		return ops_add(l, &op, e);
	}
	op.body = json_dup(w->body);
	if (op.body == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	return ops_add(l, &op, e);
}

static bool
needs_update(const struct work *w)
{
	if (w->finished || w->id.len == 0)
		return false;
	if (w->it->op == DELTA_ADD)
		return w->fill;
	return w->it->op == DELTA_DELETE || json_count(w->body) > 0;
}

static void
update_judge(struct export_run *x, const struct op *op)
{
	struct work *w = &x->work[op->item];

	if (op->state == OP_ANSWERED && answer_kind(&op->answer) == ANSWER_DONE)
		return;
	if (op->state == OP_ANSWERED &&
	    answer_kind(&op->answer) == ANSWER_MISSING &&
	    w->it->op != DELTA_ADD) {
		w->finished = true;
		w->res->status = EXPORT_GONE;
		return;
	}
	work_fail_op(w, op);
}

int
update_run(struct export_run *x, struct err *e)
{
	struct ops l;
	int r = 0;

	ops_init(&l, x->g);
	for (size_t i = 0; i < x->n && r == 0; i++)
		if (needs_update(&x->work[i]))
			r = update_op(x, i, &l, e);
	if (r == 0)
		r = ops_run(&l, e);
	for (size_t i = 0; i < l.count; i++)
		update_judge(x, &l.items[i]);
	ops_clear(&l);
	return r;
}

/* ---- The whole ---- */

/* What no step has finished has worked; where the steps were stopped, it is
 * sent again: each of them may be repeated. */
static void
work_finish(struct export_run *x, struct work *w, const struct err *stopped)
{
	struct export_result *res = w->res;

	json_free(w->body);
	w->body = NULL;
	if (w->finished)
		return;
	if (stopped != NULL) {
		work_fail(w, stopped);
		res->status = EXPORT_RETRY;
		return;
	}
	res->status = EXPORT_DONE;
	if (w->it->op != DELTA_ADD)
		return;
	res->anchor = anchor_format(x->a, w->type, w->id);
	res->dn = dn_of_source(x->a, w->source);
	if (text_equal(res->dn, w->it->dn))
		res->dn = TEXT("");
	if (res->anchor.data == NULL || res->dn.data == NULL) {
		/* made, but we cannot say which: it will be read back */
		res->status = EXPORT_UNCERTAIN;
		(void)err_set(&res->err, ERR_NOMEM, "out of memory");
	}
}

static int
steps_run(struct export_run *x, struct err *e)
{
	int r = match_run(x, e);

	if (r == 0)
		r = create_run(x, e);
	if (r == 0)
		r = update_run(x, e);
	return r == 0 ? link_run(x, e) : r;
}

int
graph_export(struct connector *c, const struct export_item *items, size_t n,
    struct export_result *results, struct err *e)
{
	struct gconn *g = (struct gconn *)c;
	struct export_run x = {.g = g, .a = g->results, .n = n};
	struct err stopped = {0};
	int r;

	arena_reset(g->results);
	x.work = arena_array(x.a, n + 1, sizeof(*x.work));
	if (x.work == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < n; i++)
		work_init(&x, i, &items[i], &results[i]);
	r = steps_run(&x, &stopped);
	for (size_t i = 0; i < n; i++)
		work_finish(&x, &x.work[i], r < 0 ? &stopped : NULL);
	if (r < 0 && e != NULL)
		*e = stopped;
	return r;
}
