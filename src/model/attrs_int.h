/*
 * model/attrs_int.h -- what attrs.c and delta.c share.
 *
 * Purpose:   the encoding of one value, and comparing lists as sets.
 * Touches:   model/attrs.h.
 */
#ifndef MODEL_ATTRS_INT_H
#define MODEL_ATTRS_INT_H

#include "model/attrs.h"

bool value_is_empty(const struct value *v);
bool value_type_known(uint64_t type);
void value_encode(const struct value *v, struct buf *out);
int value_decode(enum value_type type, struct text in, size_t *pos,
    struct value *out) MUST_CHECK;

/* Two lists of n values are the same set. */
bool values_same_set(const struct value *a, const struct value *b, uint32_t n);

/* Marks in hit[i] whether values[i] is in list, without comparing each with
 * each: sorts where the lists are long.  false: memory ran out. */
bool values_mark(const struct value *values, uint32_t n,
    const struct value *list, uint32_t list_n, bool *hit);

#endif /* MODEL_ATTRS_INT_H */
