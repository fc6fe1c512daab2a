/* tests/unit/rules/world.c -- see world.h. */
#include "world.h"

#include <assert.h>
#include <string.h>

static const struct {
	const char *name;
	enum value_type type;
	bool multi;
	bool indexed;
} mv_attributes[] =
    {
	{"displayName", VALUE_STRING, false, false},
	{"mail", VALUE_STRING, false, true},
	{"proxyAddresses", VALUE_STRING, true, false},
	{"sourceAnchor", VALUE_STRING, false, true},
	{"objectSid", VALUE_BINARY, false, true},
	{"accountEnabled", VALUE_BOOLEAN, false, false},
	{"cloudMastered", VALUE_BOOLEAN, false, false},
	{"countryCode", VALUE_INTEGER, false, false},
	{"memberCount", VALUE_INTEGER, false, false},
	{"manager", VALUE_REFERENCE, false, false},
	{"member", VALUE_REFERENCE, true, false},
	{"title", VALUE_STRING, false, false},
},
  cs_attributes[] = {
      {"cn", VALUE_STRING, false, false},
      {"mail", VALUE_STRING, false, false},
      {"title", VALUE_STRING, false, false},
      {"displayName", VALUE_STRING, false, false},
      {"description", VALUE_STRING, true, false},
      {"proxyAddresses", VALUE_STRING, true, false},
      {"userAccountControl", VALUE_INTEGER, false, false},
      {"memberCount", VALUE_INTEGER, false, false},
      {"countryCode", VALUE_INTEGER, false, false},
      {"isCriticalSystemObject", VALUE_BOOLEAN, false, false},
      {"accountEnabled", VALUE_BOOLEAN, false, false},
      {"objectSid", VALUE_BINARY, false, false},
      {"objectGUID", VALUE_BINARY, false, false},
      {"sourceAnchor", VALUE_STRING, false, false},
      {"manager", VALUE_REFERENCE, false, false},
      {"member", VALUE_REFERENCE, true, false},
};

static struct text
copy(struct world *w, const char *s)
{
	struct text t = text_dup(w->arena, text_of(s));

	assert(t.data != NULL);
	return t;
}

uint32_t
world_name(struct world *w, const char *name)
{
	uint32_t n;

	assert(names_intern(w->names, text_of(name), &n) == 0);
	return n;
}

static void
declare(struct world *w, struct schema *s, const char *name,
    enum value_type type, bool multi, bool indexed)
{
	struct schema_attr a = {.name = world_name(w, name),
	    .type = type,
	    .multi = multi,
	    .indexed = indexed};

	assert(schema_add(s, a, NULL) == 0);
}

struct world *
world_new(void)
{
	struct world *w = calloc(1, sizeof(*w));

	assert(w != NULL);
	w->arena = arena_new(0);
	w->names = names_new();
	w->cs = schema_new();
	w->mv = schema_new();
	assert(w->arena && w->names && w->cs && w->mv);
	for (size_t i = 0; i < sizeof(mv_attributes) / sizeof(*mv_attributes);
	     i++)
		declare(w, w->mv, mv_attributes[i].name, mv_attributes[i].type,
		    mv_attributes[i].multi, mv_attributes[i].indexed);
	for (size_t i = 0; i < sizeof(cs_attributes) / sizeof(*cs_attributes);
	     i++)
		declare(w, w->cs, cs_attributes[i].name, cs_attributes[i].type,
		    cs_attributes[i].multi, false);
	assert(schema_add_type(w->cs, world_name(w, "user")) == 0);
	assert(schema_add_type(w->cs, world_name(w, "group")) == 0);
	assert(schema_add_type(w->mv, world_name(w, "person")) == 0);
	assert(schema_add_type(w->mv, world_name(w, "group")) == 0);
	w->connectors[0] = (struct plan_connector){
	    .name = TEXT("ad"), .kind = TEXT("ad"), .schema = w->cs};
	w->connectors[1] = (struct plan_connector){
	    .name = TEXT("hr"), .kind = TEXT("file"), .schema = w->cs};
	w->connectors[2] = (struct plan_connector){
	    .name = TEXT("cloud"), .kind = TEXT("graph"), .schema = w->cs};
	return w;
}

