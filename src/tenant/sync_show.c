/* tenant/sync_show.c -- exported values as Graph shows them; see syncobj.h. */
#include "base/clock.h"
#include "tenant/emit.h"
#include "tenant/sync_rules.h"

#define U (1U << ENTITY_USER)
#define G (1U << ENTITY_GROUP)
#define C (1U << ENTITY_CONTACT)
#define D (1U << ENTITY_DEVICE)
#define P (1U << ENTITY_FOLDER)

enum shape {
	AS_IS = 0,
	AS_SID,  /* octets to S-1-... */
	IN_LIST, /* the one value of a list */
	IN_EXTENSION,
	AS_TIME,     /* 20250102030405.0Z */
	AS_OVERRIDE, /* unless the cloud has one of its own (T1.4) */
};

struct shown {
	const char *attr, *prop;
	unsigned kinds;
	enum shape shape;
};

// clang-format off
#define EXT(n) {"extensionAttribute" #n, "extensionAttribute" #n, U, IN_EXTENSION}
static const struct shown table[] = {
	{"displayName", "displayName", U | G | C | D | P, AS_IS},
	{"accountEnabled", "accountEnabled", U | D, AS_IS},
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
	{"mobile", "mobilePhone", U, AS_OVERRIDE},
	{"telephoneNumber", "businessPhones", U, IN_LIST},
	{"facsimileTelephoneNumber", "faxNumber", U, AS_IS},
	{"lastPasswordChangeTimestamp", "lastPasswordChangeDateTime", U, AS_TIME},
	{"usageLocation", "usageLocation", U, AS_IS},
	{"preferredLanguage", "preferredLanguage", U, AS_IS},
	{"preferredDataLocation", "preferredDataLocation", U | G, AS_IS},
	{"employeeId", "employeeId", U, AS_IS},
	{"employeeType", "employeeType", U, AS_IS},
	{"description", "description", G, AS_IS},
	{"securityEnabled", "securityEnabled", G, AS_IS},
	{"sourceAnchor", "onPremisesImmutableId", U, AS_IS},
	{"signInNames", "signInNames", U, AS_IS}, /* Graph does not show them (T3.1) */
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

/* Empty where it is no time of that form. */
static struct json *
time_value(const struct json *v)
{
	struct text t = json_text(v);
	char s[32];

	if (t.len < 14)
		return NULL;
	for (size_t i = 0; i < 14; i++)
		if (t.data[i] < '0' || t.data[i] > '9')
			return NULL;
	(void)snprintf(s, sizeof(s), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", t.data,
	    t.data + 4, t.data + 6, t.data + 8, t.data + 10, t.data + 12);
	return json_new_text(text_of(s));
}

static struct json *
list_of_one(const struct json *v)
{
	struct json *list = json_new_list();

	json_push(list, json_dup(v));
	return list;
}

static struct json *
shown_value(struct arena *a, enum shape shape, const struct json *v)
{
	switch (shape) {
	case AS_SID:
		return sid_value(a, v);
	case IN_LIST:
		return list_of_one(v);
	case AS_TIME:
		return time_value(v);
	case AS_IS:
	case IN_EXTENSION:
	case AS_OVERRIDE:
		break;
	}
	return json_dup(v);
}

static bool
is_overridden(const struct sync_view *v, const struct shown *s)
{
	return s->shape == AS_OVERRIDE && !v->c->settings.override_off &&
	       dirobj_flag(v->o, "mobileOverride");
}

static void
show_one(struct sync_view *v, const struct shown *s)
{
	const struct json *value = syncobj_get(v->s->doc, s->attr);
	struct json *new;

	/* What never came from there stays as the cloud has it. */
	if ((value == NULL && syncobj_get(v->old, s->attr) == NULL) ||
	    is_overridden(v, s))
		return;
	if (s->shape == IN_EXTENSION) {
		extension_show(v->o, s->prop, value);
		return;
	}
	new = value == NULL ? NULL : shown_value(v->c->a, s->shape, value);
	if (new == NULL)
		json_remove(v->o->doc, s->prop);
	else
		json_set(v->o->doc, s->prop, new);
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

/* A name of a kind that objects without one are shown by. */
static void
name_show(struct sync_view *v)
{
	static const char *const others[] = {
	    "commonName", "userPrincipalName", "mail"};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct text t = json_text(syncobj_get(v->s->doc, others[i]));

		if (dirobj_text(v->o, "displayName").len == 0 && t.len != 0)
			json_set_text(v->o->doc, "displayName", t);
	}
}

/* Members of a structure from exported values; NULL where there are none. */
static struct json *
structure(const struct json *doc, const char *const names[][2], size_t n)
{
	struct json *j = json_new_object();

	for (size_t i = 0; i < n; i++) {
		struct json *v = syncobj_get(doc, names[i][1]);

		if (v != NULL)
			json_set(j, names[i][0], json_dup(v));
	}
	return json_count(j) == 0 ? json_free(j) : j;
}

static void
phone_add(struct json *list, const struct json *doc, const char *type,
    const char *attr)
{
	struct json *v = syncobj_get(doc, attr);
	struct json *j;

	if (v == NULL)
		return;
	j = json_new_object();
	json_set_str(j, "type", type);
	json_set(j, "number", json_dup(v));
	json_push(list, j);
}

static void
contact_show(struct sync_view *v)
{
	static const char *const names[][2] = {
	    {"city", "city"},
	    {"countryOrRegion", "country"},
	    {"officeLocation", "physicalDeliveryOfficeName"},
	    {"postalCode", "postalCode"},
	    {"state", "state"},
	    {"street", "streetAddress"},
	};
	struct json *address =
	    structure(v->s->doc, names, sizeof(names) / sizeof(names[0]));
	struct json *phones = json_new_list(), *addresses = json_new_list();

	if (address != NULL)
		json_push(addresses, address);
	json_set(v->o->doc, "addresses", addresses);
	phone_add(phones, v->s->doc, "business", "telephoneNumber");
	phone_add(phones, v->s->doc, "mobile", "mobile");
	phone_add(phones, v->s->doc, "businessFax", "facsimileTelephoneNumber");
	json_set(v->o->doc, "phones", phones);
}

/* ---- Directory extensions ---- */

/* Octets are told as base64. */
static struct json *
extension_shown(const struct json *v)
{
	const struct json *octets = json_get(v, "b");

	return json_dup(octets == NULL ? v : octets);
}

struct extension_walk {
	const struct json *other; /* where a name is looked for */
	struct text gone;         /* one that is not there */
	struct dirobj *into;      /* NULL: it is only looked for */
	struct arena *a;
};

static int
extension_walk(void *ctx, struct text key, struct json *value)
{
	struct extension_walk *w = ctx;

	if (!extension_is_name(key))
		return 0;
	if (w->into != NULL) {
		json_set(w->into->doc, text_dup(w->a, key).data,
		    extension_shown(value));
		return 0;
	}
	if (extension_value(w->other, key) != NULL)
		return 0;
	w->gone = text_dup(w->a, key);
	return 1;
}

static void
extensions_show(struct sync_view *v)
{
	struct extension_walk gone = {.other = v->s->doc, .a = v->c->a};
	struct extension_walk all = {.into = v->o, .a = v->c->a};

	while (json_each(v->o->doc, extension_walk, &gone) == 1 &&
	       gone.gone.data != NULL)
		json_remove(v->o->doc, gone.gone.data);
	(void)json_each(v->s->doc, extension_walk, &all);
}

int
sync_show(struct sync_view *v)
{
	struct dirobj *o = v->o;
	char now[32];

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if ((table[i].kinds & 1U << o->kind) != 0)
			show_one(v, &table[i]);
	name_show(v);
	extensions_show(v);
	if (o->kind == ENTITY_DEVICE)
		device_id_show(v->c->a, v->s, o);
	if (o->kind == ENTITY_CONTACT)
		contact_show(v);
	if (o->kind == ENTITY_USER || o->kind == ENTITY_DEVICE)
		if (json_get(o->doc, "accountEnabled") == NULL)
			json_set_bool(o->doc, "accountEnabled", true);
	(void)clock_format(v->c->now_ms, false, now);
	if (json_get(o->doc, "createdDateTime") == NULL)
		json_set_str(o->doc, "createdDateTime", now);
	json_set_str(o->doc, "onPremisesLastSyncDateTime", now);
	json_set_bool(o->doc, "onPremisesSyncEnabled", true);
	return arena_failed(v->c->a) ? ERR_NOMEM : 0;
}
