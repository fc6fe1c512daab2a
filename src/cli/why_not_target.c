/* cli/why_not_target.c -- what keeps a metaverse object out of its targets; see
 * why_not.h. */
#include "cli/why_not.h"
#include "engine/advice.h"

/* One target, while its reasons are gathered. */
struct target {
	struct session *s;
	size_t connector;
	struct mv_object *mv;
	const struct sync_review *rv;
	struct cs_object o; /* id 0: none is linked */
	struct why_target *out;
	bool seen; /* pending has told of it */
};

static struct text
name_text(const struct target *t, uint32_t name)
{
	return names_text(store_names(t->s->setup.store), name);
}

static void
say(struct target *t, struct reason r)
{
	r.connector = t->out->connector;
	reason_add(t->out->reasons, r);
}

/* ---- What the rules say ---- */

static bool
is_ours(const struct target *t, const struct plan_rule *r)
{
	return r->connector == t->connector &&
	       r->rule->direction == RULE_OUTBOUND;
}

/* Rules that would make it, then those that would join it. */
static void
say_missed(struct target *t)
{
	for (int w = 0; w < 2; w++) {
		for (size_t i = 0; i < t->rv->missed_count; i++) {
			const struct sync_missed *m = &t->rv->missed[i];
			const struct rule *r = m->rule->rule;
			bool makes = r->link == LINK_PROVISION;

			if (!is_ours(t, m->rule) || makes != (w == 0) ||
			    (!makes && r->join_count == 0))
				continue;
			say(t,
			    (struct reason){.kind = "scope",
				.name = r->name,
				.value = explain_miss(t->s, explain_nearest(m)),
				.text = explain_words(t->s,
				    "rule \"%.*s\" (%d) %s and is out of "
				    "scope: %.*s",
				    TEXT_ARGS(r->name), r->precedence,
				    makes ? "would make it" : "would join it",
				    TEXT_ARGS(explain_missed(t->s, m)))});
		}
	}
}

static void
say_tries(struct target *t)
{
	for (size_t i = 0; i < t->rv->try_count; i++) {
		const struct sync_try *x = &t->rv->tries[i];
		const struct rule *r = x->rule->rule;

		if (!is_ours(t, x->rule))
			continue;
		if (x->outcome == SYNC_FOUND_SEVERAL)
			say(t, (struct reason){.kind = "join",
				   .name = r->name,
				   .text = explain_words(t->s,
				       "rule \"%.*s\" (%d) joins more than "
				       "one: %.*s, %.*s",
				       TEXT_ARGS(r->name), r->precedence,
				       TEXT_ARGS(show_cs_dn(t->s, x->found)),
				       TEXT_ARGS(show_cs_dn(t->s, x->other)))});
		else if (x->outcome != SYNC_FOUND_ONE)
			say(t, (struct reason){.kind = "join",
				   .name = r->name,
				   .text = explain_words(t->s,
				       "rule \"%.*s\" (%d) joins, and finds "
				       "nothing to join",
				       TEXT_ARGS(r->name), r->precedence)});
	}
}

/* The rule in scope that makes it. */
static const struct plan_rule *
maker(const struct target *t)
{
	for (size_t i = 0; i < t->rv->verdict.target_count; i++) {
		const struct sync_target *x = &t->rv->verdict.targets[i];

		for (size_t k = 0;
		     x->connector == t->connector && k < x->rule_count; k++)
			if (x->rules[k]->rule->link == LINK_PROVISION)
				return x->rules[k];
	}
	return NULL;
}

static void
say_unlinked(struct target *t)
{
	const struct plan_rule *r = maker(t);
	const struct sync_verdict *v = &t->rv->verdict;

	if (v->failure.code != 0)
		say(t, (struct reason){.kind = "sync-error",
			   .name = v->where.rule != NULL ? v->where.rule->name
							 : TEXT(""),
			   .text = text_dup(
			       t->s->setup.arena, text_of(v->failure.text))});
	else if (r != NULL)
		say(t, (struct reason){.kind = "not-synchronised",
			   .name = r->rule->name,
			   .text = explain_words(t->s,
			       "rule \"%.*s\" (%d) makes it at the next "
			       "synchronisation",
			       TEXT_ARGS(r->rule->name), r->rule->precedence),
			   .remedy = TEXT("causeway cycle")});
	else
		say_tries(t);
	say_missed(t);
	if (t->out->reasons->count == 0)
		say(t, (struct reason){.kind = "no-rule",
			   .value = name_text(t, t->mv->type),
			   .text = explain_words(t->s,
			       "no rule in scope makes or joins an object for "
			       "a %.*s",
			       TEXT_ARGS(name_text(t, t->mv->type)))});
}

