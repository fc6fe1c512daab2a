/* rules/powershell/powershell.c -- commands to rules; see powershell.h. */
#include "rules/powershell/powershell.h"

#include <stdlib.h>

#include "codec/encoding.h"
#include "rules/powershell/powershell_int.h"
#include "rules/words.h"

/* A rule that is being put together. */
struct draft {
	struct rule rule;
	size_t flow_size, scope_size, join_size;
	bool added;
	struct draft *next;
};

enum variable_kind {
	VAR_RULE = 1,
	VAR_SCOPE,
	VAR_JOIN,
};

struct variable {
	struct text name;
	enum variable_kind kind;
	struct draft *draft;
	struct scope_clause scope;
	struct join_clause join;
};

struct script {
	struct reader r; /* names, problems; the rules so far */
	struct ps_parser parser;
	struct variable *vars;
	size_t var_count, var_size;
	struct draft *first, **last;
};

#define NAMES(...) ((const char *const[]){__VA_ARGS__, NULL})

/* ---- Small pieces ---- */

/* Room for one item more; NULL: no memory, which sticks. */
static void *
grow(struct script *s, void *items, size_t count, size_t *size, size_t item)
{
	char *more;

	if (count < *size)
		return items;
	*size = *size == 0 ? 8 : *size * 2;
	more = arena_array(s->r.arena, *size, item);
	if (more == NULL)
		s->r.failed = ERR_NOMEM;
	else if (count > 0)
		memcpy(more, items, count * item);
	return more;
}

static const struct ps_arg *
arg_find(const struct ps_command *c, const char *name)
{
	for (size_t i = 0; i < c->count; i++)
		if (text_is_nocase(c->args[i].name, name))
			return &c->args[i];
	return NULL;
}

static struct text
arg_text(struct script *s, const struct ps_command *c, const char *name)
{
	const struct ps_arg *arg = arg_find(c, name);
	bool none = arg != NULL && arg->count == 1 &&
		    arg->values[0].kind == PS_VARIABLE &&
		    text_is_nocase(arg->values[0].text, "null");

	if (arg == NULL || none)
		return (struct text){0};
	if (arg->count == 1 && arg->values[0].kind != PS_VARIABLE)
		return arg->values[0].text;
	reader_problem(&s->r, true, arg->line, (struct text){0},
	    "-%s: one text is wanted", name);
	return (struct text){0};
}

static bool
value_is_true(const struct ps_value *v)
{
	return text_is_nocase(v->text, "true");
}

static bool
value_is_bool(const struct ps_value *v)
{
	return value_is_true(v) || text_is_nocase(v->text, "false");
}

static bool
arg_flag(struct script *s, const struct ps_command *c, const char *name)
{
	const struct ps_arg *arg = arg_find(c, name);

	if (arg == NULL || !arg->given)
		return arg != NULL;
	if (arg->count == 1 && value_is_bool(&arg->values[0]))
		return value_is_true(&arg->values[0]);
	reader_problem(&s->r, true, arg->line, (struct text){0},
	    "-%s: $true or $false is wanted", name);
	return false;
}

static bool
is_among(struct text name, const char *const *names)
{
	for (; *names != NULL; names++)
		if (text_is_nocase(name, *names))
			return true;
	return false;
}

/* What a command does not have is refused: it would mean something. */
static int
check_args(const struct ps_command *c, const char *const *names, struct err *e)
{
	const char *const *common = NAMES("OutVariable", "ErrorAction",
	    "Verbose", "Confirm", "SynchronizationRule");

	for (size_t i = 0; i < c->count; i++) {
		const struct ps_arg *arg = &c->args[i];

		for (size_t k = 0; k < i; k++)
			if (text_equal_nocase(arg->name, c->args[k].name))
				return err_set(e, ERR_SYNTAX,
				    "line %u: %.*s has -%.*s twice", arg->line,
				    TEXT_ARGS(c->name), TEXT_ARGS(arg->name));
		if (is_among(arg->name, names) || is_among(arg->name, common))
			continue;
		if (arg->name.len == 0)
			return err_set(e, ERR_SYNTAX,
			    "line %u: %.*s: a value without its -Name",
			    arg->line, TEXT_ARGS(c->name));
		return err_set(e, ERR_SYNTAX, "line %u: %.*s has no -%.*s",
		    arg->line, TEXT_ARGS(c->name), TEXT_ARGS(arg->name));
	}
	return 0;
}

