/* rules/vendor/rule_xml.c -- one <synchronizationRule> to a struct rule
 * (docs/engine/formats.md 2). */
#include "rules/vendor/vendor_int.h"
#include "rules/words.h"

#define NO_ATTR ((struct text){0})

static const char rule_elements[] =
    "id internal-id version name description immutable-tag "
    "direction disabled connector sourceObjectType "
    "targetObjectType linkType precedence precedence-after "
    "precedence-before softDeleteExpiryInterval "
    "EnablePasswordSync attribute-mappings relationshipCriteria "
    "synchronizationCriteria";

bool
vendor_rule_knows(struct text element)
{
	return vendor_among(element, rule_elements);
}

/* Text with elements in it is a damaged file: what the text is nobody can
 * tell. */
static void
want_text(struct vendor_file *f, const struct xml_node *n)
{
	if (n != NULL && n->first != NULL)
		vendor_problem(f, true, n->first, NO_ATTR,
		    "element <%.*s> in <%.*s>, which holds text alone",
		    TEXT_ARGS(n->first->name), TEXT_ARGS(n->name));
}

/* ---- Flows ---- */

static uint32_t
name_in(struct vendor_file *f, const struct xml_node *n, const char *child)
{
	const struct xml_node *c = xml_child(n, child);
	struct text t = xml_text(c);

	if (t.len == 0) {
		vendor_problem(f, true, c != NULL ? c : n, NO_ATTR,
		    "<%.*s> without <%s>", TEXT_ARGS(n->name), child);
		return 0;
	}
	return vendor_name(f, c, t);
}

static void
read_source(struct vendor_file *f, const struct xml_node *src, struct flow *out)
{
	const struct xml_node *attr = xml_child(src, "attr");
	struct text target = names_text(f->v->names, out->target);

	want_text(f, attr != NULL ? attr : src);
	if (attr == NULL) {
		out->kind = FLOW_CONSTANT;
		out->text = src == NULL ? TEXT("") : src->text;
		if (out->text.len == 0)
			vendor_problem(f, false, src, target,
			    "a mapping without source and expression: it "
			    "gives no value");
		return;
	}
	out->kind = FLOW_DIRECT;
	out->source = vendor_name(f, attr, xml_text(attr));
	if (xml_next(attr, "attr") != NULL)
		vendor_problem(f, false, attr, target,
		    "a direct flow of several attributes: the first is taken");
}

int
vendor_flow_read(
    struct vendor_file *f, const struct xml_node *n, struct flow *out)
{
	const struct xml_node *x = xml_child(n, "expression");
	const struct xml_node *merge = xml_child(n, "valueMergeType");

	vendor_unknown(f, n, "dest src expression valueMergeType");
	want_text(f, xml_child(n, "dest"));
	want_text(f, x);
	want_text(f, merge);
	*out = (struct flow){.merge = MERGE_UPDATE,
	    .line = (int)n->line,
	    .execute_once = vendor_is_true(xml_attr(n, "execute-once"))};
	out->target = name_in(f, n, "dest");
	if (out->target == 0)
		return 1;
	if (merge != NULL && xml_text(merge).len > 0 &&
	    !merge_find(xml_text(merge), FORM_VENDOR, &out->merge))
		vendor_problem(f, true, merge,
		    names_text(f->v->names, out->target),
		    "valueMergeType \"%.*s\" is none of Update, Replace, "
		    "Merge, MergeCaseInsensitive",
		    TEXT_ARGS(xml_text(merge)));
	if (xml_text(x).len > 0) {
		out->kind = FLOW_EXPRESSION;
		out->text = x->text;
		out->line = (int)x->line;
	} else {
		read_source(f, xml_child(n, "src"), out);
	}
	return out->kind == FLOW_DIRECT && out->source == 0 ? 1 : 0;
}

static int
read_flows(struct vendor_file *f, const struct xml_node *list, struct rule *out)
{
	int r = 0;

	if (list == NULL)
		return 0;
	vendor_unknown(f, list, "mapping");
	out->flows =
	    arena_array(f->v->arena, list->count + 1, sizeof(*out->flows));
	if (out->flows == NULL)
		return ERR_NOMEM;
	for (const struct xml_node *n = xml_child(list, "mapping");
	     n != NULL && r >= 0; n = xml_next(n, "mapping")) {
		r = vendor_flow_read(f, n, &out->flows[out->flow_count]);
		out->flow_count += r == 0;
	}
	return r < 0 ? r : 0;
}

/* ---- Scope ---- */

static void
read_scope_clause(
    struct vendor_file *f, const struct xml_node *n, struct scope_clause *out)
{
	struct text op = xml_child_text(n, "csOperator");
	bool odd = false;

