/* migrate/facts.c -- the settings of the old server, by names of our own, then
 * those of the source as they are. */
#include <string.h>

#include "migrate/analysis_int.h"
#include "rules/words.h"

/* ---- What the source says by a name ---- */

static const struct known {
	const char *fact;
	bool on_off;
	const char *raw[4]; /* last parts of names, any of them */
} table[] = {
    {"source_anchor", false,
	{"AnchorAttribute", "sourceAnchor", "sourceAnchorAttribute"}},
    {"upn_attribute", false,
	{"UPNAttribute", "userPrincipalNameAttribute", "alternateId"}},
    {"match_users_by", false, {"JoinCriteria", "userMatching"}},
    {"match_attribute", false, {"CustomAttribute"}},
    {"password_hash_sync", true,
	{"PasswordHashSync", "passwordHashSynchronization"}},
    {"password_writeback", true, {"PasswordWriteback"}},
    {"pass_through_authentication", true,
	{"PassThroughAuthentication", "passthroughAuthentication"}},
    {"seamless_sso", true,
	{"SeamlessSso", "SeamlessSingleSignOn", "DesktopSso"}},
    {"sign_in_method", false, {"signInMethod", "signOnMethod"}},
    {"exchange_hybrid", true, {"HybridExchange", "exchangeHybridDeployment"}},
    {"device_writeback", true, {"DeviceWriteBack"}},
    {"device_registration", true, {"DeviceWriteUp"}},
    {"group_writeback", true, {"GroupWriteBack"}},
    {"user_writeback", true, {"UserWriteBack"}},
    {"directory_extensions", true, {"DirectoryExtension"}},
    {"directory_extension_attributes", false, {"DirectoryExtensionAttributes"}},
    {"application_filter", true, {"FilterAAD"}},
    {"applications", false, {"ApplicationList"}},
    {"attribute_exclusions", false, {"AttributeExclusionList"}},
    {"group_filtering", true, {"GroupFiltering"}},
    {"public_folders", true, {"ExchangeMailPublicFolder", "mailPublicFolders"}},
    {"staging", true, {"StagingMode"}},
    {"deletion_threshold_on", true, {"ExportDeletionThreshold"}},
    {"deletion_threshold", false,
	{"ExportDeletionThresholdValue", "deletionThreshold"}},
    {"schedule_interval", false, {"TimeInterval", "syncInterval"}},
    {"schedule_on", true, {"SynchronizationSchedule"}},
    {"scheduler_suspended", true, {"SchedulerSuspended"}},
    {"maintenance", true, {"MaintenanceEnabled"}},
    {"history", false, {"RunHistoryPurgeInterval"}},
    {"auto_upgrade", false, {"AutoUpgradeState"}},
    {"database", false, {"databaseServer"}},
    {"database_instance", false, {"databaseInstance"}},
    {"service_account", false, {"serviceAccount"}},
};

static void
take_known(struct analysis *x, const struct known *k)
{
	for (size_t i = 0; i < 4 && k->raw[i] != NULL; i++) {
		struct text t = raw_setting(x, k->raw[i]);

		if (t.len == 0)
			continue;
		if (k->on_off)
			t = text_is_nocase(t, "true") || text_is(t, "1")
				? TEXT("true")
				: TEXT("false");
		fact(x, k->fact, t);
		return;
	}
}

bool
setting_is_known(struct text name)
{
	static const char *const others[] = {"SynchronizationPolicy",
	    "ServerConfigurationVersion", "NextStartTime",
	    "SynchronizationRuleImmutableTag", "SourceTargetAttributesMap",
	    "Forest", "Container", "type", "author", "timeCreated",
	    "azureADConnectVersion", "hostName", "serviceAccountType",
	    "databaseName", "databaseType", "connectorIds",
	    /* the names that every form shares */
	    "deletions", "interval"};
	const char *dot =
	    name.len == 0 ? NULL : memrchr(name.data, '.', name.len);
	struct text last = name;

	if (dot != NULL)
		last = (struct text){
		    dot + 1, name.len - (size_t)(dot + 1 - name.data)};
	if (text_is(name, "staging"))
		return true;
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (text_is_nocase(last, others[i]))
			return true;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		for (size_t k = 0; k < 4 && table[i].raw[k] != NULL; k++)
			if (text_is_nocase(last, table[i].raw[k]))
				return true;
	return false;
}

/* ---- What follows from connectors ---- */

static void
password_hashes(struct analysis *x)
{
	const struct vendor *v = vendor_of(x);

	if (fact_value(x, "password_hash_sync").len > 0)
		return;
	for (size_t i = 0; i < v->connector_count; i++)
		if (v->connectors[i].password_hash_sync) {
			fact(x, "password_hash_sync", TEXT("true"));
			return;
		}
}

/* Attributes that only the cloud's mail system gives back to a directory. */
struct hybrid {
	bool seen;
};

static void
take_hybrid(void *ctx, const struct xml_node *n)
{
	struct hybrid *h = ctx;

	if (text_is(n->name, "export-flow") &&
	    text_starts_nocase(xml_attr(n, "cd-attribute"), "msExch"))
		h->seen = true;
}

