/*
 * engine/engine.h -- a run: steps in order, guards, results, what is pending.
 *
 * Purpose:   import -> store -> sync -> store -> export for one connector
 *            (engine_run) or for all in the order of a cycle (engine_cycle),
 *            with the counters and result strings of docs/engine/model.md 6
 *            and 7.
 * Touches:   store/, rules/plan.h, connectors/connector.h.
 * Ownership: the engine borrows everything in its configuration until
 *            engine_free(); reports live in the arena given.
 * Errors:    what a call returns is also in the report: 0 (object errors are
 *            counted, not returned), ERR_GUARD (a guard stopped it),
 *            ERR_REFUSED (staging, nothing to export to), ERR_BUSY (another
 *            process runs), ERR_CANCELLED, or the connector's or the store's.
 */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "connectors/connector.h"
#include "rules/plan.h"
#include "store/history.h"

struct conf; /* conf/conf.h */
struct engine;

/* ---- Configuration ---- */

/* One connector; the list is in the order of plan_input.connectors. */
struct engine_connector {
	int64_t id; /* store_connector_ensure() */
	struct text name;
	const struct connector_kind *kind;
	const struct conf_connector *conf;
	const struct schema *schema; /* types of export targets; NULL: any */
	/* The cloud: imported and synchronised last, exported to first. */
	bool cloud;
};

#define ENGINE_GUARD_OFF UINT64_MAX

/* The tenant that it leads to where it is a door to the cloud; else empty. */
struct text engine_door(const struct engine_connector *ec);

/* How many changes of a kind one export may send; names as in `guard show`. */
struct guard_limit {
	int change;            /* enum limit_kind */
	struct text connector; /* empty: every one */
	struct text type;      /* empty: every one */
	struct text attribute; /* empty: every one */
	struct text container; /* objects that come from there or below; "*":
				  from any, each for itself; empty: all */
	int64_t count;         /* -1: any */
	int64_t percent;       /* -1: any */
	struct text from;      /* "causeway.yaml, guard: limits: 1", "store" */
};

struct engine_guard {
	uint64_t deletions;      /* an export sends at most; 500; or off */
	unsigned source_percent; /* a full import may lose at most; 40 */
	uint64_t source_minimum; /* below this many it does not ask; 10 */
	/* So many percent of the objects that had an attribute may not lose it
	 * at once; 90. */
	unsigned attribute_percent;
	/* Of the objects concerned, and more than change_minimum, may not be
	 * changed in one way by one export; 0: they may.  40, 10. */
	unsigned change_percent;
	uint64_t change_minimum;
	uint64_t learn; /* limits are learned from so many exports; 0: never */
	bool values;    /* bad values are held */
	const struct guard_limit *limits; /* what comes first goes first */
	size_t limit_count;
};

/* Whether a cycle sends what is pending, or plans it first and sends what is
 * small. */
struct engine_policy {
	enum {
		POLICY_ALWAYS = 0, /* it sends */
		POLICY_SMALL = 1,
		POLICY_NEVER = 2, /* all plans wait for a person */
	} apply;
	/* Small has at most; UINT64_MAX: any. */
	uint64_t objects, deletions;
	uint64_t percent;         /* of the objects there are */
	uint64_t percent_minimum; /* as many always are small */
};

struct engine_progress {
	struct text connector;
	const char *step; /* "full-import", "completing-obsoletion", ... */
	uint64_t done;
	uint64_t total; /* 0: not known */
};

struct engine_config {
	struct store *store; /* STORE_WRITE; STORE_READ for engine_pending() */
	struct plan *plan;   /* referenced */
	const struct engine_connector *connectors;
	size_t connector_count;
	struct engine_guard guard;
	struct engine_policy policy;
	bool staging;
	bool write_sources_first; /* a cycle exports to them before the cloud */
	int64_t history_ms; /* a cycle forgets runs older than this; 0: none */
	const char *config_dir;
	const struct conf *conf; /* to name its lines; may be NULL */
	/* Both may be NULL. */
	void (*progress)(void *ctx, const struct engine_progress *p);
	bool (*cancelled)(void *ctx);
	void *ctx;
};

int engine_new(const struct engine_config *cfg, struct engine **out,
    struct err *e) MUST_CHECK;
struct engine *engine_free(struct engine *g);
DEFINE_CLEANUP(engine, engine_free);

/* ---- Running ---- */

