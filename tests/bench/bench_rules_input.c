/* tests/bench/bench_rules_input.c -- see bench_rules.h. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../unit/rules/site.h"
#include "bench_rules.h"
#include "rules/vendor/vendor.h"

/* ---- Configurations ---- */

static const char default_site[] =
    "connectors:\n"
    "  - {name: corp, kind: ad, servers: [ldaps://dc.corp.example], user: u,\n"
    "     password: env:P}\n"
    "  - {name: cloud, kind: graph, tenant: t.example, client_id: c,\n"
    "     secret: env:S}\n";

static char *
read_all(const char *folder)
{
	static char text[1U << 20];
	char path[1024];
	size_t n;
	FILE *f;

	(void)snprintf(path, sizeof(path), "%s/causeway.yaml", folder);
	f = fopen(path, "re");
	n = f != NULL ? fread(text, 1, sizeof(text) - 1, f) : 0;
	if (f != NULL)
		(void)fclose(f);
	text[n] = '\0';
	return text;
}

static void
open_ours(struct rule_bench *b, const char *folder)
{
	int r = 0;

	b->site = site_new(folder != NULL ? folder : "/nonexistent",
	    folder != NULL ? read_all(folder) : default_site, &r);
	if (r < 0) {
		struct err e = {0};

		site_print_problems(b->site);
		bench_fail(folder != NULL ? folder : "the default rules", &e);
	}
	b->names = b->site->names;
	b->plan = b->site->plan;
	b->connectors = b->site->connectors;
	b->connector_count = b->site->conf->connectors.count;
	b->partition = TEXT("DC=corp,DC=example");
	b->user = "user";
	b->group = "group";
	if (b->site->conf->connectors.items[0].kind_id == CONF_KIND_LDAP) {
		b->user = "inetOrgPerson";
		b->group = "groupOfNames";
	}
}

static const struct vendor_connector *
first_of(const struct vendor *v, enum vendor_kind kind)
{
	for (size_t i = 0; i < v->connector_count; i++)
		if (v->connectors[i].kind == kind)
			return &v->connectors[i];
	return NULL;
}

/* A folder as the vendor's server writes it. */
static void
open_vendor(struct rule_bench *b, const char *folder)
{
	struct vendor *v = arena_alloc(b->arena, sizeof(*v));
	struct plan_connector *connectors = NULL;
	struct plan_input in = {.names = names_new()};
	struct plan_problem *problems = NULL;
	const struct vendor_connector *source;
	struct err e = {.text = "cannot be used"};
	size_t n = 0;

	if (v == NULL || in.names == NULL ||
	    vendor_load(folder, in.names, b->arena, v) < 0 ||
	    vendor_plan_connectors(v, b->arena, &connectors) < 0 ||
	    (source = first_of(v, VENDOR_AD)) == NULL)
		bench_fail(folder, &e);
	in.rules = v->rules;
	in.rule_count = v->rule_count;
	in.connectors = connectors;
	in.connector_count = v->connector_count;
	in.mv_schema = v->mv_schema;
	if (plan_build(&in, b->arena, &b->plan, &problems, &n) < 0)
		bench_fail(folder, &e);
	b->vendor = v;
	b->names = in.names;
	b->connectors = connectors;
	b->connector_count = v->connector_count;
	b->source = (size_t)(source - v->connectors);
	for (size_t i = 0; i < source->partition_count; i++)
		if (source->partitions[i].is_domain)
			b->partition = source->partitions[i].name;
	b->user = "user";
	b->group = "group";
}

static void
count_rules(struct rule_bench *b)
{
	const struct plan_rule *const *all = plan_all(b->plan, &b->rules);

	for (size_t i = 0; i < b->rules; i++) {
		const struct rule *r = all[i]->rule;

		b->mappings += r->flow_count;
		for (size_t k = 0; k < r->flow_count; k++)
			b->expressions += r->flows[k].kind == FLOW_EXPRESSION;
	}
}

void
bench_open(struct rule_bench *b, const char *folder)
{
	*b = (struct rule_bench){.arena = arena_new(0)};
	if (folder != NULL && vendor_is_export(folder))
		open_vendor(b, folder);
	else
		open_ours(b, folder);
	count_rules(b);
}

void
bench_close(struct rule_bench *b)
{
	if (b->site != NULL)
		b->site = site_free(b->site);
	if (b->vendor != NULL) {
		b->plan = plan_free(b->plan);
		vendor_clear(b->vendor);
		b->names = names_free(b->names);
	}
	b->arena = arena_free(b->arena);
}

/* ---- Objects ---- */

/* "%d" is the object's number; octets in hex. */
struct made {
	const char *name;
	const char *value;
};

