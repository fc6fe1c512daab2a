/* migrate/dirsync.c -- DirSync is a closed tool: five kinds of settings could
 * be made, and whatever else was changed blocks. */
#include <string.h>

#include "migrate/analysis_int.h"
#include "rules/ruleset.h"
#include "rules/words.h"

/* What every build takes from a user and sends on. */
static const char *const core[] = {"c", "co", "company", "department",
    "displayName", "facsimileTelephoneNumber", "givenName", "homePhone", "l",
    "mail", "mailNickname", "manager", "mobile", "physicalDeliveryOfficeName",
    "postalCode", "proxyAddresses", "sn", "st", "streetAddress",
    "telephoneNumber", "title", "userAccountControl", "userPrincipalName"};

static const struct xml_node *
mv_data(const struct analysis *x)
{
	return xml_child(vendor_of(x)->mv_root, "mv-data");
}

/* ---- Flows ---- */

/* The next <import-flow> after n, in document order; NULL begins. */
struct import_flows {
	const struct xml_node *set, *flows, *flow;
};

static bool
next_import(struct import_flows *w, const struct xml_node *data)
{
	if (w->flow != NULL)
		w->flow = xml_next(w->flow, "import-flow");
	else
		w->set = xml_child(xml_child(data, "import-attribute-flow"),
		    "import-flow-set");
	while (w->flow == NULL && w->set != NULL) {
		w->flows = w->flows == NULL
			       ? xml_child(w->set, "import-flows")
			       : xml_next(w->flows, "import-flows");
		if (w->flows == NULL)
			w->set = xml_next(w->set, "import-flow-set");
		else
			w->flow = xml_child(w->flows, "import-flow");
	}
	return w->flow != NULL;
}

static bool
has_agent(const struct analysis *x, struct text id)
{
	const struct vendor *v = vendor_of(x);

	for (size_t i = 0; i < v->connector_count; i++)
		if (text_equal(v->connectors[i].id, id))
			return true;
	return false;
}

static bool
is_of_ad(const struct analysis *x, const struct xml_node *flow)
{
	const struct vendor *v = vendor_of(x);
	struct text id = rule_guid(x->arena, xml_attr(flow, "src-ma"));

	for (size_t i = 0; i < v->connector_count; i++)
		if (v->connectors[i].kind == VENDOR_AD &&
		    text_equal(v->connectors[i].id, id))
			return true;
	return false;
}

/* The attribute of a direct mapping; empty: it is of another kind. */
static struct text
direct_source(const struct xml_node *flow)
{
	return xml_text(xml_path(flow, "direct-mapping/src-attribute"));
}

/* The metaverse's attribute that the cloud's is written from. */
static struct text
sent_from(const struct analysis *x, const char *cd_attribute)
{
	const struct vendor_connector *c = cloud_of(x);
	const struct xml_node *set =
	    c == NULL
		? NULL
		: xml_path(c->root, "export-attribute-flow/export-flow-set");

	for (; set != NULL; set = xml_next(set, "export-flow-set"))
		for (const struct xml_node *f = xml_child(set, "export-flow");
		     f != NULL; f = xml_next(f, "export-flow"))
			if (text_is_nocase(
				xml_attr(f, "cd-attribute"), cd_attribute))
				return direct_source(f);
	return TEXT("");
}

struct text
flow_source_of(const struct analysis *x, const char *attribute)
{
	struct text mv = sent_from(x, attribute);
	struct import_flows w = {0};

	if (x->source->conf.form != CONFSRC_FIM)
		return TEXT("");
	if (mv.len == 0)
		mv = text_of(attribute);
	while (next_import(&w, mv_data(x))) {
		struct text from = direct_source(w.flow);

		if (from.len > 0 && is_of_ad(x, w.flow) &&
		    text_equal_nocase(xml_attr(w.flows, "mv-attribute"), mv))
			return from;
	}
	return TEXT("");
}

/* Agents that flows name and the export has no file of, each once. */
static void
missing_agents(struct analysis *x)
{
	struct import_flows w = {0};
	struct conf_texts told = {0};

	while (next_import(&w, mv_data(x))) {
		struct text id =
		    rule_guid(x->arena, xml_attr(w.flow, "src-ma"));

		if (has_agent(x, id) || texts_have(&told, id))
			continue;
		if (texts_push(x->arena, &told, id) < 0)
			x->failed = ERR_NOMEM;
		verdict(x, "agents", VERDICT_BLOCKS,
		    "%.*s:%u: attribute %.*s comes from agent %.*s, of which "
		    "the export has no file: without it nobody can tell what "
		    "it gave.  Export the whole server configuration again",
		    TEXT_ARGS(vendor_of(x)->mv_file), w.flow->line,
		    TEXT_ARGS(xml_attr(w.flows, "mv-attribute")),
		    TEXT_ARGS(id));
	}
}