enum engine_profile {
	PROFILE_FULL_IMPORT = 1,
	PROFILE_DELTA_IMPORT, /* a full import where the kind has no deltas, or
				 in a cycle has no watermark; the detail says
				 so */
	PROFILE_FULL_SYNC,
	PROFILE_DELTA_SYNC,
	PROFILE_EXPORT, /* objects whose last export is uncertain: a full
			   import comes first, as a step of the same run */
};

/* "full-import" ...; 0 where there is none of that name. */
enum engine_profile engine_profile_parse(struct text name);
const char *engine_profile_name(enum engine_profile p);

/* What a run did.  The errors of a step: error_list() by step id. */
struct engine_report {
	struct run_record run;
	struct step_record *steps;
	size_t step_count;
	uint64_t object_errors; /* of all steps; the exit code 3 */
	int code;               /* 0, or why it stopped */
	struct err err;
};

/* Thresholds of the runs that follow: a step ends where it would go on beyond
 * them, "stopped-object-limit" or "stopped-deletion-threshold-exceeded"; what
 * it did stays.  0: none. */
struct engine_limits {
	uint64_t objects;
	uint64_t deletes;
};
void engine_limit(struct engine *g, struct engine_limits limits);

/* Takes the store's lock.  out is filled in either way, run.id is 0 where it
 * did not begin. */
int engine_run(struct engine *g, size_t connector, enum engine_profile profile,
    struct arena *a, struct engine_report *out, struct err *e) MUST_CHECK;

struct engine_cycle_report {
	struct engine_report *runs;
	size_t count;
	uint64_t object_errors;
	uint64_t sent;    /* changes that were exported */
	uint64_t sent_to; /* bit i: connector i took some of them */
	int code;         /* of the first run that stopped; 0: none did */
	struct err err;
};

/* "success", "completed-errors", or the name of the code. */
const char *engine_cycle_result(const struct engine_cycle_report *r);

/*
 * Imports of the sources, of the cloud; sync of the sources, of the cloud;
 * export to the cloud, to the others (connectors that can).  A connector
 * whose import stops is synchronised as it was last; the rest goes on.  A
 * sync that stops keeps back all exports.  Staging: no exports, code 0.
 * delta: a connector gets in full what it needs (engine_needs()), and a full
 * import when an export of it is uncertain.
 */
int engine_cycle(struct engine *g, bool initial, struct arena *a,
    struct engine_cycle_report *out, struct err *e) MUST_CHECK;

/* ---- What the next export would send ---- */

struct pending_change {
	uint32_t name;
	/* Why it is not sent; empty: it is.  code is for programs. */
	struct text held_code, held;
	const struct value *add; /* references: text is DN or anchor */
	uint32_t add_count;
	const struct value *del;
	uint32_t del_count;
	struct text rule; /* its name; empty where it cannot be told */
};

struct pending_item {
	int64_t cs_id;
	struct guid guid;
	enum delta_op op; /* ADD, UPDATE, DELETE */
	uint32_t type;
	struct text dn;
	struct text new_dn; /* not empty: a rename */
	struct text anchor;
	/* For people; empty where there is none. */
	struct text display_name;
	struct text user_principal_name;
	struct text source_anchor;
	/* An attribute that goes in part is there twice: what goes, then what
	 * is held. */
	const struct pending_change *changes;
	size_t change_count;
	/* Why nothing of it is sent; empty: it is. */
	struct text held_code, held;
	/* Why its new DN is not sent, though the rest is; it is in new_dn. */
	struct text rename_held;
};

struct pending_sink {
	/* Non-zero stops, and is returned.  item lives until it returns. */
	int (*item)(void *ctx, const struct pending_item *item, struct err *e);
	void *ctx;
	/* These objects alone (NULL: all that wait), those too that were found
	 * to be of no use to the directory. */
	const int64_t *only;
	size_t only_count;
	bool offline; /* the connector is not asked what it can take */
};

/* What was left out, by reason ("contacts cannot be written by Graph"). */
struct pending_skip {
	struct text reason;
	uint64_t count;
};

struct pending_report {
	uint64_t adds, updates, deletes; /* given to the sink, to be sent */
	uint64_t held;         /* given to the sink, nothing of it is sent */
	uint64_t held_changes; /* attributes held of objects that go */
	uint64_t uncertain;    /* sent with no answer: an import comes first */
	struct pending_skip *skips;
	size_t skip_count;
	struct text unchecked; /* why the connector could not be asked what it
				  can take; empty: it was */
};