struct world *
world_free(struct world *w)
{
	w->plan = plan_free(w->plan);
	w->mv = schema_free(w->mv);
	w->cs = schema_free(w->cs);
	w->names = names_free(w->names);
	w->arena = arena_free(w->arena);
	free(w);
	return NULL;
}

struct rule *
world_rule(struct world *w, enum rule_direction direction, int precedence)
{
	struct rule *r = &w->rules[w->rule_count++];
	bool in = direction == RULE_INBOUND;

	assert(w->rule_count <= WORLD_RULES);
	*r = (struct rule){.direction = direction,
	    .precedence = precedence,
	    .link = LINK_JOIN,
	    .file = TEXT("test.yaml"),
	    .line = precedence,
	    .connector = in ? TEXT("ad") : TEXT("cloud"),
	    .source_type = world_name(w, in ? "user" : "person"),
	    .target_type = world_name(w, in ? "person" : "user")};
	r->name = text_of(arena_printf(w->arena, "rule %d", precedence));
	r->id = text_of(arena_printf(w->arena, "r%zu", w->rule_count));
	r->scope = arena_array(w->arena, WORLD_ITEMS, sizeof(*r->scope));
	r->join = arena_array(w->arena, WORLD_ITEMS, sizeof(*r->join));
	r->flows = arena_array(w->arena, WORLD_ITEMS, sizeof(*r->flows));
	assert(r->scope && r->join && r->flows);
	return r;
}

void
world_scope(struct world *w, struct rule *r, bool new_group, const char *name,
    enum scope_op op, const char *value)
{
	struct scope_group *g;

	if (new_group || r->scope_count == 0)
		r->scope_count++;
	g = &r->scope[r->scope_count - 1];
	if (g->clauses == NULL)
		g->clauses =
		    arena_array(w->arena, WORLD_ITEMS, sizeof(*g->clauses));
	assert(g->clauses != NULL);
	g->clauses[g->count++] =
	    (struct scope_clause){world_name(w, name), op, copy(w, value)};
}

void
world_join(struct world *w, struct rule *r, bool new_group, const char *cs,
    const char *mv, bool case_sensitive)
{
	struct join_group *g;

	if (new_group || r->join_count == 0)
		r->join_count++;
	g = &r->join[r->join_count - 1];
	if (g->clauses == NULL)
		g->clauses =
		    arena_array(w->arena, WORLD_ITEMS, sizeof(*g->clauses));
	assert(g->clauses != NULL);
	g->clauses[g->count++] = (struct join_clause){
	    world_name(w, cs), world_name(w, mv), case_sensitive};
}

struct flow *
world_flow(
    struct world *w, struct rule *r, const char *target, const char *source)
{
	struct flow *f = &r->flows[r->flow_count++];
	size_t n = strlen(source);

	assert(r->flow_count <= WORLD_ITEMS);
	*f = (struct flow){.target = world_name(w, target),
	    .merge = MERGE_UPDATE,
	    .line = 1000 + (int)r->flow_count};
	if (source[0] == '=') {
		f->kind = FLOW_CONSTANT;
		f->text = copy(w, source + 1);
	} else if (source[0] == '[' && strchr(source, ']') == source + n - 1) {
		char *name = arena_strndup(w->arena, source + 1, n - 2);

		assert(name != NULL);
		f->kind = FLOW_DIRECT;
		f->source = world_name(w, name);
	} else {
		f->kind = FLOW_EXPRESSION;
		f->text = copy(w, source);
	}
	return f;
}

int
world_build(struct world *w)
{
	struct plan_input in = {.names = w->names,
	    .rules = w->rules,
	    .rule_count = w->rule_count,
	    .connectors = w->connectors,
	    .connector_count = 3,
	    .mv_schema = w->mv};

	w->plan = plan_free(w->plan);
	return plan_build(
	    &in, w->arena, &w->plan, &w->problems, &w->problem_count);
}

