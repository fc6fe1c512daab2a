/* tenant/aside_put.c -- users and groups as the administration service writes
 * them; see aside_int.h. */
#include "tenant/aside_int.h"

#define NS_ARRAYS "http://schemas.microsoft.com/2003/10/Serialization/Arrays"

enum shape {
	A_TEXT,
	A_FIRST,  /* of a list */
	A_LIST,   /* of texts */
	A_NOT,    /* a flag, turned round */
	A_POLICY, /* DisablePasswordExpiration is one of the words */
	A_TYPE,   /* of a group, by mail and security */
	A_MEMBER, /* of which type a member is */
	A_FALSE,
	A_CONST,
	A_NIL,
	A_NONE, /* a list of nothing */
};

struct field {
	const char *name;
	const char *own; /* of Graph; the text of A_CONST */
	enum shape shape;
};

/* In the order of the alphabet, as a reader of data contracts wants them. */
// clang-format off
static const struct field user_fields[] = {
	{"AlternateEmailAddresses", "otherMails", A_LIST},
	{"AlternateMobilePhones", NULL, A_NONE},
	{"AlternativeSecurityIds", NULL, A_NONE},
	{"BlockCredential", "accountEnabled", A_NOT},
	{"City", "city", A_TEXT},
	{"CloudExchangeRecipientDisplayType", NULL, A_NIL},
	{"Country", "country", A_TEXT},
	{"Department", "department", A_TEXT},
	{"DirSyncProvisioningErrors", NULL, A_NIL},
	{"DisplayName", "displayName", A_TEXT},
	{"Errors", NULL, A_NIL},
	{"Fax", "faxNumber", A_TEXT},
	{"FirstName", "givenName", A_TEXT},
	{"ImmutableId", "onPremisesImmutableId", A_TEXT},
	{"IndirectLicenseErrors", NULL, A_NONE},
	{"IsBlackberryUser", NULL, A_FALSE},
	{"IsLicensed", NULL, A_FALSE},
	{"LastDirSyncTime", "onPremisesLastSyncDateTime", A_TEXT},
	{"LastName", "surname", A_TEXT},
	{"LastPasswordChangeTimestamp", "lastPasswordChangeDateTime", A_TEXT},
	{"LicenseReconciliationNeeded", NULL, A_FALSE},
	{"Licenses", NULL, A_NONE},
	{"LiveId", NULL, A_NIL},
	{"MSExchRecipientTypeDetails", NULL, A_NIL},
	{"MobilePhone", "mobilePhone", A_TEXT},
	{"ObjectId", "id", A_TEXT},
	{"Office", "officeLocation", A_TEXT},
	{"OverallProvisioningStatus", "None", A_CONST},
	{"PasswordNeverExpires", "passwordPolicies", A_POLICY},
	{"PasswordResetNotRequiredDuringActivate", NULL, A_NIL},
	{"PhoneNumber", "businessPhones", A_FIRST},
	{"PortalSettings", NULL, A_NIL},
	{"PostalCode", "postalCode", A_TEXT},
	{"PreferredDataLocation", "preferredDataLocation", A_TEXT},
	{"PreferredLanguage", "preferredLanguage", A_TEXT},
	{"ProxyAddresses", "proxyAddresses", A_LIST},
	{"ReleaseTrack", NULL, A_NIL},
	{"ServiceInformation", NULL, A_NONE},
	{"SignInName", "userPrincipalName", A_TEXT},
	{"SoftDeletionTimestamp", "deletedDateTime", A_TEXT},
	{"State", "state", A_TEXT},
	{"StreetAddress", "streetAddress", A_TEXT},
	{"StsRefreshTokensValidFrom", NULL, A_NIL},
	{"Title", "jobTitle", A_TEXT},
	{"UsageLocation", "usageLocation", A_TEXT},
	{"UserPrincipalName", "userPrincipalName", A_TEXT},
	{"UserType", "userType", A_TEXT},
	{"ValidationStatus", "Healthy", A_CONST},
	{"WhenCreated", "createdDateTime", A_TEXT},
};

static const struct field group_fields[] = {
	{"CommonName", "displayName", A_TEXT},
	{"Description", "description", A_TEXT},
	{"DirSyncProvisioningErrors", NULL, A_NIL},
	{"DisplayName", "displayName", A_TEXT},
	{"EmailAddress", "mail", A_TEXT},
	{"Errors", NULL, A_NIL},
	{"GroupType", "mailEnabled", A_TYPE},
	{"IsSystem", NULL, A_FALSE},
	{"LastDirSyncTime", "onPremisesLastSyncDateTime", A_TEXT},
	{"ManagedBy", NULL, A_NIL},
	{"ObjectId", "id", A_TEXT},
	{"ProxyAddresses", "proxyAddresses", A_LIST},
	{"ValidationStatus", "Healthy", A_CONST},
};

