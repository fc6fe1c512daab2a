/*
 * engine/engine_int.h -- what the files of a run share.
 *
 * Purpose:   the engine, a run while it goes on, and its steps.
 * Touches:   engine/engine.h, store/step.h.
 */
#ifndef ENGINE_ENGINE_INT_H
#define ENGINE_ENGINE_INT_H

#include "engine/engine.h"
#include "engine/export/gate.h"
#include "engine/sync/sync.h"
#include "store/step.h"

struct applying;

struct engine {
	struct engine_config cfg; /* lists are copies */
	struct sync_connector *sync;
	bool prepared; /* the join index is that of the plan */
	struct engine_limits limits;
	bool in_cycle;             /* what has to be done in full is */
	bool comparing;            /* a plan with what is pending */
	struct applying *applying; /* plan/plan_int.h; NULL: no plan is */
	/* One gate more, after the others: of a test. */
	struct export_gate extra_gate;
	struct arena *arena;
};

/* A run while it goes on. */
struct running {
	struct engine *g;
	const struct engine_connector *conn;
	size_t index;        /* of conn */
	struct arena *arena; /* of the report */
	struct engine_report *report;
	size_t size; /* room in report->steps */
};

/* run.c: engine_run() with the lock held. */
int run_profile(struct engine *g, size_t connector, enum engine_profile profile,
    struct arena *a, struct engine_report *out, struct err *e) MUST_CHECK;

/* cycle.c: the imports and synchronisations of a delta cycle, and no exports.
 */
int cycle_refresh(struct engine *g, struct arena *a,
    struct engine_cycle_report *out, struct err *e) MUST_CHECK;

/* step_run.c: begins a step and its record; ends it with what it counted, and
 * keeps the first error of the run. */
int step_open(struct running *run, const char *type, struct text partition,
    struct step **out, struct err *e) MUST_CHECK;
int step_close(struct running *run, struct step *s, int r, struct err *e);

/* run_import.c, run_export.c, run_sync.c: the steps of a profile. */
int run_import(struct running *run, bool delta, struct err *e) MUST_CHECK;
int run_export(struct running *run, struct err *e) MUST_CHECK;
int run_sync(struct running *run, bool full, struct err *e) MUST_CHECK;
/* need_scope.c: what a full import of the connector covers, a line an item. */
int scope_lines(const struct engine *g, size_t connector, struct buf *out,
    struct err *e) MUST_CHECK;
/* A complete full import was made. */
int scope_remember(
    struct engine *g, size_t connector, struct err *e) MUST_CHECK;
struct sync_job sync_job_of(
    const struct engine *g, size_t connector, struct step *step);

/* gates.c: what keeps changes of the connector from being sent, in the order in
 * which it is asked; in a. */
struct gates {
	struct export_gate list[GATES_MAX];
	size_t count;
};
int gates_of(struct engine *g, size_t connector, struct arena *a,
    struct gates *out, struct err *e) MUST_CHECK;

/* guard.c: the acknowledgement that held let something pass. */
int guard_used(struct engine *g, size_t connector, struct err *e) MUST_CHECK;
/* The same of an import: its targets may lose the same, once. */
int guard_used_by_source(
    struct engine *g, size_t connector, struct err *e) MUST_CHECK;
/* An act of a person, to the journal; inside a transaction. */
int guard_journal(struct engine *g, size_t connector, const char *result,
    struct text who, struct text what, struct err *e) MUST_CHECK;

/* values.c: holds what the cloud would refuse. */
int values_gate(struct engine *g, size_t connector, struct arena *a,
    struct export_gate *out, struct err *e) MUST_CHECK;

/* limits.c: the gate of limits, after those before it. */
struct gates;
int limits_gate(struct engine *g, size_t connector, struct gates *before,
    struct arena *a, struct err *e) MUST_CHECK;
/* After an export: what it sent is learned from. */
int limits_learn(
    struct running *run, const struct gates *gates, struct err *e) MUST_CHECK;

/* look.c: export_pending() behind the gates of a connector.  unchecked, where
 * it is not NULL, gets why the directory could not be asked what it can take;
 * else that is an error. */
struct export_visit;
struct export_look {
	const struct export_visit *visit;
	bool offline; /* does not ask the directory */
	struct err *unchecked;
	uint64_t uncertain;
};
int engine_look(struct engine *g, size_t connector, struct export_look *l,
    struct err *e) MUST_CHECK;

/* open.c */
int engine_open(struct engine *g, const struct engine_connector *ec,
    struct arena *a, struct connector **out, struct err *e) MUST_CHECK;
int anything_waits(struct engine *g, const struct engine_connector *ec,
    bool *out, struct err *e);
int uncertain_count(struct engine *g, const struct engine_connector *ec,
    uint64_t *out, struct err *e) MUST_CHECK;

/* "name.<connector>": settings of a connector in the store. */
struct meta_key {
	char text[64];
};
struct meta_key meta_key(const char *name, int64_t connector);

#endif /* ENGINE_ENGINE_INT_H */
