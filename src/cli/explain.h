/*
 * cli/explain.h -- what the rules decided, in words.
 *
 * Purpose:   why a rule is not in scope, why a flow lost, for `why`,
 *            `why-not`, `preview`.
 * Touches:   cli/session.h, engine/review.h.
 * Ownership: texts live in the session's arena.
 */
#ifndef CLI_EXPLAIN_H
#define CLI_EXPLAIN_H

#include "cli/session.h"
#include "engine/review.h"

/* A text in the session's arena; what is longer than 16 KiB is cut. */
struct text explain_words(const struct session *s, const char *fmt, ...)
    PRINTF(2, 3);

/* A metaverse object, or an object of a connector: who it is, as JSON. */
struct json *explain_mv_json(const struct session *s, int64_t mv);
struct json *explain_cs_json(const struct session *s, int64_t cs);
/* "Ada Hansen <ada@corp.example>". */
struct text explain_mv_name(const struct session *s, int64_t mv);

/* `department EQUAL "Sales", and it is "Research"`. */
struct text explain_miss(const struct session *s, const struct plan_miss *m);
/* All groups: "...; or ...". */
struct text explain_missed(
    const struct session *s, const struct sync_missed *m);
struct json *explain_missed_json(
    const struct session *s, const struct sync_missed *m);
/* The group that lacks the least. */
const struct plan_miss *explain_nearest(const struct sync_missed *m);

/* "precedence", "null", "ignored", "out-of-scope", "failed", "won". */
const char *explain_status(const struct flow_trace *f);
/* The same in words; winner: what had the last word, or NULL. */
struct text explain_trace(const struct session *s, const struct flow_trace *f,
    const struct flow_trace *winner);
/* "[givenName]", the constant, the expression. */
struct text explain_flow(const struct session *s, const struct flow *f);
/* Whether it reads the attribute. */
bool explain_reads(
    const struct session *s, const struct flow *f, uint32_t name);

/* conflict.c: the object of the same connector that holds a value which o
 * wants, by what an error says of it; 0: none that is known here. */
int64_t explain_conflict(const struct session *s, const struct cs_object *o,
    const struct object_error *err, struct text *out_value);

/* The same asked of the directory itself, for an object that is not known here:
 * 1; 0: none, or it cannot be asked. */
int explain_holder(struct session *s, size_t connector,
    const struct cs_object *o, const struct object_error *err,
    struct connector_holder *out, struct text *out_value);

/* advice_show.c: what an error means, what helps, and who holds the value that
 * it is about, put into j. */
void advice_set(
    const struct session *s, struct json *j, const struct object_error *o);
/* The same for a person, once for each type in the list. */
void advice_print(
    const struct object_error *list, size_t n, const char *before);
/* All errors that objects have now, by type. */
struct json *advice_status_json(const struct session *s);
void advice_status_print(const struct session *s);

/* One value as it is, several as a list. */
struct json *explain_values_json(
    const struct session *s, struct value *v, size_t n);
/* "a, b and 3 more", in quotes; "no value". */
struct text explain_values(const struct session *s, struct value *v, size_t n);

#endif /* CLI_EXPLAIN_H */
