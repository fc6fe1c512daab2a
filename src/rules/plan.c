/* rules/plan.c -- the plan: all rules compiled, sorted into the lists that the
 * engine asks for. */
#include <stdlib.h>

#include "base/hash.h"
#include "base/map.h"
#include "rules/plan_int.h"

/* ---- Sets of names ---- */

struct name_set {
	uint32_t *names;
	size_t count;
	size_t size;
};

static int
set_add(struct arena *a, struct name_set *s, uint32_t name)
{
	if (s->count == s->size) {
		size_t size = s->size == 0 ? 64 : s->size * 2;
		uint32_t *more = arena_array(a, size, sizeof(*more));

		if (more == NULL)
			return ERR_NOMEM;
		if (s->count > 0)
			memcpy(more, s->names, s->count * sizeof(*more));
		s->names = more;
		s->size = size;
	}
	s->names[s->count++] = name;
	return 0;
}

static int
compare_names(const void *a, const void *b)
{
	const uint32_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static void
set_finish(struct name_set *s)
{
	size_t n = 0;

	if (s->count == 0)
		return;
	qsort(s->names, s->count, sizeof(*s->names), compare_names);
	for (size_t i = 0; i < s->count; i++)
		if (n == 0 || s->names[n - 1] != s->names[i])
			s->names[n++] = s->names[i];
	s->count = n;
}

/* ---- Rules to plan_rules ---- */

static bool
find_connector(const struct plan *p, struct text name, size_t *out)
{
	for (size_t i = 0; i < p->in.connector_count; i++)
		if (text_equal(p->in.connectors[i].name, name)) {
			*out = i;
			return true;
		}
	return false;
}

static int
add_rule(struct builder *b, const struct rule *rule)
{
	struct plan *p = b->plan;
	struct plan_rule *r;
	struct code *code;
	size_t connector;
	int rc;

	b->rule = rule;
	if (!find_connector(p, rule->connector, &connector)) {
		problem(b, true, 0, (struct text){0}, 0,
		    "there is no connector \"%.*s\"",
		    TEXT_ARGS(rule->connector));
		return 0;
	}
	b->connector = &p->in.connectors[connector];
	if ((rc = code_build(b, &code)) != 0)
		return rc < 0 ? rc : 0;
	if ((rc = memo_number(b, connector, code)) < 0)
		return rc;
	r = arena_alloc(p->arena, sizeof(*r));
	if (r == NULL)
		return ERR_NOMEM;
	*r = (struct plan_rule){.rule = rule,
	    .connector = connector,
	    .index = p->count,
	    .code = code};
	p->all[p->count++] = r;
	return 0;
}

static int
compare_precedence(const void *a, const void *b)
{
	const struct plan_rule *const *x = a, *const *y = b;

	if ((*x)->rule->precedence != (*y)->rule->precedence)
		return (*x)->rule->precedence < (*y)->rule->precedence ? -1 : 1;
	return (*x)->index < (*y)->index ? -1 : (*x)->index > (*y)->index;
}

/* ---- Checks over all rules ---- */

static void
check_precedence(struct builder *b)
{
	const struct plan *p = b->plan;

	for (size_t i = 0; i < p->count; i++) {
		const struct rule *r = p->all[i]->rule;

		b->rule = r;
		if (r->precedence < 0)
			problem(b, true, 0, (struct text){0}, 0,
			    "precedence %d is below 0", r->precedence);
		if (i > 0 && p->all[i - 1]->rule->precedence == r->precedence)
			problem(b, true, 0, (struct text){0}, 0,
			    "precedence %d is that of rule \"%.*s\" too",
			    r->precedence,
			    TEXT_ARGS(p->all[i - 1]->rule->name));
	}
}

static void
check_ids(struct builder *b)
{
	CLEANUP(map_freep)
	struct map *seen = map_new(true);
	const struct plan_input *in = &b->plan->in;

	for (size_t i = 0; seen != NULL && i < in->rule_count; i++) {
		const struct rule *other = map_get(seen, in->rules[i].id);

		b->rule = &in->rules[i];
		if (other != NULL)
			problem(b, true, 0, (struct text){0}, 0,
			    "the id \"%.*s\" is that of rule \"%.*s\" too",
			    TEXT_ARGS(in->rules[i].id), TEXT_ARGS(other->name));
		else if (map_put(seen, in->rules[i].id,
			     // NOLINTNEXTLINE: the map gives it back as const
			     (void *)(uintptr_t)&in->rules[i]) < 0)
			b->failed = ERR_NOMEM;
	}
	if (seen == NULL)
		b->failed = ERR_NOMEM;
}

static bool
has_dn_flow(const struct plan *p, const struct plan_rule *r)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct plan_rule *o = p->all[i];
		const struct code *code = code_of(o);

		if (o->connector != r->connector ||
		    o->rule->direction != RULE_OUTBOUND ||
		    o->rule->target_type != r->rule->target_type)
			continue;
		for (size_t k = 0; k < code->flow_count; k++)
			if (text_is(
				names_text(p->in.names, code->flows[k].target),
				"dn"))
				return true;
	}
	return false;
}

