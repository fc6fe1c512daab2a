/*
 * model/attrs.h -- a set of attributes with their values.
 *
 * Purpose:   what an object holds, in memory and as stored.
 * Touches:   base/, model/value.h.
 * Ownership: plain structs; lists live in the arena given to the call that
 *            made them; values borrow their text unless *_dup.
 * Rules:     sorted by name; no attribute without a value; no value of zero
 *            length (spec: an empty string equals absent); the order of the
 *            values of one attribute is kept.
 * Errors:    ERR_NOMEM, ERR_LIMIT, ERR_SYNTAX (decoding).
 */
#ifndef MODEL_ATTRS_H
#define MODEL_ATTRS_H

#include "base/buf.h"
#include "model/value.h"

#define ATTRS_MAX  4096U    /* attributes of one object */
#define VALUES_MAX 1000000U /* values of one attribute */

struct attr {
	uint32_t name; /* model/names.h */
	uint32_t count;
	uint32_t size; /* room in values */
	struct value *values;
};

struct attrs {
	struct attr *items;
	uint32_t count;
	uint32_t size;
};

/* NULL where there is none. */
const struct attr *attrs_find(const struct attrs *s, uint32_t name);
/* The first value, or NULL. */
const struct value *attrs_first(const struct attrs *s, uint32_t name);

/* Appends one value; makes the attribute when needed.  An empty string or
 * binary is dropped. */
int attrs_add(
    struct arena *a, struct attrs *s, uint32_t name, struct value v) MUST_CHECK;

/* Sets the whole attribute; count 0 removes it.  The list is copied, the
 * text is borrowed. */
int attrs_set(struct arena *a, struct attrs *s, uint32_t name,
    const struct value *values, size_t count) MUST_CHECK;
/* The same with the list borrowed: it has no empty value, and nobody changes it
 * as long as s is there. */
int attrs_share(struct arena *a, struct attrs *s, uint32_t name,
    struct value *values, size_t count) MUST_CHECK;
void attrs_remove(struct attrs *s, uint32_t name);

/* Removes one value that is equal; false where there is none. */
bool attrs_remove_value(struct attrs *s, uint32_t name, const struct value *v);

/* A copy of lists and text. */
int attrs_dup(
    struct arena *a, const struct attrs *in, struct attrs *out) MUST_CHECK;

/* Same values, in any order. */
bool attr_equal(const struct attr *a, const struct attr *b);
/* The same values in the same order, references with the same text: nobody who
 * reads the two can tell them apart. */
bool attr_same(const struct attr *a, const struct attr *b);
bool attrs_equal(const struct attrs *a, const struct attrs *b);
/* Of sets that are equal: octets with a name, the same ones, whose object is
 * called otherwise now. */
bool attrs_renamed(const struct attrs *a, const struct attrs *b);
bool attr_has(const struct attr *a, const struct value *v);

/*
 * The stored form: version byte, then per attribute name, type, count and
 * values as varints and octets.  without_refs leaves references out (the
 * store keeps them as rows).  Equal sets in equal order give equal bytes.
 */
int attrs_encode(
    const struct attrs *s, bool without_refs, struct buf *out) MUST_CHECK;

/* Borrows text from in. */
int attrs_decode(struct arena *a, struct text in, struct attrs *out,
    struct err *e) MUST_CHECK;

#endif /* MODEL_ATTRS_H */
