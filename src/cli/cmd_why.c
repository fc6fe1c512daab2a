/* cli/cmd_why.c -- `causeway why OBJECT ATTRIBUTE`: a value, where it came
 * from, and who lost to it, in the metaverse and in each target. */
#include <stdio.h>
#include <string.h>

#include "cli/commands.h"
#include "cli/explain.h"
#include "store/tower.h"

/* What is asked, and the answer of the rules. */
struct question {
	struct session *s;
	int64_t mv;
	uint32_t name; /* as asked */
	struct mv_object o;
	struct sync_review rv;
};

/* One attribute of the metaverse object, or of one target. */
struct part {
	uint32_t name;
	const struct sync_target *target; /* NULL: the metaverse */
	int64_t cs;                       /* of the target; 0: not there */
	struct value *values;
	size_t count;
	struct value *held; /* target: what its directory has or was sent */
	size_t held_count;
	bool pending; /* target: the next export changes it */
	const struct origin *origin;
	const struct flow_trace *traces;
	size_t trace_count;
	const struct flow_trace *winner;
};

static struct text
name_text(const struct question *q, uint32_t name)
{
	return names_text(store_names(q->s->setup.store), name);
}

static struct text
connector_text(const struct question *q, const struct sync_target *t)
{
	return q->s->setup.connectors[t->connector].name;
}

/* ---- Finding out ---- */

static const struct flow_trace *
find_winner(const struct part *p)
{
	for (size_t i = 0; i < p->trace_count; i++)
		if (p->traces[i].flow->target == p->name &&
		    p->traces[i].status == FLOW_APPLIED)
			return &p->traces[i];
	return NULL;
}

static void
of_metaverse(struct question *q, uint32_t name, struct part *p)
{
	const struct attr *a = attrs_find(&q->o.values, name);

	*p = (struct part){.name = name,
	    .traces = q->rv.verdict.traces,
	    .trace_count = q->rv.verdict.trace_count};
	if (a != NULL) {
		show_name_references(q->s, a->values, a->count);
		p->values = a->values;
		p->count = a->count;
	}
	for (uint32_t i = 0; i < q->o.origin_count; i++)
		if (q->o.origins[i].name == name)
			p->origin = &q->o.origins[i];
	p->winner = find_winner(p);
}

/* The object that a target's flows go to. */
static int64_t
cs_of_target(const struct question *q, const struct sync_target *t)
{
	int64_t *links;
	size_t n = 0;

	if (mv_links(q->s->setup.store, q->s->setup.arena, q->mv, &links, &n,
		NULL) < 0)
		return 0;
	for (size_t i = 0; i < n; i++) {
		struct cs_object o;

		if (cs_get(q->s->setup.store, q->s->setup.arena, links[i], 0,
			&o, NULL) == 0 &&
		    o.type == t->type &&
		    o.connector == q->s->setup.connectors[t->connector].id)
			return o.id;
	}
	return 0;
}

static void
look_at_held(const struct question *q, struct part *p)
{
	struct ref_query rq = {.owner = p->cs,
	    .name = p->name,
	    .mask = 0xffU,
	    .with_target = true};
	struct session *s = q->s;
	struct cs_ref *refs = NULL;
	struct attrs view;
	const struct attr *a;
	struct cs_object o;
	size_t n = 0;

	if (cs_get(s->setup.store, s->setup.arena, p->cs, CS_ALL, &o, NULL) <
		0 ||
	    cs_refs_get(s->setup.store, s->setup.arena, &rq, &refs, &n, NULL) <
		0 ||
	    tower_view(s->setup.arena, &o, refs, n, TOWER_SENT, &view) < 0)
		return;
	a = attrs_find(&view, p->name);
	if (a != NULL) {
		p->held = a->values;
		p->held_count = a->count;
	}
	p->pending = delta_find(&o.unapplied, p->name) != NULL;
	for (size_t i = 0; i < n; i++)
		p->pending = p->pending ||
			     (refs[i].bits &
				 (REF_UNAPPLIED_ADD | REF_UNAPPLIED_DEL)) != 0;
}

static void
of_target(const struct question *q, const struct sync_target *t, uint32_t name,
    struct part *p)
{
	*p = (struct part){.name = name,
	    .target = t,
	    .cs = cs_of_target(q, t),
	    .traces = t->traces,
	    .trace_count = t->trace_count};
	for (size_t i = 0; i < t->result_count; i++) {
		const struct flow_result *fr = &t->results[i];

		if (fr->target != name || fr->outcome == FLOW_LEAVE)
			continue;
		show_name_references(q->s, fr->values, fr->count);
		p->values = fr->values;
		p->count = fr->count;
	}
	if (p->cs != 0)
		look_at_held(q, p);
	p->winner = find_winner(p);
}