/* ---- What waits ---- */

static int
on_pending(void *ctx, const struct pending_item *item, struct err *e)
{
	struct target *t = ctx;

	(void)e;
	t->seen = true;
	if (item->held.len != 0)
		say(t, (struct reason){.kind = "guard",
			   .name = text_dup(t->s->setup.arena, item->held_code),
			   .text = text_dup(t->s->setup.arena, item->held)});
	for (size_t i = 0; i < item->change_count && item->held.len == 0; i++) {
		const struct pending_change *c = &item->changes[i];
		const struct value *v = c->add_count != 0 ? c->add : c->del;

		if (c->held.len == 0)
			continue;
		say(t, (struct reason){.kind = "held-value",
			   .name = name_text(t, c->name),
			   .value = text_dup(
			       t->s->setup.arena, show_value_text(t->s, v)),
			   .text = text_dup(t->s->setup.arena, c->held)});
	}
	return 0;
}

static int
say_pending(struct target *t, struct err *e)
{
	const struct pending_sink sink = {
	    .item = on_pending, .ctx = t, .only = &t->o.id, .only_count = 1};
	struct pending_report rep = {0};
	int r = engine_pending(t->s->setup.engine, t->connector,
	    t->s->setup.arena, &sink, &rep, e);

	for (size_t i = 0; r == 0 && i < rep.skip_count; i++)
		say(t, (struct reason){.kind = "unsupported",
			   .name = name_text(t, t->o.type),
			   .text = rep.skips[i].reason});
	if (r == 0 && rep.uncertain != 0)
		say(t, (struct reason){.kind = "uncertain",
			   .text = TEXT("it was sent and no answer came: the "
					"next import tells")});
	if (r == 0 && rep.unchecked.len != 0 && t->o.unapplied.op != DELTA_NONE)
		say(t, (struct reason){
			   .kind = "connection", .text = rep.unchecked});
	return r;
}

/* More deletions wait than one export may send: nothing of it goes. */
static int
say_threshold(struct target *t, struct err *e)
{
	const struct engine_connector *c =
	    &t->s->setup.connectors[t->connector];
	struct engine_guard guard = {0};
	struct cs_pending n = {0};
	int r = setup_guard(&t->s->setup, &guard, e);

	if (r == 0)
		r = cs_pending_count(t->s->setup.store, c->id, &n, e);
	if (r < 0 || guard.deletions == ENGINE_GUARD_OFF ||
	    n.deletes <= guard.deletions)
		return r;
	say(t, (struct reason){.kind = "guard",
		   .name = TEXT("deletions"),
		   .value = explain_words(
		       t->s, "%llu", (unsigned long long)guard.deletions),
		   .text = explain_words(t->s,
		       "%llu deletions wait and an export sends at most "
		       "%llu: nothing is sent",
		       (unsigned long long)n.deletes,
		       (unsigned long long)guard.deletions),
		   .remedy = TEXT("causeway pending, then causeway guard")});
	return 0;
}

