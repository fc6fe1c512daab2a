#include "tenant/prop.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A row: name, type, format, flags, longest, items. */
#define STR(n, fl, mx)                                                       \
	{                                                                    \
		.name = (n), .type = PROP_STRING, .flags = (fl), .max = (mx) \
	}
#define STRF(n, f, fl, mx)                                       \
	{                                                        \
		.name = (n), .type = PROP_STRING, .format = (f), \
		.flags = (fl), .max = (mx)                       \
	}
#define BOOL(n, fl)                                              \
	{                                                        \
		.name = (n), .type = PROP_BOOLEAN, .flags = (fl) \
	}
#define DATE(n, fl)                                           \
	{                                                     \
		.name = (n), .type = PROP_DATE, .flags = (fl) \
	}
#define LIST(n, f, fl, mx, it)                                    \
	{                                                         \
		.name = (n), .type = PROP_STRINGS, .format = (f), \
		.flags = (fl), .max = (mx), .max_items = (it)     \
	}
#define OBJ(n, fl, s)                                                         \
	{                                                                     \
		.name = (n), .type = PROP_OBJECT, .flags = (fl), .subs = (s), \
		.nsubs = LEN(s)                                               \
	}
#define OBJS(n, fl)                                              \
	{                                                        \
		.name = (n), .type = PROP_OBJECTS, .flags = (fl) \
	}

// clang-format off
static const struct prop password_profile[] = {
	STRF("password", FMT_PASSWORD, P_WRITE | P_HIDDEN, 256),
	BOOL("forceChangePasswordNextSignIn", P_WRITE | P_HIDDEN),
	BOOL("forceChangePasswordNextSignInWithMfa", P_WRITE | P_HIDDEN),
};

#define EXT(n) STR("extensionAttribute" #n, P_WRITE | P_FILTER, 1024)
static const struct prop extension_attributes[] = {
	EXT(1), EXT(2), EXT(3), EXT(4), EXT(5), EXT(6), EXT(7), EXT(8), EXT(9),
	EXT(10), EXT(11), EXT(12), EXT(13), EXT(14), EXT(15),
};

static const struct prop org_data[] = {
	STR("division", P_WRITE | P_FILTER, 128),
	STR("costCenter", P_WRITE | P_FILTER, 128),
};

