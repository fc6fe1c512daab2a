/* migrate/import_rules.c -- which rules go over, and with which numbers. */
#include <string.h>

#include "connectors/connector.h"
#include "migrate/import_int.h"
#include "rules/ruleset.h"

static int
push(struct importing *m, const struct rule *rule, struct text note)
{
	size_t size = m->size == 0 ? 64 : m->size * 2;
	struct rule *rules = m->rules;
	struct text *notes = m->notes;
	int32_t *was = m->was;

	if (m->count == m->size) {
		rules = arena_array(m->arena, size, sizeof(*rules));
		notes = arena_array(m->arena, size, sizeof(*notes));
		was = arena_array(m->arena, size, sizeof(*was));
		if (rules == NULL || notes == NULL || was == NULL)
			return err_set(m->e, ERR_NOMEM, "out of memory");
		if (m->count > 0) {
			memcpy(rules, m->rules, m->count * sizeof(*rules));
			memcpy(notes, m->notes, m->count * sizeof(*notes));
			memcpy(was, m->was, m->count * sizeof(*was));
		}
		m->rules = rules;
		m->notes = notes;
		m->was = was;
		m->size = size;
	}
	was[m->count] = -1;
	notes[m->count] = note;
	rules[m->count++] = *rule;
	return 0;
}

/* ---- Rules of the source ---- */

static bool
goes_to_cloud(const struct importing *m, const struct rule *r)
{
	const struct vendor_connector *c = cloud_of(m->x);

	return r->direction == RULE_OUTBOUND && c != NULL &&
	       text_equal(c->name, r->connector);
}

/* A target that the cloud's connector never has would stop every run. */
static int
check_targets(struct importing *m, struct rule *r, struct text *note)
{
	const struct connector_kind *kind =
	    connector_kind_find(text_of(m->how->cloud));
	struct text type = names_text(m->x->names, r->target_type);

	if (!goes_to_cloud(m, r) || kind == NULL || kind->writes == NULL)
		return 0;
	for (size_t i = 0; i < r->flow_count && !r->disabled; i++) {
		struct text to = names_text(m->x->names, r->flows[i].target);

		if (text_is(to, "dn") || kind->writes(type, to))
			continue;
		r->disabled = true;
		*note = text_of(arena_printf(m->arena,
		    "disabled: a connector of kind %s does not write %.*s of "
		    "%.*s",
		    m->how->cloud, TEXT_ARGS(to), TEXT_ARGS(type)));
		return import_tell(
		    m, "rule %.*s: %.*s", TEXT_ARGS(r->name), TEXT_ARGS(*note));
	}
	return 0;
}

/* The tag would make it bend to a schema; its own it never did. */
static int
keep_custom(struct importing *m, const struct classified *c)
{
	struct rule r = *c->rule;
	struct text note = {0};

	m->out->kept++;
	if (check_targets(m, &r, &note) < 0)
		return ERR_NOMEM;
	if (push(m, &r, note) < 0)
		return ERR_NOMEM;
	m->was[m->count - 1] = note.len > 0 ? -1 : r.precedence;
	return 0;
}

static int
keep_disabled(struct importing *m, const struct classified *c)
{
	struct text why = texts_join(m->arena, &c->detail, 6);
	struct rule r = *c->rule;
	struct text note = text_of(arena_printf(m->arena,
	    "%.*s, %s: ours takes its place; this is what it was.  %.*s",
	    TEXT_ARGS(r.tag),
	    c->class == CLASS_CHANGED ? "changed" : "perhaps changed",
	    TEXT_ARGS(why)));

	m->out->replaced++;
	m->out->disabled++;
	r.disabled = true;
	return push(m, &r, note);
}

static int
take_rule(struct importing *m, const struct classified *c)
{
	switch (c->class) {
	case CLASS_DEFAULT:
		m->out->replaced++;
		return 0;
	case CLASS_CHANGED:
	case CLASS_UNKNOWN:
		if (c->rule != NULL)
			return keep_disabled(m, c);
		m->out->replaced++;
		return 0;
	case CLASS_CUSTOM:
		return keep_custom(m, c);
	case CLASS_SCRIPTED:
		if (m->x->system == SYSTEM_DIRSYNC) /* its own */
			return 0;
		return import_tell(m, "%.*s:%d: %.*s: write it as a rule",
		    TEXT_ARGS(c->file), c->line, TEXT_ARGS(c->name));
	}
	return 0;
}

