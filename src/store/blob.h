/*
 * store/blob.h -- the stored form of what is neither attributes nor deltas.
 *
 * Purpose:   lineage, origins and counters as octets, the same in every back
 *            end.
 * Touches:   store/store.h, store/history.h (types alone).
 * Ownership: decoded lists live in the arena given; text borrows from in.
 * Errors:    ERR_SYNTAX (damaged), ERR_LIMIT, ERR_NOMEM.
 */
#ifndef STORE_BLOB_H
#define STORE_BLOB_H

#include "store/history.h"

int lineage_encode(
    const struct lineage *l, uint32_t n, struct buf *out) MUST_CHECK;
int lineage_decode(struct arena *a, struct text in, const struct lineage **out,
    uint32_t *out_n, struct err *e) MUST_CHECK;

int origins_encode(
    const struct origin *o, uint32_t n, struct buf *out) MUST_CHECK;
int origins_decode(struct arena *a, struct text in, const struct origin **out,
    uint32_t *out_n, struct err *e) MUST_CHECK;

int counters_encode(
    const struct counter *c, size_t n, struct buf *out) MUST_CHECK;
int counters_decode(struct arena *a, struct text in, struct counter **out,
    size_t *out_n, struct err *e) MUST_CHECK;

#endif /* STORE_BLOB_H */
