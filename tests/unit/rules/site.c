/* tests/unit/rules/site.c -- see site.h. */
#include "site.h"

#define SITE_RULES 64

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* name, s i b x r (string, integer, boolean, binary, reference), + many */
static const char *const ad_schema =
    "cn:s givenName:s sn:s middleName:s initials:s title:s "
    "department:s company:s co:s c:s l:s st:s streetAddress:s "
    "postalCode:s physicalDeliveryOfficeName:s telephoneNumber:s "
    "mobile:s homePhone:s facsimileTelephoneNumber:s description:s+ "
    "mail:s mailNickname:s displayName:s userPrincipalName:s "
    "sAMAccountName:s employeeID:s employeeType:s preferredLanguage:s "
    "adminDescription:s proxyAddresses:s+ objectSid:x objectGUID:x "
    "mS-DS-ConsistencyGuid:x msExchMasterAccountSid:x "
    "msExchMailboxGuid:x userAccountControl:i groupType:i "
    "msExchRecipientTypeDetails:i isCriticalSystemObject:b "
    "msExchHideFromAddressLists:b msExchUsageLocation:s manager:r "
    "managedBy:r member:r+ assistant:r altRecipient:r countryCode:i "
    "ipPhone:s pager:s wWWHomePage:s info:s postOfficeBox:s+ url:s+ "
    "otherTelephone:s+ otherMobile:s+ otherHomePhone:s+ "
    "otherIpPhone:s+ otherPager:s+ otherFacsimileTelephoneNumber:s+ "
    "telephoneAssistant:s thumbnailPhoto:x userCertificate:x+ "
    "userSMIMECertificate:x+ pwdLastSet:i accountExpires:i "
    "legacyExchangeDN:s targetAddress:s authOrig:r+ unauthOrig:r+ "
    "dLMemSubmitPerms:r+ dLMemRejectPerms:r+ publicDelegates:r+ "
    "hideDLMembership:b oOFReplyToOriginator:b reportToOriginator:b "
    "reportToOwner:b msDS-HABSeniorityIndex:i "
    "msDS-PhoneticDisplayName:s msExchArchiveGUID:x "
    "msExchArchiveName:s+ msExchRecipientDisplayType:i "
    "msExchRemoteRecipientType:i msExchRequireAuthToSendTo:b "
    "msExchEnableModeration:b msExchModeratedByLink:r+ "
    "msExchCoManagedByLink:r+ msExchBypassModerationFromDLMembersBL:r+ "
    "msExchBypassModerationFromDLMembersLink:r+ "
    "msExchResourceCapacity:i msExchResourceDisplay:s "
    "msExchResourceMetaData:s+ msExchResourceSearchProperties:s+ "
    "msExchRetentionURL:s msExchSafeSendersHash:x "
    "msExchBlockedSendersHash:x msExchSafeRecipientsHash:x "
    "msExchUserHoldPolicies:s+ msExchUCVoiceMailSettings:s+ "
    "msExchELCMailboxFlags:i msExchExtensionCustomAttribute1:s+ "
    "msDS-ExternalDirectoryObjectId:s msRTCSIP-PrimaryUserAddress:s "
    "msRTCSIP-UserEnabled:b msRTCSIP-OptionFlags:i "
    "msRTCSIP-OriginatorSid:x operatingSystem:s "
    "operatingSystemVersion:s mS-DS-CreatorSID:x msDS-CloudAnchor:x "
    "msDS-DeviceID:x altSecurityIdentities:s+ "
    "msDS-DeviceObjectVersion:i msDS-DeviceOSType:s msDS-DeviceOSVersion:s "
    "msDS-IsCompliant:b msDS-IsEnabled:b msDS-IsManaged:b costCenter:s "
    "skills:s+ extensionAttribute1:s "
    "extensionAttribute2:s extensionAttribute5:s extensionAttribute9:s "
    "extensionAttribute15:s";
static const char *const ad_types =
    "user inetOrgPerson contact group computer publicFolder "
    "foreignSecurityPrincipal msDS-Device";

static const char *const ldap_schema =
    "cn:s+ givenName:s+ sn:s+ initials:s+ title:s+ departmentNumber:s+ ou:s+ "
    "o:s+ l:s+ st:s+ street:s+ postalCode:s+ "
    "physicalDeliveryOfficeName:s+ telephoneNumber:s+ mobile:s+ homePhone:s+ "
    "facsimileTelephoneNumber:s+ description:s+ mail:s+ displayName:s uid:s+ "
    "employeeNumber:s employeeType:s+ preferredLanguage:s entryUUID:s "
    "pwdAccountLockedTime:s manager:r+ member:r+ uniqueMember:r+ c:s";
