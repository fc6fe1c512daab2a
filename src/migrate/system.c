/* migrate/system.c -- which system and version, and by what evidence. */
#include <stdio.h>
#include <string.h>

#include "migrate/analysis_int.h"

/* What is known of releases: the numbers that documents name. */
static const struct release {
	const char *version; /* three numbers, or as many as count */
	const char *date;
} releases[] = {
    {"1.0.419", "2014-09"},
    {"1.0.470", "2014-10"},
    {"1.0.475", "2014-12"},
    {"1.0.485", "2015-02"},
    {"1.0.491", "2015-04"},
    {"1.0.494", "2015-05"},
    {"1.0.8641", "2015-06"},
    {"1.0.8667", "2015-08"},
    {"1.0.9125", "2015-11"},
    {"1.0.9131", "2015-12"},
    {"1.1.105", "2016-02"},
    {"1.1.110", NULL},
    {"1.1.119", NULL},
    {"1.1.130", "2016-04"},
    {"1.1.180", NULL},
    {"1.1.189", NULL},
    {"1.1.281", NULL},
    {"1.1.343", NULL},
    {"1.1.370", NULL},
    {"1.1.443", NULL},
    {"1.1.484", NULL},
    {"1.1.486", NULL},
    {"1.1.524", NULL},
    {"1.1.553", NULL},
    {"1.1.557", NULL},
    {"1.1.561", "2017-07"},
    {"1.1.614", NULL},
    {"1.1.647", NULL},
    {"1.1.649", NULL},
    {"1.1.654", NULL},
    {"1.1.749", NULL},
    {"1.1.750", NULL},
    {"1.1.751", NULL},
    {"1.1.819", NULL},
    {"1.1.880", NULL},
    {"1.1.882", NULL},
    {"1.2.65", NULL},
    {"1.2.67", NULL},
    {"1.2.68", NULL},
    {"1.2.69", NULL},
    {"1.2.70", NULL},
    {"1.3.20", NULL},
    {"1.3.21", NULL},
    {"1.4.18", NULL},
    {"1.4.25", NULL},
    {"1.4.32", NULL},
    {"1.4.38", NULL},
    {"1.5.18", NULL},
    {"1.5.20", NULL},
    {"1.5.22", NULL},
    {"1.5.29", NULL},
    {"1.5.30", NULL},
    {"1.5.42", NULL},
    {"1.5.45", NULL},
    {"1.6.2", NULL},
    {"1.6.4", NULL},
    {"1.6.11", NULL},
    {"1.6.13", NULL},
    {"1.6.14", NULL},
    {"1.6.16", NULL},
    {"2.0.3", "2021-07"},
    {"2.0.8", NULL},
    {"2.0.9", NULL},
    {"2.0.10", NULL},
    {"2.0.25", NULL},
    {"2.0.28", NULL},
    {"2.0.88", NULL},
    {"2.0.89", NULL},
    {"2.0.91", NULL},
    {"2.1.1", "2022"},
    {"2.1.15", "2022"},
    {"2.1.16", "2022"},
    {"2.1.18", "2022"},
    {"2.1.19", "2022"},
    {"2.1.20", "2022"},
    {"2.2.1", "2023-06"},
    {"2.2.8", "2023-10"},
    {"2.3.2", "2023-12"},
    {"2.3.6", NULL},
    {"2.3.8", NULL},
    {"2.3.20", "2024-07"},
    {"2.4.18", "2024-10"},
    {"2.4.21", NULL},
    {"2.4.27", NULL},
    {"2.4.129", NULL},
    {"2.4.131", NULL},
    {"2.5.3", NULL},
    {"2.5.76", NULL},
    {"2.5.79", "2025-05"},
    {"2.5.190", NULL},
    {"2.6.1", "2026"},
    {"2.6.92", "2026"},
};

/* DirSync's, FIM's and MIM's own numbers. */
static const char *const other_releases[] = {
    "1.0.6385", "1.0.6438", "1.0.6567", "1.0.6862", "1.0.7020"};

/* "1.1.130.0"; what is missing is 0. */
bool
version_parse(struct text t, unsigned out[static 4])
{
	size_t at = 0;

	memset(out, 0, 4 * sizeof(*out));
	for (size_t i = 0; i < 4; i++) {
		size_t digits = 0;

		while (at < t.len && t.data[at] >= '0' && t.data[at] <= '9' &&
		       digits < 9) {
			out[i] = out[i] * 10 + (unsigned)(t.data[at] - '0');
			at++;
			digits++;
		}
		if (digits == 0)
			return false;
		if (at == t.len)
			return i >= 1;
		if (t.data[at++] != '.')
			return false;
	}
	return false;
}