void
analyze_whole(struct analysis *x)
{
	const struct vendor *v = vendor_of(x);
	enum confsrc_form form = x->source->conf.form;

	if (form == CONFSRC_FIM && v->connector_count == 0)
		verdict(x, "agents", VERDICT_BLOCKS,
		    "there is no agent (<saved-ma-configuration>) in the "
		    "export: MV.XML alone says neither what was read nor "
		    "where it went");
	else if (form == CONFSRC_FIM && x->system != SYSTEM_DIRSYNC)
		missing_agents(x);
	if (form == CONFSRC_EXPORT && x->rule_count == 0)
		verdict(x, "rules", VERDICT_BLOCKS,
		    "there is no rule (<synchronizationRule>) in the export: "
		    "it is not whole, and rules of your own would be lost.  "
		    "Get-ADSyncServerConfiguration writes them into "
		    "SynchronizationRules");
}

/* ---- Unsupported changes ---- */

static bool
is_stock(struct text assembly)
{
	return assembly.len == 0 ||
	       text_starts_nocase(assembly, "Microsoft.") ||
	       text_starts_nocase(assembly, "MSOnline");
}

static void
check_assembly(
    struct analysis *x, const struct xml_node *root, struct text file)
{
	const struct xml_node *n = xml_child(root, "extension");
	struct text name = xml_child_text(n, "assembly-name");

	if (!is_stock(name))
		verdict(x, "rules_extension", VERDICT_BLOCKS,
		    "%.*s:%u: <extension> the rules extension %.*s is not "
		    "DirSync's own: what it does is compiled and in no export. "
		    " "
		    "Redo it as custom rules on a new server in staging mode, "
		    "and compare",
		    TEXT_ARGS(file), n->line, TEXT_ARGS(name));
}

static void
check_agents(struct analysis *x)
{
	const struct vendor *v = vendor_of(x);
	size_t ad = 0;

	for (size_t i = 0; i < v->connector_count; i++) {
		const struct vendor_connector *c = &v->connectors[i];

		check_assembly(x, c->root, c->file);
		ad += c->kind == VENDOR_AD;
		if (c->kind == VENDOR_OTHER)
			verdict(x, "agents", VERDICT_BLOCKS,
			    "%.*s: agent %.*s (category %.*s) is not one that "
			    "DirSync has",
			    TEXT_ARGS(c->file), TEXT_ARGS(c->name),
			    TEXT_ARGS(c->category));
	}
	check_assembly(x, mv_data(x), v->mv_file);
	if (ad > 1)
		verdict(x, "agents", VERDICT_BLOCKS,
		    "%zu agents for Active Directory: DirSync has one", ad);
	if (ad == 0 || cloud_of(x) == NULL)
		verdict(x, "agents", VERDICT_BLOCKS,
		    "the agent for %s is not in the export: MV.XML and two "
		    "files MA-{GUID}.XML belong to it.  Export the whole "
		    "server configuration again",
		    ad == 0 ? "Active Directory" : "the cloud");
}

static bool
has_type(const struct analysis *x, const struct vendor_connector *c,
    uint32_t attribute)
{
	uint32_t user = names_find_nocase(x->names, TEXT("user"));

	for (size_t i = 0; i < c->class_count; i++)
		for (size_t k = 0; c->classes[i].name == user &&
				   k < c->classes[i].attributes.count;
		     k++)
			if (c->classes[i].attributes.items[k] == attribute)
				return true;
	return false;
}

static bool
is_selected(const struct vendor_connector *c, uint32_t attribute)
{
	for (size_t i = 0; i < c->selected.count; i++)
		if (c->selected.items[i] == attribute)
			return true;
	return false;
}

static void
removed(struct analysis *x, const char *attribute, struct text file,
    const char *how)
{
	verdict(x, "removed_attribute", VERDICT_BLOCKS,
	    "%.*s: attribute %s %s: DirSync sends it, and was changed.  Decide "
	    "whether it is to stay out, and write that as a custom rule on a "
	    "new server in staging mode",
	    TEXT_ARGS(file), attribute, how);
}

static bool
has_import_of(const struct analysis *x, const char *attribute)
{
	struct import_flows w = {0};

	while (next_import(&w, mv_data(x))) {
		const struct xml_node *n = w.flow->first;

		if (!is_of_ad(x, w.flow) || n == NULL)
			continue;
		for (n = xml_child(n, "src-attribute"); n != NULL;
		     n = xml_next(n, "src-attribute"))
			if (text_is_nocase(xml_text(n), attribute))
				return true;
	}
	return false;
}

static void
check_removed(struct analysis *x, const struct vendor_connector *c)
{
	struct import_flows w = {0};
	bool flows = next_import(&w, mv_data(x));

	for (size_t i = 0; i < sizeof(core) / sizeof(*core); i++) {
		uint32_t name = names_find_nocase(x->names, text_of(core[i]));

		if (name == 0 || !has_type(x, c, name))
			continue;
		if (c->selected.count > 0 && !is_selected(c, name))
			removed(x, core[i], c->file,
			    "is not selected (<attribute-inclusion>)");
		else if (flows && c->selected.count > 0 &&
			 !has_import_of(x, core[i]) &&
			 strcmp(core[i], "userPrincipalName") != 0)
			removed(x, core[i], vendor_of(x)->mv_file,
			    "has no <import-flow>");
	}
}

