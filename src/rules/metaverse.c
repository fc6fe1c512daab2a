/* rules/metaverse.c -- the metaverse's object types and attributes that are
 * built in; a rule file may declare more (metaverse:). */
#include "rules/ruleset_int.h"

static const char *const types[] = {
    "person", "group", "device", "publicFolder"};

static const struct {
	const char *names; /* with a blank between; "x1..15" is a row */
	enum value_type type;
	bool multi;
	bool indexed;
} rows[] = {
    /* what joins look for */
    {"sourceAnchor objectSidString mail accountName userPrincipalName "
     "cloudAnchor cloudSourceAnchor",
	VALUE_STRING, false, true},
    {"sourceAnchorBinary objectSid msExchMasterAccountSid "
     "msRTCSIP-OriginatorSid deviceId",
	VALUE_BINARY, false, true},

    /* what decides */
    {"accountEnabled cloudFiltered cloudMastered mailEnabled "
     "securityEnabled cloudSOAExchMailbox cloudCreated "
     "isProvisionedInAD isCompliant isManaged mailboxElsewhere",
	VALUE_BOOLEAN, false, false},
    {"sourceObjectType contributingConnectorUser "
     "contributingConnectorExchange domainFQDN domainNetBios forestFQDN "
     "forestNetBios",
	VALUE_STRING, false, false},
    {"memberCount", VALUE_INTEGER, false, false},

    /* people */
    {"cn displayName givenName sn middleName initials title department "
     "company co c l st streetAddress postalCode postOfficeBox "
     "physicalDeliveryOfficeName telephoneNumber mobile homePhone pager "
     "ipPhone facsimileTelephoneNumber telephoneAssistant description info "
     "url wWWHomePage employeeID employeeType preferredLanguage "
     "usageLocation mailNickname pwdLastSet extensionAttribute1..15 "
     "legacyExchangeDN targetAddress postalAddress "
     "msDS-PhoneticDisplayName onPremisesUserPrincipalName",
	VALUE_STRING, false, false},
    {"proxyAddresses otherTelephone otherMobile otherHomePhone otherPager "
     "otherIpPhone otherFacsimileTelephoneNumber "
     "msExchExtensionCustomAttribute1..5 msExchUserHoldPolicies "
     "msExchUCVoiceMailSettings cloudMSExchUCVoiceMailSettings "
     "cloudMSExchUserHoldPolicies",
	VALUE_STRING, true, false},
    {"countryCode", VALUE_INTEGER, false, false},
    {"manager assistant managedBy altRecipient "
     "msExchTeamMailboxSharePointLinkedBy",
	VALUE_REFERENCE, false, false},
    {"thumbnailPhoto photo", VALUE_BINARY, false, false},
    {"userCertificate userSMIMECertificate deviceKey", VALUE_BINARY, true,
	false},

    /* groups */
    {"member authOrig unauthOrig dLMemSubmitPerms dLMemRejectPerms "
     "publicDelegates registeredUsersReference msExchTeamMailboxOwners "
     "cloudPublicDelegates "
     "msExchModeratedByLink msExchBypassModerationLink "
     "msExchBypassModerationFromDLMembersLink msExchCoManagedByLink "
     "msExchDelegateListLink",
	VALUE_REFERENCE, true, false},
    {"hideDLMembership oOFReplyToOriginator reportToOriginator "
     "reportToOwner",
	VALUE_BOOLEAN, false, false},

    /* mail systems */
    {"msExchHideFromAddressLists msExchRequireAuthToSendTo "
     "msExchEnableModeration msExchBypassAudit msExchMailboxAuditEnable "
     "msOrg-IsOrganizational msRTCSIP-UserEnabled",
	VALUE_BOOLEAN, false, false},
    {"msExchRecipientDisplayType msExchRecipientTypeDetails "
     "msExchRemoteRecipientType msExchModerationFlags "
     "msExchELCMailboxFlags msExchResourceCapacity msDS-HABSeniorityIndex "
     "msExchMailboxAuditLogAgeLimit msExchGroupDepartRestriction "
     "msExchGroupJoinRestriction msRTCSIP-OptionFlags "
     "cloudMSExchRecipientDisplayType cloudMSExchArchiveStatus "
     "msExchAuditAdmin msExchAuditDelegate msExchAuditDelegateAdmin "
     "msExchAuditOwner msRTCSIP-ApplicationOptions",
	VALUE_INTEGER, false, false},
    {"msExchMailboxGuid msExchArchiveGUID msExchBlockedSendersHash "
     "msExchSafeRecipientsHash msExchSafeSendersHash "
     "cloudMSExchBlockedSendersHash cloudMSExchSafeRecipientsHash "
     "cloudMSExchSafeSendersHash",
	VALUE_BINARY, false, false},
    {"msExchArchiveName msExchAssistantName msExchImmutableId "
     "msExchRetentionComment msExchRetentionURL msExchResourceDisplay "
     "msExchELCExpirySuspensionStart msExchELCExpirySuspensionEnd "
     "msExchLitigationHoldDate msExchLitigationHoldOwner "
     "cloudLegacyExchangeDN msRTCSIP-DeploymentLocator msRTCSIP-Line "
     "msRTCSIP-OwnerUrn msRTCSIP-PrimaryUserAddress "
     "msExchTeamMailboxExpiration msExchTeamMailboxSharePointUrl",
	VALUE_STRING, false, false},
    {"msExchSenderHintTranslations msExchResourceMetaData "
     "msExchResourceSearchProperties",
	VALUE_STRING, true, false},

    /* devices */
    {"deviceOSType deviceOSVersion deviceTrustType", VALUE_STRING, false,
	false},
    {"alternativeSecurityId devicePhysicalIds", VALUE_STRING, true, false},
    {"registeredOwnerReference", VALUE_REFERENCE, false, false},
};

