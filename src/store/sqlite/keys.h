/*
 * store/sqlite/keys.h -- anchors and DNs of a first load: key to id, in memory.
 *
 * Purpose:   while the indexes on them are not made, objects are found by 96
 *            bits of a keyed hash of their key: nobody can choose two keys that
 *            have the same, and chance does not make them.
 * Touches:   base/hash.h, store/sqlite/sqlite_int.h.  For this folder alone.
 * Ownership: keys are not kept.
 * Errors:    ERR_LIMIT where the bounded room is used up (32 MiB, for 786,432
 *            objects), ERR_NOMEM, ERR_INTERNAL.
 * Threads:   one.
 */
#ifndef STORE_SQLITE_KEYS_H
#define STORE_SQLITE_KEYS_H

#include "store/sqlite/sqlite_int.h"

struct keys;

struct keys *keys_new(void);
struct keys *keys_free(struct keys *k);

/* at->by is CS_BY_ANCHOR or CS_BY_DN.  What was added stays. */
int keys_add(struct keys *k, const struct cs_at *at, int64_t id) MUST_CHECK;

/* The ids that were added under a key, one by one; 0 at the end. */
struct key_probe {
	uint64_t high;
	uint32_t low;
	enum cs_lookup by;
	size_t at;
};
int keys_probe(
    struct keys *k, const struct cs_at *at, struct key_probe *out) MUST_CHECK;
int64_t keys_next(const struct keys *k, struct key_probe *p);

#endif /* STORE_SQLITE_KEYS_H */
