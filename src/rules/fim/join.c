/* rules/fim/join.c -- joins and projections of a connector to rules
 * (docs/engine/formats.md 5.3 and 5.4). */
#include "rules/fim/fim_int.h"

/* What one rule is made from. */
struct plan_of_rule {
	const struct fim_ma *ma;
	struct text cd, mv; /* types; mv empty: any */
	enum rule_link link;
	const char *what;               /* for its name */
	const struct xml_node *scoping; /* or NULL */
	bool unsure;
};

/* ---- Criteria ---- */

static struct text
criterion_type(const struct xml_node *criterion)
{
	return xml_attr(xml_child(criterion, "search"), "mv-object-type");
}

static const struct xml_node *
criterion_scoping(const struct xml_node *criterion)
{
	const struct xml_node *s = xml_child(criterion, "scoping");

	return s != NULL && s->count > 0 ? s : NULL;
}

/* The pairs of one criterion; 1: it has one that is scripted, told. */
static int
criterion_group(
    struct fim *m, const struct xml_node *criterion, struct join_group *out)
{
	const struct xml_node *search = xml_child(criterion, "search");
	const struct xml_node *n = xml_child(search, "attribute-mapping");

	*out = (struct join_group){0};
	out->clauses = arena_array(m->a, search == NULL ? 1 : search->count + 1,
	    sizeof(*out->clauses));
	if (out->clauses == NULL)
		return ERR_NOMEM;
	for (; n != NULL; n = xml_next(n, "attribute-mapping")) {
		const struct xml_node *src =
		    xml_path(n, "direct-mapping/src-attribute");
		struct join_clause *c = &out->clauses[out->count];

		if (src == NULL) {
			fim_manual(m, n, xml_attr(n, "mv-attribute"),
			    "<join-criterion> maps by the rules extension "
			    "(\"%.*s\")",
			    TEXT_ARGS(
				xml_child_text(xml_child(n, "scripted-mapping"),
				    "script-context")));
			return 1;
		}
		c->cs_name = vendor_name(m->f, src, xml_text(src));
		c->mv_name = vendor_name(m->f, n, xml_attr(n, "mv-attribute"));
		out->count++;
	}
	return out->count == 0;
}

static void
tell_resolution(struct fim *m, const struct xml_node *criterion)
{
	const struct xml_node *r = xml_child(criterion, "resolution");

	if (text_is(xml_attr(r, "type"), "scripted"))
		fim_manual(m, r, (struct text){0},
		    "<resolution> asks the rules extension (\"%.*s\") which of "
		    "several is meant: here several are none",
		    TEXT_ARGS(xml_child_text(r, "script-context")));
}

static const struct xml_node *
profile_of(const struct fim_ma *ma, struct text cd)
{
	const struct xml_node *list = xml_child(ma->root, "join");
	const struct xml_node *n = xml_child(list, "join-profile");

	while (n != NULL && !text_equal(xml_attr(n, "cd-object-type"), cd))
		n = xml_next(n, "join-profile");
	return n;
}

/* Whether a criterion belongs to a rule for this metaverse type. */
static bool
is_for(const struct xml_node *criterion, struct text mv,
    const struct xml_node *scoping)
{
	struct text type = criterion_type(criterion);

	return criterion_scoping(criterion) == scoping &&
	       (type.len == 0 || text_equal(type, mv));
}

static int
add_groups(struct fim *m, const struct plan_of_rule *p, struct rule *rule,
    bool *unsure)
{
	const struct xml_node *profile = profile_of(p->ma, p->cd);
	const struct xml_node *n = xml_child(profile, "join-criterion");
	int rc = 0;

	rule->join = arena_array(m->a, profile == NULL ? 1 : profile->count + 1,
	    sizeof(*rule->join));
	if (rule->join == NULL)
		return ERR_NOMEM;
	for (; n != NULL && rc >= 0; n = xml_next(n, "join-criterion")) {
		bool any = p->mv.len == 0 && criterion_type(n).len == 0 &&
			   criterion_scoping(n) == p->scoping;

		if (!any && !is_for(n, p->mv, p->scoping))
			continue;
		tell_resolution(m, n);
		rc = criterion_group(m, n, &rule->join[rule->join_count]);
		if (rc == 0)
			rule->join_count++;
		*unsure = *unsure || rc > 0;
	}
	return rc < 0 ? rc : 0;
}

int
fim_join_groups(struct fim *m, const struct fim_ma *ma, struct text cd,
    struct text mv, struct rule *out)
{
	struct plan_of_rule p = {.ma = ma, .cd = cd, .mv = mv};
	size_t told = m->v->problem_count;
	bool unsure = false;
	int rc = add_groups(m, &p, out, &unsure);

	m->v->problem_count = told; /* said at the rule inward */
	return rc;
}

/* ---- One rule ---- */

/* A rule of which something is not known would take in what it must not. */
static void
disable(struct fim *m, struct rule *rule, const struct xml_node *at)
{
	rule->disabled = true;
	m->f->rule = rule->name;
	fim_manual(m, at, (struct text){0},
	    "the rule \"%.*s\" is disabled until this is done",
	    TEXT_ARGS(rule->name));
	m->f->rule = (struct text){0};
}

