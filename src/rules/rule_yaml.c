/* rules/rule_yaml.c -- one rule of our own form, read for one connector.
 * docs/rules/format.md describes it. */
#include "rules/ruleset_int.h"
#include "rules/words.h"

/* ---- Small pieces ---- */

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static struct text
trimmed(struct text t)
{
	while (t.len > 0 && is_blank(t.data[0]))
		t = (struct text){t.data + 1, t.len - 1};
	while (t.len > 0 && is_blank(t.data[t.len - 1]))
		t.len--;
	return t;
}

/* The first word of *t, which is cut off. */
static struct text
take_word(struct text *t)
{
	struct text word;
	size_t n = 0;

	*t = trimmed(*t);
	if (t->len == 0)
		return *t;
	while (n < t->len && !is_blank(t->data[n]))
		n++;
	word = (struct text){t->data, n};
	*t = trimmed((struct text){t->data + n, t->len - n});
	return word;
}

static struct text
text_at(struct reader *r, const struct yaml_node *n, const char *what)
{
	if (n == NULL)
		return (struct text){0};
	if (n->kind != YAML_SCALAR) {
		reader_problem(r, true, n->line, (struct text){0},
		    "%s: a text is wanted", what);
		return (struct text){0};
	}
	return reader_expand(r, n->text, n->line);
}

static bool
bool_at(struct reader *r, const struct yaml_node *n, const char *what)
{
	bool b = false;

	if (n != NULL && yaml_to_bool(n, &b) < 0)
		reader_problem(r, true, n->line, (struct text){0},
		    "%s: true or false is wanted", what);
	return b;
}

/* ---- Scope ---- */

static void
check_members(struct reader *r, const struct yaml_node *n, const char *what,
    const char *const *names)
{
	for (const struct yaml_node *i = n->first; i != NULL; i = i->next) {
		bool known = false;

		for (size_t k = 0; names[k] != NULL; k++)
			known = known || text_is(i->key, names[k]);
		if (!known)
			reader_problem(r, true, i->key_line, (struct text){0},
			    "%s: there is no \"%.*s\"", what,
			    TEXT_ARGS(i->key));
	}
}

/* {attribute: ..., operator: ..., value: ...}: what has no short form, as an
 * empty value or a name with a blank. */
static void
read_clause_map(
    struct reader *r, const struct yaml_node *n, struct scope_clause *out)
{
	const char *const names[] = {"attribute", "operator", "value", NULL};
	struct text name = text_at(r, yaml_get(n, "attribute"), "scope");
	struct text op = text_at(r, yaml_get(n, "operator"), "scope");
	bool other = false;

	check_members(r, n, "scope", names);
	out->value = text_at(r, yaml_get(n, "value"), "scope");
	if (!scope_op_find(op, &out->op, &other))
		reader_problem(r, true, n->line, name,
		    "scope: \"%.*s\" is no operator", TEXT_ARGS(op));
	else if (scope_op_has_name(out->op))
		out->name = reader_name(r, name, n->line);
}

/* "attribute OPERATOR value"; ISMEMBEROF and ISNOTMEMBEROF need no attribute.
 */
static void
read_clause(
    struct reader *r, const struct yaml_node *n, struct scope_clause *out)
{
	struct text rest, name, op;
	bool other = false;

	if (n->kind == YAML_MAP) {
		read_clause_map(r, n, out);
		return;
	}
	rest = text_at(r, n, "scope");
	name = take_word(&rest);
	if (scope_op_find(name, &out->op, &other) &&
	    !scope_op_has_name(out->op)) {
		out->value = rest;
		return;
	}
	op = take_word(&rest);
	if (!scope_op_find(op, &out->op, &other)) {
		reader_problem(r, true, n->line, name,
		    "scope: \"%.*s\" is no operator", TEXT_ARGS(op));
		return;
	}
	if (other)
		reader_problem(r, false, n->line, name,
		    "scope: %.*s is not how the operator is spelt",
		    TEXT_ARGS(op));
	out->name = reader_name(r, name, n->line);
	out->value = rest;
	if (rest.len == 0 && scope_op_has_value(out->op))
		reader_problem(
		    r, true, n->line, name, "scope: a value is wanted");
}