/* ---- Rules that carry a setting ---- */

static uint32_t
name_of(struct importing *m, const char *name)
{
	uint32_t n = 0;

	return names_intern(m->x->names, text_of(name), &n) < 0 ? 0 : n;
}

/* Inbound, of one directory and type, with one flow and one clause. */
struct carrier {
	const struct vendor_connector *c;
	const char *type, *target_type;
	const char *title;
	struct flow flow;
	struct scope_clause clause; /* op 0: none */
	struct text note;
};

static int
push_carrier(struct importing *m, const struct carrier *k)
{
	struct flow *flow = arena_array(m->arena, 1, sizeof(*flow));
	struct scope_clause *clause = arena_array(m->arena, 1, sizeof(*clause));
	struct scope_group *group = arena_array(m->arena, 1, sizeof(*group));
	struct rule r = {.direction = RULE_INBOUND,
	    .link = LINK_JOIN,
	    .connector = k->c->name,
	    .source_type = name_of(m, k->type),
	    .target_type = name_of(m, k->target_type),
	    .precedence = INT32_MAX};

	if (flow == NULL || clause == NULL || group == NULL)
		return err_set(m->e, ERR_NOMEM, "out of memory");
	*flow = k->flow;
	*clause = k->clause;
	*group = (struct scope_group){clause, 1};
	r.flows = flow;
	r.flow_count = 1;
	r.scope = group;
	r.scope_count = k->clause.op != 0 ? 1 : 0;
	r.name = text_of(arena_printf(m->arena, "In from %.*s - %s (%s)",
	    TEXT_ARGS(k->c->name), k->title, k->type));
	r.id = r.name;
	m->out->made++;
	return push(m, &r, k->note);
}

/* A directory has the types alone that it is read for: a rule of another would
 * stop every run. */
static bool
is_type_of(const struct importing *m, const struct vendor_connector *c,
    const char *type)
{
	const struct confsrc *s = &m->x->source->conf;

	for (size_t i = 0; i < s->connector_count; i++)
		if (s->connectors[i].vendor == c)
			return s->connectors[i].classes.count == 0 ||
			       texts_have(
				   &s->connectors[i].classes, text_of(type));
	return true;
}

/* Enabled accounts first, as everywhere where sign-in is concerned. */
static int
alternate_id(struct importing *m, const struct vendor_connector *c,
    const char *type, bool enabled)
{
	struct text from = fact_value(m->x, "upn_attribute");
	char *text = arena_printf(m->arena,
	    "IIF(IsPresent([%.*s]),[%.*s],AuthoritativeNull)", TEXT_ARGS(from),
	    TEXT_ARGS(from));
	struct carrier k = {.c = c,
	    .type = type,
	    .target_type = "person",
	    .title = enabled ? "Alternate ID" : "Alternate ID of disabled",
	    .flow = {.target = name_of(m, "userPrincipalName"),
		.kind = FLOW_EXPRESSION,
		.merge = MERGE_UPDATE,
		.text = text_of(text)},
	    .note = TEXT("the alternate ID of the old server: the name in the "
			 "cloud comes from this attribute")};

	if (enabled)
		k.clause = (struct scope_clause){
		    .name = name_of(m, "userAccountControl"),
		    .op = SCOPE_ISBITNOTSET,
		    .value = TEXT("2")};
	return push_carrier(m, &k);
}

static int
alternate_ids(struct importing *m)
{
	static const char *const types[] = {"user", "inetOrgPerson"};
	struct text from = fact_value(m->x, "upn_attribute");
	const struct vendor *v = vendor_of(m->x);
	int rc = 0;

	if (from.len == 0 || text_is_nocase(from, "userPrincipalName"))
		return 0;
	for (int enabled = 1; enabled >= 0; enabled--)
		for (size_t i = 0; i < v->connector_count && rc == 0; i++)
			for (size_t t = 0; t < 2 && rc == 0; t++)
				if (v->connectors[i].kind == VENDOR_AD &&
				    is_type_of(m, &v->connectors[i], types[t]))
					rc = alternate_id(m, &v->connectors[i],
					    types[t], enabled != 0);
	return rc;
}

