/*
 * store/tower.h -- the layers of an object put on top of each other.
 *
 * Purpose:   the views of docs/engine/model.md 2.4 (what is there, what
 *            was sent, what is to come), the same for import, sync and export.
 * Touches:   store/store.h.
 * Ownership: results live in the arena given and borrow text from the object.
 * Errors:    ERR_NOMEM; those of the store.
 */
#ifndef STORE_TOWER_H
#define STORE_TOWER_H

#include "store/store.h"

enum tower_layer {
	TOWER_IMAGE = 0, /* always there */
	TOWER_UNCONFIRMED = 1U << 0,
	TOWER_ESCROWED = 1U << 1,
	TOWER_UNAPPLIED = 1U << 2,
	TOWER_SENT = TOWER_UNCONFIRMED | TOWER_ESCROWED,
	TOWER_TOP = 7U,
};

/* The image with the layers over it.  refs are rows of the object (NULL: no
 * references in the view), they become REF_ID of the target's row with its DN
 * in text; placeholders too. */
int tower_view(struct arena *a, const struct cs_object *o,
    const struct cs_ref *refs, size_t ref_count, unsigned layers,
    struct attrs *out) MUST_CHECK;

/* The same into a view that is there: rows of attributes it does not have. */
int tower_add_refs(struct arena *a, const struct cs_ref *refs, size_t count,
    unsigned layers, struct attrs *view) MUST_CHECK;

/* Whether a row with these bits is in the view. */
bool tower_has_ref(unsigned bits, unsigned layers);

/* The DN in the view: the last rename, else the DN it has. */
struct text tower_dn(const struct cs_object *o, unsigned layers);

/*
 * An object that is about to be deleted, and whose name another one gets in the
 * same export: it is called "transient:{guid}" here, and the name it has in the
 * directory is in the layer of its deletion.
 */
bool tower_gives_name(const struct cs_object *o);
struct text tower_real_dn(const struct cs_object *o);

/* A copy of the list of attributes that may be changed; values are shared. */
int attrs_shallow(
    struct arena *a, const struct attrs *in, struct attrs *out) MUST_CHECK;

/* The same without references. */
int attrs_scalars(
    struct arena *a, const struct attrs *in, struct attrs *out) MUST_CHECK;

/* Reference rows that point to from point to into instead; from keeps its
 * own rows.  For a placeholder or a twin that turns out to be into. */
int cs_repoint(struct store *s, struct arena *a, int64_t from, int64_t into,
    struct err *e) MUST_CHECK;

#endif /* STORE_TOWER_H */
