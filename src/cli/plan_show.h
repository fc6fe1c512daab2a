/*
 * cli/plan_show.h -- plans and what is in them, for people and programs.
 *
 * Purpose:   the forms that plan, apply and undo print.
 * Touches:   cli/session.h, store/frozen.h.
 * Ownership: texts live in the session's arena.
 */
#ifndef CLI_PLAN_SHOW_H
#define CLI_PLAN_SHOW_H

#include "cli/session.h"
#include "store/frozen.h"

struct json *plan_json(struct session *s, const struct frozen *f);
struct json *plan_item_json(struct session *s, const struct frozen_item *i);
/* "add", "update", "rename", "delete". */
const char *plan_operation(const struct frozen_item *i);
const char *plan_item_state(enum frozen_item_state state);

/* "plan 3 of anna, 2026-01-02T...: 2 adds, ..., waits", and its hash. */
void plan_head_text(struct session *s, const struct frozen *f);
void plan_item_text(struct session *s, const struct frozen_item *i);

/* Every item of a plan; each() non-zero stops. */
int plan_each(struct session *s, int64_t plan,
    int (*each)(void *ctx, const struct frozen_item *i, struct err *e),
    void *ctx, struct err *e) MUST_CHECK;

/* ---- Groups ---- */

enum plan_by {
	PLAN_BY_NONE = 0,
	PLAN_BY_RULE,
	PLAN_BY_OU,
	PLAN_BY_ATTRIBUTE,
	PLAN_BY_OPERATION,
};
/* PLAN_BY_NONE where there is none of that name. */
enum plan_by plan_by_parse(const char *name);
/* "312 users: department by rule R7" a line; --json: a list. */
int plan_groups_text(
    struct session *s, int64_t plan, enum plan_by by, struct err *e) MUST_CHECK;
int plan_groups_json(struct session *s, int64_t plan, enum plan_by by,
    struct json **out, struct err *e) MUST_CHECK;

#endif /* CLI_PLAN_SHOW_H */