static int
read_scope_group(
    struct reader *r, const struct yaml_node *n, struct scope_group *g)
{
	const struct yaml_node *item;

	if (n->count > RULESET_MAX_ITEMS)
		return ERR_LIMIT;
	g->clauses = arena_array(r->arena, n->count + 1, sizeof(*g->clauses));
	if (g->clauses == NULL)
		return ERR_NOMEM;
	for (item = n->first; item != NULL; item = item->next)
		read_clause(r, item, &g->clauses[g->count++]);
	return 0;
}

/* A list of clauses is one group; a list of lists are groups. */
static int
read_scope(struct reader *r, const struct yaml_node *n, struct rule *out)
{
	const struct yaml_node *item;
	int rc = 0;

	if (n == NULL || n->count == 0)
		return 0;
	if (n->kind != YAML_LIST || n->count > RULESET_MAX_ITEMS) {
		reader_problem(r, true, n->line, (struct text){0},
		    "scope: a list is wanted");
		return 0;
	}
	out->scope = arena_array(r->arena, n->count, sizeof(*out->scope));
	if (out->scope == NULL)
		return ERR_NOMEM;
	if (n->first->kind != YAML_LIST) {
		out->scope_count = 1;
		return read_scope_group(r, n, &out->scope[0]);
	}
	for (item = n->first; item != NULL && rc == 0; item = item->next) {
		if (item->kind != YAML_LIST)
			reader_problem(r, true, item->line, (struct text){0},
			    "scope: lists and clauses side by side");
		else
			rc = read_scope_group(
			    r, item, &out->scope[out->scope_count++]);
	}
	return rc;
}

/* ---- Join ---- */

/* {attribute: ..., metaverse: ..., exact: true} */
static void
read_join_map(
    struct reader *r, const struct yaml_node *n, struct join_clause *out)
{
	const char *const names[] = {"attribute", "metaverse", "exact", NULL};

	check_members(r, n, "join", names);
	out->cs_name = reader_name(
	    r, text_at(r, yaml_get(n, "attribute"), "join"), n->line);
	out->mv_name = reader_name(
	    r, text_at(r, yaml_get(n, "metaverse"), "join"), n->line);
	out->case_sensitive = bool_at(r, yaml_get(n, "exact"), "exact");
}

/* "attribute of the connector = attribute of the metaverse"; == is exact. */
static void
read_join_clause(
    struct reader *r, const struct yaml_node *n, struct join_clause *out)
{
	struct text rest, cs, op, mv;

	if (n->kind == YAML_MAP) {
		read_join_map(r, n, out);
		return;
	}
	rest = text_at(r, n, "join");
	cs = take_word(&rest);
	op = take_word(&rest);
	mv = take_word(&rest);
	if (mv.len == 0 || rest.len > 0 ||
	    !(text_is(op, "=") || text_is(op, "=="))) {
		reader_problem(r, true, n->line, cs,
		    "join: \"attribute = metaverse attribute\" is wanted");
		return;
	}
	out->cs_name = reader_name(r, cs, n->line);
	out->mv_name = reader_name(r, mv, n->line);
	out->case_sensitive = text_is(op, "==");
}

static int
read_join_group(
    struct reader *r, const struct yaml_node *n, struct join_group *g)
{
	const struct yaml_node *item = n->kind == YAML_LIST ? n->first : n;
	size_t count = n->kind == YAML_LIST ? n->count : 1;

	g->clauses = arena_array(r->arena, count + 1, sizeof(*g->clauses));
	if (g->clauses == NULL)
		return ERR_NOMEM;
	while (g->count < count) {
		read_join_clause(r, item, &g->clauses[g->count++]);
		item = item->next;
	}
	return 0;
}

