/* conf/schema.c -- every setting, once. */
#include "conf/conf_int.h"

#define COUNT(list) (sizeof(list) / sizeof((list)[0]))
#define SECTION(list, type)                               \
	{                                                 \
		.settings = (list), .count = COUNT(list), \
		.size = sizeof(struct type)               \
	}

// NOLINTBEGIN(bugprone-macro-parentheses): a member is not an expression
#define AT(type, member) .offset = offsetof(struct type, member)
// NOLINTEND(bugprone-macro-parentheses)

/* In the order of enum conf_ldap_deltas. */
static const char *const ldap_deltas[] = {
    "auto", "syncrepl", "timestamp", "none", NULL};
/* In the order of enum conf_kind, conf_bind, conf_format, conf_reference. */
const char *const conf_kinds[] = {"ad", "ldap", "graph", "sync", "file", NULL};
static const char *const binds[] = {"simple", "gssapi", "external", NULL};
static const char *const formats[] = {"ldif", "csv", NULL};
static const char *const ad_deltas[] = {"auto", "dirsync", "usn", "none", NULL};
static const char *const references[] = {"auto", "dn", "anchor", NULL};
static const char *const matches[] = {
    "sid", "mail", "account", "attribute", "none", NULL};
static const char *const plan_applies[] = {"always", "small", "never", NULL};
static const char *const services[] = {"apps", "dynamics", "exchange", "intune",
    "rms", "sharepoint", "teams", NULL};
static const char *const graph_types[] = {
    "user", "group", "contact", "device", NULL};
static const char *const sync_types[] = {
    "user", "group", "contact", "device", "publicFolder", NULL};
static const char *const write_backs[] = {
    "anchor", "devices", "groups", "hybrid", "keys", NULL};

static const struct setting partition_settings[] = {
    {"dn", SETTING_TEXT, .required = true, AT(conf_partition, dn),
	.help = "The naming context or container that is read"},
    {"servers", SETTING_TEXTS, AT(conf_partition, servers),
	.help = "URLs of the servers that hold it, where those of the "
		"connector do not: a domain controller of another domain of "
		"the forest"},
    {"include", SETTING_TEXTS, AT(conf_partition, include),
	.help = "Containers below it that take part; the nearest container "
		"named above an object decides"},
    {"exclude", SETTING_TEXTS, AT(conf_partition, exclude),
	.help = "Containers below it that do not take part"},
    {"filter", SETTING_FILTER, AT(conf_partition, filter),
	.help = "Objects of this partition have to match it, besides the "
		"connector's filter"},
};
static const struct section section_partition =
    SECTION(partition_settings, conf_partition);

static const struct setting tls_settings[] = {
    {"ca", SETTING_PATH, AT(conf_tls, ca),
	.help = "File with the certificates of the authorities trusted; the "
		"system's where it is not set"},
    {"certificate", SETTING_PATH, AT(conf_tls, certificate),
	.help = "File with our own certificate (PEM), for bind external"},
    {"key", SETTING_PATH, AT(conf_tls, key),
	.help = "File with its private key (PEM)"},
    {"starttls", SETTING_BOOL, .otherwise = "false", AT(conf_tls, starttls),
	.help = "Ask for TLS on an ldap:// connection"},
    {"verify", SETTING_BOOL, .otherwise = "true", AT(conf_tls, verify),
	.help = "Check the server's certificate and name; switch it off for "
		"a test alone"},
    {"required", SETTING_BOOL, .otherwise = "true", AT(conf_tls, required),
	.help = "Refuse a simple bind that would send the password in clear "
		"text"},
};
static const struct section section_tls = SECTION(tls_settings, conf_tls);