static const struct prop user_props[] = {
	STR("id", P_DEFAULT | P_MADE | P_FILTER, 36),
	DATE("deletedDateTime", P_MADE),
	BOOL("accountEnabled", P_WRITE | P_REQUIRED | P_NONNULL | P_FILTER),
	STR("ageGroup", P_WRITE | P_FILTER, 64),
	LIST("businessPhones", FMT_ANY, P_DEFAULT | P_WRITE | P_TEXT, 64, 1),
	STR("city", P_WRITE | P_TEXT, 128),
	STR("companyName", P_WRITE | P_TEXT, 64),
	STR("consentProvidedForMinor", P_WRITE | P_FILTER, 64),
	STR("country", P_WRITE | P_TEXT, 128),
	DATE("createdDateTime", P_FILTER | P_ORDER),
	STR("creationType", P_FILTER, 64),
	STR("department", P_WRITE | P_TEXT, 64),
	{.name = "displayName", .type = PROP_STRING, .max = 256, .index = 1,
	    .flags = P_DEFAULT | P_WRITE | P_REQUIRED | P_NONNULL | P_TEXT},
	DATE("employeeHireDate", P_WRITE | P_FILTER | P_ORDER),
	{.name = "employeeId", .type = PROP_STRING, .max = 16, .index = 2,
	    .flags = P_WRITE | P_TEXT},
	OBJ("employeeOrgData", P_WRITE | P_FILTER, org_data),
	STR("employeeType", P_WRITE | P_TEXT, 256),
	STR("externalUserState", 0, 64),
	STR("faxNumber", P_WRITE | P_TEXT, 64),
	STR("givenName", P_DEFAULT | P_WRITE | P_TEXT, 64),
	LIST("imAddresses", FMT_ANY, P_TEXT, 256, 250),
	STR("jobTitle", P_DEFAULT | P_WRITE | P_TEXT, 128),
	DATE("lastPasswordChangeDateTime", 0),
	{.name = "mail", .type = PROP_STRING, .format = FMT_MAIL, .max = 256,
	    .flags = P_DEFAULT | P_WRITE | P_TEXT | P_ADDRESS},
	{.name = "mailNickname", .type = PROP_STRING, .format = FMT_NICKNAME,
	    .flags = P_WRITE | P_REQUIRED | P_NONNULL | P_TEXT, .max = 64},
	STR("mobilePhone", P_DEFAULT | P_WRITE | P_TEXT, 64),
	STR("officeLocation", P_DEFAULT | P_WRITE | P_TEXT, 128),
	STR("onPremisesDistinguishedName", 0, 4096),
	STR("onPremisesDomainName", 0, 256),
	OBJ("onPremisesExtensionAttributes", P_WRITE | P_FILTER, extension_attributes),
	{.name = "onPremisesImmutableId", .type = PROP_STRING, .max = 256,
	    .format = FMT_ANCHOR, .flags = P_WRITE | P_FILTER | P_EXACT,
	    .unique = UNIQUE_ANCHOR},
	DATE("onPremisesLastSyncDateTime", P_FILTER | P_ORDER),
	OBJS("onPremisesProvisioningErrors", 0),
	STR("onPremisesSamAccountName", P_TEXT, 256),
	{.name = "onPremisesSecurityIdentifier", .type = PROP_STRING, .max = 256,
	    .flags = P_FILTER, .unique = UNIQUE_SID},
	BOOL("onPremisesSyncEnabled", P_FILTER),
	STR("onPremisesUserPrincipalName", P_TEXT, 1024),
	LIST("otherMails", FMT_MAIL, P_WRITE | P_TEXT | P_CLOUD, 256, 250),
	STR("passwordPolicies", P_WRITE | P_CLOUD, 256),
	OBJ("passwordProfile", P_WRITE | P_NONNULL | P_CLOUD | P_HIDDEN, password_profile),
	STR("postalCode", P_WRITE | P_TEXT, 40),
	STRF("preferredDataLocation", FMT_ANY, P_WRITE, 16),
	STRF("preferredLanguage", FMT_LANGUAGE, P_DEFAULT | P_WRITE | P_TEXT, 64),
	LIST("proxyAddresses", FMT_ANY, P_TEXT, 256, 332),
	STR("securityIdentifier", P_MADE, 256),
	BOOL("showInAddressList", P_WRITE),
	STR("state", P_WRITE | P_TEXT, 128),
	STR("streetAddress", P_WRITE | P_TEXT, 1024),
	STR("surname", P_DEFAULT | P_WRITE | P_TEXT, 64),
	STRF("usageLocation", FMT_COUNTRY, P_WRITE | P_TEXT | P_CLOUD, 2),
	{.name = "userPrincipalName", .type = PROP_STRING, .format = FMT_UPN,
	    .flags = P_DEFAULT | P_WRITE | P_REQUIRED | P_NONNULL | P_TEXT |
		P_ADDRESS,
	    .max = 113},
	STR("userType", P_WRITE | P_FILTER, 16),
};

static const struct prop group_props[] = {
	STR("id", P_DEFAULT | P_MADE | P_FILTER, 36),
	DATE("deletedDateTime", P_DEFAULT | P_MADE),
	STR("classification", P_DEFAULT | P_WRITE, 256),
	DATE("createdDateTime", P_DEFAULT | P_FILTER | P_ORDER),
	STR("description", P_DEFAULT | P_WRITE | P_TEXT, 1024),
	{.name = "displayName", .type = PROP_STRING, .max = 256, .index = 3,
	    .flags = P_DEFAULT | P_WRITE | P_REQUIRED | P_NONNULL | P_TEXT},
	LIST("groupTypes", FMT_GROUP_TYPE, P_DEFAULT | P_WRITE | P_FILTER, 64, 2),
	BOOL("isAssignableToRole", P_CREATE | P_FILTER),
	{.name = "mail", .type = PROP_STRING, .format = FMT_MAIL, .max = 256,
	    .flags = P_DEFAULT | P_TEXT | P_ADDRESS},
	BOOL("mailEnabled", P_DEFAULT | P_WRITE | P_REQUIRED | P_NONNULL | P_FILTER),
	{.name = "mailNickname", .type = PROP_STRING, .format = FMT_GROUP_NICKNAME,
	    .flags = P_DEFAULT | P_WRITE | P_REQUIRED | P_NONNULL | P_TEXT,
	    .max = 64, .unique = UNIQUE_NICKNAME},
	STR("membershipRule", P_DEFAULT | P_WRITE, 3072),
	STR("membershipRuleProcessingState", P_DEFAULT | P_WRITE, 16),
	STR("onPremisesDomainName", P_DEFAULT, 256),
	DATE("onPremisesLastSyncDateTime", P_DEFAULT | P_FILTER | P_ORDER),
	STR("onPremisesNetBiosName", P_DEFAULT, 256),
	OBJS("onPremisesProvisioningErrors", P_DEFAULT),
	STR("onPremisesSamAccountName", P_DEFAULT | P_TEXT, 256),
	{.name = "onPremisesSecurityIdentifier", .type = PROP_STRING, .max = 256,
	    .flags = P_DEFAULT | P_FILTER, .unique = UNIQUE_SID},
	BOOL("onPremisesSyncEnabled", P_DEFAULT | P_FILTER),
	STRF("preferredDataLocation", FMT_ANY, P_DEFAULT | P_WRITE, 16),
	STRF("preferredLanguage", FMT_LANGUAGE, P_DEFAULT | P_WRITE, 64),
	LIST("proxyAddresses", FMT_ANY, P_DEFAULT | P_TEXT, 256, 332),
	BOOL("securityEnabled", P_DEFAULT | P_WRITE | P_REQUIRED | P_NONNULL | P_FILTER),
	STR("securityIdentifier", P_DEFAULT | P_MADE, 256),
	{.name = "uniqueName", .type = PROP_STRING, .max = 256,
	    .flags = P_CREATE | P_ONCE | P_FILTER, .unique = UNIQUE_NAME},
	STR("visibility", P_DEFAULT | P_WRITE, 32),
};

