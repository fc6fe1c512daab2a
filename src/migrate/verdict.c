/* migrate/verdict.c -- what becomes of each setting of the old server: one
 * table of what Causeway has and has not. */
#include <string.h>

#include "migrate/analysis_int.h"

enum when {
	WHEN_ON,    /* the fact says true */
	WHEN_OFF,   /* it says false */
	WHEN_THERE, /* it has a value */
	WHEN_IS,    /* it is `value`, in any case */
	WHEN_NOT,   /* it has a value that is not `value` */
};

static const char any[] = "";

/* The first line of a fact whose condition holds is its verdict. */
// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): a table
static const struct line {
	const char *fact;
	enum when when;
	const char *value;
	enum verdict_kind kind;
	const char *detail;
} lines[] = {
    {"password_hash_sync", WHEN_ON, any, VERDICT_MANUAL,
	"Causeway sends no password hashes: whoever changes a password after "
	"the switch keeps the old one in the cloud.  Decide before it how "
	"people sign in (federation, or passwords of the cloud's own)"},
    {"password_writeback", WHEN_ON, any, VERDICT_MANUAL,
	"Causeway writes no password back: self-service reset for people of "
	"the directory ends with the switch"},
    {"pass_through_authentication", WHEN_ON, any, VERDICT_MANUAL,
	"its agents are programs of their own: install at least two on other "
	"servers before this one goes"},
    {"seamless_sso", WHEN_ON, any, VERDICT_MANUAL,
	"it goes on without a server, but nobody renews the key of its "
	"computer account any more: do it by the vendor's module every month"},
    {"sign_in_method", WHEN_THERE, any, VERDICT_MANUAL,
	"how people sign in is not changed by Causeway; federation "
	"(certificates, trusts) is looked after where it runs"},
    {"exchange_hybrid", WHEN_ON, any, VERDICT_MANUAL,
	"what the cloud's mail system gives back goes on by "
	"default_rules.write_back: [hybrid] and writable: true of the "
	"directory: set both after the switch, with the rights that "
	"docs/operations/writeback.md lists"},
    {"device_writeback", WHEN_ON, any, VERDICT_MANUAL,
	"default_rules.write_back: [devices] with devices_connector and "
	"devices_container does it, and needs a connector with writable: true "
	"and object_classes with msDS-Device: set them, and look at pending "
	"before the first export"},
    {"device_registration", WHEN_ON, any, VERDICT_CHANGED,
	"computers with a certificate go to the synchronisation web service "
	"where object_classes has computer; Graph does not take them"},
    {"group_writeback", WHEN_ON, any, VERDICT_MANUAL,
	"default_rules.write_back: [groups] with groups_connector and "
	"groups_container does it, and needs a connector with writable: true: "
	"set both, and look at pending before the first export"},
    {"user_writeback", WHEN_ON, any, VERDICT_MANUAL,
	"the vendor withdrew it, and Causeway has none"},
    {"directory_extensions", WHEN_ON, any, VERDICT_MANUAL,
	"default_rules.extensions and extension_app do it through the "
	"synchronisation web service; the application they belong to must be "
	"the same, and the source does not name it"},
    {"application_filter", WHEN_ON, any, VERDICT_CHANGED,
	"applications become default_rules.services; look at the list"},
    {"attribute_exclusions", WHEN_THERE, any, VERDICT_MANUAL,
	"attributes that are not to be sent: leave the rules that send them "
	"out with disable:, or write a rule of your own"},
    {"group_filtering", WHEN_ON, any, VERDICT_CHANGED,
	"a rule keeps out of the cloud whoever is not a direct member of the "
	"group"},
    {"public_folders", WHEN_ON, any, VERDICT_CHANGED,
	"public folders go to the synchronisation web service where "
	"object_classes has publicFolder"},
    {"staging", WHEN_ON, any, VERDICT_CARRIES,
	"the import is in staging mode, always"},
    {"staging", WHEN_OFF, any, VERDICT_CHANGED,
	"the import is in staging mode until the comparison is empty"},
    {"schedule_on", WHEN_OFF, any, VERDICT_MANUAL,
	"the old schedule was off: nothing starts by itself before causeway "
	"sched start"},
    {"scheduler_suspended", WHEN_ON, any, VERDICT_MANUAL,
	"the old scheduler was suspended, perhaps by a wizard that was not "
	"finished: look at it before it is compared with"},
    {"maintenance", WHEN_ON, any, VERDICT_CARRIES,
	"runs are kept for schedule.history and then forgotten"},
    {"maintenance", WHEN_OFF, any, VERDICT_CHANGED,
	"runs older than schedule.history are forgotten; off keeps them"},
    {"history", WHEN_THERE, any, VERDICT_CARRIES, "schedule.history"},
    {"auto_upgrade", WHEN_THERE, any, VERDICT_CHANGED,
	"packages are upgraded by the system's package manager"},
    {"database", WHEN_THERE, any, VERDICT_CHANGED,
	"Causeway has a store of its own, made anew: objects join again by "
	"their anchors at the first synchronisation"},
    {"service_account", WHEN_THERE, any, VERDICT_CHANGED,
	"the daemon has a user of its own; the old account's key guards the "
	"old passwords and opens nothing here"},
    {"cloud_account", WHEN_THERE, any, VERDICT_MANUAL,
	"register an application for Causeway in the tenant; remove the old "
	"account when the old server is gone (a tenant takes 20 of them)"},
    {"directory_account", WHEN_THERE, any, VERDICT_MANUAL,
	"its password is in no export: give the account a new one, or make an "
	"account with reading rights for Causeway"},
};