/* The flow of a rule that is not in scope to the attribute of the part. */
static const struct flow *
missed_flow(
    const struct question *q, const struct part *p, const struct sync_missed *m)
{
	const struct rule *r = m->rule->rule;
	uint32_t type = p->target != NULL ? p->target->type : q->o.type;

	if ((r->direction == RULE_INBOUND) != (p->target == NULL) ||
	    (p->target != NULL && m->rule->connector != p->target->connector) ||
	    (r->target_type != 0 && r->target_type != type))
		return NULL;
	for (size_t i = 0; i < r->flow_count; i++)
		if (r->flows[i].target == p->name)
			return &r->flows[i];
	return NULL;
}

/* ---- JSON ---- */

static void
rule_json(struct json *j, const struct plan_rule *r)
{
	json_set_text(j, "rule", r->rule->name);
	json_set_int(j, "precedence", r->rule->precedence);
}

static void
source_json(const struct question *q, struct json *j, int64_t cs)
{
	if (cs == 0)
		return;
	json_set_text(j, "connector", show_cs_connector(q->s, cs));
	json_set_text(j, "source", show_cs_dn(q->s, cs));
}

static struct json *
lost_trace_json(
    const struct question *q, const struct part *p, const struct flow_trace *f)
{
	struct json *j = json_new_object();

	rule_json(j, f->rule);
	source_json(q, j, f->origin);
	json_set_text(j, "flow", explain_flow(q->s, f->flow));
	json_set_str(
	    j, "by", f->status == FLOW_APPLIED ? "merged" : explain_status(f));
	json_set_text(j, "why", explain_trace(q->s, f, p->winner));
	if (f->count > 0)
		json_set(
		    j, "value", explain_values_json(q->s, f->values, f->count));
	return j;
}

static struct json *
lost_missed_json(
    const struct question *q, const struct sync_missed *m, const struct flow *f)
{
	struct json *j = json_new_object();

	rule_json(j, m->rule);
	source_json(q, j, m->cs);
	json_set_text(j, "flow", explain_flow(q->s, f));
	json_set_str(j, "by", "out-of-scope");
	json_set_text(j, "why", explain_missed(q->s, m));
	json_set(j, "misses", explain_missed_json(q->s, m));
	return j;
}

static struct json *
lost_json(const struct question *q, const struct part *p)
{
	struct json *list = json_new_list();

	for (size_t i = 0; i < p->trace_count; i++)
		if (p->traces[i].flow->target == p->name &&
		    &p->traces[i] != p->winner)
			json_push(list, lost_trace_json(q, p, &p->traces[i]));
	for (size_t i = 0; i < q->rv.missed_count; i++) {
		const struct sync_missed *m = &q->rv.missed[i];
		const struct flow *f = missed_flow(q, p, m);

		if (f != NULL)
			json_push(list, lost_missed_json(q, m, f));
	}
	return list;
}

static void
winner_json(const struct question *q, const struct part *p, struct json *j)
{
	json_set(j, "value", explain_values_json(q->s, p->values, p->count));
	if (p->origin != NULL) {
		json_set_text(j, "rule", show_rule(q->s, p->origin->rule));
		source_json(q, j, p->origin->cs);
		json_set_text(j, "since", show_time(q->s, p->origin->ms));
	}
	if (p->winner != NULL && p->origin == NULL)
		json_set_text(j, "rule", p->winner->rule->rule->name);
	if (p->winner != NULL) {
		json_set_int(
		    j, "precedence", p->winner->rule->rule->precedence);
		json_set_text(j, "flow", explain_flow(q->s, p->winner->flow));
	}
	json_set(j, "lost", lost_json(q, p));
}

static struct json *
target_json(const struct question *q, const struct part *p)
{
	struct json *j = json_new_object();

	json_set_text(j, "connector", connector_text(q, p->target));
	json_set_text(j, "type", name_text(q, p->target->type));
	json_set_text(j, "dn", p->cs != 0 ? show_cs_dn(q->s, p->cs) : TEXT(""));
	json_set_text(j, "attribute", name_text(q, p->name));
	json_set(j, "held", explain_values_json(q->s, p->held, p->held_count));
	json_set_bool(j, "pending", p->pending);
	winner_json(q, p, j);
	return j;
}

