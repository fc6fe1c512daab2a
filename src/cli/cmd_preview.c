/* cli/cmd_preview.c -- `causeway preview DN`: one object synchronised, to look
 * at or, with --commit, to keep. */
#include <assert.h>
#include <stdio.h>

#include "cli/commands.h"
#include "cli/explain.h"
#include "cli/pending_show.h"
#include "engine/preview.h"

static bool full, commit;
static const char *connector_name;

/* What is made of the answer while it comes. */
struct showing {
	struct session *s;
	int64_t cs;
	struct preview_report rep;
	struct json *targets; /* JSON */
	FILE *lines;          /* else what waits, for a person */
	size_t waits;
};

static struct text
name_text(const struct showing *x, uint32_t name)
{
	return names_text(store_names(x->s->setup.store), name);
}

/* ---- What waits ---- */

static int
on_pending(
    void *ctx, size_t connector, const struct pending_item *item, struct err *e)
{
	struct showing *x = ctx;
	struct pending_output o = {.s = x->s,
	    .index = connector,
	    .connector = x->s->setup.connectors[connector].name,
	    .out = x->lines};

	(void)e;
	x->waits++;
	if (x->targets != NULL) {
		json_push(x->targets, pending_item_json(&o, item));
		return 0;
	}
	(void)fprintf(x->lines, "%.*s: ", TEXT_ARGS(o.connector));
	buf_init(&o.text, (size_t)1 << 30);
	pending_table.item(&o, item);
	buf_clear(&o.text);
	return 0;
}

/* ---- Metaverse attributes ---- */

static const struct flow_trace *
winner_of(const struct showing *x, uint32_t name)
{
	const struct sync_verdict *v = &x->rep.review.verdict;

	for (size_t i = 0; i < v->trace_count; i++)
		if (v->traces[i].flow->target == name &&
		    v->traces[i].status == FLOW_APPLIED)
			return &v->traces[i];
	return NULL;
}

static struct json *
lost_json(const struct showing *x, uint32_t name, const struct flow_trace *won)
{
	const struct sync_verdict *v = &x->rep.review.verdict;
	struct json *list = json_new_list();

	for (size_t i = 0; i < v->trace_count; i++) {
		const struct flow_trace *f = &v->traces[i];
		struct json *j;

		if (f->flow->target != name || f == won)
			continue;
		j = json_new_object();
		json_set_text(j, "rule", f->rule->rule->name);
		json_set_int(j, "precedence", f->rule->rule->precedence);
		json_set_text(j, "source", show_cs_dn(x->s, f->origin));
		json_set_str(j, "by",
		    f->status == FLOW_APPLIED ? "merged" : explain_status(f));
		json_push(list, j);
	}
	return list;
}

static struct json *
values_json(const struct showing *x, const struct attr *a)
{
	if (a == NULL)
		return json_new_null();
	show_name_references(x->s, a->values, a->count);
	return explain_values_json(x->s, a->values, a->count);
}

static bool
same(const struct attr *a, const struct attr *b)
{
	return a == NULL || b == NULL ? a == b : attr_equal(a, b);
}

/* One of the two is there. */
static uint32_t
name_of_either(const struct attr *was, const struct attr *now)
{
	const struct attr *a = now != NULL ? now : was;

	assert(a != NULL);
	return a->name;
}

static struct json *
attribute_json(
    const struct showing *x, const struct attr *was, const struct attr *now)
{
	uint32_t name = name_of_either(was, now);
	const struct flow_trace *won = winner_of(x, name);
	struct json *j = json_new_object();
	bool changed = !same(was, now);

	json_set_text(j, "attribute", name_text(x, name));
	json_set(j, "old", values_json(x, was));
	json_set(j, "new", values_json(x, now));
	json_set_bool(j, "changed", changed);
	if (won != NULL) {
		json_set_text(j, "rule", won->rule->rule->name);
		json_set_int(j, "precedence", won->rule->rule->precedence);
		json_set_text(j, "source", show_cs_dn(x->s, won->origin));
		json_set_text(j, "flow", explain_flow(x->s, won->flow));
	}
	json_set(j, "lost", lost_json(x, name, won));
	return j;
}

