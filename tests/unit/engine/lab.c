/* tests/unit/engine/lab.c -- see lab.h. */
#include "lab.h"

#include <assert.h>

/* ---- Faults ---- */

static unsigned die_at, commits;
static bool die_after, dead;

// NOLINTBEGIN(readability-identifier-naming): names that --wrap gives
int __real_store_commit(struct store *s, struct err *e);
int __real_store_begin(struct store *s, struct err *e);
int __wrap_store_commit(struct store *s, struct err *e);
int __wrap_store_commit_later(struct store *s, struct err *e);
int __real_store_commit_later(struct store *s, struct err *e);
int __wrap_store_begin(struct store *s, struct err *e);
// NOLINTEND(readability-identifier-naming)

void
lab_die_at(unsigned n, bool after)
{
	die_at = n;
	die_after = after;
	commits = 0;
	dead = false;
}

bool
lab_died(void)
{
	return dead;
}

int
__wrap_store_begin(struct store *s, struct err *e)
{
	if (dead)
		return err_set(e, ERR_STORE, "the process is dead");
	return __real_store_begin(s, e);
}

int
__wrap_store_commit(struct store *s, struct err *e)
{
	if (die_at == 0 || ++commits != die_at)
		return __real_store_commit(s, e);
	dead = true;
	if (die_after)
		assert(__real_store_commit(s, NULL) == 0);
	else
		store_rollback(s);
	return err_set(e, ERR_STORE, "killed at commit %u", die_at);
}

/* While dying is planned every batch is a transaction, so that there are as
 * many places to die at as can be. */
int
__wrap_store_commit_later(struct store *s, struct err *e)
{
	if (die_at == 0)
		return __real_store_commit_later(s, e);
	return __wrap_store_commit(s, e);
}

/* ---- Chance ---- */

static uint32_t
number_of(const char *name, uint32_t otherwise)
{
	const char *t = getenv(name);
	int64_t n = 0;

	return t != NULL && text_to_int64(text_of(t), &n) == 0 && n > 0 &&
		       n < INT32_MAX
		   ? (uint32_t)n
		   : otherwise;
}

struct lab_seeds
lab_seeds(uint32_t worlds)
{
	struct lab_seeds s = {.first = number_of("SEED", 1)};

	s.end = s.first + number_of("WORLDS", worlds);
	print_message("# seeds %u to %u (SEED, WORLDS)\n", s.first, s.end - 1);
	return s;
}

/* ---- Rules ---- */

static uint32_t
name_of(struct lab *l, const char *s)
{
	uint32_t n;

	assert(names_intern(l->names, text_of(s), &n) == 0);
	return n;
}

struct rule *
lab_rule(
    struct lab *l, enum rule_direction direction, int connector, int precedence)
{
	struct rule *r = &l->rules[l->rule_count++];
	bool in = direction == RULE_INBOUND;

	assert(l->rule_count <= LAB_RULES);
	*r = (struct rule){.direction = direction,
	    .precedence = precedence,
	    .link = LINK_PROVISION,
	    .file = TEXT("test.yaml"),
	    .line = precedence,
	    .connector = l->connectors[connector].name,
	    .source_type = name_of(l, in ? "user" : "person"),
	    .target_type = name_of(l, in ? "person" : "user")};
	r->name = text_of(arena_printf(l->arena, "rule %d", precedence));
	r->id = text_of(arena_printf(l->arena, "r%d", precedence));
	r->id_name = name_of(l, r->id.data);
	r->scope = arena_array(l->arena, 8, sizeof(*r->scope));
	r->join = arena_array(l->arena, 8, sizeof(*r->join));
	r->flows = arena_array(l->arena, 16, sizeof(*r->flows));
	assert(r->scope && r->join && r->flows);
	return r;
}

void
lab_types(struct lab *l, struct rule *r, const char *cs, const char *mv)
{
	bool in = r->direction == RULE_INBOUND;

	r->source_type = name_of(l, in ? cs : mv);
	r->target_type = name_of(l, in ? mv : cs);
}

void
lab_scope(struct lab *l, struct rule *r, const char *name, enum scope_op op,
    const char *value)
{
	struct scope_group *g = &r->scope[0];

	r->scope_count = 1;
	if (g->clauses == NULL)
		g->clauses = arena_array(l->arena, 8, sizeof(*g->clauses));
	assert(g->clauses != NULL);
	g->clauses[g->count++] =
	    (struct scope_clause){name_of(l, name), op, text_of(value)};
}

