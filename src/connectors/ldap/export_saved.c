/*
 * connectors/ldap/export_saved.c -- all of an object that can be written again.
 *
 * Rules read a few attributes of an object; who undoes a deletion wants all of
 * them back.  So the object is read once more just before it is deleted, as a
 * whole, and what it held goes to the journal: not what the directory sets by
 * itself, and no password.
 */
#include "connectors/ldap/export_int.h"
#include "model/dn_binary.h"
#include "model/password.h"

static bool
is_own(const struct core *c, struct text name)
{
	const char *const *own = c->flavour->own_attrs;

	for (; own != NULL && *own != NULL; own++)
		if (text_is_nocase(name, *own))
			return true;
	return false;
}

/* Who refers to it: nobody writes that, and an undo says what of it is lost. */
static bool
is_back_link(const struct core *c, struct text name)
{
	const struct core_attr *known = map_get(c->attrs, name);

	return c->flavour->own_attrs != NULL && known != NULL &&
	       known->read_only && known->type == VALUE_REFERENCE &&
	       !known->by_sid && !is_own(c, name);
}

bool
saved_can_write(const struct core *c, struct text name)
{
	const struct core_attr *known = map_get(c->attrs, name);

	return known != NULL && !known->read_only &&
	       !password_attribute(name) && !is_own(c, name);
}

/* A value that is not of its type is kept as its octets: what it is does not
 * matter to one who writes it again. */
static int
saved_value(struct core *c, struct arena *a, enum value_type type,
    struct text raw, struct value *out)
{
	struct text dn, copy;
	int r;

	if (type == VALUE_DN_BINARY)
		return core_dn_binary(c, a, raw, out);
	if (type == VALUE_REFERENCE) { /* by name: for people as well */
		r = c->flavour->name(a, raw, &dn, out);
		if (r == 1)
			*out = value_reference_dn(dn);
		return r;
	}
	copy = text_dup(a, raw);
	if (copy.data == NULL)
		return ERR_NOMEM;
	if (value_parse(type, copy, out, NULL) != 0)
		*out = value_binary(copy);
	return 1;
}

static int
saved_attr(struct core *c, const struct ldap_attr *attr, struct text own,
    struct arena *a, struct attrs *out)
{
	const struct core_attr *known = map_get(c->attrs, attr->name);
	struct value v;
	uint32_t name = 0;
	int r = names_intern_nocase(c->env.names, attr->name, &name);

	for (size_t i = 0; i < attr->count && r >= 0; i++) {
		r = saved_value(c, a,
		    known->by_sid ? VALUE_BINARY : known->type, attr->values[i],
		    &v);
		if (r == 1) {
			dn_binary_settle(&v, 1, TEXT(""), own);
			r = attrs_add(a, out, name, v);
		}
		r = r == ERR_TYPE ? 0 : r; /* a reference to nobody */
	}
	return r < 0 ? r : 0;
}

int
saved_read(struct export_job *j, const char *dn, struct attrs *out)
{
	struct core *c = j->c;
	const struct ldap_query q = {
	    .base = dn, .flags = c->flavour->query_flags | LDAP_QUERY_NO_PAGES};
	struct ldap_item item = {.count = 0};
	struct text own = TEXT("");
	struct err why = {0};
	int r = ldap_session_read(c->session, &q, j->keep, &item, &why);

	*out = (struct attrs){0};
	if (r == ERR_CONNECT || r == ERR_CANCELLED || r == ERR_NOMEM)
		return err_type(j->err, r, why.type, "%s", why.text);
	if (r < 0) /* not there, or not to be seen: the write says so */
		return 0;
	r = c->flavour->name(j->keep, item.dn, &own, NULL);
	r = r < 0 ? r : 0;
	for (size_t i = 0; i < item.count && r == 0; i++)
		if (saved_can_write(c, item.attrs[i].name) ||
		    is_back_link(c, item.attrs[i].name))
			r = saved_attr(c, &item.attrs[i], own, j->keep, out);
	return r < 0 ? err_set(j->err, r, "%s: out of memory", dn) : 1;
}