bool
world_problem(const struct world *w, const char *part)
{
	for (size_t i = 0; i < w->problem_count; i++)
		if (strstr(w->problems[i].text.data, part) != NULL)
			return true;
	return false;
}

static struct value
value_of(struct world *w, const char *s)
{
	struct text t;
	int64_t n;

	switch (s[0]) {
	case '#':
		assert(text_to_int64(text_of(s + 1), &n) == 0);
		return value_integer(n);
	case '?':
		return value_boolean(strcmp(s, "?true") == 0);
	case '@':
		return value_reference_dn(copy(w, s + 1));
	case '*':
		assert(hex_decode(w->arena, text_of(s + 1), &t, NULL) == 0);
		return value_binary(t);
	default:
		return value_string(copy(w, s));
	}
}

void
world_set(struct world *w, const char *name, const char *value)
{
	assert(attrs_add(w->arena, &w->object, world_name(w, name),
		   value_of(w, value)) == 0);
}

void
world_clear(struct world *w)
{
	w->object = (struct attrs){0};
}

static const struct plan_rule *
find_rule(const struct world *w, int precedence)
{
	size_t n;
	const struct plan_rule *const *all = plan_all(w->plan, &n);

	for (size_t i = 0; i < n; i++)
		if (all[i]->rule->precedence == precedence)
			return all[i];
	return NULL;
}

static struct plan_source
source_of(struct world *w)
{
	return (struct plan_source){.attrs = &w->object,
	    .imported = &w->object,
	    .dn = TEXT("CN=one,DC=corp,DC=example"),
	    .partition = TEXT("DC=corp,DC=example"),
	    .memo = w->memo};
}

int
world_in_scope(struct world *w, int precedence)
{
	const struct plan_rule *r = find_rule(w, precedence);
	struct plan_source src = source_of(w);

	assert(r != NULL);
	src.connector = r->connector;
	return plan_in_scope(w->plan, r, &src, &w->e);
}

int
world_run(struct world *w, enum rule_direction direction)
{
	size_t n, count = 0;
	const struct plan_rule *const *all = plan_all(w->plan, &n);
	struct plan_source src = source_of(w);
	struct flow_input inputs[WORLD_RULES];
	struct flow_request req = {.plan = w->plan,
	    .direction = direction,
	    .inputs = inputs,
	    .schema = direction == RULE_INBOUND ? w->mv : w->cs};

	for (size_t i = n; i > 0; i--) { /* the callee sorts them */
		if (all[i - 1]->rule->direction != direction)
			continue;
		inputs[count++] = (struct flow_input){
		    .rule = all[i - 1], .src = &src, .origin = 7};
	}
	req.input_count = count;
	return plan_flow(&req, w->arena, &w->results, &w->result_count, &w->e);
}

static const struct flow_result *
find_result(struct world *w, const char *target)
{
	for (size_t i = 0; i < w->result_count; i++)
		if (w->results[i].target == world_name(w, target))
			return &w->results[i];
	return NULL;
}

const char *
world_result(struct world *w, const char *target)
{
	const struct flow_result *r = find_result(w, target);
	const char *out = "";

	if (r == NULL)
		return "";
	if (r->outcome == FLOW_LEAVE)
		return ".";
	if (r->outcome == FLOW_REMOVE)
		return "-";
	for (size_t i = 0; i < r->count; i++) {
		struct text t;

		assert(value_format(w->arena, &r->values[i], &t) == 0);
		out = arena_printf(
		    w->arena, "%s%s%.*s", out, i > 0 ? "|" : "", TEXT_ARGS(t));
	}
	return out;
}

int
world_winner(struct world *w, const char *target)
{
	const struct flow_result *r = find_result(w, target);

	return r == NULL || r->rule == NULL ? -1 : r->rule->rule->precedence;
}
