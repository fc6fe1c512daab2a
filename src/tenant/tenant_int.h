/*
 * tenant/tenant_int.h -- what the parts of the running tenant share.
 *
 * Purpose:   the tenant itself, and one Graph call: what was asked and what
 *            is answered.  A handler fills the answer and returns 0 (keep
 *            what it wrote) or negative (take it back).
 * Touches:   tenant/, proto/jwt.h.
 * Ownership: struct gcall borrows; its out buffer is its own.
 */
#ifndef TENANT_TENANT_INT_H
#define TENANT_TENANT_INT_H

#include "base/secret.h"
#include "codec/json.h"
#include "proto/jwt.h"
#include "tenant/dirobj.h"
#include "tenant/tdb.h"
#include "tenant/url.h"

#define DOMAINS_MAX        64U
#define TENANT_OBJECTS_NEW 50000  /* until a domain is verified */
#define TENANT_OBJECTS_MAX 300000 /* unless another quota was given */
#define BODY_MAX_BYTES     (8U << 20)

struct throttle;

struct domain {
	struct text name;
	bool is_initial, is_default, federated;
};

struct tenant {
	struct arena *a; /* for as long as it is open */
	struct tdb *db;
	char id[DIROBJ_ID_LEN + 1];
	struct text display_name;
	struct text page_key;
	struct jwt_key *sign;
	struct text kid, jwk;
	struct domain domains[DOMAINS_MAX];
	size_t ndomains;
	int64_t created_ms;
	int64_t max_objects;
	int64_t delta_life_ms;
	bool soft_delete_groups;
	int64_t clock_shift_ms;   /* of the tenant's clock: syncobj.h */
	int64_t turning_until_ms; /* synchronisation, on or off; 0: it is */
	struct secret *admin;
	struct throttle *throttle;
};

/* Refuses text that is no verified domain: NULL. */
const struct domain *tenant_domain(const struct tenant *t, struct text name);
const struct domain *tenant_initial_domain(const struct tenant *t);

struct gcall {
	struct tenant *t;
	struct arena *a; /* for this call */
	/* asked */
	const char *method;
	struct url url;    /* segments without the version */
	struct json *body; /* NULL: none or not JSON */
	bool has_body;
	bool eventual; /* ConsistencyLevel: eventual */
	bool minimal;  /* Prefer: return=minimal */
	bool upsert;   /* Prefer: create-if-missing */
	bool in_batch;
	bool service;     /* the tenant itself (load): nothing is read-only */
	struct text base; /* "https://host:port/v1.0" */
	struct text app_id;
	struct text roles; /* blank before, between and behind */
	struct text client_request_id;
	const char *request_id;
	/* answered */
	int status;
	struct buf *out; /* JSON */
	const char *location;
	const char *error_code;
	const char *throttle_info; /* which limit a 429 met */
	int retry_after_s;
	unsigned units; /* resource units charged */
	bool plain;     /* text, not JSON */
};

/* Segment i behind the version, the empty text where there is none. */
struct text gcall_segment(const struct gcall *c, size_t i);

struct refusal {
	int status;
	const char *code;
	const char *detail; /* code in details[], may be NULL */
	const char *target;
};

/* Writes the error body; always ERR_REJECTED. */
int gcall_refuse(struct gcall *c, const struct refusal *r, const char *fmt, ...)
    PRINTF(3, 4);
/* Request_BadRequest of 400 */
int gcall_bad(struct gcall *c, const char *fmt, ...) PRINTF(2, 3);
int gcall_not_found(struct gcall *c, struct text id);
/* A failure of ours or of the store. */
int gcall_failed(struct gcall *c, int r);

/* Routes and answers one call within the transaction that is open. */
int graph_call(struct gcall *c);

/* The same with a transaction of its own, within its limits. */
int graph_run(struct gcall *c);

/* POST $batch: each item a part of the transaction. */
int graph_batch(struct gcall *c);

#endif /* TENANT_TENANT_INT_H */