void
lab_join(struct lab *l, struct rule *r, const char *cs, const char *mv)
{
	struct join_group *g = &r->join[r->join_count++];

	g->clauses = arena_array(l->arena, 1, sizeof(*g->clauses));
	assert(g->clauses != NULL);
	g->clauses[0] =
	    (struct join_clause){name_of(l, cs), name_of(l, mv), false};
	g->count = 1;
}

void
lab_flow(struct lab *l, struct rule *r, const char *target, const char *source)
{
	struct flow *f = &r->flows[r->flow_count++];
	size_t n = strlen(source);

	*f = (struct flow){.target = name_of(l, target), .merge = MERGE_UPDATE};
	if (source[0] == '=') {
		f->kind = FLOW_CONSTANT;
		f->text = text_of(source + 1);
	} else if (source[0] == '[' && strchr(source, ']') == source + n - 1) {
		char *name = arena_strndup(l->arena, source + 1, n - 2);

		assert(name != NULL);
		f->kind = FLOW_DIRECT;
		f->source = name_of(l, name);
	} else {
		f->kind = FLOW_EXPRESSION;
		f->text = text_of(source);
	}
}

static void
flows(struct lab *l, struct rule *r, const char *const *pairs)
{
	for (; pairs[0] != NULL; pairs += 2)
		lab_flow(l, r, pairs[0], pairs[1]);
}

static void
default_rules(struct lab *l)
{
	static const char *const in_user[] = {"displayName", "[displayName]",
	    "mail", "[mail]", "title", "[title]", "manager", "[manager]",
	    "proxyAddresses", "[proxyAddresses]", "sourceAnchor",
	    "[employeeID]", NULL};
	static const char *const in_group[] = {"displayName", "[displayName]",
	    "member", "[member]", "sourceAnchor", "[employeeID]", NULL};
	static const char *const out_user[] = {"dn", "\"CN=\" & [sourceAnchor]",
	    "displayName", "[displayName]", "mail", "[mail]", "title",
	    "[title]", "manager", "[manager]", "proxyAddresses",
	    "[proxyAddresses]", "sourceAnchor", "[sourceAnchor]", NULL};
	static const char *const out_group[] = {"dn",
	    "\"CN=\" & [sourceAnchor]", "displayName", "[displayName]",
	    "member", "[member]", "sourceAnchor", "[sourceAnchor]", NULL};
	struct rule *r = lab_rule(l, RULE_INBOUND, AD, 100);

	lab_scope(l, r, "adminDescription", SCOPE_NOTEQUAL, "NoSync");
	lab_join(l, r, "employeeID", "sourceAnchor");
	flows(l, r, in_user);
	r = lab_rule(l, RULE_INBOUND, AD, 101);
	lab_types(l, r, "group", "group");
	lab_join(l, r, "employeeID", "sourceAnchor");
	flows(l, r, in_group);
	r = lab_rule(l, RULE_OUTBOUND, CLOUD, 110);
	lab_join(l, r, "sourceAnchor", "sourceAnchor");
	lab_scope(l, r, "title", SCOPE_NOTEQUAL, "Hidden");
	flows(l, r, out_user);
	r = lab_rule(l, RULE_OUTBOUND, CLOUD, 111);
	lab_types(l, r, "group", "group");
	lab_join(l, r, "sourceAnchor", "sourceAnchor");
	flows(l, r, out_group);
	r = lab_rule(l, RULE_INBOUND, CLOUD, 120);
	r->link = LINK_JOIN;
	lab_join(l, r, "sourceAnchor", "sourceAnchor");
	lab_flow(l, r, "cloudName", "[cloudName]");
	r = lab_rule(l, RULE_OUTBOUND, LDAP, 130);
	lab_scope(l, r, "title", SCOPE_EQUAL, "Staff");
	lab_flow(l, r, "dn", "\"CN=\" & [displayName] & \",O=x\"");
	lab_flow(l, r, "displayName", "[displayName]");
	lab_flow(l, r, "manager", "[manager]");
}

/* ---- The lab ---- */

