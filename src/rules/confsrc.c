/* rules/confsrc.c -- see source.h. */
#include "rules/confsrc.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "rules/fim/fim.h"
#include "rules/policy/policy.h"
#include "rules/powershell/powershell.h"
#include "rules/words.h"

/* ---- Lists ---- */

static int
map_add(struct arena *a, struct conf_map *m, struct text name, struct text v)
{
	struct conf_pair *items;
	size_t n = m->count;

	if ((n & (n - 1)) == 0) { /* a power of two is full */
		items = arena_array(a, n == 0 ? 1 : n * 2, sizeof(*items));
		if (items == NULL)
			return ERR_NOMEM;
		if (n > 0)
			memcpy(items, m->items, n * sizeof(*items));
		m->items = items;
	}
	m->items[n].name = text_dup(a, name);
	m->items[n].value = text_dup(a, v);
	m->count++;
	return m->items[n].value.data == NULL ? ERR_NOMEM : 0;
}

/* ---- JSON to names with dots ---- */

struct flat {
	struct arena *arena;
	struct conf_map *out;
	const char *prefix;
	bool top; /* connectors are elsewhere */
};

static struct text
json_line(struct arena *a, const struct json *j)
{
	struct text t = json_text(j);
	struct buf b;

	if (json_type(j) == JSON_STRING)
		return t;
	buf_init(&b, 1U << 20);
	t = json_write(j, false, &b) < 0 ? TEXT("") : text_dup(a, buf_text(&b));
	buf_clear(&b);
	return t;
}

static bool
is_told_elsewhere(const struct flat *f, struct text key)
{
	static const char *const top[] = {
	    "file", "connectors", "staging", "rules", NULL};
	static const char *const inner[] = {"name", "kind", "partitions",
	    "base", "object_classes", "known_as", NULL};
	const char *const *list = f->top ? top : inner;

	if (f->top && *f->prefix != '\0')
		return (text_is(key, "deletions") &&
			   strcmp(f->prefix, "guard.") == 0) ||
		       (text_is(key, "interval") &&
			   strcmp(f->prefix, "schedule.") == 0);
	for (; *list != NULL && *f->prefix == '\0'; list++)
		if (text_is(key, *list))
			return true;
	return false;
}

// NOLINTBEGIN(misc-no-recursion): as deep as the table of settings
static int
flatten(void *ctx, struct text key, struct json *value)
{
	struct flat *f = ctx;
	struct flat inner = *f;
	const char *name =
	    arena_printf(f->arena, "%s%.*s", f->prefix, TEXT_ARGS(key));

	if (name == NULL)
		return ERR_NOMEM;
	if (is_told_elsewhere(f, key))
		return 0;
	if (json_type(value) != JSON_OBJECT)
		return map_add(f->arena, f->out, text_of(name),
		    json_line(f->arena, value));
	inner.prefix = arena_printf(f->arena, "%s.", name);
	return inner.prefix == NULL ? ERR_NOMEM
				    : json_each(value, flatten, &inner);
}
// NOLINTEND(misc-no-recursion)

/* ---- Causeway ---- */

static const struct conf_ldap *
ldap_of(const struct conf_connector *c)
{
	return c->kind_id == CONF_KIND_AD || c->kind_id == CONF_KIND_LDAP
		   ? &c->ldap
		   : NULL;
}

/* base: is a partition without containers. */
static int
conf_partitions_of(struct arena *a, const struct conf_connector *c,
    struct conf_partitions *out)
{
	const struct conf_ldap *l = ldap_of(c);

	if (l != NULL && l->base.len == 0) {
		*out = l->partitions;
		return 0;
	}
	if (l == NULL &&
	    (c->kind_id != CONF_KIND_FILE ||
		c->file.include.count + c->file.exclude.count == 0))
		return 0;
	out->items = arena_array(a, 1, sizeof(*out->items));
	if (out->items == NULL)
		return ERR_NOMEM;
	out->count = 1;
	if (l != NULL)
		out->items[0].dn = l->base;
	else
		out->items[0] = (struct conf_partition){.dn = TEXT("default"),
		    .include = c->file.include,
		    .exclude = c->file.exclude};
	return 0;
}

static int
conf_connector_view(struct confsrc *s, const struct conf_connector *c,
    const struct json *j, struct confsrc_connector *out)
{
	struct flat f = {
	    .arena = s->arena, .out = &out->settings, .prefix = ""};

	*out = (struct confsrc_connector){
	    .name = c->name, .kind = c->kind, .known_as = c->known_as};
	if (ldap_of(c) != NULL)
		out->classes = c->ldap.object_classes;
	else if (c->kind_id == CONF_KIND_FILE &&
		 c->file.format == CONF_FORMAT_LDIF)
		out->classes = c->file.object_classes;
	if (c->known_as.count > 0)
		out->id = rule_guid(s->arena, c->known_as.items[0]);
	if (conf_partitions_of(s->arena, c, &out->partitions) < 0)
		return ERR_NOMEM;
	return json_each(j, flatten, &f);
}