/* ---- Text ---- */

static void
print_lost(const struct question *q, const struct part *p)
{
	for (size_t i = 0; i < p->trace_count; i++) {
		const struct flow_trace *f = &p->traces[i];

		if (f->flow->target != p->name || f == p->winner)
			continue;
		(void)printf("    %s %.*s (%d)%s%.*s: %.*s\n",
		    f->status == FLOW_APPLIED ? "and" : "not",
		    TEXT_ARGS(f->rule->rule->name), f->rule->rule->precedence,
		    f->origin != 0 ? ", " : "",
		    TEXT_ARGS(show_cs_dn(q->s, f->origin)),
		    TEXT_ARGS(f->status == FLOW_APPLIED
				  ? TEXT("part of the merge")
				  : explain_trace(q->s, f, p->winner)));
	}
	for (size_t i = 0; i < q->rv.missed_count; i++) {
		const struct sync_missed *m = &q->rv.missed[i];

		if (missed_flow(q, p, m) == NULL)
			continue;
		(void)printf("    not %.*s (%d)%s%.*s: out of scope: %.*s\n",
		    TEXT_ARGS(m->rule->rule->name), m->rule->rule->precedence,
		    m->cs != 0 ? ", " : "", TEXT_ARGS(show_cs_dn(q->s, m->cs)),
		    TEXT_ARGS(explain_missed(q->s, m)));
	}
}

static void
print_winner(const struct question *q, const struct part *p)
{
	if (p->origin != NULL)
		(void)printf("    from %.*s: %.*s\n    since %.*s\n",
		    TEXT_ARGS(show_cs_connector(q->s, p->origin->cs)),
		    TEXT_ARGS(show_cs_dn(q->s, p->origin->cs)),
		    TEXT_ARGS(show_time(q->s, p->origin->ms)));
	if (p->winner != NULL)
		(void)printf("    by %.*s (%d): %.*s\n",
		    TEXT_ARGS(p->winner->rule->rule->name),
		    p->winner->rule->rule->precedence,
		    TEXT_ARGS(explain_flow(q->s, p->winner->flow)));
	else if (p->origin != NULL)
		(void)printf("    by %.*s, which gives no value now\n",
		    TEXT_ARGS(show_rule(q->s, p->origin->rule)));
	print_lost(q, p);
}

static void
print_part(const struct question *q, const struct part *p)
{
	(void)printf("  %.*s: %.*s = %.*s\n",
	    TEXT_ARGS(p->target != NULL ? connector_text(q, p->target)
					: TEXT("metaverse")),
	    TEXT_ARGS(name_text(q, p->name)),
	    TEXT_ARGS(explain_values(q->s, p->values, p->count)));
	if (p->target != NULL && p->pending)
		(void)printf("    the next export changes it from %.*s\n",
		    TEXT_ARGS(explain_values(q->s, p->held, p->held_count)));
	else if (p->target != NULL && p->cs == 0)
		(void)printf("    there is no object yet: "
			     "causeway why-not\n");
	print_winner(q, p);
}

/* ---- Both ---- */

/* Where the parts go. */
struct telling {
	struct question *q;
	struct json *root, *targets;
	size_t told;
};

static void
tell_part(struct telling *t, const struct part *p)
{
	t->told++;
	if (t->root == NULL)
		print_part(t->q, p);
	else if (p->target != NULL)
		json_push(t->targets, target_json(t->q, p));
	else
		winner_json(t->q, p, t->root);
}

static bool
is_told(const struct sync_target *t, size_t before, uint32_t name)
{
	for (size_t i = 0; i < before; i++)
		if (t->traces[i].flow->target == name)
			return true;
	return false;
}

/* Its attributes of that name, and those that are made of it. */
static void
tell_target(struct telling *t, const struct sync_target *target, uint32_t mv)
{
	for (size_t i = 0; i < target->trace_count; i++) {
		const struct flow *f = target->traces[i].flow;
		struct part p;

		if ((f->target != t->q->name &&
			!explain_reads(t->q->s, f, mv)) ||
		    is_told(target, i, f->target))
			continue;
		of_target(t->q, target, f->target, &p);
		tell_part(t, &p);
	}
}

/* The metaverse attribute: the one of that name, else one that is made of it.
 * 0: none. */
