/*
 * cli/why_not.h -- what keeps one object out, as a list.
 *
 * Purpose:   the parts of `why-not`: what the stored object says, what a
 *            target says, what the directories say.
 * Touches:   cli/explain.h; connectors, by their contract.
 * Ownership: everything lives in the session's arena.
 * Errors:    those of the store.  What a directory refuses to tell is a
 *            reason like others.
 */
#ifndef CLI_WHY_NOT_H
#define CLI_WHY_NOT_H

#include "cli/explain.h"

#define REASONS_MAX 256U

/* One thing that keeps an object out. */
struct reason {
	const char *kind;      /* "container", "scope", "guard", ... */
	struct text connector; /* where; empty: nowhere in particular */
	struct text name;      /* the setting, rule, attribute, guard */
	struct text value;     /* what it is about */
	struct text text;      /* all of it, in words */
	struct text remedy;    /* a command or what to do; may be empty */
};

struct reasons_list {
	struct reason items[REASONS_MAX];
	size_t count;
};

/* One target, and what keeps the object out of it. */
struct why_target {
	struct text connector;
	int64_t cs; /* 0: there is none */
	bool there; /* the directory has it */
	struct reasons_list *reasons;
};

/* More than REASONS_MAX are left out. */
void reason_add(struct reasons_list *l, struct reason r);

/* A connector space object that is not linked. */
int why_not_linked(struct session *s, int64_t cs, struct reasons_list *out,
    struct err *e) MUST_CHECK;
/* What of a linked one is left out: all that came since its import or its
 * rules fail, and references that lead nowhere. */
int why_not_whole(struct session *s, int64_t cs, struct reasons_list *out,
    struct err *e) MUST_CHECK;

/* One of a target that is linked to nobody: what waits for it, and what holds
 * that. */
int why_not_waiting(struct session *s, int64_t cs, struct reasons_list *out,
    struct err *e) MUST_CHECK;

/* Every target that has rules for a metaverse object, *out in the arena. */
int why_not_targets(struct session *s, int64_t mv, struct why_target **out,
    size_t *out_count, struct err *e) MUST_CHECK;

/* An error on an object as a reason. */
struct reason why_error(struct session *s, const struct object_error *err);

/* Whether the last import of the connector could not take the object called
 * dn, which is in no store: 1 where it says so, else 0. */
int why_not_failed(struct session *s, size_t connector, struct text dn,
    struct reasons_list *out, struct err *e) MUST_CHECK;

/* What is in no store: each directory that can be asked is. */
int why_not_asked(struct session *s, struct text what, struct reasons_list *out,
    struct err *e) MUST_CHECK;

#endif /* CLI_WHY_NOT_H */