static struct text
upper(struct script *s, struct text t)
{
	char *p = arena_strndup(s->r.arena, t.len == 0 ? "" : t.data, t.len);

	for (size_t i = 0; p != NULL && i < t.len; i++)
		if (p[i] >= 'a' && p[i] <= 'z')
			p[i] = (char)(p[i] - 'a' + 'A');
	if (p == NULL)
		s->r.failed = ERR_NOMEM;
	return (struct text){p, p == NULL ? 0 : t.len};
}

/* ---- Variables ---- */

static const struct variable *
var_find(const struct script *s, struct text name)
{
	for (size_t i = 0; i < s->var_count; i++)
		if (text_equal_nocase(s->vars[i].name, name))
			return &s->vars[i];
	return NULL;
}

static void
var_set(struct script *s, struct variable v, unsigned line)
{
	for (size_t i = 0; i < s->var_count; i++)
		if (text_equal_nocase(s->vars[i].name, v.name)) {
			s->vars[i] = v;
			return;
		}
	if (s->var_count == PS_MAX_VARIABLES) {
		reader_problem(&s->r, true, line, (struct text){0},
		    "over %u variables", PS_MAX_VARIABLES);
		return;
	}
	s->vars = grow(s, s->vars, s->var_count, &s->var_size, sizeof(v));
	if (s->vars != NULL)
		s->vars[s->var_count++] = v;
}

/* The result of a command goes where "$x =" or -OutVariable says. */
static void
keep(struct script *s, const struct ps_command *c, struct variable v)
{
	struct text name = c->assign;

	if (name.len == 0)
		name = arg_text(s, c, "OutVariable");
	if (name.len == 0)
		return;
	v.name = name;
	var_set(s, v, c->line);
}

static struct draft *
rule_arg(struct script *s, const struct ps_command *c)
{
	const struct ps_arg *arg = arg_find(c, "SynchronizationRule");
	const struct variable *v = NULL;

	if (arg != NULL && arg->count == 1 &&
	    arg->values[0].kind == PS_VARIABLE)
		v = var_find(s, arg->values[0].text);
	if (v == NULL || v->kind != VAR_RULE) {
		reader_problem(&s->r, true, c->line, (struct text){0},
		    "%.*s: -SynchronizationRule names no rule above",
		    TEXT_ARGS(c->name));
		return NULL;
	}
	if (v->draft->added) {
		reader_problem(&s->r, true, c->line, (struct text){0},
		    "%.*s: the rule \"%.*s\" was added already",
		    TEXT_ARGS(c->name), TEXT_ARGS(v->draft->rule.name));
		return NULL;
	}
	s->r.rule_name = v->draft->rule.name;
	return v->draft;
}

/* ---- New-ADSyncRule ---- */

static int32_t
arg_precedence(struct script *s, const struct ps_command *c)
{
	struct text t = arg_text(s, c, "Precedence");
	int64_t n = 0;

	if (t.len > 0 &&
	    (text_to_int64(t, &n) < 0 || n < 0 || n > INT32_MAX - 1000)) {
		reader_problem(&s->r, true, c->line, (struct text){0},
		    "-Precedence: \"%.*s\" is no number from 0 on",
		    TEXT_ARGS(t));
		n = 0;
	}
	return (int32_t)n;
}

static uint32_t
arg_type(struct script *s, const struct ps_command *c, const char *name)
{
	struct text t = arg_text(s, c, name);

	if (t.len == 0)
		reader_problem(&s->r, true, c->line, (struct text){0},
		    "-%s: the object type is missing", name);
	return t.len == 0 || text_is(t, "*") ? 0
					     : reader_name(&s->r, t, c->line);
}

/* A GUID, or nothing where it is all zeros. */
static struct text
arg_guid(struct script *s, const struct ps_command *c, const char *name)
{
	struct text t = arg_text(s, c, name);

	if (t.len > 0)
		t = rule_guid(s->r.arena, t);
	return text_is(t, "{00000000-0000-0000-0000-000000000000}")
		   ? (struct text){0}
		   : t;
}

