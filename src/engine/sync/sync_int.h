/*
 * engine/sync/sync_int.h -- what the files of the sync step share.
 *
 * Purpose:   the step (struct sync), the pass over one object and its
 *            metaverse object (struct pass), and one linked object (struct
 *            link_view).
 * Touches:   engine/sync/sync.h.
 */
#ifndef ENGINE_SYNC_SYNC_INT_H
#define ENGINE_SYNC_SYNC_INT_H

#include "engine/sync/sync.h"
#include "store/idset.h"

#define SYNC_PAGE      500U
#define SYNC_ROUNDS    10U /* docs/engine/rules.md 2.8 */
#define UNAPPLIED_BITS (REF_UNAPPLIED_ADD | REF_UNAPPLIED_DEL)

struct sync {
	const struct sync_job *job;
	struct step *step;
	struct store *store;
	struct arena *arena; /* of one pass */
	uint32_t dn_name;    /* "dn" */
	uint32_t member_name;
	bool member_scopes; /* some rule asks ISMEMBEROF of the connector */
	int64_t now_ms;
	/* What outbound rules gave is not read back: the targets are empty. */
	bool one_round;
	/* Objects of this connector above it are yet to be looked at. */
	int64_t met;
	int64_t *page;       /* ids of a batch */
	struct step *before; /* counts before a batch or an object */
	/* Marked in this step already: one write each is enough. */
	struct seen_set cs_marked;
	struct seen_set mv_marked;
	/* Metaverse objects that failed: not again in this step. */
	struct seen_set mv_failed;
	/* Objects of this connector to be looked at again at the end. */
	int64_t *again;
	size_t again_count;
	size_t again_size;
};

/* Rules, by precedence. */
struct out_rules {
	const struct plan_rule **list;
	int64_t *due; /* of each: until when it counts; NULL: all in scope */
	size_t count;
	bool any; /* some rule is for objects of the type, in scope or not */
};

/* One connector space object in a pass. */
struct link_view {
	struct cs_object cs;
	size_t connector;    /* in the plan */
	struct cs_ref *refs; /* all rows */
	size_t ref_count;
	const struct cs_ref **by_target; /* sorted; made when needed */
	struct attrs top;                /* what inbound rules read */
	struct attrs image;              /* ImportedValue() */
	bool fresh;                  /* a new row: it has no reference rows */
	bool loaded;                 /* refs were read in this pass */
	bool viewed;                 /* the three above are filled */
	const struct plan_rule **in; /* inbound rules in scope */
	int64_t *in_due;             /* until when each counts; 0: in scope */
	size_t in_count;
	bool in_joins;          /* one of them joins or provisions */
	bool in_keeps;          /* one of them keeps the metaverse object */
	bool scoped;            /* the four above are filled */
	struct out_rules holds; /* outbound, those that wait included */
	const struct plan_rule **out; /* those of them for its type */
	int64_t *out_due;
	size_t out_count;
	bool out_known;
	struct flow_result *results; /* of out */
	size_t result_count;
	bool flowed;                     /* results are filled in this round */
	const struct plan_rule *creator; /* made the link in this pass */
	struct plan_source src;
	struct flow_memo *out_memo; /* of results */
	bool gone;                  /* not linked any more */
	bool dirty;                 /* to be written: identity, link, lineage */
	bool dirty_export;
	bool dirty_import;
	bool inserted; /* a new row of this pass */
	bool renamed;
	bool examined; /* flows to it were looked at */
	bool changed;  /* what it is to be sent */
	bool flows;    /* values are among that */
	bool asked;    /* its references were followed */
	bool in_waits; /* one of them has no link yet */
	bool out_waits;
	uint64_t elsewhere;  /* references to what goes by another door */
	size_t elsewhere_by; /* the connector of the last of these */
};

