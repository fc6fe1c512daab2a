/*
 * engine/review.h -- what the rules say of one object as it stands.
 *
 * Purpose:   for `why` and `why-not`: rules in scope and out of it with the
 *            clause that decides, joins, flows, and what the targets are to
 *            get, from what is stored now.
 * Touches:   engine/sync/.  Reads alone.
 * Ownership: the answer lives in the arena given, borrows from the engine.
 * Errors:    those of the store; ERR_NOENT.  A rule that fails on the object
 *            is in the answer.
 */
#ifndef ENGINE_REVIEW_H
#define ENGINE_REVIEW_H

#include "engine/engine.h"
#include "engine/sync/sync.h"

int engine_review(struct engine *g, struct sync_subject what, struct arena *a,
    struct sync_review *out, struct err *e) MUST_CHECK;

#endif /* ENGINE_REVIEW_H */