static void
declare(struct lab *l, struct schema *s, const char *name, enum value_type type,
    bool multi)
{
	struct schema_attr a = {
	    .name = name_of(l, name), .type = type, .multi = multi};

	assert(schema_add(s, a, NULL) == 0);
}

static void
declare_all(struct lab *l, struct schema *s)
{
	static const char *const strings[] = {"displayName", "mail", "title",
	    "sourceAnchor", "employeeID", "adminDescription", "cloudName",
	    "description", "department", "userPrincipalName"};

	for (size_t i = 0; i < sizeof(strings) / sizeof(strings[0]); i++)
		declare(l, s, strings[i], VALUE_STRING, false);
	declare(l, s, "accountEnabled", VALUE_BOOLEAN, false);
	declare(l, s, "proxyAddresses", VALUE_STRING, true);
	declare(l, s, "manager", VALUE_REFERENCE, false);
	declare(l, s, "member", VALUE_REFERENCE, true);
	assert(schema_add_type(s, name_of(l, "user")) == 0);
	assert(schema_add_type(s, name_of(l, "group")) == 0);
	assert(schema_add_type(s, name_of(l, "person")) == 0);
}

static void
make_connectors(struct lab *l)
{
	static const char *const names[] = {"ad", "ldap", "cloud"};
	static const char *const parts[] = {"DC=ad", "O=x", "default"};
	struct store_connector c;

	assert(store_begin(l->store, &l->e) == 0);
	for (int i = 0; i < 3; i++) {
		const struct connector_kind *kind =
		    i == CLOUD ? &fake_cloud_kind : &fake_source_kind;

		assert(store_connector_ensure(l->store, text_of(names[i]),
			   text_of(kind->name), &c, &l->e) == 0);
		l->dirs[i] = calloc(1, sizeof(*l->dirs[i]));
		assert(l->dirs[i] != NULL);
		fake_init(l->dirs[i], l->names, parts[i]);
		l->connectors[i] = (struct engine_connector){.id = c.id,
		    .name = text_of(names[i]),
		    .kind = kind,
		    .conf = &l->dirs[i]->conf,
		    .schema = l->cs,
		    .cloud = i == CLOUD};
	}
	assert(store_commit(l->store, &l->e) == 0);
}

static bool
ask_cancel(void *ctx)
{
	const struct lab *l = ctx;

	return l->cancel;
}

void
lab_restart(struct lab *l)
{
	struct plan_connector pc[3];
	struct plan_input in = {.names = l->names,
	    .rules = l->rules,
	    .rule_count = l->rule_count,
	    .connectors = pc,
	    .connector_count = 3,
	    .mv_schema = l->mv};
	struct engine_config cfg = {.store = l->store,
	    .connectors = l->connectors,
	    .connector_count = 3,
	    .guard = l->guard,
	    .policy = l->policy,
	    .staging = l->staging,
	    .history_ms = l->history_ms,
	    .config_dir = "/",
	    .cancelled = ask_cancel,
	    .ctx = l};
	struct plan_problem *problems = NULL;
	size_t n = 0;

	for (int i = 0; i < 3; i++)
		pc[i] = (struct plan_connector){.name = l->connectors[i].name,
		    .kind = text_of(l->connectors[i].kind->name),
		    .schema = l->cs};
	l->engine = engine_free(l->engine);
	l->plan = plan_free(l->plan);
	if (plan_build(&in, l->arena, &l->plan, &problems, &n) < 0)
		fail_msg("rules: %.*s", TEXT_ARGS(problems[0].text));
	cfg.plan = l->plan;
	assert_int_equal(engine_new(&cfg, &l->engine, &l->e), 0);
}

struct lab *
lab_new(void)
{
	struct lab *l = calloc(1, sizeof(*l));

	assert(l != NULL);
	lab_die_at(0, false);
	l->arena = arena_new(0);
	assert(l->arena != NULL);
	assert(store_open("", STORE_MEMORY, &l->store, &l->e) == 0);
	l->names = store_names(l->store);
	l->cs = schema_new();
	l->mv = schema_new();
	declare_all(l, l->cs);
	declare_all(l, l->mv);
	make_connectors(l);
	l->guard = (struct engine_guard){.deletions = 500,
	    .source_percent = 40,
	    .source_minimum = 10,
	    .attribute_percent = 90};
	default_rules(l);
	lab_restart(l);
	return l;
}

