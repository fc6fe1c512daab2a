/* engine/setup.c -- see setup.h. */
#include "engine/setup.h"

#include "base/log.h"
#include "engine/discover.h"
#include "engine/setup_int.h"
#include "rules/vendor/vendor.h"

/* ---- The configuration ---- */

static int
load_conf(struct setup *s, const char *path, struct err *e)
{
	int r;

	s->conf_problems = arena_alloc(s->arena, sizeof(struct conf_problems));
	if (s->conf_problems == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = conf_load(path, s->arena, &s->conf, s->conf_problems);
	if (r < 0 && s->conf_problems->count > 0)
		return err_set(
		    e, r, "%.*s", TEXT_ARGS(s->conf_problems->items[0].text));
	if (r < 0)
		return err_set(e, r, "%s: %s", path, err_name(r));
	return 0;
}

/* ---- The store ---- */

static int
open_store(struct setup *s, enum store_mode mode, struct err *e)
{
	struct text path;

	if (s->store_path != NULL)
		return store_open(s->store_path, mode, &s->store, e);
	if (conf_resolve(s->arena, s->conf->dir, s->conf->store.path, &path) <
	    0)
		return err_set(e, ERR_NOMEM, "out of memory");
	return store_open(path.data, mode, &s->store, e);
}

static int
open_store_for(struct setup *s, enum setup_want want, struct err *e)
{
	int r;

	if (want == SETUP_RUN)
		return open_store(s, STORE_WRITE, e);
	if (want == SETUP_TEST)
		return store_open("", STORE_MEMORY, &s->store, e);
	r = open_store(s, STORE_READ, e);
	if (r == ERR_NOENT && s->store_path == NULL)
		return store_open("", STORE_MEMORY, &s->store, e);
	return r;
}

int
setup_make_rows(struct setup *s, struct err *e)
{
	int r = store_begin(s->store, e);

	for (size_t i = 0; i < s->connector_count && r == 0; i++)
		r = discover_row(s, i, true, e);
	if (r == 0)
		return store_commit(s->store, e);
	store_rollback(s->store);
	return r;
}

/* A process that only looks, or finds all there, does not write. */
static int
connector_rows(struct setup *s, enum setup_want want, struct err *e)
{
	bool missing = false;
	int r = 0;

	if (want == SETUP_TEST)
		return setup_make_rows(s, e);

	for (size_t i = 0; i < s->connector_count && r == 0; i++) {
		r = discover_row(s, i, false, e);
		missing = missing || s->connectors[i].id == 0;
	}
	if (r < 0 || !missing || want != SETUP_RUN)
		return r;
	r = store_lock(s->store, "new connectors", e);
	if (r < 0)
		return r;
	r = setup_make_rows(s, e);
	store_unlock(s->store);
	return r;
}

static int
make_connectors(struct setup *s, struct err *e)
{
	const struct conf_connectors *list = &s->conf->connectors;

	s->connectors =
	    arena_array(s->arena, list->count, sizeof(*s->connectors));
	s->schemas = arena_array(s->arena, list->count,
	    sizeof(*s->schemas)); // NOLINT(bugprone-sizeof-expression)
	if (s->connectors == NULL || s->schemas == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < list->count; i++) {
		const struct conf_connector *conf = &list->items[i];
		const struct connector_kind *kind =
		    connector_kind_find(conf->kind);

		if (kind == NULL)
			return err_set(e, ERR_CONFIG,
			    "connector %.*s: no such kind as \"%.*s\" in "
			    "this build",
			    TEXT_ARGS(conf->name), TEXT_ARGS(conf->kind));
		s->connectors[i] = (struct engine_connector){
		    .name = conf->name,
		    .kind = kind,
		    .conf = conf,
		    .cloud = conf->kind_id == CONF_KIND_GRAPH ||
			     conf->kind_id == CONF_KIND_SYNC,
		};
	}
	s->connector_count = list->count;
	return 0;
}

/* ---- The rules ---- */

int
setup_rules_failed(struct setup *s, int code, struct err *e)
{
	for (size_t i = 0; i < s->problem_count; i++) {
		const struct plan_problem *p = &s->problems[i];

		if (!p->blocks)
			continue;
		return err_set(e, ERR_CONFIG, "%.*s:%d: %s%.*s%s%.*s",
		    TEXT_ARGS(p->file), p->line,
		    p->rule.len != 0 ? "rule " : "", TEXT_ARGS(p->rule),
		    p->rule.len != 0 ? ": " : "", TEXT_ARGS(p->text));
	}
	return err_set(e, code, "the rules could not be read");
}

static int
load_rules(struct setup *s, struct err *e)
{
	int r = ruleset_load(s->conf, store_names(s->store), s->arena,
	    &s->rules, &s->problems, &s->problem_count);

	return r < 0 ? setup_rules_failed(s, r, e) : 0;
}

int
setup_add_problems(struct setup *s, const struct plan_problem *more, size_t n)
{
	struct plan_problem *list =
	    arena_array(s->arena, s->problem_count + n, sizeof(*list));

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < s->problem_count; i++)
		list[i] = s->problems[i];
	for (size_t i = 0; i < n; i++)
		list[s->problem_count + i] = more[i];
	s->problems = list;
	s->problem_count += n;
	return 0;
}

