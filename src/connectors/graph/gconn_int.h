/*
 * connectors/graph/gconn_int.h -- an open connection to Graph, and the steps
 * that share it.
 *
 * Purpose:   what the files of this room hand to each other.
 * Touches:   connectors/cloud/request.h.
 */
#ifndef CONNECTORS_GRAPH_GCONN_INT_H
#define CONNECTORS_GRAPH_GCONN_INT_H

#include "codec/json.h"
#include "connectors/cloud/request.h"
#include "connectors/graph/gurl.h"
#include "connectors/graph/property.h"

#define GRAPH_ANSWER_MAX (128U << 20) /* bytes of one answer */
#define GRAPH_BATCH_MAX  20U          /* items: Graph's own limit */
#define GRAPH_BIND_MAX   20U          /* members in one PATCH, likewise */
#define GRAPH_PAGE       999U

struct gconn {
	struct connector base; /* first */
	struct connector_env env;
	struct cloud_session cloud;
	struct text endpoint; /* "https://graph.microsoft.com/v1.0" */
	const char *batch_url;
	size_t batch_size, parallel;
	struct arena *results;        /* reset at each export */
	uint32_t names[PROPERTY_MAX]; /* by row of properties[] */
	uint32_t types[GT_COUNT];     /* by enum gtype */
};

/* Rows of properties[] and types by the engine's numbers; -1: none. */
int gconn_property(const struct gconn *g, uint32_t name);
int gconn_type(const struct gconn *g, uint32_t type);
/* Whether objects of the type go through this connector. */
bool gconn_takes(const struct gconn *g, enum gtype type);
/* The row of a property that is there; our own mistake otherwise. */
uint32_t gconn_name(const struct gconn *g, const char *name);
/* Gives every property and type its number. */
int gconn_intern(struct gconn *g, struct err *e) MUST_CHECK;

/* ---- One page after the other ---- */

struct fetch;

/* Starts reading url (relative); one at a time.  prefer: a header, a literal,
 * or NULL. */
int fetch_start(struct gconn *g, struct text url, const char *prefer,
    struct fetch **out, struct err *e) MUST_CHECK;
/* Waits for it, trying again as often as is sensible; frees f. */
int fetch_finish(
    struct fetch *f, struct json **out_root, struct err *e) MUST_CHECK;
void fetch_drop(struct fetch *f);
/* Both, and what is not 200 is an error. */
int fetch_json(struct gconn *g, struct text url, struct json **out_root,
    struct err *e) MUST_CHECK;

/* authority.c */
extern const struct authority_ops graph_authority;

/* ---- Many requests in batches ---- */

enum op_state {
	OP_WAITING = 0,
	OP_ANSWERED = 1,
	OP_UNCERTAIN = 2, /* sent, and no answer: it may have been done */
	OP_UNSENT = 3,    /* not done; err says why */
};

struct op {
	const char *method;
	const char *url;   /* relative; lives as long as the list */
	struct json *body; /* the list's from ops_add() on */
	const char *prefer;
	bool eventual; /* ConsistencyLevel: eventual */
	bool once;     /* a second time could do it twice */
	size_t item;   /* the caller's */
	int tag;
	size_t first, count; /* of a list of the caller's */

	enum op_state state;
	unsigned tries;
	bool sent; /* at least once, without an answer */
	struct answer answer;
	struct err err;
};

struct ops {
	struct gconn *g;
	struct op *items;
	size_t count, size;
	struct json **trees; /* the answers */
	size_t tree_count, tree_size;
};

void ops_init(struct ops *l, struct gconn *g);
void ops_clear(struct ops *l);
#define OPS_CLEANUP CLEANUP(ops_clear)
int ops_add(struct ops *l, const struct op *op, struct err *e) MUST_CHECK;

/* Sends all that wait, in batches, several at a time, and tries again what
 * may be tried again.  Negative when the whole step must stop: what then has
 * no answer is OP_UNSENT or OP_UNCERTAIN. */
