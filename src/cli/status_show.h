/*
 * cli/status_show.h -- what waits for a person.
 *
 * Purpose:   plans that wait, slices that limits hold, acknowledgements that
 *            are in force, for `status` and `guard`; and what fails.
 * Touches:   cli/session.h.
 * Ownership: texts live in the session's arena; a list is the caller's.
 * Errors:    those of the store.
 */
#ifndef CLI_STATUS_SHOW_H
#define CLI_STATUS_SHOW_H

#include "cli/session.h"

/* Into list, or, where it is NULL, a line each on standard output. */
int guard_acks_show(
    struct session *s, struct json *list, struct err *e) MUST_CHECK;

/* Sets "plans", "held" and "acks" of root. */
int status_waits_json(
    struct session *s, struct json *root, struct err *e) MUST_CHECK;
int status_waits_print(struct session *s, struct err *e) MUST_CHECK;

/* Sets "failing" of root: imports, synchronisations, exports that do not get to
 * their end any more, whatever went well after them. */
int status_failing_json(
    struct session *s, struct json *root, struct err *e) MUST_CHECK;
int status_failing_print(struct session *s, struct err *e) MUST_CHECK;

#endif /* CLI_STATUS_SHOW_H */
