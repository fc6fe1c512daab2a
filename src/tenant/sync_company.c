/* tenant/sync_company.c -- what clients are told of the service and the
 * company, and its features; see sync_int.h. */
#include "tenant/sync_int.h"

int
sync_op_capabilities(struct sync_request *q)
{
	struct text min = q->call.settings.minimum_build;
	char *s = arena_printf(q->call.a,
	    "<ServiceCapability><MicrosoftOnline><Protocol Version=\"2.0\">"
	    "<Application Id=\"1651564e-7ce4-4d99-88be-0a65050d8dc3\">"
	    "<MinimumProductVersion>%.*s</MinimumProductVersion>"
	    "<LatestProductVersion>3.2</LatestProductVersion>"
	    "<BlackList Enabled=\"false\"><ClientVersion>1.0</ClientVersion>"
	    "</BlackList></Application></Protocol></MicrosoftOnline>"
	    "</ServiceCapability>",
	    TEXT_ARGS(min.len == 0 ? TEXT("1.0") : min));

	nbfx_put_text(&q->w, text_of(s));
	return 0;
}

static const char *
prevention_name(enum sync_prevention p)
{
	switch (p) {
	case SYNC_PREVENT_COUNT:
		return "EnabledForCount";
	case SYNC_PREVENT_PERCENT:
		return "EnabledForPercentage";
	case SYNC_PREVENT_NEVER:
		break;
	}
	return "Disabled";
}

static void
deletion_put(struct nbfx_writer *w, const struct sync_settings *s)
{
	bool percent = s->prevention == SYNC_PREVENT_PERCENT;

	soap_begin(w, "", "PreventAccidentalDeletion");
	soap_text(w, "", "DeletionPrevention",
	    text_of(prevention_name(s->prevention)));
	soap_int(w, "", "ThresholdCount", percent ? 0 : s->threshold);
	soap_int(w, "", "ThresholdPercentage", percent ? s->threshold : 0);
	nbfx_end(w);
}

static void
configuration_put(struct sync_request *q, int64_t total)
{
	struct nbfx_writer *w = &q->w;
	const struct sync_settings *s = &q->call.settings;

	soap_begin(w, "", "DirSyncConfiguration");
	soap_text(w, "", "AnchorAttribute", TEXT("mS-DS-ConsistencyGuid"));
	soap_text(w, "", "ApplicationVersion", q->soap.app_id);
	soap_text(w, "", "ClientVersion",
	    s->last_build.len == 0 ? q->soap.build : s->last_build);
	soap_begin(w, "", "CurrentExport");
	soap_text(w, "", "DirSyncClientMachineName", s->machine);
	soap_int(w, "", "SuccessfulExportCount", s->succeeded);
	soap_int(w, "", "TotalConnectorSpaceObjects", total);
	soap_int(w, "", "TotalExported", s->exported);
	nbfx_end(w);
	soap_bool(w, "", "IsTrackingChanges", false);
	deletion_put(w, s);
	soap_begin(w, "", "Writeback");
	soap_nil(w, "", "UnifiedGroupContainer");
	soap_nil(w, "", "UserContainer");
	nbfx_end(w);
	nbfx_end(w);
}

/* "PT30M" */
static struct text
interval_text(struct arena *a, const struct sync_settings *s)
{
	bool minutes = s->interval_s % 60 == 0;

	return text_of(arena_printf(a, "PT%lld%c",
	    (long long)(minutes ? s->interval_s / 60 : s->interval_s),
	    minutes ? 'M' : 'S'));
}

int
sync_op_company(struct sync_request *q)
{
	struct nbfx_writer *w = &q->w;
	const struct sync_settings *s = &q->call.settings;
	struct tdb *db = q->call.t->db;
	int r = tdb_run(db, SQL_SYNC_COUNT, "");
	int64_t total = r == 1 ? tdb_int(db, SQL_SYNC_COUNT, 0) : 0;

	tdb_done(db, SQL_SYNC_COUNT);
	if (r < 0)
		return r;
	soap_ns(w, "i", SOAP_NS_XSI);
	soap_text(w, "", "AllowedFeatures",
	    TEXT("ObjectWriteback PasswordWriteback"));
	configuration_put(q, total);
	soap_int(w, "", "DirSyncFeatures", s->features);
	soap_text(w, "", "DisplayName", q->call.t->display_name);
	soap_bool(w, "", "IsDirSyncing", s->state == SYNC_ON);
	soap_bool(w, "", "IsPasswordSyncing",
	    (s->features & SYNC_PASSWORD_HASH) != 0);
	soap_int(
	    w, "", "MaxLinksSupportedAcrossBatchInProvision2", s->limits.links);
	soap_text(
	    w, "", "SynchronizationInterval", interval_text(q->call.a, s));
	soap_text(w, "", "TenantId", text_of(q->call.t->id));
	return 0;
}

/* The two resiliencies stay once they are on (T8.4, section 4). */
int
sync_op_features(struct sync_request *q)
{
	struct sync_settings *s = &q->call.settings;
	int64_t bits = 0;

	if (text_to_int64(
		xml_child_text(q->soap.body, "dirsyncFeatures"), &bits) != 0 ||
	    bits < 0)
		return sync_fault(q, SYNC_CODE_SYNTAX,
		    "dirsyncFeatures is not a number of features.");
	s->features = bits | (s->features & SYNC_FEATURES_STAY);
	return sync_settings_save(q->call.t, s);
}
