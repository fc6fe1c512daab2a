/*
 * store/frozen.h -- plans: what was pending, frozen under a number; and holds:
 * what rules want again although a person undid it.
 *
 * Purpose:   apply sends what was reviewed, also days later and after the
 *            process was killed in between.
 * Touches:   store/store.h.
 * Ownership, errors: as store/store.h.  Writing happens inside a transaction.
 */
#ifndef STORE_FROZEN_H
#define STORE_FROZEN_H

#include "store/store.h"

enum frozen_state {
	FROZEN_WAITS = 1,
	FROZEN_PARTLY = 2, /* some of it was sent */
	FROZEN_APPLIED = 3,
	FROZEN_DROPPED = 4,  /* by a person */
	FROZEN_REPLACED = 5, /* by a later one, of a cycle */
};
const char *frozen_state_name(enum frozen_state s); /* "waits", ... */

struct frozen {
	int64_t id;
	int64_t ms;
	enum frozen_state state;
	int64_t applied_ms;              /* 0: never */
	int64_t undoes_plan, undoes_run; /* 0: it undoes nothing */
	uint64_t adds, updates, deletes;
	struct text who, applied_by; /* "anna", "cycle" */
	struct text config;          /* digest of rules and connectors */
	struct text hash;            /* over all items, hex */
};

/* Sets f->id. */
int frozen_add(struct store *s, struct frozen *f, struct err *e) MUST_CHECK;
/* State, counts, hash, and when and by whom it was applied. */
int frozen_set(
    struct store *s, const struct frozen *f, struct err *e) MUST_CHECK;
/* ERR_NOENT. */
int frozen_get(struct store *s, struct arena *a, int64_t id, struct frozen *out,
    struct err *e) MUST_CHECK;
/* The newest first, at most max. */
int frozen_list(struct store *s, struct arena *a, size_t max,
    struct frozen **out, size_t *out_count, struct err *e) MUST_CHECK;

/* ---- What a plan would send ---- */

enum frozen_item_state {
	FROZEN_ITEM_WAITS = 1,
	FROZEN_ITEM_SENT = 2, /* of it, or all */
	FROZEN_ITEM_HELD = 3, /* its state has moved: note says what */
};

struct frozen_item {
	int64_t plan;
	int64_t number; /* from 1, in the order of export */
	int64_t connector;
	int64_t cs;
	enum frozen_item_state state;
	enum delta_op op; /* ADD, UPDATE, DELETE */
	uint32_t type;
	struct text dn, anchor;
	struct text display, upn; /* for people */
	struct text ou;           /* the container it lies in, in its source */
	struct text note;
	struct delta delta; /* references: by anchor or DN, id is the row */
	const struct text *rules; /* of each change; NULL: none is known */
};

int frozen_item_add(
    struct store *s, const struct frozen_item *i, struct err *e) MUST_CHECK;
int frozen_item_set(struct store *s, const struct frozen_item *i,
    struct err *e) MUST_CHECK; /* state, note, cs */
/* The next with a number above after; 1: there is one, 0: none more. */
int frozen_item_next(struct store *s, struct arena *a, int64_t plan,
    int64_t after, struct frozen_item *out, struct err *e) MUST_CHECK;
/* That of a row; 1: there is one. */
int frozen_item_of(struct store *s, struct arena *a, int64_t plan, int64_t cs,
    struct frozen_item *out, struct err *e) MUST_CHECK;

int frozen_run_add(
    struct store *s, int64_t plan, int64_t run, struct err *e) MUST_CHECK;
/* The next run with an id above after that sent of the plan; 0: none. */
int frozen_run_next(struct store *s, int64_t plan, int64_t after, int64_t *out,
    struct err *e) MUST_CHECK;

/* ---- Holds ---- */

/* It is of the object with the row cs, with the anchor, or linked to mv; what
 * is 0 or empty says nothing. */
struct hold {
	int64_t id;
	int64_t plan; /* the one that undid it */
	int64_t connector;
	int64_t cs, mv;
	int64_t ms;
	enum delta_op op; /* ADD, DELETE: the whole object; UPDATE: values */
	uint32_t type;
	struct text dn, anchor, display;
	struct delta delta; /* as struct frozen_item */
};

int hold_add(struct store *s, const struct hold *h, struct err *e) MUST_CHECK;
int hold_remove(struct store *s, int64_t id, struct err *e) MUST_CHECK;
/* The next with an id above after, of a connector (0: every); 1: there is one,
 * 0: none more. */
int hold_next(struct store *s, struct arena *a, int64_t connector,
    int64_t after, struct hold *out, struct err *e) MUST_CHECK;

#endif /* STORE_FROZEN_H */
