/*
 * connectors/graph/import_int.h -- what full and delta imports share.
 *
 * Purpose:   a page of entries on its way to the sink, and the watermark.
 * Touches:   connectors/graph/gconn_int.h.
 * Ownership: everything of a page lives in its arena, until the next one.
 * Errors:    those of the connection; ERR_NOENT with CONNECTOR_FULL_REQUIRED.
 */
#ifndef CONNECTORS_GRAPH_IMPORT_INT_H
#define CONNECTORS_GRAPH_IMPORT_INT_H

#include "connectors/graph/gconn_int.h"

#define IMPORT_PAGES_MAX 1000000U /* a list that never ends is a fault */
#define IMPORT_MEMORY    (1U << 30)

/* An import while it goes on. */
struct importing {
	struct gconn *g;
	const struct entry_sink *sink;
	struct import_reply *reply;
	struct selection selection;
	struct arena *arena; /* of the page */
	enum gtype type;
	struct entry *entries;
	size_t count;
	struct buf last; /* the link that led here */
};

/* Whether the property is asked for. */
bool import_asks(const struct importing *m, const char *name);

/* Room for a page of n entries. */
int import_room(struct importing *m, size_t n, struct err *e) MUST_CHECK;

/* Whether what objects of the type refer to is read, list by list. */
bool import_asks_links(const struct importing *m, enum gtype type);

/* Reads the members of every group, and whose each device is, among those of
 * m->entries that are whole. */
int import_members(struct importing *m, struct err *e) MUST_CHECK;

/* Puts in the place of every ENTRY_OBJECT of m->entries, of which the anchor
 * alone is used, the object as it is now with its members; ENTRY_DELETED where
 * it is not there. */
int import_whole(struct importing *m, struct err *e) MUST_CHECK;

/* Hands m->entries to the sink; with until where it is not empty. */
int import_give(
    struct importing *m, struct text until, struct err *e) MUST_CHECK;

/* The URL that follows a page, relative; ERR_PROTOCOL where it is the one
 * before. */
int import_next(struct importing *m, struct text next, struct text *out,
    struct err *e) MUST_CHECK;

/* ---- The watermark ---- */

/* By type: what was asked for, and the link that gives what changed since.
 * Both are relative to the endpoint. */
struct mark {
	struct text query[GT_COUNT];
	struct text link[GT_COUNT];
};

/* Never changes: an item of a delta query that has it is an object that is new,
 * or is back. */
#define MARK_OF_NEW "createdDateTime"

#define MARK_UNASKED "-" /* of a type that does not go this way */

#define MARK_MAX    65536U           /* bytes */
#define MARK_MEMORY ((size_t)262144) /* while it is made */

/* The stored form: "graph 1", then a line each for query and link. */
int mark_format(struct arena *a, const struct mark *m, struct text *out,
    struct err *e) MUST_CHECK;
/* Borrows from in.  ERR_SYNTAX where it is none of ours. */
int mark_parse(struct text in, struct mark *out, struct err *e) MUST_CHECK;

/* Whether a query asked for all that another one asks for. */
bool mark_covers(struct text was, struct text now);

/* What would be asked for now; the links are left alone. */
int mark_query(struct importing *m, struct mark *out, struct arena *a,
    struct err *e) MUST_CHECK;
/* A deltaLink or nextLink as it is kept. */
int mark_link(struct importing *m, struct text link, struct arena *a,
    struct text *out, struct err *e) MUST_CHECK;
/* Where the directory stands now, for a full import that begins. */
int mark_now(struct importing *m, struct mark *out, struct arena *a,
    struct err *e) MUST_CHECK;

#endif /* CONNECTORS_GRAPH_IMPORT_INT_H */