static const struct setting connector_settings[] = {
    {"name", SETTING_TEXT, .required = true, AT(conf_connector, name),
	.help = "Its name in commands, rules and records"},
    {"kind", SETTING_ENUM, .required = true, .choices = conf_kinds,
	AT(conf_connector, kind_id), .help = "What kind of directory it is"},
    {"parameters", SETTING_MAP, AT(conf_connector, parameters),
	.help = "Values for %name% in rules, for this connector"},
    {"known_as", SETTING_TEXTS, AT(conf_connector, known_as),
	.help = "GUIDs, or other names, that exported rules know this "
		"connector by"},

    /* ad, ldap */
    {"servers", SETTING_TEXTS, .required = true, .kinds = KINDS_LDAP,
	AT(conf_connector, ldap.servers),
	.help = "URLs of the servers in the order of fail-over: "
		"ldaps://HOST[:PORT], ldap://HOST[:PORT] or ldapi://PATH"},
    {"base", SETTING_TEXT, .kinds = KINDS_LDAP, AT(conf_connector, ldap.base),
	.help = "The one naming context or container that is read; found in "
		"the root DSE where neither base nor partitions is set"},
    {"partitions", SETTING_SECTIONS, .kinds = KINDS_LDAP,
	.section = &section_partition, AT(conf_connector, ldap.partitions),
	.help = "The naming contexts that are read, with their containers"},
    {"bind", SETTING_ENUM, .kinds = KINDS_LDAP, .choices = binds,
	.otherwise = "simple", AT(conf_connector, ldap.bind),
	.help = "How to log in"},
    {"user", SETTING_TEXT, .kinds = KINDS_LDAP, AT(conf_connector, ldap.user),
	.help = "DN or user principal name; with gssapi the principal"},
    {"password", SETTING_SECRET, .kinds = KINDS_LDAP,
	AT(conf_connector, ldap.password), .help = "The password"},
    {"keytab", SETTING_PATH, .kinds = KINDS_LDAP,
	AT(conf_connector, ldap.keytab),
	.help = "With gssapi: the keytab that holds the user's key"},
    {"realm", SETTING_TEXT, .kinds = KINDS_LDAP, AT(conf_connector, ldap.realm),
	.help = "With gssapi: the realm"},
    {"tls", SETTING_SECTION, .kinds = KINDS_LDAP, .section = &section_tls,
	AT(conf_connector, ldap.tls), .help = "The connection's protection"},
    {"page_size", SETTING_INT, .kinds = KINDS_LDAP, .otherwise = "1000",
	.min = 1, .max = 100000, AT(conf_connector, ldap.page_size),
	.help = "Entries asked for at once"},
    {"object_classes", SETTING_TEXTS, .kinds = KIND(AD),
	.otherwise = "user, inetOrgPerson, contact, group",
	AT(conf_connector, ldap.object_classes),
	.help = "Object classes that are read"},
    {"object_classes", SETTING_TEXTS, .kinds = KIND(LDAP),
	.otherwise = "inetOrgPerson, groupOfNames, groupOfUniqueNames",
	AT(conf_connector, ldap.object_classes),
	.help = "Object classes that are read"},
    {"filter", SETTING_FILTER, .kinds = KINDS_LDAP,
	AT(conf_connector, ldap.filter),
	.help = "Objects of these classes are read where they match this "
		"filter (RFC 4515); the server decides"},
    {"attributes", SETTING_TEXTS, .kinds = KINDS_LDAP,
	AT(conf_connector, ldap.attributes),
	.help = "Attributes that are read besides those in rules"},
    {"anchor", SETTING_TEXT, .kinds = KIND(AD), .otherwise = "objectGUID",
	AT(conf_connector, ldap.anchor),
	.help = "Attribute that names an object for ever"},
    {"anchor", SETTING_TEXT, .kinds = KIND(LDAP), .otherwise = "entryUUID",
	AT(conf_connector, ldap.anchor),
	.help = "Attribute that names an object for ever"},
    {"deltas", SETTING_ENUM, .kinds = KIND(LDAP), .choices = ldap_deltas,
	.otherwise = "auto", AT(conf_connector, ldap.deltas),
	.help = "How changes are found: by content synchronisation (RFC "
		"4533), by modifyTimestamp and a list of who is there, or "
		"not at all; auto takes the first that the server offers"},
    {"deltas", SETTING_ENUM, .kinds = KIND(AD), .choices = ad_deltas,
	.otherwise = "auto", AT(conf_connector, ldap.deltas),
	.help = "How changes are asked for: by the DirSync control, by "
		"uSNChanged, or not at all (every import reads all); auto "
		"takes the first that the domain controller grants"},
    {"timeout_s", SETTING_INT, .kinds = KINDS_LDAP, .otherwise = "30", .min = 1,
	.max = 3600, AT(conf_connector, ldap.timeout_s),
	.help = "Seconds without an answer after which a server is given up"},
    {"writable", SETTING_BOOL, .kinds = KINDS_LDAP, .otherwise = "false",
	AT(conf_connector, ldap.writable),
	.help = "An export may write to the directory what outbound rules "
		"want there; else it waits"},

    /* graph, sync */
    {"tenant", SETTING_TEXT, .required = true, .kinds = KINDS_CLOUD,
	AT(conf_connector, cloud.tenant),
	.help = "The tenant's GUID or one of its domain names"},
    {"authority", SETTING_TEXT, .kinds = KINDS_CLOUD,
	.otherwise = "https://login.microsoftonline.com",
	AT(conf_connector, cloud.authority), .help = "Where tokens come from"},
    {"endpoint", SETTING_TEXT, .kinds = KIND(GRAPH),
	.otherwise = "https://graph.microsoft.com/v1.0",
	AT(conf_connector, cloud.endpoint),
	.help = "Where Graph answers, with its version"},
    {"endpoint", SETTING_TEXT, .kinds = KIND(SYNC),
	.otherwise = "https://adminwebservice.microsoftonline.com/"
		     "provisioningservice.svc",
	AT(conf_connector, cloud.endpoint),
	.help = "Where the synchronisation web service answers first; it may "
		"name another host of the same domain"},
    {"types", SETTING_TEXTS, .kinds = KIND(GRAPH), .choices = graph_types,
	.otherwise = "user, group, contact, device",
	AT(conf_connector, cloud.types),
	.help = "Types of objects that go through this connector; another "
		"one to the same tenant takes others"},
    {"types", SETTING_TEXTS, .kinds = KIND(SYNC), .choices = sync_types,
	.otherwise = "user, group, contact, device, publicFolder",
	AT(conf_connector, cloud.types),
	.help = "Types of objects that go through this connector; another "
		"one to the same tenant takes others"},
    {"client_id", SETTING_TEXT, .required = true, .kinds = KINDS_CLOUD,
	AT(conf_connector, cloud.client_id),
	.help = "The application that was registered for Causeway"},
    {"secret", SETTING_SECRET, .kinds = KINDS_CLOUD,
	AT(conf_connector, cloud.secret),
	.help = "The application's secret; or set certificate and key"},
    {"certificate", SETTING_SECRET, .kinds = KINDS_CLOUD,
	AT(conf_connector, cloud.certificate),
	.help = "The application's certificate, PEM"},
    {"key", SETTING_SECRET, .kinds = KINDS_CLOUD, AT(conf_connector, cloud.key),
	.help = "The private key of the certificate, PEM"},
    {"ca", SETTING_PATH, .kinds = KINDS_CLOUD, AT(conf_connector, cloud.ca),
	.help = "File with the certificates of the authorities trusted; the "
		"system's where it is not set"},
    {"batch_size", SETTING_INT, .kinds = KIND(GRAPH), .otherwise = "20",
	.min = 1, .max = 20, AT(conf_connector, cloud.batch_size),
	.help = "Requests sent together"},
    {"batch_size", SETTING_INT, .kinds = KIND(SYNC), .otherwise = "30",
	.min = 1, .max = 30, AT(conf_connector, cloud.batch_size),
	.help = "Objects in one request"},
    {"parallel", SETTING_INT, .kinds = KIND(GRAPH), .otherwise = "4", .min = 1,
	.max = 16, AT(conf_connector, cloud.parallel),
	.help = "Batches under way at the same time"},
    {"timeout_s", SETTING_INT, .kinds = KIND(GRAPH), .otherwise = "60",
	.min = 1, .max = 3600, AT(conf_connector, cloud.timeout_s),
	.help = "Seconds without an answer after which a request is given up"},
    {"timeout_s", SETTING_INT, .kinds = KIND(SYNC), .otherwise = "120",
	.min = 1, .max = 3600, AT(conf_connector, cloud.timeout_s),
	.help = "Seconds without an answer after which a request is given up"},
    {"backoff_ms", SETTING_INT, .kinds = KINDS_CLOUD, .otherwise = "300",
	.min = 1, .max = 60000, AT(conf_connector, cloud.backoff_ms),
	.help = "Milliseconds to wait after a fault of the service; doubled "
		"each time, and after the seventh in a row the step stops"},
    {"answer_mb", SETTING_INT, .kinds = KIND(SYNC), .otherwise = "64", .min = 1,
	.max = 256, AT(conf_connector, cloud.answer_mb),
	.help =
	    "Longest answer of the service that is read, in MiB; thirty-two "
	    "times as much memory may be taken by it"},
    {"graph", SETTING_TEXT, .kinds = KIND(SYNC),
	AT(conf_connector, cloud.graph),
	.help = "Where Graph shows the same tenant, with its version: the "
		"lease is kept there; where it is not set, the Graph of the "
		"cloud that authority belongs to, or of the endpoint's host"},
    {"scope", SETTING_TEXT, .kinds = KIND(SYNC),
	.otherwise = "6bf85cfa-ac8a-4be5-b5de-425a0d0dc016/.default",
	AT(conf_connector, cloud.scope),
	.help = "What the token is asked for: the application id of the "
		"synchronisation service"},
    {"build", SETTING_TEXT, .kinds = KIND(SYNC), .otherwise = "2.6.0.0",
	AT(conf_connector, cloud.build),
	.help = "The build number that is announced: the service refuses "
		"those below its lowest"},
    {"application", SETTING_TEXT, .kinds = KIND(SYNC),
	AT(conf_connector, cloud.application),
	.help = "GUID by which the program names itself; client_id where it "
		"is not set"},
    {"features", SETTING_MAP, .kinds = KIND(SYNC),
	AT(conf_connector, cloud.features),
	.help = "Features of the company that an export turns on (true) or "
		"off (false) before it sends; others stay as they are"},

    /* file */
    {"path", SETTING_PATH, .required = true, .kinds = KIND(FILE),
	AT(conf_connector, file.path), .help = "The file"},
    {"format", SETTING_ENUM, .required = true, .kinds = KIND(FILE),
	.choices = formats, AT(conf_connector, file.format),
	.help = "What is in it"},
    {"anchor", SETTING_TEXT, .kinds = KIND(FILE),
	AT(conf_connector, file.anchor),
	.help = "Attribute or column that names an object for ever; csv "
		"needs it, in ldif the DN serves where it is not set"},
    {"dn", SETTING_TEXT, .kinds = KIND(FILE), AT(conf_connector, file.dn),
	.help = "csv: column that holds the DN; made from the anchor where "
		"it is not set"},
    {"type", SETTING_TEXT, .kinds = KIND(FILE), AT(conf_connector, file.type),
	.help = "csv: object type of every row; user where neither type nor "
		"type_column is set"},
    {"type_column", SETTING_TEXT, .kinds = KIND(FILE),
	AT(conf_connector, file.type_column),
	.help = "csv: column that holds the object type"},
    {"type_values", SETTING_MAP, .kinds = KIND(FILE),
	AT(conf_connector, file.type_values),
	.help = "csv: text in type_column and the object type it means; "
		"other rows are left out"},
    {"object_classes", SETTING_TEXTS, .kinds = KIND(FILE),
	.otherwise = "inetOrgPerson, user, contact, group, groupOfNames, "
		     "groupOfUniqueNames",
	AT(conf_connector, file.object_classes),
	.help = "ldif: object classes that are read; the first that an "
		"object has is its type"},
    {"attribute_types", SETTING_MAP, .kinds = KIND(FILE),
	AT(conf_connector, file.attribute_types),
	.help = "Attribute and its type: string, integer, boolean, binary "
		"(base64 in csv), reference or dn-binary, with the word list "
		"behind it "
		"for more than one value"},
    {"references", SETTING_ENUM, .kinds = KIND(FILE), .choices = references,
	.otherwise = "auto", AT(conf_connector, file.references),
	.help = "What a value of type reference holds of its target; auto: "
		"its DN, or in a csv without DNs its anchor"},
    {"columns", SETTING_TEXTS, .kinds = KIND(FILE),
	AT(conf_connector, file.columns),
	.help = "csv: columns that must be there, besides those that other "
		"settings name"},
    {"delimiter", SETTING_TEXT, .kinds = KIND(FILE), .otherwise = ",",
	AT(conf_connector, file.delimiter),
	.help = "csv: the character between fields"},
    {"separator", SETTING_TEXT, .kinds = KIND(FILE), .otherwise = "|",
	AT(conf_connector, file.separator),
	.help = "csv: the text between the values of a list"},
    {"include", SETTING_TEXTS, .kinds = KIND(FILE),
	AT(conf_connector, file.include),
	.help = "Containers that take part; the nearest container named "
		"above an object decides"},
    {"exclude", SETTING_TEXTS, .kinds = KIND(FILE),
	AT(conf_connector, file.exclude),
	.help = "Containers that do not take part"},
    {"writable", SETTING_BOOL, .kinds = KIND(FILE), .otherwise = "false",
	AT(conf_connector, file.writable),
	.help = "An export may write the file"},
};
static const struct section section_connector =
    SECTION(connector_settings, conf_connector);