static void
check_dn_flows(struct builder *b)
{
	const struct plan *p = b->plan;

	for (size_t i = 0; i < p->count; i++) {
		b->rule = p->all[i]->rule;
		if (b->rule->direction == RULE_OUTBOUND &&
		    b->rule->link == LINK_PROVISION &&
		    !has_dn_flow(p, p->all[i]))
			problem(b, true, 0, TEXT("dn"), 0,
			    "a rule that provisions needs a flow to dn");
	}
}

/* ---- Lists by type ---- */

static uint32_t
source_type_of(const struct plan_rule *r)
{
	return r->rule->source_type;
}

static struct type_rules *
type_find(struct connector_rules *c, int direction, uint32_t type)
{
	for (size_t i = 0; i < c->type_count[direction]; i++)
		if (c->types[direction][i].type == type)
			return &c->types[direction][i];
	return NULL;
}

/* One list per source type that some rule names, and one for the rest. */
static int
collect_types(struct plan *p, size_t connector, int direction)
{
	struct connector_rules *c = &p->connectors[connector];
	struct type_rules *t;

	c->types[direction] =
	    arena_array(p->arena, p->count + 1, sizeof(struct type_rules));
	if (c->types[direction] == NULL)
		return ERR_NOMEM;
	c->type_count[direction] = 1; /* type 0 */
	for (size_t i = 0; i < p->count; i++) {
		const struct plan_rule *r = p->all[i];
		uint32_t type = source_type_of(r);

		if (r->connector != connector ||
		    (int)r->rule->direction - 1 != direction ||
		    type_find(c, direction, type) != NULL)
			continue;
		t = &c->types[direction][c->type_count[direction]++];
		t->type = type;
	}
	return 0;
}

static int
fill_type(struct plan *p, size_t connector, int direction, struct type_rules *t)
{
	t->rules = arena_array(
	    p->arena, p->count + 1, sizeof(const struct plan_rule *));
	if (t->rules == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < p->count; i++) {
		const struct plan_rule *r = p->all[i];
		uint32_t type = source_type_of(r);

		if (r->connector == connector &&
		    (int)r->rule->direction - 1 == direction &&
		    (type == 0 || type == t->type))
			t->rules[t->count++] = r;
	}
	return 0;
}

static int
build_types(struct plan *p)
{
	int r = 0;

	for (size_t i = 0; i < p->in.connector_count && r == 0; i++)
		for (int d = 0; d < 2 && r == 0; d++) {
			struct connector_rules *c = &p->connectors[i];

			r = collect_types(p, i, d);
			for (size_t k = 0; k < c->type_count[d] && r == 0; k++)
				r = fill_type(p, i, d, &c->types[d][k]);
		}
	return r;
}

/* ---- Attributes that are read ---- */

static int
add_sources(struct plan *p, const struct code *code, struct name_set *set)
{
	int r = 0;

	for (size_t i = 0; i < code->group_count; i++)
		for (size_t k = 0; k < code->groups[i].count && r == 0; k++)
			r = set_add(
			    p->arena, set, code->groups[i].clauses[k].name);
	for (size_t i = 0; i < code->flow_count && r == 0; i++) {
		const struct code_flow *f = &code->flows[i];
		const uint32_t *list;
		size_t n = 0;

		if (f->source != 0)
			r = set_add(p->arena, set, f->source);
		if (f->expr == NULL)
			continue;
		list = expr_attributes(f->expr, &n);
		for (size_t k = 0; k < n && r == 0; k++)
			r = set_add(p->arena, set, list[k]);
	}
	return r;
}