/*
 * In the order of export.  Reads alone, also in staging.  Empty, or held alone,
 * promises: the next export writes nothing.
 */
int engine_pending(struct engine *g, size_t connector, struct arena *a,
    const struct pending_sink *sink, struct pending_report *out,
    struct err *e) MUST_CHECK;

/* The name of the rule that gives an attribute of an object of the connector
 * the value that waits to be sent; empty where none does. */
struct engine_attr {
	size_t connector;
	int64_t cs;
	uint32_t name;
};
int engine_rule_of(struct engine *g, struct engine_attr of, struct arena *a,
    struct text *out, struct err *e) MUST_CHECK;

/* ---- What has to be done in full ---- */

/* Why a full import, or a full synchronisation, is required of a connector;
 * the empty text: it is not.  Deferred: a person said that it can wait. */
struct engine_needs {
	struct text full_import;
	struct text full_sync;
	bool import_deferred;
	bool sync_deferred;
};
int engine_needs(struct engine *g, size_t connector, struct arena *a,
    struct engine_needs *out, struct err *e) MUST_CHECK;

/* The next cycle does it, or (not required) puts it off until the
 * configuration changes again or somebody runs it. */
enum engine_in_full {
	ENGINE_FULL_IMPORT = 1,
	ENGINE_FULL_SYNC,
};
int engine_require(struct engine *g, size_t connector, enum engine_in_full what,
    bool required, struct err *e) MUST_CHECK;

/* ---- Guards ---- */

/* Who lets pass what guards of the connector would stop. */
struct guard_wish {
	struct text who;
	struct text reason;
	int64_t until_ms; /* its end */
	bool once;        /* over, too, when it let something pass */
};
/* Journaled.  What a source loses under it its targets may lose in their next
 * export; never more than the deletion threshold. */
int engine_guard_ack(struct engine *g, size_t connector,
    const struct guard_wish *wish, struct err *e) MUST_CHECK;
int engine_guard_acked(
    struct engine *g, size_t connector, bool *out, struct err *e) MUST_CHECK;

/* The number of a kind of change ("delete"), for struct guard_limit; 0 where
 * there is none of that name. */
int engine_guard_change(struct text name);

/* The limits of exports to a connector, as they hold. */
struct guard_limit_view {
	const char *change; /* "delete"; NULL: all that no other limit is for */
	struct text type, attribute; /* empty: every one */
	struct text container;       /* as in struct guard_limit */
	int64_t count, percent;      /* -1: any */
	struct text from;            /* where it comes from, for a person */
	/* Learned: of so many exports; those that made such changes. */
	uint64_t runs, median, largest;
};
int engine_guard_limits(struct engine *g, size_t connector, struct arena *a,
    struct guard_limit_view **out, size_t *out_count, struct err *e) MUST_CHECK;

/* The slices of what is pending that limits hold now, each in a sentence;
 * counts all that is pending. */
int engine_guard_held(struct engine *g, size_t connector, struct arena *a,
    struct text **out, size_t *out_count, struct err *e) MUST_CHECK;

/* ---- The journal ---- */

/* What a process was sending when it died, that the journal has no entry of
 * yet: the entries that the next import makes (id 0), uncertain. */
int engine_unanswered(struct store *s, const struct engine_connector *ec,
    struct arena *a, struct journal_entry **out, size_t *out_count,
    struct err *e) MUST_CHECK;

/* ---- One active instance for each target ---- */

/* The lease as it is in the target. */
struct engine_lease {
	bool there, ours;
	bool not_kept; /* the last export had no right to keep one */
	struct text holder, host;
	int64_t since_ms, seen_ms;
	int64_t foreign_ms; /* another server synchronised last; 0: never */
};
/* ERR_UNSUPPORTED where the kind of the connector keeps none. */
int engine_lease_show(struct engine *g, size_t connector, struct arena *a,
    struct engine_lease *out, struct err *e) MUST_CHECK;
/* From whoever has it, by whom; journaled.  ERR_REFUSED in staging mode. */
int engine_lease_take(struct engine *g, size_t connector, struct text who,
    struct err *e) MUST_CHECK;
int engine_lease_release(struct engine *g, size_t connector, struct text who,
    struct err *e) MUST_CHECK;

#endif /* ENGINE_ENGINE_H */
