/*
 * migrate/task/task_int.h -- what the files of this room hand to each other.
 *
 * Purpose:   connections for a task, notes in the store.
 * Touches:   migrate/task/authority.h.
 * Ownership: as there.
 * Errors:    as there.
 */
#ifndef MIGRATE_TASK_TASK_INT_H
#define MIGRATE_TASK_TASK_INT_H

#include "base/map.h"
#include "codec/json.h"
#include "migrate/task/authority.h"
#include "store/history.h"

/* ---- authority_read.c ---- */

/* Opens the connector; ERR_CONFIG where its kind knows no authority. */
int authority_open(struct setup *s, size_t connector, struct connector **out,
    struct err *e) MUST_CHECK;
/* Over a connection that is open; out->connector is set. */
int authority_read(struct setup *s, struct connector *c, struct arena *a,
    struct authority_picture *out, struct err *e) MUST_CHECK;
/* Security identifiers to source anchors (struct text *), of the metaverse. */
int authority_sources(struct setup *s, struct arena *a, struct map *out,
    struct err *e) MUST_CHECK;

/* ---- authority_note.c ---- */

/* In the transaction of the caller. */
int authority_note_put(
    struct setup *s, const struct authority_note *n, struct err *e) MUST_CHECK;
/* Immutable IDs by anchor, in parts; sets n->objects and n->parts. */
int authority_ids_put(struct setup *s, const struct authority_picture *p,
    struct authority_note *n, struct err *e) MUST_CHECK;
/* A map from anchors to struct text *. */
int authority_ids_get(struct setup *s, const struct authority_note *n,
    struct arena *a, struct map *out, struct err *e) MUST_CHECK;

/* No note, and no list, any more. */
int authority_note_clear(
    struct setup *s, const struct authority_note *n, struct err *e) MUST_CHECK;

/* ---- task_note.c: in the transaction of the caller ---- */

/* A list of pairs of texts, written once, in parts under "KEY.N". */
struct task_list {
	struct setup *setup;
	const char *key;
	uint64_t count, parts;
	struct buf part;
	int code;
	struct err err;
};
void task_list_begin(struct task_list *l, struct setup *s, const char *key);
void task_list_add(struct task_list *l, struct text one, struct text other);
int task_list_end(struct task_list *l, struct err *e) MUST_CHECK;

/* Where one is kept. */
struct task_list_at {
	struct setup *setup;
	const char *key;
	uint64_t parts;
};

/* Both texts live in a. */
typedef int task_pair_fn(void *ctx, struct text one, struct text other);
int task_list_read(const struct task_list_at *at, struct arena *a,
    task_pair_fn *each, void *ctx, struct err *e) MUST_CHECK;
int task_list_clear(const struct task_list_at *at, struct err *e) MUST_CHECK;

/* Who did what, and why. */
int task_journal(struct setup *s, const struct journal_entry *entry,
    struct text by, struct text reason, struct err *e) MUST_CHECK;

/* ---- authority_claim.c ---- */

/* Gives a group that Graph knows by no source anchor the one that the metaverse
 * has under its security identifier: 1; 0: it needs none, or why says what is
 * in the way. */
int authority_claim(struct connector *c, const struct authority_object *o,
    const struct map *sources, struct err *why, struct err *e) MUST_CHECK;

/* ---- authority_proof.c ---- */

/* Reads all of it again, where the organisation says that it is off. */
int authority_prove(struct setup *s, struct connector *c, struct arena *a,
    struct authority_status *st, struct authority_picture *p,
    struct err *e) MUST_CHECK;

#endif /* MIGRATE_TASK_TASK_INT_H */