static int
add_joins(struct plan *p, const struct rule *rule, struct name_set *cs,
    struct name_set *mv)
{
	int r = 0;

	for (size_t i = 0; i < rule->join_count; i++)
		for (size_t k = 0; k < rule->join[i].count && r == 0; k++) {
			const struct join_clause *c = &rule->join[i].clauses[k];

			if (cs != NULL)
				r = set_add(p->arena, cs, c->cs_name);
			if (mv != NULL && r == 0)
				r = set_add(p->arena, mv, c->mv_name);
		}
	return r;
}

/* What an outbound rule writes must be read as well, to be confirmed. */
static int
add_targets(struct plan *p, const struct code *code, struct name_set *set)
{
	int r = 0;

	for (size_t i = 0; i < code->flow_count && r == 0; i++)
		r = set_add(p->arena, set, code->flows[i].target);
	return r;
}

/* Of the connector alone, without what its schema does not have. */
static void
keep_existing(struct plan *p, size_t connector, struct name_set *set)
{
	const struct schema *s = p->in.connectors[connector].schema;
	size_t n = 0;

	for (size_t i = 0; i < set->count; i++) {
		struct text name = names_text(p->in.names, set->names[i]);

		if (!text_is(name, "dn") &&
		    (s == NULL || schema_find(s, set->names[i]) != NULL))
			set->names[n++] = set->names[i];
	}
	set->count = n;
}

static int
build_wanted(struct plan *p, size_t connector)
{
	struct name_set set = {0};
	int r = 0;

	for (size_t i = 0; i < p->count && r == 0; i++) {
		const struct plan_rule *rule = p->all[i];

		if (rule->connector != connector)
			continue;
		r = rule->rule->direction == RULE_INBOUND
			? add_sources(p, code_of(rule), &set)
			: add_targets(p, code_of(rule), &set);
		if (r == 0)
			r = add_joins(p, rule->rule, &set, NULL);
	}
	set_finish(&set);
	keep_existing(p, connector, &set);
	p->connectors[connector].wanted = set.names;
	p->connectors[connector].wanted_count = set.count;
	return r;
}

/* "ValueCount("x")" and nothing else. */
static bool
counts_alone(const struct flow *f)
{
	static const char head[] = "ValueCount(\"";
	struct text t = f->text;
	size_t n = sizeof(head) - 1;

	if (t.len < n + 3 || !text_is_nocase((struct text){t.data, n}, head) ||
	    memcmp(t.data + t.len - 2, "\")", 2) != 0)
		return false;
	return memchr(t.data + n, '"', t.len - n - 2) == NULL;
}

/* Scopes, and expressions that do more than to count. */
static int
add_named(struct plan *p, const struct code *code, struct name_set *set)
{
	struct code part = {
	    .groups = code->groups, .group_count = code->group_count};
	int r = add_sources(p, &part, set);

	for (size_t i = 0; i < code->flow_count && r == 0; i++) {
		struct code_flow f = code->flows[i];

		if (f.expr == NULL || counts_alone(f.flow))
			continue;
		f.source = 0;
		part = (struct code){.flows = &f, .flow_count = 1};
		r = add_sources(p, &part, set);
	}
	return r;
}

static int
build_reads(struct plan *p, size_t connector)
{
	struct name_set reads = {0}, names = {0};
	struct connector_rules *c = &p->connectors[connector];
	int r = 0;

	for (size_t i = 0; i < p->count && r == 0; i++) {
		const struct plan_rule *rule = p->all[i];

		if (rule->connector != connector)
			continue;
		r = add_joins(p, rule->rule, &names, NULL);
		if (r < 0 || rule->rule->direction != RULE_INBOUND)
			continue;
		r = add_sources(p, code_of(rule), &reads);
		if (r == 0)
			r = add_named(p, code_of(rule), &names);
	}
	set_finish(&reads);
	set_finish(&names);
	c->reads = reads.names;
	c->read_count = reads.count;
	c->names = names.names;
	c->name_count = names.count;
	return r;
}