/* What became of the object of the pass, for the counters. */
enum outcome {
	OUTCOME_NONE = 0,
	OUTCOME_LINKED,   /* was linked, and is looked at again */
	OUTCOME_FILTERED, /* no inbound rule in scope */
	OUTCOME_REMAINS,  /* no link found */
	OUTCOME_JOINED,
	OUTCOME_PROJECTED,
	OUTCOME_DELETED, /* a pending delete was processed */
	OUTCOME_CUT,     /* its link ended */
};

struct pass {
	struct sync *sy;
	enum outcome outcome;
	struct mv_object mv; /* id 0 with has_mv: projected, not yet written */
	bool has_mv;
	bool projected;
	bool mv_changed; /* in any round */
	bool mv_dirty;   /* to be written */
	bool mv_deleted;
	bool force; /* outbound even where nothing changed */
	bool again; /* what inbound rules read changed: one round more */
	struct link_view **links;
	size_t link_count;
	size_t link_size;
	struct link_view *self;  /* NULL: a pass over a metaverse object */
	const char *algorithm;   /* where an error happens */
	struct plan_where where; /* and in which rule */
	int64_t several[2];      /* a join rule found more than one: two */
};

/* NULL: not in this pass. */
static inline struct link_view *
link_of(const struct pass *p, int64_t cs)
{
	for (size_t i = 0; i < p->link_count; i++)
		if (p->links[i]->cs.id == cs)
			return p->links[i];
	return NULL;
}

static inline struct text
connector_name(const struct sync *sy, size_t connector)
{
	return sy->job->connectors[connector].name;
}

/* sync.c */
int sync_begin(
    struct sync *sy, const struct sync_job *job, struct err *e) MUST_CHECK;
void sync_end(struct sync *sy);

/* link.c */
int link_load(struct pass *p, int64_t cs, struct link_view **out,
    struct err *e) MUST_CHECK;
int link_add(struct pass *p, const struct cs_object *cs, struct link_view **out,
    struct err *e) MUST_CHECK;
int link_see(struct pass *p, struct link_view *l, struct err *e) MUST_CHECK;
int link_scope(struct pass *p, struct link_view *l, struct err *e) MUST_CHECK;
int link_lineage(struct pass *p, struct link_view *l, struct err *e) MUST_CHECK;
bool link_was_provisioned(const struct link_view *l);
bool link_is_deleted(const struct cs_object *o); /* an export deletes it */
bool link_never_sent(const struct cs_object *o);
bool rule_links(const struct plan_rule *r); /* joins or provisions */

/* wait.c: provision rules that left scope and count until a time (6.4).
 * wait_until() is 0 where r does not count for l any more. */
int64_t wait_until(
    const struct pass *p, const struct link_view *l, const struct plan_rule *r);
/* rules, and what counts for l beside them. */
int wait_add(struct pass *p, const struct link_view *l,
    const struct out_rules *rules, struct out_rules *out,
    struct err *e) MUST_CHECK;
/* Keeps when the lineage of l ends; list: what it is to be. */
int wait_note(struct pass *p, const struct link_view *l,
    const struct lineage *list, uint32_t count, struct err *e) MUST_CHECK;
/* Marks those whose time is over. */
int wait_wake(struct sync *sy, struct err *e) MUST_CHECK;

/* unlink.c: ends a link; what it held is recalled by the callers' flows. */
int link_forget_refusal(
    struct pass *p, struct link_view *l, struct err *e) MUST_CHECK;
int link_cut(struct pass *p, struct link_view *l, struct err *e) MUST_CHECK;
int link_end(struct pass *p, struct link_view *l, struct err *e) MUST_CHECK;
int link_deprovision(
    struct pass *p, struct link_view *l, struct err *e) MUST_CHECK;
int mv_delete(struct pass *p, struct err *e) MUST_CHECK;

/* refs.c */
int refs_mark_referrers(
    struct pass *p, const struct link_view *l, struct err *e) MUST_CHECK;