static void
print_attribute(
    const struct showing *x, const struct attr *was, const struct attr *now)
{
	uint32_t name = name_of_either(was, now);
	const struct flow_trace *won = winner_of(x, name);

	if (was != NULL)
		show_name_references(x->s, was->values, was->count);
	if (now != NULL)
		show_name_references(x->s, now->values, now->count);
	(void)printf("  %c %.*s: ", same(was, now) ? ' ' : '*',
	    TEXT_ARGS(name_text(x, name)));
	if (!same(was, now) && was != NULL)
		(void)printf("%.*s -> ",
		    TEXT_ARGS(explain_values(x->s, was->values, was->count)));
	(void)printf("%.*s",
	    TEXT_ARGS(explain_values(x->s, now != NULL ? now->values : NULL,
		now != NULL ? now->count : 0)));
	if (won != NULL)
		(void)printf("   [%.*s (%d)]", TEXT_ARGS(won->rule->rule->name),
		    won->rule->rule->precedence);
	(void)putchar('\n');
}

/* Both objects' attributes, by name; out NULL: printed. */
static void
each_attribute(const struct showing *x, struct json *out)
{
	const struct attrs *a = &x->rep.before.values,
			   *b = &x->rep.after.values;
	uint32_t i = 0, k = 0;

	while (i < a->count || k < b->count) {
		const struct attr *was = i < a->count ? &a->items[i] : NULL;
		const struct attr *now = k < b->count ? &b->items[k] : NULL;

		if (was != NULL && now != NULL && was->name != now->name) {
			if (was->name < now->name)
				now = NULL;
			else
				was = NULL;
		}
		i += was != NULL;
		k += now != NULL;
		if (out != NULL)
			json_push(out, attribute_json(x, was, now));
		else
			print_attribute(x, was, now);
	}
}

/* ---- The whole ---- */

static struct json *
failure_json(const struct showing *x)
{
	const struct sync_done *d = &x->rep.done;
	struct json *list = json_new_list(), *j;

	if (d->failure.code == 0)
		return list;
	j = json_new_object();
	json_set_str(j, "class", d->failure.type);
	json_set_str(j, "message", d->failure.text);
	if (d->where.rule != NULL)
		json_set_text(j, "rule", d->where.rule->name);
	if (d->where.attribute != 0)
		json_set_text(j, "attribute", name_text(x, d->where.attribute));
	json_push(list, j);
	return list;
}

static struct json *
report(struct showing *x)
{
	const struct mv_object *mv =
	    x->rep.after.id != 0 ? &x->rep.after : &x->rep.before;
	struct json *root = json_new_object(), *list = json_new_list();
	char guid[GUID_TEXT_LEN + 1];

	json_set(root, "object", explain_cs_json(x->s, x->cs));
	json_set_bool(root, "full", full);
	json_set_bool(root, "committed", x->rep.committed);
	json_set_str(root, "outcome", x->rep.done.outcome);
	json_set_bool(root, "metaverseDeleted", x->rep.done.mv_deleted);
	if (mv->id != 0) {
		struct json *j = json_new_object();

		guid_format(&mv->guid, guid);
		json_set_str(j, "id", guid);
		json_set_text(j, "type", name_text(x, mv->type));
		each_attribute(x, list);
		json_set(j, "attributes", list);
		json_set(root, "metaverse", j);
	} else {
		(void)json_free(list);
		json_set(root, "metaverse", json_new_null());
	}
	json_set(root, "pending", x->targets);
	json_set(root, "errors", failure_json(x));
	return root;
}

static void
print_report(struct showing *x, const char *lines)
{
	const struct sync_done *d = &x->rep.done;

	(void)printf("%.*s: %s%s\n", TEXT_ARGS(show_cs_dn(x->s, x->cs)),
	    d->outcome, d->mv_deleted ? ", metaverse object deleted" : "");
	if (d->failure.code != 0)
		(void)printf(
		    "error %s: %s\n", d->failure.type, d->failure.text);
	each_attribute(x, NULL);
	if (x->waits == 0)
		(void)printf("nothing to export\n");
	else
		(void)fputs(lines, stdout);
	(void)printf(x->rep.committed ? "kept: the next export sends it\n"
				      : "nothing was changed\n");
}

/* ---- Which object ---- */

