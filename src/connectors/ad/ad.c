/* connectors/ad/ad.c -- see ad.h. */
#include "connectors/ad/ad.h"

#include "connectors/ad/ad_int.h"
#include "connectors/ad/name.h"
#include "connectors/ad/wire.h"
#include "connectors/ldap/core.h"

static const struct core_type ad_types[] = {
    {"user", "user", false},
    {"inetOrgPerson", "inetOrgPerson", true},
    {"contact", "contact", false},
    {"group", "group", false},
    {"computer", "computer", true},
    {"foreignSecurityPrincipal", "foreignSecurityPrincipal", false},
    {"msDS-Device", "msDS-Device", false},
    {"organizationalUnit", "organizationalUnit", false},
    {"container", "container", false},
    {"domainDNS", "domainDNS", false},
    {NULL, NULL, false},
};

static bool
ad_is_dead(const struct ldap_item *item)
{
	return text_is_nocase(ldap_item_first(item, "isDeleted"), "TRUE");
}

/* MS-ADTS 3.1.1.3.4.4: its schema does not list them. */
static const char *const ad_match_rules[] = {
    "1.2.840.113556.1.4.803",  /* every bit */
    "1.2.840.113556.1.4.804",  /* any bit */
    "1.2.840.113556.1.4.1941", /* along a chain of links */
    "1.2.840.113556.1.4.2253", /* the octets of a DN with binary */
    NULL,
};

/* Of who joined a computer, and whose device it is (MS-ADTS 2.2, MS-DVRE). */
static const char *const ad_by_sid[] = {
    "msDS-RegisteredOwner", "msDS-RegisteredUsers", "mS-DS-CreatorSID", NULL};

static const struct core_flavour ad_flavour = {
    .kind = &ad_connector_kind,
    .types = ad_types,
    .query_flags = LDAP_QUERY_EXTENDED_DN,
    .match_rules = ad_match_rules,
    .default_partition = "defaultNamingContext",
    .name = ad_name_parse,
    .dead_attr = "isDeleted",
    .is_dead = ad_is_dead,
    .containers = ad_containers,
    .unique_anchor = "objectGUID",
    .names_itself = true,
    .address = ad_address,
    .refer = ad_refer,
    .cannot_add = ad_cannot_add,
    .by_sid = ad_by_sid,
    .sid_object = ad_sid_object,
    .object_sid = ad_object_sid,
    .own_attrs = ad_own_attrs,
    .rights = ad_partition_rights,
};

/* ---- Parameters ---- */

struct cross_ref {
	struct text fqdn;
	struct text netbios;
};

/* CN=Partitions holds a crossRef for every naming context of the forest. */
static int
cross_ref_read(struct core *c, struct text dn, struct arena *a,
    struct cross_ref *out, struct err *e)
{
	CLEANUP(ldap_cursor_freep)
	struct ldap_cursor *cursor = NULL;
	static const char *const attrs[] = {
	    "nCName", "dnsRoot", "nETBIOSName", NULL};
	const struct ldap_item *item = NULL;
	struct text config = ldap_item_first(
	    ldap_session_root(c->session), "configurationNamingContext");
	struct ldap_query q = {.depth = LDAP_DEPTH_CHILDREN,
	    .filter = "(objectClass=crossRef)",
	    .attrs = attrs};
	struct text key, other, plain;
	int r = dn_key(a, dn, &key);

	q.base = arena_printf(a, "CN=Partitions,%.*s", TEXT_ARGS(config));
	if (r != 0 || q.base == NULL)
		return ERR_NOMEM;
	r = ldap_cursor_begin(c->session, &q, &cursor, e);
	if (r == 0)
		r = ldap_cursor_next(cursor, &item, e);
	for (; r == 1; r = ldap_cursor_next(cursor, &item, e)) {
		r = ad_name_parse(
		    a, ldap_item_first(item, "nCName"), &plain, NULL);
		if (r <= 0 || dn_key(a, plain, &other) != 0 ||
		    !text_equal(key, other))
			continue;
		out->fqdn = text_dup(a, ldap_item_first(item, "dnsRoot"));
		out->netbios =
		    text_dup(a, ldap_item_first(item, "nETBIOSName"));
	}
	if (r == 0 && out->fqdn.len == 0)
		return err_type(e, ERR_CONFIG, "failed-search",
		    "%s has no crossRef for \"%.*s\"", q.base, TEXT_ARGS(dn));
	return r;
}

static int
ad_parameters(struct connector *connector, struct text partition,
    connector_parameter_fn *each, void *ctx, struct err *e)
{
	struct core *c = (struct core *)connector;
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	struct cross_ref domain = {0}, forest = {0};
	struct text root = ldap_item_first(
	    ldap_session_root(c->session), "rootDomainNamingContext");
	int r = a != NULL ? 0 : ERR_NOMEM;

	if (r == 0)
		r = cross_ref_read(c, partition, a, &domain, e);
	if (r == 0)
		r = cross_ref_read(c, root, a, &forest, e);
	if (r == 0)
		r = each(ctx, TEXT("Domain.FQDN"), domain.fqdn);
	if (r == 0)
		r = each(ctx, TEXT("Domain.LDAP"), partition);
	if (r == 0)
		r = each(ctx, TEXT("Domain.Netbios"), domain.netbios);
	if (r == 0)
		r = each(ctx, TEXT("Forest.FQDN"), forest.fqdn);
	if (r == 0)
		r = each(ctx, TEXT("Forest.LDAP"), root);
	if (r == 0)
		r = each(ctx, TEXT("Forest.Netbios"), forest.netbios);
	return r;
}

/* ---- The kind ---- */

static int
ad_open(const struct connector_env *env, struct connector **out, struct err *e)
{
	return core_open(env, &ad_flavour, out, e);
}

static const struct connector_ops ad_ops = {
    .open = ad_open,
    .close = core_close,
    .schema = core_schema,
    .partitions = core_partitions,
    .parameters = ad_parameters,
    .full_import = ad_full_import,
    .recheck = core_recheck,
    .delta_import = ad_delta_import,
    .read_object = ad_read_object,
    .look = core_look,
    .container = core_container,
    .health = core_health,
    .rights = core_rights,
    .can_export = core_can_export,
    .adds_late = core_adds_late,
    .can_restore = ad_can_restore,
    .export = core_export,
    .export_start = core_export_start,
    .export_pump = core_export_pump,
    .export_finish = core_export_finish,
    .watch = ad_watch,
};

const struct connector_kind ad_connector_kind = {
    .name = "ad",
    .title = "Active Directory (Microsoft, Samba)",
    .can = CAN_EXPORT | CAN_RENAME | CAN_REFS_BY_ANCHOR | CAN_MAKE_ANCHOR |
	   CAN_DELTA_IMPORT | CAN_WATCH | CAN_DROP_REFS,
    .import_batch = 500,
    .export_batch = 1000,
    .ops = &ad_ops,
};