int refs_mark_mv(struct pass *p, struct err *e) MUST_CHECK;
/* Members that came or went (all: every one), where a scope asks for it. */
int refs_mark_members(
    struct pass *p, struct link_view *l, bool all, struct err *e) MUST_CHECK;
int refs_inbound(struct pass *p, struct link_view *l, struct value *values,
    size_t *count, struct err *e) MUST_CHECK;
/* The row that a value of the metaverse means for l; 0: none yet. */
int refs_outbound_id(struct pass *p, struct link_view *l, const struct value *v,
    int64_t *out, struct err *e) MUST_CHECK;
int refs_outbound(struct pass *p, struct link_view *l, struct value *values,
    size_t *count, struct err *e) MUST_CHECK;
/* What is known of its references after the pass, as flags. */
void refs_flag(struct link_view *l);

/* candidates.c: the one object that the join rule r finds, 0 where it is none
 * or not one: a metaverse object for l, an unlinked object of the connector of
 * r for the pass's metaverse object. */
int join_find_mv(struct pass *p, const struct plan_rule *rule,
    struct link_view *l, int64_t *out, struct err *e) MUST_CHECK;
int join_find_cs(struct pass *p, const struct plan_rule *rule, int64_t *out,
    struct err *e) MUST_CHECK;

/* join.c: links the object of the pass, where a rule wants it. */
int join_inbound(struct pass *p, struct err *e) MUST_CHECK;
int join_conflict(struct pass *p, const struct plan_rule *a,
    const struct plan_rule *b, struct err *e) MUST_CHECK;

/* inbound.c: *out_changed: values of the metaverse object changed. */
int inbound_flow(struct pass *p, bool *out_changed, struct err *e) MUST_CHECK;
int inbound_inputs(struct pass *p, struct flow_input **out, size_t *out_count,
    struct err *e) MUST_CHECK;

/* outbound.c: scope, links, flows of one connector. */
int outbound_connector(
    struct pass *p, size_t connector, struct err *e) MUST_CHECK;
struct out_rules;
int out_in_scope(struct pass *p, size_t connector, struct out_rules *out,
    struct err *e) MUST_CHECK;
bool out_applies(const struct plan_rule *r, uint32_t type);

/* provision.c: no object of type is linked: joins or makes one. */
int provision(struct pass *p, size_t connector, uint32_t type,
    const struct out_rules *rules, struct err *e) MUST_CHECK;
int out_assign(struct pass *p, struct link_view *l,
    const struct out_rules *rules, struct err *e) MUST_CHECK;

/* outflow.c: what rules want of l, and the pending export that it takes. */
int outflow_request(struct pass *p, struct link_view *l,
    struct flow_request *out, struct err *e) MUST_CHECK;
int outflow_results(
    struct pass *p, struct link_view *l, struct err *e) MUST_CHECK;
int outflow_apply(
    struct pass *p, struct link_view *l, struct err *e) MUST_CHECK;
const struct flow_result *outflow_find(
    const struct link_view *l, uint32_t target);

/* outrefs.c: the unapplied rows of l as its results want them. */
bool outflow_is_ref(const struct pass *p, const struct link_view *l,
    const struct flow_result *fr);
int outflow_refs(struct pass *p, struct link_view *l, bool *out_pending,
    bool *out_changed, struct err *e) MUST_CHECK;

/* evaluate.c: what the rules make of the objects of p, which are loaded. */
int evaluate_tell(
    struct pass *p, struct sync_verdict *out, struct err *e) MUST_CHECK;

/* pass.c */
int pass_load_mv(struct pass *p, int64_t mv, struct err *e) MUST_CHECK;
int pass_object(
    struct sync *sy, int64_t cs, struct pass *p, struct err *e) MUST_CHECK;
int pass_metaverse(
    struct sync *sy, int64_t mv, struct pass *p, struct err *e) MUST_CHECK;

#endif /* ENGINE_SYNC_SYNC_INT_H */