/* ---- Flows that end halfway ---- */

static bool
is_imported(const struct analysis *x, const char *mv_attribute)
{
	struct import_flows w = {0};

	while (next_import(&w, mv_data(x)))
		if (text_is_nocase(
			xml_attr(w.flows, "mv-attribute"), mv_attribute))
			return true;
	return false;
}

static bool
has_source(const struct xml_node *flow, const char *attribute)
{
	const struct xml_node *n =
	    flow->first == NULL ? NULL
				: xml_child(flow->first, "src-attribute");

	for (; n != NULL; n = xml_next(n, "src-attribute"))
		if (text_is_nocase(xml_text(n), attribute))
			return true;
	return false;
}

static bool
is_sent(const struct vendor_connector *cloud, const char *mv_attribute)
{
	const struct xml_node *set =
	    xml_path(cloud->root, "export-attribute-flow/export-flow-set");

	for (; set != NULL; set = xml_next(set, "export-flow-set"))
		for (const struct xml_node *f = xml_child(set, "export-flow");
		     f != NULL; f = xml_next(f, "export-flow"))
			if (has_source(f, mv_attribute))
				return true;
	return false;
}

/* What is sent must come from somewhere; and where nearly all that comes is
 * sent, what is not was taken out. */
static void
check_halves(struct analysis *x)
{
	const struct vendor_connector *cloud = cloud_of(x);
	size_t in = 0, out = 0;

	for (size_t i = 0; cloud != NULL && i < sizeof(core) / sizeof(*core);
	     i++) {
		in += is_imported(x, core[i]);
		out += is_sent(cloud, core[i]);
	}
	for (size_t i = 0; out > 0 && i < sizeof(core) / sizeof(*core); i++) {
		bool comes = is_imported(x, core[i]);
		bool goes = is_sent(cloud, core[i]);

		if (goes && !comes)
			removed(x, core[i], vendor_of(x)->mv_file,
			    "is sent to the cloud, and has no <import-flow>");
		else if (comes && !goes && out + 3 >= in)
			removed(x, core[i], cloud->file,
			    "has no <export-flow> to the cloud");
	}
}

/* ---- Flows that somebody added ---- */

static bool
is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
	       (c >= '0' && c <= '9') || c == '-' || c == '_';
}

/* The built-in rules name every attribute that such a tool has. */
static bool
is_usual(struct text name)
{
	struct text all = ruleset_default_text();

	for (size_t i = 0; name.len > 0 && i + name.len < all.len; i++)
		if (text_same_nocase(all.data + i, name.data, name.len) &&
		    !is_word(all.data[i + name.len]) &&
		    (i == 0 || !is_word(all.data[i - 1])))
			return true;
	return false;
}

static void
check_added(struct analysis *x)
{
	struct import_flows w = {0};

	while (next_import(&w, mv_data(x))) {
		struct text from = direct_source(w.flow);
		struct text to = xml_attr(w.flows, "mv-attribute");

		if (from.len > 0 && is_of_ad(x, w.flow) && !is_usual(from) &&
		    !is_usual(to))
			verdict(x, "added_flow", VERDICT_BLOCKS,
			    "%.*s:%u: <import-flow> of %.*s to %.*s is not one "
			    "that DirSync has: redo it as a custom rule on a "
			    "new server in staging mode",
			    TEXT_ARGS(vendor_of(x)->mv_file), w.flow->line,
			    TEXT_ARGS(from), TEXT_ARGS(to));
	}
}

struct portal {
	struct analysis *x;
	struct text file;
	size_t count;
};

static void
take_portal(void *ctx, const struct xml_node *n)
{
	struct portal *p = ctx;

	if (!text_is(n->name, "sync-rule-mapping") || p->count++ > 0)
		return;
	verdict(p->x, "portal_rule", VERDICT_BLOCKS,
	    "%.*s:%u: <sync-rule-mapping> a rule of a portal, which DirSync "
	    "does not have",
	    TEXT_ARGS(p->file), n->line);
}

static void
check_anchor(struct analysis *x)
{
	struct text from = flow_source_of(x, "sourceAnchor");

	if (from.len > 0 && !text_is_nocase(from, "objectGUID"))
		verdict(x, "source_anchor", VERDICT_BLOCKS,
		    "the anchor comes from %.*s: DirSync's is objectGUID, and "
		    "what is in the cloud is known by it",
		    TEXT_ARGS(from));
}

void
analyze_dirsync(struct analysis *x)
{
	const struct vendor *v = vendor_of(x);
	struct portal p = {.x = x};

	if (x->system != SYSTEM_DIRSYNC)
		return;
	check_agents(x);
	for (size_t i = 0; i < v->connector_count; i++) {
		p.file = v->connectors[i].file;
		xml_walk(v->connectors[i].root, take_portal, &p);
		if (v->connectors[i].kind == VENDOR_AD)
			check_removed(x, &v->connectors[i]);
	}
	p.file = v->mv_file;
	xml_walk(v->mv_root, take_portal, &p);
	check_halves(x);
	check_added(x);
	check_anchor(x);
}
