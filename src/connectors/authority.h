/*
 * connectors/authority.h -- who masters what a directory holds.
 *
 * Purpose:   the calls of a kind whose directory tells synchronised objects
 *            from its own, and can move them from one world to the other.  No
 *            run uses them: a person moves the authority by a guided task.
 * Touches:   connectors/connector.h.
 * Ownership: what is read lives in the arena given.
 * Errors:    ERR_ACCESS names the permission that is missing; ERR_REFUSED what
 *            the directory does not do now, and why; those of the connection.
 * Source:    docs/tenant.md T1, T8.2.
 */
#ifndef CONNECTORS_AUTHORITY_H
#define CONNECTORS_AUTHORITY_H

#include "connectors/connector.h"

/* The organisation as a whole. */
struct organization_authority {
	struct text id;
	bool on_premises;     /* a synchronisation masters objects, or still
				 does while it is being turned off */
	bool ever;            /* it is, or was once */
	int64_t last_sync_ms; /* 0: never */
	int64_t last_password_ms;
};

struct authority_ops {
	int (*organization)(struct connector *c, struct arena *a,
	    struct organization_authority *out, struct err *e);
	/* Off takes its time; on is refused until it is over. */
	int (*turn)(struct connector *c, struct text organization,
	    bool on_premises, struct err *e);

	/* One object, by its anchor: whether the cloud masters it though the
	 * organisation is synchronised.  ERR_NOENT: it was never synchronised,
	 * or is not there. */
	int (*object_get)(struct connector *c, struct text anchor,
	    bool *out_cloud, struct err *e);
	int (*object_set)(
	    struct connector *c, struct text anchor, bool cloud, struct err *e);

	/* Writes the display name that the object has: 1; 0 where it is
	 * mastered elsewhere. */
	int (*writable)(struct connector *c, struct text anchor,
	    struct text display_name, struct err *e);
	/* Gives an object that has no source anchor the one it shall be known
	 * by: of types whose anchor does not come with them.  ERR_REJECTED
	 * where it has another. */
	int (*claim)(struct connector *c, struct text anchor,
	    struct text source, struct err *e);
};

#endif /* CONNECTORS_AUTHORITY_H */
