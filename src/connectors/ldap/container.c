/* connectors/ldap/container.c -- where a container is, by name or by what never
 * changes of it. */
#include "connectors/ldap/core.h"

static const char guid_attr[] = "objectGUID";

int
core_container(struct connector *connector, const struct entry *which,
    struct arena *a, struct entry *out, struct err *e)
{
	struct core *c = (struct core *)connector;
	static const char *const attrs[] = {guid_attr, NULL};
	struct ldap_query q = {.attrs = attrs};
	struct ldap_item item;
	int r;

	if (which->anchor.len != 0)
		q.base = c->flavour->address(a, which->anchor);
	else
		q.base = arena_strndup(a, which->dn.data, which->dn.len);
	if (q.base == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = ldap_session_read(c->session, &q, a, &item, e);
	if (r == ERR_NOENT)
		return 0;
	if (r < 0)
		return r;
	out->anchor = text_dup(a, ldap_item_first(&item, guid_attr));
	r = c->flavour->name(a, item.dn, &out->dn, NULL);
	return r < 0 ? err_set(e, r, "out of memory")
		     : r == 1 && out->anchor.len != 0;
}
