/*
 * engine/setup.h -- from a configuration to an engine that can run.
 *
 * Purpose:   what every program does first: read causeway.yaml, open the
 *            store, read the rules, find out each connector's schema, build
 *            the plan and the engine.
 * Touches:   conf/, store/, rules/, connectors/.
 * Ownership: setup_clear() frees all of it, in any state.
 * Errors:    ERR_CONFIG: every problem is in s->problems, err has the first;
 *            those of the store and the connectors.
 */
#ifndef ENGINE_SETUP_H
#define ENGINE_SETUP_H

#include "conf/conf.h"
#include "engine/engine.h"
#include "rules/ruleset.h"

enum setup_want {
	SETUP_CONF,  /* the configuration alone */
	SETUP_READ,  /* and the store for reading (an empty one in memory where
			there is none yet), and connectors by name */
	SETUP_CHECK, /* and the rules, against the schemas that are known */
	SETUP_TEST,  /* the same with a store in memory: schemas are known only
			where the configuration has them */
	SETUP_LOOK,  /* and an engine that reads alone */
	SETUP_RUN,   /* the store for writing; asks connectors whose schema is
			not known, or is to be read anew */
};

struct vendor; /* rules/vendor/vendor.h */

struct setup {
	struct arena *arena;
	struct conf *conf;     /* NULL with a vendor's export */
	struct vendor *vendor; /* NULL without */
	struct conf_problems *conf_problems;
	struct store *store;
	struct ruleset rules;
	struct plan *plan;
	const struct plan_connector *plan_connectors; /* as the plan has them */
	struct plan_problem *problems;                /* of the rules */
	size_t problem_count;
	struct engine *engine;

	/* In the order of the configuration; SETUP_READ and more. */
	struct engine_connector *connectors;
	struct schema **schemas; /* NULL where not known */
	size_t connector_count;

	/* Set before setup_open(), may be NULL. */
	void (*progress)(void *ctx, const struct engine_progress *p);
	bool (*cancelled)(void *ctx);
	void *ctx;
	/* Another store in place of the configuration's, a copy: staging mode
	 * holds, whatever else says otherwise.  NULL: none. */
	const char *store_path;
	/* Names a connector whose schema is read anew; empty: none. */
	struct text refresh;
	bool refresh_all;
	/* The caller can do with a vendor's export: conf may be NULL. */
	bool vendor_ok;
	/* %parameters% for SETUP_TEST, in pairs: they go before all others for
	 * the connector of that name or GUID; what is not the connector's own
	 * (Connector.*, Domain.*, Forest.*) holds for the others too. */
	struct text override_connector;
	const struct text *overrides;
	size_t override_count;
};

/* path: conf_default_path(); or, with s->vendor_ok and SETUP_CONF, SETUP_CHECK
 * or SETUP_TEST, a vendor's configuration export (else ERR_CONFIG). */
int setup_open(struct setup *s, const char *path, enum setup_want want,
    struct err *e) MUST_CHECK;
void setup_clear(struct setup *s);

/* The index of a connector by name or GUID; ERR_NOENT names those there are. */
int setup_connector(const struct setup *s, struct text name, size_t *out,
    struct err *e) MUST_CHECK;

/* Opens the connection itself: for `connector test` and schema. */
int setup_connect(struct setup *s, size_t i, struct connector **out,
    struct err *e) MUST_CHECK;

/* What holds now: the store's setting where there is one, else the
 * configuration's. */
int setup_staging(struct setup *s, bool *out, struct err *e) MUST_CHECK;
int setup_guard(
    struct setup *s, struct engine_guard *out, struct err *e) MUST_CHECK;
/* The text of the store's setting guard.limits with a limit set, or removed. */
int setup_guard_lines(struct setup *s, const struct guard_limit *limit,
    bool remove, struct buf *out, struct err *e) MUST_CHECK;
/* How long runs are kept; 0: a cycle forgets none. */
int setup_history(struct setup *s, int64_t *out_ms, struct err *e) MUST_CHECK;

/* After SETUP_RUN, for another run: an engine with what holds now. */
int setup_engine_again(struct setup *s, struct err *e) MUST_CHECK;

#endif /* ENGINE_SETUP_H */
