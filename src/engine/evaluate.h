/*
 * engine/evaluate.h -- what the rules make of one object: `rule test`.
 *
 * Purpose:   one pass of the synchronisation step, the real one, over one
 *            object in a store in memory: the metaverse and every connector
 *            are empty.  What the object refers to is taken to be there and
 *            linked, so that references flow.
 * Touches:   engine/setup.h (opened for SETUP_TEST), engine/sync/, store/.
 * Ownership: the verdict lives in the setup's arena.
 * Errors:    those of the store; ERR_INVAL.  A rule that fails on the object
 *            is in the verdict.
 */
#ifndef ENGINE_EVALUATE_H
#define ENGINE_EVALUATE_H

#include "engine/setup.h"
#include "engine/sync/sync.h"

struct evaluate_object {
	size_t connector;
	uint32_t type;
	struct text dn;
	struct attrs attrs; /* references by REF_DN */
};

/* References in *out are by REF_ID with the DN as text. */
int evaluate_object(struct setup *s, const struct evaluate_object *o,
    struct sync_verdict *out, struct err *e) MUST_CHECK;

#endif /* ENGINE_EVALUATE_H */
