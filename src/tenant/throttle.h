/*
 * tenant/throttle.h -- limits as the cloud has them, and faults on request.
 *
 * Purpose:   token buckets of resource units and writes (off unless switched
 *            on), and answers that fail on purpose, so that a client can be
 *            tested: the next N as 429 or 5xx, half an answer, none, late.
 * Touches:   tenant/tenant_int.h.
 * Errors:    throttle_check(): ERR_REJECTED with the 429 written.
 */
#ifndef TENANT_THROTTLE_H
#define TENANT_THROTTLE_H

#include "tenant/tenant_int.h"

/* So much in so many seconds; 0: no limit. */
struct throttle_limits {
	unsigned units, units_s;
	unsigned writes, writes_s;
};

struct throttle *throttle_new(void);
struct throttle *throttle_free(struct throttle *t);
void throttle_set(struct throttle *t, const struct throttle_limits *l);

/* "units=3500/10,writes=3000/150", either alone, or "off". */
int throttle_parse(
    struct text in, struct throttle_limits *out_l, struct err *e) MUST_CHECK;

/* Charges one call or one item of a batch, or refuses it; also carries out
 * faults of scope "item". */
int throttle_check(struct gcall *c) MUST_CHECK;

enum fault_kind {
	FAULT_NONE,
	FAULT_STATUS, /* answer with status */
	FAULT_HALF,   /* cut the answer in the middle */
	FAULT_CLOSE,  /* close without an answer */
};

struct fault {
	enum fault_kind kind;
	bool after; /* the call is carried out first */
	bool item;  /* of a batch, one by one */
	int status, retry_after_s;
	unsigned skip, count; /* let so many pass, then hit so many */
	char method[8];       /* this one alone, or "" */
	char path[64];        /* with this in it, or "" */
};
/* What the next request meets; counts it. */
struct fault throttle_fault(
    struct throttle *t, const char *method, const char *target);
void throttle_fault_add(struct throttle *t, const struct fault *f);
void throttle_faults_clear(struct throttle *t);

unsigned throttle_delay_ms(const struct throttle *t);
void throttle_delay_set(struct throttle *t, unsigned ms);

/* Requests seen and refused since the start. */
struct throttle_counts {
	uint64_t requests, items, throttled, faults;
};
struct throttle_counts throttle_counts(const struct throttle *t);
void throttle_count_request(struct throttle *t);

#endif /* TENANT_THROTTLE_H */
