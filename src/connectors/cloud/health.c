/* connectors/cloud/health.c -- the clock of the cloud, and what its servers
 * show in TLS. */
#include "connectors/cloud/cloud.h"
#include "proto/tls_probe.h"

#define PROBE_MS 10000
#define PORT     443U

int
cloud_health(const struct cloud_session *s, struct arena *a,
    struct connector_health *out, struct err *e)
{
	const struct conf_cloud *conf = &s->env->conf->cloud;
	const struct text urls[] = {s->endpoint, conf->authority};
	struct connector_cert *list =
	    arena_array(a, (size_t)2 * TLS_PROBE_CERTS, sizeof(*list));

	if (list == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*out = (struct connector_health){.certs = list};
	for (size_t i = 0; i < 2; i++) {
		struct tls_probe p = {
		    .kind = TLS_PROBE_HTTPS, .timeout_ms = PROBE_MS};
		struct tls_seen seen;

		if (i == 1 && http_url_same_origin(urls[0], urls[1]))
			continue;
		if (!tls_probe_url(urls[i], &p.host, &p.port))
			continue;
		if (p.port == 0)
			p.port = PORT;
		if (tls_probe(&p, a, &seen, NULL) < 0)
			continue;
		if (out->clock_ms == 0)
			out->clock_ms = seen.date_ms;
		for (size_t k = 0; k < seen.cert_count; k++)
			list[out->cert_count++] =
			    (struct connector_cert){.server = urls[i],
				.subject = seen.certs[k].subject,
				.end_s = seen.certs[k].end_s};
	}
	return 0;
}
