/* cli/why_not_source.c -- what keeps an object of a connector space out of the
 * metaverse; see why_not.h. */
#include "cli/why_not.h"
#include "engine/advice.h"

#define TEXT_MOST 16384U

void
reason_add(struct reasons_list *l, struct reason r)
{
	if (l->count < REASONS_MAX)
		l->items[l->count++] = r;
}

/* One object, and what the rules say of it. */
struct source {
	struct session *s;
	struct cs_object o;
	struct text connector;
	struct sync_review rv;
	struct reasons_list *out;
};

static struct text
name_text(const struct source *x, uint32_t name)
{
	return names_text(store_names(x->s->setup.store), name);
}

static void
say(struct source *x, struct reason r)
{
	r.connector = x->connector;
	reason_add(x->out, r);
}

/* ---- What the object itself is ---- */

struct reason
why_error(struct session *s, const struct object_error *err)
{
	static const char *const kinds[] = {[ERROR_IMPORT] = "import-error",
	    [ERROR_SYNC] = "sync-error",
	    [ERROR_EXPORT] = "export-error"};
	const struct advice *a = advice_find(err->type);

	return (struct reason){.kind = kinds[err->stage],
	    .name = err->rule.len != 0 ? err->rule : err->type,
	    .value = err->attribute,
	    .text = explain_words(
		s, "%.*s: %.*s", TEXT_ARGS(err->type), TEXT_ARGS(err->text)),
	    .remedy = a != NULL ? text_of(a->remedy) : TEXT("")};
}

static int
say_errors(struct source *x, struct err *e)
{
	struct error_query q = {.cs = x->o.id, .max = 10};
	struct object_error *list = NULL;
	size_t n = 0;
	int r =
	    error_list(x->s->setup.store, x->s->setup.arena, &q, &list, &n, e);

	for (size_t i = 0; r == 0 && i < n; i++)
		say(x, why_error(x->s, &list[i]));
	return r;
}

/* true: nothing more is to be said. */
static bool
say_state(struct source *x)
{
	if (x->o.kind == CS_PLACEHOLDER) {
		say(x, (struct reason){.kind = "not-imported",
			   .name = x->o.dn,
			   .text = TEXT("only its name is known, from what "
					"refers to it or lies below it: it was "
					"not imported")});
		return true;
	}
	if (x->o.link == CS_EXPLICIT_DISCONNECTOR) {
		say(x, (struct reason){.kind = "disconnected",
			   .text = TEXT("an administrator disconnected it: "
					"rules never link it")});
		return true;
	}
	if (x->o.import.op == DELTA_DELETE ||
	    x->o.import.op == DELTA_OBSOLETE) {
		say(x, (struct reason){.kind = "deleted",
			   .text = TEXT("its directory does not have it any "
					"more: the next synchronisation "
					"removes it")});
		return true;
	}
	return false;
}

/* ---- What the rules say ---- */

/* Rules that make something of it come first, then those that join. */
static int
weight(const struct sync_missed *m)
{
	const struct rule *r = m->rule->rule;

	return r->link == LINK_PROVISION ? 0 : r->join_count != 0 ? 1 : 2;
}

static void
say_missed(struct source *x)
{
	for (int w = 0; w < 2; w++) {
		for (size_t i = 0; i < x->rv.missed_count; i++) {
			const struct sync_missed *m = &x->rv.missed[i];
			const struct plan_miss *near = explain_nearest(m);

			if (weight(m) != w)
				continue;
			say(x, (struct reason){.kind = "scope",
				   .name = m->rule->rule->name,
				   .value = explain_miss(x->s, near),
				   .text = explain_words(x->s,
				       "rule \"%.*s\" (%d) %s and is out of "
				       "scope: %.*s",
				       TEXT_ARGS(m->rule->rule->name),
				       m->rule->rule->precedence,
				       w == 0 ? "would take it in"
					      : "would join it",
				       TEXT_ARGS(explain_missed(x->s, m)))});
		}
	}
}

