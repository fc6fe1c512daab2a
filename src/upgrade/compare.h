/*
 * upgrade/compare.h -- two lists of pending changes.
 *
 * Purpose:   whether a new release would send what the old one would have: by
 *            connector, object, operation, attribute and value.  Names of
 *            rules, ids and whatever a later release tells besides do not
 *            count.
 * Touches:   codec/json.h.
 * Ownership: texts live in the arena given.
 * Errors:    ERR_INVAL: not a document of `causeway pending --json`.
 */
#ifndef UPGRADE_COMPARE_H
#define UPGRADE_COMPARE_H

#include "base/arena.h"
#include "codec/json.h"

struct compare_line {
	bool after;       /* of the second list; else of the first */
	struct text text; /* one operation with its values, on one line */
};

struct compare_result {
	size_t before, after, same;
	struct compare_line *lines; /* those of one side alone, in order */
	size_t line_count;
};

int compare_pending(const struct json *before, const struct json *after,
    struct arena *a, struct compare_result *out, struct err *e) MUST_CHECK;

#endif /* UPGRADE_COMPARE_H */
