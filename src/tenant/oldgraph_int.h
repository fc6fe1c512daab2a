/*
 * tenant/oldgraph_int.h -- the parts of the interface before Graph.
 *
 * Purpose:   which name was what, and objects and errors in its form.
 * Touches:   tenant/oldgraph.h, codec/json.h.
 * Ownership: names are static; what is made is the caller's.
 */
#ifndef TENANT_OLDGRAPH_INT_H
#define TENANT_OLDGRAPH_INT_H

#include "tenant/oldgraph.h"

enum old_shape {
	OLD_SAME,    /* the value as it is */
	OLD_FIRST,   /* the one value of a list */
	OLD_ADDRESS, /* of the first of "addresses" */
	OLD_PHONE,   /* of "phones", by its type */
	OLD_ERRORS,  /* provisioning errors, of which only some were told */
	OLD_NULL,    /* nothing here keeps it */
	OLD_NONE,    /* the same, a list */
};

struct old_name {
	const char *name;
	const char *own; /* NULL: OLD_NULL, OLD_NONE */
	enum old_shape shape;
	const char *part; /* of an address; the type of a phone */
};

struct old_kind {
	const char *segment; /* "users" */
	const char *object;  /* "User" */
	const char *type;    /* "microsoft.graph.user", as Graph says it */
	const struct old_name *names;
	size_t n;
};

/* NULL where there is none. */
const struct old_kind *old_kind_by_segment(struct text segment);
const struct old_kind *old_kind_by_object(struct text object);
/* "#microsoft.graph.user" */
const struct old_kind *old_kind_by_type(struct text type);
const struct old_kind *old_kind_at(size_t i);
const struct old_name *old_name_find(
    const struct old_kind *k, struct text name);

#define SERVICES  "Microsoft.DirectoryServices."
#define URL_BYTES 65536U

struct old {
	struct oldgraph_call *c;
	struct url url;   /* asked; the first segment is the tenant */
	struct url page;  /* what a link to the next page carries */
	struct gcall g;   /* what becomes of it */
	struct text rest; /* of the path, for links */
	const struct old_kind *kind; /* NULL: of any kind */
};

/* Segments behind the tenant: ":k" is a kind of objects, ":l" a link, ":t" a
 * kind by its full name, "*" a key, "?" one that may be absent. */
enum answer {
	ANSWER_OBJECT,
	ANSWER_LIST,
	ANSWER_URLS,
	ANSWER_COMPANY,
};
struct old_route {
	const char *method;
	const char *path[4];
	const char *to; /* of Graph: %s is the segment of that place */
	enum answer answer;
};

/* Segment i behind the tenant, the empty text where there is none. */
struct text old_segment(const struct old *q, size_t i);
/* A refusal of 400: ERR_REJECTED. */
int old_bad(struct old *q, const char *code, struct text message);
/* oldgraph_ask.c: $skiptoken, the body, the call; ERR_REJECTED. */
int old_page_read(struct old *q) MUST_CHECK;
int old_body_read(struct old *q) MUST_CHECK;
int old_target_make(struct old *q, const struct old_route *rt) MUST_CHECK;
/* The same for reading what was made. */
int old_target_read(struct old *q, struct text id) MUST_CHECK;

/* One object of Graph's in the form of then. */
void old_object_write(
    struct buf *out, const struct old_kind *k, const struct json *o);
/* The organisation. */
void old_company_write(
    struct buf *out, const struct tenant *t, const struct json *org);
/* {"odata.error": ...} */
void old_error_write(
    struct oldgraph_call *c, int status, const char *code, struct text message);

#endif /* TENANT_OLDGRAPH_INT_H */
