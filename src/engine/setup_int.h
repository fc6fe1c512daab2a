/*
 * engine/setup_int.h -- what the files of the setup share.
 *
 * Touches:   engine/setup.h.
 */
#ifndef ENGINE_SETUP_INT_H
#define ENGINE_SETUP_INT_H

#include "engine/setup.h"

/* The first problem that blocks, as the error; code where there is none. */
int setup_rules_failed(struct setup *s, int code, struct err *e);
int setup_add_problems(
    struct setup *s, const struct plan_problem *more, size_t n) MUST_CHECK;
/* Puts s->overrides before the parameters of connector i. */
int setup_override(
    struct setup *s, size_t i, struct plan_connector *out) MUST_CHECK;
/* Rows of all connectors in a store of our own. */
int setup_make_rows(struct setup *s, struct err *e) MUST_CHECK;
int setup_plan(
    struct setup *s, struct plan_input *in, struct err *e) MUST_CHECK;

/* setup_guard.c: limits that were set by hand. */
int setup_guard_stored(struct setup *s, struct guard_limit **out,
    size_t *out_count, struct err *e) MUST_CHECK;

/* setup_vendor.c: path is a vendor's export. */
int setup_open_vendor(struct setup *s, const char *path, enum setup_want want,
    struct err *e) MUST_CHECK;

#endif /* ENGINE_SETUP_INT_H */
