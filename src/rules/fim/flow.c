/* rules/fim/flow.c -- attribute flows of connectors and metaverse to rules
 * (docs/engine/formats.md 5.5 and 5.7).  A rank among the sources of one
 * attribute becomes the precedence of a rule: first all flows that are first
 * for their attribute, then all that are second, and so on. */
#include <inttypes.h>

#include "expr/expr.h"
#include "rules/fim/fim_int.h"

/* ---- One flow ---- */

static bool
told(struct fim *m, const struct xml_node *n, struct text target,
    const char *what, struct text name)
{
	fim_manual(m, n, target, "<%.*s> %s \"%.*s\"", TEXT_ARGS(n->name), what,
	    TEXT_ARGS(name));
	return false;
}

static bool
set_expression(struct fim *m, struct flow *f, struct text t)
{
	f->kind = FLOW_EXPRESSION;
	f->text = text_dup(m->a, t);
	if (f->text.data == NULL)
		m->v->failed = ERR_NOMEM;
	return f->text.data != NULL;
}

/* src-attribute; intrinsic="true" names a value of the system. */
static bool
flow_direct(struct fim *m, const struct xml_node *n, struct flow *f)
{
	const struct xml_node *src = xml_child(n, "src-attribute");
	struct text name = xml_text(src);

	if (vendor_is_true(xml_attr(src, "intrinsic"))) {
		if (text_is(name, "dn"))
			return set_expression(m, f, TEXT("[dn]"));
		return told(m, n, names_text(m->v->names, f->target),
		    "reads a value that is not known here:", name);
	}
	if (name.len == 0)
		return told(m, n, names_text(m->v->names, f->target),
		    "has no source", name);
	f->kind = FLOW_DIRECT;
	f->source = vendor_name(m->f, src, name);
	return f->source != 0;
}

static bool
flow_scripted(struct fim *m, const struct xml_node *n, struct flow *f)
{
	return told(m, n, names_text(m->v->names, f->target),
	    "is in the rules extension:", xml_child_text(n, "script-context"));
}

static bool
flow_constant(struct fim *m, const struct xml_node *n, struct flow *f)
{
	(void)m;
	f->kind = FLOW_CONSTANT;
	f->text = xml_child_text(n, "constant-value");
	return true;
}

static bool
flow_dn_part(struct fim *m, const struct xml_node *n, struct flow *f)
{
	struct text part = xml_child_text(n, "dn-part");
	int64_t i = 0;

	if (text_to_int64(part, &i) < 0 || i < 1 || i > 1000)
		return told(m, n, names_text(m->v->names, f->target),
		    "reads a part of the DN by another name than its number:",
		    part);
	return set_expression(
	    m, f, fim_printf(m, "DNComponent(CRef([dn]),%" PRId64 ")", i));
}

static const struct xml_node *
function_of(const struct xml_node *n)
{
	const struct xml_node *value = xml_child(n, "sync-rule-value");
	const struct xml_node *flow = xml_child(value, "import-flow");

	if (flow == NULL)
		flow = xml_child(value, "export-flow");
	return xml_child(flow != NULL ? flow : value, "fn");
}

static bool
flow_sync_rule(struct fim *m, const struct xml_node *n, struct flow *f)
{
	struct text type = xml_attr(n, "mapping-type");
	struct buf b;
	bool good;

	f->execute_once = vendor_is_true(xml_attr(n, "initial-flow-only"));
	if (text_is(type, "direct"))
		return flow_direct(m, n, f);
	if (text_is(type, "constant")) {
		f->kind = FLOW_CONSTANT;
		f->text = xml_child_text(n, "sync-rule-value");
		return true;
	}
	if (!text_is(type, "expression") || function_of(n) == NULL)
		return told(m, n, names_text(m->v->names, f->target),
		    "is of a type that is not known:", type);
	buf_init(&b, EXPR_MAX_SOURCE);
	good = fim_fn_text(m, function_of(n), &b) &&
	       set_expression(m, f, buf_text(&b));
	buf_clear(&b);
	return good;
}

static const struct {
	const char *name;
	bool (*read)(struct fim *, const struct xml_node *, struct flow *);
} mappings[] = {
    {"direct-mapping", flow_direct},
    {"scripted-mapping", flow_scripted},
    {"constant-mapping", flow_constant},
    {"dn-part-mapping", flow_dn_part},
    {"sync-rule-mapping", flow_sync_rule},
};

