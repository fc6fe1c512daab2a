/*
 * tenant/tenant.h -- a cloud directory of our own, in one folder.
 *
 * Purpose:   what the program causeway-tenant does: make, run, fill, and
 *            register applications.
 * Touches:   the folder given (keys, certificates, SQLite), one listening
 *            socket while it runs.
 * Errors:    ERR_EXIST, ERR_CONFIG, ERR_ACCESS, ERR_STORE and others, with a
 *            text that names the file.
 */
#ifndef TENANT_TENANT_H
#define TENANT_TENANT_H

#include <stdio.h>

#include "base/text.h"

struct tenant_init_options {
	const char *dir;
	const char *tenant_id; /* NULL: a new one */
	const char *name;      /* of the organisation, NULL: the first domain */
	const char *const *domains; /* verified; the first is the default */
	size_t ndomains;
	const char *const *federated; /* of these, signing in elsewhere */
	size_t nfederated;
	const char *const *hosts; /* names of the server, beside localhost */
	size_t nhosts;
	int64_t max_objects; /* 0: 300,000 */
	bool soft_delete_groups;
};
int tenant_init(const struct tenant_init_options *o, struct err *e) MUST_CHECK;

struct tenant_run_options {
	const char *dir;
	const char *listen;
	const char *port_file; /* NULL: none; written when it listens */
	const char *proxy;     /* NULL, or where the CONNECT proxy listens */
	const char *proxy_port_file;
	const char *throttle; /* as throttle_parse(), NULL: off */
	int64_t delta_life_s; /* 0: seven days */
	unsigned max_connections;
};
/* Until SIGTERM or SIGINT. */
int tenant_run(const struct tenant_run_options *o, struct err *e) MUST_CHECK;

struct tenant_load_counts {
	unsigned users, groups, devices, contacts, links;
};
int tenant_load(const char *dir, const char *file,
    struct tenant_load_counts *out_n, struct err *e) MUST_CHECK;

struct tenant_app_options {
	const char *dir;
	const char *client_id; /* NULL: a new application */
	const char *name;
	const char *const *roles; /* none: all that synchronisation needs */
	size_t nroles;
	const char *const *grants; /* "password": other ways to a token */
	size_t ngrants;
	const char *const *certificates; /* files, PEM */
	size_t ncertificates;
	bool no_secret;
	int secret_days; /* may be negative: expired already, for tests */
	FILE *out;       /* gets the id and the new secret, in JSON */
};
int tenant_app_add(
    const struct tenant_app_options *o, struct err *e) MUST_CHECK;
int tenant_app_list(
    const char *dir, bool json, FILE *out, struct err *e) MUST_CHECK;

#endif /* TENANT_TENANT_H */
