/* tenant/oldgraph_names.c -- which name was what; see oldgraph_int.h. */
#include "tenant/oldgraph_int.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

// clang-format off
#define SAME(n)       {(n), (n), OLD_SAME, NULL}
#define NAMED(n, own) {(n), (own), OLD_SAME, NULL}
#define NOTHING(n)    {(n), NULL, OLD_NULL, NULL}
#define EMPTY(n)      {(n), NULL, OLD_NONE, NULL}

static const struct old_name user_names[] = {
	NAMED("objectId", "id"),
	NAMED("deletionTimestamp", "deletedDateTime"),
	SAME("accountEnabled"),
	SAME("ageGroup"),
	EMPTY("assignedLicenses"),
	EMPTY("assignedPlans"),
	SAME("city"),
	SAME("companyName"),
	SAME("consentProvidedForMinor"),
	SAME("country"),
	SAME("createdDateTime"),
	SAME("creationType"),
	SAME("department"),
	NAMED("dirSyncEnabled", "onPremisesSyncEnabled"),
	SAME("displayName"),
	SAME("employeeId"),
	NAMED("facsimileTelephoneNumber", "faxNumber"),
	SAME("givenName"),
	NAMED("immutableId", "onPremisesImmutableId"),
	NOTHING("isCompromised"),
	SAME("jobTitle"),
	NAMED("lastDirSyncTime", "onPremisesLastSyncDateTime"),
	NOTHING("legalAgeGroupClassification"),
	SAME("mail"),
	SAME("mailNickname"),
	NAMED("mobile", "mobilePhone"),
	SAME("onPremisesDistinguishedName"),
	SAME("onPremisesSecurityIdentifier"),
	SAME("otherMails"),
	SAME("passwordPolicies"),
	NAMED("passwordProfile", "passwordProfile"),
	NAMED("physicalDeliveryOfficeName", "officeLocation"),
	SAME("postalCode"),
	SAME("preferredLanguage"),
	EMPTY("provisionedPlans"),
	{"provisioningErrors", "onPremisesProvisioningErrors", OLD_ERRORS, NULL},
	SAME("proxyAddresses"),
	NOTHING("refreshTokensValidFromDateTime"),
	SAME("showInAddressList"),
	EMPTY("signInNames"),
	NOTHING("sipProxyAddress"),
	SAME("state"),
	SAME("streetAddress"),
	SAME("surname"),
	{"telephoneNumber", "businessPhones", OLD_FIRST, NULL},
	SAME("usageLocation"),
	EMPTY("userIdentities"),
	SAME("userPrincipalName"),
	NAMED("userState", "externalUserState"),
	NOTHING("userStateChangedOn"),
	SAME("userType"),
};

static const struct old_name group_names[] = {
	NAMED("objectId", "id"),
	NAMED("deletionTimestamp", "deletedDateTime"),
	SAME("description"),
	NAMED("dirSyncEnabled", "onPremisesSyncEnabled"),
	SAME("displayName"),
	SAME("groupTypes"),
	NAMED("lastDirSyncTime", "onPremisesLastSyncDateTime"),
	SAME("mail"),
	SAME("mailNickname"),
	SAME("mailEnabled"),
	SAME("onPremisesDomainName"),
	SAME("onPremisesNetBiosName"),
	SAME("onPremisesSamAccountName"),
	SAME("onPremisesSecurityIdentifier"),
	{"provisioningErrors", "onPremisesProvisioningErrors", OLD_ERRORS, NULL},
	SAME("proxyAddresses"),
	SAME("securityEnabled"),
};

static const struct old_name device_names[] = {
	NAMED("objectId", "id"),
	NAMED("deletionTimestamp", "deletedDateTime"),
	SAME("accountEnabled"),
	SAME("alternativeSecurityIds"),
	NAMED("approximateLastLogonTimestamp", "approximateLastSignInDateTime"),
	NOTHING("complianceExpiryTime"),
	SAME("deviceId"),
	NOTHING("deviceMetadata"),
	NOTHING("deviceObjectVersion"),
	NAMED("deviceOSType", "operatingSystem"),
	NAMED("deviceOSVersion", "operatingSystemVersion"),
	NAMED("devicePhysicalIds", "physicalIds"),
	NAMED("deviceTrustType", "trustType"),
	NAMED("dirSyncEnabled", "onPremisesSyncEnabled"),
	SAME("displayName"),
	SAME("isCompliant"),
	SAME("isManaged"),
	NAMED("lastDirSyncTime", "onPremisesLastSyncDateTime"),
	SAME("profileType"),
	EMPTY("systemLabels"),
};

#define ADDRESS(n, part) {(n), "addresses", OLD_ADDRESS, (part)}
#define PHONE(n, type)   {(n), "phones", OLD_PHONE, (type)}

static const struct old_name contact_names[] = {
	NAMED("objectId", "id"),
	NAMED("deletionTimestamp", "deletedDateTime"),
	ADDRESS("city", "city"),
	SAME("companyName"),
	ADDRESS("country", "countryOrRegion"),
	SAME("department"),
	NAMED("dirSyncEnabled", "onPremisesSyncEnabled"),
	SAME("displayName"),
	PHONE("facsimileTelephoneNumber", "businessFax"),
	SAME("givenName"),
	SAME("jobTitle"),
	NAMED("lastDirSyncTime", "onPremisesLastSyncDateTime"),
	SAME("mail"),
	SAME("mailNickname"),
	PHONE("mobile", "mobile"),
	ADDRESS("physicalDeliveryOfficeName", "officeLocation"),
	ADDRESS("postalCode", "postalCode"),
	{"provisioningErrors", "onPremisesProvisioningErrors", OLD_ERRORS, NULL},
	SAME("proxyAddresses"),
	NOTHING("sipProxyAddress"),
	ADDRESS("state", "state"),
	ADDRESS("streetAddress", "street"),
	SAME("surname"),
	PHONE("telephoneNumber", "business"),
};
// clang-format on

static const struct old_kind kinds[] = {
    {"users", "User", "#microsoft.graph.user", user_names, LEN(user_names)},
    {"groups", "Group", "#microsoft.graph.group", group_names,
	LEN(group_names)},
    {"devices", "Device", "#microsoft.graph.device", device_names,
	LEN(device_names)},
    {"contacts", "Contact", "#microsoft.graph.orgContact", contact_names,
	LEN(contact_names)},
};

const struct old_kind *
old_kind_at(size_t i)
{
	return i < LEN(kinds) ? &kinds[i] : NULL;
}

const struct old_kind *
old_kind_by_segment(struct text segment)
{
	for (size_t i = 0; i < LEN(kinds); i++)
		if (text_is_nocase(segment, kinds[i].segment))
			return &kinds[i];
	return NULL;
}

const struct old_kind *
old_kind_by_object(struct text object)
{
	for (size_t i = 0; i < LEN(kinds); i++)
		if (text_is_nocase(object, kinds[i].object))
			return &kinds[i];
	return NULL;
}

const struct old_kind *
old_kind_by_type(struct text type)
{
	for (size_t i = 0; i < LEN(kinds); i++)
		if (text_is_nocase(type, kinds[i].type))
			return &kinds[i];
	return NULL;
}

const struct old_name *
old_name_find(const struct old_kind *k, struct text name)
{
	for (size_t i = 0; i < k->n; i++)
		if (text_is_nocase(name, k->names[i].name))
			return &k->names[i];
	return NULL;
}