struct lab *
lab_free(struct lab *l)
{
	l->engine = engine_free(l->engine);
	l->plan = plan_free(l->plan);
	for (int i = 0; i < 3; i++) {
		fake_clear(l->dirs[i]);
		free(l->dirs[i]);
	}
	l->store = store_close(l->store);
	l->cs = schema_free(l->cs);
	l->mv = schema_free(l->mv);
	l->arena = arena_free(l->arena);
	free(l);
	return NULL;
}

/* ---- Short forms ---- */

void
lab_person(struct lab *l, const char *id, const char *more)
{
	fake_put(l->dirs[AD], "user", id,
	    arena_printf(l->arena, "CN=%s,OU=People,DC=ad", id),
	    arena_printf(l->arena, "employeeID=%s;displayName=%s%s%s", id, id,
		more[0] != '\0' ? ";" : "", more));
}

void
lab_group(struct lab *l, const char *id, const char *members)
{
	const char *at = members;
	const char *list = "";

	while (*at != '\0') {
		size_t n = strcspn(at, " ");

		list = arena_printf(l->arena, "%s%s@CN=%.*s,OU=People,DC=ad",
		    list, list[0] != '\0' ? "|" : "", (int)n, at);
		at += n + (at[n] == ' ');
	}
	fake_put(l->dirs[AD], "group", id,
	    arena_printf(l->arena, "CN=%s,OU=People,DC=ad", id),
	    arena_printf(l->arena, "employeeID=%s;displayName=%s%s%s", id, id,
		list[0] != '\0' ? ";member=" : "", list));
}

void
lab_cycle(struct lab *l, int code)
{
	struct err e = {0};
	int r = engine_cycle(l->engine, false, l->arena, &l->cycle, &e);

	if (r != code)
		fail_msg("cycle: %d, not %d: %s", r, code, e.text);
}

void
lab_run(struct lab *l, int connector, const char *profile, int code)
{
	struct err e = {0};
	int r = engine_run(l->engine, (size_t)connector,
	    engine_profile_parse(text_of(profile)), l->arena, &l->run, &e);

	if (r != code)
		fail_msg("%s: %d, not %d: %s", profile, r, code, e.text);
}

const char *
lab_result(const struct lab *l)
{
	if (l->run.step_count == 0)
		return "";
	return l->run.steps[l->run.step_count - 1].result.data;
}

uint64_t
lab_counter(const struct lab *l, const char *name)
{
	uint64_t n = 0;

	for (size_t i = 0; i < l->run.step_count; i++)
		for (size_t k = 0; k < l->run.steps[i].counter_count; k++)
			if (strcmp(l->run.steps[i].counters[k].name, name) == 0)
				n += l->run.steps[i].counters[k].n;
	return n;
}

struct noting {
	struct lab *l;
	struct buf b;
};

static int
note_pending(void *ctx, const struct pending_item *item, struct err *e)
{
	struct noting *n = ctx;
	struct buf *b = &n->b;

	(void)e;
	buf_printf(b, "%s %.*s",
	    item->new_dn.len != 0 ? "rename" : delta_op_name(item->op),
	    TEXT_ARGS(item->dn));
	for (size_t i = 0; i < item->change_count && item->op == DELTA_UPDATE;
	     i++)
		buf_printf(b, " %.*s+%u-%u",
		    TEXT_ARGS(names_text(n->l->names, item->changes[i].name)),
		    item->changes[i].add_count, item->changes[i].del_count);
	buf_putc(b, '\n');
	return 0;
}

char *
lab_pending(struct lab *l, int connector)
{
	struct noting n = {.l = l};
	struct pending_sink sink = {.item = note_pending, .ctx = &n};
	struct pending_report rep;
	char *out;

	buf_init(&n.b, 1 << 20);
	assert_int_equal(engine_pending(l->engine, (size_t)connector, l->arena,
			     &sink, &rep, &l->e),
	    0);
	out = arena_printf(l->arena, "%.*s", TEXT_ARGS(buf_text(&n.b)));
	buf_clear(&n.b);
	return out;
}

void
lab_dir_is(struct lab *l, int connector, const char *want)
{
	assert_string_equal(fake_dump(l->dirs[connector], l->arena), want);
}

void
lab_cloud_is(struct lab *l, const char *want)
{
	lab_dir_is(l, CLOUD, want);
}