static const struct setting store_settings[] = {
    {"path", SETTING_PATH, .otherwise = "/var/lib/causeway/causeway.db",
	AT(conf_store, path), .help = "The file that holds the state"},
};
static const struct section section_store = SECTION(store_settings, conf_store);

/* In the order of enum conf_change. */
static const char *const changes[] = {"delete", "leave-scope", "disable",
    "rename-upn", "lose-group", "lose-attribute", NULL};

static const struct setting limit_settings[] = {
    {"change", SETTING_ENUM, .required = true, .choices = changes,
	AT(conf_limit, change),
	.help = "The kind of change: an object goes because its source is "
		"gone, or because a rule leaves it out; an account is "
		"disabled; a sign-in name changes; a member leaves a group; "
		"an attribute has no value any more"},
    {"connector", SETTING_TEXT, AT(conf_limit, connector),
	.help = "The directory that is written to; every one where it is not "
		"set"},
    {"type", SETTING_TEXT, AT(conf_limit, type),
	.help = "Its object type, such as user; every one where it is not "
		"set"},
    {"attribute", SETTING_TEXT, AT(conf_limit, attribute),
	.help = "With lose-attribute: which; each for itself where it is not "
		"set"},
    {"container", SETTING_TEXT, AT(conf_limit, container),
	.help = "Objects that come from this container of their source or "
		"from one below it, counted by themselves; \"*\": those of "
		"each container, each for itself; all together where it is "
		"not set"},
    {"count", SETTING_INT, .may_be_off = true, .otherwise = "off", .min = 0,
	.max = 1000000000, AT(conf_limit, count),
	.help = "More than this many in one export are held"},
    {"percent", SETTING_INT, .may_be_off = true, .otherwise = "off", .min = 0,
	.max = 100, AT(conf_limit, percent),
	.help = "More than this percent of those there are, and more than "
		"change_minimum, are held"},
};
static const struct section section_limit = SECTION(limit_settings, conf_limit);

