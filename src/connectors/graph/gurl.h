/*
 * connectors/graph/gurl.h -- relative URLs, filters and anchors.
 *
 * Purpose:   the one place that builds a URL of Graph, and the one that
 *            decides whether a request may be sent at all.
 * Touches:   connectors/cloud/cloud.h (names), proto/http_client.h (quoting).
 * Ownership: results live in the arena given; NULL: out of memory.
 */
#ifndef CONNECTORS_GRAPH_GURL_H
#define CONNECTORS_GRAPH_GURL_H

#include "connectors/cloud/cloud.h"
#include "connectors/graph/property.h"

#define UNIQUE_PREFIX "causeway-"

/* Hex digits and dashes, at most 64: what may stand in a path unquoted. */
bool gurl_is_id(struct text id);

/* "User_<id>" to its parts; ERR_SYNTAX. */
int anchor_parse(
    struct text anchor, enum gtype *out_type, struct text *out_id) MUST_CHECK;
struct text anchor_format(struct arena *a, enum gtype type, struct text id);

/* A group's uniqueName "causeway-<hex>" of its source anchor, and back. */
struct text unique_of_source(struct arena *a, struct text source);
bool source_of_unique(struct arena *a, struct text unique, struct text *out);

/* "/users/<id>" */
const char *gurl_object(struct arena *a, enum gtype type, struct text id);

/* "/groups(uniqueName='...')", with $select where it is not NULL */
const char *gurl_group_by_name(
    struct arena *a, struct text unique, const char *select);

/* "/groups/<id>/members/<id>/$ref"; the only maker of such a URL. */
const char *gurl_member_ref(
    struct arena *a, struct text group, struct text member);

/* Whether a request may be sent: a DELETE names either one user or group
 * ("/users/<id>"), or a link, and then it ends in "/$ref": without it Graph
 * would delete the object that the link names. */
bool gurl_may_send(const char *method, struct text url);

/* nextLink to a URL relative to the endpoint; ERR_PROTOCOL where it leads
 * elsewhere. */
int gurl_relative(struct text endpoint, struct text link, struct text *out,
    struct err *e) MUST_CHECK;

#endif /* CONNECTORS_GRAPH_GURL_H */