static bool
same_release(const unsigned v[4], const char *name)
{
	unsigned w[4];

	return version_parse(text_of(name), w) && v[0] == w[0] &&
	       v[1] == w[1] && v[2] == w[2];
}

static bool
is_known(const unsigned v[4])
{
	for (size_t i = 0; i < sizeof(releases) / sizeof(*releases); i++)
		if (same_release(v, releases[i].version))
			return true;
	for (size_t i = 0; i < 5; i++)
		if (same_release(v, other_releases[i]))
			return true;
	return false;
}

/* ---- Where a version may stand ---- */

struct found {
	struct text version;
	struct text file;
};

static void
take_version(void *ctx, const struct xml_node *n)
{
	struct found *f = ctx;

	if (f->version.len == 0 && text_is(n->name, "assembly-version"))
		f->version = xml_text(n);
}

/* Of the connectors of a kind: what their extension says. */
static struct found
assembly_version(const struct analysis *x, enum vendor_kind kind)
{
	const struct vendor *v = vendor_of(x);
	struct found f = {0};

	for (size_t i = 0; i < v->connector_count && f.version.len == 0; i++)
		if (v->connectors[i].kind == kind) {
			f.file = v->connectors[i].file;
			xml_walk(v->connectors[i].root, take_version, &f);
		}
	return f;
}

static void
tell_version(struct analysis *x, struct text version, const char *where)
{
	unsigned v[4];

	x->version = version;
	say(x, &x->evidence, "version %.*s: %s", TEXT_ARGS(version), where);
	if (!version_parse(version, v))
		verdict(x, "version", VERDICT_MANUAL,
		    "%s: \"%.*s\" is no version: nothing that depends on it "
		    "is known",
		    where, TEXT_ARGS(version));
	else if (!is_known(v))
		verdict(x, "version", VERDICT_MANUAL,
		    "%s: version %.*s is not among those that are known here: "
		    "its form was read as that of the versions around it; "
		    "look at every line of this analysis",
		    where, TEXT_ARGS(version));
}

/* ---- The later servers ---- */

static void
server_of_version(struct analysis *x)
{
	unsigned v[4];

	x->system = SYSTEM_AZURE_AD_CONNECT;
	if (!version_parse(x->version, v))
		return;
	if (v[0] == 1 && v[1] == 0 && v[2] < 8000) {
		x->system = SYSTEM_AZURE_AD_SYNC;
		say(x, &x->evidence,
		    "builds 1.0.419 to 1.0.494 are Azure AD Sync; Azure AD "
		    "Connect begins with 1.0.8641");
	}
}

static bool
has_setting_of_connect(const struct analysis *x)
{
	return raw_setting(x, "StagingMode").len > 0 ||
	       raw_setting(x, "AutoUpgradeState").len > 0 ||
	       raw_setting(x, "ExportDeletionThreshold").len > 0;
}

static void
export_system(struct analysis *x)
{
	struct text version = raw_setting(x, "ServerConfigurationVersion");
	struct found other;

	say(x, &x->evidence,
	    "an export of connectors, metaverse and synchronisation rules: "
	    "Azure AD Sync or Azure AD Connect");
	if (version.len > 0) {
		tell_version(x, version,
		    arena_printf(x->arena,
			"%.*s: Microsoft.Synchronize."
			"ServerConfigurationVersion",
			TEXT_ARGS(vendor_of(x)->mv_file)));
		server_of_version(x);
		return;
	}
	other = assembly_version(x, VENDOR_ENTRA);
	if (other.version.len > 0) {
		tell_version(x, other.version,
		    arena_printf(x->arena, "%.*s: <assembly-version>",
			TEXT_ARGS(other.file)));
		server_of_version(x);
		return;
	}
	if (vendor_of(x)->mv_root == NULL) {
		x->system = SYSTEM_AZURE_AD_CONNECT;
		say(x, &x->evidence,
		    "GlobalSettings/MV.xml, which says which of the two, is "
		    "missing: taken for Azure AD Connect");
		return;
	}
	x->system = has_setting_of_connect(x) ? SYSTEM_AZURE_AD_CONNECT
					      : SYSTEM_AZURE_AD_SYNC;
	say(x, &x->evidence,
	    x->system == SYSTEM_AZURE_AD_CONNECT
		? "settings that Azure AD Sync did not have (staging mode, "
		  "automatic upgrade, deletion threshold)"
		: "none of the settings that Azure AD Connect brought "
		  "(staging mode, automatic upgrade, deletion threshold)");
}