static int
add_rule(struct fim *m, const struct plan_of_rule *p, const struct xml_node *at)
{
	struct text type = p->mv.len > 0 ? p->mv : TEXT("any");
	struct rule rule = fim_rule(m, p->ma, RULE_INBOUND,
	    fim_printf(m, "In from %.*s - %.*s to %.*s %s",
		TEXT_ARGS(p->ma->c->name), TEXT_ARGS(p->cd), TEXT_ARGS(type),
		p->what));
	struct fim_scope scope;
	bool unsure = p->unsure;
	int rc = fim_filter_scope(m, p->ma, p->cd, &scope);

	if (rc == 0 && p->scoping != NULL)
		rc = fim_scope_and(m, p->scoping, &scope);
	if (rc == 0)
		rc = add_groups(m, p, &rule, &unsure);
	if (rc < 0)
		return rc;
	rule.line = (int)at->line;
	rule.link = p->link;
	rule.source_type = vendor_name(m->f, at, p->cd);
	rule.target_type = p->mv.len > 0 ? vendor_name(m->f, at, p->mv) : 0;
	rule.scope = scope.groups;
	rule.scope_count = scope.count;
	if (rule.join_count == 0 && rule.link != LINK_PROVISION)
		return 0; /* every criterion is scripted, which was told */
	if (unsure || scope.unsure)
		disable(m, &rule, at);
	return fim_add(m, &rule);
}

/* ---- Projections ---- */

bool
fim_projects(const struct fim_ma *ma, struct text mv_type)
{
	const struct xml_node *n =
	    xml_child(xml_child(ma->root, "projection"), "class-mapping");

	for (; n != NULL; n = xml_next(n, "class-mapping"))
		if (text_equal(xml_child_text(n, "mv-object-type"), mv_type))
			return true;
	return false;
}

static int
add_projections(struct fim *m, const struct fim_ma *ma, struct text cd)
{
	const struct xml_node *n =
	    xml_child(xml_child(ma->root, "projection"), "class-mapping");
	int rc = 0;

	for (; n != NULL && rc == 0; n = xml_next(n, "class-mapping")) {
		const struct xml_node *scoping = xml_child(n, "scoping");
		struct plan_of_rule p = {.ma = ma,
		    .cd = cd,
		    .mv = xml_child_text(n, "mv-object-type"),
		    .link = LINK_PROVISION,
		    .what = "projection"};

		if (!text_equal(xml_attr(n, "cd-object-type"), cd))
			continue;
		vendor_unknown(m->f, n, "mv-object-type scoping");
		if (text_is(xml_attr(n, "type"), "scripted") || p.mv.len == 0) {
			fim_manual(m, n, (struct text){0},
			    "<class-mapping> of type %.*s asks the rules "
			    "extension what becomes a metaverse object",
			    TEXT_ARGS(cd));
			continue;
		}
		if (scoping != NULL && scoping->count > 0)
			p.scoping = scoping;
		rc = add_rule(m, &p, n);
	}
	return rc;
}

/* Whether a projection without scoping has the criterion among its own. */
static bool
is_in_projection(
    const struct fim_ma *ma, struct text cd, const struct xml_node *criterion)
{
	const struct xml_node *n =
	    xml_child(xml_child(ma->root, "projection"), "class-mapping");

	for (; n != NULL; n = xml_next(n, "class-mapping")) {
		const struct xml_node *s = xml_child(n, "scoping");
		struct text type = xml_child_text(n, "mv-object-type");

		if (text_equal(xml_attr(n, "cd-object-type"), cd) &&
		    type.len > 0 && !text_is(xml_attr(n, "type"), "scripted") &&
		    (s == NULL || s->count == 0) &&
		    criterion_scoping(criterion) == NULL &&
		    text_equal(type, criterion_type(criterion)))
			return true;
	}
	return false;
}

/* The first criterion of its type and scoping makes a rule for all of them. */
static bool
is_first(const struct xml_node *profile, const struct xml_node *criterion)
{
	const struct xml_node *n = xml_child(profile, "join-criterion");

	for (; n != criterion; n = xml_next(n, "join-criterion"))
		if (criterion_scoping(n) == criterion_scoping(criterion) &&
		    text_equal(criterion_type(n), criterion_type(criterion)))
			return false;
	return true;
}

static int
add_joins(struct fim *m, const struct fim_ma *ma, struct text cd)
{
	const struct xml_node *profile = profile_of(ma, cd);
	const struct xml_node *n = xml_child(profile, "join-criterion");
	int rc = 0;

	for (; n != NULL && rc == 0; n = xml_next(n, "join-criterion")) {
		struct plan_of_rule p = {.ma = ma,
		    .cd = cd,
		    .mv = criterion_type(n),
		    .link = fim_join_link(m, ma, criterion_type(n)),
		    .what = "join",
		    .scoping = criterion_scoping(n)};

		vendor_unknown(m->f, n, "search resolution scoping");
		if (!is_in_projection(ma, cd, n) && is_first(profile, n))
			rc = add_rule(m, &p, n);
	}
	return rc;
}

/* ---- A connector ---- */

static bool
has_text(const struct vendor_texts *list, struct text t)
{
	for (size_t i = 0; i < list->count; i++)
		if (text_equal(list->items[i], t))
			return true;
	return false;
}

static int
collect(struct fim *m, const struct xml_node *list, const char *name,
    struct vendor_texts *out)
{
	int rc = 0;

	for (const struct xml_node *n = xml_child(list, name);
	     n != NULL && rc == 0; n = xml_next(n, name)) {
		struct text type = xml_attr(n, "cd-object-type");

		if (type.len > 0 && !has_text(out, type))
			rc = vendor_text_push(m->a, out, type);
	}
	return rc;
}

int
fim_joins(struct fim *m, const struct fim_ma *ma)
{
	struct vendor_texts types = {0};
	int rc = collect(
	    m, xml_child(ma->root, "projection"), "class-mapping", &types);

	if (rc == 0)
		rc = collect(
		    m, xml_child(ma->root, "join"), "join-profile", &types);
	for (size_t i = 0; i < types.count && rc == 0; i++) {
		rc = add_projections(m, ma, types.items[i]);
		if (rc == 0)
			rc = add_joins(m, ma, types.items[i]);
	}
	return rc;
}
