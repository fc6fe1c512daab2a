/* connectors/ldap/ldap.c -- see ldap.h: the plain flavour of core.h. */
#include "connectors/ldap/ldap.h"

#include <string.h>

#include "connectors/ldap/delta.h"

static const struct core_type ldap_types[] = {
    {"inetOrgPerson", "inetOrgPerson", false},
    {"organizationalPerson", "organizationalPerson", false},
    {"person", "person", false},
    {"groupOfNames", "groupOfNames", false},
    {"groupOfUniqueNames", "groupOfUniqueNames", false},
    /* RFC 2307bis: the same attributes, and may be empty */
    {"groupOfMembers", "groupOfNames", false},
    {"organizationalUnit", "organizationalUnit", false},
    {"organization", "organization", false},
    {"device", "device", false},
    {NULL, NULL, false},
};

/* "cn=x,dc=y#'0101'B": the bit string of RFC 4517 3.3.21 tells a name from
 * the same name used again, which entryUUID does better. */
static struct text
without_uid(struct text t)
{
	const char *hash;

	if (t.len < 3 || t.data[t.len - 1] != 'B' || t.data[t.len - 2] != '\'')
		return t;
	hash = memrchr(t.data, '#', t.len);
	if (hash != NULL && hash + 1 < t.data + t.len && hash[1] == '\'')
		t.len = (size_t)(hash - t.data);
	return t;
}

static int
ldap_name(struct arena *a, struct text raw, struct text *out_dn,
    struct value *out_ref)
{
	*out_dn = text_dup(a, out_ref != NULL ? without_uid(raw) : raw);
	if (out_ref != NULL)
		*out_ref = value_reference_dn(*out_dn);
	if (out_dn->data == NULL)
		return ERR_NOMEM;
	return out_dn->len != 0 ? 1 : 0;
}

/* Whatever has others below it. */
static int
ldap_containers(
    struct core *c, struct arena *a, const char **out, struct err *e)
{
	(void)a;
	(void)e;
	if (map_get(c->attrs, TEXT("hasSubordinates")) != NULL)
		*out = "(hasSubordinates=TRUE)";
	return 0;
}

static const struct core_flavour ldap_flavour = {
    .kind = &ldap_connector_kind,
    .types = ldap_types,
    .default_partition = "namingContexts",
    .name = ldap_name,
    .rights = core_partition_rights,
    .containers = ldap_containers,
    .containers_slow = true,
    .unique_anchor = "entryUUID",
};

static int
ldap_kind_open(
    const struct connector_env *env, struct connector **out, struct err *e)
{
	return core_open(env, &ldap_flavour, out, e);
}

static const struct connector_ops ldap_ops = {
    .open = ldap_kind_open,
    .close = core_close,
    .schema = core_schema,
    .partitions = core_partitions,
    .full_import = ldap_full_import,
    .recheck = core_recheck,
    .delta_import = ldap_delta_import,
    .read_object = ldap_read_object,
    .look = core_look,
    .health = core_health,
    .rights = core_rights,
    .watch = ldap_watch,
    .can_export = core_can_export,
    .adds_late = core_adds_late,
    .export = core_export,
    .export_start = core_export_start,
    .export_pump = core_export_pump,
    .export_finish = core_export_finish,
};

const struct connector_kind ldap_connector_kind = {
    .name = "ldap",
    .title = "LDAP directory (OpenLDAP, 389 Directory Server)",
    .can = CAN_EXPORT | CAN_DELTA_IMPORT | CAN_WATCH | CAN_RENAME |
	   CAN_MAKE_ANCHOR | CAN_DROP_REFS,
    .import_batch = 500,
    .export_batch = 1000,
    .ops = &ldap_ops,
};
