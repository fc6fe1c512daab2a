/*
 * tenant/filter.h -- $filter: text to a tree, a tree on an object.
 *
 * Purpose:   eq ne ge le gt lt, not and or, in, startswith endswith, any()
 *            on collections, paths into structures; by the property table.
 * Touches:   tenant/dirobj.h.
 * Ownership: the tree lives in the arena given.
 * Errors:    ERR_SYNTAX (not of that form), ERR_NOENT (no such property),
 *            ERR_UNSUPPORTED (a property or form one cannot filter by),
 *            ERR_LIMIT (too long, too deep, too many terms).
 */
#ifndef TENANT_FILTER_H
#define TENANT_FILTER_H

#include "tenant/dirobj.h"

#define FILTER_MAX_BYTES 8192U
#define FILTER_MAX_DEPTH 16U
#define FILTER_MAX_TERMS 200U

struct filter;

int filter_parse(struct arena *a, struct text in,
    const struct entity_info *info, struct filter **out_f,
    struct err *e) MUST_CHECK;

/* Only with ConsistencyLevel eventual and $count. */
bool filter_is_advanced(const struct filter *f);

bool filter_match(const struct filter *f, const struct dirobj *o);

/* How many ids, where it is "id eq 'a' or id eq 'b'" and no more; else 0. */
unsigned filter_ids(const struct filter *f);

/* Objects that can match at all, by the tables of values, in the order of
 * their rows; 1: so it is, 0: every object must be looked at. */
int filter_plan(const struct filter *f, struct tdb *db, struct arena *a,
    int64_t **out_rows, size_t *out_n) MUST_CHECK;

#endif /* TENANT_FILTER_H */
