/*
 * migrate/directories.h -- the picture where not even an export is left: what
 * the directories and the cloud themselves say.
 *
 * Purpose:   reads the configured connectors, and says which objects of the
 *            cloud are whose by their anchors (and so which attribute the old
 *            server's anchor was), which would meet by an address, and who is
 *            alone on either side.
 * Touches:   the connectors of the configuration, for reading; no store.
 * Ownership: everything in the arena given.
 * Errors:    those of the connectors; ERR_CONFIG where there is no cloud or no
 *            directory among them, ERR_NOMEM.
 */
#ifndef MIGRATE_DIRECTORIES_H
#define MIGRATE_DIRECTORIES_H

#include "codec/json.h"
#include "engine/setup.h"

/* Which attribute an anchor in the cloud was made of. */
enum anchor_of {
	ANCHOR_NONE,
	ANCHOR_GUID,        /* the connector's own: objectGUID */
	ANCHOR_CONSISTENCY, /* mS-DS-ConsistencyGuid */
	ANCHOR_CONFIGURED,  /* default_rules.source_anchor */
};
#define ANCHOR_KINDS (ANCHOR_CONFIGURED + 1)

struct seen_object {
	struct text connector, type, dn, name, upn;
	struct text address; /* the primary one, folded; empty: none */
	bool cloud;
	bool synced;        /* of the cloud: a synchronisation masters it */
	struct text anchor; /* of the cloud: immutable id; else its own */
	struct text consistency;   /* mS-DS-ConsistencyGuid as an anchor would
				      have it; empty: no value */
	struct seen_object *other; /* whom it is, or may be */
	enum anchor_of by;         /* how they are the same */
	const char *soft;          /* or by which address they may be */
	bool conflict; /* the same address, and another immutable id */
	bool twin;     /* another object has the same anchor */
};

struct picture {
	struct seen_object **items;
	size_t count, size;
	size_t directory, cloud, synced;
	size_t errors; /* objects that came and cannot be understood */
	size_t matched, soft, conflicts, twins;
	size_t cloud_alone;     /* with an anchor that nobody has */
	size_t directory_alone; /* in no way in the cloud */
	size_t by[ANCHOR_KINDS];
	size_t not_consistency; /* by objectGUID, although
				 * mS-DS-ConsistencyGuid has another value */
};

/* s: opened by SETUP_READ. */
int directories_look(struct setup *s, struct arena *a, struct picture *out,
    struct err *e) MUST_CHECK;

/* The attribute that explains most anchors; "": none does.  Who uses
 * mS-DS-ConsistencyGuid takes objectGUID where it is empty, and mostly fills it
 * with the same value. */
const char *picture_anchor(const struct picture *p);

struct json *report_picture_json(const struct picture *p);
/* The same as a whole document, in the form of an analysis: what a source would
 * say is null, empty, or follows from the picture. */
struct json *report_picture_document(
    const struct setup *s, const struct picture *p);
void report_picture_text(const struct picture *p, struct buf *out);

#endif /* MIGRATE_DIRECTORIES_H */
