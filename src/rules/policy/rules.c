/* rules/policy/rules.c -- one rule of the settings JSON to a struct rule. */
#include "rules/policy/policy_int.h"
#include "rules/words.h"

#define NO_ATTR ((struct text){0})

/* The first of the keys that is there. */
static struct json *
any_of(const struct json *j, const char *const *keys)
{
	struct json *found = NULL;

	for (; *keys != NULL && found == NULL; keys++)
		found = policy_get(j, *keys);
	return found;
}

static bool
is_true(const struct json *j)
{
	return json_bool(j, false) || vendor_is_true(json_text(j));
}

static uint32_t
name_of(struct policy *p, const struct json *j, const char *what)
{
	struct text t = json_text(j);

	if (t.len == 0) {
		policy_problem(p, true, NO_ATTR, "%s is missing", what);
		return 0;
	}
	return vendor_name(p->f, NULL, text_dup(p->a, t));
}

/* ---- Scope ---- */

static void
read_clause(struct policy *p, const struct json *j, struct scope_clause *out)
{
	static const char *const attribute[] = {
	    "attribute", "csAttribute", NULL};
	static const char *const operator[] = {
	    "condition", "operator", "csOperator", "comparisonOperator", NULL};
	static const char *const value[] = {
	    "value", "csValue", "comparisonValue", NULL};
	struct text op = json_text(any_of(j, operator));
	bool odd = false;

	out->name = name_of(p, any_of(j, attribute), "attribute of the scope");
	out->value = policy_line(p, any_of(j, value));
	out->op = SCOPE_EQUAL;
	if (!scope_op_find(op, &out->op, &odd))
		policy_problem(p, true, json_text(any_of(j, attribute)),
		    "scope: there is no operator \"%.*s\"", TEXT_ARGS(op));
	else if (odd)
		policy_problem(p, false, json_text(any_of(j, attribute)),
		    "scope: operator \"%.*s\" is read as %s", TEXT_ARGS(op),
		    scope_op_text(out->op));
}

/* The conditions of a group: a list, or a member of an object that is one. */
static const struct json *
group_of(const struct json *j)
{
	static const char *const keys[] = {"conditions", "scopeConditions",
	    "scopeConditionList", "joinConditions", "joinConditionList", NULL};

	return json_type(j) == JSON_LIST ? j : any_of(j, keys);
}

static int
read_scope_group(
    struct policy *p, const struct json *list, struct scope_group *out)
{
	size_t n = json_count(list);

	if (n > VENDOR_MAX_ITEMS)
		return ERR_LIMIT;
	out->clauses = arena_array(p->a, n + 1, sizeof(*out->clauses));
	if (out->clauses == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		read_clause(p, json_at(list, i), &out->clauses[out->count++]);
	return 0;
}

/* Which of groups and conditions it stands for, nobody could tell. */
static void
check_list(struct policy *p, const struct json *list, const char *what)
{
	if (list != NULL && json_type(list) != JSON_LIST &&
	    json_type(list) != JSON_NULL)
		policy_problem(
		    p, true, (struct text){0}, "%s is no list", what);
}

/* Groups, or the conditions of the only one. */
static int
read_scope(struct policy *p, const struct json *list, struct rule *out)
{
	size_t n = json_count(list);
	bool groups = n > 0 && group_of(json_at(list, 0)) != NULL;
	int rc = 0;

	check_list(p, list, "scopeFilters");
	if (json_type(list) != JSON_LIST || n == 0)
		return 0;
	if (n > VENDOR_MAX_ITEMS)
		return ERR_LIMIT;
	out->scope = arena_array(p->a, n + 1, sizeof(*out->scope));
	if (out->scope == NULL)
		return ERR_NOMEM;
	if (!groups)
		return read_scope_group(
		    p, list, &out->scope[out->scope_count++]);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = read_scope_group(p, group_of(json_at(list, i)),
		    &out->scope[out->scope_count++]);
	return rc;
}

/* ---- Join ---- */

static void
read_join_clause(
    struct policy *p, const struct json *j, struct join_clause *out)
{
	static const char *const source[] = {
	    "csAttribute", "sourceAttribute", "source", NULL};
	static const char *const target[] = {"ilmAttribute", "mvAttribute",
	    "targetAttribute", "target", "destination", NULL};

	out->cs_name = name_of(p, any_of(j, source), "csAttribute of the join");
	out->mv_name = name_of(p, any_of(j, target), "mvAttribute of the join");
	out->case_sensitive = is_true(policy_get(j, "caseSensitive"));
}

static int
read_join_group(
    struct policy *p, const struct json *list, struct join_group *out)
{
	size_t n = json_count(list);