static void
rule_words(struct script *s, const struct ps_command *c, struct rule *rule)
{
	struct text direction = arg_text(s, c, "Direction");
	struct text link = arg_text(s, c, "LinkType");
	struct text delay = arg_text(s, c, "SoftDeleteExpiryInterval");

	rule->direction = RULE_INBOUND;
	rule->link = LINK_JOIN;
	if (!direction_find(direction, FORM_VENDOR, &rule->direction))
		reader_problem(&s->r, true, c->line, (struct text){0},
		    "-Direction: \"%.*s\" is neither Inbound nor Outbound",
		    TEXT_ARGS(direction));
	if (link.len > 0 && !link_find(link, FORM_VENDOR, &rule->link))
		reader_problem(&s->r, true, c->line, (struct text){0},
		    "-LinkType: \"%.*s\" is none of Provision, Join and "
		    "StickyJoin",
		    TEXT_ARGS(link));
	if (delay.len > 0 && !timespan_parse(delay, &rule->soft_delete_ms))
		reader_problem(&s->r, true, c->line, (struct text){0},
		    "-SoftDeleteExpiryInterval: \"%.*s\" is no time span",
		    TEXT_ARGS(delay));
}

static void
rule_identity(struct script *s, const struct ps_command *c, struct rule *rule)
{
	rule->name = arg_text(s, c, "Name");
	s->r.rule_name = rule->name;
	if (rule->name.len == 0)
		reader_problem(&s->r, true, c->line, (struct text){0},
		    "-Name: a rule needs a name");
	rule->id = arg_guid(s, c, "Identifier");
	if (rule->id.len == 0)
		rule->id = rule->name;
	if (rule->id.len > 0)
		rule->id_name = reader_name(&s->r, rule->id, c->line);
	rule->connector = rule_guid(s->r.arena, arg_text(s, c, "Connector"));
	if (rule->connector.len == 0)
		reader_problem(&s->r, true, c->line, (struct text){0},
		    "-Connector: the connector is missing");
}

