/* migrate/verdict_site.c -- what becomes of directories, containers, filters,
 * run profiles and rules, and of what could not be read. */
#include <string.h>

#include "migrate/analysis_int.h"

#define PROBLEMS_TOLD 1000 /* the readers tell no more */

/* ---- Directories ---- */

static void
count_partitions(
    const struct vendor_connector *c, size_t *selected, size_t *containers)
{
	for (size_t i = 0; i < c->partition_count; i++) {
		if (!c->partitions[i].selected)
			continue;
		(*selected)++;
		*containers += c->partitions[i].include.count +
			       c->partitions[i].exclude.count;
	}
}

static void
directory(struct analysis *x, const struct vendor_connector *c)
{
	size_t selected = 0, containers = 0;

	count_partitions(c, &selected, &containers);
	verdict(x, "forest", VERDICT_CARRIES,
	    "%.*s: a connector of kind ad with the same id; its rules keep "
	    "their names",
	    TEXT_ARGS(c->name));
	verdict(x, "domains", selected > 0 ? VERDICT_CARRIES : VERDICT_MANUAL,
	    selected > 0 ? "%.*s: %zu of %zu partitions are selected, and are "
			   "read"
			 : "%.*s: %zu of %zu partitions are selected: name "
			   "what is to be read",
	    TEXT_ARGS(c->name), selected, c->partition_count);
	if (containers > 0)
		verdict(x, "containers", VERDICT_CARRIES,
		    "%.*s: %zu containers; the nearest that is named above an "
		    "object decides, as before",
		    TEXT_ARGS(c->name), containers);
	if (c->class_count == 0 && c->schema == NULL)
		verdict(x, "object_types", VERDICT_MANUAL,
		    "%.*s: a settings file names neither object types nor "
		    "selected attributes: object_classes has the usual four",
		    TEXT_ARGS(c->name));
}

static void
other_directory(struct analysis *x, const struct vendor_connector *c)
{
	verdict(x, "connector", VERDICT_MANUAL,
	    "%.*s: %.*s (category %.*s) becomes a CSV file, which the source "
	    "has to write, unless you set it up as kind ldap",
	    TEXT_ARGS(c->file), TEXT_ARGS(c->name), TEXT_ARGS(c->category));
}

static void
hierarchy(struct analysis *x, const struct vendor_connector *c)
{
	const struct xml_node *n = xml_child(c->root, "component_mappings");

	if (n != NULL && n->count > 0)
		verdict(x, "provisioning_hierarchy", VERDICT_MANUAL,
		    "%.*s:%u: <component_mappings> makes missing parents; here "
		    "they have to be there",
		    TEXT_ARGS(c->file), n->line);
}

