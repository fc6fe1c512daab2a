/* connectors/ldap/health.c -- the clock of the directory, and what its servers
 * show in TLS. */
#include <stdio.h>
#include <time.h>

#include "connectors/ldap/core.h"
#include "proto/tls_probe.h"

#define PROBE_MS 5000

/* "20261130213258.0Z" of the root DSE (MS-ADTS 3.1.1.3.2.10). */
static int64_t
clock_of(const struct core *c)
{
	struct text t =
	    ldap_item_first(ldap_session_root(c->session), "currentTime");
	struct tm tm = {0};
	char digits[16];

	if (t.len < 14)
		return 0;
	memcpy(digits, t.data, 14);
	digits[14] = '\0';
	if (strptime(digits, "%Y%m%d%H%M%S", &tm) == NULL)
		return 0;
	return (int64_t)timegm(&tm) * 1000;
}

/* false: this server speaks no TLS. */
static bool
probe_of(const struct core *c, struct text url, struct tls_probe *out)
{
	bool tls = text_starts_nocase(url, "ldaps:");

	if (!tls && !c->conf->tls.starttls)
		return false;
	*out = (struct tls_probe){
	    .kind = tls ? TLS_PROBE_LDAPS : TLS_PROBE_LDAP_STARTTLS,
	    .timeout_ms = PROBE_MS};
	if (!tls_probe_url(url, &out->host, &out->port))
		return false;
	if (out->port == 0)
		out->port = tls ? 636 : 389;
	return true;
}

int
core_health(struct connector *connector, struct arena *a,
    struct connector_health *out, struct err *e)
{
	struct core *c = (struct core *)connector;
	const struct conf_texts *servers = &c->conf->servers;
	struct connector_cert *list =
	    arena_array(a, servers->count * TLS_PROBE_CERTS, sizeof(*list));

	if (list == NULL)
		return err_set(e, ERR_NOMEM, "out of memory");
	*out =
	    (struct connector_health){.clock_ms = clock_of(c), .certs = list};
	for (size_t i = 0; i < servers->count; i++) {
		struct tls_probe p;
		struct tls_seen seen;

		if (!probe_of(c, servers->items[i], &p) ||
		    tls_probe(&p, a, &seen, NULL) < 0)
			continue;
		for (size_t k = 0; k < seen.cert_count; k++)
			list[out->cert_count++] =
			    (struct connector_cert){.server = servers->items[i],
				.subject = seen.certs[k].subject,
				.end_s = seen.certs[k].end_s};
	}
	return 0;
}
