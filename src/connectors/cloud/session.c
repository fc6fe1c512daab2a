/* connectors/cloud/session.c -- credentials, HTTP client, tokens. */
#include "connectors/cloud/cloud.h"

#include "base/file.h"

#define CERTIFICATE_MAX 32768U

/* ---- Secrets ---- */

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
certificate_read(struct cloud_session *s, struct text reference, struct err *e)
{
	struct text pem = {0};
	struct err why = {0};
	char *path;

	if (!text_starts_nocase(reference, "file:"))
		return secret_read(
		    reference, "certificate", &s->certificate, e);
	path =
	    arena_strndup(s->env->arena, reference.data + 5, reference.len - 5);
	if (path == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (file_read(s->env->arena, path, CERTIFICATE_MAX, &pem, &why) < 0)
		return err_set(e, ERR_CONFIG, "certificate: %s", why.text);
	if (pem.len == 0)
		return err_set(
		    e, ERR_CONFIG, "certificate: %s: it is empty", path);
	s->certificate = secret_new(pem);
	return s->certificate == NULL ? err_set(e, ERR_NOMEM, "out of memory")
				      : 0;
}

static int
secrets_read(struct cloud_session *s, const struct conf_cloud *c, struct err *e)
{
	int r = secret_read(c->secret, "secret", &s->secret, e);

	if (r == 0)
		r = secret_read(c->key, "key", &s->key, e);
	if (r == 0)
		r = certificate_read(s, c->certificate, e);
	if (r < 0 && e != NULL) {
		e->code = ERR_CONFIG;
		(void)snprintf(
		    e->type, sizeof(e->type), "no-start-credentials");
	}
	return r < 0 ? ERR_CONFIG : 0;
}

/* ---- Client and tokens ---- */

static int
http_open(struct cloud_session *s, const struct cloud_options *o, struct err *e)
{
	const struct conf_cloud *c = &s->env->conf->cloud;
	struct http_client_options h = {
	    .parallel = o->parallel,
	    .max_body_bytes = o->max_body_bytes,
	    .timeout_ms = c->timeout_s * 1000,
	    .cancelled = s->env->cancelled,
	    .cancel_ctx = s->env->cancel_ctx,
	};
	struct text ca = TEXT("");
	int r = conf_resolve(s->env->arena,
	    text_of(s->env->config_dir != NULL ? s->env->config_dir : "."),
	    c->ca, &ca);

	if (r < 0)
		return err_set(e, r, "ca: %s", err_name(r));
	if (ca.len > 0) {
		h.ca_file = arena_strndup(s->env->arena, ca.data, ca.len);
		if (h.ca_file == NULL)
			return err_set(e, ERR_NOMEM, "out of memory");
	}
	return http_client_new(&h, &s->http, e);
}

static struct text
without_slashes(struct text t)
{
	while (t.len > 0 && t.data[t.len - 1] == '/')
		t.len--;
	return t;
}

static int
oauth_open(struct cloud_session *s, struct text scope, struct err *e)
{
	const struct conf_cloud *c = &s->env->conf->cloud;
	struct text authority = without_slashes(c->authority);
	struct oauth_options o = {
	    .http = s->http,
	    .client_id = c->client_id,
	    .scope = scope,
	    .secret = s->secret,
	    .key = s->key,
	};

	o.authority = text_of(arena_printf(s->env->arena, "%.*s/%.*s",
	    TEXT_ARGS(authority), TEXT_ARGS(c->tenant)));
	if (o.authority.len == 0 || o.scope.len == 0)
		return err_set(e, ERR_NOMEM, "out of memory");
	if (c->tenant.len == 0)
		return err_set(e, ERR_CONFIG, "tenant must be set");
	if (s->certificate != NULL)
		o.certificate = secret_text(s->certificate);
	return oauth_new(&o, &s->oauth, e);
}

static int
endpoint_set(struct cloud_session *s, struct text url, struct err *e)
{
	s->endpoint = without_slashes(url);
	if (!http_url_same_origin(s->endpoint, s->endpoint) ||
	    s->endpoint.len > 1024)
		return err_set(e, ERR_CONFIG,
		    "endpoint \"%.*s\" is not an https URL", TEXT_ARGS(url));
	return 0;
}

struct text
cloud_graph_scope(struct arena *a, struct text endpoint)
{
	struct text host = http_url_host(endpoint);

	if (text_starts_nocase(host, "graph.microsoft.") ||
	    text_starts_nocase(host, "dod-graph.microsoft.") ||
	    text_starts_nocase(host, "microsoftgraph."))
		return text_of(
		    arena_printf(a, "https://%.*s/.default", TEXT_ARGS(host)));
	return TEXT("https://graph.microsoft.com/.default");
}

int
cloud_open(struct cloud_session *s, const struct connector_env *env,
    const struct cloud_options *o, struct err *e)
{
	const struct conf_cloud *c = &env->conf->cloud;
	int r;

	s->env = env;
	s->backoff_ms = c->backoff_ms > 0 ? c->backoff_ms : 300;
	r = endpoint_set(
	    s, o->endpoint.len != 0 ? o->endpoint : c->endpoint, e);
	if (r == 0)
		r = secrets_read(s, c, e);
	if (r == 0)
		r = http_open(s, o, e);
	return r == 0 ? oauth_open(s, o->scope, e) : r;
}

void
cloud_close(struct cloud_session *s)
{
	s->oauth = oauth_free(s->oauth);
	s->http = http_client_free(s->http);
	s->secret = secret_free(s->secret);
	s->key = secret_free(s->key);
	s->certificate = secret_free(s->certificate);
}

bool
cloud_takes(const struct connector_env *env, struct text type)
{
	const struct conf_texts *types;

	if (env->conf == NULL || env->conf->cloud.types.count == 0)
		return true;
	types = &env->conf->cloud.types;
	for (size_t i = 0; i < types->count; i++)
		if (text_equal(types->items[i], type))
			return true;
	return false;
}