static const struct setting guard_settings[] = {
    {"deletions", SETTING_INT, .may_be_off = true, .otherwise = "500", .min = 0,
	.max = 1000000000, AT(conf_guard, deletions),
	.help = "An export of more deletions than this stops before the "
		"first write"},
    {"source_percent", SETTING_INT, .may_be_off = true, .otherwise = "40",
	.min = 0, .max = 100, AT(conf_guard, source_percent),
	.help = "A full import that would obsolete more than this percent of "
		"a connector's objects stops and changes nothing"},
    {"source_minimum", SETTING_INT, .otherwise = "10", .min = 0,
	.max = 1000000000, AT(conf_guard, source_minimum),
	.help = "The guards of a source are not asked where no more objects "
		"than this are concerned"},
    {"attribute_percent", SETTING_INT, .may_be_off = true, .otherwise = "90",
	.min = 1, .max = 100, AT(conf_guard, attribute_percent),
	.help = "Where this percent of the objects of a type that had an "
		"attribute lose it in one import the source is at fault: the "
		"old values are kept"},
    {"change_percent", SETTING_INT, .may_be_off = true, .otherwise = "40",
	.min = 0, .max = 100, AT(conf_guard, change_percent),
	.help = "An export that would make a kind of change to more than this "
		"percent of the objects concerned holds these changes and "
		"sends the rest; where no limit says otherwise"},
    {"change_minimum", SETTING_INT, .otherwise = "10", .min = 0,
	.max = 1000000000, AT(conf_guard, change_minimum),
	.help = "change_percent and what was learned are not asked for this "
		"many changes of a kind, or fewer"},
    {"learn", SETTING_INT, .may_be_off = true, .otherwise = "10", .min = 1,
	.max = 100000, AT(conf_guard, learn),
	.help = "After this many exports that sent something, limits are "
		"learned from them: three times the largest export there was"},
    {"limits", SETTING_SECTIONS, .section = &section_limit,
	AT(conf_guard, limits),
	.help = "Limits for single kinds of changes, connectors, types, "
		"attributes; of several that fit the most special holds"},
    {"values", SETTING_BOOL, .otherwise = "true", AT(conf_guard, values),
	.help = "Values that the cloud would refuse are held one by one "
		"before they are sent, and the rest of the object goes"},
};
static const struct section section_guard = SECTION(guard_settings, conf_guard);

