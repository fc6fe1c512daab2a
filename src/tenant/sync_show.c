/* tenant/sync_show.c -- exported values as Graph shows them; see syncobj.h. */
#include "base/clock.h"
#include "tenant/syncobj.h"
#include "tenant/value.h"

#define U (1U << ENTITY_USER)
#define G (1U << ENTITY_GROUP)
#define C (1U << ENTITY_CONTACT)
#define D (1U << ENTITY_DEVICE)

enum shape {
	AS_IS = 0,
	AS_SID,  /* octets to S-1-... */
	IN_LIST, /* the one value of a list */
	IN_EXTENSION,
};

struct shown {
	const char *attr, *prop;
	unsigned kinds;
	enum shape shape;
};

// clang-format off
#define EXT(n) {"extensionAttribute" #n, "extensionAttribute" #n, U, IN_EXTENSION}
static const struct shown table[] = {
	{"displayName", "displayName", U | G | C | D, AS_IS},
	{"accountEnabled", "accountEnabled", U | D, AS_IS},
	{"userPrincipalName", "userPrincipalName", U, AS_IS},
	{"proxyAddresses", "proxyAddresses", U | G | C, AS_IS},
	{"mail", "mail", U | G | C, AS_IS},
	{"alias", "mailNickname", U | G | C, AS_IS},
	{"mailNickname", "mailNickname", U | G | C, AS_IS},
	{"givenName", "givenName", U | C, AS_IS},
	{"surname", "surname", U | C, AS_IS},
	{"title", "jobTitle", U | C, AS_IS},
	{"department", "department", U | C, AS_IS},
	{"company", "companyName", U | C, AS_IS},
	{"physicalDeliveryOfficeName", "officeLocation", U, AS_IS},
	{"streetAddress", "streetAddress", U, AS_IS},
	{"city", "city", U, AS_IS},
	{"state", "state", U, AS_IS},
	{"postalCode", "postalCode", U, AS_IS},
	{"country", "country", U, AS_IS},
	{"mobile", "mobilePhone", U, AS_IS},
	{"telephoneNumber", "businessPhones", U, IN_LIST},
	{"facsimileTelephoneNumber", "faxNumber", U, AS_IS},
	{"usageLocation", "usageLocation", U, AS_IS},
	{"preferredLanguage", "preferredLanguage", U, AS_IS},
	{"preferredDataLocation", "preferredDataLocation", U | G, AS_IS},
	{"employeeId", "employeeId", U, AS_IS},
	{"employeeType", "employeeType", U, AS_IS},
	{"userType", "userType", U, AS_IS},
	{"description", "description", G, AS_IS},
	{"securityEnabled", "securityEnabled", G, AS_IS},
	{"sourceAnchor", "onPremisesImmutableId", U, AS_IS},
	{"onPremiseSecurityIdentifier", "onPremisesSecurityIdentifier", U | G | D, AS_SID},
	{"onPremisesSamAccountName", "onPremisesSamAccountName", U | G, AS_IS},
	{"onPremisesDistinguishedName", "onPremisesDistinguishedName", U, AS_IS},
	{"onPremisesUserPrincipalName", "onPremisesUserPrincipalName", U, AS_IS},
	{"dnsDomainName", "onPremisesDomainName", U | G, AS_IS},
	{"netBiosName", "onPremisesNetBiosName", G, AS_IS},
	{"deviceOSType", "operatingSystem", D, AS_IS},
	{"deviceOSVersion", "operatingSystemVersion", D, AS_IS},
	{"deviceTrustType", "trustType", D, AS_IS},
	{"devicePhysicalIds", "physicalIds", D, AS_IS},
	EXT(1), EXT(2), EXT(3), EXT(4), EXT(5), EXT(6), EXT(7), EXT(8), EXT(9),
	EXT(10), EXT(11), EXT(12), EXT(13), EXT(14), EXT(15),
};
// clang-format on

/* The octets behind {"b": base64}; empty where they are none. */
static struct text
octets_of(struct arena *a, const struct json *v)
{
	struct text out = {"", 0};

	if (base64_decode(a, json_get_text(v, "b"), &out, NULL) != 0)
		return (struct text){"", 0};
	return out;
}

/* [MS-DTYP] 2.4.2.2; NULL where it is none. */
static struct json *
sid_value(struct arena *a, const struct json *v)
{
	struct text raw = octets_of(a, v);
	const unsigned char *b = (const unsigned char *)raw.data;
	uint64_t authority = 0;
	struct buf out;
	struct json *j;

	if (raw.len < 8 || b[0] != 1 || b[1] > 15 ||
	    raw.len != 8 + (size_t)b[1] * 4)
		return NULL;
	for (size_t i = 2; i < 8; i++)
		authority = authority << 8 | b[i];
	buf_init(&out, 256);
	buf_printf(&out, "S-1-%llu", (unsigned long long)authority);
	for (size_t i = 8; i < raw.len; i += 4)
		buf_printf(&out, "-%lu",
		    (unsigned long)b[i] | (unsigned long)b[i + 1] << 8 |
			(unsigned long)b[i + 2] << 16 |
			(unsigned long)b[i + 3] << 24);
	j = json_new_text(buf_text(&out));
	buf_clear(&out);
	return j;
}

static void
extension_show(struct dirobj *o, const char *name, const struct json *v)
{
	struct json *ext = json_get(o->doc, "onPremisesExtensionAttributes");

	if (ext == NULL && v == NULL)
		return;
	if (ext == NULL) {
		ext = json_new_object();
		json_set(o->doc, "onPremisesExtensionAttributes", ext);
	}
	if (v == NULL)
		json_remove(ext, name);
	else
		json_set(ext, name, json_dup(v));
}

