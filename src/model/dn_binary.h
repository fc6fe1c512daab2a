/*
 * model/dn_binary.h -- octets that belong to a name: "B:8:00FF00FF:CN=Anna".
 *
 * Purpose:   the one place that knows the form of the syntax DN-binary
 *            (MS-ADTS 3.1.1.2.2.2.1): keys of users and devices.
 * Touches:   base/, model/value.h, model/dn.h.
 * Ownership: what is split borrows; what is made lives in the arena given.
 * Errors:    ERR_TYPE (the text has not this form), ERR_LIMIT, ERR_NOMEM.
 *
 * The text of such a value is what people and rules see.  Two things are said
 * without words: nothing behind the last colon means the object that has the
 * value, so that a rename of it changes no value; and where the directory told
 * the anchor of another object, that follows behind a zero byte.
 */
#ifndef MODEL_DN_BINARY_H
#define MODEL_DN_BINARY_H

#include "model/value.h"

#define DN_BINARY_OCTETS_MAX ((size_t)1 << 20)

struct dn_binary {
	struct text head;   /* "B:8:00FF00FF:" */
	struct text hex;    /* "00FF00FF" */
	struct text dn;     /* empty: the object that has the value */
	struct text anchor; /* of the object behind dn; empty: not known */
};

/* The parts of a text of this form, whatever stands behind the last colon. */
int dn_binary_split(struct text t, struct dn_binary *out) MUST_CHECK;

/* dn empty: of the object that has the value; anchor may be empty. */
int dn_binary_make(struct arena *a, struct text octets, struct text dn,
    struct text anchor, struct value *out) MUST_CHECK;

/* The octets of a VALUE_DN_BINARY. */
int dn_binary_octets(
    struct arena *a, const struct value *v, struct text *out) MUST_CHECK;

/* As people and rules see it: without an anchor. */
struct text dn_binary_text(const struct value *v);

/* The same octets of the same object: by anchor where both have one, else by
 * name. */
bool dn_binary_equal(const struct value *a, const struct value *b);

/* Those of the list that name the object with this anchor or name say so with
 * nothing behind the colon. */
void dn_binary_settle(
    struct value *list, size_t n, struct text anchor, struct text dn);

#endif /* MODEL_DN_BINARY_H */