static const struct field member_fields[] = {
	{"CommonName", "displayName", A_TEXT},
	{"DisplayName", "displayName", A_TEXT},
	{"EmailAddress", "mail", A_TEXT},
	{"GroupMemberType", NULL, A_MEMBER},
	{"IsLicensed", NULL, A_FALSE},
	{"LastDirSyncTime", "onPremisesLastSyncDateTime", A_TEXT},
	{"ObjectId", "id", A_TEXT},
	{"OverallProvisioningStatus", "None", A_CONST},
	{"ProxyAddresses", "proxyAddresses", A_LIST},
	{"ValidationStatus", "Healthy", A_CONST},
};

static const struct {
	char kind;
	const struct field *fields;
	size_t n;
} tables[] = {
	{'u', user_fields, sizeof(user_fields) / sizeof(user_fields[0])},
	{'g', group_fields, sizeof(group_fields) / sizeof(group_fields[0])},
	{'m', member_fields, sizeof(member_fields) / sizeof(member_fields[0])},
};
// clang-format on

static size_t
table_of(char kind)
{
	size_t i = 0;

	while (i < 2 && tables[i].kind != kind)
		i++;
	return i;
}

void
aside_names(char kind, struct buf *out)
{
	size_t t = table_of(kind);

	for (size_t i = 0; i < tables[t].n; i++) {
		const struct field *f = &tables[t].fields[i];

		if (f->own != NULL && f->shape != A_CONST)
			buf_printf(
			    out, "%s%s", out->len == 0 ? "" : ",", f->own);
	}
	if (kind == 'g')
		buf_puts(out, ",securityEnabled");
}

static void
list_put(struct xml_writer *w, const char *name, const struct json *v)
{
	xml_begin(w, name);
	xml_put_attr(w, "xmlns:d", TEXT(NS_ARRAYS));
	for (size_t i = 0; i < json_count(v); i++)
		xml_put_element(w, "d:string", json_text(json_at(v, i)));
	xml_end(w, name);
}

static struct text
group_type(const struct json *o)
{
	if (!json_bool(json_get(o, "mailEnabled"), false))
		return TEXT("Security");
	return json_bool(json_get(o, "securityEnabled"), false)
		   ? TEXT("MailEnabledSecurity")
		   : TEXT("DistributionList");
}

static struct text
member_type(const struct json *o)
{
	static const char *const types[][2] = {
	    {"#microsoft.graph.user", "User"},
	    {"#microsoft.graph.group", "Group"},
	    {"#microsoft.graph.orgContact", "Contact"},
	};
	struct text t = json_get_text(o, "@odata.type");

	for (size_t i = 0; i < 3; i++)
		if (text_is(t, types[i][0]))
			return text_of(types[i][1]);
	return TEXT("Other");
}

static void
field_put(struct xml_writer *w, const char *name, const struct field *f,
    const struct json *o)
{
	const struct json *v = f->own == NULL ? NULL : json_get(o, f->own);
	struct text t = json_text(v);

	switch (f->shape) {
	case A_TEXT:
		aside_put(w, name, t);
		return;
	case A_FIRST:
		aside_put(w, name, json_text(json_at(v, 0)));
		return;
	case A_LIST:
		list_put(w, name, v);
		return;
	case A_NONE:
		xml_begin(w, name);
		xml_end(w, name);
		return;
	case A_NOT:
		aside_put_bool(w, name, !json_bool(v, false));
		return;
	case A_POLICY:
		aside_put_bool(w, name,
		    t.len != 0 && memmem(t.data, t.len,
				      "DisablePasswordExpiration", 25) != NULL);
		return;
	case A_TYPE:
		xml_put_element(w, name, group_type(o));
		return;
	case A_MEMBER:
		xml_put_element(w, name, member_type(o));
		return;
	case A_FALSE:
		aside_put_bool(w, name, false);
		return;
	case A_CONST:
		xml_put_element(w, name, text_of(f->own));
		return;
	case A_NIL:
		break;
	}
	aside_put_nil(w, name);
}

void
aside_object_put(struct xml_writer *w, char kind, const struct json *o)
{
	size_t t = table_of(kind);
	char name[64];

	for (size_t i = 0; i < tables[t].n; i++) {
		const struct field *f = &tables[t].fields[i];

		(void)snprintf(name, sizeof(name), "c:%s", f->name);
		field_put(w, name, f, o);
	}
}