static int
conf_settings(struct confsrc *s, const struct json *root)
{
	const struct conf *c = s->conf;
	struct flat f = {
	    .arena = s->arena, .out = &s->settings, .prefix = "", .top = true};
	char number[32] = "off", span[32] = "off";

	if (c->guard.deletions != CONF_OFF)
		(void)snprintf(number, sizeof(number), "%lld",
		    (long long)c->guard.deletions);
	if (c->schedule.interval_ms != CONF_OFF)
		timespan_format(c->schedule.interval_ms, span);
	if (map_add(s->arena, &s->settings, TEXT("staging"),
		c->staging ? TEXT("true") : TEXT("false")) < 0 ||
	    map_add(s->arena, &s->settings, TEXT("guard.deletions"),
		text_of(number)) < 0 ||
	    map_add(s->arena, &s->settings, TEXT("schedule.interval"),
		text_of(span)) < 0)
		return ERR_NOMEM;
	return json_each(root, flatten, &f);
}

static int
conf_views(struct confsrc *s)
{
	CLEANUP(json_freep)
	struct json *root = json_new_object();
	size_t n = s->conf->connectors.count;
	int rc = conf_write_json(s->conf, root);

	s->connectors = arena_array(s->arena, n + 1, sizeof(*s->connectors));
	if (s->connectors == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < n && rc == 0; i++)
		rc = conf_connector_view(s, &s->conf->connectors.items[i],
		    json_at(json_get(root, "connectors"), i),
		    &s->connectors[i]);
	s->connector_count = n;
	return rc == 0 ? conf_settings(s, root) : rc;
}

static int
conf_problems_take(struct confsrc *s, const struct conf_problems *p)
{
	s->problems = arena_array(s->arena, p->count + 1, sizeof(*s->problems));
	if (s->problems == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < p->count; i++)
		s->problems[i] =
		    (struct plan_problem){.blocks = p->items[i].blocks,
			.file = s->path,
			.line = (int)p->items[i].line,
			.text = p->items[i].text};
	s->problem_count = p->count;
	return 0;
}

static int
open_causeway(struct confsrc *s)
{
	struct conf_problems *p = arena_alloc(s->arena, sizeof(*p));
	int rc;

	if (p == NULL)
		return ERR_NOMEM;
	rc = conf_load(s->path.data, s->arena, &s->conf, p);
	if (rc < 0)
		return conf_problems_take(s, p) < 0 ? ERR_NOMEM : rc;
	rc = ruleset_load(s->conf, s->names, s->arena, &s->set, &s->problems,
	    &s->problem_count);
	if (rc < 0)
		return rc;
	s->rules = s->set.rules;
	s->rule_count = s->set.count;
	s->mv = s->set.mv_schema;
	return conf_views(s);
}

/* ---- The vendor's forms ---- */

static struct text
vendor_kind_text(const struct vendor_connector *c)
{
	if (c->kind == VENDOR_AD)
		return TEXT("ad");
	return c->kind == VENDOR_ENTRA ? TEXT("graph") : c->category;
}

static int
vendor_partitions_of(struct arena *a, const struct vendor_connector *c,
    struct confsrc_connector *out)
{
	struct conf_partitions *list = &out->partitions;

	list->items =
	    arena_array(a, c->partition_count + 1, sizeof(*list->items));
	if (list->items == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < c->partition_count; i++) {
		const struct vendor_partition *p = &c->partitions[i];

		if (!p->selected)
			continue;
		list->items[list->count++] =
		    (struct conf_partition){.dn = p->name,
			.include = {p->include.items, p->include.count},
			.exclude = {p->exclude.items, p->exclude.count}};
		if (out->classes.count == 0)
			out->classes = (struct conf_texts){
			    p->classes.items, p->classes.count};
	}
	return 0;
}

static int
vendor_selected(
    struct confsrc *s, const struct vendor_connector *c, struct conf_texts *out)
{
	out->items =
	    arena_array(s->arena, c->selected.count + 1, sizeof(*out->items));
	if (out->items == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < c->selected.count; i++)
		out->items[out->count++] =
		    names_text(s->names, c->selected.items[i]);
	return 0;
}