/* The same clause alone, once more: $(names) may stand for one attribute. */
static bool
is_repeated(const struct rule *rule, const struct join_group *g)
{
	for (size_t i = 0; i + 1 < rule->join_count && g->count == 1; i++) {
		const struct join_clause *c = &rule->join[i].clauses[0];

		if (rule->join[i].count == 1 &&
		    c->cs_name == g->clauses[0].cs_name &&
		    c->mv_name == g->clauses[0].mv_name &&
		    c->case_sensitive == g->clauses[0].case_sensitive)
			return true;
	}
	return false;
}

/* Each item is a group: one clause, or a list of them. */
static int
read_join(struct reader *r, const struct yaml_node *n, struct rule *out)
{
	const struct yaml_node *item;
	int rc = 0;

	if (n == NULL)
		return 0;
	if (n->kind != YAML_LIST || n->count > RULESET_MAX_ITEMS) {
		reader_problem(r, true, n->line, (struct text){0},
		    "join: a list is wanted");
		return 0;
	}
	out->join = arena_array(r->arena, n->count + 1, sizeof(*out->join));
	if (out->join == NULL)
		return ERR_NOMEM;
	for (item = n->first; item != NULL && rc == 0; item = item->next) {
		struct join_group *g = &out->join[out->join_count++];

		rc = read_join_group(r, item, g);
		if (rc == 0 && is_repeated(out, g)) {
			*g = (struct join_group){0};
			out->join_count--;
		}
	}
	return rc;
}

/* ---- Flows ---- */

static struct flow *
flow_new(struct reader *r, struct rule *out, struct text target, unsigned line)
{
	struct flow *f = &out->flows[out->flow_count++];

	*f = (struct flow){.target = reader_name(r, target, line),
	    .merge = MERGE_UPDATE,
	    .line = (int)line};
	return f;
}

static void
flow_expression(struct flow *f, struct text t)
{
	f->kind = FLOW_EXPRESSION;
	f->text = t;
}

static void
read_merge(struct reader *r, const struct yaml_node *n, struct flow *f)
{
	struct text t = text_at(r, n, "merge");

	if (!merge_find(t, FORM_YAML, &f->merge))
		reader_problem(r, true, n->line, (struct text){0},
		    "merge: \"%.*s\" is none of update, replace, merge and "
		    "merge-nocase",
		    TEXT_ARGS(t));
}

/* {expression: ..., merge: ..., once: ...} or {value: ...} */
static void
read_flow_map(struct reader *r, const struct yaml_node *n, struct flow *f)
{
	for (const struct yaml_node *i = n->first; i != NULL; i = i->next) {
		if (text_is(i->key, "expression"))
			flow_expression(f, text_at(r, i, "expression"));
		else if (text_is(i->key, "value")) {
			f->kind = FLOW_CONSTANT;
			f->text = text_at(r, i, "value");
		} else if (text_is(i->key, "from")) {
			f->kind = FLOW_DIRECT;
			f->source =
			    reader_name(r, text_at(r, i, "from"), i->line);
		} else if (text_is(i->key, "merge"))
			read_merge(r, i, f);
		else if (text_is(i->key, "once"))
			f->execute_once = bool_at(r, i, "once");
		else
			reader_problem(r, true, i->key_line, n->key,
			    "flow: there is no \"%.*s\"", TEXT_ARGS(i->key));
	}
	if (f->kind == 0)
		reader_problem(r, true, n->line, n->key,
		    "flow: one of expression, value and from is wanted");
}