/* It is not known here: the directory names it. */
static void
say_holder(struct target *t, const struct object_error *err)
{
	struct connector_holder h = {0};
	struct text value = TEXT("");

	if (explain_holder(t->s, t->connector, &t->o, err, &h, &value) != 1)
		return;
	say(t,
	    (struct reason){.kind = "conflict",
		.name = h.id,
		.value = value,
		.text = explain_words(t->s,
		    "\"%.*s\" belongs to the %.*s %.*s <%.*s> (id %.*s), which "
		    "is not imported here: %s%.*s",
		    TEXT_ARGS(value), TEXT_ARGS(h.type), TEXT_ARGS(h.name),
		    TEXT_ARGS(h.address), TEXT_ARGS(h.id),
		    h.synchronised
			? "it is synchronised, from the source anchor "
			: "it is one of the cloud alone",
		    TEXT_ARGS(h.synchronised ? h.source : TEXT(""))),
		.remedy = explain_words(t->s,
		    "give one of the two another value, or let the rules "
		    "match them; causeway run %.*s full-import reads it, where "
		    "the connector reads such objects",
		    TEXT_ARGS(t->out->connector))});
}

/* The object of the other side that holds what this one wants. */
static void
say_conflict(struct target *t, const struct object_error *err)
{
	struct text value = TEXT("");
	int64_t cs = explain_conflict(t->s, &t->o, err, &value);

	if (cs == 0) {
		say_holder(t, err);
		return;
	}
	say(t,
	    (struct reason){.kind = "conflict",
		.name = show_cs_dn(t->s, cs),
		.value = value,
		.text = explain_words(t->s, "\"%.*s\" belongs to %.*s (%.*s)",
		    TEXT_ARGS(value), TEXT_ARGS(show_cs_name(t->s, cs)),
		    TEXT_ARGS(show_cs_dn(t->s, cs))),
		.remedy = explain_words(t->s, "causeway trace '%.*s'",
		    TEXT_ARGS(show_cs_dn(t->s, cs)))});
}

static int
say_errors(struct target *t, struct err *e)
{
	struct error_query q = {.cs = t->o.id, .max = 10};
	struct object_error *list = NULL;
	size_t n = 0;
	int r =
	    error_list(t->s->setup.store, t->s->setup.arena, &q, &list, &n, e);

	for (size_t i = 0; r == 0 && i < n; i++) {
		const struct advice *a = advice_find(list[i].type);

		say(t,
		    (struct reason){.kind = list[i].stage == ERROR_EXPORT
						? "export-error"
						: "sync-error",
			.name = list[i].type,
			.value = list[i].attribute,
			.text = a != NULL ? explain_words(t->s, "%s: %s (%.*s)",
						a->type, a->means,
						TEXT_ARGS(list[i].text))
					  : list[i].text,
			.remedy = a != NULL ? text_of(a->remedy) : TEXT("")});
		if (a != NULL && a->conflict)
			say_conflict(t, &list[i]);
	}
	return r;
}

static int
say_waiting(struct target *t, struct err *e)
{
	bool staging = false;
	bool is_delete = t->o.unapplied.op == DELTA_DELETE;
	int r = say_pending(t, e);

	if (r < 0 || !t->seen)
		return r;
	r = setup_staging(&t->s->setup, &staging, e);
	if (r == 0)
		r = say_threshold(t, e);
	if (r == 0 && staging)
		say(t, (struct reason){.kind = "staging",
			   .text = TEXT("staging mode: nothing is sent"),
			   .remedy = TEXT("causeway staging off")});
	if (r == 0 && is_delete)
		say(t, (struct reason){.kind = "pending-delete",
			   .text = TEXT("its deletion waits for the next "
					"export: no rule in scope wants it "
					"any more"),
			   .remedy =
			       explain_words(t->s, "causeway run %.*s export",
				   TEXT_ARGS(t->out->connector))});
	if (r == 0 && t->out->reasons->count == 0 && !t->out->there)
		say(t, (struct reason){.kind = "pending-export",
			   .text = TEXT("it waits for the next export"),
			   .remedy =
			       explain_words(t->s, "causeway run %.*s export",
				   TEXT_ARGS(t->out->connector))});
	return r;
}

/* ---- References to what the target does not have ---- */

