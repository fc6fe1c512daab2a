/* rules/vendor/model.c -- what readers put together and others ask: problems,
 * unknown elements, parameters, finding and adding. */
#include <stdarg.h>
#include <stdio.h>

#include "rules/vendor/vendor_int.h"

#define MAX_PROBLEMS 1000U

/* ---- Problems ---- */

int
vendor_grow(
    struct arena *a, void *list, size_t *size, size_t count, size_t item)
{
	void **items = list;
	size_t more = *size == 0 ? 16 : *size * 2;
	void *p;

	if (count < *size)
		return 0;
	p = arena_array(a, more, item);
	if (p == NULL)
		return ERR_NOMEM;
	if (count > 0)
		memcpy(p, *items, count * item);
	*items = p;
	*size = more;
	return 0;
}

void
vendor_problem(struct vendor_file *f, bool blocks, const struct xml_node *at,
    struct text attribute, const char *fmt, ...)
{
	struct vendor *v = f->v;
	char text[512];
	va_list ap;

	v->blocked = v->blocked || blocks;
	if (v->problem_count >= MAX_PROBLEMS) {
		/* One that blocks is among those that are told. */
		if (!blocks || v->problems[MAX_PROBLEMS - 1].blocks)
			return;
		v->problem_count--;
	}
	if (vendor_grow(v->arena, &v->problems, &v->problem_size,
		v->problem_count, sizeof(*v->problems)) < 0) {
		v->failed = ERR_NOMEM;
		return;
	}
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	v->problems[v->problem_count++] = (struct plan_problem){
	    .blocks = blocks,
	    .file = f->name,
	    .line = at != NULL ? (int)at->line : 0,
	    .rule = f->rule,
	    .attribute = attribute,
	    .text = text_dup(v->arena, text_of(text)),
	};
}

bool
vendor_among(struct text name, const char *known)
{
	while (*known != '\0') {
		size_t n = strcspn(known, " ");

		if (n == name.len && memcmp(known, name.data, n) == 0)
			return true;
		known += n;
		known += strspn(known, " ");
	}
	return false;
}

void
vendor_unknown(
    struct vendor_file *f, const struct xml_node *n, const char *known)
{
	for (const struct xml_node *i = n->first; i != NULL; i = i->next) {
		char *path;

		if (vendor_among(i->name, known))
			continue;
		path = arena_printf(f->v->arena, "%.*s/%.*s",
		    TEXT_ARGS(n->name), TEXT_ARGS(i->name));
		if (path == NULL) {
			f->v->failed = ERR_NOMEM;
			return;
		}
		if (map_get(f->told, text_of(path)) != NULL)
			continue;
		if (map_put(f->told, text_of(path), path) < 0)
			f->v->failed = ERR_NOMEM;
		vendor_problem(f, false, i, (struct text){0},
		    "element <%.*s> in <%.*s> is not known: it is kept, and "
		    "has no effect",
		    TEXT_ARGS(i->name), TEXT_ARGS(n->name));
	}
}

void
vendor_not_honoured(
    struct vendor_file *f, const struct xml_node *n, const char *why)
{
	vendor_problem(f, false, n, (struct text){0},
	    "element <%.*s> (%s) has no effect here: it is kept",
	    TEXT_ARGS(n->name), why);
}

/* ---- Small things ---- */

int
vendor_text_push(struct arena *a, struct vendor_texts *list, struct text t)
{
	struct text *items = arena_array(a, list->count + 1, sizeof(*items));

	if (items == NULL)
		return ERR_NOMEM;
	if (list->count > 0)
		memcpy(items, list->items, list->count * sizeof(*items));
	items[list->count++] = t;
	list->items = items;
	return 0;
}

int
vendor_texts_of(struct arena *a, const struct xml_node *n, const char *name,
    struct vendor_texts *out)
{
	out->count = 0;
	out->items =
	    arena_array(a, n == NULL ? 1 : n->count + 1, sizeof(*out->items));
	if (out->items == NULL)
		return ERR_NOMEM;
	for (n = xml_child(n, name); n != NULL; n = xml_next(n, name))
		out->items[out->count++] = xml_text(n);
	return 0;
}

uint32_t
vendor_name(struct vendor_file *f, const struct xml_node *at, struct text t)
{
	uint32_t name = 0;
	int r = names_intern(f->v->names, t, &name);

	if (r == ERR_NOMEM)
		f->v->failed = r;
	else if (r < 0)
		vendor_problem(f, true, at, (struct text){0},
		    "\"%.*s\" is no name", t.len < 80 ? (int)t.len : 80,
		    t.data);
	return r < 0 ? 0 : name;
}

bool
vendor_is_true(struct text t)
{
	return text_is_nocase(t, "true") || text_is(t, "1");
}

int64_t
vendor_number(struct text t)
{
	int64_t n = 0;

	return text_to_int64(t, &n) < 0 ? 0 : n;
}

/* ---- Parameters ---- */

