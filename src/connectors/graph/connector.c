/* connectors/graph/connector.c -- opening, rights, schema. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "connectors/graph/gconn_int.h"
#include "connectors/graph/graph.h"

#define EXPORT_BATCH 200U
#define RESULTS_MAX  (512U << 20)

static void
graph_close(struct connector *c)
{
	struct gconn *g = (struct gconn *)c;

	if (g == NULL)
		return;
	cloud_close(&g->cloud);
	g->results = arena_free(g->results);
	free(g);
}

bool
gconn_takes(const struct gconn *g, enum gtype type)
{
	return cloud_takes(&g->env, text_of(gtypes[type].name));
}

/* ---- Opening ---- */

/* Each list is read once, so that a missing permission is told now. */
static int
rights_check(struct gconn *g, struct err *e)
{
	static const char *const permission[GT_COUNT] = {
	    [GT_USER] = "User.ReadWrite.All",
	    [GT_GROUP] = "Group.ReadWrite.All",
	    [GT_CONTACT] = "OrgContact.Read.All",
	    [GT_DEVICE] = "Device.Read.All",
	};

	for (int i = 0; i < GT_COUNT; i++) {
		struct json *root = NULL;
		char url[64];
		int r;

		if (!gconn_takes(g, (enum gtype)i))
			continue;
		(void)snprintf(
		    url, sizeof(url), "%s?$select=id&$top=1", gtypes[i].path);
		r = fetch_json(g, text_of(url), &root, e);
		json_free(root);
		if (r == ERR_ACCESS && e != NULL)
			(void)err_prefix(e,
			    "the application lacks the permission %s",
			    permission[i]);
		if (r < 0)
			return r;
	}
	return 0;
}

static void
limits_set(struct gconn *g, const struct conf_cloud *c)
{
	g->batch_size = c->batch_size > 0 && c->batch_size < GRAPH_BATCH_MAX
			    ? (size_t)c->batch_size
			    : GRAPH_BATCH_MAX;
	g->parallel =
	    c->parallel > 0 && c->parallel <= 64 ? (size_t)c->parallel : 4;
}

static int
session_open(struct gconn *g, struct err *e)
{
	struct cloud_options o = {
	    .scope =
		cloud_graph_scope(g->env.arena, g->env.conf->cloud.endpoint),
	    .parallel = (unsigned)g->parallel,
	    .max_body_bytes = GRAPH_ANSWER_MAX,
	};
	int r = cloud_open(&g->cloud, &g->env, &o, e);

	if (r < 0)
		return r;
	g->endpoint = g->cloud.endpoint;
	g->batch_url =
	    arena_printf(g->env.arena, "%.*s/$batch", TEXT_ARGS(g->endpoint));
	g->results = arena_new(RESULTS_MAX);
	return g->results == NULL || g->batch_url == NULL
		   ? err_set(e, ERR_NOMEM, "out of memory")
		   : 0;
}

static int
open_steps(struct gconn *g, struct err *e)
{
	int r = gconn_intern(g, e);

	limits_set(g, &g->env.conf->cloud);
	if (r == 0)
		r = session_open(g, e);
	return r == 0 ? rights_check(g, e) : r;
}

static int
graph_open(
    const struct connector_env *env, struct connector **out, struct err *e)
{
	struct gconn *g = calloc(1, sizeof(*g));
	int r;

	if (g == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	g->base.kind = &graph_connector_kind;
	g->env = *env;
	r = open_steps(g, e);
	if (r < 0) {
		graph_close(&g->base);
		return r;
	}
	*out = &g->base;
	return 0;
}

/* ---- What there is ---- */

static int
graph_schema(struct connector *c, struct schema *s, struct err *e)
{
	struct gconn *g = (struct gconn *)c;
	int r = 0;

	for (size_t i = 0; i < property_count && r == 0; i++)
		r = schema_add(s,
		    (struct schema_attr){
			.name = g->names[i],
			.type = properties[i].type,
			.multi = (properties[i].flags & PR_MULTI) != 0,
			.read_only = properties[i].write == 0,
		    },
		    e);
	for (int i = 0; i < GT_COUNT && r == 0; i++) {
		if (!gconn_takes(g, (enum gtype)i))
			continue;
		r = schema_add_type(s, g->types[i]);
		if (r < 0)
			(void)err_set(e, r, "schema: %s", err_name(r));
	}
	return r;
}

static int
graph_partitions(struct connector *c, struct partition **out, size_t *out_count,
    struct err *e)
{
	struct gconn *g = (struct gconn *)c;
	struct partition *p = arena_alloc(g->env.arena, sizeof(*p));

	if (p == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*p = (struct partition){TEXT("default"), true};
	*out = p;
	*out_count = 1;
	return 0;
}

static bool
graph_writes(struct text type, struct text attribute)
{
	unsigned on = 0;

	for (int i = 0; i < GT_COUNT; i++)
		if (text_is(type, gtypes[i].name))
			on = 1U << i;
	for (size_t i = 0; i < property_count; i++)
		if (text_is(attribute, properties[i].name))
			return (properties[i].write & on) != 0;
	return false;
}

static int
graph_health(struct connector *c, struct arena *a, struct connector_health *out,
    struct err *e)
{
	return cloud_health(&((struct gconn *)c)->cloud, a, out, e);
}

static int
graph_holder(struct connector *c, const struct connector_question *q,
    struct arena *a, struct connector_holder *out, struct err *e)
{
	return cloud_holder(&((struct gconn *)c)->cloud, q, a, out, e);
}

static int
graph_lease_get(struct connector *c, struct arena *a,
    struct connector_lease *out, struct err *e)
{
	return cloud_lease_get(&((struct gconn *)c)->cloud, a, out, e);
}

static int
graph_lease_set(
    struct connector *c, const struct connector_lease *lease, struct err *e)
{
	return cloud_lease_set(&((struct gconn *)c)->cloud, lease, e);
}

static const struct connector_ops graph_ops = {
    .open = graph_open,
    .close = graph_close,
    .schema = graph_schema,
    .partitions = graph_partitions,
    .full_import = graph_full_import,
    .delta_import = graph_delta_import,
    .read_object = graph_read_object,
    .health = graph_health,
    .rights = graph_rights,
    .holder = graph_holder,
    .can_export = graph_can_export,
    .add_needs = graph_add_needs,
    .can_restore = graph_can_restore,
    .export = graph_export,
    .lease_get = graph_lease_get,
    .lease_set = graph_lease_set,
    .authority = &graph_authority,
};

const struct connector_kind graph_connector_kind = {
    .name = "graph",
    .title = "Microsoft Graph v1.0 (Entra ID)",
    .can = CAN_EXPORT | CAN_DELTA_IMPORT | CAN_REFS_BY_ANCHOR | CAN_MAKE_ANCHOR,
    .import_batch = 500,
    .export_batch = EXPORT_BATCH,
    .ops = &graph_ops,
    .writes = graph_writes,
};