static int
add_one(struct schema *s, struct names *names, struct text name, size_t row)
{
	struct schema_attr a = {.type = rows[row].type,
	    .multi = rows[row].multi,
	    .indexed = rows[row].indexed};
	int r = names_intern(names, name, &a.name);

	return r < 0 ? r : schema_add(s, a, NULL);
}

/* "x1..15": x1 to x15; else the name alone. */
static int
add_names(struct schema *s, struct names *names, struct text t, size_t row)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(0);
	const char *dots = memmem(t.data, t.len, "1..", 3);
	int64_t last = 0;
	int r = 0;

	if (a == NULL)
		return ERR_NOMEM;
	if (dots == NULL)
		return add_one(s, names, t, row);
	if (text_to_int64(
		(struct text){dots + 3, t.len - (size_t)(dots - t.data) - 3},
		&last) < 0)
		return ERR_INTERNAL;
	for (int64_t i = 1; i <= last && r == 0; i++) {
		const char *name = arena_printf(
		    a, "%.*s%lld", (int)(dots - t.data), t.data, (long long)i);

		r = name == NULL ? ERR_NOMEM
				 : add_one(s, names, text_of(name), row);
	}
	return r;
}

static int
add_row(struct schema *s, struct names *names, size_t row)
{
	struct text rest = text_of(rows[row].names);
	int r = 0;

	while (rest.len > 0 && r == 0) {
		const char *blank = memchr(rest.data, ' ', rest.len);
		size_t n =
		    blank == NULL ? rest.len : (size_t)(blank - rest.data);

		r = add_names(s, names, (struct text){rest.data, n}, row);
		n += blank != NULL;
		rest = (struct text){rest.data + n, rest.len - n};
	}
	return r;
}

int
metaverse_fill(struct schema *s, struct names *names)
{
	uint32_t type;
	int r = 0;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types) && r == 0; i++) {
		r = names_intern(names, text_of(types[i]), &type);
		if (r == 0)
			r = schema_add_type(s, type);
	}
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows) && r == 0; i++)
		r = add_row(s, names, i);
	return r;
}

bool
metaverse_type(struct text t, struct schema_attr *out, bool *out_instead)
{
	bool first = true;

	while (t.len > 0) {
		const char *blank = memchr(t.data, ' ', t.len);
		size_t n = blank == NULL ? t.len : (size_t)(blank - t.data);
		struct text word = {t.data, n};

		if (first) {
			if (value_type_parse(word, &out->type) < 0)
				return false;
		} else if (text_is(word, "list")) {
			out->multi = true;
		} else if (text_is(word, "indexed")) {
			out->indexed = true;
		} else if (text_is(word, "instead")) {
			*out_instead = true;
		} else {
			return false;
		}
		first = false;
		n += blank != NULL;
		t = (struct text){t.data + n, t.len - n};
	}
	return !first;
}