static void
policy_system(struct analysis *x)
{
	struct text version = raw_setting(x, "azureADConnectVersion");

	x->system = SYSTEM_AZURE_AD_CONNECT;
	say(x, &x->evidence,
	    "settings as JSON, which Azure AD Connect writes since 1.5.42");
	if (version.len > 0)
		tell_version(
		    x, version, "policyMetadata.azureADConnectVersion");
}

static void
script_system(struct analysis *x)
{
	x->system = SYSTEM_AZURE_AD_CONNECT;
	say(x, &x->evidence,
	    "a rule editor's script: Azure AD Connect, and Azure AD Sync "
	    "writes the same");
}

/* ---- FIM, MIM, DirSync ---- */

/* FIM 2010 has versions 4.0 and 4.1, MIM 2016 those after. */
static bool
system_of_engine(struct analysis *x)
{
	struct found f = assembly_version(x, VENDOR_OTHER);
	unsigned v[4];

	if (!version_parse(f.version, v) || v[0] != 4)
		return false;
	x->version = f.version;
	x->system = v[1] < 2 ? SYSTEM_FIM : SYSTEM_MIM;
	say(x, &x->evidence,
	    "%.*s: <assembly-version> %.*s (4.0 and 4.1 are FIM 2010, later "
	    "ones MIM 2016)",
	    TEXT_ARGS(f.file), TEXT_ARGS(f.version));
	return true;
}

static void
system_of_date(struct analysis *x)
{
	struct text date = vendor_of(x)->export_date;
	bool before = date.len >= 7 && memcmp(date.data, "2015-08", 7) < 0 &&
		      date.data[0] == '2';

	x->system = before || date.len == 0 ? SYSTEM_FIM : SYSTEM_MIM;
	if (before)
		say(x, &x->evidence,
		    "exported %.*s, before MIM 2016 was there (August 2015)",
		    TEXT_ARGS(date));
	else
		say(x, &x->evidence,
		    "no version in the export (export-date %.*s): FIM and MIM "
		    "write the same form, and both go the same path",
		    TEXT_ARGS(date));
}

static void
fim_system(struct analysis *x)
{
	const struct vendor *v = vendor_of(x);
	struct found cloud = assembly_version(x, VENDOR_ENTRA);

	say(x, &x->evidence,
	    "an export of management agents and metaverse: the engine of FIM, "
	    "MIM and DirSync");
	if (v->default_rules) {
		x->system = SYSTEM_DIRSYNC;
		say(x, &x->evidence,
		    "two agents with the names that DirSync gives them");
		if (cloud.version.len > 0)
			tell_version(x, cloud.version,
			    arena_printf(x->arena, "%.*s: <assembly-version>",
				TEXT_ARGS(cloud.file)));
		return;
	}
	if (!system_of_engine(x))
		system_of_date(x);
	if (cloud.version.len > 0)
		say(x, &x->evidence, "Azure AD connector of build %.*s",
		    TEXT_ARGS(cloud.version));
}

void
analyze_system(struct analysis *x)
{
	const struct vendor *v = vendor_of(x);

	switch (x->source->conf.form) {
	case CONFSRC_EXPORT:
		export_system(x);
		break;
	case CONFSRC_FIM:
		fim_system(x);
		break;
	case CONFSRC_POLICY:
		policy_system(x);
		break;
	case CONFSRC_POWERSHELL:
	case CONFSRC_CAUSEWAY:
		script_system(x);
		break;
	}
	if (v->server.len > 0 || v->export_date.len > 0)
		say(x, &x->evidence, "from server %.*s, exported %.*s",
		    TEXT_ARGS(v->server), TEXT_ARGS(v->export_date));
	for (size_t i = 0; i < x->source->notes.count; i++)
		say(x, &x->evidence, "%.*s",
		    TEXT_ARGS(x->source->notes.items[i]));
}
