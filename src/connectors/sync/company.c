/* connectors/sync/company.c -- what the service says of itself and of the
 * company, and what it is told of an export. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "connectors/sync/sync_int.h"

#define INTERVAL_MOST_S (366LL * 86400)
#define CALL_MEMORY     (16U << 20)

/* ---- Capabilities ---- */

/* The next number of a dotted version; 0 where there is none. */
static int64_t
number_next(struct text *t)
{
	int64_t n = 0;

	while (t->len > 0 && t->data[0] >= '0' && t->data[0] <= '9' &&
	       n < 100000000) {
		n = 10 * n + (t->data[0] - '0');
		t->data++;
		t->len--;
	}
	if (t->len > 0) { /* the dot */
		t->data++;
		t->len--;
	}
	return n;
}

static int
version_compare(struct text a, struct text b)
{
	while (a.len > 0 || b.len > 0) {
		int64_t x = number_next(&a), y = number_next(&b);

		if (x != y)
			return x < y ? -1 : 1;
	}
	return 0;
}

static bool
is_listed(const struct xml_node *black, struct text build)
{
	const struct xml_node *n = xml_child(black, "ClientVersion");

	if (black == NULL ||
	    !text_is_nocase(xml_attr(black, "Enabled"), "true"))
		return false;
	for (; n != NULL; n = xml_next(n, "ClientVersion"))
		if (version_compare(xml_text(n), build) == 0)
			return true;
	return false;
}

/* The document of Capabilities: is our build one that is served? */
static int
capabilities_judge(
    struct arena *a, struct text document, struct text build, struct err *e)
{
	const struct xml_node *root = NULL, *app;
	struct text minimum;
	int r = xml_parse(a, "capabilities", document, &root, e);

	if (r < 0)
		return r;
	app = xml_path(root, "MicrosoftOnline/Protocol/Application");
	minimum = xml_child_text(app, "MinimumProductVersion");
	if (minimum.len > 0 && version_compare(build, minimum) < 0)
		return err_type(e, ERR_REFUSED, "no-start-ma",
		    "the service serves builds from %.*s on, and %.*s is "
		    "announced (setting build); nothing was changed",
		    (int)(minimum.len < 40 ? minimum.len : 40), minimum.data,
		    TEXT_ARGS(build));
	if (is_listed(xml_child(app, "BlackList"), build))
		return err_type(e, ERR_REFUSED, "no-start-ma",
		    "the service does not serve build %.*s any more (setting "
		    "build); nothing was changed",
		    TEXT_ARGS(build));
	return 0;
}

/* ---- GetCompanyConfiguration ---- */

static int
number_read(const struct xml_node *n, const char *name, int64_t otherwise,
    int64_t *out, struct err *e)
{
	struct text t = xml_child_text(n, name);

	*out = otherwise;
	if (t.len == 0)
		return 0;
	if (text_to_int64(t, out) < 0 || *out < 0)
		return err_set(e, ERR_PROTOCOL, "%s is \"%.*s\"", name,
		    (int)(t.len < 40 ? t.len : 40), t.data);
	return 0;
}

static int
deletion_read(const struct xml_node *n, struct company *c, struct err *e)
{
	struct text how = xml_child_text(n, "DeletionPrevention");
	int64_t count = 0, percent = 0;
	int r = number_read(n, "ThresholdCount", 0, &count, e);

	if (r == 0)
		r = number_read(n, "ThresholdPercentage", 0, &percent, e);
	if (r < 0)
		return r;
	c->deletions = CONNECTOR_NO_LIMIT;
	if (text_is(how, "EnabledForCount"))
		c->deletions = (uint64_t)count;
	else if (text_is(how, "EnabledForPercentage") && percent <= 100)
		c->deletion_percent = (unsigned)percent;
	return 0;
}

