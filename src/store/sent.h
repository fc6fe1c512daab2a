/*
 * store/sent.h -- what was sent of an object and has no answer yet.
 *
 * Purpose:   the escrowed layer of an object with its references as one
 *            change, whole or as far as the directory shows it: for the
 *            journal of exports that were cut off.
 * Touches:   store/store.h.
 * Ownership: results live in the arena given and borrow from the object.
 * Errors:    ERR_NOMEM; those of the store.
 */
#ifndef STORE_SENT_H
#define STORE_SENT_H

#include "store/store.h"

struct sent_view {
	bool by_anchor; /* references by the anchor of their target, not by
			   its DN */
	/* NULL: all that was sent.  Else what of it came: the values that the
	 * object has (references as the rows have them), and its name. */
	const struct attrs *came;
	struct text dn;
};

/* In the order of delta: by name. */
int sent_delta(struct store *s, struct arena *a, const struct cs_object *o,
    const struct sent_view *v, struct delta *out, struct err *e) MUST_CHECK;

#endif /* STORE_SENT_H */