/* [name] is a list of one in YAML: the attribute as it is. */
static void
read_flow(struct reader *r, const struct yaml_node *n, struct rule *out)
{
	struct flow *f =
	    flow_new(r, out, reader_expand(r, n->key, n->line), n->line);

	if (n->kind == YAML_MAP) {
		read_flow_map(r, n, f);
	} else if (n->kind == YAML_SCALAR && !yaml_is_null(n)) {
		flow_expression(f, text_at(r, n, "flow"));
	} else if (n->kind == YAML_LIST && n->count == 1) {
		f->kind = FLOW_DIRECT;
		f->source =
		    reader_name(r, text_at(r, n->first, "flow"), n->line);
	} else {
		reader_problem(r, true, n->line, n->key,
		    "flow: an expression or [attribute] is wanted");
	}
}

/* What the lists of names do with each; NULL: nothing. */
static const struct {
	const char *key;
	const char *before, *after;
} shorts[] = {
    {"copy", NULL, NULL},
    {"first", "Trim(ItemOrNull([", "],1))"},
    {"trim", "Trim([", "])"},
};
#define SHORT_COUNT (sizeof(shorts) / sizeof(*shorts))

/* One name of such a list. */
static void
read_short(struct reader *r, struct rule *out, struct text name, unsigned line,
    size_t how)
{
	struct flow *f;
	const char *t;

	f = flow_new(r, out, name, line);
	f->kind = FLOW_DIRECT;
	f->source = f->target;
	if (shorts[how].before == NULL)
		return;
	t = arena_printf(r->arena, "%s%.*s%s", shorts[how].before,
	    TEXT_ARGS(name), shorts[how].after);
	if (t == NULL)
		r->failed = ERR_NOMEM;
	flow_expression(f, text_of(t));
}

/* "x1..15" stands for x1 to x15. */
static void
read_row(struct reader *r, struct rule *out, struct text t, unsigned line,
    size_t how)
{
	const char *dots = t.len < 4 ? NULL : memmem(t.data, t.len, "1..", 3);
	size_t before = dots == NULL ? 0 : (size_t)(dots - t.data);
	int64_t last = 0;

	if (dots == NULL) {
		read_short(r, out, t, line, how);
		return;
	}
	if (text_to_int64((struct text){dots + 3, t.len - before - 3}, &last) <
		0 ||
	    last < 1 || last > 99) {
		reader_problem(r, true, line, t, "flow: no row of names");
		return;
	}
	for (int64_t i = 1; i <= last; i++) {
		const char *name = arena_printf(
		    r->arena, "%.*s%lld", (int)before, t.data, (long long)i);

		if (name == NULL)
			r->failed = ERR_NOMEM;
		read_short(r, out, text_of(name), line, how);
	}
}

static void
read_names(
    struct reader *r, const struct yaml_node *n, struct rule *out, size_t how)
{
	const struct yaml_node *item;

	if (n == NULL)
		return;
	if (n->kind != YAML_LIST) {
		reader_problem(r, true, n->line, (struct text){0},
		    "a list of attribute names is wanted");
		return;
	}
	for (item = n->first; item != NULL; item = item->next)
		read_row(r, out, text_at(r, item, "flow"), item->line, how);
}

/* No more flows than this come of a list of names. */
static size_t
room_for(const struct yaml_node *n)
{
	size_t room = 0;

	if (n == NULL)
		return 0;
	for (const struct yaml_node *i = n->first; i != NULL; i = i->next)
		room += i->text.len > 3 && memmem(i->text.data, i->text.len,
					       "1..", 3) != NULL
			    ? 99
			    : 1;
	return room;
}

/* The rule of this file whose flows this one has, too. */
static const struct yaml_node *
flows_of(struct reader *r, const struct yaml_node *rule)
{
	const struct yaml_node *n = yaml_get(rule, "flows_of");
	struct text want = text_at(r, n, "flows_of");
	const struct yaml_node *i = NULL;

	if (n == NULL)
		return NULL;
	if (r->rules_node != NULL)
		i = r->rules_node->first;
	for (; i != NULL; i = i->next) {
		const struct yaml_node *id = yaml_get(i, "id");

		if (i != rule && id != NULL && id->kind == YAML_SCALAR &&
		    text_equal(id->text, want))
			return i;
	}
	reader_problem(r, true, n->line, (struct text){0},
	    "flows_of: this file has no rule \"%.*s\"", TEXT_ARGS(want));
	return NULL;
}

