/* rules/params.c -- %parameters%: those of the connector, those for all, and
 * those that follow from the partition (docs/engine/rules.md 9). */
#include <stdio.h>

#include "rules/plan_int.h"

#define NETBIOS_MAX 15U

static const struct {
	const char *name;
	const char *value;
} constants[] = {
    {"ADS_UF_ACCOUNTDISABLE", "0x2"},
    {"ADS_GROUP_TYPE_GLOBAL_GROUP", "0x00000002"},
    {"ADS_GROUP_TYPE_DOMAIN_LOCAL_GROUP", "0x00000004"},
    {"ADS_GROUP_TYPE_LOCAL_GROUP", "0x00000004"},
    {"ADS_GROUP_TYPE_UNIVERSAL_GROUP", "0x00000008"},
    {"ADS_GROUP_TYPE_SECURITY_ENABLED", "0x80000000"},
};

static const char *const derived[] = {
    "Connector.ID",
    "Domain.FQDN",
    "Domain.LDAP",
    "Domain.Netbios",
    "Forest.FQDN",
    "Forest.LDAP",
    "Forest.Netbios",
};

static bool
find_pair(
    const struct text *pairs, size_t count, struct text name, struct text *out)
{
	for (size_t i = 0; i < count; i++)
		if (text_equal(pairs[2 * i], name)) {
			*out = pairs[2 * i + 1];
			return true;
		}
	return false;
}

static bool
find_constant(struct text name, struct text *out)
{
	for (size_t i = 0; i < sizeof(constants) / sizeof(*constants); i++)
		if (text_is(name, constants[i].name)) {
			*out = text_of(constants[i].value);
			return true;
		}
	return false;
}

/* "OU=x,DC=contoso,DC=com" to "contoso.com"; empty where there is no dc=. */
static struct text
dns_name(struct arena *a, struct text dn)
{
	char *p = arena_alloc(a, dn.len + 1);
	size_t n = 0, i = 0;

	if (p == NULL)
		return (struct text){0};
	while (i < dn.len) {
		struct text rest = {dn.data + i, dn.len - i};
		const char *comma = memchr(rest.data, ',', rest.len);
		size_t len =
		    comma == NULL ? rest.len : (size_t)(comma - rest.data);

		rest.len = len;
		while (rest.len > 0 && rest.data[0] == ' ')
			rest = (struct text){rest.data + 1, rest.len - 1};
		if (text_starts_nocase(rest, "dc=") && rest.len > 3) {
			if (n > 0)
				p[n++] = '.';
			memcpy(p + n, rest.data + 3, rest.len - 3);
			n += rest.len - 3;
		}
		i += len + 1;
	}
	return (struct text){p, n};
}

static struct text
first_label_upper(struct arena *a, struct text dns)
{
	const char *dot = dns.len == 0 ? NULL : memchr(dns.data, '.', dns.len);
	size_t n = dot == NULL ? dns.len : (size_t)(dot - dns.data);
	char *p = arena_strndup(a, dns.data == NULL ? "" : dns.data, n);

	for (size_t i = 0; p != NULL && i < n; i++)
		if (p[i] >= 'a' && p[i] <= 'z')
			p[i] = (char)(p[i] - 'a' + 'A');
	return (struct text){p, p == NULL ? 0 : n};
}

/* From its first DC= on; empty where there is none. */
static struct text
domain_dn(struct text dn)
{
	for (size_t i = 0; i + 3 < dn.len; i++) {
		struct text rest = {dn.data + i, dn.len - i};

		if ((i == 0 || dn.data[i - 1] == ',') &&
		    text_starts_nocase(rest, "dc="))
			return rest;
	}
	return (struct text){0};
}

/* A NetBIOS name has at most 15 characters. */
static struct text
netbios_name(struct arena *a, struct text dns)
{
	struct text t = first_label_upper(a, dns);

	if (t.len > NETBIOS_MAX)
		t.len = NETBIOS_MAX;
	return t;
}

/* What a domain's DN says of it, unless the directory told better. */
static bool
find_derived(const struct plan_connector *c, struct text partition,
    struct text name, struct arena *a, struct text *out)
{
	struct text dn;