static int
say_missing(struct target *t, struct err *e)
{
	int64_t connector = t->s->setup.connectors[t->connector].id;

	for (uint32_t i = 0; i < t->mv->values.count; i++) {
		const struct attr *a = &t->mv->values.items[i];

		for (uint32_t k = 0; k < a->count; k++) {
			int64_t room[2];
			struct ids ids = {.id = room, .max = 2};
			int r;

			if (a->values[k].type != VALUE_REFERENCE)
				break;
			r = mv_links_in(t->s->setup.store, a->values[k].id,
			    connector, &ids, e);
			if (r < 0)
				return r;
			if (ids.count != 0)
				continue;
			say(t,
			    (struct reason){.kind = "missing-reference",
				.name = name_text(t, a->name),
				.value = explain_mv_name(t->s, a->values[k].id),
				.text = explain_words(t->s,
				    "%.*s points to %.*s, who is not there: "
				    "the value is left out until it is",
				    TEXT_ARGS(name_text(t, a->name)),
				    TEXT_ARGS(explain_mv_name(
					t->s, a->values[k].id)))});
			break; /* one of an attribute */
		}
	}
	return 0;
}

/* ---- All targets ---- */

static int
find_linked(struct target *t, struct err *e)
{
	int64_t room[4];
	struct ids ids = {.id = room, .max = 4};
	int r = mv_links_in(t->s->setup.store, t->mv->id,
	    t->s->setup.connectors[t->connector].id, &ids, e);

	t->o = (struct cs_object){0};
	if (r < 0 || ids.count == 0)
		return r;
	return cs_get(
	    t->s->setup.store, t->s->setup.arena, ids.id[0], CS_ALL, &t->o, e);
}

static int
ask_target(struct target *t, struct err *e)
{
	int r = find_linked(t, e);

	if (r < 0)
		return r;
	t->out->cs = t->o.id;
	t->out->there = t->o.id != 0 && (t->o.flags & CS_IN_CD) != 0;
	if (t->o.id == 0) {
		say_unlinked(t);
		return 0;
	}
	r = say_errors(t, e);
	if (r == 0)
		r = say_waiting(t, e);
	if (r == 0 && (t->o.flags & CS_REF_WAITS) != 0)
		r = say_missing(t, e);
	return r;
}

int
why_not_waiting(
    struct session *s, int64_t cs, struct reasons_list *out, struct err *e)
{
	struct why_target w = {.cs = cs, .there = true, .reasons = out};
	struct target t = {.s = s, .out = &w};
	int r = cs_get(s->setup.store, s->setup.arena, cs, CS_ALL, &t.o, e);

	while (r == 0 && t.connector + 1 < s->setup.connector_count &&
	       s->setup.connectors[t.connector].id != t.o.connector)
		t.connector++;
	w.connector = s->setup.connectors[t.connector].name;
	if (r == 0)
		r = say_errors(&t, e);
	return r < 0 ? r : say_waiting(&t, e);
}

/* Some outbound rule is for its type. */
static bool
has_rules(const struct target *t)
{
	const struct plan_rule *const *rules = NULL;
	size_t n = 0;

	return (t->s->setup.connectors[t->connector].kind->can & CAN_EXPORT) !=
		   0 &&
	       plan_rules(t->s->setup.plan, t->connector, RULE_OUTBOUND,
		   t->mv->type, &rules, &n) == 0 &&
	       n != 0;
}

int
why_not_targets(struct session *s, int64_t mv, struct why_target **out,
    size_t *out_count, struct err *e)
{
	struct arena *a = s->setup.arena;
	struct sync_review rv;
	struct mv_object o;
	int r = mv_get(s->setup.store, a, mv, true, &o, e);

	*out_count = 0;
	*out = arena_array(a, s->setup.connector_count, sizeof(**out));
	if (*out == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (r == 0)
		r = engine_review(s->setup.engine,
		    (struct sync_subject){.mv = mv}, a, &rv, e);
	for (size_t i = 0; i < s->setup.connector_count && r == 0; i++) {
		struct target t = {.s = s,
		    .connector = i,
		    .mv = &o,
		    .rv = &rv,
		    .out = &(*out)[*out_count]};

		if (!has_rules(&t))
			continue;
		t.out->connector = s->setup.connectors[i].name;
		t.out->reasons = arena_alloc(a, sizeof(*t.out->reasons));
		if (t.out->reasons == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		t.out->reasons->count = 0;
		(*out_count)++;
		r = ask_target(&t, e);
	}
	return r;
}
