/* tenant/sync_schema.c -- the attributes that can be exported, and which values
 * they take; see sync_check.h. */
#include "tenant/sync_check.h"

#define U (1U << ENTITY_USER)
#define G (1U << ENTITY_GROUP)
#define C (1U << ENTITY_CONTACT)
#define D (1U << ENTITY_DEVICE)
#define P (1U << ENTITY_FOLDER)

/* In the order of the alphabet, in any case; max is characters of a text or
 * octets of a value, 0: the common limit. */
// clang-format off
static const struct sync_rule rules[] = {
	{"accountEnabled", SYNC_IS_FLAG, U | D, 0, CHECK_ANY, 0},
	{"alias", SYNC_IS_TEXT, U | G | C | P, 64, CHECK_NICKNAME, 0},
	{"alternativeSecurityId", SYNC_IS_TEXTS, D, 0, CHECK_ANY, 0},
	{"altRecipient", SYNC_IS_REF, U | G | C, 0, CHECK_ANY, 0},
	{"approximateLastLogonTimestamp", SYNC_IS_TEXT, D, 0, CHECK_ANY, 0},
	{"assistant", SYNC_IS_REF, U | G | C, 0, CHECK_ANY, 0},
	{"authOrig", SYNC_IS_REFS, U | G | C, 0, CHECK_ANY, 0},
	{"city", SYNC_IS_TEXT, U | C, 128, CHECK_ANY, 0},
	{"cloudAccountEnabled", SYNC_IS_FLAG, D, 0, CHECK_ANY, 0},
	{"cloudAnchor", SYNC_IS_TEXT, U | G | C | D | P, 0, CHECK_ANY, 0},
	{"cloudCreated", SYNC_IS_FLAG, D, 0, CHECK_ANY, 0},
	{"cloudDeviceOSType", SYNC_IS_TEXT, D, 0, CHECK_ANY, 0},
	{"cloudDeviceOSVersion", SYNC_IS_TEXT, D, 0, CHECK_ANY, 0},
	{"cloudDisplayName", SYNC_IS_TEXT, D, 0, CHECK_ANY, 0},
	{"cloudLegacyExchangeDN", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"cloudMastered", SYNC_IS_FLAG, U | G, 0, CHECK_ANY, 0},
	{"cloudMSExchArchiveStatus", SYNC_IS_NUMBER, U, 0, CHECK_ANY, 0},
	{"cloudMSExchBlockedSendersHash", SYNC_IS_OCTETS, U, 0, CHECK_ANY, 0},
	{"cloudMSExchDelegateListLink", SYNC_IS_REFS, U, 0, CHECK_ANY, 0},
	{"cloudMSExchRecipientDisplayType", SYNC_IS_NUMBER, U, 0, CHECK_ANY, 0},
	{"cloudMSExchSafeRecipientsHash", SYNC_IS_OCTETS, U, 0, CHECK_ANY, 0},
	{"cloudMSExchSafeSendersHash", SYNC_IS_OCTETS, U, 0, CHECK_ANY, 0},
	{"cloudMSExchTeamMailboxExpiration", SYNC_IS_TEXT, U, 0, CHECK_ANY, 0},
	{"cloudMSExchTeamMailboxOwners", SYNC_IS_REFS, U, 0, CHECK_ANY, 0},
	{"cloudMSExchTeamMailboxSharePointUrl", SYNC_IS_TEXT, U, 0, CHECK_ANY, 0},
	{"cloudMSExchUCVoiceMailSettings", SYNC_IS_TEXTS, U, 0, CHECK_ANY, 0},
	{"cloudMSExchUserHoldPolicies", SYNC_IS_TEXTS, U, 0, CHECK_ANY, 0},
	{"cloudPublicDelegates", SYNC_IS_REFS, U | G | C, 0, CHECK_ANY, 0},
	{"commonName", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"company", SYNC_IS_TEXT, U | C, 64, CHECK_ANY, 0},
	{"country", SYNC_IS_TEXT, U | C, 128, CHECK_ANY, 0},
	{"countryCode", SYNC_IS_NUMBER, U | C, 0, CHECK_ANY, 0},
	{"countryLetterCode", SYNC_IS_TEXT, U | C, 0, CHECK_ANY, 0},
	{"department", SYNC_IS_TEXT, U | C, 64, CHECK_ANY, 0},
	{"description", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"deviceId", SYNC_IS_OCTETS, D, 0, CHECK_ANY, 0},
	{"deviceObjectVersion", SYNC_IS_NUMBER, D, 0, CHECK_ANY, 0},
	{"deviceOSType", SYNC_IS_TEXT, D, 0, CHECK_ANY, 0},
	{"deviceOSVersion", SYNC_IS_TEXT, D, 0, CHECK_ANY, 0},
	{"devicePhysicalIds", SYNC_IS_TEXTS, D, 0, CHECK_ANY, 0},
	{"deviceTrustType", SYNC_IS_TEXT, D, 0, CHECK_ANY, 0},
	{"dirSyncOverrides", SYNC_IS_NUMBER, D, 0, CHECK_ANY, 0},
	{"displayName", SYNC_IS_TEXT, U | G | C | D | P, 256, CHECK_TRIMMED, 0},
	{"dLMemRejectPerms", SYNC_IS_REFS, U | G | C, 0, CHECK_ANY, 0},
	{"dLMemSubmitPerms", SYNC_IS_REFS, U | G | C, 0, CHECK_ANY, 0},
	{"dnsDomainName", SYNC_IS_TEXT, U | G | C | D, 0, CHECK_ANY, 0},
	{"employeeId", SYNC_IS_TEXT, U, 16, CHECK_ANY, 0},
	{"employeeType", SYNC_IS_TEXT, U, 256, CHECK_ANY, 0},
	{"extensionAttribute1", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"extensionAttribute10", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"extensionAttribute11", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"extensionAttribute12", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"extensionAttribute13", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"extensionAttribute14", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"extensionAttribute15", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"extensionAttribute2", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"extensionAttribute3", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"extensionAttribute4", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"extensionAttribute5", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"extensionAttribute6", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"extensionAttribute7", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"extensionAttribute8", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"extensionAttribute9", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"facsimileTelephoneNumber", SYNC_IS_TEXT, U | C, 64, CHECK_ANY, 0},
	{"givenName", SYNC_IS_TEXT, U | C, 64, CHECK_ANY, 0},
	{"hideDLMembership", SYNC_IS_FLAG, G, 0, CHECK_ANY, 0},
	{"homePhone", SYNC_IS_TEXT, U | C, 64, CHECK_ANY, 0},
	{"info", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"initials", SYNC_IS_TEXT, U | C, 0, CHECK_ANY, 0},
	{"ipPhone", SYNC_IS_TEXT, U | C, 64, CHECK_ANY, 0},
	{"isCompliant", SYNC_IS_FLAG, D, 0, CHECK_ANY, 0},
	{"isManaged", SYNC_IS_FLAG, D, 0, CHECK_ANY, 0},
	{"lastPasswordChangeTimestamp", SYNC_IS_TEXT, U, 0, CHECK_ANY, 0},
	{"legacyExchangeDN", SYNC_IS_TEXT, U | G | C | P, 0, CHECK_ANY, 0},
	{"mail", SYNC_IS_TEXT, U | G | C | P, 256, CHECK_MAIL, 0},
	{"mailNickname", SYNC_IS_TEXT, U | G | C | P, 64, CHECK_NICKNAME, 0},
	{"managedBy", SYNC_IS_REF, G, 0, CHECK_ANY, 0},
	{"manager", SYNC_IS_REF, U | C, 0, CHECK_ANY, 0},
	{"member", SYNC_IS_REFS, G, 0, CHECK_ANY, 0},
	{"middleName", SYNC_IS_TEXT, U | C, 0, CHECK_ANY, 0},
	{"mobile", SYNC_IS_TEXT, U | C, 64, CHECK_ANY, 0},
	{"msDsHabSeniorityIndex", SYNC_IS_NUMBER, U | G | C, 0, CHECK_ANY, 0},
	{"msDsPhoneticDisplayName", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"msExchArchiveGuid", SYNC_IS_OCTETS, U, 0, CHECK_ANY, 0},
	{"msExchArchiveName", SYNC_IS_TEXTS, U, 0, CHECK_ANY, 0},
	{"msExchAssistantName", SYNC_IS_TEXT, U | C, 0, CHECK_ANY, 0},
	{"msExchAuditAdmin", SYNC_IS_NUMBER, U, 0, CHECK_ANY, 0},
	{"msExchAuditDelegate", SYNC_IS_NUMBER, U, 0, CHECK_ANY, 0},
	{"msExchAuditDelegateAdmin", SYNC_IS_NUMBER, U, 0, CHECK_ANY, 0},
	{"msExchAuditOwner", SYNC_IS_NUMBER, U, 0, CHECK_ANY, 0},
	{"msExchBlockedSendersHash", SYNC_IS_OCTETS, U | C, 0, CHECK_ANY, 0},
	{"msExchBypassAudit", SYNC_IS_FLAG, U | P, 0, CHECK_ANY, 0},
	{"msExchBypassModerationFromDLMembersLink", SYNC_IS_REFS, U | G | C, 0, CHECK_ANY, 0},
	{"msExchBypassModerationLink", SYNC_IS_REFS, U | G | C, 0, CHECK_ANY, 0},
	{"msExchCoManagedByLink", SYNC_IS_REFS, G, 0, CHECK_ANY, 0},
	{"msExchDelegateListLink", SYNC_IS_REFS, U, 0, CHECK_ANY, 0},
	{"msExchElcExpirySuspensionEnd", SYNC_IS_TEXT, U, 0, CHECK_ANY, 0},
	{"msExchElcExpirySuspensionStart", SYNC_IS_TEXT, U, 0, CHECK_ANY, 0},
	{"msExchElcMailboxFlags", SYNC_IS_NUMBER, U, 0, CHECK_ANY, 0},
	{"msExchEnableModeration", SYNC_IS_FLAG, U | G | C, 0, CHECK_ANY, 0},
	{"msExchExtensionCustomAttribute1", SYNC_IS_TEXTS, U | G | C, 0, CHECK_ANY, 0},
	{"msExchExtensionCustomAttribute2", SYNC_IS_TEXTS, U | G | C, 0, CHECK_ANY, 0},
	{"msExchExtensionCustomAttribute3", SYNC_IS_TEXTS, U | G | C, 0, CHECK_ANY, 0},
	{"msExchExtensionCustomAttribute4", SYNC_IS_TEXTS, U | G | C, 0, CHECK_ANY, 0},
	{"msExchExtensionCustomAttribute5", SYNC_IS_TEXTS, U | G | C, 0, CHECK_ANY, 0},
	{"msExchGroupDepartRestriction", SYNC_IS_NUMBER, G, 0, CHECK_ANY, 0},
	{"msExchGroupJoinRestriction", SYNC_IS_NUMBER, G, 0, CHECK_ANY, 0},
	{"msExchHideFromAddressLists", SYNC_IS_FLAG, U | G | C, 0, CHECK_ANY, 0},
	{"msExchImmutableId", SYNC_IS_TEXT, U, 0, CHECK_ANY, 0},
	{"msExchLabeledURI", SYNC_IS_TEXTS, G, 0, CHECK_ANY, 0},
	{"msExchLitigationHoldDate", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"msExchLitigationHoldOwner", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"msExchMailboxAuditEnable", SYNC_IS_FLAG, U | P, 0, CHECK_ANY, 0},
	{"msExchMailboxAuditLogAgeLimit", SYNC_IS_NUMBER, U | P, 0, CHECK_ANY, 0},
	{"msExchMailboxGuid", SYNC_IS_OCTETS, U, 0, CHECK_ANY, 0},
	{"msExchModeratedByLink", SYNC_IS_REFS, U | G | C, 0, CHECK_ANY, 0},
	{"msExchModerationFlags", SYNC_IS_NUMBER, U | G | C | P, 0, CHECK_ANY, 0},
	{"msExchRecipientDisplayType", SYNC_IS_NUMBER, U | G | C, 0, CHECK_ANY, 0},
	{"msExchRecipientSoftDeletedStatus", SYNC_IS_NUMBER, P, 0, CHECK_ANY, 0},
	{"msExchRecipientTypeDetails", SYNC_IS_NUMBER, U | G | C | P, 0, CHECK_ANY, 0},
	{"msExchRemoteRecipientType", SYNC_IS_NUMBER, U, 0, CHECK_ANY, 0},
	{"msExchRequireAuthToSendTo", SYNC_IS_FLAG, U | G | C, 0, CHECK_ANY, 0},
	{"msExchResourceCapacity", SYNC_IS_NUMBER, U, 0, CHECK_ANY, 0},
	{"msExchResourceDisplay", SYNC_IS_TEXT, U, 0, CHECK_ANY, 0},
	{"msExchResourceMetadata", SYNC_IS_TEXTS, U, 0, CHECK_ANY, 0},
	{"msExchResourceSearchProperties", SYNC_IS_TEXTS, U, 0, CHECK_ANY, 0},
	{"msExchRetentionComment", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"msExchRetentionUrl", SYNC_IS_TEXT, U | G | C, 0, CHECK_ANY, 0},
	{"msExchSafeRecipientsHash", SYNC_IS_OCTETS, U | C, 0, CHECK_ANY, 0},
	{"msExchSafeSendersHash", SYNC_IS_OCTETS, U | C, 0, CHECK_ANY, 0},
	{"msExchSenderHintTranslations", SYNC_IS_TEXTS, U | G | C, 0, CHECK_ANY, 0},
	{"msExchTeamMailboxExpiration", SYNC_IS_TEXT, U, 0, CHECK_ANY, 0},
	{"msExchTeamMailboxOwners", SYNC_IS_REFS, U, 0, CHECK_ANY, 0},
	{"msExchTeamMailboxSharePointLinkedBy", SYNC_IS_REF, U, 0, CHECK_ANY, 0},
	{"msExchTeamMailboxSharePointUrl", SYNC_IS_TEXT, U, 0, CHECK_ANY, 0},
	{"msExchTransportRecipientSettingsFlags", SYNC_IS_NUMBER, P, 0, CHECK_ANY, 0},
	{"msExchUserHoldPolicies", SYNC_IS_TEXTS, U, 0, CHECK_ANY, 0},
	{"msOrgIsOrganizational", SYNC_IS_FLAG, G, 0, CHECK_ANY, 0},
	{"msRtcSipApplicationOptions", SYNC_IS_NUMBER, U, 0, CHECK_ANY, 0},
	{"msRtcSipDeploymentLocator", SYNC_IS_TEXT, U | C, 0, CHECK_ANY, 0},
	{"msRtcSipLine", SYNC_IS_TEXT, U | C, 0, CHECK_ANY, 0},
	{"msRtcSipOptionFlags", SYNC_IS_NUMBER, U | C, 0, CHECK_ANY, 0},
	{"msRtcSipOwnerUrn", SYNC_IS_TEXT, U, 0, CHECK_ANY, 0},
	{"msRtcSipPrimaryUserAddress", SYNC_IS_TEXT, U | C, 0, CHECK_ANY, 0},
	{"msRtcSipUserEnabled", SYNC_IS_FLAG, U | C, 0, CHECK_ANY, 0},
	{"netBiosName", SYNC_IS_TEXT, U | G | C | D, 0, CHECK_ANY, 0},
	{"onPremisesDistinguishedName", SYNC_IS_TEXT, U | G | C | D, 4096, CHECK_ANY, 0},
	{"onPremiseSecurityIdentifier", SYNC_IS_OCTETS, U | G | D, 0, CHECK_ANY, 0},
	{"onPremisesSamAccountName", SYNC_IS_TEXT, U | G | C | D, 256, CHECK_ANY, 0},
	{"onPremisesUserPrincipalName", SYNC_IS_TEXT, U, 0, CHECK_ANY, 0},
	{"oOFReplyToOriginator", SYNC_IS_FLAG, G, 0, CHECK_ANY, 0},
	{"otherFacsimileTelephoneNumber", SYNC_IS_TEXTS, U | C, 64, CHECK_ANY, 0},
	{"otherHomePhone", SYNC_IS_TEXTS, U | C, 64, CHECK_ANY, 0},
	{"otherIpPhone", SYNC_IS_TEXTS, U | C, 64, CHECK_ANY, 0},
	{"otherMobile", SYNC_IS_TEXTS, U | C, 64, CHECK_ANY, 0},
	{"otherPager", SYNC_IS_TEXTS, U | C, 64, CHECK_ANY, 0},
	{"otherTelephone", SYNC_IS_TEXTS, U | C, 64, CHECK_ANY, 0},
	{"pager", SYNC_IS_TEXT, U | C, 64, CHECK_ANY, 0},
	{"physicalDeliveryOfficeName", SYNC_IS_TEXT, U | C, 128, CHECK_ANY, 0},
	{"postalCode", SYNC_IS_TEXT, U | C, 40, CHECK_ANY, 0},
	{"postOfficeBox", SYNC_IS_TEXTS, U | C, 0, CHECK_ANY, 0},
	{"preferredDataLocation", SYNC_IS_TEXT, U | G, 16, CHECK_ANY, 0},
	{"preferredLanguage", SYNC_IS_TEXT, U, 0, CHECK_ANY, 0},
	{"proxyAddresses", SYNC_IS_TEXTS, U | G | C | P, 256, CHECK_PROXIES, 0},
	{"publicDelegates", SYNC_IS_REFS, U | G | C, 0, CHECK_ANY, 0},
	{"registeredOwnerReference", SYNC_IS_REF, D, 0, CHECK_ANY, 0},
	{"registeredUsersReference", SYNC_IS_REFS, D, 0, CHECK_ANY, 0},
	{"reportToOriginator", SYNC_IS_FLAG, G, 0, CHECK_ANY, 0},
	{"reportToOwner", SYNC_IS_FLAG, G, 0, CHECK_ANY, 0},
	{"searchableDeviceKey", SYNC_IS_OCTETS_LIST, U, 0, CHECK_ANY, 0},
	{"securityEnabled", SYNC_IS_FLAG, G, 0, CHECK_ANY, 0},
	{"signInNames", SYNC_IS_TEXTS, U, 0, CHECK_ANY, 0},
	{"sourceAnchor", SYNC_IS_TEXT, U | G | C | D | P, 0, CHECK_ANY, 0},
	{"state", SYNC_IS_TEXT, U | C, 128, CHECK_ANY, 0},
	{"stkDeviceKey", SYNC_IS_OCTETS_LIST, D, 0, CHECK_ANY, 0},
	{"streetAddress", SYNC_IS_TEXT, U | C, 1024, CHECK_ANY, 0},
	{"surname", SYNC_IS_TEXT, U | C, 64, CHECK_ANY, 0},
	{"targetAddress", SYNC_IS_TEXT, U | G | C | P, 255, CHECK_TARGET, 0},
	{"telephoneAssistant", SYNC_IS_TEXT, U | C, 0, CHECK_ANY, 0},
	{"telephoneNumber", SYNC_IS_TEXT, U | C, 64, CHECK_ANY, 0},
	{"thumbnailPhoto", SYNC_IS_OCTETS, U | C, 102400, CHECK_ANY, 0},
	{"title", SYNC_IS_TEXT, U | C, 128, CHECK_ANY, 0},
	{"unauthOrig", SYNC_IS_REFS, U | G | C, 0, CHECK_ANY, 0},
	{"url", SYNC_IS_TEXTS, U | C, 0, CHECK_ANY, 0},
	{"usageLocation", SYNC_IS_TEXT, U, 2, CHECK_COUNTRY, 0},
	{"userCertificate", SYNC_IS_OCTETS_LIST, U | C | D, 0, CHECK_ANY, 15},
	{"userPrincipalName", SYNC_IS_TEXT, U, 113, CHECK_UPN, 0},
	{"userSMIMECertificate", SYNC_IS_OCTETS_LIST, U | C, 0, CHECK_ANY, 15},
	{"userType", SYNC_IS_TEXT, U, 16, CHECK_USER_TYPE, 0},
	{"wWWHomePage", SYNC_IS_TEXT, U | C, 0, CHECK_ANY, 0},
};
// clang-format on
#define NRULES (sizeof(rules) / sizeof(rules[0]))

/* Directory extensions: extension_<application id>_<name>. */
static const struct sync_rule extension = {"extension_", SYNC_IS_EXTENSION,
    U | G | C | D, SYNC_EXTENSION_MAX, CHECK_ANY, 0};

static int
compare(struct text a, const char *b)
{
	size_t n = strlen(b);
	int d = strncasecmp(a.data, b, a.len < n ? a.len : n);

	return d != 0 ? d : a.len < n ? -1 : a.len > n;
}

const struct sync_rule *
sync_rule_of(struct text name)
{
	size_t low = 0, high = NRULES;

	if (text_starts_nocase(name, "extension_"))
		return &extension;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		int d = compare(name, rules[mid].name);

		if (d == 0)
			return &rules[mid];
		if (d < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return NULL;
}

const struct sync_rule *
sync_rule_at(size_t i)
{
	return i < NRULES ? &rules[i] : NULL;
}
