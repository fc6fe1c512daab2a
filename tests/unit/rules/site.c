/* tests/unit/rules/site.c -- see site.h. */
#include "site.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* name, s i b x r (string, integer, boolean, binary, reference), + many */
static const char *const ad_schema =
    "cn:s givenName:s sn:s middleName:s initials:s title:s department:s "
    "company:s co:s c:s l:s st:s streetAddress:s postalCode:s "
    "physicalDeliveryOfficeName:s telephoneNumber:s mobile:s homePhone:s "
    "facsimileTelephoneNumber:s description:s+ mail:s mailNickname:s "
    "displayName:s userPrincipalName:s sAMAccountName:s employeeID:s "
    "employeeType:s preferredLanguage:s adminDescription:s "
    "proxyAddresses:s+ objectSid:x objectGUID:x mS-DS-ConsistencyGuid:x "
    "msExchMasterAccountSid:x msExchMailboxGuid:x "
    "userAccountControl:i groupType:i msExchRecipientTypeDetails:i "
    "isCriticalSystemObject:b msExchHideFromAddressLists:b "
    "msExchUsageLocation:s manager:r managedBy:r member:r+ "
    "extensionAttribute1:s extensionAttribute2:s extensionAttribute5:s "
    "extensionAttribute9:s extensionAttribute15:s";
static const char *const ad_types = "user inetOrgPerson contact group";

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
    "extensionAttribute9:s extensionAttribute15:s";
static const char *const graph_types = "user group contact device";

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
	if (c->kind_id == CONF_KIND_GRAPH)
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
	for (size_t i = 0; i < n && count < 64; i++) {
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
	    .input_count = (size_t)count};
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

int
site_sync(struct site *s, struct arena *a, uint32_t type,
    const struct attrs *object, struct text dn, struct outcome *out)
{
	struct flow_input inputs[64];
	const struct plan_rule *provision;
	struct plan_source src = {.attrs = object,
	    .imported = object,
	    .dn = dn,
	    .partition = TEXT("DC=corp,DC=example")};
	int count = scoped(s, &src, type, RULE_INBOUND, inputs, &provision);
	int r;

	*out = (struct outcome){.winners = count};
	if (count < 0 || provision == NULL)
		return count < 0 ? count : 0;
	out->projected = true;
	out->mv_type = provision->rule->target_type;
	r = flow(s, a, RULE_INBOUND, inputs, count, &out->mv);
	if (r < 0)
		return r;
	src = (struct plan_source){.attrs = &out->mv,
	    .imported = &out->mv,
	    .connector = s->conf->connectors.count - 1};
	count =
	    scoped(s, &src, out->mv_type, RULE_OUTBOUND, inputs, &provision);
	if (count < 0 || provision == NULL)
		return count < 0 ? count : 0;
	out->provisioned = true;
	out->target_type = provision->rule->target_type;
	count = keep_type(inputs, count, out->target_type);
	return flow(s, a, RULE_OUTBOUND, inputs, count, &out->target);
}