static int
new_rule(struct script *s, const struct ps_command *c, struct err *e)
{
	struct draft *d = arena_alloc(s->r.arena, sizeof(*d));
	struct rule *rule;

	if (d == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	rule = &d->rule;
	*rule = (struct rule){.file = s->r.file, .line = (int)c->line};
	rule_identity(s, c, rule);
	rule->description = arg_text(s, c, "Description");
	rule->tag = arg_text(s, c, "ImmutableTag");
	rule_words(s, c, rule);
	rule->precedence = arg_precedence(s, c);
	rule->after = arg_guid(s, c, "PrecedenceAfter");
	rule->before = arg_guid(s, c, "PrecedenceBefore");
	rule->source_type = arg_type(s, c, "SourceObjectType");
	rule->target_type = arg_type(s, c, "TargetObjectType");
	rule->password_sync = arg_flag(s, c, "EnablePasswordSync");
	rule->disabled = arg_flag(s, c, "Disabled");
	*s->last = d;
	s->last = &d->next;
	keep(s, c, (struct variable){.kind = VAR_RULE, .draft = d});
	return 0;
}

/* ---- Add-ADSyncAttributeFlowMapping ---- */

/* The one value of -Source; of several that feed an expression the rule needs
 * none. */
static struct text
flow_source(struct script *s, const struct ps_command *c, enum flow_kind kind)
{
	const struct ps_arg *arg = arg_find(c, "Source");

	if (arg != NULL && arg->count > 0 && arg->values[0].kind != PS_VARIABLE)
		return arg->values[0].text;
	if (arg != NULL && arg->count == 1 && value_is_bool(&arg->values[0]))
		return value_is_true(&arg->values[0]) ? TEXT("True")
						      : TEXT("False");
	reader_problem(&s->r, true, c->line, (struct text){0},
	    "-Source: %s is missing",
	    kind == FLOW_DIRECT ? "the attribute" : "the text");
	return (struct text){0};
}

static enum flow_kind
flow_kind_of(struct script *s, const struct ps_command *c, struct text expr)
{
	struct text t = arg_text(s, c, "FlowType");
	enum flow_kind kind = expr.len > 0 ? FLOW_EXPRESSION : FLOW_DIRECT;

	if (t.len > 0 && !flow_kind_find(t, &kind))
		reader_problem(&s->r, true, c->line, (struct text){0},
		    "-FlowType: \"%.*s\" is none of Direct, Constant and "
		    "Expression",
		    TEXT_ARGS(t));
	return kind;
}

static void
flow_value(struct script *s, const struct ps_command *c, struct flow *f)
{
	struct text expr = arg_text(s, c, "Expression");
	struct text source;

	f->kind = flow_kind_of(s, c, expr);
	if (f->kind == FLOW_EXPRESSION) {
		f->text = expr;
		if (expr.len == 0)
			reader_problem(&s->r, true, c->line, (struct text){0},
			    "-Expression: it is missing");
		return;
	}
	source = flow_source(s, c, f->kind);
	if (f->kind == FLOW_CONSTANT)
		f->text = source;
	else if (source.len > 0)
		f->source = reader_name(&s->r, source, c->line);
}

static int
add_flow(struct script *s, const struct ps_command *c, struct err *e)
{
	struct draft *d = rule_arg(s, c);
	struct text target = arg_text(s, c, "Destination");
	struct text merge = arg_text(s, c, "ValueMergeType");
	struct flow f = {.merge = MERGE_UPDATE, .line = (int)c->line};

	if (d == NULL)
		return 0;
	if (d->rule.flow_count == RULESET_MAX_ITEMS)
		return err_set(e, ERR_LIMIT,
		    "line %u: a rule with over %u "
		    "flows",
		    c->line, RULESET_MAX_ITEMS);
	if (target.len == 0)
		reader_problem(&s->r, true, c->line, (struct text){0},
		    "-Destination: the attribute is missing");
	else
		f.target = reader_name(&s->r, target, c->line);
	if (merge.len > 0 && !merge_find(merge, FORM_VENDOR, &f.merge))
		reader_problem(&s->r, true, c->line, target,
		    "-ValueMergeType: \"%.*s\" is none of Update, Replace, "
		    "Merge and MergeCaseInsensitive",
		    TEXT_ARGS(merge));
	flow_value(s, c, &f);
	f.execute_once = arg_flag(s, c, "ExecuteOnce");
	d->rule.flows = grow(
	    s, d->rule.flows, d->rule.flow_count, &d->flow_size, sizeof(f));
	if (d->rule.flows != NULL)
		d->rule.flows[d->rule.flow_count++] = f;
	keep(s, c, (struct variable){.kind = VAR_RULE, .draft = d});
	return 0;
}

/* ---- Conditions ---- */

static void
keep_scope(struct script *s, const struct ps_command *c, struct text name,
    struct text value, struct text op)
{
	struct scope_clause clause = {.value = value};
	bool other = false;

	if (!scope_op_find(upper(s, op), &clause.op, &other)) {
		reader_problem(&s->r, true, c->line, name,
		    "scope: \"%.*s\" is no operator", TEXT_ARGS(op));
		return;
	}
	if (other)
		reader_problem(&s->r, false, c->line, name,
		    "scope: %.*s is not how the operator is spelt",
		    TEXT_ARGS(op));
	if (scope_op_has_name(clause.op))
		clause.name = reader_name(&s->r, name, c->line);
	if (!scope_op_has_value(clause.op))
		clause.value = (struct text){0};
	keep(s, c, (struct variable){.kind = VAR_SCOPE, .scope = clause});
}

static void
keep_join(struct script *s, const struct ps_command *c, struct text cs,
    struct text mv, bool exact)
{
	struct join_clause clause = {.case_sensitive = exact};

	clause.cs_name = reader_name(&s->r, cs, c->line);
	clause.mv_name = reader_name(&s->r, mv, c->line);
	keep(s, c, (struct variable){.kind = VAR_JOIN, .join = clause});
}

/* New-Object TYPE -ArgumentList ... */
static int
new_object(struct script *s, const struct ps_command *c, struct err *e)
{
	const struct ps_arg *type = arg_find(c, "TypeName");
	const struct ps_arg *list = arg_find(c, "ArgumentList");
	struct text name = {0};
	const struct ps_value *v = list == NULL ? NULL : list->values;
	size_t count = list == NULL ? 0 : list->count;

	if (type == NULL)
		type = arg_find(c, "");
	if (type != NULL && type->count == 1)
		name = type->values[0].text;
	if (text_ends_nocase(name, "ScopeCondition") && count == 3) {
		keep_scope(s, c, v[0].text, v[1].text, v[2].text);
		return 0;
	}
	if (text_ends_nocase(name, "JoinCondition") && count == 3 &&
	    value_is_bool(&v[2])) {
		keep_join(s, c, v[0].text, v[1].text, value_is_true(&v[2]));
		return 0;
	}
	return err_set(e, ERR_SYNTAX,
	    "line %u: New-Object \"%.*s\" with %zu arguments: a "
	    "ScopeCondition (attribute, value, operator) or a JoinCondition "
	    "(attribute, metaverse attribute, $true or $false) is wanted",
	    c->line, TEXT_ARGS(name), count);
}

static int
new_scope(struct script *s, const struct ps_command *c, struct err *e)
{
	(void)e;
	keep_scope(s, c, arg_text(s, c, "Attribute"),
	    arg_text(s, c, "ComparisonValue"),
	    arg_text(s, c, "ComparisonOperator"));
	return 0;
}

static int
new_join(struct script *s, const struct ps_command *c, struct err *e)
{
	(void)e;
	keep_join(s, c, arg_text(s, c, "CSAttribute"),
	    arg_text(s, c, "MVAttribute"), arg_flag(s, c, "CaseSensitive"));
	return 0;
}

static const struct variable *
condition(struct script *s, const struct ps_command *c,
    const struct ps_value *value, enum variable_kind kind)
{
	const struct variable *v = NULL;

	if (value->kind == PS_VARIABLE)
		v = var_find(s, value->text);
	if (v != NULL && v->kind == kind)
		return v;
	reader_problem(&s->r, true, c->line, (struct text){0},
	    "%.*s: \"%.*s\" is no condition made above", TEXT_ARGS(c->name),
	    TEXT_ARGS(value->text));
	return NULL;
}

static int
add_scope(struct script *s, const struct ps_command *c, struct err *e)
{
	const struct ps_arg *arg = arg_find(c, "ScopeConditions");
	struct draft *d = rule_arg(s, c);
	struct scope_group g = {0};

	if (d == NULL || arg == NULL || arg->count == 0)
		return 0;
	if (d->rule.scope_count == RULESET_MAX_ITEMS)
		return err_set(
		    e, ERR_LIMIT, "line %u: too many groups", c->line);
	g.clauses = arena_array(s->r.arena, arg->count, sizeof(*g.clauses));
	if (g.clauses == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < arg->count; i++) {
		const struct variable *v =
		    condition(s, c, &arg->values[i], VAR_SCOPE);

		if (v != NULL)
			g.clauses[g.count++] = v->scope;
	}
	d->rule.scope = grow(
	    s, d->rule.scope, d->rule.scope_count, &d->scope_size, sizeof(g));
	if (d->rule.scope != NULL)
		d->rule.scope[d->rule.scope_count++] = g;
	keep(s, c, (struct variable){.kind = VAR_RULE, .draft = d});
	return 0;
}

static int
add_join(struct script *s, const struct ps_command *c, struct err *e)
{
	const struct ps_arg *arg = arg_find(c, "JoinConditions");
	struct draft *d = rule_arg(s, c);
	struct join_group g = {0};

	if (d == NULL || arg == NULL || arg->count == 0)
		return 0;
	if (d->rule.join_count == RULESET_MAX_ITEMS)
		return err_set(
		    e, ERR_LIMIT, "line %u: too many groups", c->line);
	g.clauses = arena_array(s->r.arena, arg->count, sizeof(*g.clauses));
	if (g.clauses == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < arg->count; i++) {
		const struct variable *v =
		    condition(s, c, &arg->values[i], VAR_JOIN);

		if (v != NULL)
			g.clauses[g.count++] = v->join;
	}
	d->rule.join =
	    grow(s, d->rule.join, d->rule.join_count, &d->join_size, sizeof(g));
	if (d->rule.join != NULL)
		d->rule.join[d->rule.join_count++] = g;
	keep(s, c, (struct variable){.kind = VAR_RULE, .draft = d});
	return 0;
}

/* ---- Add-ADSyncRule, and the table ---- */

static int
add_rule(struct script *s, const struct ps_command *c, struct err *e)
{
	struct draft *d = rule_arg(s, c);

	if (d == NULL)
		return 0;
	if (s->r.count == RULESET_MAX_RULES)
		return err_set(e, ERR_LIMIT, "line %u: over %u rules", c->line,
		    RULESET_MAX_RULES);
	d->added = true;
	s->r.rules =
	    grow(s, s->r.rules, s->r.count, &s->r.size, sizeof(*s->r.rules));
	if (s->r.rules != NULL)
		s->r.rules[s->r.count++] = d->rule;
	return 0;
}

/* Shows something, or loads the commands: nothing for a reader. */
static int
do_nothing(struct script *s, const struct ps_command *c, struct err *e)
{
	(void)s;
	(void)c;
	(void)e;
	return 0;
}

static const struct {
	const char *name;
	int (*run)(struct script *, const struct ps_command *, struct err *);
	const char *const *args;
} commands[] = {
    {"New-ADSyncRule", new_rule,
	NAMES("Name", "Identifier", "Description", "Direction", "Precedence",
	    "PrecedenceAfter", "PrecedenceBefore", "SourceObjectType",
	    "TargetObjectType", "Connector", "LinkType",
	    "SoftDeleteExpiryInterval", "ImmutableTag", "EnablePasswordSync",
	    "Disabled")},
    {"Add-ADSyncAttributeFlowMapping", add_flow,
	NAMES("Source", "Destination", "FlowType", "ValueMergeType",
	    "Expression", "ExecuteOnce")},
    {"New-Object", new_object, NAMES("TypeName", "ArgumentList", "")},
    {"New-ADSyncScopeCondition", new_scope,
	NAMES("Attribute", "ComparisonValue", "ComparisonOperator")},
    {"New-ADSyncJoinCondition", new_join,
	NAMES("CSAttribute", "MVAttribute", "CaseSensitive")},
    {"Add-ADSyncScopeConditionGroup", add_scope, NAMES("ScopeConditions")},
    {"Add-ADSyncJoinConditionGroup", add_join, NAMES("JoinConditions")},
    {"Add-ADSyncRule", add_rule, NAMES("SynchronizationRule")},
    {"Get-ADSyncRule", do_nothing, NAMES("Identifier", "")},
    {"Import-Module", do_nothing, NAMES("Name", "")},
};

bool
ps_command_known(struct text name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++)
		if (text_is_nocase(name, commands[i].name))
			return true;
	return false;
}

