/* conf/check_cloud.c -- what concerns more than one setting of the doors to a
 * cloud directory, kinds graph and sync. */
#include <string.h>

#include "conf/conf_int.h"

/* What the service calls them, and the bit of each. */
const struct conf_feature conf_features[] = {
    {"PasswordHashSync", 1U << 0},
    {"PasswordWriteBack", 1U << 1},
    {"DirectoryExtensions", 1U << 2},
    {"DuplicateUPNResiliency", 1U << 3},
    {"EnableSoftMatchOnUpn", 1U << 4},
    {"DuplicateProxyAddressResiliency", 1U << 5},
    {"EnforceCloudPasswordPolicyForPasswordSyncedUsers", 1U << 9},
    {"UnifiedGroupWriteback", 1U << 10},
    {"UserWriteback", 1U << 11},
    {"DeviceWriteback", 1U << 12},
    {"SynchronizeUpnForManagedUsers", 1U << 13},
    {"EnableUserForcePasswordChangeOnLogon", 1U << 14},
    {"PassThroughAuthentication", 1U << 17},
    {"BlockSoftMatch", 1U << 19},
    {"BlockCloudObjectTakeoverThroughHardMatch", 1U << 20},
    {NULL, 0},
};

const struct conf_feature *
conf_feature_find(struct text name)
{
	for (const struct conf_feature *f = conf_features; f->name != NULL; f++)
		if (text_is_nocase(name, f->name))
			return f;
	return NULL;
}

static void
check_urls(
    struct loader *l, const struct conf_cloud *c, const struct yaml_node *n)
{
	if (!text_starts_nocase(c->authority, "https://"))
		PROBLEM(
		    l, place(n, "authority"), "authority begins with https://");
	if (!text_starts_nocase(c->endpoint, "https://"))
		PROBLEM(
		    l, place(n, "endpoint"), "endpoint begins with https://");
	if (c->graph.len != 0 && !text_starts_nocase(c->graph, "https://"))
		PROBLEM(l, place(n, "graph"), "graph begins with https://");
}

static void
check_credentials(
    struct loader *l, const struct conf_connector *k, const struct yaml_node *n)
{
	const struct conf_cloud *c = &k->cloud;
	bool certificate = c->certificate.len != 0 || c->key.len != 0;

	if ((c->secret.len != 0) == certificate)
		PROBLEM(l, n, "%s needs secret, or certificate and key",
		    conf_kinds[k->kind_id]);
	else if ((c->certificate.len != 0) != (c->key.len != 0))
		PROBLEM(l, n, "certificate and key go together");
}

/* Four numbers with points between. */
static bool
is_build(struct text t)
{
	size_t dots = 0, digits = 0;

	for (size_t i = 0; i < t.len; i++) {
		if (t.data[i] >= '0' && t.data[i] <= '9' && digits < 6) {
			digits++;
		} else if (t.data[i] == '.' && digits > 0 && dots < 3) {
			dots++;
			digits = 0;
		} else {
			return false;
		}
	}
	return dots == 3 && digits > 0;
}

static bool
is_guid(struct text t)
{
	for (size_t i = 0; i < t.len; i++)
		if ((i == 8 || i == 13 || i == 18 || i == 23)
			? t.data[i] != '-'
			: strchr("0123456789abcdefABCDEF", t.data[i]) == NULL)
			return false;
	return t.len == 36;
}

static void
check_features(
    struct loader *l, const struct conf_cloud *c, const struct yaml_node *n)
{
	for (size_t i = 0; i < c->features.count; i++) {
		const struct conf_pair *p = &c->features.items[i];

		if (conf_feature_find(p->name) == NULL)
			PROBLEM(l, place(n, "features"),
			    "features: the service has none called \"%.*s\"",
			    TEXT_ARGS(p->name));
		else if (!text_is(p->value, "true") &&
			 !text_is(p->value, "false"))
			PROBLEM(l, place(n, "features"),
			    "features: %.*s is true or false",
			    TEXT_ARGS(p->name));
	}
}

void
check_graph(
    struct loader *l, const struct conf_connector *k, const struct yaml_node *n)
{
	check_credentials(l, k, n);
	check_urls(l, &k->cloud, n);
}

void
check_sync(
    struct loader *l, const struct conf_connector *k, const struct yaml_node *n)
{
	const struct conf_cloud *c = &k->cloud;

	check_credentials(l, k, n);
	check_urls(l, c, n);
	if (!is_build(c->build))
		PROBLEM(l, place(n, "build"),
		    "build is four numbers, such as 2.6.0.0");
	if (!is_guid(c->application.len != 0 ? c->application : c->client_id))
		PROBLEM(l,
		    place(n,
			c->application.len != 0 ? "application" : "client_id"),
		    "the program names itself by a GUID");
	check_features(l, c, n);
}

/* ---- One way for each type ---- */

static bool
is_cloud(const struct conf_connector *k)
{
	return k->kind_id == CONF_KIND_GRAPH || k->kind_id == CONF_KIND_SYNC;
}

/* A type that both take; the empty text: none. */
static struct text
shared_type(const struct conf_cloud *a, const struct conf_cloud *b)
{
	for (size_t i = 0; i < a->types.count; i++)
		for (size_t j = 0; j < b->types.count; j++)
			if (text_equal(a->types.items[i], b->types.items[j]))
				return a->types.items[i];
	return TEXT("");
}

static void
check_pair(struct loader *l, const struct conf_connector *a,
    const struct conf_connector *b)
{
	struct text type = shared_type(&a->cloud, &b->cloud);
	bool same = text_equal_nocase(a->cloud.tenant, b->cloud.tenant);

	if (type.len == 0 ||
	    (a->kind_id == CONF_KIND_GRAPH && b->kind_id == CONF_KIND_GRAPH))
		return;
	if (same)
		problem_add(l, true, b->line, 0,
		    "connectors %.*s and %.*s lead to one tenant, and both "
		    "take the type %.*s: say in types: of each which go "
		    "through it",
		    TEXT_ARGS(a->name), TEXT_ARGS(b->name), TEXT_ARGS(type));
	else if (a->kind_id != b->kind_id)
		problem_add(l, false, b->line, 0,
		    "connectors %.*s and %.*s both take the type %.*s: should "
		    "%.*s and %.*s be one tenant, say in types: of each which "
		    "go through it",
		    TEXT_ARGS(a->name), TEXT_ARGS(b->name), TEXT_ARGS(type),
		    TEXT_ARGS(a->cloud.tenant), TEXT_ARGS(b->cloud.tenant));
}

void
check_ways(struct loader *l, const struct conf *c)
{
	const struct conf_connectors *k = &c->connectors;

	for (size_t i = 1; i < k->count; i++)
		for (size_t j = 0; j < i; j++)
			if (is_cloud(&k->items[i]) && is_cloud(&k->items[j]))
				check_pair(l, &k->items[j], &k->items[i]);
}
