#include "tenant/hosts.h"

#include <unistd.h>

#include "base/file.h"
#include "proto/x509_make.h"
#include "tenant/open.h"

#define DAYS 30 /* it is made whenever the proxy starts */

/* Sign-in, the synchronisation service, the directory; also where they were
 * before, and in national clouds. */
const char *const hosts_names[] = {
    "login.microsoftonline.com",
    "login.microsoft.com",
    "login.windows.net",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "sts.windows.net",
    "adminwebservice.microsoftonline.com",
    "provisioningapi.microsoftonline.com",
    "graph.microsoft.com",
    "graph.microsoft.us",
    "microsoftgraph.chinacloudapi.cn",
    "graph.windows.net",
    "proxy.cloudwebappproxy.net",
    "*.registration.msappproxy.net",
};
const size_t hosts_count = sizeof(hosts_names) / sizeof(hosts_names[0]);

static int
replace(const char *path, struct text content, bool secret, struct err *e)
{
	if (unlink(path) != 0 && errno != ENOENT)
		return err_set(
		    e, -errno, "%s: %s", path, strerrordesc_np(errno));
	return open_write_new(path, content, secret, e);
}

static int
pair_write(
    struct arena *a, const char *dir, const struct x509_pair *p, struct err *e)
{
	int r =
	    replace(open_path(a, dir, FILE_HOSTS_CERT), p->cert_pem, false, e);

	return r != 0 ? r
		      : replace(open_path(a, dir, FILE_HOSTS_KEY),
			    secret_text(p->key_pem), true, e);
}

int
hosts_certificate(struct arena *a, const char *dir, struct err *e)
{
	struct x509_pair ca = {0}, own = {0};
	struct x509_wish w = {.name = hosts_names[0],
	    .hosts = hosts_names,
	    .nhosts = hosts_count,
	    .days = DAYS,
	    .issuer = &ca};
	int r = file_read(
	    a, open_path(a, dir, FILE_CA_CERT), CERT_MAX, &ca.cert_pem, e);

	if (r == 0)
		r = open_secret(open_path(a, dir, FILE_CA_KEY), &ca.key_pem, e);
	if (r == 0)
		r = x509_make(a, &w, &own, e);
	if (r == 0)
		r = pair_write(a, dir, &own, e);
	x509_pair_clear(&ca);
	x509_pair_clear(&own);
	return r;
}
