/*
 * engine/plan/plan_int.h -- what the files of plans share.
 *
 * Purpose:   a plan while it is compared and applied.
 * Touches:   engine/plan/plan.h, engine/engine_int.h.
 */
#ifndef ENGINE_PLAN_PLAN_INT_H
#define ENGINE_PLAN_PLAN_INT_H

#include "engine/engine_int.h"
#include "engine/export/export.h"
#include "engine/plan/plan.h"
#include "store/idset.h"

/* freeze.c: with the lock held. */
int plan_freeze(struct engine *g, const struct plan_wish *w, struct arena *a,
    struct frozen *out, struct err *e) MUST_CHECK;
/* The hash over all items of a plan, hex; in a. */
int plan_hash(struct engine *g, int64_t plan, struct arena *a, struct text *out,
    struct err *e) MUST_CHECK;
/* The container that an object comes from; empty: not known. */
int plan_ou(struct engine *g, const struct cs_object *o, struct arena *a,
    struct text *out, struct err *e) MUST_CHECK;

/* select.c: whether something of an item, and which change of it, is chosen.
 * s NULL: everything. */
bool plan_selects(const struct plan_selection *s, const struct names *names,
    const struct frozen_item *i);
bool plan_selects_change(const struct plan_selection *s,
    const struct names *names, const struct frozen_item *i, size_t change);
/* Its new DN. */
bool plan_selects_rename(const struct plan_selection *s,
    const struct names *names, const struct frozen_item *i);

/* apply.c: with the lock held. */
int plan_apply_locked(struct engine *g, const struct plan_apply *w,
    struct arena *a, struct plan_report *out, struct err *e) MUST_CHECK;

/* A plan while it is applied. */
struct applying {
	struct engine *g;
	const struct plan_apply *wish;
	struct arena *arena; /* of the report */
	struct plan_report *report;
	struct seen_set matched; /* rows that go */
	struct seen_set moved;
	struct arena *item; /* of one item */
};

/* apply.c: what is sent now undoes a run, and a person says that limits were
 * passed then. */
bool plan_passes_limits(const struct engine *g);

/* What is there now of a planned object. */
struct plan_now {
	bool is_there; /* the row */
	struct cs_object o;
	struct attrs held; /* what the directory holds, as far as is known */
	const struct export_seen *seen; /* what is pending; NULL: nothing */
};

#define PLAN_TO_BE_DELETED "it is about to be deleted, which waits"

enum plan_verdict {
	PLAN_SAME = 1,
	PLAN_DONE,
	PLAN_MOVED,
};

/* compare.c: *out_note, in a, says what moved. */
int plan_compare(struct applying *p, const struct frozen_item *i,
    const struct plan_now *now, enum plan_verdict *out, struct text *out_note,
    struct err *e) MUST_CHECK;
/* Of one that undoes: what it takes back has to be there still. */
int plan_compare_undo(struct applying *p, const struct frozen_item *i,
    const struct plan_now *now, enum plan_verdict *out, struct text *out_note,
    struct err *e) MUST_CHECK;

/* gate.c: what is not in the plan, not selected or has moved is held. */
struct export_gate plan_gate(struct applying *p);

/* holds.c: what a person undid; out->ask stays NULL where there is nothing. */
int holds_gate(struct engine *g, size_t connector, struct arena *a,
    struct export_gate *out, struct err *e) MUST_CHECK;

/* policy.c: what waits in a plan of a cycle for a person. */
int waiting_gate(struct engine *g, size_t connector, struct arena *a,
    struct export_gate *out, struct err *e) MUST_CHECK;
/* A cycle's export by plan: a small one is sent, else it waits; ERR_GUARD where
 * one waits. */
int policy_export(struct engine *g, size_t connector, struct arena *a,
    struct plan_report *out, struct err *e) MUST_CHECK;

/* install.c: makes a matched item of an undo plan what is pending, and what it
 * takes back held; inside a transaction. */
int plan_install(
    struct applying *p, struct frozen_item *i, struct err *e) MUST_CHECK;
/* After all of them: what they refer to. */
int plan_install_refs(
    struct applying *p, const struct frozen_item *i, struct err *e) MUST_CHECK;

#endif /* ENGINE_PLAN_PLAN_INT_H */