static const char *const ldap_types =
    "inetOrgPerson groupOfNames groupOfUniqueNames";

static const char *const graph_schema =
    "onPremisesImmutableId:s userPrincipalName:s displayName:s "
    "accountEnabled:b mailNickname:s mail:s givenName:s surname:s "
    "companyName:s department:s jobTitle:s officeLocation:s "
    "streetAddress:s city:s state:s postalCode:s country:s "
    "businessPhones:s+ mobilePhone:s faxNumber:s employeeId:s "
    "employeeType:s preferredLanguage:s usageLocation:s manager:r "
    "description:s mailEnabled:b securityEnabled:b members:r+ "
    "extensionAttribute1:s extensionAttribute2:s extensionAttribute5:s "
    "extensionAttribute9:s extensionAttribute15:s groupTypes:s+ "
    "onPremisesSyncEnabled:b proxyAddresses:s+ deviceId:s "
    "operatingSystem:s operatingSystemVersion:s trustType:s "
    "alternativeSecurityIds:s+ isCompliant:b isManaged:b";
static const char *const graph_types = "user group contact device";

/* What the synchronisation web service takes. */
static const char *const sync_schema =
    "accountEnabled:b alias:s alternativeSecurityId:s+ altRecipient:r "
    "approximateLastLogonTimestamp:s assistant:r authOrig:r+ city:s "
    "cloudAccountEnabled:b cloudAnchor:s cloudCreated:b "
    "cloudDeviceOSType:s cloudDeviceOSVersion:s cloudDisplayName:s "
    "cloudLegacyExchangeDN:s cloudMastered:b "
    "cloudMSExchArchiveStatus:i cloudMSExchBlockedSendersHash:x "
    "cloudMSExchDelegateListLink:r+ cloudMSExchRecipientDisplayType:i "
    "cloudMSExchSafeRecipientsHash:x cloudMSExchSafeSendersHash:x "
    "cloudMSExchTeamMailboxExpiration:s "
    "cloudMSExchTeamMailboxOwners:r+ "
    "cloudMSExchTeamMailboxSharePointUrl:s "
    "cloudMSExchUCVoiceMailSettings:s+ cloudMSExchUserHoldPolicies:s+ "
    "cloudPublicDelegates:r+ commonName:s company:s country:s "
    "countryCode:i countryLetterCode:s department:s description:s "
    "deviceId:x deviceObjectVersion:i deviceOSType:s deviceOSVersion:s "
    "devicePhysicalIds:s+ deviceTrustType:s dirSyncOverrides:i "
    "displayName:s dLMemRejectPerms:r+ dLMemSubmitPerms:r+ "
    "dnsDomainName:s extensionAttribute1:s extensionAttribute10:s "
    "extensionAttribute11:s extensionAttribute12:s "
    "extensionAttribute13:s extensionAttribute14:s "
    "extensionAttribute15:s extensionAttribute2:s "
    "extensionAttribute3:s extensionAttribute4:s extensionAttribute5:s "
    "extensionAttribute6:s extensionAttribute7:s extensionAttribute8:s "
    "extensionAttribute9:s facsimileTelephoneNumber:s givenName:s "
    "hideDLMembership:b homePhone:s info:s initials:s ipPhone:s "
    "isCompliant:b isManaged:b lastPasswordChangeTimestamp:s "
    "legacyExchangeDN:s mail:s managedBy:r manager:r member:r+ "
    "middleName:s mobile:s msDsHabSeniorityIndex:i "
    "msDsPhoneticDisplayName:s msExchArchiveGuid:x "
    "msExchArchiveName:s+ msExchAssistantName:s msExchAuditAdmin:i "
    "msExchAuditDelegate:i msExchAuditDelegateAdmin:i "
    "msExchAuditOwner:i msExchBlockedSendersHash:x msExchBypassAudit:b "
    "msExchBypassModerationFromDLMembersLink:r+ "
    "msExchBypassModerationLink:r+ msExchCoManagedByLink:r+ "
    "msExchDelegateListLink:r+ msExchElcExpirySuspensionEnd:s "
    "msExchElcExpirySuspensionStart:s msExchElcMailboxFlags:i "
    "msExchEnableModeration:b msExchExtensionCustomAttribute1:s+ "
    "msExchExtensionCustomAttribute2:s+ "
    "msExchExtensionCustomAttribute3:s+ "
    "msExchExtensionCustomAttribute4:s+ "
    "msExchExtensionCustomAttribute5:s+ msExchGroupDepartRestriction:i "
    "msExchGroupJoinRestriction:i msExchHideFromAddressLists:b "
    "msExchImmutableId:s msExchLabeledURI:s+ "
    "msExchLitigationHoldDate:s msExchLitigationHoldOwner:s "
    "msExchMailboxAuditEnable:b msExchMailboxAuditLogAgeLimit:i "
    "msExchMailboxGuid:x msExchModeratedByLink:r+ "
    "msExchModerationFlags:i msExchRecipientDisplayType:i "
    "msExchRecipientSoftDeletedStatus:i msExchRecipientTypeDetails:i "
    "msExchRemoteRecipientType:i msExchRequireAuthToSendTo:b "
    "msExchResourceCapacity:i msExchResourceDisplay:s "
    "msExchResourceMetadata:s+ msExchResourceSearchProperties:s+ "
    "msExchRetentionComment:s msExchRetentionUrl:s "
    "msExchSafeRecipientsHash:x msExchSafeSendersHash:x "
    "msExchSenderHintTranslations:s+ msExchTeamMailboxExpiration:s "
    "msExchTeamMailboxOwners:r+ msExchTeamMailboxSharePointLinkedBy:r "
    "msExchTeamMailboxSharePointUrl:s "
    "msExchTransportRecipientSettingsFlags:i msExchUserHoldPolicies:s+ "
    "msOrgIsOrganizational:b msRtcSipApplicationOptions:i "
    "msRtcSipDeploymentLocator:s msRtcSipLine:s msRtcSipOptionFlags:i "
    "msRtcSipOwnerUrn:s msRtcSipPrimaryUserAddress:s "
    "msRtcSipUserEnabled:b netBiosName:s onPremiseSecurityIdentifier:x "
    "onPremisesSamAccountName:s onPremisesUserPrincipalName:s "
    "oOFReplyToOriginator:b otherFacsimileTelephoneNumber:s+ "
    "otherHomePhone:s+ otherIpPhone:s+ otherMobile:s+ otherPager:s+ "
    "otherTelephone:s+ pager:s physicalDeliveryOfficeName:s "
    "postalCode:s postOfficeBox:s+ preferredLanguage:s "
    "proxyAddresses:s+ publicDelegates:r+ registeredOwnerReference:r "
    "registeredUsersReference:r+ reportToOriginator:b reportToOwner:b "
    "searchableDeviceKey:x+ securityEnabled:b signInNames:s+ "
    "sourceAnchor:s state:s stkDeviceKey:x+ streetAddress:s surname:s "
    "targetAddress:s telephoneAssistant:s telephoneNumber:s "
    "thumbnailPhoto:x title:s unauthOrig:r+ url:s+ usageLocation:s "
    "userCertificate:x+ userPrincipalName:s userSMIMECertificate:x+ "
    "wWWHomePage:s "
    "extension_0123456789abcdef0123456789abcdef_costCenter:s "
    "extension_0123456789abcdef0123456789abcdef_skills:s+";
