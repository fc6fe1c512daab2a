/*
 * model/delta.h -- what changes on an object.
 *
 * Purpose:   pending imports and the three export layers
 *            (docs/engine/model.md 2.4) are deltas over an image.
 * Touches:   model/attrs.h.
 * Ownership: as model/attrs.h.
 * Errors:    ERR_NOMEM, ERR_SYNTAX, ERR_LIMIT.
 */
#ifndef MODEL_DELTA_H
#define MODEL_DELTA_H

#include "model/attrs.h"

enum delta_op {
	DELTA_NONE = 0,
	DELTA_ADD = 1,
	DELTA_UPDATE = 2,
	DELTA_REPLACE = 3,
	DELTA_DELETE = 4,
	DELTA_OBSOLETE = 5, /* a delete found by a full import */
	DELTA_DELETE_ADD = 6,
};

/* One attribute: the values that come and the values that go.  A single
 * value that is replaced has one of each. */
struct change {
	uint32_t name;
	uint32_t add_count;
	uint32_t del_count;
	struct value *add;
	struct value *del;
};

struct delta {
	enum delta_op op;
	struct text new_dn;     /* empty: no rename */
	struct change *changes; /* sorted by name */
	uint32_t count;
};

/* The changes that turn from into to; op is UPDATE or NONE.  Values borrow. */
int delta_between(struct arena *a, const struct attrs *from,
    const struct attrs *to, struct delta *out) MUST_CHECK;

/* Applies the changes to s in place (values borrow from d).  What is to go
 * and is not there, or to come and is there, is no error. */
int delta_apply(
    struct arena *a, struct attrs *s, const struct delta *d) MUST_CHECK;

/* The opposite: adds and deletes swapped. */
int delta_invert(
    struct arena *a, const struct delta *in, struct delta *out) MUST_CHECK;

/* The one change that does what first and then next do. */
int delta_merge(struct arena *a, const struct delta *first,
    const struct delta *next, struct delta *out) MUST_CHECK;

const struct change *delta_find(const struct delta *d, uint32_t name);
/* The same changes in the same order. */
bool delta_equal(const struct delta *a, const struct delta *b);
bool delta_is_empty(const struct delta *d); /* no changes, no rename */

int delta_encode(
    const struct delta *d, bool without_refs, struct buf *out) MUST_CHECK;
int delta_decode(struct arena *a, struct text in, struct delta *out,
    struct err *e) MUST_CHECK;

const char *delta_op_name(enum delta_op op); /* "add", "update", ... */

#endif /* MODEL_DELTA_H */
