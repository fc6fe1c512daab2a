/* connectors/sync/connector.c -- opening, schema, limits. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "connectors/sync/sync.h"
#include "connectors/sync/sync_int.h"

#define RESULTS_MAX    (512U << 20)
#define ANSWER_DEFAULT ((size_t)64 << 20)

/* ---- Names ---- */

size_t
sconn_rows(const struct sconn *s)
{
	return sattr_count + s->open_count;
}

const struct sattr *
sconn_row(const struct sconn *s, size_t row)
{
	return row < sattr_count ? &sattrs[row] : &s->open[row - sattr_count];
}

int
sconn_find(const struct sconn *s, struct text name)
{
	if (!text_starts_nocase(name, SATTR_EXTENSION))
		return sattr_find(name);
	for (size_t i = 0; i < s->open_count; i++)
		if (text_is_nocase(name, s->open[i].name))
			return (int)(sattr_count + i);
	return -1;
}

/* Attributes of the site's own choice, of people and groups. */
static int
extensions_set(struct sconn *s, struct err *e)
{
	const struct conf_texts *all = &s->env.conf->cloud.extensions;

	for (size_t i = 0; i < all->count && i < SATTR_OPEN; i++) {
		const char *name = arena_strndup(
		    s->env.arena, all->items[i].data, all->items[i].len);

		if (name == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
		s->open[s->open_count++] = (struct sattr){.name = name,
		    .type = VALUE_STRING,
		    .multi = true,
		    .open = true,
		    .most = SATTR_OPEN_LEN,
		    .on = 1U << ST_USER | 1U << ST_GROUP};
	}
	return 0;
}

int
sconn_intern(struct sconn *s, struct err *e)
{
	int r = 0;

	for (size_t i = 0; i < sconn_rows(s) && r == 0; i++)
		r = names_intern(
		    s->env.names, text_of(sconn_row(s, i)->name), &s->names[i]);
	for (int i = 0; i < ST_COUNT && r == 0; i++)
		r = names_intern(
		    s->env.names, text_of(stypes[i].name), &s->types[i]);
	return r < 0 ? err_set(e, r, "names: %s", err_name(r)) : 0;
}

int
sconn_attr(const struct sconn *s, uint32_t name)
{
	for (size_t i = 0; i < sconn_rows(s); i++)
		if (s->names[i] == name)
			return (int)i;
	return -1;
}

int
sconn_type(const struct sconn *s, uint32_t type)
{
	for (int i = 0; i < ST_COUNT; i++)
		if (s->types[i] == type)
			return i;
	return -1;
}

size_t
sconn_answer_max(const struct sconn *s)
{
	int64_t mb = s->env.conf->cloud.answer_mb;

	return mb > 0 ? (size_t)mb << 20 : ANSWER_DEFAULT;
}

bool
sconn_takes(const struct sconn *s, enum stype type)
{
	return cloud_takes(&s->env, text_of(stypes[type].name));
}

/* ---- Opening ---- */

static void
sync_close(struct connector *c)
{
	struct sconn *s = (struct sconn *)c;

	if (s == NULL)
		return;
	cloud_close(&s->cloud);
	cloud_close(&s->graph);
	s->results = arena_free(s->results);
	free(s);
}

/* A GUID of this machine that says nothing else of it; none where the machine
 * has no id. */
static void
machine_set(struct sconn *s)
{
	char id[64];
	unsigned char hash[32];
	struct guid guid;
	size_t n;
	FILE *f = fopen("/etc/machine-id", "re");

	if (f == NULL)
		return;
	n = fread(id, 1, sizeof(id), f);
	(void)fclose(f);
	if (n == 0 || hash_hmac_sha256(TEXT("causeway synchronisation service"),
			  (struct text){id, n}, hash) < 0)
		return;
	memcpy(guid.octets, hash, sizeof(guid.octets));
	guid.octets[7] = (unsigned char)((guid.octets[7] & 0x0f) | 0x40);
	guid.octets[8] = (unsigned char)((guid.octets[8] & 0x3f) | 0x80);
	guid_format(&guid, s->machine);
}

static void
identity_set(struct sconn *s)
{
	const struct conf_cloud *c = &s->env.conf->cloud;
	struct guid guid;

	s->application =
	    c->application.len != 0 ? c->application : c->client_id;
	if (guid_parse(c->tenant, &guid, NULL) == 0)
		guid_format(&guid, s->tenant);
	s->batch_size = c->batch_size > 0 && c->batch_size < SYNC_OBJECTS_MAX
			    ? (size_t)c->batch_size
			    : SYNC_OBJECTS_MAX;
	machine_set(s);
}

static int
open_steps(struct sconn *s, struct err *e)
{
	const struct cloud_options o = {.scope = s->env.conf->cloud.scope,
	    .parallel = 1,
	    .max_body_bytes = sconn_answer_max(s)};
	int r = extensions_set(s, e);

	if (r == 0)
		r = sconn_intern(s, e);
	identity_set(s);
	if (r == 0)
		r = cloud_open(&s->cloud, &s->env, &o, e);
	if (r < 0)
		return r;
	s->url = s->cloud.endpoint;
	s->results = arena_new(RESULTS_MAX);
	if (s->results == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	return company_read(s, e);
}

static int
sync_open(
    const struct connector_env *env, struct connector **out, struct err *e)
{
	struct sconn *s = calloc(1, sizeof(*s));
	int r;

	if (s == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	s->base.kind = &sync_connector_kind;
	s->env = *env;
	r = open_steps(s, e);
	if (r < 0) {
		sync_close(&s->base);
		return r;
	}
	*out = &s->base;
	return 0;
}

/* ---- What there is ---- */

static bool
attr_of_ours(const struct sconn *s, const struct sattr *at)
{
	for (int i = 0; i < ST_COUNT; i++)
		if ((at->on & (1U << i)) != 0 && sconn_takes(s, (enum stype)i))
			return true;
	return false;
}

static int
sync_schema(struct connector *c, struct schema *sc, struct err *e)
{
	struct sconn *s = (struct sconn *)c;
	int r = 0;

	for (size_t i = 0; i < sconn_rows(s) && r == 0; i++) {
		const struct sattr *at = sconn_row(s, i);
		const struct schema_attr a = {.name = s->names[i],
		    .type = at->type,
		    .multi = at->multi,
		    .read_only = at->service};

		if (attr_of_ours(s, at))
			r = schema_add(sc, a, e);
	}
	for (int i = 0; i < ST_COUNT && r == 0; i++) {
		if (!sconn_takes(s, (enum stype)i))
			continue;
		r = schema_add_type(sc, s->types[i]);
		if (r < 0)
			(void)err_set(e, r, "schema: %s", err_name(r));
	}
	return r;
}

static int
sync_partitions(struct connector *c, struct partition **out, size_t *out_count,
    struct err *e)
{
	struct sconn *s = (struct sconn *)c;
	struct partition *p = arena_alloc(s->env.arena, sizeof(*p));

	if (p == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*p = (struct partition){TEXT("default"), true};
	*out = p;
	*out_count = 1;
	return 0;
}

static int
sync_limits(struct connector *c, struct connector_limits *out, struct err *e)
{
	const struct sconn *s = (struct sconn *)c;

	(void)e;
	*out = (struct connector_limits){
	    .deletions = s->company.deletions,
	    .deletion_percent = s->company.deletion_percent,
	    .interval_ms = s->company.interval_ms,
	};
	return 0;
}

/* Groups come last, so that their members are there. */
static bool
sync_adds_late(struct connector *c, uint32_t type)
{
	return sconn_type((struct sconn *)c, type) == ST_GROUP;
}

/* Everything else may follow. */
static bool
sync_add_needs(struct connector *c, uint32_t type, uint32_t name)
{
	static const char *const needed[] = {"sourceAnchor", "displayName",
	    "userPrincipalName", "accountEnabled", "securityEnabled",
	    "deviceId", "deviceTrustType", "userCertificate"};
	const struct sconn *s = (struct sconn *)c;
	int row = sconn_attr(s, name), kind = sconn_type(s, type);

	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++)
		if (row >= 0 &&
		    strcmp(sconn_row(s, (size_t)row)->name, needed[i]) == 0)
			return strcmp(needed[i], "userCertificate") != 0 ||
			       kind == ST_DEVICE;
	return false;
}

/* Lists of a few; members are told as they come and go. */
static bool
sync_refs_whole(struct connector *c, uint32_t name)
{
	const struct sconn *s = (struct sconn *)c;
	int row = sconn_attr(s, name);
	const struct sattr *at = row < 0 ? NULL : sconn_row(s, (size_t)row);

	return at != NULL && at->multi && strcmp(at->name, "member") != 0;
}

static bool
sync_writes(struct text type, struct text attribute)
{
	int row = sattr_find(attribute);

	for (int i = 0; i < ST_COUNT; i++)
		if (text_is(type, stypes[i].name))
			return row >= 0 && !sattrs[row].service &&
			       (sattrs[row].on & (1U << i)) != 0;
	return false;
}

/* The service finds a deleted user by the source anchor, which is in the DN,
 * and brings it back; it cannot be asked before. */
static int
sync_can_restore(
    struct connector *c, const struct export_item *item, struct err *e)
{
	const struct sconn *s = (struct sconn *)c;
	struct text type = names_text(s->env.names, item->type);

	if (text_is(type, "user"))
		return 1;
	(void)err_set(e, ERR_UNSUPPORTED,
	    "the service brings back users alone, and no %.*s",
	    TEXT_ARGS(type));
	return 0;
}

static int
sync_health(struct connector *c, struct arena *a, struct connector_health *out,
    struct err *e)
{
	return cloud_health(&((struct sconn *)c)->cloud, a, out, e);
}

static const struct connector_ops sync_ops = {
    .open = sync_open,
    .close = sync_close,
    .schema = sync_schema,
    .partitions = sync_partitions,
    .full_import = sync_full_import,
    .delta_import = sync_delta_import,
    .health = sync_health,
    .holder = sync_holder,
    .can_export = sync_can_export,
    .adds_late = sync_adds_late,
    .add_needs = sync_add_needs,
    .can_restore = sync_can_restore,
    .refs_whole = sync_refs_whole,
    .limits = sync_limits,
    .export = sync_export,
    .export_end = sync_export_end,
    .lease_get = sync_lease_get,
    .lease_set = sync_lease_set,
};

const struct connector_kind sync_connector_kind = {
    .name = "sync",
    .title = "Synchronisation web service (Entra ID)",
    .can = CAN_EXPORT | CAN_DELTA_IMPORT | CAN_MAKE_ANCHOR | CAN_WARN |
	   CAN_MOVE_SYNCED,
    .import_batch = 500,
    .export_batch = SYNC_EXPORT_BATCH,
    .ops = &sync_ops,
    .writes = sync_writes,
};