static const char *const sync_types = "user group contact device publicFolder";

static enum value_type
type_of(char c)
{
	switch (c) {
	case 'i':
		return VALUE_INTEGER;
	case 'b':
		return VALUE_BOOLEAN;
	case 'x':
		return VALUE_BINARY;
	case 'r':
		return VALUE_REFERENCE;
	default:
		return VALUE_STRING;
	}
}

static void
fill(
    struct schema *s, struct names *names, const char *attrs, const char *types)
{
	char word[128], flags[4];
	int used;
	uint32_t name;

	while (sscanf(attrs, " %127[^: ]:%3s%n", word, flags, &used) == 2) {
		struct schema_attr a = {
		    .type = type_of(flags[0]), .multi = flags[1] == '+'};

		assert(names_intern(names, text_of(word), &a.name) == 0);
		assert(schema_add(s, a, NULL) == 0);
		attrs += used;
	}
	while (sscanf(types, " %127s%n", word, &used) == 1) {
		assert(names_intern(names, text_of(word), &name) == 0);
		assert(schema_add_type(s, name) == 0);
		types += used;
	}
}

static void
make_connector(struct site *s, size_t i, struct plan_connector *out)
{
	const struct conf_connector *c = &s->conf->connectors.items[i];
	const struct conf_map *map = &c->parameters;
	struct text *params;

	s->schemas[i] = schema_new();
	params = arena_array(s->arena, 2 * map->count + 1, sizeof(*params));
	assert(s->schemas[i] != NULL && params != NULL);
	for (size_t k = 0; k < map->count; k++) {
		params[2 * k] = map->items[k].name;
		params[2 * k + 1] = map->items[k].value;
	}
	if (text_is(c->kind, "sync"))
		fill(s->schemas[i], s->names, sync_schema, sync_types);
	else if (c->kind_id == CONF_KIND_GRAPH)
		fill(s->schemas[i], s->names, graph_schema, graph_types);
	else if (c->kind_id == CONF_KIND_LDAP)
		fill(s->schemas[i], s->names, ldap_schema, ldap_types);
	else
		fill(s->schemas[i], s->names, ad_schema, ad_types);
	*out = (struct plan_connector){.name = c->name,
	    .kind = c->kind,
	    .schema = s->schemas[i],
	    .params = params,
	    .param_count = map->count};
}