static const struct made user_values[] = {
    {"cn", "Person %d"},
    {"givenName", "Maria"},
    {"sn", "Lindström"},
    {"displayName", "Maria Lindström (%d)"},
    {"initials", "ML"},
    {"uid", "maria%d"},
    {"entryUUID", "6f9619ff-8b86-4011-b42d-%012d"},
    {"sAMAccountName", "maria%d"},
    {"userPrincipalName", "maria.lindstrom%d@corp.example"},
    {"userAccountControl", "512"},
    {"objectGUID", "33221100554477668899aabb%08d"},
    {"objectSid", "010500000000000515000000c7cc6e4a1a2b3c4d5e6f7081%08d"},
    {"mail", "maria.lindstrom%d@corp.example"},
    {"mailNickname", "maria.lindstrom%d"},
    {"proxyAddresses", "SMTP:maria.lindstrom%d@corp.example"},
    {"proxyAddresses", "smtp:maria%d@corp.example"},
    {"proxyAddresses", "smtp:m.lindstrom%d@old.example"},
    {"legacyExchangeDN", "/o=Corp/ou=Exchange/cn=Recipients/cn=maria%d"},
    {"msExchMailboxGuid", "00112233445566778899aabb%08d"},
    {"msExchRecipientTypeDetails", "1"},
    {"msExchRecipientDisplayType", "1073741824"},
    {"msExchHideFromAddressLists", "false"},
    {"homeMDB", "CN=Store 1,CN=Databases,DC=corp,DC=example"},
    {"department", "Operations %d"},
    {"departmentNumber", "D%d"},
    {"company", "Corp"},
    {"o", "Corp"},
    {"title", "Engineer"},
    {"description", "Made for a measurement"},
    {"employeeID", "%d"},
    {"employeeNumber", "%d"},
    {"employeeType", "staff"},
    {"co", "Sweden"},
    {"c", "SE"},
    {"countryCode", "752"},
    {"l", "Uppsala"},
    {"st", "Uppland"},
    {"street", "Långa gatan %d"},
    {"streetAddress", "Långa gatan %d"},
    {"postalCode", "753 %d"},
    {"physicalDeliveryOfficeName", "B %d"},
    {"telephoneNumber", "+46 18 %d"},
    {"mobile", "+46 70 %d"},
    {"facsimileTelephoneNumber", "+46 18 9%d"},
    {"preferredLanguage", "sv-SE"},
    {"manager", "CN=Person 1,OU=People,DC=corp,DC=example"},
    {"extensionAttribute1", "one"},
    {"extensionAttribute2", "two %d"},
    {"extensionAttribute5", "five"},
    {"extensionAttribute15", "fifteen"},
    {NULL, NULL},
};

static const struct made group_values[] = {
    {"cn", "Group %d"},
    {"sAMAccountName", "Group %d"},
    {"displayName", "Group %d"},
    {"description", "Made for a measurement"},
    {"entryUUID", "6f9619ff-8b86-4011-b42d-%012d"},
    {"groupType", "-2147483640"},
    {"objectGUID", "33221100554477668899aabc%08d"},
    {"objectSid", "010500000000000515000000c7cc6e4a1a2b3c4d5e6f7082%08d"},
    {"mail", "group%d@corp.example"},
    {"mailNickname", "group%d"},
    {"proxyAddresses", "SMTP:group%d@corp.example"},
    {"legacyExchangeDN", "/o=Corp/ou=Exchange/cn=Recipients/cn=group%d"},
    {"managedBy", "CN=Person 1,OU=People,DC=corp,DC=example"},
    {NULL, NULL},
};

static struct text
numbered(struct arena *a, const char *form, int n)
{
	const char *at = strchr(form, '%');
	char *end = NULL;
	int width = at != NULL ? (int)strtol(at + 1, &end, 10) : 0;

	if (at == NULL)
		return text_of(form);
	return text_of(arena_printf(
	    a, "%.*s%0*d%s", (int)(at - form), form, width, n, end + 1));
}

static struct value
value_of(struct arena *a, enum value_type type, struct text t, int64_t id)
{
	struct value v = {.id = 0};
	struct text octets = {0};

	if (type == VALUE_REFERENCE)
		return value_reference_id(id, t);
	if (type == VALUE_BINARY && hex_decode(a, t, &octets, NULL) == 0)
		return value_binary(octets);
	if (value_parse(type, t, &v, NULL) < 0)
		abort();
	return v;
}

static void
add(const struct rule_bench *b, struct bench_object *o, const char *name,
    struct text t, int64_t id)
{
	const struct schema *s = b->connectors[b->source].schema;
	const struct schema_attr *attr = NULL;
	uint32_t n;

	if (names_intern(b->names, text_of(name), &n) == 0)
		attr = schema_find(s, n);
	if (attr != NULL && attrs_add(b->arena, &o->attrs, n,
				value_of(b->arena, attr->type, t, id)) < 0)
		abort();
}

void
bench_objects(
    const struct rule_bench *b, bool group, struct bench_object *out, size_t n)
{
	const struct made *list = group ? group_values : user_values;

	for (size_t i = 0; i < n; i++) {
		struct bench_object *o = &out[i];
		int number = 1000 + (int)i;

		*o = (struct bench_object){
		    .dn = text_of(arena_printf(b->arena,
			"CN=%s %d,OU=People,DC=corp,"
			"DC=example",
			group ? "Group" : "Person", number))};
		if (names_intern(b->names, text_of(group ? b->group : b->user),
			&o->type) < 0)
			abort();
		for (const struct made *m = list; m->name != NULL; m++)
			add(b, o, m->name, numbered(b->arena, m->value, number),
			    1);
		for (int k = 0; group && k < 100; k++)
			add(b, o, "member",
			    numbered(b->arena,
				"CN=Person %d,OU=People,DC=corp,DC=example", k),
			    k + 1);
	}
}
