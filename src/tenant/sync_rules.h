/*
 * tenant/sync_rules.h -- how the directory treats what is synchronised.
 *
 * Purpose:   matching (T2), values that follow from the exported ones (T5),
 *            values that another object has (T3, T4) and the sweep that gives
 *            them when they come free.
 * Touches:   tenant/syncobj.h.
 * Ownership: texts live in the arena of the call; who calls sync_match()
 *            clears the object it gives.
 * Errors:    a refusal is in the result (0 is returned); ERR_STORE and the
 *            others of tdb.h.
 */
#ifndef TENANT_SYNC_RULES_H
#define TENANT_SYNC_RULES_H

#include "tenant/syncobj.h"

/* One value that another object has. */
struct sync_conflict {
	const char *name; /* "UserPrincipalName", "ProxyAddresses", ... */
	struct text value, key;
	enum unique_scope scope;
	const char *owner; /* its id */
	int64_t owner_row;
};

/* The detail of a result: who conflicts with whom about what. */
int sync_details_set(struct sync_call *c, struct sync_item_result *out,
    const char *id, const struct sync_conflict *all, size_t n) MUST_CHECK;

/* ---- Matching ---- */

struct sync_matched {
	bool found;
	struct dirobj o;  /* live, or deleted and to be restored */
	struct text note; /* told although it succeeds (T2.4) */
};
int sync_match(struct sync_call *c, const struct sync_item *in,
    struct sync_item_result *out, struct sync_matched *m) MUST_CHECK;

/* Refuses where users of the cloud are not to be taken over. */
int sync_takeover_check(struct sync_call *c, const struct dirobj *o,
    struct sync_item_result *out) MUST_CHECK;

/* ---- From the exported values to the visible ones ---- */

struct sync_view {
	struct sync_call *c;
	const struct syncobj *s; /* the exported values, as they are now */
	const struct json *old;  /* and were before; NULL: never */
	struct dirobj *o;        /* gets the visible ones */
	struct sync_item_result *out;
	bool is_new;                    /* the object, to the directory */
	bool recalculate;               /* a domain came or went (T5.4) */
	struct text upn;                /* set: what it should have */
	struct text waiting, shown_upn; /* set: as they were */
	/* set: values in quarantine, as they are to be */
	struct sync_quarantine *quarantine;
	size_t nquarantine;
	bool told; /* one of them is new */
};

/* One to one. */
int sync_show(struct sync_view *v) MUST_CHECK;
/* mailNickname, mail, proxyAddresses, userPrincipalName, userType. */
int sync_calculate(struct sync_view *v) MUST_CHECK;
/* Leaves out what others have, or refuses. */
int sync_conflicts(struct sync_view *v) MUST_CHECK;
/* All three. */
int sync_view(struct sync_view *v) MUST_CHECK;
/* Keeps the values in quarantine, when the object has its row. */
int sync_view_keep(struct sync_view *v) MUST_CHECK;

/* The names of properties in which two documents differ, with commas. */
struct text sync_changed(struct arena *a, enum entity kind,
    const struct json *before, const struct json *after);

/* ---- Later ---- */

/* Looks again at one object. */
int sync_recalculate(
    struct sync_call *c, int64_t row, bool recalculate) MUST_CHECK;
/* At all whose values came free, or at everything in quarantine. */
int sync_sweep(struct tenant *t, struct arena *a, bool all) MUST_CHECK;
/* At all users: a domain came or went. */
int sync_domains_changed(struct tenant *t, struct arena *a) MUST_CHECK;

#endif /* TENANT_SYNC_RULES_H */