static int
run_command(struct script *s, const struct ps_command *c, struct err *e)
{
	int rc;

	s->r.rule_name = (struct text){0};
	for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		if (!text_is_nocase(c->name, commands[i].name))
			continue;
		if ((rc = check_args(c, commands[i].args, e)) < 0)
			return rc;
		return commands[i].run(s, c, e);
	}
	return err_set(
	    e, ERR_INTERNAL, "line %u: a command that is not known", c->line);
}

static int
run_script(struct script *s, struct text in, struct err *e)
{
	struct ps_command c;
	int rc = ps_parser_init(&s->parser, s->r.arena, in, e);

	while (rc == 0 && (rc = ps_command_next(&s->parser, &c, e)) > 0)
		if ((rc = run_command(s, &c, e)) == 0)
			rc = s->r.failed;
	return rc;
}

static void
tell_left_over(struct script *s)
{
	for (const struct draft *d = s->first; d != NULL; d = d->next) {
		s->r.rule_name = d->rule.name;
		if (!d->added)
			reader_problem(&s->r, false, (unsigned)d->rule.line,
			    (struct text){0},
			    "made and never added (Add-ADSyncRule): left out");
	}
	s->r.rule_name = (struct text){0};
}

/* Messages of lexer and parser begin with "line N: ". */
static void
tell_refusal(struct script *s, const char *text)
{
	char *end = NULL;
	unsigned long line = 0;

	if (strncmp(text, "line ", 5) == 0) {
		line = strtoul(text + 5, &end, 10);
		text = *end == ':' ? end + 2 : text;
	}
	reader_problem(
	    &s->r, true, (unsigned)line, (struct text){0}, "%s", text);
}

int
powershell_read(const char *name, struct text in, struct names *names,
    struct arena *a, struct rule_list *out)
{
	struct script s = {.r = {.names = names, .arena = a}};
	struct err e = {0};
	int rc;

	*out = (struct rule_list){0};
	s.last = &s.first;
	s.r.file = text_dup(a, text_of(name));
	if (s.r.file.data == NULL)
		return ERR_NOMEM;
	if (in.len > POWERSHELL_MAX_BYTES)
		rc = err_set(&e, ERR_LIMIT, "it has over 16 MiB");
	else if ((rc = encoding_to_utf8(a, in, &in, &e)) == 0)
		rc = run_script(&s, in, &e);
	if (rc == ERR_NOMEM)
		return rc;
	s.r.rule_name = (struct text){0};
	if (rc < 0)
		tell_refusal(&s, e.text);
	else
		tell_left_over(&s);
	*out = (struct rule_list){.rules = s.r.rules,
	    .count = s.r.count,
	    .problems = s.r.problems,
	    .problem_count = s.r.problem_count};
	if (s.r.failed < 0)
		return s.r.failed;
	return s.r.blocked ? ERR_CONFIG : 0;
}