/* `mail = "a@b"` of each clause. */
static struct text
join_values(struct source *x, const struct rule *r)
{
	struct buf b;
	struct text t;

	buf_init(&b, TEXT_MOST);
	for (size_t i = 0; i < r->join_count; i++) {
		for (size_t k = 0; k < r->join[i].count; k++) {
			const struct join_clause *c = &r->join[i].clauses[k];
			const struct attr *a =
			    attrs_find(&x->o.image, c->cs_name);

			buf_printf(&b, "%s%.*s = %.*s",
			    k > 0   ? " and "
			    : i > 0 ? ", or "
				    : "",
			    TEXT_ARGS(name_text(x, c->cs_name)),
			    TEXT_ARGS(explain_values(x->s,
				a != NULL ? a->values : NULL,
				a != NULL ? a->count : 0)));
		}
	}
	t = text_dup(x->s->setup.arena, buf_text(&b));
	buf_clear(&b);
	return t;
}

static struct text
try_text(struct source *x, const struct sync_try *t)
{
	switch (t->outcome) {
	case SYNC_FOUND_SEVERAL:
		return explain_words(x->s, "more than one has it: %.*s, %.*s",
		    TEXT_ARGS(explain_mv_name(x->s, t->found)),
		    TEXT_ARGS(explain_mv_name(x->s, t->other)));
	case SYNC_FOUND_NO_VALUE:
		return TEXT("it has no value to look for");
	case SYNC_FOUND_ONE:
		return explain_words(x->s,
		    "%.*s has it: the next synchronisation links it",
		    TEXT_ARGS(explain_mv_name(x->s, t->found)));
	case SYNC_FOUND_NONE:
		break;
	}
	return TEXT("nobody in the metaverse has it");
}

/* made: a rule takes it in where a join finds nobody, which then keeps nothing
 * out. */
static void
say_tries(struct source *x, bool made)
{
	for (size_t i = 0; i < x->rv.try_count; i++) {
		const struct sync_try *t = &x->rv.tries[i];
		const struct rule *r = t->rule->rule;
		struct text values = join_values(x, r);

		if (made && t->outcome != SYNC_FOUND_SEVERAL &&
		    t->outcome != SYNC_FOUND_ONE)
			continue;
		say(x, (struct reason){.kind = t->outcome == SYNC_FOUND_ONE
						   ? "not-synchronised"
						   : "join",
			   .name = r->name,
			   .value = values,
			   .text = explain_words(x->s,
			       "rule \"%.*s\" (%d) joins by %.*s: %.*s",
			       TEXT_ARGS(r->name), r->precedence,
			       TEXT_ARGS(values), TEXT_ARGS(try_text(x, t)))});
	}
}

static const struct plan_rule *
provisioning_rule(const struct source *x)
{
	for (size_t i = 0; i < x->rv.verdict.inbound_count; i++)
		if (x->rv.verdict.inbound[i]->rule->link == LINK_PROVISION)
			return x->rv.verdict.inbound[i];
	return NULL;
}

static void
say_rules(struct source *x)
{
	const struct sync_verdict *v = &x->rv.verdict;
	const struct plan_rule *p = provisioning_rule(x);
	bool made;

	if (v->failure.code != 0) {
		say(x, (struct reason){.kind = "sync-error",
			   .name = v->where.rule != NULL ? v->where.rule->name
							 : TEXT(""),
			   .value = v->where.attribute != 0
					? name_text(x, v->where.attribute)
					: TEXT(""),
			   .text = text_dup(
			       x->s->setup.arena, text_of(v->failure.text))});
		return;
	}
	if (v->inbound_count == 0 && x->rv.missed_count == 0) {
		say(x, (struct reason){.kind = "no-rule",
			   .value = name_text(x, x->o.type),
			   .text = explain_words(x->s,
			       "no inbound rule is for objects of type %.*s",
			       TEXT_ARGS(name_text(x, x->o.type)))});
		return;
	}
	made = p != NULL && plan_join_has_value(p, &x->o.image);
	say_tries(x, made);
	if (made)
		say(x, (struct reason){.kind = "not-synchronised",
			   .name = p->rule->name,
			   .text = explain_words(x->s,
			       "rule \"%.*s\" (%d) takes it in at the next "
			       "synchronisation",
			       TEXT_ARGS(p->rule->name), p->rule->precedence),
			   .remedy = explain_words(x->s,
			       "causeway run %.*s delta-sync",
			       TEXT_ARGS(x->connector))});
	else
		say_missed(x);
}

