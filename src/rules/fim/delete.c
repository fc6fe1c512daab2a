/* rules/fim/delete.c -- what keeps metaverse objects alive, what becomes of a
 * connector's objects, and what is compiled (docs/engine/formats.md 5.6 and
 * 5.7; docs/engine/rules.md 10). */
#include "rules/fim/fim_int.h"

static const struct xml_node *
deletion_rule(const struct fim *m, struct text mv_type)
{
	const struct xml_node *n =
	    xml_child(xml_child(m->mv, "mv-deletion"), "mv-deletion-rule");

	while (n != NULL && !text_equal(xml_attr(n, "mv-object-type"), mv_type))
		n = xml_next(n, "mv-deletion-rule");
	return n;
}

static bool
is_listed(
    const struct fim *m, const struct xml_node *rule, const struct fim_ma *ma)
{
	const struct xml_node *n = xml_child(rule, "src-ma");

	while (
	    n != NULL && !text_equal(rule_guid(m->a, xml_text(n)), ma->c->id))
		n = xml_next(n, "src-ma");
	return n != NULL;
}

/* No rule: with the last connector.  declared-last: with the last but those
 * listed.  declared-any: with any of those listed. */
enum rule_link
fim_join_link(const struct fim *m, const struct fim_ma *ma, struct text mv_type)
{
	const struct xml_node *rule = deletion_rule(m, mv_type);
	struct text type = xml_attr(rule, "type");

	if (text_is(type, "declared-last"))
		return is_listed(m, rule, ma) ? LINK_JOIN : LINK_STICKY_JOIN;
	if (text_is(type, "declared-any"))
		return is_listed(m, rule, ma) ? LINK_STICKY_JOIN : LINK_JOIN;
	return LINK_STICKY_JOIN;
}

/* A connector that projects keeps alive what the rule says it does not. */
static void
tell_projecting(struct fim *m, const struct xml_node *rule, bool listed)
{
	struct text type = xml_attr(rule, "mv-object-type");

	for (size_t i = 0; i < m->ma_count; i++)
		if (is_listed(m, rule, &m->mas[i]) == listed &&
		    fim_projects(&m->mas[i], type))
			fim_manual(m, rule, (struct text){0},
			    "<mv-deletion-rule> of %.*s: connector %.*s "
			    "projects such objects and would here keep them "
			    "alive",
			    TEXT_ARGS(type), TEXT_ARGS(m->mas[i].c->name));
}

static void
tell_deletion_rule(struct fim *m, const struct xml_node *rule)
{
	struct text type = xml_attr(rule, "type");
	const struct xml_node *first = xml_child(rule, "src-ma");

	if (text_is(type, "declared-last")) {
		tell_projecting(m, rule, true);
	} else if (text_is(type, "declared-any")) {
		if (xml_next(first, "src-ma") != NULL)
			fim_manual(m, rule, (struct text){0},
			    "<mv-deletion-rule> of %.*s deletes with any of "
			    "several connectors: here with the last of them",
			    TEXT_ARGS(xml_attr(rule, "mv-object-type")));
		tell_projecting(m, rule, false);
	} else {
		fim_manual(m, rule, (struct text){0},
		    "<mv-deletion-rule> of %.*s is of type \"%.*s\": here "
		    "objects go with their last connector",
		    TEXT_ARGS(xml_attr(rule, "mv-object-type")),
		    TEXT_ARGS(type));
	}
}

static void
tell_extension(struct fim *m, const struct xml_node *root)
{
	const struct xml_node *n = xml_child(root, "extension");
	struct text name = xml_child_text(n, "assembly-name");

	if (name.len > 0)
		fim_manual(m, n, (struct text){0},
		    "<extension> the rules extension %.*s is compiled: what it "
		    "does is not in the export",
		    TEXT_ARGS(name));
}

static void
tell_recall(struct fim *m)
{
	const struct xml_node *n =
	    xml_child(xml_child(m->mv, "per-ma-options"), "ma-options");

	for (; n != NULL; n = xml_next(n, "ma-options")) {
		const struct fim_ma *ma = fim_ma_find(m, xml_attr(n, "ma-id"));

		if (text_is_nocase(xml_child_text(n, "enable-recall"), "false"))
			fim_manual(m, n, (struct text){0},
			    "<enable-recall> is off for connector %.*s: here "
			    "what an object contributed goes when it is "
			    "disconnected",
			    TEXT_ARGS(ma == NULL ? xml_attr(n, "ma-id")
						 : ma->c->name));
	}
}

void
fim_tell_deletion(struct fim *m)
{
	const struct xml_node *n =
	    xml_child(xml_child(m->mv, "mv-deletion"), "mv-deletion-rule");
	const struct xml_node *p = xml_child(m->mv, "provisioning");
	struct text type = xml_attr(p, "type");

	fim_enter(m, m->mv_file);
	for (; n != NULL; n = xml_next(n, "mv-deletion-rule"))
		tell_deletion_rule(m, n);
	tell_recall(m);
	tell_extension(m, m->mv);
	if (type.len > 0 && !text_is(type, "none"))
		fim_manual(m, p, (struct text){0},
		    "<provisioning> of type %.*s: objects are made by the "
		    "rules extension or by portal rules, which are not in the "
		    "export; write rules with link: provision",
		    TEXT_ARGS(type));
}

void
fim_tell_rest(struct fim *m, const struct fim_ma *ma)
{
	const struct xml_node *n = xml_child(ma->root, "provisioning-cleanup");
	struct text action = xml_child_text(n, "action");

	tell_extension(m, ma->root);
	if (text_is(xml_attr(n, "type"), "scripted"))
		fim_manual(m, n, (struct text){0},
		    "<provisioning-cleanup> asks the rules extension what "
		    "becomes of an object without its metaverse object: here "
		    "it is disconnected");
	else if (text_is(action, "delete-object"))
		fim_manual(m, n, (struct text){0},
		    "<provisioning-cleanup> deletes the object: here only a "
		    "rule with link: provision does");
	else if (text_is(action, "make-explicit-disconnector"))
		fim_manual(m, n, (struct text){0},
		    "<provisioning-cleanup> makes an explicit disconnector: "
		    "here the object may join again");
	else if (action.len > 0 && !text_is(action, "make-normal-disconnector"))
		fim_manual(m, n, (struct text){0},
		    "<provisioning-cleanup> has the action \"%.*s\", which is "
		    "not known",
		    TEXT_ARGS(action));
}

/* Code that only DirSync has. */
static bool
has_own_code(const struct xml_node *root)
{
	return text_starts_nocase(
	    xml_child_text(xml_child(root, "extension"), "assembly-name"),
	    "Microsoft.Online.DirSync");
}

/* The tool of before 2014: two connectors of these names, and all of its logic
 * compiled.  By its code where the export lacks one of the two. */
bool
fim_is_dirsync(const struct fim *m)
{
	bool source = false, cloud = false;

	if (has_own_code(m->mv))
		return true;

	for (size_t i = 0; i < m->ma_count; i++) {
		struct text name = m->mas[i].c->name;

		source = source || text_is_nocase(name, "SourceAD") ||
			 text_is_nocase(name, "Active Directory Connector");
		cloud = cloud || text_is_nocase(name, "TargetWebService") ||
			text_is_nocase(
			    name, "Windows Azure Active Directory Connector");
	}
	return source && cloud;
}
