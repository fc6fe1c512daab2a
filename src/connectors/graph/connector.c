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
	g->oauth = oauth_free(g->oauth);
	g->http = http_client_free(g->http);
	g->secret = secret_free(g->secret);
	g->key = secret_free(g->key);
	g->certificate = secret_free(g->certificate);
	g->results = arena_free(g->results);
	free(g);
}

/* ---- Opening ---- */

static int
secret_read(struct text reference, const char *setting, struct secret **out,
    struct err *e)
{
	int r;

	if (reference.len == 0)
		return 0;
	r = secret_resolve(reference, out, e);
	return r < 0 ? err_prefix(e, "%s", setting) : 0;
}

/* A certificate is no secret: others may read its file. */
static int
certificate_read(struct gconn *g, struct text reference, struct err *e)
{
	static char pem[32768]; /* one thread */
	char *path;
	size_t n;
	FILE *f;

	if (!text_starts_nocase(reference, "file:"))
		return secret_read(
		    reference, "certificate", &g->certificate, e);
	path =
	    arena_strndup(g->env.arena, reference.data + 5, reference.len - 5);
	f = path == NULL ? NULL : fopen(path, "re");
	if (f == NULL)
		return err_set(e, ERR_CONFIG,
		    "certificate: %.*s: cannot be "
		    "opened",
		    TEXT_ARGS(reference));
	n = fread(pem, 1, sizeof(pem), f);
	(void)fclose(f);
	if (n == 0 || n == sizeof(pem))
		return err_set(e, ERR_CONFIG,
		    "certificate: %.*s: empty, unreadable or too large",
		    TEXT_ARGS(reference));
	g->certificate = secret_new((struct text){pem, n});
	return g->certificate == NULL ? err_set(e, ERR_NOMEM, "out of memory")
				      : 0;
}

static int
secrets_read(struct gconn *g, const struct conf_graph *c, struct err *e)
{
	int r = secret_read(c->secret, "secret", &g->secret, e);

	if (r == 0)
		r = secret_read(c->key, "key", &g->key, e);
	if (r == 0)
		r = certificate_read(g, c->certificate, e);
	if (r < 0 && e != NULL) {
		e->code = ERR_CONFIG;
		(void)snprintf(
		    e->type, sizeof(e->type), "no-start-credentials");
	}
	return r < 0 ? ERR_CONFIG : 0;
}

static int
http_open(struct gconn *g, const struct conf_graph *c, struct err *e)
{
	struct http_client_options o = {
	    .parallel = (unsigned)g->parallel,
	    .max_body_bytes = GRAPH_ANSWER_MAX,
	    .timeout_ms = c->timeout_s * 1000,
	    .cancelled = g->env.cancelled,
	    .cancel_ctx = g->env.cancel_ctx,
	};
	struct text ca = TEXT("");
	int r = conf_resolve(g->env.arena,
	    text_of(g->env.config_dir != NULL ? g->env.config_dir : "."), c->ca,
	    &ca);

	if (r < 0)
		return err_set(e, r, "ca: %s", err_name(r));
	if (ca.len > 0) {
		o.ca_file = arena_strndup(g->env.arena, ca.data, ca.len);
		if (o.ca_file == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
	}
	return http_client_new(&o, &g->http, e);
}

/* The permission to ask for: Graph's own name, also for a directory of our
 * own behind another host; the national clouds have theirs. */
static struct text
scope_of(struct gconn *g)
{
	struct text host = http_url_host(g->endpoint);

	if (text_starts_nocase(host, "graph.microsoft.") ||
	    text_starts_nocase(host, "dod-graph.microsoft.") ||
	    text_starts_nocase(host, "microsoftgraph."))
		return text_of(arena_printf(
		    g->env.arena, "https://%.*s/.default", TEXT_ARGS(host)));
	return TEXT("https://graph.microsoft.com/.default");
}

static int
oauth_open(struct gconn *g, const struct conf_graph *c, struct err *e)
{
	struct oauth_options o = {
	    .http = g->http,
	    .client_id = c->client_id,
	    .scope = scope_of(g),
	    .secret = g->secret,
	    .key = g->key,
	};
	struct text authority = c->authority;

	while (authority.len > 0 && authority.data[authority.len - 1] == '/')
		authority.len--;
	o.authority = text_of(arena_printf(g->env.arena, "%.*s/%.*s",
	    TEXT_ARGS(authority), TEXT_ARGS(c->tenant)));
	if (o.authority.len == 0 || o.scope.len == 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (c->tenant.len == 0)
		return err_set(e, ERR_CONFIG, "tenant must be set");
	if (g->certificate != NULL)
		o.certificate = secret_text(g->certificate);
	return oauth_new(&o, &g->oauth, e);
}

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

static int
limits_set(struct gconn *g, const struct conf_graph *c, struct err *e)
{
	g->batch_size = c->batch_size > 0 && c->batch_size < GRAPH_BATCH_MAX
			    ? (size_t)c->batch_size
			    : GRAPH_BATCH_MAX;
	g->parallel =
	    c->parallel > 0 && c->parallel <= 64 ? (size_t)c->parallel : 4;
	g->backoff_ms = c->backoff_ms > 0 ? c->backoff_ms : 300;
	g->endpoint = c->endpoint;
	while (
	    g->endpoint.len > 0 && g->endpoint.data[g->endpoint.len - 1] == '/')
		g->endpoint.len--;
	if (!http_url_same_origin(g->endpoint, g->endpoint) ||
	    g->endpoint.len > 1024)
		return err_set(e, ERR_CONFIG,
		    "endpoint \"%.*s\" is not an https URL",
		    TEXT_ARGS(c->endpoint));
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
	const struct conf_graph *c = &g->env.conf->graph;
	int r = limits_set(g, c, e);

	if (r == 0)
		r = gconn_intern(g, e);
	if (r == 0)
		r = secrets_read(g, c, e);
	if (r == 0)
		r = http_open(g, c, e);
	if (r == 0)
		r = oauth_open(g, c, e);
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

static const struct connector_ops graph_ops = {
    .open = graph_open,
    .close = graph_close,
    .schema = graph_schema,
    .partitions = graph_partitions,
    .full_import = graph_full_import,
    .delta_import = graph_delta_import,
    .read_object = graph_read_object,
    .can_export = graph_can_export,
    .add_needs = graph_add_needs,
    .export = graph_export,
};

const struct connector_kind graph_connector_kind = {
    .name = "graph",
    .title = "Microsoft Graph v1.0 (Entra ID)",
    .can = CAN_EXPORT | CAN_DELTA_IMPORT | CAN_REFS_BY_ANCHOR | CAN_MAKE_ANCHOR,
    .import_batch = 500,
    .export_batch = EXPORT_BATCH,
    .ops = &graph_ops,
};