/* The mapping in n as a flow to target; false: there is none, which is told. */
static bool
flow_read(struct fim *m, const struct xml_node *n, struct text target,
    struct flow *out)
{
	*out = (struct flow){.merge = MERGE_UPDATE, .line = (int)n->line};
	out->target = vendor_name(m->f, n, target);
	m->target = target;
	if (out->target == 0)
		return false;
	vendor_unknown(m->f, n,
	    "direct-mapping scripted-mapping constant-mapping dn-part-mapping "
	    "sync-rule-mapping");
	for (size_t i = 0; i < sizeof(mappings) / sizeof(*mappings); i++) {
		const struct xml_node *x = xml_child(n, mappings[i].name);

		if (x != NULL)
			return mappings[i].read(m, x, out);
	}
	fim_manual(m, n, target, "<%.*s> has no mapping that is known",
	    TEXT_ARGS(n->name));
	return false;
}

/* ---- Flows inward ---- */

/* Flows of one source that have the same rank for their attributes. */
struct bucket {
	const struct fim_ma *ma;
	struct text cd, mv;
	size_t rank;
	struct flow *flows;
	size_t count, size;
	unsigned line;
};

struct buckets {
	struct bucket *items;
	size_t count, size;
	size_t ranks;
};

static struct bucket *
bucket_find(struct fim *m, struct buckets *all, const struct bucket *like)
{
	for (size_t i = 0; i < all->count; i++)
		if (all->items[i].ma == like->ma &&
		    all->items[i].rank == like->rank &&
		    text_equal(all->items[i].cd, like->cd) &&
		    text_equal(all->items[i].mv, like->mv))
			return &all->items[i];
	if (all->count >= VENDOR_MAX_RULES ||
	    vendor_grow(m->a, &all->items, &all->size, all->count,
		sizeof(*all->items)) < 0)
		return NULL;
	all->items[all->count] = *like;
	if (like->rank >= all->ranks)
		all->ranks = like->rank + 1;
	return &all->items[all->count++];
}

static int
bucket_add(struct fim *m, struct buckets *all, const struct bucket *like,
    const struct flow *f)
{
	struct bucket *b = bucket_find(m, all, like);

	if (b == NULL || vendor_grow(m->a, &b->flows, &b->size, b->count,
			     sizeof(*b->flows)) < 0)
		return ERR_NOMEM;
	b->flows[b->count++] = *f;
	return 0;
}

static void
tell_precedence(struct fim *m, const struct xml_node *flows)
{
	struct text type = xml_attr(flows, "type");
	struct text target = xml_attr(flows, "mv-attribute");

	if (text_is(type, "equal"))
		fim_manual(m, flows, target,
		    "<import-flows> of equal precedence: the last writer won; "
		    "here the order of the sources decides");
	else if (text_is(type, "manual"))
		fim_manual(m, flows, target,
		    "<import-flows> of manual precedence: the rules extension "
		    "decided; here the order of the sources does");
}

static int
read_import_flows(struct fim *m, const struct xml_node *flows, struct text mv,
    struct buckets *all)
{
	const struct xml_node *n = xml_child(flows, "import-flow");
	size_t rank = 0;
	int rc = 0;

	tell_precedence(m, flows);
	for (; n != NULL && rc == 0; n = xml_next(n, "import-flow")) {
		struct bucket like = {
		    .ma = fim_ma_find(m, xml_attr(n, "src-ma")),
		    .cd = xml_attr(n, "cd-object-type"),
		    .mv = mv,
		    .rank = rank,
		    .line = n->line};
		struct flow f;

		if (like.ma == NULL) {
			fim_manual(m, n, xml_attr(flows, "mv-attribute"),
			    "<import-flow> of a connector that is not in this "
			    "export: %.*s",
			    TEXT_ARGS(xml_attr(n, "src-ma")));
			continue;
		}
		if (!flow_read(m, n, xml_attr(flows, "mv-attribute"), &f))
			continue;
		rc = bucket_add(m, all, &like, &f);
		rank++;
	}
	return rc;
}

static int
add_bucket(struct fim *m, const struct bucket *b)
{
	struct text end =
	    b->rank == 0 ? TEXT("") : fim_printf(m, " (rank %zu)", b->rank + 1);
	struct rule rule = fim_rule(m, b->ma, RULE_INBOUND,
	    fim_printf(m, "In from %.*s - %.*s to %.*s flows%.*s",
		TEXT_ARGS(b->ma->c->name), TEXT_ARGS(b->cd), TEXT_ARGS(b->mv),
		TEXT_ARGS(end)));

	rule.file = m->mv_file;
	rule.line = (int)b->line;
	rule.link = LINK_JOIN;
	rule.source_type = vendor_name(m->f, NULL, b->cd);
	rule.target_type = vendor_name(m->f, NULL, b->mv);
	rule.flows = b->flows;
	rule.flow_count = b->count;
	return fim_add(m, &rule);
}

