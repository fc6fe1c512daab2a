/*
 * connectors/ldap/export_int.h -- what the files of an export share.
 *
 * Purpose:   an item as the steps that carry it out, and the order of items
 *            that depend on each other.
 * Touches:   connectors/ldap/core.h, proto/ldap_write.h.
 * Ownership: everything of a batch lives in the job's arena; what results
 *            point to lives until the next call.
 */
#ifndef CONNECTORS_LDAP_EXPORT_INT_H
#define CONNECTORS_LDAP_EXPORT_INT_H

#include "connectors/ldap/core.h"
#include "proto/ldap_write.h"

#define EXPORT_WINDOW    64U   /* requests under way at most */
#define SLICE_VALUES_MAX 1000U /* of one request; AD takes 5,000 */
#define SLICE_BYTES_MAX  ((size_t)1 << 20)
#define TASK_SPLITS_MAX  100000U
#define EXPORT_DEPTH_MAX 64U /* containers above an object */

enum step_kind {
	STEP_WRITE = 1,
	STEP_ASIDE,  /* a rename to a name of ours, so that two can swap */
	STEP_ANCHOR, /* reads it of an object that was made */
	STEP_PROBE,  /* is the object there?  after WRITE_RC_NO_OBJECT */
	STEP_DEAD,   /* is it deleted still, or back already? */
	STEP_REVIVE, /* it comes back; what it lost follows */
};

/* Where the values of a request came from. */
struct origin {
	uint32_t name;
	const struct value *values; /* as many as the request has */
	bool reference;
};

struct change_step {
	enum step_kind kind;
	struct ldap_write w; /* dn is set when it is sent */
	struct write_mod *mods;
	struct origin *origins; /* of mods */
	struct change_step *next;
};

struct task;

struct waiting {
	struct task *task;
	struct waiting *next;
};

struct task {
	const struct export_item *item;
	struct export_result *res;
	const struct conf_partition *partition; /* with servers of its own */
	struct change_step *steps; /* what is left; the first is next */
	const char *dn;            /* what it is called now */
	struct text goal;          /* ADD, rename: the name it gets */
	struct text name;          /* what it is called before; empty: ADD */
	struct text known_key;     /* dn_key() of what the engine calls it */
	struct text old_key;       /* dn_key() of what it has; empty: ADD */
	struct text goal_key;      /* of the goal; empty: none */
	struct waiting *waiting;   /* those that wait for it */
	uint32_t waits;            /* for as many others */
	uint32_t splits;
	struct ldap_answer why; /* STEP_PROBE: what was answered before it */
	bool planned, under_way, changed, finished, probed, there, gave_way;
	bool dead; /* STEP_DEAD: and deleted */
	int id;    /* of the request under way */
};

/* Of one connection, over all batches of an export: who was renamed. */
struct core_moved {
	struct arena *arena;
	struct map *by_key; /* key of the old name to the new name */
	struct map *by_id;  /* the engine's row to the new name */
	/* What the results of a batch point to: of the last two, in turn. */
	struct arena *results[2];
	unsigned turn;
};

struct export_job {
	struct core *c;
	const struct export_item *items;
	struct export_result *results;
	size_t item_count;
	const struct conf_partition **where; /* of each item */
	size_t server;       /* whose turn is next: see server_next() */
	bool open;           /* the items of a server are under way */
	int failed;          /* what ended it early; why is in err */
	struct arena *arena; /* of the batch */
	struct arena *keep;  /* one of c->moved->results */
	struct task *tasks;
	size_t count;
	struct task **ready; /* to be sent, first in first out */
	size_t ready_at, ready_count;
	struct task *under_way[EXPORT_WINDOW];
	size_t under_way_count;
	size_t finished;
	struct err why;
	struct err *err; /* that one */
};

/* Puts values into requests, the next one where one is full. */
struct packer {
	struct export_job *j;
	struct task *t;
	struct change_step **tail;
	struct change_step *at; /* NULL: a new one is needed */
	enum write_kind kind;   /* of the next one */
	size_t mods_max;
	size_t values, bytes; /* in the one at hand */
};

struct piece {
	uint32_t name;
	enum write_change change;
	const struct value *values;
	size_t count;
};
/* export_pack.c: a replacement that goes on in the next request adds there. */
int pack(struct packer *p, struct piece e) MUST_CHECK;

/* export_item.c: the steps of one item; 0, ERR_NOMEM, or ERR_REJECTED where
 * it cannot be sent, with the reason in the result. */
int task_plan(struct export_job *j, struct task *t) MUST_CHECK;
/* The object is named by its anchor, not by its DN. */
bool task_by_anchor(const struct export_job *j, const struct task *t);
/* export_again.c: the step again in two halves, before what is left; 0: it
 * cannot be cut. */
int task_split(struct export_job *j, struct task *t) MUST_CHECK;
/* The step again with each attribute as a whole: the directory cannot tell
 * its values apart; 0: not possible. */
int task_whole(struct export_job *j, struct task *t) MUST_CHECK;
int task_push(struct export_job *j, struct task *t, enum step_kind kind,
    bool at_end) MUST_CHECK;

/* What d changes of it, as steps behind those that are there. */
int task_plan_changes(
    struct export_job *j, struct task *t, const struct delta *d) MUST_CHECK;

/* export_saved.c: what the object called dn holds and can be written again; 1,
 * or 0: it cannot be read.  ERR_CONNECT.  Lives as results do. */
int saved_read(
    struct export_job *j, const char *dn, struct attrs *out) MUST_CHECK;

/* export_restore.c: the steps of an item that brings a deleted object back. */
int restore_plan(struct export_job *j, struct task *t) MUST_CHECK;
/* It was looked at: it is deleted, or back already. */
int restore_found(struct export_job *j, struct task *t, bool dead) MUST_CHECK;
/* It is there: what it does not have of what it had. */
int restore_rest(struct export_job *j, struct task *t) MUST_CHECK;

/* export_order.c */
int order_find(struct export_job *j) MUST_CHECK;
/* Those that waited for t may go; again is no harm. */
void order_release(struct export_job *j, struct task *t);
/* Nothing is under way and something waits: one of a circle steps aside. */
int order_break(struct export_job *j) MUST_CHECK;

/* export_moved.c */
int moved_make(struct core *c);
int moved_note(struct core *c, const struct task *t);
/* What an object is called now: *out is dn where nothing is known. */
int moved_name(const struct core *c, struct arena *a, int64_t id,
    struct text dn, struct text *out);

/* export_answer.c: takes it; the task goes on with its steps or is finished. */
int answer_take(struct export_job *j, struct task *t,
    const struct ldap_answer *ans) MUST_CHECK;
void task_done(struct export_job *j, struct task *t);
void task_fail(
    struct export_job *j, struct task *t, const struct ldap_answer *ans);
void task_finish(
    struct export_job *j, struct task *t, enum export_status status);

#endif /* CONNECTORS_LDAP_EXPORT_INT_H */