static int
pairs_of(struct setup *s, const struct conf_map *map, const struct text **out)
{
	struct text *list =
	    arena_array(s->arena, map->count * 2, sizeof(*list));

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < map->count; i++) {
		list[2 * i] = map->items[i].name;
		list[2 * i + 1] = map->items[i].value;
	}
	*out = list;
	return 0;
}

/* Parameters that say what the connector is. */
static bool
is_own(struct text name)
{
	return text_starts_nocase(name, "Connector.") ||
	       text_starts_nocase(name, "Domain.") ||
	       text_starts_nocase(name, "Forest.");
}

static bool
is_overridden(const struct setup *s, size_t i)
{
	if (text_equal_nocase(s->override_connector, s->connectors[i].name))
		return true;
	return s->vendor != NULL && s->override_connector.len > 0 &&
	       vendor_find(s->vendor, s->override_connector) ==
		   &s->vendor->connectors[i];
}

int
setup_override(struct setup *s, size_t i, struct plan_connector *out)
{
	bool all = is_overridden(s, i);
	struct text *list =
	    arena_array(s->arena, 2 * s->override_count + 2, sizeof(*list));

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t k = 0; k < s->override_count; k++) {
		if (!all && is_own(s->overrides[2 * k]))
			continue;
		list[2 * out->override_count] = s->overrides[2 * k];
		list[2 * out->override_count + 1] = s->overrides[2 * k + 1];
		out->override_count++;
	}
	out->overrides = list;
	return 0;
}