	vendor_unknown(f, n, "csAttribute csOperator csValue");
	want_text(f, xml_child(n, "csAttribute"));
	want_text(f, xml_child(n, "csOperator"));
	want_text(f, xml_child(n, "csValue"));
	out->name = name_in(f, n, "csAttribute");
	out->value = xml_child_text(n, "csValue");
	if (out->value.len > 0) /* its blanks may matter */
		out->value = xml_child(n, "csValue")->text;
	out->op = SCOPE_EQUAL;
	if (!scope_op_find(op, &out->op, &odd))
		vendor_problem(f, true, n, xml_child_text(n, "csAttribute"),
		    "scope: there is no operator \"%.*s\"", TEXT_ARGS(op));
	else if (odd)
		vendor_problem(f, false, n, xml_child_text(n, "csAttribute"),
		    "scope: operator \"%.*s\" is read as %s", TEXT_ARGS(op),
		    scope_op_text(out->op));
}

static int
read_scope_group(
    struct vendor_file *f, const struct xml_node *n, struct scope_group *out)
{
	vendor_unknown(f, n, "scope");
	out->clauses =
	    arena_array(f->v->arena, n->count + 1, sizeof(*out->clauses));
	if (out->clauses == NULL)
		return ERR_NOMEM;
	for (n = xml_child(n, "scope"); n != NULL; n = xml_next(n, "scope"))
		read_scope_clause(f, n, &out->clauses[out->count++]);
	return 0;
}

static int
read_scope(struct vendor_file *f, const struct xml_node *list, struct rule *out)
{
	int r = 0;

	if (list == NULL)
		return 0;
	vendor_unknown(f, list, "conditions");
	out->scope =
	    arena_array(f->v->arena, list->count + 1, sizeof(*out->scope));
	if (out->scope == NULL)
		return ERR_NOMEM;
	for (const struct xml_node *n = xml_child(list, "conditions");
	     n != NULL && r == 0; n = xml_next(n, "conditions"))
		r = read_scope_group(f, n, &out->scope[out->scope_count++]);
	return r;
}

/* ---- Join ---- */

static int
read_join_group(
    struct vendor_file *f, const struct xml_node *n, struct join_group *out)
{
	vendor_unknown(f, n, "condition");
	out->clauses =
	    arena_array(f->v->arena, n->count + 1, sizeof(*out->clauses));
	if (out->clauses == NULL)
		return ERR_NOMEM;
	for (n = xml_child(n, "condition"); n != NULL;
	     n = xml_next(n, "condition")) {
		struct join_clause *c = &out->clauses[out->count++];

		vendor_unknown(f, n, "csAttribute ilmAttribute caseSensitive");
		want_text(f, xml_child(n, "csAttribute"));
		want_text(f, xml_child(n, "ilmAttribute"));
		want_text(f, xml_child(n, "caseSensitive"));
		c->cs_name = name_in(f, n, "csAttribute");
		c->mv_name = name_in(f, n, "ilmAttribute");
		c->case_sensitive =
		    vendor_is_true(xml_child_text(n, "caseSensitive"));
	}
	return 0;
}

static int
read_join(struct vendor_file *f, const struct xml_node *list, struct rule *out)
{
	int r = 0;

	if (list == NULL)
		return 0;
	vendor_unknown(f, list, "conditions");
	out->join =
	    arena_array(f->v->arena, list->count + 1, sizeof(*out->join));
	if (out->join == NULL)
		return ERR_NOMEM;
	for (const struct xml_node *n = xml_child(list, "conditions");
	     n != NULL && r == 0; n = xml_next(n, "conditions"))
		r = read_join_group(f, n, &out->join[out->join_count++]);
	return r;
}

/* ---- The head ---- */

static void
bad_word(struct vendor_file *f, const struct xml_node *root, const char *name,
    const char *wanted)
{
	const struct xml_node *n = xml_child(root, name);

	vendor_problem(f, true, n != NULL ? n : root, NO_ATTR,
	    "<%s> \"%.*s\" is none of %s", name, TEXT_ARGS(xml_text(n)),
	    wanted);
}

static void
read_words(struct vendor_file *f, const struct xml_node *root, struct rule *out)
{
	struct text direction = xml_child_text(root, "direction");
	struct text span = xml_child_text(root, "softDeleteExpiryInterval");

	out->direction = RULE_INBOUND;
	out->link = LINK_JOIN;
	if (!direction_find(direction, FORM_VENDOR, &out->direction))
		bad_word(f, root, "direction", "Inbound, Outbound");
	if (!link_find(
		xml_child_text(root, "linkType"), FORM_VENDOR, &out->link))
		bad_word(f, root, "linkType", "Provision, Join, StickyJoin");
	if (span.len > 0 && !timespan_parse(span, &out->soft_delete_ms))
		bad_word(f, root, "softDeleteExpiryInterval",
		    "the form [days.]hh:mm:ss");
}