static uint32_t
metaverse_name(const struct question *q)
{
	const struct sync_verdict *v = &q->rv.verdict;

	if (attrs_find(&q->o.values, q->name) != NULL ||
	    schema_find(plan_mv_schema(q->s->setup.plan), q->name) != NULL)
		return q->name;
	for (size_t i = 0; i < v->trace_count; i++)
		if (explain_reads(q->s, v->traces[i].flow, q->name))
			return v->traces[i].flow->target;
	return 0;
}

static int
tell(struct telling *t, struct err *e)
{
	struct question *q = t->q;
	uint32_t mv = metaverse_name(q);
	struct part p;

	if (t->root != NULL) {
		json_set(t->root, "object", explain_mv_json(q->s, q->mv));
		json_set_text(t->root, "attribute", name_text(q, q->name));
		if (mv != 0)
			json_set_text(
			    t->root, "metaverseAttribute", name_text(q, mv));
	} else {
		(void)printf("%.*s of %.*s\n", TEXT_ARGS(name_text(q, q->name)),
		    TEXT_ARGS(explain_mv_name(q->s, q->mv)));
	}
	if (mv != 0) {
		of_metaverse(q, mv, &p);
		tell_part(t, &p);
	}
	for (size_t i = 0; i < q->rv.verdict.target_count; i++)
		tell_target(
		    t, &q->rv.verdict.targets[i], mv != 0 ? mv : q->name);
	if (t->told == 0)
		return err_set(e, ERR_NOENT,
		    "no rule reads or writes \"%.*s\" for this object",
		    TEXT_ARGS(name_text(q, q->name)));
	return 0;
}

static int
print_answer(struct question *q, struct err *e)
{
	struct telling t = {.q = q};
	int r;

	if (q->s->cli->json) {
		t.root = json_new_object();
		t.targets = json_new_list();
	}
	r = tell(&t, e);
	if (q->rv.verdict.failure.code != 0)
		cli_say("the rules fail on it: %s", q->rv.verdict.failure.text);
	if (t.root == NULL)
		return r;
	json_set(t.root, "targets", t.targets);
	if (r < 0) {
		(void)json_free(t.root);
		return r;
	}
	return cli_print_json(t.root) == CLI_OK ? 0 : ERR_IO;
}

/* ---- The command ---- */

static int
find_mv(struct session *s, struct text text, int64_t *out, struct err *e)
{
	struct found room[64], more[64];
	struct found_list found = {.items = room, .max = 64};
	struct found_list list = {.items = more, .max = 64};
	int r = found_by_text(s, text, &found, e);

	if (r == 0)
		r = found_convert(s, FOUND_MV, &found, &list, e);
	if (r == 0)
		r = found_one(s, text, &list, e);
	if (r == 0)
		*out = list.items[0].id;
	return r;
}

static int
answer(struct session *s, char **args, struct err *e)
{
	struct question q = {.s = s};
	int r = find_mv(s, text_of(args[0]), &q.mv, e);

	if (r < 0)
		return r;
	q.name =
	    names_find_nocase(store_names(s->setup.store), text_of(args[1]));
	if (q.name == 0)
		return err_set(e, ERR_NOENT, "no attribute \"%s\"", args[1]);
	r = mv_get(s->setup.store, s->setup.arena, q.mv, true, &q.o, e);
	if (r == 0)
		r = engine_review(s->setup.engine,
		    (struct sync_subject){.mv = q.mv}, s->setup.arena, &q.rv,
		    e);
	return r < 0 ? r : print_answer(&q, e);
}

static int
do_why(struct cli *c, char **args, int count)
{
	struct session s = {0};
	struct err e = {0};
	int code = CLI_OK;
	int r = session_open(&s, c, SETUP_LOOK, false, &e);

	(void)count;
	if (r == 0)
		r = answer(&s, args, &e);
	if (r < 0)
		code = cli_fail(c, &e);
	session_close(&s);
	return code;
}

const struct cli_command cmd_why = {
    .name = "why",
    .args = "OBJECT ATTRIBUTE",
    .summary = "a value: its source, rule and time, and who lost to it",
    .detail = "OBJECT is a DN, an anchor, a GUID of ours, attribute=value, a "
	      "UPN, an account\nname, an address or a display name.\n\n"
	      "ATTRIBUTE is one of the metaverse, of a target or of a source; "
	      "told are the\nmetaverse and each target: the rule that had the "
	      "last word, and each of the\nothers with what it lost by: its "
	      "precedence, no value (NULL), IgnoreThisFlow,\nor its scope.",
    .min_args = 2,
    .max_args = 2,
    .run = do_why,
};
