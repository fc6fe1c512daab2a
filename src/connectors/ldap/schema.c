/* connectors/ldap/schema.c -- the directory's own description of itself. */
#include "base/log.h"
#include "connectors/ldap/core.h"
#include "proto/ldap_defs.h"

#define SUP_MAX     16U /* attribute types above one */
#define SYNTAX_BASE "1.3.6.1.4.1.1466.115.121.1."

/* Syntaxes that are not text (docs/engine/model.md 1.3; RFC 4517;
 * MS-ADTS 3.1.1.2.2). Times stay text. */
static const struct {
	const char *oid;
	enum value_type type;
} syntaxes[] = {
    {SYNTAX_BASE "27", VALUE_INTEGER},
    {"1.2.840.113556.1.4.906", VALUE_INTEGER},
    {SYNTAX_BASE "7", VALUE_BOOLEAN},
    {SYNTAX_BASE "4", VALUE_BINARY},
    {SYNTAX_BASE "5", VALUE_BINARY},
    {SYNTAX_BASE "8", VALUE_BINARY},
    {SYNTAX_BASE "9", VALUE_BINARY},
    {SYNTAX_BASE "10", VALUE_BINARY},
    {SYNTAX_BASE "23", VALUE_BINARY},
    {SYNTAX_BASE "28", VALUE_BINARY},
    {SYNTAX_BASE "40", VALUE_BINARY},
    {SYNTAX_BASE "49", VALUE_BINARY},
    {"1.2.840.113556.1.4.907", VALUE_BINARY},
    {SYNTAX_BASE "12", VALUE_REFERENCE},
    {SYNTAX_BASE "34", VALUE_REFERENCE},
    {"1.2.840.113556.1.4.1221", VALUE_REFERENCE},
    {"1.2.840.113556.1.4.903", VALUE_DN_BINARY},
    {"1.2.840.113556.1.4.904", VALUE_REFERENCE},
};

enum value_type
core_syntax_type(struct text oid)
{
	for (size_t i = 0; i < oid.len; i++)
		if (oid.data[i] == '{') /* a length behind it */
			oid.len = i;
	for (size_t i = 0; i < sizeof(syntaxes) / sizeof(syntaxes[0]); i++)
		if (text_is(oid, syntaxes[i].oid))
			return syntaxes[i].type;
	return VALUE_STRING;
}

/* While the schema is read: every definition under its names and its OID. */
struct schema_load {
	struct core *c;
	struct arena *arena; /* of this load */
	struct map *defs;
	struct ldap_attr_def **list; /* in the order of the server */
	size_t count;
};

/* One definition that cannot be read is passed over: a rule that uses its
 * attribute is then told that there is none. */
static bool
def_broken(int r, const struct err *e)
{
	if (r != ERR_SYNTAX && r != ERR_LIMIT)
		return false;
	log_event(LOG_DEBUG, "ldap.schema.skipped", "why", e->text, NULL);
	return true;
}

static int
def_add(struct schema_load *l, struct text t)
{
	struct ldap_attr_def *d = arena_alloc(l->arena, sizeof(*d));
	struct err e = {0};
	int r;

	if (d == NULL)
		return ERR_NOMEM;
	r = ldap_attr_def_parse(l->arena, t, d, &e);
	if (def_broken(r, &e))
		return 0;
	l->list[l->count++] = d;
	if (r == 0 && d->oid.len != 0)
		r = map_put(l->defs, d->oid, d);
	for (size_t i = 0; r == 0 && i < d->name_count; i++)
		r = map_put(l->defs, d->names[i], d);
	return r;
}

static struct text
def_syntax(const struct schema_load *l, const struct ldap_attr_def *d)
{
	for (unsigned i = 0; i < SUP_MAX && d != NULL; i++) {
		if (d->syntax.len != 0)
			return d->syntax;
		d = d->sup.len != 0 ? map_get(l->defs, d->sup) : NULL;
	}
	return (struct text){NULL, 0};
}

/* Certificates and their like (RFC 4523 2). */
static bool
goes_by_octets(struct text syntax)
{
	return text_is(syntax, "1.3.6.1.4.1.1466.115.121.1.8") ||
	       text_is(syntax, "1.3.6.1.4.1.1466.115.121.1.9") ||
	       text_is(syntax, "1.3.6.1.4.1.1466.115.121.1.10");
}

static bool
goes_by_sid(const struct core *c, struct text name)
{
	const char *const *n = c->flavour->by_sid;

	while (n != NULL && *n != NULL && !text_is_nocase(name, *n))
		n++;
	return n != NULL && *n != NULL;
}

static int
def_keep(struct schema_load *l, const struct ldap_attr_def *d)
{
	struct core *c = l->c;
	struct core_attr *attr;
	int r = 0;

	if (d->name_count == 0 || map_get(c->attrs, d->names[0]) != NULL)
		return 0;
	attr = arena_alloc(c->arena, sizeof(*attr));
	if (attr == NULL)
		return ERR_NOMEM;
	attr->type = core_syntax_type(def_syntax(l, d));
	attr->by_sid = goes_by_sid(c, d->names[0]);
	if (attr->by_sid)
		attr->type = VALUE_REFERENCE;
	attr->multi = !d->single;
	attr->read_only = d->read_only;
	attr->by_octets = goes_by_octets(def_syntax(l, d));
	attr->name = text_dup(c->arena, d->names[0]);
	if (attr->name.data == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; r == 0 && i < d->name_count; i++)
		r = map_put(c->attrs, d->names[i], attr);
	if (r == 0 && d->oid.len != 0)
		r = map_put(c->attrs, d->oid, attr);
	c->attr_list[c->attr_count++] = attr;
	return r;
}