static int
vendor_connector_view(struct confsrc *s, const struct vendor_connector *c,
    struct confsrc_connector *out)
{
	int rc = 0;

	*out = (struct confsrc_connector){.name = c->name,
	    .kind = vendor_kind_text(c),
	    .id = c->id,
	    .vendor = c};
	for (size_t i = 0; i < c->params.count && rc == 0; i++)
		if (!c->params.items[i].secret)
			rc = map_add(s->arena, &out->settings,
			    c->params.items[i].name, c->params.items[i].value);
	if (rc == 0)
		rc = vendor_selected(s, c, &out->attributes);
	return rc == 0 ? vendor_partitions_of(s->arena, c, out) : rc;
}

static struct text
lowered_bool(struct text t)
{
	return text_is_nocase(t, "true") ? TEXT("true") : TEXT("false");
}

/* What our configuration has as well, by our names. */
static int
vendor_shared(struct confsrc *s)
{
	struct text staging =
	    vendor_setting(&s->vendor, "Microsoft.Synchronize.StagingMode");
	struct text guard = vendor_setting(
	    &s->vendor, "Microsoft.OptionalFeature.ExportDeletionThreshold");
	struct text limit = vendor_setting(&s->vendor,
	    "Microsoft.OptionalFeature.ExportDeletionThresholdValue");
	struct text every =
	    vendor_setting(&s->vendor, "Microsoft.Synchronize.TimeInterval");
	int rc = 0;

	if (staging.len > 0)
		rc = map_add(s->arena, &s->settings, TEXT("staging"),
		    lowered_bool(staging));
	if (rc == 0 && guard.len > 0)
		rc = map_add(s->arena, &s->settings, TEXT("guard.deletions"),
		    text_is_nocase(guard, "true") ? limit : TEXT("off"));
	if (rc == 0 && every.len > 0)
		rc = map_add(
		    s->arena, &s->settings, TEXT("schedule.interval"), every);
	return rc;
}

static int
vendor_views(struct confsrc *s)
{
	const struct vendor *v = &s->vendor;
	int rc;

	s->rules = v->rules;
	s->rule_count = v->rule_count;
	s->mv = v->default_rules ? NULL : v->mv_schema;
	s->connectors = arena_array(
	    s->arena, v->connector_count + 1, sizeof(*s->connectors));
	if (s->connectors == NULL)
		return ERR_NOMEM;
	rc = vendor_shared(s);
	for (size_t i = 0; i < v->connector_count && rc == 0; i++)
		rc = vendor_connector_view(
		    s, &v->connectors[i], &s->connectors[s->connector_count++]);
	for (size_t i = 0; i < v->settings.count && rc == 0; i++)
		if (!v->settings.items[i].secret)
			rc = map_add(s->arena, &s->settings,
			    v->settings.items[i].name,
			    v->settings.items[i].value);
	return rc;
}

/* What could be read is seen, whatever could not. */
static int
take_vendor(struct confsrc *s, int rc)
{
	s->problems = s->vendor.problems;
	s->problem_count = s->vendor.problem_count;
	if ((rc == 0 || rc == ERR_CONFIG) && vendor_views(s) < 0)
		return ERR_NOMEM;
	return rc;
}

static int
open_vendor(struct confsrc *s)
{
	return take_vendor(
	    s, s->form == CONFSRC_FIM
		   ? fim_load(s->path.data, s->names, s->arena, &s->vendor)
		   : vendor_load(s->path.data, s->names, s->arena, &s->vendor));
}

/* ---- PowerShell, and settings ---- */

static bool
known_connector(const struct confsrc *s, struct text name)
{
	return confsrc_connector_find(s, name) != NULL;
}

/* The script names its connectors by GUID and tells nothing of them. */
static int
read_powershell(struct confsrc *s, struct text in)
{
	struct rule_list list = {0};
	int rc;

	rc = powershell_read(s->path.data, in, s->names, s->arena, &list);
	s->problems = list.problems;
	s->problem_count = list.problem_count;
	s->rules = list.rules;
	s->rule_count = list.count;
	s->connectors =
	    arena_array(s->arena, list.count + 1, sizeof(*s->connectors));
	if (rc < 0 || s->connectors == NULL)
		return rc < 0 ? rc : ERR_NOMEM;
	for (size_t i = 0; i < list.count; i++)
		if (!known_connector(s, list.rules[i].connector))
			s->connectors[s->connector_count++] =
			    (struct confsrc_connector){
				.name = list.rules[i].connector,
				.id = list.rules[i].connector};
	return 0;
}

static int
read_policy(struct confsrc *s, struct text in)
{
	return take_vendor(
	    s, policy_read(s->path.data, in, s->names, s->arena, &s->vendor));
}

