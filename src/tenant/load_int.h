/*
 * tenant/load_int.h -- the parts of loading a file.
 *
 * Purpose:   one load on its way, and what a predecessor left: exported
 *            values, deleted objects, hashes, roles, switches.
 * Touches:   tenant/graph.h, tenant/syncobj.h.
 * Errors:    as tenant_load(); a refusal is in the call's answer.
 */
#ifndef TENANT_LOAD_INT_H
#define TENANT_LOAD_INT_H

#include "base/map.h"
#include "tenant/graph.h"
#include "tenant/syncobj.h"
#include "tenant/tenant.h"

struct load {
	struct gcall c;
	struct sync_call sync;
	struct arena *each; /* for one object */
	struct json *root;
	struct map *rows; /* display name -> row + 1; 0: two have it */
	const char *file;
	struct tenant_load_counts *n;
	struct err *e;
};

/* "organization" and "domains". */
int load_organization(struct load *l, const struct json *j) MUST_CHECK;
int load_domains(struct load *l, const struct json *list) MUST_CHECK;

/* An entry with "sync": as if a client had exported it. */
int load_exported(struct load *l, enum entity kind, struct json *j,
    struct dirobj *out_o) MUST_CHECK;

/* "passwordHash" and "roles" of the object that an entry made. */
int load_beside(
    struct load *l, const struct json *j, const struct dirobj *o) MUST_CHECK;

/* "deleted", when all links are made. */
int load_deleted(struct load *l, const struct json *j) MUST_CHECK;

/* The entry without what is read here; the caller's. */
struct json *load_plain(const struct json *j);

#endif /* TENANT_LOAD_INT_H */