static const struct setting plan_settings[] = {
    {"apply", SETTING_ENUM, .choices = plan_applies, .otherwise = "always",
	AT(conf_plan, apply),
	.help = "always: a cycle exports what is pending. small: it makes a "
		"plan and applies it where it is small; else the plan waits "
		"for a person. never: all plans wait"},
    {"objects", SETTING_INT, .may_be_off = true, .otherwise = "100", .min = 0,
	.max = 1000000000, AT(conf_plan, objects),
	.help = "A small plan changes at most this many objects"},
    {"deletions", SETTING_INT, .may_be_off = true, .otherwise = "10", .min = 0,
	.max = 1000000000, AT(conf_plan, deletions),
	.help = "A small plan deletes at most this many"},
    {"percent", SETTING_INT, .may_be_off = true, .otherwise = "5", .min = 0,
	.max = 100, AT(conf_plan, percent),
	.help = "A small plan changes at most this percent of the objects that "
		"the directory has"},
    {"percent_minimum", SETTING_INT, .otherwise = "10", .min = 0,
	.max = 1000000000, AT(conf_plan, percent_minimum),
	.help = "percent is not asked of a plan that changes no more objects "
		"than this"},
};
static const struct section section_plan = SECTION(plan_settings, conf_plan);

static const struct setting schedule_settings[] = {
    {"interval", SETTING_DURATION, .may_be_off = true, .otherwise = "30m",
	.min = 1000, .max = INT64_C(30) * 86400000,
	AT(conf_schedule, interval_ms),
	.help = "From the start of one cycle to the start of the next"},
    {"minimum", SETTING_DURATION, .otherwise = "10s", .min = 1000,
	.max = INT64_C(30) * 86400000, AT(conf_schedule, minimum_ms),
	.help = "No interval is shorter, here or in causeway sched set"},
    {"bell_ms", SETTING_INT, .may_be_off = true, .otherwise = "200", .min = 0,
	.max = 3600000, AT(conf_schedule, bell_ms),
	.help = "A directory that tells of changes begins a delta cycle this "
		"many milliseconds after the first; off: it is not asked to"},
    {"history", SETTING_DURATION, .may_be_off = true, .otherwise = "7d",
	.min = 60000, .max = INT64_C(3650) * 86400000,
	AT(conf_schedule, history_ms),
	.help = "How long runs are kept, with their errors and the journal; a "
		"cycle forgets older ones"},
};
static const struct section section_schedule =
    SECTION(schedule_settings, conf_schedule);

