/*
 * engine/unanswered.h -- what was sent by a process that died, in the journal.
 *
 * Purpose:   entries for objects that were being sent when a process was
 *            killed: made before an import reads them back, and before an undo
 *            asks what a run sent.
 * Touches:   engine/engine_int.h, engine/export/export.h.
 * Ownership: results live in the arena given.
 * Errors:    those of the store.
 */
#ifndef ENGINE_UNANSWERED_H
#define ENGINE_UNANSWERED_H

#include "engine/engine_int.h"

/* Adds the entries that are missing; inside a transaction. */
int unanswered_note(struct engine *g, const struct engine_connector *ec,
    struct err *e) MUST_CHECK;
/* The same in one of its own, and all entries that an import has to settle. */
int unanswered_open(struct engine *g, const struct engine_connector *ec,
    struct arena *a, struct journal_open **out, size_t *out_count,
    struct err *e) MUST_CHECK;

#endif /* ENGINE_UNANSWERED_H */