static struct text
group_filter(const struct vendor_connector *c)
{
	for (size_t i = 0; i < c->params.count; i++)
		if (text_is_nocase(c->params.items[i].name,
			"Connector.GroupFilteringGroupDn"))
			return c->params.items[i].value;
	return TEXT("");
}

static int
group_filters(struct importing *m, const struct vendor_connector *c)
{
	static const struct {
		const char *type, *mv;
	} types[] = {{"user", "person"}, {"inetOrgPerson", "person"},
	    {"contact", "person"}, {"group", "group"}};
	struct text dn = group_filter(c);
	int rc = 0;

	if (c->kind != VENDOR_AD || dn.len == 0)
		return 0;
	for (size_t i = 0; i < 4 && rc == 0; i++) {
		struct carrier k = {.c = c,
		    .type = types[i].type,
		    .target_type = types[i].mv,
		    .title = "Group filter",
		    .flow = {.target = name_of(m, "cloudFiltered"),
			.kind = FLOW_CONSTANT,
			.merge = MERGE_UPDATE,
			.text = TEXT("True")},
		    .clause = {.op = SCOPE_ISNOTMEMBEROF, .value = dn},
		    .note = TEXT("the group filter of the old server: direct "
				 "members alone")};

		if (is_type_of(m, c, types[i].type))
			rc = push_carrier(m, &k);
	}
	return rc;
}

static int
carriers(struct importing *m)
{
	const struct vendor *v = vendor_of(m->x);
	int rc = alternate_ids(m);

	for (size_t i = 0; i < v->connector_count && rc == 0; i++)
		rc = group_filters(m, &v->connectors[i]);
	return rc;
}

/* ---- Numbers ---- */

static bool
numbers_stand(const struct importing *m)
{
	bool seen[IMPORT_USUAL_OWN] = {false};

	for (size_t i = 0; i < m->count; i++) {
		const struct rule *r = &m->rules[i];

		if (r->disabled)
			continue;
		if (r->precedence < 0 ||
		    r->precedence >= (int32_t)IMPORT_USUAL_OWN ||
		    seen[r->precedence])
			return false;
		seen[r->precedence] = true;
	}
	return true;
}

/* Of those alone whose number is another one now. */
static int
note_numbers(struct importing *m)
{
	for (size_t i = 0; i < m->count; i++) {
		char *note;

		if (m->was[i] < 0 || m->was[i] == m->rules[i].precedence)
			continue;
		note = arena_printf(
		    m->arena, "its precedence was %d", (int)m->was[i]);
		if (note == NULL)
			return err_set(m->e, ERR_NOMEM, "out of memory");
		m->notes[i] = text_of(note);
	}
	return 0;
}

/* A rule without a number takes the next that is free: so the built-in ones
 * stay behind all of these, however many they are. */
static int
tell_many(struct importing *m, size_t own)
{
	if (own <= IMPORT_USUAL_OWN)
		return 0;
	return import_tell(m,
	    "%zu rules of your own have the precedences 0 to %zu, in their "
	    "order; the built-in ones follow them from %zu on",
	    own, own - 1, own);
}

/* Where the old numbers do not fit, the order stays. */
static int
number(struct importing *m)
{
	size_t own = 0, next = 0;

	for (size_t i = 0; i < m->count; i++)
		own += !m->rules[i].disabled;
	if (own > RULESET_MAX_RULES / 2)
		return err_set(m->e, ERR_LIMIT,
		    "%zu rules of your own: more than %u are not read", own,
		    RULESET_MAX_RULES / 2);
	if (!numbers_stand(m))
		for (size_t i = 0; i < m->count; i++)
			if (!m->rules[i].disabled)
				m->rules[i].precedence = (int32_t)next++;
	if (tell_many(m, own) < 0)
		return ERR_NOMEM;
	return note_numbers(m);
}

int
import_rules(struct importing *m)
{
	int rc = 0;

	for (size_t i = 0; i < m->x->rule_count && rc == 0; i++)
		rc = take_rule(m, &m->x->rules[i]);
	if (rc < 0 || !import_by_default_rules(m))
		return rc;
	rc = carriers(m);
	return rc == 0 ? number(m) : rc;
}