static int
open_source(struct session *s, int64_t cs, struct source *x, struct err *e)
{
	*x = (struct source){.s = s};
	if (cs_get(s->setup.store, s->setup.arena, cs, CS_ALL, &x->o, e) < 0)
		return ERR_NOENT;
	x->connector = show_connector(s, x->o.connector);
	return 0;
}

int
why_not_linked(
    struct session *s, int64_t cs, struct reasons_list *out, struct err *e)
{
	struct source x;
	int r = open_source(s, cs, &x, e);

	x.out = out;
	if (r < 0)
		return r;
	if (say_state(&x))
		return 0;
	if (x.o.unapplied.op == DELTA_DELETE)
		return why_not_waiting(s, cs, out, e);
	r = say_errors(&x, e);
	if (r == 0)
		r = engine_review(s->setup.engine,
		    (struct sync_subject){.cs = cs}, s->setup.arena, &x.rv, e);
	if (r == 0)
		say_rules(&x);
	return r;
}

/* ---- References ---- */

/* An attribute with many dead references is told once. */
struct dead {
	uint32_t name;
	size_t count;
	struct text first;
	bool imported;
};

static void
say_dead(struct source *x, const struct dead *d)
{
	struct text more =
	    d->count > 1 ? explain_words(x->s, " and %zu more", d->count - 1)
			 : TEXT("");

	if (d->count == 0)
		return;
	say(x, (struct reason){.kind = "missing-reference",
		   .name = name_text(x, d->name),
		   .value = d->first,
		   .text = explain_words(x->s,
		       "%.*s points to %.*s%.*s, which is not %s: the value "
		       "is left out until it is",
		       TEXT_ARGS(name_text(x, d->name)), TEXT_ARGS(d->first),
		       TEXT_ARGS(more),
		       d->imported ? "in the metaverse" : "imported"),
		   .remedy = explain_words(
		       x->s, "causeway why-not '%.*s'", TEXT_ARGS(d->first))});
}

/* A linked one stays as it was while its import or its rules fail. */
static int
say_held_back(struct source *x, struct err *e)
{
	struct error_query q = {.cs = x->o.id, .max = 10};
	struct object_error *list = NULL;
	size_t n = 0;
	int r =
	    error_list(x->s->setup.store, x->s->setup.arena, &q, &list, &n, e);

	for (size_t i = 0; r == 0 && i < n; i++) {
		struct reason why = why_error(x->s, &list[i]);

		if (list[i].stage == ERROR_EXPORT)
			continue; /* its target tells */
		why.text = explain_words(x->s,
		    "%.*s: it stays as it was before", TEXT_ARGS(why.text));
		say(x, why);
	}
	return r;
}

int
why_not_whole(
    struct session *s, int64_t cs, struct reasons_list *out, struct err *e)
{
	struct ref_query q = {
	    .owner = cs, .mask = REF_IMAGE, .with_target = true};
	struct dead d = {0};
	struct source x;
	struct cs_ref *refs = NULL;
	size_t n = 0, connector = 0;
	int r = open_source(s, cs, &x, e);

	x.out = out;
	if (r == 0)
		r = say_held_back(&x, e);
	if (r == 0)
		r = cs_refs_get(
		    s->setup.store, s->setup.arena, &q, &refs, &n, e);
	while (r == 0 && connector + 1 < s->setup.connector_count &&
	       s->setup.connectors[connector].id != x.o.connector)
		connector++;
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (refs[i].target_mv != 0 ||
		    plan_reads(s->setup.plan, connector, refs[i].name) ==
			PLAN_READ_NOT)
			continue;
		if (d.name != refs[i].name) {
			say_dead(&x, &d);
			d = (struct dead){.name = refs[i].name,
			    .first =
				refs[i].named->dn.len != 0
				    ? refs[i].named->dn
				    : show_anchor(s, refs[i].named->anchor),
			    .imported = refs[i].target_kind == CS_STAGING};
		}
		d.count++;
	}
	if (r == 0)
		say_dead(&x, &d);
	return r;
}