int
setup_plan(struct setup *s, struct plan_input *in, struct err *e)
{
	struct plan_problem *problems = NULL;
	size_t n = 0;
	int r = plan_build(in, s->arena, &s->plan, &problems, &n);

	s->plan_connectors = in->connectors;
	if (setup_add_problems(s, problems, n) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	return r < 0 ? setup_rules_failed(s, r, e) : 0;
}

static int
build_plan(struct setup *s, struct err *e)
{
	struct plan_connector *list =
	    arena_array(s->arena, s->connector_count, sizeof(*list));
	struct plan_input in = {
	    .names = store_names(s->store),
	    .rules = s->rules.rules,
	    .rule_count = s->rules.count,
	    .connectors = list,
	    .connector_count = s->connector_count,
	    .mv_schema = s->rules.mv_schema,
	    .param_count = s->conf->parameters.count,
	};
	int r = list != NULL ? pairs_of(s, &s->conf->parameters, &in.params)
			     : ERR_NOMEM;

	for (size_t i = 0; i < s->connector_count && r == 0; i++) {
		r = discover_parameters(s, i, &list[i]);
		if (r == 0)
			r = setup_override(s, i, &list[i]);
	}
	if (r < 0)
		return err_set(e, r, "out of memory");
	return setup_plan(s, &in, e);
}

static void
log_warnings(const struct setup *s)
{
	for (size_t i = 0; i < s->problem_count; i++) {
		const struct plan_problem *p = &s->problems[i];
		char *text = arena_printf(s->arena, "%.*s:%d: %.*s",
		    TEXT_ARGS(p->file), p->line, TEXT_ARGS(p->text));

		if (text != NULL && !p->blocks)
			log_event(
			    LOG_INFO, "rules.warning", "text", text, NULL);
	}
}

/* ---- The engine ---- */

int
setup_staging(struct setup *s, bool *out, struct err *e)
{
	struct text t;
	int r = store_meta_get(s->store, s->arena, "staging", &t, e);

	if (r == 0)
		*out = t.len != 0 ? text_is(t, "on") : s->conf->staging;
	if (s->store_path != NULL)
		*out = true;
	return r;
}

int
setup_history(struct setup *s, int64_t *out_ms, struct err *e)
{
	struct text keep = {0}, maintenance;
	int r = store_meta_get(
	    s->store, s->arena, "sched.maintenance", &maintenance, e);

	*out_ms = s->conf->schedule.history_ms;
	if (r == 0)
		r = store_meta_get(s->store, s->arena, "sched.keep", &keep, e);
	if (r == 0 && keep.len != 0 && text_to_int64(keep, out_ms) < 0)
		return err_set(e, ERR_STORE,
		    "stored sched.keep \"%.*s\" is no number", TEXT_ARGS(keep));
	if (r == 0 && (text_is(maintenance, "off") || *out_ms == CONF_OFF))
		*out_ms = 0;
	return r;
}

static uint64_t
limit_of(int64_t n)
{
	return n == CONF_OFF ? UINT64_MAX : (uint64_t)n;
}

static struct engine_policy
policy_of(const struct conf_plan *c)
{
	struct engine_policy p = {.apply = POLICY_ALWAYS,
	    .objects = limit_of(c->objects),
	    .deletions = limit_of(c->deletions),
	    .percent = c->percent == CONF_OFF ? 100 : (uint64_t)c->percent,
	    .percent_minimum = (uint64_t)c->percent_minimum};

	if (c->percent == CONF_OFF)
		p.percent_minimum = UINT64_MAX;
	if (c->apply == CONF_PLAN_SMALL)
		p.apply = POLICY_SMALL;
	else if (c->apply == CONF_PLAN_NEVER)
		p.apply = POLICY_NEVER;
	return p;
}

static int
make_engine(struct setup *s, struct err *e)
{
	struct engine_config cfg = {
	    .store = s->store,
	    .plan = s->plan,
	    .connectors = s->connectors,
	    .connector_count = s->connector_count,
	    .config_dir = s->conf->dir.data,
	    .conf = s->conf,
	    .progress = s->progress,
	    .cancelled = s->cancelled,
	    .ctx = s->ctx,
	};
	const struct conf_texts *back = &s->conf->default_rules.write_back;
	int r = setup_staging(s, &cfg.staging, e);

	for (size_t i = 0; i < back->count; i++)
		if (text_is(back->items[i], "anchor"))
			cfg.write_sources_first = true;
	if (r == 0)
		r = setup_guard(s, &cfg.guard, e);
	cfg.policy = policy_of(&s->conf->plan);
	if (r == 0)
		r = setup_history(s, &cfg.history_ms, e);
	if (r == 0)
		r = engine_new(&cfg, &s->engine, e);
	return r;
}

int
setup_engine_again(struct setup *s, struct err *e)
{
	s->engine = engine_free(s->engine);
	return make_engine(s, e);
}

int
setup_open(
    struct setup *s, const char *path, enum setup_want want, struct err *e)
{
	int r;

	s->arena = arena_new(0);
	if (s->arena == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (vendor_is_export(path))
		return setup_open_vendor(s, path, want, e);
	r = load_conf(s, path, e);
	if (r < 0 || want == SETUP_CONF)
		return r;
	r = make_connectors(s, e);
	if (r == 0)
		r = open_store_for(s, want, e);
	if (r == 0)
		r = connector_rows(s, want, e);
	if (r < 0 || want == SETUP_READ)
		return r;
	r = discover_schemas(s, want == SETUP_RUN, e);
	if (r == 0)
		r = load_rules(s, e);
	if (r == 0)
		r = build_plan(s, e);
	if (r == 0)
		log_warnings(s);
	if (r < 0 || want == SETUP_CHECK || want == SETUP_TEST)
		return r;
	return make_engine(s, e);
}

void
setup_clear(struct setup *s)
{
	s->engine = engine_free(s->engine);
	s->plan = plan_free(s->plan);
	ruleset_clear(&s->rules);
	if (s->vendor != NULL)
		vendor_clear(s->vendor);
	for (size_t i = 0; i < s->connector_count && s->schemas != NULL; i++)
		s->schemas[i] = schema_free(s->schemas[i]);
	s->connector_count = 0;
	s->store = store_close(s->store);
	s->arena = arena_free(s->arena);
}

/* ---- Connectors by name ---- */

static int
no_such_connector(const struct setup *s, struct text name, struct err *e)
{
	struct buf b;

	buf_init(&b, 400);
	for (size_t i = 0; i < s->connector_count; i++)
		buf_printf(&b, "%s%.*s", i > 0 ? ", " : "",
		    TEXT_ARGS(s->connectors[i].name));
	(void)err_set(e, ERR_NOENT,
	    "no connector \"%.*s\" in the configuration (there is %s)",
	    (int)(name.len < 80 ? name.len : 80), name.data, buf_text(&b).data);
	buf_clear(&b);
	return ERR_NOENT;
}

int
setup_connector(
    const struct setup *s, struct text name, size_t *out, struct err *e)
{
	struct store_connector *rows;
	struct guid guid;
	size_t n;

	for (size_t i = 0; i < s->connector_count; i++) {
		if (text_equal_nocase(s->connectors[i].name, name)) {
			*out = i;
			return 0;
		}
	}
	if (s->vendor != NULL) {
		const struct vendor_connector *c = vendor_find(s->vendor, name);

		if (c == NULL)
			return no_such_connector(s, name, e);
		*out = (size_t)(c - s->vendor->connectors);
		return 0;
	}
	if (guid_parse(name, &guid, NULL) < 0 ||
	    store_connector_list(s->store, s->arena, &rows, &n, e) < 0)
		return no_such_connector(s, name, e);
	for (size_t k = 0; k < n; k++)
		for (size_t i = 0; i < s->connector_count; i++)
			if (guid_equal(&rows[k].guid, &guid) &&
			    rows[k].id == s->connectors[i].id) {
				*out = i;
				return 0;
			}
	return no_such_connector(s, name, e);
}

int
setup_connect(struct setup *s, size_t i, struct connector **out, struct err *e)
{
	struct connector_env env = {
	    .names = store_names(s->store),
	    .arena = s->arena,
	    .conf = s->connectors[i].conf,
	    .config_dir = s->conf->dir.data,
	    .cancelled = s->cancelled,
	    .cancel_ctx = s->ctx,
	};

	return connector_open(&env, out, e);
}