static bool
holds(const struct line *l, struct text value)
{
	bool same = text_is_nocase(value, l->value);

	switch (l->when) {
	case WHEN_ON:
		return text_is(value, "true");
	case WHEN_OFF:
		return text_is(value, "false");
	case WHEN_THERE:
		return value.len > 0;
	case WHEN_IS:
		return value.len > 0 && same;
	case WHEN_NOT:
		return value.len > 0 && !same;
	}
	return false;
}

/* ---- Settings whose verdict depends on more than a word ---- */

static void
anchor(struct analysis *x)
{
	struct text a = fact_value(x, "source_anchor");

	if (a.len == 0) {
		verdict(x, "source_anchor", VERDICT_MANUAL,
		    "the source does not say which attribute it is: find out "
		    "before anything is sent, and set "
		    "default_rules.source_anchor");
	} else if (text_is_nocase(a, "objectGUID")) {
		verdict(x, "source_anchor", VERDICT_CARRIES,
		    "objectGUID: every object keeps its anchor to the octet");
	} else if (x->system == SYSTEM_DIRSYNC) {
		verdict(x, "source_anchor", VERDICT_BLOCKS,
		    "%.*s: after DirSync objectGUID is the only anchor",
		    TEXT_ARGS(a));
	} else {
		verdict(x, "source_anchor", VERDICT_CARRIES,
		    "%.*s becomes default_rules.source_anchor: every object "
		    "keeps its anchor",
		    TEXT_ARGS(a));
	}
	if (text_is_nocase(a, "mS-DS-ConsistencyGuid"))
		verdict(x, "source_anchor_writeback", VERDICT_MANUAL,
		    "the old server wrote it to whoever had none: "
		    "default_rules.write_back: [anchor] and writable: true do "
		    "the same, after the switch");
}

static void
alternate_id(struct analysis *x)
{
	struct text t = fact_value(x, "upn_attribute");

	if (t.len == 0 || text_is_nocase(t, "userPrincipalName"))
		verdict(x, "upn_attribute", VERDICT_CARRIES,
		    "userPrincipalName is the name in the cloud");
	else
		verdict(x, "upn_attribute", VERDICT_CHANGED,
		    "alternate ID: a rule takes the name in the cloud from "
		    "%.*s",
		    TEXT_ARGS(t));
}

const char *
match_setting(struct text vendor)
{
	static const struct {
		const char *vendor, *ours;
	} words[] = {{"ObjectSID", "sid"}, {"Mail", "mail"},
	    {"SamAccountNameMailNickname", "account"},
	    {"SamAccountNameAndMailNickname", "account"},
	    {"AccountNameAndMailNickname", "account"},
	    {"CustomAttribute", "attribute"}, {"Attribute", "attribute"},
	    {"AlwaysProvision", "none"}, {"None", "none"}};

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (text_is_nocase(vendor, words[i].vendor))
			return words[i].ours;
	return NULL;
}

static void
matching(struct analysis *x)
{
	struct text t = fact_value(x, "match_users_by");
	const char *ours = match_setting(t);

	if (t.len == 0)
		return;
	if (ours == NULL)
		verdict(x, "match_users_by", VERDICT_MANUAL,
		    "\"%.*s\" is not known: set default_rules.match_users_by",
		    TEXT_ARGS(t));
	else
		verdict(x, "match_users_by", VERDICT_CARRIES,
		    "default_rules.match_users_by: %s", ours);
}

static void
threshold(struct analysis *x)
{
	struct text t = fact_value(x, "deletion_threshold");
	struct text on = fact_value(x, "deletion_threshold_on");

	if (t.len == 0 && on.len == 0)
		verdict(x, "deletion_threshold", VERDICT_CHANGED,
		    "the source has none: Causeway stops before the first of "
		    "more than 500 deletions");
	else if (text_is(on, "false"))
		verdict(x, "deletion_threshold", VERDICT_CARRIES,
		    "it was off, and guard.deletions is off; think again");
	else
		verdict(x, "deletion_threshold", VERDICT_CARRIES,
		    "guard.deletions: %.*s",
		    TEXT_ARGS(t.len > 0 ? t : TEXT("500")));
}

static void
interval(struct analysis *x)
{
	struct text t = fact_value(x, "schedule_interval");

	if (x->system == SYSTEM_DIRSYNC || x->system == SYSTEM_AZURE_AD_SYNC)
		verdict(x, "schedule_interval", VERDICT_CHANGED,
		    "it was outside the engine (3 hours unless changed) and "
		    "is in no export: Causeway's is 30 minutes");
	else if (t.len > 0)
		verdict(x, "schedule_interval", VERDICT_CARRIES,
		    "schedule.interval: %.*s", TEXT_ARGS(t));
	else
		verdict(x, "schedule_interval", VERDICT_CHANGED,
		    "the source has none: Causeway's is 30 minutes");
}

/* Settings by a name that nobody here knows. */
static void
unknown_settings(struct analysis *x)
{
	const struct conf_map *m = &x->source->conf.settings;
	size_t told = 0;

	for (size_t i = 0; i < m->count && told < 200; i++)
		if (!setting_is_known(m->items[i].name)) {
			verdict_of(x, m->items[i].name, VERDICT_MANUAL,
			    TEXT("this setting is not known here: find out "
				 "what it does, and whether you need it"));
			told++;
		}
}

void
analyze_verdicts(struct analysis *x)
{
	const char *done = "";

	anchor(x);
	alternate_id(x);
	matching(x);
	threshold(x);
	interval(x);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct text value = fact_value(x, lines[i].fact);

		if (strcmp(done, lines[i].fact) == 0 ||
		    !holds(&lines[i], value))
			continue;
		done = lines[i].fact;
		verdict(x, lines[i].fact, lines[i].kind, "%s", lines[i].detail);
	}
	unknown_settings(x);
}