static int
open_text(struct confsrc *s)
{
	bool script = s->form == CONFSRC_POWERSHELL;
	struct text in;
	int rc = file_read(s->arena, s->path.data,
	    script ? POWERSHELL_MAX_BYTES : POLICY_MAX_BYTES, &in, NULL);

	if (rc < 0)
		return rc;
	return script ? read_powershell(s, in) : read_policy(s, in);
}

/* ---- Which form ---- */

static bool
has_file(const char *dir, const char *name)
{
	char path[4096];

	return snprintf(path, sizeof(path), "%s/%s", dir, name) <
		   (int)sizeof(path) &&
	       access(path, R_OK) == 0;
}

static enum confsrc_form
form_of(const char *path, const struct stat *st)
{
	struct text name = text_of(path);

	if (!S_ISDIR(st->st_mode)) {
		if (text_ends_nocase(name, ".ps1"))
			return CONFSRC_POWERSHELL;
		if (text_ends_nocase(name, ".json"))
			return CONFSRC_POLICY;
		return text_ends_nocase(name, ".yaml") ||
			       text_ends_nocase(name, ".yml")
			   ? CONFSRC_CAUSEWAY
			   : 0;
	}
	if (has_file(path, "causeway.yaml"))
		return CONFSRC_CAUSEWAY;
	if (vendor_is_export(path))
		return CONFSRC_EXPORT;
	return fim_is_export(path) ? CONFSRC_FIM : 0;
}

static int
first_problem(const struct confsrc *s, int rc, struct err *e)
{
	for (size_t i = 0; i < s->problem_count; i++)
		if (s->problems[i].blocks)
			return err_set(e, rc, "%.*s:%d: %.*s",
			    TEXT_ARGS(s->problems[i].file), s->problems[i].line,
			    TEXT_ARGS(s->problems[i].text));
	return err_set(e, rc, "%.*s: %s", TEXT_ARGS(s->path), err_name(rc));
}

int
confsrc_open(const char *path, struct names *names, struct arena *a,
    struct confsrc *out, struct err *e)
{
	struct stat st;
	int rc = ERR_UNSUPPORTED;

	*out = (struct confsrc){.names = names, .arena = a};
	out->path = text_dup(a, text_of(path));
	if (out->path.data == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (stat(path, &st) < 0)
		return err_set(e, -errno, "%s: it cannot be read", path);
	out->form = form_of(path, &st);
	switch (out->form) {
	case CONFSRC_CAUSEWAY:
		rc = open_causeway(out);
		break;
	case CONFSRC_EXPORT:
	case CONFSRC_FIM:
		rc = open_vendor(out);
		break;
	case CONFSRC_POWERSHELL:
	case CONFSRC_POLICY:
		rc = open_text(out);
		break;
	}
	if (rc == ERR_UNSUPPORTED)
		return err_set(e, rc,
		    "%s is none of: a folder with causeway.yaml, one with "
		    "Connectors and SynchronizationRules (a server export), "
		    "one with MV.XML and MA-*.XML, a file *.ps1, *.json or "
		    "*.yaml",
		    path);
	return rc < 0 ? first_problem(out, rc, e) : 0;
}

static int
read_texts(struct confsrc *s, const struct confsrc_texts *files)
{
	switch (s->form) {
	case CONFSRC_EXPORT:
		return take_vendor(s, vendor_read(files->items, files->count,
					  s->names, s->arena, &s->vendor));
	case CONFSRC_FIM:
		return take_vendor(s, fim_read(files->items, files->count,
					  s->names, s->arena, &s->vendor));
	case CONFSRC_POWERSHELL:
		return read_powershell(s, files->items[0].text);
	case CONFSRC_POLICY:
		return read_policy(s, files->items[0].text);
	case CONFSRC_CAUSEWAY:
		break;
	}
	return ERR_UNSUPPORTED;
}

int
confsrc_read(enum confsrc_form form, const struct confsrc_texts *files,
    struct names *names, struct arena *a, struct confsrc *out, struct err *e)
{
	int rc;