static int
attributes_load(struct schema_load *l, const struct ldap_attr *types)
{
	struct core *c = l->c;
	int r = 0;

	c->attr_list =
	    arena_array(c->arena, types->count, sizeof(struct core_attr *));
	l->list =
	    arena_array(l->arena, types->count, sizeof(struct ldap_attr_def *));
	if (c->attr_list == NULL || l->list == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; r == 0 && i < types->count; i++)
		r = def_add(l, types->values[i]);
	for (size_t i = 0; r == 0 && i < l->count; i++)
		r = def_keep(l, l->list[i]);
	return r;
}

static bool
needs_reference(const struct core *c, const struct ldap_class_def *d)
{
	for (size_t i = 0; i < d->must_count; i++) {
		const struct core_attr *attr = map_get(c->attrs, d->musts[i]);

		if (attr != NULL && attr->type == VALUE_REFERENCE)
			return true;
	}
	return false;
}

/* A class under each of its names: whose child it is. */
static int
class_add(struct schema_load *l, struct text t)
{
	struct core *c = l->c;
	struct ldap_class_def d;
	struct text *parent = arena_alloc(c->arena, sizeof(*parent));
	struct err e = {0};
	int r;

	if (parent == NULL)
		return ERR_NOMEM;
	r = ldap_class_def_parse(l->arena, t, &d, &e);
	if (r != 0)
		return def_broken(r, &e) ? 0 : r;
	if (d.sup_count != 0) {
		*parent = text_dup(c->arena, d.sups[0]);
		if (parent->data == NULL)
			return ERR_NOMEM;
	}
	for (size_t i = 0; r == 0 && i < d.name_count; i++)
		r = map_put(c->parent, d.names[i], parent);
	for (size_t i = 0; r == 0 && needs_reference(c, &d) && i < d.name_count;
	     i++)
		r = map_put(c->late, d.names[i], parent);
	return r;
}

/* Matching rules under name and OID, for filters that name one. */
static int
rule_add(struct schema_load *l, struct text t)
{
	struct core *c = l->c;
	struct ldap_rule_def d;
	struct err e = {0};
	int r = ldap_rule_def_parse(l->arena, t, &d, &e);

	if (r != 0)
		return def_broken(r, &e) ? 0 : r;
	r = map_put(c->match_rules, d.oid, c);
	for (size_t i = 0; r == 0 && i < d.name_count; i++)
		r = map_put(c->match_rules, d.names[i], c);
	return r;
}

static int
subschema_read(
    struct core *c, struct arena *a, struct ldap_item *out, struct err *e)
{
	static const char *const attrs[] = {
	    "attributeTypes", "objectClasses", "matchingRules", NULL};
	struct text dn =
	    ldap_item_first(ldap_session_root(c->session), "subschemaSubentry");
	struct ldap_query q = {.attrs = attrs};
	int r;

	if (dn.len == 0)
		return err_type(e, ERR_ACCESS, "failed-permission",
		    "%.*s: the root DSE names no subschema",
		    TEXT_ARGS(ldap_session_server(c->session)));
	q.base = arena_strndup(a, dn.data, dn.len);
	if (q.base == NULL)
		return ERR_NOMEM;
	r = ldap_session_read(c->session, &q, a, out, e);
	if (r == ERR_NOENT ||
	    (r == 0 && (ldap_item_find(out, "attributeTypes") == NULL ||
			   ldap_item_find(out, "objectClasses") == NULL)))
		return err_type(e, ERR_ACCESS, "failed-permission",
		    "%.*s: the schema at %s cannot be read",
		    TEXT_ARGS(ldap_session_server(c->session)), q.base);
	return r;
}

int
core_schema_load(struct core *c, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	CLEANUP(map_freep)
	struct map *defs = map_new(true);
	struct schema_load l = {.c = c, .arena = a, .defs = defs};
	const struct ldap_attr *classes, *rules;
	struct ldap_item item;
	int r = a == NULL || defs == NULL ? ERR_NOMEM : 0;

	if (r == 0)
		r = subschema_read(c, a, &item, e);
	if (r == 0)
		r = attributes_load(
		    &l, ldap_item_find(&item, "attributeTypes"));
	if (r != 0)
		return r;
	classes = ldap_item_find(&item, "objectClasses");
	for (size_t i = 0; r == 0 && i < classes->count; i++)
		r = class_add(&l, classes->values[i]);
	rules = ldap_item_find(&item, "matchingRules");
	for (size_t i = 0; r == 0 && rules != NULL && i < rules->count; i++)
		r = rule_add(&l, rules->values[i]);
	return r;
}

int
core_schema(struct connector *connector, struct schema *s, struct err *e)
{
	struct core *c = (struct core *)connector;
	int r = 0;

	for (size_t i = 0; r == 0 && i < c->attr_count; i++) {
		const struct core_attr *attr = c->attr_list[i];
		struct schema_attr out = {.type = attr->type,
		    .multi = attr->multi,
		    .read_only = attr->read_only};

		r = names_intern_nocase(c->env.names, attr->name, &out.name);
		if (r == 0)
			r = schema_add(s, out, e);
	}
	for (size_t i = 0; r == 0 && i < c->class_count; i++)
		if (c->classes[i].selected)
			r = schema_add_type(s, c->classes[i].type);
	return r;
}
