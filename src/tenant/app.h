/*
 * tenant/app.h -- application registrations.
 *
 * Purpose:   make one, give it secrets and certificates.
 * Touches:   tenant/tenant_int.h, proto/x509_make.h.
 */
#ifndef TENANT_APP_H
#define TENANT_APP_H

#include "tenant/tenant_int.h"

struct app_new {
	const char *name;
	const char *const *roles; /* NULL: what synchronisation needs */
	size_t nroles;
	const char *const *grants; /* ways to a token beside the secret */
	size_t ngrants;
	bool no_secret;
	int secret_days;
	/* set: */
	char client_id[DIROBJ_ID_LEN + 1]; /* or given, to add to one */
	struct text secret;
};

/* "password": a user signs in by name and password; "device_code": on another
 * device. */
bool app_is_grant(struct text name);

/* Both write within the transaction of the caller, if there is one. */
int app_create(struct tenant *t, struct arena *a, struct app_new *app,
    struct err *e) MUST_CHECK;

/* pem: one certificate. */
int app_certificate_add(struct tenant *t, struct arena *a,
    const char *client_id, struct text pem, struct err *e) MUST_CHECK;

#endif /* TENANT_APP_H */