int
vendor_params_read(
    struct vendor_file *f, const struct xml_node *n, struct vendor_params *out)
{
	if (n == NULL)
		return 0;
	vendor_unknown(f, n, "parameter");
	out->items =
	    arena_array(f->v->arena, n->count + 1, sizeof(*out->items));
	if (out->items == NULL)
		return ERR_NOMEM;
	for (n = xml_child(n, "parameter"); n != NULL;
	     n = xml_next(n, "parameter"))
		out->items[out->count++] = (struct vendor_param){
		    .name = xml_attr(n, "name"),
		    .value = xml_text(n),
		    .use = xml_attr(n, "use"),
		    .intrinsic = vendor_is_true(xml_attr(n, "intrinsic")),
		    .secret = vendor_is_true(xml_attr(n, "encrypted")),
		};
	return 0;
}

static int
push_pairs(const struct vendor_params *list, const char *use,
    struct text *pairs, size_t *count)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct vendor_param *p = &list->items[i];

		if (p->secret ||
		    text_is(p->use, "global") != text_is(TEXT("global"), use))
			continue;
		pairs[2 * *count] = p->name;
		pairs[2 * *count + 1] = p->value;
		(*count)++;
	}
	return 0;
}

/* How many parameters there may be in all. */
static size_t
param_room(const struct vendor_connector *c)
{
	size_t n = c->params.count + 2;

	for (size_t i = 0; i < c->partition_count; i++)
		n += c->partitions[i].params.count;
	return n;
}

/* "name@partition" for what a partition that takes part says. */
static int
plan_partitions(const struct vendor_connector *c, struct arena *a,
    struct text *pairs, struct plan_connector *out)
{
	struct text *list =
	    arena_array(a, c->partition_count + 1, sizeof(*list));

	if (list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < c->partition_count; i++) {
		const struct vendor_partition *p = &c->partitions[i];
		size_t first = out->param_count;

		if (!p->selected)
			continue;
		list[out->partition_count++] = p->name;
		(void)push_pairs(&p->params, "", pairs, &out->param_count);
		for (size_t k = first; k < out->param_count; k++) {
			const char *name = arena_printf(a, "%.*s@%.*s",
			    TEXT_ARGS(pairs[2 * k]), TEXT_ARGS(p->name));

			if (name == NULL)
				return ERR_NOMEM;
			pairs[2 * k] = text_of(name);
		}
	}
	out->partitions = list;
	return 0;
}

/* docs/engine/rules.md 9: global, then connectivity. */
static int
plan_connector(const struct vendor_connector *c, struct arena *a,
    struct plan_connector *out)
{
	struct text *pairs = arena_array(a, 2 * param_room(c), sizeof(*pairs));

	if (pairs == NULL)
		return ERR_NOMEM;
	*out = (struct plan_connector){.name = c->name,
	    .kind = c->kind == VENDOR_AD ? TEXT("ad") : TEXT("vendor"),
	    .schema = c->schema,
	    .params = pairs};
	pairs[0] = TEXT("Connector.ID");
	pairs[1] = c->id;
	out->param_count = 1;
	(void)push_pairs(&c->params, "global", pairs, &out->param_count);
	(void)push_pairs(&c->params, "", pairs, &out->param_count);
	return plan_partitions(c, a, pairs, out);
}

int
vendor_plan_connectors(
    const struct vendor *v, struct arena *a, struct plan_connector **out)
{
	struct plan_connector *list =
	    arena_array(a, v->connector_count + 1, sizeof(*list));
	int r = list == NULL ? ERR_NOMEM : 0;

	for (size_t i = 0; i < v->connector_count && r == 0; i++)
		r = plan_connector(&v->connectors[i], a, &list[i]);
	if (r == 0)
		*out = list;
	return r;
}

/* ---- Asking and adding ---- */

const struct vendor_connector *
vendor_find(const struct vendor *v, struct text name_or_id)
{
	struct text id = rule_guid(v->arena, name_or_id);

	for (size_t i = 0; i < v->connector_count; i++)
		if (text_equal_nocase(v->connectors[i].name, name_or_id) ||
		    text_equal(v->connectors[i].id, id))
			return &v->connectors[i];
	return NULL;
}

struct text
vendor_setting(const struct vendor *v, const char *name)
{
	for (size_t i = 0; i < v->settings.count; i++)
		if (text_is(v->settings.items[i].name, name))
			return v->settings.items[i].value;
	return TEXT("");
}

int
vendor_add_rule(struct vendor *v, const struct rule *rule, struct err *e)
{
	size_t extra_size = v->rule_size, at = 0;

	if (v->rule_count >= VENDOR_MAX_RULES)
		return err_set(e, ERR_LIMIT, "over %u rules", VENDOR_MAX_RULES);
	if (vendor_grow(v->arena, &v->extra, &extra_size, v->rule_count,
		sizeof(*v->extra)) < 0 ||
	    vendor_grow(v->arena, &v->rules, &v->rule_size, v->rule_count,
		sizeof(*v->rules)) < 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	while (
	    at < v->rule_count && v->rules[at].precedence <= rule->precedence)
		at++;
	memmove(&v->rules[at + 1], &v->rules[at],
	    (v->rule_count - at) * sizeof(*v->rules));
	memmove(&v->extra[at + 1], &v->extra[at],
	    (v->rule_count - at) * sizeof(*v->extra));
	v->rules[at] = *rule;
	v->extra[at] = (struct vendor_rule){0};
	v->rule_count++;
	return 0;
}