static int
build(struct site *s)
{
	size_t n = s->conf->connectors.count;
	struct plan_connector *connectors =
	    arena_array(s->arena, n, sizeof(*connectors));
	struct plan_input in = {.names = s->names,
	    .rules = s->rules.rules,
	    .rule_count = s->rules.count,
	    .connectors = connectors,
	    .connector_count = n,
	    .mv_schema = s->rules.mv_schema};

	assert(connectors != NULL && n <= SITE_CONNECTORS);
	s->connectors = connectors;
	for (size_t i = 0; i < n; i++)
		make_connector(s, i, &connectors[i]);
	return plan_build(
	    &in, s->arena, &s->plan, &s->problems, &s->problem_count);
}

struct site *
site_new(const char *dir, const char *yaml, int *r)
{
	struct site *s = calloc(1, sizeof(*s));
	struct conf_problems problems;
	char path[512];

	assert(s != NULL);
	s->arena = arena_new(0);
	s->names = names_new();
	assert(s->arena != NULL && s->names != NULL);
	(void)snprintf(path, sizeof(path), "%s/causeway.yaml", dir);
	*r = conf_parse(path, text_of(yaml), s->arena, &s->conf, &problems);
	if (*r < 0) {
		(void)fprintf(
		    stderr, "%s\n", (const char *)problems.items[0].text.data);
		return s;
	}
	for (size_t i = 0; i < s->conf->connectors.count; i++)
		if (text_is(s->conf->connectors.items[i].name, "service"))
			s->conf->connectors.items[i].kind = TEXT("sync");
	*r = ruleset_load(s->conf, s->names, s->arena, &s->rules, &s->problems,
	    &s->problem_count);
	if (*r == 0)
		*r = build(s);
	return s;
}

struct site *
site_free(struct site *s)
{
	s->plan = plan_free(s->plan);
	ruleset_clear(&s->rules);
	for (size_t i = 0; i < SITE_CONNECTORS; i++)
		s->schemas[i] = schema_free(s->schemas[i]);
	s->names = names_free(s->names);
	s->arena = arena_free(s->arena);
	free(s);
	return NULL;
}

bool
site_problem(const struct site *s, const char *part)
{
	for (size_t i = 0; i < s->problem_count; i++)
		if (strstr(s->problems[i].text.data, part) != NULL)
			return true;
	return false;
}

void
site_print_problems(const struct site *s)
{
	for (size_t i = 0; i < s->problem_count; i++)
		(void)fprintf(stderr, "# %s %.*s:%d rule %.*s: %.*s\n",
		    s->problems[i].blocks ? "error" : "warning",
		    TEXT_ARGS(s->problems[i].file), s->problems[i].line,
		    TEXT_ARGS(s->problems[i].rule),
		    TEXT_ARGS(s->problems[i].text));
}

const struct plan_rule *
site_rule(const struct site *s, const char *id)
{
	size_t n;
	const struct plan_rule *const *all = plan_all(s->plan, &n);

	for (size_t i = 0; i < n; i++)
		if (text_is(all[i]->rule->id, id))
			return all[i];
	return NULL;
}