static int
build_attributes(struct plan *p)
{
	struct name_set cs = {0}, mv = {0};
	int r = 0;

	for (size_t i = 0; i < p->in.connector_count && r == 0; i++)
		r = build_wanted(p, i);
	for (size_t i = 0; i < p->in.connector_count && r == 0; i++)
		r = build_reads(p, i);
	for (size_t i = 0; i < p->count && r == 0; i++)
		r = add_joins(p, p->all[i]->rule, &cs, &mv);
	set_finish(&cs);
	set_finish(&mv);
	p->join_cs = cs.names;
	p->join_cs_count = cs.count;
	p->join_mv = mv.names;
	p->join_mv_count = mv.count;
	return r;
}

/* ---- The digest ---- */

static void
digest_name(const struct plan *p, struct buf *b, uint32_t name)
{
	buf_text_add(b, names_text(p->in.names, name));
	buf_putc(b, '\0');
}

static void
digest_conditions(const struct plan *p, struct buf *b, const struct rule *r)
{
	for (size_t i = 0; i < r->scope_count; i++) {
		buf_puts(b, "scope");
		for (size_t k = 0; k < r->scope[i].count; k++) {
			const struct scope_clause *c = &r->scope[i].clauses[k];

			digest_name(p, b, c->name);
			buf_varint(b, (uint64_t)c->op);
			buf_varint(b, c->value.len);
			buf_text_add(b, c->value);
		}
	}
	for (size_t i = 0; i < r->join_count; i++) {
		buf_puts(b, "join");
		for (size_t k = 0; k < r->join[i].count; k++) {
			const struct join_clause *c = &r->join[i].clauses[k];

			digest_name(p, b, c->cs_name);
			digest_name(p, b, c->mv_name);
			buf_putc(b, c->case_sensitive ? '1' : '0');
		}
	}
}

static void
digest_rule(const struct plan *p, struct buf *b, const struct plan_rule *rule)
{
	const struct rule *r = rule->rule;
	const struct code *code = code_of(rule);

	buf_text_add(b, r->id);
	buf_printf(b, "\n%d %d %d %lld %d ", (int)r->direction, (int)r->link,
	    (int)r->precedence, (long long)r->soft_delete_ms,
	    (int)r->password_sync);
	digest_name(p, b, r->source_type);
	digest_name(p, b, r->target_type);
	digest_conditions(p, b, r);
	for (size_t i = 0; i < code->flow_count; i++) {
		const struct flow *f = code->flows[i].flow;

		digest_name(p, b, f->target);
		digest_name(p, b, f->source);
		buf_printf(b, "%d %d %d %zu ", (int)f->kind, (int)f->merge,
		    (int)f->execute_once, f->text.len);
		buf_text_add(b, f->text);
	}
}

static void
digest_params(struct buf *b, const struct text *pairs, size_t count)
{
	for (size_t i = 0; i < 2 * count; i++) {
		buf_varint(b, pairs[i].len);
		buf_text_add(b, pairs[i]);
	}
}

static int
build_digest(struct plan *p, size_t connector)
{
	const struct plan_connector *c = &p->in.connectors[connector];
	unsigned char sum[32];
	struct buf b;
	int r;

	buf_init(&b, 256U << 20);
	for (size_t i = 0; i < p->count; i++)
		if (p->all[i]->connector == connector)
			digest_rule(p, &b, p->all[i]);
	buf_printf(&b, "%.*s", TEXT_ARGS(c->id));
	for (size_t i = 0; i < c->partition_count; i++)
		buf_printf(&b, "|%.*s", TEXT_ARGS(c->partitions[i]));
	digest_params(&b, c->params, c->param_count);
	digest_params(&b, p->in.params, p->in.param_count);
	r = buf_error(&b);
	if (r == 0)
		r = hash_sha256(buf_text(&b), sum);
	buf_clear(&b);
	return r < 0 ? r
		     : hex_encode(p->arena,
			   (struct text){(const char *)sum, sizeof(sum)},
			   &p->connectors[connector].digest);
}

/* ---- Building ---- */

