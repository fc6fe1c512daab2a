/* upgrade/preflight.c -- see preflight.h. */
#include "upgrade/preflight.h"

#include <errno.h>
#include <string.h>

#include "upgrade/facts.h"

/* What is wrong; data NULL: nothing is. */
typedef struct text finding_fn(const struct facts *f, struct arena *a);

static struct text
marker(const struct facts *f, struct arena *a)
{
	if (f->folder_error == 0)
		return (struct text){0};
	return text_of(arena_printf(a, "%.*s: %s", TEXT_ARGS(f->folder),
	    strerrordesc_np(f->folder_error)));
}

static struct text
database(const struct facts *f, struct arena *a)
{
	(void)a;
	if (f->store_code == 0 || f->store_code == ERR_NOENT ||
	    f->store_code == ERR_VERSION)
		return (struct text){0};
	return f->store_problem;
}

static struct text
room(const struct facts *f, struct arena *a)
{
	if (f->store == NULL || f->free_bytes >= f->need_bytes)
		return (struct text){0};
	return text_of(
	    arena_printf(a, "%.*s: %llu MB are free, %llu MB are needed",
		TEXT_ARGS(f->folder), (unsigned long long)f->free_bytes >> 20,
		(unsigned long long)f->need_bytes >> 20));
}

static struct text
owner(const struct facts *f, struct arena *a)
{
	(void)a;
	return f->owner_problem.len != 0 ? f->owner_problem : (struct text){0};
}

static struct text
cannot_start(const struct facts *f, struct arena *a)
{
	(void)a;
	return f->conf_problem.len != 0 ? f->conf_problem : (struct text){0};
}

static struct text
cannot_stop(const struct facts *f, struct arena *a)
{
	if (!f->daemon_there || f->daemon_answers)
		return (struct text){0};
	return text_of(arena_printf(a,
	    "causewayd runs and does not answer: "
	    "%.*s",
	    TEXT_ARGS(f->daemon_problem)));
}

static struct text
not_running(const struct facts *f, struct arena *a)
{
	(void)a;
	if (f->daemon_there || !f->unit_enabled)
		return (struct text){0};
	return TEXT("causewayd.service is enabled, and no causewayd has the "
		    "store");
}

static struct text
cycle_off(const struct facts *f, struct arena *a)
{
	(void)a;
	return f->cycle_off ? TEXT("cycles are switched off")
			    : (struct text){0};
}

/* A person at work; the daemon's own runs are the next code. */
static struct text
in_use(const struct facts *f, struct arena *a)
{
	if (!f->run_locked || f->cycling)
		return (struct text){0};
	return text_of(arena_printf(
	    a, "the store is in use: %.*s", TEXT_ARGS(f->run_holder)));
}

static struct text
in_progress(const struct facts *f, struct arena *a)
{
	(void)a;
	if (f->cycling)
		return TEXT("a cycle is in progress");
	if (f->suspended)
		return TEXT("the schedule is suspended: somebody changes the "
			    "configuration");
	return (struct text){0};
}

static const struct {
	const char *code;
	finding_fn *find;
	const char *remedy;
} checks[] = {
    {"UpgradeAbortedServiceCanNotBeStarted", cannot_start,
	"causeway config check; causeway rule check"},
    {"UpgradeAbortedCouldNotSetUpgradeMarker", marker,
	"give the service's user the folder of the store"},
    {"UpgradeAbortedInsufficientDatabasePermissions", database,
	"causeway status says what the store is like"},
    {"UpgradeAbortedInsufficientDiskSpace", room,
	"make room; old copies are STORE.schema-*"},
    {"UpgradeAbortedSecurityGroupsNotPresent", owner,
	"chown the folder to the service's user and group"},
    {"UpgradeAbortedServiceCanNotBeStopped", cannot_stop,
	"systemctl restart causewayd"},
    {"UpgradeAbortedServiceIsNotRunning", not_running,
	"systemctl start causewayd; journalctl -u causewayd"},
    {"UpgradeAbortedSyncCycleDisabled", cycle_off,
	"causeway sched set --cycle on"},
    {"UpgradeAbortedSyncExeInUse", in_use, "wait until it has ended"},
    {"UpgradeAbortedSyncOrConfigurationInProgress", in_progress,
	"wait, or causeway sched set --suspended off"},
};
#define CHECKS (sizeof(checks) / sizeof(checks[0]))

const struct preflight_moot preflight_moot[] = {
    {"UpgradeNotSupportedCustomizedSyncRules",
	"rules of your own are kept as they are"},
    {"UpgradeNotSupportedInvalidPersistedState", "there is one way to install"},
    {"UpgradeNotSupportedNonLocalDbInstall",
	"the store is always a file of its own"},
    {"UpgradeNotSupportedLocalDbSizeExceeded",
	"the store has no limit of size"},
    {"UpgradeNotSupportedAADHealthUploadDisabled",
	"no service elsewhere is told of it"},
    {"UpgradeNotSupportedDeviceWritebackEnabled", "has no effect on it"},
    {"UpgradeNotSupportedGroupWritebackEnabled", "has no effect on it"},
    {"UpgradeNotSupportedUserWritebackEnabled", "has no effect on it"},
    {"UpgradeNotSupportedMetaverseSizeExceeeded",
	"the metaverse has no limit of size"},
    {"UpgradeNotSupportedMultiForestSetup", "several forests are one store"},
    {"UpgradeNotSupportedNonMsolAccount", "accounts are yours to name"},
    {"UpgradeNotSupportedNotConfiguredSignInMethod",
	"sign-in is not Causeway's"},
    {"UpgradeNotSupportedStagingModeEnabled",
	"a staging server is upgraded first, if anything"},
    {NULL, NULL},
};

int
preflight(const struct preflight_env *env, struct arena *a,
    struct preflight_report *out, struct err *e)
{
	struct facts f;
	int r = facts_gather(env, a, &f, e);

	if (r < 0)
		return r;
	*out = (struct preflight_report){
	    .record = f.record,
	    .store = text_of(f.store != NULL ? f.store : ""),
	    .newer = f.store_code == ERR_VERSION,
	    .result = PREFLIGHT_SUCCESS,
	    .findings = arena_array(a, CHECKS, sizeof(*out->findings)),
	};
	if (out->findings == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	for (size_t i = 0; i < CHECKS; i++) {
		struct text detail = checks[i].find(&f, a);

		if (detail.data != NULL)
			out->findings[out->count++] =
			    (struct preflight_finding){
				checks[i].code, detail, checks[i].remedy};
	}
	if (out->count > 0)
		out->result = out->findings[0].code;
	return 0;
}
