/* migrate/classify.c -- each rule: as it came, changed, custom, scripted, or
 * nobody can tell. */
#include <string.h>

#include "migrate/analysis_int.h"
#include "migrate/catalogue.h"

static bool
is_usual(struct text value, const char *usual)
{
	return value.len == 0 || text_is_nocase(value, usual);
}

static bool
schema_lacks(const struct analysis *x, const char *attribute)
{
	const struct vendor *v = vendor_of(x);
	uint32_t name = names_find_nocase(x->names, text_of(attribute));

	for (size_t i = 0; i < v->connector_count; i++)
		if (v->connectors[i].kind == VENDOR_AD &&
		    v->connectors[i].schema != NULL)
			return name == 0 || schema_find(v->connectors[i].schema,
						name) == NULL;
	return false;
}

static struct catalogue_site
site_of(const struct analysis *x)
{
	return (struct catalogue_site){
	    .other_anchor =
		!is_usual(fact_value(x, "source_anchor"), "objectGUID"),
	    .other_upn =
		!is_usual(fact_value(x, "upn_attribute"), "userPrincipalName"),
	    .other_join =
		!is_usual(fact_value(x, "match_users_by"), "ObjectSID"),
	    .no_exchange = schema_lacks(x, "mailNickname")};
}

static void
keep(struct analysis *x, struct classified c)
{
	x->rules[x->rule_count++] = c;
	x->classes[c.class]++;
}

static enum rule_class
class_of(enum catalogue_answer answer)
{
	switch (answer) {
	case CATALOGUE_UNTOUCHED:
		return CLASS_DEFAULT;
	case CATALOGUE_CHANGED:
		return CLASS_CHANGED;
	case CATALOGUE_UNKNOWN:
		return CLASS_UNKNOWN;
	case CATALOGUE_NO_TAG:
		break;
	}
	return CLASS_CUSTOM;
}

static int
classify_rule(
    struct analysis *x, const struct catalogue_site *site, const struct rule *r)
{
	struct classified c = {.rule = r,
	    .name = r->name,
	    .connector = r->connector,
	    .tag = r->tag,
	    .file = r->file,
	    .line = r->line,
	    .disabled = r->disabled};
	enum catalogue_answer answer;
	int rc = catalogue_ask(x->names, r, site, x->arena, &answer, &c.detail);

	c.class = class_of(answer);
	if (rc == 0)
		keep(x, c);
	return rc;
}

static void
classify_standard(struct analysis *x, const struct vendor_standard *s)
{
	struct classified c = {.name = s->name,
	    .connector = s->connector,
	    .tag = s->tag,
	    .file = vendor_of(x)->dir,
	    .disabled = s->disabled,
	    .class = CLASS_UNKNOWN};

	say(x, &c.detail,
	    "the source has its tag alone: whether it was changed nobody can "
	    "tell");
	keep(x, c);
}

/* ---- What is compiled ---- */

struct scripted {
	struct analysis *x;
	struct text file;
	size_t count, size;
	struct classified *items;
};

static const struct script_kind {
	const char *element;
	const char *type; /* of the attribute type; NULL: the element itself */
	const char *title;
} script_kinds[] = {
    {"scripted-mapping", NULL, "scripted mapping"},
    {"filter-set", "scripted", "scripted filter"},
    {"class-mapping", "scripted", "scripted projection"},
    {"resolution", "scripted", "scripted resolution"},
    {"provisioning-cleanup", "scripted", "scripted deprovisioning"},
    {"mv-deletion-rule", "scripted", "scripted deletion rule"},
    {"provisioning", "scripted", "provisioning code"},
    {"provisioning", "both", "provisioning code"},
};

static const char *
script_title(const struct xml_node *n)
{
	for (size_t i = 0; i < sizeof(script_kinds) / sizeof(*script_kinds);
	     i++) {
		const struct script_kind *k = &script_kinds[i];

		if (text_is(n->name, k->element) &&
		    (k->type == NULL || text_is(xml_attr(n, "type"), k->type)))
			return k->title;
	}
	return NULL;
}

static void
take_scripted(void *ctx, const struct xml_node *n)
{
	struct scripted *s = ctx;
	const char *title = script_title(n);
	struct text context = xml_child_text(n, "script-context");
	struct classified *items = s->items;
	size_t size = s->size == 0 ? 16 : s->size * 2;

	if (title == NULL || s->count >= 10000)
		return;
	if (s->count == s->size) {
		items = arena_array(s->x->arena, size, sizeof(*items));
		if (items == NULL) {
			s->x->failed = ERR_NOMEM;
			return;
		}
		if (s->count > 0)
			memcpy(items, s->items, s->count * sizeof(*items));
		s->items = items;
		s->size = size;
	}
	items[s->count++] = (struct classified){
	    .name = text_of(arena_printf(s->x->arena, "%s%s%.*s", title,
		context.len > 0 ? " " : "", TEXT_ARGS(context))),
	    .file = s->file,
	    .line = (int)n->line,
	    .class = CLASS_SCRIPTED};
}

static struct scripted
find_scripted(struct analysis *x)
{
	const struct vendor *v = vendor_of(x);
	struct scripted s = {.x = x};

	if (x->source->conf.form != CONFSRC_FIM)
		return s;
	for (size_t i = 0; i < v->connector_count; i++) {
		s.file = v->connectors[i].file;
		xml_walk(v->connectors[i].root, take_scripted, &s);
	}
	s.file = v->mv_file;
	xml_walk(v->mv_root, take_scripted, &s);
	return s;
}

int
analyze_rules(struct analysis *x)
{
	const struct confsrc *c = &x->source->conf;
	const struct vendor *v = vendor_of(x);
	struct catalogue_site site = site_of(x);
	struct scripted s = find_scripted(x);
	int rc = 0;

	x->rules = arena_array(x->arena,
	    c->rule_count + v->standard_count + s.count + 1, sizeof(*x->rules));
	if (x->rules == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < c->rule_count && rc == 0; i++)
		rc = classify_rule(x, &site, &c->rules[i]);
	for (size_t i = 0; i < v->standard_count; i++)
		classify_standard(x, &v->standard[i]);
	for (size_t i = 0; i < s.count; i++)
		keep(x, s.items[i]);
	return rc;
}