	if (text_is(name, "Connector.ID")) {
		*out = c->id.len != 0 ? c->id : c->name;
		return true;
	}
	if (text_starts_nocase(name, "Forest.") && c->partition_count != 0)
		partition = c->partitions[0];
	else if (!text_starts_nocase(name, "Domain.") &&
		 !text_starts_nocase(name, "Forest."))
		return false;
	dn = domain_dn(partition);
	name = (struct text){name.data + 7, name.len - 7};
	if (text_is(name, "LDAP"))
		*out = dn;
	else if (text_is(name, "FQDN"))
		*out = dns_name(a, dn);
	else if (text_is(name, "Netbios"))
		*out = netbios_name(a, dns_name(a, dn));
	else
		return false;
	return out->len > 0;
}

/* "name@partition" among the connector's. */
static bool
find_of_partition(const struct plan_connector *c, struct text partition,
    struct text name, struct text *out)
{
	for (size_t i = 0; i < c->param_count && partition.len != 0; i++) {
		struct text t = c->params[2 * i];
		struct text end = {t.data + name.len + 1, t.len - name.len - 1};

		if (t.len != name.len + 1 + partition.len ||
		    t.data[name.len] != '@' ||
		    memcmp(t.data, name.data, name.len) != 0 ||
		    !text_equal_nocase(end, partition))
			continue;
		*out = c->params[2 * i + 1];
		return true;
	}
	return false;
}

/* In the order of docs/engine/rules.md 9.1. */
bool
params_find(const struct plan *p, size_t connector, struct text partition,
    struct text name, struct arena *a, struct text *out)
{
	const struct plan_connector *c = &p->in.connectors[connector];

	if (partition.len == 0 && c->partition_count == 1)
		partition = c->partitions[0];
	return find_pair(c->overrides, c->override_count, name, out) ||
	       find_of_partition(c, partition, name, out) ||
	       find_pair(c->params, c->param_count, name, out) ||
	       find_pair(p->in.params, p->in.param_count, name, out) ||
	       find_derived(c, partition, name, a, out) ||
	       find_constant(name, out);
}

bool
params_known(
    const struct plan *p, const struct plan_connector *c, struct text name)
{
	struct text t;

	for (size_t i = 0; i < sizeof(derived) / sizeof(*derived); i++)
		if (text_is(name, derived[i]))
			return true;
	for (size_t i = 0; i < c->partition_count; i++)
		if (find_of_partition(c, c->partitions[i], name, &t))
			return true;
	return find_pair(c->overrides, c->override_count, name, &t) ||
	       find_pair(c->params, c->param_count, name, &t) ||
	       find_pair(p->in.params, p->in.param_count, name, &t) ||
	       find_constant(name, &t);
}

/* "%name%" and no more: what most are. */
static bool
is_one_name(struct text t, struct text *out_name)
{
	if (t.len < 3 || t.data[0] != '%' ||
	    memchr(t.data + 1, '%', t.len - 1) != t.data + t.len - 1)
		return false;
	*out_name = (struct text){t.data + 1, t.len - 2};
	return true;
}

int
params_expand(const struct plan *p, const struct plan_source *src,
    struct text t, struct arena *a, struct text *out, struct err *e)
{
	struct buf b;
	struct text value;

	if (is_one_name(t, &value) &&
	    params_find(p, src->connector, src->partition, value, a, out))
		return 0;
	buf_init(&b, 65536);
	while (t.len > 0) {
		const char *one = memchr(t.data, '%', t.len);
		size_t before = one == NULL ? t.len : (size_t)(one - t.data);
		const char *two =
		    one == NULL ? NULL
				: memchr(one + 1, '%', t.len - before - 1);
		struct text name;

		if (two == NULL || two == one + 1)
			break;
		name = (struct text){one + 1, (size_t)(two - one) - 1};
		buf_add(&b, t.data, before);
		if (!params_find(
			p, src->connector, src->partition, name, a, &value)) {
			buf_clear(&b);
			return err_type(e, ERR_RULE,
			    "sync-rule-expression-error",
			    "parameter %%%.*s%% has no value here",
			    TEXT_ARGS(name));
		}
		buf_text_add(&b, value);
		before += name.len + 2;
		t = (struct text){t.data + before, t.len - before};
	}
	buf_text_add(&b, t);
	*out = text_dup(a, buf_text(&b));
	buf_clear(&b);
	return out->data == NULL ? err_set(e, ERR_NOMEM, "no memory for a rule")
				 : 0;
}