static const struct prop device_props[] = {
	STR("id", P_DEFAULT | P_MADE | P_FILTER, 36),
	DATE("deletedDateTime", P_DEFAULT | P_MADE),
	BOOL("accountEnabled", P_DEFAULT | P_WRITE | P_REQUIRED | P_NONNULL | P_FILTER),
	OBJS("alternativeSecurityIds", P_DEFAULT | P_WRITE | P_REQUIRED),
	DATE("approximateLastSignInDateTime", P_DEFAULT | P_FILTER | P_ORDER),
	DATE("createdDateTime", P_DEFAULT),
	{.name = "deviceId", .type = PROP_STRING, .max = 36,
	    .flags = P_DEFAULT | P_CREATE | P_REQUIRED | P_NONNULL | P_FILTER,
	    .unique = UNIQUE_DEVICE},
	{.name = "displayName", .type = PROP_STRING, .max = 256, .index = 4,
	    .flags = P_DEFAULT | P_WRITE | P_REQUIRED | P_NONNULL | P_TEXT},
	BOOL("isCompliant", P_DEFAULT | P_WRITE | P_FILTER),
	BOOL("isManaged", P_DEFAULT | P_WRITE | P_FILTER),
	STR("manufacturer", P_DEFAULT, 256),
	STR("model", P_DEFAULT, 256),
	DATE("onPremisesLastSyncDateTime", P_DEFAULT | P_FILTER | P_ORDER),
	{.name = "onPremisesSecurityIdentifier", .type = PROP_STRING, .max = 256,
	    .flags = P_FILTER, .unique = UNIQUE_DEVICE_SID},
	BOOL("onPremisesSyncEnabled", P_DEFAULT | P_FILTER),
	STR("operatingSystem", P_DEFAULT | P_WRITE | P_REQUIRED | P_TEXT, 128),
	STR("operatingSystemVersion", P_DEFAULT | P_WRITE | P_REQUIRED | P_TEXT, 128),
	LIST("physicalIds", FMT_ANY, P_DEFAULT | P_TEXT, 1024, 100),
	STR("profileType", P_DEFAULT, 64),
	DATE("registrationDateTime", P_DEFAULT),
	STR("trustType", P_DEFAULT | P_FILTER, 64),
};

static const struct prop contact_props[] = {
	STR("id", P_DEFAULT | P_MADE | P_FILTER, 36),
	DATE("deletedDateTime", P_DEFAULT | P_MADE),
	OBJS("addresses", P_DEFAULT),
	STR("companyName", P_DEFAULT | P_TEXT, 64),
	STR("department", P_DEFAULT | P_TEXT, 64),
	{.name = "displayName", .type = PROP_STRING, .max = 256, .index = 5,
	    .flags = P_DEFAULT | P_REQUIRED | P_NONNULL | P_TEXT},
	STR("givenName", P_DEFAULT | P_TEXT, 64),
	STR("jobTitle", P_DEFAULT | P_TEXT, 128),
	{.name = "mail", .type = PROP_STRING, .format = FMT_MAIL, .max = 256,
	    .flags = P_DEFAULT | P_TEXT | P_ADDRESS},
	STRF("mailNickname", FMT_NICKNAME, P_DEFAULT | P_TEXT, 64),
	DATE("onPremisesLastSyncDateTime", P_DEFAULT | P_FILTER | P_ORDER),
	OBJS("onPremisesProvisioningErrors", P_DEFAULT),
	BOOL("onPremisesSyncEnabled", P_DEFAULT | P_FILTER),
	OBJS("phones", P_DEFAULT),
	LIST("proxyAddresses", FMT_ANY, P_DEFAULT | P_TEXT, 256, 332),
	STR("surname", P_DEFAULT | P_TEXT, 64),
};