int
fim_import_flows(struct fim *m)
{
	const struct xml_node *set = xml_child(
	    xml_child(m->mv, "import-attribute-flow"), "import-flow-set");
	struct buckets all = {0};
	int rc = 0;

	fim_enter(m, m->mv_file);
	for (; set != NULL && rc == 0; set = xml_next(set, "import-flow-set")) {
		const struct xml_node *n = xml_child(set, "import-flows");

		vendor_unknown(m->f, set, "import-flows");
		for (; n != NULL && rc == 0; n = xml_next(n, "import-flows"))
			rc = read_import_flows(
			    m, n, xml_attr(set, "mv-object-type"), &all);
	}
	for (size_t rank = 0; rank < all.ranks && rc == 0; rank++)
		for (size_t i = 0; i < all.count && rc == 0; i++)
			if (all.items[i].rank == rank)
				rc = add_bucket(m, &all.items[i]);
	return rc;
}

/* ---- Flows outward ---- */

/* An absent value does not take the target's value away. */
static void
keep_value(struct fim *m, struct flow *f)
{
	struct text source = names_text(m->v->names, f->source);

	if (f->kind == FLOW_DIRECT)
		(void)set_expression(m, f,
		    fim_printf(m,
			"IIF(IsPresent([%.*s]),[%.*s],IgnoreThisFlow)",
			TEXT_ARGS(source), TEXT_ARGS(source)));
	else if (f->kind == FLOW_EXPRESSION)
		(void)set_expression(m, f,
		    fim_printf(m,
			"With($v,%.*s,IIF(IsPresent($v),$v,IgnoreThisFlow))",
			TEXT_ARGS(f->text)));
}

static bool
keeps_value(const struct xml_node *n)
{
	const struct xml_node *own =
	    xml_path(n, "sync-rule-mapping/sync-rule-value/export-flow");

	return vendor_is_true(xml_attr(n, "suppress-deletions")) ||
	       text_is_nocase(xml_attr(own, "allows-null"), "false");
}

static int
read_export_set(struct fim *m, const struct xml_node *set, struct rule *rule)
{
	const struct xml_node *n = xml_child(set, "export-flow");

	rule->flows = arena_array(m->a, set->count + 1, sizeof(*rule->flows));
	if (rule->flows == NULL)
		return ERR_NOMEM;
	for (; n != NULL; n = xml_next(n, "export-flow")) {
		struct flow *f = &rule->flows[rule->flow_count];

		if (!flow_read(m, n, xml_attr(n, "cd-attribute"), f))
			continue;
		if (keeps_value(n))
			keep_value(m, f);
		rule->flow_count++;
	}
	return m->v->failed;
}

/* A flow outward needs a join of its direction: that of the other one. */
static int
add_outward_join(struct fim *m, const struct fim_ma *ma,
    const struct xml_node *set, struct rule *rule)
{
	int rc = fim_join_groups(m, ma, xml_attr(set, "cd-object-type"),
	    xml_attr(set, "mv-object-type"), rule);

	if (rc < 0 || rule->join_count > 0)
		return rc;
	rule->disabled = true;
	m->f->rule = rule->name;
	fim_manual(m, set, (struct text){0},
	    "<export-flow-set> of objects that no join describes: objects were "
	    "made by the rules extension.  Give the rule a join, or link: "
	    "provision with a flow to dn, and enable it");
	m->f->rule = (struct text){0};
	return 0;
}

int
fim_export_flows(struct fim *m, const struct fim_ma *ma)
{
	const struct xml_node *set = xml_child(
	    xml_child(ma->root, "export-attribute-flow"), "export-flow-set");
	int rc = 0;

	for (; set != NULL && rc == 0; set = xml_next(set, "export-flow-set")) {
		struct text cd = xml_attr(set, "cd-object-type");
		struct text mv = xml_attr(set, "mv-object-type");
		struct rule rule = fim_rule(m, ma, RULE_OUTBOUND,
		    fim_printf(m, "Out to %.*s - %.*s to %.*s flows",
			TEXT_ARGS(ma->c->name), TEXT_ARGS(mv), TEXT_ARGS(cd)));

		vendor_unknown(m->f, set, "export-flow");
		rule.line = (int)set->line;
		rule.link = LINK_JOIN;
		rule.source_type = vendor_name(m->f, set, mv);
		rule.target_type = vendor_name(m->f, set, cd);
		rc = read_export_set(m, set, &rule);
		if (rc == 0 && rule.flow_count > 0)
			rc = add_outward_join(m, ma, set, &rule);
		if (rc == 0 && rule.flow_count > 0)
			rc = fim_add(m, &rule);
	}
	return rc;
}
