/* migrate/import_schema.c -- attributes of the metaverse that the rules which
 * go over name and the built-in schema lacks. */
#include <string.h>

#include "migrate/import_int.h"
#include "rules/ruleset.h"

/* The built-in one, as a configuration with nothing of its own has it. */
static int
built_in(struct importing *m, struct ruleset *out)
{
	static const char least[] =
	    "connectors:\n"
	    "  - {name: a, kind: file, format: csv, path: a.csv, anchor: id}\n";
	struct conf_problems *p = arena_alloc(m->arena, sizeof(*p));
	struct plan_problem *problems;
	struct conf *conf = NULL;
	size_t count;
	int rc;

	if (p == NULL)
		return ERR_NOMEM;
	rc = conf_parse("built-in", TEXT(least), m->arena, &conf, p);
	return rc < 0 ? rc
		      : ruleset_load(conf, m->x->names, m->arena, out,
			    &problems, &count);
}

static const struct schema_attr *
declared(const struct importing *m, uint32_t name)
{
	const struct schema *mv = m->x->source->conf.form == CONFSRC_POWERSHELL
				      ? NULL
				      : vendor_of(m->x)->mv_schema;

	return mv == NULL ? NULL : schema_find(mv, name);
}

/* What the source does not declare is taken for a text. */
static int
need(struct importing *m, const struct schema *have, uint32_t name)
{
	struct schema_attr attr = {.name = name, .type = VALUE_STRING};
	const struct schema_attr *known = declared(m, name);

	if (name == 0 || schema_find(have, name) != NULL ||
	    schema_find(m->mv, name) != NULL)
		return 0;
	if (known != NULL) {
		attr = *known;
		attr.read_only = false;
	}
	if (known == NULL &&
	    import_tell(m,
		"metaverse attribute %.*s: the source does not say its type: "
		"it was taken for a text",
		TEXT_ARGS(names_text(m->x->names, name))) < 0)
		return ERR_NOMEM;
	return schema_add(m->mv, attr, m->e);
}

/* "[name]" in an expression, for names that the source's metaverse has. */
static int
need_of_expression(
    struct importing *m, const struct schema *have, struct text t)
{
	int rc = 0;

	for (size_t i = 0; i < t.len && rc == 0; i++) {
		const char *end = t.data[i] == '['
				      ? memchr(t.data + i, ']', t.len - i)
				      : NULL;
		uint32_t name;

		if (end == NULL)
			continue;
		name = names_find(
		    m->x->names, (struct text){t.data + i + 1,
				     (size_t)(end - t.data) - i - 1});
		if (name != 0 && declared(m, name) != NULL)
			rc = need(m, have, name);
	}
	return rc;
}

static int
need_of_rule(
    struct importing *m, const struct schema *have, const struct rule *r)
{
	bool in = r->direction == RULE_INBOUND;
	int rc = 0;

	for (size_t i = 0; i < r->join_count; i++)
		for (size_t k = 0; k < r->join[i].count && rc == 0; k++)
			rc = need(m, have, r->join[i].clauses[k].mv_name);
	for (size_t i = 0; !in && i < r->scope_count; i++)
		for (size_t k = 0; k < r->scope[i].count && rc == 0; k++)
			rc = need(m, have, r->scope[i].clauses[k].name);
	for (size_t i = 0; i < r->flow_count && rc == 0; i++) {
		const struct flow *f = &r->flows[i];

		if (in)
			rc = need(m, have, f->target);
		else if (f->kind == FLOW_DIRECT)
			rc = need(m, have, f->source);
		else if (f->kind == FLOW_EXPRESSION)
			rc = need_of_expression(m, have, f->text);
	}
	return rc;
}

int
import_schema(struct importing *m)
{
	struct ruleset set = {0};
	int rc;

	m->mv = schema_new();
	if (m->mv == NULL)
		return err_set(m->e, ERR_NOMEM, "out of memory");
	rc = built_in(m, &set);
	for (size_t i = 0; i < m->count && rc == 0; i++)
		if (!m->rules[i].disabled)
			rc = need_of_rule(m, set.mv_schema, &m->rules[i]);
	ruleset_clear(&set);
	return rc < 0 ? err_set(m->e, rc, "the metaverse: %s", err_name(rc))
		      : 0;
}
