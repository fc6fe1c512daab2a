/*
 * connectors/ad/restore.c -- whether a deleted object can come back as itself.
 *
 * MS-ADTS 3.1.1.5.5: without the recycle bin a deleted object is a tombstone,
 * which keeps its objectGUID, its objectSid and little else; with it, it keeps
 * everything until it is recycled, and then nobody brings it back.
 */
#include <string.h>

#include "connectors/ad/ad_int.h"
#include "connectors/ad/wire.h"

#define READ_MAX_BYTES (1U << 20)

/* What the directory keeps by itself, though its schema lets it be written. */
const char *const ad_own_attrs[] = {
    "accountNameHistory",
    "adminCount",
    "badPasswordTime",
    "badPwdCount",
    "creationTime",
    "distinguishedName",
    "dSCorePropagationData",
    "instanceType",
    "isDeleted",
    "isRecycled",
    "lastKnownParent",
    "lastLogoff",
    "lastLogon",
    "lastLogonTimestamp",
    "lockoutTime",
    "logonCount",
    "msDS-LastKnownRDN",
    "name",
    "nTSecurityDescriptor",
    "objectCategory",
    "objectClass",
    "objectGUID",
    "objectSid",
    "primaryGroupID",
    "pwdLastSet",
    "sAMAccountType",
    "sIDHistory",
    "systemFlags",
    "uSNChanged",
    "uSNCreated",
    "whenChanged",
    "whenCreated",
    NULL,
};

static bool
has_recycle_bin(struct core *c, struct arena *a)
{
	static const char *const attrs[] = {"msDS-EnabledFeature", NULL};
	struct text config = ldap_item_first(
	    ldap_session_root(c->session), "configurationNamingContext");
	struct ldap_query q = {.attrs = attrs};
	struct ldap_item item = {.count = 0};
	const struct ldap_attr *on;

	q.base = arena_printf(a, "CN=Partitions,%.*s", TEXT_ARGS(config));
	if (q.base == NULL ||
	    ldap_session_read(c->session, &q, a, &item, NULL) != 0)
		return false;
	on = ldap_item_find(&item, "msDS-EnabledFeature");
	for (size_t i = 0; on != NULL && i < on->count; i++)
		if (text_starts_nocase(
			on->values[i], "CN=Recycle Bin Feature,"))
			return true;
	return false;
}

static bool
has_password(const struct core *c, uint32_t type)
{
	struct text name = names_text(c->env.names, type);

	return text_is(name, "user") || text_is(name, "inetOrgPerson") ||
	       text_is(name, "computer");
}

/* Of one that is deleted: 1, with a word of what is lost; or 0 and why. */
static int
judge(struct core *c, const struct ldap_item *item, uint32_t type,
    struct arena *a, struct err *e)
{
	bool bin = has_recycle_bin(c, a);

	if (bin && ad_is_samba(c)) {
		(void)err_set(e, ERR_UNSUPPORTED,
		    "Samba brings nothing back while the recycle bin is on");
		return 0;
	}
	if (bin &&
	    text_is_nocase(ldap_item_first(item, "isRecycled"), "TRUE")) {
		(void)err_set(e, ERR_UNSUPPORTED,
		    "it was deleted for good: the recycle bin keeps it no "
		    "longer");
		return 0;
	}
	if (!bin && text_is(names_text(c->env.names, type), "msDS-Device")) {
		(void)err_set(e, ERR_UNSUPPORTED,
		    "without a recycle bin it has lost what its class has to "
		    "have (altSecurityIdentities, displayName); a cycle makes "
		    "the record of each device that the cloud has");
		return 0;
	}
	if (!bin)
		(void)err_set(e, ERR_UNSUPPORTED,
		    "it comes back with its objectGUID and objectSid%s; the "
		    "directory leaves marks (lastKnownParent, of Samba "
		    "adminCount and operatorCount)",
		    has_password(c, type) ? ", without its password" : "");
	return 1;
}

int
ad_can_restore(
    struct connector *connector, const struct export_item *item, struct err *e)
{
	static const char *const attrs[] = {"isDeleted", "isRecycled", NULL};
	struct core *c = (struct core *)connector;
	CLEANUP(arena_freep)
	struct arena *a = arena_new(READ_MAX_BYTES);
	struct ldap_query q = {
	    .attrs = attrs, .flags = LDAP_QUERY_SHOW_DELETED};
	struct ldap_item found = {.count = 0};
	struct err why = {0};
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	q.base = ad_address(a, item->anchor);
	if (q.base == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = ldap_session_read(c->session, &q, a, &found, &why);
	if (r == ERR_NOENT || r == ERR_ACCESS) {
		(void)err_set(e, ERR_UNSUPPORTED,
		    "it was deleted for good, or %.*s may not see what was "
		    "deleted",
		    TEXT_ARGS(c->conf->user));
		return 0;
	}
	if (r < 0)
		return err_type(e, r, why.type, "%s", why.text);
	if (!text_is_nocase(ldap_item_first(&found, "isDeleted"), "TRUE"))
		return 1;
	return judge(c, &found, item->type, a, e);
}