	*out = (struct confsrc){.form = form, .names = names, .arena = a};
	out->path = text_dup(a, text_of(files->path));
	if (out->path.data == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	rc = read_texts(out, files);
	return rc < 0 ? first_problem(out, rc, e) : 0;
}

void
confsrc_clear(struct confsrc *s)
{
	if (s->form == CONFSRC_EXPORT || s->form == CONFSRC_FIM ||
	    s->form == CONFSRC_POLICY)
		vendor_clear(&s->vendor);
	ruleset_clear(&s->set);
	s->form = CONFSRC_CAUSEWAY;
}

const char *
confsrc_form_name(enum confsrc_form form)
{
	switch (form) {
	case CONFSRC_CAUSEWAY:
		return "causeway";
	case CONFSRC_EXPORT:
		return "server-export";
	case CONFSRC_POWERSHELL:
		return "powershell";
	case CONFSRC_FIM:
		return "fim";
	case CONFSRC_POLICY:
		return "policy";
	}
	return "";
}

const struct confsrc_connector *
confsrc_connector_find(const struct confsrc *s, struct text name)
{
	for (size_t i = 0; i < s->connector_count; i++)
		if (text_equal(s->connectors[i].name, name))
			return &s->connectors[i];
	return NULL;
}

/* ---- Connectors beside each other ---- */

enum likeness {
	LIKE_BY_ID,
	LIKE_BY_KIND_AND_NAME,
	LIKE_BY_NAME,
	LIKE_BY_KIND, /* the only one on both sides */
	LIKE_BY_RULES
};

struct matching {
	const struct confsrc *a, *b;
	size_t *out;
	bool *taken; /* of b */
};

static bool
knows_id(const struct confsrc_connector *c, struct text id, struct arena *a)
{
	if (id.len == 0)
		return false;
	if (text_equal(c->id, id))
		return true;
	for (size_t i = 0; i < c->known_as.count; i++)
		if (text_equal(rule_guid(a, c->known_as.items[i]), id))
			return true;
	return false;
}

static size_t
count_of_kind(const struct confsrc *s, struct text kind)
{
	size_t n = 0;

	for (size_t i = 0; i < s->connector_count; i++)
		n += text_equal(s->connectors[i].kind, kind);
	return n;
}

/* Names of rules that both connectors have. */
static size_t
rules_in_common(const struct matching *m, struct text a, struct text b)
{
	size_t n = 0;

	for (size_t i = 0; i < m->a->rule_count; i++) {
		const struct rule *r = &m->a->rules[i];

		if (!text_equal(r->connector, a))
			continue;
		for (size_t k = 0; k < m->b->rule_count; k++)
			n += text_equal(m->b->rules[k].connector, b) &&
			     text_equal(m->b->rules[k].name, r->name) &&
			     m->b->rules[k].direction == r->direction;
	}
	return n;
}

static bool
are_alike(const struct matching *m, const struct confsrc_connector *x,
    const struct confsrc_connector *y, enum likeness how)
{
	bool kind = x->kind.len > 0 && text_equal(x->kind, y->kind);

	switch (how) {
	case LIKE_BY_ID:
		return knows_id(y, x->id, m->a->arena) ||
		       knows_id(x, y->id, m->a->arena);
	case LIKE_BY_KIND_AND_NAME:
		return kind && text_equal_nocase(x->name, y->name);
	case LIKE_BY_NAME:
		return text_equal_nocase(x->name, y->name);
	case LIKE_BY_KIND:
		return kind && count_of_kind(m->a, x->kind) == 1 &&
		       count_of_kind(m->b, x->kind) == 1;
	case LIKE_BY_RULES:
		return x->kind.len == 0 || y->kind.len == 0;
	}
	return false;
}

static void
match_one(struct matching *m, size_t i, enum likeness how)
{
	const struct confsrc_connector *x = &m->a->connectors[i];
	size_t best = m->b->connector_count, most = 0;

	for (size_t k = 0; k < m->b->connector_count; k++) {
		const struct confsrc_connector *y = &m->b->connectors[k];
		size_t n = 1;

		if (m->taken[k] || !are_alike(m, x, y, how))
			continue;
		if (how == LIKE_BY_RULES)
			n = rules_in_common(m, x->name, y->name);
		if (n > most) {
			most = n;
			best = k;
		}
	}
	m->out[i] = best;
	if (best < m->b->connector_count)
		m->taken[best] = true;
}

int
confsrc_match(const struct confsrc *a, const struct confsrc *b,
    struct arena *arena, size_t **out)
{
	struct matching m = {.a = a, .b = b};

	m.out = arena_array(arena, a->connector_count + 1, sizeof(*m.out));
	m.taken = arena_array(arena, b->connector_count + 1, sizeof(*m.taken));
	if (m.out == NULL || m.taken == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < a->connector_count; i++)
		m.out[i] = b->connector_count;
	for (int how = LIKE_BY_ID; how <= LIKE_BY_RULES; how++)
		for (size_t i = 0; i < a->connector_count; i++)
			if (m.out[i] == b->connector_count)
				match_one(&m, i, (enum likeness)how);
	*out = m.out;
	return 0;
}