static uint32_t
read_type(struct vendor_file *f, const struct xml_node *root, const char *name)
{
	const struct xml_node *n = xml_child(root, name);
	struct text t = xml_text(n);

	if (text_is(t, "*"))
		return 0;
	if (t.len == 0) {
		vendor_problem(f, true, n != NULL ? n : root, NO_ATTR,
		    "<%s> is missing", name);
		return 0;
	}
	return vendor_name(f, n, t);
}

static void
read_precedence(
    struct vendor_file *f, const struct xml_node *root, struct rule *out)
{
	int64_t n = 0;
	struct text t = xml_child_text(root, "precedence");

	if (text_to_int64(t, &n) < 0 || n < 0 || n > INT32_MAX)
		bad_word(f, root, "precedence", "0 to 2147483647");
	out->precedence = (int32_t)n;
}

/* The connector's name; what is unknown is an error. */
static struct text
read_owner(struct vendor_file *f, const struct xml_node *root)
{
	struct text id =
	    rule_guid(f->v->arena, xml_child_text(root, "connector"));

	for (size_t i = 0; i < f->v->connector_count; i++)
		if (text_equal(f->v->connectors[i].id, id))
			return f->v->connectors[i].name;
	vendor_problem(f, true, xml_child(root, "connector"), NO_ATTR,
	    "<connector> %.*s is not among the connectors", TEXT_ARGS(id));
	return TEXT("");
}

/* True, true, 1; False, false, 0; or it is not there. */
static bool
read_flag(struct vendor_file *f, const struct xml_node *root, const char *name)
{
	struct text t = xml_child_text(root, name);

	if (t.len > 0 && !vendor_is_true(t) && !text_is_nocase(t, "false") &&
	    !text_is(t, "0"))
		vendor_problem(f, true, xml_child(root, name), NO_ATTR,
		    "<%s> \"%.*s\" is neither True nor False", name,
		    TEXT_ARGS(t));
	return vendor_is_true(t);
}

static void
read_head(struct vendor_file *f, const struct xml_node *root, struct rule *out,
    struct vendor_rule *extra)
{
	struct arena *a = f->v->arena;

	out->id = rule_guid(a, xml_child_text(root, "id"));
	if (out->id.len == 0)
		vendor_problem(f, true, root, NO_ATTR, "<id> is missing");
	out->name = xml_child_text(root, "name");
	out->description = xml_child_text(root, "description");
	out->tag = xml_child_text(root, "immutable-tag");
	out->file = f->name;
	out->line = (int)root->line;
	out->exact = true;
	out->disabled = read_flag(f, root, "disabled");
	out->password_sync = read_flag(f, root, "EnablePasswordSync");
	extra->internal_id = rule_guid(a, xml_child_text(root, "internal-id"));
	extra->version = xml_child_text(root, "version");
	extra->after = rule_guid(a, xml_child_text(root, "precedence-after"));
	extra->before = rule_guid(a, xml_child_text(root, "precedence-before"));
}

/* What is known and holds text. */
static void
want_heads(struct vendor_file *f, const struct xml_node *root)
{
	static const char *const heads[] = {"id", "name", "description",
	    "immutable-tag", "direction", "disabled", "connector",
	    "sourceObjectType", "targetObjectType", "linkType", "precedence",
	    "softDeleteExpiryInterval", "EnablePasswordSync"};

	for (size_t i = 0; i < sizeof(heads) / sizeof(heads[0]); i++)
		want_text(f, xml_child(root, heads[i]));
}

int
vendor_rule_read(struct vendor_file *f, const struct xml_node *root,
    struct rule *out, struct vendor_rule *extra)
{
	int r;

	*out = (struct rule){0};
	*extra = (struct vendor_rule){.root = root};
	f->rule = xml_child_text(root, "name");
	vendor_unknown(f, root, rule_elements);
	want_heads(f, root);
	read_head(f, root, out, extra);
	read_words(f, root, out);
	read_precedence(f, root, out);
	out->connector = read_owner(f, root);
	out->source_type = read_type(f, root, "sourceObjectType");
	out->target_type = read_type(f, root, "targetObjectType");
	r = out->id.len == 0
		? 0
		: names_intern(f->v->names, out->id, &out->id_name);
	if (r == 0)
		r = read_scope(
		    f, xml_child(root, "synchronizationCriteria"), out);
	if (r == 0)
		r = read_join(f, xml_child(root, "relationshipCriteria"), out);
	if (r == 0)
		r = read_flows(f, xml_child(root, "attribute-mappings"), out);
	f->rule = NO_ATTR;
	return r;
}