static int
build_all(struct builder *b)
{
	struct plan *p = b->plan;
	int r = 0;

	for (size_t i = 0; i < p->in.rule_count && r == 0; i++)
		if (!p->in.rules[i].disabled)
			r = add_rule(b, &p->in.rules[i]);
	if (r < 0)
		return r;
	if (p->count > 1)
		qsort(p->all, p->count, sizeof(struct plan_rule *),
		    compare_precedence);
	check_precedence(b);
	check_ids(b);
	check_dn_flows(b);
	if ((r = build_types(p)) < 0 || (r = build_attributes(p)) < 0)
		return r;
	for (size_t i = 0; i < p->in.connector_count && r == 0; i++)
		r = build_digest(p, i);
	return r < 0 ? r : b->failed;
}

static struct plan *
plan_new(const struct plan_input *in)
{
	struct plan *p = calloc(1, sizeof(*p));

	if (p == NULL)
		return NULL;
	p->references = 1;
	p->in = *in;
	p->arena = arena_new(0);
	if (p->arena == NULL)
		return plan_free(p);
	p->all = arena_array(
	    p->arena, in->rule_count + 1, sizeof(struct plan_rule *));
	p->connectors = arena_array(
	    p->arena, in->connector_count + 1, sizeof(*p->connectors));
	if (p->all == NULL || p->connectors == NULL)
		return plan_free(p);
	return p;
}

int
plan_build(const struct plan_input *in, struct arena *a, struct plan **out,
    struct plan_problem **out_problems, size_t *out_problem_count)
{
	CLEANUP(plan_freep)
	struct plan *p = NULL;
	struct builder b = {.arena = a};
	int r;

	*out_problems = NULL;
	*out_problem_count = 0;
	if (in->rule_count > PLAN_MAX_RULES)
		return ERR_LIMIT;
	p = plan_new(in);
	if (p == NULL)
		return ERR_NOMEM;
	b.plan = p;
	b.expressions = map_new(false);
	r = b.expressions != NULL ? build_all(&b) : ERR_NOMEM;
	b.expressions = map_free(b.expressions);
	*out_problems = b.problems;
	*out_problem_count = b.count;
	if (r < 0)
		// NOLINTNEXTLINE(clang-analyzer-unix.Malloc): CLEANUP frees it
		return r;
	if (b.blocked)
		return ERR_CONFIG;
	*out = TAKE_PTR(p);
	return 0;
}

struct plan *
plan_ref(struct plan *p)
{
	p->references++;
	return p;
}

struct plan *
plan_free(struct plan *p)
{
	if (p == NULL || --p->references > 0)
		return NULL;
	p->arena = arena_free(p->arena);
	free(p);
	return NULL;
}

/* ---- Asking ---- */

const struct schema *
plan_mv_schema(const struct plan *p)
{
	return p->in.mv_schema;
}

int
plan_rules(const struct plan *p, size_t connector,
    enum rule_direction direction, uint32_t source_type,
    const struct plan_rule *const **out, size_t *out_count)
{
	const struct type_rules *t;
	int d = (int)direction - 1;

	if (connector >= p->in.connector_count || d < 0 || d > 1)
		return ERR_INVAL;
	t = type_find(&p->connectors[connector], d, source_type);
	if (t == NULL)
		t = &p->connectors[connector].types[d][0];
	*out = t->rules;
	*out_count = t->count;
	return 0;
}

const struct plan_rule *const *
plan_all(const struct plan *p, size_t *count)
{
	*count = p->count;
	return p->all;
}

const uint32_t *
plan_wanted(const struct plan *p, size_t connector, size_t *count)
{
	*count = p->connectors[connector].wanted_count;
	return p->connectors[connector].wanted;
}

static bool
is_among(const uint32_t *names, size_t n, uint32_t name)
{
	size_t lo = 0, hi = n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (names[mid] < name)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < n && names[lo] == name;
}

enum plan_read
plan_reads(const struct plan *p, size_t connector, uint32_t name)
{
	const struct connector_rules *c = &p->connectors[connector];

	if (is_among(c->names, c->name_count, name))
		return PLAN_READ_NAMES;
	return is_among(c->reads, c->read_count, name) ? PLAN_READ_VALUES
						       : PLAN_READ_NOT;
}

const uint32_t *
plan_join_cs(const struct plan *p, size_t *count)
{
	*count = p->join_cs_count;
	return p->join_cs;
}

const uint32_t *
plan_join_mv(const struct plan *p, size_t *count)
{
	*count = p->join_mv_count;
	return p->join_mv;
}

struct text
plan_digest(const struct plan *p, size_t connector)
{
	return p->connectors[connector].digest;
}