static void
show_one(struct arena *a, const struct shown *s, struct dirobj *o,
    const struct json *v)
{
	struct json *new = NULL;

	if (s->shape == IN_EXTENSION) {
		extension_show(o, s->prop, v);
		return;
	}
	if (v != NULL && s->shape == AS_SID)
		new = sid_value(a, v);
	else if (v != NULL && s->shape == IN_LIST) {
		new = json_new_list();
		json_push(new, json_dup(v));
	} else if (v != NULL) {
		new = json_dup(v);
	}
	if (new == NULL)
		json_remove(o->doc, s->prop);
	else
		json_set(o->doc, s->prop, new);
}

/* A GUID as text of its sixteen octets, the first three groups turned. */
static void
device_id_show(struct arena *a, const struct syncobj *s, struct dirobj *o)
{
	static const unsigned char order[] = {
	    3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15};
	struct text raw = octets_of(a, syncobj_get(s->doc, "deviceId"));
	char id[DIROBJ_ID_LEN + 1];
	size_t n = 0;

	if (raw.len != 16)
		return;
	for (size_t i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			id[n++] = '-';
		(void)snprintf(id + n, 3, "%02x",
		    (unsigned)(unsigned char)raw.data[order[i]]);
		n += 2;
	}
	json_set_str(o->doc, "deviceId", id);
}

/* T5.8: mail is the primary address. */
static void
mail_show(struct dirobj *o)
{
	struct json *list = json_get(o->doc, "proxyAddresses");

	for (size_t i = 0; i < json_count(list); i++) {
		struct text t = json_text(json_at(list, i));

		if (t.len > 5 && memcmp(t.data, "SMTP:", 5) == 0)
			json_set_text(o->doc, "mail",
			    (struct text){t.data + 5, t.len - 5});
	}
}

/* T5.4 in its plainest form: a suffix that is not ours is the initial one. */
static void
upn_show(struct sync_call *c, struct dirobj *o)
{
	struct text local, domain;
	struct text upn = dirobj_text(o, "userPrincipalName");

	if (!value_split_address(upn, &local, &domain))
		return;
	if (dirobj_text(o, "mailNickname").len == 0)
		json_set_text(o->doc, "mailNickname", text_dup(c->a, local));
	if (tenant_domain(c->t, domain) == NULL)
		json_set_str(o->doc, "userPrincipalName",
		    arena_printf(c->a, "%.*s@%.*s", TEXT_ARGS(local),
			TEXT_ARGS(tenant_initial_domain(c->t)->name)));
}

/* A plain security group has a token for an alias (T11.2). */
static void
group_show(struct sync_call *c, struct dirobj *o)
{
	bool mail = dirobj_text(o, "mail").len != 0;

	if (json_get(o->doc, "securityEnabled") == NULL)
		json_set_bool(o->doc, "securityEnabled", !mail);
	json_set_bool(o->doc, "mailEnabled", mail);
	if (dirobj_text(o, "mailNickname").len == 0)
		json_set_str(o->doc, "mailNickname",
		    arena_printf(c->a, "%.8s-%.1s", o->id, o->id + 9));
}

int
sync_show(struct sync_call *c, const struct syncobj *s, struct dirobj *o)
{
	char now[32];
	struct json *v;

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		const struct shown *sh = &table[i];

		if ((sh->kinds & 1U << o->kind) == 0)
			continue;
		v = syncobj_get(s->doc, sh->attr);
		/* An alias once calculated stays (T5.2). */
		if (v == NULL && text_is(text_of(sh->prop), "mailNickname"))
			continue;
		show_one(c->a, sh, o, v);
	}
	if (o->kind == ENTITY_DEVICE)
		device_id_show(c->a, s, o);
	else
		mail_show(o);
	if (o->kind == ENTITY_USER)
		upn_show(c, o);
	if (o->kind == ENTITY_GROUP)
		group_show(c, o);
	if (o->kind == ENTITY_USER && json_get(o->doc, "userType") == NULL)
		json_set_str(o->doc, "userType", "Member");
	(void)clock_format(c->now_ms, false, now);
	if (json_get(o->doc, "createdDateTime") == NULL)
		json_set_str(o->doc, "createdDateTime", now);
	json_set_str(o->doc, "onPremisesLastSyncDateTime", now);
	json_set_bool(o->doc, "onPremisesSyncEnabled", true);
	return arena_failed(c->a) ? ERR_NOMEM : 0;
}

int
sync_quarantine_show(struct tdb *db, struct dirobj *o)
{
	struct json *list = json_new_list();
	char date[32];
	int r = tdb_run(db, SQL_QUARANTINE_OF, "i", o->row);

	for (; r == 1; r = tdb_next(db, SQL_QUARANTINE_OF)) {
		struct json *j = json_new_object();

		json_set_str(j, "category", "PropertyConflict");
		json_set_text(j, "propertyCausingError",
		    tdb_text(db, SQL_QUARANTINE_OF, 1));
		json_set_text(j, "value", tdb_text(db, SQL_QUARANTINE_OF, 3));
		(void)clock_format(
		    tdb_int(db, SQL_QUARANTINE_OF, 4), false, date);
		json_set_str(j, "occurredDateTime", date);
		json_push(list, j);
	}
	json_set(o->doc, "onPremisesProvisioningErrors", list);
	return r;
}