static const struct setting default_rules_settings[] = {
    {"services", SETTING_TEXTS, .choices = services,
	.otherwise = "apps, dynamics, exchange, intune, rms, sharepoint, teams",
	AT(conf_default_rules, services),
	.help = "Services in use: what none of them wants is not written to "
		"the cloud"},
    {"source_anchor", SETTING_TEXT, AT(conf_default_rules, source_anchor),
	.help = "Attribute of a user in kinds ad and file that names the user "
		"for ever, such as ms-DS-ConsistencyGuid; the connector's "
		"anchor where it is not set. Never change it once users are "
		"in the cloud"},
    {"match_users_by", SETTING_ENUM, .choices = matches, .otherwise = "sid",
	AT(conf_default_rules, match_users_by),
	.help = "How accounts of one human in several forests are known: by "
		"their SIDs, by mail, by account name with mail nickname, by "
		"match_attribute, or not at all"},
    {"match_attribute", SETTING_TEXT, AT(conf_default_rules, match_attribute),
	.help = "With match_users_by: attribute: one that directory and "
		"metaverse both have, such as employeeID"},
    {"write_back", SETTING_TEXTS, .choices = write_backs,
	AT(conf_default_rules, write_back),
	.help = "What goes back into the directory: anchor writes the anchor "
		"to ms-DS-ConsistencyGuid, hybrid what a mail system at home "
		"wants to know of the cloud's, groups a copy of the cloud's "
		"groups, devices a record of each device that registered "
		"itself with the cloud, keys the public keys by which people "
		"sign in without a password"},
    {"devices_connector", SETTING_TEXT,
	AT(conf_default_rules, devices_connector),
	.help = "With write_back: devices: the connector that gets the "
		"records, of kind ad or file"},
    {"devices_container", SETTING_TEXT,
	AT(conf_default_rules, devices_container),
	.help = "With write_back: devices: DN of the container for them, "
		"CN=RegisteredDevices of the domain"},
    {"groups_connector", SETTING_TEXT, AT(conf_default_rules, groups_connector),
	.help = "With write_back: groups: the connector that gets the copies"},
    {"groups_container", SETTING_TEXT, AT(conf_default_rules, groups_container),
	.help = "With write_back: groups: DN of the container for them"},
    {"account_expiry", SETTING_BOOL, .otherwise = "false",
	AT(conf_default_rules, account_expiry),
	.help = "Whom accountExpires has locked out is disabled in the cloud, "
		"by the next full synchronisation after that date"},
    {"member_limit", SETTING_INT, .otherwise = "250000", .min = 1,
	.max = 1000000000, AT(conf_default_rules, member_limit),
	.help = "A group with this many members is not made in the cloud; one "
		"that grew so large keeps the members it has there"},
    {"extensions", SETTING_TEXTS, AT(conf_default_rules, extensions),
	.help = "Further attributes of users and groups, for directories that "
		"take directory extensions of extension_app: kind sync"},
    {"extension_app", SETTING_TEXT, AT(conf_default_rules, extension_app),
	.help = "The id of the application that the extensions belong to"},
};
const struct section section_default_rules =
    SECTION(default_rules_settings, conf_default_rules);