static void
hybrid_by_flows(struct analysis *x)
{
	const struct vendor *v = vendor_of(x);
	struct hybrid h = {0};

	if (x->source->conf.form != CONFSRC_FIM ||
	    fact_value(x, "exchange_hybrid").len > 0)
		return;
	for (size_t i = 0; i < v->connector_count; i++)
		if (v->connectors[i].kind == VENDOR_AD)
			xml_walk(xml_child(v->connectors[i].root,
				     "export-attribute-flow"),
			    take_hybrid, &h);
	fact(x, "exchange_hybrid", h.seen ? TEXT("true") : TEXT("false"));
}

/* "Sync_SERVER_0123456789ab@tenant": the account, and so the tenant. */
static void
cloud_account(struct analysis *x)
{
	const struct vendor_connector *c = cloud_of(x);
	const char *at;

	for (size_t i = 0; c != NULL && i < c->params.count; i++) {
		const struct vendor_param *p = &c->params.items[i];

		if (!text_is_nocase(p->name, "UserName") || p->value.len == 0)
			continue;
		fact(x, "cloud_account", p->value);
		at = memchr(p->value.data, '@', p->value.len);
		if (at != NULL)
			fact(x, "tenant",
			    (struct text){
				at + 1, p->value.len -
					    (size_t)(at + 1 - p->value.data)});
	}
}

static void
group_filters(struct analysis *x)
{
	const struct vendor *v = vendor_of(x);

	for (size_t i = 0; i < v->connector_count; i++)
		for (size_t k = 0; k < v->connectors[i].params.count; k++) {
			const struct vendor_param *p =
			    &v->connectors[i].params.items[k];

			if (text_is_nocase(
				p->name, "Connector.GroupFilteringGroupDn") &&
			    p->value.len > 0)
				fact(x, "group_filter_dn", p->value);
		}
}

static void
attribute_filters(struct analysis *x)
{
	const struct vendor *v = vendor_of(x);
	size_t n = 0;

	if (x->source->conf.form != CONFSRC_FIM)
		return;
	for (size_t i = 0; i < v->connector_count; i++)
		for (const struct xml_node *s = xml_child(
			 xml_child(v->connectors[i].root, "stay-disconnector"),
			 "filter-set");
		     s != NULL; s = xml_next(s, "filter-set"))
			n += s->count;
	fact_printf(x, "attribute_filters", "%zu", n);
}

static void
forests(struct analysis *x)
{
	const struct vendor *v = vendor_of(x);
	struct conf_texts names = {0};
	struct text forest;

	for (size_t i = 0; i < v->connector_count; i++) {
		if (v->connectors[i].kind != VENDOR_AD)
			continue;
		forest = v->connectors[i].forest.len > 0
			     ? v->connectors[i].forest
			     : v->connectors[i].name;
		if (texts_push(x->arena, &names, forest) < 0)
			x->failed = ERR_NOMEM;
		if (v->connectors[i].login_user.len > 0)
			fact_printf(x, "directory_account", "%.*s\\%.*s",
			    TEXT_ARGS(v->connectors[i].login_domain),
			    TEXT_ARGS(v->connectors[i].login_user));
	}
	fact(x, "forests", texts_join(x->arena, &names, 50));
}

/* ---- What a system has whatever its export says ---- */

static void
set_by_system(struct analysis *x)
{
	struct text t;

	switch (x->system) {
	case SYSTEM_DIRSYNC:
		t = flow_source_of(x, "userPrincipalName");
		if (fact_value(x, "source_anchor").len == 0)
			fact(x, "source_anchor", TEXT("objectGUID"));
		if (fact_value(x, "upn_attribute").len == 0)
			fact(x, "upn_attribute",
			    t.len > 0 ? t : TEXT("userPrincipalName"));
		fact(x, "schedule_interval", TEXT("03:00:00"));
		break;
	case SYSTEM_AZURE_AD_SYNC:
		if (fact_value(x, "schedule_interval").len == 0)
			fact(x, "schedule_interval", TEXT("03:00:00"));
		break;
	case SYSTEM_FIM:
	case SYSTEM_MIM:
		t = flow_source_of(x, "sourceAnchor");
		if (fact_value(x, "source_anchor").len == 0 && t.len > 0)
			fact(x, "source_anchor", t);
		t = flow_source_of(x, "userPrincipalName");
		if (fact_value(x, "upn_attribute").len == 0 && t.len > 0)
			fact(x, "upn_attribute", t);
		break;
	case SYSTEM_AZURE_AD_CONNECT:
		break;
	}
}

void
analyze_facts(struct analysis *x)
{
	const struct conf_map *raw = &x->source->conf.settings;

	forests(x);
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		take_known(x, &table[i]);
	set_by_system(x);
	password_hashes(x);
	hybrid_by_flows(x);
	cloud_account(x);
	group_filters(x);
	attribute_filters(x);
	for (size_t i = 0; i < raw->count; i++)
		if (map_push(x->arena, &x->settings, raw->items[i].name,
			raw->items[i].value) < 0)
			x->failed = ERR_NOMEM;
}