/* The unit of a letter, of those behind the T or before it; 0: none. */
static int64_t
unit_ms(char letter, bool time)
{
	static const struct {
		char letter;
		bool time;
		int64_t ms;
	} units[] = {
	    {'D', false, 86400000},
	    {'H', true, 3600000},
	    {'M', true, 60000},
	    {'S', true, 1000},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (units[i].letter == letter && units[i].time == time)
			return units[i].ms;
	return 0;
}

int64_t
company_interval(struct text t)
{
	int64_t sum = 0, n = 0;
	bool time = false, digits = false;

	if (t.len < 3 || t.len > 31 || t.data[0] != 'P')
		return 0;
	for (size_t i = 1; i < t.len; i++) {
		char c = t.data[i];

		if (c >= '0' && c <= '9' && n < INTERVAL_MOST_S) {
			n = n * 10 + (c - '0');
			digits = true;
		} else if (c == 'T' && !time && !digits) {
			time = true;
		} else if (digits && unit_ms(c, time) != 0) {
			sum += n * unit_ms(c, time);
			n = 0;
			digits = false;
		} else {
			return 0;
		}
	}
	return digits || sum > INTERVAL_MOST_S * 1000 ? 0 : sum;
}

int
company_parse(const struct xml_node *result, struct company *out, struct err *e)
{
	struct company c = {.known = true};
	int r = number_read(result, "DirSyncFeatures", 0, &c.features, e);

	if (r == 0)
		r = number_read(result,
		    "MaxLinksSupportedAcrossBatchInProvision2", SYNC_LINKS_MAX,
		    &c.links_max, e);
	if (r == 0)
		r = deletion_read(xml_path(result, "DirSyncConfiguration/"
						   "PreventAccidentalDeletion"),
		    &c, e);
	if (r < 0)
		return r;
	if (c.links_max < 1 || c.links_max > SYNC_LINKS_MAX)
		c.links_max = SYNC_LINKS_MAX;
	c.syncing =
	    text_is_nocase(xml_child_text(result, "IsDirSyncing"), "true");
	c.interval_ms =
	    company_interval(xml_child_text(result, "SynchronizationInterval"));
	*out = c;
	return 0;
}

/* The tenant's id, for the header of the calls that follow. */
static void
tenant_note(struct sconn *s, struct text id)
{
	struct guid guid;

	if (guid_parse(id, &guid, NULL) == 0)
		guid_format(&guid, s->tenant);
}

static void
license_put(struct nbfx_writer *w, void *ctx)
{
	(void)ctx;
	soap_bool(w, "", "includeLicenseInformation", false);
}

static int
configuration_read(struct sconn *s, struct arena *a, struct err *e)
{
	const struct call call = {
	    .operation = "GetCompanyConfiguration", .body = license_put};
	const struct xml_node *result = NULL;
	int r = call_run(s, a, &call, &result, e);

	if (r == 0)
		r = company_parse(result, &s->company, e);
	if (r < 0)
		return r;
	tenant_note(s, xml_child_text(result, "TenantId"));
	return 0;
}

int
company_read(struct sconn *s, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(CALL_MEMORY);
	const struct call call = {.operation = "Capabilities"};
	const struct xml_node *result = NULL;
	int r;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	r = call_run(s, a, &call, &result, e);
	if (r == 0)
		r = capabilities_judge(
		    a, result->text, s->env.conf->cloud.build, e);
	if (r == 0)
		r = configuration_read(s, a, e);
	if (r < 0 || s->company.syncing)
		return r;
	return err_type(e, ERR_CONFIG, "no-start-ma",
	    "identity synchronization is not yet activated for this company; "
	    "turn it on: PATCH /v1.0/organization/{tenant} with "
	    "{\"onPremisesSyncEnabled\": true}, as a global administrator");
}

/* ---- Features ---- */

static int64_t
features_wanted(const struct sconn *s)
{
	const struct conf_map *want = &s->env.conf->cloud.features;
	int64_t bits = s->company.features;

	for (size_t i = 0; i < want->count; i++) {
		const struct conf_feature *f =
		    conf_feature_find(want->items[i].name);

		if (f == NULL)
			continue; /* refused when it was read */
		if (text_is(want->items[i].value, "true"))
			bits |= (int64_t)f->bit;
		else
			bits &= ~(int64_t)f->bit;
	}
	return bits;
}

static void
features_put(struct nbfx_writer *w, void *ctx)
{
	soap_int(w, "", "dirsyncFeatures", *(const int64_t *)ctx);
}

/* Read, changed, written, and read again: some cannot be turned off. */
int
company_features(struct sconn *s, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(CALL_MEMORY);
	int64_t bits = features_wanted(s);
	const struct call call = {.operation = "SetCompanyDirsyncFeatures",
	    .body = features_put,
	    .ctx = &bits};
	const struct xml_node *result = NULL;
	int r;

	if (bits == s->company.features)
		return 0;
	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	/* once more, as late as can be: others change them too */
	r = configuration_read(s, a, e);
	bits = features_wanted(s);
	if (r == 0 && bits != s->company.features)
		r = call_run(s, a, &call, &result, e);
	if (r == 0)
		r = configuration_read(s, a, e);
	if (r == 0 && features_wanted(s) != s->company.features)
		log_event(LOG_WARN, "sync.features.differ", "why",
		    "the service keeps some features as they were", NULL);
	return r;
}

/* ---- The end of an export ---- */

static void
finalize_put(struct nbfx_writer *w, void *ctx)
{
	const struct sconn *s = ctx;

	soap_int(w, "", "totalExported", (int64_t)s->exported);
	soap_int(w, "", "successfulExportCount", (int64_t)s->succeeded);
}

int
company_finalize(struct sconn *s, struct err *e)
{
	CLEANUP(arena_freep)
	struct arena *a = arena_new(CALL_MEMORY);
	const struct call call = {
	    .operation = "FinalizeExport", .body = finalize_put, .ctx = s};
	const struct xml_node *result = NULL;

	if (a == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	return call_run(s, a, &call, &result, e);
}