static size_t
flow_room(const struct yaml_node *rule)
{
	size_t room = room_for(yaml_get(rule, "flows"));

	for (size_t i = 0; i < SHORT_COUNT; i++)
		room += room_for(yaml_get(rule, shorts[i].key));
	return room;
}

static void
read_own_flows(struct reader *r, const struct yaml_node *rule, struct rule *out)
{
	const struct yaml_node *flows = yaml_get(rule, "flows");

	for (size_t i = 0; i < SHORT_COUNT; i++)
		read_names(r, yaml_get(rule, shorts[i].key), out, i);
	if (flows == NULL)
		return;
	if (flows->kind != YAML_MAP) {
		reader_problem(r, true, flows->line, (struct text){0},
		    "flows: a map of attributes is wanted");
		return;
	}
	for (const struct yaml_node *i = flows->first; i != NULL; i = i->next)
		read_flow(r, i, out);
}

static int
read_flows(struct reader *r, const struct yaml_node *rule, struct rule *out)
{
	const struct yaml_node *other = flows_of(r, rule);
	size_t room = flow_room(rule) + (other == NULL ? 0 : flow_room(other));

	if (room > RULESET_MAX_ITEMS)
		return ERR_LIMIT;
	out->flows = arena_array(r->arena, room + 1, sizeof(*out->flows));
	if (out->flows == NULL)
		return ERR_NOMEM;
	read_own_flows(r, rule, out);
	if (other != NULL)
		read_own_flows(r, other, out);
	return 0;
}

/* ---- The head of a rule ---- */

static uint32_t
read_type(struct reader *r, const struct yaml_node *rule, const char *key)
{
	const struct yaml_node *n = yaml_get(rule, key);
	struct text t;

	if (n != NULL && n->kind == YAML_LIST) {
		n = n->first;
		for (size_t i = 0; i < r->from && n != NULL; i++)
			n = n->next;
	}
	t = text_at(r, n, key);
	if (n == NULL) {
		reader_problem(r, true, rule->line, (struct text){0},
		    "%s: the object type is missing", key);
		return 0;
	}
	return text_is(t, "*") ? 0 : reader_name(r, t, n->line);
}

static void
read_direction(struct reader *r, const struct yaml_node *rule, struct rule *out)
{
	const struct yaml_node *n = yaml_get(rule, "direction");
	struct text t = text_at(r, n, "direction");

	out->direction = RULE_INBOUND;
	if (!direction_find(t, FORM_YAML, &out->direction))
		reader_problem(r, true, n == NULL ? rule->line : n->line,
		    (struct text){0}, "direction: in or out is wanted");
}

static void
read_link(struct reader *r, const struct yaml_node *rule, struct rule *out)
{
	const struct yaml_node *n = yaml_get(rule, "link");
	struct text t = text_at(r, n, "link");

	out->link = LINK_JOIN;
	if (n != NULL && !link_find(t, FORM_YAML, &out->link))
		reader_problem(r, true, n->line, (struct text){0},
		    "link: provision, join or sticky is wanted");
}

static void
read_number(struct reader *r, const struct yaml_node *n, int64_t most,
    const char *what, int64_t *out)
{
	if (n == NULL)
		return;
	if (yaml_to_int64(n, out) < 0 || *out < 0 || *out > most) {
		reader_problem(r, true, n->line, (struct text){0},
		    "%s: a number from 0 to %lld is wanted", what,
		    (long long)most);
		*out = 0;
	}
}

static const char *const keys[] = {"name", "id", "why", "connector",
    "direction", "from", "to", "link", "precedence", "scope", "join", "copy",
    "first", "flows", "disabled", "password_sync", "soft_delete_s", "when",
    "revision", "flows_of", "for_each", "trim", "tag"};

