/* connectors/sync/graph.c -- what the service does not tell is asked where
 * Graph shows the same tenant: the lease, and who has a value. */
#include "connectors/sync/sync_int.h"

#define GRAPH_ANSWER_MAX ((size_t)1 << 20)

static const struct {
	const char *authority, *graph;
} clouds[] = {
    {"login.microsoftonline.com", "https://graph.microsoft.com/v1.0"},
    {"login.microsoftonline.us", "https://graph.microsoft.us/v1.0"},
    {"login.partner.microsoftonline.cn",
	"https://microsoftgraph.chinacloudapi.cn/v1.0"},
};

struct text
sync_graph_endpoint(struct arena *a, const struct conf_cloud *c)
{
	if (c->graph.len != 0)
		return c->graph;
	for (size_t i = 0; i < sizeof(clouds) / sizeof(clouds[0]); i++)
		if (text_equal_nocase(http_url_host(c->authority),
			text_of(clouds[i].authority)))
			return text_of(clouds[i].graph);
	return text_of(arena_printf(
	    a, "https://%.*s/v1.0", TEXT_ARGS(http_url_host(c->endpoint))));
}

static int
graph_open(struct sconn *s, struct err *e)
{
	struct cloud_options o = {.parallel = 1,
	    .max_body_bytes = GRAPH_ANSWER_MAX,
	    .endpoint = sync_graph_endpoint(s->env.arena, &s->env.conf->cloud)};

	if (s->graph.oauth != NULL)
		return 0;
	o.scope = cloud_graph_scope(s->env.arena, o.endpoint);
	cloud_close(&s->graph);
	return cloud_open(&s->graph, &s->env, &o, e);
}

int
sync_lease_get(struct connector *c, struct arena *a,
    struct connector_lease *out, struct err *e)
{
	struct sconn *s = (struct sconn *)c;
	int r = graph_open(s, e);

	if (r == 0)
		r = cloud_lease_get(&s->graph, a, out, e);
	return r < 0 ? err_prefix(e, "the lease, by %.*s",
			   TEXT_ARGS(s->graph.endpoint))
		     : r;
}

int
sync_lease_set(
    struct connector *c, const struct connector_lease *lease, struct err *e)
{
	struct sconn *s = (struct sconn *)c;
	int r = graph_open(s, e);

	if (r == 0)
		r = cloud_lease_set(&s->graph, lease, e);
	return r < 0 ? err_prefix(e, "the lease, by %.*s",
			   TEXT_ARGS(s->graph.endpoint))
		     : r;
}

int
sync_holder(struct connector *c, const struct connector_question *q,
    struct arena *a, struct connector_holder *out, struct err *e)
{
	struct sconn *s = (struct sconn *)c;
	int r = graph_open(s, e);

	return r == 0 ? cloud_holder(&s->graph, q, a, out, e) : r;
}