/* The rules in scope; *provision is the first that provisions, or NULL. */
static int
scoped(struct site *s, const struct plan_source *src, uint32_t type,
    enum rule_direction direction, struct flow_input *inputs,
    const struct plan_rule **provision)
{
	const struct plan_rule *const *rules;
	size_t n;
	int count = 0, r;

	*provision = NULL;
	if (plan_rules(s->plan, src->connector, direction, type, &rules, &n) <
	    0)
		return ERR_INTERNAL;
	for (size_t i = 0; i < n && count < SITE_RULES; i++) {
		r = plan_in_scope(s->plan, rules[i], src, &s->e);
		if (r < 0)
			return r;
		if (r == 0)
			continue;
		if (*provision == NULL &&
		    rules[i]->rule->link == LINK_PROVISION &&
		    plan_join_has_value(rules[i], src->attrs))
			*provision = rules[i];
		inputs[count++] = (struct flow_input){
		    .rule = rules[i], .src = src, .created = true};
	}
	return count;
}

static int
flow(struct site *s, struct arena *a, enum rule_direction direction,
    const struct flow_input *inputs, int count, struct attrs *out)
{
	struct flow_request req = {.plan = s->plan,
	    .direction = direction,
	    .inputs = inputs,
	    .input_count = (size_t)count,
	    .now_ms = INT64_C(1767225600000)}; /* 2026-01-01 */
	struct flow_result *results;
	size_t n;
	int r;

	req.schema = direction == RULE_INBOUND
			 ? plan_mv_schema(s->plan)
			 : s->schemas[s->conf->connectors.count - 1];
	if ((r = plan_flow(&req, a, &results, &n, &s->e)) < 0)
		return r;
	for (size_t i = 0; i < n && r == 0; i++)
		if (results[i].count > 0)
			r = attrs_set(a, out, results[i].target,
			    results[i].values, results[i].count);
	return r;
}

/* Only the rules for one target type. */
static int
keep_type(struct flow_input *inputs, int count, uint32_t type)
{
	int n = 0;

	for (int i = 0; i < count; i++)
		if (inputs[i].rule->rule->target_type == type)
			inputs[n++] = inputs[i];
	return n;
}

static int
add_more(struct site *s, const struct attrs *more, struct attrs *mv)
{
	int r = 0;

	for (size_t i = 0; i < more->count && r == 0; i++)
		r = attrs_set(s->arena, mv, more->items[i].name,
		    more->items[i].values, more->items[i].count);
	return r;
}

static int
sync_out(struct site *s, const struct start *start, struct outcome *out)
{
	struct flow_input inputs[SITE_RULES];
	const struct plan_rule *provision;
	struct plan_source src = {.attrs = &out->mv,
	    .imported = &out->mv,
	    .connector = s->conf->connectors.count - 1,
	    .partition = TEXT("DC=corp,DC=example")};
	int count =
	    scoped(s, &src, out->mv_type, RULE_OUTBOUND, inputs, &provision);

	if (count < 0 || (provision == NULL && start->target == 0))
		return count < 0 ? count : 0;
	out->provisioned = provision != NULL;
	out->target_type =
	    provision != NULL ? provision->rule->target_type : start->target;
	count = keep_type(inputs, count, out->target_type);
	return flow(s, s->arena, RULE_OUTBOUND, inputs, count, &out->target);
}

int
site_sync(struct site *s, uint32_t type, const struct attrs *object,
    struct text dn, const struct start *start, struct outcome *out)
{
	struct flow_input inputs[SITE_RULES];
	const struct plan_rule *provision;
	struct plan_source src = {.attrs = object,
	    .imported = object,
	    .dn = dn,
	    .partition = TEXT("DC=corp,DC=example")};
	int count = scoped(s, &src, type, RULE_INBOUND, inputs, &provision);
	int r;

	*out = (struct outcome){.winners = count};
	if (count < 0 || (provision == NULL && (!start->linked || count == 0)))
		return count < 0 ? count : 0;
	out->projected = true;
	out->mv_type = provision != NULL ? provision->rule->target_type
					 : inputs[0].rule->rule->target_type;
	r = flow(s, s->arena, RULE_INBOUND, inputs, count, &out->mv);
	if (r == 0)
		r = add_more(s, &start->more, &out->mv);
	return r < 0 ? r : sync_out(s, start, out);
}
