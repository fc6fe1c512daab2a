/* rules/ruleset.c -- the files of rules: found, read, expanded over the
 * connectors and numbered. */
#include "rules/ruleset.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "rules/powershell/powershell.h"
#include "rules/ruleset_int.h"
#include "rules/words.h"

#define MAX_PROBLEMS   1000
#define FIRST_STANDARD 100 /* 0 to 99 are for administrators */

void
reader_problem(struct reader *r, bool blocks, unsigned line,
    struct text attribute, const char *fmt, ...)
{
	struct plan_problem *p;
	char text[512];
	va_list ap;

	r->blocked = r->blocked || blocks;
	if (r->problem_count >= MAX_PROBLEMS) {
		/* One that blocks is among those that are told. */
		if (!blocks || r->problems[MAX_PROBLEMS - 1].blocks)
			return;
		r->problem_count--;
	}
	if (r->problem_count == r->problem_size) {
		size_t size = r->problem_size == 0 ? 16 : r->problem_size * 2;

		p = arena_array(r->arena, size, sizeof(*p));
		if (p == NULL) {
			r->failed = ERR_NOMEM;
			return;
		}
		if (r->problem_count > 0)
			memcpy(p, r->problems, r->problem_count * sizeof(*p));
		r->problems = p;
		r->problem_size = size;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p = &r->problems[r->problem_count++];
	*p = (struct plan_problem){.blocks = blocks,
	    .file = r->file,
	    .line = (int)line,
	    .rule = r->rule_name,
	    .attribute = text_dup(r->arena, attribute),
	    .text = text_dup(r->arena, text_of(text))};
}

/* ---- Rules over connectors ---- */

static int
reader_grow(struct reader *r)
{
	size_t size = r->size == 0 ? 64 : r->size * 2;
	struct rule *rules;
	bool *numbered;

	if (r->count < r->size)
		return 0;
	rules = arena_array(r->arena, size, sizeof(*rules));
	numbered = arena_array(r->arena, size, sizeof(*numbered));
	if (rules == NULL || numbered == NULL)
		return ERR_NOMEM;
	if (r->count > 0) {
		memcpy(rules, r->rules, r->count * sizeof(*rules));
		memcpy(numbered, r->numbered, r->count * sizeof(*numbered));
	}
	r->rules = rules;
	r->numbered = numbered;
	r->size = size;
	return 0;
}

static bool
kind_matches(const struct yaml_node *kind, struct text is)
{
	if (kind == NULL)
		return false;
	if (kind->kind == YAML_SCALAR)
		return text_equal(kind->text, is);
	for (const struct yaml_node *i = kind->first; i != NULL; i = i->next)
		if (i->kind == YAML_SCALAR && text_equal(i->text, is))
			return true;
	return false;
}

/* connector: NAME, or {kind: ad}, or {kind: [ad, file]} */
static bool
connector_matches(const struct yaml_node *want, const struct conf_connector *c)
{
	if (want->kind == YAML_SCALAR)
		return text_equal(want->text, c->name);
	return kind_matches(yaml_get(want, "kind"), c->kind);
}

static int
read_for(struct reader *r, const struct yaml_node *n,
    const struct conf_connector *c, int *nth)
{
	struct rule *rule;
	bool numbered = false;
	int rc = reader_grow(r);

	if (rc < 0)
		return rc;
	r->connector = c;
	rule = &r->rules[r->count];
	rc = rule_read(r, n, rule, &numbered);
	r->rule_name = (struct text){0};
	if (rc != 0)
		return rc < 0 ? rc : 0;
	r->numbered[r->count] = numbered;
	rule->precedence += numbered ? *nth : 0;
	(*nth)++;
	r->count++;
	return r->count > RULESET_MAX_RULES ? ERR_LIMIT : r->failed;
}

/* Once, or once for each of for_each: "a, b". */
static int
read_each(struct reader *r, const struct yaml_node *n,
    const struct conf_connector *c, int *nth)
{
	const struct yaml_node *list = yaml_get(n, "for_each");
	struct text rest;
	int rc = 0;

	if (list == NULL)
		return read_for(r, n, c, nth);
	r->connector = c;
	rest = list->kind == YAML_SCALAR
		   ? reader_expand(r, list->text, list->line)
		   : (struct text){0};
	while (rc == 0 && list_next(&rest, &r->each))
		rc = read_for(r, n, c, nth);
	r->each = (struct text){0};
	return rc;
}

/* from: or to: may be a list of types. */
static size_t
type_count(const struct yaml_node *n)
{
	const struct yaml_node *from = yaml_get(n, "from");
	const struct yaml_node *to = yaml_get(n, "to");

	if (from != NULL && from->kind == YAML_LIST)
		return from->count;
	return to != NULL && to->kind == YAML_LIST ? to->count : 1;
}

static int
read_rule(struct reader *r, const struct yaml_node *n)
{
	const struct yaml_node *want = yaml_get(n, "connector");
	bool one = want != NULL && want->kind == YAML_SCALAR;
	size_t types;
	int nth = 0, rc = 0;

	if (n->kind != YAML_MAP || want == NULL ||
	    (want->kind == YAML_MAP && yaml_get(want, "kind") == NULL) ||
	    want->kind == YAML_LIST) {
		reader_problem(r, true, n->line, (struct text){0},
		    "a rule needs connector: NAME or {kind: KIND}");
		return 0;
	}
	types = type_count(n);
	for (r->from = 0; r->from < types && rc == 0; r->from++)
		for (size_t i = 0; i < r->conf->connectors.count && rc == 0;
		     i++)
			if (connector_matches(
				want, &r->conf->connectors.items[i]))
				rc = read_each(
				    r, n, &r->conf->connectors.items[i], &nth);
	if (one && conf_connector_find(r->conf, want->text) == NULL)
		reader_problem(r, true, want->line, (struct text){0},
		    "there is no connector \"%.*s\"", TEXT_ARGS(want->text));
	return rc;
}

/* ---- The rest of a file ---- */

static void
read_metaverse(struct reader *r, const struct yaml_node *map)
{
	for (const struct yaml_node *i = map == NULL ? NULL : map->first;
	     i != NULL; i = i->next) {
		struct schema_attr a = {0};
		struct err e = {0};
		bool instead = false;

		if (i->kind != YAML_SCALAR ||
		    !metaverse_type(i->text, &a, &instead)) {
			reader_problem(r, true, i->line, i->key,
			    "metaverse: a type like \"string\" or "
			    "\"reference list\" is wanted");
			continue;
		}
		a.name = reader_name(r, i->key, i->line);
		if (a.name != 0 && instead && schema_set(r->mv, a) < 0)
			r->failed = ERR_NOMEM;
		if (a.name != 0 && !instead && schema_add(r->mv, a, &e) < 0)
			reader_problem(
			    r, true, i->line, i->key, "metaverse: %s", e.text);
	}
}

/* metaverse_types: [device, room] */
static void
read_metaverse_types(struct reader *r, const struct yaml_node *list)
{
	if (list != NULL && list->kind != YAML_LIST)
		reader_problem(r, true, list->line, (struct text){0},
		    "metaverse_types: a list of object types is wanted");
	for (const struct yaml_node *i = list == NULL ? NULL : list->first;
	     i != NULL; i = i->next) {
		uint32_t type = reader_name(r, i->text, i->line);

		if (type != 0 && schema_add_type(r->mv, type) < 0)
			r->failed = ERR_NOMEM;
	}
}

static void
disable_rule(struct reader *r, const struct yaml_node *n)
{
	bool found = false;

	for (size_t i = 0; i < r->count && n->kind == YAML_SCALAR; i++) {
		struct rule *rule = &r->rules[i];
		struct text id = rule->id;
		const char *at = memchr(id.data, '@', id.len);

		if (at != NULL && !text_equal(id, n->text))
			id.len = (size_t)(at - id.data);
		if (!text_equal(id, n->text) &&
		    !text_equal(rule->name, n->text))
			continue;
		rule->disabled = true;
		found = true;
	}
	if (!found)
		reader_problem(r, true, n->line, (struct text){0},
		    "disable: there is no rule \"%.*s\" above this",
		    TEXT_ARGS(n->text));
}

static void
check_file_keys(struct reader *r, const struct yaml_node *root)
{
	for (const struct yaml_node *i = root->first; i != NULL; i = i->next)
		if (!text_is(i->key, "rules") && !text_is(i->key, "define") &&
		    !text_is(i->key, "metaverse") &&
		    !text_is(i->key, "metaverse_types") &&
		    !text_is(i->key, "disable"))
			reader_problem(r, true, i->key_line, (struct text){0},
			    "a file of rules has no \"%.*s\"",
			    TEXT_ARGS(i->key));
}

static int
read_tree(struct reader *r, const struct yaml_node *root)
{
	const struct yaml_node *rules = yaml_get(root, "rules");
	const struct yaml_node *disable = yaml_get(root, "disable");
	int rc = 0;

	if (root->kind != YAML_MAP) {
		reader_problem(r, true, root->line, (struct text){0},
		    "rules: with a list below it is wanted");
		return 0;
	}
	check_file_keys(r, root);
	r->define = yaml_get(root, "define");
	r->rules_node = rules;
	read_metaverse(r, yaml_get(root, "metaverse"));
	read_metaverse_types(r, yaml_get(root, "metaverse_types"));
	if (rules != NULL && rules->kind != YAML_LIST && !yaml_is_null(rules))
		reader_problem(r, true, rules->line, (struct text){0},
		    "rules: a list is wanted");
	for (const struct yaml_node *i =
		 rules != NULL && rules->kind == YAML_LIST ? rules->first
							   : NULL;
	     i != NULL && rc == 0; i = i->next)
		rc = read_rule(r, i);
	for (const struct yaml_node *i = disable == NULL ? NULL
							 : disable->first;
	     i != NULL; i = i->next)
		disable_rule(r, i);
	return rc;
}

/* ---- Rules that were exported ---- */

static bool
is_powershell(struct text path)
{
	return text_ends_nocase(path, ".ps1");
}

/* By its name, or by a GUID that the configuration gives it. */
static const struct conf_connector *
connector_known_as(const struct reader *r, struct text id)
{
	const struct conf_connectors *all = &r->conf->connectors;
	const struct conf_connector *c = conf_connector_find(r->conf, id);

	for (size_t i = 0; i < all->count && c == NULL; i++)
		for (size_t k = 0; k < all->items[i].known_as.count; k++)
			if (text_equal_nocase(
				id, rule_guid(r->arena,
					all->items[i].known_as.items[k])))
				c = &all->items[i];
	return c;
}

static int
take_exported(struct reader *r, struct rule *rule)
{
	const struct conf_connector *c = connector_known_as(r, rule->connector);
	int rc = reader_grow(r);

	if (rc < 0)
		return rc;
	r->rule_name = rule->name;
	if (c == NULL)
		reader_problem(r, true, (unsigned)rule->line, (struct text){0},
		    "there is no connector \"%.*s\": say which one it is by "
		    "its known_as: in the configuration",
		    TEXT_ARGS(rule->connector));
	else
		rule->connector = c->name;
	r->rule_name = (struct text){0};
	r->numbered[r->count] = true;
	r->rules[r->count++] = *rule;
	return r->count > RULESET_MAX_RULES ? ERR_LIMIT : r->failed;
}

static int
read_powershell(struct reader *r, struct text t)
{
	struct rule_list list;
	int rc = powershell_read(r->file.data, t, r->names, r->arena, &list);

	for (size_t i = 0; i < list.problem_count; i++) {
		const struct plan_problem *p = &list.problems[i];

		r->rule_name = p->rule;
		reader_problem(r, p->blocks, (unsigned)p->line, p->attribute,
		    "%.*s", TEXT_ARGS(p->text));
	}
	r->rule_name = (struct text){0};
	if (rc == ERR_NOMEM)
		return rc;
	rc = 0;
	for (size_t i = 0; i < list.count && rc == 0; i++)
		rc = take_exported(r, &list.rules[i]);
	return rc;
}

static int
read_text(struct reader *r, struct text name, struct text t)
{
	const struct yaml_node *root;
	struct err e = {0};
	int rc;

	r->file = text_dup(r->arena, name);
	if (r->file.data == NULL)
		return ERR_NOMEM;
	if (is_powershell(name))
		return read_powershell(r, t);
	rc = yaml_parse(r->arena, r->file.data, t, &root, &e);
	if (rc == ERR_NOMEM)
		return rc;
	if (rc < 0) {
		reader_problem(r, true, 0, (struct text){0}, "%s", e.text);
		return 0;
	}
	return read_tree(r, root);
}

/* ---- Files ---- */

static void
cannot_read(struct reader *r, struct text path, const char *why)
{
	r->file = path;
	reader_problem(r, true, 0, (struct text){0}, "cannot be read: %s", why);
}

static const char *
why_not_read(struct text path, int code)
{
	switch (code) {
	case ERR_NOENT:
		return "it is not there";
	case ERR_UNSUPPORTED:
		return "it is no file";
	case ERR_LIMIT:
		return is_powershell(path) ? "it has over 16 MiB"
					   : "it has over 1 MiB";
	default:
		return code == -EACCES || code == -EPERM ? "not allowed"
							 : "input error";
	}
}

static int
read_file(struct reader *r, struct text path)
{
	struct text t = {0};
	int rc = file_read(r->arena, path.data,
	    is_powershell(path) ? POWERSHELL_MAX_BYTES : RULESET_MAX_FILE, &t,
	    NULL);

	if (rc == 0)
		return read_text(r, path, t);
	if (rc == ERR_NOMEM)
		return rc;
	cannot_read(r, path, why_not_read(path, rc));
	return 0;
}

static int
is_rules(const struct dirent *d)
{
	struct text name = text_of(d->d_name);

	return d->d_name[0] != '.' &&
	       (text_ends_nocase(name, ".yaml") ||
		   text_ends_nocase(name, ".yml") || is_powershell(name));
}

static int
compare_entries(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

/* It has no rule file by name, and its rules must not be passed over. */
static bool
is_export(struct reader *r, struct text path)
{
	const char *rules = arena_printf(
	    r->arena, "%.*s/SynchronizationRules", TEXT_ARGS(path));

	return rules != NULL && access(rules, F_OK) == 0;
}

static int
read_folder(struct reader *r, struct text path)
{
	struct dirent **list = NULL;
	int n = scandir(path.data, &list, is_rules, compare_entries);
	int rc = 0;

	if (n < 0)
		cannot_read(r, path, "the folder cannot be listed");
	if (n == 0 && is_export(r, path))
		cannot_read(r, path,
		    "it is a vendor's export and no folder of rule files: name "
		    "it with --config, or make rules of it with config "
		    "convert");
	if (n > (int)RULESET_MAX_FILES)
		rc = ERR_LIMIT;
	for (int i = 0; i < n; i++) {
		const char *file = arena_printf(
		    r->arena, "%.*s/%s", TEXT_ARGS(path), list[i]->d_name);

		if (rc == 0)
			rc = file == NULL ? ERR_NOMEM
					  : read_file(r, text_of(file));
		free(list[i]);
	}
	free(list);
	return rc;
}

static int
read_default(struct reader *r)
{
	int rc = 0;

	r->builtin = true;
	for (size_t i = 0; i < default_file_count && rc == 0; i++)
		rc = read_text(r, text_of(default_files[i].name),
		    (struct text){default_files[i].text, default_files[i].len});
	r->builtin = false;
	return rc;
}

static int
read_item(struct reader *r, struct text item)
{
	struct stat st;
	struct text path;
	int rc;

	if (text_is(item, "default"))
		return read_default(r);
	rc = conf_resolve(r->arena, r->conf->dir, item, &path);
	if (rc < 0)
		return rc;
	path = text_dup(r->arena, path); /* with a zero byte behind it */
	if (path.data == NULL)
		return ERR_NOMEM;
	if (stat(path.data, &st) == 0 && S_ISDIR(st.st_mode))
		return read_folder(r, path);
	return read_file(r, path);
}

/* ---- Numbers ---- */

static bool
is_taken(const struct reader *r, int32_t precedence)
{
	for (size_t i = 0; i < r->count; i++)
		if (r->numbered[i] && r->rules[i].precedence == precedence)
			return true;
	return false;
}

/* Rules without a number of their own, from 100 on in the order of reading. */
static void
number_rules(struct reader *r)
{
	int32_t next = FIRST_STANDARD;

	for (size_t i = 0; i < r->count; i++) {
		if (r->numbered[i])
			continue;
		while (is_taken(r, next))
			next++;
		r->rules[i].precedence = next++;
	}
}

static const struct rule *
rule_by_id(const struct reader *r, struct text id)
{
	for (size_t i = 0; i < r->count; i++)
		if (text_equal_nocase(r->rules[i].id, id))
			return &r->rules[i];
	return NULL;
}

/* Takes the number of the rule it goes before, or the next one of that it goes
 * behind; that one and all behind it move up (docs/engine/rules.md 1). */
static void
place_rule(struct reader *r, struct rule *rule)
{
	struct text id = rule->before.len > 0 ? rule->before : rule->after;
	const struct rule *other = rule_by_id(r, id);
	int32_t at;

	if (other == NULL || other == rule) {
		r->file = rule->file;
		r->rule_name = rule->name;
		reader_problem(r, true, (unsigned)rule->line, (struct text){0},
		    "precedence: there is no rule %.*s to put it %s",
		    TEXT_ARGS(id), rule->before.len > 0 ? "before" : "behind");
		return;
	}
	at = other->precedence + (rule->before.len > 0 ? 0 : 1);
	for (size_t i = 0; i < r->count; i++)
		if (&r->rules[i] != rule && r->rules[i].precedence >= at)
			r->rules[i].precedence++;
	rule->precedence = at;
}

/* Rules of an export that say no number but a place. */
static void
place_rules(struct reader *r)
{
	for (size_t i = 0; i < r->count; i++) {
		struct rule *rule = &r->rules[i];

		if (rule->precedence == 0 &&
		    (rule->before.len > 0 || rule->after.len > 0))
			place_rule(r, rule);
	}
}

/* What default_rules.extensions names has a place in the metaverse. */
static int
declare_extensions(struct reader *r)
{
	const struct conf_texts *all = &r->conf->default_rules.extensions;

	for (size_t i = 0; i < all->count; i++) {
		struct schema_attr a = {.type = VALUE_STRING, .multi = true};
		const char *name = arena_printf(
		    r->arena, "extension_%.*s", TEXT_ARGS(all->items[i]));
		int rc = name == NULL
			     ? ERR_NOMEM
			     : names_intern(r->names, text_of(name), &a.name);

		if (rc == 0)
			rc = schema_add(r->mv, a, NULL);
		if (rc == ERR_NOMEM)
			return rc;
	}
	return 0;
}

static int
load_all(struct reader *r)
{
	const struct conf_texts *items = &r->conf->rules;
	int rc = metaverse_fill(r->mv, r->names);

	if (rc == 0)
		rc = declare_extensions(r);
	for (size_t i = 0; i < items->count && rc == 0; i++)
		rc = read_item(r, items->items[i]);
	if (rc < 0)
		return rc;
	number_rules(r);
	place_rules(r);
	return r->failed;
}

int
ruleset_load(const struct conf *conf, struct names *names, struct arena *a,
    struct ruleset *out, struct plan_problem **out_problems,
    size_t *out_problem_count)
{
	CLEANUP(schema_freep)
	struct schema *mv = schema_new();
	struct reader r = {.conf = conf, .names = names, .arena = a, .mv = mv};
	int rc;

	*out_problems = NULL;
	*out_problem_count = 0;
	if (mv == NULL)
		return ERR_NOMEM;
	rc = load_all(&r);
	*out_problems = r.problems;
	*out_problem_count = r.problem_count;
	if (rc < 0)
		return rc;
	if (r.blocked)
		return ERR_CONFIG;
	*out = (struct ruleset){
	    .rules = r.rules, .count = r.count, .mv_schema = TAKE_PTR(mv)};
	return 0;
}

void
ruleset_clear(struct ruleset *r)
{
	r->mv_schema = schema_free(r->mv_schema);
	*r = (struct ruleset){0};
}

struct text
ruleset_default_text(void)
{
	return (struct text){default_rules_text, default_rules_len};
}
