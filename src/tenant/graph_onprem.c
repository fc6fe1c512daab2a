/* tenant/graph_onprem.c -- directory/onPremisesSynchronization: switches of
 * synchronisation and what clients are told of deletions (T8.1, T8.4); see
 * graph.h. */
#include "tenant/emit.h"
#include "tenant/graph.h"
#include "tenant/syncobj.h"

static const struct {
	const char *name;
	int64_t bit;
} features[] = {
    {"blockCloudObjectTakeoverThroughHardMatchEnabled", SYNC_BLOCK_TAKEOVER},
    {"blockSoftMatchEnabled", SYNC_BLOCK_SOFT_MATCH},
    {"cloudPasswordPolicyForPasswordSyncedUsersEnabled", SYNC_PASSWORD_POLICY},
    {"deviceWritebackEnabled", 1 << 12},
    {"directoryExtensionsEnabled", SYNC_EXTENSIONS},
    {"passwordSyncEnabled", SYNC_PASSWORD_HASH},
    {"passwordWritebackEnabled", SYNC_PASSWORD_WRITEBACK},
    {"quarantineUponProxyAddressesConflictEnabled", SYNC_PROXY_RESILIENCY},
    {"quarantineUponUpnConflictEnabled", SYNC_UPN_RESILIENCY},
    {"softMatchOnUpnEnabled", SYNC_SOFT_MATCH_UPN},
    {"synchronizeUpnForManagedUsersEnabled", SYNC_UPN_OF_MANAGED},
    {"unifiedGroupWritebackEnabled", 1 << 10},
    {"userForcePasswordChangeOnLogonEnabled", SYNC_FORCE_CHANGE},
    {"userWritebackEnabled", 1 << 11},
};
#define NFEATURES (sizeof(features) / sizeof(features[0]))
#define BYPASS    "bypassDirSyncOverridesEnabled"

static const struct {
	const char *name;
	enum sync_prevention type;
} preventions[] = {
    {"disabled", SYNC_PREVENT_NEVER},
    {"enabledForCount", SYNC_PREVENT_COUNT},
    {"enabledForPercentage", SYNC_PREVENT_PERCENT},
};

int
sync_prevention_of(struct text name, enum sync_prevention *out)
{
	for (size_t i = 0; i < 3; i++)
		if (text_is(name, preventions[i].name)) {
			*out = preventions[i].type;
			return 0;
		}
	return ERR_NOENT;
}

static void
emit_one(struct gcall *c, const struct sync_settings *s, const char *context)
{
	struct buf *b = c->out;

	buf_putc(b, '{');
	if (context != NULL) {
		buf_puts(b, "\"@odata.context\":");
		emit_text(b, text_of(context));
		buf_putc(b, ',');
	}
	buf_printf(b,
	    "\"id\":\"%s\",\"configuration\":{\"accidentalDeletionPrevention\":"
	    "{\"synchronizationPreventionType\":\"%s\","
	    "\"alertThreshold\":%lld}},\"features\":{",
	    // NOLINTNEXTLINE(clang-analyzer-core*): set by load()
	    c->t->id, preventions[s->prevention].name, (long long)s->threshold);
	for (size_t i = 0; i < NFEATURES; i++)
		buf_printf(b, "\"%s\":%s,", features[i].name,
		    (s->features & features[i].bit) != 0 ? "true" : "false");
	buf_printf(
	    b, "\"" BYPASS "\":%s}}", s->override_off ? "true" : "false");
}

static int
load(struct gcall *c, struct sync_settings *s)
{
	struct text id = gcall_segment(c, 2);
	int r;

	if (id.len != 0 && !text_is_nocase(id, c->t->id))
		return gcall_not_found(c, id);
	r = sync_settings_load(c->t, c->a, s);
	return r == 0 ? 0 : gcall_failed(c, r);
}

int
graph_onprem(struct gcall *c)
{
	const char *path = "directory/onPremisesSynchronization";
	bool one = gcall_segment(c, 2).len != 0;
	struct sync_settings s;
	int r = load(c, &s);

	if (r != 0)
		return r;
	c->status = 200;
	if (one) {
		emit_one(c, &s, graph_context(c, path, NULL, true));
		return 0;
	}
	buf_puts(c->out, "{\"@odata.context\":");
	emit_text(c->out, text_of(graph_context(c, path, NULL, false)));
	buf_puts(c->out, ",\"value\":[");
	emit_one(c, &s, NULL);
	buf_puts(c->out, "]}");
	return 0;
}

/* One pass over the members of a structure of the body. */
struct taking {
	struct gcall *c;
	struct sync_settings *s;
};

static int
unknown(struct gcall *c, struct text key)
{
	return gcall_bad(c,
	    "The property '%.*s' is unknown or has a value "
	    "that it cannot have.",
	    (int)(key.len > 128 ? 128 : key.len), key.data);
}

static int
feature_take(void *ctx, struct text key, struct json *value)
{
	struct taking *k = ctx;
	bool on = json_bool(value, false);

	if (json_type(value) != JSON_BOOLEAN)
		return unknown(k->c, key);
	if (text_is_nocase(key, BYPASS)) {
		k->s->override_off = on;
		return 0;
	}
	for (size_t i = 0; i < NFEATURES; i++) {
		if (!text_is_nocase(key, features[i].name))
			continue;
		if (on)
			k->s->features |= features[i].bit;
		else if ((features[i].bit & SYNC_FEATURES_STAY) == 0 ||
			 (k->s->features & features[i].bit) == 0)
			k->s->features &= ~features[i].bit;
		else
			return gcall_bad(k->c,
			    "The feature '%s' cannot be turned off.",
			    features[i].name);
		return 0;
	}
	return unknown(k->c, key);
}

static int
prevention_take(void *ctx, struct text key, struct json *value)
{
	struct taking *k = ctx;

	if (text_is_nocase(key, "synchronizationPreventionType") &&
	    sync_prevention_of(json_text(value), &k->s->prevention) == 0)
		return 0;
	if (text_is_nocase(key, "alertThreshold") && json_int(value, -1) >= 0) {
		k->s->threshold = json_int(value, 0);
		return 0;
	}
	return unknown(k->c, key);
}

static int
configuration_take(void *ctx, struct text key, struct json *value)
{
	struct taking *k = ctx;

	return text_is_nocase(key, "accidentalDeletionPrevention") &&
		       json_type(value) == JSON_OBJECT
		   ? json_each(value, prevention_take, k)
		   : unknown(k->c, key);
}

static int
part_take(void *ctx, struct text key, struct json *value)
{
	struct taking *k = ctx;

	if (json_type(value) != JSON_OBJECT)
		return unknown(k->c, key);
	if (text_is_nocase(key, "features"))
		return json_each(value, feature_take, k);
	if (text_is_nocase(key, "configuration"))
		return json_each(value, configuration_take, k);
	return unknown(k->c, key);
}

int
graph_onprem_update(struct gcall *c)
{
	struct sync_settings s;
	struct taking k = {c, &s};
	int r = load(c, &s);

	if (r == 0)
		r = json_each(c->body, part_take, &k);
	if (r != 0)
		return r;
	if (s.prevention == SYNC_PREVENT_PERCENT && s.threshold > 100)
		return gcall_bad(c, "alertThreshold is a percentage.");
	r = sync_settings_save(c->t, &s);
	if (r != 0)
		return gcall_failed(c, r);
	c->status = 204;
	return 0;
}