static bool
is_wanted(struct session *s, int64_t cs, int64_t connector)
{
	const struct plan_rule *const *rules = NULL;
	struct cs_object o;
	size_t n = 0;

	if (cs_get(s->setup.store, s->setup.arena, cs, 0, &o, NULL) < 0 ||
	    o.kind != CS_STAGING)
		return false;
	if (connector != 0)
		return o.connector == connector;
	for (size_t i = 0; i < s->setup.connector_count; i++)
		if (s->setup.connectors[i].id == o.connector)
			return !s->setup.connectors[i].cloud &&
			       plan_rules(s->setup.plan, i, RULE_INBOUND,
				   o.type, &rules, &n) == 0 &&
			       n != 0;
	return false;
}

/* Of the objects that the text names, the one that inbound rules read; the
 * cloud's where its connector is named. */
static int
find_cs(struct session *s, struct text text, int64_t *out, struct err *e)
{
	struct found room[64], more[64];
	struct found_list found = {.items = room, .max = 64};
	struct found_list list = {.items = more, .max = 64};
	int64_t connector = 0;
	size_t i = 0, n = 0;
	int r = 0;

	if (connector_name != NULL) {
		r = setup_connector(&s->setup, text_of(connector_name), &i, e);
		connector = r == 0 ? s->setup.connectors[i].id : 0;
	}
	if (r == 0)
		r = found_by_text(s, text, &found, e);
	if (r == 0)
		r = found_convert(s, FOUND_CS, &found, &list, e);
	for (i = 0; r == 0 && i < list.count; i++)
		if (is_wanted(s, list.items[i].id, connector))
			list.items[n++] = list.items[i];
	list.count = n;
	if (r == 0 && n == 0)
		return err_set(e, ERR_NOENT,
		    "no inbound rule reads an object \"%.*s\"",
		    TEXT_ARGS(text));
	if (r == 0)
		r = found_one(s, text, &list, e);
	if (r == 0)
		*out = list.items[0].id;
	return r;
}

/* ---- The command ---- */

static int
ask(struct showing *x, struct text what, struct err *e)
{
	struct preview_request req = {
	    .full = full, .commit = commit, .pending = on_pending, .ctx = x};
	int r = find_cs(x->s, what, &x->cs, e);

	req.cs = x->cs;
	return r < 0 ? r
		     : engine_preview(x->s->setup.engine, &req,
			   x->s->setup.arena, &x->rep, e);
}

static int
show(struct showing *x, struct text what, struct err *e)
{
	char *lines = NULL;
	size_t size = 0;
	int r;

	x->lines = open_memstream(&lines, &size);
	if (x->lines == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = ask(x, what, e);
	(void)fclose(x->lines);
	if (r == 0 && x->targets == NULL)
		print_report(x, lines);
	else if (r == 0)
		r = cli_print_json(report(x)) == CLI_OK ? 0 : ERR_IO;
	else
		(void)json_free(x->targets);
	free(lines);
	return r;
}

static int
do_preview(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct showing x = {.s = &s};
	struct err e = {0};
	int code = CLI_OK;
	int r = session_open(&s, c, SETUP_RUN, false, &e);

	(void)count;
	if (c->json)
		x.targets = json_new_list();
	if (r == 0)
		r = show(&x, text_of(args[0]), &e);
	if (r < 0)
		code = cli_fail(c, &e);
	else if (x.rep.done.failure.code != 0)
		code = CLI_OBJECT_ERRORS;
	session_close(&s);
	return code;
}

static const struct cli_option options[] = {
    {"full", OPTION_FLAG, &full, NULL,
	"all that rules want, not only what follows from a change"},
    {"commit", OPTION_FLAG, &commit, NULL,
	"keep it: the metaverse is written, exports are staged"},
    {"connector", OPTION_TEXT, &connector_name, "NAME",
	"the object of this connector"},
};

const struct cli_command cmd_preview = {
    .name = "preview",
    .args = "DN",
    .summary = "synchronise one object, to look at or to keep",
    .detail = "DN is an OBJECT as in `causeway why`.  The object goes through "
	      "the real\nsynchronisation in a transaction; told are the values "
	      "before and after, which rule\nwon each of them, and what the "
	      "next export would send.  Without --commit all of it\nis rolled "
	      "back.  Exit code 3: a rule fails on it.",
    .min_args = 1,
    .max_args = 1,
    .options = options,
    .option_count = sizeof(options) / sizeof(options[0]),
    .run = do_preview,
};
