/*
 * connectors/cloud/answer.h -- what an answer of Graph means.
 *
 * Purpose:   status and error body to what we do about it, and to the error
 *            names that administrators know.
 * Touches:   codec/json.h.
 * Ownership: an answer borrows its body.
 */
#ifndef CONNECTORS_CLOUD_ANSWER_H
#define CONNECTORS_CLOUD_ANSWER_H

#include "codec/json.h"

struct answer {
	int status;
	const struct json *body;
	int64_t retry_ms; /* Retry-After; -1: none */
};

enum answer_kind {
	ANSWER_DONE,
	ANSWER_WAIT,     /* throttled: it was not done */
	ANSWER_FAULT,    /* 5xx: it may have been done */
	ANSWER_TOKEN,    /* 401 */
	ANSWER_MISSING,  /* 404 */
	ANSWER_PRESENT,  /* the reference is there already */
	ANSWER_CONFLICT, /* a value that must be unique is taken */
	ANSWER_REFUSED,
};

enum answer_kind answer_kind(const struct answer *a);

/* The directory is full: 403 that is not about permissions. */
bool answer_is_quota(const struct answer *a);

/* Sets e to what the answer says, with the name of the error; returns its
 * code.  Never for ANSWER_DONE. */
int answer_error(const struct answer *a, struct err *e);

/* The members of a page: its "value" list, and the link to the next page,
 * empty at the end.  ERR_PROTOCOL where it is no page. */
int page_read(const struct json *root, const struct json **out_list,
    struct text *out_next, struct err *e) MUST_CHECK;

/* One member of the "responses" of a batch: which item of n it answers
 * ("1" is item 0); ERR_PROTOCOL. */
int batch_item_read(const struct json *j, size_t n, size_t *out_item,
    struct answer *out, struct err *e) MUST_CHECK;

#endif /* CONNECTORS_CLOUD_ANSWER_H */