static bool
is_stock_profile(struct text name)
{
	static const char *const names[] = {"Full Import", "Delta Import",
	    "Full Synchronization", "Delta Synchronization", "Export",
	    "Full Import Full Sync", "Delta Import Delta Sync",
	    "Full Import Delta Sync", "Full Confirming Import",
	    "Delta Confirming Import"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (text_is_nocase(name, names[i]))
			return true;
	return false;
}

static void
profiles(struct analysis *x)
{
	const struct vendor *v = vendor_of(x);
	struct conf_texts own = {0};
	size_t stock = 0;

	for (size_t i = 0; i < v->connector_count; i++)
		for (size_t k = 0; k < v->connectors[i].profile_count; k++) {
			struct text name = v->connectors[i].profiles[k].name;

			stock += is_stock_profile(name);
			if (!is_stock_profile(name) &&
			    !texts_have(&own, name) &&
			    texts_push(x->arena, &own, name) < 0)
				x->failed = ERR_NOMEM;
		}
	if (stock > 0)
		verdict(x, "run_profiles", VERDICT_CHANGED,
		    "causeway cycle runs import, synchronisation and export; "
		    "causeway run has each alone");
	if (own.count > 0)
		verdict_of(x, TEXT("custom_run_profiles"), VERDICT_MANUAL,
		    text_of(arena_printf(x->arena,
			"%.*s: rebuild what calls them with causeway run",
			TEXT_ARGS(texts_join(x->arena, &own, 10)))));
}

static void
directories(struct analysis *x)
{
	const struct vendor *v = vendor_of(x);
	bool cloud = false;

	for (size_t i = 0; i < v->connector_count; i++) {
		const struct vendor_connector *c = &v->connectors[i];

		cloud = cloud || c->kind == VENDOR_ENTRA;
		if (c->kind == VENDOR_AD)
			directory(x, c);
		else if (c->kind == VENDOR_OTHER)
			other_directory(x, c);
		hierarchy(x, c);
	}
	if (!cloud && x->source->conf.form != CONFSRC_POWERSHELL)
		verdict(x, "cloud", VERDICT_MANUAL,
		    "the source has no connector to the cloud (id b891884f-"
		    "051e-4a83-95af-2544101c9083): add one of kind graph");
}

static void
filters(struct analysis *x)
{
	struct text n = fact_value(x, "attribute_filters");

	if (n.len > 0 && !text_is(n, "0"))
		verdict(x, "attribute_filters", VERDICT_CHANGED,
		    "%.*s filters on attributes become %s", TEXT_ARGS(n),
		    x->system == SYSTEM_DIRSYNC
			? "rules before the built-in ones that keep the same "
			  "objects out of the cloud"
			: "the scope of the rules that join and project");
}

/* ---- Rules ---- */

static void
each_changed(struct analysis *x)
{
	for (size_t i = 0; i < x->rule_count; i++) {
		const struct classified *c = &x->rules[i];
		struct text t = texts_join(x->arena, &c->detail, 6);

		if (c->class != CLASS_CHANGED)
			continue;
		verdict(x, "rule", VERDICT_MANUAL,
		    "%.*s (%.*s, %.*s:%d): the built-in rule takes its place; "
		    "the old body is kept, disabled.  %.*s",
		    TEXT_ARGS(c->name), TEXT_ARGS(c->tag), TEXT_ARGS(c->file),
		    c->line, TEXT_ARGS(t));
	}
}

/* Ours of that purpose is active, whatever was done to the old one. */
static void
each_disabled(struct analysis *x)
{
	for (size_t i = 0; i < x->rule_count; i++) {
		const struct classified *c = &x->rules[i];

		if (c->class == CLASS_CUSTOM || c->class == CLASS_SCRIPTED ||
		    !c->disabled)
			continue;
		verdict(x, "rule.disabled", VERDICT_MANUAL,
		    "%.*s (%.*s): the built-in rule was disabled on the old "
		    "server, and Causeway's of that purpose is active: find it "
		    "in docs/rules/defaults.md, and name it under disable: in "
		    "a file of rules/",
		    TEXT_ARGS(c->name), TEXT_ARGS(c->tag));
	}
}

static void
rules(struct analysis *x)
{
	const size_t *n = x->classes;

	if (n[CLASS_DEFAULT] > 0)
		verdict(x, "rules.default", VERDICT_CHANGED,
		    "%zu built-in rules as they came: Causeway's of the same "
		    "purpose take their place (docs/rules/differences.md)",
		    n[CLASS_DEFAULT]);
	if (x->source->conf.form == CONFSRC_EXPORT && x->rule_count > 0 &&
	    x->rule_count == n[CLASS_CUSTOM])
		verdict(x, "rules.default", VERDICT_MANUAL,
		    "there is no built-in rule in the export: Causeway's come "
		    "beside yours, and none of the kind acted on the old "
		    "server.  Take default out of rules: in causeway.yaml, or "
		    "read in the comparison what they add");
	each_changed(x);
	each_disabled(x);
	if (n[CLASS_UNKNOWN] > 0)
		verdict(x, "rules.unknown", VERDICT_MANUAL,
		    "%zu built-in rules of which nobody here can tell whether "
		    "they were changed: Causeway's take their place; what is "
		    "known of the old ones is kept, disabled.  Look at each "
		    "difference in causeway migrate compare; or add what an "
		    "untouched server of this version has to the catalogue "
		    "(catalogue-make EXPORT), and analyse again",
		    n[CLASS_UNKNOWN]);
	if (n[CLASS_CUSTOM] > 0)
		verdict(x, "rules.custom", VERDICT_CARRIES,
		    "%zu rules of your own, with precedence 0 to %d before "
		    "the built-in ones, in their order",
		    n[CLASS_CUSTOM],
		    n[CLASS_CUSTOM] > 100 ? (int)n[CLASS_CUSTOM] - 1 : 99);
	analyze_rule_attributes(x);
	analyze_own_rules(x);
	if (n[CLASS_SCRIPTED] > 0 && x->system != SYSTEM_DIRSYNC)
		verdict(x, "rules.scripted", VERDICT_MANUAL,
		    "%zu pieces of compiled or scripted logic, which no export "
		    "holds: write each as a rule",
		    n[CLASS_SCRIPTED]);
	else if (n[CLASS_SCRIPTED] > 0)
		verdict(x, "rules.scripted", VERDICT_CHANGED,
		    "DirSync's own logic (%zu compiled pieces): the built-in "
		    "rules take its place",
		    n[CLASS_SCRIPTED]);
}

/* ---- What could not be read ---- */

static void
problems(struct analysis *x)
{
	const struct confsrc *c = &x->source->conf;

	for (size_t i = 0; i < c->problem_count; i++) {
		const struct plan_problem *p = &c->problems[i];
		const char *where = arena_printf(x->arena, "%.*s:%d:%s%.*s%s",
		    TEXT_ARGS(p->file), p->line, p->rule.len > 0 ? " " : "",
		    TEXT_ARGS(p->rule), p->rule.len > 0 ? ":" : "");

		if (where == NULL)
			x->failed = ERR_NOMEM;
		else
			verdict(x, "source",
			    p->blocks ? VERDICT_BLOCKS : VERDICT_MANUAL,
			    "%s %.*s%s%.*s", where, TEXT_ARGS(p->attribute),
			    p->attribute.len > 0 ? ": " : "",
			    TEXT_ARGS(p->text));
	}
	if (c->problem_count >= PROBLEMS_TOLD)
		verdict(x, "source", VERDICT_MANUAL,
		    "there is more that cannot be taken over as it is: mend "
		    "what is told here, and analyse again");
}

void
analyze_site(struct analysis *x)
{
	directories(x);
	filters(x);
	profiles(x);
	rules(x);
	analyze_whole(x);
	problems(x);
}
