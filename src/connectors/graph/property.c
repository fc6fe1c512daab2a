/* connectors/graph/property.c -- see property.h. */
#include "connectors/graph/property.h"

const struct gtype_info gtypes[GT_COUNT] = {
    [GT_USER] = {"user", "User_", "/users", "#microsoft.graph.user"},
    [GT_GROUP] = {"group", "Group_", "/groups", "#microsoft.graph.group"},
    [GT_CONTACT] = {"contact", "Contact_", "/contacts",
	"#microsoft.graph.orgContact"},
    [GT_DEVICE] = {"device", "Device_", "/devices", "#microsoft.graph.device"},
};

#define S VALUE_STRING
#define B VALUE_BOOLEAN
#define R VALUE_REFERENCE

/* Read and written on users alone. */
#define USER(name, max)                           \
	{                                         \
		name, S, 0, ON_USER, ON_USER, max \
	}
#define EXTENSION(n)                                                        \
	{                                                                   \
		EXTENSION_PREFIX #n, S, PR_EXTENSION, ON_USER, ON_USER, 256 \
	}
#define READ(name, on)               \
	{                            \
		name, S, 0, on, 0, 0 \
	}
#define READ_ASKED(name, on)                \
	{                                   \
		name, S, PR_ASKED, on, 0, 0 \
	}

const struct property properties[] = {
    {"onPremisesImmutableId", S, PR_ANCHOR | PR_ALWAYS, ON_USER | ON_GROUP,
	ON_USER, 256},
    {"onPremisesSyncEnabled", B, PR_ALWAYS, ON_ALL, 0, 0},
    {"userPrincipalName", S, PR_ALWAYS | PR_REQUIRED, ON_USER, ON_USER, 113},
    {"displayName", S, PR_ALWAYS | PR_REQUIRED, ON_ALL, ON_USER | ON_GROUP,
	256},
    {"accountEnabled", B, 0, ON_USER | ON_DEVICE, ON_USER, 0},
    {"mailNickname", S, 0, ON_USER | ON_GROUP | ON_CONTACT, ON_USER | ON_GROUP,
	64},
    {"mail", S, 0, ON_USER | ON_GROUP | ON_CONTACT, ON_USER, 256},
    {"proxyAddresses", S, PR_MULTI, ON_USER | ON_GROUP | ON_CONTACT, 0, 0},

    {"givenName", S, 0, ON_USER | ON_CONTACT, ON_USER, 64},
    {"surname", S, 0, ON_USER | ON_CONTACT, ON_USER, 64},
    {"companyName", S, 0, ON_USER | ON_CONTACT, ON_USER, 64},
    {"department", S, 0, ON_USER | ON_CONTACT, ON_USER, 64},
    {"jobTitle", S, 0, ON_USER | ON_CONTACT, ON_USER, 128},
    USER("officeLocation", 128),
    USER("streetAddress", 1024),
    USER("city", 128),
    USER("state", 128),
    USER("postalCode", 40),
    USER("country", 128),
    {"businessPhones", S, PR_MULTI, ON_USER, ON_USER, 64},
    USER("mobilePhone", 64),
    USER("faxNumber", 64),
    {"otherMails", S, PR_MULTI, ON_USER, ON_USER, 256},
    USER("employeeId", 16),
    USER("employeeType", 256),
    USER("preferredLanguage", 64),
    USER("preferredDataLocation", 16),
    USER("usageLocation", 2),
    USER("userType", 16),
    USER("ageGroup", 64),
    USER("consentProvidedForMinor", 64),
    USER("passwordPolicies", 256),
    {"showInAddressList", B, 0, ON_USER, ON_USER, 0},
    {"manager", R, PR_LINK, ON_USER, ON_USER, 0},
    EXTENSION(1),
    EXTENSION(2),
    EXTENSION(3),
    EXTENSION(4),
    EXTENSION(5),
    EXTENSION(6),
    EXTENSION(7),
    EXTENSION(8),
    EXTENSION(9),
    EXTENSION(10),
    EXTENSION(11),
    EXTENSION(12),
    EXTENSION(13),
    EXTENSION(14),
    EXTENSION(15),

    {"description", S, 0, ON_GROUP, ON_GROUP, 1024},
    {"mailEnabled", B, PR_ALWAYS, ON_GROUP, ON_GROUP, 0},
    {"securityEnabled", B, PR_ALWAYS, ON_GROUP, ON_GROUP, 0},
    {"groupTypes", S, PR_MULTI | PR_ALWAYS, ON_GROUP, 0, 0},
    {"isAssignableToRole", B, PR_ALWAYS, ON_GROUP, 0, 0},
    {"members", R, PR_LINK | PR_MULTI, ON_GROUP, ON_GROUP, 0},
    READ("visibility", ON_GROUP),
    READ("classification", ON_GROUP),

    READ("onPremisesSecurityIdentifier", ON_USER | ON_GROUP | ON_DEVICE),
    READ("onPremisesSamAccountName", ON_USER | ON_GROUP),
    READ("onPremisesDomainName", ON_USER | ON_GROUP),
    READ("onPremisesNetBiosName", ON_GROUP),
    READ("onPremisesDistinguishedName", ON_USER),
    READ("onPremisesUserPrincipalName", ON_USER),
    READ_ASKED("onPremisesLastSyncDateTime", ON_ALL),
    READ_ASKED("createdDateTime", ON_USER | ON_GROUP),
    READ_ASKED("securityIdentifier", ON_USER | ON_GROUP),
    READ_ASKED("externalUserState", ON_USER),

    READ("deviceId", ON_DEVICE),
    {"alternativeSecurityIds", S, PR_MULTI | PR_KEYS, ON_DEVICE, 0, 0},
    {"isCompliant", B, 0, ON_DEVICE, 0, 0},
    {"isManaged", B, 0, ON_DEVICE, 0, 0},
    {"physicalIds", S, PR_MULTI, ON_DEVICE, 0, 0},
    {"registeredOwners", R, PR_LINK | PR_MULTI, ON_DEVICE, 0, 0},
    {"registeredUsers", R, PR_LINK | PR_MULTI, ON_DEVICE, 0, 0},
    READ("operatingSystem", ON_DEVICE),
    READ("operatingSystemVersion", ON_DEVICE),
    READ("trustType", ON_DEVICE),
    READ("profileType", ON_DEVICE),
};
const size_t property_count = sizeof(properties) / sizeof(properties[0]);
_Static_assert(
    sizeof(properties) / sizeof(properties[0]) <= PROPERTY_MAX, "raise it");
