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
#define SLICES_MAX  1024U

/* "delete" ...; LIMIT_NONE where there is none of that name. */
const char *limit_kind_name(enum limit_kind kind);
enum limit_kind limit_kind_parse(struct text name);

struct slice {
	enum limit_kind kind;
	uint32_t type;
	uint32_t name;   /* LIMIT_LOSE_ATTRIBUTE */
	uint64_t n;      /* changes */
	uint64_t total;  /* of so many that could; 0: not counted */
	bool held;       /* the caller's */
	struct text why; /* the caller's */
};

struct slices {
	struct slice list[SLICES_MAX];
	size_t count;
	uint64_t items; /* sent, in all: the caller's */
};

/* NULL where there is none. */
struct slice *slices_find(
    struct slices *s, enum limit_kind kind, uint32_t type, uint32_t name);

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

/* Adds n to the slice of the part; beyond SLICES_MAX it is lost. */
void slices_add(struct slices *s, const struct slice_part *p);

/* All that the job would send, adds aside, that its gates let through. */
int slices_count(
    const struct export_job *job, struct slices *out, struct err *e) MUST_CHECK;
/* The totals of those with more than minimum changes. */
int slices_totals(struct store *store, int64_t connector, uint64_t minimum,
    struct slices *s, struct err *e) MUST_CHECK;

#endif /* ENGINE_EXPORT_LIMITS_H */
