/*
 * proto/http_client.h -- HTTPS requests, several at a time.
 *
 * Purpose:   sends requests over kept connections (HTTP/2 where the peer
 *            offers it), within limits, and says of a failure whether the
 *            peer may have acted on the request.
 * Touches:   libcurl's multi interface; the proxy variables of the
 *            environment (https_proxy, no_proxy).
 * Ownership: what a request names is borrowed until its answer; an answer
 *            lives until the callback returns.
 * Errors:    ERR_CONNECT (no connection, or it was lost, or time is up),
 *            ERR_TLS (the peer is not who it should be), ERR_LIMIT (an answer
 *            larger than agreed), ERR_CONFIG, ERR_CANCELLED, ERR_NOMEM.  The
 *            text names the host.
 * Security:  https alone; certificates are always checked; a redirect is an
 *            answer, never followed, so a token goes nowhere else; headers
 *            and bodies are never logged.
 * Threads:   none; callbacks run inside http_client_run() and _call().
 */
#ifndef PROTO_HTTP_CLIENT_H
#define PROTO_HTTP_CLIENT_H

#include "base/buf.h"
#include "base/secret.h"

#define HTTP_MAX_HEADERS      64U
#define HTTP_MAX_HEADER_BYTES 65536U
#define HTTP_MAX_URL          32768U

struct http_client;

struct http_client_options {
	const char *ca_file;        /* PEM; NULL or "": the system's */
	unsigned parallel;          /* connections to one host; 0: 4 */
	size_t max_body_bytes;      /* of an answer; 0: 64 MB */
	int64_t connect_timeout_ms; /* 0: 15 s */
	int64_t timeout_ms;         /* of a whole request; 0: 120 s */
	/* Asked five times a second; true ends all with ERR_CANCELLED. */
	bool (*cancelled)(void *ctx);
	void *cancel_ctx;
};

int http_client_new(const struct http_client_options *o,
    struct http_client **out, struct err *e) MUST_CHECK;

/* Requests on their way are dropped; their callbacks do not run. */
struct http_client *http_client_free(struct http_client *c);
DEFINE_CLEANUP(http_client, http_client_free);

struct http_header {
	const char *name;
	const char *value;
};

struct http_request {
	const char *method;
	const char *url;
	const struct http_header *headers;
	size_t header_count;
	const struct secret *bearer; /* "Authorization: Bearer", or NULL */
	struct text body;            /* data NULL: none */
	/* The octets of the body leave once: where a connection that was kept
	 * open dies without an answer it is ERR_CONNECT with maybe_sent, and
	 * not sent again on another one. */
	bool once;
};

struct http_field {
	struct text name;
	struct text value;
};

struct http_response {
	int error;       /* 0: an answer came; else an ERR_ code */
	struct err err;  /* says why */
	bool maybe_sent; /* with an error: the peer may have acted */
	int status;
	struct text body;
	const struct http_field *headers;
	size_t header_count;
};

/* The empty text where there is none. */
struct text http_response_header(
    const struct http_response *r, const char *name);

/* Retry-After, as seconds or as a date, in ms from now; -1: none. */
int64_t http_response_retry_ms(const struct http_response *r);

/* The value of a Retry-After header alone. */
int64_t http_retry_after_ms(struct text value);

/* Queues a request; done runs once, in http_client_run(), and may start
 * others.  The bytes leave at once where a connection is ready. */
int http_client_start(struct http_client *c, const struct http_request *q,
    void (*done)(void *ctx, const struct http_response *r), void *ctx,
    struct err *e) MUST_CHECK;

/* Until nothing is on its way: every callback has run, whatever it returns.
 * 0, or ERR_CANCELLED, or ERR_INTERNAL. */
int http_client_run(struct http_client *c, struct err *e) MUST_CHECK;

/* One request alone; out is copied into a.  Returns out->error. */
int http_client_call(struct http_client *c, const struct http_request *q,
    struct arena *a, struct http_response *out, struct err *e) MUST_CHECK;

/* ---- URLs ---- */

/* Appends t with all but the unreserved characters (RFC 3986 section 2.3)
 * percent-encoded. */
void http_url_quote(struct buf *b, struct text t);

/* Appends "name=value" of a form, with a '&' before it when b is not empty. */
void http_form_add(struct buf *b, const char *name, struct text value);

/* Same scheme, host and port (443 where none is written), and no user part. */
bool http_url_same_origin(struct text a, struct text b);

/* The host with its port as written, borrowed; empty where it is no URL. */
struct text http_url_host(struct text url);

#endif /* PROTO_HTTP_CLIENT_H */