static const struct prop folder_props[] = {
	STR("displayName", P_DEFAULT, 256),
	{.name = "mail", .type = PROP_STRING, .format = FMT_MAIL, .max = 256,
	    .flags = P_ADDRESS},
	STRF("mailNickname", FMT_NICKNAME, 0, 64),
	DATE("onPremisesLastSyncDateTime", 0),
	OBJS("onPremisesProvisioningErrors", 0),
	BOOL("onPremisesSyncEnabled", 0),
	LIST("proxyAddresses", FMT_ANY, 0, 256, 332),
};

static const struct entity_info entities[] = {
	{ENTITY_USER, "users", "User", "#microsoft.graph.user",
	    user_props, LEN(user_props)},
	{ENTITY_GROUP, "groups", "Group", "#microsoft.graph.group",
	    group_props, LEN(group_props)},
	{ENTITY_DEVICE, "devices", "Device", "#microsoft.graph.device",
	    device_props, LEN(device_props)},
	{ENTITY_CONTACT, "contacts", "OrgContact", "#microsoft.graph.orgContact",
	    contact_props, LEN(contact_props)},
	{ENTITY_FOLDER, "publicFolders", "PublicFolder", "#publicFolder",
	    folder_props, LEN(folder_props)},
};

static const struct {
	enum link_kind kind;
	enum entity on;
	const char *name;
} links[] = {
	{LINK_MEMBERS, ENTITY_GROUP, "members"},
	{LINK_OWNERS, ENTITY_GROUP, "owners"},
	{LINK_MANAGER, ENTITY_USER, "manager"},
	{LINK_MANAGER, ENTITY_CONTACT, "manager"},
	{LINK_DEVICE_OWNERS, ENTITY_DEVICE, "registeredOwners"},
	{LINK_DEVICE_USERS, ENTITY_DEVICE, "registeredUsers"},
};
// clang-format on

const struct entity_info *
entity_info(enum entity entity)
{
	for (size_t i = 0; i < LEN(entities); i++)
		if (entities[i].entity == entity)
			return &entities[i];
	return NULL;
}

const struct entity_info *
entity_by_segment(struct text segment)
{
	for (size_t i = 0; i < LEN(entities); i++)
		if (entities[i].entity <= ENTITY_MAX &&
		    text_is_nocase(segment, entities[i].segment))
			return &entities[i];
	return NULL;
}

const struct entity_info *
entity_by_type(struct text type)
{
	for (size_t i = 0; i < LEN(entities); i++)
		if (entities[i].entity <= ENTITY_MAX &&
		    text_is_nocase(type, entities[i].type + 1))
			return &entities[i];
	return NULL;
}

const struct prop *
prop_find(const struct entity_info *i, struct text name)
{
	/* Most differ in their first letter already. */
	int first = name.len == 0 ? 0 : name.data[0] | 0x20;

	for (size_t n = 0; n < i->nprops; n++)
		if ((i->props[n].name[0] | 0x20) == first &&
		    text_is_nocase(name, i->props[n].name))
			return &i->props[n];
	return NULL;
}

const struct prop *
prop_sub(const struct prop *p, struct text name)
{
	for (size_t n = 0; n < p->nsubs; n++)
		if (text_is_nocase(name, p->subs[n].name))
			return &p->subs[n];
	return NULL;
}

enum link_kind
link_find(const struct entity_info *i, struct text name)
{
	for (size_t n = 0; n < LEN(links); n++)
		if (links[n].on == i->entity &&
		    text_is_nocase(name, links[n].name))
			return links[n].kind;
	return LINK_NONE;
}

const char *
link_name(enum link_kind kind)
{
	for (size_t n = 0; n < LEN(links); n++)
		if (links[n].kind == kind)
			return links[n].name;
	return "";
}
