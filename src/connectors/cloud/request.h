/*
 * connectors/cloud/request.h -- one request to Graph, and its answer.
 *
 * Purpose:   what is asked of Graph beside the objects of an export or an
 *            import; what an answer means for the call, for those as well.
 * Touches:   connectors/cloud/answer.h, cloud.h.
 * Ownership: request_clear() frees the answer.
 * Errors:    ERR_ACCESS (403), ERR_BUSY, ERR_CONNECT, ERR_AUTH, ERR_PROTOCOL;
 *            the text names method and path.
 */
#ifndef CONNECTORS_CLOUD_REQUEST_H
#define CONNECTORS_CLOUD_REQUEST_H

#include "base/buf.h"
#include "connectors/cloud/answer.h"
#include "connectors/cloud/cloud.h"

struct request {
	const char *method, *path; /* path: behind the endpoint */
	const struct json *body;   /* borrowed; NULL: none */
	enum answer_kind kind;     /* what came of it at the end */
	struct json *answer;       /* ours; NULL: none */
};

/* Sends it, as often as is sensible; what may not be done twice is not sent
 * with it.  Errors of the answer leave their kind. */
int request_run(
    const struct cloud_session *s, struct request *q, struct err *e) MUST_CHECK;
void request_clear(struct request *q);
#define REQUEST_CLEANUP CLEANUP(request_clear)

/* What an answer means: 1 done; 0 once more, after a wait; negative: no
 * more. */
int answer_judge(const struct cloud_session *s, struct patience *p,
    const struct answer *a, struct err *e) MUST_CHECK;
/* The same where none came: 0 or negative. */
int silence_judge(const struct cloud_session *s, struct patience *p, int error,
    const struct err *why, struct err *e) MUST_CHECK;

/* ---- filter.c: conditions, before the URL is quoted ---- */

/* Appends "name eq 'value'" with the quotes of OData doubled. */
void filter_eq(struct buf *b, const char *name, struct text value);
/* Appends "name/any(x:x eq 'prefixvalue')". */
void filter_any_eq(
    struct buf *b, const char *name, const char *prefix, struct text value);

#endif /* CONNECTORS_CLOUD_REQUEST_H */
