/*
 * engine/export/export_int.h -- what the files of the export step share.
 *
 * Purpose:   the state of one export while it runs.
 * Touches:   engine/export/export.h.
 */
#ifndef ENGINE_EXPORT_EXPORT_INT_H
#define ENGINE_EXPORT_EXPORT_INT_H

#include "engine/export/export.h"
#include "engine/export/reasons.h"
#include "store/idset.h"

/* The steps of one export, in the order of docs/engine/model.md 5.5. */
enum export_pass {
	PASS_YIELD,    /* deletes of those whose name an add below gets */
	PASS_ADD,      /* parents first */
	PASS_ADD_LATE, /* those that need a reference to be there */
	PASS_UPDATE,
	PASS_RENAME,
	PASS_DELETE,    /* children first */
	PASS_REFERENCE, /* what waited for objects added above */
};

enum built_state {
	BUILT_NOTHING = 0, /* only references that wait */
	BUILT_SEND,
	BUILT_UNSUPPORTED, /* why says it */
	BUILT_FORBIDDEN,   /* by the configuration: why; it waits */
	BUILT_UNCERTAIN,   /* sent before, no answer yet */
	BUILT_HELD,        /* by gates: all of it */
};

/* One object and what is to be sent of it. */
struct built {
	enum built_state state;
	struct cs_object o;
	struct cs_ref *refs; /* rows with an unapplied bit */
	size_t ref_count;
	bool *sent_ref; /* of refs: part of the item */
	bool *held_ref; /* of refs: kept back by a gate */
	/* What gates hold: of the unapplied layer (scalars, a new DN), of the
	 * item, and each with its reason. */
	struct delta kept, held;
	struct gate_answer holds;
	int held_code;
	struct export_item item;
	struct err why;
	const struct attrs *was; /* DELETE: see struct export_result */
};

/* A batch on its way: collected, noted as sent, sent, answered. */
struct flight {
	struct arena *arena; /* of what it holds */
	struct built *batch; /* of kind->export_batch, as what follows */
	struct export_item *items;
	struct export_result *results;
	size_t count;
	bool waits; /* for the connector to finish() it */
	int sent;   /* what the connector said of all of it, and */
	struct err why;
};

/* Where the objects of a pass lie; walk.c. */
struct place {
	int64_t id;
	uint32_t depth;
	bool late; /* an add of PASS_ADD_LATE */
};
struct places {
	struct place *list;
	size_t count, size;
	bool made;
};

struct export
{
	const struct export_job *job;
	struct step *step;
	struct store *store;
	int64_t connector;
	struct flight flights[2];
	struct flight *now;  /* is collected */
	struct flight *air;  /* is with the directory; of no items: none is */
	struct arena *arena; /* of the one that is collected */
	struct cs_pending pending; /* at the start */
	struct places adds;        /* made by the first pass over them */
	uint64_t done, total;      /* for progress */
	uint64_t sent;             /* in this pass */
	struct seen_set tried;     /* refused in this export: not again */
	struct seen_set held;      /* gates hold something of it: told */
	struct seen_set held_adds; /* nothing of it goes: references wait */
	struct seen_set held_pair; /* the other half is held */
	int64_t *unsupported;      /* to be marked, of kind->export_batch */
	size_t unsupported_count;
	uint64_t uncertain, retry;
	bool full;    /* as many were sent as the run allows */
	bool began;   /* something was sent */
	bool looking; /* export_pending(): targets that will be added
			 count as there */
};

/* gate.c: asks the gates about a built item, and takes out what they hold. */
int export_gates_ask(
    struct export *x, struct built *b, struct err *e) MUST_CHECK;
/* Before the first pass: which adds are held whole. */
int export_gates_prepare(struct export *x, struct err *e) MUST_CHECK;
/* Deletions that would be sent, as far as they count against the threshold. */
int export_gates_deletes(
    struct export *x, uint64_t *out, struct err *e) MUST_CHECK;
/* Counts what is held of b, once for each object. */
int export_gates_tell(struct export *x, const struct built *b,
    struct reasons *reasons, struct err *e) MUST_CHECK;
/* Whether what is held is an error of the object. */
bool export_holds_errors(const struct built *b);
/* The item is about to be sent, in the transaction that says so. */
int export_gates_sending(
    struct export *x, const struct built *b, struct err *e) MUST_CHECK;

/* build.c */
int export_build(struct export *x, int64_t id, struct arena *a,
    struct built *out, struct err *e) MUST_CHECK;

/* left.c: references that could not be sent in any pass are errors. */
int export_left_refs(struct export *x, struct err *e) MUST_CHECK;

/* walk.c: every pending object that belongs to the pass, in its order. */
struct export_walker {
	int (*object)(struct export *x, void *ctx, int64_t id, struct err *e);
	void *ctx;
};
void places_clear(struct places *p);
/* A pass that has nothing to do, by the counts at the start. */
bool export_pass_empty(const struct export *x, enum export_pass pass);
int export_walk(struct export *x, enum export_pass pass,
    const struct export_walker *w, struct err *e) MUST_CHECK;

/* send.c: what is collected is sent; the directory may go on with it while the
 * next is collected. */
int export_send(struct export *x, struct err *e) MUST_CHECK;
/* The same, and nothing is in the air afterwards. */
int export_flush(struct export *x, struct err *e) MUST_CHECK;
/* Waits for what is in the air and keeps its answers, also when it fails. */
int export_land(struct export *x, struct err *e) MUST_CHECK;
/* After a failure r of something else, which is returned: the same. */
int export_give_up(struct export *x, int r) MUST_CHECK;
/* Lets the directory go on, between two things that are ours. */
void export_pump(struct export *x);
int flight_init(struct flight *f, uint32_t items, size_t memory) MUST_CHECK;
void flight_clear(struct flight *f);

/* result.c: one answer to the store, inside a transaction. */
int export_result_store(struct export *x, struct built *b,
    const struct export_result *r, struct err *e) MUST_CHECK;

/* identity.c: the anchor, DN and partition that the directory gave. */
int export_identity(struct export *x, struct built *b,
    const struct export_result *r, struct err *e) MUST_CHECK;

/* followed.c: who referred to b, which was deleted, and loses that. */
int export_followed(
    struct export *x, const struct built *b, struct err *e) MUST_CHECK;

/* journal.c */
int export_journal(struct export *x, const struct built *b, const char *result,
    struct err *e) MUST_CHECK;
/* With what is sent first: the run it is sent by. */
int export_journal_run(struct export *x, struct err *e) MUST_CHECK;

#endif /* ENGINE_EXPORT_EXPORT_INT_H */
