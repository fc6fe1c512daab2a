/*
 * engine/preview.h -- one object synchronised, to look at or to keep.
 *
 * Purpose:   a pass of the synchronisation step over one object in a
 *            transaction of its own, which is rolled back unless it is to be
 *            committed; what it made of the metaverse object, which rules won,
 *            and what the next export would send of it then.
 * Touches:   engine/sync/, store/.
 * Ownership: the report lives in the arena given, borrows from the engine.
 * Errors:    those of the store; ERR_BUSY where it is to be committed and
 *            another process runs; ERR_NOENT.  A rule that fails on the object
 *            is in the report, and nothing is committed.
 */
#ifndef ENGINE_PREVIEW_H
#define ENGINE_PREVIEW_H

#include "engine/review.h"

struct preview_request {
	int64_t cs;
	bool full;   /* as a full synchronisation: all flows, changed or not */
	bool commit; /* keep it */
	/* Each change that waits for the object's links after the pass, those
	 * from before included; by connector.  item lives until it returns. */
	int (*pending)(void *ctx, size_t connector,
	    const struct pending_item *item, struct err *e);
	void *ctx;
};

struct preview_report {
	struct sync_done done;
	struct mv_object before; /* id 0: it was not linked */
	struct mv_object after;  /* id 0: it is not linked */
	struct sync_review review;
	bool committed;
};

/* An engine that can write. */
int engine_preview(struct engine *g, const struct preview_request *req,
    struct arena *a, struct preview_report *out, struct err *e) MUST_CHECK;

#endif /* ENGINE_PREVIEW_H */
