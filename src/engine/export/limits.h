/*
 * engine/export/limits.h -- kinds of changes that an export makes, counted.
 *
 * Purpose:   what guards limit: one kind of change to objects of one type (to
 *            one attribute) is a slice; how large each would be, of how many.
 * Touches:   engine/export/export.h.  Decides nothing.
 * Ownership: a struct slices lives in the arena given.
 * Errors:    those of the store; ERR_NOMEM.
 */
#ifndef ENGINE_EXPORT_LIMITS_H
#define ENGINE_EXPORT_LIMITS_H

#include "engine/export/export.h"

enum limit_kind {
	LIMIT_NONE = 0,    /* no kind that is limited */
	LIMIT_DELETE = 1,  /* the source is gone */
	LIMIT_LEAVE_SCOPE, /* deleted, and the source is there */
	LIMIT_DISABLE,
	LIMIT_RENAME_UPN,
	LIMIT_LOSE_GROUP, /* members, each */
	LIMIT_LOSE_ATTRIBUTE,
};
#define LIMIT_KINDS 6U

/* "delete" ...; LIMIT_NONE where there is none of that name. */
const char *limit_kind_name(enum limit_kind kind);
enum limit_kind limit_kind_parse(struct text name);

/* What a limit on the objects of a container counts by itself. */
struct slice_scope {
	enum limit_kind kind;
	struct text type, attribute; /* empty: every one */
	struct text container;       /* as dn_key(); empty: every container,
					each for itself */
};

struct slice {
	enum limit_kind kind;
	uint32_t type;
	uint32_t name; /* LIMIT_LOSE_ATTRIBUTE */
	/* 0: all of the connector; else 1 + the scope, and its container. */
	size_t scope;
	struct text container; /* as dn_key() */
	struct text place;     /* the same for a person */
	uint64_t n;            /* changes */
	uint64_t total;        /* of so many that could; 0: not counted */
	bool held;             /* the caller's */
	struct text why;       /* the caller's */
};

struct slices {
	struct arena *arena;
	struct slice **list;
	size_t count, room;
	uint32_t *table; /* of places in list, from 1 on, by what they count */
	size_t table_size;
	uint64_t items; /* sent, in all: the caller's */
};

/* Where objects come from, for those that count by it. */
struct slice_places {
	const struct names *names;
	const struct slice_scope *scopes;
	size_t count;
	/* The container in its source; empty where there is none. */
	int (*place)(void *ctx, struct arena *a, const struct cs_object *o,
	    struct text *out, struct err *e);
	void *ctx;
};

/* What one item does: each(ctx, ...) for every kind, with the change that does
 * it (NULL: the deletion) and how many times. */
struct slice_part {
	enum limit_kind kind;
	uint32_t type, name;
	uint64_t n;
	const struct change *change;
};
typedef int slice_fn(void *ctx, const struct slice_part *p, struct err *e);
int slices_of_item(const struct names *names, const struct export_item *item,
    const struct cs_object *o, slice_fn *each, void *ctx,
    struct err *e) MUST_CHECK;

/* Adds n to the slice of the part. */
int slices_add(struct slices *s, const struct slice_part *p) MUST_CHECK;

/* Where an object comes from. */
struct slice_place {
	struct text container, key; /* empty: none */
};
int slice_place_of(const struct slice_places *places, struct arena *a,
    const struct cs_object *o, struct slice_place *out,
    struct err *e) MUST_CHECK;
/* The slices that a part counts in, at most count of places and one; make:
 * those that are not there yet as well.  How many, or ERR_NOMEM. */
int slices_of_part(struct slices *s, const struct slice_places *places,
    const struct slice_place *at, const struct slice_part *p, bool make,
    struct slice **out) MUST_CHECK;

/* All that the job would send, adds aside, that its gates let through. */
int slices_count(const struct export_job *job,
    const struct slice_places *places, struct slices *out,
    struct err *e) MUST_CHECK;
/* The totals of those with more than minimum changes. */
int slices_totals(struct store *store, int64_t connector, uint64_t minimum,
    const struct slice_places *places, struct slices *s,
    struct err *e) MUST_CHECK;

#endif /* ENGINE_EXPORT_LIMITS_H */