static const struct setting top_settings[] = {
    {"store", SETTING_SECTION, .section = &section_store, AT(conf, store),
	.help = "Where Causeway keeps its state"},
    {"connectors", SETTING_SECTIONS, .section = &section_connector,
	AT(conf, connectors), .help = "The directories that are connected"},
    {"guard", SETTING_SECTION, .section = &section_guard, AT(conf, guard),
	.help = "What stops a run that would do harm"},
    {"plan", SETTING_SECTION, .section = &section_plan, AT(conf, plan),
	.help = "Which changes a cycle sends by itself, and which a person "
		"looks at first"},
    {"schedule", SETTING_SECTION, .section = &section_schedule,
	AT(conf, schedule), .help = "When the daemon runs a cycle"},
    {"staging", SETTING_BOOL, .otherwise = "false", AT(conf, staging),
	.help = "Import and synchronise, and never export"},
    {"rules", SETTING_TEXTS, .otherwise = "default", AT(conf, rules),
	.help = "Files and folders with rules, from here; the word default "
		"is the set that is built in"},
    {"default_rules", SETTING_SECTION, .section = &section_default_rules,
	AT(conf, default_rules),
	.help = "What the built-in set of rules is to do"},
    {"parameters", SETTING_MAP, AT(conf, parameters),
	.help = "Values for %name% in rules"},
};
const struct section section_top = SECTION(top_settings, conf);

const struct setting *
setting_find(const struct section *section, unsigned mask, struct text name)
{
	for (size_t i = 0; i < section->count; i++)
		if (setting_applies(&section->settings[i], mask) &&
		    text_is(name, section->settings[i].name))
			return &section->settings[i];
	return NULL;
}
