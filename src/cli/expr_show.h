/*
 * cli/expr_show.h -- values and steps of expressions as JSON and as text.
 *
 * Purpose:   `expr eval` and `rule test` print them alike, in the forms of
 *            docs/engine/expressions.md: plain, {"$bin": hex}, {"$ref": dn},
 *            {"$date": utc}, {"$literal": name}, lists.
 * Touches:   codec/json.h, expr/expr.h.
 * Ownership: the caller owns the JSON; the arena is for its making.
 * Errors:    NULL when memory is out.
 */
#ifndef CLI_EXPR_SHOW_H
#define CLI_EXPR_SHOW_H

#include "codec/json.h"
#include "expr/expr.h"

struct json *expr_value_json(struct arena *a, const struct expr_value *v);

/* {"from", "to", "depth", "text", "value"}, or "error" and "message" in place
 * of the value. */
struct json *expr_step_json(struct arena *a, const struct expr_step *step);

/* One line for people: where, the part, what it gave; NULL without memory. */
const char *expr_step_line(struct arena *a, const struct expr_step *step);

#endif /* CLI_EXPR_SHOW_H */
