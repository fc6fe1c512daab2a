/*
 * engine/tell.h -- runs, steps and cycles as events of the log.
 *
 * Purpose:   stable names: cycle.begin, cycle.end, run.begin, run.end,
 *            step.end, step.stopped, step.credentials, guard.deletions.
 * Touches:   base/log.h.
 * Ownership: texts are made in the arena given.
 */
#ifndef ENGINE_TELL_H
#define ENGINE_TELL_H

#include "engine/engine.h"

void tell_run(struct arena *a, const struct engine_report *rep, bool begins);
void tell_step(struct arena *a, const struct run_record *run,
    const struct step_record *rec, uint64_t object_errors);

/* took_ms below 0: it begins. */
void tell_cycle(struct arena *a, bool initial,
    const struct engine_cycle_report *rep, int64_t took_ms);

#endif /* ENGINE_TELL_H */