static void
check_keys(struct reader *r, const struct yaml_node *rule)
{
	for (const struct yaml_node *i = rule->first; i != NULL; i = i->next) {
		bool known = false;

		for (size_t k = 0; k < sizeof(keys) / sizeof(*keys); k++)
			known = known || text_is(i->key, keys[k]);
		if (!known)
			reader_problem(r, true, i->key_line, (struct text){0},
			    "a rule has no \"%.*s\"", TEXT_ARGS(i->key));
	}
}

static void
read_identity(struct reader *r, const struct yaml_node *rule, struct rule *out)
{
	struct text id = text_at(r, yaml_get(rule, "id"), "id");
	const struct yaml_node *c = yaml_get(rule, "connector");
	int64_t revision = 1;
	const char *t;

	out->name = r->rule_name;
	out->id = id.len > 0 ? id : out->name;
	if (r->from > 0) { /* the rule once more, for another source type */
		t = arena_printf(
		    r->arena, "%.*s.%zu", TEXT_ARGS(out->id), r->from + 1);
		out->id = text_of(t);
		if (t == NULL)
			r->failed = ERR_NOMEM;
	}
	read_number(
	    r, yaml_get(rule, "revision"), 1000000, "revision", &revision);
	out->tag = text_at(r, yaml_get(rule, "tag"), "tag");
	if (r->builtin) {
		t = arena_printf(r->arena, "causeway.%.*s.%lld",
		    TEXT_ARGS(out->id), (long long)revision);
		out->tag = text_of(t);
		if (t == NULL)
			r->failed = ERR_NOMEM;
	}
	if (c != NULL && c->kind == YAML_MAP) {
		t = arena_printf(r->arena, "%.*s@%.*s", TEXT_ARGS(out->id),
		    TEXT_ARGS(r->connector->name));
		out->id = text_of(t);
		if (t == NULL)
			r->failed = ERR_NOMEM;
	}
	if (names_intern(r->names, out->id, &out->id_name) < 0)
		reader_problem(r, true, rule->line, (struct text){0},
		    "id: \"%.*s\" is too long", TEXT_ARGS(out->id));
}

int
rule_read(struct reader *r, const struct yaml_node *n, struct rule *out,
    bool *out_numbered)
{
	int64_t precedence = 0, delay = 0;
	int rc;

	*out = (struct rule){.file = r->file, .line = (int)n->line};
	r->rule_name = text_at(r, yaml_get(n, "name"), "name");
	if (r->rule_name.len == 0)
		reader_problem(
		    r, true, n->line, (struct text){0}, "a rule needs a name");
	check_keys(r, n);
	if (!reader_when(r, yaml_get(n, "when")))
		return 1;
	read_identity(r, n, out);
	out->description = text_at(r, yaml_get(n, "why"), "why");
	out->connector = r->connector->name;
	read_direction(r, n, out);
	read_link(r, n, out);
	out->source_type = read_type(r, n, "from");
	out->target_type = read_type(r, n, "to");
	out->disabled = bool_at(r, yaml_get(n, "disabled"), "disabled");
	out->password_sync =
	    bool_at(r, yaml_get(n, "password_sync"), "password_sync");
	read_number(r, yaml_get(n, "soft_delete_s"), INT32_MAX, "soft_delete_s",
	    &delay);
	out->soft_delete_ms = delay * 1000;
	*out_numbered = yaml_get(n, "precedence") != NULL;
	read_number(r, yaml_get(n, "precedence"), INT32_MAX - 1000,
	    "precedence", &precedence);
	out->precedence = (int32_t)precedence;
	if ((rc = read_scope(r, yaml_get(n, "scope"), out)) < 0 ||
	    (rc = read_join(r, yaml_get(n, "join"), out)) < 0)
		return rc;
	return read_flows(r, n, out);
}