	if (n > VENDOR_MAX_ITEMS)
		return ERR_LIMIT;
	out->clauses = arena_array(p->a, n + 1, sizeof(*out->clauses));
	if (out->clauses == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++)
		read_join_clause(
		    p, json_at(list, i), &out->clauses[out->count++]);
	return 0;
}

static int
read_join(struct policy *p, const struct json *list, struct rule *out)
{
	size_t n = json_count(list);
	bool groups = n > 0 && group_of(json_at(list, 0)) != NULL;
	int rc = 0;

	check_list(p, list, "the join");
	if (json_type(list) != JSON_LIST || n == 0)
		return 0;
	if (n > VENDOR_MAX_ITEMS)
		return ERR_LIMIT;
	out->join = arena_array(p->a, n + 1, sizeof(*out->join));
	if (out->join == NULL)
		return ERR_NOMEM;
	if (!groups)
		return read_join_group(p, list, &out->join[out->join_count++]);
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = read_join_group(p, group_of(json_at(list, i)),
		    &out->join[out->join_count++]);
	return rc;
}

/* ---- Flows ---- */

static const struct json *
first_source(const struct json *j)
{
	const struct json *s = policy_get(j, "source");

	return policy_count(s) == 0 ? NULL : policy_at(s, 0);
}

/* Without flowType: an expression, else the attribute that source names. */
static enum flow_kind
kind_of(struct policy *p, const struct json *j)
{
	static const char *const keys[] = {
	    "flowType", "type", "mappingType", NULL};
	struct text word = json_text(any_of(j, keys));
	enum flow_kind kind = policy_text(j, "expression").len > 0
				  ? FLOW_EXPRESSION
				  : FLOW_DIRECT;

	if (word.len > 0 && !flow_kind_find(word, &kind))
		policy_problem(p, true, policy_text(j, "destination"),
		    "flowType \"%.*s\" is none of Direct, Constant, Expression",
		    TEXT_ARGS(word));
	return kind;
}

static void
read_merge(struct policy *p, const struct json *j, struct flow *out)
{
	static const char *const keys[] = {"valueMergeType", "mergeType", NULL};
	struct text word = json_text(any_of(j, keys));

	out->merge = MERGE_UPDATE;
	if (word.len > 0 && !merge_find(word, FORM_VENDOR, &out->merge))
		policy_problem(p, true, policy_text(j, "destination"),
		    "valueMergeType \"%.*s\" is none of Update, Replace, "
		    "Merge, MergeCaseInsensitive",
		    TEXT_ARGS(word));
}

static void
read_flow(struct policy *p, const struct json *j, struct flow *out)
{
	static const char *const targets[] = {"destination", "dest", NULL};
	static const char *const once[] = {
	    "executeOnce", "execute-once", "applyOnce", NULL};

	*out = (struct flow){.kind = kind_of(p, j)};
	read_merge(p, j, out);
	out->execute_once = is_true(any_of(j, once));
	out->target =
	    name_of(p, any_of(j, targets), "destination of a mapping");
	switch (out->kind) {
	case FLOW_DIRECT:
		out->source =
		    name_of(p, first_source(j), "source of a mapping");
		break;
	case FLOW_CONSTANT:
		out->text = policy_line(p, first_source(j));
		break;
	case FLOW_EXPRESSION:
		out->text = policy_line(p, policy_get(j, "expression"));
		break;
	}
}

static int
read_flows(struct policy *p, const struct json *list, struct rule *out)
{
	size_t n = policy_count(list);

	if (n > VENDOR_MAX_ITEMS)
		return ERR_LIMIT;
	out->flows = arena_array(p->a, n + 1, sizeof(*out->flows));
	if (out->flows == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n; i++) {
		struct flow *f = &out->flows[out->flow_count];

		read_flow(p, policy_at(list, i), f);
		out->flow_count += f->target != 0 &&
				   (f->kind != FLOW_DIRECT || f->source != 0);
	}
	return 0;
}

/* ---- A rule ---- */

static uint32_t
type_of(struct policy *p, const struct json *j, const char *const *keys)
{
	const struct json *n = any_of(j, keys);

	if (text_is(json_text(n), "*"))
		return 0;
	return name_of(p, n, keys[0]);
}

static void
read_words(struct policy *p, const struct json *j, struct rule *out)
{
	struct text direction = policy_text(j, "direction");
	struct text link = policy_text(j, "linkType");
	struct text span = policy_text(j, "softDeleteExpiryInterval");
	int64_t n = json_int(policy_get(j, "precedence"), -1);

	out->direction = RULE_INBOUND;
	out->link = LINK_JOIN;
	if (!direction_find(direction, FORM_VENDOR, &out->direction))
		policy_problem(p, true, NO_ATTR,
		    "direction \"%.*s\" is none of Inbound, Outbound",
		    TEXT_ARGS(direction));
	if (!link_find(link, FORM_VENDOR, &out->link))
		policy_problem(p, true, NO_ATTR,
		    "linkType \"%.*s\" is none of Provision, Join, StickyJoin",
		    TEXT_ARGS(link));
	if (span.len > 0 && !timespan_parse(span, &out->soft_delete_ms))
		policy_problem(p, true, NO_ATTR,
		    "softDeleteExpiryInterval \"%.*s\" is no time span",
		    TEXT_ARGS(span));
	if (n < 0 || n > INT32_MAX)
		policy_problem(p, true, NO_ATTR, "precedence is no number");
	out->precedence = n < 0 || n > INT32_MAX ? 0 : (int32_t)n;
}

static const char rule_keys[] =
    "name description uniqueIdentifier internalIdentifier identifier "
    "immutableTag direction source target sourceObjectType targetObjectType "
    "linkType precedence precedenceAfter precedenceBefore disabled "
    "enablePasswordSync softDeleteExpiryInterval version connector "
    "scopeFilters joinFilters joinConditions joinRules joins "
    "attributeMappings";

static int
read_rule(struct policy *p, const struct json *j, struct rule *out)
{
	static const char *const ids[] = {
	    "uniqueIdentifier", "identifier", NULL};
	static const char *const sources[] = {
	    "source", "sourceObjectType", NULL};
	static const char *const targets[] = {
	    "target", "targetObjectType", NULL};
	static const char *const joins[] = {
	    "joinFilters", "joinConditions", "joinRules", "joins", NULL};
	int rc;

	*out = (struct rule){.exact = true, .file = p->f->name};
	out->id = rule_guid(p->a, json_text(any_of(j, ids)));
	out->name = p->f->rule = text_dup(p->a, policy_text(j, "name"));
	out->description = text_dup(p->a, policy_text(j, "description"));
	out->tag = text_dup(p->a, policy_text(j, "immutableTag"));
	out->connector = p->connector->name;
	out->disabled = is_true(policy_get(j, "disabled"));
	out->password_sync = is_true(policy_get(j, "enablePasswordSync"));
	if (out->id.len == 0)
		policy_problem(p, true, NO_ATTR, "uniqueIdentifier is missing");
	read_words(p, j, out);
	out->source_type = type_of(p, j, sources);
	out->target_type = type_of(p, j, targets);
	rc = out->id.len == 0
		 ? 0
		 : names_intern(p->v->names, out->id, &out->id_name);
	if (rc == 0)
		rc = read_scope(p, policy_get(j, "scopeFilters"), out);
	if (rc == 0)
		rc = read_join(p, any_of(j, joins), out);
	if (rc == 0)
		rc = read_flows(p, policy_get(j, "attributeMappings"), out);
	if (rc == 0)
		rc = policy_unknown(p, j, rule_keys);
	p->f->rule = NO_ATTR;
	return rc;
}

int
policy_custom_rules(struct policy *p, const struct json *list)
{
	struct err e = {0};
	int rc = 0;

	for (size_t i = 0; i < policy_count(list) && rc == 0; i++) {
		const char *before =
		    policy_enter(p, "customSynchronizationRules", i);
		struct rule rule;

		rc = read_rule(p, policy_at(list, i), &rule);
		if (rc == 0)
			rc = vendor_add_rule(p->v, &rule, &e);
		p->path = before;
	}
	return rc;
}

int
policy_standard_rules(struct policy *p, const struct json *list)
{
	struct vendor *v = p->v;
	size_t n = policy_count(list);
	struct vendor_standard *items;

	if (n + v->standard_count > VENDOR_MAX_RULES)
		return ERR_LIMIT;
	items = arena_array(p->a, v->standard_count + n + 1, sizeof(*items));
	if (items == NULL)
		return ERR_NOMEM;
	if (v->standard_count > 0)
		memcpy(items, v->standard, v->standard_count * sizeof(*items));
	for (size_t i = 0; i < n; i++) {
		const struct json *j = policy_at(list, i);

		items[v->standard_count++] = (struct vendor_standard){
		    .name = text_dup(p->a, policy_text(j, "name")),
		    .id = rule_guid(p->a, policy_text(j, "uniqueIdentifier")),
		    .tag = text_dup(p->a, policy_text(j, "immutableTag")),
		    .connector = p->connector->name,
		    .precedence = json_int(policy_get(j, "precedence"), 0),
		    .disabled = is_true(policy_get(j, "disabled"))};
	}
	v->standard = items;
	return 0;
}