int ops_run(struct ops *l, struct err *e) MUST_CHECK;

/* The error of an op that was not ANSWER_DONE. */
int op_error(const struct op *op, struct err *e);

/* ---- Objects ---- */

/* What an import asks for: rows of properties[]. */
struct selection {
	bool on[PROPERTY_MAX];
};
void selection_make(const struct gconn *g, const struct import_request *req,
    struct selection *out);
/* "id,displayName,..." of a type. */
const char *selection_text(
    struct arena *a, const struct selection *s, enum gtype type);

/* A JSON object to an entry; ENTRY_ERROR for a value of the wrong type. */
int object_read(const struct gconn *g, struct arena *a, enum gtype type,
    const struct json *j, struct entry *out) MUST_CHECK;

/* An item of a delta query to an entry: ENTRY_CHANGE, ENTRY_DELETED, or
 * ENTRY_ERROR for a value of the wrong type. */
int change_read(const struct gconn *g, struct arena *a, enum gtype type,
    const struct json *j, struct entry *out) MUST_CHECK;

/* The anchor of a member, from its "@odata.type" and id; empty for what we
 * do not import (service principals). */
struct text member_anchor(
    const struct gconn *g, struct arena *a, const struct json *j);

/* The body of a PATCH or a create: changed properties of an object, over its
 * image (NULL on a create).  ERR_REJECTED with the name of the rule that a
 * value breaks. */
int object_body(struct gconn *g, enum gtype type, const struct export_item *it,
    struct json **out, struct err *e) MUST_CHECK;

/* ---- The steps ---- */

int graph_full_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e);
int graph_delta_import(struct connector *c, const struct import_request *req,
    const struct entry_sink *sink, struct import_reply *out, struct err *e);
int graph_read_object(struct connector *c, const struct import_request *req,
    const struct entry *which, struct arena *a, struct entry *out,
    struct err *e);
int graph_can_restore(
    struct connector *c, const struct export_item *item, struct err *e);

struct connector_wishes;
struct connector_lacks;
/* rights.c */
int graph_rights(struct connector *c, const struct connector_wishes *w,
    struct arena *a, struct connector_lacks *out, struct err *e);
bool graph_add_needs(struct connector *c, uint32_t type, uint32_t name);
int graph_can_export(
    struct connector *c, const struct export_item *item, struct err *e);
int graph_export(struct connector *c, const struct export_item *items, size_t n,
    struct export_result *results, struct err *e);

/* An item of an export on its way. */
struct work {
	const struct export_item *it;
	struct export_result *res;
	enum gtype type;
	struct text source;  /* source anchor, on ADD */
	struct text id;      /* Graph's, once known */
	struct text deleted; /* id of the deleted user to be restored */
	struct json *body;   /* changed properties; ours */
	bool finished;       /* res is filled in */
	bool fill; /* found, not made: its properties must be written */
};

struct export_run {
	struct gconn *g;
	struct arena *a;
	struct work *work;
	size_t n;
};

/* Both finish the item.  An op that has no answer, or that the peer was too
 * busy for, is to be sent again; else its error is the object's. */
void work_fail(struct work *w, const struct err *why);
void work_fail_op(struct work *w, const struct op *op);

/* The one string value that an item sets, or the empty text. */
struct text work_text(
    const struct export_run *x, const struct work *w, const char *name);

/* Adds: finds what is there already (match.c), makes the rest (create.c). */
int match_run(struct export_run *x, struct err *e) MUST_CHECK;
/* Users with wanted[i], by source anchor alone: after an uncertain create. */
int match_source(
    struct export_run *x, const bool *wanted, struct err *e) MUST_CHECK;
int create_run(struct export_run *x, struct err *e) MUST_CHECK;
/* Properties of what is there, and deletes. */
int update_run(struct export_run *x, struct err *e) MUST_CHECK;
/* Managers and members. */
int link_run(struct export_run *x, struct err *e) MUST_CHECK;

#endif /* CONNECTORS_GRAPH_GCONN_INT_H */
