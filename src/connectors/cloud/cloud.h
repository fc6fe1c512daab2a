/*
 * connectors/cloud/cloud.h -- what the doors to a cloud directory share.
 *
 * Purpose:   credentials from the configuration, tokens, an HTTP client;
 *            waiting for a busy peer; the lease; which types go through a
 *            door; names made from source anchors.
 * Touches:   proto/ (HTTP client, tokens), connectors/connector.h.
 * Ownership: a session is part of its connector's struct; cloud_close() frees
 *            what cloud_open() made.
 * Errors:    ERR_CONFIG with type "no-start-credentials" for secrets that
 *            cannot be read; those of proto/http_client.h and proto/oauth.h.
 * Security:  secrets and tokens live in struct secret alone.
 */
#ifndef CONNECTORS_CLOUD_CLOUD_H
#define CONNECTORS_CLOUD_CLOUD_H

#include "conf/conf.h"
#include "connectors/connector.h"
#include "proto/http_client.h"
#include "proto/oauth.h"

/* ---- A session ---- */

struct cloud_session {
	const struct connector_env *env;
	struct http_client *http;
	struct oauth *oauth;
	struct secret *secret, *key, *certificate;
	struct text endpoint; /* without slashes at its end */
	int64_t backoff_ms;   /* first wait after a fault */
};

struct cloud_options {
	struct text endpoint;  /* empty: env->conf->cloud.endpoint */
	struct text scope;     /* what tokens are asked for */
	unsigned parallel;     /* connections */
	size_t max_body_bytes; /* of an answer */
};

/* endpoint, secrets, HTTP client and tokens by env->conf->cloud; sends
 * nothing.  env is borrowed.  Close it also after an error. */
int cloud_open(struct cloud_session *s, const struct connector_env *env,
    const struct cloud_options *o, struct err *e) MUST_CHECK;
void cloud_close(struct cloud_session *s);

/* Whether objects of the type go through this connector; all do where the
 * configuration names none. */
bool cloud_takes(const struct connector_env *env, struct text type);

/* What a token for Graph is asked for: Graph's own name, also for a directory
 * of our own behind another host; the national clouds have theirs. */
struct text cloud_graph_scope(struct arena *a, struct text endpoint);

/* lease.c: as connector_ops; of a session that leads to Graph. */
int cloud_lease_get(const struct cloud_session *s, struct arena *a,
    struct connector_lease *out, struct err *e) MUST_CHECK;
int cloud_lease_set(const struct cloud_session *s,
    const struct connector_lease *lease, struct err *e) MUST_CHECK;

/* holder.c: as connector_ops.holder; the same. */
int cloud_holder(const struct cloud_session *s,
    const struct connector_question *q, struct arena *a,
    struct connector_holder *out, struct err *e) MUST_CHECK;

/* health.c: as connector_ops.health. */
int cloud_health(const struct cloud_session *s, struct arena *a,
    struct connector_health *out, struct err *e) MUST_CHECK;

/* ---- Waiting ---- */

/* How long we go on when the peer is busy or gone. */
struct patience {
	unsigned faults, waits; /* in a row */
	int64_t waited_ms;
	bool renewed; /* the token, after a 401 */
};

/* Waits before another try; retry_ms: what the peer asked for, -1: nothing.
 * ERR_BUSY when patience is at its end, ERR_CANCELLED. */
int patience_wait(const struct cloud_session *s, struct patience *p, bool fault,
    int64_t retry_ms, struct err *e) MUST_CHECK;

/* ---- Names from source anchors ---- */

/* before, hex of t, behind; upper-case digits where upper. */
struct text hex_frame(struct arena *a, const char *before, struct text t,
    const char *behind, bool upper);
bool hex_unframe(struct arena *a, const char *before, struct text t,
    const char *behind, struct text *out);

/* "CN={<upper-case hex>}" of a source anchor; the reverse gives false where
 * dn has not that form. */
struct text dn_of_source(struct arena *a, struct text source);
bool source_of_dn(struct arena *a, struct text dn, struct text *out);

#endif /* CONNECTORS_CLOUD_CLOUD_H */
