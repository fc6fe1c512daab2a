/*
 * tenant/open.h -- a tenant's folder: its files, and the tenant in memory.
 *
 * Purpose:   names of the files, writing them with the right mode, opening
 *            database and keys together.
 * Touches:   the folder given.
 * Errors:    ERR_NOENT, ERR_EXIST, ERR_ACCESS, ERR_IO with the file's name.
 */
#ifndef TENANT_OPEN_H
#define TENANT_OPEN_H

#include "tenant/tenant_int.h"

#define FILE_DB          "tenant.db"
#define FILE_CA_CERT     "ca.pem"
#define FILE_CA_KEY      "ca.key"
#define FILE_SERVER_CERT "server.pem"
#define FILE_SERVER_KEY  "server.key"
#define FILE_TOKEN_KEY   "token.key"
#define FILE_CLIENT      "client.json"
#define FILE_SECRET      "client_secret"
#define FILE_ADMIN       "admin_token"
#define FILE_HOSTS_CERT  "hosts.pem"
#define FILE_HOSTS_KEY   "hosts.key"
#define CERT_MAX         65536U

/* dir/name, in the arena; NULL when memory is out. */
const char *open_path(struct arena *a, const char *dir, const char *name);

/* Makes the file new; secret ones are readable by the owner alone. */
int open_write_new(const char *path, struct text content, bool secret,
    struct err *e) MUST_CHECK;

int open_secret(
    const char *path, struct secret **out_s, struct err *e) MUST_CHECK;

int tenant_open(
    const char *dir, struct tenant **out_t, struct err *e) MUST_CHECK;
struct tenant *tenant_close(struct tenant *t);
DEFINE_CLEANUP(tenant, tenant_close);

/* Again, where one came or went. */
int tenant_domains_load(struct tenant *t) MUST_CHECK;

#endif /* TENANT_OPEN_H */
